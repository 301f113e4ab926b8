"""Benchmarks whose candidates several jobs rank."""

import shutil

import numpy as np
import pytest
from benchmark_tables import write_tables

from equilingual.evaluation import rank_block, rank_candidates
from equilingual.files import DamagedFileError
from equilingual.retrieval import ranking
from equilingual.retrieval.systems import SystemSpec, VectorFiles
from equilingual.shares import Share

LANGUAGES, QUESTIONS, CANDIDATES = ("de", "en", "pt"), 23, 60
SYSTEMS = {
    "vectors": {},
    "bm25": {"lexical": "bm25"},
    "merged": {"merge": "z-score"},
    "fused": {"lexical": "bm25", "fusion": "scores"},
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Two hundred scores at once: one query of all languages, three of each."""
    monkeypatch.setattr(ranking, "_SCORES_AT_ONCE", 200)


def write_benchmark(folder, collections):
    """Write a benchmark whose questions exist in all languages, of one collection or of one for each language."""
    inside = (lambda tag: (tag,)) if collections else lambda tag: ()
    names = {tag: f"{tag}_" if collections else "" for tag in LANGUAGES}
    return write_tables(
        folder,
        candidates=[(f"{tag}_{n}", tag, *inside(tag)) for tag in LANGUAGES for n in range(CANDIDATES)],
        queries=[(f"{names[tag]}q{n}", tag, f"q{n}", *inside(tag)) for tag in LANGUAGES for n in range(QUESTIONS)],
        qrels=[(f"{names[tag]}q{n}", f"{tag}_{2 * n}") for tag in LANGUAGES for n in range(QUESTIONS)]
        if collections
        else [(f"q{n}", f"{tag}_{2 * n}") for tag in LANGUAGES for n in range(QUESTIONS)],
        settings=["monolingual"] if collections else ["monolingual", "cross-lingual", "multilingual"],
    )


@pytest.fixture(params=[False, True], ids=["one", "collections"])
def given(request, tmp_path):
    """What is ranked, with vectors of few different values, so that many tie."""
    folder = write_benchmark(tmp_path / "benchmark", request.param)
    random = np.random.default_rng(5)
    for name, count in (("queries", QUESTIONS), ("candidates", CANDIDATES)):
        np.save(tmp_path / f"{name}.npy", random.integers(-1, 2, (len(LANGUAGES) * count, 4)).astype(np.float32))
    vectors = VectorFiles(tmp_path / "queries.npy", tmp_path / "candidates.npy")
    return {"benchmark": folder, "system": SystemSpec(vectors), "depth": 7, "threads": 2, "runs": ["monolingual"]}


def asked(given, system):
    vectors = None if system == "bm25" else given["system"].vectors
    return {**given, "system": SystemSpec(vectors, **SYSTEMS[system])}


def rank(given, out, blocks=()):
    rank_candidates(model="m", **given, out=out / "ranks", out_runs=out / "runs", blocks=blocks)
    files = [out / "ranks", *sorted((out / "runs").iterdir())]
    return {path.name: path.read_bytes() for path in files}


def rank_blocks(given, folder, of):
    files = [folder / f"block-{number}.npz" for number in range(of)]
    for number in reversed(range(of)):
        rank_block(**given, share=Share(number, of), out=files[number])
    return files


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("of", [1, 2, 5])
def test_blocks_give_the_bytes_of_one_job(given, tmp_path, monkeypatch, system, of):
    given = asked(given, system)
    whole = rank(given, tmp_path / "whole")
    files = rank_blocks(given, tmp_path, of)
    monkeypatch.delattr("equilingual.evaluation.searches.rank_collection")  # nothing is ranked again
    assert rank(given, tmp_path / "joined", files) == whole


def test_there_may_be_more_blocks_than_work(given, tmp_path, monkeypatch):
    monkeypatch.setattr(ranking, "_SCORES_AT_ONCE", 10**6)
    whole = rank(given, tmp_path / "whole")
    assert rank(given, tmp_path / "joined", rank_blocks(given, tmp_path, 4)) == whole


def test_each_block_ranks_for_its_own_queries(given, tmp_path):
    counts = [len(np.load(file)["0/all/within"]) for file in rank_blocks(given, tmp_path, 2)]
    queries = len(np.load(tmp_path / "queries.npy"))
    assert sum(counts) in (queries, queries // len(LANGUAGES))  # of all collections, or the first
    assert max(counts) - min(counts) <= 3


def _lost(files):
    files[1].unlink()


def _changed(files):
    content = bytearray(files[0].read_bytes())
    content[len(content) // 2] ^= 4
    files[0].write_bytes(content)


def _cut(files):
    files[0].write_bytes(files[0].read_bytes()[:-30])


def _swapped(files):
    shutil.copy(files[0], files[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_lost, r"block-1\.npz is missing: run the same command again"),
        (_changed, r"block-0\.npz is damaged \(its checksum differs\)"),
        (_cut, r"block-0\.npz is damaged \(its checksum differs\)"),
        (_swapped, r"block-1\.npz is damaged \(it is not block 1 of 2\)"),
    ],
)
def test_what_does_not_fit_together_is_refused(given, tmp_path, change, message):
    files = rank_blocks(given, tmp_path, 2)
    change(files)
    with pytest.raises(DamagedFileError, match=message):
        rank(given, tmp_path / "joined", files)


def test_blocks_of_another_number_of_queries_are_refused(tmp_path):
    write_tables(tmp_path / "b", candidates=[("en_A", "en")], queries=[("q1", "en")], qrels=[("q1", "en_A")])
    given = {"benchmark": tmp_path / "b", "system": SystemSpec(lexical="bm25"), "depth": 3, "threads": 1}
    files = rank_blocks(given, tmp_path, 1)
    queries = [("q1", "en"), ("q2", "en")]
    write_tables(tmp_path / "b", candidates=[("en_A", "en")], queries=queries, qrels=[("q1", "en_A"), ("q2", "en_A")])
    with pytest.raises(DamagedFileError, match="all blocks together have the ranks of 1 queries, and there are 2"):
        rank(given, tmp_path / "joined", files)
