"""Engines, and the references that judge them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from equilingual.config.models import Config
from equilingual.config.queries import Pair, query_pairs
from equilingual.config.translation import ConvertedModel
from equilingual.plan.places import Places, folder_files
from equilingual.plan.wildcards import Wildcards
from equilingual.registry import known_references
from equilingual.translation.engines import catalogue

THREADS = 8  # of a neural model; other engines take one, and their shards run side by side


@dataclass(frozen=True)
class TranslationPlan:
    """The translations of a configuration: of corpora's missing languages, of references and of queries."""

    config: Config
    places: Places

    @property
    def cache(self) -> str:
        """The folder of translated texts.

        Below ``results/`` it is the working directory's, as all results are; any other is relative to the Snakefile's.
        """
        cache = self.config.translation.cache
        return self.places.kept(cache) if Path(cache).parts[:1] == ("results",) else self.places.project_path(cache)

    @cached_property
    def query_pairs(self) -> dict[str, dict[str, list[Pair]]]:
        """By engine and benchmark, the pairs of languages that queries are translated in."""
        return query_pairs(self.config)

    @property
    def quality(self) -> list[str]:
        """The scores of every engine on every reference that can judge it."""
        return [f"results/quality/{'/'.join(scored)}.json" for scored in self.config.scored_engines()]

    def source(self, wildcards: Wildcards) -> str:
        """Return the language that a missing language of a corpus is translated from."""
        return self.config.translation_of(wildcards.corpus, wildcards.language).source

    def inputs(self, wildcards: Wildcards) -> str:
        """Return the pairs that a language is translated from."""
        return f"results/corpora/{wildcards.corpus}/{self.source(wildcards)}.parquet"

    def engine(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the engine that makes a missing language of a corpus, as its stage takes it."""
        return self._placed(self._engine(wildcards))

    def manifests(self, wildcards: Wildcards) -> list[str]:
        """Return the manifests of the converted models that the engine of a language is made of."""
        return _manifests(self._engine(wildcards))

    def threads(self, wildcards: Wildcards) -> int:
        """Return the threads of a translation."""
        return THREADS if self.manifests(wildcards) else 1

    def gpus(self, wildcards: Wildcards) -> int:
        """Return the GPUs of a translation: one for a neural model, which does without where there is none."""
        return min(1, len(self.manifests(wildcards)))

    def named_engine(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the engine that the wildcard ``translator`` names, as its stage takes it."""
        return self._placed(self.config.engine_spec(wildcards.translator))

    def named_manifests(self, wildcards: Wildcards) -> list[str]:
        """Return the manifests of the converted models that a named engine is made of."""
        return _manifests(self.config.engine_spec(wildcards.translator))

    def named_threads(self, wildcards: Wildcards) -> int:
        """Return the threads of a named engine."""
        return THREADS if self.named_manifests(wildcards) else 1

    def named_gpus(self, wildcards: Wildcards) -> int:
        """Return the GPUs of a named engine."""
        return min(1, len(self.named_manifests(wildcards)))

    def pairs_of_queries(self, wildcards: Wildcards) -> list[Pair]:
        """Return the pairs of languages that an engine translates a benchmark's queries in."""
        return self.query_pairs[wildcards.translator][wildcards.benchmark]

    def reference_files(self, wildcards: Wildcards) -> list[str]:
        """Return the two languages of a reference."""
        files = known_references()[wildcards.reference]["files"]
        return [f"results/downloads/{files[tag]['path']}" for tag in (wildcards.source, wildcards.language)]

    def reference_format(self, wildcards: Wildcards) -> str:
        """Return how the files of a reference are read."""
        file_format: str = known_references()[wildcards.reference]["format"]
        return file_format

    def model(self, wildcards: Wildcards) -> str:
        """Return the folder of a translation model, or its name on the Hub."""
        engine = self._converted(wildcards)
        return engine.model if engine.revision else self.places.project_path(engine.model)

    def model_files(self, wildcards: Wildcards) -> list[str]:
        """Return the files that a translation model is converted from; none for one on the Hub."""
        engine = self._converted(wildcards)
        return [] if engine.revision else folder_files(self.places.project_path(engine.model))

    def _converted(self, wildcards: Wildcards) -> ConvertedModel:
        engine = self.config.translation.engines[wildcards.engine]
        if not isinstance(engine, ConvertedModel):
            raise TypeError(f"{wildcards.engine} is no converted model")
        return engine

    def _engine(self, wildcards: Wildcards) -> dict[str, Any]:
        training_set = self.config.translation_of(wildcards.corpus, wildcards.language)
        return self.config.engine_spec(training_set.engine_for(wildcards.language))

    def _placed(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Return an engine with its converted models where this run has them."""
        placed = dict(spec)
        for key, value in spec.items():
            if key == "folder":
                placed[key] = self.places.placed(value)
            elif key in ("first", "second"):
                placed[key] = self._placed(value)
        return placed


def _manifests(spec: dict[str, Any]) -> list[str]:
    return [f"{model['folder']}/manifest.json" for model in catalogue.models(spec)]
