"""Hard negatives, and who finds them."""

from dataclasses import dataclass
from typing import Any

from equilingual.catalogues.mining import MINERS
from equilingual.config.grid import arms
from equilingual.config.models import Config
from equilingual.plan.experiments import ExperimentPlan
from equilingual.plan.places import Places
from equilingual.plan.wildcards import Wildcards


@dataclass(frozen=True)
class MiningPlan:
    """The mining of hard negatives that the batches of a configuration ask for."""

    config: Config
    places: Places
    experiments: ExperimentPlan

    @property
    def miners(self) -> list[str]:
        """The names of all that can mine: BM25 and every encoder."""
        return [*MINERS, *self.config.encoders]

    @property
    def settings(self) -> dict[str, object]:
        """Which candidates are hard negatives, as plain values."""
        return self.config.mining.model_dump(exclude={"language"})

    @property
    def counts(self) -> list[str]:
        """What each miner that the batches ask for has counted in each training set."""
        return [
            f"results/negatives/{name}/{miner}.json"
            for name in self.config.training_sets
            for miner in dict.fromkeys(
                miner
                for variant in dict.fromkeys(arm.variant for arm in arms(self.config) if arm.training_set == name)
                for miner in _asked(self.config.varied(variant))
            )
        ]

    def mined(self, wildcards: Wildcards) -> list[str]:
        """Return the hard negatives of each miner that a training set's batches ask for."""
        asked = _asked(self.experiments.of_batches(wildcards))
        return [f"results/negatives/{wildcards.training_set}/{one}.parquet" for one in asked]

    def language(self, wildcards: Wildcards) -> str:
        """Return the language that a training set is mined in."""
        training_set = self.config.training_sets[wildcards.training_set]
        return self.config.mining.language_for(training_set.source, training_set.languages)

    def folder(self, wildcards: Wildcards) -> str | None:
        """Return the directory of the encoder that mines; none for BM25."""
        return None if wildcards.miner in MINERS else self.places.placed(f"results/encoders/{wildcards.miner}")

    def manifest(self, wildcards: Wildcards) -> str | list[str]:
        """Return the manifest of the encoder that mines; nothing for BM25."""
        return [] if wildcards.miner in MINERS else f"results/encoders/{wildcards.miner}/manifest.json"

    def encoding(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """Return how the encoder that mines encodes (``EncodingSettings`` as plain data); nothing for BM25."""
        if wildcards.miner in MINERS:
            return None
        return self.config.encoding.of_training_sets(self.config.encoders[wildcards.miner].lengths).model_dump()

    def gpus(self, wildcards: Wildcards) -> int:
        """Return the GPUs that a miner takes: one for an encoder, which does without where there is none."""
        return int(wildcards.miner not in MINERS)


def _asked(config: Config) -> tuple[str, ...]:
    """Return the miners that the batches of a configuration ask for."""
    negatives = config.batches.negatives
    return tuple(negatives.miners) if negatives else ()
