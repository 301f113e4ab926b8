import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables

from equilingual.corpora import OverlapError, check_overlap, read_corpus
from equilingual.corpora.overlap import specific_id
from equilingual.files import DamagedFileError, read_json, write_json


@pytest.fixture
def check(tmp_path):
    def run(
        passage,
        question,
        negatives=None,
        pair_id="b",
        query_id="q",
        candidates=("The Moon is far.", "चाँद दूर है।"),
        more=None,
    ):
        pairs = {
            "pair_id": ["a", pair_id],
            "question": ["Q one?", question],
            "passage": ["Water boils at 100 degrees.", passage],
        }
        if more:
            columns = {"pair_id": list(more), "question": ["Else?"] * len(more), "passage": list(more.values())}
            pairs = {name: values + columns[name] for name, values in pairs.items()}
        if negatives is not None:
            pairs["negatives"] = [[], negatives]
        pq.write_table(pa.table(pairs).replace_schema_metadata({"corpus": "c"}), tmp_path / "pairs.parquet")
        folder = tmp_path / "bench"
        folder.mkdir(exist_ok=True)
        pq.write_table(pa.table({"passage": list(candidates)}), folder / "candidates.parquet")
        queries = {"query_id": [query_id], "text": ["How far is the Moon?"]}
        pq.write_table(pa.table(queries), folder / "queries.parquet")
        record_tables(folder)
        check_overlap(
            training_set="t", pairs=[tmp_path / "pairs.parquet"], benchmarks={"bench": folder}, out=tmp_path / "o.json"
        )
        return read_json(tmp_path / "o.json")

    return run


def test_no_overlap_is_counted_as_zero(check):
    counts = check("The Sun is far.", "How far is the Sun?")
    assert counts == {"training_set": "t", "benchmarks": {"bench": {"passages": 0, "questions": 0, "ids": 0}}}


@pytest.mark.parametrize("passage", ["the MOON is far", "“The Moon, is far!”", "चाँद दूर है"])
def test_a_shared_passage_stops_the_run_whatever_its_case_and_punctuation(check, passage):
    with pytest.raises(OverlapError, match=r"shares 1 passage with the benchmark bench; .*parquet, pair 'b'"):
        check(passage, "Else?")


def test_a_shared_question_stops_the_run(check):
    with pytest.raises(OverlapError, match=r"shares 1 question with the benchmark bench"):
        check("Else.", "How far is the moon")


def test_the_pairs_to_exclude_are_named(check):
    with pytest.raises(OverlapError, match=r"drop the pairs .* benchmark: corpora\.c\.exclude: \['a', 'b'\]$"):
        check("Water boils at 100 degrees.", "Else?", candidates=("Water boils at 100 degrees.", "The Moon is far."))
    with pytest.raises(OverlapError, match=r"corpora\.c\.exclude: \['b'\]$"):
        check("The Moon is far.", "How far is the Moon?")


def test_many_pairs_are_counted_and_named_in_the_log(check, caplog):
    caplog.set_level("INFO")
    with pytest.raises(OverlapError, match=r"exclude: \['0', .*, '19'\]$"):
        check("Else.", "Else?", more={str(number): "The Moon is far." for number in range(20)})
    with pytest.raises(
        OverlapError,
        match=r"exclude the 21 pairs that share something with a benchmark from the corpus 'c': the log has their ids$",
    ):
        check("Else.", "Else?", more={str(number): "The Moon is far." for number in range(21)})
    assert "corpora.c.exclude: ['0', '1'," in caplog.text
    assert "'20']" in caplog.text


def test_the_pairs_of_each_corpus_are_named_apart_and_whole(tmp_path, check):
    """An id is that of another pair in another corpus; validation pairs are named by theirs."""
    check("Else.", "Else?")
    long = "x" * 73
    for name, corpus, ids in (("a", "a", ["1", long]), ("b", "b", ["7"]), ("validation", None, ["b/9"])):
        rows = {"pair_id": ids, "question": ["Else?"] * len(ids), "passage": ["The Moon is far."] * len(ids)}
        table = pa.table(rows)
        table = table.replace_schema_metadata({"corpus": corpus}) if corpus else table
        pq.write_table(table, tmp_path / f"{name}.parquet")
    files = [tmp_path / f"{name}.parquet" for name in ("a", "b", "validation")]
    with pytest.raises(OverlapError) as error:
        check_overlap(training_set="t", pairs=files, benchmarks={"bench": tmp_path / "bench"}, out=tmp_path / "o.json")
    assert str(error.value).endswith(f": corpora.a.exclude: ['1', '{long}']; corpora.b.exclude: ['7', '9']")


def test_what_is_quoted_cannot_steer_the_terminal(check):
    with pytest.raises(OverlapError) as error:
        check("The Moon is far.", "Else?", pair_id="\x1b[2J\u202e\nINFO all is well")
    assert r"pair '\x1b[2J\u202e\nINFO all is well'" in str(error.value)


def test_a_hard_negative_is_a_passage_that_is_trained_on(check):
    assert check("Else.", "Else?", [None, "The Sun is far."])["benchmarks"]["bench"] == {
        "passages": 0,
        "questions": 0,
        "ids": 0,
    }
    with pytest.raises(OverlapError, match=r"shares 1 passage with .*The Moon is far.*, a hard negative of pair 'b'\)"):
        check("Else.", "Else?", [None, "the moon is far"])
    with pytest.raises(OverlapError, match=r"shares 2 passages with .*The Moon is far.*parquet, pair 'b'\)"):
        check("the moon is far", "Else?", ["चाँद दूर है", "the moon is far"])


def test_a_passage_that_only_contains_a_candidate_is_not_found(check):
    """As docs/corpora.md says."""
    counts = check("It is dark. The Moon is far.", "How far is the Moon? And the Sun?")
    assert counts["benchmarks"]["bench"] == {"passages": 0, "questions": 0, "ids": 0}


def test_words_that_differ_by_a_vowel_sign_are_not_equal(check):
    assert check("चाँद दूरी है", "Else?")


SQUAD = "56beb4343aeaaa14008c925b"  # the first question of XQuAD-R


@pytest.mark.parametrize(
    "pair_id",
    [
        *(SQUAD, SQUAD.upper(), f"ro_{SQUAD}", f"xquad-ro.{SQUAD}", f"{SQUAD}-ro"),
        *(f"{SQUAD}-0", f"{SQUAD}-d1", f"ro:{SQUAD}-doc-17-3", f"{SQUAD}-{SQUAD[::-1]}"),  # readers put passages behind
    ],
)
@pytest.mark.parametrize(
    "query_id", [SQUAD, f"en_{SQUAD}"]
)  # in a folder that is not parallel the language comes first
def test_a_translation_of_a_benchmark_is_known_by_its_question_ids(check, pair_id, query_id):
    message = (
        rf"shares 1 question id with the benchmark bench, as a translation .* {query_id!r} \(.*, pair {pair_id!r}\)"
    )
    with pytest.raises(OverlapError, match=message):
        check("Luna este departe.", "Cât de departe este Luna?", pair_id=pair_id, query_id=query_id)


def test_another_question_of_the_same_document_is_no_overlap(check):
    counts = check("Else.", "Else?", pair_id=f"{SQUAD}-q2", query_id=f"{SQUAD}-q1")
    assert counts["benchmarks"]["bench"]["ids"] == 0


def test_a_translated_benchmark_in_the_format_of_beir_is_known_by_its_question_ids(check, tmp_path):
    (tmp_path / "queries.jsonl").write_text(f'{{"_id": "{SQUAD}", "text": "Cât de departe?"}}\n', encoding="utf-8")
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "text": "Luna este departe."}\n', encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{SQUAD}\td1\t1\n", encoding="utf-8")
    read_corpus(
        corpus="ro",
        file_format="beir",
        files={
            role: [tmp_path / name]
            for role, name in (("queries", "queries.jsonl"), ("corpus", "corpus.jsonl"), ("qrels", "qrels.tsv"))
        },
        language="ro",
        origin="human",
        licence="x",
        languages=["ro"],
        pairs_out=tmp_path / "ro.parquet",
        counts_out=tmp_path / "ro.json",
    )
    check("Else.", "Else?", query_id=SQUAD)
    with pytest.raises(OverlapError, match=f"shares 1 question id with the benchmark bench.* pair '{SQUAD}-d1'"):
        check_overlap(
            training_set="t",
            pairs=[tmp_path / "ro.parquet"],
            benchmarks={"bench": tmp_path / "bench"},
            out=tmp_path / "o.json",
        )


def test_a_shared_text_is_said_before_a_shared_id(check):
    with pytest.raises(OverlapError, match=r"shares 1 question with"):
        check("Else.", "how far is the moon", pair_id=SQUAD, query_id=SQUAD)


@pytest.mark.parametrize(
    "shared", ["2", "123456789012", "0000000000123456", "1000000000012345", "train-17", "1147-5-1"]
)
def test_ids_that_coincide_by_chance_are_no_overlap(check, shared):
    counts = check("Else.", "Else?", pair_id=shared, query_id=shared)
    assert counts["benchmarks"]["bench"] == {"passages": 0, "questions": 0, "ids": 0}


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("4c5d3e150b460d8b01cab7fc43d8343b6d2df1be", "4c5d3e150b460d8b01cab7fc43d8343b6d2df1be"),  # MLQA-R
        ("-6173538193508172193", "6173538193508172193"),  # MKQA and Natural Questions
        ("550E8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        (f"{SQUAD}-q1", f"{SQUAD}-q1"),  # two questions of one document are two
        ("00000000000000000000000000000012", None),
        ("111111111111111111112222", None),
        ("a question of many words", None),
        ("", None),
        ("-" * 100_000 + "5", None),
    ],
)
def test_which_ids_are_specific(identifier, expected):
    assert specific_id(identifier) == expected


def test_xquad_in_a_language_that_the_benchmark_lacks_is_found_by_its_ids(mirror, tmp_path):
    """As a Romanian translation would be: Arabic is trained on, English evaluated, and no text is shared."""
    questions = [
        question
        for article in read_json(mirror / "xquad-r/en.json")["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]
    ids, texts = ([question[key] for question in questions] for key in ("id", "question"))
    (tmp_path / "xquad-r").mkdir()
    pq.write_table(pa.table({"query_id": ids, "text": texts}), tmp_path / "xquad-r/queries.parquet")
    pq.write_table(pa.table({"passage": texts}), tmp_path / "xquad-r/candidates.parquet")
    record_tables(tmp_path / "xquad-r")

    def check_corpus(path, language):
        about = {"corpus": "c", "file_format": "squad", "origin": "human", "licence": "x", "languages": [language]}
        places = {"pairs_out": tmp_path / "pairs.parquet", "counts_out": tmp_path / "counts.json"}
        read_corpus(**about, files={"file": [mirror / path]}, language=language, **places)
        given = {"pairs": [tmp_path / "pairs.parquet"], "benchmarks": {"xquad-r": tmp_path / "xquad-r"}}
        check_overlap(training_set="t", **given, out=tmp_path / "o.json")
        return read_json(tmp_path / "o.json")["benchmarks"]["xquad-r"]

    with pytest.raises(
        OverlapError, match=r"shares 11[0-9]{2} question ids with the benchmark xquad-r, as a translation"
    ):
        check_corpus("xquad-r/ar.json", "ar")
    assert check_corpus("drcd-mt/DRCD_dev.json", "zh") == {"passages": 0, "questions": 0, "ids": 0}
    assert (
        check_corpus("squadshifts/new_wiki_v1.0.json", "en")["ids"] == 0
    )  # SQuAD's way of making ids, other questions


def test_a_benchmark_or_pairs_that_changed_on_the_disk_are_an_error(check, tmp_path):
    check("Else.", "Else?")
    given = {"training_set": "t", "pairs": [tmp_path / "pairs.parquet"], "out": tmp_path / "o.json"}
    for name, message in (("bench/queries", r"delete .*bench/counts\.json and run"), ("pairs", "delete it and run")):
        path = tmp_path / f"{name}.parquet"
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(DamagedFileError, match=rf"{name}\.parquet is damaged \(.*\): {message}"):
            check_overlap(**given, benchmarks={"bench": tmp_path / "bench"})
        path.write_bytes(content)
    write_json({"files": {}}, tmp_path / "bench/counts.json")
    with pytest.raises(DamagedFileError, match=r"counts\.json is damaged"):
        check_overlap(**given, benchmarks={"bench": tmp_path / "bench"})
