"""What a configuration asks for: the experiments to train and the models to score, by name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from equilingual.catalogues import benchmarks as catalogue
from equilingual.catalogues.benchmarks import ALL
from equilingual.config.batches import Strategy
from equilingual.config.benchmarks import ENGLISH, Benchmark
from equilingual.config.corpora import FilePlace
from equilingual.config.grid import grid
from equilingual.registry import known_benchmarks

if TYPE_CHECKING:
    from equilingual.config.models import Config


@dataclass(frozen=True)
class Experiment:
    """Encoder × training set × strategy × variant × seed.

    Attributes:
        variant: the name of what is changed in the batches or the training; ``None``: nothing.
        seed: of the training; ``None`` for an average of several.
        averaged: the seeds whose weights are averaged; none for a training.

    """

    encoder: str
    training_set: str
    strategy: Strategy
    seed: int | None
    averaged: tuple[int, ...] = ()
    variant: str | None = None

    @property
    def name(self) -> str:
        """The experiment as a folder name."""
        last = "average" if self.averaged else f"seed-{self.seed}"
        return f"{self.encoder}__{self.training_set}__{self.arm}__{last}"

    @property
    def arm(self) -> str:
        """The strategy and the variant, as parts of the name."""
        return self.strategy.label if self.variant is None else f"{self.strategy.label}__{self.variant}"

    @property
    def members(self) -> "list[Experiment]":
        """The trainings whose weights are averaged."""
        return [replace(self, seed=seed, averaged=()) for seed in self.averaged]


@dataclass(frozen=True)
class ScoredModel:
    """A model that is scored: a base encoder, a trained model or a lexical system, and what is done to it.

    Attributes:
        encoder: its name; a lexical system's own.
        experiment: what trained it, or the average of several trainings.
        debias: what is done to its vectors.
        translator: the engine that translates queries into the language of the candidates.
        lexical: the lexical system that it is, or that it is fused with.
        fusion: how it is fused.
        merge: how lists of single languages are merged.

    """

    encoder: str
    experiment: Experiment | None = None
    debias: str = "none"
    translator: str | None = None
    lexical: str | None = None
    fusion: str | None = None
    merge: str | None = None

    @property
    def is_dense(self) -> bool:
        """Whether it has vectors."""
        return self.encoder != self.lexical

    @property
    def has_own_vectors(self) -> bool:
        """Whether vectors are made for it, which those of a fusion or a merging are not."""
        return self.is_dense and self.vectors == self.name

    @property
    def vectors(self) -> str:
        """The name of the model that its vectors are of."""
        return replace(self, translator=None, lexical=None, fusion=None, merge=None).name

    @property
    def treatment(self) -> str:
        """What is done to it, as the column ``debias`` has it: ``none``, or names joined by ``+``."""
        fused = [f"{self.lexical}-{self.fusion}"] if self.fusion else []
        debias = [] if self.debias == "none" else [self.debias]
        translated = [f"query-{self.translator}"] if self.translator else []
        return "+".join([*debias, *translated, *fused, *([self.merge] if self.merge else [])]) or "none"

    @property
    def name(self) -> str:
        """The model as a folder name: the encoder's or the experiment's, and ``+{treatment}`` where there is one."""
        name = self.encoder if self.experiment is None else self.experiment.name
        return name if self.treatment == "none" else f"{name}+{self.treatment}"

    @property
    def before(self) -> "ScoredModel | None":
        """The model without the last thing that is done to it; None where nothing is."""
        if self.merge is not None:
            return replace(self, merge=None)
        if self.fusion is not None:
            return replace(self, fusion=None, lexical=None)
        if self.translator is not None:
            return replace(self, translator=None)
        return replace(self, debias="none") if self.debias != "none" else None

    @property
    def description(self) -> dict[str, object]:
        """The columns of ``results/scores.csv`` that say what the model is; ``variant`` only where it has one."""
        trained = self.experiment
        variant = {"variant": trained.variant} if trained and trained.variant else {}
        return {
            "encoder": self.encoder,
            "training_set": trained.training_set if trained else None,
            "strategy": trained.strategy.public_name if trained else "none",
            "alpha": trained.strategy.mean_alpha if trained else None,
            "seed": trained.seed if trained else None,
            "debias": self.treatment,
            **variant,
        }


def experiments(config: "Config") -> Sequence[Experiment]:
    """Return every training, in the order of the configuration, and the average of all seeds after the last of them."""
    found = []
    for (encoder, arm), seeds in grid(config).items():
        one = Experiment(encoder, arm.training_set, arm.strategy, None, variant=arm.variant)
        found += [replace(one, seed=seed) for seed in seeds]
        if config.training.average_seeds and len(seeds) > 1:
            found.append(replace(one, averaged=seeds))
    return found


def scored_models(config: "Config") -> dict[str, ScoredModel]:
    """Return every model that is scored, by name: the base encoders, the lexical systems, the experiments.

    Each is followed by itself debiased, fused, merged, and with translated queries.
    """
    models = [ScoredModel(encoder) for encoder in config.encoders]
    models += [ScoredModel(name, lexical=name) for name in config.evaluation.lexical]
    models += [ScoredModel(experiment.encoder, experiment) for experiment in experiments(config)]
    return {scored.name: scored for model in models for scored in _treated(model, config)}


def _treated(model: ScoredModel, config: "Config") -> Iterator[ScoredModel]:
    """Yield a model, then with every debiasing, fusion, merging and translation that applies to it."""
    evaluation = config.evaluation
    made = [model]
    if model.is_dense:
        made += [replace(model, debias=entry.label) for entry in evaluation.debias if _applies(entry.models, model)]
        made += [
            replace(one, lexical=entry.lexical, fusion=entry.by)
            for one in made
            for entry in evaluation.fuse
            if _applies(entry.models, one)
        ]
    yield from made
    for one in made:
        for entry in evaluation.merge if one.fusion is None else ():
            if _applies(entry.models, one):
                yield replace(one, merge=entry.label)
    for translate in evaluation.translate:
        if _applies(translate.models, model):
            yield replace(model, translator=translate.engine)


def _applies(models: str | Sequence[str], model: ScoredModel) -> bool:
    """Return whether what is done to models and names ``models`` is done to a model."""
    if isinstance(models, str):
        return models == "all" or (model.experiment is None and model.debias == "none")
    labels = {model.experiment.strategy.label, model.experiment.arm} if model.experiment else {model.encoder}
    return any((label if model.debias == "none" else f"{label}+{model.debias}") in models for label in labels)


@dataclass(frozen=True)
class BenchmarkSource:
    """Where a benchmark comes from.

    Attributes:
        kind: the format of its files.
        files: by language and role; under ``all``, those that all languages share.
        expected: the published (candidates, queries) per language, where there are any.
        licence: of its texts.
        options: how its files are read.

    """

    kind: str
    files: Mapping[str, Mapping[str, tuple[FilePlace, ...]]]
    expected: dict[str, tuple[int | None, int | None]] | None
    licence: str
    options: dict[str, object]

    @property
    def format(self) -> catalogue.Format:
        """What is known of its format."""
        return catalogue.FORMATS[self.kind]

    @property
    def languages(self) -> list[str]:
        """Its languages, in order, English last where each language is matched with English texts."""
        tags = [tag for tag in self.files if tag != ALL]
        return [*tags, ENGLISH] if self.format.english_side and ENGLISH not in tags else tags

    def compares(self, query: str, candidate: str) -> bool:
        """Return whether queries of a language are asked in another one: some formats match with English only."""
        return not self.format.english_side or ENGLISH in (query, candidate)

    @property
    def is_mined(self) -> bool:
        """Whether pairs are mined of it; of other benchmarks candidates are ranked."""
        return self.format.task == "mining"

    @property
    def places(self) -> list[FilePlace]:
        """All files, in the order of :attr:`layout`."""
        return [place for roles in self.files.values() for places in roles.values() for place in places]

    @property
    def layout(self) -> list[tuple[str, str, int]]:
        """How many files of which language and role stand one after the other."""
        return [(tag, role, len(places)) for tag, roles in self.files.items() for role, places in roles.items()]


# What a benchmark's reader is told beside the files: arguments of equilingual.evaluation.build_benchmark.
OPTIONS = ("candidate_text", "parallel", "pool", "gold", "lines", "empty", "missing", "ignore_identical_ids")


def benchmark_sources(config: "Config") -> dict[str, BenchmarkSource]:
    """Return where every benchmark comes from, by name."""
    return {name: _benchmark_source(benchmark) for name, benchmark in config.benchmarks.items()}


def _benchmark_source(benchmark: Benchmark) -> BenchmarkSource:
    known = known_benchmarks()[benchmark.known]["licence"] if benchmark.known else "unknown"
    options = {name: getattr(benchmark, name) for name in OPTIONS}
    licence = benchmark.licence or known
    return BenchmarkSource(benchmark.format, benchmark.files(), benchmark.expected, licence, options)
