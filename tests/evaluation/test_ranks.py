"""The ranks of a benchmark: who is asked where, several relevant candidates, texts that are query and candidate."""

import gzip

import numpy as np
import pyarrow.parquet as pq
import pytest
import pytrec_eval
import xxhash
from benchmark_tables import write_tables

from equilingual.evaluation import rank_candidates
from equilingual.evaluation.groups import read_groups
from equilingual.evaluation.measures import average_precision
from equilingual.files import read_json
from equilingual.retrieval import read_run, write_qrels
from equilingual.retrieval.systems import SystemSpec, VectorFiles


def rank(folder, queries, candidates, depth=100, runs=()):
    """Rank with these vectors; return the rows of the ranks by query, query language, pool and candidate language."""
    parts = {"queries": queries, "candidates": candidates}
    for name, vectors in parts.items():
        np.save(folder / f"{name}.npy", np.asarray(vectors, dtype=np.float32))
    rank_candidates(
        model="m",
        system=SystemSpec(VectorFiles(folder / "queries.npy", folder / "candidates.npy")),
        benchmark=folder,
        runs=runs,
        depth=depth,
        threads=2,
        out=folder / "ranks.parquet",
        out_runs=folder / "runs",
    )
    rows = pq.read_table(folder / "ranks.parquet").to_pylist()
    return {(r["query_id"], r["query_language"], r["pool"], r["candidate_language"]): r for r in rows}


def directions(*degrees):
    return [(np.cos(np.radians(angle)), np.sin(np.radians(angle))) for angle in degrees]


@pytest.fixture
def tiny(tmp_path):
    """Three languages, two questions; the second does not exist in German."""
    return write_tables(
        tmp_path / "benchmark",
        candidates=[("en_A", "en"), ("en_B", "en"), ("de_A", "de"), ("zh_A", "zh"), ("zh_B", "zh"), ("zh_C", "zh")],
        queries=[("q1", "en"), ("q1", "de"), ("q1", "zh"), ("q2", "en"), ("q2", "zh")],
        qrels=[("q1", "en_A"), ("q1", "de_A"), ("q1", "zh_A"), ("q2", "en_B"), ("q2", "zh_B")],
    )


def test_a_question_is_asked_only_where_it_has_an_answer(tiny):
    found = rank(tiny, directions(0, 0, 0, 90, 90), directions(0, 90, 20, 40, 80, 10))
    ranks = {key: row["rank"] for key, row in found.items()}
    # q1 points at 0°: all candidates by angle: en_A 0, zh_C 10, de_A 20, zh_A 40, zh_B 80, en_B 90
    for language in ("en", "de", "zh"):
        assert ranks["q1", language, "en", "en"] == 1
        assert ranks["q1", language, "zh", "zh"] == 2
        assert [ranks["q1", language, "all", other] for other in ("en", "de", "zh")] == [1, 3, 4]
    # q2 points at 90°
    assert ranks["q2", "zh", "all", "en"] == 1
    assert ranks["q2", "zh", "all", "zh"] == 2
    assert not [key for key in ranks if key[0] == "q2" and "de" in key[2:]]
    assert len(ranks) == 3 * (3 + 3) + 2 * (2 + 2)
    # The first of a pool: zh_C among the Chinese, en_A among all.
    assert found["q1", "en", "zh", "zh"]["best"] == 5
    assert found["q1", "en", "all", "zh"]["best"] == 0


def test_run_files_are_written_of_the_settings_asked_for(tiny):
    vectors = directions(0, 0, 0, 90, 90), directions(0, 90, 20, 40, 80, 10)
    rank(tiny, *vectors)
    assert sorted(path.name for path in (tiny / "runs").iterdir()) == ["all.trec.gz", "manifest.json"]
    assert read_json(tiny / "runs/manifest.json")["versions"]["numpy"] == np.__version__
    rank(tiny, *vectors, runs=["monolingual"])
    asked = {pool: list(read_run(tiny / "runs" / f"{pool}.trec.gz")) for pool in ("en", "de", "zh", "all")}
    everyone = ["en_q1", "de_q1", "zh_q1", "en_q2", "zh_q2"]
    assert asked == {"en": ["en_q1", "en_q2"], "de": ["de_q1"], "zh": ["zh_q1", "zh_q2"], "all": everyone}
    rank(tiny, *vectors, runs=["monolingual", "cross-lingual"], depth=2)
    assert list(read_run(tiny / "runs/de.trec.gz")) == ["en_q1", "de_q1", "zh_q1"]  # q2 has no answer there
    assert [candidate for candidate, _ in read_run(tiny / "runs/zh.trec.gz")["de_q1"]] == ["zh_C", "zh_A"]


def test_equal_scores_go_by_the_hash_of_the_candidates_ids(tiny):
    found = rank(tiny, directions(0, 0, 0, 90, 90), directions(0, 0, 0, 0, 0, 0))
    order = sorted(
        ["en_A", "en_B", "de_A", "zh_A", "zh_B", "zh_C"], key=lambda name: xxhash.xxh3_64_intdigest(name.encode())
    )
    answers = {"en": "en_A", "de": "de_A", "zh": "zh_A"}
    assert [found["q1", "de", "all", tag]["rank"] for tag in answers] == [
        1 + order.index(answers[tag]) for tag in answers
    ]
    assert found["q2", "zh", "zh", "zh"]["rank"] == 1 + [name for name in order if name[:2] == "zh"].index("zh_B")
    hits = read_run(tiny / "runs/all.trec.gz")["zh_q2"]
    assert [candidate for candidate, _ in hits] == order


@pytest.mark.parametrize(
    ("merge", "fusion"),
    [(None, None), ("z-score", None), ("round-robin", None), ("rrf", None), (None, "rrf"), (None, "scores")],
)
def test_equal_scores_prefer_no_language_whatever_their_order(tmp_path, merge, fusion):
    """BM25 finds none of the words: the order of the languages in the table changes no rank, and none is ahead."""

    def ranks(name, tags):
        folder = write_tables(
            tmp_path / name,
            candidates=[(f"{tag}_{n}", tag) for tag in tags for n in range(200)],
            queries=[(f"q{n}", "en") for n in range(200)],
            qrels=[(f"q{n}", f"{tag}_{n}") for n in range(200) for tag in tags],
        )
        for side, count in (("queries", 200), ("candidates", 600)):
            np.save(folder / f"{side}.npy", np.ones((count, 2), dtype=np.float32))
        vectors = VectorFiles(folder / "queries.npy", folder / "candidates.npy") if fusion else None
        rank_candidates(
            model="m", system=SystemSpec(vectors, "bm25", merge, fusion), benchmark=folder, depth=20, threads=1,
            out=folder / "ranks.parquet", out_runs=folder / "runs",
        )  # fmt: skip
        rows = pq.read_table(folder / "ranks.parquet").to_pylist()
        return {(row["query_id"], row["pool"], row["candidate_language"]): row["rank"] for row in rows}

    found = ranks("one", ["en", "de", "zh"])
    assert found == ranks("other", ["zh", "en", "de"])
    means = [np.mean([rank for key, rank in found.items() if key[1:] == ("all", tag)]) for tag in ("en", "de", "zh")]
    # Of 200 of the ranks 1 to 600 the mean has a standard deviation of 10.
    assert means == pytest.approx([300.5] * 3, abs=30)


def test_a_query_is_searched_in_its_own_collection(tmp_path):
    """Two collections with the same questions' angles; grades go into the ranks."""
    folder = write_tables(
        tmp_path / "benchmark",
        candidates=[("a1", "ar", "ar"), ("a2", "ar", "ar"), ("a3", "ar", "ar"), ("b1", "bn", "bn"), ("b2", "bn", "bn")],
        queries=[("x", "ar", "x", "ar"), ("y", "bn", "y", "bn")],
        qrels=[("x", "a3", 2), ("x", "a2", 1), ("y", "b2")],
        settings=["monolingual"],
    )
    rank(folder, directions(0, 0), directions(50, 20, 10, 5, 7))
    rows = pq.read_table(folder / "ranks.parquet").to_pylist()
    found = [(r["query_id"], r["pool"], r["relevance"], r["rank"], r["best"]) for r in rows]
    assert found == [("x", "ar", 1, 2, 2), ("x", "ar", 2, 1, 2), ("y", "bn", 1, 2, 3)]
    assert [candidate for candidate, _ in read_run(folder / "runs/ar.all.trec.gz")["ar_x"]] == ["a3", "a2", "a1"]


def test_a_text_that_is_query_and_candidate_is_not_found_by_itself(tmp_path):
    tags = ["en", "de", "fr"]
    folder = write_tables(
        tmp_path / "benchmark",
        candidates=[(f"{tag}_{n}", tag) for tag in tags for n in range(2)],
        queries=[(str(n), tag) for tag in tags for n in range(2)],
        qrels=[(str(n), f"{tag}_{n}") for n in range(2) for tag in tags],
        settings=["cross-lingual", "multilingual"],
        task="bitext",
    )
    angles = directions(0, 60, 10, 50, 40, 25)  # en_0 en_1 de_0 de_1 fr_0 fr_1
    found = rank(folder, angles, angles)
    assert {key[2:] for key in found if key[:2] == ("0", "en")} == {
        ("de", "de"),
        ("fr", "fr"),
        ("all", "de"),
        ("all", "fr"),
    }
    # en_0 at 0°: de_0 10, fr_1 25, fr_0 40, de_1 50, en_1 60; itself would be first
    assert [found["0", "en", "all", tag]["rank"] for tag in ("de", "fr")] == [1, 3]
    assert found["0", "en", "fr", "fr"]["rank"] == 2
    assert found["0", "en", "all", "fr"]["best"] == 2
    with gzip.open(folder / "runs/all.trec.gz", "rt") as file:
        assert not [line for line in file if line.split()[0] == line.split()[2]]


@pytest.mark.parametrize("ties", [False, True])
def test_trec_eval_reads_runs_and_qrels_and_agrees(tmp_path, ties):
    rng = np.random.default_rng(7)
    tags = ("en", "ar", "zh")
    folder = write_tables(
        tmp_path / "benchmark",
        candidates=[(f"{tag} {n}", tag) for tag in tags for n in range(40)],
        queries=[(f"q {n}", tag, str(n)) for tag in tags for n in range(12)],
        qrels=[(f"q {n}", f"{tag} {n * 3 + k}", k + 1) for n in range(12) for tag in tags for k in range(2)],
    )
    vectors = [rng.normal(size=(count, 8)) for count in (36, 120)]
    vectors = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in vectors]
    if ties:
        vectors = [part.round() / 3 for part in vectors]
    rank(folder, *vectors, depth=120)
    write_qrels(benchmark=folder, out=tmp_path / "qrels.gz")
    with gzip.open(tmp_path / "qrels.gz", "rt") as file:
        qrels = pytrec_eval.parse_qrel(file)
    assert qrels["ar_q_3"]["zh_10"] == 2
    with gzip.open(folder / "runs/all.trec.gz", "rt") as file:
        line = file.readline().split()
        assert (line[0], line[1], line[3], line[5]) == ("en_q_0", "Q0", "1", "m")
        file.seek(0)
        run = pytrec_eval.parse_run(file)
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"map"}).evaluate(run)
    for group in read_groups(folder / "ranks.parquet"):
        if group.pool == "all":
            names = [f"{group.query_language}_{query}".replace(" ", "_") for query in group.query_ids]
            expected = [theirs[name]["map"] for name in names]
            assert average_precision(group.ranks) == pytest.approx(expected, abs=1e-9)
            assert set(group.languages.ravel()) == set(tags)


def test_the_same_ranking_gives_the_same_bytes(tiny):
    vectors = directions(0, 0, 0, 90, 90), directions(0, 90, 20, 40, 80, 10)
    rank(tiny, *vectors)
    first = [(tiny / name).read_bytes() for name in ("ranks.parquet", "runs/all.trec.gz")]
    rank(tiny, *vectors)
    assert first == [(tiny / name).read_bytes() for name in ("ranks.parquet", "runs/all.trec.gz")]


def test_names_in_run_files_may_have_per_cent_signs_and_blanks(tmp_path):
    write_tables(
        tmp_path, candidates=[("5% a", "en"), ("%d", "en")], queries=[("100 %s", "en")], qrels=[("100 %s", "5% a")]
    )
    for name, vectors in (("queries", [[1, 0]]), ("candidates", [[0.5, 0], [0.25, 0]])):
        np.save(tmp_path / f"{name}.npy", np.array(vectors, dtype=np.float32))
    rank_candidates(
        model="50% m",
        system=SystemSpec(VectorFiles(tmp_path / "queries.npy", tmp_path / "candidates.npy")),
        benchmark=tmp_path,
        depth=2,
        threads=1,
        out=tmp_path / "ranks",
        out_runs=tmp_path / "runs",
    )
    with gzip.open(tmp_path / "runs/all.trec.gz", "rt") as file:
        assert file.read().splitlines() == ["en_100_%s Q0 5%_a 1 0.5 50%_m", "en_100_%s Q0 %d 2 0.25 50%_m"]
