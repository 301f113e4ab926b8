"""The pairs of a training set as the planner sees them: numbers instead of texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.texts import normalize_text

_COLUMNS = ("pair_id", "passage_id", "question", "passage")


class BatchError(ValueError):
    """The batches that the configuration asks for cannot be made from this training set."""


@dataclass(frozen=True)
class ParallelPairs:
    """The QA pairs of a training set.

    Attributes:
        pair_ids: ``{corpus}/{pair_id}``, in the order of first appearance.
        left_out: how many more there were, in fewer languages than asked for.
        languages: the training set's languages.
        available: bool [pairs, languages], whether the pair exists in the language.
        groups: int64 [pairs]; two pairs of one group never meet in a batch.
        rows: int64 [pairs, languages], the pair's row in the language's table, -1 where it is missing.
        tables: per language, the pairs in the canonical columns.

    """

    pair_ids: Sequence[str]
    languages: Sequence[str]
    available: np.ndarray
    groups: np.ndarray
    rows: np.ndarray
    tables: Mapping[str, pa.Table]
    left_out: int = 0


def load_pairs(
    files: Mapping[str, Mapping[str, str | PathLike[str]]], languages: Sequence[str], min_languages: int | None = None
) -> ParallelPairs:
    """Load a training set.

    Args:
        files: corpus name to language to a Parquet file of canonical pairs.
        languages: in the order of the columns of the result.
        min_languages: pairs that are there in fewer are left out; ``None`` asks for all.

    """
    tables = {language: _concatenate(files, language) for language in languages}
    positions: dict[str, int] = {}
    for table in tables.values():
        for pair_id in table["pair_id"].to_pylist():
            positions.setdefault(pair_id, len(positions))
    rows = np.full((len(positions), len(languages)), -1, dtype=np.int64)
    for column, language in enumerate(languages):
        for row, pair_id in enumerate(tables[language]["pair_id"].to_pylist()):
            rows[positions[pair_id], column] = row
    # Grouped before some are left out: the same pairs are kept apart whatever is asked for.
    groups = group_pairs(len(positions), _shared_keys(tables, positions))
    kept = (rows >= 0).sum(axis=1) >= (len(languages) if min_languages is None else min_languages)
    ids = [pair_id for pair_id, there in zip(positions, kept, strict=True) if there]
    return ParallelPairs(ids, languages, rows[kept] >= 0, groups[kept], rows[kept], tables, int((~kept).sum()))


def _concatenate(files: Mapping[str, Mapping[str, str | PathLike[str]]], language: str) -> pa.Table:
    parts = []
    for corpus, by_language in files.items():
        # Translated pairs have more columns than those that were read.
        table = pq.read_table(by_language[language], columns=list(_COLUMNS)).replace_schema_metadata(None)
        for column in ("pair_id", "passage_id"):
            values = [f"{corpus}/{value}" for value in table[column].to_pylist()]
            table = table.set_column(table.schema.get_field_index(column), column, pa.array(values, pa.string()))
        parts.append(table)
    return pa.concat_tables(parts)


def _shared_keys(tables: Mapping[str, pa.Table], positions: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """Yield (pair, key); pairs that share a key would be false negatives of each other.

    The keys are the passage's id (equal in every language) and, in each language, the normalised passage and
    the normalised question.
    """
    for language, table in tables.items():
        columns = [table[name].to_pylist() for name in ("pair_id", "passage_id", "passage", "question")]
        for pair_id, passage_id, passage, question in zip(*columns, strict=True):
            pair = positions[pair_id]
            yield pair, f"id:{passage_id}"
            yield pair, f"passage:{language}:{normalize_text(passage)}"
            yield pair, f"question:{language}:{normalize_text(question)}"


def group_pairs(pairs: int, keys: Iterator[tuple[int, str]]) -> np.ndarray:
    """Return int64 [pairs]: equal numbers for pairs that are linked, directly or in a chain, by shared keys."""
    parent = list(range(pairs))

    def root(pair: int) -> int:
        while parent[pair] != pair:
            parent[pair] = parent[parent[pair]]
            pair = parent[pair]
        return pair

    first: dict[str, int] = {}
    for pair, key in keys:
        a, b = root(first.setdefault(key, pair)), root(pair)
        parent[max(a, b)] = min(a, b)
    return np.array([root(pair) for pair in range(pairs)], dtype=np.int64)
