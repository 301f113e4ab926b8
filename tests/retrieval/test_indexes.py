"""Indexes hold the pools that are asked in, are read from disk, and say how much they miss."""

import faiss
import numpy as np
import pytest
from benchmark_tables import write_tables

from equilingual.config.indexes import Index
from equilingual.files import DamagedFileError, read_json, write_json
from equilingual.retrieval import build_indexes, search_indexes
from equilingual.retrieval.indexes import open_index, search_exactly

EACH = 1000


@pytest.fixture
def built(tmp_path):
    """Return a function that builds and searches indexes of two languages, a thousand candidates in each."""
    rng = np.random.default_rng(7)
    write_tables(
        tmp_path / "benchmark",
        candidates=[(f"{tag}_{n}", tag) for tag in ("en", "ar") for n in range(EACH)],
        queries=[(str(n), tag) for tag in ("en", "ar") for n in range(50)],
        qrels=[(str(n), f"{tag}_{n}") for n in range(50) for tag in ("en", "ar")],
    )
    for name, count in (("candidates", 2 * EACH), ("queries", 100)):
        vectors = rng.normal(size=(count, 16)).astype(np.float32)
        np.save(tmp_path / f"{name}.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def build(name="indexes", **settings):
        folders = {"benchmark": tmp_path / "benchmark", "candidates": tmp_path / "candidates.npy"}
        index = Index(**settings).model_dump()
        build_indexes(**folders, index=index, threads=index["threads"], out=tmp_path / name)
        search_indexes(
            queries=tmp_path / "queries.npy",
            **folders,
            indexes=tmp_path / name,
            seed=1,
            threads=2,
            out=tmp_path / "found.json",
        )
        return tmp_path / name, read_json(tmp_path / "found.json")

    return build


def test_an_index_holds_its_pool_in_order(built, tmp_path):
    folder, _ = built()
    vectors = np.load(tmp_path / "candidates.npy")
    for pool, rows in (("en", slice(0, EACH)), ("ar", slice(EACH, None)), ("all", slice(None))):
        index = open_index(folder, pool)
        assert np.array_equal(index.reconstruct_n(0, index.ntotal), vectors[rows])


def test_an_exact_index_finds_all_and_others_say_what_they_miss(built, tmp_path):
    _, exact = built()
    assert exact["mean"] == {"recall@1": 1, "recall@10": 1, "recall@100": 1}
    assert exact["pools"]["all"] == {"candidates": 2 * EACH, "queries": 0, **exact["mean"]}  # nothing to search
    folder, few = built(kind="ivf", nlist=20, nprobe=2)
    _, more = built(kind="ivf", nlist=20, nprobe=10)
    assert few["mean"]["recall@10"] < more["mean"]["recall@10"] < 1
    # Against a count by hand, on the pool of all languages.
    queries, vectors = (np.load(tmp_path / f"{name}.npy") for name in ("queries", "candidates"))
    best = np.argsort(-queries @ vectors.T, axis=1)[:, :10]
    build_again, found = built(kind="ivf", nlist=20, nprobe=2)
    places = open_index(build_again, "all").search(queries, 10)[1]
    by_hand = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(best, places, strict=True)])
    assert found["pools"]["all"]["recall@10"] == pytest.approx(by_hand)
    assert (folder / "all.faiss").exists()


def test_more_lists_than_a_pool_has_candidates_are_as_many_as_it_has(built):
    _, found = built(kind="ivf", nlist=EACH + 1, nprobe=EACH + 1)
    assert found["mean"]["recall@10"] == 1


def test_a_graph_is_built_alike_twice_and_finds_nearly_all(built):
    first, found = built(kind="hnsw")
    again, _ = built("again", kind="hnsw")
    assert (first / "all.faiss").read_bytes() == (again / "all.faiss").read_bytes()
    assert found["mean"]["recall@10"] > 0.95
    _, hurried = built(kind="hnsw", m=2, ef_construction=4, ef_search=1)
    assert hurried["mean"]["recall@10"] < found["mean"]["recall@10"]


def test_a_graph_that_several_threads_build_finds_nearly_all_too(built, tmp_path):
    folder, found = built(kind="hnsw", threads=4)
    assert found["mean"]["recall@10"] > 0.95
    index = open_index(folder, "all")
    assert np.array_equal(index.reconstruct_n(0, index.ntotal), np.load(tmp_path / "candidates.npy"))


def test_only_the_pools_that_are_asked_in_are_indexed(tmp_path):
    write_tables(
        tmp_path / "benchmark",
        candidates=[("a", "ar", "ar"), ("b", "bn", "bn"), ("c", "bn", "bn")],
        queries=[("x", "ar", "x", "ar"), ("y", "bn", "y", "bn")],
        qrels=[("x", "a"), ("y", "b")],
        settings=["monolingual"],
    )
    np.save(tmp_path / "c.npy", np.eye(3, dtype=np.float32))
    given = {"candidates": tmp_path / "c.npy", "benchmark": tmp_path / "benchmark", "index": Index().model_dump()}
    build_indexes(**given, threads=1, out=tmp_path / "indexes")
    assert {path.stem for path in (tmp_path / "indexes").glob("*.faiss")} == {"ar.ar", "bn.bn"}


def test_a_damaged_index_is_noticed(built, tmp_path):
    folder, _ = built()
    (folder / "ar.faiss").unlink()
    given = {"queries": tmp_path / "queries.npy", "candidates": tmp_path / "candidates.npy", "indexes": folder}
    with pytest.raises(DamagedFileError, match=r"ar\.faiss is missing: delete .*manifest\.json"):
        search_indexes(**given, benchmark=tmp_path / "benchmark", seed=1, threads=1, out=tmp_path / "x.json")


def test_settings_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="'nprobe' does not apply to an index of kind 'hnsw'"):
        Index(kind="hnsw", nprobe=3)
    with pytest.raises(ValueError, match="'threads' does not apply to an index of kind 'exact'"):
        Index(threads=4)


def test_a_depth_that_cuts_a_tie_keeps_the_first_places():
    """Three hundred equal vectors near the first place: FAISS alone keeps any of them."""
    rng = np.random.default_rng(11)
    asked, vectors = (rng.normal(size=(count, 64)).astype(np.float32) for count in (40, 1200))
    tied = np.arange(3, 1200, 4)
    vectors[tied] = asked.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = faiss.IndexFlatIP(64)
    index.add(vectors)
    kept = [np.sort(row[np.isin(row, tied)]) for row in index.search(asked, 100)[1]]
    assert any(row.tolist() != tied[: len(row)].tolist() for row in kept)  # the case is a real one
    for row in search_exactly(index, asked, 100)[1]:
        found = row[np.isin(row, tied)]
        assert found.tolist() == tied[: len(found)].tolist()


def test_a_manifest_that_lost_an_index_is_refused(built, tmp_path):
    folder, _ = built()
    about = read_json(folder / "manifest.json")
    del about["files"]["all.faiss"]
    write_json(about, folder / "manifest.json")
    given = {"queries": tmp_path / "queries.npy", "candidates": tmp_path / "candidates.npy", "indexes": folder}
    with pytest.raises(DamagedFileError, match=r"manifest\.json is damaged \(it does not name all\.faiss\)"):
        search_indexes(**given, benchmark=tmp_path / "benchmark", seed=1, threads=1, out=tmp_path / "x.json")
