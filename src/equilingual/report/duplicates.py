"""The pairs that were left out because another one repeats them: how many, and some to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.report.formatting import MISSING, format_count, format_plain, is_number
from equilingual.report.records import Hash, Table
from equilingual.report.texts import text_view
from equilingual.report.translations import Pair

Record = Mapping[str, Any]

_CAPTIONS = {"exact": "exact duplicates, a sample", "near": "near duplicates, the least similar"}


@dataclass(frozen=True)
class Repeats:
    """Duplicates of one kind of a training set, each beside the pair that was kept."""

    training_set: str
    caption: str
    pairs: list[Pair]


def duplicate_table(records: Sequence[Record]) -> Table:
    """Return how many pairs of each corpus repeat another."""
    rows: list[list[str | Hash]] = []
    for record in records:
        nearness = record.get("near_duplicates") or {}
        for corpus, counts in (record.get("corpora") or {}).items():
            exact, near = (counts.get(kind) or {} for kind in _CAPTIONS)
            left_out = sum(int(kind.get(where) or 0) for kind in (exact, near) for where in ("within", "across"))
            kept = counts["pairs"] - left_out if is_number(counts.get("pairs")) else None
            numbers = [counts.get("pairs"), exact.get("within"), exact.get("across")]
            numbers += [near.get("within"), near.get("across")] if nearness else [None, None]
            least = f"{nearness['threshold']:g}" if is_number(nearness.get("threshold")) else MISSING
            start = [format_plain(record.get("training_set")), format_plain(corpus)]
            rows.append([*start, *map(format_count, [*numbers, kept]), least])
    columns = ["Training set", "Corpus", "QA pairs", "Exact, same corpus", "Exact, another corpus"]
    columns += ["Near, same corpus", "Near, another corpus", "Kept", "Near-duplicate threshold"]
    return Table("Duplicate QA pairs, which are left out of the batches", columns, set(columns[2:]), rows)


def duplicate_views(records: Sequence[Record]) -> list[Repeats]:
    """Return the duplicates to look at, by training set and kind; those of which there are none are left out."""
    views = []
    for record in records:
        for kind, caption in _CAPTIONS.items():
            shown = [_pair(one) for one in record.get("examples") or [] if one.get("kind") == kind]
            if shown:
                views.append(Repeats(format_plain(record.get("training_set")), caption, shown))
    return views


def _pair(example: Record) -> Pair:
    language = str(example.get("language"))
    lines = [
        (part, text_view(example[part].get("left_out"), language), text_view(example[part].get("kept"), language))
        for part in ("question", "passage")
        if isinstance(example.get(part), Mapping)
    ]
    similarity = f", similarity {example['similarity']:.2f}" if is_number(example.get("similarity")) else ""
    ids = [format_plain(example.get(name)) for name in ("pair_id", "kept")]
    return Pair(lines, f"{' repeats '.join(ids)}{similarity}")
