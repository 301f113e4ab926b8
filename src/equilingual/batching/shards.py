"""Batches as Parquet shards.

out: ``results/batches/{training_set}/{strategy}/seed-{seed}/part-*.parquet`` and ``manifest.json``

A row is one pair of one batch, in batch order; a row group holds whole batches, so that batch number k is read
from one row group. The manifest names every shard with its SHA-256, rows and bytes; whoever reads checks them.
"""

import hashlib
import json
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from equilingual.batching.alpha import alpha_by_batch, sampling_weights
from equilingual.batching.bitext import Sentences, bitext_places, load_sentences, plan_bitext
from equilingual.batching.bitext_summary import bitext_summary
from equilingual.batching.companions import companion_fields, companion_summary, with_companions
from equilingual.batching.errors import BatchError
from equilingual.batching.gather import BYTES_AT_ONCE, batch_schema, text_bytes
from equilingual.batching.interleave import Part, gather_parts
from equilingual.batching.negatives import NegativeChoices, choose_negatives, load_negatives
from equilingual.batching.pairs import ParallelPairs, load_pairs
from equilingual.batching.plans import MODES, Draws, Plan
from equilingual.batching.positives import draw_positives
from equilingual.batching.strategies import open_strategy
from equilingual.batching.strategies.asked import Asked
from equilingual.bitext_files import BitextFiles
from equilingual.config.batch_settings import (
    OFTEN_SEEN,
    BatchSettings,
    CompanionSettings,
    Curriculum,
    HardNegatives,
    Sampling,
    StrategySettings,
)
from equilingual.files import replacing, sha256_of, write_json
from equilingual.parquet import ParquetWriter
from equilingual.provenance import as_metadata, installed_versions
from equilingual.seeding import generator
from equilingual.training_sets import TrainingSetFiles

logger = logging.getLogger(__name__)

ROWS_PER_GROUP = 1024  # at least; text that is read in order wants small row groups


def build_batches(
    *,
    training_set: TrainingSetFiles,
    strategy: StrategySettings,
    settings: BatchSettings,
    seed: int,
    positives: int = 1,
    mined: Sequence[str | PathLike[str]] = (),
    companions: CompanionSettings | None = None,
    bitext: BitextFiles | None = None,
    variant: str | None = None,
    shards: Sequence[str | PathLike[str]],
    manifest: str | PathLike[str],
) -> None:
    """Plan the batches of one experiment and write them to ``shards``, in order, then the manifest.

    Args:
        training_set: its files, and which of their pairs are used.
        strategy: which languages meet in a batch.
        settings: the number of batches and their size, how languages and corpora are sampled, hard negatives.
        seed: the root seed.
        positives: the number of languages in which a pair's passage answers its query, at most.
        mined: a file for each of ``settings.negatives.miners``, in that order.
        companions: texts beside each row that terms of the loss ask for; ``None``: none.
        bitext: the sentences of ``settings.bitext.corpora``.
        variant: the name of what is changed in ``settings``, for the manifest.
        shards: Parquet files, written one after the other.
        manifest: a JSON file beside them.

    The same arguments and pyarrow give the same bytes. Memory: about 100 bytes a pair, 30 a row of a batch, 10 for each
    further positive, and 40 for each hard negative that a pair has to choose from.

    Raises:
        BatchError: the training set is too small for the batch size.

    """
    folder = Path(shards[0]).parent
    pairs = load_pairs(training_set, folder)
    part, missing = _pair_part(pairs, strategy, settings, seed, positives, companions, mined, folder)
    plan, parts = part.plan, [part]
    _say_repetition(training_set.name, plan)
    summary: dict[str, Any] = {
        "training_set": training_set.name,
        **_strategy(strategy, plan, variant),
        "seed": seed,
        "corpora": _corpora(pairs, plan, settings.corpora),
        "negatives": _negatives(plan, settings.negatives, missing),
        "positives": _positives(pairs, plan, settings.languages),
        "versions": installed_versions("numpy", "pyarrow"),
        **companion_summary(plan, companions),
    }
    provenance = {
        "configuration_sha256": _configuration_sha256(training_set, strategy, settings, positives, companions, seed),
        "languages": " ".join(training_set.languages),
        **{name: str(summary[name]) for name in ("training_set", "strategy", "alpha", "seed")},
        **as_metadata(summary["versions"]),
    }
    summary |= _counts(pairs, plan) | _add_bitext(parts, bitext, settings, seed, folder)
    write_json(summary | {"shards": list(_write_shards(parts, shards, provenance))}, manifest)


def _strategy(strategy: StrategySettings, plan: Plan, variant: str | None) -> dict[str, Any]:
    """Return what the manifest says of the strategy, and of a variant where there is one."""
    return {
        "strategy": strategy.label,
        **({"variant": variant} if variant else {}),
        "mix": strategy.mix,
        "alpha": float(plan.alpha.mean()),
        "curriculum": strategy.alpha.model_dump(by_alias=True) if isinstance(strategy.alpha, Curriculum) else None,
    }


def _pair_part(
    pairs: ParallelPairs,
    strategy: StrategySettings,
    settings: BatchSettings,
    seed: int,
    positives: int,
    companions: CompanionSettings | None,
    mined: Sequence[str | PathLike[str]],
    folder: Path,
) -> tuple[Part, int]:
    """Return the batches of QA pairs, and how many hard negatives lack a language."""
    chosen = ~bitext_places(settings.bitext_on, settings.batches, seed)
    plan = plan_batches(pairs, strategy, settings, seed, chosen)
    plan, hard, missing = _with_negatives(pairs, plan, settings.negatives, mined, folder)
    plan = _with_positives(pairs, plan, positives, settings.languages, seed)
    plan = with_companions(pairs, plan, companions, generator(seed, "companions", strategy.label))
    return Part(pairs, plan, np.flatnonzero(chosen), hard), missing


def _add_bitext(
    parts: list[Part], files: BitextFiles | None, settings: BatchSettings, seed: int, folder: Path
) -> dict[str, Any]:
    """Add the bitext batches to those of QA pairs; return what the manifest says: nothing where none are asked for."""
    if settings.bitext_on is None:
        return {}
    if files is None:
        raise BatchError("batches.bitext is configured, but there are no files of bitext")
    parts.append(_bitext_part(files, settings, seed, folder))
    return {"batches": settings.batches, "bitext": bitext_summary(parts[-1], settings)}


def _bitext_part(files: BitextFiles, settings: BatchSettings, seed: int, folder: Path) -> Part:
    """Return the bitext batches that the settings ask for."""
    sentences = load_sentences(files, folder)
    places = np.flatnonzero(bitext_places(settings.bitext_on, settings.batches, seed))
    plan = plan_bitext(sentences, settings, len(places), seed)
    if (seen := _times_seen(plan)) >= OFTEN_SEEN:
        logger.warning("batches.bitext: each sentence is seen %.1f times on average; lower the share", seen)
    return Part(sentences, plan, places)


def _with_negatives(
    pairs: ParallelPairs,
    plan: Plan,
    asked: HardNegatives | None,
    mined: Sequence[str | PathLike[str]],
    folder: Path,
) -> tuple[Plan, NegativeChoices | None, int]:
    """Return the plan with the hard negatives of each pair, where any are asked for, and how many lack a language."""
    if asked is None:
        return plan, None, 0
    hard = load_negatives(pairs, asked, dict(zip(asked.miners, mined, strict=True)), folder)
    chosen, missing = choose_negatives(pairs, plan, hard)
    return replace(plan, negatives=chosen), hard, missing


def _with_positives(pairs: ParallelPairs, plan: Plan, count: int, sampling: Sampling | None, seed: int) -> Plan:
    """Return the plan with the languages of each row's further positives, where any are asked for."""
    if count == 1:
        return plan
    weights = _language_weights(pairs, sampling)
    return replace(plan, positives=draw_positives(pairs, plan, count - 1, weights, generator(seed, "positives")))


def _language_weights(pairs: ParallelPairs, sampling: Sampling | None) -> np.ndarray:
    """Return float64 [languages], how probable each is."""
    weights = sampling_weights(sampling, pairs.languages, pairs.available.sum(axis=0))
    return np.full(len(pairs.languages), 1 / len(pairs.languages)) if weights is None else weights


def _configuration_sha256(
    training_set: TrainingSetFiles,
    strategy: StrategySettings,
    settings: BatchSettings,
    positives: int,
    companions: CompanionSettings | None,
    seed: int,
) -> str:
    """Return the hash of what the shards were asked to be."""
    asked = {
        "training_set": training_set.name,
        "corpora": list(training_set.files),
        "languages": list(training_set.languages),
        "min_languages": training_set.min_languages,
        "strategy": strategy.model_dump(mode="json"),
        "settings": settings.asked,
        "seed": seed,
        # Keys that came later are left out where they change nothing.
        **{name: value for name in ("pairs", "questions") if (value := getattr(training_set, name)) is not None},
        **({"positives": positives} if positives > 1 else {}),
        **({"companions": companions.model_dump()} if companions else {}),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _times_seen(plan: Plan) -> float:
    """Return how many times a pair of the batches is in them, on average."""
    return plan.pairs.size / max(len(np.unique(plan.pairs)), 1)


def _say_repetition(training_set: str, plan: Plan) -> None:
    """Say how often a pair is seen; warn where the check of the configuration would, had it known all pairs."""
    seen = _times_seen(plan)
    logger.info("%s: each QA pair is seen %.1f times on average", training_set, seen)
    if seen >= OFTEN_SEEN:
        advice = "the encoder may overfit: lower batches.batches, or add QA pairs"
        logger.warning("%s: each QA pair is seen %.1f times on average; %s", training_set, seen, advice)


def _corpora(pairs: ParallelPairs, plan: Plan, sampling: Sampling | None) -> dict[str, dict[str, Any]]:
    """Return each corpus's pairs, how many of them are in languages that the strategy asks for, and its weight.

    The weight is ``None`` where corpora come in proportion to their pairs. With weights, ``together`` has the languages
    that a pair drawn from the corpus may have beside each: a place goes to the corpora that have its languages.
    """
    sizes = np.bincount(pairs.corpus, minlength=len(pairs.corpora))
    usable = pairs.fitting(np.any([shares > 0 for shares in plan.expected.values()], axis=0))
    weights = sampling_weights(sampling, pairs.corpora, sizes)
    able = pairs.together if plan.languages_first else np.ones_like(pairs.together)
    found: dict[str, dict[str, Any]] = {}
    for number, corpus in enumerate(pairs.corpora):
        found[corpus] = {"pairs": int(sizes[number]), "usable": int(usable[number]), "weight": None}
        if weights is not None:
            together = {
                language: [other for other, both in zip(pairs.languages, row, strict=True) if both]
                for language, row in zip(pairs.languages, able[number], strict=True)
            }
            found[corpus] |= {"weight": float(weights[number]), "together": together}
        if usable[number] < sizes[number]:
            never = f"{sizes[number] - usable[number]} of {sizes[number]} pairs"
            logger.warning("%s: %s lack the languages of these batches and are never used", corpus, never)
    return found


def plan_batches(
    pairs: ParallelPairs,
    strategy: StrategySettings,
    settings: BatchSettings,
    seed: int,
    chosen: np.ndarray | None = None,
) -> Plan:
    """Plan the batches of a strategy; arguments as in :func:`build_batches`.

    ``chosen`` (bool [batches]) says which batches of the training are planned; ``None``: all. A curriculum goes by a
    batch's place among all of them.

    Raises:
        BatchError: the training set is too small for the batch size, or no batch is left for it.

    """
    alpha = alpha_by_batch(strategy.schedule, settings.batches)
    alpha = alpha if chosen is None else alpha[chosen]
    if not len(alpha):
        raise BatchError(f"all {settings.batches} batches are bitext batches: raise batches.batches or lower the share")
    sizes = np.bincount(pairs.corpus, minlength=len(pairs.corpora))
    schedule = strategy.schedule
    # One stream for strategies that are the same at one α: hybrid with an α of 1 is mono.
    by_alpha = strategy.row.shares_draws and not isinstance(schedule, Curriculum) and not strategy.by_pair
    stream = f"{schedule:g}" if by_alpha else strategy.label
    draws = Draws(
        pairs,
        batches=len(alpha),
        batch_size=settings.batch_size,
        rng=generator(seed, "languages", stream),
        order=generator(seed, "order of pairs"),
        language_weights=sampling_weights(settings.languages, pairs.languages, pairs.available.sum(axis=0)),
        corpus_weights=sampling_weights(settings.corpora, pairs.corpora, sizes),
    )
    return open_strategy(strategy.name)(pairs, draws, Asked(alpha, strategy))


def _write_shards(
    parts: Sequence[Part], shards: Sequence[str | PathLike[str]], provenance: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Write the shards, one after the other, and yield what the manifest says of each."""
    batches = sum(len(part.places) for part in parts)
    size = parts[0].plan.pairs.shape[1]
    per_group = math.ceil(ROWS_PER_GROUP / size)  # batches
    row_bytes = max(map(_row_bytes, parts)) + 1
    per_part = per_group * max(1, int(BYTES_AT_ONCE / row_bytes / (per_group * size)))
    by_shard = []  # for each shard, ranges of batches; all but a shard's last end with a row group
    for numbers in np.array_split(np.arange(batches), len(shards)):
        first, last = int(numbers[0]), int(numbers[-1]) + 1
        by_shard.append([(start, min(start + per_part, last)) for start in range(first, last, per_part)])
    folder = Path(shards[0]).parent
    schema = batch_schema(parts[0].plan, parts[0].negatives).with_metadata(dict(provenance))
    tables = gather_parts(parts, [part for ranges in by_shard for part in ranges], folder, schema)
    for path, ranges in zip(shards, by_shard, strict=True):
        with replacing(path) as temporary, _writer(temporary, schema) as writer:
            for _ in ranges:
                writer.write_table(next(tables).replace_schema_metadata(dict(provenance)), per_group * size)
        rows = (ranges[-1][1] - ranges[0][0]) * size
        yield {"file": Path(path).name, "rows": rows, "bytes": Path(path).stat().st_size, "sha256": sha256_of(path)}


def _row_bytes(part: Part) -> float:
    """Return about how many bytes the texts of one row are."""
    if isinstance(part.pairs, Sentences):
        return part.pairs.text_bytes()
    further = 0 if part.negatives is None else part.negatives.count * part.negatives.sides
    further += 0 if part.plan.positives is None else part.plan.positives.shape[2]
    return text_bytes(part.pairs, further + len(companion_fields(part.plan)))


def _writer(path: Path, schema: pa.Schema) -> ParquetWriter:
    # Texts hardly repeat within a row group, and their least and greatest are of no use to a reader.
    few = [name for name in schema.names if name == "mode" or name.endswith("_language")]
    return ParquetWriter(path, schema, use_dictionary=few, write_statistics=["batch_id"])


def _counts(pairs: ParallelPairs, plan: Plan) -> dict[str, Any]:
    def by_language(array: np.ndarray) -> dict[str, int]:
        counts = np.bincount(array.reshape(-1), minlength=len(pairs.languages))
        return dict(zip(pairs.languages, counts.tolist(), strict=True))

    return {
        "batch_size": plan.pairs.shape[1],
        "batches": len(plan.pairs),
        "monolingual_batches": int((plan.modes == MODES.index("mono")).sum()),
        "monolingual_pairs": int((plan.query_languages == plan.passage_languages).sum()),
        "languages": list(pairs.languages),
        "expected": {mode: _by_name(pairs.languages, shares) for mode, shares in plan.expected.items()},
        "shared_draw": {mode: plan.rows_of_one_draw(mode) for mode in plan.expected},
        "pairs": len(pairs),
        "pairs_left_out": pairs.left_out,
        "duplicates_left_out": pairs.duplicates_left_out,
        "pairs_not_drawn": pairs.not_drawn,
        "pairs_used": len(np.unique(plan.pairs)),
        "times_seen": round(_times_seen(plan), 3),
        "query_languages": by_language(plan.query_languages),
        "passage_languages": by_language(plan.passage_languages),
    }


def _negatives(plan: Plan, asked: HardNegatives | None, missing: int) -> dict[str, Any] | None:
    """Return what hard negatives were asked for, how many rows have 0, 1, 2, … of them, and those without a text."""
    if asked is None or plan.negatives is None:
        return None
    counts = np.bincount((plan.negatives >= 0).sum(axis=2).ravel(), minlength=plan.negatives.shape[2] + 1)
    rows = {str(number): int(count) for number, count in enumerate(counts)}
    return asked.asked | {"rows": rows, "missing": missing}


def _positives(pairs: ParallelPairs, plan: Plan, sampling: Sampling | None) -> dict[str, Any] | None:
    """Return how many positives were asked for, by which weights, and how many rows have 0, 1, 2, … further ones."""
    if plan.positives is None:
        return None
    counts = np.bincount((plan.positives >= 0).sum(axis=2).ravel(), minlength=plan.positives.shape[2] + 1)
    weights = dict(zip(pairs.languages, _language_weights(pairs, sampling).tolist(), strict=True))
    rows = {str(number): int(count) for number, count in enumerate(counts)}
    return {"count": plan.positives.shape[2] + 1, "weights": weights, "rows": rows}


def _by_name(languages: Sequence[str], shares: np.ndarray) -> dict[str, dict[str, float]]:
    """Return the probabilities above 0 of query and passage languages."""
    table = {}
    for query, row in zip(languages, shares.tolist(), strict=True):
        if any(row):
            table[query] = {passage: share for passage, share in zip(languages, row, strict=True) if share}
    return table
