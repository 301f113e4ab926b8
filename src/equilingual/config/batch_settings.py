"""What batches are planned by: the part of the configuration that the stages are given, as frozen models.

Stages import this module. :mod:`equilingual.config.batches` adds what a user may write besides: other spellings of
languages, several strategies, the number of files.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from equilingual.catalogues import described, listed
from equilingual.catalogues import strategies as catalogue
from equilingual.catalogues.mining import COLUMN
from equilingual.config.base import Float, Int, Model, Positive
from equilingual.config.fields import Name, OneOf, check_distinct

OFTEN_SEEN = 20  # times that a pair is seen: contrastive training seldom takes so many epochs


class Curriculum(Model):
    """An alpha that changes from the first batch to the last."""

    from_: Annotated[Float, Field(ge=0, le=1)] = Field(alias="from", description="alpha of the first batch")
    to: Annotated[Float, Field(ge=0, le=1)] = Field(description="alpha of the last batch")
    shape: Literal["linear", "cosine"] = Field("linear", description="How alpha changes: linear or cosine")


def _kind_of_alpha(value: object) -> str:
    return "<curriculum>" if isinstance(value, (dict, Curriculum)) else "<number>"


# The discriminator picks one before validation, so that an error is about that one. The tags are not part of the key.
Alpha = Annotated[
    Annotated[Float, Field(ge=0, le=1), Tag("<number>")] | Annotated[Curriculum, Tag("<curriculum>")],
    Discriminator(_kind_of_alpha),
]


def _is_by_batch(mix: str) -> bool:
    return mix == "batch"


class StrategySettings(Model):
    """How languages are combined in a batch."""

    name: Annotated[str, OneOf(catalogue.STRATEGIES)] = Field(description=described(catalogue.STRATEGIES))
    alpha: Alpha | None = Field(
        None,
        description="hybrid only: the fraction of monolingual batches, from 0 to 1 (the paper: 0.5), or a "
        "curriculum: {from: 1.0, to: 0.3, shape: linear}",
    )
    mix: Literal["batch", "pair"] = Field(
        "batch",
        description="hybrid only: what is monolingual with probability alpha: a whole batch (batch; the paper), or "
        "each pair by itself, so that a batch has both kinds of pairs (pair)",
        exclude_if=_is_by_batch,
    )
    query_language: str | None = None

    @model_validator(mode="after")
    def _settings_fit_the_name(self) -> "StrategySettings":
        if self.row.alpha is None and self.alpha is None:
            raise ValueError(
                f"{self.name} needs 'alpha', the fraction of monolingual batches, from 0 to 1: 0.5, for example"
            )
        for key, field in type(self).model_fields.items():
            if key != "name" and getattr(self, key) != field.default and key not in self.row.settings:
                names = listed(catalogue.strategies_with(key), "and")
                raise ValueError(f"'{key}' is only for the strategy {names}: remove it from {self.name}")
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
            shown = f"{alpha.from_:g}-to-{alpha.to:g}-{alpha.shape}"
        else:
            shown = "" if alpha is None else f"{alpha:g}"
        parts = [self.name, shown, self.query_language or "", "pair" if self.by_pair else ""]
        return "-".join(part for part in parts if part)

    @property
    def by_pair(self) -> bool:
        """Whether each pair is monolingual or cross-lingual by itself, and not the batch."""
        return self.mix == "pair"

    @property
    def schedule(self) -> float | Curriculum:
        """The probability that a batch, or a pair, is monolingual: one for all batches, or one that changes."""
        return self.alpha if isinstance(self.alpha, Curriculum) else self.mean_alpha

    @property
    def mean_alpha(self) -> float:
        """The fraction of monolingual batches, or pairs, over the training: 1 for mono and english, 0 without any."""
        if isinstance(self.alpha, Curriculum):
            return (self.alpha.from_ + self.alpha.to) / 2  # of both shapes
        return self.row.alpha or 0.0 if self.alpha is None else self.alpha


Weight = Annotated[Float, Field(ge=0)]


class Sampling(Model):
    """How often each name is sampled."""

    weights: dict[Name, Weight] | None = Field(
        None,
        description="A weight per corpus; corpora are sampled in proportion to it, and a corpus without a weight is "
        "not sampled",
    )
    temperature: Annotated[Float, Field(gt=0)] | None = Field(
        None,
        description="Or a temperature T: sample in proportion to n^(1/T), where n is the number of pairs. 1: by size; "
        "100: nearly uniform",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Sampling":
        if (self.weights is None) == (self.temperature is None):
            raise ValueError("give either 'weights' or 'temperature'")
        if self.weights is not None and not any(self.weights.values()):
            raise ValueError("every weight is 0")
        return self


NegativeLanguage = Literal["passage", "query", "both"]


def _is_the_passages(language: str) -> bool:
    return language == "passage"


class HardNegatives(Model):
    """Passages that every query of the batch is compared with, in addition to the passages of its pairs."""

    count: Positive = Field(description="Maximum number of hard negatives per pair; the paper uses none")
    from_: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        alias="from",
        description="Where they come from, in this order: column (the corpora's own), bm25, or the name of an "
        "encoder (mined among the training set's passages)",
    )
    language: NegativeLanguage = Field(
        "passage",
        description="Their language: passage (that of the pair's passage), query (that of its query), or both (each "
        "hard negative in both languages, so up to twice as many texts)",
        exclude_if=_is_the_passages,
    )

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for, as plain values."""
        return {"count": self.count, "from": list(self.from_), "language": self.language}

    @property
    def miners(self) -> tuple[str, ...]:
        """The sources that need mining."""
        return tuple(source for source in self.from_ if source != COLUMN)


class BitextBatches(Model):
    """Batches of parallel sentences instead of QA pairs."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        description="Names from 'corpora', of bitext"
    )
    share: Annotated[Float, Field(ge=0, lt=1)] = Field(
        description="Probability that a batch is a bitext batch, from 0 to below 1"
    )
    languages: Sampling | None = None


class CompanionSettings(Model):
    """Texts beside each row of a batch that terms of the loss ask for; no key of the configuration.

    Attributes:
        question: whether each row has its question in another language.
        pivot: a language: each row has its question and its passage in it; ``None``: it has none.

    """

    question: bool = False
    pivot: str | None = None


class BatchSettings(Model):
    """What the batches of every strategy have in common."""

    languages: Sampling | None = None
    corpora: Sampling | None = Field(
        None, description="How corpora are sampled, in the same format; null: in proportion to their numbers of pairs"
    )
    negatives: HardNegatives | None = Field(
        None,
        description="Hard negatives: {count: 4, from: [column, bm25]}; null: in-batch negatives only",
    )
    bitext: BitextBatches | None = None
    batch_size: Annotated[Int, Field(ge=2)] = Field(32, description="QA pairs per batch")
    batches: Positive = Field(
        2, description="Number of batches per experiment (training steps), the same for every strategy"
    )

    @property
    def bitext_on(self) -> BitextBatches | None:
        """What bitext batches are asked for; ``None`` also for a share of 0."""
        return self.bitext if self.bitext is not None and self.bitext.share > 0 else None

    @property
    def asked(self) -> dict[str, object]:
        """The settings as plain data, without those of features that are off."""
        return self.model_dump(mode="json", exclude={"bitext"} if self.bitext_on is None else None)
