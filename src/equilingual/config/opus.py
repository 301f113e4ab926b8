"""Corpora of OPUS (https://opus.nlpl.eu) by name and version: the Moses archives that they stand for."""

from collections.abc import Mapping, Sequence

from equilingual.config.bitext import split_pair
from equilingual.languages import get_language
from equilingual.messages import suggestion
from equilingual.registry import known_opus

_URL = "https://object.pouta.csc.fi/OPUS-{corpus}/{version}/moses/{pair}.txt.zip"
_HUB = "en"


def expand_opus(name: str, value: object) -> object:
    """Return the corpus that ``{opus: TED2020, languages: [en, de]}`` stands for; other keys stay.

    ``languages`` are paired with English, ``pairs`` (``[de-fr]``) says otherwise; ``version`` is the registry's by
    default. ``codes`` has OPUS's codes of languages where these are not the tags: ``{zh: zh_cn}``.

    Raises:
        ValueError: the version is not known and not given, or no pair is named; the message begins with the key.

    """
    if not isinstance(value, Mapping) or "opus" not in value:
        return value
    try:
        return _expanded(dict(value))
    except ValueError as error:
        raise ValueError(f"corpora.{name}: {error}") from error


def _expanded(value: dict[str, object]) -> dict[str, object]:
    corpus = str(value.pop("opus"))
    known = known_opus().get(corpus, {})
    version = value.pop("version", None) or known.get("version")
    if version is None:
        hint = suggestion(corpus, known_opus(), "known without one:")
        raise ValueError(f"give the 'version' of OPUS's {corpus!r}, as in version: v1; {hint}")
    codes = value.pop("codes", None) or {}
    if not isinstance(codes, Mapping):
        raise ValueError(f"'codes' must be a mapping such as {{zh: zh_cn}}, not {codes!r}")
    by_tag = {get_language(str(tag)).tag: str(code) for tag, code in codes.items()}
    pairs = {}
    for one, other in _pairs(value.pop("pairs", None), value.pop("languages", None)):
        # OPUS names the one first whose code is first in the alphabet.
        first, second = sorted((one, other), key=lambda tag: by_tag.get(tag, tag))
        place = "-".join(by_tag.get(tag, tag) for tag in (first, second))
        pairs[f"{first}-{second}"] = {"url": _URL.format(corpus=corpus, version=version, pair=place)}
    return {"format": "moses", "licence": known.get("licence", "unknown"), "pairs": pairs} | value


def _pairs(pairs: object, languages: object) -> list[tuple[str, ...]]:
    """Return the language pairs that are asked for, as BCP-47 tags."""
    if (pairs is None) == (languages is None):
        raise ValueError("give 'languages', which are paired with English, or 'pairs', as in [de-fr]")
    asked = pairs if languages is None else languages
    if not isinstance(asked, Sequence) or isinstance(asked, str) or not asked:
        raise ValueError(f"'{'pairs' if languages is None else 'languages'}' must be a list, not {asked!r}")
    if languages is None:
        return [split_pair(str(pair)) for pair in asked]
    tags = [get_language(str(tag)).tag for tag in asked]
    others = [tag for tag in tags if tag != _HUB]
    if _HUB not in tags or not others:
        raise ValueError("'languages' needs English and another one; for other pairs give 'pairs', as in [de-fr]")
    return [(tag, _HUB) for tag in others]
