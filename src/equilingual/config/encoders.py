"""Encoders, as a user configures them, and the trimming of their vocabularies."""

from collections.abc import Collection, Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from equilingual.config.base import Bool, Model, Positive
from equilingual.config.distilled import Distilled
from equilingual.config.encoder_settings import EncoderSettings
from equilingual.config.fields import Name, check_distinct
from equilingual.registry import packaged_encoder

# Suffix of an encoder's name before it is trimmed; no name in a configuration has a "+".
WHOLE = "+whole"
# Suffix of the name of the encoder that a distilled one learns from, where that is no encoder of the configuration.
TEACHER = "+teacher"


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


class Encoder(EncoderSettings):
    """A multilingual dual encoder, before training."""

    trim: Trim | None = Field(
        None,
        description="Drop vocabulary entries that never occur in the training texts (most of a small encoder's "
        "parameters): {}, or {training_sets: [a], benchmarks: [b], min_count: 1}; null: keep the whole "
        "vocabulary",
    )
    distilled: Distilled | None = Field(
        None,
        description="Train an encoder with fewer 'layers' to give the vectors of the whole encoder, before anything "
        "else: {}, or {training_sets: [a], steps: 400, batch_size: 64, learning_rate: 5e-4}; null: do not",
    )
    train: Bool = Field(True, description="Train it on every training set; false: only score it")
    licence: str | None = Field(
        None, description="The licence of the weights, for the model card; null: the packaged encoder's own, or unknown"
    )

    trained_on: Annotated[tuple[str, ...], AfterValidator(check_distinct)] | None = Field(
        None,
        description="Labelled data it was trained on ([squad, miracl]), to mark the benchmarks made from them; null: "
        "what is known of the packaged encoder and of well-known ones on the Hub",
    )

    @model_validator(mode="after")
    def _there_is_something_to_learn(self) -> Self:
        if self.distilled is not None and self.layers is None:
            raise ValueError("'distilled' is for an encoder with fewer layers: add 'layers', or remove this key")
        if self.distilled is not None and self.similarity == "dot":
            raise ValueError("'distilled' compares vectors by cosine, but 'similarity' is dot: remove one of them")
        return self

    @property
    def preparation(self) -> EncoderSettings:
        """How it is prepared: the part that ``EncoderSettings`` has."""
        return EncoderSettings.model_validate(self.model_dump(include=set(EncoderSettings.model_fields)))

    @property
    def whole(self) -> EncoderSettings:
        """How it is prepared with all of its layers: what a distilled encoder learns from."""
        return self.preparation.model_copy(update={"layers": None})

    @property
    def origin(self) -> dict[str, str | None]:
        """What the model card says of the encoder: its name on the Hub, if it has one, and its licence."""
        if self.source == "packaged":
            packaged = packaged_encoder()
            return {"base_model": packaged["base_model"], "base_licence": self.licence or packaged["licence"]}
        return {"base_model": self.path if self.source == "hub" else None, "base_licence": self.licence or "unknown"}
