"""Diagnostics of a whole benchmark: against loops over all scores, and what a run without them has."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from benchmark_tables import write_tables

from equilingual.catalogues.diagnostics import DIAGNOSTICS
from equilingual.evaluation import rank_candidates, score_model
from equilingual.evaluation.catalogue import DIAGNOSTIC, MEASURES
from equilingual.evaluation.groups import read_groups
from equilingual.retrieval.systems import SystemSpec, VectorFiles
from equilingual.retrieval.tables import SETTINGS

MODEL = {"encoder": "e", "training_set": None, "strategy": "none", "alpha": None, "seed": None, "debias": "none"}
TAGS = ("en", "de", "zh")
QUESTIONS, ANSWERS = 30, 20  # in each language; the last ten questions have the answers of the first ten


def _draw(rng, offsets):
    """Return unit vectors of queries and candidates; each language has its offset, which makes it biased."""
    meaning = rng.normal(size=(ANSWERS, 8))
    sides = []
    for count in (QUESTIONS, ANSWERS):
        parts = [meaning[np.arange(count) % ANSWERS] + rng.normal(size=(count, 8)) / 2 + offset for offset in offsets]
        vectors = np.concatenate(parts)
        sides.append((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    return sides


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Return a function that scores random vectors with some diagnostics; its folder has all that was read."""
    folder = tmp_path_factory.mktemp("diagnosed")
    rng = np.random.default_rng(11)
    offsets = rng.normal(size=(len(TAGS), 8)) * 0.8
    queries, candidates = _draw(rng, offsets)
    names = [(f"{tag}_{number}", tag) for tag in TAGS for number in range(ANSWERS)]
    write_tables(
        folder,
        candidates=names,
        queries=[(f"q{number}", tag) for tag in TAGS for number in range(QUESTIONS)],
        qrels=[(f"q{number}", f"{tag}_{number % ANSWERS}") for number in range(QUESTIONS) for tag in TAGS],
    )
    vectors = (folder / "queries.npy", folder / "candidates.npy")
    for path, one in zip(vectors, (queries, candidates), strict=True):
        np.save(path, one)
    ranks, runs = folder / "ranks.parquet", folder / "runs"
    rank_candidates(
        model="m",
        system=SystemSpec(VectorFiles(*vectors)),
        benchmark=folder,
        runs=(),
        depth=20,
        threads=1,
        out=ranks,
        out_runs=runs,
    )

    def score(name, **asked):
        made = {"out": folder / name, "intervals": folder / f"{name}.json", "bias": folder / f"{name}.bias.json"}
        read = {"ranks": ranks, "runs": runs, "benchmark": folder}
        score_model(model=MODEL, name="b", resamples=5, seed=1, **read, **made, **asked)
        rows = pq.read_table(folder / name).to_pylist()
        return {(r["setting"], r["query_language"], r["pool"], r["measure"]): (r["value"], r["queries"]) for r in rows}

    return score, folder, vectors, queries @ candidates.T


@pytest.fixture(scope="module")
def found(scored):
    """All diagnostics."""
    score, _, vectors, _ = scored
    return score("all.parquet", diagnostics=tuple(DIAGNOSTICS), vectors=vectors)


def _of(tag, count):
    return slice(TAGS.index(tag) * count, (TAGS.index(tag) + 1) * count)


def _pool(pool):
    return slice(0, len(TAGS) * ANSWERS) if pool == "all" else _of(pool, ANSWERS)


def test_reciprocity_is_that_of_a_loop_over_all_scores(scored, found):
    scores = scored[3]
    values = []
    for tag in TAGS:
        for pool in (*TAGS, "all"):
            part = scores[_of(tag, QUESTIONS), _pool(pool)]
            mutual = 0
            for question in range(QUESTIONS):
                candidate = int(np.argmax(part[question]))
                nearest = int(np.argmax(part[:, candidate]))
                answered = candidate % ANSWERS
                mutual += nearest == question or answered == question % ANSWERS == nearest % ANSWERS
            setting = "multilingual" if pool == "all" else "monolingual" if pool == tag else "cross-lingual"
            values.append(mutual / QUESTIONS)
            assert found[setting, tag, pool, "reciprocity"] == (pytest.approx(values[-1]), QUESTIONS), (tag, pool)
    assert len(set(values)) > 5
    own = [found["monolingual", tag, tag, "reciprocity"][0] for tag in TAGS]
    assert found["monolingual", "mean", "mean", "reciprocity"][0] == pytest.approx(np.mean(own))


def test_the_four_shares_of_the_first_hit_are_those_of_a_loop_and_sum_to_one(scored, found):
    scores = scored[3]
    for tag in TAGS:
        shares = dict.fromkeys(("relevant_own", "relevant_other", "irrelevant_own", "irrelevant_other"), 0.0)
        for question, row in enumerate(scores[_of(tag, QUESTIONS)]):
            language, number = divmod(int(np.argmax(row)), ANSWERS)
            right = "relevant" if number == question % ANSWERS else "irrelevant"
            shares[f"{right}_{'own' if TAGS[language] == tag else 'other'}"] += 1 / QUESTIONS
        got = {name: found["multilingual", tag, "all", f"first_{name}"][0] for name in shares}
        assert got == pytest.approx(shares)
        assert sum(got.values()) == pytest.approx(1)
        assert shares["relevant_own"] > 0
        assert shares["irrelevant_own"] > 0


def test_lang_ndcg_is_that_of_a_loop(scored, found):
    scores = scored[3]
    ideal = 1 / np.log2(2) + 0.5 / np.log2(3) + 0.5 / np.log2(4)
    for tag in TAGS:
        total = 0.0
        for question, row in enumerate(scores[_of(tag, QUESTIONS)]):
            for place, candidate in enumerate(np.argsort(-row)[:10]):
                language, number = divmod(int(candidate), ANSWERS)
                if number == question % ANSWERS:
                    total += (1 if TAGS[language] == tag else 0.5) / np.log2(place + 2)
        assert found["multilingual", tag, "all", "lang_ndcg@10"][0] == pytest.approx(total / ideal / QUESTIONS)


def test_hubness_is_by_the_candidates_language(scored, found):
    scores = scored[3]
    counts = np.zeros(len(TAGS) * ANSWERS)
    for row in scores:
        counts[np.argsort(-row)[:10]] += 1
    skews = []
    for tag in TAGS:
        own = counts[_of(tag, ANSWERS)]
        skews.append(((own - own.mean()) ** 3).mean() / own.std() ** 3)
        key = ("multilingual", "mean", tag)
        assert found[*key, "hub_skewness@10"] == (pytest.approx(skews[-1]), len(scores))
        assert found[*key, "anti_hubs@10"][0] == np.mean(own == 0)
    assert found["multilingual", "mean", "mean", "hub_skewness@10"] == (pytest.approx(np.mean(skews)), len(scores))
    assert len(set(skews)) == len(TAGS)


def test_without_diagnostics_nothing_is_added_and_with_them_nothing_else_changes(scored, found):
    score, folder, vectors, _ = scored
    plain = score("plain.parquet")
    names = {one.name for one in DIAGNOSTIC}
    assert not [key for key in plain if key[3] in names]
    assert {key: value for key, value in found.items() if key[3] not in names} == plain
    for end in (".json", ".bias.json"):
        assert (folder / f"plain.parquet{end}").read_bytes() == (folder / f"all.parquet{end}").read_bytes()
    assert {key[3] for key in found} >= names
    assert {key[0] for key in found if key[3] == "reciprocity"} == set(SETTINGS)
    # Those alone that are asked for.
    for name in DIAGNOSTICS:
        own = score(f"{name}.parquet", diagnostics=(name,), vectors=vectors)
        assert {key[3] for key in own if key not in plain} == {one.name for one in DIAGNOSTIC if one.diagnostic == name}


def test_a_model_without_vectors_has_no_reciprocity(scored):
    score = scored[0]
    found = score("words.parquet", diagnostics=("reciprocity", "first_hit"))
    assert not [key for key in found if key[3] == "reciprocity"]
    assert ("multilingual", "en", "all", "first_relevant_own") in found


def test_every_diagnostic_has_a_measure_and_every_measure_a_diagnostic_of_the_table():
    assert {one.diagnostic for one in DIAGNOSTIC} == set(DIAGNOSTICS)
    assert all(one.says and one.is_bias and not one.tested for one in DIAGNOSTIC)


def test_the_language_of_the_first_hit_needs_the_benchmarks_tables(scored):
    (group, *_) = (one for one in read_groups(scored[1] / "ranks.parquet") if one.setting == "multilingual")
    with pytest.raises(ValueError, match="the languages of the first hits in all are not known"):
        MEASURES["first_relevant_own"].of(group)
