"""Every format from a small file as its official ones are, by hand."""

import gzip
import json

import pyarrow.parquet as pq
import pytest

from equilingual.evaluation import BenchmarkError, build_benchmark
from equilingual.evaluation.benchmarks.mkqa import words_of
from equilingual.files import read_json


@pytest.fixture
def build(tmp_path):
    """Return a function that writes files, by language and role, and builds a benchmark of them."""

    def write(language, role, content):
        path = tmp_path / f"{language}.{role}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [path]

    def build(kind, contents, **settings):
        files = {
            language: {role: write(language, role, content) for role, content in roles.items()}
            for language, roles in contents.items()
        }
        settings = {"licence": "x", "expected": None, **settings}
        build_benchmark(name="x", kind=kind, files=files, out=tmp_path / "out", **settings)
        return tmp_path / "out"

    return build


def rows(folder, table):
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def column(folder, table, name):
    return [row[name] for row in rows(folder, table)]


def qrels(folder):
    with gzip.open(folder / "qrels.trec.gz", "rt", encoding="utf-8") as file:
        return file.read().splitlines()


def jsonl(*entries):
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)


# --- Tatoeba and FLORES ---

TATOEBA = {
    "af": {"text": "Een.\nTwee.\n", "english": "One.\nTwo.\n"},
    "ar": {"text": "ثلاثة.\n", "english": "Three.\n"},
}


def test_tatoeba_is_a_collection_for_each_language_and_english(build):
    folder = build("tatoeba", TATOEBA)
    assert rows(folder, "candidates")[2] == {
        "candidate_id": "en_af-en_0",
        "language": "en",
        "collection": "af-en",
        "text": "One.",
        "passage": "One.",
    }
    assert column(folder, "candidates", "text") == ["Een.", "Twee.", "One.", "Two.", "ثلاثة.", "Three."]
    assert column(folder, "queries", "query_id") == ["af-en_0", "af-en_1"] * 2 + ["ar-en_0"] * 2
    assert column(folder, "queries", "collection") == ["af-en"] * 4 + ["ar-en"] * 2
    # every candidate is the answer of its id; the query's own language is left out where TREC tools read it
    assert {(row["query_id"], row["language"], row["candidate_id"]) for row in rows(folder, "qrels")} == {
        ("af-en_0", "af", "af_af-en_0"),
        ("af-en_0", "en", "en_af-en_0"),
        ("af-en_1", "af", "af_af-en_1"),
        ("af-en_1", "en", "en_af-en_1"),
        ("ar-en_0", "ar", "ar_ar-en_0"),
        ("ar-en_0", "en", "en_ar-en_0"),
    }
    assert "af_af-en_0 0 en_af-en_0 1" in qrels(folder)
    assert len(qrels(folder)) == 6
    counts = read_json(folder / "counts.json")
    assert (counts["task"], counts["settings"]) == ("bitext", ["cross-lingual"])
    assert counts["languages"]["en"] == {"candidates": 3, "queries": 3}
    assert counts["pairs"]["en"] == {"af": 2, "ar": 1, "en": 0}
    assert counts["pairs"]["af"] == {"af": 0, "ar": 0, "en": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ar": {"text": "a\nb\n", "english": "One.\n"}}, r"ar\.english: 1 lines, but .*ar\.text has 2"),
        ({"ar": {"text": "a\n\n", "english": "One.\nTwo.\n"}}, r"ar\.text, line 2: no text"),
        ({"ar": {"text": "", "english": "One.\n"}}, r"ar\.text: the file is empty"),
        ({"ar": {"text": b"\xff\n", "english": "One.\n"}}, r"ar\.text, line 1: not UTF-8"),
        ({"en": {"text": "a\n", "english": "One.\n"}}, "English is in every language pair"),
        ({"ar": {"text": "a\n"}}, "no file of english for ar"),
    ],
)
def test_bad_tatoeba_files_are_one_clear_error(build, changes, message):
    with pytest.raises(BenchmarkError, match=message):
        build("tatoeba", {**TATOEBA, **changes})


def test_flores_is_one_collection_of_all_languages(build):
    folder = build("flores", {tag: {"text": f"{tag} 0\n{tag} 1\n"} for tag in ("en", "de", "ja")})
    assert column(folder, "candidates", "candidate_id") == ["en_0", "en_1", "de_0", "de_1", "ja_0", "ja_1"]
    assert set(column(folder, "queries", "collection")) == {""}
    assert qrels(folder)[:2] == ["en_0 0 de_0 1", "en_0 0 ja_0 1"]
    counts = read_json(folder / "counts.json")
    assert counts["settings"] == ["cross-lingual", "multilingual"]
    assert counts["pairs"]["de"] == {"en": 2, "de": 0, "ja": 2}
    with pytest.raises(BenchmarkError, match=r"de\.text: 1 lines, but .*en\.text has 2"):
        build("flores", {"en": {"text": "a\nb\n"}, "de": {"text": "a\n"}})


def test_some_lines_of_flores_keep_their_ids_and_the_published_count_is_theirs(build):
    files = {tag: {"text": f"{tag} 0\n{tag} 1\n{tag} 2\n{tag} 3\n"} for tag in ("en", "de")}
    folder = build("flores", files, lines=(2, 3), expected={"en": (2, 2)})
    assert column(folder, "candidates", "candidate_id") == ["en_1", "en_2", "de_1", "de_2"]
    assert column(folder, "queries", "text") == ["en 1", "en 2", "de 1", "de 2"]
    assert read_json(folder / "counts.json")["lines"] == [2, 3]
    with pytest.raises(BenchmarkError, match=r"en\.text: 4 lines, but 'lines' is 3 to 5"):
        build("flores", files, lines=(3, 5))


# --- MIRACL and Mr. TyDi ---

PASSAGES = [
    {"docid": "7#0", "title": "Nairobi", "text": "A city."},
    {"docid": "7#1", "title": "Nairobi", "text": "A river."},
    {"docid": "9#0", "title": "", "text": "Untitled."},
    {"docid": "9#1", "title": "Other", "text": "Not judged."},
]
MIRACL = {
    "sw": {
        "topics": "6\tWapi?\n8\tGani?\n",
        "qrels": "6\tQ0\t7#0\t1\n6\tQ0\t7#1\t0\n8\tQ0\t9#0\t1\n8\tQ0\t7#0\t1\n",
        "corpus": gzip.compress(jsonl(*PASSAGES).encode()),
    },
    "yo": {"topics": "6\tKini?\n", "qrels": "6\tQ0\t7#0\t1\n", "corpus": jsonl(PASSAGES[0])},
}


@pytest.mark.parametrize("kind", ["miracl", "mr-tydi"])
def test_miracl_searches_the_whole_corpus_of_each_language(build, kind):
    folder = build(kind, MIRACL, expected={"sw": (4, 2), "yo": (None, 1)})
    assert rows(folder, "candidates")[0] == {
        "candidate_id": "sw_7#0",
        "language": "sw",
        "collection": "sw",
        "text": "Nairobi A city.",
        "passage": "Nairobi A city.",
    }
    assert column(folder, "candidates", "text")[2] == "Untitled."
    # one number is another question in each language
    assert column(folder, "queries", "query_id") == ["sw_6", "sw_8", "yo_6"]
    assert column(folder, "queries", "collection") == ["sw", "sw", "yo"]
    assert [(row["query_id"], row["candidate_id"], row["relevance"]) for row in rows(folder, "qrels")] == [
        ("sw_6", "sw_7#0", 1),
        ("sw_8", "sw_9#0", 1),
        ("sw_8", "sw_7#0", 1),
        ("yo_6", "yo_7#0", 1),
    ]
    counts = read_json(folder / "counts.json")
    assert (counts["task"], counts["settings"], counts["pool"]) == ("retrieval", ["monolingual"], "full")
    assert counts["judged"] == {"sw": 1, "yo": 0}
    assert counts["pairs"] == {"sw": {"sw": 2, "yo": 0}, "yo": {"sw": 0, "yo": 1}}


def test_the_judged_pool_has_what_the_qrels_name(build):
    folder = build("miracl", MIRACL, pool="judged")
    assert column(folder, "candidates", "candidate_id") == ["sw_7#0", "sw_7#1", "sw_9#0", "yo_7#0"]
    assert read_json(folder / "counts.json")["pool"] == "judged"


def changed(language, **roles):
    return {**MIRACL, language: {**MIRACL[language], **roles}}


@pytest.mark.parametrize(
    ("contents", "settings", "message"),
    [
        (changed("yo", topics="6 Kini?\n"), {}, r"yo\.topics, line 1: not an id, a tab and a question: '6 Kini\?'"),
        (changed("yo", topics="6\ta\n6\tb\n"), {}, r"yo\.topics, line 2: duplicate topic '6'"),
        (changed("yo", topics="6\ta\n7\tb\n"), {}, r"yo\.topics, line 2: topic '7' has no relevant passage .*: remove"),
        (changed("yo", qrels="6\tQ0\t7#0\n"), {}, r"yo\.qrels, line 1: not the four columns"),
        (changed("yo", qrels="6\tQ0\t7#0\tx\n"), {}, r"yo\.qrels, line 1: the score 'x' is not a whole number"),
        (
            changed("yo", qrels="6\tQ0\t7#0\t1\n6\tQ0\t7#0\t0\n"),
            {},
            r"yo\.qrels, line 2: .* are judged twice: 0 here, 1",
        ),
        (changed("yo", qrels="6\tQ0\t7#0\t1\n5\tQ0\t7#0\t1\n"), {}, r"yo\.qrels, line 2: the query '5' is not in"),
        (changed("yo", qrels="6\tQ0\t8#8\t1\n"), {}, r"yo\.qrels, line 1: the candidate '8#8' is not in the corpus"),
        (
            changed("yo", qrels="6\tQ0\t7#0\t1\n6\tQ0\t8#8\t0\n"),
            {"pool": "judged"},
            r"yo\.qrels, line 2: the candidate '8#8' is not in the corpus",
        ),
        (changed("yo", corpus=jsonl({"docid": "7#0"})), {}, r"yo\.corpus, line 1: not a passage .* 'text' is missing"),
        (
            changed("yo", corpus=jsonl({"docid": "7#0", "text": " "})),
            {},
            r"yo\.corpus, line 1: the passage '7#0' has no text, but is relevant for a query: .* 'empty: drop'",
        ),
        (
            changed("yo", corpus=jsonl(PASSAGES[0], PASSAGES[0] | {"title": "Other"})),
            {},
            r"duplicate id 'yo_7#0' .*: .*yo\.corpus, line 1 and .*yo\.corpus, line 2: give each",
        ),
        (MIRACL, {"expected": {"sw": (5, 2)}}, "4 candidates and 2 queries, but 5 and 2 are published"),
        (MIRACL, {"expected": {"sw": (None, 3)}}, "4 candidates and 2 queries, but any and 3 are published"),
    ],
)
def test_bad_miracl_files_are_one_clear_error(build, contents, settings, message):
    with pytest.raises(BenchmarkError, match=message):
        build("miracl", contents, **settings)


def test_a_passage_judged_not_relevant_may_be_missing_from_a_whole_corpus(build):
    folder = build("miracl", changed("yo", qrels="6\tQ0\t7#0\t1\n6\tQ0\t8#8\t0\n"))
    assert read_json(folder / "counts.json")["judged"]["yo"] == 1


# --- BEIR ---


def beir(**changes):
    each = {
        "corpus": jsonl(
            {"_id": "d1", "text": "A"}, {"_id": "d2", "title": "T", "text": "B"}, {"_id": "d3", "text": "C"}
        ),
        "queries": jsonl({"_id": "q1", "text": "a?"}, {"_id": "q2", "text": "b?"}, {"_id": "train", "text": "c?"}),
        "qrels": "query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t1\nq2\td3\t1\nq2\td1\t0\n",
    }
    return {**each, **changes}


def test_beir_folders_may_be_graded_and_each_a_collection(build):
    folder = build("beir", {"en": beir(), "de": beir()}, parallel=False)
    assert column(folder, "queries", "query_id") == ["en_q1", "en_q2", "de_q1", "de_q2"]
    assert column(folder, "queries", "collection") == ["en", "en", "de", "de"]
    assert set(
        zip(column(folder, "candidates", "language"), column(folder, "candidates", "collection"), strict=True)
    ) == {
        ("en", "en"),
        ("de", "de"),
    }
    assert [(row["query_id"], row["candidate_id"], row["relevance"]) for row in rows(folder, "qrels")][:3] == [
        ("en_q1", "en_d2", 2),
        ("en_q1", "en_d1", 1),
        ("en_q2", "en_d3", 1),
    ]
    assert "en_en_q1 0 en_d2 2" in qrels(folder)
    counts = read_json(folder / "counts.json")
    assert counts["settings"] == ["monolingual"]
    assert counts["judged"] == {"en": 1, "de": 1}
    assert counts["pairs"]["en"] == {"en": 2, "de": 0}
    # BEIR's queries.jsonl has those of all splits: what the test does not judge is left out, and counted
    assert counts["dropped"] == {f"queries without a relevant candidate, {tag}": 1 for tag in ("en", "de")}


def test_parallel_beir_folders_may_have_judgements_of_their_own(build):
    german = beir(qrels="query-id\tcorpus-id\tscore\nq1\td3\t1\n")
    folder = build("beir", {"en": beir(), "de": german})
    assert {(row["query_id"], row["candidate_id"]) for row in rows(folder, "qrels")} == {
        ("q1", "en_d2"),
        ("q1", "en_d1"),
        ("q2", "en_d3"),
        ("q1", "de_d3"),
    }
    counts = read_json(folder / "counts.json")
    assert counts["pairs"] == {"en": {"en": 2, "de": 1}, "de": {"en": 1, "de": 1}}
    clusters = dict(zip(column(folder, "queries", "query_id"), column(folder, "queries", "cluster"), strict=True))
    assert clusters["q1"] == clusters["q2"]  # the German q1 and the English q2 have d3 in common


# --- Belebele ---


def belebele(number, passage, link="https://a", **changes):
    answers = {f"mc_answer{n}": str(n) for n in (1, 2, 3, 4)}
    row = {"link": link, "question_number": number, "flores_passage": passage, "question": f"{passage} {number}?"}
    return {**row, **answers, "correct_answer_num": "1", "dialect": "eng_Latn", "ds": "2023-05-03", **changes}


def test_belebele_finds_the_passage_of_a_question(build):
    english = [belebele(1, "One."), belebele(2, "One."), belebele(1, "Two.", "https://b")]
    german = [belebele(1, "Zwei.", "https://b"), belebele(1, "Eins."), belebele(2, "Eins.")]  # in another order
    expected = {"en": (2, 3), "de": (2, 3)}
    folder = build("belebele", {"en": {"file": jsonl(*english)}, "de": {"file": jsonl(*german)}}, expected=expected)
    assert column(folder, "candidates", "text") == ["One.", "Two.", "Zwei.", "Eins."]
    text_of = dict(zip(column(folder, "candidates", "candidate_id"), column(folder, "candidates", "text"), strict=True))
    found = {(row["query_id"], row["language"]): text_of[row["candidate_id"]] for row in rows(folder, "qrels")}
    assert found["https://a#2", "en"] == "One."
    assert found["https://a#2", "de"] == "Eins."
    assert found["https://b#1", "de"] == "Zwei."
    counts = read_json(folder / "counts.json")
    assert counts["settings"] == ["monolingual", "cross-lingual", "multilingual"]
    assert {number for row in counts["pairs"].values() for number in row.values()} == {3}
    clusters = {(row["query_id"], row["cluster"]) for row in rows(folder, "queries")}
    assert clusters == {("https://a#1", "https://a"), ("https://a#2", "https://a"), ("https://b#1", "https://b")}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (jsonl(belebele(1, "One.", question="")), "en.file, line 1: 'question' should be a string, found ''"),
        (jsonl(belebele(1, "One."), belebele(1, "Two.")), "line 2: duplicate question 'https://a#1'"),
        (jsonl({"link": "a"}), "line 1: not a row of Belebele .* 'question_number' is missing"),
    ],
)
def test_bad_belebele_files_are_one_clear_error(build, content, message):
    with pytest.raises(BenchmarkError, match=message):
        build("belebele", {"en": {"file": content}})


# --- BUCC ---

BUCC = {
    "dev_text": "de-000000001\tEins\n",
    "dev_english": "en-000000001\tOne\nen-000000002\tTwo\n",
    "dev_gold": "de-000000001\ten-000000002\n",
    "test_text": "de-000000001\tDrei\nde-000000002\tVier\n",
    "test_english": "en-000000001\tFive\nen-000000002\tThree\tor so\n",
    "test_gold": "de-000000001\ten-000000002\n",
}


def test_bucc_has_two_sides_and_the_gold_pairs_of_dev_and_test(build):
    folder = build("bucc", {"de": BUCC}, gold={"de": 1})
    assert column(folder, "candidates", "collection") == ["de-en.dev"] * 3 + ["de-en.test"] * 4
    assert column(folder, "candidates", "text")[-1] == "Three\tor so"
    assert column(folder, "queries", "text") == column(folder, "candidates", "text")
    dev, test = "de-en.dev", "de-en.test"
    assert [(row["query_id"], row["language"], row["candidate_id"]) for row in rows(folder, "qrels")] == [
        (f"{dev}_de-000000001", "en", f"en_{dev}_en-000000002"),
        (f"{dev}_en-000000002", "de", f"de_{dev}_de-000000001"),
        (f"{test}_de-000000001", "en", f"en_{test}_en-000000002"),
        (f"{test}_en-000000002", "de", f"de_{test}_de-000000001"),
    ]
    counts = read_json(folder / "counts.json")
    assert (counts["task"], counts["settings"]) == ("mining", ["cross-lingual"])
    assert counts["languages"] == {"de": {"candidates": 3, "queries": 3}, "en": {"candidates": 4, "queries": 4}}
    assert counts["pairs"] == {"de": {"de": 0, "en": 2}, "en": {"de": 2, "en": 0}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"dev_gold": "de-000000009\ten-000000002\n"},
            r"de\.dev_gold, line 1: 'de-000000009' is not in .*de\.dev_text",
        ),
        ({"dev_gold": "de-000000001\ten-000000009\n"}, r"line 1: 'en-000000009' is not in .*de\.dev_english"),
        ({"dev_gold": "de-000000001 en-000000002\n"}, r"de\.dev_gold, line 1: not two ids and a tab"),
        ({"dev_text": "de-000000001\n"}, r"de\.dev_text, line 1: not an id, a tab and a sentence"),
        ({"test_text": "de-000000001\ta\nde-000000001\tb\n"}, "duplicate id 'de_de-en.test_de-000000001'"),
        ({"test_gold": BUCC["test_gold"] + "de-000000002\ten-000000001\n"}, "2 gold pairs, but 1 are published"),
    ],
)
def test_bad_bucc_files_are_one_clear_error(build, changes, message):
    with pytest.raises(BenchmarkError, match=message):
        build("bucc", {"de": {**BUCC, **changes}}, gold={"de": 1})


# --- MKQA ---


def mkqa(example, answers, **queries):
    asked = {"en": f"{example}?", "de": f"{example} de?", "zh_cn": f"{example} zh?", "no": f"{example} no?", **queries}
    return {"query": asked["en"], "example_id": example, "queries": asked, "answers": {"en": answers, "de": []}}


QUESTIONS = [
    mkqa(-5563260, [{"type": "entity", "entity": "Q60", "text": "New York", "aliases": ["NYC"]}]),
    mkqa(2, [{"type": "unanswerable", "entity": "", "text": None, "aliases": []}]),
    mkqa(3, [{"type": "binary", "entity": "", "text": "yes", "aliases": []}]),
    mkqa(4, [{"type": "number", "entity": "", "text": "7.0", "aliases": ["seven"]}]),
    mkqa(5, [{"type": "long_answer", "entity": "", "text": None}]),
    mkqa(6, [{"type": "short_phrase", "entity": "", "text": "Zürich"}]),
]
ARTICLES = [
    {"_id": "p1", "title": "seven", "text": "He came to new york, late."},
    {"_id": "p2", "title": "", "text": "New Yorkers, seventy of them."},
    {"_id": "p3", "title": "", "text": "The NYC seven; yes."},
]


def test_mkqa_finds_passages_that_hold_an_english_answer(build):
    shared = {"questions": gzip.compress(jsonl(*QUESTIONS).encode()), "corpus": jsonl(*ARTICLES)}
    folder = build("mkqa", {"de": {}, "zh": {}, "nb": {}, "all": shared})
    assert [(row["query_id"], row["language"], row["candidate_id"]) for row in rows(folder, "qrels")] == [
        ("-5563260", "en", "en_p1"),  # in any case; the title, "seven", answers nothing
        ("-5563260", "en", "en_p3"),
        ("4", "en", "en_p3"),
    ]
    assert column(folder, "candidates", "text")[0] == "seven He came to new york, late."
    assert [(row["query_id"], row["language"], row["text"]) for row in rows(folder, "queries")] == [
        ("-5563260", "de", "-5563260 de?"),
        ("-5563260", "zh", "-5563260 zh?"),
        ("-5563260", "nb", "-5563260 no?"),
        ("4", "de", "4 de?"),
        ("4", "zh", "4 zh?"),
        ("4", "nb", "4 no?"),
    ]
    counts = read_json(folder / "counts.json")
    assert counts["dropped"] == {
        "questions without an answer that can occur in a passage": 3,
        "questions without an answer in the corpus": 1,
    }
    assert counts["languages"]["en"] == {"candidates": 3, "queries": 0}
    assert counts["pairs"]["de"] == {"en": 2}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # what DPR's SimpleTokenizer gives: runs of letters, numbers and marks, else single characters
        ("The U.S., 1990s", ["the", "u", ".", "s", ".", ",", "1990s"]),
        ("Zu\u0308rich", ["zu\u0308rich"]),
        ("Z\u00fcrich", ["zu\u0308rich"]),
        ("a_b\u00a0c\u200bd", ["a", "_", "b", "c", "d"]),
        ("", []),
    ],
)
def test_words_are_those_of_dpr(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        (jsonl(mkqa(1, [{"type": "entity", "text": "NYC"}], de=None)), "line 1, queries: 'de' should be a string"),
        (jsonl({**mkqa(1, []), "answers": {}}), "line 1: 'answers' has no list of objects for 'en'"),
        (jsonl(QUESTIONS[0], mkqa(-5563260, [])), "line 2: duplicate question '-5563260'"),
        (jsonl({"example_id": 1}), "line 1: not a row of MKQA .* 'queries' is missing"),
        (jsonl(*QUESTIONS[5:]), "nothing to search"),
    ],
)
def test_bad_mkqa_files_are_one_clear_error(build, questions, message):
    with pytest.raises(BenchmarkError, match=message):
        build("mkqa", {"de": {}, "all": {"questions": questions, "corpus": jsonl(*ARTICLES)}})


# --- Mewsli-X ---

TEXT = "Old news. In Helsinki, {buses} stand still.\nMore."


def article(language="en", *, entity="Q1757", start=13, end=21, **changes):
    spans = [{"start": 0, "end": 9}, {"start": 10, "end": 43}, {"start": 44, "end": 49}]
    context = {"document_title": "t", "document_url": "u", "document_id": "d", "language": language, "text": TEXT}
    mention = {"example_id": f"{language}-1", "entity_id": entity, "metadata": {"bin_name": "bin04_1000-inf"}}
    mention["mention_span"] = {"start": start, "end": end, "text": "Helsinki"}
    return {"context": {**context, "sentence_spans": spans, **changes}, "mentions": [mention]}


ENTITIES = [
    {
        "entity_id": "Q1757",
        "title": "Helsinki",
        "description": "Helsinki on kaupunki.\nSe on  Suomessa.",
        "description_url": "u",
        "description_language": "fi",
        "sentence_spans": [{"start": 0, "end": 21}, {"start": 22, "end": 38}],
    },
    {
        "entity_id": "Q2",
        "title": "Qosqo",
        "description": "Llaqta.",
        "description_url": "u",
        "description_language": "qu",
        "sentence_spans": [{"start": 0, "end": 7}],
    },
]


def test_mewsli_x_finds_the_entity_of_a_mention(build):
    shared = {"mentions": jsonl(article(), article("pl")), "entities": jsonl(*ENTITIES)}
    folder = build("mewsli-x", {"en": {}, "all": shared}, expected={"en": (0, 1)})
    # the strings of XTREME-R's baseline: the mention, a colon, the sentence with the mention between braces
    assert rows(folder, "queries") == [
        {
            "query_id": "en-1",
            "language": "en",
            "collection": "",
            "text": "Helsinki: In { Helsinki } , (buses) stand still.",
            "cluster": "Q1757",
        }
    ]
    assert column(folder, "candidates", "text") == ["Helsinki on kaupunki. Se on Suomessa.", "Llaqta."]
    assert column(folder, "candidates", "language") == ["fi", "quy"]
    assert rows(folder, "qrels") == [{"query_id": "en-1", "language": "fi", "candidate_id": "fi_Q1757", "relevance": 1}]
    counts = read_json(folder / "counts.json")
    assert counts["settings"] == ["multilingual"]
    assert counts["pairs"] == {"en": {"fi": 1, "quy": 0}}


@pytest.mark.parametrize(
    ("mention", "message"),
    [
        (article(text=""), "line 1: the article has no text: get-mewsli-x.sh"),
        (article(start=14), "line 1: .* does not match the text there: 'elsinki'"),
        (article(end=99), "line 1: .* is not a span of a text of 49 characters"),
        (article(sentence_spans=[{"start": 0, "end": 18}]), "line 1: the mention 'en-1' is in no sentence"),
        (article(sentence_spans=None), "line 1: 'sentence_spans' should be a list, found None"),
        (article(entity="Q9"), "line 1: the entity 'Q9' is not in"),
        (article("xx"), "line 1: unknown language 'xx'"),
        ({"mentions": []}, "line 1: not a row of Mewsli-X's mentions .* 'context' is missing"),
    ],
)
def test_bad_mewsli_x_files_are_one_clear_error(build, mention, message):
    with pytest.raises(BenchmarkError, match=message):
        build("mewsli-x", {"en": {}, "all": {"mentions": jsonl(mention), "entities": jsonl(*ENTITIES)}})


# --- Duplicates, and values of other types ---


def test_rows_that_repeat_another_count_once_in_every_format(build):
    """Each file with its rows twice, or the last one, gives the tables of the file as it is."""
    shared = {"mentions": jsonl(article()), "entities": jsonl(*ENTITIES)}
    asked = {"questions": jsonl(*QUESTIONS), "corpus": jsonl(*ARTICLES)}
    cases = {
        "belebele": ({"en": {"file": jsonl(belebele(1, "One."), belebele(2, "One."))}}, ("en", "file")),
        "bucc": ({"de": BUCC}, ("de", "test_gold"), ("de", "test_text"), ("de", "dev_english")),
        "mkqa": ({"de": {}, "all": asked}, ("all", "questions"), ("all", "corpus")),
        "mewsli-x": ({"en": {}, "all": shared}, ("all", "mentions"), ("all", "entities")),
        "miracl": ({"yo": MIRACL["yo"]}, ("yo", "topics"), ("yo", "qrels"), ("yo", "corpus")),
    }
    for kind, (contents, *files) in cases.items():
        once = read_json(build(kind, contents) / "counts.json")
        for language, role in files:
            repeated = {**contents, language: {**contents[language], role: contents[language][role] * 2}}
            counts = read_json(build(kind, repeated) / "counts.json")
            assert counts["files"] == once["files"], (kind, role)
            assert counts["languages"] == once["languages"]
            assert any(reason.startswith("repeated") for reason in counts["dropped"]), (kind, role)


def test_an_empty_passage_of_a_corpus_without_judgements_is_left_out(build):
    shared = {"questions": jsonl(*QUESTIONS), "corpus": jsonl(*ARTICLES, {"_id": "p9", "title": "", "text": ""})}
    counts = read_json(build("mkqa", {"de": {}, "all": shared}) / "counts.json")
    assert counts["languages"]["en"]["candidates"] == 3
    assert counts["dropped"]["empty passages, en"] == 1


@pytest.mark.parametrize(
    ("kind", "contents", "message"),
    [
        ("mkqa", [{"type": ["entity"], "text": "x"}], "nothing to search"),
        ("mkqa", [{"type": "entity", "text": "x", "aliases": 7}], "line 1: 'aliases' should be a list, found 7"),
        ("miracl", "6\tQ0\t7#0\t" + "1" * 5000 + "\n", "line 1: the score '1111.* has more than 18 digits"),
        ("miracl", "6\tQ0\t7#0\t99999999999999999999\n", "line 1: the score .* has more than 18 digits"),
        ("miracl", "6\tQ0\t7#0\t" + "x" * 5000 + "\n", "line 1: the score 'xxxx.* is not a whole number"),
    ],
)
def test_values_of_other_types_are_one_clear_error(build, kind, contents, message):
    if kind == "mkqa":
        given = {"de": {}, "all": {"questions": jsonl(mkqa(1, contents)), "corpus": jsonl(*ARTICLES)}}
    else:
        given = changed("yo", qrels=contents)
    with pytest.raises(BenchmarkError, match=message) as caught:
        build(kind, given)
    assert len(str(caught.value)) < 500
