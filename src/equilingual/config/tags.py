"""Languages of the configuration, in any known spelling."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from equilingual.config.fields import check_distinct
from equilingual.languages import UnknownLanguageError, get_language


def _check_language(tag: str) -> str:
    return get_language(tag).tag


def _check_one_spelling(value: object) -> object:
    """Refuse two spellings of one language as keys of a mapping: the second would silently replace the first."""
    spellings: dict[str, object] = {}
    for key in value if isinstance(value, dict) else ():
        try:
            tag = get_language(str(key)).tag
        except UnknownLanguageError:
            continue  # the validation of the key says so
        if tag in spellings:
            raise ValueError(f"{spellings[tag]!r} and {key!r} are the same language, {tag!r}: keep one of them")
        spellings[tag] = key
    return value


LanguageTag = Annotated[str, AfterValidator(_check_language)]
OneSpelling = BeforeValidator(_check_one_spelling)  # for dict[LanguageTag, …]
Languages = Annotated[tuple[LanguageTag, ...], Field(min_length=1), AfterValidator(check_distinct)]
