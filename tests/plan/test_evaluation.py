"""Benchmarks, the models that are scored on them, and what debiasing is fitted on."""

import pytest

from equilingual.config.encoding import EncodingSettings

EXPERIMENT = "own__small__mono__seed-3"


def test_what_is_ranked_scored_indexed_and_encoded(plan):
    evaluation = plan.evaluation
    assert (evaluation.ranked, evaluation.paired) == (["mine"], ["bucc"])
    assert "bm25/mine" in evaluation.rankings
    assert "bm25/mine" not in evaluation.indexed
    assert "own+center/mine" in evaluation.indexed
    assert "own+bm25-rrf/mine" in evaluation.rankings
    assert "own+bm25-rrf/mine" not in evaluation.indexed
    assert set(evaluation.scored) == {*evaluation.rankings, *(f"{name}/bucc" for name in evaluation.vectored)}
    assert {"own/mine", "own/bucc", f"{EXPERIMENT}/mine"} <= set(evaluation.encoded)
    assert not any("+" in name for name in evaluation.encoders)
    assert evaluation.translated_queries == ["results/queries/mine/nllb.json"]
    assert evaluation.encoded_texts == ["mine", "bucc", "fit-xquad-r"]


def test_models_with_several_seeds_are_scored_over_all_of_them(plan, changed, wild):
    evaluation = plan.evaluation
    assert evaluation.seeded["own__small__mono"] == [f"own__small__mono__seed-{seed}" for seed in (3, 4)]
    assert "own" not in evaluation.seeded
    assert "own__small__mono/mine" in evaluation.scored_over_seeds
    assert evaluation.ranks_of_seeds(wild(group="own__small__mono", benchmark="mine")) == [
        f"results/ranks/own__small__mono__seed-{seed}/mine.parquet" for seed in (3, 4)
    ]
    assert not changed(seeds=[3]).evaluation.scored_over_seeds


def test_every_compared_model_is_ranked(plan):
    assert plan.evaluation.compared
    assert {f"{model}/mine" for model in plan.evaluation.compared} <= set(plan.evaluation.rankings)


def test_a_benchmark_is_its_files(plan, wild):
    files = plan.evaluation.benchmark_files(wild(benchmark="mine"))
    assert {"benchmark/en/corpus.jsonl", "benchmark/de/queries.jsonl"} <= set(files)


def test_a_model_encodes_from_where_it_was_made_with_the_lengths_of_encoding_before_its_own(plan, wild):
    own, trained = wild(model="own"), wild(model=EXPERIMENT)
    assert plan.evaluation.manifest(own) == "results/encoders/own/manifest.json"
    assert plan.evaluation.manifest(trained) == f"results/models/{EXPERIMENT}/manifest.json"
    encoding = EncodingSettings.model_validate(plan.evaluation.encoding(trained))
    assert (encoding.query_length, encoding.passage_length) == (77, 99)
    assert (encoding.precision, encoding.batch_tokens) == ("bfloat16", None)


@pytest.mark.parametrize(("name", "folder"), [("mine", "benchmarks/mine"), ("fit-xquad-r", "fitting/xquad-r")])
def test_texts_are_a_benchmarks_or_those_to_fit_on(plan, wild, name, folder):
    job = wild(benchmark=name)
    assert plan.evaluation.queries(job) == f"results/{folder}/queries.parquet"
    assert plan.evaluation.candidates(job) == f"results/{folder}/candidates.parquet"


def test_a_system_ranks_by_its_vectors_and_by_translated_queries(plan, wild):
    folder = "results/embeddings/own/mine"
    dense = [f"{folder}/queries.npy", f"{folder}/candidates.npy"]
    for model in ("own", "own+bm25-rrf", "own+z-score", "own+query-nllb"):
        assert plan.evaluation.ranked_vectors(wild(model=model, benchmark="mine")) == dense
    centred = plan.evaluation.ranked_vectors(wild(model="own+center", benchmark="mine"))
    assert centred[0] == "results/embeddings/own+center/mine/queries.npy"
    assert plan.evaluation.ranked_vectors(wild(model="bm25", benchmark="mine")) == []
    table = "results/queries/mine/nllb.parquet"
    assert plan.evaluation.ranked_translations(wild(model="own", benchmark="mine")) == []
    assert plan.evaluation.ranked_translations(wild(model="bm25+query-nllb", benchmark="mine")) == [table]
    dense = plan.evaluation.ranked_translations(wild(model="own+query-nllb", benchmark="mine"))
    assert dense == [table, f"{folder}/queries-nllb.npy"]


def test_vectors_are_read_to_score_a_model_that_has_its_own_if_a_diagnostic_needs_them(plan, changed, wild):
    def read(plan, *models):
        return [plan.evaluation.diagnosed_vectors(wild(model=name, benchmark="mine")) for name in models]

    assert read(plan, "own", "bm25") == [[], []]
    asked = {"debias": ["center"], "calibration_corpus": "xquad-r", "lexical": ["bm25"], "fuse": ["bm25"]}
    asked |= {"translate": [{"engine": "nllb", "models": "all"}], "merge": ["z-score"]}
    assert read(changed(evaluation=asked | {"diagnostics": ["lang_ndcg", "first_hit", "hubness"]}), "own") == [[]]
    own, centred, *others = read(
        changed(evaluation=asked | {"diagnostics": ["hubness", "reciprocity"]}),
        *("own", "own+center", "bm25", "own+bm25-rrf", "own+z-score", "own+query-nllb"),
    )
    assert own == ["results/embeddings/own/mine/queries.npy", "results/embeddings/own/mine/candidates.npy"]
    assert centred[1] == "results/embeddings/own+center/mine/candidates.npy"
    assert others == [[]] * 4


def test_debiasing_is_fitted_on_a_reference_or_on_the_pool(plan, wild):
    fitted, on_pool = (wild(model="own", debias=name, benchmark="mine") for name in ("center", "center-pool"))
    assert plan.evaluation.fitting_tables(fitted) == [
        "results/fitting/xquad-r/queries.parquet",
        "results/fitting/xquad-r/candidates.parquet",
        "results/fitting/xquad-r/counts.json",
    ]
    assert plan.evaluation.fitting_vectors(fitted) == [
        "results/embeddings/own/fit-xquad-r/queries.npy",
        "results/embeddings/own/fit-xquad-r/candidates.npy",
    ]
    assert plan.evaluation.fitting_tables(on_pool) == plan.evaluation.fitting_vectors(on_pool) == []
    checked = [plan.evaluation.checked_with_texts(wild(benchmark=name)) for name in ("mine", "fit-xquad-r")]
    assert checked[0] == ["results/benchmarks/mine/counts.json", "results/benchmarks/mine/qrels.parquet"]
    assert checked[1] == ["results/fitting/xquad-r/counts.json"]
    assert plan.evaluation.shift_source(wild(debias="center")) == "en"
    assert plan.evaluation.shift_source(wild(debias="center-pool")) is None
    files = plan.evaluation.fitting_inputs(wild(fitting="xquad-r"))
    assert files
    assert all(file.startswith("results/downloads/xquad-r/") for file in files)
    assert plan.evaluation.fitting_overlap(wild(fitting="xquad-r")) == []


def test_a_training_set_that_debiasing_is_fitted_on_shares_no_text_with_a_benchmark(changed, wild):
    plan = changed(evaluation={"debias": ["center"], "fit": "both"})
    job = wild(fitting="both")
    assert plan.evaluation.fitting_inputs(job) == plan.corpora.training_set_pairs(wild(training_set="both"))
    assert plan.evaluation.fitting_overlap(job) == "results/overlaps/both.json"


def test_several_jobs_share_a_benchmark_and_another_one_joins_what_they_made(plan, changed, wild):
    job, fitted = wild(model="own", benchmark="mine"), wild(model="own", benchmark="fit-xquad-r")
    alone = plan.evaluation
    assert (alone.shards, alone.shards_of(job), alone.blocks, alone.ranking_blocks) == ([], [], [], [])
    assert (alone.encoding_threads(job), alone.encoding_gpus(job)) == (8, 1)
    several = changed(encoding={"shards": 2}, evaluation={"blocks": 3}).evaluation
    folder = "results/embeddings/own/mine"
    assert several.shards_of(job) == [f"{folder}/shard-0/manifest.json", f"{folder}/shard-1/manifest.json"]
    assert (several.encoding_threads(job), several.encoding_gpus(job)) == (1, 0)
    # The calibration corpus is small.
    assert several.shards_of(fitted) == []
    assert (several.encoding_threads(fitted), several.encoding_gpus(fitted)) == (8, 1)
    assert (several.shards, several.blocks) == (["0", "1"], ["0", "1", "2"])
    assert several.ranking_blocks[2] == "results/ranks/{model}/{benchmark}/block-2.npz"
