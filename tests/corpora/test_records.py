"""JSONL, CSV, TSV and Parquet as they come, and as they should not."""

import csv

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import CorpusError, read_corpus
from equilingual.files import read_json

GOOD = [
    {"pair_id": "a", "passage_id": "d1", "question": "Who?", "passage": "Ada."},
    {"pair_id": "b", "passage_id": "d1", "question": "What's <script>?", "passage": " مرحبا\u2028x "},
]


@pytest.fixture
def read(tmp_path):
    def run(path, file_format="jsonl", **changes):
        arguments = {
            "corpus": "c",
            "file_format": file_format,
            "files": {"file": [path]},
            "language": "en",
            "origin": "human",
            "licence": "CC0-1.0",
            "languages": ["en"],
            "pairs_out": tmp_path / "out.parquet",
            "counts_out": tmp_path / "counts.json",
        }
        read_corpus(**{**arguments, **changes})
        return pq.read_table(tmp_path / "out.parquet").to_pylist(), read_json(tmp_path / "counts.json")

    return run


def test_jsonl_keeps_every_pair_in_order_with_its_texts(read, write_lines):
    rows, counts = read(write_lines(GOOD))
    assert [(r["pair_id"], r["passage_id"], r["question"], r["passage"]) for r in rows] == [
        ("a", "d1", "Who?", "Ada."),
        ("b", "d1", "What's <script>?", "مرحبا\u2028x"),
    ]
    assert {(r["language"], r["origin"]) for r in rows} == {("en", "human")}
    assert counts["languages"]["en"] == {"questions": 2, "kept": 2, "dropped": {}, "origin": "human"}


def test_csv_and_parquet_say_the_same(read, write_lines, tmp_path):
    expected, _ = read(write_lines(GOOD))
    with open(tmp_path / "pairs.csv", "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, GOOD[0])
        writer.writeheader()
        writer.writerows(GOOD)
    pq.write_table(pa.Table.from_pylist(GOOD), tmp_path / "pairs.parquet")
    assert read(tmp_path / "pairs.csv", "csv")[0] == expected
    assert read(tmp_path / "pairs.parquet", "parquet")[0] == expected


def test_a_tsv_file_has_columns_by_name_and_no_quotes(read, write_lines, tmp_path):
    quoted = [{**row, "question": f'"{row["question"]} "Yes, "'} for row in GOOD]
    expected, _ = read(write_lines(quoted))
    lines = ["\t".join(row) for row in [reversed(GOOD[0]), *(reversed(row.values()) for row in quoted)]]
    (tmp_path / "pairs.tsv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")
    assert read(tmp_path / "pairs.tsv", "tsv")[0] == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("question\tpassage\nq\tp\nq\n", r"pairs\.tsv, line 3: 2 columns expected"),
        ("question\tpassage\nq\tp\tx\n", r"line 2: 2 columns expected"),
        ("question,passage\nq,p\n", r"line 1: one column, 'question,passage': separate the columns by tabs"),
        ("question\tpassage\nq\rr\tp\n", r"line 2: not TSV: "),
        ("12\tWhat?\n13\tWho?\n", r"line 2: a QA pair without a question \(columns here: 12, What\?\)"),
    ],
)
def test_bad_tsv_names_the_place(read, tmp_path, content, message):
    (tmp_path / "pairs.tsv").write_text(content, newline="")
    with pytest.raises(CorpusError, match=message):
        read(tmp_path / "pairs.tsv", "tsv")


def test_ids_are_made_where_a_corpus_of_one_language_has_none(read, write_lines):
    rows, _ = read(write_lines([{"question": f"q{n}?", "passage": "same" if n < 2 else "other"} for n in range(3)]))
    assert [row["pair_id"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["passage_id"] == rows[1]["passage_id"] != rows[2]["passage_id"]


def test_a_text_of_100_000_characters_is_kept_whole(read, tmp_path):
    text = "a\u0301 " * 33_334
    with open(tmp_path / "pairs.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("question", "passage"), ("q?", text), ("r?", "short")])
    rows, _ = read(tmp_path / "pairs.csv", "csv")
    assert rows[0]["passage"] == text.strip()
    assert len(rows[0]["passage"]) > 100_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"pairs\.jsonl: the file is empty"),
        (b"\n\n", r"no QA pair"),
        (b'{"question": "q", "passage": "p"}\n{"question": \n', r"line 2: not JSON .* at column 14"),
        (b'{"question": "\x01"}\n', r"line 1: not JSON \(Invalid control character at column 15\)"),
        (b'{"question": "q", "passage": "p"}\n["q", "p"]\n', r"line 2: not a JSON object"),
        (b'{"question": "q", "passage": "p"}\n{"question": "\xff"}\n', r"line 2: not UTF-8 \(byte b'\\xff'"),
        (b'{"question": "q"}\n', r"line 1: a QA pair without a passage \(columns here: question\)"),
        (b'{"question": "q", "passage": "  "}\n', r"line 1: a QA pair without a passage: it is empty"),
        (b'{"question": 7, "passage": "p"}\n', r"line 1: question is 7, not a text"),
        (
            b'{"pair_id": "x", "question": "q", "passage": "p"}\n' * 2,
            r"line 2: pair_id 'x' stands in line 1 already",
        ),
        (b'{"question": "q \\ud83d", "passage": "p"}\n', r"line 1: question: .* half a character"),
    ],
)
def test_bad_jsonl_is_one_clear_error(read, tmp_path, content, message):
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read(path)
    assert not (tmp_path / "out.parquet").exists()


def test_a_parallel_corpus_needs_ids(read, write_lines):
    path = write_lines([{"question": "q", "passage": "p"}])
    with pytest.raises(CorpusError, match="line 1: no pair_id"):
        read(path, languages=["en", "de"])


def test_bad_csv_and_parquet_name_the_place(read, tmp_path):
    (tmp_path / "pairs.csv").write_text("question,passage\nq,p\nq\n")
    with pytest.raises(CorpusError, match=r"pairs\.csv, line 3: 2 columns expected"):
        read(tmp_path / "pairs.csv", "csv")
    (tmp_path / "pairs.csv").write_text("question,passage,passage\nq,p,r\n")
    with pytest.raises(CorpusError, match=r"line 1: the column 'passage' stands twice"):
        read(tmp_path / "pairs.csv", "csv")
    (tmp_path / "pairs.csv").write_text('question,passage\nq,p\nq,"p"p\n')
    with pytest.raises(CorpusError, match=r"line 3: not CSV: "):
        read(tmp_path / "pairs.csv", "csv")
    (tmp_path / "pairs.csv").write_text("question;passage\nq;p\n")
    with pytest.raises(CorpusError, match=r"line 1: one column, 'question;passage': separate the columns by commas"):
        read(tmp_path / "pairs.csv", "csv")
    (tmp_path / "pairs.parquet").write_text("nothing")
    with pytest.raises(CorpusError, match=r"pairs\.parquet: not a Parquet file"):
        read(tmp_path / "pairs.parquet", "parquet")
