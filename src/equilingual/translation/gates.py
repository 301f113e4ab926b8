"""Quality gates: measures of a translated text, and which of them say that it is no translation.

Measuring needs a text and its source; judging needs the thresholds, and for the length the language pair's own
median. So the shards are measured, and the merge judges: a changed threshold measures nothing again.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import regex

from equilingual.languages import get_language
from equilingual.texts import normalize_text

# Languages that the identifier takes for each other in whole sentences of FLORES-200 dev (labels of py3langid 0.4);
# one of a group counts for another.
_NEAR = [{"bs", "hr", "sr"}, {"nb", "no", "nn"}, {"id", "ms"}, {"zh", "yue", "wuu"}]
# ISO 15924 codes that are several of Unicode's scripts, or a name that Unicode writes otherwise.
_SCRIPTS = {"Hans": "Han", "Hant": "Han", "Jpan": "Han|Hiragana|Katakana", "Kore": "Hangul|Han", "Hang": "Hangul|Han"}
_UNICODE_NAMES = {
    "Arab": "Arabic", "Armn": "Armenian", "Beng": "Bengali", "Cyrl": "Cyrillic", "Deva": "Devanagari",
    "Ethi": "Ethiopic", "Geor": "Georgian", "Grek": "Greek", "Gujr": "Gujarati", "Guru": "Gurmukhi",
    "Hebr": "Hebrew", "Khmr": "Khmer", "Knda": "Kannada", "Laoo": "Lao", "Latn": "Latin", "Mlym": "Malayalam",
    "Mymr": "Myanmar", "Olck": "Ol_Chiki", "Orya": "Oriya", "Sinh": "Sinhala", "Taml": "Tamil", "Telu": "Telugu",
    "Tfng": "Tifinagh", "Thai": "Thai", "Tibt": "Tibetan",
}  # fmt: skip


# Scripts of which one character says as much as three Latin ones.
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


class Measures(NamedTuple):
    """What is measured of one translated text; ``None`` where a measure says nothing about this text."""

    language: float | None  # probability of the target language, those near it included
    script: float | None  # share of letters that are of the target's script
    untranslated: float | None  # share of longer words that stand in the source in the same form
    length: float  # characters per character of the source
    repeats: int  # most often that a run of words (or characters) follows itself
    copy: bool  # the source's own text


def measure(source: str, translation: str, target_language: str) -> Measures:
    """Return the measures of a translation of ``source``; texts are in logical order, of any length."""
    return Measures(
        language=language_probability(translation, target_language),
        script=script_share(translation, get_language(target_language).script),
        untranslated=untranslated_share(source, translation),
        # Ten characters more on both sides: one word more in a name of two words is no fault.
        length=(len(translation) + 10) / (len(source) + 10),
        repeats=max(0, longest_run(translation) - longest_run(source)),
        # One word is a name; without spaces, so are a few characters.
        copy=(len(source.split()) > 1 or len(_DENSE.findall(source)) > 4)
        and normalize_text(translation) == normalize_text(source),
    )


def is_identifiable(text: str, characters: int) -> bool:
    """Return whether a text has so many characters; a Chinese, Japanese or Korean one counts three.

    Of 13 such characters the identifier knows as much as of 40 Latin ones (FLORES-200 dev cut short: 0.3% to 1% of the
    texts not identified, 7% to 9% of English and Spanish ones of 40).
    """
    return len(text) >= characters or len(text) + 2 * len(_DENSE.findall(text)) >= characters


@lru_cache(maxsize=1)
def _identifier() -> Any:  # noqa: ANN401 (the package has no types)
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_probability(text: str, language: str) -> float | None:
    """Return the probability that a text is of a language, or of one near it; ``None`` where the model lacks it."""
    label = get_language(language).tag.split("-")[0]
    group = {label}.union(*(near for near in _NEAR if label in near))
    if group.isdisjoint(_identifier().labels):
        return None
    return float(sum(probability for name, probability in _identifier().rank(text) if name in group))


@lru_cache(maxsize=256)
def _script_pattern(script: str) -> "regex.Pattern[str]":
    names = _SCRIPTS.get(script, _UNICODE_NAMES.get(script, script)).split("|")
    return regex.compile("[" + "".join(rf"\p{{Script_Extensions={name}}}" for name in names) + "]")


def script_share(text: str, script: str) -> float | None:
    """Return the share of a text's letters that are of an ISO 15924 script; ``None`` for a text without letters."""
    letters = regex.findall(r"\p{Letter}", text)
    if not letters:
        return None
    pattern = _script_pattern(script)
    return sum(1 for letter in letters if pattern.match(letter)) / len(letters)


def untranslated_share(source: str, translation: str) -> float | None:
    """Return the share of the translation's words that stand in the source; names and numbers are left out.

    Words are runs of four letters or more that begin with a small one, as a name does not; in scripts without small
    letters, any. ``None`` where the translation has fewer than three of them.
    """
    words = _small_words(translation)
    if len(words) < 3:
        return None
    known = set(_small_words(source))
    return sum(1 for word in words if word in known) / len(words)


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


def medians_of(lengths: Sequence[float], untranslated: Sequence[float]) -> dict[str, float]:
    """Return what a language pair's texts are judged against: the medians of two measures; 1 and 0 of no texts.

    Half of the words in common are more than any two languages of FLORES-200 dev have (Croatian and Bosnian: 44%):
    above it, the engine translates nothing, and that is not to be its own yardstick.
    """
    return {
        "length": float(np.median(lengths)) if len(lengths) else 1.0,
        "untranslated": min(0.5, float(np.median(untranslated))) if len(untranslated) else 0.0,
    }


def judge(
    measures: Mapping[str, Any], translation: str, *, medians: Mapping[str, float], thresholds: Mapping[str, Any]
) -> list[str]:
    """Return the gates that a translated text fails, in a fixed order.

    Args:
        measures: the fields of :class:`Measures`, and ``cut``.
        translation: the text.
        medians: of the measures ``length`` and ``untranslated`` in this language pair (:func:`medians_of`).
        thresholds: the configuration's ``translation.gates``; ``None`` opens a gate.

    """
    if not translation:
        return ["empty"]
    failed = ["cut"] if measures["cut"] and thresholds["cut"] else []
    if measures["copy"] and thresholds["copies"]:
        failed.append("copy")
    long_enough = is_identifiable(translation, thresholds["language_characters"])
    for gate in ("language", "script"):
        if _below(measures[gate], thresholds[gate]) and (long_enough or gate == "script"):
            failed.append(gate)
    if thresholds["length"] is not None:
        times = math.exp(abs(math.log(measures["length"] / medians["length"])))
        if times > thresholds["length"]:
            failed.append("length")
    if _below(thresholds["repeats"], measures["repeats"]):
        failed.append("repeats")
    # Related languages share words: Danish and Norwegian a quarter of those in a sentence, Indonesian and Malay 43%.
    share, bound = measures["untranslated"], thresholds["untranslated"]
    if share is not None and bound is not None and share - medians["untranslated"] > bound:
        failed.append("untranslated")
    return failed


def _below(value: float | None, bound: float | None) -> bool:
    return value is not None and bound is not None and value < bound
