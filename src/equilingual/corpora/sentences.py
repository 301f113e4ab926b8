"""Where the sentences of a text are: `sentencex`, with the full stops that it passes over."""

import itertools
import re

from equilingual.languages import get_language

# sentencex 1.0.32 does not end a sentence at an ideographic full stop that a digit or a Latin letter follows
# ("…大權。1318年…"), which joins two of five sentences of DRCD.
_IDEOGRAPHIC_END = re.compile(r"[。！？][」』”’）)]*(?=[^」』”’）)\s])")

# sentencex 1.0.32 ends the process's thread at a capital letter, a space of several bytes and a full stop ("B\u3000.").
_WIDE_SPACES = {ord(space): " " for space in map(chr, range(0x80, 0x3001)) if space.isspace()}

# Languages whose sentences `sentencex` 1.0.32 cannot count. Thai and Lao have no full stop, Tibetan and Dzongkha put
# theirs after clauses too, and the full stops of Khmer and Shan are passed over. Of five consecutive sentences of
# FLORES-200 dev, 1.4 are found in Thai, and 5.3 to 6.3 in the 58 other languages at hand (with `whole_sentences`).
_UNCOUNTED = {"th", "lo", "bo", "dz", "km", "shn"}

_WORD = re.compile(r"[^\W_]")
_FIRST_LETTER = re.compile(r"[^\W\d_]")
# What begins an item of a list, at the start of a line.
LIST_MARK = re.compile(r"(?:[-*•·–—]|[(\[]?\d{1,3}[.)\]])[ \t]+(?=\S)")
_LIST_LINE = re.compile(rf"\n[ \t]*(?={LIST_MARK.pattern})")
_ENUMERATOR = re.compile(r"[(\[]?\d{1,3}[.)\]]+")
# "1995. -1996." and "1995. / 1996." are one run of years.
_RANGE = re.compile(r"[-–—/]\s?\d")
# Burmese: a comma, and the genitive's sign, which literary texts also write at the end of a sentence.
_INNER_MARKS = {"my": ("၊", "၏")}
_QUOTES = (("「", "」"), ("『", "』"), ("“", "”"), ("（", "）"))
_SCRIPTS_WITH_IDEOGRAPHIC_STOPS = {"Hans", "Hant", "Jpan"}


def can_count_sentences(language: str) -> bool:
    """Return whether the sentences of a language can be counted; ``language`` is a BCP-47 tag."""
    return language not in _UNCOUNTED


def whole_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Return :func:`sentence_spans` without cuts inside a sentence, and with a cut before each item of a list.

    A range joins the one before it on the same line if it has no letter or digit (a stray quotation mark), if the one
    before is a number in a list ("1."), if it begins with a small letter after a full stop (an ordinal or an
    abbreviation: "60. vārti") where some sentence of the text begins with a capital, if it goes on a range of years, if
    Burmese has an inner mark there, or if a Chinese or Japanese quotation is still open.
    """
    spans = [part for span in sentence_spans(text, language) for part in _cut(text, *span, _LIST_LINE)]
    has_capitals = any(_first_letter(text[start:end]).isupper() for start, end in spans)
    whole: list[tuple[int, int]] = []
    last = ""
    for start, end in spans:
        piece = text[start:end]
        if whole and "\n" not in text[whole[-1][1] : start]:
            before = text[slice(*whole[-1])]
            goes_on = not _WORD.search(piece) or bool(_ENUMERATOR.fullmatch(last) or _RANGE.match(piece))
            goes_on = goes_on or (has_capitals and before.endswith(".") and _begins_small(piece))
            goes_on = goes_on or before.endswith(_INNER_MARKS.get(language, ()))
            if goes_on or _is_quotation_open(before, text[start:], language):
                start = whole.pop()[0]
        whole.append((start, end))
        last = piece
    return whole


def _first_letter(piece: str) -> str:
    found = _FIRST_LETTER.search(piece)
    return found[0] if found else ""


def _begins_small(piece: str) -> bool:
    return piece[0].islower() and not piece[1:2].isupper()  # "iPhone" and "eBay" may begin a sentence


def _is_quotation_open(before: str, rest: str, language: str) -> bool:
    if get_language(language).script not in _SCRIPTS_WITH_IDEOGRAPHIC_STOPS:
        return False
    line = rest.partition("\n")[0]
    return any(before.count(opening) > before.count(closing) and closing in line for opening, closing in _QUOTES)


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Return the half-open code-point ranges of a text's sentences, in order, without surrounding space.

    Every character that is not white space is in exactly one range. ``language`` is a BCP-47 tag; a language
    that `sentencex` does not have is split by its nearest relative's rules, or by English ones.
    """
    from sentencex import get_sentence_boundaries

    spans: list[tuple[int, int]] = []
    for boundary in get_sentence_boundaries(language.partition("-")[0], text.translate(_WIDE_SPACES)):
        start, end = boundary["start_index"], boundary["end_index"]
        spans.extend(_cut(text, start, end, _IDEOGRAPHIC_END))
    return spans


def _cut(text: str, start: int, end: int, after: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return the parts of a range that is cut after each match, without surrounding space and empty ones."""
    cuts = [start, *(match.end() for match in after.finditer(text, start, end)), end]
    parts = (_trim(text, a, b) for a, b in itertools.pairwise(cuts))
    return [(a, b) for a, b in parts if a < b]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
