"""The audit of batches that are mixed by pair: its figures by hand, and plans that are mixed otherwise."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from batching_sets import strategy_of
from scipy.stats import binom, chisquare, poisson_binom

from equilingual.batching import BatchError, build_batches
from equilingual.batching.audit_mixing import audit_mixing, pair_tests
from equilingual.batching.plans import MODES, Plan
from equilingual.config.batch_settings import BatchSettings
from equilingual.files import read_json, write_json
from equilingual.training_sets import TrainingSetFiles

LANGUAGES = ["en", "de", "zh"]


@pytest.fixture
def build(tmp_path, corpus):
    """Return a function that builds hybrid batches mixed by pair, and returns what was asked for."""
    files = {"c": corpus(60, LANGUAGES)}

    def run(alpha=0.5, **settings):
        asked = {
            "training_set": TrainingSetFiles("t", LANGUAGES, files),
            "strategy": strategy_of("hybrid", alpha, mix="pair"),
            "settings": BatchSettings(**{"batch_size": 8, "batches": 300} | settings),
            "seed": 1,
        }
        build_batches(**asked, shards=[tmp_path / "part-0.parquet"], manifest=tmp_path / "manifest.json")
        return asked

    return run


@pytest.fixture
def planned(monkeypatch):
    """Return a function that lets the strategy take other draws: (queries, passages), as ``change`` makes them."""

    def run(change):
        def plan(pairs, draws, asked):
            queries, passages = (side.astype(np.int16) for side in change(draws))
            modes = np.full(draws.batches, MODES.index("mixed"), dtype=np.int8)
            expected = {"mixed": 0.5 * draws.one_language + 0.5 * draws.two_languages}
            return Plan(modes, draws.fill(queries, passages), queries, passages, asked.alpha, expected)

        monkeypatch.setattr("equilingual.batching.strategies.hybrid.plan", plan)

    return run


def both_kinds(draws):
    shape = (draws.batches, draws.batch_size)
    return draws.language(shape), np.array([draws.ordered_pairs() for _ in range(draws.batches)]).swapaxes(0, 1)


def test_the_figures_are_those_of_the_rows(build, audit, tmp_path):
    found = audit(build())
    rows = pq.read_table(tmp_path / "part-0.parquet").to_pylist()
    same = np.array([row["query_language"] == row["passage_language"] for row in rows]).reshape(300, 8)
    share = found["monolingual"]
    assert (share["pairs"], share["share"]) == (same.sum(), same.mean())
    assert share["whole"] == sum(len(set(batch)) == 1 for batch in same.tolist())
    assert min(share["p"], share["whole_p"]) > 0.001
    assert found["tests"]["monolingual pairs"]["draws"] == same.sum()
    assert found["tests"]["cross-lingual pairs"]["draws"] == (~same).sum()
    alone = [sum(row["query_language"] == row["passage_language"] == tag for row in rows) for tag in LANGUAGES]
    assert found["tests"]["monolingual pairs"]["chi2"] == pytest.approx(chisquare(alone).statistic)
    manifest = read_json(tmp_path / "manifest.json")
    assert (manifest["strategy"], manifest["mix"]) == ("hybrid-0.5-pair", "pair")
    assert (manifest["monolingual_pairs"], manifest["monolingual_batches"]) == (same.sum(), 0)


@pytest.mark.parametrize("alpha", [0.0, 1.0, {"from": 1.0, "to": 0.0}, {"from": 0.9, "to": 0.2, "shape": "cosine"}])
def test_what_is_built_passes(build, audit, alpha):
    share = audit(build(alpha))["monolingual"]
    assert share["p"] > 0.001
    assert share["whole_p"] > 0.001


def test_the_two_tests_by_hand():
    kinds = np.array([[True, True], [True, False], [False, False], [True, False], [False, True], [True, True]])
    found = audit_mixing(kinds, np.full(6, 0.25))
    assert (found["share"], found["pairs"], found["whole"]) == (7 / 12, 7, 3)
    # As likely as 7 of 12, or less: 0 of them is more likely (.0317) than 7 (.0115), 8 and more are not.
    assert found["p"] == pytest.approx(binom.sf(6, 12, 0.25))
    assert found["whole_p"] == pytest.approx(binom.sf(2, 6, 0.25**2 + 0.75**2))
    alpha = np.array([1.0, 0.5, 0.0, 0.5, 0.5, 1.0])
    found = audit_mixing(kinds, alpha)
    assert found["alpha"] == pytest.approx(3.5 / 6)
    assert found["p"] == pytest.approx(1.0)  # 7 monolingual pairs are just what is expected
    # Where more batches than expected are of one kind, p is no smaller than the exact probability of so many.
    alpha = np.array([0.9, 0.5, 0.3, 0.5, 0.7, 0.9])
    whole = np.array([[True] * 2, [True] * 2, [False] * 2, [False] * 2, [False, True], [True] * 2])
    exact = poisson_binom.sf(4, alpha**2 + (1 - alpha) ** 2)
    assert exact <= audit_mixing(whole, alpha)["whole_p"] < 1.2 * exact


def test_languages_are_tested_among_pairs_of_one_kind():
    expected = {"en": {"en": 0.4, "de": 0.1}, "de": {"de": 0.4, "en": 0.1}}
    queries = np.array([[0] * 30 + [1] * 10 + [0] * 12 + [1] * 8])
    passages = np.array([[0] * 30 + [1] * 10 + [1] * 12 + [0] * 8])
    found = pair_tests(["en", "de"], expected, queries, passages)
    assert found["monolingual pairs"]["chi2"] == pytest.approx(chisquare([30, 10]).statistic)
    assert found["cross-lingual pairs"]["chi2"] == pytest.approx(chisquare([12, 8]).statistic)


def test_batches_that_are_mixed_whole_stop_the_run(build, audit, planned):
    def whole(draws):
        one, (queries, passages) = both_kinds(draws)
        monolingual = draws.rng.random((draws.batches, 1)) < 0.5
        return np.where(monolingual, one, queries), np.where(monolingual, one, passages)

    planned(whole)
    asked = build(batches=40)
    with pytest.raises(BatchError, match=r"configuration:\n  40 batches have pairs of one kind only: they are not mix"):
        audit(asked)


def test_another_share_of_monolingual_pairs_stops_the_run(build, audit, planned):
    def fewer(draws):
        one, (queries, passages) = both_kinds(draws)
        monolingual = draws.rng.random((draws.batches, draws.batch_size)) < 0.4
        return np.where(monolingual, one, queries), np.where(monolingual, one, passages)

    planned(fewer)
    asked = build()
    with pytest.raises(BatchError, match=r"0\.\d+ of the pairs are monolingual, alpha is 0\.5 \(p ="):
        audit(asked)


@pytest.mark.parametrize("kind", ["monolingual", "cross-lingual"])
def test_pairs_of_one_kind_in_too_few_languages_stop_the_run(build, audit, planned, kind):
    def skewed(draws):
        one, (queries, passages) = both_kinds(draws)
        if kind == "monolingual":
            one = np.where(draws.rng.random(one.shape) < 0.6, 0, one)
        else:
            english = draws.rng.random(one.shape) < 0.6
            passages = np.where(english & (queries != 0), 0, passages)
        monolingual = draws.rng.random((draws.batches, draws.batch_size)) < 0.5
        return np.where(monolingual, one, queries), np.where(monolingual, one, passages)

    planned(skewed)
    asked = build()
    with pytest.raises(BatchError, match=f"the languages of {kind} pairs are not sampled as configured"):
        audit(asked)


def test_a_manifest_that_expects_other_pairs_is_found(build, audit, tmp_path):
    asked = build()
    manifest = read_json(tmp_path / "manifest.json")
    shares = manifest["expected"]["mixed"]
    for row in shares.values():
        for passage in row:
            row[passage] /= 2
    shares["en"]["en"] += 0.5
    write_json(manifest, tmp_path / "manifest.json")
    with pytest.raises(BatchError) as error:
        audit(asked)
    assert "a query in en with a passage in en a probability of 0." in str(error.value)
    assert " in mixed batches, the configuration 0." in str(error.value)


def test_batches_mixed_whole_are_not_those_mixed_by_pair(build, audit):
    asked = build()
    with pytest.raises(BatchError, match=r"the manifest's strategy is 'hybrid-0\.5-pair', the configuration's 'hybrid"):
        audit(asked | {"strategy": strategy_of("hybrid", 0.5)})
