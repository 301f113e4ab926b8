"""What stands in a translation as in its source (addresses, codes, numbers, names), and what is left to translate."""

import unicodedata
from collections.abc import Iterator
from itertools import pairwise

import regex

from equilingual.identification import certainty

# A sign that ends a sentence is none of an address; nor is a letter of a script without spaces after it.
_ADDRESS = regex.compile(
    r"(?:(?:https?|ftp)://|www\.)[\p{Latin}\p{Nd}\-._~:/?#@!$&'*+,;=%]*[\p{Latin}\p{Nd}/=#&]"
    r"|(?<![\p{Latin}\p{Nd}._%+-])[\p{Latin}\p{Nd}._%+-]++@[\p{Latin}\p{Nd}-]++(?:\.[\p{Latin}\p{Nd}-]++)++",
    regex.IGNORECASE,
)
# Scripts without spaces between words: each letter counts as one.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
_UNSPACED_LETTER = regex.compile(f"[{_UNSPACED}]")
_LETTER = regex.compile(r"\p{L}")
_CHUNK = regex.compile(rf"[{_UNSPACED}]\p{{M}}*|[^\s{_UNSPACED}]+")
_SENTENCE_END = regex.compile(r"[.!?:…。！？]\P{L}*$")
_INSIDE = regex.compile(r"[\p{L}\p{N}](?:.*[\p{L}\p{M}\p{N}])?")
# Digits, low lines and back slashes; a dot between letters (a file, a domain); a capital after a small letter.
_CODE = regex.compile(r"[\p{N}_\\]|\p{L}\.\p{L}|\p{Ll}\p{Lu}")
_CAPITALS = regex.compile(r"[^\p{Ll}\p{Lo}]*\p{Lu}[^\p{Ll}\p{Lo}]*\p{Lu}[^\p{Ll}\p{Lo}]*")
# In capitals 98% of the English sentences of FLORES-200 dev and 83% of SQuADShifts' questions are so certain, and of
# lists of three names from SQuADShifts' paragraphs 3%, of eight 19%.
_CERTAIN = 0.9

# One sign between groups of three digits, the same throughout; or India's groups of two.
_THOUSANDS = regex.compile(
    r"(?<![0-9])(?:[0-9]{1,3}([.,٬'’\u00a0\u202f\u2009 ])[0-9]{3}(?:\1[0-9]{3})*"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})(?![0-9])"
)
_DIGIT = regex.compile(r"\p{Nd}")
_DIGITS = regex.compile("[0-9]+")
# Not "1970s" and "39C", nor the time "0230", which are written otherwise in other languages.
_NUMBER = regex.compile(r"(?<![0-9])[1-9][0-9]*(?![0-9\p{Latin}])")
_LEAST_DIGITS = 3
_ERAS = (543, -543)  # between a year and Thailand's name of it


def addresses(text: str) -> list[str]:
    """Return the URLs and e-mail addresses of a text, in order."""
    return _ADDRESS.findall(text)


def without_literals(text: str) -> str:
    """Return a text without its addresses, and without the words that have digits or are codes otherwise."""
    return " ".join(chunk for chunk in _ADDRESS.sub(" ", text).split() if not _is_code(chunk))


def _is_code(chunk: str) -> bool:
    # Where words are not separated, a chunk is a sentence.
    inside = None if _UNSPACED_LETTER.search(chunk) else _INSIDE.search(chunk)
    return inside is not None and _CODE.search(inside[0]) is not None


def translatable_share(text: str) -> float:
    """Return the fraction of a text's words that there are to translate; 0 for a text without words.

    The others are addresses, numbers, codes (words with a digit, a low line, a dot or capital inside) and names: words
    in capitals or that begin with one. The first word of a sentence is a name only if the next one is none to
    translate, too. A text that is all in capitals tells nothing about names: its words count where they are certain
    to be of some language. Scripts without capitals show no names; in those without spaces each letter is a word.
    """
    if _is_capital(text) and certainty(text.lower()) >= _CERTAIN:
        text = text.lower()
    kinds = list(_kinds(text))
    plain = kinds.count("plain") + sum(pair == ("first", "plain") for pair in pairwise(kinds))
    return plain / len(kinds) if kinds else 0.0


def _is_capital(text: str) -> bool:
    return text.isupper() and len(text.split()) > 1


def _kinds(text: str) -> Iterator[str]:
    """Yield of each word what it is: ``literal``, ``name``, ``first`` (of a sentence, with a capital) or ``plain``."""
    begins = True
    for chunk in _CHUNK.findall(_ADDRESS.sub(" 0 ", text)):
        inside = _INSIDE.search(chunk)
        if inside is None:
            continue
        word = inside[0]
        if not _LETTER.search(word) or _CODE.search(word):
            yield "literal"
        elif _CAPITALS.fullmatch(word):
            yield "name"
        elif word[0].isupper():
            yield "first" if begins else "name"
        else:
            yield "plain"
        begins = bool(_SENTENCE_END.search(chunk))


def lost_share(source: str, translation: str) -> float | None:
    """Return the fraction of the source's numbers and addresses that are not in the translation; ``None`` without any.

    Numbers count from 100 on: smaller ones are written as words in one language and not in another (FLORES-200 dev,
    English into 58 languages: numbers from 21 on fail 2.8% of the human translations into Igbo). They are compared
    in any script's digits, without thousands separators; the parts around a decimal sign are numbers of their own, and
    a year may be one of the Buddhist era. Addresses are compared without regard to capitals.
    """
    numbers = [number for number in _numbers(source, _NUMBER) if len(number) >= _LEAST_DIGITS]
    links = [link.casefold() for link in addresses(source)]
    if not numbers and not links:
        return None
    there = set(_numbers(translation, _DIGITS))
    there |= {str(int(year) + years) for year in there if len(year) == 4 for years in _ERAS}
    folded = translation.casefold()
    lost = sum(number not in there for number in numbers) + sum(link not in folded for link in links)
    return lost / (len(numbers) + len(links))


def _numbers(text: str, pattern: "regex.Pattern[str]") -> list[str]:
    """Return the numbers of a text in ASCII digits, without separators and leading zeros."""
    digits = _DIGIT.sub(_ascii_digit, _ADDRESS.sub(" ", text))
    return [number.lstrip("0") for number in pattern.findall(_THOUSANDS.sub(_joined, digits))]


def _ascii_digit(match: regex.Match[str]) -> str:
    return str(unicodedata.digit(match[0]))


def _joined(match: regex.Match[str]) -> str:
    return "".join(_DIGITS.findall(match[0]))
