"""The language table: the one place where a language code is looked up.

Canonical names are BCP-47 tags. The other spellings cannot be derived from them (``ar`` is ``arb_Arab`` in
FLORES-200, ``fa`` is ``pes_Arab``), hence a checked-in table, ``languages.tsv``.
"""

import csv
import difflib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True)
class Language:
    """One row of the language table."""

    tag: str  # BCP-47, the canonical name
    name: str  # in English
    script: str  # ISO 15924
    direction: str  # "ltr" or "rtl"
    iso639_3: str
    flores: str  # FLORES-200 and NLLB code


class UnknownLanguageError(ValueError):
    """A tag that the table does not have; the message names the nearest ones that it has."""


@lru_cache(maxsize=1)
def language_table() -> dict[str, Language]:
    """Return every known language by its BCP-47 tag, in the order of the table (by tag)."""
    text = resources.files("equilingual").joinpath("languages.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {row["tag"]: Language(**row) for row in rows}


def get_language(tag: str) -> Language:
    """Return the language with this BCP-47 tag.

    Raises:
        UnknownLanguageError: the table has no such tag.

    """
    table = language_table()
    if tag in table:
        return table[tag]
    rows = table.values()
    by_other_name = {spelling.lower(): row.tag for row in rows for spelling in (row.name, row.iso639_3, row.flores)}
    other = by_other_name.get(str(tag).lower())
    near = [other] if other else difflib.get_close_matches(str(tag), table, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise UnknownLanguageError(f"unknown language {tag!r}{hint} (BCP-47 tags of languages.tsv are accepted)")
