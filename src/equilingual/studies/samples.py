"""What models score on a benchmark, by query language: all questions, each resample of them, and each cluster's part.

A figure of a model is a macro-average, as ``results/scores.csv`` has it: the mean over query languages and pools of
the mean over questions. It is linear in the questions' values, so that weighted sums of models, differences between
groups of languages and the parts of single clusters all come from the same three arrays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike

import numpy as np

from equilingual.config.study_settings import ALL
from equilingual.evaluation.bootstrap import draw_clusters
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.comparisons import Asked, check_same, values_by
from equilingual.evaluation.groups import Group, read_groups

Place = str | PathLike[str]


@dataclass(frozen=True)
class Questions:
    """The questions of one setting of a benchmark, or of some of its pools, the same for every model.

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
    def places_drawn(self) -> np.ndarray:
        """How many places of each language have a question in a resample, float64 [resamples, languages]."""
        by_language = [(self.draws @ self.counts[:, own] > 0).sum(axis=1) for own in self._places]
        return np.stack(by_language, axis=1).astype(np.float64)

    def drawn_means(self, sums: np.ndarray) -> np.ndarray:
        """Return the mean over each place's drawn questions, added up by language: float64 [resamples, languages].

        Languages are taken one by one: all places of many languages, in every resample, would fill the memory.

        Args:
            sums: of a measure over each cluster's questions, float64 [clusters, places].

        """
        found = []
        for own in self._places:
            totals, drawn = self.draws @ sums[:, own], self.draws @ self.counts[:, own]
            found.append(np.divide(totals, drawn, out=np.zeros(totals.shape), where=drawn > 0).sum(axis=1))
        return np.stack(found, axis=1)

    @property
    def _places(self) -> list[np.ndarray]:
        """The places of each language."""
        return [np.flatnonzero(own) for own in self.in_language.T]

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

    def __init__(self, *, resamples: int, seed: int, languages: Mapping[str, Sequence[str]] | None = None) -> None:
        """Take the number of resamples, the seed that they are drawn with, and the tags of named groups of pools."""
        self.questions: dict[tuple[str, str, str], Questions] = {}  # by setting, group of pools and measure
        self._known: dict[tuple[object, ...], Questions] = {}  # by setting, group of pools, places and their questions
        self._languages = languages or {}
        self._asked: dict[frozenset[str], frozenset[str]] = {}
        self._resamples, self._seed = resamples, seed
        self._clusters: list[str] = []
        self._first = ""

    def read(
        self, name: str, ranks: Place, wanted: Mapping[tuple[str, str], Sequence[str]]
    ) -> dict[tuple[str, str, str], Sums]:
        """Return what a scored model has, by setting, group of pools and measure.

        A measure that is not defined in a setting is left out; one that not all of its languages have is taken in those
        that have it.

        Args:
            name: the model, for errors.
            ranks: its file.
            wanted: the measures of each setting and group of pools; :data:`ALL` for every pool.

        Raises:
            ComparisonError: the file has other questions than the first model's.

        """
        every = read_groups(ranks)
        if not self._first:
            self._first = name
            self._clusters = sorted({cluster for group in every for cluster in group.clusters})
            self._draws = draw_clusters(len(self._clusters), resamples=self._resamples, seed=self._seed).astype(float)
        found = {}
        for (setting, pools), measures in wanted.items():
            groups = {
                (one.query_language, one.pool): one
                for one in every
                if one.setting == setting and (pools == ALL or one.pool in self._languages[pools])
            }
            if not groups:
                continue
            asked = {place: self._shared(group.query_ids) for place, group in groups.items()}
            for measure in measures:
                own = {place: group for place, group in groups.items() if MEASURES[measure].is_taken(group)}
                if not own:
                    continue
                here = {place: asked[place] for place in own}
                key = setting, pools, measure
                if key not in self.questions:
                    self.questions[key] = self._questions((setting, pools), own, here)
                check_same(setting, (self._first, self.questions[key].asked), (name, here))
                found[key] = self._sums(self.questions[key], own, measure)
        return found

    def _questions(self, of: tuple[str, str], groups: Mapping[tuple[str, str], Group], asked: Asked) -> Questions:
        """Return the questions of groups that have a measure: the same object where other measures have the same."""
        key = (*of, tuple(asked.items()))
        if key not in self._known:
            self._known[key] = Questions(asked, self._by_cluster(groups, None), self._draws)
        return self._known[key]

    def _shared(self, query_ids: Iterable[str]) -> frozenset[str]:
        """Return questions as a set, the same object wherever they are the same: thousands of pools have the same."""
        found = frozenset(query_ids)
        return self._asked.setdefault(found, found)

    def _sums(self, questions: Questions, groups: Mapping[tuple[str, str], Group], measure: str) -> Sums:
        sums = self._by_cluster({place: groups[place] for place in questions.asked}, measure)
        sizes, of = questions.counts.sum(axis=0), questions.in_language
        return Sums((sums.sum(axis=0) / sizes) @ of, questions.drawn_means(sums), (sums / sizes) @ of)

    def _by_cluster(self, groups: Mapping[tuple[str, str], Group], measure: str | None) -> np.ndarray:
        """Return the sum of a measure over each cluster's questions, or their number: float64 [clusters, places]."""
        position = {cluster: number for number, cluster in enumerate(self._clusters)}
        columns = []
        for group in groups.values():
            where = np.array([position[cluster] for cluster in group.clusters])
            weights = None if measure is None else values_by(measure, group)
            columns.append(np.bincount(where, weights=weights, minlength=len(position)).astype(np.float64))
        return np.stack(columns, axis=1)
