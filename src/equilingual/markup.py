"""Texts of data inside another text: a page, its attributes, a card. No character of theirs acts outside its place."""

import re

from equilingual.messages import escape_character

# Control characters but tab and line breaks, separators of paragraphs, halves of surrogate pairs: none has a glyph.
_UNSEEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
# Embeddings, overrides and isolates of the Unicode bidirectional algorithm (UAX #9), with what closes each.
_CLOSER_OF = dict.fromkeys("\u202a\u202b\u202d\u202e", _POP_EMBEDDING) | dict.fromkeys(
    "\u2066\u2067\u2068", _POP_ISOLATE
)
_DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
_CONTROLS = re.compile(f"[{_UNSEEN}]")
_CONTROLS_AND_DIRECTIONS = re.compile(f"[{_UNSEEN}{_DIRECTIONS}]")
_ACTIVE = re.compile(r"[\\`*\[\]<>&|~#$]|(?<!\w)_+|(?<!_)_+(?!\w)")


def visible(text: str) -> str:
    r"""Return a text whose control characters can be seen, as Python writes them (``\x1b``, ``\u202e``).

    Those that set a direction are among them: they would go on acting on what stands after the text.
    """
    return _CONTROLS_AND_DIRECTIONS.sub(_escape, text)


def close_directions(text: str) -> str:
    """Return a text that sets directions inside itself only; for whole texts in an element of their own.

    What the text opens is closed at its end, in order. What closes nothing of the text, and other control characters,
    can be seen, as :func:`visible` shows them.
    """
    due: list[str] = []
    parts = []
    for character in _CONTROLS.sub(_escape, text):
        shown = character
        if character in _CLOSER_OF:
            due.append(_CLOSER_OF[character])
        elif character in (_POP_EMBEDDING, _POP_ISOLATE):
            shown = character if _close(due, character) else escape_character(character)
        parts.append(shown)
    return "".join([*parts, *reversed(due)])


def _close(due: list[str], closer: str) -> bool:
    """Take what ``closer`` closes from ``due``; return whether it closes anything.

    An isolate's end also closes the embeddings inside it; an embedding's end reaches no further than the isolate that
    it stands in (UAX #9, X6a and X7).
    """
    if closer not in due or (closer == _POP_EMBEDDING and due[-1] != closer):
        return False
    while due.pop() != closer:
        pass
    return True


def markdown(text: object) -> str:
    """Return a text for one line of Markdown (GitHub's, also a table's cell) in which nothing is markup.

    White space of any kind becomes one space, and what would be markup, HTML included, has a backslash before it.
    Underscores inside words are none (CommonMark), so that names stay as they are.
    """
    line = visible(" ".join(str(text).split()))
    return _ACTIVE.sub(lambda found: "".join(f"\\{character}" for character in found[0]), line)


def _escape(found: re.Match[str]) -> str:
    return escape_character(found[0])
