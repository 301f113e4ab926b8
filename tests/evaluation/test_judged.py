"""Rows of a benchmark that repeat another, are empty, or speak of what is missing: refused, or left out and counted."""

import json
import logging

import pyarrow.parquet as pq
import pytest

from equilingual.evaluation import BenchmarkError, build_benchmark, rank_candidates
from equilingual.evaluation.groups import read_groups
from equilingual.evaluation.measures import average_precision
from equilingual.files import read_json, sha256_of
from equilingual.retrieval.systems import SystemSpec

HEADER = "query-id\tcorpus-id\tscore\n"
FOLDER = {
    "en/corpus.jsonl": [{"_id": "a", "title": "", "text": "one"}, {"_id": "b", "text": "two"}],
    "en/queries.jsonl": [{"_id": "1", "text": "one?"}, {"_id": "2", "text": "two?"}],
    "qrels.tsv": ["1\ta\t1", "2\tb\t1"],
}


@pytest.fixture
def beir(tmp_path):
    """Return a function that writes a BEIR folder, each file given as its rows, and builds it."""

    def build(changes=(), **settings):
        content = FOLDER | dict(changes)
        languages = list(dict.fromkeys(name.partition("/")[0] for name in content if "/" in name))
        for name, rows in content.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            is_table = name.endswith("tsv")
            lines = rows if is_table else [json.dumps(row, ensure_ascii=False) for row in rows]
            path.write_text((HEADER if is_table else "") + "\n".join(lines) + "\n", encoding="utf-8")
        files = {tag: {role: [tmp_path / f"{tag}/{role}.jsonl"] for role in ("corpus", "queries")} for tag in languages}
        settings = {"kind": "beir", "licence": "x", "expected": None, **settings}
        build_benchmark(
            name="x", files={**files, "all": {"qrels": [tmp_path / "qrels.tsv"]}}, out=tmp_path / "out", **settings
        )
        return tmp_path / "out"

    return build


def column(folder, table, name):
    return pq.read_table(folder / f"{table}.parquet")[name].to_pylist()


def more(name, *rows):
    """A file with more rows."""
    return {name: [*FOLDER[name], *rows]}


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        (more("en/corpus.jsonl", FOLDER["en/corpus.jsonl"][0]), {"repeated passages, en": 1}),
        # a missing title and an empty one are one text
        (more("en/corpus.jsonl", *[{"_id": "a", "text": "one"}] * 2), {"repeated passages, en": 2}),
        (more("en/queries.jsonl", FOLDER["en/queries.jsonl"][1]), {"repeated queries, en": 1}),
        (more("qrels.tsv", "1\ta\t1", "2\tb\t1.0", "2\tb\t1"), {"repeated judgements": 3}),
    ],
)
def test_the_same_row_again_counts_once(beir, changes, dropped, caplog):
    plain = read_json(beir() / "counts.json")
    folder = beir(changes)
    counts = read_json(folder / "counts.json")
    assert counts["dropped"] == dropped
    assert {key: counts[key] for key in ("files", "languages", "pairs")} == {
        key: plain[key] for key in ("files", "languages", "pairs")
    }
    assert counts["files"]["candidates.parquet"] == sha256_of(folder / "candidates.parquet")
    assert [record.getMessage() for record in caplog.records] == [
        f"x: dropped: {count} {reason}" for reason, count in dropped.items()
    ]


def test_a_shared_file_of_judgements_is_counted_once(beir):
    german = {"de/corpus.jsonl": FOLDER["en/corpus.jsonl"], "de/queries.jsonl": FOLDER["en/queries.jsonl"]}
    counts = read_json(beir(german | more("qrels.tsv", "1\ta\t1")) / "counts.json")
    assert counts["dropped"] == {"repeated judgements": 1}


def test_a_repeated_passage_far_apart_is_found_among_many(beir):
    many = [{"_id": f"d{number}", "text": f"text {number}"} for number in range(9000)]
    rows = [*FOLDER["en/corpus.jsonl"], *many, many[0], many[8999], many[1]]
    folder = beir({"en/corpus.jsonl": rows})
    assert column(folder, "candidates", "candidate_id") == [
        "en_a",
        "en_b",
        *(f"en_d{number}" for number in range(9000)),
    ]
    assert read_json(folder / "counts.json")["languages"]["en"] == {"candidates": 9002, "queries": 2}
    rows[-1] = many[1] | {"text": "other"}
    with pytest.raises(BenchmarkError, match=r"'en_d1' among .*jsonl, line 4 and .*jsonl, line 9005: give each"):
        beir({"en/corpus.jsonl": rows})


@pytest.mark.parametrize("empty", ["", " \t", None])
def test_an_empty_passage_that_nothing_asks_for_is_left_out_and_counted(beir, empty):
    folder = beir(more("en/corpus.jsonl", {"_id": "d", "title": "", "text": empty}))
    counts = read_json(folder / "counts.json")
    assert counts["dropped"] == {"empty passages, en": 1}
    assert counts["languages"]["en"] == {"candidates": 2, "queries": 2}
    # judged, and not relevant: it takes no figure's place either
    rows = more("en/corpus.jsonl", {"_id": "d", "text": empty}) | more("qrels.tsv", "1\td\t0")
    assert read_json(beir(rows) / "counts.json")["dropped"] == {
        "empty passages, en": 1,
        "judgements of empty passages, en": 1,
    }


def test_a_passage_with_a_title_alone_is_not_empty(beir):
    folder = beir(more("en/corpus.jsonl", {"_id": "d", "title": "Tides", "text": ""}))
    assert column(folder, "candidates", "text")[-1].strip() == "Tides"


def test_an_empty_relevant_passage_is_refused_or_left_out_with_its_judgements(beir):
    changes = more("en/corpus.jsonl", {"_id": "d", "text": ""}) | more("qrels.tsv", "1\td\t1")
    with pytest.raises(BenchmarkError, match=r"corpus\.jsonl, line 3: the passage 'd' has no text, .* 'empty: drop'"):
        beir(changes)
    folder = beir(changes, empty="drop")
    assert read_json(folder / "counts.json")["dropped"] == {
        "empty passages, en": 1,
        "judgements of empty passages, en": 1,
    }
    assert column(folder, "qrels", "candidate_id") == ["en_a", "en_b"]
    # where it is all that a query has, the query goes, too
    only = more("en/corpus.jsonl", {"_id": "d", "text": ""}) | {"qrels.tsv": ["1\td\t1", "2\tb\t1"]}
    folder = beir(only, empty="drop")
    assert column(folder, "queries", "query_id") == ["2"]
    assert read_json(folder / "counts.json")["dropped"]["queries without a relevant candidate, en"] == 1


def test_an_empty_query_is_refused_or_left_out_with_its_judgements(beir):
    changes = more("en/queries.jsonl", {"_id": "3", "text": ""})
    assert read_json(beir(changes) / "counts.json")["dropped"] == {"empty queries, en": 1}  # nothing judges it
    changes |= more("qrels.tsv", "3\ta\t1")
    with pytest.raises(BenchmarkError, match=r"queries\.jsonl, line 3: the query '3' has no text: .* 'empty: drop'"):
        beir(changes)
    folder = beir(changes, empty="drop")
    assert column(folder, "queries", "query_id") == ["1", "2"]
    assert read_json(folder / "counts.json")["dropped"] == {
        "empty queries, en": 1,
        "judgements of empty queries, en": 1,
    }


@pytest.mark.parametrize(
    ("row", "what", "message"),
    [
        ("1\tgone\t1", "passages", r"qrels\.tsv, line 4: the candidate 'gone' is not in .*'missing: drop'"),
        ("1\tgone\t0", "passages", r"qrels\.tsv, line 4: the candidate 'gone' is not in .*'missing: drop'"),
        ("3\ta\t1", "queries", r"qrels\.tsv, line 4: the query '3' is not in .*'missing: drop'"),
    ],
)
def test_a_judgement_of_what_is_missing_is_refused_or_left_out(beir, row, what, message):
    with pytest.raises(BenchmarkError, match=message):
        beir(more("qrels.tsv", row))
    folder = beir(more("qrels.tsv", row), missing="drop")
    assert read_json(folder / "counts.json")["dropped"] == {f"judgements of missing {what}, en": 1}
    assert column(folder, "qrels", "candidate_id") == ["en_a", "en_b"]


def test_an_id_with_and_without_a_text_is_an_error(beir):
    with pytest.raises(BenchmarkError, match=r"line 4: duplicate id 'd', without a text in .*line 3: keep one"):
        beir(more("en/corpus.jsonl", {"_id": "d", "text": ""}, {"_id": "d", "text": "x"}))
    with pytest.raises(BenchmarkError, match=r"line 3: duplicate id 'd', without a text in .*line 4: keep one"):
        beir(more("en/corpus.jsonl", {"_id": "d", "text": "x"}, {"_id": "d", "text": ""}))
    # the judgement of the passage with a text would be left out
    with pytest.raises(BenchmarkError, match=r"line 1: duplicate id 'a', without a text in .*line 3: keep one"):
        beir(more("en/corpus.jsonl", {"_id": "a", "text": ""}), empty="drop")
    with pytest.raises(BenchmarkError, match="line 3: the passage 'a' has no text"):
        beir(more("en/corpus.jsonl", {"_id": "a", "text": ""}))


@pytest.mark.parametrize("one", [1, 1.0, "1", "1.0", " 1 "])
@pytest.mark.parametrize("judged", ["1\t7\t1", "1.0\t7.0\t1.0", " 1\t7 \t1"])
def test_a_whole_number_is_one_id_however_it_is_written(beir, one, judged):
    """pandas writes the ids of a column with gaps as 1.0, in JSON and in TSV."""
    files = {"en/queries.jsonl": [{"_id": one, "text": "?"}], "en/corpus.jsonl": [{"_id": 7.0, "text": "x"}]}
    folder = beir(files | {"qrels.tsv": [judged]})
    assert column(folder, "queries", "query_id") == ["1"]
    assert column(folder, "qrels", "candidate_id") == ["en_7"]


@pytest.mark.parametrize(
    ("value", "message"),
    [(None, "should be an id"), (" ", "should be an id"), (True, "is True, not"), ([1], "not a string")],
)
def test_an_id_of_another_type_is_one_clear_error(beir, value, message):
    with pytest.raises(BenchmarkError, match=rf"corpus\.jsonl, line 1: '_id' .*{message}"):
        beir({"en/corpus.jsonl": [{"_id": value, "text": "x"}]})


def test_a_judgement_without_an_id_is_one_clear_error(beir):
    with pytest.raises(BenchmarkError, match=r"qrels\.tsv, line 4: a judgement needs the ids"):
        beir(more("qrels.tsv", "1\t \t1"))


# --- MIRACL ---

PASSAGES = [{"docid": "1#0", "title": "등대", "text": "등대는"}, {"docid": "2#0", "title": "벌", "text": "벌은"}]


@pytest.fixture
def miracl(tmp_path):
    def build(passages=PASSAGES, topics="9\t어디?\n", qrels="9 Q0 1#0 1\n9 Q0 2#0 0\n", **settings):
        corpus = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in passages)
        files = {}
        for role, content in (("corpus", corpus), ("topics", topics), ("qrels", qrels)):
            files[role] = [tmp_path / role]
            (tmp_path / role).write_text(content, encoding="utf-8")
        settings = {"expected": None, **settings}
        build_benchmark(name="x", kind="miracl", files={"ko": files}, licence="x", out=tmp_path / "out", **settings)
        return tmp_path / "out"

    return build


@pytest.mark.parametrize("pool", ["full", "judged"])
def test_the_same_passage_and_judgement_twice_as_in_miracl_korean(miracl, pool):
    once = read_json(miracl(pool=pool) / "counts.json")
    twice = miracl([*PASSAGES, PASSAGES[0]], "9\t어디?\n" * 2, "9 Q0 1#0 1\n9 Q0 2#0 0\n9 Q0 1#0 1\n", pool=pool)
    counts = read_json(twice / "counts.json")
    assert counts["files"] == once["files"]
    assert counts["dropped"] == {
        "repeated judgements": 1,
        "repeated queries, ko": 1,
        "repeated passages, ko": 1,
    }


@pytest.mark.parametrize("published", [(2, 1), (4, 1)])  # distinct ones, or the rows of the file
def test_published_counts_may_be_of_rows_or_of_distinct_passages(miracl, published):
    passages = [*PASSAGES, PASSAGES[0], {"docid": "3#0", "title": "", "text": ""}]
    assert miracl(passages, expected={"ko": published})
    with pytest.raises(BenchmarkError, match="2 candidates and 1 queries, but 3 and 1 are published"):
        miracl(passages, expected={"ko": (3, 1)})


def test_ids_of_miracl_may_be_decimal_too(miracl):
    folder = miracl([{"docid": 1.0, "text": "x"}], topics="9.0\t?\n", qrels="9 Q0 1 1\n")
    assert column(folder, "qrels", "candidate_id") == ["ko_1"]


def test_a_topic_that_loses_its_judgements_is_left_out(miracl):
    given = {"topics": "9\t어디?\n8\t왜?\n7\t\n", "qrels": "9 Q0 1#0 1\n8 Q0 3#0 1\n7 Q0 1#0 1\n"}
    folder = miracl(**given, missing="drop", empty="drop", expected={"ko": (2, 3)})
    assert column(folder, "queries", "query_id") == ["ko_9"]
    assert read_json(folder / "counts.json")["dropped"] == {
        "empty queries, ko": 1,
        "judgements of empty queries, ko": 1,
        "judgements of missing passages, ko": 1,
        "queries without a relevant candidate, ko": 1,
    }
    with pytest.raises(BenchmarkError, match="line 3: the query '7' has no text"):
        miracl(**given, missing="drop")


# --- A query that is a document ---

QUORA = {
    "en/queries.jsonl": [{"_id": "q1", "text": "how do bees find flowers"}, {"_id": "q3", "text": "why do tides rise"}],
    "en/corpus.jsonl": [
        {"_id": "q1", "title": "", "text": "how do bees find flowers"},
        {"_id": "q2", "title": "", "text": "in what way do bees find the flowers"},
        {"_id": "q3", "title": "A title", "text": "Why do tides rise?"},
        {"_id": "q4", "title": "", "text": "what makes the tides rise and fall"},
    ],
    "qrels.tsv": ["q1\tq2\t1", "q3\tq4\t1"],
}


def mean_average_precision(folder):
    given = {"depth": 9, "threads": 1, "out": folder / "ranks", "out_runs": folder / "runs"}
    rank_candidates(model="m", benchmark=folder, system=SystemSpec(lexical="bm25"), **given)
    return {group.pool: average_precision(group.ranks).mean() for group in read_groups(folder / "ranks")}


@pytest.mark.parametrize("parallel", [True, False])
def test_a_query_that_is_a_document_finds_the_next_one(beir, caplog, parallel):
    files = QUORA | {name.replace("en/", "es/"): rows for name, rows in QUORA.items() if "/" in name}
    plain = beir(files, parallel=parallel)
    assert mean_average_precision(plain)["en"] == pytest.approx(0.5)
    same = {"candidates": 4, "same_text": 4}
    assert read_json(plain / "counts.json")["same_id"] == same
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "x: 4 candidates have the id of a query, 4 of them its text too, and they are searched" in warning
    assert "ignore_identical_ids: true" in warning
    caplog.clear()
    folder = beir(files, parallel=parallel, ignore_identical_ids=True)
    counts = read_json(folder / "counts.json")
    assert (counts["same_id"], counts["ignore_identical_ids"], counts["dropped"]) == (same, True, {})
    assert not caplog.records
    found = mean_average_precision(folder)
    assert found["en"] == 1
    if parallel:  # the translation of a query is the query, too: each finds its two answers first
        assert found["all"] == 1


def test_other_texts_under_the_id_of_a_query_are_counted_apart(beir):
    rows = [{"_id": "1", "text": "other"}, {"_id": "b", "text": "two"}]
    counts = read_json(beir({"en/corpus.jsonl": rows, "qrels.tsv": ["1\tb\t1", "2\tb\t1"]}) / "counts.json")
    assert counts["same_id"] == {"candidates": 1}
    assert "same_id" not in read_json(beir() / "counts.json")
    # a query that the test does not ask finds nothing
    counts = read_json(beir({"en/corpus.jsonl": rows, "qrels.tsv": ["2\tb\t1"]}) / "counts.json")
    assert "same_id" not in counts


def test_a_query_that_is_a_document_of_another_language_alone_is_counted(beir):
    documents = QUORA["en/corpus.jsonl"]
    files = QUORA | {"es/queries.jsonl": [QUORA["en/queries.jsonl"][0]], "es/corpus.jsonl": documents}
    files |= {"en/corpus.jsonl": documents[1::2]}
    counts = read_json(beir(files, missing="drop") / "counts.json")
    # q3 is asked in English and stands among the Spanish documents only
    assert counts["same_id"] == {"candidates": 2, "same_text": 1}


def test_a_query_that_is_judged_relevant_to_itself_loses_that_judgement(beir):
    changes = QUORA | {"qrels.tsv": ["q1\tq1\t1", "q1\tq2\t1", "q3\tq3\t2"]}
    assert sorted(column(beir(changes), "qrels", "candidate_id")) == ["en_q1", "en_q2", "en_q3"]
    folder = beir(changes, ignore_identical_ids=True)
    assert column(folder, "qrels", "candidate_id") == ["en_q2"]
    assert column(folder, "queries", "query_id") == ["q1"]
    assert read_json(folder / "counts.json")["dropped"] == {
        "judgements of a query with its own id, en": 2,
        "queries without a relevant candidate, en": 1,
    }
