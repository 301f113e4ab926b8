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
    assert (studies.models, studies.places, studies.ranks, studies.trained) == ([], [], [], [])
    targets = plan.evaluation.targets
    assert targets[:4] == [
        f"results/{name}" for name in ("report.html", "scores.csv", "intervals.csv", "comparisons.csv")
    ]
    assert "results/indexes/own/mine/manifest.json" in targets
    assert "results/searches/own/mine.json" in targets
    assert "results/runs/bm25/mine/manifest.json" in targets


def test_the_page_reads_the_manifests_of_its_models_alone(plan_of):
    names = ["e5-small", "e5-small+center-pool", HALF, "e5-small__t__cross", MONO]
    study = {**STUDY, "models": names, "contrasts": STUDY["contrasts"][:3]}
    assert plan_of(study, seeds=(1, 2)).studies.trained == [
        f"results/models/e5-small__t__{name}__seed-{seed}/manifest.json"
        for name in ("mono", "cross", "hybrid-0.5")
        for seed in (1, 2)
    ]


def test_the_overview_has_every_study_that_was_analysed_and_this_one(tmp_path, wild):
    for name in ("z-later", "a-first"):
        (tmp_path / f"results/studies/{name}").mkdir(parents=True)
        (tmp_path / f"results/studies/{name}/study.json").touch()
    (tmp_path / "results/studies/not-yet").mkdir()
    places = Places(tmp_path, lambda path: f"{tmp_path}/{path}")
    assert Plan(load_config(configuration()), places).studies.known(wild()) == ["a-first", "mixing-ratio", "z-later"]
    assert Plan(load_config(configuration(None)), places).studies.known(wild()) == ["a-first", "z-later"]


def test_a_run_makes_the_page_its_figure_and_the_overview(plan_of):
    own = [one for one in plan_of().studies.targets if one.startswith("results/studies/")]
    names = ("study.json", "values.csv", "contrasts.csv", "report.html", "figure.svg", "figure.pdf", "figure.csv")
    assert set(own) == {*(f"results/studies/mixing-ratio/{name}" for name in names), "results/studies/index.html"}
