"""Benchmarks, the models that are scored on them, and what debiasing is fitted on."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from equilingual.catalogues.diagnostics import DIAGNOSTICS
from equilingual.config.comparisons import Family, family_of
from equilingual.config.contamination import Seen, seen_benchmarks
from equilingual.config.experiments import BenchmarkSource, ScoredModel, benchmark_sources, scored_models
from equilingual.config.fitting import FittingSource, fitting_sources
from equilingual.config.identities import group_of, identities
from equilingual.config.models import Config
from equilingual.plan.corpora import CorpusPlan
from equilingual.plan.places import Places
from equilingual.plan.wildcards import Wildcards

SIDES = ("queries", "candidates")
THREADS = 8  # of a job that encodes


@dataclass(frozen=True)
class EvaluationPlan:
    """The models and benchmarks of a configuration."""

    config: Config
    places: Places
    corpora: CorpusPlan

    @cached_property
    def models(self) -> dict[str, ScoredModel]:
        """Every model that is scored, by name."""
        return scored_models(self.config)

    @property
    def described(self) -> list[dict[str, Any]]:
        """What every scored model is: the fields of an :class:`equilingual.evaluation.identities.Identity` each."""
        return [asdict(model) for model in identities(self.models)]

    @property
    def seen(self) -> Seen:
        """By encoder and benchmark, what of the benchmark's data the encoder was trained on."""
        return seen_benchmarks(self.config)

    @cached_property
    def seeded(self) -> dict[str, list[str]]:
        """The names of the scored models behind each model with several seeds, by its name without a seed."""
        every: dict[str, list[str]] = {}
        for name, model in self.models.items():
            every.setdefault(group_of(model), []).append(name)
        return {group: names for group, names in every.items() if len(names) > 1}

    @property
    def scored_over_seeds(self) -> list[str]:
        """What is scored over all seeds together, as ``{group}/{benchmark}``."""
        return [f"{group}/{benchmark}" for group in self.seeded for benchmark in self.ranked]

    def ranks_of_seeds(self, wildcards: Wildcards) -> list[str]:
        """Return the ranks of all seeds of a model."""
        return [f"results/ranks/{name}/{wildcards.benchmark}.parquet" for name in self.seeded[wildcards.group]]

    @cached_property
    def benchmarks(self) -> dict[str, BenchmarkSource]:
        """Every benchmark by name."""
        return benchmark_sources(self.config)

    @cached_property
    def fitting(self) -> dict[str, FittingSource]:
        """The text that debiasing is fitted on, by its name; nothing where no method is fitted on one."""
        return fitting_sources(self.config)

    @cached_property
    def debiasing(self) -> dict[str, Any]:
        """Every debiasing by its label."""
        return {entry.label: entry for entry in self.config.evaluation.debias}

    @cached_property
    def family(self) -> Family:
        """What is compared with what."""
        return family_of(self.config.evaluation.comparisons, self.models)

    @property
    def compared(self) -> list[str]:
        """The names of the models that are compared, one per seed."""
        return [model for members in self.family.members.values() for model in members]

    @cached_property
    def shown(self) -> list[str]:
        """The names of the models whose first hits the report shows: one seed of each."""
        first: dict[str, str] = {}
        for name, model in self.models.items():
            first.setdefault(group_of(model), name)
        return list(first.values())

    @property
    def bases(self) -> dict[str, str]:
        """The base encoder of every model that is shown and is none itself; words as they are, of a lexical system."""
        encoders = {name: self.models[name].encoder for name in self.shown}
        return {name: encoder for name, encoder in encoders.items() if encoder in self.models and encoder != name}

    @property
    def paired(self) -> list[str]:
        """The names of the benchmarks that bitext is mined from."""
        return [name for name, source in self.benchmarks.items() if source.is_mined]

    @property
    def ranked(self) -> list[str]:
        """The names of the benchmarks whose candidates are ranked."""
        return [name for name, source in self.benchmarks.items() if not source.is_mined]

    @property
    def vectored(self) -> list[str]:
        """The names of the models that vectors are made for."""
        return [name for name, model in self.models.items() if model.has_own_vectors]

    @property
    def encoders(self) -> list[str]:
        """The names of the models that encode texts: those that are not debiased."""
        return [name for name in self.vectored if self.models[name].debias == "none"]

    @property
    def indexed(self) -> list[str]:
        """What is indexed, as ``{model}/{benchmark}``."""
        return [f"{model}/{benchmark}" for model in self.vectored for benchmark in self.ranked]

    @property
    def rankings(self) -> list[str]:
        """What is ranked, as ``{model}/{benchmark}``."""
        return [f"{model}/{benchmark}" for model in self.models for benchmark in self.ranked]

    @property
    def scored(self) -> list[str]:
        """What is scored, as ``{model}/{benchmark}``."""
        return self.rankings + [f"{model}/{benchmark}" for model in self.vectored for benchmark in self.paired]

    @property
    def targets(self) -> list[str]:
        """What a run without a study makes, beside the models and their scores."""
        return [
            *(f"results/{name}" for name in ("report.html", "scores.csv", "intervals.csv", "comparisons.csv")),
            *(f"results/indexes/{indexed}/manifest.json" for indexed in self.indexed),
            *(f"results/searches/{indexed}.json" for indexed in self.indexed),
            *(f"results/runs/{ranking}/manifest.json" for ranking in self.rankings),
        ]

    @property
    def encoded(self) -> list[str]:
        """What is encoded, as ``{model}/{benchmark}``."""
        return [f"{model}/{benchmark}" for model in self.encoders for benchmark in self.benchmarks]

    @property
    def encoded_texts(self) -> list[str]:
        """The names of all texts that are encoded: benchmarks', and the calibration corpus's as ``fit-{name}``."""
        return [*self.benchmarks, *(f"fit-{name}" for name in self.fitting)]

    @property
    def translated_queries(self) -> list[str]:
        """The counts of the queries that are translated."""
        engines = list(dict.fromkeys(entry.engine for entry in self.config.evaluation.translate))
        return [f"results/queries/{benchmark}/{engine}.json" for benchmark in self.ranked for engine in engines]

    def benchmark_files(self, wildcards: Wildcards) -> list[str]:
        """Return a benchmark's files: downloads, or those of a folder."""
        return [self.places.file(place) for place in self.benchmarks[wildcards.benchmark].places]

    def manifest(self, wildcards: Wildcards) -> str:
        """Return the manifest of a model that encodes: a base encoder or a trained one."""
        model = self.models[wildcards.model]
        folder = f"models/{model.name}" if model.experiment else f"encoders/{model.encoder}"
        return f"results/{folder}/manifest.json"

    def encoding(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return how a model encodes a benchmark: ``EncodingSettings`` as plain data."""
        encoder = self.config.encoders[self.models[wildcards.model].encoder]
        return self.config.encoding.of_benchmarks(encoder.lengths).model_dump()

    @property
    def shards(self) -> list[str]:
        """The numbers of the shards that benchmarks are encoded in; none where one job encodes each."""
        return _numbers(self.config.encoding.shards)

    def shards_of(self, wildcards: Wildcards) -> list[str]:
        """Return the manifests of the shards that texts are joined from; none of the calibration corpus."""
        folder = f"results/embeddings/{wildcards.model}/{wildcards.benchmark}"
        shards = self.shards if wildcards.benchmark in self.benchmarks else []
        return [f"{folder}/shard-{shard}/manifest.json" for shard in shards]

    def encoding_threads(self, wildcards: Wildcards) -> int:
        """Return the threads of ``encode_texts``: one if it only joins shards."""
        return 1 if self.shards_of(wildcards) else THREADS

    def encoding_gpus(self, wildcards: Wildcards) -> int:
        """Return the GPUs of ``encode_texts``: none if it only joins shards."""
        return 0 if self.shards_of(wildcards) else 1

    def queries(self, wildcards: Wildcards) -> str:
        """Return the queries of a benchmark, or of the calibration corpus (as ``fit-{name}``)."""
        return f"{self._texts(wildcards.benchmark)}/queries.parquet"

    def candidates(self, wildcards: Wildcards) -> str:
        """Return the candidates of a benchmark, or of the calibration corpus (as ``fit-{name}``)."""
        return f"{self._texts(wildcards.benchmark)}/candidates.parquet"

    def checked_with_texts(self, wildcards: Wildcards) -> list[str]:
        """Return what the texts that are encoded are checked with: ``counts.json``, and what else it has hashes of.

        The calibration corpus has no judgements.
        """
        folder = self._texts(wildcards.benchmark)
        others = ["qrels.parquet"] if wildcards.benchmark in self.benchmarks else []
        return [f"{folder}/{name}" for name in ("counts.json", *others)]

    @property
    def blocks(self) -> list[str]:
        """The numbers of the blocks of queries that are ranked for; none where one job ranks for all."""
        return _numbers(self.config.evaluation.blocks)

    @property
    def ranking_blocks(self) -> list[str]:
        """The files of the blocks, with wildcards for the model and the benchmark."""
        return [f"results/ranks/{{model}}/{{benchmark}}/block-{block}.npz" for block in self.blocks]

    def ranked_vectors(self, wildcards: Wildcards) -> list[str]:
        """Return the vectors that a model ranks by, of queries and of candidates; nothing for a lexical system."""
        model = self.models[wildcards.model]
        folder = f"results/embeddings/{model.vectors}/{wildcards.benchmark}"
        return [f"{folder}/{side}.npy" for side in SIDES] if model.is_dense else []

    def diagnosed_vectors(self, wildcards: Wildcards) -> list[str]:
        """Return the vectors of a model that has its own, of queries and of candidates, if a diagnostic needs them."""
        model = self.models[wildcards.model]
        wanted = any(DIAGNOSTICS[name].vectors for name in self.config.evaluation.diagnostics)
        return self.ranked_vectors(wildcards) if wanted and model.has_own_vectors else []

    def ranked_translations(self, wildcards: Wildcards) -> list[str]:
        """Return the translations of the queries that a model ranks by, and their vectors where it has any."""
        model = self.models[wildcards.model]
        if model.translator is None:
            return []
        queries = f"results/queries/{wildcards.benchmark}/{model.translator}.parquet"
        vectors = f"results/embeddings/{model.vectors}/{wildcards.benchmark}/queries-{model.translator}.npy"
        return [queries, vectors] if model.is_dense else [queries]

    def fitting_inputs(self, wildcards: Wildcards) -> list[str]:
        """Return the files of the calibration corpus: the pairs of a training set, or downloads."""
        text = self.fitting[wildcards.fitting]
        if wildcards.fitting not in self.config.training_sets:
            return [f"results/downloads/{file}" for file in text.files]
        return [self.corpora.pairs_of(corpus, tag) for corpus in text.sources for tag in text.languages]

    def fitting_overlap(self, wildcards: Wildcards) -> str | list[str]:
        """Return the check that a training set shares no text with a benchmark; nothing for downloads.

        The configuration's own checks refuse downloads that a benchmark is built from.
        """
        name = wildcards.fitting
        return f"results/overlaps/{name}.json" if name in self.config.training_sets else []

    def fitting_tables(self, wildcards: Wildcards) -> list[str]:
        """Return the texts that a debiasing is fitted on, with their counts; nothing if they are the benchmark's."""
        names = (*(f"{side}.parquet" for side in SIDES), "counts.json")
        return [f"results/fitting/{fitted}/{name}" for fitted in self._fitted_on(wildcards) for name in names]

    def fitting_vectors(self, wildcards: Wildcards) -> list[str]:
        """Return the embeddings of the texts that a debiasing is fitted on."""
        folders = [f"results/embeddings/{wildcards.model}/fit-{name}" for name in self._fitted_on(wildcards)]
        return [f"{folder}/{side}.npy" for folder in folders for side in SIDES]

    def _fitted_on(self, wildcards: Wildcards) -> list[str]:
        """Return the name of the calibration corpus; nothing for methods that are fitted on the pool."""
        return list(self.fitting) if self.debiasing[wildcards.debias].is_fitted else []

    def shift_source(self, wildcards: Wildcards) -> str | None:
        """Return the language that SHIFT shifts candidates to; nothing for methods that are fitted on the pool."""
        return next(iter(self.fitting.values())).source if self.debiasing[wildcards.debias].is_fitted else None

    def _texts(self, name: str) -> str:
        """Return the folder of a benchmark, or of the calibration corpus."""
        is_benchmark = name in self.benchmarks
        return f"results/benchmarks/{name}" if is_benchmark else f"results/fitting/{name.removeprefix('fit-')}"


def _numbers(jobs: int) -> list[str]:
    """Return the numbers of jobs that share some work; none where one does it all."""
    return [str(number) for number in range(jobs)] if jobs > 1 else []
