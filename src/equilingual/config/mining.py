"""Hard-negative mining: its settings. `batches.negatives` decides which miners run."""

from typing import Annotated

from pydantic import Field, model_validator

from equilingual.config.base import Float, Model, Positive
from equilingual.config.tags import LanguageTag


class Mining(Model):
    """Settings of hard-negative mining."""

    language: LanguageTag | None = Field(
        None,
        description="The language to mine in. If null, or if a training set lacks the language: its 'source', or else "
        "its first language",
    )
    depth: Positive = Field(100, description="Number of top-ranked candidates to consider per QA pair")
    margin: Annotated[Float, Field(gt=0, le=1)] | None = Field(
        0.95,
        description="Drop candidates that score above this fraction of the positive passage's score (NV-Retriever: "
        "0.95); null: drop none",
    )
    keep: Positive = Field(10, description="Maximum number of hard negatives to keep per QA pair")

    @model_validator(mode="after")
    def _no_more_than_looked_at(self) -> "Mining":
        if self.keep > self.depth:
            raise ValueError(f"'keep' is {self.keep}, more than the {self.depth} candidates of 'depth'")
        return self

    def language_for(self, source: str, languages: tuple[str, ...]) -> str:
        """Return the language that a training set is mined in."""
        return next(tag for tag in (self.language, source, languages[0]) if tag in languages)
