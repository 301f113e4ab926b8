"""What the indexes find of what an exact search finds: ``results/searches/{model}/{benchmark}.json``."""

from collections.abc import Mapping
from typing import Any

from equilingual.report.formatting import format_count, format_map
from equilingual.report.records import Hash, Table

_MEASURES = ("recall@1", "recall@10", "recall@100")


def search_table(kind: str, searches: Mapping[str, Mapping[str, Any]]) -> Table | None:
    """Return the mean recall over the pools of each model and benchmark, and the lowest; None for exact indexes.

    Args:
        kind: of the index: ``exact``, ``hnsw`` or ``ivf``.
        searches: the records by ``{model}/{benchmark}``.

    """
    if kind == "exact" or not searches:
        return None
    rows: list[list[str | Hash]] = []
    for name, record in searches.items():
        model, _, benchmark = name.rpartition("/")
        pools, means = record.get("pools") or {}, record.get("mean") or {}
        lowest = min((pool["recall@10"] for pool in pools.values() if "recall@10" in pool), default=None)
        recalls = [format_map(means.get(measure)) for measure in _MEASURES]
        rows.append([kind, model, benchmark, format_count(len(pools)), *recalls, format_map(lowest)])
    columns = ["Index", "Model", "Benchmark", "Pools", *_MEASURES, "Lowest recall@10"]
    return Table("Recall of the indexes against exact search, mean over pools", columns, set(columns[3:]), rows)
