"""Figures from ranks: the stages ``score_model``, ``score_seeds`` and ``collect_scores``.

in:  ``results/ranks/{model}/{benchmark}.parquet`` and ``results/runs/{model}/{benchmark}/``;
     ``results/embeddings/{model}/{benchmark}/`` for diagnostics that need vectors
out: ``results/scores/{model}/{benchmark}.parquet``, one row per query language × pool × measure, with its 95% interval
     (``low``, ``high``) where there is one;
     ``results/intervals/{model}/{benchmark}.json``, 95% intervals of the macro-averages;
     ``results/intervals-over-seeds/{group}/{benchmark}.json``, the same over questions and seeds;
     ``results/bias/{model}/{benchmark}.json``, the parts of the language bias that are tables;
     ``results/scores.csv``, all rows of all models, with exactly the columns of :data:`COLUMNS`;
     ``results/intervals.csv``, those with an interval, with the columns of :data:`INTERVAL_COLUMNS`;
     in a run with variants, both CSVs have ``variant`` as a further last column

Averages are macro-averages, as arXiv:2408.10536 has them: over the query languages (monolingual, multilingual) and
over the ordered pairs of languages (cross-lingual).
"""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pyarrow as pa

from equilingual.catalogues.benchmarks import SETTINGS
from equilingual.evaluation.bias_figures import bias_figures
from equilingual.evaluation.bootstrap import MEAN, Intervals, bootstrap_intervals
from equilingual.evaluation.catalogue import MEASURES, figure_of
from equilingual.evaluation.diagnostics import Figures, Sources, diagnostic_figures, hub_figures
from equilingual.evaluation.groups import Group, read_groups
from equilingual.evaluation.two_levels import intervals_over_seeds
from equilingual.files import damaged, read_json, write_json, writing_text
from equilingual.manifests import MANIFEST
from equilingual.parquet import column_names, read_table, write_parquet
from equilingual.provenance import package_versions
from equilingual.retrieval import read_tables

SCORE_SCHEMA = pa.schema(
    [
        ("encoder", pa.string()),
        ("training_set", pa.string()),
        ("strategy", pa.string()),
        ("alpha", pa.float64()),
        ("seed", pa.int64()),
        ("debias", pa.string()),
        ("benchmark", pa.string()),
        ("setting", pa.string()),
        ("query_language", pa.string()),
        ("pool", pa.string()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("queries", pa.int64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
_ENDS = ("low", "high")
COLUMNS = [name for name in SCORE_SCHEMA.names if name not in _ENDS]  # the public contract of results/scores.csv
INTERVAL_COLUMNS = [*(name for name in COLUMNS if name != "queries"), *_ENDS]
VARIANT = pa.field("variant", pa.string())  # the last column, where a model of the run has a variant
_OF_A_MODEL = (*COLUMNS[:7], VARIANT.name)  # columns that name a model and a benchmark


def score_schema(model: Mapping[str, object]) -> pa.Schema:
    """Return the columns of a model's scores: :data:`SCORE_SCHEMA`, and ``variant`` where the model has one."""
    return SCORE_SCHEMA.append(VARIANT) if VARIANT.name in model else SCORE_SCHEMA


def measure_group(group: Group, *, bitext: bool = False) -> dict[str, float]:
    """Return every measure of a group of queries but those of language bias and diagnostics, by name."""
    return {
        measure.name: figure_of(measure, group)
        for measure in MEASURES.values()
        if measure.is_of_a_group
        and not (measure.is_bias or measure.diagnostic)
        and measure.is_taken(group, bitext=bitext)
    }


def score_rows(
    groups: Sequence[Group],
    *,
    bitext: bool = False,
    bias: Mapping[str, Mapping[str, float]] | None = None,
    diagnostics: Figures | None = None,
) -> Iterator[dict[str, object]]:
    """Yield one row per setting, query language, pool and measure, then each setting's averages.

    Macro-averages have ``mean`` as query language and pool. Cross-lingual ones are also taken over the pools of each
    query language, and over the query languages of each pool.

    Args:
        groups: of :func:`equilingual.evaluation.groups.read_groups`.
        bitext: whether sentences are matched with their translations.
        bias: the bias of each query language, by measure: rows of the multilingual setting.
        diagnostics: more values of a query language in a pool, by measure.

    """
    for setting in SETTINGS:
        here = [group for group in groups if group.setting == setting]
        if not here:  # one language alone has no cross-lingual pair
            continue
        figures = [measure_group(group, bitext=bitext) for group in here]
        if setting == "multilingual":
            figures = [
                found | dict((bias or {}).get(g.query_language, {})) for g, found in zip(here, figures, strict=True)
            ]
        more = [(diagnostics or {}).get((group.query_language, group.pool), {}) for group in here]
        found = [(group, own | added) for group, own, added in zip(here, figures, more, strict=True)]
        for group, values in found:
            yield from _rows(setting, group.query_language, group.pool, [(group, values)])
        if setting == "cross-lingual":
            for language in dict.fromkeys(group.query_language for group in here):
                yield from _rows(setting, language, MEAN, [one for one in found if one[0].query_language == language])
            for pool in dict.fromkeys(group.pool for group in here):
                yield from _rows(setting, MEAN, pool, [one for one in found if one[0].pool == pool])
        yield from _rows(setting, MEAN, MEAN, found)


def _rows(
    setting: str, language: str, pool: str, found: Sequence[tuple[Group, Mapping[str, float]]]
) -> Iterator[dict[str, object]]:
    """Yield the mean of each measure over groups; of one that not all of them have, over those that have it."""
    where = {"setting": setting, "query_language": language, "pool": pool}
    for measure in dict.fromkeys(name for _, values in found for name in values):
        have = [(group, values[measure]) for group, values in found if measure in values]
        mean = float(np.mean([value for _, value in have]))
        yield {**where, "measure": measure, "value": mean, "queries": sum(len(group.ranks) for group, _ in have)}


def hub_rows(by_language: Mapping[str, Mapping[str, float]], queries: int) -> Iterator[dict[str, object]]:
    """Yield the hubness of each candidate language, over queries in all languages, then the means."""
    measures = dict.fromkeys(name for values in by_language.values() for name in values)
    where = {"setting": "multilingual", "query_language": MEAN}
    for pool, values in by_language.items():
        for measure, value in values.items():
            yield {**where, "pool": pool, "measure": measure, "value": value, "queries": queries}
    for measure in measures:
        mean = float(np.mean([values[measure] for values in by_language.values() if measure in values]))
        yield {**where, "pool": MEAN, "measure": measure, "value": mean, "queries": queries}


def _ends(intervals: Intervals, row: Mapping[str, object]) -> dict[str, float | None]:
    """Return the two ends of a row's interval; None for each where it has none."""
    found = intervals.of(*(str(row[name]) for name in ("setting", "query_language", "pool", "measure")))
    low, high = found if found else (None, None)
    return {"low": low, "high": high}


def score_model(
    *,
    model: Mapping[str, object],
    name: str,
    ranks: str | PathLike[str],
    runs: str | PathLike[str],
    benchmark: str | PathLike[str],
    resamples: int,
    seed: int,
    out: str | PathLike[str],
    intervals: str | PathLike[str],
    bias: str | PathLike[str],
    diagnostics: Collection[str] = (),
    vectors: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
) -> None:
    """Score one model on one benchmark.

    Args:
        model: the first six columns of :data:`COLUMNS`; for a base encoder ``strategy`` is ``none`` and
            ``training_set``, ``alpha`` and ``seed`` are None. Also ``variant``, where it has one.
        name: the benchmark's name.
        ranks: the file of ``rank_candidates``.
        runs: the folder of its run files.
        benchmark: the benchmark's folder.
        resamples: the bootstrap's.
        seed: the bootstrap's.
        out: the scores.
        intervals: those of the macro-averages.
        bias: what has no row in the scores: :func:`equilingual.evaluation.bias_figures.bias_figures`, with the
            ``versions`` of the packages that scored and the ``ranking_versions`` of those that ranked.
        diagnostics: names of :data:`equilingual.catalogues.diagnostics.DIAGNOSTICS`, whose measures are added.
        vectors: the files of the queries' and the candidates' vectors, for diagnostics that need them; None for a model
            without its own.

    Raises:
        ValueError: ``model`` has other keys than these.

    """
    if set(model) - {VARIANT.name} != set(COLUMNS[:6]):
        raise ValueError(f"a model is described by {', '.join(COLUMNS[:6])}; found {', '.join(model)}")
    tables = read_tables(benchmark)
    groups = read_groups(ranks, tables)
    by_language, about = bias_figures(groups, tables, runs)
    is_bitext = tables.task == "bitext"
    sources = Sources(tables, runs, vectors)
    figures = diagnostic_figures(diagnostics, groups, sources)
    rows = [
        *score_rows(groups, bitext=is_bitext, bias=by_language, diagnostics=figures),
        *hub_rows(*hub_figures(diagnostics, groups, sources)),
    ]
    found = bootstrap_intervals(groups, resamples=resamples, seed=seed, bitext=is_bitext)
    described = [{**model, "benchmark": name, **row, **_ends(found, row)} for row in rows]
    write_parquet(pa.Table.from_pylist(described, schema=score_schema(model)), out)
    write_json(found.means, intervals)
    ranked_by = read_json(Path(runs) / MANIFEST).get("versions", {})
    write_json(about | {"versions": package_versions(), "ranking_versions": ranked_by}, bias)


def score_seeds(
    *,
    ranks: Sequence[str | PathLike[str]],
    benchmark: str | PathLike[str],
    resamples: int,
    seed: int,
    out: str | PathLike[str],
) -> None:
    """Write the intervals of a model's macro-averages over questions and training seeds.

    Args:
        ranks: the file of ``rank_candidates`` of each seed, two or more.
        benchmark: the benchmark's folder.
        resamples: the bootstrap's.
        seed: the bootstrap's.
        out: the intervals, of :func:`equilingual.evaluation.two_levels.intervals_over_seeds`.

    """
    is_bitext = read_tables(benchmark).task == "bitext"
    groups = [read_groups(path) for path in ranks]
    write_json(intervals_over_seeds(groups, resamples=resamples, seed=seed, bitext=is_bitext), out)


def collect_scores(
    *, scores: Sequence[str | PathLike[str]], out: str | PathLike[str], intervals: str | PathLike[str]
) -> None:
    """Write all score tables as one CSV, in the order given; values are exact (the shortest text that reads back).

    Where a table has the column ``variant``, so have both CSVs, as the last one.

    Args:
        scores: the tables.
        out: all scores.
        intervals: those that have a 95% interval, with it.

    Raises:
        DamagedFileError: a table is damaged, or two tables have scores of one model on one benchmark.

    """
    paths: dict[tuple[object, ...], str | PathLike[str]] = {}
    added = [[VARIANT.name] if VARIANT.name in column_names(path) else [] for path in scores]
    variant = max(added, default=[])
    columns, with_intervals = [*COLUMNS, *variant], [*INTERVAL_COLUMNS, *variant]
    with writing_text(out) as file, writing_text(intervals) as with_ends:
        writer, other = (csv.writer(one, lineterminator="\n") for one in (file, with_ends))
        writer.writerow(columns)
        other.writerow(with_intervals)
        for path, own in zip(scores, added, strict=True):
            table = read_table(path, [*SCORE_SCHEMA.names, *own])
            rows = [dict.fromkeys(variant) | row for row in table.to_pylist()]
            for scored in {tuple(row.get(name) for name in _OF_A_MODEL) for row in rows}:
                if scored in paths:  # one of them was copied from another model
                    raise damaged(path, f"it has the figures that {paths[scored]} has, which is another model's")
                paths[scored] = path
            for row in rows:
                writer.writerow(["" if row[name] is None else row[name] for name in columns])
                if row["low"] is not None:
                    other.writerow(["" if row[name] is None else row[name] for name in with_intervals])
