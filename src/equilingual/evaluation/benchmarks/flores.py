"""FLORES-200: the same sentences in every language, line by line.

https://github.com/facebookresearch/flores/tree/main/flores200 (arXiv:2207.04672)
"""

from equilingual.evaluation.benchmarks.rows import check_parallel, sentences
from equilingual.evaluation.benchmarks.tables import Source, Tables


def read_flores(source: Source, tables: Tables) -> None:
    """Read one file per language, whose line n is the same sentence in every language; one collection."""
    files = {language: source.one(language, "text") for language in source.languages}
    lines = {}
    for language, path in files.items():
        number = -1
        for number, (_, text) in enumerate(sentences(path)):
            tables.add_bitext(str(number), language, text)
        lines[language] = number + 1
    check_parallel(files, lines)
