"""What gives scores to be ranked by: an encoder's vectors, words, and how several lists become one.

A system gives, for a pool, a function from rows of the queries and a slice of the candidates to scores
(:data:`equilingual.retrieval.ranking.Scores`). Most systems score a candidate alike whatever it is searched among; the
others are ``by_pool``: BM25 counts the words of the pool, and a fusion takes ranks in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Protocol

import numpy as np

from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.merging import FUSIONS, MERGES
from equilingual.embeddings import let_go, read_embeddings
from equilingual.parquet import read_table
from equilingual.retrieval import merging
from equilingual.retrieval.columns import TextColumn
from equilingual.retrieval.lexical import make_scorer
from equilingual.retrieval.ranking import Scores, own_places
from equilingual.retrieval.tables import BenchmarkTables, Collection
from equilingual.retrieval.translated import Rows, Translated, TranslatedVectors, Translations, read_translations


class System(Protocol):
    """Scores of queries with candidates."""

    @property
    def by_pool(self) -> bool:
        """Whether a candidate's score depends on the pool that it is searched in."""

    @property
    def whole_rows(self) -> bool:
        """Whether scores are worked out for all candidates of a pool at once."""

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Return the scores in a pool of a collection, float32."""


@dataclass(frozen=True)
class Dense:
    """Inner products of vectors: cosines where they are of length 1, and dot products where they are not.

    Attributes:
        queries: float32 [queries, dimensions], or what gives some of its rows.
        candidates: float32 [candidates, dimensions].
        device: ``cpu``, or the GPU that multiplies them, as PyTorch calls it; in float32 either way.

    """

    queries: Rows
    candidates: np.ndarray
    device: str = "cpu"
    by_pool: bool = field(default=False, init=False)
    whole_rows: bool = field(default=False, init=False)

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Return the inner products."""

        def inner(rows: np.ndarray, some: slice) -> np.ndarray:
            products = np.asarray(self.queries[rows] @ self.candidates[some].T)
            let_go(self.candidates)
            return products

        def inner_by_torch(rows: np.ndarray, some: slice) -> np.ndarray:
            import torch

            parts = [np.array(part) for part in (self.queries[rows], self.candidates[some])]
            let_go(self.candidates)
            asked, found = (torch.from_numpy(part).to(self.device) for part in parts)
            return np.asarray((asked @ found.T).cpu().numpy())

        return inner if self.device == "cpu" else inner_by_torch


@dataclass(frozen=True)
class Texts:
    """The texts of a benchmark, in the order of its tables."""

    queries: Sequence[str]
    query_languages: Sequence[str]
    candidates: Sequence[str]
    candidate_languages: Sequence[str]


@dataclass(frozen=True)
class Lexical:
    """A lexical system: its scorers are made of each pool's candidates, or of a collection's.

    Attributes:
        name: one of :data:`~equilingual.catalogues.lexical.LEXICAL`.
        texts: of the benchmark.

    """

    name: str
    texts: Texts
    whole_rows: bool = field(default=True, init=False)

    @property
    def by_pool(self) -> bool:
        """Whether a candidate's score depends on the pool that it is searched in."""
        return LEXICAL[self.name].by_pool

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Index the candidates that count; return the pool's scores."""
        whole = pool if self.by_pool else collection.candidates
        scorer = make_scorer(self.name, self.texts.candidates[whole], self.texts.candidate_languages[whole])

        def found(rows: np.ndarray, some: slice) -> np.ndarray:
            asked = [self.texts.queries[row] for row in rows]
            spoken = [self.texts.query_languages[row] for row in rows]
            return scorer.scores(asked, spoken)[:, some.start - whole.start : some.stop - whole.start]

        return found


# Takes scores float32 [queries, candidates] and the candidates' languages int [candidates]; returns scores.
Merge = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class LeavingOut:
    """Another system, for which a query's own texts score minus infinity: no list that is merged or fused has them.

    Attributes:
        system: the other one.
        own: int64 [queries, O], the rows of the query's own texts, -1 for padding.

    """

    system: System
    own: np.ndarray

    @property
    def by_pool(self) -> bool:
        """The other system's."""
        return self.system.by_pool

    @property
    def whole_rows(self) -> bool:
        """The other system's."""
        return self.system.whole_rows

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Return the other system's scores without the own texts'."""
        inside = self.system.scores(collection, pool)

        def others(rows: np.ndarray, some: slice) -> np.ndarray:
            scores = inside(rows, some)
            scores[own_places(self.own[rows], some)] = -np.inf
            return scores

        return others


@dataclass(frozen=True)
class Merged:
    """Another system's lists of single languages, merged where all languages are searched at once.

    Each list is that of a search in the language's own pool: no merge changes its order.

    Attributes:
        system: the other one.
        merge: how.
        tie_order: of the benchmark's candidates.

    """

    system: System
    merge: Merge
    tie_order: np.ndarray
    by_pool: bool = field(default=True, init=False)
    whole_rows: bool = field(default=True, init=False)

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Return the merged scores of all languages, the system's own of one."""
        if pool != collection.candidates or len(collection.languages) == 1:
            return self.system.scores(collection, pool)
        parts = list(collection.languages.values())
        lists = [self.system.scores(collection, part) for part in parts]
        languages = np.repeat(np.arange(len(parts)), [part.stop - part.start for part in parts])
        to_ties, back = _tie_columns(self.tie_order[pool])

        def merged(rows: np.ndarray, some: slice) -> np.ndarray:
            scores = np.concatenate([own(rows, part) for own, part in zip(lists, parts, strict=True)], axis=1)
            scores = self.merge(scores[:, to_ties], languages[to_ties])
            return scores[:, back[some.start - pool.start : some.stop - pool.start]]

        return merged


# Takes an encoder's and a lexical system's scores, float32 [queries, candidates] both; returns scores.
Fusion = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Fused:
    """Two systems as one: an encoder's scores and a lexical system's.

    Attributes:
        system: of the encoder.
        lexical: the other one.
        fusion: how.
        tie_order: of the benchmark's candidates.

    """

    system: System
    lexical: System
    fusion: Fusion
    tie_order: np.ndarray
    by_pool: bool = field(default=True, init=False)
    whole_rows: bool = field(default=True, init=False)

    def scores(self, collection: Collection, pool: slice) -> Scores:
        """Return the fused scores of a pool."""
        first, second = (system.scores(collection, pool) for system in (self.system, self.lexical))
        to_ties, back = _tie_columns(self.tie_order[pool])

        def fused(rows: np.ndarray, some: slice) -> np.ndarray:
            scores = self.fusion(first(rows, pool)[:, to_ties], second(rows, pool)[:, to_ties])
            return scores[:, back[some.start - pool.start : some.stop - pool.start]]

        return fused


def _tie_columns(tie_order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidates in the order of ties, and where each then stands: merging and fusion take ties as given."""
    to_ties = np.argsort(tie_order)
    return to_ties, np.argsort(to_ties)


@dataclass(frozen=True)
class VectorFiles:
    """The files of an encoder's vectors: of a benchmark's queries, candidates and, where there are, translations."""

    queries: str | PathLike[str]
    candidates: str | PathLike[str]
    translations: str | PathLike[str] | None = None


@dataclass(frozen=True)
class SystemSpec:
    """What the scores come from.

    Attributes:
        vectors: of an encoder; None for a lexical system.
        lexical: a name of :data:`LEXICAL`: the system itself, or what the encoder is fused with.
        merge: a name of :data:`MERGES`, or None.
        fusion: a name of :data:`FUSIONS`, or None.
        translations: the table of the queries' translations; None asks them as they are. Not with a merge or fusion.

    """

    vectors: VectorFiles | None = None
    lexical: str | None = None
    merge: str | None = None
    fusion: str | None = None
    translations: str | PathLike[str] | None = None


def open_system(
    spec: SystemSpec, *, tables: BenchmarkTables, benchmark: str | PathLike[str], device: str = "cpu"
) -> System:
    """Return the system that a configuration asks for.

    Args:
        spec: what it is made of.
        tables: of the benchmark.
        benchmark: its folder, for the texts.
        device: what multiplies vectors: ``cpu``, or a GPU as PyTorch calls it.

    Raises:
        EmbeddingsError: there is not one finite vector per query and candidate.
        ValueError: there are neither vectors nor a lexical system, or a fusion lacks one, or what is merged or fused
            has translated queries, or an encoder's translated queries have no vectors.

    """
    if spec.fusion is not None and (spec.vectors is None or spec.lexical is None):
        raise ValueError(f"the fusion {spec.fusion!r} needs an encoder's vectors and a lexical system")
    if spec.translations is not None and (spec.fusion is not None or spec.merge is not None):
        raise ValueError("translated queries are neither merged nor fused")
    words = Lexical(spec.lexical, _read_texts(tables, benchmark)) if spec.lexical is not None else None
    asked: Dense | Lexical | None = words
    if spec.vectors is not None:
        queries = read_embeddings(spec.vectors.queries, rows=tables.queries.num_rows)
        candidates = read_embeddings(spec.vectors.candidates, rows=tables.candidates.num_rows)
        asked = Dense(queries, candidates, device)
    if asked is None:
        raise ValueError("neither vectors nor a lexical system")
    if spec.translations is not None:
        own = spec.vectors.translations if spec.vectors is not None else None
        return _translated(asked, read_translations(spec.translations), own)
    system: System = asked
    other: System | None = words
    if (tables.own >= 0).any() and (spec.fusion or spec.merge):
        system, other = LeavingOut(system, tables.own), other and LeavingOut(other, tables.own)
    if spec.fusion is not None and other is not None:
        system = Fused(system, other, getattr(merging, FUSIONS[spec.fusion].function), tables.tie_order)
    if spec.merge is None:
        return system
    return Merged(system, getattr(merging, MERGES[spec.merge].function), tables.tie_order)


def _translated(system: Dense | Lexical, found: Translations, vectors: str | PathLike[str] | None) -> Translated:
    """Return the system with queries that are translated as far as they are."""
    if not isinstance(system, Dense):

        def by_words(tag: str) -> System:
            queries, spoken = list(system.texts.queries), list(system.texts.query_languages)
            for row, place in zip(found.rows[tag], found.places[tag], strict=True):
                queries[row], spoken[row] = found.texts[place], tag
            return replace(system, texts=replace(system.texts, queries=queries, query_languages=spoken))

        return Translated(by_words, frozenset(found.rows), system)
    if vectors is None:
        raise ValueError("an encoder's translated queries need vectors of their own")
    translations = read_embeddings(vectors, rows=len(found.texts))

    def by_vectors(tag: str) -> System:
        places = np.full(len(system.queries), -1, dtype=np.int64)
        places[found.rows[tag]] = found.places[tag]
        return replace(system, queries=TranslatedVectors(system.queries, translations, places))

    return Translated(by_vectors, frozenset(found.rows), system)


def _read_texts(tables: BenchmarkTables, benchmark: str | PathLike[str]) -> Texts:
    queries, candidates = (
        TextColumn(read_table(Path(benchmark) / f"{name}.parquet", ["text"])["text"])
        for name in ("queries", "candidates")
    )
    return texts_of(tables, list(queries), candidates)


def texts_of(tables: BenchmarkTables, queries: Sequence[str], candidates: Sequence[str]) -> Texts:
    """Return a benchmark's texts with their languages."""
    spoken = tables.queries["language"].to_pylist()
    return Texts(queries, spoken, candidates, TextColumn(tables.candidates["language"]))
