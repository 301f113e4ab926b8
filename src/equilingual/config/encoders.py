"""What is done to an encoder before it is scored and trained, and how it encodes."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from equilingual.config.fields import Model, Name, Positive, check_distinct

# What an encoder is called before it is trimmed ends so; no name of the configuration has a "+".
WHOLE = "+whole"


class Trim(Model):
    """Keep the tokens of some texts, and leave out the others."""

    training_sets: Annotated[tuple[Name, ...], AfterValidator(check_distinct)] | None = Field(
        None, description="Whose texts are kept; null: all training sets"
    )
    benchmarks: Annotated[tuple[Name, ...], AfterValidator(check_distinct)] = Field(
        (), description="Benchmarks whose texts are kept, too, for languages that no training set has"
    )
    min_count: Positive = Field(
        1, description="Keep tokens that come so often in the texts; 1 keeps the vectors of all of them"
    )

    def problems(self, training_sets: Collection[str], benchmarks: Collection[str]) -> Iterator[str]:
        """Yield what is named here and not there, with its key."""
        for key, asked, known in (
            ("training_sets", self.training_sets or (), training_sets),
            ("benchmarks", self.benchmarks, benchmarks),
        ):
            for name in asked:
                if name not in known:
                    yield f"{key}: there is no {name!r}; there are {', '.join(known)}"
        counted = training_sets if self.training_sets is None else self.training_sets
        if not (counted or self.benchmarks):
            yield "training_sets: without a training set or a benchmark there are no texts to keep tokens of"


class Encoding(Model):
    """How texts become vectors where nothing is trained: for benchmarks, and where an encoder mines."""

    precision: Literal["float32", "bfloat16", "int8"] = Field(
        "float32",
        description="Of the transformer: float32 (as it is), bfloat16 (faster on GPUs and on processors that have it) "
        "or int8 (the fastest on a CPU, and for CPUs only)",
    )
    batch_tokens: Positive | None = Field(
        None, description="Tokens encoded at once, padding included; null: 2048 on a CPU, 32768 on a GPU"
    )
    query_length: Positive | None = Field(
        None,
        description="Longest query of a benchmark, in tokens, prompt included; null: the encoder's",
    )
    passage_length: Positive | None = Field(
        None, description="Longest passage of a benchmark, in tokens, prompt included; null: the encoder's"
    )
