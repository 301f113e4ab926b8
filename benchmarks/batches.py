"""Batches at scale, and against sentence-transformers' samplers: ``python benchmarks/batches.py [scale N | samplers]``.

scale N   plan, write and audit one epoch of N million pairs in nine languages: rows per second, peak memory in MB
samplers  batches per second at batch size 100 against NO_DUPLICATES, its hashed variant and PROPORTIONAL, the same
          texts read from disk (target: 5 times as many); their memory and ours
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from equilingual.batching import audit_batches, build_batches  # noqa: E402 (the path comes first)
from equilingual.batching.reader import BatchReader  # noqa: E402
from equilingual.config.batch_settings import BatchSettings, StrategySettings  # noqa: E402
from equilingual.corpora.canonical import PAIR_SCHEMA  # noqa: E402
from equilingual.training_sets import TrainingSetFiles  # noqa: E402

# Before and behind a number, in a question and in a passage; beyond ASCII, as most texts are, for what that costs.
TEXTS = {
    "en": ("Which of the lighthouses has the number ", "?", "The lighthouse number ", " stands on a rock by the sea."),
    "de": ("Welcher Leuchtturm trägt die Nummer ", "?", "Der Leuchtturm Nummer ", " steht auf einem Felsen am Meer."),
    "es": ("¿Qué faro lleva el número ", "?", "El faro número ", " está sobre una roca junto al mar."),
    "fr": ("Quel phare porte le numéro ", " ?", "Le phare numéro ", " se dresse sur un rocher près de la mer."),
    "it": ("Quale faro porta il numero ", "?", "Il faro numero ", " è su uno scoglio, là in riva al mare."),
    "pt": ("Qual dos faróis tem o número ", "?", "O farol número ", " está sobre uma rocha à beira-mar."),
    "ru": ("Какой из маяков имеет номер ", "?", "Маяк номер ", " стоит на скале у самого моря."),
    "zh": ("哪一座灯塔的编号是", "？", "编号为", "的灯塔矗立在海边的岩石上。"),
    "ar": ("أي منارة تحمل الرقم ", "؟", "المنارة رقم ", " تقف على صخرة بجانب البحر."),
}
LANGUAGES = list(TEXTS)
BATCH_SIZE = 100


def main(arguments: list[str]) -> None:
    """Run what is asked for."""
    if arguments[:1] == ["samplers"]:
        found = samplers()
    else:
        millions = float(arguments[1]) if arguments[:1] == ["scale"] else 1.0
        found = scale(round(millions * 1_000_000))
    print(json.dumps(found))  # noqa: T201 (its output)


def scale(pairs: int) -> dict[str, object]:
    """Return the time of each step and the peak memory of this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        files = [write_corpus(folder / f"{language}.parquet", language, pairs) for language in LANGUAGES]
        made = time.perf_counter() - start
        before = _peak()
        arguments = _arguments(folder, dict(zip(LANGUAGES, files, strict=True)), batches=pairs // BATCH_SIZE)
        start, worked = time.perf_counter(), time.process_time()
        build_batches(**arguments)
        built, worked = time.perf_counter() - start, time.process_time() - worked
        peak = _peak()
        start = time.perf_counter()
        asked = {name: value for name, value in arguments.items() if name != "shards"}
        audit_batches(**asked, out=folder / "audit.json")
        audited = time.perf_counter() - start
        size = sum(Path(shard).stat().st_size for shard in arguments["shards"])
    rows = pairs // BATCH_SIZE * BATCH_SIZE
    return {
        "pairs": pairs,
        "languages": len(LANGUAGES),
        "seconds_to_make_the_corpus": round(made),
        "seconds_to_build": round(built, 1),
        "rows_per_second": round(rows / built),
        "rows_per_processor_second": round(rows / worked),
        "peak_mb_before": before,
        "peak_mb_of_building": peak,
        "shard_mb": round(size / 2**20),
        "seconds_to_audit": round(audited, 1),
        "peak_mb_of_auditing": _peak(),
    }


def _arguments(folder: Path, files: dict[str, Path], *, batches: int) -> dict[str, Any]:
    return {
        "training_set": TrainingSetFiles("synthetic", list(files), {"synthetic": files}),
        "strategy": StrategySettings(name="hybrid", alpha=0.5),
        "settings": BatchSettings(batch_size=BATCH_SIZE, batches=batches),
        "seed": 1,
        "shards": [folder / f"part-{number:05d}.parquet" for number in range(8)],
        "manifest": folder / "manifest.json",
    }


def write_corpus(path: Path, language: str, pairs: int) -> Path:
    """Write a language of a synthetic corpus: three questions a passage, and every 50th question asked twice."""
    with pq.ParquetWriter(path, PAIR_SCHEMA, compression="zstd") as writer:
        for start in range(0, pairs, 100_000):
            numbers = np.arange(start, min(start + 100_000, pairs))
            asked = np.where(numbers % 50 == 49, numbers - 1, numbers)
            columns = {
                "pair_id": _texts("p", numbers),
                "passage_id": _texts("d", numbers // 3),
                "language": pa.array([language] * len(numbers)),
                "question": _texts(TEXTS[language][0], asked, TEXTS[language][1]),
                "passage": _texts(TEXTS[language][2], numbers // 3, TEXTS[language][3]),
                "origin": pa.array(["human"] * len(numbers)),
            }
            writer.write_table(pa.table([columns[name] for name in PAIR_SCHEMA.names], schema=PAIR_SCHEMA))
    return path


def _texts(before: str, numbers: np.ndarray, after: str = "") -> pa.Array:
    return pc.binary_join_element_wise(before, pc.cast(pa.array(numbers), pa.string()), after, "")


def _peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def samplers() -> dict[str, object]:
    """Return batches per second of the samplers of sentence-transformers and of ours, on one monolingual corpus."""
    from datasets import Dataset, concatenate_datasets
    from sentence_transformers.base.sampler import NoDuplicatesBatchSampler, ProportionalBatchSampler
    from torch.utils.data import BatchSampler, ConcatDataset, SequentialSampler

    pairs, batches = 200_000, 1000
    found: dict[str, object] = {"pairs": pairs, "batches": batches, "batch_size": BATCH_SIZE}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [write_corpus(folder / f"{language}.parquet", language, pairs) for language in LANGUAGES]
        table = pq.read_table(files[0], columns=["question", "passage"])
        data = Dataset(table)
        for label, options in (("no_duplicates", {}), ("no_duplicates_hashed", {"precompute_hashes": True})):
            start = time.perf_counter()
            sampler = NoDuplicatesBatchSampler(data, batch_size=BATCH_SIZE, drop_last=True, seed=1, **options)
            for number, indices in enumerate(sampler, 1):
                data[indices]
                if number == batches:
                    break
            found[label] = round(batches / (time.perf_counter() - start), 1)
        parts = [Dataset(pq.read_table(file, columns=["question", "passage"])) for file in files]
        whole = concatenate_datasets(parts)
        inner = [BatchSampler(SequentialSampler(part), BATCH_SIZE, drop_last=True) for part in parts]
        start = time.perf_counter()
        proportional = ProportionalBatchSampler(ConcatDataset(parts), inner, seed=1)
        for number, indices in enumerate(proportional, 1):
            whole[indices]
            if number == batches:
                break
        found["proportional"] = round(batches / (time.perf_counter() - start), 1)
        found["peak_mb_theirs"] = _peak()
        # Theirs look at the texts of one language. Ours are built once for all epochs, encoders and reruns of a seed.
        epoch = pairs // BATCH_SIZE
        for label, languages in (("one_language", 1), ("nine_languages", 9)):
            arguments = _arguments(folder, dict(zip(LANGUAGES[:languages], files, strict=False)), batches=epoch)
            arguments |= {"strategy": StrategySettings(name="mono")}
            start = time.perf_counter()
            build_batches(**arguments)
            built = time.perf_counter() - start
            start = time.perf_counter()
            reader = BatchReader(arguments["manifest"])
            for number in range(epoch):
                reader.read(number)
            read = time.perf_counter() - start
            found[f"ours_{label}_read"] = round(epoch / read, 1)
            found[f"ours_{label}_built_and_read"] = round(epoch / (built + read), 1)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
