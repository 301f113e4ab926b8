"""Averages over groups of languages: by resources, script, family, and whether they were trained on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from equilingual.report.board import Board
from equilingual.report.by_language import ByLanguage, figures_by_language, languages_shown, value_of
from equilingual.report.formatting import MISSING, format_map, join_words, language_attribute, language_name
from equilingual.report.records import Hash, Table

Groups = dict[str, list[str]]  # languages by the group's name
_RESOURCES = ("high", "mid", "low")
_UNKNOWN = "not known"


def group_table(board: Board, benchmark: str, models: Sequence[Mapping[str, Any]]) -> Table | None:
    """Return averages over every group of a benchmark's languages, or None where no way of grouping parts them.

    Args:
        board: the scores.
        benchmark: its name.
        models: the manifests of the trained models, for the languages that they were trained on.

    """
    figures = _figures(board, benchmark)
    rows = board.rows_of(benchmark)
    tags = [
        tag
        for tag in languages_shown(board, benchmark)
        if any(value_of(board, row, benchmark, figure, tag) is not None for row in rows for figure in figures)
    ]
    lines: list[list[str | Hash]] = []
    for way, groups in _groupings(tags, models):
        if len(groups) < 2:
            continue
        for name, members in groups.items():
            number = f"1: {language_name(members[0])}" if len(members) == 1 else str(len(members))
            cells = []
            for row in rows:
                means = [_mean([value_of(board, row, benchmark, one, tag) for tag in members]) for one in figures]
                cells.append(" / ".join(means))
            lines.append([way, name, number, *cells])
    if not lines:
        return None
    names = [row.label for row in rows]
    columns = ["Grouped by", "Group", "Languages", *names]
    caption = f"{benchmark}: {' / '.join(figure.name for figure in figures)}, averaged over groups of languages"
    return Table(caption, columns, set(names), lines)


def _figures(board: Board, benchmark: str) -> list[ByLanguage]:
    found = figures_by_language(board, benchmark)
    if board.settings(benchmark) == ["monolingual"]:
        return found[:1]
    return [one for one in found if one.setting != "multilingual"] or found


def _mean(values: Sequence[float | None]) -> str:
    """Return the mean over the languages that have a value."""
    found = [value for value in values if value is not None]
    return format_map(sum(found) / len(found)) if found else MISSING


def _groupings(tags: Sequence[str], models: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Groups]]:
    """Yield every way of grouping and its groups, none of them empty."""
    by_resource = _grouped(tags, "resource")
    order = [*_RESOURCES, _UNKNOWN]
    yield "resources", {name: by_resource[name] for name in order if name in by_resource}
    yield "script", _grouped(tags, "script")
    yield "family", _grouped(tags, "family")
    trained: dict[tuple[str, ...], dict[str, None]] = {}
    for model in models:
        if model.get("languages"):
            languages = tuple(sorted(map(str, model["languages"])))
            trained.setdefault(languages, {})[str(model.get("training_set"))] = None
    for languages, sets in trained.items():
        way = "training" if len(trained) == 1 else f"training on {join_words(list(sets))}"
        groups: Groups = {}
        for tag in tags:
            groups.setdefault("seen" if tag in languages else "unseen", []).append(tag)
        yield way, dict(sorted(groups.items()))


def _grouped(tags: Sequence[str], attribute: str) -> Groups:
    """Return the languages by an attribute of the language table, groups in the order of their first language."""
    groups: Groups = {}
    for tag in tags:
        groups.setdefault(language_attribute(tag, attribute) or _UNKNOWN, []).append(tag)
    return groups
