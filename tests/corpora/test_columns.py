"""Columns by name, rows by value, and the formats of one file: several passages, objects, hard negatives."""

import csv
import gzip
import json
import time
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import NEGATIVES_FIELD, PAIR_SCHEMA, CorpusError, arrays
from equilingual.corpora.records import read_rows

WIKIQA = [
    {"question_id": "Q1", "question": "how tall is it?", "answer": "It is tall.", "label": 0},
    {"question_id": "Q1", "question": "how tall is it?", "answer": "It is 5 m tall.", "label": 1},
    {"question_id": "Q2", "question": "who?", "answer": "She.", "label": 1},
]
COLUMNS = {"question": "question", "passage": "answer"}


def pairs(rows):
    return [(row["pair_id"], row["question"], row["passage"]) for row in rows]


def test_columns_and_rows_are_chosen_by_configuration(read, tmp_path):
    pq.write_table(pa.Table.from_pylist(WIKIQA), tmp_path / "train.parquet")
    rows, counts = read("parquet", files={"file": tmp_path / "train.parquet"}, columns=COLUMNS, where={"label": 1})
    assert pairs(rows) == [("1", "how tall is it?", "It is 5 m tall."), ("2", "who?", "She.")]
    assert counts["questions"] == 3
    assert counts["dropped"] == {"label is not 1": 1}


def test_csv_compares_as_it_writes(read, write_text):
    path = write_text("a.csv", "q,p,label,ok", "a?,A.,1,True", "b?,B.,0,true", "c?,C.,1,false")
    options = {"files": {"file": path}, "columns": {"question": "q", "passage": "p"}}
    assert pairs(read("csv", **options, where={"label": 1})[0]) == [("0", "a?", "A."), ("2", "c?", "C.")]
    assert pairs(read("csv", **options, where={"ok": True})[0]) == [("0", "a?", "A."), ("1", "b?", "B.")]
    with pytest.raises(CorpusError, match=r"no QA pair \(label is not 7: 3\)"):
        read("csv", **options, where={"label": 7})


def test_numbers_are_compared_as_numbers_and_texts_as_texts(read, write_text, write_lines, tmp_path):
    """pandas writes whole numbers with a point where the column has gaps."""
    cells = ["1", "1.0", " 1.00 ", "1e0", "01", "2", "", "one", "1x", "True"]
    path = write_text("a.csv", "question,passage,label", *(f"q{n}?,p,{cell}" for n, cell in enumerate(cells)))

    def chosen(path, file_format, wanted):
        return [row["question"] for row in read(file_format, files={"file": path}, where={"label": wanted})[0]]

    for wanted in (1, 1.0):
        assert chosen(path, "csv", wanted) == ["q0?", "q1?", "q2?", "q3?", "q4?"]
    assert chosen(path, "csv", "1.0") == ["q1?"]
    assert chosen(path, "csv", True) == ["q9?"]
    labels = [1, 1.0, "1", "1.0", None, True, "None", "12345678901234567"]
    path = write_lines([{"question": f"q{n}?", "passage": "p", "label": label} for n, label in enumerate(labels)])
    assert chosen(path, "jsonl", 1) == ["q0?", "q1?", "q2?", "q3?"]
    assert chosen(path, "jsonl", "1") == ["q0?", "q1?", "q2?"]
    assert chosen(path, "jsonl", "None") == ["q6?"]  # and no null
    with pytest.raises(CorpusError, match=r"no QA pair \(label is not 12345678901234568: 8\)"):
        chosen(path, "jsonl", 12345678901234568)
    labels = pa.array([Decimal("1.00"), None, Decimal("1.50")])
    table = pa.table({"question": ["q0?", "q1?", "q2?"], "passage": ["p"] * 3, "label": labels})
    pq.write_table(table, tmp_path / "a.parquet")
    assert chosen(tmp_path / "a.parquet", "parquet", 1) == ["q0?"]


@pytest.mark.parametrize("name", ["lable", "label.value"])
def test_a_value_that_no_row_has_is_said_with_the_columns_that_there_are(read, write_lines, write_text, tmp_path, name):
    where = {"label": 1, name: 1}
    here = r"\(columns here: 'question_id', 'question', 'answer', 'label'\)"
    for rows in (WIKIQA, WIKIQA[:1]):  # none has a label of 1, so that the second value is looked for in none
        with pytest.raises(CorpusError, match=rf"pairs\.jsonl: no row has a '{name}': no column '{name}' .*{here}"):
            read("jsonl", files={"file": write_lines(rows)}, columns=COLUMNS, where=where)
    pq.write_table(pa.Table.from_pylist(WIKIQA), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=rf"a\.parquet: no row has a '{name}'"):
        read("parquet", files={"file": tmp_path / "a.parquet"}, columns=COLUMNS, where=where)
    path = write_text("a.csv", "question,answer,label", "a?,A.,1")
    with pytest.raises(
        CorpusError, match=rf"a\.csv, line 1: no column '{name}' .*\(columns here: 'question', 'answer', 'label'"
    ):
        read("csv", files={"file": path}, columns=COLUMNS, where=where)
    mixed = [{"question": "q?", "passage": "p"}, {"question": "r?", "passage": "p", name: 1}]
    assert pairs(read("jsonl", files={"file": write_lines(mixed)}, where={name: 1})[0]) == [("1", "r?", "p")]
    nested = [{"question": "q?", "passage": "p", "label": {"value": 1}}]
    assert len(read("jsonl", files={"file": write_lines(nested)}, where={"label.value": 1})[0]) == 1


def test_a_missing_column_names_those_of_the_file(read, tmp_path):
    pq.write_table(pa.Table.from_pylist(WIKIQA), tmp_path / "train.parquet")
    with pytest.raises(
        CorpusError,
        match=r"row 1: .* without a passage: no column 'passage' \(columns here: 'question_id', .*'answer', 'label'",
    ):
        read("parquet", files={"file": tmp_path / "train.parquet"})


def test_names_go_into_a_row(read, write_lines):
    row = {
        "id": 7,
        "q": {"text": "who?"},
        "answers": {"text": ["Ada.", "Ann."]},
        "documents": [{"n": "d1"}, {"n": "d2"}],
    }
    columns = {"pair_id": "id", "question": "q.text", "passage": "answers.text", "passage_id": "documents.n"}
    rows, _ = read("jsonl", files={"file": write_lines([row])}, columns=columns)
    assert pairs(rows) == [("7-d1", "who?", "Ada."), ("7-d2", "who?", "Ann.")]
    assert [row["passage_id"] for row in rows] == ["d1", "d2"]


def test_a_row_with_one_title_gives_it_to_all_its_passages(read, write_lines):
    rows = [
        {"question": "who?", "title": "Ada", "passage": ["She.", "Her."]},
        {"question": "what?", "title": ["One", "Two"], "passage": ["it.", "that."], "passage_id": [8, 9]},
        {"question": "when?", "title": "Then", "passage": [], "passage_id": "7"},
    ]
    read_rows, _ = read("jsonl", files={"file": write_lines(rows)}, columns={"title": "title"})
    assert [row["passage"] for row in read_rows] == ["Ada She.", "Ada Her.", "One it.", "Two that."]
    assert [row["pair_id"] for row in read_rows] == ["0-0", "0-1", "1-8", "1-9"]


def test_an_id_of_space_is_none(read, write_lines):
    path = write_lines([{"pair_id": " ", "passage_id": " ", "question": "q", "passage": "p"}])
    rows, _ = read("jsonl", files={"file": path})
    assert rows[0]["pair_id"] == "0"
    assert len(rows[0]["passage_id"]) == 16
    with pytest.raises(CorpusError, match="line 1: no pair_id"):
        read("jsonl", files={"file": path}, languages=["en", "de"])


def test_a_name_with_a_point_is_first_a_column(read, write_lines):
    rows, _ = read(
        "jsonl",
        files={"file": write_lines([{"a.b": "who?", "a": {"b": "no"}, "passage": "Ada."}])},
        columns={"question": "a.b"},
    )
    assert rows[0]["question"] == "who?"


def test_mfaq_has_a_list_of_pairs_in_a_row(read, write_lines):
    path = write_lines(
        [
            {
                "id": 3,
                "domain": "a.example",
                "language": "de",
                "num_pairs": 2,
                "qa_pairs": [
                    {"question": "Wer?", "answer": "Ada.", "language": "de"},
                    {"question": "Was?", "answer": "", "language": "de"},
                    {"question": "Wann?", "answer": "1843.", "language": "de"},
                ],
            }
        ]
    )
    columns = {"pair_id": "id", "question": "qa_pairs.question", "passage": "qa_pairs.answer"}
    rows, counts = read(
        "jsonl", "de", files={"file": path}, columns=columns, empty="drop", parallel=False, languages=["de", "en"]
    )
    assert pairs(rows) == [("de:3-0", "Wer?", "Ada."), ("de:3-2", "Wann?", "1843.")]
    assert rows[0]["passage_id"].startswith("de:")
    assert counts["dropped"] == {"no passage": 1}
    assert counts["questions"] == 3
    options = {"columns": columns, "empty": "drop", "parallel": False, "languages": ["de", "en"]}
    rows, counts = read(
        "jsonl", "de", files={"file": path}, exclude=["de:3-2", "3-0"], **options
    )  # as the table has ids
    assert pairs(rows) == [("de:3-0", "Wer?", "Ada.")]
    assert counts["dropped"] == {"excluded": 1, "no passage": 1}
    assert counts["questions"] == 3
    with pytest.raises(CorpusError, match="line 1: a QA pair without a passage: it is empty"):
        read("jsonl", "de", files={"file": path}, columns=columns)


def test_flagembedding_has_texts_and_negatives(read, write_lines):
    path = write_lines(
        [
            {"query": "who?", "pos": ["Ada.", "She."], "neg": ["He.", "", "Ada.", "It."]},
            {"query": "what?", "pos": ["Notes."], "neg": []},
        ]
    )
    rows, counts = read("flagembedding", files={"file": path}, negatives=3)
    assert [(*pair, row["negatives"]) for pair, row in zip(pairs(rows), rows, strict=True)] == [
        # The positive among its own negatives is none, and keeps its place.
        ("0-0", "who?", "Ada.", ["He.", None, None]),
        ("0-1", "who?", "She.", ["He.", None, "Ada."]),
        ("1-0", "what?", "Notes.", []),
    ]
    assert counts["negatives"] == 3
    assert counts["negatives_dropped"] == {"empty": 2, "the pair's own passage": 1}


def test_a_negative_that_stands_twice_is_kept_once_and_every_loss_is_counted(read, write_lines):
    negatives = ["n1", "n1", None, " ", "p", "n2", " n1 ", "n2", "n9"]  # the ninth is more than is read
    path = write_lines([{"question": "q?", "passage": "p", "negatives": negatives}])
    rows, counts = read("jsonl", files={"file": path})
    assert rows[0]["negatives"] == ["n1", None, None, None, None, "n2", None, None]
    assert counts["negatives"] == 2
    assert counts["negatives_dropped"] == {"empty": 2, "the pair's own passage": 1, "the same one twice": 3}
    path = write_lines([{"question": "q?", "passage": "p", "negatives": ["p"]}])
    counts = read("jsonl", files={"file": path})[1]
    assert (counts["negatives"], counts["negatives_dropped"]) == (0, {"the pair's own passage": 1})


@pytest.mark.parametrize("file_format", ["csv", "tsv"])
def test_a_cell_of_a_table_has_one_negative_or_a_json_list(read, tmp_path, file_format):
    texts = ["", "one text", r'["a", "say \"b\""]', "[]", ' ["c", null, ""]', "a [b]", r'["\u00e9\n"]']
    path = tmp_path / f"a.{file_format}"
    with open(path, "w", newline="", encoding="utf-8") as file:
        rows = [("question", "passage", "others"), *((f"q{n}?", f"p{n}", text) for n, text in enumerate(texts))]
        csv.writer(file, delimiter="\t" if file_format == "tsv" else ",").writerows(rows)
    rows, counts = read(file_format, files={"file": path}, columns={"negatives": "others"})
    expected = [[], ["one text"], ["a", 'say "b"'], [], ["c", None, None], ["a [b]"], ["é"]]
    assert [row["negatives"] for row in rows] == expected
    assert counts["negatives"] == 6


def test_a_list_that_tsv_does_not_quote_is_one(read, write_text, write_lines):
    path = write_text("a.tsv", "question\tpassage\tnegatives", 'q?\tp\t["a", "b"]')
    assert read("tsv", files={"file": path})[0][0]["negatives"] == ["a", "b"]
    path = write_text("flag.tsv", "query\tpos\tneg", 'q?\tp\t["a", "b"]')
    assert read("flagembedding", files={"file": path})[0][0]["negatives"] == ["a", "b"]
    path = write_lines([{"question": "q?", "passage": "p", "negatives": "[edit] a text"}])
    assert read("jsonl", files={"file": path})[0][0]["negatives"] == ["[edit] a text"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("['a', 'b']", r"a\.tsv, line 2: negatives is \"\['a', 'b'\]\", which begins with '\[' but is not a JSON list"),
        ("[edit] a text", r"line 2: negatives is '\[edit\] a text', .*: write several texts as \[\"one\", \"two\"\]"),
        ('["a"', "line 2: negatives is .* is not a JSON list"),
        ("[" * 100_000, r"line 2: negatives is '\[{59}…', which"),
        ("[7]", "line 2: negatives is 7, not a string"),
    ],
)
def test_a_cell_that_is_no_json_list_is_one_clear_error(read, write_text, cell, message):
    path = write_text("a.tsv", "question\tpassage\tnegatives", f"q?\tp\t{cell}")
    with pytest.raises(CorpusError, match=message):
        read("tsv", files={"file": path})
    assert read("tsv", files={"file": path}, negatives=0)[0][0]["passage"] == "p"


def test_the_table_has_negatives_only_where_the_source_has_some(read, write_lines, tmp_path):
    path = write_lines([{"query": "who?", "pos": ["Ada."], "neg": ["He."]}])
    read("flagembedding", files={"file": path})
    assert pq.read_schema(tmp_path / "out/en.parquet").remove_metadata() == PAIR_SCHEMA.append(NEGATIVES_FIELD)
    _, counts = read("flagembedding", files={"file": path}, negatives=0)
    assert pq.read_schema(tmp_path / "out/en.parquet").remove_metadata() == PAIR_SCHEMA
    assert "negatives" not in counts


def test_negatives_that_come_late_are_given_to_the_rows_before(read, write_lines):
    rows = [{"question": f"q{n}?", "passage": f"p{n}."} for n in range(5000)]
    rows[4500]["negatives"] = "one text"
    read_rows, _ = read("jsonl", files={"file": write_lines(rows)})
    assert [row["question"] for row in read_rows] == [row["question"] for row in rows]
    assert [row["negatives"] for row in read_rows] == [[]] * 4500 + [["one text"]] + [[]] * 499


TEVATRON = {
    "query_id": "9",
    "query": "who wrote?",
    "positive_passages": [
        {"docid": "d#1", "title": "Ada", "text": "She wrote."},
        {"docid": "d#2", "title": "", "text": "Yes."},
    ],
    "negative_passages": [{"docid": "d#3", "title": "Bob", "text": "He read."}, {"docid": "d#4", "text": "No."}],
}


def test_tevatron_and_mr_tydi_have_passages_with_titles_and_ids(read, tmp_path):
    with gzip.open(tmp_path / "train.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(TEVATRON) + "\n")
    rows, _ = read("tevatron", files={"file": tmp_path / "train.jsonl.gz"})
    assert pairs(rows) == [("9-d#1", "who wrote?", "Ada She wrote."), ("9-d#2", "who wrote?", "Yes.")]
    assert [row["passage_id"] for row in rows] == ["d#1", "d#2"]
    assert rows[0]["negatives"] == ["Bob He read.", "No."]
    pq.write_table(pa.Table.from_pylist([TEVATRON]), tmp_path / "train.parquet")
    assert read("tevatron", files={"file": tmp_path / "train.parquet"})[0] == rows


def test_a_passage_that_stands_twice_in_a_row_is_read_once(read, write_lines):
    row = {**TEVATRON, "positive_passages": TEVATRON["positive_passages"][:1] * 2}
    rows, counts = read("tevatron", files={"file": write_lines([row])})
    assert len(rows) == 1
    assert counts["dropped"] == {"the same passage twice in a row": 1}


def test_dpr_is_one_array_of_any_length(read, tmp_path):
    entries = [
        {
            "question": f"who is {n}?",
            "answers": ["x"],
            "positive_ctxs": [{"title": "T", "text": f"p{n} " + "é\u2028]}," * 9, "passage_id": str(n)}]
            if n != 1
            else [],
            "negative_ctxs": [],
            "hard_negative_ctxs": [{"title": "", "text": f"h{n}", "psg_id": "7"}],
        }
        for n in range(4000)
    ]
    (tmp_path / "train.json").write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")
    assert (tmp_path / "train.json").stat().st_size > 1 << 20
    rows, counts = read("dpr", files={"file": tmp_path / "train.json"})
    assert [row["pair_id"] for row in rows] == [f"{n}-{n}" for n in range(4000) if n != 1]
    assert rows[1]["passage"] == "T " + entries[2]["positive_ctxs"][0]["text"]
    assert rows[1]["negatives"] == ["h2"]
    assert counts["dropped"] == {"no passage": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}', r"a\.json: not a JSON array: '{\"a\": 1}'"),
        ('[{"question": "q", "passage": "p"}, {"question": ]', r"entry 2: not JSON \(Expecting value\)"),
        ('[{"question": "q", "passage": "p"}', r"entry 2: not JSON"),
        ('[{"question": "q", "passage": "p"}, 5]', r"entry 2: not a JSON object: 5"),
        ("[]", "no QA pair"),
        (
            '[{"question": "q", "passage": "p"}]\n[{}]',
            r"after entry 1: there is text after the end of the array: '\[{}\]'",
        ),
        ('{"a": 1}\n{"a": 2}', "for one object per line set the format jsonl"),
        ('[{"pair_id": ' + "1" * 5000 + "}]", r"entry 1: JSON that cannot be read \(a number has too many digits"),
    ],
)
def test_bad_json_is_one_clear_error(read, tmp_path, content, message):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(CorpusError, match=message):
        read("json", files={"file": tmp_path / "a.json"})


def test_an_array_may_begin_with_a_byte_order_mark(read, tmp_path):
    (tmp_path / "a.json").write_text('[{"question": "q", "passage": "p"}]', encoding="utf-8-sig")
    assert pairs(read("json", files={"file": tmp_path / "a.json"})[0]) == [("0", "q", "p")]


def test_a_row_group_has_few_rows_where_texts_are_long(read, write_lines, tmp_path):
    """Whoever reads a row group holds no more than 16 million characters and one pair."""
    path = write_lines([{"question": f"q{n}", "passage": "x" * 3_000_000} for n in range(12)])
    read("jsonl", files={"file": path})
    metadata = pq.read_metadata(tmp_path / "out/en.parquet")
    assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == [6, 6]


def test_a_long_array_is_read_in_a_time_that_its_length_decides(tmp_path):
    """Entries of 20 bytes; a reader that copies what is left after each is 100 times as slow."""
    (tmp_path / "a.json").write_text(json.dumps([{"q": str(n)} for n in range(200_000)]))
    start = time.process_time()
    assert [row["q"] for _, row in read_rows([tmp_path / "a.json"])] == [str(n) for n in range(200_000)]
    read_at_once = time.process_time()
    json.loads((tmp_path / "a.json").read_text())
    assert read_at_once - start < 40 * (time.process_time() - read_at_once) + 1


def test_an_error_early_in_a_long_array_is_met_before_its_end(tmp_path, monkeypatch):
    """A file of any size is refused with a piece of it in memory."""
    (tmp_path / "a.json").write_text('[{"q": nothing}, ' + '{"q": "x"}, ' * 1_000_000 + "{}]")
    held = []
    more = arrays._more
    monkeypatch.setattr(arrays, "_more", lambda *given: held.append(more(*given)) or held[-1])
    with pytest.raises(CorpusError, match=r"entry 1: not JSON \(Expecting value\)"):
        list(read_rows([tmp_path / "a.json"]))
    assert max(map(len, held)) <= 1 << 20


def test_swim_ir_takes_the_rows_of_one_language(read, write_lines):
    rows = [
        {"_id": "1", "lang": "German", "code": "de", "query": "wer?", "title": "Ada", "text": "Sie."},
        {"_id": "2", "lang": "Yoruba", "code": "yo", "query": "ta?", "title": "Ada", "text": "Oun."},
        {"_id": "3", "lang": "?", "code": "qqq", "query": "x", "title": "", "text": "y"},
    ]
    read_rows, counts = read("swim-ir", "de", files={"file": write_lines(rows)})
    assert pairs(read_rows) == [("1", "wer?", "Ada Sie.")]
    assert counts["dropped"] == {"another language": 2}
    numbered, _ = read("swim-ir", "yo", files={"file": write_lines(rows)}, columns={"pair_id": None})
    assert pairs(numbered) == [("1", "ta?", "Ada Oun.")]


def test_several_files_are_read_one_after_the_other(read, write_lines):
    files = [write_lines([{"question": f"q{n}?", "passage": "p"}], f"{n}.jsonl") for n in range(3)]
    rows, _ = read("jsonl", files={"file": files})
    assert [(row["pair_id"], row["question"]) for row in rows] == [("0", "q0?"), ("1", "q1?"), ("2", "q2?")]
    same = [write_lines([{"pair_id": "x", "question": "q", "passage": "p"}], f"{n}.jsonl") for n in range(2)]
    with pytest.raises(CorpusError, match=r"1\.jsonl, line 1: pair_id 'x' is already used in .*0\.jsonl, line 1"):
        read("jsonl", files={"file": same})


def test_half_a_gzip_file_is_an_error(read, tmp_path):
    whole = gzip.compress(b"".join(b'{"question": "%d", "passage": "p"}\n' % n for n in range(9999)))
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorpusError, match=r"a\.jsonl\.gz, after line \d+: an incomplete or damaged gzip file"):
        read("jsonl", files={"file": tmp_path / "a.jsonl.gz"})
    whole_array = gzip.compress(json.dumps([{"question": str(n), "passage": "p"} for n in range(9999)]).encode())
    (tmp_path / "a.json.gz").write_bytes(whole_array[: len(whole_array) // 2])
    for file_format in ("json", "squad"):
        with pytest.raises(CorpusError, match=r"a\.json\.gz.*: an incomplete or damaged gzip file"):
            read(file_format, files={"file": tmp_path / "a.json.gz"})
    (tmp_path / "a.jsonl.gz").write_bytes(whole)
    assert len(read("jsonl", files={"file": tmp_path / "a.jsonl.gz"})[0]) == 9999


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"question": ["a?"], "passage": ["A.", "B."]}, "line 1: 1 questions and 2 passages"),
        ({"question": ["a?"], "passage": "A."}, "line 1: a list of questions and a single passage"),
        ({"question": "a?", "passage": [7]}, "line 1: passage is 7, not a string"),
        ({"question": "a?", "passage": "A.", "negatives": [{"text": 7}]}, "line 1: negatives is 7, not a string"),
        ({"question": "a?", "passage": "A.", "pair_id": "\ud83d"}, "line 1: pair_id: .* half a character"),
        ({"question": "a?", "passage": "A.", "pair_id": True}, "pair_id is True, not a string or a number"),
        (
            {"question": "a?", "passage": "A.", "passage_id": {"a": 1}},
            "passage_id is {'a': 1}, not a string or a number",
        ),
        ({"question": "a?", "passage": "A.", "negatives": [{"body": "B."}]}, r"without a 'text' \(it has 'body'\)"),
        ({"question": "a?", "passage": ["A.", "B."], "passage_id": ["1"]}, "2 passages, but 1 values of 'passage_id'"),
        ({"question": "a?", "passage": ["A.", "B."], "passage_id": "1"}, "2 passages, but 1 values of 'passage_id'"),
        ({"question": ["a?"], "passage": ["A."], "negatives": ["B."]}, "negatives of a row with several questions"),
    ],
)
def test_bad_rows_are_one_clear_error(read, tmp_path, row, message):
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    with pytest.raises(CorpusError, match=message):
        read("jsonl", files={"file": tmp_path / "a.jsonl"})


def test_another_number_than_the_published_is_a_warning(read, write_lines, caplog):
    path = write_lines([{"question": "q", "passage": "p"}])
    assert read("jsonl", files={"file": path}, published=1)[1]["published"] == 1
    assert not caplog.records
    assert read("jsonl", files={"file": path}, published=2)[1]["questions"] == 1
    assert "c en: 1 pairs, but the published number is 2" in caplog.text


@pytest.mark.parametrize("column", ["Nr", "nr. ", "Nr.:"])
def test_a_column_of_ids_that_is_not_there_is_refused_with_the_one_that_is_meant(
    read, write_lines, write_text, tmp_path, column
):
    options = {"columns": {"pair_id": column}, "languages": ["en", "de"]}
    meant = r"no column '.*' \(did you mean 'Nr\.'\?\) \(columns here: 'Nr\.', 'question', 'passage'\)"
    path = write_text("a.csv", "Nr.,question,passage", "1,q?,p")
    with pytest.raises(CorpusError, match=rf"a\.csv, line 1: {meant}"):
        read("csv", files={"file": path}, **options)
    with pytest.raises(CorpusError, match=rf"line 1: {meant}"):  # nor is a row's number taken instead
        read("csv", files={"file": path}, columns={"pair_id": column})
    rows = [{"Nr.": 1, "question": "q?", "passage": "p"}]
    with pytest.raises(CorpusError, match=rf"pairs\.jsonl, line 1: no pair_id \({meant}"):
        read("jsonl", files={"file": write_lines(rows)}, **options)
    with pytest.raises(CorpusError, match=rf"pairs\.jsonl: no row has a '.*': {meant}"):
        read("jsonl", files={"file": write_lines(rows)}, columns={"pair_id": column})
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=rf"row 1: no pair_id \({meant}"):
        read("parquet", files={"file": tmp_path / "a.parquet"}, **options)


def test_blanks_around_a_name_show(read, write_text):
    path = write_text("a.csv", "Customer question ,passage", "q?,p")
    with pytest.raises(CorpusError, match=r"no column 'Customer question' \(did you mean 'Customer question '\?\)"):
        read("csv", files={"file": path}, columns={"question": "Customer question"})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"qa": {"q": "who?", "a": "Ada."}}, r"'qa\.question' is not in the row: 'qa' has 'q', 'a'"),
        (
            {"qa": [{"quest": "who?"}], "passage": ["p"]},
            r"'qa\.question' is not in the row: 'qa' has 'quest' \(did you mean 'quest'\?\)",
        ),
        ({"qa": "text"}, r"no column 'qa\.question' .*\(columns here: 'passage', 'qa'\)"),
        ({"qa": {"question": None}}, r"without a question: 'qa\.question' is null"),
    ],
)
def test_a_name_that_goes_into_a_row_says_how_far_it_came(read, write_lines, row, message):
    path = write_lines([{"passage": "p", **row}])
    with pytest.raises(CorpusError, match=message):
        read("jsonl", files={"file": path}, columns={"question": "qa.question"})


def test_a_column_that_is_not_needed_and_not_there_is_a_warning(read, write_lines, caplog):
    path = write_lines([{"question": "q?", "passage": "p", "Title": "T"}])
    read("jsonl", files={"file": path}, columns={"title": "title", "negatives": None})
    assert [record.message.partition("pairs.jsonl: ")[2] for record in caplog.records] == [
        "no row has a 'title': no column 'title' (did you mean 'Title'?) (columns here: 'question', 'passage', 'Title')"
    ]


@pytest.mark.parametrize("name", ["question", "a.b", "label"])
def test_values_that_are_nested_deeply_are_one_clear_error(read, tmp_path, name):
    deep = '{"x": [' * 400 + "1" + "]}" * 400
    (tmp_path / "a.jsonl").write_text(f'{{"a": {deep}, "question": {deep}, "passage": "p", "label": {deep}}}')
    with pytest.raises(CorpusError):
        read("jsonl", files={"file": tmp_path / "a.jsonl"}, columns={"question": name}, where={"label": "1"})
    with pytest.raises(CorpusError, match=r"question is .*, not a string|without a question"):
        read("jsonl", files={"file": tmp_path / "a.jsonl"}, columns={"question": name})
