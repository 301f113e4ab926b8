"""What a configuration asks for: the experiments to train and the models to score, by name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from equilingual.config.batches import Strategy
from equilingual.config.models import Benchmark, Config
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
    """A model that is scored: an encoder as it came or a trained experiment, or either debiased."""

    encoder: str
    experiment: Experiment | None = None
    debias: str = "none"

    @property
    def name(self) -> str:
        """The model as a folder name: the encoder's or the experiment's, and ``+{debias}`` where it is debiased."""
        name = self.encoder if self.experiment is None else self.experiment.name
        return name if self.debias == "none" else f"{name}+{self.debias}"

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
    """Return every model that is scored, by name: the encoders as they came, then the experiments.

    Each is followed by itself debiased.
    """
    models = [ScoredModel(encoder) for encoder in config.encoders]
    models += [ScoredModel(experiment.encoder, experiment) for experiment in experiments(config)]
    return {scored.name: scored for model in models for scored in (model, *_debiased(model, config))}


def _debiased(model: ScoredModel, config: Config) -> Iterator[ScoredModel]:
    """Yield a model with every debiasing that applies to it."""
    strategy = model.experiment and model.experiment.strategy.label
    for entry in config.evaluation.debiasing:
        if entry.applies_to(model.encoder, strategy):
            yield replace(model, debias=entry.label)


@dataclass(frozen=True)
class BenchmarkSource:
    """Where a benchmark comes from.

    Attributes:
        kind: ``lareqa`` or ``parallel-beir``.
        known: whether ``files`` are paths of known downloads; else they are relative to the Snakefile's folder.
        languages: its languages, in order.
        files: one per language; of a folder, corpus and queries per language, then the relevance judgements.
        expected: the published (candidates, queries) per language, where there are any.
        licence: of its texts.
        candidate_text: what is encoded of a candidate.

    """

    kind: str
    known: bool
    languages: list[str]
    files: list[str]
    expected: dict[str, tuple[int, int]] | None
    licence: str
    candidate_text: str


def benchmark_sources(config: Config) -> dict[str, BenchmarkSource]:
    """Return where every benchmark comes from, by name."""
    return {name: _benchmark_source(benchmark) for name, benchmark in config.benchmarks.items()}


def _benchmark_source(benchmark: Benchmark) -> BenchmarkSource:
    if benchmark.known:
        known = known_benchmarks()[benchmark.known]
        languages = list(benchmark.languages or known["files"])
        entries = {language: known["files"][language] for language in languages}
        expected = {language: (entry["candidates"], entry["queries"]) for language, entry in entries.items()}
        files = [entry["path"] for entry in entries.values()]
        licence = benchmark.licence or known["licence"]
        return BenchmarkSource(known["format"], True, languages, files, expected, licence, benchmark.candidate_text)
    languages = list(benchmark.languages or ())
    files = [f"{benchmark.folder}/{language}/{name}.jsonl" for language in languages for name in ("corpus", "queries")]
    files.append(f"{benchmark.folder}/qrels/test.tsv")
    licence = benchmark.licence or "unknown"
    return BenchmarkSource("parallel-beir", False, languages, files, None, licence, benchmark.candidate_text)
