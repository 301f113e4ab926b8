"""Quality filters: measures of a translated text, and which of them say that it is no translation.

Measuring needs a text and its source; judging needs the thresholds, and for the length the language pair's own
median. So the shards are measured, and the merge judges: a changed threshold measures nothing again.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import regex

from equilingual.config.filters import Filters
from equilingual.corpora.sentences import can_count_sentences, whole_sentences
from equilingual.identification import DENSE, count_characters, language_probability
from equilingual.languages import get_language
from equilingual.texts import normalize_text
from equilingual.translation.literals import lost_share, translatable_share, without_literals

# ISO 15924 codes that are several of Unicode's scripts, or a name that Unicode writes otherwise.
_SCRIPTS = {"Hans": "Han", "Hant": "Han", "Jpan": "Han|Hiragana|Katakana", "Kore": "Hangul|Han", "Hang": "Hangul|Han"}
_UNICODE_NAMES = {
    "Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Cyrl": "Cyrillic", "Deva": "Devanagari",
    "Ethi": "Ethiopic", "Geor": "Georgian", "Grek": "Greek", "Gujr": "Gujarati", "Guru": "Gurmukhi",
    "Hebr": "Hebrew", "Khmr": "Khmer", "Knda": "Kannada", "Laoo": "Lao", "Latn": "Latin", "Mlym": "Malayalam",
    "Mymr": "Myanmar", "Olck": "Ol_Chiki", "Orya": "Oriya", "Sinh": "Sinhala", "Taml": "Tamil", "Telu": "Telugu",
    "Tfng": "Tifinagh", "Thai": "Thai", "Tibt": "Tibetan",
}  # fmt: skip


class Measures(NamedTuple):
    """What is measured of one translated text; ``None`` where a measure says nothing about this text."""

    language: float | None  # probability of the target language, those near it included
    script: float | None  # share of letters that are of the target's script
    untranslated: float | None  # share of longer words that stand in the source in the same form
    length: float  # characters per character of the source; a Chinese, Japanese or Korean one counts three
    source_sentences: int | None  # of the source; None where they cannot be counted in both languages
    sentences: int | None  # of the translation; None likewise
    repeats: int  # most often that a run of words (or characters) follows itself
    copy: bool  # the source's own text
    characters: int  # of the translation without addresses and codes; a Chinese, Japanese or Korean one counts three
    words: float  # share of the source's words that there are to translate: no names, numbers, addresses, codes
    lost: float | None  # fraction of the source's numbers and addresses that the translation lacks


# A translation with fewer sentences than its source must be 1.15 times as long as another one. One of two sentences may
# be 0.85 times as long: a lost sentence is half of it, and the lengths of short texts vary most. Tuned with the
# threshold on half of FLORES-200 dev and XQuAD-R: benchmarks/sentence_counts.py.
_FEWER_SENTENCES = 1.15
_TWO_SENTENCES = 0.85
_LEAST_PARAGRAPHS = 20  # for a median of their own


def measure(source: str, translation: str, source_language: str, target_language: str) -> Measures:
    """Return the measures of a translation of ``source``; texts are in logical order, of any length.

    The first three are of the texts without addresses and codes, which are of no language, and so are ``characters``.
    """
    plain = without_literals(translation)
    length, source_sentences, sentences = measure_completeness(source, translation, source_language, target_language)
    return Measures(
        language=language_probability(plain, target_language),
        script=script_share(plain, get_language(target_language).script),
        untranslated=untranslated_share(without_literals(source), plain),
        length=length,
        source_sentences=source_sentences,
        sentences=sentences,
        repeats=max(0, longest_run(translation) - longest_run(source)),
        # One word is a name; without spaces, so are a few characters.
        copy=(len(source.split()) > 1 or len(DENSE.findall(source)) > 4)
        and normalize_text(translation) == normalize_text(source),
        characters=count_characters(plain),
        words=translatable_share(source),
        lost=lost_share(source, translation),
    )


def measure_completeness(
    source: str, translation: str, source_language: str, target_language: str
) -> tuple[float, int | None, int | None]:
    """Return the measures ``length``, ``source_sentences`` and ``sentences`` of a translation of ``source``."""
    can_count = can_count_sentences(source_language) and can_count_sentences(target_language)
    return (
        # Ten characters more on both sides: one word more in a name of two words is no fault.
        (count_characters(translation) + 10) / (count_characters(source) + 10),
        len(whole_sentences(source, source_language)) if can_count else None,
        len(whole_sentences(translation, target_language)) if can_count else None,
    )


@lru_cache(maxsize=256)
def _script_pattern(script: str) -> "regex.Pattern[str]":
    names = _SCRIPTS.get(script, _UNICODE_NAMES.get(script, script)).split("|")
    return regex.compile("[" + "".join(rf"\p{{Script_Extensions={name}}}" for name in names) + "]")


def script_share(text: str, script: str) -> float | None:
    """Return the fraction of a text's letters in an ISO 15924 script; ``None`` for a text without letters."""
    letters = regex.findall(r"\p{Letter}", text)
    if not letters:
        return None
    pattern = _script_pattern(script)
    return sum(1 for letter in letters if pattern.match(letter)) / len(letters)


def untranslated_share(source: str, translation: str) -> float | None:
    """Return the fraction of the translation's words that occur in the source; names and numbers are left out.

    Words are runs of four letters or more that begin with a small one, as a name does not; in scripts without small
    letters, any. ``None`` where the translation has fewer than three of them. One word more is counted as translated:
    two of three by chance are likelier than twenty of thirty.
    """
    words = _small_words(translation)
    if len(words) < 3:
        return None
    known = set(_small_words(source))
    return sum(1 for word in words if word in known) / (len(words) + 1)


def _small_words(text: str) -> list[str]:
    return regex.findall(r"(?<!\p{L})[\p{Ll}\p{Lo}][\p{L}\p{M}]{3,}", text)


def longest_run(text: str) -> int:
    """Return the most often that one to four words, or two to twenty-four characters, follow themselves at once.

    1 for a text without repetition, 0 for an empty one.
    """
    words = normalize_text(text).split()
    runs = [_run(words, size) for size in range(1, 5)]
    # In scripts without spaces a repeated phrase is one word; a letter repeated is a drawing, not a phrase.
    runs += [_run(word, size) for word in words if len(word) > 15 for size in range(2, 25)]
    return max(runs, default=0)


def _run(items: Sequence[str], size: int) -> int:
    """Return the most often that ``size`` items follow themselves, counted from any start."""
    best = 1 if items else 0
    equal = 0
    for position in range(size, len(items)):
        equal = equal + 1 if items[position] == items[position - size] else 0
        best = max(best, equal // size + 1)
    return best


def medians_of(
    lengths: Sequence[float], untranslated: Sequence[float], paragraphs: Sequence[float]
) -> dict[str, float]:
    """Return what a language pair's texts are judged against: the medians of two measures; 1 and 0 of no texts.

    ``paragraphs`` are the lengths of texts of several sentences whose translation has as many (:func:`is_paragraph`).
    They are compared with their like: questions come out longer or shorter than passages do, and an engine that loses
    sentences in most texts would else be its own yardstick. The median of all stands for that of fewer than 20.

    Half of the words in common are more than any two languages of FLORES-200 dev have (Croatian and Bosnian: 40%):
    above it, the engine translates nothing, and that is not to be its own yardstick.
    """
    length = float(np.median(lengths)) if len(lengths) else 1.0
    return {
        "length": length,
        "paragraphs": float(np.median(paragraphs)) if len(paragraphs) >= _LEAST_PARAGRAPHS else length,
        "untranslated": min(0.5, float(np.median(untranslated))) if len(untranslated) else 0.0,
    }


def is_paragraph(measures: Mapping[str, Any]) -> bool:
    """Return whether a text has several sentences, and its translation as many."""
    count = measures["source_sentences"]
    return count is not None and count > 1 and measures["sentences"] == count


def kept_share(measures: Mapping[str, Any], medians: Mapping[str, float]) -> float | None:
    """Return how much of a text of several sentences its translation keeps, by length and number of sentences.

    About 1 for a whole translation (more for one of two sentences), and less than 2/3 where one of three is lost.
    ``None`` for a text of one sentence, and where sentences cannot be counted.
    """
    count = measures["source_sentences"]
    if count is None or count < 2:
        return None
    share: float = measures["length"] / medians["paragraphs"] / (_TWO_SENTENCES if count == 2 else 1)
    fewer: bool = measures["sentences"] < count
    return share / _FEWER_SENTENCES if fewer else share


def judge(
    measures: Mapping[str, Any], translation: str, *, medians: Mapping[str, float], thresholds: Filters
) -> list[str]:
    """Return the filters that a translated text fails, in a fixed order.

    Args:
        measures: the fields of :class:`Measures`, and ``cut``.
        translation: the text.
        medians: of this language pair (:func:`medians_of`).
        thresholds: of the filters.

    """
    if not translation:
        return ["empty"]
    failed = ["cut"] if measures["cut"] and thresholds.cut else []
    judged = judging(measures, thresholds)
    if measures["copy"] and thresholds.copies and "copy" in judged:
        failed.append("copy")
    bounds = {"language": thresholds.language, "script": thresholds.script}
    failed += [name for name, bound in bounds.items() if name in judged and _below(measures[name], bound)]
    if thresholds.length is not None:
        times = math.exp(abs(math.log(measures["length"] / medians["length"])))
        if times > thresholds.length:
            failed.append("length")
    if _below(kept_share(measures, medians), thresholds.sentences):
        failed.append("sentences")
    if _below(thresholds.repeats, measures["repeats"]):
        failed.append("repeats")
    # Related languages share words: Danish and Norwegian 22% of those in a sentence, Indonesian and Malay 40%.
    copied = measures["untranslated"]
    more = None if copied is None else copied - medians["untranslated"]
    if "untranslated" in judged and _below(thresholds.untranslated, more):
        failed.append("untranslated")
    if _below(thresholds.lost, measures["lost"]):
        failed.append("lost")
    return failed


def judging(measures: Mapping[str, Any], thresholds: Filters) -> set[str]:
    """Return which of the filters ``copy``, ``language``, ``script`` and ``untranslated`` have a say about a text.

    Of a text with (almost) nothing to translate none has: names, numbers and addresses may stay as they are.
    """
    if thresholds.words is not None and measures["words"] < thresholds.words:
        return set()
    long_enough = measures["characters"] >= thresholds.language_characters
    return {"copy", "script", "untranslated"} | ({"language"} if long_enough else set())


def _below(value: float | None, bound: float | None) -> bool:
    return value is not None and bound is not None and value < bound
