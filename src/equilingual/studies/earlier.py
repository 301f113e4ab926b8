"""Analyses that a study had before the present one, so that no change after a look at the results goes unsaid.

file: ``results/studies/{study}/analyses.json``, beside ``study.json``; no rule declares it, so that it outlives them.
      ``format`` and ``analyses``, in order, each with ``declared`` (:func:`declaration_of`) and ``answer``

An analysis with the same declaration as the last one takes its place: the same study on the same models is no second
look.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from equilingual.config.study_settings import StudySettings
from equilingual.files import read_json, write_json

FILE = "analyses.json"
_FORMAT = 1
# What was declared, by its key, in words.
WORDS = {
    "hypothesis": "the hypothesis",
    "contrasts": "the contrasts",
    "languages": "the groups of languages",
    "margin": "the margin",
    "alpha": "alpha",
    "seeds": "the seeds",
}


def declaration_of(study: StudySettings, models: Sequence[Mapping[str, Any]], alpha: float) -> dict[str, Any]:
    """Return what an answer depends on and somebody may change after a look at it.

    Args:
        study: what is asked.
        models: as ``study.json`` has them, with their ``seeds``; those of the contrasts count.
        alpha: of the tests.

    """
    asked = {name for one in study.contrasts for name in one.models}
    return {
        "hypothesis": study.hypothesis,
        "contrasts": [one.model_dump(mode="json") for one in study.contrasts],
        "languages": {name: list(tags) for name, tags in study.languages.items()},
        "margin": study.margins,
        "alpha": alpha,
        "seeds": {model["model"]: list(model["seeds"]) for model in models if model["model"] in asked},
    }


def earlier_analyses(folder: Path, declared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the analyses before one with this declaration: ``verdict``, ``sentence``, and what was ``changed`` since.

    ``changed`` has keys of :data:`WORDS`: in what an analysis and the present one differ.

    Raises:
        DamagedFileError: the file is damaged.

    """
    return [
        {**one["answer"], "changed": [key for key in WORDS if one["declared"].get(key) != declared.get(key)]}
        for one in _before(folder, declared)
    ]


def remember(folder: Path, declared: Mapping[str, Any], answer: Mapping[str, str]) -> None:
    """Add an analysis to the file, or put it in place of the last one if that had the same declaration."""
    analyses = [*_before(folder, declared), {"declared": declared, "answer": dict(answer)}]
    write_json({"format": _FORMAT, "analyses": analyses}, folder / FILE)


def _before(folder: Path, declared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the analyses of the file, the last one aside if it had this declaration."""
    path = folder / FILE
    found: list[dict[str, Any]] = read_json(path, ["analyses"])["analyses"] if path.exists() else []
    return found[:-1] if found and found[-1]["declared"] == declared else found
