"""The bitext of a configuration: its corpora's files, sentences and overlaps."""

from collections.abc import Iterable
from dataclasses import dataclass

from equilingual.config.corpora import Corpus
from equilingual.config.filters import BitextFilters
from equilingual.config.models import Config
from equilingual.plan.experiments import ExperimentPlan
from equilingual.plan.places import Places
from equilingual.plan.wildcards import Wildcards
from equilingual.urls import public_url


@dataclass(frozen=True)
class BitextPlan:
    """The corpora of bitext, and what is made of them."""

    config: Config
    places: Places
    experiments: ExperimentPlan

    @property
    def corpora(self) -> tuple[str, ...]:
        """The corpora that batches are made of, and those whose sentences the centring term sees."""
        return self.config.bitext_corpora

    def batched(self, wildcards: Wildcards) -> tuple[str, ...]:
        """Return the corpora that batches are made of."""
        return self.experiments.of_batches(wildcards).batched_bitext

    def sentences(self, wildcards: Wildcards) -> list[str]:
        """Return the sentences of each corpus that batches are made of."""
        return _each(self.batched(wildcards), "sentences.parquet")

    def overlaps(self, wildcards: Wildcards) -> list[str]:
        """Return the sentences of each of these corpora that are also in a benchmark."""
        return _each(self.batched(wildcards), "overlap.parquet")

    def unlabelled(self, wildcards: Wildcards) -> list[str]:
        """Return the sentences of each corpus that an experiment's centring term sees."""
        return _each(self.experiments.varied(wildcards).training.regularizers.unlabelled, "sentences.parquet")

    def unlabelled_overlaps(self, wildcards: Wildcards) -> list[str]:
        """Return the sentences of each of these corpora that are also in a benchmark."""
        return _each(self.experiments.varied(wildcards).training.regularizers.unlabelled, "overlap.parquet")

    @property
    def counts(self) -> list[str]:
        """What was read of each corpus."""
        return _each(self.corpora, "counts.json")

    @property
    def overlap_counts(self) -> list[str]:
        """How many sentences of each corpus are also in a benchmark."""
        return _each(self.corpora, "overlap.json")

    def inputs(self, wildcards: Wildcards) -> list[str]:
        """Return the files of a corpus, those of each group together."""
        return [self.places.file(place) for _, _, places in self._corpus(wildcards).groups() for place in places]

    def groups(self, wildcards: Wildcards) -> list[tuple[str, list[str], int]]:
        """Return the (name, languages, number of files) of what is aligned with each other, in that order."""
        return [(name, list(languages), len(places)) for name, languages, places in self._corpus(wildcards).groups()]

    def options(self, wildcards: Wildcards) -> dict[str, object]:
        """Return how a corpus is read, besides its format."""
        corpus = self._corpus(wildcards)
        filters = corpus.filters or BitextFilters()
        own = ("licence", "score_column", "min_score", "max_entry_mb")
        return {
            **{name: getattr(corpus, name) for name in own},
            "languages": corpus.languages_there,
            "filters": filters.model_dump(),
            "fetched": {
                self.places.placed(self.places.file(place)): {
                    "source": public_url(place.source),
                    "sha256": place.sha256,
                }
                for place in corpus.places()
                if place.source
            },
        }

    def _corpus(self, wildcards: Wildcards) -> Corpus:
        return self.config.corpora[wildcards.corpus]


def _each(corpora: Iterable[str], file: str) -> list[str]:
    return [f"results/bitext/{corpus}/{file}" for corpus in corpora]
