"""Batches: the strategies, and the spellings of languages that a user may write.

What the stages are given of it is in :mod:`equilingual.config.batch_settings`.
"""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from equilingual.config.base import Model, Positive
from equilingual.config.batch_settings import BatchSettings, BitextBatches, Sampling, StrategySettings, Weight
from equilingual.config.fields import check_distinct
from equilingual.config.tags import Languages, LanguageTag, OneSpelling


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


def _as_sampling(value: object) -> object:
    """Return a list of languages as equal weights."""
    return {"weights": dict.fromkeys(value, 1.0)} if isinstance(value, list | tuple) else value


class Bitext(BitextBatches):
    """Batches of parallel sentences instead of QA pairs."""

    languages: Annotated[
        LanguageSampling | None, BeforeValidator(_as_sampling, json_schema_input_type=Languages | LanguageSampling)
    ] = Field(
        None,
        description="How the bitext's languages are sampled, as in batches.languages, or a list of them; null: as in "
        "batches.languages",
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
    bitext: Bitext | None = Field(
        None,
        description="Batches of parallel sentences: {corpora: [europarl], share: 0.3}; null: QA pairs only",
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
