"""Texts of data with their languages."""

from dataclasses import dataclass

from markupsafe import Markup

from equilingual.report.formatting import cut, language_direction, language_name, whole_text

_LONGEST_TEXT = 320


@dataclass(frozen=True)
class Text:
    """A text with what a browser needs to set it: its language's tag and direction.

    Attributes:
        text: as HTML, for an element of its own.
        cut: how many characters the whole text has, if it is truncated; else empty.

    """

    text: Markup
    language: str
    name: str
    direction: str
    cut: str


def text_view(text: object, language: str) -> Text:
    """Return a text with its language's direction, on one line, cut where it is long."""
    words = " ".join(str(text or "").split())
    beginning, length = cut(words, _LONGEST_TEXT)
    shown = whole_text(beginning or "(empty)")
    return Text(shown, language, language_name(language), language_direction(language), length)
