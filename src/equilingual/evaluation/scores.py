"""Figures from ranks: the stages ``score_model`` and ``collect_scores``.

in:  ``results/ranks/{model}/{benchmark}.parquet``
out: ``results/scores/{model}/{benchmark}.parquet``, one row per query language × pool × measure;
     ``results/intervals/{model}/{benchmark}.json``, 95% intervals of the macro-averages;
     ``results/scores.csv``, all rows of all models, with exactly the columns of :data:`COLUMNS`

Averages are macro-averages, as arXiv:2408.10536 has them: over the query languages (monolingual, multilingual) and
over the ordered pairs of languages (cross-lingual).
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.evaluation import measures
from equilingual.evaluation.bootstrap import bootstrap_intervals
from equilingual.files import replacing, write_json, write_parquet
from equilingual.retrieval.indexes import ALL

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
    ]
)
COLUMNS = SCORE_SCHEMA.names  # the public contract of results/scores.csv
MEAN = "mean"


@dataclass(frozen=True)
class Group:
    """The queries of one language asked in one pool.

    Attributes:
        setting: ``monolingual``, ``cross-lingual`` or ``multilingual``.
        query_language: their language.
        pool: a language or ``all``.
        ranks: int64 [queries, relevant], 0 for padding.
        query_ids: the question of each row.
        clusters: the paragraph of each row.

    """

    setting: str
    query_language: str
    pool: str
    ranks: np.ndarray
    query_ids: Sequence[str]
    clusters: Sequence[str]


def read_groups(ranks: str | PathLike[str]) -> list[Group]:
    """Return the ranks of a model on a benchmark by query language and pool, in the order of the file."""
    table = pq.read_table(ranks)
    pools, languages = (np.array(table[name].to_pylist()) for name in ("pool", "query_language"))
    query_ids, clusters = (table[name].to_pylist() for name in ("query_id", "cluster"))
    values = table["rank"].to_numpy()
    groups = []
    for pool in dict.fromkeys(pools.tolist()):
        for language in dict.fromkeys(languages[pools == pool].tolist()):
            rows = np.flatnonzero((pools == pool) & (languages == language))
            by_query: dict[str, list[int]] = {}
            cluster_of = {}
            for row in rows.tolist():
                by_query.setdefault(query_ids[row], []).append(values[row])
                cluster_of[query_ids[row]] = clusters[row]
            width = max(map(len, by_query.values()))
            padded = np.array([found + [0] * (width - len(found)) for found in by_query.values()], dtype=np.int64)
            setting = "multilingual" if pool == ALL else "monolingual" if pool == language else "cross-lingual"
            groups.append(Group(setting, language, pool, padded, list(by_query), list(cluster_of.values())))
    return groups


def measure_group(group: Group) -> dict[str, float]:
    """Return every measure of a group of queries, by name."""
    values = {
        "map": float(measures.average_precision(group.ranks).mean()),
        "recall@1": float(measures.recall_at(group.ranks, 1).mean()),
        "recall@10": float(measures.recall_at(group.ranks, 10).mean()),
        "mrr": float(measures.reciprocal_rank(group.ranks).mean()),
    }
    if group.setting == "multilingual":
        distances = measures.rank_distance(group.ranks)
        values |= {"rank_distance": float(distances.mean()), "rank_distance_median": float(np.median(distances))}
    return values


def score_rows(groups: Sequence[Group]) -> Iterator[dict[str, object]]:
    """Yield one row per setting, query language, pool and measure, each setting's macro-averages last."""
    for setting in ("monolingual", "cross-lingual", "multilingual"):
        here = [group for group in groups if group.setting == setting]
        if not here:  # one language alone has no cross-lingual pair
            continue
        figures = [measure_group(group) for group in here]
        for group, values in zip(here, figures, strict=True):
            for measure, value in values.items():
                yield _row(setting, group.query_language, group.pool, measure, value, len(group.ranks))
        queries = sum(len(group.ranks) for group in here)
        for measure in figures[0]:
            mean = float(np.mean([values[measure] for values in figures]))
            yield _row(setting, MEAN, MEAN, measure, mean, queries)


def _row(setting: str, language: str, pool: str, measure: str, value: float, queries: int) -> dict[str, object]:
    where = {"setting": setting, "query_language": language, "pool": pool}
    return {**where, "measure": measure, "value": value, "queries": queries}


def score_model(
    *,
    model: Mapping[str, object],
    benchmark: str,
    ranks: str | PathLike[str],
    resamples: int,
    seed: int,
    out: str | PathLike[str],
    intervals: str | PathLike[str],
) -> None:
    """Score one model on one benchmark.

    ``model`` has the first six columns of :data:`COLUMNS`; for an encoder as it came ``strategy`` is ``none`` and
    ``training_set``, ``alpha`` and ``seed`` are None. ``resamples`` and ``seed`` are the bootstrap's.

    Raises:
        ValueError: ``model`` has other keys than these.

    """
    if set(model) != set(COLUMNS[:6]):
        raise ValueError(f"a model is described by {', '.join(COLUMNS[:6])}; found {', '.join(model)}")
    groups = read_groups(ranks)
    rows = [{**model, "benchmark": benchmark, **row} for row in score_rows(groups)]
    write_parquet(pa.Table.from_pylist(rows, schema=SCORE_SCHEMA), out)
    write_json(bootstrap_intervals(groups, resamples=resamples, seed=seed), intervals)


def collect_scores(*, scores: Sequence[str | PathLike[str]], out: str | PathLike[str]) -> None:
    """Write all score tables as one CSV, in the order given; values are exact (the shortest text that reads back)."""
    with replacing(out) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for path in scores:
            for row in pq.read_table(path).to_pylist():
                writer.writerow(["" if row[name] is None else row[name] for name in COLUMNS])
