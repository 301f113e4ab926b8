"""What ranks by words, by merged lists and by fusion, through the stage that ranks."""

from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables, write_tables

from equilingual.evaluation import rank_candidates
from equilingual.retrieval import read_run, read_tables
from equilingual.retrieval.systems import SystemSpec, VectorFiles, open_system

TEXTS = {"en_0": "red fox", "en_1": "red red hen", "en_2": "blue whale", "de_0": "roter fox", "de_1": "blauer wal"}


@pytest.fixture
def folder(tmp_path):
    """Two languages; words in common, and vectors that prefer the query's own language."""
    write_tables(
        tmp_path,
        candidates=[(key, key[:2]) for key in TEXTS],
        queries=[("a", "en"), ("a", "de")],
        qrels=[("a", "en_0"), ("a", "de_0")],
    )
    for name, texts in (("candidates", list(TEXTS.values())), ("queries", ["the fox", "der fox"])):
        table = pq.read_table(tmp_path / f"{name}.parquet").drop_columns("text")
        pq.write_table(table.append_column("text", pa.array(texts)), tmp_path / f"{name}.parquet")
    record_tables(tmp_path)
    # cosines of the English query: en 0.9 0.8 0.7, de 0.6 0.1; of the German one: en 0.5 0.2 0.1, de 0.9 0.8
    np.save(tmp_path / "candidates.npy", np.array([[9, 5], [8, 2], [7, 1], [6, 9], [1, 8]], dtype=np.float32) / 10)
    np.save(tmp_path / "queries.npy", np.eye(2, dtype=np.float32))
    return tmp_path


def first(folder, dense=True, depth=5, gpu=False, **system):
    """Return all candidates by query, best first, and the ranks by query language, pool and candidate language."""
    vectors = VectorFiles(folder / "queries.npy", folder / "candidates.npy", system.pop("translated_vectors", None))
    spec = SystemSpec(vectors if dense else None, **system)
    given = {"benchmark": folder, "runs": ["monolingual"], "depth": depth, "threads": 1, "gpu": gpu}
    rank_candidates(model="m", system=spec, **given, out=folder / "ranks", out_runs=folder / "runs")
    run = read_run(folder / "runs/all.trec.gz")
    rows = pq.read_table(folder / "ranks").to_pylist()
    ranks = {(row["query_language"], row["pool"], row["candidate_language"]): row["rank"] for row in rows}
    return {query: [key for key, _ in hits] for query, hits in run.items()}, ranks


def test_vectors_alone_prefer_the_querys_language(folder):
    found, ranks = first(folder)
    assert found["en_a"] == ["en_0", "en_1", "en_2", "de_0", "de_1"]
    assert found["de_a"] == ["de_0", "de_1", "en_0", "en_1", "en_2"]
    assert ranks["en", "all", "de"] == 4


def test_merged_lists_take_turns_and_leave_a_language_its_own_order(folder):
    found, ranks = first(folder, merge="round-robin")
    assert found["en_a"] == ["en_0", "de_0", "en_1", "de_1", "en_2"]
    assert found["de_a"] == ["de_0", "en_0", "de_1", "en_1", "en_2"]
    assert ranks["en", "all", "de"] == 2
    assert ranks["en", "de", "de"] == ranks["en", "en", "en"] == 1
    # z-scores: English 1.22, 0, -1.22, German 1, -1
    assert first(folder, merge="z-score")[0]["en_a"] == ["en_0", "de_0", "en_1", "de_1", "en_2"]


def test_words_are_counted_in_the_pool_that_is_searched(folder):
    """In English alone "fox" is one text's word; among all languages it is two texts' and counts less."""
    found, ranks = first(folder, dense=False, lexical="bm25")
    assert found["en_a"][:2] == ["en_0", "de_0"]
    assert ranks["en", "all", "de"] == 2
    scores = {pool: read_run(folder / f"runs/{pool}.trec.gz")["en_a"][0][1] for pool in ("en", "all")}
    # Lucene's idf, ln(1 + (N - n + 0.5) / (n + 0.5)): N = 3, n = 1 and N = 5, n = 2; lengths 2 of means 7/3 and 2.2
    for pool, (count, found_in, mean) in {"en": (3, 1, 7 / 3), "all": (5, 2, 11 / 5)}.items():
        idf = np.log(1 + (count - found_in + 0.5) / (found_in + 0.5))
        assert scores[pool] == pytest.approx(idf / (1 + 1.5 * (0.25 + 0.75 * 2 / mean)), rel=1e-5)


def test_characters_are_weighed_over_all_languages(folder):
    found, _ = first(folder, dense=False, lexical="tfidf")
    assert found["en_a"][:2] == ["en_0", "de_0"]


def test_a_fusion_has_something_of_both(folder):
    found, ranks = first(folder, lexical="bm25", fusion="rrf")
    # dense ranks 1 to 5 (en_0 en_1 en_2 de_0 de_1); BM25 finds en_0 and de_0
    assert found["en_a"] == ["en_0", "de_0", "en_1", "en_2", "de_1"]
    assert ranks["en", "all", "de"] == 2
    assert first(folder, lexical="bm25", fusion="scores")[0]["en_a"][0] == "en_0"


def test_a_text_that_is_query_and_candidate_takes_no_place_in_a_merged_list(tmp_path):
    tags = ("en", "de", "fr")
    write_tables(
        tmp_path,
        candidates=[(f"{tag}_{n}", tag) for tag in tags for n in range(2)],
        queries=[(str(n), tag) for tag in tags for n in range(2)],
        qrels=[(str(n), f"{tag}_{n}") for n in range(2) for tag in tags],
        settings=["cross-lingual", "multilingual"],
        task="bitext",
    )
    angles = np.radians([0, 60, 10, 50, 40, 25])  # en_0 en_1 de_0 de_1 fr_0 fr_1
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    for name in ("queries", "candidates"):
        np.save(tmp_path / f"{name}.npy", vectors)
    found, _ = first(tmp_path, merge="round-robin")
    # Without itself: English en_1; German de_0, de_1; French fr_1, fr_0. First round by score: de_0 10°, fr_1 25°, en_1 60°.
    assert found["en_0"] == ["de_0", "fr_1", "en_1", "fr_0", "de_1"]


def test_a_system_of_nothing_is_refused(folder):
    given = {"tables": read_tables(folder), "benchmark": folder}
    with pytest.raises(ValueError, match="neither vectors nor a lexical system"):
        open_system(SystemSpec(), **given)
    with pytest.raises(ValueError, match="the fusion 'rrf' needs an encoder's vectors and a lexical system"):
        open_system(SystemSpec(lexical="bm25", fusion="rrf"), **given)


@pytest.fixture
def translations(folder):
    """The English query in German, which has a word of the German candidates; the German one has no translation."""
    rows = {"row": [0], "language": ["de"], "text": ["der wal"]}
    pq.write_table(pa.table(rows), folder / "translations.parquet")
    np.save(folder / "translated.npy", np.array([[0, 1]], dtype=np.float32))
    return {"translations": folder / "translations.parquet"}


def test_a_translated_query_asks_each_languages_candidates_in_that_language(folder, translations):
    found, ranks = first(folder, **translations, translated_vectors=folder / "translated.npy")
    # English candidates by the English vector (0.9 0.8 0.7), German ones by the German vector (0.9 0.8).
    assert found["en_a"] == ["en_0", "de_0", "en_1", "de_1", "en_2"]
    assert (ranks["en", "all", "de"], ranks["en", "de", "de"]) == (2, 1)
    assert found["de_a"] == first(folder)[0]["de_a"]  # asked as it is


def test_so_do_words(folder, translations):
    plain, _ = first(folder, dense=False, lexical="bm25")
    found, _ = first(folder, dense=False, lexical="bm25", **translations)
    # "the fox" has a word of de_0, "der wal" one of de_1; the English candidates are asked in English still.
    assert next(key for key in plain["en_a"] if key[:2] == "de") == "de_0"
    assert next(key for key in found["en_a"] if key[:2] == "de") == "de_1"
    assert [key for key in found["en_a"] if key[:2] == "en"] == [key for key in plain["en_a"] if key[:2] == "en"]
    assert found["de_a"] == plain["de_a"]


def test_translated_queries_are_neither_merged_nor_fused_and_need_vectors(folder, translations):
    given = {"tables": read_tables(folder), "benchmark": folder}
    vectors = VectorFiles(folder / "queries.npy", folder / "candidates.npy")
    with pytest.raises(ValueError, match="neither merged nor fused"):
        open_system(SystemSpec(lexical="bm25", merge="rrf", **translations), **given)
    with pytest.raises(ValueError, match="need vectors of their own"):
        open_system(SystemSpec(vectors, **translations), **given)
    with pytest.raises(ValueError, match="neither vectors nor a lexical system"):
        open_system(SystemSpec(**translations), **given)


def test_vectors_multiplied_by_torch_give_the_same_lists(folder, monkeypatch):
    asked = []

    @contextmanager
    def compute_device(threads):
        asked.append(threads)
        yield "cpu:0"  # torch's name of the processor, which numpy is not taken for

    monkeypatch.setattr("equilingual.evaluation.searches.compute_device", compute_device)
    assert first(folder, gpu=True) == first(folder)
    assert asked == [1]
    assert first(folder, gpu=True, merge="z-score") == first(folder, merge="z-score")


@pytest.fixture
def banks(tmp_path):
    """Two English candidates; "bank" is rare among the English ones, and common among all."""
    texts = {"en_0": "bank bank river", "en_1": "loan money cash", "en_2": "x y z"}
    texts |= {f"de_{n}": f"bank {word}" for n, word in enumerate(["a", "b", "c", "d", "e"])}
    write_tables(tmp_path, candidates=[(key, key[:2]) for key in texts], queries=[("q", "en")], qrels=[("q", "en_0")])
    for name, own in (("candidates", list(texts.values())), ("queries", ["bank loan"])):
        table = pq.read_table(tmp_path / f"{name}.parquet").drop_columns("text")
        pq.write_table(table.append_column("text", pa.array(own)), tmp_path / f"{name}.parquet")
    record_tables(tmp_path)
    return tmp_path


@pytest.mark.parametrize("merge", ["z-score", "round-robin", "rrf"])
def test_merged_lists_of_words_are_those_of_each_languages_own_pool(banks, merge):
    def english(**system):
        found, _ = first(banks, dense=False, lexical="bm25", depth=8, **system)
        return [key for key in found["en_q"] if key.startswith("en")][:2]

    run = first(banks, dense=False, lexical="bm25", depth=8) and read_run(banks / "runs/en.trec.gz")
    assert [key for key, _ in run["en_q"]][:2] == ["en_0", "en_1"]  # in its own pool "bank" is as rare as "loan"
    assert english() == ["en_1", "en_0"]  # in the pool of all it is common
    assert english(merge=merge) == ["en_0", "en_1"]


def test_translated_queries_are_scored_in_each_languages_own_pool(banks):
    rows = pa.table({"row": pa.array([0], pa.int64()), "language": ["de"], "text": ["bank e"]})
    pq.write_table(rows, banks / "t.parquet")
    found, _ = first(banks, dense=False, lexical="bm25", depth=8, translations=banks / "t.parquet")
    assert [key for key in found["en_q"] if key.startswith("en")][:2] == ["en_0", "en_1"]
    assert next(key for key in found["en_q"] if key.startswith("de")) == "de_4"


def test_without_any_translation_queries_are_asked_as_they_are(folder):
    empty = {"row": pa.array([], pa.int64()), "language": pa.array([], pa.string()), "text": pa.array([], pa.string())}
    pq.write_table(pa.table(empty), folder / "none.parquet")
    np.save(folder / "none.npy", np.empty((0, 2), dtype=np.float32))
    given = {"translations": folder / "none.parquet"}
    assert first(folder, **given, translated_vectors=folder / "none.npy") == first(folder)
    plain, found = (first(folder, dense=False, lexical="tfidf", **more) for more in ({}, given))
    assert found == plain
