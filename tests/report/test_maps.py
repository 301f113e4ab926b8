"""Maps of query language × candidates' language: colours, cells, small multiples, and what their file has."""

import csv
import io
import itertools
import re

import pytest
from report.boards import ABOUT, board_of, tatoeba
from report.colours import contrast, distance, themes
from report.sample import MODELS, Run, read_scores, write_run
from report.test_headline import bias

from equilingual.report import ReportInputs, chosen
from equilingual.report.chosen import before_and_after, best_untrained, main_rows, rows_of_pairs
from equilingual.report.figures import figure_file
from equilingual.report.plots import language_pairs
from equilingual.report.plots.maps import STEPS, cell, colours, difference_strip, panel, value_ends
from equilingual.report.run import Run as Files
from equilingual.report.sections import pairs

TAGS = ("ar", "de", "en")
HYBRID = "e5-small__squad-11__hybrid-0.5"


@pytest.fixture
def files(tmp_path):
    return lambda **run: Files(ReportInputs(**write_run(Run(tmp_path, **run))))


def test_black_and_white_stand_for_themselves():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


STEPPED = (-0.2, -0.1, -0.05, -0.02, -0.01, 0.0, 0.01, 0.02, 0.05, 0.1, 0.2)


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("kind", ["s", "d"])
def test_texts_can_be_read_on_every_colour_of_a_scale(theme, kind):
    found = themes()[theme]
    fills = set()
    steps = STEPPED if kind == "d" else [step / (STEPS - 1) for step in range(STEPS)]
    for step, value in enumerate(steps):
        fill, ink = (name[len("var(--") : -1] for name in colours(value, kind))
        assert fill == f"{kind}{step}"
        assert contrast(found[fill], found[ink]) >= 4.5, fill
        fills.add(found[fill])
    assert len(fills) == STEPS


def test_texts_of_the_page_and_of_bars_can_be_read():
    names = ("ink", "soft", "link", "bad", "none", "centred", "mono", "cross", "hybrid", "other", "debiased", "merged", "fused", "lexical")  # fmt: skip
    for theme in themes():
        for name in names:
            assert contrast(theme[name], theme["paper"]) >= 4.5, name
        for name in ("bar", "bar-too"):
            assert contrast(theme[name], theme["ink"]) >= 4.5, name


def test_the_middle_of_the_differences_is_no_difference_and_values_outside_have_the_ends_colour():
    assert colours(0.0, "d") == ("var(--d5)", "var(--on-low)")
    assert colours(9.0, "d") == ("var(--d10)", "var(--on-high)")
    assert colours(-9.0, "d") == ("var(--d0)", "var(--on-high)")


def test_a_small_loss_has_another_colour_than_none_and_equal_numbers_have_equal_colours():
    fills = [colours(value, "d")[0] for value in (-0.03, -0.01, -0.004, 0.004, 0.0251, 0.0349, 0.3)]
    assert fills == [f"var(--d{step})" for step in (3, 4, 5, 5, 7, 7, 10)]
    assert [colours(value, "d")[0] for value in (-0.0051, 0.0099, 0.0151, 0.0951)] == [
        "var(--d4)", "var(--d6)", "var(--d7)", "var(--d9)",
    ]  # fmt: skip
    assert colours(0.345, "s", (0.3, 0.5)) == colours(0.3451, "s", (0.3, 0.5))
    assert colours(0.3549, "s", (0.3, 0.4)) == colours(0.3451, "s", (0.3, 0.4))  # .35


@pytest.mark.parametrize("theme", [0, 1])
def test_neighbours_on_the_scale_of_differences_look_different(theme):
    shown = [themes()[theme][f"d{step}"] for step in range(STEPS)]
    assert min(distance(one, other) for one, other in itertools.pairwise(shown)) > 0.07


def test_the_legend_of_differences_says_where_each_colour_begins():
    swatches, words = (layer["data"]["values"] for layer in difference_strip()["layer"])
    assert [one["text"] for one in words] == [
        ".20", ".10", ".05", ".02", ".01", "0", ".01", ".02", ".05", ".10", ".20",
    ]  # fmt: skip
    for value, one in zip(STEPPED, swatches, strict=True):
        assert colours(value, "d")[0] == one["fill"]
        assert value == 0 or colours(value - 0.01 * (1 if value > 0 else -1), "d")[0] != one["fill"]


def test_scales_end_on_round_values():
    assert value_ends([0.31, 0.74]) == (0.3, 0.8)
    assert value_ends([0.5]) == (0.5, 0.6)


def test_a_cell_has_its_number_as_short_as_can_be():
    assert cell("ar", "en", 0.456, "s", (0.0, 1.0)) == {
        "q": "ar", "c": "en", "text": ".46", "fill": "var(--s5)", "ink": "var(--on-low)",
    }  # fmt: skip
    assert cell("ar", "en", -0.2, "d")["text"] == "−.20"


def test_a_difference_is_the_model_minus_its_base_encoder(files):
    run = files(benchmarks={"mine": TAGS})
    text = figure_file(language_pairs.PLOT, language_pairs.rows(run, "mine"), "csv").decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    values = {
        (line["strategy"], line["query_language"], line["pool"]): float(line["value"])
        for line in read_scores(run.inputs.scores)
        if line["measure"] == "map" and line["debias"] == "none" and {line["query_language"], line["pool"]} <= set(TAGS)
    }
    hybrid = [row for row in rows if row["model"] == HYBRID]
    assert len(hybrid) == 9
    for row in hybrid:
        pair = row["query_language"], row["pool"]
        assert float(row["value"]) == pytest.approx(values["hybrid", *pair])
        assert float(row["difference"]) == pytest.approx(values["hybrid", *pair] - values["none", *pair])
    assert {row["difference"] for row in rows if row["model"] == "e5-small"} == {""}


def test_the_figure_for_papers_has_a_map_of_each_main_model_and_of_its_difference(files):
    run = files(benchmarks={"mine": TAGS})
    assert [row.kind for row in main_rows(run, "mine", 4)] == ["none", "mono", "cross", "hybrid"]
    svg = figure_file(language_pairs.PLOT, language_pairs.rows(run, "mine"), "svg").decode()
    titles = re.findall(r">([^<]* − base encoder|base encoder|[a-z-]+ batches[^<]*)</text>", svg)
    assert len(titles) == len(set(titles)) == 7
    assert "hybrid batches, α = 0.5 − base encoder" in titles
    assert "var(" not in svg
    assert not re.search(r'font-size="0(px)?"', svg)  # numbers are seen
    numbers = re.findall(r">([+−]\.\d\d|0)</text>", svg)
    assert len(numbers) == 27 + 1  # the differences of three models, and the middle of the scale


@pytest.mark.parametrize("most", [1, 2, 3])
def test_the_models_of_the_headline_come_first(files, most):
    run = files(benchmarks={"mine": TAGS}, encoders=("one", "two"))
    assert [row.group for row in before_and_after(run, "mine")] == ["two", "two__squad-11__hybrid-0.5"]
    assert {row.encoder for row in main_rows(run, "mine", most)} == {"two"}
    assert len(main_rows(run, "mine", most)) == most


def test_without_comparisons_the_first_model_and_the_last_trained_one_are_shown(files):
    run = files(benchmarks={"mine": TAGS})
    run.comparisons = []
    assert [row.kind for row in before_and_after(run, "mine")] == ["none", "hybrid"]
    alone = files(models={("none", None, "none"): MODELS["none", None, "none"]}, benchmarks={"mine": TAGS})
    assert [row.kind for row in before_and_after(alone, "mine")] == ["none"]


def test_merged_lists_give_way_to_a_model_whose_language_pairs_differ(files, monkeypatch):
    none, center = ("none", None, "none"), ("none", None, "center-pool")
    merged = ("none", None, "round-robin")
    # The merged lists have the least language bias of all; within and across two languages they are the encoder's.
    made = {none: MODELS[none], merged: (0.742, 0.21, 0.6, 100.0, 20.0), center: MODELS[center]}
    run = files(models=made, benchmarks={"mine": TAGS})
    headline = [row for row in run.board.rows_of("mine") if row.debias in ("none", "round-robin")]
    assert [row.is_merged for row in headline] == [False, True]
    monkeypatch.setattr(chosen, "before_and_after", lambda run, benchmark: headline)
    assert [row.debias for row in rows_of_pairs(run, "mine")] == ["none", "center-pool"]
    shown = pairs.build(run)["benchmarks"][0]
    assert shown.model == "e5-small+center-pool"
    assert shown.multiples[0].title == "base encoder"


def test_languages_that_all_meet_one_have_no_map(tmp_path):
    board = board_of(tmp_path, tatoeba({"af": (0.8, 0.6), "de": (0.9, 0.5)}))
    assert language_pairs.measure_of(board, "mine") is None
    alone = board_of(tmp_path, {("monolingual", "sw", "sw", "map"): 0.5}, models=[ABOUT])
    assert language_pairs.measure_of(alone, "mine") is None


def test_the_page_has_small_multiples_without_scripts_but_not_of_many_languages(files, monkeypatch):
    run = files(benchmarks={"mine": TAGS})
    (shown,) = pairs.build(run)["benchmarks"]
    assert [one.title for one in shown.multiples] == [
        "base encoder", "hybrid batches, α = 0.5", "hybrid batches, α = 0.5 − base encoder",
    ]  # fmt: skip
    assert "0.612 monolingual; 0.539 cross-lingual" in shown.text
    assert 'style="' not in "".join(map(str, (part for one in shown.multiples for part in one.maps)))
    monkeypatch.setattr(pairs, "_MOST", 2)
    assert pairs.build(run)["benchmarks"][0].multiples == []


def test_a_map_keeps_the_order_of_its_languages():
    spec = panel([], ["zh", "ar"], 20)
    assert spec["encoding"]["x"]["scale"]["domain"] == spec["encoding"]["y"]["scale"]["domain"] == ["zh", "ar"]


def test_the_best_untrained_model_is_one_that_was_debiased_and_whose_lists_are_not_merged(files):
    none, center, lir, merged = (("none", None, name) for name in ("none", "center-pool", "lir", "round-robin"))
    hybrid = next(key for key in MODELS if key[0] == "hybrid")
    made = {none: MODELS[none], merged: (0.742, 0.21, 0.6, 100.0, 20.0), center: MODELS[center], hybrid: MODELS[hybrid]}
    made[lir] = (*MODELS[center][:3], 2 * MODELS[center][3], 2 * MODELS[center][4])
    run = files(models=made, benchmarks={"mine": TAGS})
    names = [row.group for row in run.board.rows_of("mine") if not row.is_base]
    run.comparisons = [bias(name, (3.6, 4.7), other="e5-small") for name in names]
    assert best_untrained(run, "mine").debias == "center-pool"
    run.comparisons = [bias(name, (3.6, 4.7), other="e5-small") for name in names if "hybrid" in name]
    assert best_untrained(run, "mine") is None
