"""Further positives: the passage of a row's pair in other languages, which answer its query, too.

A pair's passages in all languages share its keys, so that none of them can be what another pair of the batch, or a hard
negative, has in any language.
"""

import numpy as np

from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import Plan

POSITIVES, POSITIVE_LANGUAGES = "positives", "positive_languages"  # the columns of the batches


def draw_positives(
    pairs: ParallelPairs, plan: Plan, further: int, weights: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw the languages of each row's further positives.

    Args:
        pairs: the training set.
        plan: its batches.
        further: how many a row has at most, besides its passage.
        weights: float64 [languages], how probable each is.
        rng: the generator.

    Returns:
        int16 [batches, batch_size, further], languages without replacement, by weight, of those that the pair exists in
        and that have a weight, the passage's own aside; -1 behind a row's last.

    """
    languages = len(pairs.languages)
    drawn = np.full((*plan.pairs.shape, further), -1, dtype=np.int16)
    kept = min(further, languages)
    slots = np.arange(plan.pairs.shape[1])
    for batch, members in enumerate(plan.pairs):
        able = pairs.rows[members] >= 0
        able &= weights > 0
        able[slots, plan.passage_languages[batch]] = False
        # The order of exponential waiting times is that of draws without replacement, each by weight.
        waits = rng.exponential(size=able.shape) / np.where(weights > 0, weights, 1)
        order = np.where(able, waits, np.inf).argsort(axis=1, kind="stable")[:, :kept]
        drawn[batch, :, :kept] = np.where(np.take_along_axis(able, order, axis=1), order, -1)
    return drawn
