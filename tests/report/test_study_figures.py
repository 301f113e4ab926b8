"""The figures of studies: curves, interaction plots, dumbbells, and the forest plot of the contrasts."""

import csv
import io
import re

import pytest
from report.studies import (
    CURVE,
    DUMBBELL,
    INTERACTION,
    base_model,
    contrast,
    group_of,
    interaction_models,
    model,
    record_of,
    write_study,
)

from equilingual.report.studies import StudyInputs, contrasts, dumbbell, lines, render_study
from equilingual.report.studies.record import Study
from equilingual.report.vega import to_svg


def layers_of(drawing, panel=0):
    return drawing.panels[panel].spec["layer"]


def of_type(drawing, kind, panel=0):
    return [one for one in layers_of(drawing, panel) if one["mark"]["type"] == kind]


def test_a_curve_has_a_mean_a_band_and_a_dot_per_seed_at_every_level():
    study = Study(record_of())
    found = lines.rows(study)
    multilingual = [one for one in found if one["panel"] == "multilingual"]
    means = [one for one in multilingual if one["what"] == "mean" and one["series"] == "batch"]
    assert [(one["x"], one["value"], one["low"], one["high"]) for one in means] == [
        (0.0, 0.51, 0.504, 0.516), (0.5, 0.53, 0.524, 0.536), (0.9, 0.52, 0.514, 0.526), (1.0, 0.5, 0.494, 0.506),
    ]  # fmt: skip
    seeds = [one for one in multilingual if one["what"] == "seed" and one["model"] == group_of(0.5)]
    assert [(one["seed"], one["value"]) for one in seeds] == [(1, 0.528), (2, 0.53), (3, 0.532)]
    assert [one["label"] for one in multilingual if one["what"] == "reference"] == ["base encoder", "centred"]
    drawing = lines.draw(study)
    assert [one.title for one in drawing.panels] == ["monolingual mAP", "cross-lingual mAP", "multilingual mAP"]
    assert [len(one["data"]["values"]) for one in of_type(drawing, "area", 2)] == [4, 4]
    assert [one["data"]["values"][1]["value"] for one in of_type(drawing, "line", 2)] == [0.53, 0.525]


def test_every_line_differs_from_the_others_by_more_than_its_colour():
    keys = lines.draw(Study(record_of())).keys
    assert [one.label for one in keys] == ["mixed by: batch", "mixed by: pair", "base encoder", "centred"]
    assert len({one.colour for one in keys[:2]}) == len({one.shape for one in keys[:2]}) == 2
    assert keys[0].dash != keys[1].dash
    assert keys[2].dash != keys[3].dash


def test_the_legend_has_the_marks_of_the_figure():
    drawing = lines.draw(Study(record_of()))
    svg = to_svg(drawing.spec, width=300)
    for dash in ("5,3", "1,2"):  # of the two references: in each of three panels, and in the legend
        assert svg.count(f'stroke-dasharray="{dash}"') == 4
        assert f'stroke-dasharray="{dash.replace(",", " ")}"' in "".join(str(one.mark) for one in drawing.keys)
    filled, hollow = (str(one.mark) for one in dumbbell.draw(Study(record_of(DUMBBELL))).keys)
    assert 'fill="var(--hybrid)"' in filled
    assert 'fill="var(--paper)" stroke="var(--none)"' in hollow


def test_strategies_have_the_colours_that_they_have_in_the_report():
    drawing = lines.draw(Study(record_of(INTERACTION, interaction_models())))
    assert [(one.label, one.colour) for one in drawing.keys] == [("mono", "var(--mono)"), ("hybrid", "var(--hybrid)")]


def test_the_line_of_base_encoders_says_that_they_are_not_trained():
    sizes = [("a", 1e6), ("b", 2e6)]
    models = [base_model() | {"model": name, "attributes": {"size": size}} for name, size in sizes]
    models += [model(0.5, model=f"{name}-trained", attributes={"size": size}) for name, size in sizes]
    figure = {**CURVE, "x": "size", "scale": "log", "series": "strategy", "reference": []}
    drawing = lines.draw(Study(record_of(figure, models)))
    assert [one.label for one in drawing.keys] == ["base encoder (zero-shot)", "hybrid"]
    assert {one["series"] for one in drawing.rows} >= {"none", "hybrid"}


def test_a_model_without_a_series_is_in_every_line():
    models = [
        model(0.5, "batch"),
        model(0.5, "pair"),
        model(1.0, model="e5-small__mine__cross", mix=None, label="cross-lingual"),
    ]
    found = lines.rows(Study(record_of(CURVE | {"reference": []}, models, best=[])))
    at_one = [one for one in found if one["what"] == "mean" and one["x"] == 1.0 and one["panel"] == "multilingual"]
    assert [(one["series"], one["model"]) for one in at_one] == [
        ("batch", "e5-small__mine__cross"),
        ("pair", "e5-small__mine__cross"),
    ]


def test_several_models_at_one_level_are_points_with_intervals_and_the_line_is_through_their_mean():
    models = [model(0.5, model=f"m{n}", attributes={"k": k}) for n, k in enumerate((1, 2, 2))]
    figure = CURVE | {"x": "k", "series": None, "reference": []}
    record = record_of(figure, models, best=[])
    for one in record["means"]:
        one["value"] += {"m0": 0.0, "m1": 0.1, "m2": 0.2}[one["model"]]
    drawing = lines.draw(Study(record))
    assert of_type(drawing, "area") == []
    (line,) = of_type(drawing, "line")
    assert [(one["x"], round(one["value"], 4)) for one in line["data"]["values"]] == [(1.0, 0.83), (2.0, 0.98)]
    assert drawing.keys == []  # one line without a name


def test_the_levels_on_the_axis_are_written_as_they_are():
    alphas = [0.25, 0.5, 0.97, 1.0]
    figure = CURVE | {"x": "k", "series": None, "reference": []}
    models = [model(0.5, model=f"m{alpha}", attributes={"k": alpha}) for alpha in alphas]
    drawing = lines.draw(Study(record_of(figure, models, best=[])))
    svg = to_svg(drawing.spec, width=300)
    assert {"0.25", "0.5", "0.97"} <= set(re.findall(">([^<>]+)<", svg))


def test_large_numbers_stand_on_a_logarithmic_axis_in_millions():
    sizes = [21.3e6, 85e6, 303e6]
    figure = CURVE | {"x": "parameters", "scale": "log", "series": None, "reference": []}
    models = [model(0.5, model=f"m{size}", attributes={"parameters": size}) for size in sizes]
    drawing = lines.draw(Study(record_of(figure, models, best=[])))
    x = of_type(drawing, "line")[0]["encoding"]["x"]
    assert x["scale"]["type"] == "log"
    assert x["scale"]["domain"][0] < sizes[0] < sizes[-1] < x["scale"]["domain"][1]
    assert {"21.3M", "85M", "303M"} <= set(re.findall(">([^<>]+)<", to_svg(drawing.spec, width=300)))


def test_a_best_level_that_all_resamples_have_is_said_once_and_in_the_numbers_of_the_axis():
    figure = CURVE | {"x": "parameters", "series": None, "reference": []}
    models = [model(0.5, model=f"m{size}", attributes={"parameters": size}) for size in (5.3e6, 21.3e6)]
    best = {"panel": "monolingual", "series": None, "x": 21.3e6, "low": 21.3e6, "high": 21.3e6, "equivalent": [5.3e6]}
    drawing = lines.draw(Study(record_of(figure, models, best=[best])))
    assert drawing.sentences == [
        "monolingual mAP: best at parameters = 21.3M, in 95% of resamples, too; equivalent within ±0.005: 5.3M."
    ]
    drawing = lines.draw(Study(record_of(figure, models, best=[best | {"low": None, "high": None}])))
    assert drawing.sentences == ["monolingual mAP: best at parameters = 21.3M; equivalent within ±0.005: 5.3M."]


def test_the_best_level_and_what_is_equivalent_to_it_stand_at_the_bottom_and_in_words():
    record = record_of()
    record["best"][0] |= {"equivalent": [0.5]}
    record["best"][1] |= {"equivalent": None}
    drawing = lines.draw(Study(record))
    marks = [
        one for one in layers_of(drawing, 2) if one["mark"].get("shape") == "triangle-up" and "size" in one["encoding"]
    ]
    assert [[(point["x"], point["size"]) for point in one["data"]["values"]] for one in marks] == [
        [(0.5, 90), (0.9, 20)]
    ] * 2
    assert marks[0]["encoding"]["y"] != marks[1]["encoding"]["y"]
    none, one = drawing.sentences[:2]
    end = ": best at α = 0.5, 95% of resamples from 0 to 0.9; equivalent within ±0.005: "
    assert none.startswith("monolingual mAP, batch; cross-lingual mAP, batch")
    assert none.endswith(f"{end}no other level.")
    assert one.startswith("multilingual mAP, batch; monolingual mAP, pair; ")
    assert one.endswith(f"{end}0.9.")
    without = lines.draw(Study(record_of(margin={}))).sentences[0]
    assert without == "All lines: best at α = 0.5, 95% of resamples from 0 to 0.9."


def test_the_axis_has_room_for_every_value_interval_and_seed():
    record = record_of()
    for one in record["values"]:
        one["value"] = 0.1 if one["seed"] == 3 else one["value"]
    drawing = lines.draw(Study(record))
    for panel in range(3):
        low, high = of_type(drawing, "line", panel)[0]["encoding"]["y"]["scale"]["domain"]
        assert low < 0.1 < high


def test_panels_of_languages_share_their_axis_and_an_interaction_has_intervals_side_by_side():
    drawing = lines.draw(Study(record_of(INTERACTION, interaction_models())))
    assert [one.title for one in drawing.panels] == ["multilingual mAP, trained", "multilingual mAP, low"]
    domains = [of_type(drawing, "line", panel)[0]["encoding"]["y"]["scale"]["domain"] for panel in (0, 1)]
    assert domains[0] == domains[1]
    first, second = of_type(drawing, "line")
    places = [[one["x"] for one in line["data"]["values"]] for line in (first, second)]
    assert places[0] == pytest.approx([-0.05, 0.95])
    assert places[1] == pytest.approx([0.05, 1.05])
    assert [one["value"] for one in second["data"]["values"]] == [0.53, 0.53]
    assert of_type(drawing, "area") == []
    texts = re.findall(">([^<>]+)<", to_svg(drawing.spec, width=300))
    assert texts.count("english") == texts.count("multilingual") == 2


def test_words_that_are_code_stay_words():
    models = [one | {"training_set": one["training_set"] + '"+alert(1)+"\\'} for one in interaction_models()]
    svg = to_svg(lines.draw(Study(record_of(INTERACTION, models))).spec, width=300)
    assert 'english"+alert(1)+"' in svg.replace("&quot;", '"')


def test_one_seed_has_no_dots_and_a_mean_without_an_interval_no_band():
    record = record_of(
        models=[model(alpha, seeds=[1]) for alpha in (0.0, 0.5)], best=[], figure=CURVE | {"reference": []}
    )
    record["means"][0] |= {"low": None, "high": None}
    drawing = lines.draw(Study(record))
    assert not [one for one in drawing.rows if one["what"] == "seed"]
    assert "small dots" not in drawing.note
    assert of_type(drawing, "area") == []  # a level would be missing


def test_a_dumbbell_has_both_models_in_every_language_sorted_by_their_difference():
    study = Study(record_of(DUMBBELL))
    found = [one for one in dumbbell.rows(study) if one["panel"] == "multilingual"]
    assert [(one["language"], round(one["difference"], 4), one["group"]) for one in found] == [
        ("sw", 0.06, "low"), ("eo", 0.06, "low"), ("en", 0.03, "trained"), ("de", 0.03, "trained"),
    ]  # fmt: skip
    assert (found[0]["value_a"], found[0]["value_b"]) == (0.46, 0.4)
    drawing = dumbbell.draw(study)
    texts = re.findall(">([^<>]+)<", to_svg(drawing.spec, width=300))
    assert "Swahili · low" in texts
    assert texts.count("+0.060") == 6
    assert [(one.label, one.is_open) for one in drawing.keys] == [
        ("hybrid batches, α = 0.5", False),
        ("base encoder", True),
    ]
    assert drawing.note == "The number at the right is the difference: hybrid batches, α = 0.5 minus base encoder."


def test_a_dumbbell_by_groups_has_each_groups_languages_alone():
    drawing = dumbbell.draw(Study(record_of(DUMBBELL | {"panels": "languages"})))
    assert [one.title for one in drawing.panels] == ["multilingual mAP, trained", "multilingual mAP, low"]
    assert [[one["language"] for one in drawing.rows if one["panel"] == name] for name in ("trained", "low")] == [
        ["en", "de"],
        ["sw", "eo"],
    ]
    assert drawing.panels[0].spec["height"] == 40


def test_the_dots_of_a_dumbbell_are_where_their_values_are():
    drawing = dumbbell.draw(Study(record_of(DUMBBELL)))
    bars, second, first, _ = layers_of(drawing, 2)
    assert [one["value"] for one in first["data"]["values"]] == [0.46, 0.44, 0.53, 0.51]
    assert [one["value"] for one in second["data"]["values"]] == [0.4, 0.38, 0.5, 0.48]
    assert [one["to"] for one in bars["data"]["values"]] == [0.4, 0.38, 0.5, 0.48]


def test_the_forest_plot_has_each_measure_apart_and_marks_the_primary_contrast():
    record = record_of()
    record["contrasts"].append(contrast("of bias", "a", "b", -0.2, measure="log_rank_distance", margin=None))
    figures = contrasts.figures_of(Study(record))
    assert [one.name for one in figures] == ["contrasts-map", "contrasts-log_rank_distance"]
    points = figures[0].spec["data"]["values"]
    assert [one["label"] for one in points] == [
        "★ hybrid 0.5 against the base encoder", "0.5 against 0.9", "0 against 0.5", "1 against the base encoder",
    ]  # fmt: skip
    assert [one["shape"] for one in points] == ["circle", "square", "circle", "circle"]
    assert [one["fill"] != "var(--paper)" for one in points] == [True, False, True, False]
    assert [one["change"] for one in points] == [
        "+0.030, p = .030",
        "+0.001, equivalent",
        "−0.020, p = .030",
        "+0.002, p = .410",
    ]
    texts = re.findall(">([^<>]+)<", str(figures[0].svg))
    assert "multilingual mAP on xquad-r" in texts
    assert "cross-lingual mAP on xquad-r" in texts
    assert "← better" in str(figures[1].svg)
    assert "better →" in str(figures[0].svg)


def test_the_zone_of_equivalence_is_as_wide_as_the_margin():
    spec = contrasts.figures_of(Study(record_of()))[0].spec
    zones = spec["layer"][0]
    assert zones["mark"]["type"] == "rect"
    assert {(one["left"], one["right"]) for one in zones["data"]["values"]} == {(-0.005, 0.005)}
    without = record_of()
    for one in without["contrasts"]:
        one["margin"] = None
    spec = contrasts.figures_of(Study(without))[0].spec
    assert not any(one["mark"]["type"] == "rect" for one in spec["layer"])


def test_a_contrast_without_an_interval_is_a_point_alone():
    record = record_of()
    record["contrasts"] = [
        contrast("x", "a", "b", 0.02, low=None, high=None, primary=True, outcome="not shown", margin=None)
    ]
    (figure,) = contrasts.figures_of(Study(record))
    assert figure.spec["data"]["values"][0]["low"] is None
    assert "NaN" not in str(figure.svg)


@pytest.mark.parametrize("figure", [CURVE, DUMBBELL])
def test_the_files_have_all_panels_the_legend_and_every_row(tmp_path, figure):
    inputs = StudyInputs(**write_study(tmp_path, record_of(figure)))
    paths = [tmp_path / f"figure.{form}" for form in ("svg", "pdf", "csv")]
    render_study(inputs, out=tmp_path / "report.html", figures=paths)
    svg = paths[0].read_text(encoding="utf-8")
    texts = re.findall(">([^<>]+)<", svg)
    study = Study(record_of(figure))
    drawing = (lines if figure is CURVE else dumbbell).draw(study)
    assert {one.title for one in drawing.panels} | {one.label for one in drawing.keys} <= set(texts)
    assert "var(" not in svg
    rows = list(csv.DictReader(io.StringIO(paths[2].read_text(encoding="utf-8"))))
    assert len(rows) == len(drawing.rows)
    assert list(rows[0]) == list(lines.COLUMNS if figure is CURVE else dumbbell.COLUMNS)
    assert paths[1].read_bytes().startswith(b"%PDF")


def test_the_picture_is_put_in_words():
    text = lines.draw(Study(record_of())).panels[2].text
    assert text.startswith(
        "multilingual mAP by α, the fraction of monolingual batches. batch, 0: 0.510 [0.504, 0.516]; "
    )
    assert "base encoder: 0.500" in text
    text = dumbbell.draw(Study(record_of(DUMBBELL))).panels[2].text
    assert text == (
        "multilingual mAP, hybrid batches, α = 0.5 minus base encoder. Swahili: +0.060; Esperanto: +0.060; "
        "English: +0.030; German: +0.030"
    )


def test_a_base_encoder_alone_is_a_reference_line():
    record = record_of(CURVE | {"reference": ["e5-small"]}, [base_model(), model(0.5), model(1.0)], best=[])
    drawing = lines.draw(Study(record))
    rules = [one for one in of_type(drawing, "rule", 2) if "x" not in one["encoding"]]
    assert [one["data"]["values"][0]["value"] for one in rules] == [0.5]
