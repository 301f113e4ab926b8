"""Duplicates at scale: ``python benchmarks/duplicates.py [exact N | near N]``.

exact N   list the exact duplicates of N million pairs in nine languages, one in twenty of them repeated
near N    list the near duplicates of N thousand pairs in one language, one in twenty of them another with letters added
"""

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from equilingual.config.duplicates import NearDuplicates  # noqa: E402 (the path comes first)
from equilingual.corpora.canonical import PAIR_SCHEMA  # noqa: E402
from equilingual.corpora.duplicates import find_duplicates  # noqa: E402
from equilingual.files import read_json  # noqa: E402
from equilingual.training_sets import TrainingSetFiles  # noqa: E402

LANGUAGES = ["en", "de", "es", "fr", "it", "pt", "ru", "zh", "ar"]
NEAR = NearDuplicates(threshold=0.8, permutations=128, shingle=5)
ROWS = 100_000

Texts = Callable[[int, int], Iterator[tuple[str, str]]]


def main(arguments: list[str]) -> None:
    """Run what is asked for."""
    if arguments[:1] == ["near"]:
        found = measure(round(1000 * float(arguments[1])), ["en"], long_texts, NEAR)
    else:
        millions = float(arguments[1]) if arguments[:1] == ["exact"] else 1.0
        found = measure(round(1_000_000 * millions), LANGUAGES, short_texts, None)
    print(json.dumps(found))  # noqa: T201 (its output)


def measure(pairs: int, languages: list[str], texts: Texts, near: NearDuplicates | None) -> dict[str, object]:
    """Return the time, the peak memory of this process before and after, and what was found."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = write_corpus(folder / "en.parquet", pairs, texts)
        before, start = _peak(), time.perf_counter()
        find_duplicates(
            training_set=TrainingSetFiles("synthetic", languages, {"synthetic": dict.fromkeys(languages, file)}),
            source="en",
            near_duplicates=near,
            out=folder / "duplicates.parquet",
            counts_out=folder / "duplicates.json",
        )
        seconds = time.perf_counter() - start
        counts = read_json(folder / "duplicates.json")["corpora"]["synthetic"]
    found = {"languages": len(languages), **counts, "seconds": round(seconds, 1)}
    return found | {"peak_mb_before": before, "peak_mb": _peak()}


def write_corpus(path: Path, pairs: int, texts: Texts) -> Path:
    """Write pairs of which one in twenty repeats an earlier one."""
    with pq.ParquetWriter(path, PAIR_SCHEMA, compression="zstd") as writer:
        for start in range(0, pairs, ROWS):
            end = min(start + ROWS, pairs)
            ids = [f"p{n}" for n in range(start, end)]
            questions, passages = zip(*texts(start, end), strict=True)
            same = [["en"] * len(ids), list(questions), list(passages), ["human"] * len(ids)]
            writer.write_table(pa.table([ids, ids, *same], schema=PAIR_SCHEMA))
    return path


def short_texts(start: int, end: int) -> Iterator[tuple[str, str]]:
    """Yield texts of which every twentieth is that of the pair before it."""
    for n in range(start, end):
        number = n - (n % 20 == 19)
        passage = (
            f"The answer to number {number} stands in chapter {number % 977} of the long book about {number % 89}."
        )
        yield f"What is the answer to number {number}?", passage


def long_texts(start: int, end: int) -> Iterator[tuple[str, str]]:
    """Yield texts of 10 and 40 words; every twentieth is that of the pair before it but for one letter of each."""
    rng = np.random.default_rng(start)
    before: list[str] = []
    for n in range(start, end):
        if n % 20 == 19:
            words = [word + "s" if place in {9, 30} else word for place, word in enumerate(before)]
        else:
            words = [f"w{number}" for number in rng.integers(50_000, size=50).tolist()]
        yield " ".join(words[:10]), " ".join(words[10:])
        before = words


def _peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
