"""Which pairs and languages meet in a batch: strategies, weights, sizes."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from equilingual.catalogues import described, listed
from equilingual.catalogues import strategies as catalogue
from equilingual.catalogues.mining import COLUMN
from equilingual.config.fields import (
    Float,
    Int,
    LanguageTag,
    Model,
    Name,
    OneOf,
    OneSpelling,
    Positive,
    check_distinct,
)


class Curriculum(Model):
    """An alpha that changes from the first batch to the last."""

    from_: Annotated[Float, Field(ge=0, le=1)] = Field(alias="from", description="alpha of the first batch")
    to: Annotated[Float, Field(ge=0, le=1)] = Field(description="alpha of the last batch")
    shape: Literal["linear", "cosine"] = Field("linear", description="The way between: linear or cosine")


def _kind_of_alpha(value: object) -> str:
    return "<curriculum>" if isinstance(value, (dict, Curriculum)) else "<number>"


# Told apart before they are checked: an error is then about one of them. The names are no part of the key.
Alpha = Annotated[
    Annotated[Float, Field(ge=0, le=1), Tag("<number>")] | Annotated[Curriculum, Tag("<curriculum>")],
    Discriminator(_kind_of_alpha),
]


class Strategy(Model):
    """How languages meet in a batch."""

    name: Annotated[str, OneOf(catalogue.STRATEGIES)] = Field(description=described(catalogue.STRATEGIES))
    alpha: Alpha | None = Field(
        None,
        description="hybrid only: the share of monolingual batches, from 0 to 1 (the paper: 0.5), or a curriculum: "
        "{from: 1.0, to: 0.3, shape: linear}",
    )
    query_language: LanguageTag | None = Field(
        None, description="round-robin only: the language of all queries (PLAID-X: en); null: the passage's"
    )

    @model_validator(mode="after")
    def _settings_fit_the_name(self) -> "Strategy":
        if self.row.alpha is None and self.alpha is None:
            raise ValueError(
                f"{self.name} needs 'alpha', the share of monolingual batches: 0.5, or another from 0 to 1"
            )
        for key in ("alpha", "query_language"):
            if getattr(self, key) is not None and key not in self.row.settings:
                names = listed(catalogue.strategies_with(key), "and")
                raise ValueError(f"'{key}' is for the strategy {names} only: remove it from {self.name}")
        return self

    @property
    def row(self) -> catalogue.Strategy:
        """What is known of the strategy by its name."""
        return catalogue.STRATEGIES[self.name]

    @property
    def label(self) -> str:
        """The strategy as a folder name: ``mono``, ``hybrid-0.5``, ``hybrid-1-to-0.3-linear``, ``round-robin-en``."""
        alpha = self.alpha
        if isinstance(alpha, Curriculum):
            return f"{self.name}-{alpha.from_:g}-to-{alpha.to:g}-{alpha.shape}"
        parts = [self.name, "" if alpha is None else f"{alpha:g}", self.query_language or ""]
        return "-".join(part for part in parts if part)

    @property
    def public_name(self) -> str:
        """The strategy in tables whose column ``alpha`` stands beside it: ``hybrid``; else its label."""
        return self.name if isinstance(self.alpha, float) else self.label

    @property
    def mean_alpha(self) -> float:
        """The share of monolingual batches over the training: 1 for mono and english, 0 for what has none."""
        if isinstance(self.alpha, Curriculum):
            return (self.alpha.from_ + self.alpha.to) / 2  # of both shapes
        return self.row.alpha or 0.0 if self.alpha is None else self.alpha

    @property
    def needs_two_languages(self) -> bool:
        """Whether there are cross-lingual batches."""
        return self.row.cross_lingual and self.mean_alpha < 1

    @property
    def settings(self) -> dict[str, Any]:
        """What the batches are planned by: ``name``, ``alpha`` (a number or a curriculum) and ``query_language``."""
        curriculum = self.alpha.model_dump(by_alias=True) if isinstance(self.alpha, Curriculum) else None
        return {"name": self.name, "alpha": curriculum or self.mean_alpha, "query_language": self.query_language}


_Weight = Annotated[Float, Field(ge=0)]


class Sampling(Model):
    """How often each of several is drawn."""

    weights: dict[Name, _Weight] | None = Field(
        None, description="A number for each, in proportion to which it is drawn; one without a number is not"
    )
    temperature: Annotated[Float, Field(gt=0)] | None = Field(
        None, description="Or T: one with n pairs is drawn in proportion to n^(1/T); 1 is by size, 100 nearly evenly"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Sampling":
        if (self.weights is None) == (self.temperature is None):
            raise ValueError("give either 'weights' or 'temperature'")
        if self.weights is not None and not any(self.weights.values()):
            raise ValueError("every weight is 0")
        return self


class LanguageSampling(Sampling):
    """How often each language is drawn."""

    weights: Annotated[dict[LanguageTag, _Weight], OneSpelling] | None = Field(
        None, description="A number for each, in proportion to which it is drawn; one without a number is not"
    )


class HardNegatives(Model):
    """Passages beside the pairs' own that every query of the batch is compared with."""

    count: Positive = Field(description="Of one pair, at most; the paper has none")
    from_: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        alias="from",
        description="Where they are from, in turn: column (the corpora's own), bm25 or the name of an encoder (mined "
        "from the training set's passages)",
    )

    @property
    def miners(self) -> tuple[str, ...]:
        """The sources that are mined."""
        return tuple(source for source in self.from_ if source != COLUMN)


class Batches(Model):
    """The batches, planned before training."""

    strategies: Annotated[tuple[Strategy, ...], AfterValidator(check_distinct)] = Field(
        (), description="Each is trained on every training set with every encoder and seed"
    )
    languages: LanguageSampling | None = Field(
        None,
        description="How often each language is drawn: {weights: {en: 2, sw: 1}} or {temperature: 2}; null: all alike",
    )
    corpora: Sampling | None = Field(
        None, description="How often each corpus is drawn, in the same way; null: in proportion to its pairs"
    )
    negatives: HardNegatives | None = Field(
        None,
        description="Hard negatives: {count: 4, from: [column, bm25]}; null: only the passages of the batch's pairs",
    )
    batch_size: Annotated[Int, Field(ge=2)] = Field(32, description="QA pairs per batch")
    batches: Positive = Field(2, description="Batches per experiment, the same for every strategy")
    shards: Positive = Field(2, description="Parquet files per experiment")

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> "Batches":
        labels = [strategy.label for strategy in self.strategies]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two strategies are called {label!r}: alphas differ in their first six digits or not")
        return self

    @property
    def sampling(self) -> dict[str, Any]:
        """How languages and corpora are drawn, as the planner takes it."""
        asked = {"language_sampling": self.languages, "corpus_sampling": self.corpora}
        return {name: sampling and sampling.model_dump(exclude_none=True) for name, sampling in asked.items()}

    @model_validator(mode="after")
    def _shards_are_filled(self) -> "Batches":
        if self.shards > self.batches:
            raise ValueError(f"{self.shards} shards for {self.batches} batches: every shard needs one")
        return self
