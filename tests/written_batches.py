"""Batches as their stage writes them, of a training set that is made up."""

import pyarrow as pa

from equilingual.batching import build_batches
from equilingual.config.batch_settings import BatchSettings, StrategySettings
from equilingual.corpora import PAIR_SCHEMA
from equilingual.parquet import write_parquet
from equilingual.training_sets import TrainingSetFiles


def write_batches(folder, negatives=None, batches=12, name="hybrid", positives=1, companions=None, missing=()):
    """Write batches of four pairs in three languages, and return their manifest.

    The pairs lack the languages that ``missing`` has, as (language, number).
    """
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
            if (language, n) not in missing
        ]
        files.append(folder / f"{language}.parquet")
        write_parquet(
            pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema), files[-1]
        )
    build_batches(
        training_set=TrainingSetFiles.of("t", files, corpora=["c"], languages=["en", "de", "es"], min_languages=1),
        strategy=StrategySettings(name=name, alpha=0.5 if name == "hybrid" else None),
        settings=BatchSettings(batch_size=4, batches=batches, negatives=negatives),
        seed=1,
        positives=positives,
        companions=companions,
        shards=[folder / "part-0.parquet", folder / "part-1.parquet"],
        manifest=folder / "manifest.json",
    )
    return folder / "manifest.json"
