"""URLs as they may be shown: a user, a password and a signature in a URL are secrets."""

import re
import urllib.parse
from dataclasses import dataclass, field

_PARTS = re.compile(r"\s*(?P<scheme>[\w+.-]+://)(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
# The scheme begins where a word does, or the search would take the square of a long word's length.
_URL_IN_TEXT = re.compile(r"(?<![\w+.-])[\w+.-]+://[^\s'\"<>]+")


def public_url(url: str) -> str:
    """Return a URL without user, password, query and fragment; a text that does not begin with one as it is.

    White space before a URL, as in a quoted value of YAML, is left out.
    """
    parts = _PARTS.match(url)
    if parts is None:
        return url
    # A password that is not quoted may hold what ends an authority: all up to the last @ is the user's then.
    whole = parts["authority"] + parts["rest"]
    place = whole.rpartition("@")[2] if has_user(url) else whole
    return parts["scheme"] + re.split(r"[?#]", place, maxsplit=1)[0]


def has_user(url: str) -> bool:
    """Return whether a URL names a user: https://user:password@host/path."""
    parts = _PARTS.match(url)
    if parts is None:
        return False
    port = parts["authority"].partition(":")[2]
    is_cut = "@" in parts["rest"] and port != "" and not port.isdigit() and not parts["authority"].startswith("[")
    return "@" in parts["authority"] or is_cut


def has_valid_host(url: str) -> bool:
    """Return whether a URL's host and port can be one: no empty part, no open bracket, a port that is a number."""
    try:
        parts = urllib.parse.urlsplit(url)
        (parts.hostname or "").encode("idna")
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def without_secrets(text: str) -> str:
    """Return a text with every URL in it as :func:`public_url` shows it."""
    return _URL_IN_TEXT.sub(lambda found: public_url(found[0]), text)


def check_no_user(url: str) -> str:
    """Return a URL of the configuration.

    Raises:
        ValueError: it names a user or a password; the message holds neither.

    """
    if has_user(url):
        raise ValueError(
            f"a URL must not hold a user or a password: write {public_url(url)!r}, and put them in ~/.netrc "
            "(machine HOST login USER password PASSWORD)"
        )
    return url


@dataclass(frozen=True)
class PrivateUrl:
    """A URL on its way to a job: whoever prints it, or records it as a parameter, sees what is public."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return public_url(self.value)

    __repr__ = __str__
