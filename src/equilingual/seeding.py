"""One seed per purpose, derived from its name: no stage's draws depend on another's."""

import hashlib

import numpy as np


def derive_seed(seed: int, *names: str) -> int:
    """Return a 63-bit seed for ``names`` under the root ``seed``; the same on every machine."""
    digest = hashlib.sha256("/".join([str(seed), *names]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a NumPy generator (PCG64) seeded by :func:`derive_seed`."""
    return np.random.Generator(np.random.PCG64(derive_seed(seed, *names)))
