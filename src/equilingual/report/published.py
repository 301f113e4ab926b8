"""Published figures that stand below our own: reference rows, never candidates for the best value.

``published_scores.csv`` has the tables of arXiv:2408.10536 in full, ``public_scores.csv`` what others have published,
each figure with its source. A figure read in a secondary source says so. What is a figure of another task has no row:
MTEB's XQuAD and MLQA are retrieval of paragraphs, its BUCC matches gold pairs alone, its reduced MIRACL is far easier.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from equilingual.report.formatting import join_words

PAPER = "arXiv:2408.10536"
MEAN = "mean"
Place = tuple[str, str, str, str]  # setting, measure, query language, pool
# The paper's own words.
_STRATEGIES = {"mono": "X-X", "cross": "X-Y", "hybrid": "hybrid"}
_ENCODERS = {"xlm-r": "XLM-R base", "labse": "LaBSE"}
_CORPORA = "nine QA corpora"
_POOLS = {"cross-lingual": MEAN, "multilingual": "all"}  # of one query language; monolingual: its own

_NOTES = {
    "xquad-r": (
        "arXiv:2408.10536 trained once, without tests: its hybrid and X-Y rows differ by no more than 0.003 in "
        "multilingual mAP. It does not say whether candidates were encoded with their paragraph.",
        "The notebook of LIR takes the end of a sentence for part of it, which moves the relevant candidate of 29 "
        "Chinese questions and a Hindi one.",
    ),
    "mlqa-r": (
        "arXiv:2408.10536 trained once, without tests. LAReQA’s figures are means over all queries, where English "
        "has more than the others, and no macro-averages.",
    ),
    "miracl": (
        "Means are over different languages: the 15 of arXiv:2408.10536 are those of MIRACL without English, German "
        "and Yoruba. Its Table 11 exchanges the numbers of English (799) and Spanish (648) questions, and has 2,869 "
        "Arabic ones for 2,896.",
        "The E5 and BGE-M3 models were fine-tuned on MIRACL’s training set: no zero-shot figures.",
    ),
    "tatoeba": (
        "MTEB searches from each language into English; XTREME’s accuracy, which is not shown, from English. The 36 "
        "languages are XTREME’s, the 112 all of LASER’s.",
    ),
}
_JUDGED = "Published figures are not shown: only judged passages were searched here, which is far easier."


@dataclass
class Published:
    """One published system on one benchmark.

    Attributes:
        strategy: in the paper's own words; empty where it has none.
        figures: by setting, measure, query language and pool, as ``results/scores.csv`` has them.
        languages: how many languages its means are over; None where its source does not say.

    """

    source: str
    encoder: str
    training: str
    strategy: str
    languages: int | None = None
    figures: dict[Place, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its encoder and strategy."""
        return f"{self.encoder}, {self.strategy}" if self.strategy else self.encoder

    @property
    def about(self) -> str:
        """What it was trained on, in words."""
        known = {"none": "not trained", "as released": "as released"}
        return known.get(self.training, f"trained on {self.training}")

    def figure(self, setting: str, measure: str, language: str = MEAN, pool: str = MEAN) -> float | None:
        """Return a figure, or None."""
        return self.figures.get((setting, measure, language, pool))


def published_systems(benchmark: str, languages: int, *, judged: bool = False) -> list[Published]:
    """Return what is published for a benchmark.

    Of a system with means over several sets of languages, the one whose size is nearest to ``languages`` is taken.
    Nothing is returned where only judged candidates were searched (``judged``).
    """
    nearest: dict[tuple[str, ...], Published] = {}
    for system in () if judged else _systems().get(benchmark, ()):
        key = (system.source, system.encoder, system.training, system.strategy)
        if key not in nearest or _distance(system, languages) < _distance(nearest[key], languages):
            nearest[key] = system
    return list(nearest.values())


def published_notes(benchmark: str, *, judged: bool = False) -> tuple[str, ...]:
    """Return what a reader must know of the figures published for a benchmark."""
    notes = _NOTES.get(benchmark, ())
    return (_JUDGED,) if judged and benchmark in _systems() else notes


def _distance(system: Published, languages: int) -> int:
    return abs((system.languages or 0) - languages)


@lru_cache(maxsize=1)
def _systems() -> Mapping[str, list[Published]]:
    """Return every system with a mean, by benchmark, in the order of the files."""
    found: dict[str, list[Published]] = {}
    for dataset, system in (*_of_the_paper(), *_of_others()):
        found.setdefault(dataset, []).append(system)
    return found


def _read(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("equilingual.report").joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _of_the_paper() -> Iterator[tuple[str, Published]]:
    """Yield the rows of arXiv:2408.10536, those of several tables put together."""
    tables: dict[tuple[str, str, str], dict[str, None]] = {}
    systems: dict[tuple[str, str, str], Published] = {}
    for row in _read("published_scores.csv"):
        key = (row["dataset"], row["encoder"], row["strategy"])
        tables.setdefault(key, {})[row["source"].removeprefix(f"{PAPER} Table ")] = None
        system = systems.setdefault(
            key, Published("", _ENCODERS[row["encoder"]], _CORPORA, _STRATEGIES[row["strategy"]])
        )
        language, setting = row["query_language"], row["setting"]
        pool = MEAN if language == MEAN else _POOLS.get(setting, language)
        system.figures[setting, row["metric"], language, pool] = float(row["value"])
    for key, system in systems.items():
        numbers = list(tables[key])
        system.source = f"{PAPER}, {'table' if len(numbers) == 1 else 'tables'} {join_words(numbers)}"
        system.languages = len({language for _, _, language, _ in system.figures} - {MEAN})
        yield key[0], system


def _of_others() -> Iterator[tuple[str, Published]]:
    """Yield what others have published: a system for each number of languages that its means are over."""
    systems: dict[tuple[str, ...], Published] = {}
    by_language: dict[tuple[str, ...], dict[Place, float]] = {}
    for row in _read("public_scores.csv"):
        about = (row["dataset"], row["source"], row["encoder"], row["training_data"])
        place = (row["setting"], row["metric"], row["query_language"], row["pool"])
        if not row["languages"]:
            by_language.setdefault(about, {})[place] = float(row["value"])
            continue
        system = systems.setdefault((*about, row["languages"]), Published(*about[1:], "", int(row["languages"])))
        system.figures[place] = float(row["value"])
    for key, system in systems.items():
        system.figures |= by_language.get(key[:-1], {})
        yield key[0], system
