"""Queries that are documents, too: with ``ignore_identical_ids`` no list has the candidates of a query's own id."""

import gzip
from contextlib import contextmanager
from itertools import chain, zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytrec_eval
from benchmark_tables import record_tables, write_tables

from equilingual.evaluation import rank_candidates
from equilingual.evaluation.bias_figures import bias_figures
from equilingual.evaluation.examples import collect_examples
from equilingual.evaluation.groups import read_groups
from equilingual.evaluation.measures import average_precision
from equilingual.files import read_json
from equilingual.retrieval import build_indexes, read_run, read_tables, search_indexes, write_qrels
from equilingual.retrieval.systems import SystemSpec, VectorFiles

TAGS = ("de", "en", "zh")
DOCUMENTS, QUERIES = 12, 8  # the queries 0 to 5 are documents
NAMES = [str(n) if n < 6 else f"other {n}" for n in range(QUERIES)]
WORDS = ["lamp", "bee", "tide", "moon", "flower"]


def own_of(query):
    """The ids of the candidates that are a query, as a run file has them: in every language."""
    number = query.partition("_")[2]
    return {f"{tag}_{number}" for tag in TAGS} if number.isdigit() else set()


@pytest.fixture(scope="module", params=[False, True], ids=["no ties", "ties"])
def folders(request, tmp_path_factory):
    """The same benchmark without and with the setting; query n has the vector and the words of document n."""
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(len(TAGS) * DOCUMENTS, 6))
    vectors = vectors.round() / 3 if request.param else vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = np.concatenate([vectors[n * DOCUMENTS : n * DOCUMENTS + QUERIES] for n in range(len(TAGS))])
    texts = [" ".join(rng.choice(WORDS, 4)) for _ in vectors]
    questions = [texts[n * DOCUMENTS + k] for n in range(len(TAGS)) for k in range(QUERIES)]
    folders = {}
    for excluded in (False, True):
        folder = folders[excluded] = write_tables(
            tmp_path_factory.mktemp("benchmark"),
            candidates=[(f"{tag}_{n}", tag) for tag in TAGS for n in range(DOCUMENTS)],
            queries=[(name, tag) for tag in TAGS for name in NAMES],
            qrels=[
                (name, f"{tag}_{(n + k) % DOCUMENTS}", k)
                for n, name in enumerate(NAMES)
                for tag in TAGS
                for k in (1, 3)
            ],
            **({"ignore_identical_ids": True} if excluded else {}),
        )
        for table, own, array in (("candidates", texts, vectors), ("queries", questions, asked)):
            rows = pq.read_table(folder / f"{table}.parquet").drop_columns("text")
            pq.write_table(rows.append_column("text", pa.array(own)), folder / f"{table}.parquet")
            np.save(folder / f"{table}.npy", array.astype(np.float32))
        record_tables(folder)
        rows = range(QUERIES)  # the German queries in English
        pq.write_table(
            pa.table({"row": rows, "language": ["en"] * QUERIES, "text": questions[::-1][:QUERIES]}), folder / "t"
        )
        np.save(folder / "t.npy", asked[::-1][:QUERIES].astype(np.float32))
        write_qrels(benchmark=folder, out=folder / "qrels.gz")
    return folders


def runs_of(folder, dense=True, gpu=False, **system):
    """Rank; return every run file as query to (candidate, score)."""
    vectors = VectorFiles(folder / "queries.npy", folder / "candidates.npy", system.pop("translated_vectors", None))
    spec = SystemSpec(vectors if dense else None, **system)
    given = {"benchmark": folder, "runs": ["monolingual", "cross-lingual"], "depth": 99, "threads": 2, "gpu": gpu}
    rank_candidates(model="m", system=spec, **given, out=folder / "ranks", out_runs=folder / "runs")
    return {pool: read_run(folder / f"runs/{pool}.trec.gz") for pool in (*TAGS, "all")}


def without_own(run):
    """What BEIR's ``ignore_identical_ids`` does to a run."""
    return {query: [hit for hit in hits if hit[0] not in own_of(query)] for query, hits in run.items()}


def keys(run):
    return {query: [key for key, _ in hits] for query, hits in run.items()}


SYSTEMS = {
    "vectors": {},
    "vectors on a GPU": {"gpu": True},
    "bm25": {"dense": False, "lexical": "bm25"},
    "tfidf": {"dense": False, "lexical": "tfidf"},
    "translated vectors": {"translations": "t", "translated_vectors": "t.npy"},
    "translated words": {"dense": False, "lexical": "bm25", "translations": "t"},
}


def asked_of(system, folder, monkeypatch):
    @contextmanager
    def compute_device(_):
        yield "cpu:0"  # torch's name of the processor, which numpy is not taken for

    monkeypatch.setattr("equilingual.evaluation.searches.compute_device", compute_device)
    return {key: folder / value if key.startswith("translat") else value for key, value in system.items()}


@pytest.mark.parametrize("system", SYSTEMS)
def test_ranks_and_runs_are_those_without_the_rows_of_the_same_id(folders, system, monkeypatch):
    plain, found = (
        runs_of(folder, **asked_of(SYSTEMS[system], folder, monkeypatch)) for folder in (folders[False], folders[True])
    )
    assert any(own_of(query) & set(hits) for query, hits in keys(plain["all"]).items())
    for pool in plain:
        assert keys(found[pool]) == keys(without_own(plain[pool]))
    check_with_trec_eval(folders[True], {pool: without_own(run) for pool, run in plain.items()})


def check_with_trec_eval(folder, runs):
    """Compare the counted ranks with pytrec_eval on these runs."""
    with gzip.open(folder / "qrels.gz", "rt") as file:
        qrels = pytrec_eval.parse_qrel(file)
    for group in read_groups(folder / "ranks"):
        names = [f"{group.query_language}_{query}".replace(" ", "_") for query in group.query_ids]
        pool = {key for hits in runs[group.pool].values() for key, _ in hits}
        judged = {name: {key: score for key, score in qrels[name].items() if key in pool} for name in names}
        # Equal scores have an order of ours, which trec_eval does not know: it reads the places.
        places = {name: {key: -float(place) for place, (key, _) in enumerate(runs[group.pool][name])} for name in names}
        theirs = pytrec_eval.RelevanceEvaluator(judged, {"map"}).evaluate(places)
        assert average_precision(group.ranks) == pytest.approx([theirs[name]["map"] for name in names], abs=1e-9)


def test_a_merged_list_takes_turns_without_them(folders):
    lists, found = runs_of(folders[True]), runs_of(folders[True], merge="round-robin")
    score = {query: dict(hits) for query, hits in lists["all"].items()}
    order = keys(lists["all"])
    for query, hits in keys(found["all"]).items():
        rounds = zip_longest(*(keys(lists[tag])[query] for tag in TAGS))
        expected = [sorted(filter(None, turn), key=order[query].index) for turn in rounds]
        assert hits == list(chain.from_iterable(expected))
        assert len(hits) == len(score[query]) == len(TAGS) * DOCUMENTS - len(own_of(query))


@pytest.mark.parametrize("merge", ["z-score", "rrf"])
def test_other_merges_have_the_rest_of_each_languages_list(folders, merge):
    lists, found = runs_of(folders[True]), runs_of(folders[True], merge=merge)
    for query, hits in keys(found["all"]).items():
        for tag in TAGS:
            own, expected = [key for key in hits if key.startswith(tag)], keys(lists[tag])[query]
            assert sorted(own) == sorted(expected)
            assert merge == "z-score" or own == expected  # z-scores may tie where scores differ in their last bits


def test_a_fusion_counts_ranks_without_them(folders):
    dense, words = runs_of(folders[True])["all"], runs_of(folders[True], dense=False, lexical="bm25")["all"]
    fused = runs_of(folders[True], lexical="bm25", fusion="rrf")["all"]
    for query, hits in fused.items():
        first = {key: 1 / (60 + rank) for rank, (key, _) in enumerate(dense[query], start=1)}
        second = {key: 1 / (60 + rank) for rank, (key, score) in enumerate(words[query], start=1) if score > 1e-6}
        expected = {key: first[key] + second.get(key, 0) for key in first}
        assert [expected[key] for key, _ in hits] == pytest.approx(sorted(expected.values(), reverse=True))
        assert not own_of(query) & set(expected)
    for query, hits in keys(runs_of(folders[True], lexical="bm25", fusion="scores")["all"]).items():
        assert not own_of(query) & set(hits)


def test_the_pool_that_bias_is_measured_in_is_without_them(folders):
    folder = folders[True]
    runs_of(folder)
    tables = read_tables(folder)
    groups = read_groups(folder / "ranks", tables)
    figures, _ = bias_figures(groups, tables, folder / "runs")
    group = next(one for one in groups if one.setting == "multilingual" and one.query_language == "en")
    best = np.where(group.by_language > 0, group.by_language, 10**6).min(axis=1), group.by_language.max(axis=1)
    # (distance - (m - 1)) / (N - 1 - (m - 1)) of m = 3 languages; N is 36, less 3 where the query is a document
    count = np.array([36 - len(own_of(f"en_{query}")) for query in group.query_ids])
    assert set(count) == {33, 36}
    expected = ((best[1] - best[0] - 2) / (count - 1 - 2)).mean()
    assert figures["en"]["rank_distance_normalised"] == pytest.approx(expected)


def test_examples_do_not_show_them(folders, tmp_path):
    runs_of(folders[True])
    given = {"name": "b", "runs": {"m": folders[True] / "runs"}, "bases": {}, "benchmark": folders[True]}
    collect_examples(**given, questions=6, seed=1, out=tmp_path / "examples.json")
    found = read_json(tmp_path / "examples.json")
    ids = found["candidates"]["id"]
    shown = zip(found["questions"], found["models"]["m"]["hits"], strict=True)
    first = {one["id"]: {ids[number] for hits in lists for number in hits} for one, lists in shown}
    assert any(own_of(f"x_{question}") for question in first)
    assert not [question for question, keys in first.items() if keys & own_of(f"x_{question}")]


def test_an_index_is_asked_for_the_others(tmp_path):
    """A graph of one link finds each query itself, and little else: the first does not count."""
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(400, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = {}
    for excluded in (False, True):
        folder = write_tables(
            tmp_path / str(excluded),
            candidates=[(f"en_{n}", "en") for n in range(400)],
            queries=[(str(n), "en") for n in range(300)],
            qrels=[(str(n), f"en_{n + 1}") for n in range(300)],
            **({"ignore_identical_ids": True} if excluded else {}),
        )
        np.save(folder / "c.npy", vectors)
        np.save(folder / "q.npy", vectors[:300])
        given = {"benchmark": folder, "candidates": folder / "c.npy"}
        index = {"kind": "ivf", "nlist": 20, "nprobe": 1}
        build_indexes(**given, index=index, threads=1, out=folder / "indexes")
        search_indexes(
            **given, queries=folder / "q.npy", indexes=folder / "indexes", seed=1, threads=1, out=folder / "found.json"
        )
        found[excluded] = read_json(folder / "found.json")["pools"]["en"]
    assert found[False]["recall@1"] == 1  # each finds itself
    # By hand: the nearest other one counts as found if it is in the list, of 20, that the query is in.
    import faiss

    index = faiss.read_index(str(tmp_path / "True/indexes/en.faiss"))
    lists = index.quantizer.search(vectors, 1)[1][:, 0]
    scores = vectors[:300] @ vectors.T
    scores[np.arange(300), np.arange(300)] = -2
    assert found[True]["recall@1"] == pytest.approx(np.mean(lists[scores.argmax(axis=1)] == lists[:300]))
    assert found[True]["recall@1"] < 1


def test_ids_of_collections_begin_with_their_language(tmp_path):
    """As ``parallel: false`` and MIRACL's formats write them: ``en_1`` is the own text of ``en_1``, ``en_en_1`` is not."""
    write_tables(
        tmp_path,
        candidates=[("de_1", "de", "de"), ("de_2", "de", "de"), ("en_1", "en", "en"), ("en_en_1", "en", "en")],
        queries=[("de_1", "de", "de_1", "de"), ("en_1", "en", "en_1", "en"), ("en_3", "en", "en_3", "en")],
        qrels=[("de_1", "de_2"), ("en_1", "en_en_1"), ("en_3", "en_1")],
        settings=["monolingual"],
        ignore_identical_ids=True,
    )
    assert read_tables(tmp_path).own.tolist() == [[0, -1], [-1, 2], [-1, -1]]
