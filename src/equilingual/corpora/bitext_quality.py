"""Which texts of a sentence are its translations: the quality filters of bitext.

The reference is the sentence in English, or in the first of its files' languages. Every text is judged for its
language and script, the others also by their length beside the reference and as copies of it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from equilingual.config.filters import BitextFilters
from equilingual.identification import DENSE, count_characters, language_probability
from equilingual.languages import get_language
from equilingual.texts import normalize_text
from equilingual.translation.filters import judge, script_share
from equilingual.translation.literals import translatable_share, without_literals

_HUB = "en"
_STEP = 0.005  # of the logarithm of a length ratio: a median is right to half a per cent
_BINS = 1200  # from e^-3 to e^3


def reference_of(languages: Sequence[str]) -> int:
    """Return the position of the language that the others are judged against: English, or the first."""
    return languages.index(_HUB) if _HUB in languages else 0


def length_ratio(reference: str, text: str) -> float:
    """Return a text's characters per character of the reference, ten more on both sides, as of translations."""
    return (count_characters(text) + 10) / (count_characters(reference) + 10)


def median_lengths(sentences: Iterable[Sequence[str]], languages: Sequence[str]) -> list[float]:
    """Return, by language, the median length ratio to the reference; 1 for a language without a sentence beside it.

    Memory does not grow with the sentences: ratios are counted in steps of half a per cent.
    """
    reference = reference_of(languages)
    counts = np.zeros((len(languages), _BINS), dtype=np.int64)
    for texts in sentences:
        if not texts[reference]:
            continue
        for number, text in enumerate(texts):
            if text and number != reference:
                place = int(math.log(length_ratio(texts[reference], text)) / _STEP) + _BINS // 2
                counts[number, min(max(place, 0), _BINS - 1)] += 1
    return [_median(own) for own in counts]


def _median(counts: np.ndarray) -> float:
    total = int(counts.sum())
    if not total:
        return 1.0
    place = int(np.searchsorted(np.cumsum(counts), (total + 1) // 2))
    return math.exp((place - _BINS // 2) * _STEP)


class BitextJudge:
    """Judges the texts of the sentences of some files, and counts what fails.

    Args:
        languages: of the texts, in their order.
        medians: of the length ratios (:func:`median_lengths`).
        filters: the thresholds.

    Attributes:
        failed: by language, how many texts failed each filter; a text counts once, for the first.

    """

    def __init__(self, languages: Sequence[str], medians: Sequence[float], filters: BitextFilters) -> None:
        self._languages, self._medians, self._filters = languages, medians, filters.as_filters
        self._scripts = [get_language(tag).script for tag in languages]
        self._reference = reference_of(languages)
        self.failed: dict[str, Counter[str]] = {tag: Counter() for tag in languages}

    def failures(self, texts: Sequence[str]) -> dict[int, list[str]]:
        """Return, by position, the filters that a text fails; texts that fail none, and empty ones, are not in it."""
        reference = texts[self._reference]
        found = {}
        for number, text in enumerate(texts):
            if text and (failed := self._judge(number, text, reference)):
                self.failed[self._languages[number]][failed[0]] += 1
                found[number] = failed
        return found

    def _judge(self, number: int, text: str, reference: str) -> list[str]:
        beside = bool(reference) and number != self._reference
        source = reference if beside else text
        median = self._medians[number] if beside else 1.0
        measures = self._measure(number, text, source, beside=beside)
        return judge(
            measures,
            text,
            medians={"length": median, "paragraphs": median, "untranslated": 0.0},
            thresholds=self._filters,
        )

    def _measure(self, number: int, text: str, source: str, *, beside: bool) -> Mapping[str, object]:
        plain = without_literals(text)
        characters = count_characters(plain)
        long_enough = characters >= self._filters.language_characters and self._filters.language is not None
        # One word is a name; without spaces, so are a few characters.
        several = len(source.split()) > 1 or len(DENSE.findall(source)) > 4
        return {
            # The identifier takes most of the time: it is asked where its answer counts.
            "language": language_probability(plain, self._languages[number]) if long_enough else None,
            "script": script_share(plain, self._scripts[number]),
            "length": length_ratio(source, text) if beside else 1.0,
            "copy": beside and several and normalize_text(text) == normalize_text(source),
            "characters": characters,
            "words": translatable_share(source),
            "untranslated": None,
            "source_sentences": None,
            "sentences": None,
            "repeats": 0,
            "lost": None,
            "cut": False,
        }
