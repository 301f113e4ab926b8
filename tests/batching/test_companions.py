"""Companions: the right texts beside each row, drawn uniformly, the same rows as without them, and their audit."""

from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from batching_sets import numbered, plan, strategy_of
from scipy.stats import chisquare

from equilingual.batching import BatchError, BatchReader, audit_batches, build_batches
from equilingual.batching.companions import PIVOT, QUESTION, companion_summary, with_companions
from equilingual.config.batch_settings import BatchSettings, CompanionSettings
from equilingual.files import read_json, sha256_of, write_json
from equilingual.parquet import write_parquet
from equilingual.training_sets import TrainingSetFiles

LANGUAGES = ["en", "de", "zh"]
BOTH = CompanionSettings(question=True, pivot="zh")
# Pair 7 has no pivot, pairs 3 and 4 exist in two languages, and pair 9 in one.
MISSING = {("zh", 7), ("de", 3), ("en", 4), ("en", 9), ("de", 9)}


@pytest.fixture
def build(tmp_path, corpus):
    """Return a function that builds batches, and returns their folder and what was asked for."""
    files = {"c": corpus(40, LANGUAGES, missing=MISSING)}

    def run(name, companions=BOTH, strategy="mixed-mono", **settings):
        asked = {
            "training_set": TrainingSetFiles("t", LANGUAGES, files, min_languages=1),
            "strategy": strategy_of(strategy),
            "settings": BatchSettings(**{"batch_size": 6, "batches": 60} | settings),
            "seed": 1,
            "companions": companions,
        }
        folder = tmp_path / name
        shards = [folder / f"part-{number}.parquet" for number in range(2)]
        build_batches(**asked, shards=shards, manifest=folder / "manifest.json")
        return folder, asked

    return run


def rows_of(folder):
    return [row for table in BatchReader(folder / "manifest.json").row_groups() for row in table.to_pylist()]


def test_every_row_has_the_texts_of_its_pair(build):
    folder, _ = build("a")
    without = Counter()
    for row in rows_of(folder):
        n = int(row["pair_id"].removeprefix("c/p"))
        there = [language for language in LANGUAGES if (language, n) not in MISSING]
        others = [language for language in there if language != row["query_language"]]
        if others:
            assert row["companion_language"] in others
            assert row["companion_query"] == f"question {n} in {row['companion_language']}"
        else:
            assert row["companion_language"] is row["companion_query"] is None
            without[QUESTION] += 1
        pivots = (f"question {n} in zh", f"passage {n} in zh") if "zh" in there else (None, None)
        assert (row["pivot_query"], row["pivot_passage"]) == pivots
        without[PIVOT] += "zh" not in there
    summary = BatchReader(folder / "manifest.json").summary["companions"]
    assert min(without.values()) > 0
    assert summary["without"] == dict(without)
    assert summary["rows"] == {name: 360 - count for name, count in without.items()}
    assert summary["asked"] == {"question": True, "pivot": "zh"}


@pytest.mark.parametrize("companions", [BOTH, CompanionSettings(question=True), CompanionSettings(pivot="en")])
@pytest.mark.parametrize("strategy", ["hybrid", "cross"])
def test_everything_else_is_as_without_companions(build, companions, strategy):
    plain, beside = build("a", None, strategy)[0], build("b", companions, strategy)[0]
    added = {"companion_query", "companion_language", "pivot_query", "pivot_passage"}
    for name in ("part-0.parquet", "part-1.parquet"):
        one, other = pq.read_table(plain / name), pq.read_table(beside / name)
        assert other.select(one.column_names).equals(one)
        assert set(other.column_names) - set(one.column_names) <= added
        assert other.num_columns > one.num_columns
    assert "companions" not in read_json(plain / "manifest.json")
    hashes = [pq.read_schema(folder / "part-0.parquet").metadata[b"configuration_sha256"] for folder in (plain, beside)]
    assert hashes[0] != hashes[1]


def test_languages_are_drawn_uniformly_from_those_of_the_pair():
    available = np.ones((100, 4))
    available[:50, 3] = 0
    pairs = numbered(available)
    made = with_companions(
        pairs, plan(pairs, "english"), CompanionSettings(question=True), np.random.default_rng(1)
    ).companions[QUESTION]
    assert made.dtype == np.int16
    half = plan(pairs, "english").pairs < 50
    fewer, more = np.bincount(made[half], minlength=4), np.bincount(made[~half], minlength=4)
    assert fewer[0] == fewer[3] == more[0] == 0  # the query's language, and one that the pairs lack
    assert chisquare(fewer[1:3]).pvalue > 0.001
    assert chisquare(more[1:]).pvalue > 0.001


def test_rows_without_a_companion_are_counted():
    pairs = numbered([[1, 1, 0]] * 30 + [[1, 0, 0]] * 10)
    asked = CompanionSettings(question=True, pivot="es")
    made = with_companions(pairs, plan(pairs, "english"), asked, np.random.default_rng(1))
    alone = int((made.pairs >= 30).sum())
    assert companion_summary(made, asked)["companions"]["without"] == {QUESTION: alone, PIVOT: 3200}
    assert (made.companions[PIVOT] == -1).all()


def test_hard_negatives_and_companions_go_together(tmp_path):
    from written_batches import write_batches

    hard, both = tmp_path / "hard", tmp_path / "both"
    asked = {"negatives": {"count": 1, "from": ["column"]}}
    write_batches(hard, **asked)
    write_batches(both, **asked, companions=CompanionSettings(question=True, pivot="en"))
    names = pq.read_schema(hard / "part-0.parquet").names
    assert "negatives" in names
    assert pq.read_table(both / "part-0.parquet").select(names).equals(pq.read_table(hard / "part-0.parquet"))
    for row in rows_of(both):
        number = row["query"].split()[-1]
        assert row["companion_query"].split()[-1] == number
        assert row["pivot_query"] == f"what is {number}"


@pytest.fixture
def audit(tmp_path):
    def run(folder, asked, **changes):
        audit_batches(manifest=folder / "manifest.json", out=tmp_path / "audit.json", **asked | changes)
        return read_json(tmp_path / "audit.json")

    return run


def test_the_audit_counts_the_companions(build, audit):
    folder, asked = build("a")
    found = audit(folder, asked)["companions"]
    rows = rows_of(folder)
    assert found["rows"] == {
        QUESTION: sum(row["companion_query"] is not None for row in rows),
        PIVOT: sum(row["pivot_query"] is not None for row in rows),
    }
    assert (found["strange"], found["missing"], found["same"]) == (0, 0, 0)
    counts = Counter(row["companion_language"] for row in rows if row["companion_language"])
    assert {language: one["rows"] for language, one in found["languages"].items()} == counts
    expected = Counter()
    for row in rows:
        n = int(row["pair_id"].removeprefix("c/p"))
        others = [tag for tag in LANGUAGES if (tag, n) not in MISSING and tag != row["query_language"]]
        expected.update({tag: 1 / len(others) for tag in others})
    assert {language: one["expected"] for language, one in found["languages"].items()} == pytest.approx(expected)
    assert found["test"]["p"] > 0.001
    assert "companions" not in audit(*build("b", None))


def spoil(folder, change):
    """Change the columns of the first shard, and let the manifest agree."""
    path = folder / "part-0.parquet"
    table = pq.read_table(path)
    columns = table.to_pydict()
    change(columns)
    write_parquet(table.from_pydict(columns, schema=table.schema), path, row_group_size=1020)
    manifest = read_json(folder / "manifest.json")
    manifest["shards"][0]["sha256"] = sha256_of(path)
    write_json(manifest, folder / "manifest.json")


def with_text(column):
    def change(columns):
        at = next(row for row, text in enumerate(columns[column]) if text)
        columns[column][at] = "another text"

    return change


def lose(*names):
    def change(columns):
        at = next(row for row, text in enumerate(columns[names[0]]) if text)
        for name in names:
            columns[name][at] = None

    return change


def in_the_query_s_language(columns):
    columns["companion_language"][0] = columns["query_language"][0]
    columns["companion_query"][0] = columns["query"][0]


def always_the_first(columns):
    for row, (pair, spoken) in enumerate(zip(columns["pair_id"], columns["query_language"], strict=True)):
        n = int(pair.removeprefix("c/p"))
        others = [tag for tag in LANGUAGES if (tag, n) not in MISSING and tag != spoken]
        if others:
            columns["companion_language"][row] = others[0]
            columns["companion_query"][row] = f"question {n} in {others[0]}"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (with_text("companion_query"), "1 companions have a text other than that of their pair"),
        (with_text("pivot_query"), "1 companions have a text other than that of their pair"),
        (with_text("pivot_passage"), "1 companions have a text other than that of their pair"),
        (lose("companion_query", "companion_language"), "1 rows lack a companion that their pair has"),
        (lose("pivot_query", "pivot_passage"), "1 rows lack a companion that their pair has"),
        (in_the_query_s_language, "1 companions are in the language of the query beside them"),
        (always_the_first, "the languages of companions are not sampled uniformly"),
    ],
)
def test_the_audit_finds_what_is_wrong_of_companions(build, audit, change, problem):
    folder, asked = build("a")
    spoil(folder, change)
    with pytest.raises(BatchError, match=problem):
        audit(folder, asked)


def test_the_audit_finds_that_companions_are_not_those_asked_for(build, audit):
    folder, asked = build("a")
    for other in (None, CompanionSettings(question=True)):
        with pytest.raises(BatchError, match="the manifest's companions are"):
            audit(folder, asked, companions=other)
