"""Memory of the stages that read all candidates: no Python object for each of them."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from benchmark_tables import record_tables

from equilingual.embeddings import write_embeddings
from equilingual.evaluation import rank_candidates, score_model
from equilingual.evaluation.examples import collect_examples
from equilingual.files import write_json
from equilingual.parquet import write_parquet
from equilingual.retrieval.systems import SystemSpec, VectorFiles

LANGUAGES = ("de", "en")
CANDIDATES = 300_000
BYTES_OF_ONE = 50  # measured: 35, of arrays and of a part of the ids. With the ids as Python's texts it was 76
MODEL = {"encoder": "e", "training_set": None, "strategy": "none", "alpha": None, "seed": None, "debias": "none"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A benchmark of two questions and many candidates, with vectors of two dimensions."""
    folder = tmp_path_factory.mktemp("large")
    half = CANDIDATES // 2
    ids = [f"{tag}_{n}" for tag in LANGUAGES for n in range(half)]
    languages = [tag for tag in LANGUAGES for _ in range(half)]
    texts = {"text": ids, "passage": ids}
    tables = {
        "candidates": {"candidate_id": ids, "language": languages, "collection": [""] * CANDIDATES, **texts},
        "queries": {
            "query_id": ["q0", "q1"] * 2,
            "language": ["de", "de", "en", "en"],
            "collection": [""] * 4,
            "text": ["wo", "wann", "where", "when"],
            "cluster": ["q0", "q1"] * 2,
        },
        "qrels": {
            "query_id": ["q0", "q0", "q1", "q1"],
            "language": ["de", "en"] * 2,
            "candidate_id": ["de_5", "en_5", "de_70000", "en_70000"],
            "relevance": [1] * 4,
        },
    }
    for name, columns in tables.items():
        write_parquet(pa.table(columns), folder / f"{name}.parquet")
    write_json(
        {"settings": ["monolingual", "cross-lingual", "multilingual"], "task": "retrieval"}, folder / "counts.json"
    )
    record_tables(folder)
    random = np.random.default_rng(3)
    for name, count in (("queries", 4), ("candidates", CANDIDATES)):
        angles = random.uniform(0, np.pi, count)
        vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
        write_embeddings([vectors], vectors.shape, folder / f"{name}.npy")
    _rank(folder)
    return folder


def _rank(folder):
    system = SystemSpec(VectorFiles(folder / "queries.npy", folder / "candidates.npy"))
    outs = {"out": folder / "ranks", "out_runs": folder / "runs"}
    rank_candidates(model="m", benchmark=folder, depth=20, threads=1, system=system, **outs)


def _score(folder):
    outs = {name: folder / name for name in ("out", "intervals", "bias")}
    given = {"ranks": folder / "ranks", "runs": folder / "runs", "benchmark": folder}
    score_model(model=MODEL, name="large", resamples=2, seed=1, **given, **outs)


def _collect(folder):
    given = {"runs": {"m": folder / "runs"}, "bases": {}, "benchmark": folder}
    collect_examples(name="large", questions=2, seed=1, out=folder / "examples.json", **given)


@pytest.mark.parametrize("stage", [_score, _collect])
def test_no_stage_has_an_object_for_each_candidate(folder, stage):
    stage(folder)  # what is imported, and cached, is not the stage's
    tracemalloc.start()
    stage(folder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < CANDIDATES * BYTES_OF_ONE
