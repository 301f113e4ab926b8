"""How texts are encoded outside training: the configuration's part, and what a stage is given of it."""

from typing import Literal

from pydantic import Field

from equilingual.config.base import Model, Positive

Precision = Literal["auto", "float32", "bfloat16", "int8"]


class Lengths(Model):
    """How many tokens of a text an encoder reads, prompt included; longer texts are truncated."""

    query_length: Positive
    passage_length: Positive


class Computation(Model):
    """How vectors are computed."""

    precision: Precision = Field(
        "float32",
        description="Precision of the transformer: float32, bfloat16 (faster on GPUs and CPUs that support it), auto "
        "(bfloat16 if the GPU or CPU supports it, else float32) or int8 (fastest on a CPU; CPU only)",
    )
    batch_tokens: Positive | None = Field(
        None, description="Tokens per encoding batch, padding included; null: 2048 on a CPU, 32768 on a GPU"
    )


class Encoding(Computation):
    """How texts are encoded outside training: for benchmarks and for hard-negative mining."""

    query_length: Positive | None = Field(
        None,
        description="Maximum length of a benchmark's queries in tokens, prompt included; null: the encoder's setting",
    )
    passage_length: Positive | None = Field(
        None,
        description="Maximum length of a benchmark's passages in tokens, prompt included; null: the encoder's setting",
    )

    shards: Positive = Field(
        1,
        description="Number of jobs that share the encoding of one benchmark by one model; their vectors are those of "
        "one job. For benchmarks of millions of passages",
    )

    def of_benchmarks(self, encoder: Lengths) -> "EncodingSettings":
        """Return how an encoder encodes benchmarks; ``encoder`` has the lengths for which there is none here."""
        return self.of_training_sets(
            Lengths(
                query_length=self.query_length or encoder.query_length,
                passage_length=self.passage_length or encoder.passage_length,
            )
        )

    def of_training_sets(self, encoder: Lengths) -> "EncodingSettings":
        """Return how an encoder encodes training sets (for hard-negative mining): with its own lengths."""
        own = {name: getattr(self, name) for name in Computation.model_fields}
        return EncodingSettings.model_validate(own | encoder.model_dump())


class EncodingSettings(Computation, Lengths):
    """How one encoder encodes: what the stages that encode texts are given."""
