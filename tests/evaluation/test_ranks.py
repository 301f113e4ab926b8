"""Ranks against sorting, and against trec_eval."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytrec_eval

from equilingual.evaluation import rank_relevant
from equilingual.evaluation.measures import average_precision
from equilingual.evaluation.ranks import relevant_ranks
from equilingual.retrieval import build_indexes


def by_sorting(scores, row, members):
    order = sorted(members, key=lambda candidate: (-scores[candidate], candidate))
    return order.index(row) + 1 if row in members else 0


@pytest.mark.parametrize("ties", [False, True])
def test_counted_ranks_are_sorted_ranks(ties):
    rng = np.random.default_rng(3)
    scores = rng.random((700, 60)).astype(np.float32)
    if ties:
        scores = np.round(scores * 8) / 8
    relevant = np.where(rng.random((700, 4)) < 0.8, rng.integers(0, 60, (700, 4)), -1)
    pools = {"block": np.arange(10, 30), "scattered": np.arange(1, 60, 3), "all": np.arange(60)}
    found = relevant_ranks(lambda block: scores[block], relevant, pools)
    for query in range(0, 700, 37):
        for column, row in enumerate(relevant[query]):
            for pool, members in pools.items():
                assert found[pool][query, column] == by_sorting(scores[query], row, members.tolist())


def test_average_precision_of_ranks_is_that_of_trec_eval():
    rng = np.random.default_rng(4)
    scores = rng.permutation(30 * 50).reshape(30, 50).astype(np.float32)
    relevant = np.stack([rng.choice(50, 5, replace=False) for _ in range(30)])
    ranks = relevant_ranks(lambda block: scores[block], relevant, {"all": np.arange(50)})["all"]
    run = {f"q{q}": {f"d{d:02d}": float(scores[q, d]) for d in range(50)} for q in range(30)}
    qrels = {f"q{q}": {f"d{d:02d}": 1 for d in relevant[q]} for q in range(30)}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"map"}).evaluate(run)
    assert average_precision(ranks) == pytest.approx([theirs[f"q{q}"]["map"] for q in range(30)], abs=1e-9)


@pytest.fixture
def tiny(tmp_path):
    """Three languages, two questions; the second does not exist in German. Vectors of two dimensions."""
    folder = tmp_path / "benchmark"
    folder.mkdir()
    candidates = [("en", "A"), ("en", "B"), ("de", "A"), ("zh", "A"), ("zh", "B"), ("zh", "C")]
    pq.write_table(
        pa.table(
            {"candidate_id": [f"{lang}_{c}" for lang, c in candidates], "language": [lang for lang, _ in candidates]}
        ),
        folder / "candidates.parquet",
    )
    queries = [("q1", "en"), ("q1", "de"), ("q1", "zh"), ("q2", "en"), ("q2", "zh")]
    pq.write_table(
        pa.table(
            {
                "query_id": [q for q, _ in queries],
                "language": [lang for _, lang in queries],
                "cluster": [q for q, _ in queries],
            }
        ),
        folder / "queries.parquet",
    )
    qrels = [
        ("q1", "en", "en_A"),
        ("q1", "de", "de_A"),
        ("q1", "zh", "zh_A"),
        ("q2", "en", "en_B"),
        ("q2", "zh", "zh_B"),
    ]
    pq.write_table(
        pa.table(dict(zip(["query_id", "language", "candidate_id"], map(list, zip(*qrels, strict=True)), strict=True))),
        folder / "qrels.parquet",
    )
    angles = {"en_A": 0, "en_B": 90, "de_A": 20, "zh_A": 40, "zh_B": 80, "zh_C": 10}
    directions = np.array([(np.cos(np.radians(a)), np.sin(np.radians(a))) for a in angles.values()], dtype=np.float32)
    np.save(tmp_path / "candidates.npy", directions)
    asked = np.radians([0, 0, 0, 90, 90])
    np.save(tmp_path / "queries.npy", np.stack([np.cos(asked), np.sin(asked)], axis=1).astype(np.float32))
    build_indexes(candidates=tmp_path / "candidates.npy", benchmark=folder, out=tmp_path / "indexes")
    return folder, tmp_path


def test_a_question_is_asked_only_where_it_has_an_answer(tiny):
    folder, tmp_path = tiny
    rank_relevant(
        queries=tmp_path / "queries.npy", indexes=tmp_path / "indexes", benchmark=folder, out=tmp_path / "ranks"
    )
    rows = pq.read_table(tmp_path / "ranks").to_pylist()
    found = {(r["query_id"], r["query_language"], r["pool"], r["candidate_language"]): r["rank"] for r in rows}
    # q1 points at 0°: all candidates by angle: en_A 0, zh_C 10, de_A 20, zh_A 40, zh_B 80, en_B 90
    for language in ("en", "de", "zh"):
        assert found["q1", language, "en", "en"] == 1
        assert found["q1", language, "zh", "zh"] == 2
        assert [found["q1", language, "all", other] for other in ("en", "de", "zh")] == [1, 3, 4]
    # q2 points at 90°
    assert found["q2", "zh", "all", "en"] == 1
    assert found["q2", "zh", "all", "zh"] == 2
    assert not [key for key in found if key[0] == "q2" and "de" in key[2:]]
    assert len(rows) == 3 * (3 + 3) + 2 * (2 + 2)
