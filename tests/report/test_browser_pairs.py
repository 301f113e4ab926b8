"""The map of language pairs and the bias in depth in a real browser: every switch, hover, table, file and print."""

import csv
import io

import pytest
from report.sample import XQUAD, read_scores

from equilingual.report.plots.maps import DIFFERENCES, STEPS, colours, value_ends

BASE, HYBRID = "e5-small", "e5-small__squad-11__hybrid-0.5"


@pytest.fixture
def open_map(turn_to, sample):
    def make(address="", **options):
        page = turn_to(sample / "report.html", address, **options)
        page.wait_for_selector("#pairs .live[data-drawn]")
        return page

    return make


@pytest.fixture(scope="module")
def values(sample):
    """mAP by strategy, query language and candidates' language, on xquad-r."""
    return {
        (line["strategy"], line["query_language"], line["pool"]): float(line["value"])
        for line in read_scores(sample / "scores.csv")
        if (line["benchmark"], line["measure"], line["debias"]) == ("xquad-r", "map", "none")
        and {line["query_language"], line["pool"]} <= set(XQUAD)
    }


def choose(page, **choices):
    for name, label in choices.items():
        page.locator(f"#pairs select[name={name}]").select_option(label=label)
    wanted = page.evaluate(
        "JSON.stringify(['measure', 'model', 'against', 'order'].map((name) => document.querySelector('#pairs form').elements[name].value))"
    )
    page.wait_for_function("(wanted) => document.querySelector('#pairs .live').dataset.drawn === wanted", arg=wanted)


def cells(page):
    """The texts of the map and the colours of its cells, row by row."""
    texts = page.locator("#pairs .live svg .mark-text.role-mark text").evaluate_all(
        "(all) => all.map((one) => [one.textContent, one.getAttribute('fill')])"
    )
    fills = page.locator("#pairs .live svg .mark-rect.role-mark").first.locator("path")
    return texts, fills.evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))")


def test_at_first_the_map_is_what_the_headlines_model_changed(open_map, values):
    page = open_map()
    texts, fills = cells(page)
    pairs = [(query, pool) for query in XQUAD for pool in XQUAD]
    differences = {pair: values["hybrid", *pair] - values["none", *pair] for pair in pairs}
    shown = {(fill, ink, text) for (text, ink), fill in zip(texts, fills, strict=True)}
    assert shown == {
        (*colours(value, "d"), f"{value:+.2f}".replace("0.", ".").replace("-", "−")) for value in differences.values()
    }
    assert len(texts) == 121
    swatches = page.locator("#pairs .swatches i").evaluate_all("(all) => all.map((one) => one.style.background)")
    ticks = page.locator("#pairs .ends span").all_inner_texts()
    assert len(ticks) == len(swatches) == STEPS
    for text, swatch in zip(ticks, swatches, strict=True):  # each number is the first with its colour
        assert colours(float(text.replace("−", "-")), "d")[0] == swatch
    assert [abs(float(text.replace("−", "-"))) for text in ticks[6:]] == list(DIFFERENCES)
    assert page.logged == []


def test_compared_with_nothing_the_values_are_shown_on_one_scale_for_all_models(open_map, values):
    page = open_map()
    choose(page, against="nothing: show values", model="base encoder")
    everything = [
        float(line["value"])
        for line in read_scores(page.evaluate("location.pathname").replace("report.html", "scores.csv"))
        if (line["benchmark"], line["measure"]) == ("xquad-r", "map")
        and {line["query_language"], line["pool"]} <= set(XQUAD)
    ]
    ends = value_ends(everything)
    texts, fills = cells(page)
    shown = {(fill, ink, text) for (text, ink), fill in zip(texts, fills, strict=True)}
    own = [value for (strategy, *_), value in values.items() if strategy == "none"]
    assert shown == {(*colours(value, "s", ends), f"{value:.2f}".lstrip("0")) for value in own}
    assert page.locator("#pairs .ends span").all_inner_texts()[0] == f"{ends[0]:.2f}".lstrip("0")


def test_every_choice_is_kept_in_the_address_and_read_from_it(open_map, visit, sample):
    page = open_map()
    choose(page, model="cross-lingual batches", against="monolingual batches", order="by script")
    choose(page, measure="Median rank of the first answer")
    address, shown = page.evaluate("location.hash"), cells(page)
    again = visit(sample / "report.html", address)
    again.wait_for_selector("#pairs .live[data-drawn]")
    chosen = "['model', 'against', 'measure', 'order'].map((name) => document.querySelector('#pairs form').elements[name].selectedOptions[0].textContent)"
    assert again.evaluate(chosen) == [
        "cross-lingual batches", "monolingual batches", "Median rank of the first answer", "by script",
    ]  # fmt: skip
    assert cells(again) == shown
    assert again.logged == []


def test_languages_are_ordered_by_script_and_by_value(open_map):
    page = open_map()
    labels = page.locator("#pairs .live svg .role-axis-label").last.locator("text")
    across = "[...document.querySelectorAll('#pairs .live svg .role-axis-label')].map((one) => [...one.querySelectorAll('text')].map((text) => text.textContent))"
    assert list(XQUAD) in page.evaluate(across)
    choose(page, order="by script")
    # In the order of the benchmark: Arab, Latn, Grek, Deva, Cyrl, Thai, Hans
    by_script = ["ar", "de", "en", "es", "tr", "vi", "el", "hi", "ru", "th", "zh"]
    assert by_script in page.evaluate(across)
    choose(page, order="by value", against="nothing: show values")
    (by_value,) = [found for found in page.evaluate(across) if len(found) == 11 and "en" in found]
    assert by_value[0] == "en"  # the sample's best
    assert set(by_value[-2:]) == {"hi", "th"}  # its worst
    assert labels.count() == 11


def test_shares_of_the_first_ten_are_set_against_those_of_the_pool(open_map):
    page = open_map()
    choose(page, measure="Share of the first ten ÷ share of the pool", against="nothing: show values", model="base encoder")  # fmt: skip
    texts, _ = cells(page)
    # The sample's share is that of 1 / (2 + 40 × the distance of the languages); each is 1/11 of the pool.
    weights = [1 / (2 + 40 * place) for place in range(11)]
    assert f"{weights[0] / sum(weights) * 11:.1f}×" in {text for text, _ in texts}
    assert "nearly" not in page.locator("#pairs .scale-words").inner_text()
    said = page.locator("#pairs .lead-in")
    assert "searched among the candidates of all languages" in said.inner_text()
    choose(page, measure="mAP")
    assert "searched among candidates in the column’s language" in said.inner_text()


def test_pointing_at_a_cell_shows_names_values_and_questions(open_map, values):
    page = open_map()
    page.locator("#pairs").scroll_into_view_if_needed()
    page.locator("#pairs .live svg .mark-rect.role-mark").first.locator("path").nth(1).hover(force=True)
    lines = page.locator(".tip").inner_text().split("\n")
    assert lines[:2] == ["query in Arabic (ar)", "candidates in German (de)"]
    for label, strategy in (("base encoder", "none"), ("hybrid batches, α = 0.5", "hybrid")):
        value = values[strategy, "ar", "de"]  # the sample's interval of a pair is 0.03 to each side
        assert f"{label} {value:.3f} (95% interval {value - 0.03:.3f} to {value + 0.03:.3f})" in lines
    assert lines[-1].replace("\u202f", "") == "questions 1190"


def test_the_map_is_a_table_and_a_file_too(open_map, values):
    page = open_map()
    page.locator("#pairs .live summary").click()
    page.wait_for_selector("#pairs .live td")
    row = page.locator("#pairs .live tbody tr").first.locator("td").all_inner_texts()
    assert row == [f"{values['hybrid', 'ar', c] - values['none', 'ar', c]:+.2f}".replace("0.", ".") for c in XQUAD]
    with page.expect_download() as found:
        page.get_by_role("button", name="This map as CSV").click()
    with open(found.value.path(), encoding="utf-8") as file:
        lines = list(csv.DictReader(io.StringIO(file.read())))
    assert len(lines) == 121
    assert {(one["model"], one["compared_with"], one["measure"]) for one in lines} == {(HYBRID, BASE, "map")}
    assert float(lines[1]["value"]) == pytest.approx(values["hybrid", "ar", "de"], abs=1e-5)
    ends = [lines[1][name] for name in ("low", "high", "other_low", "other_high")]
    of_both = [values[strategy, "ar", "de"] + side for strategy in ("hybrid", "none") for side in (-0.03, 0.03)]
    assert [float(end) for end in ends] == pytest.approx(of_both, abs=1e-4)


def test_the_bars_reference_and_benchmark_are_the_maps_too(open_map):
    page = open_map()
    page.locator('nav select[name="reference"]').select_option(label="centred (center-pool)")
    assert page.locator("#pairs select[name=against] option:checked").inner_text() == "centred (center-pool)"
    page.locator('nav select[name="benchmark"]').select_option(label="mlqa-r")
    page.wait_for_function(
        "() => document.querySelectorAll('#pairs .live svg .mark-text.role-mark text').length === 49"
    )
    assert page.logged == []


def test_print_and_a_page_without_scripts_have_small_multiples_instead(open_map, turn_to, sample):
    page = open_map()
    assert page.locator("#pairs .multiples").filter(visible=True).count() == 0
    page.emulate_media(media="print")
    assert page.locator("#pairs .live").is_hidden()
    assert page.locator("#pairs .panels").filter(visible=True).count() == 2
    without = turn_to(sample / "report.html", java_script_enabled=False)
    assert without.locator("#pairs .panels").filter(visible=True).count() == 2
    assert without.locator("#pairs .live").is_hidden()
    assert without.locator("#bias .picture svg").filter(visible=True).count() == 4


@pytest.mark.parametrize("width", [1280, 390])
def test_the_bias_in_depth_is_drawn_anew_with_values_on_hover(open_map, width):
    page = open_map(viewport={"width": width, "height": 900})
    page.wait_for_selector('figure[data-chart="first-ten-0"][data-drawn]')
    figure = page.locator('figure[data-chart="rank-distance-0"]')
    figure.scroll_into_view_if_needed()
    figure.locator(".picture .mark-symbol.role-mark path").first.hover(force=True)
    text = page.locator(".tip").inner_text()
    assert text.startswith("query language all languages\nmodel base encoder\nrank distance ")
    for one in page.locator("#bias .picture").filter(visible=True).all():
        box = one.bounding_box()
        assert box["x"] + box["width"] <= width
    page.locator("#bias summary:visible", has_text="All measures of language bias").click()
    assert (
        "difference in rank between the best-ranked and the worst-ranked language’s answer"
        in page.locator("#bias table:visible").inner_text()
    )
    assert page.logged == []
