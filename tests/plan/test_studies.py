"""The study of a configuration: what it is worked out from, and what a run makes for it."""

import pytest
from studies.made_up import DUMBBELL, STUDY, configuration

from equilingual.config import load_config
from equilingual.config.study_settings import StudySettings
from equilingual.plan import Places, Plan

HALF, MONO = "e5-small__t__hybrid-0.5", "e5-small__t__mono"


@pytest.fixture
def plan_of(tmp_path):
    """Return a function that plans a study."""
    return lambda study=STUDY, **keys: Plan(load_config(configuration(study, **keys)), Places(tmp_path))


def test_a_study_reads_the_ranks_of_every_seed_of_its_models_where_it_looks(plan_of):
    contrasts = [{**STUDY["contrasts"][2], "primary": True}]
    studies = plan_of({**STUDY, "models": [HALF], "contrasts": contrasts, "figure": DUMBBELL}).studies
    assert studies.ranked == [(f"{model}__seed-{seed}", "two") for model in (MONO, HALF) for seed in (1, 2, 3)]
    assert studies.ranks[0] == f"results/ranks/{MONO}__seed-1/two.parquet"
    every = plan_of()
    assert set(every.studies.ranked) == {(model, name) for model in every.evaluation.models for name in ("one", "two")}


def test_a_study_makes_its_answer_and_no_report(plan_of):
    targets = plan_of().studies.targets
    assert "results/studies/mixing-ratio/study.json" in targets
    assert {"results/scores.csv", "results/intervals.csv"} <= set(targets)
    assert not any(("report.html" in one and "studies" not in one) or "indexes" in one for one in targets)


def test_what_the_stage_is_given_is_plain(plan_of):
    studies = plan_of().studies
    assert StudySettings.model_validate(studies.settings).name == studies.name == "mixing-ratio"
    assert studies.figure["benchmark"] == "one"
    assert [one["panel"] for one in studies.figure["shown"]] == ["monolingual", "cross-lingual", "multilingual"]
    half = next(one for one in studies.models if one["model"] == HALF)
    assert half["members"] == [f"{HALF}__seed-{seed}" for seed in (1, 2, 3)]
    assert half["seeds"] == [1, 2, 3]


def test_without_a_study_there_is_nothing(plan, plan_of):
    studies = plan.studies
    assert (studies.name, studies.settings, studies.figure) == (None, None, None)
    assert (studies.models, studies.places, studies.ranks) == ([], [], [])
    targets = plan.evaluation.targets
    assert targets[:4] == [
        f"results/{name}" for name in ("report.html", "scores.csv", "intervals.csv", "comparisons.csv")
    ]
    assert "results/indexes/own/mine/manifest.json" in targets
    assert "results/searches/own/mine.json" in targets
    assert "results/runs/bm25/mine/manifest.json" in targets
