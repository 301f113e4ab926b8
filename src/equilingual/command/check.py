"""List all errors of a configuration at once."""

import copy
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from equilingual.command.corpora import corpus_problems
from equilingual.config import Config, ConfigError, load_config
from equilingual.config.reading import read_file
from equilingual.config.sizes import size_problems, size_warnings
from equilingual.plan import Places, Plan, run_problems
from equilingual.provenance import PACKAGE

_ROUNDS = 20  # of looking on without what is wrong
# What takes the place of a section that has nothing right in it, so that the rest can be checked.
_STAND_INS: dict[str, Any] = {
    "encoders": {"stand-in": {"source": "packaged"}},
    "batches": {"strategies": [{"name": "mono"}]},
    "benchmarks": {"stand-in": {"known": "xquad-r"}},
}


def check_configuration(path: str | PathLike[str], root: str | PathLike[str] | None = None) -> tuple[bool, list[str]]:
    """Return whether a configuration can be run on this machine, and lines: what is wrong, or what it asks for.

    Keys and values are checked first. What is wrong is then left out, so that the files, folders and engines that the
    rest names are checked, too: of a corpus's file its first QA pair. Warnings come last.

    Args:
        path: a YAML or JSON file.
        root: the folder that its paths are relative to; ``None`` for the Snakefile's, here or in this package's
            checkout.

    """
    try:
        raw: dict[str, Any] = read_file(path)
    except ConfigError as error:
        return False, str(error).splitlines()
    folder = _root() if root is None else Path(root).absolute()
    problems, config = _read(raw)
    warnings: list[str] = []
    if config is not None:
        # Sizes that were left out are those of the defaults.
        sizes, often = ((), ()) if problems else (size_problems(config, folder), size_warnings(config, folder))
        found = [*run_problems(config, folder), *corpus_problems(config, folder), *sizes]
        problems += [line for line in found if line not in problems]
        warnings = [f"  warning: {line}" for line in often]
    if not problems and config is not None:
        return True, [f"{path}: no errors", *_summary(Plan(config, Places(folder))), *warnings]
    title = f"{path}: {len(problems)} problem{'s' * (len(problems) != 1)}"
    return False, [title, *(f"  {line}" for line in problems), *warnings]


def _read(raw: dict[str, Any]) -> tuple[list[str], Config | None]:
    """Return what is wrong with keys and values, and the configuration without them; none where that is not possible.

    Leaving something out shows what it hid. A later problem that names what was left out may only follow from that, and
    is not listed.
    """
    raw = copy.deepcopy(raw)
    problems: list[str] = []
    gone: set[str] = set()  # keys and names that were left out
    for _ in range(_ROUNDS):
        try:
            return problems, load_config(raw)
        except ConfigError as error:
            lines = [line.strip() for line in str(error).splitlines()[1:]]
            problems += [
                line for line in lines if line not in problems and gone.isdisjoint(re.findall(r"[\w-]+", line))
            ]
            if not isinstance(error.__cause__, ValidationError):
                break
            found = error.__cause__.errors()
            gone |= {str(part) for item in found if item["type"] != "extra_forbidden" for part in item["loc"]}
            left_out = [_leave_out(raw, item["loc"]) for item in found]
            if not all(left_out):
                break
            raw |= {
                key: copy.deepcopy(value) for key, value in _STAND_INS.items() if key in gone and not _has(raw, key)
            }
    return problems, None


def _has(raw: Mapping[str, Any], key: str) -> bool:
    """Return whether a section has anything; of batches, strategies."""
    section = raw.get(key)
    return bool(section.get("strategies") if key == "batches" and isinstance(section, Mapping) else section)


def _leave_out(raw: Any, place: tuple[int | str, ...]) -> bool:  # noqa: ANN401
    """Remove the value at a place, or the innermost one that exists; return whether there was one.

    Places name members of unions, too (``<list>``), which are no keys.
    """
    parents: list[tuple[Any, int | str]] = []
    for part in place:
        try:
            inner = raw[part]
        except (KeyError, IndexError, TypeError):
            continue
        parents.append((raw, part))
        raw = inner
    if not parents:
        return False
    container, key = parents[-1]
    del container[key]
    return True


def _root() -> Path:
    """Return the Snakefile's folder: this one, or that of the checkout that this package is in."""
    here, checkout = Path.cwd(), PACKAGE.parents[1]
    return checkout if not (here / "Snakefile").exists() and (checkout / "Snakefile").exists() else here


def _summary(plan: Plan) -> list[str]:
    """Return what a configuration asks for, in a few lines."""
    experiments, evaluation = plan.experiments.by_name, plan.evaluation
    made = plan.config.made_languages()
    lines = [f"  corpora: {', '.join(plan.config.corpora) or 'none'}"]
    if made:
        lines.append(f"  translations: {', '.join(f'{corpus} into {tag}' for corpus, tag in made)}")
    lines.append(f"  models: {len(experiments)} to train, {len(evaluation.models)} to score")
    lines.append(f"  benchmarks: {', '.join(evaluation.benchmarks)}")
    if study := plan.config.study:
        where = ", ".join(plan.studies.benchmarks)
        tests = f"{len(study.contrasts)} contrast{'s' * (len(study.contrasts) != 1)}"
        lines.append(f"  study: {study.name}, {tests} of {len(plan.studies.models)} models on {where}")
    return lines
