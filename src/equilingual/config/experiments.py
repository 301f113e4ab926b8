"""What a configuration asks for: the experiments to train and the models to score, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from equilingual.config.batches import Strategy
from equilingual.config.benchmarks import Benchmark
from equilingual.config.corpora import FilePlace
from equilingual.config.models import Config
from equilingual.registry import known_benchmarks


@dataclass(frozen=True)
class Experiment:
    """Encoder × training set × strategy × seed."""

    encoder: str
    training_set: str
    strategy: Strategy
    seed: int

    @property
    def name(self) -> str:
        """The experiment as a folder name."""
        return f"{self.encoder}__{self.training_set}__{self.strategy.label}__seed-{self.seed}"


@dataclass(frozen=True)
class ScoredModel:
    """A model that is scored: an encoder as it came, the same debiased, or a trained experiment."""

    encoder: str
    experiment: Experiment | None = None
    debias: str = "none"

    @property
    def name(self) -> str:
        """The model as a folder name: ``{encoder}``, ``{encoder}+{debias}`` or the experiment's name."""
        if self.experiment is not None:
            return self.experiment.name
        return self.encoder if self.debias == "none" else f"{self.encoder}+{self.debias}"

    @property
    def description(self) -> dict[str, object]:
        """The columns of ``results/scores.csv`` that say what the model is."""
        trained = self.experiment
        return {
            "encoder": self.encoder,
            "training_set": trained.training_set if trained else None,
            "strategy": trained.strategy.public_name if trained else "none",
            "alpha": trained.strategy.mean_alpha if trained else None,
            "seed": trained.seed if trained else None,
            "debias": self.debias,
        }


def experiments(config: Config) -> Sequence[Experiment]:
    """Return every experiment, in the order of the configuration."""
    return [
        Experiment(encoder, training_set, strategy, seed)
        for encoder in config.encoders
        for training_set in config.training_sets
        for strategy in config.batches.strategies
        for seed in config.seeds
    ]


def scored_models(config: Config) -> dict[str, ScoredModel]:
    """Return every model that is scored, by name: per encoder as it came and debiased, then the experiments."""
    baselines = [
        ScoredModel(encoder, debias=debias)
        for encoder in config.encoders
        for debias in ("none", *config.evaluation.debias)
    ]
    trained = [ScoredModel(experiment.encoder, experiment) for experiment in experiments(config)]
    return {model.name: model for model in baselines + trained}


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
    def places(self) -> list[FilePlace]:
        """All files, in the order of :attr:`layout`."""
        return [place for roles in self.files.values() for places in roles.values() for place in places]

    @property
    def layout(self) -> list[tuple[str, str, int]]:
        """How many files of which language and role stand one after the other."""
        return [(tag, role, len(places)) for tag, roles in self.files.items() for role, places in roles.items()]


def benchmark_sources(config: Config) -> dict[str, BenchmarkSource]:
    """Return where every benchmark comes from, by name."""
    return {name: _benchmark_source(benchmark) for name, benchmark in config.benchmarks.items()}


def _benchmark_source(benchmark: Benchmark) -> BenchmarkSource:
    known = known_benchmarks()[benchmark.known]["licence"] if benchmark.known else "unknown"
    options = {name: getattr(benchmark, name) for name in ("candidate_text", "parallel", "pool", "gold")}
    licence = benchmark.licence or known
    return BenchmarkSource(benchmark.format, benchmark.files(), benchmark.expected, licence, options)
