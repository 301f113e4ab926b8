"""How hard negatives are mined; which miners run is decided by what the batches ask for."""

from typing import Annotated

from pydantic import Field, model_validator

from equilingual.config.fields import Float, LanguageTag, Model, Positive


class Mining(Model):
    """Hard negatives."""

    language: LanguageTag | None = Field(
        None,
        description="The language that questions and passages are compared in; null, and for training sets without "
        "it: their 'source', or their first language",
    )
    depth: Positive = Field(100, description="Candidates looked at per QA pair, the best first")
    margin: Annotated[Float, Field(gt=0, le=1)] | None = Field(
        0.95,
        description="Drop candidates that score above so much of the pair's own passage (NV-Retriever: 0.95); null: "
        "drop none for its score",
    )
    keep: Positive = Field(10, description="Negatives written per QA pair, at most")

    @model_validator(mode="after")
    def _no_more_than_looked_at(self) -> "Mining":
        if self.keep > self.depth:
            raise ValueError(f"'keep' is {self.keep} of the {self.depth} candidates that 'depth' looks at")
        return self

    def language_for(self, source: str, languages: tuple[str, ...]) -> str:
        """Return the language that a training set is mined in."""
        return next(tag for tag in (self.language, source, languages[0]) if tag in languages)
