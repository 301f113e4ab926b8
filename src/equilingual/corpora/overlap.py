"""The stage ``check_overlap``: nothing is trained on what is evaluated.

in:  the pairs of a training set, in every language, and the benchmarks' candidates and queries
out: ``results/overlaps/{training_set}.json``, the number of shared texts per benchmark (0, or the run stops)
"""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import pyarrow as pa

from equilingual.files import ParquetFile, read_table, write_json
from equilingual.manifests import check_manifest
from equilingual.texts import normalize_text

_ROWS = 1024  # at once: a text may be 100 kB long
_COLUMNS = ("pair_id", "passage", "question", "negatives")


class OverlapError(ValueError):
    """A training set shares texts with a benchmark; the message quotes the first."""


def check_overlap(
    *,
    training_set: str,
    pairs: Sequence[str | PathLike[str]],
    benchmarks: Mapping[str, str | PathLike[str]],
    out: str | PathLike[str],
) -> None:
    """Compare normalised passages, hard negatives too, with candidates and questions with queries, in all languages.

    ``pairs`` are files of canonical pairs; ``benchmarks`` maps names to folders with ``candidates.parquet`` and
    ``queries.parquet``.

    Raises:
        OverlapError: a text is in both.
        DamagedFileError: a file of pairs is damaged, or a table is not what the benchmark's ``counts.json`` says.

    """
    texts = {
        "passages": _texts(benchmarks, "candidates", "passage"),
        "questions": _texts(benchmarks, "queries", "text"),
    }
    places: dict[str, dict[str, str]] = {kind: {} for kind in texts}  # where a benchmark's text was met first
    for path in pairs:
        for batch in _rows(path):
            for row in batch.to_pylist():
                negatives = [text for text in row.get("negatives") or () if text is not None]
                hard = [("passages", text, "a hard negative of ") for text in negatives]
                own = [("passages", row["passage"], ""), ("questions", row["question"], "")]
                for kind, text, role in (*own, *hard):
                    key = normalize_text(text)
                    if key in texts[kind]:
                        places[kind].setdefault(key, f"{path}, {role}pair {row['pair_id']!r}")
    counts: dict[str, dict[str, int]] = {name: dict.fromkeys(texts, 0) for name in benchmarks}
    shared = []
    for kind, by_key in texts.items():
        for key in by_key.keys() & places[kind].keys():
            for name, number, text in by_key[key]:
                counts[name][kind] += 1
                shared.append((list(benchmarks).index(name), kind, number, name, text, places[kind][key]))
    if shared:
        _, kind, _, name, text, place = min(shared)
        count = counts[name][kind]
        raise OverlapError(
            f"the training set {training_set} shares {count} {kind if count > 1 else kind.removesuffix('s')} "
            f"with the benchmark {name}; "
            f"the first is {text[:80]!r} ({place}): take them out of the corpus, or do not evaluate on {name}"
        )
    write_json({"training_set": training_set, "benchmarks": counts}, out)


def _texts(
    benchmarks: Mapping[str, str | PathLike[str]], table: str, column: str
) -> dict[str, list[tuple[str, int, str]]]:
    """Return, by its normalised form, every text of the benchmarks: (benchmark, row, text).

    The benchmarks are held and the training set is read past them: it may be as large as it likes.
    """
    texts: dict[str, list[tuple[str, int, str]]] = {}
    for name, folder in benchmarks.items():
        check_manifest(folder, "counts.json")
        values = read_table(Path(folder) / f"{table}.parquet", [column])[column].to_pylist()
        for number, text in enumerate(values):
            texts.setdefault(normalize_text(text), []).append((name, number, text))
    return texts


def _rows(path: str | PathLike[str]) -> Iterator[pa.RecordBatch]:
    with ParquetFile(path) as file:
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        yield from file.iter_batches(_ROWS, columns=columns)
