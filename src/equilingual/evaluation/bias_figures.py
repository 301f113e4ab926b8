"""The language bias of a model on a benchmark: values by query language, and tables between languages.

in: the ranks by group, and ``results/runs/{model}/{benchmark}/all.trec.gz``

Bias is looked at where candidates of all languages are searched at once. Each question has an answer in several
languages; its definitions are in ``bias`` (from the ranks of the answers) and ``exposure`` (from the first candidates).
"""

from collections.abc import Sequence
from itertools import combinations
from os import PathLike
from typing import Any

import numpy as np

from equilingual.evaluation import bias, exposure
from equilingual.evaluation.catalogue import BIAS, figure_of
from equilingual.evaluation.groups import Group
from equilingual.retrieval.tables import BenchmarkTables
from equilingual.retrieval.trec import read_tops

SHARE_DEPTH, AWRF_DEPTH, PEER_DEPTH = 10, 20, 20

Figures = dict[str, dict[str, float]]  # by query language and measure


def bias_figures(
    groups: Sequence[Group], tables: BenchmarkTables, runs: str | PathLike[str]
) -> tuple[Figures, dict[str, Any]]:
    """Return the bias of a model.

    Args:
        groups: of :func:`equilingual.evaluation.groups.read_groups`, read with ``tables``.
        tables: the benchmark.
        runs: the folder of its run files.

    Returns:
        Its values by query language and measure, without those that the benchmark does not allow; and the record of
        ``results/bias/``: ``languages``; ``median_rank`` by query language (row) and candidate language; ``shares``,
        each candidate language's fraction of the first ten ranks by query language, and ``pool_shares``, its fraction
        of the candidates; ``concordance`` by query language: Kendall's W, Friedman's statistic and p, and the number of
        queries. Both are empty for a benchmark without multilingual retrieval, or with one language.

    """
    together = [group for group in groups if group.setting == "multilingual"]
    languages = tables.languages
    if not together or len(languages) < 2:
        return {}, {}
    tops = _TopLists(tables, languages, read_tops(runs, tables))
    figures: Figures = {}
    concordance: dict[str, dict[str, float | None]] = {}
    medians: dict[str, list[float | None]] = {}
    overlaps = tops.overlaps()
    for group in together:
        answered = np.flatnonzero((group.by_language > 0).any(axis=0))
        agreement = bias.concordance(group.by_language[:, answered])
        found = _from_ranks(group) | tops.figures(group)
        found |= {"kendall_w": agreement.w, "rbo": overlaps.get(group.query_language, np.nan)}
        figures[group.query_language] = {name: value for name, value in found.items() if np.isfinite(value)}
        concordance[group.query_language] = {
            "w": _number(agreement.w),
            "statistic": _number(agreement.statistic),
            "df": agreement.df,
            "p": _number(agreement.p),
            "queries": agreement.queries,
        }
        median = bias.median_ranks(group.by_language, group.own)[group.own[0]]
        medians[group.query_language] = [_number(value) for value in median]
    return figures, {
        "languages": languages,
        "median_rank": medians,
        "shares": {group.query_language: tops.shares(group).tolist() for group in together},
        "pool_shares": tops.pool_shares().tolist(),
        "concordance": concordance,
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _from_ranks(group: Group) -> dict[str, float]:
    """Return the figures that need the ranks of the answers alone; NaN where there is no value."""
    of_ranks = [measure for measure in BIAS if measure.is_of_a_group and measure.is_taken(group)]
    # The order of results/scores.csv: first what every benchmark has.
    found = {one.name: figure_of(one, group) for one in sorted(of_ranks, key=lambda one: bool(one.needs))}
    if _has_several(group.codes):
        levels = np.unique(group.relevance[group.relevance > 0])
        weights = {int(level): 1 / len(levels) for level in levels}
        peer = bias.peer(group.ranks, group.relevance, group.codes, depth=PEER_DEPTH, weights=weights)
        found[f"peer@{PEER_DEPTH}"] = float(peer.mean())
    return found


def _has_several(codes: np.ndarray) -> bool:
    """Return whether some query has two relevant candidates in one language; without, PEER says nothing."""
    ordered = np.sort(codes, axis=1)
    return bool(((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any())


def _mean(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")


class _TopLists:
    """The first candidates of every query among all languages."""

    def __init__(self, tables: BenchmarkTables, languages: Sequence[str], tops: np.ndarray) -> None:
        codes = {name: number for number, name in enumerate(languages)}
        self._languages, self._tops, self._tables = languages, tops, tables
        self._spoken = np.array([codes.get(tag, -1) for tag in tables.queries["language"].to_pylist()])
        self._candidates = tables.language_codes
        ids = tables.queries["query_id"].combine_chunks().dictionary_encode()
        self._questions = ids.indices.to_numpy().astype(np.int64)
        names = zip(ids.to_pylist(), tables.queries["language"].to_pylist(), strict=True)
        self._row_of = {name: row for row, name in enumerate(names)}

    def _rows(self, group: Group) -> np.ndarray:
        return np.array([self._row_of[query, group.query_language] for query in group.query_ids])

    def pool_shares(self) -> np.ndarray:
        """Return each language's part of the candidates, float64 [languages]."""
        return np.bincount(self._candidates, minlength=len(self._languages)) / len(self._candidates)

    def shares(self, group: Group) -> np.ndarray:
        """Return each language's mean fraction of the first ranks of a group's queries, float64 [languages]."""
        tops = self._tops[self._rows(group)]
        depth = min(SHARE_DEPTH, tops.shape[1])
        found = exposure.language_shares(tops, self._candidates, len(self._languages), depth)
        return np.asarray(np.nanmean(found, axis=0))

    def figures(self, group: Group) -> dict[str, float]:
        """Return the values of a group that need its first candidates only."""
        tops = self._tops[self._rows(group)]
        depth = min(AWRF_DEPTH, tops.shape[1])
        fair = exposure.awrf(tops, self._candidates, len(self._languages), depth)
        divergence = exposure.kl_divergence(self.shares(group), self.pool_shares())
        return {f"awrf@{AWRF_DEPTH}": float(np.nanmean(fair)), f"language_kl@{SHARE_DEPTH}": float(divergence)}

    def overlaps(self) -> dict[str, float]:
        """Return the mean overlap of each language's lists with those of the same questions in every other one."""
        asked = np.flatnonzero((self._tops[:, :1] >= 0).all(axis=1) & (self._spoken >= 0))
        count = len(self._languages)
        found = exposure.overlap_between_languages(
            self._tops[asked], self._questions[asked], self._spoken[asked], count
        )
        means: dict[str, list[float]] = {}
        for pair, (left, right) in enumerate(combinations(range(count), 2)):
            mean = _mean(found[:, pair])
            for one in (left, right):
                means.setdefault(self._languages[one], []).append(mean)
        return {language: _mean(np.array(values)) for language, values in means.items()}
