"""What the page of a study and the overview are made of."""

from studies.made_up import STUDY, configuration

from equilingual.config import load_config
from equilingual.plan import Places, Plan


def plan_of(tmp_path, **study):
    return Plan(
        load_config(configuration({**STUDY, **study}, seeds=(1, 2))),
        Places(tmp_path, lambda path: f"{tmp_path}/{path}"),
    ).studies


def test_the_page_reads_the_manifests_of_its_models_alone(tmp_path):
    names = ["e5-small", "e5-small+center-pool", "e5-small__t__hybrid-0.5", "e5-small__t__cross", "e5-small__t__mono"]
    found = plan_of(tmp_path, models=names, contrasts=STUDY["contrasts"][:3]).trained
    assert found == [
        f"results/models/e5-small__t__{name}__seed-{seed}/manifest.json"
        for name in ("mono", "cross", "hybrid-0.5")
        for seed in (1, 2)
    ]


def test_the_overview_has_every_study_that_was_analysed_and_this_one(tmp_path, wild):
    for name in ("z-later", "a-first"):
        (tmp_path / f"results/studies/{name}").mkdir(parents=True)
        (tmp_path / f"results/studies/{name}/study.json").touch()
    (tmp_path / "results/studies/not-yet").mkdir()
    assert plan_of(tmp_path).known(wild()) == ["a-first", "mixing-ratio", "z-later"]


def test_a_run_makes_the_page_its_figure_and_the_overview(tmp_path):
    targets = plan_of(tmp_path).targets
    own = [one for one in targets if one.startswith("results/studies/")]
    names = ("study.json", "values.csv", "contrasts.csv", "report.html", "figure.svg", "figure.pdf", "figure.csv")
    assert sorted(own) == sorted(
        [*(f"results/studies/mixing-ratio/{name}" for name in names), "results/studies/index.html"]
    )


def test_without_a_study_there_is_only_what_others_left(tmp_path, wild):
    raw = configuration(None)
    studies = Plan(load_config(raw), Places(tmp_path, lambda path: f"{tmp_path}/{path}")).studies
    assert (studies.trained, studies.known(wild())) == ([], [])
