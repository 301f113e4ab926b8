"""The forest plot of the paired tests."""

import csv
import io
import json
import re

import pytest
from report.sample import Run, write_run

from equilingual.report import ReportInputs
from equilingual.report.figures import figure_file
from equilingual.report.plots import differences, forest
from equilingual.report.run import Run as Files

COLUMNS = ("benchmark", "setting", "measure", "model_a", "model_b", "seeds_a", "seeds_b", "questions", "value_a", "value_b",
           "difference", "low", "high", "p", "p_corrected", "effect_size", "wins", "losses", "ties", "verdict", "low_over_seeds", "high_over_seeds", "margin",
           "p_equivalent_corrected", "outcome")  # fmt: skip


def line(model_a, model_b, difference, *, shown, **changes):
    """A line of ``comparisons.csv``; the interval is 0.02 to both sides."""
    numbers = {"questions": 9, "value_a": 0.5 + difference, "value_b": 0.5, "difference": difference, "p": 0.01,
               "low": difference - 0.02, "high": difference + 0.02, "p_corrected": 0.0412 if shown else 0.5}  # fmt: skip
    verdict = (
        f"{model_a} > {model_b} on it" if shown else f"no significant difference between {model_a} and {model_b} on it"
    )
    about = {"benchmark": "mine", "setting": "multilingual", "measure": "map", "model_a": model_a, "model_b": model_b}
    return (
        dict.fromkeys(COLUMNS, "")
        | about
        | {key: str(value) for key, value in numbers.items()}
        | {"verdict": verdict, "outcome": "better" if shown else "no significant difference"}
        | changes
    )


@pytest.fixture
def rows_of(tmp_path):
    """Return a function from lines of ``comparisons.csv`` to the rows of the figure."""

    def make(lines, **run):
        arguments = write_run(Run(tmp_path / "run", benchmarks={"mine": ("ar", "en")}, steps=60, **run))
        with open(arguments["comparisons"], "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
        return forest.rows(Files(ReportInputs(**arguments)), "mine")

    return make


HYBRID = "e5-small__squad-11__hybrid-0.5"
LINES = [
    line(HYBRID, "e5-small", 0.05, shown=True),
    line(HYBRID, "e5-small+center-pool", -0.01, shown=False),
    line(HYBRID, "e5-small", -0.3, shown=True, measure="log_rank_distance"),
]


def test_rows_are_those_of_the_file_with_labels_and_sentences(rows_of):
    first, second, third = rows_of(LINES)
    assert (first["label_a"], first["label_b"]) == ("hybrid batches, α = 0.5", "base encoder")
    numbers = [first[name] for name in ("difference", "low", "high", "p_corrected")]
    assert numbers == pytest.approx([0.05, 0.03, 0.07, 0.0412])
    assert [one["shown"] for one in (first, second, third)] == [True, False, True]
    assert second["verdict"].startswith("no significant difference between")
    assert first["effect_size"] is None
    assert first["encoder"] == ""  # a single encoder needs no name
    assert rows_of([LINES[0] | {"benchmark": "other"}]) == []


def test_the_panel_of_the_language_bias_comes_first(rows_of):
    found = forest.panels(rows_of(LINES))
    assert [(forest.title_of(panel), len(panel)) for panel in found] == [
        ("log rank distance", 1),
        ("multilingual mAP", 2),
    ]
    assert forest.describe(rows_of(LINES)).endswith("log rank distance: 1 of 1; multilingual mAP: 1 of 2.")


def test_what_the_test_shows_is_filled_and_nothing_else(rows_of):
    panel = forest.panels(rows_of(LINES))[1]
    first, second = forest.on_page(panel)["data"]["values"]
    assert (first["fill"], first["colour"]) == ("var(--hybrid)", "var(--hybrid)")
    assert (second["fill"], second["colour"]) == ("var(--paper)", "var(--hybrid)")
    assert (first["label"], first["change"]) == ("hybrid batches, α = 0.5", "+0.050, p = .041")
    assert second["change"] == "−0.010, p = .500"
    assert first["said"] == panel[0]["verdict"]


def test_the_axis_holds_all_intervals_and_nought_and_says_which_side_is_better(rows_of):
    bias, quality = (forest.on_page(panel)["layer"][1]["encoding"]["x"] for panel in forest.panels(rows_of(LINES)))
    assert bias["axis"]["title"] == "← better · difference in log rank distance"
    assert quality["axis"]["title"] == "difference in multilingual mAP · better →"
    assert bias["scale"]["domain"][0] < -0.32
    assert 0 < bias["scale"]["domain"][1] < 0.1
    low, high = quality["scale"]["domain"]
    assert low < -0.03
    assert high > 0.07


def test_rows_stand_below_their_encoder_and_what_they_are_against_and_no_two_at_one_place(rows_of):
    one, two = (f"{name}__squad-11__hybrid-0.5" for name in ("one", "two"))
    lines = [line(one, "one", 0.1, shown=True), line(two, "two", 0.1, shown=True), line(one, two, 0.1, shown=True),
             line("one+center-pool", "one", 0.2, shown=True), line(one, "one+center-pool", 0.1, shown=True)]  # fmt: skip
    points, heads, height = forest._places(rows_of(lines, encoders=("one", "two")))
    assert [head["head"] for head in heads] == [
        "one · against base encoder", "one · against centred (center-pool)", "two · against base encoder",
        "different encoders · against two: hybrid batches, α = 0.5",
    ]  # fmt: skip
    assert [point["label"] for point in points] == [
        "hybrid batches, α = 0.5", "centred (center-pool)", "hybrid batches, α = 0.5", "hybrid batches, α = 0.5",
        "one: hybrid batches, α = 0.5",
    ]  # fmt: skip
    # A head takes 1.1 rows, and a point is in the middle of its own.
    assert height == pytest.approx(4 * 1.1 + 5)
    assert [point["middle"] for point in points] == pytest.approx([1.6, 2.6, 4.7, 6.8, 8.9])
    assert [head["middle"] for head in heads] == pytest.approx([0.55, 3.65, 5.75, 7.85])


def test_each_point_stands_in_the_middle_of_its_interval_in_every_panel(rows_of):
    svg = figure_file(forest.PLOT, rows_of(LINES), "svg").decode()
    number = r"(-?[\d.]+)"
    points = re.findall(rf'<path transform="translate\({number},{number}\)" d="M4', svg)
    intervals = re.findall(
        rf'<line transform="translate\({number},{number}\)" x2="{number}" y2="0"[^>]*stroke-width="2"', svg
    )
    assert len(points) == len(intervals) == 3
    for (x, y), (start, top, length) in zip(points, intervals, strict=True):
        assert float(x) == pytest.approx(float(start) + float(length) / 2, abs=0.1)
        assert float(y) == pytest.approx(float(top), abs=0.1)


def test_the_name_the_mark_and_the_value_of_a_row_share_one_line(rows_of):
    svg = figure_file(forest.PLOT, rows_of(LINES), "svg").decode()
    number = r"(-?[\d.]+)"
    points = re.findall(rf'<path transform="translate\({number},{number}\)" d="M4', svg)
    texts = {
        text: re.findall(rf'translate\({number},{number}\)"[^>]*>{text}</text>', svg)
        for text in (r"hybrid batches, α = 0\.5", r"[+−][\d.]+, p = [\d.]+")
    }
    for found in texts.values():
        assert len(found) == len(points) == 3
        for (_, y), (_, baseline) in zip(points, found, strict=True):
            assert float(baseline) - float(y) == pytest.approx(
                4, abs=0.6
            )  # letters of 12 pixels, their middle on the line
    names, values = texts.values()
    for (x, _), (left, _), (right, _) in zip(points, names, values, strict=True):
        assert float(left) + 130 < float(x) < float(right) - 100  # no mark stands in a text


def test_a_long_name_is_cut_to_its_column_and_keeps_its_end(rows_of):
    name = "e5-small__squad-11__hybrid-0.5-with-a-very-long-variant-of-it"
    (point,) = forest.spec(rows_of([line(name, "e5-small", 0.1, shown=True)]))["concat"][0]["data"]["values"]
    assert len(point["label"]) <= 24
    assert point["label"].endswith("of-it")
    assert "…" in point["label"]


def test_files_have_all_panels_and_all_sentences(rows_of):
    shown = rows_of(LINES)
    svg = figure_file(forest.PLOT, shown, "svg").decode()
    for text in (
        "log rank distance",
        "multilingual mAP",
        "against base encoder",
        "hybrid batches, α = 0.5",
        "+0.050, p = .041",
    ):
        assert f">{text}</text>" in svg
    assert "var(" not in svg
    assert figure_file(forest.PLOT, shown, "pdf").startswith(b"%PDF-")
    lines = list(csv.DictReader(io.StringIO(figure_file(forest.PLOT, shown, "csv").decode())))
    assert [one["verdict"] for one in lines] == [one["verdict"] for one in LINES]
    assert [float(one["low"]) for one in lines] == pytest.approx([0.03, -0.03, -0.32])


def test_the_comparisons_of_the_headlines_model_come_first(rows_of):
    others = [line(f"e5-small__squad-11__{name}", "e5-small", 0.1, shown=True) for name in ("mono", "cross")]
    found = rows_of([others[0], LINES[2], LINES[0], others[1], LINES[1]])
    assert [one["label_a"] for one in found[3:]] == ["monolingual batches", "cross-lingual batches"]
    assert [(one["label_a"], one["label_b"]) for one in found[1:3]] == [
        ("hybrid batches, α = 0.5", "base encoder"), ("hybrid batches, α = 0.5", "centred (center-pool)"),
    ]  # fmt: skip


def test_the_screen_has_room_for_so_many_and_no_more(rows_of):
    shown = rows_of([LINES[0]] * (forest.MOST + 5))
    assert len(forest.on_page(shown)["data"]["values"]) == forest.MOST
    json.dumps(forest.on_page(shown), allow_nan=False)


A4 = (210 - 2 * 12) / 25.4 * 96, (297 - 2 * 12) / 25.4 * 96  # CSS pixels within margins of 12 mm


@pytest.mark.parametrize("measures", [1, 2, 3, 4, 6])
def test_a_file_fits_on_a_page_whatever_the_number_of_comparisons_and_says_what_is_left_out(rows_of, measures):
    names = ["map", "log_rank_distance", "recall@1", "recall@10", "mrr", "ndcg@10"][:measures]
    models = [f"e5-small__squad-11__{name}" for name in ("mono", "cross", "hybrid-0.5")]
    lines = [line(model, other, 0.1, shown=True, measure=name) for name in names
             for model in models for other in [f"x{n}" for n in range(30)]]  # fmt: skip
    svg = figure_file(forest.PLOT, rows_of(lines), "svg").decode()
    width, height = (float(re.search(rf'<svg [^>]*\b{name}="([\d.]+)"', svg)[1]) for name in ("width", "height"))
    assert width < A4[0] * 1.1  # printed at 90%: its texts have 8.1 points
    assert A4[1] * 0.7 < height < A4[1]
    drawn = len(re.findall(r">\+[\d.]+, p = .041</text>", svg))
    notes = re.findall(r">(\d+) of 90 tests; all are in results/comparisons.csv<", svg)
    assert len(notes) == measures
    assert sum(map(int, notes)) == drawn


def test_a_file_with_few_comparisons_has_all_and_no_note(rows_of):
    svg = figure_file(forest.PLOT, rows_of(LINES), "svg").decode()
    assert "results/comparisons.csv" not in svg


OVER_SEEDS = {"low_over_seeds": "0.01", "high_over_seeds": "0.09"}
WITHIN = {"margin": "0.1", "p_equivalent_corrected": "0.03"}


def test_intervals_over_seeds_are_thin_lines_and_in_the_sentence(rows_of):
    shown = rows_of([LINES[0] | OVER_SEEDS, LINES[1]])
    assert forest.sentence(shown[0]) == f"{LINES[0]['verdict']}; over questions and seeds [0.010, 0.090]"
    assert forest.sentence(shown[1]) == LINES[1]["verdict"]
    found = forest.on_page(shown)
    said = [point["said"] for point in found["data"]["values"]]
    assert said == [forest.sentence(one) for one in shown]
    number = r"(-?[\d.]+)"
    rule = rf'<line transform="translate\({number},{number}\)" x2="{number}" y2="0"[^>]*stroke-width="'
    svg = figure_file(forest.PLOT, shown, "svg").decode()
    ((start, top, length),) = re.findall(rule + '1"', svg)[-1:]
    (thick, at, size), _ = re.findall(rule + '2"', svg)
    assert (float(at), float(length)) == (pytest.approx(float(top)), pytest.approx(2 * float(size), abs=0.2))
    assert float(start) + float(length) / 2 == pytest.approx(float(thick) + float(size) / 2, abs=0.2)
    low, high = found["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low < 0
    assert high > 0.09
    assert len(forest.on_page(rows_of(LINES[:2]))["layer"]) == len(found["layer"]) - 1


def test_on_a_phone_a_name_takes_two_lines_and_what_follows_the_comma_stays_whole():
    names = ["cross-lingual batches, centred (center-pool)", "cross-lingual batches, CSLS (csls-pool)", "base encoder",
             "hybrid batches, α = 0.5, CSLS (csls-pool)", "a name without any comma that is longer than two lines of it"]  # fmt: skip
    lines = [differences._lines(name) for name in names]
    assert lines[:4] == [
        ["cross-lingual batches,", "centred (center-pool)"],
        ["cross-lingual batches,", "CSLS (csls-pool)"],
        ["base encoder"],
        ["hybrid batches, α = 0.5,", "CSLS (csls-pool)"],
    ]
    assert len(lines[4]) == 2
    assert all(len(line) <= 25 for found in lines for line in found)


def test_equivalent_models_have_a_hollow_square_in_the_zone(rows_of):
    outcome = {"outcome": "equivalent", "verdict": "equivalent"}
    shown = rows_of([LINES[0], LINES[1] | WITHIN | outcome])
    found = forest.on_page(shown)
    first, second = found["data"]["values"]
    assert (first["shape"], second["shape"], second["fill"]) == ("circle", "square", "var(--paper)")
    assert (first["change"], second["change"]) == ("+0.050, p = .041", "−0.010, equivalent")
    (zone,) = found["layer"][0]["data"]["values"]
    assert (zone["left"], zone["right"]) == (-0.1, 0.1)
    assert (zone["top"] + zone["bottom"]) / 2 == pytest.approx(second["middle"])
    low, high = found["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert (low < -0.1, high > 0.1) == (True, True)
    assert forest.describe(shown).endswith("multilingual mAP: 1 of 2. Equivalent within the margin: 1.")
    svg = figure_file(forest.PLOT, shown, "svg").decode()
    assert svg.count('d="M-4.472') == 1  # a square of 80 square pixels
    lines = list(csv.DictReader(io.StringIO(figure_file(forest.PLOT, shown, "csv").decode())))
    assert [one["outcome"] for one in lines] == ["better", "equivalent"]
