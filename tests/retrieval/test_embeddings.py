"""Embeddings that no ranking can be trusted on are refused, and a depth that cuts a tie keeps the first candidates."""

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.evaluation import rank_relevant
from equilingual.retrieval import (
    EmbeddingsError,
    build_indexes,
    debias_embeddings,
    read_embeddings,
    read_run,
    search_indexes,
)

QUERIES, CANDIDATES = 40, 1200
TIED = np.arange(3, CANDIDATES, 4)  # 300 equal candidates


@pytest.fixture
def folder(tmp_path):
    """One language; three hundred equal candidates, near the first place for every query."""
    rng = np.random.default_rng(11)
    queries = [f"q{n}" for n in range(QUERIES)]
    candidates = [f"en_{n}" for n in range(CANDIDATES)]
    tables = {
        "queries": {"query_id": queries, "language": ["en"] * QUERIES, "cluster": queries},
        "candidates": {"candidate_id": candidates, "language": ["en"] * CANDIDATES},
        "qrels": {"query_id": queries, "language": ["en"] * QUERIES, "candidate_id": candidates[:QUERIES]},
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
    asked, found = (rng.normal(size=(count, 64)).astype(np.float32) for count in (QUERIES, CANDIDATES))
    found[TIED] = asked.mean(axis=0)
    for name, vectors in (("queries", asked), ("candidates", found)):
        np.save(tmp_path / f"{name}.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return tmp_path


def test_a_depth_that_cuts_a_tie_keeps_the_first_of_the_pool(folder):
    build_indexes(candidates=folder / "candidates.npy", benchmark=folder, out=folder / "indexes")
    search_indexes(
        model="m",
        queries=folder / "queries.npy",
        indexes=folder / "indexes",
        benchmark=folder,
        depth=100,
        out=folder / "runs",
    )
    # That the case is a real one: FAISS alone keeps others for some query.
    index = faiss.read_index(str(folder / "indexes" / "en.faiss"))
    _, places = index.search(np.load(folder / "queries.npy"), 100)
    kept = [np.sort(row[np.isin(row, TIED)]) for row in places]
    assert any(row.tolist() != TIED[: len(row)].tolist() for row in kept)
    run = read_run(folder / "runs" / "en.trec.gz")
    assert {len(hits) for hits in run.values()} == {100}
    for hits in run.values():
        tied = [int(candidate[3:]) for candidate, _ in hits if int(candidate[3:]) % 4 == 3]
        assert tied == TIED[: len(tied)].tolist()


@pytest.mark.parametrize("name", ["queries", "candidates"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_of_a_model_that_diverged_are_refused_everywhere(folder, name, value):
    build_indexes(candidates=folder / "candidates.npy", benchmark=folder, out=folder / "indexes")
    vectors = np.load(folder / f"{name}.npy")
    vectors[7, 3] = value
    np.save(folder / f"{name}.npy", vectors)
    parts = {"queries": folder / "queries.npy", "indexes": folder / "indexes", "benchmark": folder}
    both = {"queries": folder / "queries.npy", "candidates": folder / "candidates.npy", "benchmark": folder}
    message = rf"{name}\.npy: 1 of \d+ vectors are not finite, the first is row 7"
    with pytest.raises(EmbeddingsError, match=message):
        debias_embeddings(method="center-pool", out_queries=folder / "q", out_candidates=folder / "c", **both)
    if name == "candidates":
        with pytest.raises(EmbeddingsError, match=message):
            build_indexes(candidates=folder / "candidates.npy", benchmark=folder, out=folder / "indexes")
    else:
        with pytest.raises(EmbeddingsError, match=message):
            rank_relevant(out=folder / "ranks", **parts)
        with pytest.raises(EmbeddingsError, match=message):
            search_indexes(model="m", depth=5, out=folder / "runs", **parts)


@pytest.mark.parametrize("rows", [QUERIES - 1, QUERIES + 1])
def test_another_number_of_vectors_than_texts_is_refused(folder, rows):
    with pytest.raises(EmbeddingsError, match=rf"shape \(40, 64\), expected {rows} vectors"):
        read_embeddings(folder / "queries.npy", rows=rows)
