"""The words of a text, as BM25 counts them."""

import re

from equilingual.languages import get_language
from equilingual.texts import normalize_text

_RUNS = re.compile(r"[a-z0-9]+|[^a-z0-9\s]+")


def split_words(text: str, language: str) -> list[str]:
    """Return the words of a text, normalised (:func:`normalize_text`), in order.

    Languages without spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give every two characters
    that stand together, as Lucene's analyser of Chinese, Japanese and Korean does; Latin letters and digits among
    them stay whole, and so does a character that stands alone.
    """
    normalised = normalize_text(text)
    if get_language(language).has_spaces:
        return normalised.split()
    return [word for run in _RUNS.findall(normalised) for word in _pairs_of_characters(run)]


def _pairs_of_characters(run: str) -> list[str]:
    if len(run) == 1 or run.isascii():
        return [run]
    return [run[n : n + 2] for n in range(len(run) - 1)]
