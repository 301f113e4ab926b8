"""Debiasing of embeddings: methods, calibration corpus, and the models it applies to."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from equilingual.catalogues import debiasing as catalogue
from equilingual.catalogues import described, listed
from equilingual.config.base import Positive
from equilingual.config.fields import Entry, OneOf, check_distinct

Names = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(check_distinct)]


def _text_or_list(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<list>"


Models = Annotated[
    Annotated[Literal["encoders", "all"], Tag("<text>")] | Annotated[Names, Tag("<list>")],
    Discriminator(_text_or_list),
]


class Debias(Entry):
    """A debiasing method with its settings."""

    name_key: ClassVar[str] = "method"

    method: Annotated[str, OneOf([*catalogue.METHODS, *catalogue.POOL_METHODS])] = Field(
        description=f"{described(catalogue.METHODS, 'and')} are fitted on 'calibration_corpus'; "
        f"{listed(catalogue.POOL_METHODS, 'and')} are fitted on the benchmark's own texts"
    )
    rank: Positive | None = Field(
        None,
        description="lir and lsar only: number of directions to remove; null: 1 for lir, number of languages - 1 for"
        " lsar",
    )
    models: Models = Field(
        "encoders",
        description="The models to apply it to: encoders (all base encoders), all (trained models, too), or a list "
        "of encoders (the base encoder) and strategies (the models trained with them)",
    )

    @model_validator(mode="after")
    def _rank_fits_the_method(self) -> "Debias":
        if self.rank is not None and "rank" not in self.row.settings:
            ranked = listed([name for name, row in catalogue.METHODS.items() if "rank" in row.settings], "and")
            raise ValueError(f"'rank' is only for {ranked}, not for {self.method}")
        return self

    @property
    def row(self) -> catalogue.Method:
        """What is known of the method by its name."""
        return catalogue.method_of(self.method)

    @property
    def label(self) -> str:
        """The method as a part of models' names: ``lsar``, or ``lsar-10`` where the rank is not the default."""
        is_default = self.rank is None or self.rank == self.row.rank
        return self.method if is_default else f"{self.method}-{self.rank}"

    @property
    def is_fitted(self) -> bool:
        """Whether it is fitted on the calibration corpus, and not on the pool."""
        return self.method not in catalogue.POOL_METHODS
