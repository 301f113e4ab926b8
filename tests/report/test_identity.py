"""A model has one mark and one colour on the whole page."""

import re

import pytest
from report.sample import MODELS, Run, write_run

from equilingual.report import ReportInputs
from equilingual.report.leaderboard import leaderboard_of
from equilingual.report.marks import chart_shape
from equilingual.report.plots import distances, first_ten, forest, quality_bias
from equilingual.report.run import Run as Files
from equilingual.report.variants import row_variants
from equilingual.report.vega import colour_of

TAGS = ("ar", "de", "en")
ALPHAS = (0.25, 0.5, 0.75)


@pytest.fixture
def files(tmp_path):
    """A run with three models of one kind."""
    hybrid = MODELS["hybrid", 0.5, "none"]
    models = {key: value for key, value in MODELS.items() if key[0] != "hybrid"}
    models |= {("hybrid", alpha, "none"): (*hybrid[:3], hybrid[3] + alpha, hybrid[4]) for alpha in ALPHAS}
    return Files(ReportInputs(**write_run(Run(tmp_path, models=models, benchmarks={"mine": TAGS}))))


@pytest.fixture
def expected(files):
    """The colour of each model, by its label."""
    shades = row_variants(files.board)
    found = {row.label: colour_of(row.kind, shades[row]) for row in files.board.rows}
    assert len(set(found.values())) == len(found) == 7
    return found


def test_every_figure_and_table_has_the_models_colour(files, expected):
    board = leaderboard_of(files.board, "mine", {}, {})
    assert {line.label: line.colour for line in board.lines} == expected
    assert all(f'color="{line.colour}"' in line.mark for line in board.lines)
    own = [one for one in quality_bias.rows(files, "mine") if not one["published"]]
    assert {one["shown"]: one["colour"] for one in map(quality_bias._point, own)} == expected
    scale = distances.spec(distances.rows(files, "mine"))["layer"][2]["encoding"]["color"]["scale"]
    drawn = dict(zip(scale["domain"], scale["range"], strict=True))
    bars = {one["shown"]: one["own_colour"] for one in first_ten.spec(first_ten.rows(files, "mine"))["data"]["values"]}
    for found in (drawn, bars):
        assert len(found) > 1
        assert found.items() <= {re.sub(r" \([^()]*\)$", "", label): one for label, one in expected.items()}.items()
    tests = forest.rows(files, "mine")
    assert {one["label_a"]: forest._point(one)["colour"] for one in tests} == {
        one["label_a"]: expected[one["label_a"]] for one in tests
    }


def test_every_figure_has_the_models_shape(files):
    kinds = {row.short: row.kind for row in files.board.rows if row.kind != "none"}
    own = [one for one in quality_bias.rows(files, "mine") if one["kind"] != "none" and not one["published"]]
    assert all(quality_bias._point(one)["shape"] == chart_shape(one["kind"]) for one in own)
    scale = distances.spec(distances.rows(files, "mine"))["layer"][2]["encoding"]["shape"]["scale"]
    shapes = {label: shape for label, shape in zip(scale["domain"], scale["range"], strict=True) if label in kinds}
    assert len(shapes) == 5
    assert shapes == {label: chart_shape(kinds[label]) for label in shapes}
