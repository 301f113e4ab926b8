"""``results/studies/{study}/study.json`` as its page reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.files import damaged, read_json

Record = Mapping[str, Any]
FORMAT = 1
ALL = "all"  # the query languages of a value that is of no group
_KEYS = (
    *("format", "name", "question", "hypothesis", "answer", "margin", "languages", "contrasts", "models", "values"),
    *("means", "best", "figure"),
)

_COLUMNS = {
    "encoder": "encoder",
    "training_set": "training set",
    "strategy": "batches",
    "alpha": "α, the fraction of monolingual batches",
    "mix": "mixed by",
    "variant": "variant",
    "debias": "debiasing",
}


@dataclass(frozen=True)
class Panel:
    """A panel of a study's figure: what it is called, and what its values are of."""

    name: str
    benchmark: str
    setting: str
    languages: str


@dataclass(frozen=True)
class Study:
    """A study that was analysed.

    Attributes:
        record: the object of ``study.json``.

    """

    record: Record

    @property
    def name(self) -> str:
        """Its folder in ``results/studies``."""
        return str(self.record["name"])

    @property
    def verdict(self) -> str:
        """``supported``, ``contradicted``, ``equivalent`` or ``not shown``: of the hypothesis."""
        return str(self.record["answer"]["verdict"])

    @cached_property
    def primary(self) -> Record:
        """The contrast that answers the question."""
        found: Record = next(one for one in self.record["contrasts"] if one["primary"])
        return found

    @property
    def figure(self) -> Record:
        """What the figure shows."""
        found: Record = self.record["figure"]
        return found

    @property
    def measure(self) -> str:
        """The measure of the figure."""
        return str(self.figure["measure"])

    @cached_property
    def models(self) -> dict[str, Record]:
        """Its models, by name without the seed."""
        return {str(one["model"]): one for one in self.record["models"]}

    @cached_property
    def references(self) -> list[str]:
        """The models that the figure draws as horizontal lines."""
        return [str(name) for name in self.figure["reference"]]

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """The named groups of query languages."""
        return {str(name): list(tags) for name, tags in self.record["languages"].items()}

    @cached_property
    def means(self) -> dict[tuple[str, str, str, str, str], Record]:
        """Each mean over seeds, by model, benchmark, setting, measure and languages."""
        return {_key(one): one for one in self.record["means"]}

    @cached_property
    def seeds(self) -> dict[tuple[str, str, str, str, str], list[Record]]:
        """The values of the seeds behind each mean."""
        found: dict[tuple[str, str, str, str, str], list[Record]] = {}
        for one in self.record["values"]:
            found.setdefault(_key(one), []).append(one)
        return found

    @cached_property
    def panels(self) -> list[Panel]:
        """The panels of the figure that any model has a mean in."""
        there = {key[1:] for key in self.means}
        names = ("panel", "benchmark", "setting", "languages")
        found = [Panel(*(str(one[name]) for name in names)) for one in self.figure["shown"]]
        return [one for one in found if (one.benchmark, one.setting, self.measure, one.languages) in there]

    def title_of(self, panel: Panel) -> str:
        """Return what a panel is about: ``multilingual mAP``, or with the languages ``multilingual mAP, low``."""
        words = MEASURES[self.measure].words_in(panel.setting)
        return words if panel.name == panel.setting else f"{words}, {panel.name}"


def axis_title(name: str) -> str:
    """Return what a column of the models is called; an attribute has its own name."""
    return _COLUMNS.get(name, name.replace("_", " "))


def read_study(path: str | PathLike[str]) -> Study:
    """Return a study that the stage ``analyse_study`` wrote.

    Raises:
        DamagedFileError: the file is missing or damaged, or another version wrote it.

    """
    record = read_json(path, _KEYS)
    if record["format"] != FORMAT:
        raise damaged(path, f"its format is {record['format']!r}, and {FORMAT} is expected")
    if sum(one["primary"] for one in record["contrasts"]) != 1:
        raise damaged(path, "it does not have one primary contrast")
    return Study(record)


def _key(one: Record) -> tuple[str, str, str, str, str]:
    model, benchmark, setting, measure, languages = (
        str(one[name]) for name in ("model", "benchmark", "setting", "measure", "languages")
    )
    return model, benchmark, setting, measure, languages
