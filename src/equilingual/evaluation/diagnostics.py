"""Why a model is biased: the measures that ``evaluation.diagnostics`` asks for, beside those of every run.

in: the ranks by group, ``results/runs/{model}/{benchmark}/all.trec.gz`` for hubness, and
    ``results/embeddings/{model}/{benchmark}/`` for reciprocity

Definitions are in ``measures`` (Lang-nDCG), ``groups`` (the first hit) and ``neighbours`` (reciprocity, hubness).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np

from equilingual.embeddings import read_embeddings
from equilingual.evaluation.catalogue import DIAGNOSTIC, figure_of
from equilingual.evaluation.groups import Group
from equilingual.evaluation.neighbours import mutual_neighbours, skewness, times_listed
from equilingual.retrieval.tables import BenchmarkTables
from equilingual.retrieval.trec import read_tops

HUB_DEPTH = 10

Place = str | PathLike[str]
Figures = dict[tuple[str, str], dict[str, float]]  # by query language and pool, and by measure


@dataclass(frozen=True)
class Sources:
    """What diagnostics are worked out from, beside the ranks.

    Attributes:
        tables: the benchmark.
        runs: the folder of the model's run files.
        vectors: the files of the queries' and the candidates' vectors; None for a model without its own.

    """

    tables: BenchmarkTables
    runs: Place
    vectors: tuple[Place, Place] | None = None


def diagnostic_figures(asked: Collection[str], groups: Sequence[Group], sources: Sources) -> Figures:
    """Return the diagnostics of each group of queries; without a value where the benchmark or the model allows none.

    Args:
        asked: names of :data:`equilingual.catalogues.diagnostics.DIAGNOSTICS`.
        groups: of :func:`equilingual.evaluation.groups.read_groups`, read with the benchmark's tables.
        sources: where the vectors are.

    """
    of_ranks = [one for one in DIAGNOSTIC if one.is_of_a_group and one.diagnostic in asked]
    # With one language alone there is no other that could be preferred.
    several = len(sources.tables.languages) > 1
    figures: Figures = {}
    for group in groups:
        taken = [one for one in of_ranks if several and one.is_taken(group)]
        figures[group.query_language, group.pool] = {one.name: figure_of(one, group) for one in taken}
    if "reciprocity" in asked and sources.vectors is not None:
        for key, value in _reciprocity(groups, sources.tables, sources.vectors):
            figures[key]["reciprocity"] = value
    return figures


def hub_figures(
    asked: Collection[str], groups: Sequence[Group], sources: Sources
) -> tuple[dict[str, dict[str, float]], int]:
    """Return the hubness of each language's candidates among all languages, and how many queries' lists it rests on.

    The values are by candidate language and measure; empty without multilingual retrieval or with one language.
    """
    tables = sources.tables
    languages = tables.languages
    if "hubness" not in asked or len(languages) < 2 or all(group.setting != "multilingual" for group in groups):
        return {}, 0
    tops = read_tops(sources.runs, tables)
    listed = times_listed(tops, tables.candidates.num_rows, HUB_DEPTH)
    figures = {}
    for language in languages:
        own = np.concatenate(
            [listed[one.languages[language]] for one in tables.collections if language in one.languages]
        )
        found = {f"hub_skewness@{HUB_DEPTH}": skewness(own), f"anti_hubs@{HUB_DEPTH}": float((own == 0).mean())}
        figures[language] = {name: value for name, value in found.items() if np.isfinite(value)}
    return figures, int((tops[:, :1] >= 0).sum())


def _reciprocity(
    groups: Sequence[Group], tables: BenchmarkTables, vectors: tuple[Place, Place]
) -> Iterator[tuple[tuple[str, str], float]]:
    """Yield the share of mutual nearest neighbours of each group: its queries among themselves, in its pool."""
    queries = read_embeddings(vectors[0], rows=tables.queries.num_rows)
    candidates = read_embeddings(vectors[1], rows=tables.candidates.num_rows)
    ids, languages = (tables.queries[name].to_pylist() for name in ("query_id", "language"))
    row_of = {name: row for row, name in enumerate(zip(ids, languages, strict=True))}
    for group in groups:
        rows = np.array([row_of[query, group.query_language] for query in group.query_ids])
        mutual = mutual_neighbours(queries[rows], candidates, group.best, group.candidates, tables.own[rows])
        yield (group.query_language, group.pool), float(mutual.mean())
