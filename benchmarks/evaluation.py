"""Evaluation against its peers, as ratios in one run: ``python benchmarks/evaluation.py [speed | scale] …``.

``speed [--queries N]``: XQuAD-R in full from given embeddings (13,090 queries, 13,014 candidates, 121 pairs of
languages, 11 multilingual pools), all measures, by the stages ``rank_candidates`` and ``score_model``; and the same
run files, every candidate of every pool for every query, by ir_measures (trec_eval) and by ranx for N queries of each
language (20), which is what takes them minutes. Times are per query, the ratio is ours to theirs (target: 40 times
faster than both; peak memory below 1.5 GB). Their time is that of turning scores into what they read and of measuring
mAP, recall, reciprocal rank and nDCG; ours has all measures and the files, too.

``scale [MILLIONS]``: exact ranks of 1,000 queries in a pool of so many random vectors (10 by default) of 384
dimensions that are read from disk, in blocks that never hold the score matrix; time and peak memory.

Embeddings are random, near their relevant candidates; no time depends on what they are.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from training import ROOT  # the benchmark beside this one; puts src/ into the path

from equilingual.evaluation import build_benchmark, rank_candidates, score_model
from equilingual.registry import known_benchmarks
from equilingual.retrieval import ranking, read_tables
from equilingual.retrieval.systems import SystemSpec, VectorFiles
from equilingual.retrieval.tables import ALL, BenchmarkTables

DIMENSIONS = 384
MEASURES = ("map", "recall_1", "recall_10", "recall_100", "recip_rank", "ndcg_cut_10")
MODEL = {"encoder": "random", "training_set": None, "strategy": "none", "alpha": None, "seed": None, "debias": "none"}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    speed = commands.add_parser("speed")
    speed.add_argument("--queries", type=int, default=20, help="of each language, that theirs measure")
    scale = commands.add_parser("scale")
    scale.add_argument("millions", nargs="?", type=float, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if asked.command == "speed":
            compare(Path(name), asked.queries)
        else:
            fill(Path(name), round(asked.millions * 1e6))


def compare(work: Path, asked: int) -> None:
    """Print our time, then theirs."""
    tables = xquad_r(work)
    start = time.perf_counter()
    rank_candidates(
        model="random",
        system=SystemSpec(VectorFiles(work / "queries.npy", work / "candidates.npy")),
        benchmark=work / "benchmark",
        depth=100,
        threads=2,
        out=work / "ranks",
        out_runs=work / "runs",
    )
    ranked = time.perf_counter()
    score_model(
        model=MODEL,
        name="xquad-r",
        ranks=work / "ranks",
        runs=work / "runs",
        benchmark=work / "benchmark",
        resamples=1000,
        seed=1,
        out=work / "scores.parquet",
        intervals=work / "intervals.json",
        bias=work / "bias.json",
    )
    whole = time.perf_counter() - start
    count = tables.queries.num_rows
    say(
        way="ours",
        seconds=whole,
        ranking=ranked - start,
        queries=count,
        peak_mb=peak(),
        ms_per_query=1000 * whole / count,
    )
    some = np.concatenate(
        [
            np.flatnonzero(np.array(tables.queries["language"].to_pylist()) == tag)[:asked]
            for tag in languages_of(tables)
        ]
    )
    for way, measure in (("ir_measures", by_ir_measures), ("ranx", by_ranx)):
        start = time.perf_counter()
        precision = measure(tables, work, some)
        theirs = time.perf_counter() - start
        ratio = (theirs / len(some)) / (whole / count)
        say(
            way=way,
            seconds=theirs,
            queries=len(some),
            ms_per_query=1000 * theirs / len(some),
            ratio=ratio,
            map=precision,
        )
    say(way="ours", map=our_precision(work, tables, some))


def say(**found: Any) -> None:  # noqa: ANN401
    """Print a line."""
    print(json.dumps({key: round(v, 4) if isinstance(v, float) else v for key, v in found.items()}), flush=True)  # noqa: T201


def peak() -> float:
    """Return the process's peak memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def xquad_r(work: Path) -> BenchmarkTables:
    """Build XQuAD-R and embeddings; return its tables."""
    known = known_benchmarks()["xquad-r"]
    folder = ROOT.parent / "shared/data"
    files = {language: {"file": [folder / file["path"]]} for language, file in known["files"].items()}
    build_benchmark(name="xquad-r", kind="lareqa", files=files, licence="", expected=None, out=work / "benchmark")
    tables = read_tables(work / "benchmark")
    random = np.random.default_rng(1)
    candidates = random.normal(size=(tables.candidates.num_rows, DIMENSIONS)).astype(np.float32)
    queries = candidates[tables.relevant].mean(axis=1) + 0.3 * random.normal(size=(len(tables.own), DIMENSIONS))
    for name, vectors in (("queries", queries), ("candidates", candidates)):
        np.save(work / f"{name}.npy", (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    return tables


def languages_of(tables: BenchmarkTables) -> list[str]:
    """Return the languages of the one collection."""
    return list(tables.collections[0].languages)


def runs_of(tables: BenchmarkTables, work: Path, some: np.ndarray) -> Any:  # noqa: ANN401
    """Yield (pool, relevance judgements, run) of some queries in every pool, as the peers take them."""
    queries, candidates = (np.load(work / f"{name}.npy") for name in ("queries", "candidates"))
    names = np.array(tables.candidates["candidate_id"].to_pylist())
    asked = tables.query_names()
    for pool, rows in tables.collections[0].pools().items():
        scores = queries[some] @ candidates[rows].T
        run = {
            asked[query]: dict(zip(names[rows].tolist(), line.tolist(), strict=True))
            for query, line in zip(some, scores, strict=True)
        }
        judged = {
            asked[query]: {str(names[row]): 1 for row in tables.relevant[query] if rows.start <= row < rows.stop}
            for query in some
        }
        yield pool, judged, run


def by_ir_measures(tables: BenchmarkTables, work: Path, some: np.ndarray) -> dict[str, float]:
    """Return mAP in each kind of pool; all of :data:`MEASURES` are worked out."""
    import ir_measures

    wanted = [ir_measures.parse_measure(name) for name in ("AP", "R@1", "R@10", "R@100", "RR", "nDCG@10")]
    found = {
        pool: ir_measures.calc_aggregate(wanted, judged, run)[wanted[0]]
        for pool, judged, run in runs_of(tables, work, some)
    }
    return _by_kind(found)


def by_ranx(tables: BenchmarkTables, work: Path, some: np.ndarray) -> dict[str, float]:
    """Return mAP in each kind of pool; all of :data:`MEASURES` are worked out."""
    from ranx import Qrels, Run, evaluate

    wanted = ["map", "recall@1", "recall@10", "recall@100", "mrr", "ndcg@10"]
    found = {
        pool: float(evaluate(Qrels(judged), Run(run), wanted)["map"])
        for pool, judged, run in runs_of(tables, work, some)
    }
    return _by_kind(found)


def our_precision(work: Path, tables: BenchmarkTables, some: np.ndarray) -> dict[str, float]:
    """Return our mAP of the same queries."""
    from equilingual.evaluation.groups import read_groups
    from equilingual.evaluation.measures import average_precision

    asked = {tables.query_names()[query] for query in some}
    found: dict[str, list[float]] = {}
    for group in read_groups(work / "ranks"):
        names = [f"{group.query_language}_{query}" for query in group.query_ids]
        values = average_precision(group.ranks)
        found.setdefault(group.pool, []).extend(
            v for name, v in zip(names, values.tolist(), strict=True) if name in asked
        )
    return _by_kind({pool: float(np.mean(values)) for pool, values in found.items()})


def _by_kind(found: dict[str, float]) -> dict[str, float]:
    """Return the mean over the languages' pools, and the pool of all."""
    own = [value for pool, value in found.items() if pool != ALL]
    return {"languages": round(float(np.mean(own)), 6), ALL: round(found[ALL], 6)}


def fill(work: Path, size: int) -> None:
    """Rank in a pool of ``size`` vectors."""
    random = np.random.default_rng(1)
    vectors = np.lib.format.open_memmap(work / "v.npy", "w+", np.float32, (size, DIMENSIONS))
    for start in range(0, size, 100_000):
        part = random.normal(size=(min(100_000, size - start), DIMENSIONS)).astype(np.float32)
        vectors[start : start + len(part)] = part / np.linalg.norm(part, axis=1, keepdims=True)
    vectors.flush()
    relevant = random.integers(0, size, (1000, 1))
    queries = vectors[relevant[:, 0]] + 0.1 * random.normal(size=(1000, DIMENSIONS)).astype(np.float32)
    vectors = np.load(work / "v.npy", mmap_mode="r")
    start = time.perf_counter()
    found = ranking.rank_collection(
        lambda rows, some: np.asarray(queries[rows] @ vectors[some].T),
        queries=ranking.Queries(np.arange(1000), relevant, np.full((1000, 1), -1)),
        tie_order=np.arange(size),
        languages=[slice(0, size)],
        keep={ALL: slice(0, size)},
        depth=100,
        threads=1,
    )
    seconds = time.perf_counter() - start
    first = float((found.across == 1).mean())
    say(candidates=size, queries=1000, seconds=seconds, peak_mb_with_pages_of_the_file=peak(), relevant_first=first)


if __name__ == "__main__":
    main()
