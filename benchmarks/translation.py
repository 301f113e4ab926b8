"""Translation against its peers, as ratios in one run: ``python benchmarks/translation.py [stage|ctranslate2|memory]``.

stage        our stage against direct calls of the same engine on the same sorted batches (target: 0.95)
ctranslate2  int8 against transformers.generate on a CPU, a random-weight model of NLLB's 600M shape (target: 3)
memory       a million texts, half of them of 500 characters, through a stub engine, peak memory in MB (target: below
             1,000)
"""

import json
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from equilingual.corpora.canonical import PAIR_SCHEMA  # noqa: E402 (the path comes first)
from equilingual.parquet import write_parquet  # noqa: E402
from equilingual.translation import translators  # noqa: E402
from equilingual.translation.cache import digest  # noqa: E402
from equilingual.translation.engines import Translation, open_engine  # noqa: E402
from equilingual.translation.stage import translate_shard  # noqa: E402
from equilingual.translation.translators import batches  # noqa: E402

ROUNDS = 5


def main(what: list[str]) -> None:
    """Run the named comparisons, all by default."""
    for name in what or ["stage", "ctranslate2", "memory"]:
        print(json.dumps({"benchmark": name} | COMPARISONS[name]()), flush=True)  # noqa: T201 (its output)


def stage_against_engine() -> dict[str, object]:
    """Compare texts per second; each round starts with an empty cache and a new engine on both sides, and ends it.

    A first round, which imports what the others need, is not counted.
    """
    questions = _questions(10_000)
    spec = {"name": "apertium", "kind": "apertium"}
    ours, theirs = [], []
    for _ in range(1 + ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            pairs = Path(folder) / "en.parquet"
            rows = [(str(n), "d", "en", text, questions[0], "human") for n, text in enumerate(questions)]
            write_parquet(pa.table([list(c) for c in zip(*rows, strict=True)], schema=PAIR_SCHEMA), pairs)
            where = {"cache": Path(folder) / "cache", "out": Path(folder) / "out.parquet", "threads": 1}
            start = time.perf_counter()
            translate_shard(pairs=pairs, engine=spec, source="en", language="es", shard=0, shards=1, **where)
            ours.append(len(questions) / (time.perf_counter() - start))
        start = time.perf_counter()
        engine = open_engine(spec, "en", "es", threads=1)
        for batch in batches(engine, {digest(text): text for text in questions}):
            engine.translate(list(batch.values()))
        engine.close()
        theirs.append(len(questions) / (time.perf_counter() - start))
    return _ratio("texts per second", ours[1:], theirs[1:]) | {"texts": len(questions), "engine": "apertium en-es"}


def _questions(count: int) -> list[str]:
    """Return distinct questions of SQuADShifts from the mirror beside the checkout."""
    found: dict[str, None] = {}
    for name in ("new_wiki", "reddit"):
        path = ROOT.parent / "shared/data/squadshifts" / f"{name}_v1.0.json"
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                found |= dict.fromkeys(question["question"] for question in paragraph["qas"])
    return list(found)[:count]


def nllb_600m(folder: Path, quantization: str) -> tuple[Any, Any, Path]:
    """Return a model of NLLB-200-distilled-600M's shape with random weights, its tokenizer, and the converted folder.

    These are M2M100Config's own widths and layers, with NLLB's vocabulary, of which our tiny tokenizer knows the first
    pieces.
    """
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    from equilingual.translation.engines.ctranslate2 import convert_translator

    sys.path.insert(0, str(ROOT / "tests"))
    from tiny_translators import nllb

    _, tokenizer = nllb(folder)
    torch.manual_seed(0)
    model = M2M100ForConditionalGeneration(M2M100Config(vocab_size=256_206, decoder_start_token_id=2)).eval()
    model.save_pretrained(folder)
    manifest = folder / "converted" / "manifest.json"
    convert_translator(model=str(folder), revision=None, quantization=quantization, out_manifest=manifest)
    return model, tokenizer, manifest.parent


def source_tokens(folder: Path, texts: list[str]) -> list[list[str]]:
    """Return English texts as a converted model of NLLB's family reads them."""
    spec = {"kind": "ctranslate2", "family": "nllb", "unit": "text", "folder": str(folder), "beam_size": 1}
    return open_engine(spec, "en", "es", threads=2).source_tokens(texts)


def ctranslate2_against_transformers() -> dict[str, object]:
    """Compare tokens per second of greedy decoding; both write as many tokens as they are made to."""
    import ctranslate2
    import torch

    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as name:
        model, tokenizer, converted = nllb_600m(Path(name), "int8")
        from tiny_translators import TEXTS

        length, texts = 48, TEXTS * 8
        tokens = source_tokens(converted, texts)
        fast = ctranslate2.Translator(str(converted), intra_threads=2, inter_threads=1)
        encoded = tokenizer(texts, return_tensors="pt", padding=True)
        forced = {"forced_bos_token_id": tokenizer.convert_tokens_to_ids("spa_Latn")}
        ours, theirs = [], []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            fast.translate_batch(
                tokens,
                target_prefix=[["spa_Latn"]] * len(tokens),
                beam_size=1,
                min_decoding_length=length,
                max_decoding_length=length,
            )
            ours.append(len(texts) * length / (time.perf_counter() - start))
            start = time.perf_counter()
            with torch.no_grad():
                model.generate(**encoded, num_beams=1, min_new_tokens=length, max_new_tokens=length, **forced)
            theirs.append(len(texts) * length / (time.perf_counter() - start))
    return _ratio("tokens per second", ours, theirs) | {"texts": len(texts), "length": length, "threads": 2}


class _Stub:
    """An engine that costs nothing."""

    window, batch, by_sentence = 1000, 100_000, False

    def length(self, text: str) -> int:
        """Return the number of characters."""
        return len(text)

    def translate(self, texts: list[str]) -> list[Translation]:
        """Return the texts in capitals."""
        return [Translation(text.upper()) for text in texts]


def memory() -> dict[str, object]:
    """Return the peak memory of this process after a tenth of the texts and after all of them."""
    translators.open_engine = lambda spec, source, target, threads: _Stub()
    translators.identity = lambda spec, source, target: {}
    peaks = []
    for pairs in (50_000, 500_000):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "en.parquet"
            _write_pairs(file, pairs)
            where = {"cache": Path(folder) / "cache", "out": Path(folder) / "out.parquet", "threads": 1}
            spec = {"name": "stub", "kind": "apertium"}
            translate_shard(pairs=file, engine=spec, source="en", language="es", shard=0, shards=1, **where)
        peaks.append(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    return {"peak_mb_100k_texts": peaks[0], "peak_mb_1m_texts": peaks[1]}


def _write_pairs(file: Path, pairs: int) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, PAIR_SCHEMA) as writer:
        for start in range(0, pairs, 10_000):
            numbers = range(start, start + 10_000)
            columns = [[f"p{n}" for n in numbers], [f"d{n}" for n in numbers], ["en"] * 10_000]
            columns += [[f"What is number {n}?" for n in numbers], [_passage(n) for n in numbers]]
            writer.write_table(pa.table([*columns, ["human"] * 10_000], schema=PAIR_SCHEMA))


def _passage(number: int) -> str:
    """Return about 500 characters that differ from those of other numbers throughout, so that they take their space."""
    rng = random.Random(number)
    return f"Number {number}: " + " ".join(f"{rng.getrandbits(40):010x}" for _ in range(45))


def _ratio(unit: str, ours: list[float], theirs: list[float]) -> dict[str, object]:
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    figures = {"ours": statistics.median(ours), "theirs": statistics.median(theirs), "ratio": statistics.median(ratios)}
    return {
        "unit": unit,
        **{name: round(value, 2) for name, value in figures.items()},
        "ratios": [round(r, 2) for r in ratios],
    }


COMPARISONS = {"stage": stage_against_engine, "ctranslate2": ctranslate2_against_transformers, "memory": memory}

if __name__ == "__main__":
    main(sys.argv[1:])
