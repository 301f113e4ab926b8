"""Encoding against its peer, as ratios in one run: ``python benchmarks/encoding.py [FOLDER] [--texts N] [--rounds N]``.

Each precision of ours against ``SentenceTransformer.encode`` of the same texts (batches of 32, its default, and of
64), with the mean average precision that each gives (target on a CPU: a precision that is twice as fast, at mAP within
.002). One line per way: texts per second, by the clock and by processor time (which other work on the machine does not
change as much), the ratios to both of theirs, mAP and the least cosine to theirs. Loading, and converting for int8, are
not in the times, but beside them.

Texts: XQuAD-R's queries and candidates, the demo's where there is no mirror of it; ``--texts`` takes about so many,
of whole paragraphs in all languages. FOLDER holds an encoder (``results/encoders/e5-small`` of a run); without one a
random encoder of the multilingual E5-small's shape is measured, whose mAP means nothing.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from training import ROOT, random_encoder  # the benchmark beside this one; puts src/ into the path

from equilingual.config.encoder_settings import EncoderSettings
from equilingual.config.encoding import Precision
from equilingual.devices import describe_hardware
from equilingual.encoders import embed, open_encoder, prepare_encoder
from equilingual.evaluation import build_benchmark, rank_candidates
from equilingual.evaluation.groups import read_groups
from equilingual.evaluation.scores import score_rows
from equilingual.registry import known_benchmarks
from equilingual.retrieval.systems import SystemSpec, VectorFiles

LENGTHS = {"query": 64, "document": 192}  # of configs/xquad-r-cpu.yaml
TABLES = {"query": "queries", "document": "candidates"}
WARM_UP = 64  # texts
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

Texts = dict[str, list[str]]  # by prompt
Encode = Callable[[list[str], str], np.ndarray]


def main() -> None:
    """Measure every way, theirs first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--texts", type=int, help="about so many; all by default")
    parser.add_argument("--rounds", type=int, default=1, help="of which the median counts")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        folder = encoder_directory(asked.folder, work)
        texts = build_texts(work / "benchmark", asked.texts)
        about = {"encoder": asked.folder.name if asked.folder else "random", "threads": torch.get_num_threads()}
        about |= {"hardware": describe_hardware(DEVICE, torch.get_num_threads()), "rounds": asked.rounds}
        about |= {"texts": sum(map(len, texts.values())), "distinct": sum(len(set(some)) for some in texts.values())}
        print(json.dumps(about), flush=True)  # noqa: T201 (its output)
        compare(folder, texts, work, asked.rounds)


def compare(folder: Path, texts: Texts, work: Path, rounds: int) -> None:
    """Print a line for each way."""
    ways: dict[str, Callable[[], Encode]] = {f"theirs, batches of {n}": _theirs(folder, n) for n in (32, 64)}
    names = [name for name in get_args(Precision) if name != "int8" or DEVICE == "cpu"]
    ways |= {f"ours, {name}": _ours(folder, name) for name in names}
    speeds: dict[str, float] = {}
    first: dict[str, np.ndarray] = {}
    for way, load in ways.items():
        found, vectors = measure(load, texts, rounds)
        speeds[way] = found["texts_per_second"]
        first = first or vectors
        if way.startswith("ours"):
            found["ratios"] = {n: round(speeds[way] / speeds[f"theirs, batches of {n}"], 2) for n in (32, 64)}
            cosines = [(vectors[prompt] * first[prompt]).sum(axis=1, dtype=np.float64).min() for prompt in vectors]
            found["least_cosine"] = round(float(min(cosines)), 6)
        found["map"] = mean_average_precision(vectors, work)
        print(json.dumps({"way": way} | found), flush=True)  # noqa: T201


def _theirs(folder: Path, batch_size: int) -> Callable[[], Encode]:
    def load() -> Encode:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), device=DEVICE)

        def encode(texts: list[str], prompt: str) -> np.ndarray:
            model.max_seq_length = LENGTHS[prompt]
            before = model.prompts.get(prompt) or ""
            options: dict[str, Any] = {"normalize_embeddings": True, "show_progress_bar": False}
            return np.asarray(model.encode(texts, prompt=before, batch_size=batch_size, **options))

        return encode

    return load


def _ours(folder: Path, precision: Precision) -> Callable[[], Encode]:
    def load() -> Encode:
        encoder = open_encoder(folder, device=DEVICE, precision=precision)

        def encode(texts: list[str], prompt: str) -> np.ndarray:
            return embed(encoder, texts, prompt=prompt, length=LENGTHS[prompt], progress=False)

        return encode

    return load


def measure(load: Callable[[], Encode], texts: Texts, rounds: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the speed of a way, and the vectors by prompt."""
    start = time.perf_counter()
    encode = load()
    loading = time.perf_counter() - start
    for prompt, some in texts.items():
        encode(some[:WARM_UP], prompt)
    walls, processor = [], []
    for _ in range(rounds):
        start, start_of_processor = time.perf_counter(), time.process_time()
        vectors = {prompt: encode(some, prompt) for prompt, some in texts.items()}
        walls.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_of_processor)
    count = sum(map(len, texts.values()))
    found = {
        "texts_per_second": round(count / statistics.median(walls), 1),
        "per_second_of_processor_time": round(count / statistics.median(processor), 1),
        "loading_seconds": round(loading, 1),
    }
    return found, vectors


def mean_average_precision(vectors: dict[str, np.ndarray], work: Path) -> dict[str, float]:
    """Return the macro-averages by setting, by the stages that the report's come from."""
    for prompt, table in TABLES.items():
        np.save(work / f"{table}.npy", vectors[prompt].astype(np.float32))
    rank_candidates(
        model="",
        system=SystemSpec(VectorFiles(work / "queries.npy", work / "candidates.npy")),
        benchmark=work / "benchmark",
        depth=1,
        threads=2,
        out=work / "ranks",
        out_runs=work / "runs",
    )
    rows = [row for row in score_rows(read_groups(work / "ranks")) if row["query_language"] == row["pool"] == "mean"]
    return {str(row["setting"]): round(float(str(row["value"])), 4) for row in rows if row["measure"] == "map"}


def build_texts(out: Path, count: int | None) -> Texts:
    """Build the benchmark's tables of about ``count`` texts; return the texts by prompt, in the tables' order."""
    import pyarrow.parquet as pq

    source = known_benchmarks()["xquad-r"]["files"]
    files = {language: ROOT.parent / "shared/data" / file["path"] for language, file in source.items()}
    kind = "lareqa"
    if all(path.exists() for path in files.values()):
        total = sum(file["candidates"] + file["queries"] for file in source.values())
        parts = _parts(files, min(1.0, count / total) if count else 1.0, out.with_name("parts"))
        by_role = {language: {"file": [path]} for language, path in parts.items()}
    else:
        demo = ROOT / "resources/demo/evaluation"
        roles = {"corpus": "corpus.jsonl", "queries": "queries.jsonl"}
        by_role = {tag: {role: [demo / tag / name] for role, name in roles.items()} for tag in source}
        by_role["all"] = {"qrels": [demo / "qrels/test.tsv"]}
        kind = "beir"
    build_benchmark(name="b", kind=kind, files=by_role, licence="", expected=None, out=out)
    read = {prompt: pq.read_table(out / f"{table}.parquet")["text"].to_pylist() for prompt, table in TABLES.items()}
    return dict(read)


def _parts(files: dict[str, Path], share: float, folder: Path) -> dict[str, Path]:
    """Write a share of the paragraphs, evenly spaced and the same ones in every language."""
    folder.mkdir()
    found = {}
    for language, path in files.items():
        document = json.loads(path.read_text(encoding="utf-8"))
        paragraphs = [paragraph for article in document["data"] for paragraph in article["paragraphs"]]
        kept = np.linspace(0, len(paragraphs) - 1, max(2, round(share * len(paragraphs)))).round().astype(int)
        part = {"data": [{"title": "", "paragraphs": [paragraphs[number] for number in kept]}]}
        found[language] = folder / f"{language}.json"
        found[language].write_text(json.dumps(part, ensure_ascii=False), encoding="utf-8")
    return found


def encoder_directory(folder: Path | None, work: Path) -> Path:
    """Return a directory as the stages have them, made of the folder or of a random encoder."""
    if folder is not None and (folder / "manifest.json").exists():
        return folder
    settings = EncoderSettings(
        source="folder",
        path=str(folder or random_encoder(work / "random")),
        query_length=LENGTHS["query"],
        passage_length=LENGTHS["document"],
    )
    prepare_encoder(encoder="encoder", settings=settings, folder=work / "encoder")
    return work / "encoder"


if __name__ == "__main__":
    main()
