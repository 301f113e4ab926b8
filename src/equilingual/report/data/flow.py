"""How many pairs of a question and a passage go from the corpora into the batches, and what is left out on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.report.data.tables import Table, table
from equilingual.report.formatting import batches_name, is_number

Record = Mapping[str, Any]
COLUMNS = ("step", "name", "language", "made_by", "part", "count")
FLOW = ("corpora", "translations", "duplicates", "batches", "bitext", "bitext_overlaps")  # of a run, in that order
_DUPLICATES = {"exact": "exact duplicate", "near": "near duplicate"}
_KEPT = "kept"


def flow_table(
    corpora: Sequence[Record],
    translations: Sequence[Record],
    duplicates: Sequence[Record],
    batches: Sequence[Record],
    bitext: Sequence[Record] = (),
    bitext_overlaps: Sequence[Record] = (),
) -> Table:
    """Return one row per step, name, language and part.

    The steps are ``read`` and ``translated`` (QA pairs of a corpus in a language), ``bitext`` (sentences of a corpus,
    in two languages or more), ``training set`` (QA pairs, in all their languages) and ``batches`` (of a training set by
    a strategy, one seed each). The first part of pairs and sentences is ``kept``, the others are reasons for which they
    are left out; the parts of batches are their kinds.
    """
    rows = [
        *(row for record in corpora for row in _read(record)),
        *(row for record in translations for row in _translated(record)),
        *_bitext(bitext, bitext_overlaps, batches),
        *_training_sets(duplicates, batches),
        *(row for record in batches for row in _batches(record)),
    ]
    return table(COLUMNS, rows)


def _parts(start: Sequence[object], parts: Mapping[str, object]) -> list[list[object]]:
    """Return a row per part; those of nothing are left out, but for what is kept."""
    counts = {name: int(count) for name, count in parts.items() if is_number(count)}
    return [[*start, name, count] for name, count in counts.items() if count or name == _KEPT]


def _mapping(value: object) -> Record:
    return value if isinstance(value, Mapping) else {}


def _read(record: Record) -> list[list[object]]:
    rows = []
    for language, counts in _mapping(record.get("languages")).items():
        made_by = counts.get("origin") or record.get("origin")
        start = ["read", record.get("corpus"), language, made_by]
        rows += _parts(start, {_KEPT: counts.get("kept"), **_mapping(counts.get("dropped"))})
    return rows


def _translated(record: Record) -> list[list[object]]:
    start = ["translated", record.get("corpus"), record.get("language"), record.get("engine")]
    return _parts(start, {_KEPT: record.get("kept"), **_mapping(record.get("dropped"))})


def _bitext(bitext: Sequence[Record], overlaps: Sequence[Record], batches: Sequence[Record]) -> list[list[object]]:
    """Return what is left of each corpus of parallel sentences; duplicates as the batches' own record has them."""
    shared = {record.get("corpus"): record.get("left_out") for record in overlaps}
    made_of: dict[str, Any] = {}
    for record in batches:
        made_of = {**_mapping(_mapping(record.get("bitext")).get("corpora")), **made_of}
    rows = []
    for record in bitext:
        name, kept = str(record.get("corpus")), record.get("kept")
        left_out = shared.get(name)
        sentences = _mapping(made_of.get(name)).get("sentences")
        overlapping = int(left_out) if is_number(left_out) else 0
        if is_number(kept):
            left = int(sentences) if is_number(sentences) else int(kept) - overlapping
            parts = {_KEPT: left, **_mapping(record.get("dropped"))}
            parts |= {"in a benchmark": overlapping, "duplicate": int(kept) - overlapping - left}
            rows += _parts(["bitext", name, None, None], parts)
    return rows


def _training_sets(duplicates: Sequence[Record], batches: Sequence[Record]) -> list[list[object]]:
    """Return what the batches of each training set are made of; of one without batches, its duplicates."""
    parts = {
        record.get("training_set"): {_KEPT: record.get("kept"), **_duplicates(record)} for record in duplicates
    } | {
        record.get("training_set"): {
            _KEPT: record.get("pairs"),
            "in too few languages": record.get("pairs_left_out"),
            "duplicate": record.get("duplicates_left_out"),
            "not drawn": record.get("pairs_not_drawn"),
        }
        for record in batches
        if is_number(record.get("pairs"))
    }
    return [row for name, found in parts.items() for row in _parts(["training set", name, None, None], found)]


def _duplicates(record: Record) -> dict[str, int]:
    left_out = dict.fromkeys(_DUPLICATES.values(), 0)
    for counts in _mapping(record.get("corpora")).values():
        for kind, name in _DUPLICATES.items():
            found = _mapping(counts.get(kind))
            left_out[name] += sum(int(found[where]) for where in ("within", "across") if is_number(found.get(where)))
    return left_out


def _batches(record: Record) -> list[list[object]]:
    total, alone = record.get("batches"), record.get("monolingual_batches")
    if not is_number(total) or not is_number(alone):
        return []
    others = [mode for mode in _mapping(record.get("expected")) if mode != "mono"]
    kind = others[0] if len(others) == 1 and others[0] in ("cross", "mixed") else "other"
    name = f"{record.get('training_set')} / {batches_name(record)}"
    seed = f"seed {record.get('seed')}"
    bitext = _mapping(record.get("bitext")).get("batches", 0)
    return _parts(["batches", name, None, seed], {"mono": alone, kind: total - alone - bitext, "bitext": bitext})
