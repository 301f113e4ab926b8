"""Mining of sentence pairs, from BUCC's files to the scores."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from equilingual.evaluation import build_benchmark, mine_bitext
from equilingual.evaluation.mining import of_length_one
from equilingual.files import read_json
from equilingual.retrieval import read_tables

MODEL = {"encoder": "e", "training_set": None, "strategy": "none", "alpha": None, "seed": None, "debias": "none"}
# Sentence ids of a side to the angle of their vectors (in degrees); gold pairs. "c" says what "a" says.
SPLITS = {
    "dev": ({"a": 0, "b": 30, "x": 80}, {"A": 1, "B": 31, "X": 200}, ["a A", "b B"]),
    "test": ({"a": 0, "b": 30, "c": 0, "x": 80}, {"A": 1, "B": 32, "X": 200, "Y": 33}, ["c A", "b B"]),
}
REPEATED = {"c": "a"}


@pytest.fixture(params=[False, True], ids=["unit", "any length"])
def mined(tmp_path, request):
    """Return the scores by language, pool and measure, and the mined pairs; margins do not depend on lengths."""
    files = {"de": {}}
    for split, (sources, targets, gold) in SPLITS.items():
        for role, end, rows in (
            ("text", "de", [f"{key}\tSatz {REPEATED.get(key, key)}" for key in sources]),
            ("english", "en", [f"{key}\tsentence {key}" for key in targets]),
            ("gold", "gold", [pair.replace(" ", "\t") for pair in gold]),
        ):
            path = tmp_path / f"de-en.{split}.{end}"
            path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
            files["de"][f"{split}_{role}"] = [path]
    folder = tmp_path / "bucc"
    build_benchmark(name="bucc", kind="bucc", files=files, licence="x", expected=None, out=folder)
    tables = read_tables(folder)
    angles = []
    for key, language in zip(*(tables.queries[name].to_pylist() for name in ("query_id", "language")), strict=True):
        split, own = key.split(".")[1].split("_")
        angles.append(SPLITS[split][language == "en"][own])
    angles = np.radians(angles)
    lengths = np.linspace(0.2, 9, len(angles))[:, None] if request.param else 1
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths
    np.save(tmp_path / "q.npy", vectors.astype(np.float32))
    mine_bitext(
        model=MODEL,
        name="bucc",
        queries=tmp_path / "q.npy",
        benchmark=folder,
        neighbours=2,
        out=tmp_path / "scores",
        mined=tmp_path / "mined",
        intervals=tmp_path / "intervals",
        bias=tmp_path / "bias",
    )
    rows = pq.read_table(tmp_path / "scores").to_pylist()
    return {(r["query_language"], r["pool"], r["measure"]): r for r in rows}, pq.read_table(tmp_path / "mined")


def test_a_threshold_is_chosen_on_dev_and_used_on_test(mined):
    scores, pairs = mined
    # dev mines a-A and b-B, which are right, and x-X, which is not: the threshold lies between b-B's margin and x-X's.
    dev = [row for row in pairs.to_pylist() if row["collection"] == "de-en.dev"]
    assert [(row["source_id"][-1], row["target_id"][-1], row["correct"]) for row in dev][2] == ("x", "X", False)
    assert {(row["source_id"][-1], row["target_id"][-1]) for row in dev if row["correct"]} == {("a", "A"), ("b", "B")}
    threshold = scores["de", "en", "margin_threshold"]["value"]
    assert threshold == pytest.approx((dev[1]["margin"] + dev[2]["margin"]) / 2)
    # test mines a-A, which is gold as "c" repeats "a", and b-Y, where b-B is gold: B is nearer, but Y is more alone.
    taken = [row for row in pairs.to_pylist() if row["collection"] == "de-en.test" and row["margin"] >= threshold]
    assert {(row["source_id"][-1], row["target_id"][-1], row["correct"]) for row in taken} == {
        ("a", "A", True),
        ("b", "Y", False),
    }
    values = {measure: scores["de", "en", measure] for measure in ("f1", "precision", "recall")}
    assert {measure: row["value"] for measure, row in values.items()} == {"f1": 0.5, "precision": 0.5, "recall": 0.5}
    assert values["f1"]["queries"] == 2
    assert scores["mean", "mean", "f1"]["value"] == 0.5


def test_the_versions_are_recorded(mined, tmp_path):
    assert read_json(tmp_path / "bias")["versions"]["numpy"] == np.__version__


def test_margins_are_cosines_by_the_mean_of_the_nearest(mined):
    _, pairs = mined
    first = pairs.to_pylist()[0]
    assert first["collection"] == "de-en.dev"
    sources, targets, _ = SPLITS["dev"]

    def nearest(angle, others):
        return np.mean(sorted((np.cos(np.radians(angle - other)) for other in others), reverse=True)[:2])

    a, b = sources[first["source_id"][-1]], targets[first["target_id"][-1]]
    mean = (nearest(a, targets.values()) + nearest(b, sources.values())) / 2
    assert first["margin"] == pytest.approx(np.cos(np.radians(a - b)) / mean, rel=1e-5)


def test_vectors_of_length_one_stay_as_they_are_to_the_last_bit():
    vectors = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert (of_length_one(vectors) == vectors).all()
    found = of_length_one(np.array([[3, 4], [0, 0], [1, 0]], dtype=np.float32))
    assert found.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0], [1, 0]]
