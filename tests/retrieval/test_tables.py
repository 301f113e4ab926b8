"""A benchmark's tables as arrays, and tables that do not fit together."""

import pytest
from benchmark_tables import write_tables

from equilingual.files import DamagedFileError, read_json, sha256_of, write_json
from equilingual.retrieval import read_tables
from equilingual.retrieval.tables import BenchmarkTablesError


@pytest.mark.parametrize("table", ["candidates", "queries", "qrels"])
def test_tables_that_somebody_changed_are_refused(tmp_path, table):
    folder = write_tables(
        tmp_path, candidates=[("en_A", "en"), ("de_A", "de")], queries=[("q", "en")], qrels=[("q", "en_A")]
    )
    about = read_json(folder / "counts.json")
    names = [f"{name}.parquet" for name in ("candidates", "queries", "qrels")]
    write_json(about | {"files": {name: sha256_of(folder / name) for name in names}}, folder / "counts.json")
    read_tables(folder)
    content = bytearray((folder / f"{table}.parquet").read_bytes())
    content[len(content) // 3] ^= 1
    (folder / f"{table}.parquet").write_bytes(content)
    with pytest.raises(DamagedFileError, match=rf"{table}\.parquet is damaged .*: delete .*counts\.json and run"):
        read_tables(folder)


def test_pools_are_slices_and_relevant_candidates_rows(tmp_path):
    write_tables(
        tmp_path / "b",
        candidates=[("a0", "ar", "ar"), ("a1", "ar", "ar"), ("b0", "bn", "bn"), ("b1", "en", "bn")],
        queries=[("x", "ar", "x", "ar"), ("y", "bn", "y", "bn"), ("z", "bn", "z", "bn")],
        # The judgement of "x" in the other collection counts for nothing.
        qrels=[("x", "a1", 2), ("x", "b0", 1), ("y", "b1"), ("y", "b0", 3)],
    )
    tables = read_tables(tmp_path / "b")
    assert [(one.name, one.queries.tolist(), dict(one.languages)) for one in tables.collections] == [
        ("ar", [0], {"ar": slice(0, 2)}),
        ("bn", [1, 2], {"bn": slice(2, 3), "en": slice(3, 4)}),
    ]
    assert tables.relevant.tolist() == [[1, -1], [2, 3], [-1, -1]]
    assert tables.relevance.tolist() == [[2, 0], [3, 1], [0, 0]]
    assert tables.own.tolist() == [[-1], [-1], [-1]]
    assert tables.collections[1].pool_name("en") == "bn.en"
    assert tables.query_names() == ["ar_x", "bn_y", "bn_z"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"candidates": [("a", "en"), ("b", "de"), ("c", "en")]}, "candidates of all in en do not stand together"),
        (
            {"candidates": [("a", "en", "1"), ("b", "de", "2"), ("c", "de", "1")], "queries": [("q", "en", "q", "1")]},
            "candidates of 1 in de do not stand together",
        ),
        ({"qrels": [("q", "nowhere")]}, "the relevant candidate nowhere is not in candidates.parquet"),
        ({"queries": [("q", "en", "q", "other")]}, "queries of the collection 'other', which has no candidates"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, changes, message):
    given = {"candidates": [("a", "en")], "queries": [("q", "en")], "qrels": [("q", "a")]} | changes
    write_tables(tmp_path / "b", **given)
    with pytest.raises(BenchmarkTablesError, match=message):
        read_tables(tmp_path / "b")
