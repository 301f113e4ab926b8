"""A benchmark's queries in the languages of its candidates."""

import json
from importlib.metadata import version

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables, write_tables

from equilingual.translation import quality
from equilingual.translation.queries import translate_queries


@pytest.fixture
def asked(monkeypatch):
    """Replace the engine by one that marks a text with the pair, and says nothing to "no"."""
    found = []

    def translate_all(engine, source, target, texts, *, threads, cache):
        found.append((engine["name"], source, target, tuple(texts)))
        return [{"translation": " " if text == "no" else f"{text} {source}>{target}"} for text in texts]

    monkeypatch.setattr("equilingual.translation.queries.translate_all", translate_all)
    assert quality.translate_all is not translate_all
    return found


@pytest.fixture
def folder(tmp_path):
    """Two collections: one of English and German, one of English and Thai, whose queries are English and German."""
    write_tables(
        tmp_path / "b",
        candidates=[("e", "en", "x"), ("d", "de", "x"), ("f", "en", "y"), ("t", "th", "y")],
        queries=[
            ("1", "en", "1", "x"),
            ("2", "de", "2", "x"),
            ("3", "en", "3", "y"),
            ("4", "en", "4", "x"),
            ("5", "de", "5", "y"),
        ],
        qrels=[("1", "e"), ("2", "d"), ("3", "f"), ("4", "e"), ("5", "t")],
    )
    table = pq.read_table(tmp_path / "b/queries.parquet").drop_columns("text")
    texts = pa.array(["one", "zwei", "three", "no", "fünf"])
    pq.write_table(table.append_column("text", texts), tmp_path / "b/queries.parquet")
    record_tables(tmp_path / "b")
    return tmp_path / "b"


def test_queries_go_into_the_other_languages_of_their_collection_as_far_as_the_engine_has_them(folder, asked):
    where = {"threads": 1, "cache": folder / "cache", "out": folder / "q.parquet", "counts_out": folder / "q.json"}
    spec = {"name": "apertium", "kind": "apertium"}
    translate_queries(benchmark=folder, engine=spec, pairs=[("en", "de"), ("de", "en"), ("de", "th")], **where)
    assert pq.read_table(folder / "q.parquet").to_pylist() == [
        {"row": 0, "language": "de", "text": "one en>de"},
        {"row": 1, "language": "en", "text": "zwei de>en"},
        {"row": 4, "language": "en", "text": "fünf de>en"},
        {"row": 4, "language": "th", "text": "fünf de>th"},
    ]
    counts = json.loads((folder / "q.json").read_text())
    assert counts["translated"] == {"de-en": 2, "de-th": 1, "en-de": 2}
    assert counts["as_they_are"] == {"en-th": 1}
    assert counts["empty"] == 1
    assert counts["licence"] == "GPL-2.0-or-later"
    assert counts["versions"]["sentencex"] == version("sentencex")
    assert ("apertium", "en", "de", ("one", "no")) in asked


def test_an_engine_without_any_pair_leaves_an_empty_table(folder, asked):
    where = {"threads": 1, "cache": folder / "cache", "out": folder / "q.parquet", "counts_out": folder / "q.json"}
    translate_queries(benchmark=folder, engine={"name": "a", "kind": "apertium"}, pairs=[], **where)
    assert pq.read_table(folder / "q.parquet").num_rows == 0
    assert not asked
