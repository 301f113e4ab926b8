"""What a strategy plans with: languages at random, and pairs that fit them.

Everything here works on numbers; texts are gathered later. A plan depends on the training set, the strategy and
the seed alone.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from equilingual.batching.errors import BatchError
from equilingual.batching.pairs import ParallelPairs

# Batches in one language; in two in every pair; any others; and of parallel sentences, which no strategy makes.
BITEXT = "bitext"
MODES = ("mono", "cross", "mixed", BITEXT)


@dataclass(frozen=True)
class Plan:
    """Batches as numbers.

    Attributes:
        modes: int8 [batches], positions in :data:`MODES`.
        pairs: int32 [batches, batch_size], positions in the training set.
        query_languages: int16 [batches, batch_size], positions in its languages.
        passage_languages: the same, for the passages.
        alpha: float64 [batches], how probable it was that the batch is monolingual, or each of its pairs.
        expected: per mode, float64 [languages, languages]: the probability of every query and passage language in a
            draw.
        shared_draw: per mode, how many first rows of a batch share one draw of languages; each further row has its
            own. A batch of mode ``mono`` is always one draw, and in a mode that is not named each row is.
        languages_first: whether pairs are looked for that have the languages drawn, and not languages drawn of pairs.
        negatives: int32 [batches, batch_size, count], the hard negatives (members of
            :class:`~equilingual.batching.negatives.NegativeChoices`), -1 behind a pair's last; ``None`` for none.
        positives: int16 [batches, batch_size, count], the languages in which a pair's passage is there once more, -1
            behind its last; ``None`` for none.
        companions: by the names of :data:`~equilingual.batching.companions.COMPANION_FIELDS`, int16
            [batches, batch_size], the language of the text beside each row; -1 for a row without one.

    """

    modes: np.ndarray
    pairs: np.ndarray
    query_languages: np.ndarray
    passage_languages: np.ndarray
    alpha: np.ndarray
    expected: Mapping[str, np.ndarray]
    shared_draw: Mapping[str, int] = field(default_factory=dict)
    languages_first: bool = True
    negatives: np.ndarray | None = None
    positives: np.ndarray | None = None
    companions: Mapping[str, np.ndarray] = field(default_factory=dict)

    def rows_of_one_draw(self, mode: str) -> int:
        """Return how many first rows of a batch of this mode share one draw of languages."""
        return self.pairs.shape[1] if mode == "mono" else self.shared_draw.get(mode, 1)


class Draws:
    """The draws of one plan.

    Attributes:
        rng: the generator of everything but the order of the pairs.
        batches: how many batches are planned.
        batch_size: pairs in each.
        weights: float64 [languages], the probability of each language; they add up to 1.

    """

    def __init__(
        self,
        pairs: ParallelPairs,
        *,
        batches: int,
        batch_size: int,
        rng: np.random.Generator,
        order: np.random.Generator,
        language_weights: np.ndarray | None = None,
        corpus_weights: np.ndarray | None = None,
    ) -> None:
        """Prepare to draw; ``None`` is uniform for languages and in proportion to their pairs for corpora."""
        self.rng, self.batches, self.batch_size = rng, batches, batch_size
        self._pairs = pairs
        self._count = len(pairs.languages)
        self._uniform = language_weights is None
        self.weights = np.full(self._count, 1 / self._count) if language_weights is None else language_weights
        self._order, self._corpus_weights = order, corpus_weights
        self._together = pairs.together.any(axis=0) & ~np.eye(self._count, dtype=bool)

    @property
    def one_language(self) -> np.ndarray:
        """Float64 [languages, languages], the probabilities of :meth:`language` as query's and passage's."""
        return np.diag(self.weights)

    @property
    def two_languages(self) -> np.ndarray:
        """Float64 [languages, languages], the probabilities of :meth:`ordered_pairs`.

        0 on the diagonal, and for languages that no QA pair has both of: those of corpora that share no language.
        """
        products = np.outer(self.weights, self.weights) * self._together
        return products / products.sum() if products.any() else products

    @property
    def pair_shares(self) -> np.ndarray:
        """Float64 [pairs], the probability of each where pairs come in whatever languages they are."""
        sizes = np.bincount(self._pairs.corpus, minlength=len(self._pairs.corpora))
        weights = sizes / sizes.sum() if self._corpus_weights is None else self._corpus_weights
        shares: np.ndarray = (weights / np.maximum(sizes, 1))[self._pairs.corpus]
        return shares

    def language(self, size: int | None = None) -> np.ndarray:
        """Return ``size`` languages (one, as a number, for ``None``), by weight."""
        if self._uniform:
            return self.rng.integers(self._count, size=size)
        return self.rng.choice(self._count, size=size, p=self.weights)

    def ordered_pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Return a query's and another passage's language for every pair of a batch, by the product of their weights.

        Without weights every ordered pair of languages is equally likely (arXiv:2408.10536, section 3), those aside
        that no QA pair has both of.
        """
        if self._uniform and self._together.sum() == self._count * (self._count - 1):
            queries = self.rng.integers(self._count, size=self.batch_size)
            # The passage's language is any but the query's: a step of 1 … L-1 around the circle of languages.
            steps = self.rng.integers(1, max(self._count, 2), size=self.batch_size)
            return queries, (queries + steps) % self._count
        drawn = self.rng.choice(self._count**2, size=self.batch_size, p=self.two_languages.ravel())
        return np.divmod(drawn, self._count)

    def fill(self, queries: np.ndarray, passages: np.ndarray) -> np.ndarray:
        """Return int32 [batches, batch_size]: pairs that exist in both languages of their position.

        Pairs come in a random order, each once before any comes twice; that order depends on the seed alone, so that
        strategies differ in languages and not in data. No two members of a batch share a key.

        Raises:
            BatchError: there are too few pairs that may meet, or too few languages.

        """
        wanted = np.zeros((self._count, self._count), dtype=bool)
        wanted[queries.ravel(), passages.ravel()] = True
        self._check_feasible(wanted)
        # A pair in one language alone fits no cross-lingual place; it would wait for ever.
        least = 1 if wanted.diagonal().any() else 2
        sampler = _Sampler(self._pairs, self._order, self._corpus_weights, self.rng, least)
        chosen = np.empty(queries.shape, dtype=np.int32)
        for batch in range(self.batches):
            chosen[batch] = sampler.take(queries[batch], passages[batch])
        return chosen

    def any_pairs(self) -> np.ndarray:
        """Return int32 [batches, batch_size]: pairs in the order of :meth:`fill`, in whatever languages they are."""
        anything = np.full(self.batch_size, -1)
        sampler = _Sampler(self._pairs, self._order, self._corpus_weights, self.rng, least=1)
        return np.array([sampler.take(anything, anything) for _ in range(self.batches)], dtype=np.int32)

    def _check_feasible(self, wanted: np.ndarray) -> None:
        available = self._pairs.available
        for a, b in sorted({(min(a, b), max(a, b)) for a, b in np.argwhere(wanted).tolist()}):
            there = available[:, a] & available[:, b]
            distinct = count_that_may_meet(self._pairs, np.flatnonzero(there), self.batch_size)
            if distinct < self.batch_size:
                names = [self._pairs.languages[n] for n in (a, b)]
                where = names[0] if a == b else f"both {names[0]} and {names[1]}"
                raise BatchError(_too_few(f"only {distinct} pairs in {where} can share", self.batch_size))


def _too_few(what: str, batch_size: int) -> str:
    return (
        f"{what} a batch (no two may have the same passage or question in any language), "
        f"fewer than the batch size of {batch_size}: add QA pairs or lower batches.batch_size"
    )


def count_that_may_meet(pairs: ParallelPairs, candidates: np.ndarray, enough: int) -> int:
    """Return how many of some pairs can share a batch, taken in their order; ``enough`` at most."""
    used: set[int] = set()
    found = 0
    for pair in candidates.tolist():
        keys = pairs.shared.of(pair)
        if used.isdisjoint(keys):
            used.update(keys)
            found += 1
        if found == enough:
            break
    return found


class _Sampler:
    """Fills batches from one queue of pairs, or from one for each corpus where these have weights."""

    def __init__(
        self,
        pairs: ParallelPairs,
        order: np.random.Generator,
        corpus_weights: np.ndarray | None,
        rng: np.random.Generator,
        least: int,
    ) -> None:
        self._shared, self._rng, self._weights = pairs.shared, rng, corpus_weights
        self._together, self._languages = pairs.together, pairs.languages
        sets, pattern = pairs.language_sets
        masks = [_mask(np.flatnonzero(row)) for row in sets]
        everything = _mask(np.arange(len(pairs.languages)))
        usable = sets.sum(axis=1)[pattern] >= least
        if corpus_weights is None:
            drawn_from = [usable]
        else:
            drawn_from = [usable & (pairs.corpus == number) for number in range(len(pairs.corpora))]
            _check_weights(corpus_weights, drawn_from, pairs.corpora)
        self._queues = [_Queue(np.flatnonzero(chosen), pattern, masks, everything, order) for chosen in drawn_from]

    def take(self, queries: np.ndarray, passages: np.ndarray) -> Sequence[int] | np.ndarray:
        """Return one pair for every place of a batch, no two that share a key; a language of -1 is any."""
        size = len(queries)
        if self._weights is None:
            block = self._queues[0].peek(size)
            if block is not None and not self._shared.repeats(block):
                self._queues[0].skip(size)
                return block
            queues = [self._queues[0]] * size
        else:
            queues = [self._queues[number] for number in self._corpora(queries, passages)]
        used: set[int] = set()
        members: set[int] = set()
        taken: list[int] = []
        for queue, query, passage in zip(queues, queries.tolist(), passages.tolist(), strict=True):
            needed = 0 if query < 0 else _mask((query, passage))
            pair = queue.draw(needed, lambda pair: pair not in members and used.isdisjoint(self._shared.of(pair)))
            if pair is None:
                raise BatchError(_too_few(f"after {len(taken)} pairs no other can share", size))
            used.update(self._shared.of(pair))
            members.add(pair)
            taken.append(pair)
        for queue in self._queues:
            queue.put_back()
        return taken

    def _corpora(self, queries: np.ndarray, passages: np.ndarray) -> np.ndarray:
        """Return a corpus for every place, by weight among those that have a pair in its languages."""
        assert self._weights is not None
        able = np.ones((len(queries), len(self._weights)), dtype=bool)
        named = queries >= 0
        able[named] = self._together[:, queries[named], passages[named]].T
        if able[:, self._weights > 0].all():
            return self._rng.choice(len(self._weights), size=len(queries), p=self._weights)
        weights = able * self._weights
        lost = int((~weights.any(axis=1)).argmax())
        if not weights[lost].any():
            where = dict.fromkeys(self._languages[int(side[lost])] for side in (queries, passages))
            raise BatchError(f"no corpus that has {' and '.join(where)} has a weight above 0")
        shares = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
        # The last share may be a little less than 1.
        drawn = (self._rng.random((len(queries), 1)) >= shares).sum(axis=1)
        last = len(self._weights) - 1 - (weights[:, ::-1] > 0).argmax(axis=1)
        chosen: np.ndarray = np.minimum(drawn, last)
        return chosen


def _check_weights(weights: np.ndarray, usable: Sequence[np.ndarray], corpora: Sequence[str]) -> None:
    for weight, pairs, corpus in zip(weights, usable, corpora, strict=True):
        if weight > 0 and not pairs.any():
            raise BatchError(f"the corpus {corpus!r} has a weight but no usable pair: set its weight to 0")


def _mask(languages: Sequence[int] | np.ndarray) -> int:
    """Return a set of languages as the bits of a number; Python's have no end."""
    return sum(1 << int(language) for language in set(languages))


class _Queue:
    """Hands out pairs in random order; a pair that does not fit a place waits for the next one that it fits.

    What waits lies in one line for each set of languages that pairs have: the oldest that fits is found without
    passing over all that do not. A pair waits once, however often its turn comes.
    """

    def __init__(
        self,
        usable: np.ndarray,
        pattern: np.ndarray,
        masks: Sequence[int],
        everything: int,
        rng: np.random.Generator,
    ) -> None:
        self._usable, self._pattern, self._masks, self._rng = usable, pattern, masks, rng
        self._all_whole = all(masks[one] == everything for one in np.unique(pattern[usable]))
        self._permutation = usable[:0]
        self._next = 0
        self._turn = 0
        self._lines: dict[int, deque[tuple[int, int]]] = {}  # pattern: (turn, pair)
        self._aside: list[tuple[int, int]] = []
        self._held: set[int] = set()  # pairs in a line or put aside

    def peek(self, size: int) -> np.ndarray | None:
        """Return the next pairs if every one of them fits every place and none waits before them."""
        if not self._all_whole or self._held:
            return None
        if self._next >= len(self._permutation):
            self._shuffle()
        block = self._permutation[self._next : self._next + size]
        return block if len(block) == size else None

    def skip(self, size: int) -> None:
        """Take the pairs that :meth:`peek` has shown."""
        self._next += size
        self._turn += size

    def _shuffle(self) -> None:
        self._permutation = self._rng.permutation(self._usable)
        self._next = 0

    def draw(self, needed: int, may_join: Callable[[int], bool]) -> int | None:
        """Return the first pair in the needed languages that may join the batch; ``None`` if there is none."""
        since = 0
        while since <= 2 * len(self._usable):
            line = self._oldest(needed)
            if line is not None:
                turn, pair = line.popleft()
                self._held.discard(pair)
            else:
                since += 1
                turn, pair = self._new()
                if pair in self._held:
                    continue
                pattern = int(self._pattern[pair])
                if self._masks[pattern] & needed != needed:
                    self._lines.setdefault(pattern, deque()).append((turn, pair))
                    self._held.add(pair)
                    continue
            if may_join(pair):
                return pair
            self._aside.append((turn, pair))
            self._held.add(pair)
        return None

    def _new(self) -> tuple[int, int]:
        if self._next >= len(self._permutation):
            self._shuffle()
        pair = int(self._permutation[self._next])
        self._next += 1
        self._turn += 1
        return self._turn, pair

    def _oldest(self, needed: int) -> deque[tuple[int, int]] | None:
        fitting = [line for pattern, line in self._lines.items() if line and self._masks[pattern] & needed == needed]
        return min(fitting, key=lambda line: line[0]) if fitting else None

    def put_back(self) -> None:
        """Let those that could not join the batch be the first of the next one."""
        for turn, pair in sorted(self._aside, reverse=True):
            self._lines.setdefault(int(self._pattern[pair]), deque()).appendleft((turn, pair))
        self._aside.clear()
