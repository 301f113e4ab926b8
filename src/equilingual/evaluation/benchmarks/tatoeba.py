"""Tatoeba of LASER: sentences and their English translations, line by line.

https://github.com/facebookresearch/LASER/tree/main/data/tatoeba/v1 (arXiv:1812.10464)
"""

from equilingual.evaluation.benchmarks.rows import check_parallel, sentences
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables

_ENGLISH = "en"


def read(source: Source, tables: Tables) -> None:
    """Read ``tatoeba.{code}-eng.{code}`` and ``.eng`` of each language; a collection is a language and English.

    Every language has English sentences of its own, so there is nothing to search in all of them.
    """
    for language in source.languages:
        if language == _ENGLISH:
            raise BenchmarkError(f"{source.name}: English is in every language pair; list only the other languages")
        collection = f"{language}-{_ENGLISH}"
        files = {language: source.one(language, "text"), _ENGLISH: source.one(language, "english")}
        lines = {tag: list(sentences(path)) for tag, path in files.items()}
        check_parallel(files, {tag: len(texts) for tag, texts in lines.items()})
        for tag, texts in lines.items():
            for number, (place, text) in enumerate(texts):
                tables.add_bitext(f"{collection}_{number}", tag, text, place=place, collection=collection)
