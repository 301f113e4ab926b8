"""The configuration: a tree of frozen models that refuse unknown keys and check across keys.

``config.yaml`` (the embedded default, with a comment for every key) and ``workflow/schemas/config.schema.json``
are generated from these models; a test keeps them in step. No heavy import belongs here: Snakemake runs this
module in every job.
"""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)

from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.mining import COLUMN
from equilingual.config.base import Int, Model
from equilingual.config.batches import Batches
from equilingual.config.benchmarks import Benchmark
from equilingual.config.bitext import bitext_problems
from equilingual.config.checks import (
    debias_problems,
    engine_problems,
    training_problems,
    training_set_problems,
    unknown_engine,
    validation_problems,
)
from equilingual.config.comparisons import comparison_problems
from equilingual.config.corpora import Corpus, FilePlace, remote_files
from equilingual.config.data import Data
from equilingual.config.encoders import Encoder
from equilingual.config.encoding import Encoding
from equilingual.config.evaluation import Evaluation
from equilingual.config.experiments import scored_models
from equilingual.config.fields import Name, check_distinct
from equilingual.config.grid import ListedExperiments, arms, grid, grid_problems
from equilingual.config.known import expand_known
from equilingual.config.mining import Mining
from equilingual.config.opus import expand_opus
from equilingual.config.study import Study, study_problems
from equilingual.config.training import Trainings
from equilingual.config.training_sets import TrainingSet
from equilingual.config.translation import NO_ENGINE, ConvertedModel, Pivot, Translation
from equilingual.config.validation import Validation
from equilingual.config.variants import Variant, changed_sections, variant_problems
from equilingual.registry import known_references
from equilingual.translation.engines.catalogue import BUILT_IN, has_pair, missing, missing_commands


class Config(Model):
    """A whole run."""

    title: Annotated[str, BeforeValidator(str)] = Field(description="The title of the report")
    seeds: Annotated[tuple[Int, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        description="Random seeds; one experiment is trained per seed"
    )
    data: Data = Field(Data(), description="Where downloads come from")
    corpora: dict[Name, Corpus] = Field({}, description="Sources of QA pairs and of bitext, by name")
    training_sets: dict[Name, TrainingSet] = Field(
        {}, description="What to train on, by name: corpora and languages. {}: train nothing"
    )
    translation: Translation = Field(Translation(), description="How missing languages are translated")
    encoders: dict[Name, Encoder] = Field(
        description="The encoders to score and to train, by name; {}: score lexical retrieval only"
    )
    encoding: Encoding = Field(
        Encoding(), description="How texts are encoded, for evaluation and for hard-negative mining"
    )
    batches: Batches = Field(
        Batches(), description="Which pairs and languages share a batch; required if there are training sets"
    )
    mining: Mining = Field(Mining(), description="How hard negatives are mined")
    training: Trainings = Field(Trainings(), description="The contrastive fine-tuning")
    validation: Validation | None = Field(
        None, description="Held-out QA pairs for a validation loss during training; null: no validation"
    )
    variants: dict[Name, Variant] = Field(
        {},
        description="Named changes to 'batches' and 'training', for ablations: {small-batches: {batches: {batch_size: "
        "16}}}. Every experiment also runs in every variant, if 'experiments' is null",
    )
    experiments: Annotated[tuple[ListedExperiments, ...], Field(min_length=1)] | None = Field(
        None,
        description="The experiments to run: [{encoder: e5-small, training_set: demo-en-pt, strategy: [mono, "
        "hybrid-0.5], variant: [null, small-batches], seeds: [1, 2, 3]}], every combination of an entry's names; null: "
        "every encoder, training set and strategy, with and without each variant",
    )
    benchmarks: dict[Name, Benchmark] = Field(description="The benchmarks to score on, by name", min_length=1)
    evaluation: Evaluation = Field(Evaluation(), description="How models are scored")
    study: Study | None = Field(
        None, description="A research question that this configuration answers (docs/studies.md); null: none"
    )

    @model_validator(mode="before")
    @classmethod
    def _expand_known_corpora(cls, data: object) -> object:
        if not isinstance(data, dict) or not isinstance(data.get("corpora"), dict):
            return data
        corpora = {name: expand_opus(name, expand_known(name, value)) for name, value in data["corpora"].items()}
        return {**data, "corpora": corpora}

    @model_validator(mode="after")
    def _downloads_are_told_apart(self) -> "Config":
        remote_files(self.corpora, self.benchmark_places())
        return self

    @model_validator(mode="after")
    def _engines_are_made_of_engines(self) -> "Config":
        for name in self.translation.engines:
            if name in BUILT_IN or name == "pretranslated":
                raise ValueError(f"translation.engines.{name}: {name!r} is a built-in engine; choose another name")
        for name, engine in self.translation.engines.items():
            for leg in ("first", "second") if isinstance(engine, Pivot) else ():
                if problem := unknown_engine(getattr(engine, leg), self.engine_names()):
                    raise ValueError(f"translation.engines.{name}.{leg}: {problem}")
        for name in self.translation.engines:
            self.engine_spec(name)
        return self

    @model_validator(mode="after")
    def _batches_are_given(self) -> "Config":
        for key in ("strategies", "batches"):
            if self.training_sets and key not in self.batches.model_fields_set:
                raise ValueError(f"batches.{key}: this key is missing; it is required if there are training sets")
        if self.training_sets and not self.batches.strategies:
            raise ValueError("batches.strategies: give at least one strategy to train the training sets with")
        return self

    @model_validator(mode="after")
    def _variants_and_experiments_fit(self) -> "Config":
        for problem in variant_problems(self):
            raise ValueError(problem)
        for name in self.variants:
            changed_sections(self, name)
        for problem in grid_problems(self):
            raise ValueError(f"experiments.{problem}")
        return self

    @model_validator(mode="after")
    def _training_sets_can_be_made(self) -> "Config":
        for problem in bitext_problems(self):
            raise ValueError(problem)
        for name, training_set in self.training_sets.items():
            for problem in engine_problems(training_set, self):
                raise ValueError(f"training_sets.{name}.{problem}")
            for problem in training_set_problems(training_set, self):
                raise ValueError(f"training_sets.{name}: {problem}")
        for corpus, language in self.made_languages():
            asking = {
                (s.source, s.engine_for(language))
                for s in self.training_sets.values()
                if corpus in s.corpora and language in s.languages
            }
            if len(asking) > 1:
                raise ValueError(
                    f"training_sets: {corpus} would be translated into {language!r} from several sources or by several "
                    "engines; use one source and one engine for all training sets"
                )
        for problem in training_problems(self):
            raise ValueError(problem)
        for problem in validation_problems(self):
            raise ValueError(f"validation.{problem}")
        return self

    @model_validator(mode="after")
    def _there_are_seeds_to_average(self) -> "Config":
        most = max(map(len, grid(self).values()), default=0) if self.experiments else len(self.seeds)
        if self.training.average_seeds and most < 2:
            raise ValueError("training.average_seeds: there is one seed; add more to 'seeds', or remove this key")
        return self

    @model_validator(mode="after")
    def _miners_are_told_apart(self) -> "Config":
        for taken in (*LEXICAL, COLUMN):
            if taken in self.encoders:
                what = "a source of hard negatives" if taken == COLUMN else "a lexical retriever"
                raise ValueError(f"encoders.{taken}: {taken!r} is {what}; choose another name")
        known = {tag for s in self.training_sets.values() for tag in s.languages}
        if self.mining.language is not None and self.mining.language not in known:
            raise ValueError(
                f"mining.language: no training set has {self.mining.language!r}; choose from {', '.join(sorted(known))}"
            )
        return self

    @model_validator(mode="after")
    def _something_is_scored(self) -> "Config":
        if not self.encoders and not self.evaluation.lexical:
            raise ValueError(
                "encoders: there is nothing to score; add an encoder, or bm25 or tfidf to evaluation.lexical"
            )
        return self

    @model_validator(mode="after")
    def _debiasing_names_what_there_is(self) -> "Config":
        for problem in debias_problems(self):
            raise ValueError(f"evaluation.{problem}")
        return self

    @model_validator(mode="after")
    def _encoders_name_what_there_is(self) -> "Config":
        for name, encoder in self.encoders.items():
            for problem in encoder.trim.problems(self.training_sets, self.benchmarks) if encoder.trim else ():
                raise ValueError(f"encoders.{name}.trim.{problem}")
            for problem in encoder.distilled.problems(self.training_sets) if encoder.distilled else ():
                raise ValueError(f"encoders.{name}.distilled.{problem}")
        return self

    @model_validator(mode="after")
    def _comparisons_name_what_is_scored(self) -> "Config":
        for problem in comparison_problems(self.evaluation.comparisons, scored_models(self), len(self.benchmarks)):
            raise ValueError(f"evaluation.comparisons.{problem}")
        return self

    @model_validator(mode="after")
    def _the_study_can_be_made(self) -> "Config":
        if problems := list(study_problems(self.study, self)) if self.study else []:
            raise ValueError("\n  ".join(f"study.{problem}" for problem in problems))
        return self

    def _check_weights(self) -> None:
        """Refuse weights for names that no training set has: they have no effect, and may be typos."""
        sets = self.training_sets.values()
        for what, sampling, names in [
            ("languages", self.batches.languages, {tag for s in sets for tag in s.languages}),
            ("corpora", self.batches.corpora, {corpus for s in sets for corpus in s.corpora}),
        ]:
            for name in (sampling.weights or {}) if sampling is not None else {}:
                if name not in names:
                    known = ", ".join(sorted(names))
                    raise ValueError(f"batches.{what}.weights: no training set has {name!r}; choose from {known}")

    def varied(self, name: str | None) -> "Config":
        """Return the configuration with the batches and the training of a variant, and no variants; None: unchanged."""
        names = ("batches", "training")
        changed = {} if name is None else dict(zip(names, changed_sections(self, name), strict=True))
        return self.model_copy(update={"variants": {}, "experiments": None, **changed})

    @property
    def in_use(self) -> "list[Config]":
        """The configuration in each of the variants that are trained; without variants, itself alone."""
        return [self.varied(name) for name in dict.fromkeys(arm.variant for arm in arms(self))]

    def translation_of(self, corpus: str, language: str) -> TrainingSet:
        """Return the first training set that needs a translation; all that need it have the same engine and source."""
        return next(s for s in self.training_sets.values() if corpus in s.corpora and language in s.languages)

    def engine_spec(self, name: str, inside: tuple[str, ...] = ()) -> dict[str, Any]:
        """Return an engine's settings for the translation stages; a pivot includes those of its two engines.

        Raises:
            ValueError: a pivot refers to itself.

        """
        if name in BUILT_IN:
            return dict(BUILT_IN[name])
        if name in inside:
            raise ValueError(f"translation.engines.{name}: this pivot refers to itself")
        engine = self.translation.engines[name]
        spec = {"name": name} | {key: value for key, value in engine.model_dump().items() if value is not None}
        if isinstance(engine, ConvertedModel):
            return spec | {"folder": f"results/translators/{name}"}
        return spec | {leg: self.engine_spec(spec[leg], (*inside, name)) for leg in ("first", "second")}

    def scored_engines(self) -> list[tuple[str, str, str, str]]:
        """Return (reference, engine, source, language) of every translation that a reference can score, sorted."""
        scored = set()
        for corpus, language in self.made_languages():
            training_set = self.translation_of(corpus, language)
            for name in self.translation.references:
                if {training_set.source, language} <= set(known_references()[name]["files"]):
                    scored.add((name, training_set.engine_for(language), training_set.source, language))
        return sorted(scored)

    def missing_engines(self, *, packages: bool = True) -> list[str]:
        """Return a line for each language whose engine is not installed: what is missing, and how to install it.

        Args:
            packages: whether to check Python packages, too; those in a conda environment cannot be checked here.

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
                hint = f"; installed engines for this pair: {', '.join(others)}" if others else ""
                lines.append(
                    f"{corpus}: {name} from {pair[0]} to {pair[1]} is not installed: {' && '.join(wanted)}{hint}"
                )
        return lines

    def _works(self, engine: str, source: str, target: str) -> bool:
        spec = self.engine_spec(engine)
        return has_pair(spec, source, target) and missing(spec, source, target) is None

    def engine_names(self) -> list[str]:
        """Return the names of all engines, without ``pretranslated``."""
        return [*BUILT_IN, *self.translation.engines]

    def read_languages(self) -> list[tuple[str, str]]:
        """Return the (corpus, language) that are read from files, sorted."""
        wanted = {(c, tag) for s in self.training_sets.values() for c in s.corpora for tag in s.languages}
        sources = {(c, s.source) for s in self.training_sets.values() for c in s.corpora if s.engine != NO_ENGINE}
        watched = self.validation
        held_out = {(c, tag) for c in watched.corpora for tag in watched.languages} if watched else set()
        return sorted((c, tag) for c, tag in wanted | sources | held_out if tag in self.corpora[c].files)

    def made_languages(self) -> list[tuple[str, str]]:
        """Return the (corpus, language) that are translated, sorted."""
        sets = self.training_sets.values()
        wanted = {(c, tag) for s in sets for c in s.corpora for tag in s.languages if s.engine_for(tag) != NO_ENGINE}
        return sorted((c, tag) for c, tag in wanted if tag not in self.corpora[c].files)

    @property
    def bitext_corpora(self) -> tuple[str, ...]:
        """The corpora of the bitext batches and of the centring term, in any variant; none where nothing is trained."""
        named = ((*one.batched_bitext, *one.training.regularizers.unlabelled) for one in self.in_use)
        return tuple(dict.fromkeys(corpus for corpora in named for corpus in corpora))

    @property
    def batched_bitext(self) -> tuple[str, ...]:
        """The corpora of the bitext batches; none where no batch is of bitext."""
        asked = self.batches.bitext_on
        return asked.corpora if asked is not None and self.training_sets else ()

    def benchmark_places(self) -> list[FilePlace]:
        """Return the files of all benchmarks."""
        return [place for benchmark in self.benchmarks.values() for place in benchmark.places()]

    def has_pairs(self, corpus: str, language: str) -> bool:
        """Return whether a corpus exists in a language, read from a file or translated."""
        return language in self.corpora[corpus].files or any(
            corpus in one.corpora and language in one.languages and one.engine_for(language) != NO_ENGINE
            for one in self.training_sets.values()
        )
