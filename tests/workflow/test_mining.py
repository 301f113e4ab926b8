"""The stage that mines hard negatives, on its own: no batches, no training."""

import json

import pyarrow.parquet as pq
import pytest
import yaml
from tiny import write_tiny_encoder


@pytest.fixture(scope="module")
def config(smoke_settings, tmp_path_factory):
    """The smoke configuration in English alone, with a tiny encoder beside the packaged one."""
    folder = tmp_path_factory.mktemp("mining")
    raw = smoke_settings()
    raw["training_sets"]["demo-en-pt"].update(languages=["en"])
    raw["batches"]["strategies"] = [{"name": "mono"}]
    source = write_tiny_encoder(folder / "source")
    raw["encoders"]["tiny.v1"] = {"source": "folder", "path": str(source), "query_length": 32, "passage_length": 64}
    raw["mining"] = {"keep": 3, "depth": 20, "margin": 1}  # random weights: all cosines are near 1
    path = folder / "mining.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def mined(run_workflow, config, tmp_path_factory):
    """The folder of a run that mined with both miners."""
    folder = tmp_path_factory.mktemp("mined")
    targets = [f"results/negatives/demo-en-pt/{miner}.parquet" for miner in ("bm25", "tiny.v1")]
    run_workflow(folder, *targets, config=config)
    return folder


@pytest.mark.parametrize("miner", ["bm25", "tiny.v1"])
def test_every_pair_has_a_row_and_its_negatives_are_other_pairs(mined, miner):
    pairs = pq.read_table(mined / "results/corpora/demo/en.parquet").to_pylist()
    passage = {f"demo/{row['pair_id']}": (row["passage_id"], row["passage"]) for row in pairs}
    rows = pq.read_table(mined / f"results/negatives/demo-en-pt/{miner}.parquet").to_pylist()
    assert [row["pair_id"] for row in rows] == list(passage)
    for row in rows:
        assert len(row["negatives"]) == len(row["scores"]) <= 3
        assert row["scores"] == sorted(row["scores"], reverse=True)
        for negative in row["negatives"]:
            assert passage[negative][0] != passage[row["pair_id"]][0]
            assert passage[negative][1] != passage[row["pair_id"]][1]
    counts = json.loads((mined / f"results/negatives/demo-en-pt/{miner}.json").read_text(encoding="utf-8"))
    assert (counts["miner"], counts["language"], counts["depth"], counts["margin"], counts["keep"]) == (
        miner,
        "en",
        20,
        1,
        3,
    )
    assert counts["pairs"] == len(rows) == 80
    assert counts["negatives"] == sum(len(row["negatives"]) for row in rows) > 0


def test_miners_differ_and_nothing_else_was_made(mined):
    first, second = (
        pq.read_table(mined / f"results/negatives/demo-en-pt/{name}.parquet") for name in ("bm25", "tiny.v1")
    )
    assert first["negatives"] != second["negatives"]
    assert sorted(path.name for path in (mined / "results/encoders").iterdir()) == ["tiny.v1"]
    assert not (mined / "results/batches").exists()
    assert (mined / "results/logs/mine_negatives/demo-en-pt/bm25.log").stat().st_size > 0


def test_a_miner_that_is_none_has_no_rule(run_workflow, config, tmp_path):
    output = run_workflow(
        tmp_path, "results/negatives/demo-en-pt/tfidf.parquet", "--dry-run", config=config, check=False
    )
    assert "MissingRuleException" in output
