"""Machine translations: what made them, how good they are, what was dropped, and pairs to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.report.formatting import MISSING, format_count, format_plain, is_number, language_name
from equilingual.report.records import Hash, Table, reasons_text
from equilingual.report.texts import Text, text_view

Record = Mapping[str, Any]


_KINDS = ("random", "worst")
_MOST_PAIRS = 300  # on the page, which is to stay under 2 MB


@dataclass(frozen=True)
class Pair:
    """A QA pair beside its translation; ``lines`` are (question or passage, source text, translation)."""

    lines: list[tuple[str, Text, Text]]
    note: str


@dataclass(frozen=True)
class Samples:
    """The pairs of one corpus and language that are shown."""

    corpus: str
    language: str
    engine: str
    random: list[Pair]
    worst: list[Pair]


def translation_tables(counts: Sequence[Record], quality: Sequence[Record]) -> list[Table]:
    """Return the tables of what was translated and dropped, and of the engines' scores; empty ones are left out."""
    return [table for table in (_counts(counts), _quality(quality)) if table.rows]


def _counts(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in records:
        start = [record.get(name) for name in ("corpus", "language", "engine", "licence")]
        numbers = [format_count(record.get(name)) for name in ("pairs", "distinct_texts", "kept")]
        reasons = [_compared(record), reasons_text(record.get("dropped")), reasons_text(record.get("flags"))]
        rows.append([*map(format_plain, start), *numbers, *reasons])
    columns = ["Corpus", "Language", "Engine", "Licence", "QA pairs", "Distinct texts", "Kept"]
    columns += ["Number of sentences", "Dropped, by first filter failed", "Flagged"]
    return Table("Translated QA pairs", columns, set(columns[4:7]), rows)


def _quality(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in records:
        start = [record.get(name) for name in ("reference", "engine", "source", "language")]
        figures = [record.get(name) for name in ("chrf", "bleu", "round_trip")]
        numbers = [format_count(record.get("texts")), *(f"{x:.1f}" if is_number(x) else MISSING for x in figures)]
        filters = [_compared(record), *(reasons_text(record.get(name)) for name in ("flagged", "false_alarms"))]
        signature = format_plain(record.get("chrf_signature"))
        rows.append([*map(format_plain, start), *numbers, *filters, signature])
    columns = ["Reference", "Engine", "Source", "Target", "Texts", "chrF++", "BLEU", "Round trip"]
    columns += [
        "Number of sentences",
        "Machine translations that fail a filter",
        "Human translations that fail a filter",
        "chrF++ signature",
    ]
    return Table("Translation quality, against human translations", columns, set(columns[4:8]), rows)


def _compared(record: Record) -> str:
    """Return of how many texts the numbers of sentences were compared, and of how many they cannot be."""
    counts = record.get("sentences")
    if not isinstance(counts, Mapping):
        return MISSING
    if counts.get("uncounted"):
        return "cannot be counted"  # in all texts: it is the language's
    return f"compared in {format_count(counts.get('compared'))}, single in {format_count(counts.get('single'))}"


def sample_views(records: Sequence[Record]) -> list[Samples]:
    """Return the pairs to look at, in the order of the files; fewer of each where there are many languages."""
    most = max(1, _MOST_PAIRS // max(1, 2 * len(records)))
    return [
        Samples(
            format_plain(record.get("corpus")),
            language_name(str(record.get("language"))),
            format_plain(record.get("engine")),
            *(
                [_pair(pair, str(record.get("language"))) for pair in (record.get(kind) or [])[:most]]
                for kind in _KINDS
            ),
        )
        for record in records
        if any(record.get(kind) for kind in _KINDS)
    ]


def _pair(pair: Record, language: str) -> Pair:
    source = str(pair.get("source"))
    lines = [
        (part, text_view(pair[part].get("source"), source), text_view(pair[part].get("translation"), language))
        for part in ("question", "passage")
        if isinstance(pair.get(part), Mapping)
    ]
    margin = f"margin {pair['margin']:.2f}" if is_number(pair.get("margin")) else ""
    return Pair(lines, ", ".join(filter(None, [margin, *map(str, pair.get("flags") or [])])))
