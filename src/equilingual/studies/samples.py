"""What models score on a benchmark, by query language: all questions, each resample of them, and each cluster's part.

A figure of a model is a macro-average, as ``results/scores.csv`` has it: the mean over query languages and pools of
the mean over questions. It is linear in the questions' values, so that weighted sums of models, differences between
groups of languages and the parts of single clusters all come from the same three arrays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike

import numpy as np

from equilingual.evaluation.bootstrap import draw_clusters
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.comparisons import Asked, check_same, values_by
from equilingual.evaluation.groups import Group, read_groups

Place = str | PathLike[str]


@dataclass(frozen=True)
class Questions:
    """The questions of one setting of a benchmark, the same for every model.

    Attributes:
        asked: the questions of each query language and pool, in order.
        counts: how many of them each cluster has, float64 [clusters, places].
        draws: how often each resample contains each cluster, float64 [resamples, clusters].

    """

    asked: Asked
    counts: np.ndarray
    draws: np.ndarray

    @cached_property
    def languages(self) -> list[str]:
        """The query languages."""
        return list(dict.fromkeys(language for language, _ in self.asked))

    @cached_property
    def in_language(self) -> np.ndarray:
        """Whether a place is of a query language, float64 [places, languages]."""
        of = np.array([self.languages.index(language) for language, _ in self.asked])
        return np.asarray(of[:, None] == np.arange(len(self.languages)), dtype=np.float64)

    @cached_property
    def drawn(self) -> np.ndarray:
        """How many questions of each place a resample has, float64 [resamples, places]."""
        return np.asarray(self.draws @ self.counts)

    @cached_property
    def places_drawn(self) -> np.ndarray:
        """How many places of each language have a question in a resample, float64 [resamples, languages]."""
        return np.asarray((self.drawn > 0).astype(np.float64) @ self.in_language)

    def columns(self, tags: Collection[str] | None) -> list[int]:
        """Return the columns of the query languages that are named and there; of all for None."""
        return [number for number, tag in enumerate(self.languages) if tags is None or tag in tags]

    def size(self, columns: Sequence[int]) -> tuple[int, int]:
        """Return how many distinct questions some query languages have, and in how many clusters."""
        names = {self.languages[number] for number in columns}
        questions = {one for (language, _), ids in self.asked.items() if language in names for one in ids}
        return len(questions), int(((self.counts @ self.in_language)[:, columns].sum(axis=1) > 0).sum())


@dataclass(frozen=True)
class Sums:
    """What one scored model has by one measure, added up over the pools of each query language.

    Attributes:
        values: float64 [languages], of all questions.
        means: float64 [resamples, languages], of the drawn ones.
        shares: float64 [clusters, languages], what each cluster adds to ``values``.

    """

    values: np.ndarray
    means: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class Sample:
    """The macro-average of a model over some query languages, by seed.

    Attributes:
        values: float64 [seeds].
        means: float64 [resamples, seeds]; NaN in a resample without any question.
        shares: float64 [clusters, seeds], what each cluster adds: the clusters add up to ``values``.

    """

    values: np.ndarray
    means: np.ndarray
    shares: np.ndarray


def sample_of(seeds: Sequence[Sums], questions: Questions, columns: Sequence[int]) -> Sample:
    """Return the macro-average over some query languages.

    Args:
        seeds: what each seed of the model has.
        questions: of the setting.
        columns: of the query languages, of :meth:`Questions.columns`.

    """
    places = questions.in_language.sum(axis=0)[columns].sum()
    drawn = questions.places_drawn[:, columns].sum(axis=1)
    totals = np.stack([one.means[:, columns].sum(axis=1) for one in seeds], axis=1)
    return Sample(
        values=np.array([one.values[columns].sum() for one in seeds]) / places,
        means=np.divide(totals, drawn[:, None], out=np.full(totals.shape, np.nan), where=drawn[:, None] > 0),
        shares=np.stack([one.shares[:, columns].sum(axis=1) for one in seeds], axis=1) / places,
    )


def language_values(seeds: Sequence[Sums], questions: Questions, columns: Sequence[int]) -> np.ndarray:
    """Return the mean over its pools of each query language, float64 [languages, seeds]; arguments as above."""
    places = questions.in_language.sum(axis=0)[columns]
    return np.stack([one.values[columns] / places for one in seeds], axis=1)


class Reader:
    """Reads the ranks of models on one benchmark, and checks that all were asked the same questions."""

    def __init__(self, *, resamples: int, seed: int) -> None:
        """Take the number of resamples, and the seed that they are drawn with."""
        self.questions: dict[str, Questions] = {}
        self._resamples, self._seed = resamples, seed
        self._clusters: list[str] = []
        self._first = ""

    def read(self, name: str, ranks: Place, wanted: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], Sums]:
        """Return what a scored model has, by setting and measure; nothing of a measure that is not defined there.

        Args:
            name: the model, for errors.
            ranks: its file.
            wanted: the measures of each setting.

        Raises:
            ComparisonError: the file has other questions than the first model's.

        """
        every = read_groups(ranks)
        if not self._first:
            self._first = name
            self._clusters = sorted({cluster for group in every for cluster in group.clusters})
            self._draws = draw_clusters(len(self._clusters), resamples=self._resamples, seed=self._seed).astype(float)
        found = {}
        for setting, measures in wanted.items():
            groups = {(one.query_language, one.pool): one for one in every if one.setting == setting}
            if not groups:
                continue
            asked = {place: frozenset(group.query_ids) for place, group in groups.items()}
            if setting not in self.questions:
                self.questions[setting] = Questions(asked, self._by_cluster(groups, None), self._draws)
            check_same(setting, (self._first, self.questions[setting].asked), (name, asked))
            taken = [name for name in measures if all(map(MEASURES[name].is_taken, groups.values()))]
            for measure in taken:
                found[setting, measure] = self._sums(self.questions[setting], groups, measure)
        return found

    def _sums(self, questions: Questions, groups: Mapping[tuple[str, str], Group], measure: str) -> Sums:
        sums = self._by_cluster({place: groups[place] for place in questions.asked}, measure)
        sizes, drawn = questions.counts.sum(axis=0), questions.drawn
        totals = questions.draws @ sums
        means = np.divide(totals, drawn, out=np.zeros(totals.shape), where=drawn > 0)
        of = questions.in_language
        return Sums((sums.sum(axis=0) / sizes) @ of, means @ of, (sums / sizes) @ of)

    def _by_cluster(self, groups: Mapping[tuple[str, str], Group], measure: str | None) -> np.ndarray:
        """Return the sum of a measure over each cluster's questions, or their number: float64 [clusters, places]."""
        position = {cluster: number for number, cluster in enumerate(self._clusters)}
        columns = []
        for group in groups.values():
            where = np.array([position[cluster] for cluster in group.clusters])
            weights = None if measure is None else values_by(measure, group)
            columns.append(np.bincount(where, weights=weights, minlength=len(position)).astype(np.float64))
        return np.stack(columns, axis=1)
