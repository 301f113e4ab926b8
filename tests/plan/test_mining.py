"""Hard negatives, and who finds them."""

from equilingual.config.encoding import EncodingSettings
from equilingual.config.mining import Mining


def test_bm25_needs_no_encoder_and_no_gpu(plan, wild):
    bm25, own = wild(miner="bm25"), wild(miner="own")
    assert plan.mining.miners == ["bm25", "e5", "own", "hub"]
    assert plan.mining.manifest(bm25) == []
    assert plan.mining.folder(bm25) is plan.mining.encoding(bm25) is None
    assert plan.mining.manifest(own) == "results/encoders/own/manifest.json"
    assert plan.mining.folder(own) == "results/encoders/own"
    assert [plan.mining.gpus(one) for one in (bm25, own)] == [0, 1]


def test_an_encoder_mines_with_its_own_lengths(plan, wild):
    encoding = EncodingSettings.model_validate(plan.mining.encoding(wild(miner="own")))
    assert (encoding.query_length, encoding.passage_length) == (96, 99)
    assert encoding.precision == "bfloat16"


def test_the_settings_are_plain_values_of_which_the_model_is_made_again(plan, changed):
    assert plan.mining.settings == {"depth": 100, "margin": 0.95, "keep": 10}
    other = changed(mining={"depth": 20, "keep": 5, "language": "de"})
    assert Mining(**other.mining.settings) == other.config.mining.model_copy(update={"language": None})


def test_batches_read_what_each_miner_found(plan, changed, wild):
    job = wild(training_set="small", strategy="mono")
    assert plan.mining.mined(job) == [
        "results/negatives/small/bm25.parquet",
        "results/negatives/small/own.parquet",
    ]
    assert plan.mining.counts == [
        f"results/negatives/{name}/{miner}.json" for name in ("both", "small") for miner in ("bm25", "own")
    ]
    without = changed(batches={"strategies": [{"name": "mono"}], "batches": 4})
    assert without.mining.mined(job) == without.mining.counts == []


def test_a_training_set_is_mined_in_its_source_language(plan, changed, wild):
    assert plan.mining.language(wild(training_set="small")) == "en"
    assert changed(mining={"language": "de"}).mining.language(wild(training_set="both")) == "de"
    assert changed(mining={"language": "de"}).mining.language(wild(training_set="small")) == "en"


def test_variants_may_mine_with_others(changed, wild):
    variants = {
        "without": {"batches": {"negatives": None}},
        "e5": {"batches": {"negatives": {"from": ["e5", "bm25"]}}},
    }
    entries = [
        {"encoder": "own", "training_set": "small", "strategy": "mono", "variant": ["without", "e5"]},
        {"encoder": "own", "training_set": "both", "strategy": "mono"},
    ]
    mining = changed(variants=variants, experiments=entries).mining
    found = {name: mining.mined(wild(training_set="small", strategy=f"mono__{name}")) for name in variants}
    assert found == {
        "without": [],
        "e5": ["results/negatives/small/e5.parquet", "results/negatives/small/bm25.parquet"],
    }
    assert mining.counts == [
        *(f"results/negatives/both/{miner}.json" for miner in ("bm25", "own")),
        *(f"results/negatives/small/{miner}.json" for miner in ("e5", "bm25")),
    ]
