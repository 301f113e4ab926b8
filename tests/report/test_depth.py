"""Language bias in depth: rank distance by language, and whose passages fill the first ten places."""

import json
import re

import pytest
from report.boards import ABOUT, board_of
from report.sample import Run, change_scores, read_scores, write_run
from report.test_headline import bias

from equilingual.files import read_json, write_json
from equilingual.report import ReportInputs
from equilingual.report.data.exposure import exposure_table
from equilingual.report.exposure import exposures_of
from equilingual.report.plots import distances, first_ten
from equilingual.report.run import Run as Files
from equilingual.report.sections import bias as bias_section
from equilingual.report.vega import to_svg

HYBRID = "e5-small__squad-11__hybrid-0.5"
TAGS = ("ar", "de", "en")
RECORD = {
    "languages": ["de", "en"],
    "median_rank": {"de": [1, 16.5], "en": [2048, None]},
    "shares": {"de": [0.9, 0.1], "en": [0.28, 0.72]},
    "pool_shares": [0.6, 0.4],
}
SEEDS = [{**ABOUT, "strategy": "mono", "training_set": "t", "seed": seed} for seed in (1, 2)]


@pytest.fixture
def files(tmp_path):
    def make(change=None, **run):
        arguments = write_run(Run(tmp_path, benchmarks={"mine": TAGS}, **run))
        if change:
            change(arguments)
        return Files(ReportInputs(**arguments))

    return make


def _board(folder, models=(ABOUT,)):
    return board_of(folder, {("multilingual", "mean", "mean", "rank_distance"): 9.0}, models=models)


def test_exposures_are_means_over_the_seeds_that_have_a_value(tmp_path):
    board = _board(tmp_path, SEEDS)
    names = list(board.models)
    second = RECORD | {"median_rank": {"de": [3, 17.5]}, "shares": {"de": [0.5, 0.5]}}
    records = {f"{names[0]}/mine": RECORD, f"{names[1]}/mine": second, f"{names[0]}/other": RECORD, "odd/mine": RECORD}
    (found,) = exposures_of(board, "mine", records).values()
    assert found.median_rank == [[2.0, 17.0], [2048.0, None]]
    assert found.shares == [[pytest.approx(0.7), pytest.approx(0.3)], [0.28, 0.72]]
    assert found.pool_shares == [0.6, 0.4]


def test_the_pages_data_have_ranks_and_shares_by_pair_of_languages(tmp_path):
    table = exposure_table(_board(tmp_path), {"e5/mine": RECORD})
    assert table["columns"] == [
        "model",
        "benchmark",
        "query_language",
        "language",
        "median_rank",
        "share",
        "pool_share",
    ]
    assert table["data"] == [
        ["e5", "mine", "de", "de", 1.0, 0.9, 0.6], ["e5", "mine", "de", "en", 16.5, 0.1, 0.4],
        ["e5", "mine", "en", "de", 2048.0, 0.28, 0.6], ["e5", "mine", "en", "en", None, 0.72, 0.4],
    ]  # fmt: skip
    assert exposure_table(_board(tmp_path), {"e5/mine": {}})["data"] == []


def test_rank_distances_by_language_are_those_of_the_csv_the_worst_of_the_base_encoder_first(files):
    run = files()
    rows = distances.rows(run, "mine")
    values = {
        (line["strategy"], line["query_language"]): float(line["value"])
        for line in read_scores(run.inputs.scores)
        if (line["measure"], line["debias"]) == ("rank_distance", "none")
    }
    base = [row for row in rows if row["kind"] == "none"]
    assert [row["language"] for row in base] == ["all languages", "ar", "de", "en"]
    for row in rows:
        language = "mean" if row["language"] == "all languages" else row["language"]
        assert row["value"] == values[row["kind"], language]
    assert [one["low"] for one in base] == pytest.approx([0.91 * one["value"] for one in base])
    assert [one["high"] for one in base] == pytest.approx([1.09 * one["value"] for one in base])


def test_a_languages_interval_is_the_widest_that_its_seeds_span(files):
    rows = distances.rows(files(seeds=(1, 2)), "mine")
    (row,) = (one for one in rows if one["kind"] == "mono" and one["language"] == "ar")
    first, second = row["value"] - 2, row["value"] + 2  # the second seed's is 4 higher
    assert (row["low"], row["high"]) == pytest.approx((0.91 * first, 1.09 * second))


def test_lines_lead_from_the_base_encoder_to_the_headlines_model(files):
    spec = distances.spec(distances.rows(files(), "mine"))
    lines = spec["layer"][0]["data"]["values"]
    assert [one["name"] for one in lines] == ["all languages", "Arabic (ar)", "German (de)", "English (en)"]
    hybrid = {row["name"]: row["value"] for row in distances.rows(files(), "mine") if row["kind"] == "hybrid"}
    assert {one["name"]: one["after"] for one in lines} == hybrid
    assert all(one["after"] < one["before"] for one in lines)


def test_models_have_the_shapes_of_the_tables(files):
    spec = distances.spec(distances.rows(files(), "mine"))
    scale = spec["layer"][2]["encoding"]["shape"]["scale"]
    assert dict(zip(scale["domain"], scale["range"], strict=True))["hybrid batches, α = 0.5"] == "circle"


def test_without_rank_distances_by_language_there_is_no_such_figure(files):
    def change(arguments):
        change_scores(
            arguments["scores"],
            lambda line: None if line["measure"] == "rank_distance" and line["query_language"] != "mean" else line,
        )

    assert distances.rows(files(change), "mine") == []


def test_bars_begin_with_the_querys_own_language_and_fill_the_first_ten(files):
    def change(arguments):
        for path in arguments["bias"].values():
            shares = {"ar": [0.2, 0.78, 0.02], "de": [0.01, 0.9, 0.09], "en": [0.0, 0.0, 1.0]}
            write_json(read_json(path) | {"shares": shares, "pool_shares": [0.5, 0.3, 0.2]}, path)

    rows = first_ten.rows(files(change), "mine")
    assert len(rows) == 2 * 9
    segments = first_ten.spec(rows)["data"]["values"]
    bar = [one for one in segments if one["query"] == "Arabic (ar)" and one["shown"] == "base encoder"]
    assert [(one["tag"], one["start"], one["end"], one["own"]) for one in bar] == [
        ("ar", 0.0, 0.2, True), ("de", 0.2, 0.98, False), ("…", 0.98, 1.0, False),
    ]  # fmt: skip
    assert {one["fair"] for one in bar} == {0.5}
    assert [one["passages"] for one in bar][-1] == "1 other language"
    ends = {}
    for one in segments:
        ends[one["query"], one["shown"]] = one["end"]
    assert set(ends.values()) == {1.0}


def test_the_best_model_that_is_debiased_only_stands_between_the_headlines_two(files):
    run = files()
    assert [row.debias for row in first_ten.models_of(run, "mine")] == ["none", "none"]  # none was tested
    run.comparisons = [bias(name, (3.6, 4.7), other="e5-small") for name in (HYBRID, "e5-small+center-pool")]
    names = ["e5-small", "e5-small+center-pool", HYBRID]
    assert [row.group for row in first_ten.models_of(run, "mine")] == names
    assert list(dict.fromkeys(one["model"] for one in first_ten.rows(run, "mine"))) == names
    assert set(names) <= {row.group for row in distances.models_of(run, "mine")}


def test_figures_of_some_models_say_of_which_and_of_how_many(files):
    run = files()
    run.comparisons = [bias(name, (3.6, 4.7), other="e5-small") for name in (HYBRID, "e5-small+center-pool")]
    (shown,) = bias_section.build(run)["biases"]
    assert shown.shown == (
        "",  # all
        "Shown are 3 of 5 models: the headline’s two and the best that is debiased without training.",
    )
    run.comparisons = []
    (shown,) = bias_section.build(run)["biases"]
    assert shown.shown == (
        "Shown are 4 of 5 models: the headline’s two and the others trained from its encoder without debiasing.",
        "Shown are 2 of 5 models: the headline’s two.",
    )


def test_a_code_stands_beside_the_line_of_the_fair_share_and_not_below_it():
    place = first_ten._code_place
    assert place(0.0, 0.5, 0.1) == {"middle": pytest.approx(0.3), "room": pytest.approx(0.4), "crossed": True}
    assert place(0.0, 0.15, 0.1) == {"middle": pytest.approx(0.05), "room": pytest.approx(0.1), "crossed": True}
    assert place(0.2, 0.4, 0.1) == {"middle": pytest.approx(0.3), "room": pytest.approx(0.2), "crossed": False}


@pytest.mark.parametrize("width", [180, 215, 390])
def test_no_code_and_no_line_meet(files, width):
    svg = to_svg(first_ten.spec(first_ten.rows(files(), "mine")), width=width)
    texts = [float(x) for x in re.findall(r'<text text-anchor="middle" transform="translate\(([\d.]+),[\d.]+\)"[^>]*>(?:ar|de|en)<', svg)]  # fmt: skip
    (line,) = set(re.findall(r'd="M([\d.]+),[\d.]+h2v', svg))
    assert len(texts) > 6
    assert min(abs(x - (float(line) + 1)) for x in texts) > 8  # half of a code, and a little


def test_what_a_figure_says_in_words(files):
    run = files()
    text = first_ten.describe(first_ten.rows(run, "mine"))
    assert "hybrid batches, α = 0.5: " in text
    assert "of the pool 33.3%" in text
    assert "base encoder: 1" in distances.describe(distances.rows(run, "mine"))
    json.dumps(distances.spec(distances.rows(run, "mine")), allow_nan=False)


@pytest.mark.parametrize(("width", "is_cut"), [(195, True), (390, False)])
def test_a_name_that_a_phone_has_no_room_for_is_cut_in_the_legend(files, width, is_cut):
    name = "hybrid batches of a variant with a long name, α = 0.5"
    for plot in (distances, first_ten):
        rows = [one | {"short": name} if one["kind"] == "hybrid" else one for one in plot.rows(files(), "mine")]
        svg = to_svg(plot.spec(rows), width=width)
        assert (f">{name}</text>" not in svg) == is_cut
        assert ("…</text>" in svg.partition("role-legend-label")[2].partition("role-axis")[0]) == is_cut
