"""Vocabulary trimming."""

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from equilingual.config.base import Model, Positive
from equilingual.config.fields import Name, check_distinct

# Suffix of an encoder's name before it is trimmed; no name in a configuration has a "+".
WHOLE = "+whole"


class Trim(Model):
    """Keep only the vocabulary of some texts."""

    training_sets: Annotated[tuple[Name, ...], AfterValidator(check_distinct)] | None = Field(
        None, description="Keep the vocabulary of these training sets; null: of all of them"
    )
    benchmarks: Annotated[tuple[Name, ...], AfterValidator(check_distinct)] = Field(
        (), description="Also keep the vocabulary of these benchmarks, for languages that are in no training set"
    )
    min_count: Positive = Field(
        1,
        description="Minimum number of occurrences of a token that is kept; with 1, all these texts keep their "
        "embeddings",
    )

    def problems(self, training_sets: Collection[str], benchmarks: Collection[str]) -> Iterator[str]:
        """Yield each unknown name, with its key."""
        for key, asked, known in (
            ("training_sets", self.training_sets or (), training_sets),
            ("benchmarks", self.benchmarks, benchmarks),
        ):
            for name in asked:
                if name not in known:
                    yield f"{key}: {name!r} is not defined; choose from {', '.join(known) or 'none'}"
        counted = training_sets if self.training_sets is None else self.training_sets
        if not (counted or self.benchmarks):
            yield "training_sets: name a training set or a benchmark whose vocabulary to keep; there is none"
