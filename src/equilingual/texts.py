"""When two texts are the same text: the one normalisation that every comparison uses."""

import unicodedata


def broken_character(text: str) -> str | None:
    """Return what is wrong with a text that cannot be written as UTF-8, or ``None``."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"{text[error.start]!r} at character {error.start} is half a character (a lone surrogate): fix the file"
    return None


def normalize_text(text: str) -> str:
    """Return the text in NFKC, case-folded, with every run of non-word characters as one space.

    A text of nothing but punctuation keeps its characters, so that it equals only itself. Combining marks
    (Devanagari vowel signs, Thai tone marks) count as punctuation to `re`, hence they are kept by category.
    """
    if text.isascii():  # most of a large corpus; NFKC changes nothing there
        folded = text.lower()
        kept = folded.encode().translate(_ASCII_WORDS).decode()
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        kept = folded.translate(_WORDS)
    return " ".join(kept.split()) or " ".join(folded.split())


class _Words(dict[int, int]):
    """A table for ``str.translate``, filled as characters are met: a space for what is in no word."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        in_word = character.isalnum() or unicodedata.category(character).startswith("M")
        self[code] = code if in_word else ord(" ")
        return self[code]


_WORDS = _Words()
_ASCII_WORDS = bytes(_WORDS[code] for code in range(128)) + bytes(range(128, 256))
