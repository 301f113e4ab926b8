"""Run files ask a query only where it has an answer, and carry neither a clock nor a file name."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.retrieval import build_indexes, read_run, search_indexes


def test_runs_ask_a_query_only_where_it_has_an_answer(tmp_path):
    # q2 exists in English alone, as questions of MLQA-R do.
    tables = {
        "candidates": {"candidate_id": ["en_A", "en_B", "de_A"], "language": ["en", "en", "de"]},
        "queries": {"query_id": ["q1", "q2", "q1"], "language": ["en", "en", "de"]},
        "qrels": {
            "query_id": ["q1", "q1", "q2"],
            "language": ["en", "de", "en"],
            "candidate_id": ["en_A", "de_A", "en_B"],
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
    np.save(tmp_path / "candidates.npy", np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32))
    np.save(tmp_path / "queries.npy", np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32))
    build_indexes(candidates=tmp_path / "candidates.npy", benchmark=tmp_path, out=tmp_path / "indexes")
    search_indexes(
        model="m",
        queries=tmp_path / "queries.npy",
        indexes=tmp_path / "indexes",
        benchmark=tmp_path,
        depth=9,
        out=tmp_path / "runs",
    )
    asked = {pool: list(read_run(tmp_path / "runs" / f"{pool}.trec.gz")) for pool in ("en", "de", "all")}
    assert asked == {"en": ["en_q1", "en_q2", "de_q1"], "de": ["en_q1", "de_q1"], "all": ["en_q1", "en_q2", "de_q1"]}
    # en_A and de_A are equal: the pool's order decides.
    assert [candidate for candidate, _ in read_run(tmp_path / "runs" / "all.trec.gz")["de_q1"]] == [
        "en_A",
        "de_A",
        "en_B",
    ]
    header = (tmp_path / "runs" / "all.trec.gz").read_bytes()[:10]
    assert header[3] == 0  # RFC 1952: flags, none set, so no file name
    assert header[4:8] == bytes(4)  # the time
