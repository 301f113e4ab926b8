"""What runs on a GPU, in a few minutes: ``python benchmarks/gpu.py [ENCODER]``; ``make gpu-check`` calls it.

Training, encoding, ranking and CTranslate2 on the first GPU, each against the same on the CPU, a JSON object a line.
``agrees`` says whether the figures do; the run ends with status 1 if some do not, or if training is slower than
1.3 times sentence-transformers' trainer. Without a GPU it says so and ends with status 0.

training      pairs and tokens a second of steps in bfloat16, against their trainer in the same run; peak memory, and
              the share of the device's peak that the multiplications of the model take (MFU). A step in float32 must
              have the loss of the CPU's
encoding      texts a second in bfloat16 and float32; the least cosine to the CPU's vectors in float32
ranking       seconds for the ranks of the benchmark's queries; how many ranks are the CPU's
translation   tokens a second of a model of NLLB's 600M shape with random weights; how many translations are the CPU's

ENCODER is an encoder's folder (``results/encoders/e5-small`` of a run); without one, an encoder of its shape with
random weights is taken.
"""

import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from encoding import LENGTHS, TABLES, WARM_UP, Texts, build_texts, encoder_directory
from training import BATCH_SIZE, SETTINGS, STEPS, batches, our_speed, random_encoder, their_speed  # beside this file
from translation import nllb_600m, source_tokens

from equilingual.batching import BatchReader
from equilingual.config.encoding import Precision
from equilingual.encoders import embed, open_encoder
from equilingual.evaluation import rank_candidates
from equilingual.evaluation.groups import read_groups
from equilingual.retrieval.systems import SystemSpec, VectorFiles
from equilingual.training.trainer import Trainer

TARGET = 1.3
TEXTS = 3000
ROUNDS = 3
LENGTH = 48  # tokens of each translation
# The least cosine to float32 on the CPU: float32 differs by its order of sums, bfloat16 by 8 bits of mantissa.
LEAST_COSINE = {"float32": 0.9999, "bfloat16": 0.99}
LEAST_SHARE = 0.999  # of ranks: near ties may change places
# Of translations, each of 48 tokens: the probabilities of random weights lie close together, and one other token
# changes all that follow it.
LEAST_EQUAL = 0.9
LOSS_TOLERANCE = 1e-3
# Dense bfloat16, multiplications and additions a second, from NVIDIA's data sheets; the first name that fits counts.
PEAKS = {
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "A10": 125e12,
}

Finding = Mapping[str, Any]


def main(arguments: list[str]) -> int:
    """Run all checks on the first GPU; return the exit status."""
    if not torch.cuda.is_available():
        say({"check": "all", "skipped": "no GPU found"})
        return 0
    with tempfile.TemporaryDirectory() as name:
        return check(Path(arguments[0]) if arguments else None, Path(name), "cuda:0")


def check(encoder: Path | None, work: Path, device: str) -> int:
    """Run all checks on a device; return 1 if a figure does not agree or a target is missed."""
    folder = encoder or random_encoder(work / "encoder")
    reader = batches(work)
    failed = []
    checks = training(folder, reader, work, device), retrieval(folder, work, device), translation(work, device)
    for finding in itertools.chain(*checks):
        say(finding)
        if not finding["agrees"] or finding.get("ratio", TARGET) < TARGET:
            failed.append(finding["check"])
    say({"check": "all", "device": name_of(device), "failed": failed})
    return int(bool(failed))


def say(finding: Finding) -> None:
    """Print a line."""
    print(json.dumps(finding), flush=True)  # noqa: T201 (its output)


def name_of(device: str) -> str:
    """Return the device's name."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


# ------------------------------------------------------------------------------------------------------ training
def training(encoder: Path, reader: BatchReader, work: Path, device: str) -> Iterator[Finding]:
    """Yield the speed in bfloat16 and whether the first loss in float32 is the CPU's."""
    ours, theirs = [], []
    peak = 0
    for _ in range(ROUNDS):
        reset_peak(device)
        ours.append(our_speed(encoder, reader, None, "bfloat16"))
        peak = max(peak, peak_bytes(device))
        theirs.append(their_speed(encoder, reader, None, "bfloat16", work))
    speed = float(np.median(ours))
    tokens, work_of_step = work_of(encoder, reader)
    losses = [first_loss(encoder, reader, one) for one in (device, "cpu")]
    yield {
        "check": "training",
        "precision": "bfloat16",
        "pairs_per_second": round(speed, 1),
        "tokens_per_second": round(speed / BATCH_SIZE * tokens),
        "ratio": round(speed / float(np.median(theirs)), 2),
        "mfu": mfu(speed / BATCH_SIZE * work_of_step, device),
        "peak_mb": round(peak / 2**20),
        "loss": losses[0],
        "loss_on_the_cpu": losses[1],
        "agrees": abs(losses[0] - losses[1]) <= LOSS_TOLERANCE * abs(losses[1]),
    }


def first_loss(encoder: Path, reader: BatchReader, device: str) -> float:
    """Return the loss of the first batch in float32, without dropout: the encoders have the same weights."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder), device=device)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    trainer = Trainer(model, SETTINGS, steps=len(reader), seed=1, languages=["en"])
    return float(next(trainer.run(reader)))


def work_of(encoder: Path, reader: BatchReader) -> tuple[float, float]:
    """Return the tokens of a step, without padding, and its operations: 6 for each weight and token.

    Word embeddings are looked up and not multiplied, and attention's products of tokens are left out: at 256 tokens
    they are a few per cent.
    """
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder), device="cpu")
    weights = sum(weight.numel() for name, weight in model.named_parameters() if "embeddings" not in name)
    limits = {"query": SETTINGS.query_length, "passage": SETTINGS.passage_length}
    tokens = 0
    for number in range(STEPS):
        table = reader.read(number)
        for column, longest in limits.items():
            encoded = model.tokenizer(table.column(column).to_pylist(), truncation=True, max_length=longest)
            tokens += sum(map(len, encoded["input_ids"]))
    return tokens / STEPS, 6.0 * weights * tokens / STEPS


def mfu(operations_per_second: float, device: str) -> float | None:
    """Return the share of the device's peak; None where that is not known."""
    peak = next((peak for name, peak in PEAKS.items() if name in name_of(device)), None)
    return None if peak is None else round(operations_per_second / peak, 3)


def reset_peak(device: str) -> None:
    """Forget the most memory that was held."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def peak_bytes(device: str) -> int:
    """Return the most memory that was held on the device; 0 on a CPU."""
    return torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else 0


# ------------------------------------------------------------------------------------------------------ retrieval
def retrieval(encoder: Path, work: Path, device: str) -> Iterator[Finding]:
    """Yield the speed of encoding in two precisions and of ranking, and whether they agree with the CPU's."""
    (work / "retrieval").mkdir()
    folder = encoder_directory(encoder, work / "retrieval")
    texts = build_texts(work / "benchmark", TEXTS)
    _, expected = encoded(folder, texts, "cpu", "float32")
    for precision in ("float32", "bfloat16"):
        seconds, vectors = encoded(folder, texts, device, precision)
        cosine = min(float((vectors[prompt] * expected[prompt]).sum(axis=1).min()) for prompt in texts)
        yield {
            "check": "encoding",
            "precision": precision,
            "texts_per_second": round(sum(map(len, texts.values())) / seconds, 1),
            "least_cosine": round(cosine, 6),
            "agrees": cosine >= LEAST_COSINE[precision],
        }
    yield ranking(expected, work, on_gpu=device.startswith("cuda"))


def encoded(folder: Path, texts: Texts, device: str, precision: Precision) -> tuple[float, dict[str, np.ndarray]]:
    """Return the seconds of encoding, without loading, and the vectors by prompt."""
    encoder = open_encoder(folder, device=device, precision=precision)

    def embedded(count: int | None = None) -> dict[str, np.ndarray]:
        return {
            prompt: embed(encoder, some[:count], prompt=prompt, length=LENGTHS[prompt], progress=False)
            for prompt, some in texts.items()
        }

    embedded(WARM_UP)
    start = time.perf_counter()
    vectors = embedded()
    return time.perf_counter() - start, vectors


def ranking(vectors: Mapping[str, np.ndarray], work: Path, *, on_gpu: bool) -> Finding:
    """Return how many ranks on the GPU are those on the CPU, and the time of both."""
    for prompt, table in TABLES.items():
        np.save(work / f"{table}.npy", vectors[prompt].astype(np.float32))
    seconds, ranks = {}, {}
    for where, gpu in (("cpu", False), ("gpu", on_gpu)):
        start = time.perf_counter()
        rank_candidates(
            model="",
            system=SystemSpec(VectorFiles(work / "queries.npy", work / "candidates.npy")),
            benchmark=work / "benchmark",
            depth=10,
            threads=2,
            gpu=gpu,
            out=work / f"ranks-{where}",
            out_runs=work / f"runs-{where}",
        )
        seconds[where] = round(time.perf_counter() - start, 2)
        ranks[where] = np.concatenate([group.ranks.ravel() for group in read_groups(work / f"ranks-{where}")])
    share = float((ranks["cpu"] == ranks["gpu"]).mean())
    return {"check": "ranking", "seconds": seconds, "equal_ranks": round(share, 6), "agrees": share >= LEAST_SHARE}


# ---------------------------------------------------------------------------------------------------- translation
def translation(work: Path, device: str) -> Iterator[Finding]:
    """Yield the speed of CTranslate2 on the device, and how many translations are those of the CPU."""
    import ctranslate2

    (work / "nllb").mkdir()
    _, _, folder = nllb_600m(work / "nllb", quantization="float32")
    from tiny_translators import TEXTS as SENTENCES

    tokens = source_tokens(folder, SENTENCES * 8)
    found, speeds = {}, {}
    for where in ("cpu", device.partition(":")[0]):
        translator = ctranslate2.Translator(str(folder), device=where, compute_type="float32")
        options = {"beam_size": 1, "min_decoding_length": LENGTH, "max_decoding_length": LENGTH}
        start = time.perf_counter()
        results = translator.translate_batch(tokens, target_prefix=[["spa_Latn"]] * len(tokens), **options)
        speeds[where] = round(len(tokens) * LENGTH / (time.perf_counter() - start), 1)
        found[where] = [one.hypotheses[0] for one in results]
        del translator
    pairs = zip(found["cpu"], found[device.partition(":")[0]], strict=True)
    share = sum(one == other for one, other in pairs) / len(tokens)
    yield {
        "check": "translation",
        "precision": "float32",
        "tokens_per_second": speeds,
        "equal": round(share, 4),
        "agrees": share >= LEAST_EQUAL,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
