"""What the workflow's rules read from the configuration: the inputs, parameters and targets of every job.

:class:`Plan` has one part per subject. The methods that take wildcards are called by Snakemake for an input, a
parameter or a resource; they need nothing of it but attributes, so that tests call them with any object that has some.
Nothing here is heavy: Snakemake imports this package in every job.
"""

from dataclasses import dataclass
from functools import cached_property

from equilingual.config.models import Config
from equilingual.plan.bitext import BitextPlan
from equilingual.plan.corpora import CorpusPlan
from equilingual.plan.encoders import EncoderPlan
from equilingual.plan.evaluation import EvaluationPlan
from equilingual.plan.experiments import ExperimentPlan
from equilingual.plan.fetch import FetchPlan
from equilingual.plan.mining import MiningPlan
from equilingual.plan.needs import growing
from equilingual.plan.places import Places
from equilingual.plan.problems import run_problems
from equilingual.plan.studies import StudyPlan
from equilingual.plan.translation import TranslationPlan
from equilingual.plan.wildcards import Wildcards, constant, one_of, setting

__all__ = ["Places", "Plan", "Wildcards", "constant", "growing", "one_of", "run_problems", "setting"]


@dataclass(frozen=True)
class Plan:
    """The jobs of a configuration, by subject."""

    config: Config
    places: Places

    @cached_property
    def fetch(self) -> FetchPlan:
        """Files from outside."""
        return FetchPlan(self.config, self.places)

    @cached_property
    def corpora(self) -> CorpusPlan:
        """The pairs of corpora and training sets."""
        return CorpusPlan(self.config, self.places)

    @cached_property
    def bitext(self) -> BitextPlan:
        """Parallel sentences that are trained on."""
        return BitextPlan(self.config, self.places, self.experiments)

    @cached_property
    def translation(self) -> TranslationPlan:
        """Engines, and the references that judge them."""
        return TranslationPlan(self.config, self.places)

    @cached_property
    def mining(self) -> MiningPlan:
        """Hard negatives, and who finds them."""
        return MiningPlan(self.config, self.places, self.experiments)

    @cached_property
    def encoders(self) -> EncoderPlan:
        """Encoders, and how they are prepared and trimmed."""
        return EncoderPlan(self.config, self.places, self.corpora)

    @cached_property
    def experiments(self) -> ExperimentPlan:
        """What is trained, on what and with what."""
        return ExperimentPlan(self.config)

    @cached_property
    def evaluation(self) -> EvaluationPlan:
        """Benchmarks, the models that are scored on them, and what is fitted."""
        return EvaluationPlan(self.config, self.places, self.corpora)

    @cached_property
    def studies(self) -> StudyPlan:
        """The research question that the configuration answers."""
        return StudyPlan(self.config, self.places)
