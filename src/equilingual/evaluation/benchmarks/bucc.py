"""BUCC 2018: two large sets of sentences, some of which are translations of each other, to be mined.

``{language}-en.{dev|test}.{language|en|gold}``: ``id<tab>sentence``, and of the gold pairs ``id<tab>id``, English last.
As XTREME has it (arXiv:2003.11080), dev is the shared task's sample and test its training set: the gold pairs of the
task's own test set are not published. https://comparable.limsi.fr/bucc2018/bucc2018-task.html
"""

from equilingual.evaluation.benchmarks.rows import pairs_of_columns
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables

ENGLISH = "en"
SPLITS = ("dev", "test")  # a threshold is chosen on the first and used on the second


def read(source: Source, tables: Tables) -> None:
    """Read the files of each language; ``{language}-en.dev`` and ``{language}-en.test`` are two collections.

    Every sentence of both sides is a candidate and a query; what is relevant is the gold pair, in both directions, and
    most sentences have none. The same sentence under two ids is kept twice.
    """
    for language in source.languages:
        for split in SPLITS:
            _read_split(source, language, split, tables)


def _read_split(source: Source, language: str, split: str, tables: Tables) -> None:
    collection = f"{language}-{ENGLISH}.{split}"
    gold = source.one(language, f"{split}_gold")
    pairs = [(place, (own, english.strip())) for place, own, english in pairs_of_columns(gold, "two ids and a tab")]
    published = source.gold.get(language) if split == "test" else None
    if published not in (None, len(pairs)):
        problem = f"{len(pairs)} gold pairs, but {published} are published: this is not the official file"
        raise BenchmarkError(f"{gold}: {problem}")
    for side, (tag, role) in enumerate(((language, "text"), (ENGLISH, "english"))):
        path = source.one(language, f"{split}_{role}")
        asked = {pair[side]: place for place, pair in pairs}
        for place, own, text in pairs_of_columns(path, "an id, a tab and a sentence"):
            name = f"{collection}_{own}"
            tables.add_candidate(f"{tag}_{name}", tag, text, place=place, collection=collection)
            tables.add_query(name, tag, text, cluster=name, place=place, collection=collection)
            asked.pop(own, None)
        for own, place in asked.items():
            raise BenchmarkError(f"{place}: {own!r} is not in {path}")
    for _, (own, english) in pairs:
        tables.add_relevant(f"{collection}_{own}", ENGLISH, f"{ENGLISH}_{collection}_{english}")
        tables.add_relevant(f"{collection}_{english}", language, f"{language}_{collection}_{own}")
