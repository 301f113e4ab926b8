"""When two texts are the same text: the one normalisation that every comparison uses."""

import unicodedata


def broken_character(text: str) -> str | None:
    """Return what is wrong with a text that cannot be written as UTF-8, or ``None``."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"{text[error.start]!r} at character {error.start} is half a character (a lone surrogate): mend the file"
    return None


def normalize_text(text: str) -> str:
    """Return the text in NFKC, case-folded, with every run of non-word characters as one space.

    A text of nothing but punctuation keeps its characters, so that it equals only itself. Combining marks
    (Devanagari vowel signs, Thai tone marks) count as punctuation to `re`, hence they are kept by category.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in folded)
    return " ".join(kept.split()) or " ".join(folded.split())
