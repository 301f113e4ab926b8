"""The page in a real browser: every control, three widths, dark, print, and without scripts."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from importlib import resources

import pytest
from report.sample import XQUAD, Run, change_scores, read_scores, write_run

from equilingual.report import ReportInputs, render_report

HYBRID = "e5-small__squad-11__hybrid-0.5"


@pytest.fixture
def open_page(turn_to, sample):
    def make(address="", **options):
        return turn_to(sample / "report.html", address, **options)

    return make


def test_nothing_is_complained_of_and_nothing_is_wider_than_the_window(visit, sample):
    page = visit(sample / "report.html", viewport={"width": 390, "height": 900})
    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            "() => { const svg = document.querySelector('.picture svg'); return svg.clientWidth <= svg.parentElement.clientWidth; }"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        figure = page.locator("figure[data-chart]").first.bounding_box()
        assert figure["y"] < 600
        assert figure["x"] + figure["width"] <= width
    assert page.logged == []


def test_the_first_screen_has_provenance_headline_figure_and_cards(open_page):
    page = open_page(viewport={"width": 1280, "height": 900})
    facts = page.locator(".provenance .kicker").inner_text()
    assert facts == (
        "Equilingual report · 29 Nov 2026 · commit 4eb022b · configs/mine.yaml · 2 h 5 min of work · "
        "NVIDIA H200 (139 GiB), CUDA 12.8"
    )
    assert len(page.locator(".headline").first.inner_text().split()) <= 25
    for part in (".headline", ".picture svg", ".cards"):
        box = page.locator(f".overview:not([hidden]) {part}").first.bounding_box()
        assert box["y"] + box["height"] < 900, part


@pytest.mark.parametrize("section", ["leaderboard", "comparisons", "pairs", "bias"])
def test_an_address_leads_to_its_section_when_all_figures_are_drawn(visit, sample, section):
    page = visit(sample / "report.html", f"#{section}")
    page.wait_for_function("() => [...document.querySelectorAll('figure[data-chart]')].every((one) => one.closest('[hidden]') || 'drawn' in one.dataset)")  # fmt: skip
    page.wait_for_timeout(300)
    assert 0 <= page.locator(f"#{section}").bounding_box()["y"] < 120


def test_dark_is_dark_and_the_figure_goes_with_it(open_page):
    colours = []
    page = open_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        script = "(e) => getComputedStyle(e).fill"
        colours.append(
            (
                page.evaluate("getComputedStyle(document.body).backgroundColor"),
                page.locator(".picture svg text").first.evaluate(script),
            )
        )
    assert colours[0][0] == "rgb(255, 255, 255)"
    assert colours[0][0] != colours[1][0]
    assert colours[0][1] != colours[1][1]
    assert page.logged == []


def test_another_benchmark_is_shown_alone_and_kept_in_the_address(open_page, visit, sample):
    page = open_page()
    shown = page.locator(".overview:visible")
    assert shown.locator("h3").all_inner_texts() == ["xquad-r"]
    page.locator('select[name="benchmark"]').select_option(label="mlqa-r")
    assert shown.locator("h3").all_inner_texts() == ["mlqa-r"]
    assert page.evaluate("location.hash") == "#?benchmark=mlqa-r"
    page.wait_for_selector('figure[data-chart="quality-bias-1"][data-drawn]')
    again = visit(sample / "report.html", "#overview?benchmark=mlqa-r")
    assert again.locator(".overview:visible h3").all_inner_texts() == ["mlqa-r"]
    assert page.logged == again.logged == []


def test_another_reference_changes_every_card_to_what_the_files_say(open_page, sample):
    scores = {
        (row["debias"], row["strategy"], row["setting"], row["measure"]): float(row["value"])
        for row in read_scores(sample / "scores.csv")
        if row["benchmark"] == "xquad-r" and row["query_language"] == row["pool"] == "mean"
    }
    page = open_page()
    cards = page.locator(".overview:visible .card")
    first = cards.all_inner_texts()
    assert page.locator("select[name='reference'] option:checked").inner_text() == "base encoder"
    page.locator('select[name="reference"]').select_option(label="centred (center-pool)")
    changed = cards.all_inner_texts()
    assert len(first) == len(changed) == 4
    assert all(a != b for a, b in zip(first[1:], changed[1:], strict=True))
    assert "reference=e5-small%2Bcenter-pool" in page.evaluate("location.hash")
    ends = [
        scores[debias, strategy, "multilingual", "map"]
        for debias, strategy in (("center-pool", "none"), ("none", "hybrid"))
    ]
    assert f"{ends[0]:.3f} → {ends[1]:.3f} better +0.051 [+0.041, +0.061], p < .001" in " ".join(changed[1].split())
    # The sample's test is of a log rank distance that rises, where the mean rank distance falls.
    assert (
        " ".join(changed[0].split())
        == "Language bias log rank distance 0.60 → 0.65 worse +0.05 [+0.04, +0.06], p < .001 first correct answer in the query’s language: 0.459 → 0.248"
    )
    assert "not tested" in changed[3]  # within a language
    assert page.locator(".overview:visible .reference").inner_text() == "centred (center-pool)"
    page.locator('select[name="reference"]').select_option(label="base encoder")
    assert cards.all_inner_texts() == first


def test_pointing_at_a_model_shows_its_values(open_page):
    page = open_page()
    assert page.locator(".tip").is_hidden()
    marks = page.locator(".overview:visible .picture svg .points_marks path")
    found = []
    for mark in marks.all():  # at their middles: that of the base encoder is a ring
        mark.hover(force=True)
        found.append(page.locator(".tip").inner_text())
        page.mouse.move(0, 0)
    assert found[0].startswith("model base encoder\nmAP 0.")
    assert all("rank distance" in text for text in found)
    assert len({text.partition("\n")[0] for text in found}) == 5


def test_each_kind_of_model_has_the_mark_of_the_leaderboard(open_page):
    page = open_page()
    marks = page.locator(".overview:visible .picture svg .points_marks path")
    shapes = marks.evaluate_all("(all) => all.map((one) => one.getAttribute('d'))")
    # base encoder, centred, monolingual, cross-lingual, hybrid: circle, triangle, square, diamond, circle
    assert shapes[0] == shapes[4]
    assert "A" in shapes[0]
    assert [len(re.findall("[MLHV]", shape)) for shape in shapes[1:4]] == [3, 4, 4]
    assert len(set(shapes)) == 4
    fills = marks.evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))")
    assert fills == ["var(--paper)", "var(--centred)", "var(--mono)", "var(--cross)", "var(--hybrid)"]


def test_published_systems_are_off_at_first_and_hollow(open_page):
    page = open_page()
    points = page.locator(".overview:visible .picture svg .points_marks path")
    assert points.count() == 5
    page.get_by_label("published systems").first.check()
    page.wait_for_function(
        "() => document.querySelectorAll('.overview:not([hidden]) .picture .points_marks path').length > 5"
    )
    fills = points.evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))")
    assert fills[1:5] == [fill for fill in fills if fill != "var(--paper)"]  # the first is the ring of the base encoder
    assert page.logged == []


def test_downloads_are_the_pages_data_figure_and_configuration(open_page, sample, download):
    page = open_page()

    page.get_by_text("CSV", exact=True).click()
    name, text = download(page, "Scores")
    scores = json.loads((sample / "report.json").read_text(encoding="utf-8"))["scores"]
    lines = list(csv.reader(io.StringIO(text)))
    assert (name, lines[0], len(lines)) == ("scores.csv", scores["columns"], len(scores["data"]) + 1)
    assert [float(lines[1][6]), lines[1][:6]] == [scores["data"][0][6], scores["data"][0][:6]]
    name, text = download(page, "Comparisons")
    tests = json.loads((sample / "report.json").read_text(encoding="utf-8"))["comparisons"]
    assert (name, len(list(csv.reader(io.StringIO(text))))) == ("comparisons.csv", len(tests["data"]) + 1)
    name, text = download(page, "Scores by language")
    lines = list(csv.DictReader(io.StringIO(text)))
    places = [(one["model"], one["benchmark"], one["setting"], one["measure"], one["query_language"]) for one in lines]
    assert name == "scores-by-language.csv"
    assert len(places) == len(set(places))  # no pairs of languages
    assert {one["query_language"] for one in lines if one["benchmark"] == "xquad-r"} == set(XQUAD)
    assert {one["setting"] for one in lines} == {"monolingual", "cross-lingual", "multilingual"}
    name, text = download(page, "Figure as SVG")
    assert name == "quality-bias-xquad-r.svg"
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in text
    # The file says what it is of, as those in results/figures do; the page has that above its figure.
    about = "xquad-r · e5-small · 1 seed"
    assert ET.fromstring(text).find("{*}title").text == about
    assert text.count(f">{about}</text>") == 1
    assert page.locator(".picture svg text", has_text=about).count() == 0
    page.get_by_text("Configuration", exact=True).click()
    assert download(page, "Download") == ("config.yaml", "title: mine\n")


def test_a_benchmark_without_the_first_figure_offers_the_next_and_without_any_says_so(visit, tmp_path, download):
    arguments = write_run(Run(tmp_path, benchmarks={"mine": ("ar", "en")}, steps=60))
    change_scores(arguments["scores"], lambda line: None if line["setting"] == "monolingual" else line)
    render_report(ReportInputs(**arguments), out=tmp_path / "report.html")
    page = visit(tmp_path / "report.html")
    button = page.get_by_role("button", name="Figure as SVG")
    assert page.locator("#overview figure").count() == 0
    assert button.get_attribute("title") == "Differences in log rank distance"
    name, text = download(page, "Figure as SVG")
    assert name == "forest-mine.svg"
    assert "p = " in text or "p &lt; " in text
    page.evaluate("() => document.querySelectorAll('[data-benchmark] figure').forEach((one) => one.remove())")
    page.evaluate("() => report.setOption('x', null)")
    assert button.is_disabled()
    assert button.get_attribute("title") == "This benchmark has no figure"
    assert page.logged == []


def test_the_bar_marks_the_section_in_view(open_page):
    page = open_page()
    current = page.locator("nav.bar a[aria-current]")
    assert current.all_inner_texts() == ["Overview"]
    for name in ("Comparisons", "Overview"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_function(
            "(name) => document.querySelector('nav.bar a[aria-current]').textContent === name", arg=name, timeout=5_000
        )
        assert current.count() == 1
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function(
        "() => document.querySelector('nav.bar a[aria-current]').textContent.startsWith('Methods')", timeout=5_000
    )
    assert page.logged == []


@pytest.mark.parametrize("close", ["Escape", "elsewhere", "another"])
def test_an_open_menu_closes(open_page, close):
    page = open_page()
    configuration, cite = (page.locator("details.menu", has_text=name) for name in ("Configuration", "Cite"))
    page.get_by_text("Configuration", exact=True).click()
    assert configuration.get_attribute("open") is not None
    if close == "Escape":
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == "Configuration"
    elif close == "elsewhere":
        page.mouse.click(4, 800)
    else:
        page.get_by_text("Cite", exact=True).click()
        assert cite.get_attribute("open") is not None
    assert configuration.get_attribute("open") is None
    assert page.logged == []


def test_the_bar_leads_to_every_section_and_stays_in_view(open_page):
    page = open_page("#?benchmark=mlqa-r")
    for link in page.locator("nav.bar a").all()[:3]:
        link.click()
        target = page.locator(link.get_attribute("href"))
        if link.get_attribute("href") == "#overview":
            assert page.evaluate("scrollY") == 0  # what stands above the first section belongs to it
        assert 0 <= target.bounding_box()["y"] < 240
        assert page.locator("nav.bar").bounding_box()["y"] == 0
    page.wait_for_function("() => location.hash.includes('?benchmark=mlqa-r')")


def test_without_scripts_all_is_there_to_read(open_page):
    page = open_page(java_script_enabled=False)
    assert page.locator(".overview:visible").count() == 2
    assert page.locator(".overview .picture svg:visible").count() == 2
    assert page.locator("#training .picture svg:visible").count() == 1
    assert page.locator("button:visible, form:visible, .option:visible").count() == 0
    assert page.get_by_text("Cite", exact=True).is_visible()
    assert page.locator(".card").count() == 8


def test_every_control_can_be_reached_by_the_keyboard_and_has_a_name(open_page):
    page = open_page()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.action || document.activeElement.name || document.activeElement.tagName"))  # fmt: skip
    assert {"benchmark", "reference", "svg", "SUMMARY", "published"} <= reached


# Parts that axe finds nothing in; what is added to the page belongs here.
CLEAN = [
    "nav.bar",
    "header",
    "#overview",
    "#leaderboard",
    "#explorer",
    "#comparisons",
    "#pairs",
    "#bias",
    "#training",
    "#data",
    "#cost",
    "#methods",
    "footer",
]


def test_axe_finds_nothing_to_complain_of(open_page):
    page = open_page(bypass_csp=True)
    page.get_by_text("CSV", exact=True).click()
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    script = "(parts) => axe.run({include: parts.map((one) => [one])}, {resultTypes: ['violations']})"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(script, CLEAN)
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == [], scheme
        assert len(found["passes"]) > 15


def test_the_data_in_the_page_are_those_of_the_file(open_page, sample):
    page = open_page()
    inside = page.evaluate("window.report.ready.then(({rows, measure, ...data}) => data)")
    assert inside == json.loads((sample / "report.json").read_text(encoding="utf-8"))


def test_with_several_encoders_the_reference_is_that_of_the_headlines_model(visit, tmp_path):
    """The sample's tests are of the last model of the last encoder."""
    run = Run(tmp_path, encoders=("one", "two"), benchmarks={"mine": ("ar", "en")}, steps=60)
    render_report(ReportInputs(**write_run(run)), out=tmp_path / "report.html")
    page = visit(tmp_path / "report.html")
    assert page.locator(".against").inner_text() == "two: hybrid batches, α = 0.5 against two: base encoder"
    assert page.locator("select[name='reference'] option:checked").inner_text() == "two: base encoder"
