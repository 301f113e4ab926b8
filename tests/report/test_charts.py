import re

import pytest
from report.sample import MODELS, Run, write_run

from equilingual.report.board import read_board
from equilingual.report.charts import (
    Mark,
    Scale,
    distance_scale,
    fit_scale,
    language_chart,
    round_ticks,
)
from equilingual.report.colours import LETTERS, contrast, letter_of, ramp, text_colour
from equilingual.report.formatting import format_bytes, format_cell, format_count, format_difference, format_distance
from equilingual.report.heatmaps import benchmark_maps, subtract

TAGS = ("ar", "de", "en")


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.31, 0.74), (0, 600), (1e-6, 3e-6), (0, 123456)])
def test_ticks_are_round_and_inside(low, high):
    ticks = round_ticks(low, high)
    assert 3 <= len(ticks) <= 7
    assert all(low <= tick <= high * (1 + 1e-9) for tick in ticks)


def test_scales_hold_all_values():
    for scale in (fit_scale([0.31, 0.74]), fit_scale([0.5]), fit_scale([]), fit_scale([3, 400], from_zero=True)):
        assert scale.low < scale.high
        assert scale.ticks()
    wide = distance_scale([10, 280, 9000])
    assert wide.logarithmic
    assert (wide.low, wide.high) == (10, 10_000)  # the nearest of 1, 2 and 5 x 10^n
    assert 0 <= wide.place(10) < wide.place(9000) <= 100
    assert distance_scale([0.0, 300, 400]).low == 0


@pytest.mark.parametrize(
    ("values", "heights"),
    [
        ([0.5, 0.9], [17.0, 17.0]),  # apart: both in the middle of a row of 27 pixels that begins at 4
        ([0.5, 0.51], [13.0, 21.0]),  # 16 / 2 pixels apart
        ([0.52, 0.5, 0.54], [17.0, 11.7, 22.3]),  # each is near the next: 16 / 3 pixels apart, the lowest value on top
        ([0.5, 0.5, None, 0.9], [13.0, 21.0, 17.0]),
        ([0.5] * 8, [17 + 2 * (number - 3.5) for number in range(8)]),
    ],
)
def test_marks_too_close_to_tell_apart_stand_above_each_other(values, heights):
    marks = [Mark(f"m{n}", "mono", 0, str(value), value) for n, value in enumerate(values)]
    chart = language_chart("mAP", [("en", "English", marks)], Scale(0.0, 1.0))
    found = dict(re.findall(r'<title>English, m(\d): [\d.]+</title><use [^>]* y="([\d.]+)"', chart))
    shown = [n for n, value in enumerate(values) if value is not None]
    assert [float(found.pop(str(n))) for n in shown] == heights
    assert found == {}


def test_a_difference_map_is_the_model_minus_the_encoder_as_it_came(tmp_path):
    assert subtract([[0.5, None], [0.25, 1.0]], [[0.25, 0.1], [0.5, 1.0]]) == [[0.25, None], [-0.25, 0.0]]
    arguments = write_run(Run(tmp_path, models=MODELS, benchmarks={"mine": TAGS}))
    board = read_board(arguments["scores"], arguments["identities"], {})
    maps = benchmark_maps(board, "mine")
    assert maps.models[0].difference is None
    base, hybrid = board.rows[0], board.rows[-1]
    for row, (query, cells) in enumerate(maps.models[-1].difference.rows):
        for column, pool in enumerate(TAGS):
            by_hand = board.cell(hybrid, "mine", query, pool) - board.cell(base, "mine", query, pool)
            assert cells[column].text == format_difference(by_hand)
            assert maps.models[0].value.rows[row][1][column].text == format_cell(board.cell(base, "mine", query, pool))
            assert cells[column].diagonal == (query == pool)


def test_merged_lists_have_no_maps_of_their_own(tmp_path):
    models = {**MODELS, ("none", None, "z-score"): MODELS["none", None, "none"]}
    arguments = write_run(Run(tmp_path, models=models, benchmarks={"mine": TAGS}))
    maps = benchmark_maps(read_board(arguments["scores"], arguments["identities"], {}), "mine")
    assert maps.merged == ["z-scores within each language"]
    assert len(maps.models) == len(MODELS)
    assert maps.left_out == 0


def test_a_map_of_too_many_cells_leaves_models_out_but_never_the_last(tmp_path):
    arguments = write_run(Run(tmp_path, models=MODELS, benchmarks={"mine": TAGS}))
    maps = benchmark_maps(read_board(arguments["scores"], arguments["identities"], {}), "mine", most_cells=3 * 9)
    assert [model.label for model in maps.models] == ["base encoder", "hybrid batches, α = 0.5"]
    assert maps.left_out == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["s", "d"])
def test_cell_texts_can_be_read_on_every_colour(theme, kind):
    colours = ramp(theme, kind)
    assert len(set(colours)) == len(LETTERS)
    assert min(contrast(text_colour(colour), colour) for colour in colours) >= 4.5


def test_theme_colours_have_contrast_on_their_paper(root):
    css = (root / "src/equilingual/report/style.css").read_text(encoding="utf-8")
    for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for name in (
            "ink",
            "soft",
            "link",
            "bad",
            "none",
            "centred",
            "mono",
            "cross",
            "hybrid",
            "other",
            "debiased",
            "merged",
            "fused",
            "lexical",
        ):
            assert contrast(colours[name], colours["paper"]) >= 4.5, name


def test_the_middle_of_the_difference_scale_is_no_difference():
    assert letter_of(0.0, -0.2, 0.2) == LETTERS[10]
    assert letter_of(9.0, -0.2, 0.2) == LETTERS[-1]


def test_numbers():
    assert format_count(13014) == "13\u202f014"
    assert [format_distance(value) for value in (9.96, 99.94, 99.96, 1423.4, None)] == [
        "10.0", "99.9", "100", "1\u202f423", "–",
    ]  # fmt: skip
    assert [format_cell(value) for value in (0.456, 1.0, None)] == [".46", "1.00", "–"]
    assert [format_difference(value) for value in (0.051, -0.2, 0.004, -0.001)] == ["+.05", "−.20", "0", "0"]
    assert [format_bytes(value) for value in (655, 470641600, 2.5e12)] == ["655\u202fB", "471\u202fMB", "2500\u202fGB"]
