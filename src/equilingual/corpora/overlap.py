"""The stage ``check_overlap``: nothing is trained on what is evaluated.

in:  the pairs of a training set, in every language, and the benchmarks' candidates and queries
out: ``results/overlaps/{training_set}.json``, the number of shared texts per benchmark (0, or the run stops)
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

import pyarrow.parquet as pq

from equilingual.files import write_json
from equilingual.texts import normalize_text


class OverlapError(ValueError):
    """A training set shares texts with a benchmark; the message quotes the first."""


def check_overlap(
    *,
    training_set: str,
    pairs: Sequence[str | PathLike[str]],
    benchmarks: Mapping[str, str | PathLike[str]],
    out: str | PathLike[str],
) -> None:
    """Compare normalised passages with candidates and questions with queries, in all languages at once.

    ``pairs`` are files of canonical pairs; ``benchmarks`` maps names to folders with ``candidates.parquet`` and
    ``queries.parquet``.

    Raises:
        OverlapError: a text is in both.

    """
    passages: dict[str, str] = {}
    questions: dict[str, str] = {}
    for path in pairs:
        table = pq.read_table(path, columns=["pair_id", "passage", "question"])
        for pair_id, passage, question in zip(*(table[c].to_pylist() for c in table.column_names), strict=True):
            passages.setdefault(normalize_text(passage), f"{path}, pair {pair_id!r}")
            questions.setdefault(normalize_text(question), f"{path}, pair {pair_id!r}")
    counts, shared = {}, []
    for name, folder in benchmarks.items():
        candidates = pq.read_table(Path(folder) / "candidates.parquet", columns=["passage"])["passage"].to_pylist()
        queries = pq.read_table(Path(folder) / "queries.parquet", columns=["text"])["text"].to_pylist()
        hits = {
            "passages": [(text, passages[key]) for text in candidates if (key := normalize_text(text)) in passages],
            "questions": [(text, questions[key]) for text in queries if (key := normalize_text(text)) in questions],
        }
        counts[name] = {kind: len(found) for kind, found in hits.items()}
        shared += [(name, kind, *found[0], len(found)) for kind, found in hits.items() if found]
    if shared:
        name, kind, text, place, number = shared[0]
        raise OverlapError(
            f"the training set {training_set} shares {number} {kind} with the benchmark {name}; the first is "
            f"{text[:80]!r} ({place}): take them out of the corpus, or do not evaluate on {name}"
        )
    write_json({"training_set": training_set, "benchmarks": counts}, out)
