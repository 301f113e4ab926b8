"""The pairs of corpora and training sets."""

from collections.abc import Iterable
from dataclasses import dataclass

from equilingual.config.models import Config
from equilingual.config.training_sets import TrainingSet
from equilingual.plan.places import Places
from equilingual.plan.wildcards import Wildcards
from equilingual.urls import public_url


@dataclass(frozen=True)
class CorpusPlan:
    """The corpora of a configuration, and the training sets that are made of them."""

    config: Config
    places: Places

    def files(self, corpus: str, language: str) -> dict[str, list[str]]:
        """Return the files of a language of a corpus, by role."""
        roles = self.config.corpora[corpus].files[language].by_role()
        return {role: [self.places.file(place) for place in places] for role, places in roles.items()}

    def inputs(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Return the language's own files by role, with those of the pivot where the corpus has one."""
        files = self.files(wildcards.corpus, wildcards.language)
        pivot = self.config.corpora[wildcards.corpus].pivot
        return files | ({"pivot": self.files(wildcards.corpus, pivot)["file"]} if pivot else {})

    def options(self, wildcards: Wildcards) -> dict[str, object]:
        """Return how a language of a corpus is read, besides its format: columns, rows, ids, downloads."""
        corpus = self.config.corpora[wildcards.corpus]
        files = corpus.files[wildcards.language]
        places = [place for own_places in files.by_role().values() for place in own_places]
        own = ("negatives", "empty", "exclude", "max_entry_mb", "parallel", "pivot", "licence")
        return {
            **{name: getattr(corpus, name) for name in own},
            "columns": corpus.columns_of(wildcards.language),
            "where": corpus.where_of(wildcards.language),
            "languages": list(corpus.files),
            "origin": files.origin,
            "published": files.published,
            "fetched": {
                self.places.placed(self.places.file(place)): {
                    "source": public_url(place.source),
                    "sha256": place.sha256,
                }
                for place in places
                if place.source
            },
        }

    def pairs_of(self, corpus: str, language: str) -> str:
        """Return the canonical pairs of a corpus in a language: read from its source, translated, or none."""
        if not self.config.has_pairs(corpus, language):
            return "results/corpora/no-pairs.parquet"
        if language in self.config.corpora[corpus].files:
            return f"results/corpora/{corpus}/{language}.parquet"
        return f"results/translations/{corpus}/{language}/pairs.parquet"

    def pairs_of_sets(self, sets: Iterable[TrainingSet]) -> list[str]:
        """Return the pairs of training sets in all their languages, each file once, sorted."""
        return sorted({self.pairs_of(corpus, tag) for one in sets for corpus in one.corpora for tag in one.languages})

    def training_set_pairs(self, wildcards: Wildcards) -> list[str]:
        """Return the pairs of a training set: the languages of one corpus together."""
        training_set = self.config.training_sets[wildcards.training_set]
        return [self.pairs_of(corpus, tag) for corpus in training_set.corpora for tag in training_set.languages]

    def made_of(self, wildcards: Wildcards) -> dict[str, tuple[str, ...]]:
        """Return the corpora and languages of a training set, in the order of :meth:`training_set_pairs`."""
        training_set = self.config.training_sets[wildcards.training_set]
        return {"corpora": training_set.corpora, "languages": training_set.languages}

    def selection(self, wildcards: Wildcards) -> dict[str, int | None]:
        """Return which pairs of a training set are used: fields of ``TrainingSetFiles``."""
        training_set = self.config.training_sets[wildcards.training_set]
        return {name: getattr(training_set, name) for name in ("min_languages", "pairs", "questions")}

    def near_duplicates(self, wildcards: Wildcards) -> dict[str, object] | None:
        """Return what counts as a near duplicate in a training set, or ``None``."""
        asked = self.config.training_sets[wildcards.training_set].near_duplicates
        return asked.model_dump() if asked else None

    @property
    def trained_pairs(self) -> list[str]:
        """The pairs of all training sets in all their languages."""
        return self.pairs_of_sets(self.config.training_sets.values())

    @property
    def validation_pairs(self) -> list[str]:
        """The pairs of the validation's corpora: the languages of one corpus together."""
        asked = self.config.validation
        return [self.pairs_of(corpus, tag) for corpus in asked.corpora for tag in asked.languages] if asked else []

    @property
    def validation(self) -> list[str]:
        """The held-out pairs that trainings are watched by; nothing where there is no validation."""
        return ["results/validation/pairs.parquet"] if self.config.validation else []
