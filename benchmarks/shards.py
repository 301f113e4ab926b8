"""Memory of encoding and ranking that several jobs share: ``python benchmarks/shards.py [PASSAGES] [--shards N]``.

Synthetic passages (2 million by default) are encoded in shards (8), joined, ranked for 1,000 queries in blocks (4), and
joined, each job in a process of its own; a quarter of the passages before that. One line per job: seconds, processor
time, peak resident memory, and the peak of the memory that no file is behind, in MB; of that, the line ``grows`` has
the bytes for each further passage. ``--check`` also runs one job each, and compares all files byte for byte.

The last lines compute MIRACL, all languages, from ``equilingual.catalogues.rates`` and from these bytes;
``--texts-per-second`` takes another rate of encoding (of a GPU). The encoder has one random layer, 384 wide: its speed
says nothing.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import training as _training  # noqa: F401 (the benchmark beside this one; puts src/ into the path)

from equilingual.catalogues.rates import LARGE_POOLS, RATES
from equilingual.config.encoder_settings import EncoderSettings
from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_shard, encode_texts, prepare_encoder
from equilingual.evaluation import rank_block, rank_candidates
from equilingual.files import sha256_of, write_json
from equilingual.parquet import ParquetWriter, write_parquet
from equilingual.registry import known_benchmarks

DIMENSIONS, WORDS, QUERIES = 384, 5000, 1000
AT_ONCE = 50_000  # passages that are written at once
TABLES = ("queries", "candidates", "qrels")
ENCODING = EncodingSettings(query_length=16, passage_length=16)
JOBS = {one.__name__: one for one in (encode_shard, encode_texts, rank_block, rank_candidates)}
MB = 1 << 20


def main() -> None:
    """Measure two sizes, then compute MIRACL."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("passages", nargs="?", type=int, default=2_000_000)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--check", action="store_true", help="compare with the files of one job each")
    parser.add_argument("--texts-per-second", type=float, help="of encoding; the measured rate of a CPU by default")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        run_job(**json.loads(asked.job))
        return
    with tempfile.TemporaryDirectory() as name:
        encoder = write_encoder(Path(name))
        sizes = (asked.passages // 4, asked.passages)
        peaks = [measure(Path(name) / str(size), encoder, size, asked) for size in sizes]
    grows = {job: (peaks[1][job] - peaks[0][job]) * MB / (sizes[1] - sizes[0]) for job in peaks[0]}
    say(job="grows", **{f"{job}_bytes": bytes_ for job, bytes_ in grows.items()})
    say_miracl(grows, asked.texts_per_second)


def say(**found: Any) -> None:  # noqa: ANN401
    """Print a line."""
    print(json.dumps({key: round(v, 2) if isinstance(v, float) else v for key, v in found.items()}), flush=True)  # noqa: T201


def measure(folder: Path, encoder: Path, passages: int, asked: argparse.Namespace) -> dict[str, float]:
    """Run all jobs; return the peak of the memory without files by kind of job, in MB."""
    write_benchmark(folder / "benchmark", passages)
    peaks: dict[str, float] = {}
    for name, given in jobs_of(folder, encoder, asked):
        found = measured(name, given)
        say(job=name, passages=passages, **found)
        peaks[name] = max(peaks.get(name, 0), found["own_mb"])
    if asked.check:
        one = argparse.Namespace(shards=1, blocks=1)
        for name, given in jobs_of(folder, encoder, one, out="one"):
            say(job=f"{name} alone", passages=passages, **measured(name, given))
        say(job="check", same=hashes(folder / "joined") == hashes(folder / "one"), files=len(hashes(folder / "one")))
    return peaks


def jobs_of(
    folder: Path, encoder: Path, asked: argparse.Namespace, out: str = "joined"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each job and what it is given, as JSON has it."""
    benchmark, joined, threads = str(folder / "benchmark"), folder / out, 1
    texts = {"model": str(encoder), "benchmark": benchmark, "threads": threads}
    outs = {f"{name}_out": str(joined / f"{name}.npy") for name in ("queries", "candidates")}
    outs |= {"counts_out": str(joined / "counts.json"), "work": str(folder / "work")}
    shards = [str(folder / f"shard-{number}") for number in range(asked.shards)] if asked.shards > 1 else []
    for number, shard in enumerate(shards):
        share = {"shard": number, "shards": asked.shards, "work": str(folder / f"work-{number}"), "out": shard}
        yield "encode_shard", texts | share
    yield "encode_texts", texts | outs | {"shards": shards}
    ranks = {"benchmark": benchmark, "depth": 100, "threads": threads}
    ranks |= {"vectors": [outs["queries_out"], outs["candidates_out"]]}
    blocks = [str(folder / f"block-{number}.npz") for number in range(asked.blocks)] if asked.blocks > 1 else []
    for number, block in enumerate(blocks):
        yield "rank_block", ranks | {"block": number, "blocks": asked.blocks, "out": block}
    made = {"out": str(joined / "ranks.parquet"), "out_runs": str(joined / "runs")}
    yield "rank_candidates", ranks | made | {"model": "random", "blocks": blocks}


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def measured(name: str, given: dict[str, Any]) -> dict[str, float]:
    """Run a job in a process of its own; return what it took."""
    job = json.dumps({"name": name, "given": given})
    done = subprocess.run([sys.executable, __file__, "--job", job], check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def run_job(name: str, given: dict[str, Any]) -> None:
    """Run a job in this process, and print what it took."""
    if name.startswith("encode"):
        given["encoding"] = ENCODING
    peak, ended, start = [0], threading.Event(), time.perf_counter()

    def watch() -> None:
        while not ended.wait(0.01):
            lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
            peak[0] = max(peak[0], *(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")))

    watcher = threading.Thread(target=watch)
    watcher.start()
    JOBS[name](**given)
    ended.set()
    watcher.join()
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    say(seconds=time.perf_counter() - start, cpu=cpu, peak_mb=used.ru_maxrss / 1024, own_mb=peak[0] / 1024)


def write_benchmark(folder: Path, passages: int) -> None:
    """Write a benchmark in one language, of passages of six words."""
    folder.mkdir(parents=True)
    random, schema = np.random.default_rng(1), pa.schema([(name, pa.string()) for name in _CANDIDATE])
    with ParquetWriter(folder / "candidates.parquet", schema) as writer:
        for start in range(0, passages, AT_ONCE):
            ids = [f"en_{number}" for number in range(start, min(start + AT_ONCE, passages))]
            texts = words(random, len(ids), 6)
            columns = [ids, ["en"] * len(ids), [""] * len(ids), texts, texts]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=4096)
    names = [f"q{number}" for number in range(QUERIES)]
    asked = [names, ["en"] * QUERIES, [""] * QUERIES, words(random, QUERIES, 4), names]
    write_parquet(pa.table(dict(zip(_QUERY, asked, strict=True))), folder / "queries.parquet")
    answers = [f"en_{number}" for number in random.integers(0, passages, QUERIES)]
    judged = {"query_id": names, "language": ["en"] * QUERIES, "candidate_id": answers, "relevance": [1] * QUERIES}
    write_parquet(pa.table(judged), folder / "qrels.parquet")
    files = {f"{table}.parquet": sha256_of(folder / f"{table}.parquet") for table in TABLES}
    write_json({"settings": ["monolingual"], "task": "retrieval", "files": files}, folder / "counts.json")


_CANDIDATE = ("candidate_id", "language", "collection", "text", "passage")
_QUERY = ("query_id", "language", "collection", "text", "cluster")


def words(random: np.random.Generator, texts: int, length: int) -> list[str]:
    """Return texts of words that the encoder knows."""
    return [" ".join(f"w{word}" for word in row) for row in random.integers(0, WORDS, (texts, length)).tolist()]


def write_encoder(folder: Path) -> Path:
    """Write the encoder's directory: a transformer of one layer with random weights."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    named = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    vocabulary = {token: number for number, token in enumerate([*named.values(), *(f"w{n}" for n in range(WORDS))])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    torch.manual_seed(1)
    shape = {"hidden_size": DIMENSIONS, "num_hidden_layers": 1, "num_attention_heads": 12, "intermediate_size": 384}
    BertModel(BertConfig(vocab_size=len(vocabulary), **shape)).save_pretrained(folder / "plain")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **named)
    fast.save_pretrained(folder / "plain")
    modules = [Transformer(str(folder / "plain")), Pooling(DIMENSIONS, pooling_mode="mean"), Normalize()]
    SentenceTransformer(modules=modules).save_pretrained(str(folder / "whole"), create_model_card=False)
    settings = {"source": "folder", "path": str(folder / "whole"), "query_length": 16, "passage_length": 16}
    prepare_encoder(encoder="random", settings=EncoderSettings.model_validate(settings), folder=folder / "encoder")
    return folder / "encoder"


def say_miracl(grows: dict[str, float], texts_per_second: float | None) -> None:
    """Print what MIRACL would take, one job after the other."""
    counts = known_benchmarks()["miracl"]["counts"].values()
    passages, queries = (sum(column) for column in zip(*counts, strict=True))
    # Queries are ranked among the passages of their own language.
    comparisons = sum(in_language * queries_of_it for in_language, queries_of_it in counts)
    rates = {(rate.stage, rate.variant): rate for rate in RATES}
    encoding, ranking = rates["encode_texts", "bfloat16"], rates["rank_candidates", LARGE_POOLS]
    speed = texts_per_second or encoding.per_second
    say(
        benchmark="MIRACL",
        passages=passages,
        queries=queries,
        encoding_hours=(passages + queries) / speed / 3600,
        texts_per_second=speed,
        ranking_hours=comparisons / ranking.per_second / 3600,
        vectors_gb=passages * DIMENSIONS * 4 / 1e9,
        **{f"{job}_gb_more": bytes_ * passages / 1e9 for job, bytes_ in grows.items()},
    )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
