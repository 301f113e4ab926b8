"""Language centring: by hand, and on vectors whose only fault is a language's offset."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.evaluation.measures import average_precision, rank_distance
from equilingual.evaluation.ranks import relevant_ranks
from equilingual.retrieval import center_languages, debias_embeddings


def test_by_hand():
    vectors = np.array([[1, 0], [3, 4], [0, 2], [0, 6]], dtype=np.float32)
    # means: en (2, 2), de (0, 4); centred: (-1, -2), (1, 2), (0, -2), (0, 2); then of length 1
    root = 5**-0.5
    expected = [[-root, -2 * root], [root, 2 * root], [0, -1], [0, 1]]
    assert np.allclose(center_languages(vectors, ["en", "en", "de", "de"]), expected, atol=1e-6)


def test_a_vector_that_is_its_languages_mean_stays_zero():
    assert center_languages(np.ones((1, 3), dtype=np.float32), ["en"]).tolist() == [[0, 0, 0]]


def test_centring_repairs_vectors_that_only_their_language_sets_apart():
    rng = np.random.default_rng(8)
    languages, meanings = 11, 400
    meaning = rng.normal(size=(meanings, 64))
    offsets = 12 * rng.normal(size=(languages, 1, 64)) / 8
    noise = 0.2 * rng.normal(size=(2, languages, meanings, 64))
    queries, candidates = ((meaning + offsets + part).reshape(-1, 64).astype(np.float32) for part in noise)
    tags = np.repeat(np.arange(languages).astype(str), meanings).tolist()
    relevant = np.tile(np.arange(meanings)[:, None] + meanings * np.arange(languages), (languages, 1))

    def figures(q, c):
        q, c = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (q, c))
        ranks = relevant_ranks(lambda block: q[block] @ c.T, relevant, {"all": np.arange(len(c))})["all"]
        return average_precision(ranks).mean(), rank_distance(ranks).mean()

    raw, biased = figures(queries, candidates)
    assert raw < 0.2
    assert biased > 1000
    repaired = figures(center_languages(queries, tags), center_languages(candidates, tags))
    assert repaired == (pytest.approx(1.0, abs=0.005), pytest.approx(10, abs=0.05))


def test_the_stage_centres_queries_and_candidates_each_by_their_own_means(tmp_path):
    rng = np.random.default_rng(9)
    parts = {"queries": ["en", "de", "en", "de"], "candidates": ["en", "en", "en", "de", "de"]}
    for name, languages in parts.items():
        pq.write_table(pa.table({"language": languages}), tmp_path / f"{name}.parquet")
        np.save(tmp_path / f"{name}.npy", rng.normal(size=(len(languages), 3)).astype(np.float32))
    debias_embeddings(
        method="center-pool",
        queries=tmp_path / "queries.npy",
        candidates=tmp_path / "candidates.npy",
        benchmark=tmp_path,
        out_queries=tmp_path / "q.npy",
        out_candidates=tmp_path / "c.npy",
    )
    for name, out in (("queries", "q"), ("candidates", "c")):
        expected = center_languages(np.load(tmp_path / f"{name}.npy"), parts[name])
        assert np.array_equal(np.load(tmp_path / f"{out}.npy"), expected)
