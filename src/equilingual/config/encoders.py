"""Vocabulary trimming and encoding of texts."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from equilingual.config.fields import Model, Name, Positive, check_distinct

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


class Encoding(Model):
    """How texts are encoded outside training: for benchmarks and for hard-negative mining."""

    precision: Literal["float32", "bfloat16", "int8"] = Field(
        "float32",
        description="Precision of the transformer: float32, bfloat16 (faster on GPUs and CPUs that support it) or "
        "int8 (fastest on a CPU; CPU only)",
    )
    batch_tokens: Positive | None = Field(
        None, description="Tokens per encoding batch, padding included; null: 2048 on a CPU, 32768 on a GPU"
    )
    query_length: Positive | None = Field(
        None,
        description="Maximum length of a benchmark's queries in tokens, prompt included; null: the encoder's setting",
    )
    passage_length: Positive | None = Field(
        None,
        description="Maximum length of a benchmark's passages in tokens, prompt included; null: the encoder's setting",
    )
