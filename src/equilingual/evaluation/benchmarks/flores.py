"""FLORES-200: the same sentences in every language, line by line.

https://github.com/facebookresearch/flores/tree/main/flores200 (arXiv:2207.04672)
"""

from equilingual.evaluation.benchmarks.rows import check_parallel, sentences
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables


def read(source: Source, tables: Tables) -> None:
    """Read one file per language, whose line n is the same sentence in every language; one collection.

    Of some lines only, a sentence has the same id as of all.
    """
    first, last = source.lines or (1, None)
    files = {language: source.one(language, "text") for language in source.languages}
    lines = {}
    for language, path in files.items():
        number = 0
        for number, (place, text) in enumerate(sentences(path), start=1):
            if first <= number <= (last or number):
                tables.add_bitext(str(number - 1), language, text, place=place)
        lines[language] = number
        if last and number < last:
            raise BenchmarkError(f"{path}: {number} lines, but 'lines' is {first} to {last}")
    check_parallel(files, lines)
