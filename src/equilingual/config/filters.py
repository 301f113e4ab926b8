"""Quality filters of translations and of bitext: their thresholds."""

from typing import Annotated

from pydantic import Field

from equilingual.config.base import Bool, Float, Model, Positive


class Filters(Model):
    """Thresholds of the quality filters; null turns a filter off."""

    language: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.3, description="Minimum probability of the target language, similar languages included (py3langid)"
    )
    language_characters: Positive = Field(40, description="Do not identify the language of texts with fewer characters")
    script: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.5, description="Minimum fraction of letters in the target language's script"
    )
    copies: Bool = Field(True, description="Drop translations that are a copy of the source text")
    length: Annotated[Float, Field(gt=1)] | None = Field(
        2.0,
        description="Maximum ratio between the translation's length and the length expected from the language pair's"
        " median, in either direction",
    )
    sentences: Annotated[Float, Field(gt=0, lt=1)] | None = Field(
        0.78,
        description="Minimum length of a translation of three sentences or more, as a multiple of the language "
        "pair's median for texts of several sentences. 0.85 times this for two sentences; 1.15 times "
        "this for a translation with fewer sentences than its source",
    )
    repeats: Positive | None = Field(
        1, description="Maximum number of immediate repetitions of a phrase, beyond those in the source"
    )
    untranslated: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.4,
        description="Maximum fraction of longer words, names excluded, that are copied from the source, above the "
        "language pair's median",
    )
    lost: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.3,
        description="Maximum fraction of the source's numbers (100 and above), URLs and e-mail addresses that may be"
        " missing",
    )
    words: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.2,
        description="Do not apply language, script, copies and untranslated to a text with a smaller fraction of "
        "translatable words (not names, numbers, addresses or codes)",
    )
    cut: Bool = Field(True, description="Drop translations that the engine truncated")


class BitextFilters(Model):
    """Thresholds of the quality filters of bitext; null turns a filter off."""

    language: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.3, description="Minimum probability of the language that the corpus says, similar languages included"
    )
    language_characters: Positive = Field(40, description="Do not identify the language of texts with fewer characters")
    script: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.5, description="Minimum fraction of letters in the language's script"
    )
    copies: Bool = Field(True, description="Drop texts that are the same in the reference language")
    length: Annotated[Float, Field(gt=1)] | None = Field(
        2.0,
        description="Maximum ratio between a text's length and the length expected from the reference text and the "
        "language pair's median, in either direction",
    )
    words: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.2,
        description="Do not apply language, script and copies to a text with a smaller fraction of translatable words"
        " in the reference (not names, numbers, addresses or codes)",
    )

    @property
    def as_filters(self) -> Filters:
        """The same thresholds for :func:`equilingual.translation.filters.judge`, with its other filters off."""
        off = dict.fromkeys(("sentences", "repeats", "untranslated", "lost")) | {"cut": False}
        return Filters.model_validate({**self.model_dump(), **off})
