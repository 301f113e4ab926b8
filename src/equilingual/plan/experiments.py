"""What is trained, on what and with what."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from equilingual.config.batch_settings import BatchSettings
from equilingual.config.experiments import Experiment, experiments
from equilingual.config.grid import Arm, arms
from equilingual.config.models import Config
from equilingual.config.origin import Origin
from equilingual.config.training import TrainingSettings
from equilingual.plan.wildcards import Wildcards
from equilingual.translation.engines import catalogue


@dataclass(frozen=True)
class ExperimentPlan:
    """The experiments of a configuration."""

    config: Config

    @cached_property
    def by_name(self) -> dict[str, Experiment]:
        """Every training by its name."""
        return {name: one for name, one in self.models.items() if not one.averaged}

    @cached_property
    def averages(self) -> dict[str, Experiment]:
        """Every average over seeds by its name."""
        return {name: one for name, one in self.models.items() if one.averaged}

    @cached_property
    def models(self) -> dict[str, Experiment]:
        """Every training and every average by its name."""
        return {experiment.name: experiment for experiment in experiments(self.config)}

    def averaged(self, wildcards: Wildcards) -> list[str]:
        """Return the manifests of the models whose weights an average is of."""
        members = self.averages[wildcards.experiment].members
        return [f"results/models/{one.name}/manifest.json" for one in members]

    @cached_property
    def _varied(self) -> dict[str | None, Config]:
        """The configuration in each variant; under None, without one."""
        return {name: self.config.varied(name) for name in (None, *self.config.variants)}

    def varied(self, wildcards: Wildcards) -> Config:
        """Return the configuration with the batches and the training of an experiment's variant."""
        return self._varied[self.models[wildcards.experiment].variant]

    @cached_property
    def seeds(self) -> list[int]:
        """Every seed of a training, and those of the configuration, each once."""
        own = (one.seed for one in self.by_name.values() if one.seed is not None)
        return list(dict.fromkeys([*self.config.seeds, *own]))

    @cached_property
    def strategies(self) -> dict[str, Arm]:
        """Every strategy whose batches are built, by the name of their folder: ``mono``, ``mono__small-batches``.

        A variant whose rows are those of the strategy without it shares that folder, and has none of its own.
        """
        return {_folder_name(arm): arm for arm in map(self._batched, arms(self.config))}

    def _batched(self, arm: Arm) -> Arm:
        """Return the arm whose batches an arm trains on: without its variant, if that changes no row."""
        plain = arm._replace(variant=None)
        return plain if self._rows(plain) == self._rows(arm) else arm

    def _rows(self, arm: Arm) -> tuple[object, ...]:
        """Return all that a variant may change in the rows of an arm's batches."""
        config = self._varied[arm.variant]
        return _batch_settings(config), config.training.positives, _companions(config, arm.training_set)

    def of_batches(self, wildcards: Wildcards) -> Config:
        """Return the configuration with the batches and the training that a folder of batches is built by."""
        return self._varied[self.batch_variant(wildcards)]

    def batch_variant(self, wildcards: Wildcards) -> str | None:
        """Return the variant that a folder of batches is of; None for none."""
        return self.strategies[wildcards.strategy].variant

    def strategy(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the settings of a strategy, as plain values."""
        return self.strategies[wildcards.strategy].strategy.model_dump(by_alias=True)

    def batch_settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return what the batches of every strategy have in common, as plain values; nothing of bitext that is off."""
        return _batch_settings(self.of_batches(wildcards))

    def positives(self, wildcards: Wildcards) -> int:
        """Return in how many languages a pair's passage answers its query in a folder of batches, at most."""
        return self.of_batches(wildcards).training.positives

    def companions(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """Return the texts that the terms of the loss need beside each row of a folder of batches."""
        return _companions(self.of_batches(wildcards), wildcards.training_set)

    @property
    def shards(self) -> list[str]:
        """The names of the files that an experiment's batches are in."""
        return [f"part-{number:05d}.parquet" for number in range(self.config.batches.shards)]

    @property
    def manifests(self) -> list[str]:
        """The manifests of all batches, each once, sorted."""
        return sorted({f"{self._batches(experiment)}/manifest.json" for experiment in self.by_name.values()})

    @property
    def audits(self) -> list[str]:
        """The audits of all batches, each once, sorted."""
        return sorted({f"{self._batches(experiment)}/audit.json" for experiment in self.by_name.values()})

    def batches(self, wildcards: Wildcards) -> list[str]:
        """Return the batches that an experiment trains on: their manifest, then their shards."""
        folder = self._batches(self.by_name[wildcards.experiment])
        return [f"{folder}/{name}" for name in ("manifest.json", *self.shards)]

    def audit(self, wildcards: Wildcards) -> str:
        """Return the audit of the batches that an experiment trains on."""
        return f"{self._batches(self.by_name[wildcards.experiment])}/audit.json"

    def _batches(self, experiment: Experiment) -> str:
        """Return the folder of an experiment's batches, which other encoders' experiments share."""
        name = _folder_name(self._batched(Arm(experiment.training_set, experiment.strategy, experiment.variant)))
        return f"results/batches/{experiment.training_set}/{name}/seed-{experiment.seed}"

    def encoder(self, wildcards: Wildcards) -> str:
        """Return the manifest of the encoder that an experiment starts from."""
        return f"results/encoders/{self.by_name[wildcards.experiment].encoder}/manifest.json"

    def encoder_intervals(self, wildcards: Wildcards) -> list[str]:
        """Return the intervals of the base encoder of an experiment, zero-shot, for every benchmark."""
        encoder = self.models[wildcards.experiment].encoder
        return [f"results/intervals/{encoder}/{benchmark}.json" for benchmark in self.config.benchmarks]

    def settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return a :class:`~equilingual.config.training.TrainingSettings` as plain data: what decides a training."""
        encoder = self.config.encoders[self.by_name[wildcards.experiment].encoder]
        training = self.varied(wildcards).training
        return TrainingSettings.join(training, encoder.lengths, self.config.validation).model_dump()

    def processes(self, wildcards: Wildcards) -> int:
        """Return the number of processes of an experiment's training, which take a GPU each."""
        return self.varied(wildcards).training.processes

    def licences(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the licence of every corpus and translation engine that an experiment trains on."""
        training_set = self.config.training_sets[self.models[wildcards.experiment].training_set]
        licences = {corpus: self.config.corpora[corpus].licence for corpus in training_set.corpora}
        for corpus, language in self.config.made_languages():
            if corpus in licences and language in training_set.languages:
                spec = self.config.engine_spec(training_set.engine_for(language))
                licences[f"translations by {spec['name']}"] = catalogue.licence(spec)
        bitext = self.varied(wildcards).bitext_corpora
        return licences | {corpus: self.config.corpora[corpus].licence for corpus in bitext}

    def origin(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return an :class:`~equilingual.config.origin.Origin` as plain data: where a model comes from."""
        experiment = self.models[wildcards.experiment]
        own = self.config.training_sets[experiment.training_set].corpora
        corpora = (*own, *self.varied(wildcards).bitext_corpora)
        texts = {
            "licences": self.licences(wildcards),
            "datasets": sorted({name for corpus in corpora for name in self.config.corpora[corpus].hub_datasets}),
        }
        return Origin.model_validate(self.config.encoders[experiment.encoder].origin | texts).model_dump()


def _folder_name(arm: Arm) -> str:
    return arm.strategy.label if arm.variant is None else f"{arm.strategy.label}__{arm.variant}"


def _batch_settings(config: Config) -> dict[str, Any]:
    """Return the part of a configuration's batches that the stages are given, as plain values."""
    off = {"bitext"} if config.batches.bitext_on is None else set()
    return config.batches.model_dump(by_alias=True, include=set(BatchSettings.model_fields) - off)


def _companions(config: Config, training_set: str) -> dict[str, Any] | None:
    asked = config.training.regularizers.companions(config.training_sets[training_set].source)
    return asked.model_dump() if asked else None
