"""The embedded data: complete, parallel, in the languages and scripts that it says, and nothing twice."""

import json
import unicodedata
from collections import Counter

import py3langid
import pytest

from equilingual.languages import get_language
from equilingual.texts import normalize_text

LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")
# The words by which Unicode names the letters of a script.
SCRIPTS = {
    "Arab": "ARABIC",
    "Latn": "LATIN",
    "Grek": "GREEK",
    "Deva": "DEVANAGARI",
    "Cyrl": "CYRILLIC",
    "Thai": "THAI",
    "Hans": "CJK",
}


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def demo(root):
    return root / "resources/demo"


def texts(demo, language):
    return [
        row["text"] for name in ("corpus", "queries") for row in read(demo / "evaluation" / language / f"{name}.jsonl")
    ]


def test_the_training_set_is_large_and_varied_enough(demo):
    rows = read(demo / "train/en.jsonl")
    assert len(rows) >= 240
    assert len({row["pair_id"] for row in rows}) == len(rows)
    assert len({row["topic"] for row in rows}) >= 12
    for name in ("question", "passage"):
        repeated = [text for text, n in Counter(normalize_text(row[name]) for row in rows).items() if n > 1]
        assert not repeated
    assert all(row["question"].endswith("?") for row in rows)


def test_the_evaluation_set_is_parallel(demo):
    english = {
        name: [row["_id"] for row in read(demo / f"evaluation/en/{name}.jsonl")] for name in ("corpus", "queries")
    }
    assert len(english["corpus"]) >= 80
    assert len(english["queries"]) >= 40
    for language in LANGUAGES:
        for name, ids in english.items():
            rows = read(demo / f"evaluation/{language}/{name}.jsonl")
            assert [row["_id"] for row in rows] == ids, (language, name)


def test_every_question_has_one_answer_among_distractors_of_its_topic(demo):
    lines = (demo / "evaluation/qrels/test.tsv").read_text().splitlines()[1:]
    judged = [line.split("\t") for line in lines]
    queries = [row["_id"] for row in read(demo / "evaluation/en/queries.jsonl")]
    assert [query for query, _, _ in judged] == queries
    assert len({candidate for _, candidate, _ in judged}) == len(judged)
    topic_of = {key: key.rsplit("-", 1)[0] for pair in judged for key in pair[:2]}
    assert all(topic_of[query] == topic_of[candidate] for query, candidate, _ in judged)


def test_topics_are_not_shared_with_the_training_set(demo):
    training = {row["topic"] for row in read(demo / "train/en.jsonl")}
    evaluation = {row["_id"].rsplit("-", 1)[0] for row in read(demo / "evaluation/en/corpus.jsonl")}
    assert training.isdisjoint(evaluation)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_repeats_and_none_was_left_in_english(demo, language):
    found = texts(demo, language)
    assert len({normalize_text(text) for text in found}) == len(found)
    if language != "en":
        assert not set(found) & set(texts(demo, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_their_language_and_script(demo, language):
    script = SCRIPTS[get_language(language).script]
    found = texts(demo, language)
    wrong_script = [
        text
        for text in found
        if sum(script in unicodedata.name(c, "") for c in text if c.isalpha()) < 0.6 * sum(c.isalpha() for c in text)
    ]
    assert not wrong_script
    # The identifier takes a few short Mandarin texts for Wu, which is written in the same characters.
    near = {"wuu": "zh"}
    identified = Counter(near.get(tag, tag) for tag, _ in map(py3langid.classify, found))
    assert identified[language] >= 0.97 * len(found), identified
    # The whole of a file leaves no doubt, where a single short question may.
    assert py3langid.classify(" ".join(found))[0] == language
