"""``results/report.json``: what the page is drawn from."""

import json

import pandas as pd
import pytest
from report.boards import board_of
from report.sample import MLQA, Run, read_scores, write_run

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report import ReportInputs, render_report
from equilingual.report.data.comparisons import comparison_table
from equilingual.report.data.models import model_entries
from equilingual.report.data.provenance import provenance_of
from equilingual.report.data.scores import score_table
from equilingual.report.data.tables import rounded

HYBRID = "e5-small__squad-11__hybrid-0.5"


@pytest.fixture
def written(tmp_path):
    """Return a function that renders a run and returns its data, and the lines of its scores."""

    def make(**run):
        arguments = write_run(Run(tmp_path / "run", **run))
        out = tmp_path / "report.json"
        render_report(ReportInputs(**arguments), out=tmp_path / "report.html", data=out)
        return json.loads(out.read_text(encoding="utf-8")), read_scores(arguments["scores"])

    return make


def test_scores_are_the_means_over_seeds_of_the_csv(written):
    report, lines = written(seeds=(1, 2), benchmarks={"mlqa-r": MLQA})
    scores = pd.DataFrame(**report["scores"])
    csv = pd.DataFrame(lines).astype({"value": float, "queries": int})
    hybrid = csv[(csv.strategy == "hybrid") & (csv.measure == "map")]
    place = ["setting", "query_language", "pool"]
    wanted = hybrid.groupby(place).value.mean()
    found = scores[(scores.model == HYBRID) & (scores.measure == "map")].set_index(place)
    assert len(found) == len(wanted) == 7 + 42 + 7 + 14 + 3
    assert (found.value - wanted).abs().max() < 1e-6
    assert found.queries.loc["monolingual", "ar", "ar"] == 1190
    means = csv[(csv.query_language == "mean") & (csv.pool == "mean") & (csv.strategy == "hybrid")]
    seeds = pd.DataFrame(**report["seeds"])
    assert len(seeds[seeds.model == HYBRID]) == len(means)
    assert set(seeds.model) == {model["name"] for model in report["models"] if model["trained"]}


def test_intervals_over_seeds_are_those_of_models_with_several_seeds(written):
    report, _ = written(seeds=(1, 2), benchmarks={"mlqa-r": MLQA})
    found = pd.DataFrame(**report["intervals_over_seeds"])
    assert set(found.model) == {model["name"] for model in report["models"] if model["trained"]}
    assert set(found.measure) == {"map"}
    hybrid = found[found.model == HYBRID].set_index("setting")
    assert hybrid.loc["monolingual", ["low", "high"]].tolist() == [0.3, 0.35]
    assert hybrid.loc["multilingual", ["low", "high"]].tolist() == [0.5, 0.55]
    alone, _ = written(benchmarks={"mlqa-r": MLQA})
    assert alone["intervals_over_seeds"]["data"] == []


def test_single_pairs_of_languages_have_only_what_models_are_compared_by(written):
    report, _ = written(benchmarks={"mlqa-r": MLQA})
    scores = pd.DataFrame(**report["scores"])
    pairs = scores[(scores.setting == "cross-lingual") & (scores.query_language != "mean") & (scores.pool != "mean")]
    assert set(pairs.measure) == {"map"}
    assert {one["measure"] for one in report["benchmarks"][0]["main"]} == {"map", "rank_distance"}
    together = scores[(scores.setting == "multilingual") & (scores.query_language == "ar")]
    assert {"map", "recall@1", "mrr", "rank_distance", "kendall_w"} <= set(together.measure)


def test_models_benchmarks_and_measures_say_what_they_are(written):
    report, _ = written(benchmarks={"mlqa-r": MLQA})
    models = {model["name"]: model for model in report["models"]}
    assert list(models) == [model["name"] for model in report["models"]]
    assert (
        models[HYBRID] | {"training_set": "squad-11", "alpha": 0.5, "seeds": [1], "base": "e5-small"} == models[HYBRID]
    )
    assert models["e5-small+center-pool"]["on_pool"]
    assert not models["e5-small"]["trained"]
    languages = {one["tag"]: one for one in report["benchmarks"][0]["languages"]}
    assert languages["ar"]["direction"] == "rtl"
    assert languages["ar"]["name"] == "Arabic"
    assert [one["name"] for one in report["measures"]] == list(MEASURES)
    assert report["schema"] == 1


def test_the_same_files_give_the_same_data_and_none_is_not_a_number(tmp_path):
    arguments = write_run(Run(tmp_path))
    for name in ("a", "b"):
        render_report(ReportInputs(**arguments), out=tmp_path / "report.html", data=tmp_path / f"{name}.json")
    first, second = ((tmp_path / f"{name}.json").read_bytes() for name in "ab")
    assert first == second
    assert b"NaN" not in first


def test_a_score_without_a_value_is_left_out(tmp_path):
    figures = {("multilingual", "mean", "mean", "map"): "", ("monolingual", "mean", "mean", "map"): 0.5}
    board = board_of(tmp_path, figures)
    assert [row[2] for row in score_table(board)["data"]] == ["monolingual"]
    assert [row[-2:] for row in score_table(board)["data"]] == [[None, None]]


@pytest.mark.parametrize(("languages", "is_kept"), [(24, True), (25, False)])
def test_pairs_of_few_languages_have_their_intervals(tmp_path, languages, is_kept):
    tags = [f"l{number}" for number in range(languages)]
    places = [("monolingual", "l0", "l0"), ("cross-lingual", "l0", "l1"), ("multilingual", "l0", "all")]
    places += [("cross-lingual", "mean", "mean"), *(("monolingual", tag, tag) for tag in tags[1:])]
    board = board_of(tmp_path, {(*place, "map"): 0.5 for place in places})
    for setting, query, pool in places[:4]:
        board.intervals[board.rows[0], "mine", setting, query, pool, "map"] = [(0.412345, 0.6), (0.45, 0.656789)]
    found = [dict(zip(score_table(board)["columns"], row, strict=True)) for row in score_table(board)["data"]]
    ends = {(one["setting"], one["query_language"], one["pool"]): (one["low"], one["high"]) for one in found}
    pair, both = (0.4123, 0.6568) if is_kept else (None, None), (0.412345, 0.656789)
    assert [ends[place] for place in places[:4]] == [pair, pair, both, both]
    assert ends["monolingual", "l1", "l1"] == (None, None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.123456789, 0.123457), (1234567.0, 1234570.0), (0.0, 0.0), (float("nan"), None), (None, None)],
)
def test_values_have_six_significant_digits(value, shown):
    assert rounded(value) == shown


def test_a_comparison_is_shown_where_one_model_is_better():
    columns = ("benchmark", "setting", "measure", "model_a", "model_b", "seeds_a", "seeds_b", "questions", "value_a", "value_b",
               "difference", "low", "high", "p", "p_corrected", "effect_size", "wins", "losses", "ties", "low_over_seeds", "high_over_seeds", "margin",
               "p_equivalent_corrected")  # fmt: skip
    line = dict.fromkeys(columns, "1") | {"seeds_b": "", "effect_size": "", "margin": ""}
    outcomes = ["better", "no significant difference", "worse", "equivalent"]
    table = comparison_table([line | {"verdict": f"verdict {name}", "outcome": name} for name in outcomes])
    frame = pd.DataFrame(**table)
    assert list(frame.shown) == [True, False, True, False]
    assert list(frame.outcome) == outcomes
    assert list(frame.low_over_seeds) == [1.0] * 4
    assert frame.margin.isna().all()
    assert frame.seeds_b.isna().all()
    assert frame.effect_size.isna().all()


def test_provenance_has_the_time_of_all_jobs_and_the_hardware_of_the_training():
    stages = {"a": {"jobs": 1, "seconds": 1.5}, "b": {"jobs": 2, "seconds": 2.0}}
    manifest = {"date": "2026-11-29T10:00:00Z", "hardware": "this machine", "stages": stages}
    found = provenance_of(manifest, [{"hardware": "GPU 1"}, {"hardware": "GPU 1"}, {}])
    assert (found["seconds"], found["hardware"], found["commit"]) == (3.5, ["GPU 1"], None)
    assert provenance_of(manifest, [])["hardware"] == ["this machine"]
    assert provenance_of({}, [])["seconds"] is None


def test_variants_are_rows_of_their_own_after_the_same_without_them(tmp_path):
    """Between two strategies, in the order of the file."""
    trained = {"training_set": "t", "strategy": "hybrid", "alpha": 0.5, "seed": 1}
    mono = trained | {"strategy": "mono", "alpha": 1.0}
    variants = [trained | {"variant": name} for name in ("small", "long")]
    models = [{}, *variants, trained, trained | {"seed": 2}, mono, mono | {"variant": "small"}]
    values = tuple(number / 10 for number in range(1, 8))
    board = board_of(tmp_path, {("multilingual", "mean", "mean", "map"): values}, models=models)
    entries = model_entries(board)
    assert [(one["label"], one.get("variant"), one["seeds"]) for one in entries] == [
        ("base encoder", None, []),
        ("monolingual batches", None, [1]),
        ("monolingual batches, small", "small", [1]),
        ("hybrid batches, α = 0.5", None, [1, 2]),
        ("hybrid batches, α = 0.5, small", "small", [1]),
        ("hybrid batches, α = 0.5, long", "long", [1]),
    ]
    assert ["variant" in one for one in entries] == [False, False, True, False, True, True]
    found = [board.figure(row, "mine", "multilingual", "map").value for row in board.rows]
    assert found == pytest.approx([0.1, 0.6, 0.7, (0.4 + 0.5) / 2, 0.2, 0.3])
