"""SQuAD-format files: sentences by offset, several answers, string offsets, alignment with a pivot."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import CorpusError, read_corpus
from equilingual.corpora.formats import read_pairs
from equilingual.corpora.pairs import CorpusSource
from equilingual.files import read_json
from equilingual.registry import known_corpora

CONTEXT = "Ada wrote notes. They had a program! Charles built half of it."


def squad(*paragraphs):
    return {"data": [{"paragraphs": list(paragraphs)}]}


def paragraph(context, *questions, **extra):
    qas = [{"id": number, "question": f"question {number}?", "answers": answers} for number, answers in questions]
    return {"context": context, "qas": qas, **extra}


def answer(text, start):
    return [{"text": text, "answer_start": start}]


@pytest.fixture
def read(tmp_path):
    def run(document, pivot=None, language="en"):
        files = {}
        for name, content in (("own", document), ("pivot", pivot)):
            files[name] = tmp_path / f"{name}.json"
            content = content if isinstance(content, bytes) else json.dumps(content).encode()
            files[name].write_bytes(content)
        read_corpus(
            corpus="c",
            file_format="squad",
            files={"file": [files["own"]]} | ({"pivot": [files["pivot"]]} if pivot else {}),
            language=language,
            origin="human",
            licence="x",
            languages=["en"],
            pivot="zh" if pivot else None,
            pairs_out=tmp_path / "out.parquet",
            counts_out=tmp_path / "counts.json",
        )
        counts = read_json(tmp_path / "counts.json")["languages"][language]
        return pq.read_table(tmp_path / "out.parquet").to_pylist(), counts

    return run


def test_the_passage_is_the_sentence_that_holds_the_answer(read):
    document = squad(
        paragraph(
            CONTEXT,
            ("a", answer("notes", 10)),
            ("b", answer("program", 28) + answer("Ada", 0)),  # the first of several answers counts
            ("c", [{"text": "Charles", "answer_start": "37"}]),  # offsets may be strings
            ("d", answer("They", 17)),  # the first character of a sentence
        )
    )
    rows, _ = read(document)
    assert [(r["pair_id"], r["passage"], r["passage_id"]) for r in rows] == [
        ("a", "Ada wrote notes.", "0-0"),
        ("b", "They had a program!", "0-1"),
        ("c", "Charles built half of it.", "0-2"),
        ("d", "They had a program!", "0-1"),
    ]


def test_sentence_breaks_of_the_file_are_taken_with_an_exclusive_end(read):
    document = squad(paragraph("ABCD", ("a", answer("C", 2)), sentence_breaks=[[0, 2], [2, 4]]))
    assert read(document)[0][0]["passage"] == "CD"


def test_what_has_no_answer_or_a_wrong_offset_is_dropped_and_counted(read):
    document = squad(paragraph(CONTEXT, ("a", answer("notes", 10)), ("b", []), ("c", answer("notes", 11))))
    rows, counts = read(document)
    assert [row["pair_id"] for row in rows] == ["a"]
    assert counts == {
        "questions": 3,
        "kept": 1,
        "dropped": {"answer is not at its offset": 1, "no answer": 1},
        "origin": "human",
    }


@pytest.mark.parametrize("offset", [-1, "-1", -1.0])
def test_an_answer_that_its_author_did_not_find_is_dropped_and_counted(read, offset):
    rows, counts = read(squad(paragraph(CONTEXT, ("a", answer("notes", 10)), ("b", answer("notes", offset)))))
    assert [row["pair_id"] for row in rows] == ["a"]
    assert counts["dropped"] == {"answer is not at its offset": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            squad(paragraph(CONTEXT, ("a", answer("x", 400)))),
            "question 'a': the answer offset 400 is outside its context",
        ),
        (
            squad(paragraph(CONTEXT, ("a", answer("x", -2)))),
            "question 'a': the answer offset -2 is outside its context",
        ),
        (squad(paragraph(CONTEXT, ("a", answer("x", "two")))), "question 'a': the answer offset 'two' is not a number"),
        (squad(paragraph(CONTEXT, ("a", answer("x", float("inf"))))), "the answer offset inf is not a number"),
        (squad(paragraph(CONTEXT, (None, answer("Ada", 0)))), "question '': a question needs an 'id'"),
        (b'{"data": ' + b"[" * 200_000, "JSON that cannot be read"),
        (squad({"context": CONTEXT}), "article 0, paragraph 0: no 'qas'"),
        (squad(paragraph(CONTEXT, ("a", []))), "no QA pair"),
        (squad(paragraph(CONTEXT, *[("a", answer("Ada", 0))] * 2)), "duplicate question id 'a'"),
        (squad(paragraph(CONTEXT, ("a", ["Ada"]))), "'answers' should be a list of objects, found"),
        (squad(paragraph(CONTEXT, ("a", [{"text": 7, "answer_start": 0}]))), "the answer's 'text' is 7, not a string"),
        ({"data": [{"paragraphs": [{"context": "x", "qas": ["a"]}]}]}, "a question should be an object"),
        (squad({"context": None, "qas": []}), "'context' should be of type str, found None"),
        (squad({"context": "a \ud83d", "qas": []}), "'context': .* half a character"),
        (squad({"context": "a", "qas": [], "sentence_breaks": [[0]]}), r"the sentence break \[0\] is not"),
        ({"data": {"a": 1}}, "'data' should be a list"),
        ({"data": [{"title": "a"}]}, "article 0: no 'paragraphs'"),
        ([], "no 'data' at the top"),
        (b"", "the file is empty"),
        (b'{"data":\n [}', "line 2: not JSON"),
        (b'{"data":\n "\xe9"}', "line 2: not UTF-8"),
    ],
)
def test_bad_files_are_one_clear_error(read, document, message):
    with pytest.raises(CorpusError, match=message):
        read(document)


def test_translations_follow_the_pivot_by_alignment_and_not_by_their_own_offsets(read):
    pivot = squad(
        paragraph(
            "一二三四五六七八。九十一二三四五六七八九十一二三四。短句。",
            ("a", answer("九", 9)),
            ("b", answer("短", 26)),
        )
    )
    translation = squad(
        paragraph(
            "One to eight is the first. Nine and then a very long tail of numbers up to four. Short.",
            ("a", answer("e", 2)),
            ("b", answer("e", 2)),
        )
    )
    rows, counts = read(translation, pivot)
    assert [row["passage"] for row in rows] == ["Nine and then a very long tail of numbers up to four.", "Short."]
    assert [row["passage_id"] for row in rows] == ["0-1", "0-2"]
    assert counts["kept"] == 2


def test_every_file_has_its_own_pivot(tmp_path, write_text):
    files = [write_text(f"{n}.json", json.dumps(squad(paragraph("A.", (str(n), answer("A", 0)))))) for n in range(2)]
    for own, pivot in ((files, files[:1]), (files[:1], files)):
        source = CorpusSource(files={"file": own, "pivot": pivot}, language="en", pivot="zh")
        with pytest.raises(CorpusError, match=rf"0\.json: {len(own)} files, but {len(pivot)} for the pivot"):
            list(read_pairs(source, "squad"))


def test_passage_ids_count_on_through_several_files(write_text):
    documents = [squad(*(paragraph(CONTEXT, (f"{n}{m}", answer("They", 17))) for m in range(2))) for n in range(2)]
    files = [write_text(f"{n}.json", json.dumps(document)) for n, document in enumerate(documents)]
    pairs = list(read_pairs(CorpusSource(files={"file": files}, language="en"), "squad"))
    assert [pair.passage_id for pair in pairs] == ["0-1", "1-1", "2-1", "3-1"]


def test_a_translation_has_the_pivots_paragraphs(read):
    one = paragraph("A.", ("a", answer("A", 0)))
    with pytest.raises(CorpusError, match=r"own\.json: 1 paragraphs, but 2 in the pivot .*pivot\.json"):
        read(squad(one), squad(one, paragraph("B.", ("b", answer("B", 0)))))


def test_white_space_before_a_sentence_belongs_to_it_and_at_the_end_to_none(read):
    document = squad(paragraph(f"{CONTEXT} ", ("a", answer(" They", 16)), ("b", answer(" ", len(CONTEXT)))))
    rows, counts = read(document)
    assert [row["passage"] for row in rows] == ["They had a program!"]
    assert counts["dropped"] == {"no sentence": 1}


def test_a_question_that_a_translation_lacks_is_counted(read):
    pivot = squad(paragraph("One. Two.", ("a", answer("One", 0)), ("b", answer("Two", 5))))
    rows, counts = read(squad(paragraph("Un. Deux.", ("a", answer("Un", 0)))), pivot)
    assert [row["pair_id"] for row in rows] == ["a"]
    assert counts["dropped"] == {"question missing in this language": 1}


def test_a_question_that_the_pivot_lacks_is_counted(read):
    pivot = squad(paragraph("One. Two.", ("a", answer("One", 0))))
    rows, counts = read(squad(paragraph("Un. Deux.", ("a", answer("Un", 0)), ("b", answer("Deux", 4)))), pivot)
    assert [row["pair_id"] for row in rows] == ["a"]
    assert counts["dropped"] == {"question missing in the pivot": 1}


# The same three questions in every form: (id, context, question, text and offset of the answer).
HUB = [
    ("a", CONTEXT, "what?", "notes", 10),
    ("b", CONTEXT, "what else?", "program", 28),
    ("c", "One. Two.", "which?", "Two", 5),
]
HUB_ROWS = [
    {"id": n, "title": "t", "context": context, "question": asked, "answers": {"text": [text], "answer_start": [start]}}
    for n, context, asked, text, start in HUB
]
HUB_PAIRS = [("a", "0-0", "Ada wrote notes."), ("b", "0-1", "They had a program!"), ("c", "1-1", "Two.")]


def hub_file(form, path):
    lines = "\n".join(map(json.dumps, HUB_ROWS))
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(HUB_ROWS), path)
    elif form == "nested":
        contexts = [[row for row in HUB_ROWS if row["context"] == c] for c in (CONTEXT, "One. Two.")]
        path.write_text(json.dumps(squad(*({"context": own[0]["context"], "qas": own} for own in contexts))))
    else:
        texts = {"lines": lines, "marked": "\ufeff" + lines.replace("\n", "\n\ufeff")}
        texts |= {"array": json.dumps(HUB_ROWS, indent=1), "data": json.dumps({"data": HUB_ROWS})}
        path.write_text(texts[form], encoding="utf-8")
    return path.read_bytes()


@pytest.mark.parametrize("form", ["nested", "lines", "marked", "array", "data", "parquet"])
def test_squad_as_the_hub_has_it_is_read_in_every_form(read, tmp_path, form):
    rows, counts = read(hub_file(form, tmp_path / "hub"))
    assert [(row["pair_id"], row["passage_id"], row["passage"]) for row in rows] == HUB_PAIRS
    assert counts["kept"] == 3


def test_one_row_is_a_file_and_a_question_of_the_hub_may_have_several_answers_or_none(read):
    row = {**HUB_ROWS[0], "answers": {"text": ["program", "Ada"], "answer_start": ["28", 0]}}
    assert [one["passage"] for one in read(json.dumps(row).encode())[0]] == ["They had a program!"]
    rows = [row, {**HUB_ROWS[1], "answers": {"text": [], "answer_start": []}}, {**HUB_ROWS[2], "answers": None}]
    assert read(json.dumps(rows).encode())[1]["dropped"] == {"no answer": 2}


def test_translations_of_the_hub_follow_the_pivot(read, tmp_path):
    german = [{**row, "context": row["context"].replace("Ada", "Eva")} for row in HUB_ROWS]
    own = "\n".join(json.dumps({**row, "answers": {"text": ["?"], "answer_start": [0]}}) for row in german)
    rows, _ = read(own.encode(), hub_file("nested", tmp_path / "hub"))
    assert [row["passage"] for row in rows] == ["Eva wrote notes.", "They had a program!", "Two."]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"answers": {"text": ["a"], "answer_start": []}},
            "entry 1, question 'a': 1 answers, but 0 values of 'answer_start'",
        ),
        (
            {"answers": "notes"},
            r"'answers' should be a list of objects, found 'notes': write \[{\"text\": .*, or {\"text\": \[.* as the Hub",
        ),
        ({"answers": {"text": "notes", "answer_start": [10]}}, r"the answer offset \[10\] is not a number"),
        ({"answers": {"text": ["notes"], "answer_start": [10.5]}}, r"the answer offset 10\.5 is not a number"),
        ({"answers": {"text": ["notes"], "answer_start": [True]}}, "the answer offset True is not a number"),
        ({"question": ["what?"]}, r"entry 1, question 'a': 'question' is \['what\?'\], not a string"),
        ({"id": ["a"]}, r"entry 1: 'id' is \['a'\], not a string or a number"),
        ({"context": 7}, "entry 1: 'context' should be of type str, found 7"),
    ],
)
def test_bad_rows_of_the_hub_are_one_clear_error(read, changes, message):
    with pytest.raises(CorpusError, match=message):
        read(json.dumps([{**HUB_ROWS[0], **changes}]).encode())


def test_ids_of_questions_are_those_of_other_formats(read):
    rows = [{**HUB_ROWS[0], "id": 1.0}, {**HUB_ROWS[1], "id": "2.0"}, {**HUB_ROWS[2], "id": 3}]
    assert [row["pair_id"] for row in read(json.dumps(rows).encode())[0]] == ["1", "2", "3"]


def test_offsets_of_a_column_with_gaps_are_whole_numbers(read):
    row = {**HUB_ROWS[0], "answers": [{"text": "notes", "answer_start": 10.0}]}
    assert [one["passage"] for one in read(json.dumps(row).encode())[0]] == ["Ada wrote notes."]


def test_drcd_is_parallel_in_five_languages(mirror, tmp_path):
    known = known_corpora()["drcd-mt"]
    ids = {}
    for language, file in known["files"].items():
        read_corpus(
            corpus="drcd-mt",
            file_format="squad",
            files={
                "file": [mirror / file["path"]],
                "pivot": [mirror / known["files"]["zh-Hant"]["path"]],
            },
            language=language,
            origin=file["origin"],
            licence="x",
            languages=list(known["files"]),
            pivot="zh-Hant",
            pairs_out=tmp_path / f"{language}.parquet",
            counts_out=tmp_path / f"{language}.json",
        )
        table = pq.read_table(tmp_path / f"{language}.parquet")
        counts = read_json(tmp_path / f"{language}.json")["languages"][language]
        assert counts["questions"] == 3524
        assert counts["kept"] + sum(counts["dropped"].values()) == 3524
        ids[language] = dict(zip(table["pair_id"].to_pylist(), table["passage_id"].to_pylist(), strict=True))
    assert len(ids["zh-Hant"]) == 3524
    for language in ids:
        assert len(ids[language]) > 3500
        assert ids[language].items() <= ids["zh-Hant"].items()


def test_squadshifts_has_its_questions(mirror, tmp_path):
    file = mirror / known_corpora()["squadshifts-new-wiki"]["files"]["en"]["path"]
    read_corpus(
        corpus="s",
        file_format="squad",
        files={"file": [file]},
        language="en",
        origin="human",
        licence="x",
        languages=["en"],
        pairs_out=tmp_path / "o.parquet",
        counts_out=tmp_path / "c.json",
    )
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 7938  # the data's own README
