"""Indexes hold the pools; run files are what FAISS finds, in an order that is defined, and trec_eval reads them."""

import gzip

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytrec_eval

from equilingual.evaluation import rank_relevant
from equilingual.evaluation.measures import average_precision
from equilingual.evaluation.scores import read_groups
from equilingual.manifests import DamagedFileError
from equilingual.retrieval import build_indexes, read_run, read_vectors, search_indexes, write_qrels

LANGUAGES = ("en", "ar", "zh")


@pytest.fixture
def built(tmp_path):
    """Twelve questions with an answer in each of three languages, forty candidates in each."""
    rng = np.random.default_rng(7)
    folder = tmp_path / "benchmark"
    folder.mkdir()
    candidates = [(f"{lang}_{n}", lang) for lang in LANGUAGES for n in range(40)]
    queries = [(f"q {n}", lang, str(n)) for lang in LANGUAGES for n in range(12)]
    qrels = [(f"q {n}", lang, f"{lang}_{n * 3}") for n in range(12) for lang in LANGUAGES]
    for name, columns, rows in (
        ("candidates", ("candidate_id", "language"), candidates),
        ("queries", ("query_id", "language", "cluster"), queries),
        ("qrels", ("query_id", "language", "candidate_id"), qrels),
    ):
        table = pa.table(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
        pq.write_table(table, folder / f"{name}.parquet")
    for name, count in (("candidates", 120), ("queries", 36)):
        vectors = rng.normal(size=(count, 8)).astype(np.float32)
        np.save(tmp_path / f"{name}.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    build_indexes(candidates=tmp_path / "candidates.npy", benchmark=folder, out=tmp_path / "indexes")
    return folder, tmp_path


def search(built, depth=40, name="runs"):
    folder, tmp_path = built
    search_indexes(
        model="m",
        queries=tmp_path / "queries.npy",
        indexes=tmp_path / "indexes",
        benchmark=folder,
        depth=depth,
        out=tmp_path / name,
    )
    return tmp_path / name


def test_an_index_holds_its_pool_in_order(built):
    _, tmp_path = built
    vectors = np.load(tmp_path / "candidates.npy")
    assert np.array_equal(read_vectors(tmp_path / "indexes"), vectors)
    assert np.array_equal(read_vectors(tmp_path / "indexes", "ar"), vectors[40:80])
    assert faiss.read_index(str(tmp_path / "indexes" / "zh.faiss")).ntotal == 40


def test_runs_are_complete_sorted_and_byte_identical(built):
    runs, again = search(built), search(built, name="again")
    for pool in (*LANGUAGES, "all"):
        assert (runs / f"{pool}.trec.gz").read_bytes() == (again / f"{pool}.trec.gz").read_bytes()
        run = read_run(runs / f"{pool}.trec.gz")
        assert len(run) == 36
        for hits in run.values():
            scores = [score for _, score in hits]
            assert scores == sorted(scores, reverse=True)
    with gzip.open(runs / "all.trec.gz", "rt") as file:
        line = file.readline().split()
    assert (line[0], line[1], line[3], line[5]) == ("en_q_0", "Q0", "1", "m")


def test_equal_scores_stand_in_the_order_of_the_pool(built):
    folder, tmp_path = built
    vectors = np.load(tmp_path / "candidates.npy")
    vectors[5:40] = vectors[5]
    np.save(tmp_path / "candidates.npy", vectors)
    build_indexes(candidates=tmp_path / "candidates.npy", benchmark=folder, out=tmp_path / "indexes")
    for hits in read_run(search(built) / "en.trec.gz").values():
        tied = [int(candidate.split("_")[1]) for candidate, _ in hits if int(candidate.split("_")[1]) >= 5]
        assert tied == list(range(5, 40))


def test_trec_eval_reads_runs_and_qrels_and_agrees_with_our_ranks(built):
    folder, tmp_path = built
    write_qrels(benchmark=folder, out=tmp_path / "qrels.gz")
    with gzip.open(tmp_path / "qrels.gz", "rt") as file:
        qrels = pytrec_eval.parse_qrel(file)
    with gzip.open(search(built, depth=120) / "all.trec.gz", "rt") as file:
        run = pytrec_eval.parse_run(file)
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"map"}).evaluate(run)
    rank_relevant(
        queries=tmp_path / "queries.npy", indexes=tmp_path / "indexes", benchmark=folder, out=tmp_path / "ranks"
    )
    for group in read_groups(tmp_path / "ranks"):
        if group.pool == "all":
            ours = average_precision(group.ranks)
            names = [f"{group.query_language}_{query}".replace(" ", "_") for query in group.query_ids]
            assert ours == pytest.approx([theirs[name]["map"] for name in names], abs=1e-9)


def test_a_damaged_index_is_noticed(built):
    _, tmp_path = built
    (tmp_path / "indexes" / "ar.faiss").unlink()
    with pytest.raises(DamagedFileError, match=r"ar\.faiss is missing or damaged"):
        search(built)
