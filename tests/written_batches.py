"""Batches as their stage writes them, of a training set that is made up."""

import pyarrow as pa

from equilingual.batching import build_batches
from equilingual.config.batch_settings import BatchSettings, StrategySettings
from equilingual.corpora import PAIR_SCHEMA
from equilingual.parquet import write_parquet
from equilingual.training_sets import TrainingSetFiles


def write_batches(folder, negatives=None, batches=12, name="hybrid", positives=1):
    """Write batches of four pairs in three languages, and return their manifest."""
    files = []
    schema = pa.schema([*PAIR_SCHEMA, pa.field("negatives", pa.list_(pa.string()))])
    for language, word in (("en", "what is"), ("de", "was ist"), ("es", "qué es")):
        rows = [
            (
                f"p{n}",
                f"d{n}",
                language,
                f"{word} {n * 7919}?",
                f"{n * 7919} {word}",
                "human",
                [f"{n * 7919 + 1} {word}"],
            )
            for n in range(20)
        ]
        files.append(folder / f"{language}.parquet")
        write_parquet(pa.table([list(c) for c in zip(*rows, strict=True)], schema=schema), files[-1])
    build_batches(
        training_set=TrainingSetFiles.of("t", files, corpora=["c"], languages=["en", "de", "es"]),
        strategy=StrategySettings(name=name, alpha=0.5 if name == "hybrid" else None),
        settings=BatchSettings(batch_size=4, batches=batches, negatives=negatives),
        seed=1,
        positives=positives,
        shards=[folder / "part-0.parquet", folder / "part-1.parquet"],
        manifest=folder / "manifest.json",
    )
    return folder / "manifest.json"
