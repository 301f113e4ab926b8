"""What reaches a terminal or a log: nothing in it can move the cursor, forge a line, bury the message or give a secret.

Values of data go through :func:`shown` and :func:`shown_names` where a message is put together; the whole message goes
through :func:`for_terminal` where it is printed (``equilingual.logs``, the workflow's own errors).
"""

import difflib
import re
import reprlib
import unicodedata
from collections.abc import Iterable

from equilingual.urls import without_secrets

_LIMIT = 4000  # characters of a message: longer than the lists of problems that a configuration usually has
_VALUE = 60  # characters of a value
_NAMES = 30  # columns that are listed
_JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji need them, and they move nothing
_HARMLESS = {"Zs", "Co", "Cn"}  # wide spaces, and characters that this Python does not know yet


def for_terminal(text: object, limit: int = _LIMIT) -> str:
    r"""Return a message that is safe to print: control characters escaped, cut in the middle where it is long.

    Escaped as in Python's literals (``\x1b``, ``\u202e``) are control characters, ESC among them, direction overrides,
    line separators and halves of surrogate pairs. Tabs and line breaks stay; every line after the first is indented by
    two spaces, so that none can pass for a line of the log or another error. Those at the end are left out. URLs are
    shown without user, password and query.

    Args:
        text: the message; ``str`` is taken of anything else.
        limit: the most characters before escaping; the middle of a longer text is left out, and how much.

    """
    # Before the middle goes: a URL that is cut no longer shows where its password ends.
    lines = _without_middle(without_secrets(str(text).rstrip("\n")), limit).replace("\r\n", "\n").split("\n")
    first, *others = ("".join(map(_escape, line)) for line in lines)
    return "\n".join([first, *(line if line.startswith("  ") or not line else f"  {line}" for line in others)])


def one_line(error: object, most: int = 300) -> str:
    """Return what an error says in one line of at most ``most`` characters, without control characters."""
    text = "".join(c if c.isprintable() else " " for c in str(error)[: 20 * most])
    text = re.sub(r"\s+", " ", text).strip()
    return text if len(text) <= most else f"{text[:most]}…"


def shown(value: object, limit: int = _VALUE) -> str:
    """Return a value for a message: as Python writes it, on one line, about ``limit`` characters of it."""
    if isinstance(value, str):
        return repr(value if len(value) <= limit else value[: limit - 1] + "…")
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = limit
    short.maxlevel = 3
    text = short.repr(value)
    return "".join(map(_escape, text if len(text) <= 2 * limit else text[: 2 * limit - 1] + "…"))


def suggestion(name: str, known: Iterable[str], otherwise: str = "choose from") -> str:
    """Return ``did you mean 'hybrid'?`` for a name that is similar to a known one, else a list of all known names."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"{otherwise} {', '.join(names) or 'none'}"


def shown_names(names: Iterable[object]) -> str:
    """Return names, of columns or keys, quoted and between commas; of very many only the first."""
    known = list(names)
    more = [f"… and {len(known) - _NAMES} more"] if len(known) > _NAMES else []
    return ", ".join([*map(shown, known[:_NAMES]), *more])


def _without_middle(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} … ({len(text) - 2 * half} characters left out) … {text[-half:]}"


def _escape(character: str) -> str:
    if character.isprintable() or character == "\t" or character in _JOINERS:
        return character
    if unicodedata.category(character) in _HARMLESS:
        return character
    return escape_character(character)


def escape_character(character: str) -> str:
    r"""Return a character as Python's literals have it, also half of a surrogate pair: ``\x1b``, ``\u202e``."""
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
