"""What could be read in two ways, and is refused: a key with two values, ids that only some rows have."""

import re

import pytest

from equilingual.corpora.errors import CorpusError

ROW = '{"pair_id": "a", "question": "q?", "passage": "p."}'
TWICE = '{"pair_id": "b", "question": "one?", "question": "two?", "passage": "p."}'
INSIDE = '{"pair_id": "b", "question": "q?", "passage": {"text": "one.", "text": "two."}}'
SQUAD = '{"data": [{"paragraphs": [{"context": "One.", "context": "Two.", "qas": []}]}]}'


@pytest.mark.parametrize(
    ("file_format", "text", "message"),
    [
        ("jsonl", f"{ROW}\n{TWICE}\n", "line 2: duplicate key 'question', with two values"),
        ("jsonl", f"{ROW}\n{INSIDE}\n", "line 2: duplicate key 'text'"),
        ("json", f"[{ROW}, {TWICE}]", "entry 2: duplicate key 'question'"),
        ("squad", SQUAD, "duplicate key 'context'"),
        (
            "csv",
            'question,passage,negatives\nq?,p.,"[{""text"": ""a"", ""text"": ""b""}]"\n',
            "line 2: negatives: duplicate key 'text'",
        ),
    ],
)
def test_a_key_with_two_values_is_refused(read, tmp_path, file_format, text, message):
    (tmp_path / "own").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read(file_format, files={"file": tmp_path / "own"})


def test_a_key_that_is_repeated_with_its_value_loses_nothing(read, write_text):
    rows, _ = read("jsonl", files={"file": write_text("own", ROW.replace("}", ', "passage": "p."}'))})
    assert [(row["question"], row["passage"]) for row in rows] == [("q?", "p.")]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["x", "", "y"], "line 2: no pair_id, but pair_id 'x' in line 1: give every QA pair an id, or none"),
        # The number of the first row, 0, is the second row's id.
        ([None, "0"], "line 2: pair_id '0', but no pair_id in line 1"),
    ],
)
def test_ids_are_those_of_all_rows_or_of_none(read, write_lines, ids, message):
    rows = [{"pair_id": one, "question": f"q{n}?", "passage": f"p{n}."} for n, one in enumerate(ids)]
    with pytest.raises(CorpusError, match=re.escape(message)):
        read("jsonl", files={"file": write_lines(rows)})


def test_a_gap_names_the_file_of_the_row_that_it_differs_from(read, write_lines):
    files = [
        write_lines([{"pair_id": 1, "question": "q?", "passage": "p."}], "a.jsonl"),
        write_lines([{"question": "r?", "passage": "s."}], "b.jsonl"),
    ]
    with pytest.raises(CorpusError, match=r"b\.jsonl, line 1: no pair_id, but pair_id '1' in .*a\.jsonl, line 1:"):
        read("jsonl", files={"file": files})


def test_rows_that_are_not_asked_for_need_no_id(read, write_lines):
    rows = [
        {"pair_id": "x", "question": "q?", "passage": "p.", "label": 1},
        {"question": "r?", "passage": "s.", "label": 0},
    ]
    kept, _ = read("jsonl", files={"file": write_lines(rows)}, where={"label": 1})
    assert [row["pair_id"] for row in kept] == ["x"]
