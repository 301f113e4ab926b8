"""The flow of the data as a table with bars: corpora, languages, training sets, batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.evaluation.identities import Seen, seen_remarks
from equilingual.report.formatting import format_count, join_words, language_name
from equilingual.report.run import Run

_TITLES = {
    "read": ("Corpora", "QA pairs"),
    "translated": ("Translations", "QA pairs"),
    "bitext": ("Bitext", "parallel sentences"),
    "training set": ("Training sets", "QA pairs that exist in several languages"),
    "batches": ("Batches", "of one seed"),
}
_KINDS = {"mono": "monolingual", "cross": "cross-lingual", "mixed": "mixed", "other": "other", "bitext": "bitext"}
_COLOURS = {"mono": "mono", "cross": "cross", "mixed": "hybrid", "other": "other", "bitext": "centred"}


@dataclass(frozen=True)
class Segment:
    """A part of a bar: its place and width in percent, its colour's class, and what it is."""

    start: float
    width: float
    colour: str
    says: str


@dataclass(frozen=True)
class Line:
    """A row of the table.

    Attributes:
        total: of all parts.
        parts: the kinds of batches, or what was left out by reason, in words.

    """

    name: str
    made_by: str
    total: str
    kept: str
    parts: str
    bar: list[Segment]


@dataclass(frozen=True)
class Step:
    """The rows of one step."""

    title: str
    unit: str
    lines: list[Line]


def flow_steps(run: Run) -> list[Step]:
    """Return the steps that the run has, bars of pairs to one scale, of sentences and of batches to others."""
    table = run.data["flow"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    groups: dict[str, dict[tuple[object, ...], dict[str, int]]] = {}
    for row in rows:
        # Seeds have the same batches but for chance: the first one stands for all.
        made_by = None if row["step"] == "batches" else row["made_by"]
        parts = groups.setdefault(row["step"], {}).setdefault((row["name"], row["language"], made_by), {})
        parts.setdefault(row["part"], row["count"])
    most = {step: max(sum(parts.values()) for parts in found.values()) for step, found in groups.items()}
    apart = ("batches", "bitext")
    pairs = max((most[step] for step in most if step not in apart), default=1)
    scale = dict.fromkeys(groups, pairs) | {step: most[step] for step in apart if step in most}
    return [
        Step(*_TITLES[step], [_line(step, key, parts, scale[step]) for key, parts in found.items()])
        for step, found in groups.items()
    ]


def _line(step: str, key: Sequence[object], parts: Mapping[str, int], most: int) -> Line:
    name, language, made_by = key
    title = str(name) if language is None else f"{name}, {language_name(str(language))}"
    total = format_count(sum(parts.values()))
    if step == "batches":
        words = ", ".join(f"{_KINDS[kind]} ({format_count(count)})" for kind, count in parts.items())
        return Line(title, "", total, "", words, _bar(parts, most, batches=True))
    reasons = {name: count for name, count in parts.items() if name != "kept"}
    words = ", ".join(f"{reason} ({format_count(count)})" for reason, count in reasons.items())
    return Line(
        title, str(made_by or ""), total, format_count(parts.get("kept", 0)), words or "none", _bar(parts, most)
    )


def _bar(parts: Mapping[str, int], most: int, *, batches: bool = False) -> list[Segment]:
    bar: list[Segment] = []
    start = 0.0
    for name, count in parts.items():
        width = round(100 * count / max(most, 1), 3)
        colour = f"k-{_COLOURS[name]}" if batches else ("kept" if name == "kept" else "left-out")
        words = _KINDS[name] if batches else name
        bar.append(Segment(round(start, 3), width, colour, f"{words}: {format_count(count)}"))
        start += width
    return bar


def bitext_in_benchmarks(overlaps: Sequence[Mapping[str, Any]]) -> str:
    """Return how many parallel sentences are left out as a benchmark's; nothing where there is no bitext."""
    counts = {str(record.get("corpus")): int(record.get("left_out") or 0) for record in overlaps}
    if not counts:
        return ""
    named = ", ".join(f"{format_count(count)} of {corpus}" for corpus, count in counts.items() if count)
    return f"Parallel sentences that are also in a benchmark, left out of all batches: {named or 'none'}."


def contamination(overlaps: Sequence[Mapping[str, Any]], seen: Seen, encoders: Sequence[str]) -> list[str]:
    """Return what was trained on of the benchmarks' data, by the run and by the authors of the base encoders.

    Args:
        overlaps: of the run's training sets with the benchmarks.
        seen: by encoder and benchmark, what of its data the encoder was trained on before.
        encoders: all base encoders.

    Returns:
        sentences; none where neither is known.

    """
    benchmarks = dict.fromkeys(benchmark for found in seen.values() for benchmark in found)
    known = [remark for benchmark in benchmarks for remark in seen_remarks(seen, benchmark, seen)]
    unknown = [name for name in encoders if name not in seen]
    shared = shared_texts(overlaps)
    if not shared and not known:
        return []
    if unknown:
        known.append(f"The earlier training data of {join_words(unknown)} are not known to include a benchmark.")
    return [*filter(None, [shared]), *known]


def shared_texts(overlaps: Sequence[Mapping[str, Any]]) -> str:
    """Return what training sets and benchmarks share, as a sentence; nothing where that was not looked for."""
    found = []
    checked = False
    for record in overlaps:
        for benchmark, counts in (record.get("benchmarks") or {}).items():
            checked = True
            shared = [f"{format_count(counts[name])} {name}" for name in ("passages", "questions") if counts.get(name)]
            if shared:
                found.append(f"{record.get('training_set')} shares {' and '.join(shared)} with {benchmark}")
    if found:
        return f"Overlap of training and evaluation: {'; '.join(found)}."
    return "No passage or question of this run’s training sets occurs in a benchmark." if checked else ""
