"""Batches: the strategies, and the spellings of languages that a user may write.

What the stages are given of it is in :mod:`equilingual.config.batch_settings`.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from equilingual.config.base import Model, Positive
from equilingual.config.batch_settings import BatchSettings, Sampling, StrategySettings, Weight
from equilingual.config.fields import check_distinct
from equilingual.config.tags import LanguageTag, OneSpelling


class Strategy(StrategySettings):
    """How languages are combined in a batch."""

    query_language: LanguageTag | None = Field(
        None, description="round-robin only: one language for all queries (PLAID-X: en); null: the passage's language"
    )

    @property
    def public_name(self) -> str:
        """The strategy for tables with a column ``alpha``: ``hybrid``, ``hybrid-pair``; otherwise its label."""
        if not isinstance(self.alpha, float):
            return self.label
        return f"{self.name}-pair" if self.by_pair else self.name

    @property
    def needs_two_languages(self) -> bool:
        """Whether there are cross-lingual batches."""
        return self.row.cross_lingual and self.mean_alpha < 1


class LanguageSampling(Sampling):
    """How often each language is sampled."""

    weights: Annotated[dict[LanguageTag, Weight], OneSpelling] | None = Field(
        None,
        description="A weight per language; languages are sampled in proportion to it, and a language without a "
        "weight is not sampled",
    )


class _Strategies(Model):
    strategies: Annotated[tuple[Strategy, ...], AfterValidator(check_distinct)] = Field(
        (),
        description="Batching strategies (docs/strategies.md); a model is trained for each, on every training set, "
        "with every encoder and seed",
    )


class Batches(BatchSettings, _Strategies):  # the first key is that of the last base
    """The batches, planned before training."""

    languages: LanguageSampling | None = Field(
        None,
        description="How languages are sampled: {weights: {en: 2, sw: 1}} or {temperature: 2}; null: uniformly",
    )
    shards: Positive = Field(2, description="Number of Parquet files per experiment")

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> "Batches":
        labels = [strategy.label for strategy in self.strategies]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(
                    f"two strategies are named {label!r}: their alphas must differ in the first six digits"
                )
        return self

    @model_validator(mode="after")
    def _shards_are_filled(self) -> "Batches":
        if self.shards > self.batches:
            raise ValueError(f"{self.shards} shards for {self.batches} batches: every shard needs a batch")
        return self
