"""How much work the stages of a configuration have: what its time is estimated from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from equilingual.catalogues.rates import LARGE, LARGE_POOLS
from equilingual.config.experiments import BenchmarkSource
from equilingual.plan.wildcards import named
from equilingual.shares import Share

if TYPE_CHECKING:
    from equilingual.config.models import Config
    from equilingual.plan import Plan

_MULTILINGUAL = "multilingual"


@dataclass(frozen=True)
class Work:
    """The work of one job, in the unit of its stage's rates.

    Where several jobs share the encoding or the ranking of a benchmark, each of them is one of its stage; the job that
    joins what they made is not counted.

    Attributes:
        stage: its name.
        amount: how many units, as far as that is known before the run.
        variant: the precision, the engine, or the kind of pools.
        encoder: the name of the encoder that does it; None where none does.
        is_whole: whether all of the work is known.

    """

    stage: str
    amount: int
    variant: str = ""
    encoder: str | None = None
    is_whole: bool = True


def work_of(plan: "Plan") -> list[Work]:
    """Return the work of every job that takes time, by stage in the order in which they run.

    Sizes are the published ones of the registry and the configuration. Training counts QA pairs: hard negatives and
    other texts beside them are not counted, and early stopping is not foreseen.
    """
    return [
        *_translations(plan.config),
        *_duplicates(plan.config),
        *_batches(plan),
        *_distillations(plan),
        *_trainings(plan),
        *_scoring(plan),
    ]


def _size_of(config: "Config", corpus: str) -> int | None:
    """Return the published number of a corpus's pairs; None where its files have none."""
    published = [file.published for file in config.corpora[corpus].files.values() if file.published is not None]
    return max(published, default=None)


def _translations(config: "Config") -> Iterator[Work]:
    """Yield the texts of each corpus and language: a question and a passage of every pair."""
    for corpus, tag in config.made_languages():
        spec = config.engine_spec(config.translation_of(corpus, tag).engine_for(tag))
        pairs = _size_of(config, corpus)
        engine = str(spec.get("family") or spec["kind"])
        yield Work("translate_shard", 2 * (pairs or 0), engine, is_whole=pairs is not None)


def _duplicates(config: "Config") -> Iterator[Work]:
    for training_set in config.training_sets.values():
        sizes = [_size_of(config, corpus) for corpus in training_set.corpora]
        yield Work("find_duplicates", sum(size or 0 for size in sizes), is_whole=None not in sizes)


def _batches(plan: "Plan") -> Iterator[Work]:
    """Yield the rows of each folder of batches, which experiments of several encoders share."""
    rows: dict[str, int] = {}
    for name in plan.experiments.by_name:
        rows[plan.experiments.batches(named(experiment=name))[0]] = _pairs(plan, name)
    for stage in ("build_batches", "audit_batches"):
        yield from (Work(stage, count) for count in rows.values())


def _pairs(plan: "Plan", experiment: str) -> int:
    batches = plan.experiments.varied(named(experiment=experiment)).batches
    return batches.batches * batches.batch_size


def _distillations(plan: "Plan") -> Iterator[Work]:
    """Yield the texts of each distillation, which the whole encoder and the smaller one read."""
    for name in plan.encoders.distilled.values():
        asked = plan.config.encoders[name].distilled
        if asked:
            yield Work("distil_encoder", asked.steps * asked.batch_size, encoder=name)


def _trainings(plan: "Plan") -> Iterator[Work]:
    for name, experiment in plan.experiments.by_name.items():
        precision = plan.experiments.varied(named(experiment=name)).training.precision
        yield Work("train_encoder", _pairs(plan, name), precision, experiment.encoder)


def _scoring(plan: "Plan") -> Iterator[Work]:
    evaluation = plan.evaluation
    for name in evaluation.encoders:
        for source in evaluation.benchmarks.values():
            encoder = evaluation.models[name].encoder
            texts = _texts(source)
            for share in _shares(texts, plan.config.encoding.shards):
                yield Work("encode_texts", share, plan.config.encoding.precision, encoder, is_whole=texts > 0)
    for _ in evaluation.models:
        for benchmark in evaluation.ranked:
            source = evaluation.benchmarks[benchmark]
            largest = max((candidates for candidates, _ in _sizes(source)), default=0)
            comparisons = _comparisons(source)
            variant = LARGE_POOLS if largest > LARGE else ""
            for share in _shares(comparisons, plan.config.evaluation.blocks):
                yield Work("rank_candidates", share, variant, is_whole=comparisons > 0)


def _shares(amount: int, jobs: int) -> list[int]:
    """Return what each of several jobs does, about the same."""
    return [len(Share(number, jobs).among(amount)) for number in range(jobs)]


def _sizes(source: BenchmarkSource) -> list[tuple[int, int]]:
    """Return the (candidates, queries) of each language; nothing where one of them is not known."""
    found = (source.expected or {}).values()
    sizes = [(candidates, queries) for candidates, queries in found if candidates is not None and queries is not None]
    return sizes if len(sizes) == len(found) else []


def _texts(source: BenchmarkSource) -> int:
    """Return how many texts a benchmark has, with the English ones that each language may have; 0 if not known."""
    total = sum(candidates + queries for candidates, queries in _sizes(source))
    return total * (2 if source.format.english_side else 1)


def _comparisons(source: BenchmarkSource) -> int:
    """Return queries × candidates: of all languages where these are one pool, else of each; 0 if not known."""
    sizes = _sizes(source)
    if _MULTILINGUAL in source.format.settings and source.options["parallel"]:
        candidates, queries = (sum(column) for column in zip(*sizes, strict=True)) if sizes else (0, 0)
        return candidates * queries
    directions = 2 if source.format.english_side else 1
    return directions * sum(candidates * queries for candidates, queries in sizes)
