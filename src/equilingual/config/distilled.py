"""Distillation of an encoder with fewer layers: the configuration's part, and what the stage is given of it."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from equilingual.config.base import Float, Int, Model, Positive
from equilingual.config.encoding import Lengths
from equilingual.config.fields import Name, check_distinct
from equilingual.messages import suggestion


class Distilling(Model):
    """How an encoder with fewer layers is trained to give the vectors of the whole encoder."""

    steps: Positive = Field(400, description="Number of training steps")
    batch_size: Annotated[Int, Field(ge=2)] = Field(
        64, description="Texts per step: half of them questions, half passages, in all languages"
    )
    learning_rate: Annotated[Float, Field(gt=0)] = Field(
        5e-4, description="Peak learning rate; it rises for a tenth of the steps, and then falls to 0"
    )
    word_embeddings: Literal["frozen", "trained"] = Field(
        "frozen", description="frozen: keep those of the whole encoder; trained: train them, too"
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Precision of matrix products: float32, bfloat16, or auto (bfloat16 if the GPU or CPU supports it)",
    )
    seed: Int = Field(1, description="Random seed of the texts; the experiments of all 'seeds' start from one encoder")


class DistillingSettings(Lengths, Distilling):
    """All settings of one distillation: its own, and its encoder's lengths."""


class Distilled(Distilling):
    """A distillation, and the texts that it uses."""

    training_sets: Annotated[tuple[Name, ...], AfterValidator(check_distinct)] | None = Field(
        None,
        description="Use the questions and passages of these training sets, in all of their languages; null: of all",
    )

    def problems(self, training_sets: Collection[str]) -> Iterator[str]:
        """Yield each unknown name, with its key."""
        asked = training_sets if self.training_sets is None else self.training_sets
        if not asked:
            yield "training_sets: name a training set whose texts to use; there is none"
        for name in asked:
            if name not in training_sets:
                yield f"training_sets: {name!r} is not defined; {suggestion(name, training_sets)}"

    def settings(self, lengths: Lengths) -> DistillingSettings:
        """Return what the stage is given; ``lengths`` are the encoder's."""
        return DistillingSettings.model_validate(
            self.model_dump(exclude={"training_sets"}) | lengths.model_dump(include=set(Lengths.model_fields))
        )
