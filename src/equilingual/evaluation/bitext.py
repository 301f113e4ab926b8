"""Finding translations among parallel texts: F1 of matching, and mining with its threshold (BUCC).

Accuracy of matching is recall at 1 of :mod:`~equilingual.evaluation.measures`. Mining is that of LASER (Artetxe and
Schwenk 2019, arXiv:1811.01136) as XTREME runs it (arXiv:2003.11080): rows are distinct texts, one row each.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

_SOURCES, _TARGETS = 2048, 8192  # whose similarities are held at once: 64 MB


@dataclass(frozen=True)
class MinedPairs:
    """Pairs of texts, the best first, no text in two of them.

    Attributes:
        sources: int64 [pairs], rows of the source texts.
        targets: int64 [pairs], rows of the target texts.
        scores: float64 [pairs], their margins, descending; equal ones by the source's row.

    """

    sources: np.ndarray
    targets: np.ndarray
    scores: np.ndarray

    def correct(self, gold: np.ndarray) -> np.ndarray:
        """Return, bool [pairs], which of the pairs are in ``gold``, int [gold, 2] (rows of sources and of targets)."""
        width = int(max(self.targets.max(initial=0), gold[:, 1].max(initial=0))) + 1
        return np.isin(self.sources * width + self.targets, gold[:, 0] * width + gold[:, 1])


@dataclass(frozen=True)
class MiningScore:
    """How mined pairs agree with the gold pairs: ``f1``, ``precision``, ``recall``, and how many were ``mined``."""

    f1: float
    precision: float
    recall: float
    mined: int


def weighted_f1(predicted: np.ndarray, relevant: np.ndarray) -> float:
    """Return F1 of matching as MTEB has it: every target is a class, and classes weigh as many queries as they have.

    Args:
        predicted: int [queries], the row of the nearest target.
        relevant: int [queries], the row of the right one.

    With one query per target a class's F1 is 2 / (1 + the queries that it was predicted for) if its own is among
    them, so F1 is at most the accuracy, and lower where some targets are near to many queries.

    """
    _, classes = np.unique(np.concatenate([predicted, relevant]), return_inverse=True)
    predicted, relevant = classes[: len(predicted)], classes[len(predicted) :]
    size = int(classes.max()) + 1
    hits = np.bincount(relevant[predicted == relevant], minlength=size)
    support = np.bincount(relevant, minlength=size)
    f1 = 2 * hits / (support + np.bincount(predicted, minlength=size))
    return float((f1 * support).sum() / len(relevant))


def mine_pairs(sources: np.ndarray, targets: np.ndarray, *, neighbours: int = 4) -> MinedPairs:
    """Pair texts by the ratio margin, in both directions.

    The margin of two texts is their cosine divided by the mean of the cosines of both with their nearest texts of the
    other side; 0 where that mean is not above 0. Each text is paired with the one of highest margin among its nearest.
    Of all these pairs of both sides the best is kept, then the best whose texts are still free, until none is.

    Args:
        sources: float32 [sources, dimensions], of length 1.
        targets: float32 [targets, dimensions], of length 1.
        neighbours: the nearest texts that are looked at; all, if there are fewer.

    Time grows with sources × targets, memory with their sum: similarities are held for 2,048 × 8,192 at once. Equal
    cosines go by row, so the result does not depend on chance.

    Raises:
        ValueError: a side has no texts.

    """
    if not len(sources) or not len(targets):
        raise ValueError(f"nothing to mine: {len(sources)} source texts, {len(targets)} target texts")
    forward, backward = _nearest_both(sources, targets, neighbours)
    source_means, target_means = (side.scores.mean(axis=1, dtype=np.float64) for side in (forward, backward))
    ahead = _best_margins(forward, source_means, target_means)
    back = _best_margins(backward, target_means, source_means)
    found = np.concatenate(
        [np.stack([np.arange(len(sources)), ahead[0]], axis=1), np.stack([back[0], np.arange(len(targets))], axis=1)]
    )
    scores = np.concatenate([ahead[1], back[1]])
    order = np.lexsort((found[:, 1], found[:, 0], -scores))
    kept = order[_first_uses(found[order], len(sources), len(targets))]
    return MinedPairs(found[kept, 0], found[kept, 1], scores[kept])


def best_threshold(scores: np.ndarray, correct: np.ndarray, gold: int) -> float:
    """Return the score from which on pairs are taken for the highest F1.

    Args:
        scores: float64 [pairs].
        correct: bool [pairs], whether a pair is a gold pair.
        gold: the number of gold pairs.

    It lies midway between the last pair taken and the next, as XTREME has it; where all are taken it is the last one's
    score. Of thresholds with the same F1 it is the highest, also where no pair is correct and F1 is always 0.

    Raises:
        ValueError: there are no pairs.

    """
    if not len(scores):
        raise ValueError("there are no pairs to choose a threshold on")
    order = np.argsort(-scores, kind="stable")
    ordered = scores[order]
    hits = np.cumsum(correct[order])
    f1 = 2 * hits / (np.arange(1, len(scores) + 1) + gold)
    possible = np.append(ordered[:-1] > ordered[1:], True)  # equal scores are taken together
    last = int(np.argmax(np.where(possible, f1, -1.0)))
    if last + 1 == len(ordered):
        return float(ordered[last])
    middle = (ordered[last] + ordered[last + 1]) / 2
    return float(middle if middle > ordered[last + 1] else ordered[last])


def score_mining(pairs: MinedPairs, gold: np.ndarray, threshold: float) -> MiningScore:
    """Compare the pairs that score ``threshold`` or more with ``gold``, int [gold, 2], each pair in it once."""
    taken = pairs.scores >= threshold
    mined = int(taken.sum())
    hits = int((taken & pairs.correct(gold)).sum())
    precision = hits / mined if mined else 0.0
    recall = hits / len(gold) if len(gold) else 0.0
    return MiningScore(2 * hits / (mined + len(gold)) if hits else 0.0, precision, recall, mined)


class _Nearest:
    """The highest similarities of each text so far, and whose they are; equal ones by row."""

    def __init__(self, texts: int, neighbours: int) -> None:
        self.scores = np.full((texts, neighbours), -np.inf, dtype=np.float32)
        self.rows = np.full((texts, neighbours), -1, dtype=np.int64)

    def add(self, texts: slice, similarities: np.ndarray, first: int) -> None:
        """Take in those of ``texts`` with the rows from ``first`` on, which come after all rows before."""
        better = np.flatnonzero(similarities.max(axis=1) > self.scores[texts, -1])
        left = np.ascontiguousarray(similarities[better])
        scores, rows = [self.scores[texts][better]], [self.rows[texts][better]]
        for _ in range(min(self.scores.shape[1], left.shape[1])):
            best = left.argmax(axis=1)  # the first of equal ones
            scores.append(left[np.arange(len(left)), best][:, None])
            rows.append(best[:, None] + first)
            left[np.arange(len(left)), best] = -np.inf
        together = np.concatenate(scores, axis=1)
        order = np.argsort(-together, axis=1, kind="stable")[:, : self.scores.shape[1]]
        self.scores[texts.start + better] = np.take_along_axis(together, order, axis=1)
        self.rows[texts.start + better] = np.take_along_axis(np.concatenate(rows, axis=1), order, axis=1)


def _nearest_both(sources: np.ndarray, targets: np.ndarray, neighbours: int) -> tuple[_Nearest, _Nearest]:
    """Return the nearest targets of each source and the nearest sources of each target, from one pass."""
    forward = _Nearest(len(sources), min(neighbours, len(targets)))
    backward = _Nearest(len(targets), min(neighbours, len(sources)))
    for here in _slices(len(sources), _SOURCES):
        for there in _slices(len(targets), _TARGETS):
            similarities = sources[here] @ targets[there].T
            forward.add(here, similarities, there.start)
            backward.add(there, similarities.T, here.start)
    return forward, backward


def _slices(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def _best_margins(nearest: _Nearest, own: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each text's neighbour of highest margin, int64, and the margin, float64; the nearest of equal ones."""
    means = (own[:, None] + others[nearest.rows]) / 2
    margins = np.divide(nearest.scores, means, out=np.zeros(means.shape), where=means > 0)
    best = margins.argmax(axis=1)[:, None]
    return np.take_along_axis(nearest.rows, best, axis=1)[:, 0], np.take_along_axis(margins, best, axis=1)[:, 0]


def _first_uses(pairs: np.ndarray, sources: int, targets: int) -> np.ndarray:
    """Return the places of those pairs, int64, whose two texts are in no kept pair before."""
    source_used, target_used = bytearray(sources), bytearray(targets)
    kept = []
    for place, (source, target) in enumerate(pairs.tolist()):
        if not source_used[source] and not target_used[target]:
            source_used[source] = target_used[target] = 1
            kept.append(place)
    return np.array(kept, dtype=np.int64)
