"""How numbers, hashes, languages and texts of data are written on the page."""

import math
from collections.abc import Mapping
from typing import TypeGuard

from markupsafe import Markup, escape

from equilingual.evaluation.catalogue import MEASURES
from equilingual.languages import UnknownLanguageError, get_language
from equilingual.markup import close_directions, visible

MISSING = "–"
_THIN = "\u202f"  # narrow and no-break: a number never ends up on two lines
_MINUS = "−"
_LONGEST_VALUE = 300  # characters of one text of a manifest
_LONGEST = 4000  # of what is put together, such as the names of all models


def to_html(value: object) -> Markup:
    """Return a value as HTML, to stand in an element or in quotes as an attribute's value.

    The page writes each of its values this way, charts and tooltips included: characters of HTML are escaped, control
    characters and those that set a direction are seen and do nothing, and a very long text is cut, its length said.
    """
    return value if isinstance(value, Markup) else escape(visible(shorten(str(value), _LONGEST)))


def whole_text(text: str) -> Markup:
    """Return a text as HTML, for an element of its own: directions that it sets end with it (see :func:`to_html`)."""
    return escape(close_directions(text))


def cut(text: str, longest: int) -> tuple[str, str]:
    """Return a text and nothing, or the beginning of a longer one and how long it is: ``1 200 characters``."""
    if len(text) <= longest:
        return text, ""
    return f"{text[:longest].rstrip()}…", f"{format_count(len(text))} characters"


def shorten(text: str, longest: int) -> str:
    """Return a text of at most ``longest`` characters, or its beginning with the number of all its characters."""
    beginning, length = cut(text, longest)
    return f"{beginning} ({length})" if length else beginning


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether ``value`` can be shown: an int or float that is neither NaN nor infinite."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def batches_name(record: Mapping[str, object]) -> str:
    """Return what batches are called after their training set, by their record: the strategy, and a variant's name."""
    return ", ".join(format_plain(record[key]) for key in ("strategy", "variant") if key in record) or MISSING


def format_count(value: object) -> str:
    """Return a whole number with thin spaces between thousands, or a dash."""
    if not is_number(value):
        return MISSING
    return f"{round(float(value)):,}".replace(",", _THIN).replace("-", _MINUS)


def format_p(p: float) -> str:
    """Return a p in the way of papers: ``.012``."""
    return f"{p:.3f}".replace("0.", ".", 1)


def p_text(p: float) -> str:
    """Return ``p = .012`` or ``p < .001``."""
    return "p < .001" if p < 0.001 else f"p = {format_p(p)}"


def format_map(value: float | None) -> str:
    """Return mAP (or a recall) with three decimals, or a dash."""
    return f"{value:.3f}" if value is not None and is_number(value) else MISSING


def format_distance(value: float | None) -> str:
    """Return a rank distance: one decimal under 100, else none, with thin spaces between thousands."""
    if value is None or not is_number(value):
        return MISSING
    return f"{value:.1f}" if round(value, 1) < 100 else format_count(value)


def format_measure(measure: str, value: float | None) -> str:
    """Return a value in the way of its measure, one of ``evaluation.catalogue.MEASURES``, or a dash."""
    decimals = MEASURES[measure].decimals
    if decimals is None or value is None or not is_number(value):
        return format_distance(value)
    text = f"{value:.{decimals}f}"
    return text.replace("-", _MINUS) if float(text) else text.removeprefix("-")


def format_cell(value: float | None) -> str:
    """Return mAP for a cell of a heat map: two decimals without the leading zero."""
    if value is None or not is_number(value):
        return MISSING
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0") else text


def format_difference(value: float | None) -> str:
    """Return a difference for a cell of a heat map: a sign and two decimals without the leading zero."""
    if value is None or not is_number(value):
        return MISSING
    text = f"{abs(value):.2f}".removeprefix("0")
    return "0" if text == ".00" else f"{_MINUS if value < 0 else '+'}{text}"


def format_plain(value: object) -> str:
    """Return any value of a manifest as text: whole numbers grouped, others as short as possible, long ones cut."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return format_count(value)
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else MISSING
    if isinstance(value, list | tuple):
        return ", ".join(map(format_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {format_plain(part)}" for key, part in value.items())
    return shorten(str(value), _LONGEST_VALUE)


def format_bytes(value: object) -> str:
    """Return a size in B, kB, MB or GB, or a dash."""
    if not is_number(value):
        return MISSING
    size = float(value)
    units = ["B", "kB", "MB", "GB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        del units[0]
    return f"{size:.0f}{_THIN}{units[0]}" if units[0] == "B" or size >= 100 else f"{size:.1f}{_THIN}{units[0]}"


def join_words(words: list[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def language_name(tag: str) -> str:
    """Return the language's English name, or the tag where the table does not have it."""
    try:
        return get_language(tag).name
    except UnknownLanguageError:
        return tag


def language_attribute(tag: str, name: str) -> str | None:
    """Return the language's ``script``, ``family`` or ``resource``; None where the table does not have it."""
    try:
        return getattr(get_language(tag), name) or None
    except UnknownLanguageError:
        return None


def language_direction(tag: str) -> str:
    """Return ``ltr`` or ``rtl``, or ``auto`` (the browser decides by the text) for an unknown tag."""
    try:
        return get_language(tag).direction
    except UnknownLanguageError:
        return "auto"
