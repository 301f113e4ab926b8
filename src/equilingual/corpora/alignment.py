"""Which sentences of a translated paragraph say what a sentence of the original says.

Machine-translated SQuAD files keep the paragraphs but not usable answer offsets (the answer was translated on
its own and looked up again: "the" at offset 8). The passage of a translation is therefore found by aligning
the sentences of the two paragraphs by their lengths, after Gale and Church (1993), "A Program for Aligning
Sentences in Bilingual Corpora", https://aclanthology.org/J93-1004/, sections 3 and 4.
"""

import math
from collections.abc import Sequence

# Gale and Church's priors of (sentences here, sentences there); 2-2 merges and swaps are folded into 1-2 and 2-1.
_PRIORS = {(1, 1): 0.89, (1, 0): 0.0099 / 2, (0, 1): 0.0099 / 2, (2, 1): 0.089 / 2, (1, 2): 0.089 / 2}
# Machine translation splits and merges more freely than the human translations that the priors come from:
# one long Chinese sentence becomes three English ones.
_PRIORS |= {(1, 3): 0.01, (3, 1): 0.01}
_VARIANCE = 6.8  # of the length difference, per character (their section 3.2)


def _match_cost(length: int, other_length: int, ratio: float) -> float:
    """Return -log P(lengths this different or more | they translate each other), their equation (1)."""
    mean = (length + other_length / ratio) / 2
    if mean == 0:
        return 0.0
    delta = (other_length - length * ratio) / math.sqrt(mean * ratio * ratio * _VARIANCE)
    probability = math.erfc(abs(delta) / math.sqrt(2))
    return -math.log(max(probability, 1e-100))


def align_sentences(lengths: Sequence[int], other_lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Align two paragraphs' sentences by length.

    Args:
        lengths: characters of each sentence of the one paragraph, in order.
        other_lengths: the same of the other paragraph.

    Returns:
        For each sentence of the first paragraph the half-open range [start, end) of the other's sentences that
        it is aligned with; the range is empty where it has no counterpart.

    """
    n, m = len(lengths), len(other_lengths)
    ratio = max(sum(other_lengths), 1) / max(sum(lengths), 1)
    best = [[math.inf] * (m + 1) for _ in range(n + 1)]
    came_from: list[list[tuple[int, int] | None]] = [[None] * (m + 1) for _ in range(n + 1)]
    best[0][0] = 0.0
    for i in range(n + 1):
        for j in range(m + 1):
            for (here, there), prior in _PRIORS.items():
                if i < here or j < there or math.isinf(best[i - here][j - there]):
                    continue
                cost = best[i - here][j - there] - math.log(prior)
                cost += _match_cost(sum(lengths[i - here : i]), sum(other_lengths[j - there : j]), ratio)
                if cost < best[i][j]:
                    best[i][j], came_from[i][j] = cost, (here, there)
    ranges = [(0, 0)] * n
    i, j = n, m
    while i or j:
        step = came_from[i][j]
        assert step is not None  # every cell is reachable by (1, 0) and (0, 1)
        here, there = step
        for sentence in range(i - here, i):
            ranges[sentence] = (j - there, j)
        i, j = i - here, j - there
    return ranges
