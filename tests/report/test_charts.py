import re

import pytest
from report.sample import Run, write_run

from equilingual.report.board import read_board
from equilingual.report.charts import (
    Mark,
    curve_chart,
    distance_scale,
    fit_scale,
    interval_chart,
    round_ticks,
)
from equilingual.report.curves import Curve, read_curves, thin
from equilingual.report.formatting import format_bytes, format_cell, format_count, format_difference, format_distance

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


def test_an_interval_chart_says_its_values_in_words():
    chart = interval_chart("mAP", [Mark("a <b>", "mono", 0, "0.500", 0.5, 0.4, 0.6)], fit_scale([0.4, 0.6]))
    assert 'aria-label="mAP. a &lt;b&gt;: 0.500."' in chart
    assert chart.count('class="interval k-mono"') == 3


def test_a_curve_of_one_point_is_a_line_that_can_be_seen():
    about = {"experiment": "x", "label": "x", "kind": "mono", "variant": 0, "mode": "monolingual batches"}
    curve = Curve(**about, batches=1, window=1, smooth=[(1.0, 2.0)], raw=[(1.0, 2.0)])
    chart = curve_chart([curve], "Training loss")
    # Both scales go from 0 to their value, at 1.5% and 98.5% of 1000 units.
    assert re.findall(r'<path d="([^"]*)"', chart) == ["M985 15L987 15"] * 2


def test_losses_of_the_two_kinds_of_batch_are_separate_lines(tmp_path):
    path = tmp_path / "history.jsonl"
    modes = ["mono", "cross"] * 3
    path.write_text(
        "".join(f'{{"step": {n + 1}, "mode": "{mode}", "loss": {1 if mode == "mono" else 2}}}\n'
                for n, mode in enumerate(modes)), encoding="utf-8",
    )  # fmt: skip
    arguments = write_run(Run(tmp_path, benchmarks={"mine": TAGS}))
    curves = read_curves({"x": path}, read_board(arguments["scores"], arguments["identities"], {}))
    assert [(curve.mode, {loss for _, loss in curve.smooth}) for curve in curves] == [
        ("monolingual batches", {1}), ("cross-lingual batches", {2}),
    ]  # fmt: skip
    lines = re.findall(r'class="([^"]*)"><title>x, ([^<]*)<', curve_chart(curves, "Training loss"))
    assert len(lines) == 4
    assert all(("dashed" in style) == (mode == "cross-lingual batches") for style, mode in lines)


def test_thinning_keeps_the_peaks_and_the_last_point():
    points = [(step, 1.0) for step in range(1, 10_001)]
    points[777] = (778, 9.0)
    kept = thin(points, 100)
    assert len(kept) <= 201
    assert (778, 9.0) in kept
    assert kept[-1] == points[-1]
    assert kept == sorted(kept)


def test_numbers():
    assert format_count(13014) == "13\u202f014"
    assert [format_distance(value) for value in (9.96, 99.94, 99.96, 1423.4, None)] == [
        "10.0", "99.9", "100", "1\u202f423", "–",
    ]  # fmt: skip
    assert [format_cell(value) for value in (0.456, 1.0, None)] == [".46", "1.00", "–"]
    assert [format_difference(value) for value in (0.051, -0.2, 0.004, -0.001)] == ["+.05", "−.20", "0", "0"]
    assert [format_bytes(value) for value in (655, 470641600, 2.5e12)] == ["655\u202fB", "471\u202fMB", "2500\u202fGB"]
