"""Translators: each engine behind its cache, pivots made of engines that keep what they did."""

from collections import Counter

import pytest

from equilingual.translation import translators
from equilingual.translation.cache import CachedTranslation, digest
from equilingual.translation.engines import Translation
from equilingual.translation.translators import open_translator

FIRST, SECOND, OTHER = ({"name": name, "kind": "apertium"} for name in ("first", "second", "other"))
PIVOT = {"name": "pivot", "kind": "pivot", "first": FIRST, "through": "es", "second": SECOND}
TEXTS = ["one", "no", "long one of many words", "two"]


class Engine:
    """Marks a text with its own name and target, and counts what it is asked."""

    batch, by_sentence = 12, False

    def __init__(self, name, target, asked, window=100):
        self.name, self.target, self.asked, self.window = name, target, asked, window

    def length(self, text):
        return len(text)

    def translate(self, texts):
        for text in texts:
            assert 0 < len(text) <= self.window
            self.asked[self.name, self.target, text] += 1
        return [Translation("" if text == "no" else f"{text}-{self.target}", 1, text == "two") for text in texts]


@pytest.fixture
def asked(monkeypatch):
    counts = Counter()
    windows = {"second": 12}

    def open_engine(spec, source, target, threads):
        return Engine(spec["name"], target, counts, windows.get(spec["name"], 100))

    monkeypatch.setattr(translators, "open_engine", open_engine)
    monkeypatch.setattr(translators, "identity", lambda spec, source, target: {"of": spec["name"]})
    return counts


def translate(folder, spec, target, texts=TEXTS):
    translator = open_translator(spec, "en", target, threads=1, cache=folder, total=len(texts))
    answers = translator.translate({digest(text): text for text in texts})
    translator.close()
    return [answers[digest(text)] for text in texts]


def test_a_pivot_goes_through_both_legs_and_splits_what_the_second_finds_too_long(tmp_path, asked):
    assert translate(tmp_path, PIVOT, "ast") == [
        CachedTranslation("one-es-ast", 2, 1, False),
        CachedTranslation("", 1, 1, False),
        # "long one of many words-es" in three pieces of twelve characters at most, with one unknown word in each.
        CachedTranslation("long one of-ast many-ast words-es-ast", 4, 3, False),
        CachedTranslation("two-es-ast", 2, 1, True),
    ]
    assert ("second", "ast", "") not in asked


@pytest.mark.parametrize("pivot_first", [True, False])
def test_a_pivot_and_its_leg_ask_the_engine_once_for_a_text(tmp_path, asked, pivot_first):
    runs = [(PIVOT, "ast"), (FIRST, "es")]
    answers = {spec["name"]: translate(tmp_path, spec, to) for spec, to in (runs if pivot_first else runs[::-1])}
    assert set(asked.values()) == {1}
    assert {text for name, _, text in asked if name == "first"} == set(TEXTS)
    assert answers["first"][0] == CachedTranslation("one-es", 1, 1, False)
    asked.clear()
    assert translate(tmp_path, PIVOT, "ast") == answers["pivot"]
    assert not asked


def test_two_pivots_share_their_first_leg_and_two_engines_nothing(tmp_path, asked):
    translate(tmp_path, PIVOT, "ast")
    asked.clear()
    translate(tmp_path, PIVOT | {"name": "to-catalan", "second": OTHER}, "ca")
    assert {name for name, _, _ in asked} == {"other"}
    asked.clear()
    translate(tmp_path, PIVOT | {"name": "another", "first": OTHER}, "ast")
    assert Counter(name for name, _, _ in asked) == {"other": len(TEXTS)}  # and what it says is known to the second


def test_a_killed_pivot_has_lost_one_batch_of_one_leg(tmp_path, asked, monkeypatch):
    texts = [f"text {number}" for number in range(10)]  # of six characters: two in a batch
    whole = translate(tmp_path / "whole", PIVOT, "ast", texts)
    asked.clear()
    sound = Engine.translate

    def dying(self, batch):
        if sum(asked.values()) >= 14:
            raise KeyboardInterrupt
        return sound(self, batch)

    monkeypatch.setattr(Engine, "translate", dying)
    with pytest.raises(KeyboardInterrupt):
        translate(tmp_path / "killed", PIVOT, "ast", texts)
    monkeypatch.setattr(Engine, "translate", sound)
    assert asked.total() == 14
    assert translate(tmp_path / "killed", PIVOT, "ast", texts) == whole
    assert set(asked.values()) == {1}
