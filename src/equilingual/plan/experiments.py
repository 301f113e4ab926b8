"""What is trained, on what and with what."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from equilingual.config.batch_settings import BatchSettings
from equilingual.config.batches import Strategy
from equilingual.config.experiments import Experiment, experiments
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
    def strategies(self) -> dict[str, Strategy]:
        """Every strategy by its label."""
        return {strategy.label: strategy for strategy in self.config.batches.strategies}

    def strategy(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the settings of a strategy, as plain values."""
        return self.strategies[wildcards.strategy].model_dump(by_alias=True)

    @property
    def batch_settings(self) -> dict[str, Any]:
        """What the batches of every strategy have in common, as plain values; nothing of bitext that is off."""
        batches = self.config.batches
        off = {"bitext"} if batches.bitext_on is None else set()
        return batches.model_dump(by_alias=True, include=set(BatchSettings.model_fields) - off)

    def companions(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """Return the texts that the terms of the loss need beside each row of a training set's batches."""
        source = self.config.training_sets[wildcards.training_set].source
        asked = self.config.training.regularizers.companions(source)
        return asked.model_dump() if asked else None

    @property
    def shards(self) -> list[str]:
        """The names of the files that an experiment's batches are in."""
        return [f"part-{number:05d}.parquet" for number in range(self.config.batches.shards)]

    @property
    def manifests(self) -> list[str]:
        """The manifests of all batches, each once, sorted."""
        return sorted({f"{_batches(experiment)}/manifest.json" for experiment in self.by_name.values()})

    @property
    def audits(self) -> list[str]:
        """The audits of all batches, each once, sorted."""
        return sorted({f"{_batches(experiment)}/audit.json" for experiment in self.by_name.values()})

    def batches(self, wildcards: Wildcards) -> list[str]:
        """Return the batches that an experiment trains on: their manifest, then their shards."""
        folder = _batches(self.by_name[wildcards.experiment])
        return [f"{folder}/{name}" for name in ("manifest.json", *self.shards)]

    def audit(self, wildcards: Wildcards) -> str:
        """Return the audit of the batches that an experiment trains on."""
        return f"{_batches(self.by_name[wildcards.experiment])}/audit.json"

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
        return TrainingSettings.join(self.config.training, encoder.lengths, self.config.validation).model_dump()

    def licences(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the licence of every corpus and translation engine that an experiment trains on."""
        training_set = self.config.training_sets[self.models[wildcards.experiment].training_set]
        licences = {corpus: self.config.corpora[corpus].licence for corpus in training_set.corpora}
        for corpus, language in self.config.made_languages():
            if corpus in licences and language in training_set.languages:
                spec = self.config.engine_spec(training_set.engine_for(language))
                licences[f"translations by {spec['name']}"] = catalogue.licence(spec)
        return licences | {corpus: self.config.corpora[corpus].licence for corpus in self.config.bitext_corpora}

    def origin(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return an :class:`~equilingual.config.origin.Origin` as plain data: where a model comes from."""
        experiment = self.models[wildcards.experiment]
        corpora = (*self.config.training_sets[experiment.training_set].corpora, *self.config.bitext_corpora)
        texts = {
            "licences": self.licences(wildcards),
            "datasets": sorted({name for corpus in corpora for name in self.config.corpora[corpus].hub_datasets}),
        }
        return Origin.model_validate(self.config.encoders[experiment.encoder].origin | texts).model_dump()


def _batches(experiment: Experiment) -> str:
    """Return the folder of an experiment's batches, which other encoders' experiments share."""
    return f"results/batches/{experiment.training_set}/{experiment.strategy.label}/seed-{experiment.seed}"
