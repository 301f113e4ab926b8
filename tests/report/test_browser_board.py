"""The leaderboard and the forest plot in a real browser."""

import csv
import io
import re
from itertools import chain

import pytest
from report.sample import Run, read_scores, write_run

from equilingual.report import ReportInputs, render_report

HYBRID = "e5-small__squad-11__hybrid-0.5"
BASE, CENTRED, CROSS = "e5-small", "e5-small+center-pool", "e5-small__squad-11__cross"
LABELS = [
    "hybrid batches, α = 0.5",
    "cross-lingual batches",
    "monolingual batches",
    "centred (center-pool)",
    "base encoder",
]


def write_tests(path, found):
    """Write ``comparisons.csv`` of (measure, first model, second model, difference, corrected p, shown)."""
    lines = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        for measure, model_a, model_b, difference, p, shown in found:
            verdict = "it is shown" if shown else "no significant difference between the two"
            writer.writerow(
                lines[0] | {"measure": measure, "model_a": model_a, "model_b": model_b, "difference": difference,
                    "value_a": 0.5 + difference, "value_b": 0.5, "low": difference - 0.02, "high": difference + 0.02,
                    "p_corrected": p, "verdict": f"{verdict}: {measure}, {model_b}",
                    "outcome": ("better" if (difference > 0) == (measure == "map") else "worse") if shown
                    else "no significant difference"}
            )  # fmt: skip


TESTS = [
    ("map", HYBRID, BASE, 0.18, 0.0123, True),
    ("map", CROSS, HYBRID, 0.002, 0.4, False),
    ("log_rank_distance", HYBRID, BASE, -1.5, 0.0001, True),
    ("log_rank_distance", HYBRID, CENTRED, 0.25, 0.2, False),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("board")
    arguments = write_run(Run(folder, steps=60))
    write_tests(arguments["comparisons"], TESTS)
    render_report(ReportInputs(**arguments), out=folder / "report.html")
    return folder


@pytest.fixture
def open_page(turn_to, folder):
    def make(address="", **options):
        return turn_to(folder / "report.html", address, **options)

    return make


def board(page):
    return page.locator(".leaderboard:visible")


def labels(page):
    return board(page).locator("tbody tr .label").all_inner_texts()


def cells(page, label):
    """The texts of one model's cells, in one line each."""
    row = board(page).locator("tbody tr", has=page.get_by_text(label, exact=True))
    return [re.sub(r"[ \t\n]+", " ", text).strip() for text in row.locator("td").all_inner_texts()]


SHOWN = """(table) => [...table.querySelectorAll("tr[data-model]")].flatMap((row) => [...row.children]).map((cell) => [
  [cell.textContent.replaceAll(/\\s+/g, " ").trim(), cell.title, cell.className],
  [...cell.querySelectorAll(".bar-of > *")].flatMap((part) =>
    ["x", "width", "x1", "x2"].filter((name) => part.hasAttribute(name)).map((name) => parseFloat(part.getAttribute(name)))),
])"""


@pytest.mark.parametrize("benchmark", ["xquad-r", "mlqa-r"])
def test_the_script_draws_at_first_what_the_page_has_without_scripts(open_page, benchmark):
    with_script, without = open_page(f"#?benchmark={benchmark}"), open_page(java_script_enabled=False)
    assert with_script.logged == []
    drawn = board(with_script).locator("table.board").evaluate(SHOWN)
    written = without.locator(".leaderboard", has=without.get_by_text(benchmark, exact=True)).first
    written = written.locator("table.board").evaluate(SHOWN)
    assert [texts for texts, _ in drawn] == [texts for texts, _ in written]
    bars = [bar for _, bar in drawn]
    assert [len(bar) for bar in bars] == [0, 4, 4, 4, 4] * 5  # a bar and its interval
    assert list(chain(*bars)) == pytest.approx(list(chain(*(bar for _, bar in written))), abs=0.15)
    assert without.locator(".tools:visible, .scripted:visible").count() == 0
    assert labels(with_script) == LABELS


def test_a_click_on_a_heading_sorts_and_another_one_turns_the_order(open_page):
    page = open_page()
    heading = board(page).get_by_role("button", name="mAP multilingual")
    column = board(page).locator("th", has=page.get_by_role("button", name="mAP multilingual"))
    heading.click()
    assert column.get_attribute("aria-sort") == "descending"
    assert labels(page) == [LABELS[1], LABELS[0], LABELS[2], LABELS[3], LABELS[4]]
    assert page.evaluate("document.activeElement.dataset.sort") == "multilingual|map"
    page.keyboard.press("Enter")
    assert column.get_attribute("aria-sort") == "ascending"
    assert labels(page) == [LABELS[4], LABELS[3], LABELS[2], LABELS[0], LABELS[1]]
    assert board(page).locator("[aria-sort]").count() == 1
    assert page.logged == []
    shown, address = labels(page), page.evaluate("location.hash")
    assert labels(open_page()) == LABELS
    assert labels(open_page(address)) == shown


def test_the_filter_keeps_models_whose_name_has_the_text(open_page):
    page = open_page()
    field = board(page).get_by_label("Filter")
    field.fill("BATCHES")
    assert labels(page) == LABELS[:3]
    field.fill("center")
    assert labels(page) == LABELS[3:4]
    field.fill("nothing of the kind")
    assert board(page).locator(".board tbody").inner_text() == "No model has this in its name."
    field.fill("")
    assert labels(page) == LABELS


def test_columns_are_chosen_from_all_measures_of_the_benchmark(open_page, folder):
    page = open_page()
    assert board(page).locator(".board thead th").count() == 5
    board(page).get_by_text("Columns", exact=True).click()
    board(page).get_by_label("R@10 multilingual").check()
    board(page).get_by_label("mAP monolingual").uncheck()
    assert board(page).locator(".board thead th").count() == 5
    wanted = next(
        line["value"] for line in read_scores(folder / "scores.csv")
        if (line["strategy"], line["benchmark"], line["setting"], line["query_language"], line["measure"])
        == ("hybrid", "xquad-r", "multilingual", "mean", "recall@10")
    )  # fmt: skip
    assert (
        cells(page, LABELS[0])[-1] == f"★ best {float(wanted):.3f}"
        or cells(page, LABELS[0])[-1] == f"{float(wanted):.3f}"
    )
    assert page.logged == []
    shown, address = cells(page, LABELS[0]), page.evaluate("location.hash")
    assert cells(open_page(), LABELS[0]) != shown
    again = open_page(address)
    assert cells(again, LABELS[0]) == shown
    # The other benchmark has its own table, with the same columns.
    again.locator('select[name="benchmark"]').select_option(label="mlqa-r")
    assert board(again).locator(".board thead th").count() == 5
    assert again.logged == []


def means(folder, benchmark="xquad-r"):
    return {
        (line["strategy"], line["debias"], line["setting"], line["measure"]): float(line["value"])
        for line in read_scores(folder / "scores.csv")
        if line["benchmark"] == benchmark and line["query_language"] == line["pool"] == "mean"
    }


def test_a_chosen_model_makes_all_others_differences_to_it_with_their_tests(open_page, visit, folder):
    page = open_page()
    board(page).get_by_role("button", name=LABELS[0]).click()
    values = means(folder)
    quality = [values[name, "none", "multilingual", "map"] for name in ("none", "cross", "hybrid")]
    distance = [values["none", one, "multilingual", "rank_distance"] for one in ("none", "center-pool")]
    own = values["hybrid", "none", "multilingual", "rank_distance"]
    assert cells(page, LABELS[4])[2:] == [
        f"−{quality[2] - quality[0]:.3f} p = .012",
        f"+{distance[0] - own:,.0f} p < .001 (log rank distance)".replace(",", "\u202f"),
    ]
    # The file names the other model first, and shows no difference.
    assert cells(page, LABELS[1])[2] == f"+{quality[1] - quality[2]:.3f} p = .400"
    assert cells(page, LABELS[1])[3].endswith(" –")
    assert cells(page, LABELS[0])[2] == f"{quality[2]:.3f}"
    verdicts = board(page).locator("tr", has=page.get_by_text(LABELS[4], exact=True)).locator("td").evaluate_all(
        "(all) => all.map((one) => one.dataset.verdict ?? '')"
    )  # fmt: skip
    assert verdicts == ["", "", "worse", "worse"]
    # Centred is more biased by the mean, and less by the test's logarithm: the page says which it shows.
    assert distance[1] > own
    assert cells(page, LABELS[3])[3] == "log −0.25 p = .200"
    assert (
        board(page)
        .locator(".differences")
        .inner_text()
        .startswith("Differences to hybrid batches, α = 0.5, p corrected")
    )
    assert board(page).locator("[aria-pressed=true]").inner_text() == LABELS[0]
    again = visit(folder / "report.html", page.evaluate("location.hash"))
    assert all(cells(again, label) == cells(page, label) for label in LABELS)
    page.keyboard.press("Enter")  # on the same row
    assert "reference=" not in page.evaluate("location.hash")
    assert cells(page, LABELS[0])[2].endswith(f"{quality[2]:.3f}")
    assert page.logged == again.logged == []


def test_a_click_anywhere_on_a_row_chooses_it_and_names_with_signs_come_back_from_the_address(open_page):
    page = open_page()
    board(page).locator("tr", has=page.get_by_text(LABELS[3], exact=True)).locator("td").first.click()
    assert "reference=e5-small%2Bcenter-pool" in page.evaluate("location.hash")
    address = page.evaluate("location.hash")
    assert board(open_page()).locator("[aria-pressed=true]").count() == 0
    again = open_page(address)
    assert board(again).locator("[aria-pressed=true]").inner_text() == LABELS[3]
    board(again).get_by_role("button", name="Show values").click()
    assert board(again).locator("[aria-pressed=true]").count() == 0


def test_the_leaderboard_and_compared_with_have_one_reference(open_page):
    page = open_page()
    switch = page.locator('select[name="reference"]')
    said = "(all) => all.selectedOptions[0].textContent"
    values = cells(page, LABELS[0])
    board(page).get_by_role("button", name=LABELS[1]).click()
    assert switch.evaluate(said) == LABELS[1]
    assert page.locator(".overview:visible .reference").inner_text() == LABELS[1]
    switch.select_option(label=LABELS[0])
    assert board(page).locator("[aria-pressed=true]").inner_text() == LABELS[0]
    assert board(page).locator(".differences b").inner_text() == LABELS[0]
    # The row of the reference has its values, and no difference to itself.
    assert cells(page, LABELS[0]) == [text.removeprefix("★ best ") for text in values]
    assert all(re.match("[+−–]", text) for text in cells(page, LABELS[2])[:3])
    board(page).get_by_role("button", name="Show values").click()
    assert switch.evaluate(said) == "base encoder"  # as at first
    assert cells(page, LABELS[0]) == values
    board(page).get_by_role("button", name="Show differences to base encoder").click()
    assert switch.evaluate(said) == board(page).locator(".differences b").inner_text() == "base encoder"
    assert re.match("[+−–]", cells(page, LABELS[0])[0])
    assert page.logged == []


def test_what_gets_worse_by_language_is_said_of_every_model_that_is_compared_with(open_page):
    page = open_page()
    losses, switch = page.locator(".overview:visible .losses:visible"), page.locator('select[name="reference"]')
    said = losses.inner_text()
    assert said.startswith("Against base encoder")
    switch.select_option(label=LABELS[1])
    assert losses.inner_text().startswith(f"Against {LABELS[1]}, ")
    switch.select_option(label=LABELS[3])
    assert losses.inner_text().startswith(f"Against {LABELS[3]}, ")
    switch.select_option(label="base encoder")
    assert losses.inner_text() == said


def test_published_systems_are_off_at_first_hollow_and_cannot_be_chosen(open_page):
    page = open_page()
    assert board(page).locator("tr.theirs").count() == 0
    assert page.locator(".published-notes:visible").count() == 0
    board(page).get_by_label("Published systems").check()
    theirs = board(page).locator("tr.theirs")
    assert theirs.count() >= 6
    assert "published: arXiv:2408.10536, tables 5 and 7; trained on nine QA corpora" in theirs.first.inner_text()
    assert theirs.first.locator("rect").first.evaluate("(e) => getComputedStyle(e).fill") == "none"
    assert theirs.locator("button, .star").count() == 0
    # X-X of the paper has a rank distance of 410, between the cross-lingual and the monolingual batches of 412.
    names = labels(page)
    assert names.index("XLM-R base, X-X") == names.index(LABELS[2]) - 1
    assert page.locator(".published-notes:visible").count() == 1
    board(page).get_by_role("button", name=LABELS[0]).click()
    assert re.fullmatch(r"[+−]0\.\d{3} –", cells(page, "XLM-R base, X-X")[2])
    assert page.logged == []


def test_models_are_grouped_by_their_encoder(visit, tmp_path):
    run = Run(tmp_path, encoders=("one", "two"), benchmarks={"mine": ("ar", "en")}, steps=60)
    render_report(ReportInputs(**write_run(run)), out=tmp_path / "report.html")
    page = visit(tmp_path / "report.html")
    assert labels(page)[:2] == [f"{name}: hybrid batches, α = 0.5" for name in ("one", "two")]
    board(page).get_by_label("Group by encoder").check()
    assert [label.partition(":")[0] for label in labels(page)] == ["one"] * 5 + ["two"] * 5
    assert board(page).locator("tr.group th").all_inner_texts() == ["one", "two"]
    assert "grouped=1" in page.evaluate("location.hash")


def test_with_several_seeds_the_interval_over_them_is_shown_and_equivalent_models_are_called_so(visit, tmp_path):
    run = Run(tmp_path, seeds=(1, 2), benchmarks={"mine": ("ar", "en")}, steps=60)
    arguments = write_run(run)
    write_tests(arguments["comparisons"], TESTS[:2])
    lines = list(csv.DictReader(io.StringIO(arguments["comparisons"].read_text(encoding="utf-8"))))
    lines[1] |= {"outcome": "equivalent", "verdict": "equal", "margin": 0.005, "p_equivalent_corrected": 0.012}
    with open(arguments["comparisons"], "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(line | {"benchmark": "mine"} for line in lines)
    render_report(ReportInputs(**arguments), out=tmp_path / "report.html")
    page, without = visit(tmp_path / "report.html"), visit(tmp_path / "report.html", java_script_enabled=False)
    drawn, written = (one.locator(".leaderboard table.board").first.evaluate(SHOWN) for one in (page, without))
    drawn, written = (
        [re.findall("; (over questions and seeds .*?);", texts[1]) for texts, _ in one] for one in (drawn, written)
    )
    assert drawn == written
    ends = [f"over questions and seeds {value} to {value[:-2]}50" for value in ("0.300", "0.400", "0.500")]
    assert sorted(chain(*drawn)) == sorted(ends * 3)  # of three trained models
    board(page).get_by_role("button", name=LABELS[0]).click()
    assert any(text.endswith("p = .012") for text in cells(page, LABELS[1]))
    _, tests = saved(page, page.locator(".tested:visible").get_by_role("button", name="CSV of these tests"))
    assert [(one["margin"], one["p_equivalent_corrected"]) for one in tests] == [("", ""), ("0.005", "0.012")]
    page.get_by_text("CSV", exact=True).click()
    name, values = saved(page, page.get_by_role("button", name="Scores by seed"))
    own = [one for one in values if (one["model"], one["setting"], one["measure"]) == (HYBRID, "multilingual", "map")]
    scores = {
        line["seed"]: float(line["value"])
        for line in read_scores(arguments["scores"])
        if (line["strategy"], line["setting"], line["measure"], line["query_language"], line["pool"])
        == ("hybrid", "multilingual", "map", "mean", "mean")
    }
    assert name == "scores-by-seed.csv"
    assert {one["seed"]: float(one["value"]) for one in own} == pytest.approx(scores, abs=1e-5)
    assert len(own) == 2
    page.wait_for_selector('figure[data-chart="forest-0-0"][data-drawn]')
    notes = page.locator("#comparisons details .note").first.text_content()
    assert "over questions and seeds" in notes
    notes = page.locator("#comparisons .note").first.inner_text()
    assert "A square is an equivalence" in notes
    assert page.logged == []


def saved(page, button):
    with page.expect_download() as found:
        button.click()
    with open(found.value.path(), encoding="utf-8", newline="") as file:
        return found.value.suggested_filename, list(csv.DictReader(file))


def test_the_csv_has_what_is_shown(open_page, folder):
    page, values = open_page(), means(folder)
    button = board(page).get_by_role("button", name="CSV of this table")
    name, lines = saved(page, button)
    assert name == "leaderboard-xquad-r.csv"
    assert [line["label"] for line in lines] == LABELS
    assert float(lines[0]["multilingual map"]) == pytest.approx(
        values["hybrid", "none", "multilingual", "map"], rel=1e-5
    )
    assert float(lines[0]["multilingual map low"]) < float(lines[0]["multilingual map"])
    board(page).get_by_label("Filter").fill("encoder")
    board(page).get_by_label("Filter").fill("base")
    page.locator('select[name="reference"]').select_option(label=LABELS[0])
    _, (line,) = saved(page, button)
    assert line["model"] == BASE
    difference = values["none", "none", "multilingual", "map"] - values["hybrid", "none", "multilingual", "map"]
    assert float(line["multilingual map difference"]) == pytest.approx(difference, rel=1e-4)
    assert float(line["multilingual map p corrected"]) == 0.0123
    assert (line["multilingual map difference low"], line["multilingual map difference high"]) == ("-0.2", "-0.16")


def test_the_forest_plot_shows_one_measure_at_a_time_and_sentences_on_hover(open_page):
    page = open_page()
    tested = page.locator(".tested:visible")
    assert tested.locator(".panel:visible figcaption").all_inner_texts() == ["Differences in log rank distance"]
    page.wait_for_selector('figure[data-chart="forest-0-0"][data-drawn]')
    tested.get_by_role("radio", name="multilingual mAP").check()
    assert tested.locator(".panel:visible figcaption").all_inner_texts() == ["Differences in multilingual mAP"]
    page.wait_for_selector('figure[data-chart="forest-0-1"][data-drawn]')
    points = tested.locator(".panel:visible .picture .mark-symbol path")
    assert points.evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))") == [
        "var(--hybrid)",
        "var(--paper)",
    ]
    points.first.hover(force=True)
    assert page.locator(".tip").inner_text() == f"it is shown: map, {BASE}"
    assert page.logged == []
    address = page.evaluate("location.hash")
    for view, title in (("", "log rank distance"), (address, "multilingual mAP")):
        shown = open_page(view).locator(".tested:visible .panel:visible figcaption")
        assert shown.inner_text() == f"Differences in {title}"


@pytest.mark.parametrize(("width", "values"), [(1280, ["−1.50, p < .001"]), (390, ["−1.50", "p < .001"])])
def test_the_name_the_mark_and_the_value_of_a_test_share_one_line(open_page, width, values):
    page = open_page(viewport={"width": width, "height": 900})
    panel = page.locator(".tested:visible .panel:visible .picture")
    panel.locator("svg").scroll_into_view_if_needed()
    text = panel.locator("text").filter(has_text=values[0])
    text.wait_for(timeout=10_000)
    # On a phone p stands below the difference.
    assert ", ".join(text.locator("tspan").all_text_contents() or text.all_text_contents()) == ", ".join(values)
    parts = [panel.get_by_text(LABELS[0], exact=True).first, panel.locator(".mark-symbol path").first, text]
    boxes = [one.bounding_box() for one in parts]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert max(middles) - min(middles) < 3
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert boxes[1]["x"] + boxes[1]["width"] < boxes[2]["x"]


def test_the_csv_of_the_tests_has_their_sentences(open_page):
    page = open_page()
    name, lines = saved(page, page.locator(".tested:visible").get_by_role("button", name="CSV of these tests"))
    assert name == "comparisons-xquad-r.csv"
    assert [(line["model_b"], float(line["difference"])) for line in lines] == [(one[2], one[3]) for one in TESTS]
    assert lines[1]["verdict"] == f"no significant difference between the two: map, {HYBRID}"
    # No test is against a trained model, or has a margin, or an interval over seeds; every other column of the page's tests is there.
    columns = page.evaluate("report.data.comparisons.columns")
    assert [one for one in columns if one not in lines[0]] == [
        "seeds_b", "low_over_seeds", "high_over_seeds", "margin", "p_equivalent_corrected",
    ]  # fmt: skip


def test_without_scripts_every_forest_plot_and_sentence_is_there(open_page):
    page = open_page(java_script_enabled=False)
    assert page.locator(".tested .picture svg:visible").count() == 2
    page.get_by_text("All comparisons in words").click()
    assert page.locator(".verdicts li:visible").count() == 4
    assert page.locator(".verdicts .shown:visible").count() == 2
