"""The figure of the training, by hand-made histories and in the browser."""

import json
import re

import pytest
from report.sample import Run, write_run

from equilingual.report import ReportInputs, render_report
from equilingual.report.figures import PLOTS, figure_file, write_figures
from equilingual.report.histories import read_lines
from equilingual.report.plots.training import describe, rows, spec
from equilingual.report.run import Run as Files

TAGS = ("ar", "en")


def history(path, steps):
    path.write_text(
        "".join(json.dumps({"step": n + 1} | step) + "\n" for n, step in enumerate(steps)), encoding="utf-8"
    )
    return path


@pytest.fixture
def files(tmp_path):
    return Files(ReportInputs(**write_run(Run(tmp_path / "run", benchmarks={"mine": TAGS}, seeds=(1, 2), steps=200))))


def test_losses_of_the_two_kinds_of_batch_are_separate_lines(files, tmp_path):
    steps = [{"mode": mode, "loss": 1 if mode == "mono" else 2} for mode in ["mono", "cross"] * 3]
    lines = read_lines({"x": history(tmp_path / "x.jsonl", steps)}, files.board)
    assert [(line.measure, line.label, line.batches, line.points) for line in lines] == [
        ("loss", "x", "monolingual", [(1, 1.0), (3, 1.0), (5, 1.0)]),
        ("loss", "x", "cross-lingual", [(2, 2.0), (4, 2.0), (6, 2.0)]),
    ]


def test_the_loss_is_smoothed_and_what_is_measured_on_held_out_pairs_is_not(files, tmp_path):
    steps = [{"mode": "mono", "loss": float(n % 2), "validation_loss": float(n % 2)} for n in range(60)]
    loss, held_out = read_lines({"x": history(tmp_path / "x.jsonl", steps)}, files.board)
    assert (loss.window, held_out.window) == (3, 1)
    # The first point has no neighbour before it; the others are means of three.
    assert [value for _, value in loss.points[:4]] == pytest.approx([0, 1 / 3, 2 / 3, 1 / 3])
    assert [value for _, value in held_out.points[:4]] == [0, 1, 0, 1]
    assert held_out.batches == ""


def test_a_long_line_keeps_its_first_and_last_point_and_no_more_than_eighty(files, tmp_path):
    steps = [{"mode": "mono", "loss": 1.0, "learning_rate": n / 1000} for n in range(1000)]
    _, rate = read_lines({"x": history(tmp_path / "x.jsonl", steps)}, files.board)
    assert len(rate.points) == 80
    assert (rate.points[0], rate.points[-1]) == ((1, 0.0), (1000, 0.999))
    assert rate.points == sorted(set(rate.points))


def test_values_that_are_no_numbers_are_left_out(files, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"step": 1, "mode": "mono", "loss": NaN}\n\n{"step": 2, "mode": "mono", "loss": 0.5}\n')
    [line] = read_lines({"x": path}, files.board)
    assert line.points == [(2, 0.5)]


def test_seeds_of_a_model_share_its_label_and_colour_and_are_thin(files):
    shown = rows(files)
    drawn = spec(shown)
    lines = drawn["transform"][0]["from"]["data"]["values"]
    hybrid = [line for line in lines if line["label"] == "hybrid batches, α = 0.5" and line["measure"] == "loss"]
    assert sorted((line["shown"], line["batches"], line["thin"]) for line in hybrid) == [
        ("hybrid batches, α = 0.5, seed 1", "cross-lingual", True),
        ("hybrid batches, α = 0.5, seed 1", "monolingual", True),
        ("hybrid batches, α = 0.5, seed 2", "cross-lingual", True),
        ("hybrid batches, α = 0.5, seed 2", "monolingual", True),
    ]
    colours = drawn["layer"][0]["encoding"]["color"]["scale"]
    assert dict(zip(colours["domain"], colours["range"], strict=True))["hybrid batches, α = 0.5"] == "var(--hybrid)"
    # Every point belongs to the line that its row says.
    for row, point in zip(shown, drawn["data"]["values"], strict=True):
        line = lines[point["line"]]
        assert (line["measure"], line["batches"], point["step"]) == (row["measure"], row["batches"], row["step"])
    assert "monolingual batches, seed 1, monolingual batches: 0." in describe(shown)


def test_the_files_for_papers_show_the_loss_and_the_csv_has_all(files, tmp_path):
    paths = [tmp_path / f"figures/training.{kind}" for kind in ("svg", "pdf", "csv")]
    write_figures(files, "", paths)
    svg = paths[0].read_text(encoding="utf-8")
    assert "var(" not in svg
    assert svg.count('aria-roledescription="line mark"') in (0, 8)
    assert "Training loss, mean of up to 10 batches" in svg
    assert paths[1].read_bytes().startswith(b"%PDF-")
    text = paths[2].read_text(encoding="utf-8")
    assert text.startswith("measure,experiment,label,kind,seed,batches,mean_of,step,value\nloss,")
    assert {line.partition(",")[0] for line in text.splitlines()[1:]} == {
        "loss", "validation_loss", "validation_map", "learning_rate",
    }  # fmt: skip
    about = "e5-small · 2 seeds"
    assert f"<title>{about}</title>" in svg
    assert figure_file(PLOTS["training"], rows(files), "pdf", about) == paths[1].read_bytes()


@pytest.fixture
def page(visit, tmp_path):
    arguments = write_run(Run(tmp_path / "run", benchmarks={"mine": TAGS}, steps=120))
    render_report(ReportInputs(**arguments), out=tmp_path / "report.html")
    page = visit(tmp_path / "report.html")
    page.wait_for_selector("#training figure[data-drawn]")
    return page


def paths(page):
    script = "(all) => all.map((one) => [one.getAttribute('d'), one.getAttribute('opacity')])"
    return page.locator("#training .picture .mark-line path").evaluate_all(script)


def test_switches_choose_the_measure_the_batches_and_the_model(page):
    before = paths(page)
    assert len(before) == 4  # monolingual, cross-lingual, and both of hybrid
    page.locator("#training select[name='batches']").select_option("cross-lingual")
    page.wait_for_function("() => document.querySelectorAll('#training .picture .mark-line path').length === 2")
    page.locator("#training select[name='batches']").select_option("")
    page.locator("#training select[name='model']").select_option("cross-lingual batches")
    page.wait_for_function(
        "() => document.querySelectorAll('#training .picture .mark-line path[opacity=\"0.12\"]').length === 3"
    )
    page.locator("#training select[name='measure']").select_option("learning_rate")
    page.wait_for_function("() => document.querySelectorAll('#training .picture .mark-line path').length === 3")
    assert page.locator("#training select[name='batches']").is_disabled()
    assert page.get_by_text("Learning rate").locator("visible=true").count() >= 1
    assert page.logged == []


def test_pointing_at_a_line_shows_model_step_and_value(page):
    page.locator("#training .picture .mark-symbol path").first.hover(force=True)
    text = page.locator(".tip").inner_text()
    assert re.fullmatch(r"model .* batches.*\nbatches (mono|cross-)lingual\nstep 1\nvalue \d\.\d+", text)
