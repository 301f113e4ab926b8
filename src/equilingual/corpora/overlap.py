"""The stage ``check_overlap``: nothing is trained on what is evaluated.

in:  the pairs of a training set, in every language, and the benchmarks' candidates and queries
out: ``results/overlaps/{training_set}.json``, the number of shared texts and question ids per benchmark (0, or the run
     stops)
"""

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from os import PathLike
from pathlib import Path

import pyarrow as pa

from equilingual.files import write_json
from equilingual.manifests import check_manifest
from equilingual.messages import shown
from equilingual.parquet import ParquetFile, read_table
from equilingual.texts import normalize_text

_LOG = logging.getLogger(__name__)

_ROWS = 1024  # at once: a text may be 100 kB long
_MOST_NAMED = 20  # pairs in an error, ready to be excluded
_COLUMNS = ("pair_id", "passage", "question", "negatives")


class OverlapError(ValueError):
    """A training set shares texts or question ids with a benchmark; the message quotes the first."""


def check_overlap(
    *,
    training_set: str,
    pairs: Sequence[str | PathLike[str]],
    benchmarks: Mapping[str, str | PathLike[str]],
    out: str | PathLike[str],
) -> None:
    """Compare normalised passages, hard negatives too, with candidates and questions with queries, in all languages.

    The ids of questions are compared, too, where they are :func:`specific <specific_id>`: the translation of a
    benchmark into a language that it lacks shares no text with it.

    ``pairs`` are files of canonical pairs; ``benchmarks`` maps names to folders with ``candidates.parquet`` and
    ``queries.parquet``.

    Raises:
        OverlapError: a text or a specific id is in both.
        DamagedFileError: a file of pairs is damaged, or a table is not what the benchmark's ``counts.json`` says.

    """
    for folder in benchmarks.values():
        check_manifest(folder, "counts.json", expected=["candidates.parquet", "queries.parquet"])
    texts = {
        "passages": _values(benchmarks, "candidates", "passage", normalize_text),
        "questions": _values(benchmarks, "queries", "text", normalize_text),
        "ids": _values(benchmarks, "queries", "query_id", specific_id),
    }
    places: dict[str, dict[str, str]] = {kind: {} for kind in texts}  # where a benchmark's text was met first
    ids: dict[str, dict[str, None]] = {}  # by corpus, of all pairs that have one
    for path in pairs:
        corpus = _corpus_of(path)
        for kind, key, pair_id, place in _keys(path):
            if key in texts[kind]:
                places[kind].setdefault(str(key), place)
                # Validation pairs are of several corpora, and named by them.
                of, own = (corpus, pair_id) if corpus else tuple(pair_id.partition("/")[::2])
                ids.setdefault(of, {}).setdefault(own)
    counts: dict[str, dict[str, int]] = {name: dict.fromkeys(texts, 0) for name in benchmarks}
    shared = []
    for kind, by_key in texts.items():
        for key in by_key.keys() & places[kind].keys():
            for name, number, text in by_key[key]:
                counts[name][kind] += 1
                order = (list(benchmarks).index(name), list(texts).index(kind))  # texts first: they say more than an id
                shared.append((order, kind, number, name, text, places[kind][key]))
    if shared:
        _LOG.info("pairs that share something with a benchmark: %s", _keys_that_exclude(ids))
        _, kind, _, name, text, place = min(shared)
        count = counts[name][kind]
        what = "question ids" if kind == "ids" else kind
        hint = ", as a translation of its questions would" if kind == "ids" else ""
        raise OverlapError(
            f"the training set {training_set} shares {count} {what if count > 1 else what.removesuffix('s')} "
            f"with the benchmark {name}{hint}; "
            f"the first is {shown(text, 80)} ({place}): do not evaluate on {name}, or {_advice(ids)}"
        )
    write_json({"training_set": training_set, "benchmarks": counts}, out)


def _advice(ids: Mapping[str, Collection[str]]) -> str:
    """Return how to leave out the pairs that a benchmark has, of all benchmarks together, by corpus."""
    count = sum(map(len, ids.values()))
    if count > _MOST_NAMED:
        names = ", ".join(map(shown, ids))
        what = "corpus" if len(ids) == 1 else "corpora"
        return (
            f"exclude the {count} pairs that share something with a benchmark from the {what} {names}: the log has "
            "their ids"
        )
    return f"drop the pairs that share something with a benchmark: {_keys_that_exclude(ids)}"


def _keys_that_exclude(ids: Mapping[str, Collection[str]]) -> str:
    """Return the keys of the configuration that exclude pairs; ids are not shortened, so that they can be copied."""
    return "; ".join(
        f"corpora.{corpus}.exclude: [{', '.join(shown(one, len(one)) for one in own)}]" for corpus, own in ids.items()
    )


def _corpus_of(path: str | PathLike[str]) -> str:
    """Return the corpus that a file of canonical pairs is of; empty of validation pairs."""
    with ParquetFile(path) as file:
        return str((file.schema_arrow.metadata or {}).get(b"corpus", b"").decode())


_SEPARATORS = re.compile(r"[\W_]+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")
_LEAST_DIGITS, _LEAST_DIFFERENT = 15, 5
_HYPHENS = 16  # in an id, that are looked at
_COUNTED = "00000"  # in a run of digits: a number that is counted from a round one


def specific_id(identifier: str) -> str | None:
    """Return what an id is compared by, where two data sets cannot have it by chance; ``None`` for any other.

    It is specific if it holds a UUID, or a run of at least 15 hexadecimal digits, leading zeros aside, of which at
    least 5 differ and no 5 in a row are zeros: the 24 of SQuAD's ids (XQuAD-R's, too), the 40 of MLQA's, the integers
    of 64 bits of Natural Questions (MKQA's, too). Numbers such as ``1``, ``12345`` or ``0000000000000012`` are not:
    unrelated data sets have them all. Case makes no difference, nor do words of two letters or more before and after
    (``ro_``, ``xquad-ro-``, ``.de``), which say where an id is used.
    """
    if len(identifier) < _LEAST_DIGITS:
        return None
    own = identifier.casefold()
    words = [word for word in _SEPARATORS.split(own) if word]
    while words and len(words[0]) > 1 and words[0].isalpha():
        del words[0]
    while words and len(words[-1]) > 1 and words[-1].isalpha():
        del words[-1]
    runs = [run.lstrip("0") for word in words for run in _HEXADECIMAL.findall(word)]
    is_hash = any(
        len(run) >= _LEAST_DIGITS and len(set(run)) >= _LEAST_DIFFERENT and _COUNTED not in run for run in runs
    )
    return "-".join(words) if is_hash or _UUID.search(own) else None


def _values(
    benchmarks: Mapping[str, str | PathLike[str]], table: str, column: str, key_of: Callable[[str], str | None]
) -> dict[str, list[tuple[str, int, str]]]:
    """Return, by its key, every value of a column of the benchmarks' tables that has one: (benchmark, row, value).

    The benchmarks are held and the training set is read past them: it may be as large as it likes.
    """
    found: dict[str, list[tuple[str, int, str]]] = {}
    for name, folder in benchmarks.items():
        values = read_table(Path(folder) / f"{table}.parquet", [column])[column].to_pylist()
        for number, value in enumerate(values):
            if (key := key_of(value)) is not None:
                found.setdefault(key, []).append((name, number, value))
    return found


def _keys(path: str | PathLike[str]) -> Iterator[tuple[str, str | None, str, str]]:
    """Yield (kind, key, pair id, place) of what a file of canonical pairs has to be compared."""
    for batch in _rows(path):
        for row in batch.to_pylist():
            own, place = row["pair_id"], f"{path}, pair {shown(row['pair_id'])}"
            yield "passages", normalize_text(row["passage"]), own, place
            yield "questions", normalize_text(row["question"]), own, place
            for text in row.get("negatives") or ():
                if text is not None:
                    yield "passages", normalize_text(text), own, f"{path}, a hard negative of pair {shown(own)}"
            yield from (("ids", specific_id(one), own, place) for one in _question_ids(own))


def _question_ids(pair_id: str) -> Iterator[str]:
    """Yield a pair's id, and what may be its question's.

    Readers put a passage's id or position behind the question's id (``q-d1``, ``q-0``) where a question may have
    several passages: BEIR, mMARCO, Tevatron, and rows with a list of passages.
    """
    yield pair_id
    if specific_id(pair_id) is not None:
        yield from (pair_id[: hyphen.start()] for hyphen in islice(re.finditer("-", pair_id), _HYPHENS))


def _rows(path: str | PathLike[str]) -> Iterator[pa.RecordBatch]:
    with ParquetFile(path) as file:
        columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
        yield from file.iter_batches(_ROWS, columns=columns)
