"""The stage ``read_corpus``: one language's files of a corpus into the canonical table.

in:  the language's files, by role (for a parallel SQuAD corpus the pivot language's, too)
out: ``results/corpora/{corpus}/{language}.parquet`` with the columns of :data:`PAIR_SCHEMA` and, where the source gives
     hard negatives, :data:`NEGATIVES_FIELD`; beside it ``{language}.counts.json`` with what was read, kept and dropped,
     by reason, and what was downloaded
"""

import dataclasses
import logging
from array import array
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from equilingual.corpora.errors import CorpusError, FilePath
from equilingual.corpora.formats import read_pairs
from equilingual.corpora.lines import MEGABYTE
from equilingual.corpora.lookup import hash_id
from equilingual.corpora.pairs import CorpusSource, Place
from equilingual.corpora.writing import NEGATIVES_FIELD, PAIR_SCHEMA, PairWriter, write_pairs
from equilingual.files import sha256_of, write_json
from equilingual.messages import shown

if TYPE_CHECKING:
    from equilingual.corpora.language_check import LanguageSample

__all__ = ["NEGATIVES_FIELD", "PAIR_SCHEMA", "read_corpus"]

_LOG = logging.getLogger(__name__)


def read_corpus(
    *,
    corpus: str,
    file_format: str,
    files: Mapping[str, Sequence[FilePath]],
    language: str,
    origin: str,
    licence: str,
    languages: Sequence[str],
    pairs_out: FilePath,
    counts_out: FilePath,
    pivot: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    where: Mapping[str, object] | None = None,
    negatives: int = 8,
    empty: str = "refuse",
    exclude: Collection[str] = (),
    max_entry_mb: int = 64,
    parallel: bool = True,
    published: int | None = None,
    fetched: Mapping[str, Mapping[str, str | None]] | None = None,
) -> None:
    """Write one language of a corpus as canonical QA pairs, in the order of the files.

    ``files`` are by role, in order; ``languages`` are all that the corpus has. ``origin`` says where its texts come
    from. ``columns`` says where the fields of a pair are, and comes before the format's own names; ``where`` has the
    values that a row must have. At most ``negatives`` hard negatives of a pair are kept. ``empty`` is ``refuse`` (a
    file with an empty text) or ``drop`` (its row, counted). Pairs with an id (of the table) in ``exclude`` are dropped
    and counted. A line, an entry of an array or a field has at most ``max_entry_mb`` MB, a whole SQuAD file 4 times as
    many. With ``parallel`` an id means the same pair in every language; else ids begin with the language. SQuAD alone
    has a ``pivot``, the language whose questions decide which pairs there are; its file has this role, too. Another
    number of pairs than ``published`` is a warning. ``fetched`` has ``source`` and ``sha256`` of files from a URL.

    Raises:
        CorpusError: a file is malformed, has a pair twice, or yields no pair at all.

    """
    source = CorpusSource(
        files=files,
        language=language,
        scratch=Path(pairs_out).parent,
        needs_ids=parallel and len(languages) > 1,
        columns=columns or {},
        where=where or {},
        negatives=negatives,
        drop_empty=empty == "drop",
        pivot=pivot,
        longest=max_entry_mb * MEGABYTE,
    )
    prefix = "" if parallel else f"{language}:"
    with write_pairs(pairs_out, {"corpus": corpus, "licence": licence}) as writer:
        sample = _copy(source, file_format, writer, prefix, origin, frozenset(exclude))
    if problem := sample.problem(language):
        _LOG.warning("corpora.%s.files.%s: %s", corpus, language, problem)
    counts = _counts(source, writer, origin)
    if published is not None:
        counts |= _compared(f"{corpus} {language}", counts["questions"], published)
    if fetched:
        counts["fetched"] = downloaded(fetched)
    write_json({"corpus": corpus, "licence": licence, "languages": {language: counts}}, counts_out)


def _copy(
    source: CorpusSource, file_format: str, writer: PairWriter, prefix: str, origin: str, exclude: frozenset[str]
) -> "LanguageSample":
    """Write every pair of a source, check that there is one and no id occurs twice, and return a sample.

    8 bytes a pair are held.
    """
    from equilingual.corpora.language_check import LanguageSample  # only this stage has the identifier

    sample, hashes, excluded = LanguageSample(), array("Q"), set()
    for pair in read_pairs(source, file_format):
        if prefix + pair.pair_id in exclude:
            excluded.add(prefix + pair.pair_id)
            source.dropped["excluded"] += 1
            continue
        hashes.append(hash_id(pair.pair_id))
        sample.add(pair.passage)
        ids = (prefix + pair.pair_id, prefix + pair.passage_id)
        writer.add((*ids, source.language, pair.question, pair.passage, origin), pair.negatives)
    values, times = np.unique(np.frombuffer(hashes, dtype=np.uint64), return_counts=True)
    repeated = set(values[times > 1].tolist())
    if repeated:
        _refuse_repeated(source, file_format, repeated)
    if unknown := sorted(exclude - excluded):  # another language may have them
        _LOG.info("%d of the ids in 'exclude' are of no pair in %s: %s", len(unknown), source.language, _few(unknown))
    if not writer.rows:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in source.dropped.items() if count)
        first = next(source.files[role] for role in ("file", "qrels", "triples") if source.files.get(role))[0]
        raise CorpusError(first, "", f"no QA pair ({reasons or 'the file has none'})")
    return sample


def _few(ids: Sequence[str], count: int = 3) -> str:
    return ", ".join([*map(shown, ids[:count]), *(["…"] if len(ids) > count else [])])


def _refuse_repeated(source: CorpusSource, file_format: str, repeated: set[int]) -> None:
    """Read again to say where an id occurs twice; nothing where two ids only share a hash."""
    places: dict[str, Place] = {}
    again = dataclasses.replace(source, dropped=Counter(), dropped_negatives=Counter())
    for pair in read_pairs(again, file_format):
        if hash_id(pair.pair_id) not in repeated:
            continue
        first = places.setdefault(pair.pair_id, pair.place)
        if first is not pair.place:
            where = first.spot if first.path == pair.place.path else f"{first.path}, {first.spot}"
            problem = f"pair_id {shown(pair.pair_id)} is already used in {where}: give every QA pair its own id"
            raise CorpusError(*pair.place, problem)


def _counts(source: CorpusSource, writer: PairWriter, origin: str) -> dict[str, object]:
    reasons, of_negatives = (
        {reason: count for reason, count in sorted(dropped.items()) if count}
        for dropped in (source.dropped, source.dropped_negatives)
    )
    counts: dict[str, object] = {"questions": writer.rows + sum(reasons.values()), "kept": writer.rows}
    counts |= {"dropped": reasons, "origin": origin}
    if writer.negatives or of_negatives:
        counts |= {"negatives": writer.negatives, "negatives_dropped": of_negatives}
    return counts


def _compared(what: str, found: object, published: int) -> dict[str, object]:
    if published != found:
        _LOG.warning("%s: %s pairs, but the published number is %d", what, found, published)
    return {"published": published}


def downloaded(fetched: Mapping[str, Mapping[str, str | None]]) -> list[dict[str, object]]:
    """Return where each downloaded file came from and its SHA-256; without a configured one nothing is checked."""
    found: list[dict[str, object]] = []
    for path, place in fetched.items():
        sha256, pinned = sha256_of(path), place["sha256"] is not None
        if not pinned:
            _LOG.warning("%s has sha256 %s, not checked: no sha256 is configured", place["source"], sha256)
        found.append({"source": place["source"], "sha256": sha256, "pinned": pinned})
    return found
