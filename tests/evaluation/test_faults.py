"""Faults that once gave wrong figures or unreadable errors: clusters across languages, and LAReQA files that lie."""

import gzip
import json
from collections import defaultdict

import pyarrow.parquet as pq
import pytest
from benchmark_tables import make_group

from equilingual.evaluation import (
    BenchmarkError,
    bootstrap_intervals,
    build_benchmark,
    score_model,
)
from equilingual.files import read_json


def build(tmp_path, documents, **changes):
    files = {}
    for language, document in documents.items():
        path = tmp_path / f"{language}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        files[language] = {"file": [path]}
    settings = {"kind": "lareqa", "files": files, "expected": None, "out": tmp_path / "out", **changes}
    build_benchmark(name="x", candidate_text="sentence", licence="x", **settings)
    return tmp_path / "out"


def document(*paragraphs):
    """Paragraphs of one sentence, each with the questions named."""
    answers = [{"text": "Ada", "answer_start": 0}]
    rows = [
        {
            "context": "Ada.",
            "sentence_breaks": [[0, 4]],
            "qas": [{"id": query, "question": "Who?", "answers": answers} for query in questions],
        }
        for questions in paragraphs
    ]
    return {"data": [{"paragraphs": rows}]}


def clusters_of(folder):
    found = defaultdict(set)
    for row in pq.read_table(folder / "queries.parquet").to_pylist():
        found[row["query_id"]].add(row["cluster"])
    assert all(len(clusters) == 1 for clusters in found.values())
    return {query: clusters.pop() for query, clusters in found.items()}


def test_a_question_is_in_one_cluster_in_all_languages(tmp_path):
    # In German the paragraphs stand in another order, and c and d share one that English has as two.
    folder = build(tmp_path, {"en": document("ab", "c", "d", "e"), "de": document("e", "cd", "a")})
    found = clusters_of(folder)
    assert found["a"] == found["b"]
    assert found["c"] == found["d"]
    assert len({found[query] for query in "ace"}) == 3


@pytest.mark.parametrize(("name", "clusters"), [("xquad-r", 240), ("mlqa-r", 933)])
def test_clusters_are_the_connected_paragraphs_of_the_official_files(lareqa, name, clusters):
    # 240 paragraphs by LAReQA's description; 933 components counted on MLQA-R's raw files by a script of its own.
    assert len(set(clusters_of(lareqa(name)).values())) == clusters


def test_every_pair_of_languages_of_mlqa_r(lareqa):
    # Questions in both languages; the diagonal is the published number of queries.
    rows = {
        "ar": [517, 207, 517, 161, 186, 163, 188],
        "de": [207, 512, 512, 196, 163, 182, 190],
        "en": [517, 512, 1148, 500, 507, 511, 504],
        "es": [161, 196, 500, 500, 187, 189, 161],
        "hi": [186, 163, 507, 187, 507, 177, 189],
        "vi": [163, 182, 511, 189, 177, 511, 184],
        "zh": [188, 190, 504, 161, 189, 184, 504],
    }
    pairs = read_json(lareqa("mlqa-r") / "counts.json")["pairs"]
    assert pairs == {language: dict(zip(rows, row, strict=True)) for language, row in rows.items()}


def changed(**changes):
    """Return a LAReQA document with some fields changed; ``...`` removes one."""
    qa = {"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]}
    paragraph = {"context": "Ada. Bob.", "sentence_breaks": [[0, 4], [5, 9]], "qas": [qa]}
    for key, value in changes.items():
        row = qa if key in qa else paragraph
        row.pop(key) if value is ... else row.update({key: value})
    return {"data": [{"paragraphs": [paragraph]}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (changed(question=...), "paragraph 0, question 'q1': no 'question'"),
        (changed(question=" "), "question 'q1': the question has no text"),
        (changed(id=...), "article 0, paragraph 0: no 'id'"),
        (changed(id=7), "'id' should be of type str, found 7"),
        (changed(answers=[{"text": "x"}]), "question 'q1': no 'answer_start'"),
        (changed(answers=[{"text": "x", "answer_start": "0"}]), "'answer_start' should be of type int, found '0'"),
        (changed(context=None), "'context' should be of type str, found None"),
        (changed(sentence_breaks=[[0]]), r"sentence 0: \[0\] is not"),
        (changed(sentence_breaks=[[0, 4], [5, 99]]), r"sentence 1: \[5, 99\] is not"),
        (changed(sentence_breaks=[[0, 4], [5, 5]]), r"sentence 1: \[5, 5\] is not"),
        (changed(sentence_breaks=[[0, 4], [-4, -1]]), r"sentence 1: \[-4, -1\] is not"),
        (changed(sentence_breaks=[[0, 4], [3, 9]]), r"sentence 1: \[3, 9\] is not"),
        (changed(qas=[]), "2 candidates and 0 queries"),
        ({"data": []}, "0 candidates and 0 queries"),
        ({"data": {"a": 1}}, "'data' should be a list, found .*: not LAReQA's format"),
        ({"data": [{"title": "t"}]}, "article 0: no 'paragraphs'"),
    ],
)
def test_a_lareqa_file_that_lies_is_one_clear_error(tmp_path, content, message):
    with pytest.raises(BenchmarkError, match=message):
        build(tmp_path, {"en": content})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"data": ' + b"1" * 5000 + b"}", "JSON that cannot be read .*digits"),
        (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "JSON that cannot be read"),
        (b'{"data": [{"paragraphs": [' + b'{"a":' * 100_000, "JSON that cannot be read"),
        (b"[1, 2]", "no 'data' at the top: not LAReQA's format"),
        (b"7", "no 'data' at the top: not LAReQA's format"),
        (b"null", "no 'data' at the top"),
        (b'{"data": {"a": 1}}', "'data' should be a list"),
        (b'{"data": [[]]}', "article 0: no 'paragraphs'"),
        (b'{"data": [{"paragraphs": 1}]}', "article 0: 'paragraphs' should be of type list"),
        (b'{"data": [{"paragraphs": [null]}]}', "article 0, paragraph 0: no 'context'"),
        (b"PK\x03\x04", "a zip file: unpack it"),
        (b"\x1f\x8b\x08\x00", "an incomplete or damaged gzip file"),
        (b'{"data": [\n"\xff"]}', "line 2: not UTF-8"),
        (b" \n", "the file is empty"),
        (changed(qas=[[]]), "article 0, paragraph 0: no 'id'"),
        (changed(id=" "), "article 0, paragraph 0: a question has an empty 'id'"),
        (changed(answers=["Ada"]), "question 'q1': no 'answer_start'"),
        (changed(answers={"text": "Ada", "answer_start": 0}), "'answers' should be of type list"),
        (changed(answers=[{"text": "x", "answer_start": 10**400}]), "the answer offset 1000.* is outside its context"),
        (changed(sentence_breaks=[[0, 4], {"a": 1}]), "sentence 1: {'a': 1} is not"),
        (changed(sentence_breaks=[[0, 10**400]]), "sentence 0: .* is not"),
        (changed(context="\ud800"), "'context': .* half a character"),
    ],
)
def test_a_file_that_is_no_lareqa_file_at_all_is_one_clear_error(tmp_path, content, message):
    path = tmp_path / "en.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(BenchmarkError, match=message) as caught:
        build_benchmark(
            name="x", kind="lareqa", files={"en": {"file": [path]}}, licence="x", expected=None, out=tmp_path / "out"
        )
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500


def test_a_folder_and_a_missing_file_are_one_clear_error(tmp_path):
    given = {"name": "x", "kind": "lareqa", "licence": "x", "expected": None, "out": tmp_path / "out"}
    with pytest.raises(BenchmarkError, match="a folder, not a file"):
        build_benchmark(files={"en": {"file": [tmp_path]}}, **given)
    with pytest.raises(BenchmarkError, match="there is no such file"):
        build_benchmark(files={"en": {"file": [tmp_path / "en.json"]}}, **given)


def test_a_gzipped_lareqa_file_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "en.json").write_bytes(gzip.compress(b"\xef\xbb\xbf" + json.dumps(document("a")).encode()))
    folder = build(tmp_path, {"de": document("a")}) and tmp_path / "gz"
    build_benchmark(
        name="x",
        kind="lareqa",
        files={"en": {"file": [tmp_path / "en.json"]}},
        licence="x",
        expected={"en": (1, 1)},
        out=folder,
    )
    assert pq.read_table(folder / "queries.parquet")["query_id"].to_pylist() == ["a"]


def test_the_same_question_twice_in_a_paragraph_counts_once(tmp_path):
    counts = read_json(build(tmp_path, {"en": document("aab")}) / "counts.json")
    assert counts["languages"]["en"] == {"candidates": 1, "queries": 2}
    assert counts["dropped"] == {"repeated queries, en": 1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "larequa"}, "unknown format 'larequa'"),
        ({"kind": "beir"}, "x: no file of qrels for en"),
        ({"expected": {"de": (1, 1)}}, "published counts for de, but no file"),
    ],
)
def test_arguments_that_do_not_fit_are_one_clear_error(tmp_path, changes, message):
    with pytest.raises(BenchmarkError, match=message):
        build(tmp_path, {"en": document("a")}, **changes)


def test_ids_that_a_trec_file_cannot_tell_apart_are_refused(tmp_path):
    with pytest.raises(
        BenchmarkError, match=r"'a b' and 'a_b' are the same id in a TREC file: .* paragraph 0 and .* paragraph 0"
    ):
        build(tmp_path, {"en": document(["a b", "a_b"])})


def test_a_model_described_by_other_keys_is_refused(tmp_path):
    model = {"encoder": "e", "training_set": "t", "strategy": "none", "alpha": None, "sead": 1, "debias": "none"}
    with pytest.raises(ValueError, match=r"found .*sead"):
        score_model(
            model=model,
            name="b",
            ranks=tmp_path / "ranks",
            runs=tmp_path / "runs",
            benchmark=tmp_path / "benchmark",
            resamples=1,
            seed=1,
            out=tmp_path / "scores",
            intervals=tmp_path / "intervals",
            bias=tmp_path / "bias",
        )


def test_a_resample_without_a_group_leaves_it_out_of_the_mean():
    # Two clusters: English (AP 1) is asked in p1 alone, German (AP 1/2) in p2 alone. A resample of p1 twice is 1,
    # of p2 twice 1/2, of each once their mean 3/4; each of the first two comes up a quarter of the time.
    groups = [
        make_group("monolingual", language, language, [[rank]], ["q"], [cluster])
        for language, rank, cluster in (("en", 1, "p1"), ("de", 2, "p2"))
    ]
    interval = bootstrap_intervals(groups, resamples=400, seed=1).means["monolingual"]
    assert (interval["low"], interval["value"], interval["high"]) == (0.5, 0.75, 1.0)
