"""Debiasing of embeddings: methods, calibration corpus, and the models it applies to."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from equilingual.config.fields import Model, Positive, check_distinct, text_or_mapping

ON_POOL = "-pool"  # suffix of methods that are fitted on the benchmark's own texts
_DEFAULT_RANKS = {"lir": 1, "lsar": None}

Method = Literal["center", "lir", "lsar", "shift", "center-pool", "lir-pool", "lsar-pool"]
Names = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(check_distinct)]


def _text_or_list(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<list>"


Models = Annotated[
    Annotated[Literal["encoders", "all"], Tag("<text>")] | Annotated[Names, Tag("<list>")],
    Discriminator(_text_or_list),
]


class Debias(Model):
    """A debiasing method with its settings."""

    method: Method = Field(
        description="center (subtract each language's mean), lir (project out each language's principal directions),"
        " lsar (project out one subspace in which languages differ), shift (shift candidates to one "
        "language, estimated on parallel texts): all fitted on 'calibration_corpus'. center-pool, "
        "lir-pool and lsar-pool are fitted on the benchmark's own texts"
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
        if self.rank is not None and self._kind not in _DEFAULT_RANKS:
            raise ValueError(f"'rank' is only for lir and lsar, not for {self.method}")
        return self

    @property
    def _kind(self) -> str:
        return self.method.removesuffix(ON_POOL)

    @property
    def label(self) -> str:
        """The method as a part of models' names: ``lsar``, or ``lsar-10`` where the rank is not the default."""
        is_default = self.rank is None or self.rank == _DEFAULT_RANKS[self._kind]
        return self.method if is_default else f"{self.method}-{self.rank}"

    @property
    def is_fitted(self) -> bool:
        """Whether it is fitted on the calibration corpus, and not on the pool."""
        return not self.method.endswith(ON_POOL)

    @property
    def needs_languages(self) -> bool:
        """Whether it needs to know a text's language when it is applied."""
        return self._kind != "lsar"


DebiasEntry = Annotated[
    Annotated[Method, Tag("<text>")] | Annotated[Debias, Tag("<mapping>")], Discriminator(text_or_mapping)
]


def check_labels(entries: tuple[str | Debias, ...]) -> tuple[str | Debias, ...]:
    """Refuse two entries that would give two models the same name."""
    check_distinct(tuple(entry.label for entry in debias_entries(entries)))
    return entries


def debias_entries(entries: tuple[str | Debias, ...]) -> tuple[Debias, ...]:
    """Return the entries of a configuration, those that are only a name with their settings."""
    return tuple(entry if isinstance(entry, Debias) else Debias.model_validate({"method": entry}) for entry in entries)
