"""Where the sentences of a text are: `sentencex`, with the full stops that it passes over."""

import itertools
import re

# sentencex 1.0.32 does not end a sentence at an ideographic full stop that a digit or a Latin letter follows
# ("…大權。1318年…"), which joins two of five sentences of DRCD.
_IDEOGRAPHIC_END = re.compile(r"[。！？][」』”’）)]*(?=[^」』”’）)\s])")

# sentencex 1.0.32 ends the process's thread at a capital letter, a space of several bytes and a full stop ("B\u3000.").
_WIDE_SPACES = {ord(space): " " for space in map(chr, range(0x80, 0x3001)) if space.isspace()}


def sentence_spans(text: str, language: str) -> list[tuple[int, int]]:
    """Return the half-open code-point ranges of a text's sentences, in order, without surrounding space.

    Every character that is not white space is in exactly one range. ``language`` is a BCP-47 tag; a language
    that `sentencex` does not have is split by its nearest relative's rules, or by English ones.
    """
    from sentencex import get_sentence_boundaries

    spans: list[tuple[int, int]] = []
    for boundary in get_sentence_boundaries(language.partition("-")[0], text.translate(_WIDE_SPACES)):
        start, end = boundary["start_index"], boundary["end_index"]
        cuts = [start, *(m.end() for m in _IDEOGRAPHIC_END.finditer(text, start, end)), end]
        spans.extend(_trim(text, a, b) for a, b in itertools.pairwise(cuts))
    return [(start, end) for start, end in spans if start < end]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
