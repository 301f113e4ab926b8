"""JSONL, CSV, TSV and Parquet as they come, and as they should not."""

import csv
import datetime
import json
import os
import random
import subprocess
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import CorpusError, read_corpus
from equilingual.files import read_json
from equilingual.parquet import write_parquet

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


def test_a_tsv_file_that_quotes_as_csv_does_is_read_so(read, tmp_path):
    texts = ['He said "hi"?', "plain", '"', '"All of it"', 'a "" b', "O'Hara", '["a", "b"]', '5"', '"a" or "b"']
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):  # pandas's to_csv(sep="\t"), and R's write.table
        with open(tmp_path / "pairs.tsv", "w", newline="", encoding="utf-8") as file:
            rows = [("question", "passage"), *((text, f"p {text}") for text in texts)]
            csv.writer(file, delimiter="\t", quoting=quoting).writerows(rows)
        rows, _ = read(tmp_path / "pairs.tsv", "tsv")
        assert [(row["question"], row["passage"]) for row in rows] == [(text, f"p {text}") for text in texts]


def test_a_tsv_file_without_quoting_keeps_its_quotes(read, tmp_path):
    """Those around a whole text aside, if it has no other: they cannot be told from quoting."""
    texts = ['"Yes," she said', '"', 'say "hi"', '"a" or "b"', '""twice""', '5"', 'a "" b', '"a """ b"', '"open']
    lines = ["question\tpassage", *(f"{text}\tp" for text in texts)]
    (tmp_path / "pairs.tsv").write_text("\n".join(lines), encoding="utf-8")
    assert [row["question"] for row in read(tmp_path / "pairs.tsv", "tsv")[0]] == texts


@pytest.mark.parametrize("lines", [['"a', 'b"\tp'], ['a?\t"p', 'q"'], ['"a\tb"\tp']])
def test_a_line_break_or_tab_in_a_quoted_tsv_text_is_refused(read, tmp_path, lines):
    (tmp_path / "pairs.tsv").write_text("\n".join(["question\tpassage", *lines]), encoding="utf-8")
    with pytest.raises(
        CorpusError, match=r"pairs\.tsv, line \d: 2 columns expected, .*; line breaks and tabs inside quotes"
    ):
        read(tmp_path / "pairs.tsv", "tsv")


def test_a_tsv_file_has_columns_by_name_and_bare_quotes(read, write_lines, tmp_path):
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
        ("question\tpassage\nq\rr\tp\n", r"line 2: not TSV: a carriage return without a line feed: save"),
        ("12\tWhat?\n13\tWho?\n", r"line 1: no column 'question' \(columns here: '12', 'What\?'\): the first"),
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
        (
            b'{"question": "q"}\n',
            r"line 1: a QA pair without a passage: no column 'passage' \(columns here: 'question'\)",
        ),
        (b'{"question": "q", "passage": "  "}\n', r"line 1: a QA pair without a passage: it is empty"),
        (b'{"question": 7, "passage": "p"}\n', r"line 1: question is 7, not a string"),
        (
            b'{"pair_id": "x", "question": "q", "passage": "p"}\n' * 2,
            r"line 2: pair_id 'x' is already used in line 1",
        ),
        (b'{"question": "q \\ud83d", "passage": "p"}\n', r"line 1: question: .* half a character"),
        (b'[\n{"question": "q"}]', r"line 1: not JSON .*; for one array set the format json"),
        (b"[" * 200_000, r"line 1: JSON that cannot be read \(brackets are nested too deeply"),
        (b'{"pair_id": ' + b"1" * 5000 + b"}", r"line 1: JSON that cannot be read \(a number has too many digits"),
        (b"PK\x03\x04", r"pairs\.jsonl: a zip file: unpack it"),
        (b"PAR1", r"pairs\.jsonl: a Parquet file: set the format parquet"),
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


@pytest.mark.parametrize("place", [0.1, 0.3, 0.5, 0.7, 0.9])  # pages, their headers, the footer
def test_a_table_of_ours_that_was_copied_badly_is_refused(read, tmp_path, place):
    """Any bit of it; without the checksum of the whole, one in the footer may give other pairs."""
    write_parquet(pa.Table.from_pylist(GOOD), tmp_path / "pairs.parquet")
    assert len(read(tmp_path / "pairs.parquet", "parquet")[0]) == 2
    content = bytearray((tmp_path / "pairs.parquet").read_bytes())
    content[int(place * (len(content) - 40))] ^= 4  # the last 32 bytes are the checksum and the Parquet tail
    (tmp_path / "pairs.parquet").write_bytes(content)
    with pytest.raises(CorpusError, match=r"pairs\.parquet: its checksum differs: copy the file again"):
        read(tmp_path / "pairs.parquet", "parquet")


def test_bad_csv_and_parquet_name_the_place(read, tmp_path):
    (tmp_path / "pairs.csv").write_text("question,passage\nq,p\nq\n")
    with pytest.raises(CorpusError, match=r"pairs\.csv, line 3: 2 columns expected"):
        read(tmp_path / "pairs.csv", "csv")
    (tmp_path / "pairs.csv").write_text("question,passage,passage\nq,p,r\n")
    with pytest.raises(CorpusError, match=r"line 1: duplicate column 'passage'"):
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


@pytest.mark.parametrize("file_format", ["jsonl", "json", "csv", "tsv", "parquet", "squad"])
def test_what_is_no_file_is_one_clear_error(read, tmp_path, file_format):
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    for name, message in (("folder", "a folder, not a file"), ("none", "there is no such file"), ("empty", "is empty")):
        with pytest.raises(CorpusError, match=f"{name}: .*{message}"):
            read(tmp_path / name, file_format)


def test_a_damaged_parquet_file_names_the_place(read, tmp_path):
    path = tmp_path / "pairs.parquet"
    texts = [f"{number * 7919} is a text" for number in range(3000)]
    pq.write_table(pa.table({"question": texts, "passage": texts}), path, compression="snappy", row_group_size=1500)
    content = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(1).column(0).dictionary_page_offset
    content[start + 100 : start + 9000] = bytes(8900)
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"pairs\.parquet, after row \d+: the file is damaged"):
        read(path, "parquet")


def test_a_parquet_text_that_is_not_utf8_names_its_row(read, tmp_path):
    texts = pa.array([b"good"] * 2000 + [b"\xff"]).cast(pa.string(), safe=False)
    pq.write_table(pa.table({"question": texts, "passage": texts}), tmp_path / "pairs.parquet")
    with pytest.raises(CorpusError, match=r"row 2001: not UTF-8 \(byte b'\\xff'\)"):
        read(tmp_path / "pairs.parquet", "parquet")


def test_a_parquet_column_that_stands_twice_is_refused(read, tmp_path):
    table = pa.table([pa.array(["q"])] * 3, names=["question", "passage", "passage"])
    pq.write_table(table, tmp_path / "pairs.parquet")
    with pytest.raises(CorpusError, match="duplicate column 'passage'"):
        read(tmp_path / "pairs.parquet", "parquet")


def test_memory_does_not_grow_with_a_parquet_row_group(tmp_path, root):
    """All of 250 MB is one row group, as small data sets of the Hub have it."""
    texts = [random.Random(number).randbytes(2500).hex() for number in range(50_000)]
    pq.write_table(pa.table({"question": texts}), tmp_path / "a.parquet", compression="none", use_dictionary=False)
    program = (
        "import sys; from equilingual.corpora.records import read_rows\n"
        "assert sum(1 for _ in read_rows([sys.argv[1]])) == 50_000\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    command = [sys.executable, "-c", program, tmp_path / "a.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) / 1024 < 200, done.stdout


def ids(read, path, kind, **changes):
    return [row["pair_id"] for row in read(path, kind, **changes)[0]]


def test_a_whole_number_is_the_same_id_in_every_format(read, write_lines, tmp_path):
    """pandas writes 1.0 where a column has gaps."""
    texts = {"question": ["q?", "r?", "s?"], "passage": ["p", "q", "r"]}
    languages = {"languages": ["en", "de"]}
    for column in (
        [1, 20, 3],
        [1.0, 20.0, 3.0],
        ["1", "20.0", "3"],
        [Decimal("1.00"), Decimal("20.00"), Decimal("3.00")],
    ):
        pq.write_table(pa.table({"pair_id": column, **texts}), tmp_path / "a.parquet")
        assert ids(read, tmp_path / "a.parquet", "parquet", **languages) == ["1", "20", "3"]
    for sign, kind in ((",", "csv"), ("\t", "tsv")):
        (tmp_path / "a").write_text(
            "\n".join(
                sign.join(row) for row in [("pair_id", "question", "passage"), ("1.0", "q?", "p"), ("20.0", "r?", "p")]
            )
        )
        assert ids(read, tmp_path / "a", kind, **languages) == ["1", "20"]
    rows = [
        {"pair_id": value, "question": f"q{n}?", "passage": "p"} for n, value in enumerate([1, 20.0, "3.0", "1.10"])
    ]
    assert ids(read, write_lines(rows), "jsonl", **languages) == ["1", "20", "3", "1.10"]


def test_an_id_and_its_float_are_one_id_and_may_not_both_stand_in_a_file(read, write_lines):
    rows = [{"pair_id": value, "question": f"q{n}?", "passage": "p"} for n, value in enumerate([7, 8, 7.0])]
    with pytest.raises(CorpusError, match=r"line 3: pair_id '7' is already used in line 1"):
        read(write_lines(rows))


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([datetime.date(2020, 1, 2)], r"row 1: pair_id is datetime\.date\(2020, 1, 2\), not a string or a number"),
        ([b"1"], "row 1: pair_id is b'1', not a string or a number"),
        ([True], "row 1: pair_id is True, not a string or a number"),
        ([["1"]], r"row 1: pair_id is \['1'\], not a string or a number"),
        ([1e300], r"row 1: pair_id is 1e\+300, a float too large to be exact"),
        ([float("nan")], "row 1: no pair_id: a corpus in several languages"),
        ([None], r"row 1: no pair_id \('pair_id' is null\): a corpus in several languages"),
    ],
)
def test_an_id_of_another_type_is_refused_with_its_value(read, tmp_path, column, message):
    pq.write_table(pa.table({"pair_id": column, "question": ["q?"], "passage": ["p"]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=message):
        read(tmp_path / "a.parquet", "parquet", languages=["en", "de"])


def test_a_parquet_text_longer_than_the_limit_names_its_row(read, tmp_path):
    texts = ["short"] * 1500 + ["x" * (1 << 20), "y" * ((1 << 20) + 1)]
    pq.write_table(pa.table({"question": texts, "passage": texts}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"row 1502: longer than 1 MB"):
        read(tmp_path / "a.parquet", "parquet", max_entry_mb=1)
    assert len(read(tmp_path / "a.parquet", "parquet", max_entry_mb=2)[0]) == 1502
    nested = [{"text": text, "title": "t"} for text in texts]
    pq.write_table(pa.table({"question": ["q?"] * 1502, "passage": [[one] for one in nested]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"row 1502: longer than 1 MB"):
        read(tmp_path / "a.parquet", "parquet", max_entry_mb=1)


def test_a_parquet_date_that_python_has_not_names_its_row(read, tmp_path):
    days = pa.array([1, 2**31 - 1], pa.int32()).view(pa.date32())
    pq.write_table(pa.table({"pair_id": days, "question": ["a", "b"], "passage": ["p", "q"]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=r"row 2: a value that cannot be read: "):
        read(tmp_path / "a.parquet", "parquet")


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_tables_that_were_put_together_are_refused_at_the_second_first_line(read, tmp_path, kind):
    sign = "," if kind == "csv" else "\t"
    part = f"question{sign}passage\nq?{sign}p\n".encode("utf-8-sig")
    (tmp_path / "a").write_bytes(part * 2)  # cat leaves the second's byte order mark in the middle
    with pytest.raises(CorpusError, match=r"line 3: the header line again: .* as 'parts'"):
        read(tmp_path / "a", kind)


def test_rows_that_were_put_together_with_byte_order_marks_are_read(read, tmp_path):
    rows = [json.dumps({"question": name, "passage": "p"}) for name in "ab"]
    (tmp_path / "a.jsonl").write_text("".join(f"\ufeff{row}\r\n" for row in rows), encoding="utf-8", newline="")
    assert [row["question"] for row in read(tmp_path / "a.jsonl")[0]] == ["a", "b"]
    (tmp_path / "a.jsonl").write_text("\ufeff".join(rows), encoding="utf-8")  # no line break at the first's end
    with pytest.raises(CorpusError, match=r"line 1: not JSON \(Extra data .*files were joined without a line break"):
        read(tmp_path / "a.jsonl")
    (tmp_path / "a.csv").write_bytes(b'\xef\xbb\xbf"question","passage"\n\xef\xbb\xbf"a, b","p"\n')
    assert read(tmp_path / "a.csv", "csv")[0][0]["question"] == "a, b"


def test_a_row_that_never_ends_says_where_it_begins(read, tmp_path):
    (tmp_path / "a.csv").write_text('question,passage\nq?,p\n"r?,p\n' + "s?,p\n" * 100)
    with pytest.raises(CorpusError, match=r"line 103: not CSV: .*\(the row begins in line 3\)"):
        read(tmp_path / "a.csv", "csv")


def test_names_from_a_file_cannot_steer_the_terminal(read, tmp_path):
    row = {"\x1b[2J\x1b]0;pwned\x07 x": "a", "line\nINFO all is well": 1, "\u202e": 2}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    with pytest.raises(CorpusError) as error:
        read(tmp_path / "a.jsonl")
    assert str(error.value).isprintable()
    assert r"'\x1b[2J\x1b]0;pwned\x07 x', 'line\nINFO all is well', '\u202e'" in str(error.value)
    many = {f"column {n} " + "x" * 1000: n for n in range(1000)}
    (tmp_path / "a.jsonl").write_text(json.dumps(many))
    with pytest.raises(CorpusError) as error:
        read(tmp_path / "a.jsonl")
    assert len(str(error.value)) < 3000
    assert "… and 970 more" in str(error.value)


def test_a_first_line_of_very_many_names_is_refused_at_once(read, tmp_path):
    (tmp_path / "a.csv").write_text(",".join(f"c{n}" for n in range(200_000)) + "\n")
    with pytest.raises(CorpusError, match=r"no column 'question' \(columns here: 'c0', .* … and 199970 more\)"):
        read(tmp_path / "a.csv", "csv")
