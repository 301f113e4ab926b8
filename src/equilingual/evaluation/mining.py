"""Mining of sentence pairs: the stage ``mine_bitext`` (BUCC).

in:  ``results/embeddings/{model}/{benchmark}/queries.npy`` and the benchmark's tables
out: ``results/mined/{model}/{benchmark}.parquet``: ``collection``, ``source_id``, ``target_id``, ``margin``,
     ``correct``, the pairs of each collection with the best first;
     ``results/scores/{model}/{benchmark}.parquet``: F1, precision, recall and the threshold of each language

Both sides are encoded as queries: which of two sentences is looked for is not told. A collection is ``{pair}.dev`` or
``{pair}.test``; the threshold that gives the highest F1 on the first is used on the second.
"""

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.embeddings import read_embeddings
from equilingual.evaluation.bitext import MinedPairs, best_threshold, mine_pairs, score_mining
from equilingual.evaluation.bootstrap import MEAN
from equilingual.evaluation.scores import score_schema
from equilingual.files import write_json
from equilingual.parquet import read_table, write_parquet
from equilingual.provenance import package_versions
from equilingual.retrieval import read_tables
from equilingual.retrieval.tables import BenchmarkTables, Collection

Place = str | PathLike[str]
_ROUNDING = 1e-4  # of a vector's length that is 1
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("collection", "source_id", "target_id")]
    + [("margin", pa.float64()), ("correct", pa.bool_())]
)


def mine_bitext(
    *,
    model: Mapping[str, object],
    name: str,
    queries: Place,
    benchmark: Place,
    out: Place,
    mined: Place,
    intervals: Place,
    bias: Place,
    neighbours: int = 4,
) -> None:
    """Mine every collection of a benchmark, choose thresholds on dev, and score test.

    Of duplicate sentences on a side only the first one is kept, as in XTREME.

    Args:
        model: what describes it in the scores, as in :func:`equilingual.evaluation.scores.score_model`.
        name: the benchmark's name.
        queries: the embeddings of its queries, which are the sentences of both sides.
        benchmark: its folder.
        neighbours: how many of the nearest sentences a margin is taken over.
        out: the scores.
        mined: the pairs.
        intervals: an empty record: there are no intervals.
        bias: a record of the ``versions`` of the packages alone.

    Raises:
        EmbeddingsError: there is not one finite vector per sentence.
        ValueError: a dev set gives no pairs.

    """
    tables = read_tables(benchmark)
    texts = read_table(Path(benchmark) / "queries.parquet", ["text"])["text"].to_pylist()
    vectors = read_embeddings(queries, rows=len(texts))
    sides = {one.name: _Sides(tables, one, texts) for one in tables.collections}
    pairs = {key: mine_pairs(*side.vectors(vectors), neighbours=neighbours) for key, side in sides.items()}
    rows = list(_score_rows(sides, pairs))
    described = [{**model, "benchmark": name, **row} for row in rows]
    write_parquet(pa.Table.from_pylist(described, schema=score_schema(model)), out)
    write_parquet(pa.concat_tables(side.table(pairs[key]) for key, side in sides.items()), mined)
    write_json({}, intervals)
    write_json({"versions": package_versions()}, bias)


class _Sides:
    """The two sides of a collection, without repeats, and its gold pairs."""

    def __init__(self, tables: BenchmarkTables, collection: Collection, texts: Sequence[str]) -> None:
        self.name = collection.name
        self.languages = list(collection.languages)
        self._ids = tables.queries["query_id"].to_pylist()
        spoken = tables.queries["language"].to_pylist()
        self._rows: list[np.ndarray] = []
        place: dict[int, int] = {}  # of a query's row in its side, that of the first with the same text
        for tag in self.languages:
            first: dict[str, int] = {}
            for row in collection.queries.tolist():
                if spoken[row] == tag:
                    place[row] = first.setdefault(texts[row], len(first))
            own = [row for row in collection.queries.tolist() if spoken[row] == tag]
            self._rows.append(np.array([row for row, new in zip(own, _is_first(place, own), strict=True) if new]))
        row_of = {f"{tag}_{key}": row for row, (tag, key) in enumerate(zip(spoken, self._ids, strict=True))}
        found = tables.candidates["candidate_id"]
        gold = {
            (place[row], place[row_of[found[candidate].as_py()]])
            for row in collection.queries.tolist()
            if spoken[row] == self.languages[0]
            for candidate in tables.relevant[row].tolist()
            if candidate >= 0
        }
        self.gold = np.array(sorted(gold), dtype=np.int64).reshape(-1, 2)

    def vectors(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of the two sides, of length 1: margins are ratios of cosines, whatever scores a model."""
        return of_length_one(vectors[self._rows[0]]), of_length_one(vectors[self._rows[1]])

    def table(self, pairs: MinedPairs) -> pa.Table:
        """Return the mined pairs as rows of the stage's output."""
        sources = [self._ids[row] for row in self._rows[0][pairs.sources]]
        targets = [self._ids[row] for row in self._rows[1][pairs.targets]]
        columns = [[self.name] * len(sources), sources, targets, pairs.scores, pairs.correct(self.gold)]
        return pa.table([pa.array(column) for column in columns], schema=_SCHEMA)


def of_length_one(vectors: np.ndarray) -> np.ndarray:
    """Return float32 [texts, dimensions]: vectors that are of another length scaled to 1; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Those that were scaled before stay as they are, to the last bit.
    right = (np.abs(lengths - 1) < _ROUNDING) | (lengths == 0)
    return (vectors / np.where(right, 1, lengths)).astype(np.float32)


def _is_first(place: Mapping[int, int], rows: Sequence[int]) -> Iterator[bool]:
    seen: set[int] = set()
    for row in rows:
        yield place[row] not in seen
        seen.add(place[row])


def _score_rows(sides: Mapping[str, _Sides], pairs: Mapping[str, MinedPairs]) -> Iterator[dict[str, object]]:
    """Yield the figures of each language's test set, then their means."""
    figures: dict[str, list[float]] = {}
    total = 0
    for key, side in sides.items():
        pair, _, split = key.rpartition(".")
        if split != "test":
            continue
        dev = sides[f"{pair}.dev"]
        chosen = pairs[f"{pair}.dev"]
        threshold = best_threshold(chosen.scores, chosen.correct(dev.gold), len(dev.gold))
        score = score_mining(pairs[key], side.gold, threshold)
        found = {"f1": score.f1, "precision": score.precision, "recall": score.recall, "margin_threshold": threshold}
        total += len(side.gold)
        for measure, value in found.items():
            figures.setdefault(measure, []).append(value)
            yield _row(side.languages[0], side.languages[1], measure, value, len(side.gold))
    for measure, values in figures.items():
        yield _row(MEAN, MEAN, measure, float(np.mean(values)), total)


def _row(language: str, pool: str, measure: str, value: float, queries: int) -> dict[str, object]:
    where = {"setting": "cross-lingual", "query_language": language, "pool": pool}
    return {**where, "measure": measure, "value": value, "queries": queries}
