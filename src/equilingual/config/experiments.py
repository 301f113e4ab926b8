"""What a configuration asks for: the experiments to train and the models to score, by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from equilingual.config.models import Config, Strategy


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

    def describe(self) -> dict[str, object]:
        """Return the columns of ``results/scores.csv`` that say what the model is."""
        trained = self.experiment
        return {
            "encoder": self.encoder,
            "training_set": trained.training_set if trained else None,
            "strategy": trained.strategy.name if trained else "none",
            "alpha": trained.strategy.monolingual_share if trained else None,
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
