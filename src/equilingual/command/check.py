"""Say all that is wrong with a configuration at once."""

import copy
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
        found = [*run_problems(config, folder), *corpus_problems(config, folder), *size_problems(config, folder)]
        problems += [line for line in found if line not in problems]
        warnings = [f"  warning: {line}" for line in size_warnings(config, folder)]
    if not problems and config is not None:
        return True, [f"{path}: nothing is wrong", *_summary(Plan(config, Places(folder))), *warnings]
    title = f"{path}: {len(problems)} problem{'s' * (len(problems) != 1)}"
    return False, [title, *(f"  {line}" for line in problems), *warnings]


def _read(raw: dict[str, Any]) -> tuple[list[str], Config | None]:
    """Return what is wrong with keys and values, and the configuration without them; none where that is not possible.

    A key that is unknown is left out without changing what others mean: the next check sees what it hid. After that,
    what is wrong may only follow from what was left out, and is not said.
    """
    raw = copy.deepcopy(raw)
    problems: list[str] = []
    is_whole = True  # but for unknown keys
    for _ in range(_ROUNDS):
        try:
            return problems, load_config(raw)
        except ConfigError as error:
            if is_whole:
                problems += [line.strip() for line in str(error).splitlines()[1:] if line.strip() not in problems]
            if not isinstance(error.__cause__, ValidationError):
                break
            found = error.__cause__.errors()
            is_whole = is_whole and all(item["type"] == "extra_forbidden" for item in found)
            left_out = [_leave_out(raw, item["loc"]) for item in found]
            if not all(left_out):
                break
    return problems, None


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
    return [*lines, f"  benchmarks: {', '.join(evaluation.benchmarks)}"]
