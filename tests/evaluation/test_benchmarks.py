"""Benchmarks to the letter of their definitions."""

import json

import pyarrow.parquet as pq
import pytest

from equilingual.evaluation import BenchmarkError, build_benchmark
from equilingual.files import read_json, sha256_of
from equilingual.registry import known_benchmarks

# arXiv:2408.10536, Table 10: candidates and queries.
PUBLISHED = {
    "xquad-r": {
        "ar": (1222, 1190),
        "de": (1276, 1190),
        "el": (1234, 1190),
        "en": (1180, 1190),
        "es": (1215, 1190),
        "hi": (1244, 1190),
        "ru": (1219, 1190),
        "th": (852, 1190),
        "tr": (1167, 1190),
        "vi": (1209, 1190),
        "zh": (1196, 1190),
    },
    "mlqa-r": {
        "ar": (2545, 517),
        "de": (2362, 512),
        "en": (6264, 1148),
        "es": (1787, 500),
        "hi": (2426, 507),
        "vi": (2828, 511),
        "zh": (2322, 504),
    },
}

# Questions that exist in both languages, counted on the official files (rows: query language).
MLQA_PAIRS = {
    "ar": {"ar": 517, "de": 207, "en": 517, "es": 161, "hi": 186, "vi": 163, "zh": 188},
    "en": {"ar": 517, "de": 512, "en": 1148, "es": 500, "hi": 507, "vi": 511, "zh": 504},
    "zh": {"ar": 188, "de": 190, "en": 504, "es": 161, "hi": 189, "vi": 184, "zh": 504},
}


@pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name, counts in PUBLISHED.items() for language in counts]
)
def test_the_published_counts(lareqa, name, language):
    counts = read_json(lareqa(name) / "counts.json")["languages"][language]
    assert (counts["candidates"], counts["queries"]) == PUBLISHED[name][language]
    entry = known_benchmarks()[name]["files"][language]
    assert (entry["candidates"], entry["queries"]) == PUBLISHED[name][language]


def test_the_pools_and_the_answerable_pairs(lareqa):
    assert pq.read_table(lareqa("xquad-r") / "candidates.parquet").num_rows == 13_014
    assert pq.read_table(lareqa("mlqa-r") / "candidates.parquet").num_rows == 20_534
    pairs = read_json(lareqa("mlqa-r") / "counts.json")["pairs"]
    for language, expected in MLQA_PAIRS.items():
        assert pairs[language] == expected
    assert {n for row in read_json(lareqa("xquad-r") / "counts.json")["pairs"].values() for n in row.values()} == {1190}


def test_relevant_sentences_hold_the_answer_at_its_offset_end_exclusive(lareqa, mirror):
    relevant = {
        (r["query_id"], r["language"]): r["candidate_id"]
        for r in pq.read_table(lareqa("xquad-r") / "qrels.parquet").to_pylist()
    }
    moved_by_an_inclusive_end = 0
    for language in ("zh", "hi", "en"):
        number = -1
        for article in json.loads((mirror / f"xquad-r/{language}.json").read_text())["data"]:
            for paragraph in article["paragraphs"]:
                number += 1
                for qa in paragraph["qas"]:
                    start = qa["answers"][0]["answer_start"]
                    position = int(relevant[qa["id"], language].split("_")[2])
                    assert relevant[qa["id"], language] == f"{language}_{number}_{position}"
                    begin, end = paragraph["sentence_breaks"][position]
                    assert begin <= start < end
                    moved_by_an_inclusive_end += any(
                        b <= start <= e for b, e in paragraph["sentence_breaks"][:position]
                    )
    assert moved_by_an_inclusive_end == 29 + 1 + 0  # zh, hi, en: the known fault of other implementations


def test_candidates_are_not_deduplicated_and_ids_are_unique(lareqa):
    table = pq.read_table(lareqa("xquad-r") / "candidates.parquet")
    assert len(set(table["candidate_id"].to_pylist())) == table.num_rows
    chinese = [row["text"] for row in table.to_pylist() if row["language"] == "zh"]
    assert (len(chinese), len(set(chinese))) == (1196, 1192)


def test_context_follows_the_sentence_after_a_space(lareqa, mirror):
    plain = pq.read_table(lareqa("xquad-r") / "candidates.parquet").to_pylist()
    wide = pq.read_table(lareqa("xquad-r", "sentence+context") / "candidates.parquet").to_pylist()
    paragraph = json.loads((mirror / "xquad-r/ar.json").read_text())["data"][0]["paragraphs"][0]
    for short, long in zip(plain[: len(paragraph["sentence_breaks"])], wide, strict=False):
        assert long["text"] == short["text"] + " " + paragraph["context"]
        assert long["passage"] == short["text"]


def test_other_counts_than_the_published_ones_are_an_error(mirror, tmp_path):
    with pytest.raises(BenchmarkError, match=r"1180 candidates and 1190 queries, but 7 and 1190 are published"):
        build_benchmark(
            name="x",
            kind="lareqa",
            files={"en": {"file": [mirror / "xquad-r/en.json"]}},
            candidate_text="sentence",
            licence="x",
            expected={"en": (7, 1190)},
            out=tmp_path,
        )


def lareqa_file(**changes):
    qa = {"id": "q1", "question": "Who?", "answers": [{"text": "Ada", "answer_start": 0}]}
    paragraph = {"context": "Ada. Bob.", "sentence_breaks": [[0, 4], [5, 9]], "qas": [{**qa, **changes}]}
    return {"data": [{"paragraphs": [paragraph]}]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b'{"data": [\n', "line 2: not JSON"),
        (b'{"a": 1}', "no 'data' at the top"),
        (b'{"data":\n"\xff"}', "line 2: not UTF-8"),
        (lareqa_file(answers=[{"text": "x", "answer_start": 9}]), "question 'q1': the answer offset 9 is outside"),
        (
            lareqa_file(answers=[{"text": "x", "answer_start": 4}]),
            "question 'q1': the answer offset 4 is in no sentence",
        ),
        (lareqa_file(answers=[]), "question 'q1': no answer"),
        (
            {"data": lareqa_file()["data"] * 2},
            "article 1, paragraph 0: duplicate question id 'q1', .* article 0, paragraph 0:",
        ),
        ({"data": [{"paragraphs": [{"context": "A", "qas": []}]}]}, "no 'sentence_breaks'"),
    ],
)
def test_bad_lareqa_files_are_one_clear_error(tmp_path, content, message):
    path = tmp_path / "en.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(BenchmarkError, match=message):
        build_benchmark(
            name="x",
            kind="lareqa",
            files={"en": {"file": [path]}},
            candidate_text="sentence",
            licence="x",
            expected=None,
            out=tmp_path / "out",
        )


ONE = '{"_id": "s1", "text": "a"}\n'
TWO = '{"_id": "s2", "text": "a"}\n'


@pytest.fixture
def beir(tmp_path):
    """Return a function that writes a small parallel BEIR folder, with changes, and builds it."""

    def build(**changes):
        files = {
            "en/corpus.jsonl": '{"_id": "s1", "title": "", "text": "One."}\n{"_id": "s2", "title": "", "text": "Two."}\n',
            "en/queries.jsonl": '{"_id": "q1", "text": "1?"}\n{"_id": "q2", "text": "2?"}\n',
            "de/corpus.jsonl": '{"_id": "s1", "title": "", "text": "Eins."}\n{"_id": "s2", "title": "", "text": "Zwei."}\n',
            "de/queries.jsonl": '{"_id": "q1", "text": "1 de?"}\n{"_id": "q2", "text": "2 de?"}\n',
            "qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\t1\nq2\ts2\t1\nq1\ts2\t0\n",
        }
        for name, content in {**files, **changes}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        build_benchmark(
            name="x",
            kind="beir",
            files={
                **{
                    tag: {role: [tmp_path / f"{tag}/{role}.jsonl"] for role in ("corpus", "queries")}
                    for tag in ("en", "de")
                },
                "all": {"qrels": [tmp_path / "qrels.tsv"]},
            },
            candidate_text="sentence",
            licence="x",
            expected=None,
            out=tmp_path / "out",
        )
        return tmp_path / "out"

    return build


def test_a_parallel_beir_folder(beir):
    out = beir()
    assert [row["text"] for row in pq.read_table(out / "candidates.parquet").to_pylist()] == [
        "One.",
        "Two.",
        "Eins.",
        "Zwei.",
    ]
    assert pq.read_table(out / "qrels.parquet").to_pylist() == [
        {"query_id": "q1", "language": "en", "candidate_id": "en_s1", "relevance": 1},
        {"query_id": "q2", "language": "en", "candidate_id": "en_s2", "relevance": 1},
        {"query_id": "q1", "language": "de", "candidate_id": "de_s1", "relevance": 1},
        {"query_id": "q2", "language": "de", "candidate_id": "de_s2", "relevance": 1},
    ]
    assert read_json(out / "counts.json")["pairs"] == {"en": {"en": 2, "de": 2}, "de": {"en": 2, "de": 2}}


def test_a_title_goes_before_its_text(beir):
    # BEIR's retrieval models read title + " " + text (arXiv:2104.08663, its reference implementation)
    out = beir(**{"en/corpus.jsonl": '{"_id": "s1", "title": "T", "text": "a"}\n{"_id": "s2", "text": "b"}\n'})
    texts = [row["text"] for row in pq.read_table(out / "candidates.parquet").to_pylist()]
    assert texts[:2] == ["T a", "b"]


@pytest.mark.parametrize(
    "changes",
    [
        {"en/queries.jsonl": '{"_id": "q1", "text": "other?"}\n{"_id": "q2", "text": "2?"}\n'},
        {"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts2\t1\nq2\ts1\t1\n"},
        {"de/corpus.jsonl": '{"_id": "s1", "text": "Eins!"}\n{"_id": "s2", "text": "Zwei."}\n'},
    ],
)
def test_the_counts_change_with_every_table_because_other_stages_depend_on_them_alone(beir, changes):
    out = beir()
    before = (out / "counts.json").read_bytes()
    # The sources alone would not tell of a change of the code that reads them.
    tables = [f"{table}.parquet" for table in ("candidates", "queries", "qrels")]
    assert read_json(out / "counts.json")["files"] == {table: sha256_of(out / table) for table in tables}
    assert (beir() / "counts.json").read_bytes() == before
    assert (beir(**changes) / "counts.json").read_bytes() != before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"en/corpus.jsonl": '{"_id": "s1", "text": "a \\ud83d"}\n'}, r"corpus\.jsonl, line 1.* half a character"),
        ({"en/corpus.jsonl": ""}, r"corpus\.jsonl: the file is empty"),
        ({"en/corpus.jsonl": '{"_id": "s1"}\n'}, r"corpus\.jsonl, line 1: not a BEIR row"),
        ({"de/queries.jsonl": '{"_id": "q1", "text": "a"}\n{"_id"\n'}, r"queries\.jsonl, line 2: not JSON"),
        (
            {"de/queries.jsonl": '{"_id": "q1", "text": " "}\n'},
            r"queries\.jsonl, line 1: the query 'q1' has no text: .* 'empty: drop'",
        ),
        (
            {"en/corpus.jsonl": ONE + TWO + ONE.replace("a", "b")},
            r"'en_s1' among .* different texts: .*corpus\.jsonl, line 1 and .*corpus\.jsonl, line 3: give each",
        ),
        ({"qrels.tsv": "q1\ts1\t1\n"}, "line 1: expected query-id, corpus-id, score between tabs"),
        ({"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts9\t1\n"}, "line 2: the candidate 's9' is not in"),
        (
            {"qrels.tsv": "query-id\tcorpus-id\tscore\nq9\ts1\t1\n"},
            "line 2: the query 'q9' is not in .*/en: .* 'qrels: by-language'",
        ),
        (
            {"de/queries.jsonl": '{"_id": "q1", "text": "a"}\n{"_id": "q1", "text": "b"}\n'},
            r"queries\.jsonl, line 2: duplicate query 'q1', .*queries\.jsonl, line 1: give each",
        ),
        (
            {"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\t1\nq1\ts1\t2\n"},
            "line 3: .* are judged twice: 2 here, 1 in .*line 2",
        ),
        (
            {"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\t0\n"},
            "0 queries: nothing to search; dropped: 2 queries without a relevant",
        ),
        (
            {"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\n"},
            "line 2: not query-id, corpus-id and a score between tabs",
        ),
        ({"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\t0.5\n"}, "line 2: the score '0.5' is not a whole number"),
        ({"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\thigh\n"}, "line 2: the score 'high' is not a whole number"),
        ({"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\t1_0\n"}, "line 2: the score '1_0' is not a whole number"),
    ],
)
def test_bad_beir_folders_are_one_clear_error(beir, changes, message):
    with pytest.raises(BenchmarkError, match=message):
        beir(**changes)


def test_blank_lines_and_decimal_points_of_judgements_change_nothing(beir):
    plain = beir(**{"qrels.tsv": "query-id\tcorpus-id\tscore\nq1\ts1\t2\n"})
    expected = pq.read_table(plain / "qrels.parquet")
    assert set(expected["relevance"].to_pylist()) == {2}
    other = beir(**{"qrels.tsv": "query-id\tcorpus-id\tscore\n\nq1\ts1\t2.0\n\n"})
    assert pq.read_table(other / "qrels.parquet").equals(expected)
