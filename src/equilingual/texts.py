"""When two texts are the same text: the one normalisation that every comparison uses."""

import unicodedata


def normalize_text(text: str) -> str:
    """Return the text in NFKC, case-folded, with every run of non-word characters as one space.

    A text of nothing but punctuation keeps its characters, so that it equals only itself. Combining marks
    (Devanagari vowel signs, Thai tone marks) count as punctuation to `re`, hence they are kept by category.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in folded)
    return " ".join(kept.split()) or " ".join(folded.split())
