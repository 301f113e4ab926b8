"""The language table: the one place where a language code is looked up.

Canonical names are BCP-47 tags. The other spellings cannot be derived from them (``ar`` is ``arb_Arab`` in
FLORES-200, ``fa`` is ``pes_Arab``, ``ms`` is ``zsm_Latn``), hence a checked-in table, ``languages.yaml``.
"""

import difflib
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import resources

import yaml

# Tibetan is none of them: it marks the end of every syllable.
_SCRIPTS_WITHOUT_SPACES = {"Hans", "Hant", "Jpan", "Thai", "Laoo", "Khmr", "Mymr"}

_NO_SPELLINGS = {"name", "script", "direction", "family", "resource"}


@dataclass(frozen=True)
class Language:
    """One row of the language table; a spelling is ``None`` if a model or benchmark lacks the language."""

    tag: str  # BCP-47, the canonical name
    name: str  # in English
    script: str  # ISO 15924
    direction: str  # "ltr" or "rtl"
    iso639_3: str
    flores: str | None  # FLORES-200
    nllb: str | None  # token of NLLB-200's vocabulary; `sat_Beng` where FLORES has `sat_Olck`
    m2m100: str | None
    opus_mt: str  # in the names of OPUS-MT's models
    xquad_r: str | None
    mlqa: str | None
    miracl: str | None
    mkqa: str | None
    tatoeba: str | None
    mteb: str  # ISO 639-3 and script; MTEB's FLORES and XQuAD tasks write FLORES's spelling with a hyphen
    family: str  # Glottolog's top-level family
    resource: str | None  # "high", "mid" or "low": classes 4 and 5, 3, 0 to 2 of Joshi et al. (arXiv:2004.09095)

    @property
    def has_spaces(self) -> bool:
        """Whether spaces (or Tibetan's dots) stand between words or syllables."""
        return self.script not in _SCRIPTS_WITHOUT_SPACES


class UnknownLanguageError(ValueError):
    """A tag that the table does not have; the message names the nearest ones that it has."""


@lru_cache(maxsize=1)
def language_table() -> dict[str, Language]:
    """Return every known language by its BCP-47 tag, in the order of the table (by tag)."""
    text = resources.files("equilingual").joinpath("languages.yaml").read_text(encoding="utf-8")
    # The C loader if libyaml is installed: every Snakemake job reads the table.
    rows = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # nosec B506  # a safe loader
    return {row["tag"]: Language(**row) for row in rows}


@lru_cache(maxsize=1)
def _other_spellings() -> dict[str, str]:
    """Return tag by codes of models and benchmarks that name one row only, in lower case with hyphens."""
    owners: dict[str, set[str]] = {}
    columns = [field.name for field in fields(Language) if field.name not in _NO_SPELLINGS]
    for row in language_table().values():
        for spelling in {getattr(row, column) for column in columns} - {None}:
            owners.setdefault(_fold(spelling), set()).add(row.tag)
    return {spelling: tags.pop() for spelling, tags in owners.items() if len(tags) == 1}


def _fold(spelling: str) -> str:
    return spelling.replace("_", "-").lower()


def get_language(tag: str) -> Language:
    """Return the language with this BCP-47 tag, an alias of it (``iw``, ``zh-CN``), or a spelling of the table.

    A code that several rows share (``ara``, ISO 639-3 of Arabic in two scripts) is the row's whose tag it
    normalises to by BCP-47's rules.

    Raises:
        UnknownLanguageError: the table has no such language.

    """
    table = language_table()
    if tag in table:
        return table[tag]
    found = _other_spellings().get(_fold(str(tag))) or _normalised(str(tag))
    if found:
        return table[found]
    by_name = {row.name.lower(): row.tag for row in table.values()}
    name = by_name.get(str(tag).lower())
    near = [name] if name else difflib.get_close_matches(str(tag), table, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise UnknownLanguageError(f"unknown language {tag!r}{hint} (BCP-47 tags of languages.yaml are accepted)")


def _normalised(tag: str) -> str | None:
    """Return the table's tag that a valid BCP-47 tag stands for: macrolanguage, the script that its region writes."""
    import langcodes
    from langcodes.tag_parser import LanguageTagError

    try:
        standard = langcodes.standardize_tag(tag, macro=True)
        language = langcodes.Language.get(standard)
    except LanguageTagError:
        return None
    if standard != tag and (found := _other_spellings().get(_fold(standard))):
        return found
    script = language.maximize().script
    same = [
        row
        for row in language_table().values()
        if langcodes.standardize_tag(row.tag.split("-")[0], macro=True) == language.language
    ]
    exact = [row.tag for row in same if row.script == script]
    # The default script that langcodes guesses is not always the row's (`azb`), so a lone row will do for a bare tag.
    # One with a region may mean another script: `pa-PK` is Punjabi in Arabic letters, which is not in the table.
    is_bare = standard == language.language
    return exact[0] if exact else same[0].tag if len(same) == 1 and is_bare else None
