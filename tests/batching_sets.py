"""Training sets without texts, for what works on numbers; the settings that batches are planned by."""

import numpy as np

from equilingual.batching.keys import SharedKeys
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.shards import plan_batches
from equilingual.catalogues.strategies import STRATEGIES
from equilingual.config.batch_settings import BatchSettings, StrategySettings


def shared_keys(pairs, keys):
    """Return the shared keys of (pair, key) entries."""
    numbers = {}
    entries = sorted({(pair, numbers.setdefault(key, len(numbers))) for pair, key in keys})
    counts = np.bincount([pair for pair, _ in entries], minlength=pairs)
    offsets = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return SharedKeys(offsets, np.array([key for _, key in entries], dtype=np.int32))


def numbered(available, keys=None, corpus=None):
    """Return a training set; ``keys`` has the keys of each pair."""
    available = np.asarray(available, dtype=bool)
    pairs, languages = available.shape
    rows = np.where(available, np.arange(pairs)[:, None], -1).astype(np.int32)
    entries = [(pair, str(key)) for pair, own in enumerate(keys or []) for key in own]
    corpus = np.zeros(pairs, dtype=np.int16) if corpus is None else np.asarray(corpus, dtype=np.int16)
    corpora = [f"c{n}" for n in range(int(corpus.max(initial=0)) + 1)]
    names = ["en", "de", "es", "zh", "ar", "hi"][:languages]
    return ParallelPairs(names, corpora, corpus, rows, shared_keys(pairs, entries), {})


def strategy_of(name, alpha=0.5, **more):
    """Return a strategy; ``alpha`` is taken where the strategy has one."""
    return StrategySettings(name=name, alpha=alpha if "alpha" in STRATEGIES[name].settings else None, **more)


def plan(pairs, name, alpha=0.5, *, seed=1, query_language=None, mix="batch", **settings):
    """Return the plan of a strategy."""
    strategy = strategy_of(name, alpha, query_language=query_language, mix=mix)
    return plan_batches(pairs, strategy, BatchSettings(**{"batch_size": 8, "batches": 400} | settings), seed)
