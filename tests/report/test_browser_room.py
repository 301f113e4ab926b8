"""What there is room for in a real browser: names in boxes, columns of tables, menus, and the bar over figures."""

import itertools

import pytest
from report.sample import MODELS, XQUAD, Run, write_run
from report.test_browser_board import write_tests

from equilingual.report import ReportInputs, render_report

LONG = "cross-lingual batches, CSLS (csls-pool)"
TREATED = ("center-pool", "lir-pool", "csls-pool", "shift-pool", "lsar-pool")


@pytest.fixture
def open_page(turn_to, sample):
    def make(address="", **options):
        return turn_to(sample / "report.html", address, **options)

    return make


# The width of a text in a box's font, and that of the box without its padding and arrow.
ROOM = """(select) => {
  const style = getComputedStyle(select);
  const context = document.createElement("canvas").getContext("2d");
  context.font = style.font;
  const text = context.measureText(select.selectedOptions[0].text).width;
  return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - text;
}"""


@pytest.mark.parametrize("width", [1280, 1600])
@pytest.mark.parametrize(
    "box", ["nav select[name=reference]", ".choices select[name=right]", "#pairs select[name=model]"]
)
def test_a_box_has_room_for_the_name_that_is_chosen(open_page, width, box):
    page = open_page(viewport={"width": width, "height": 900})
    page.wait_for_selector("#pairs .live[data-drawn]")
    select = page.locator(box).filter(visible=True).first
    select.scroll_into_view_if_needed()
    select.evaluate("(select, text) => (select.selectedOptions[0].textContent = text)", LONG)
    assert select.evaluate(ROOM) >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_box_that_is_too_narrow_says_the_whole_name_when_pointed_at(open_page):
    page = open_page(viewport={"width": 390, "height": 900})
    select = page.locator("nav select[name=reference]")
    select.evaluate("(select, text) => (select.selectedOptions[0].textContent = text)", f"{LONG}, and more of it")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    select.hover()
    assert select.get_attribute("title") == f"{LONG}, and more of it"
    assert select.evaluate("(select) => getComputedStyle(select).textOverflow") == "ellipsis"


def test_the_bar_hides_all_that_it_stands_over(open_page):
    page = open_page(viewport={"width": 390, "height": 900})
    bar = page.locator("nav.bar").bounding_box()
    assert (bar["x"], bar["width"]) == (0, 390)
    page.locator("#bias").scroll_into_view_if_needed()
    for x in (2, 200, 388):
        assert page.evaluate("(x) => Boolean(document.elementFromPoint(x, 20).closest('nav'))", x)


@pytest.mark.parametrize("height", [900, 560])
def test_the_menu_of_columns_ends_in_the_window_and_scrolls(open_page, height):
    page = open_page(viewport={"width": 1280, "height": height})
    summary = page.locator(".columns summary").filter(visible=True)
    summary.evaluate("(one) => scrollBy(0, one.getBoundingClientRect().bottom - innerHeight + 4)")
    summary.click()
    menu = page.locator(".columns > div").filter(visible=True)
    page.wait_for_function(
        "() => document.querySelector('.columns[open] > div').getBoundingClientRect().bottom <= innerHeight"
    )
    box = menu.bounding_box()
    assert box["height"] <= 0.61 * height
    assert menu.evaluate("(one) => one.scrollHeight > one.clientHeight && one.scrollWidth <= one.clientWidth")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The page of a run with more models than there is room for, and published results."""
    folder = tmp_path_factory.mktemp("many")
    models = dict(MODELS)
    models |= {("none", None, name): MODELS["none", None, "center-pool"] for name in TREATED}
    models |= {("hybrid", alpha / 10, "none"): MODELS["hybrid", 0.5, "none"] for alpha in range(1, 10)}
    arguments = write_run(Run(folder, models=models, benchmarks={"xquad-r": XQUAD}, steps=60))
    tested = [*(f"e5-small+{name}" for name in TREATED), *(f"e5-small__squad-11__{name}" for name in ("mono", "cross"))]
    write_tests(
        arguments["comparisons"],
        [(measure, name, "e5-small", change, 0.0001, True)
         for measure, change in (("log_rank_distance", -1.5), ("map", 0.2)) for name in tested],
    )  # fmt: skip
    render_report(ReportInputs(**arguments), out=folder / "report.html")
    return folder / "report.html"


# Whether each cell is seen whole, or not at all: those of a row, without the names, which stay.
WHOLE = """(box) => {
  const { left, right } = box.getBoundingClientRect();
  const [name, ...cells] = box.querySelector("tbody tr").cells;
  const from = name.getBoundingClientRect().right;
  return cells.map((one) => one.getBoundingClientRect()).map((one) =>
    one.left >= from - 1 && one.right <= right + 1 ? "whole" : one.right <= from + 1 || one.left >= right - 1 ? "out" : "cut");
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_wide_table_shows_whole_columns_and_its_caption_wherever_it_is_scrolled_to(turn_to, many, width):
    page = turn_to(many, viewport={"width": width, "height": 900})
    page.locator("#leaderboard details:not(.menu) > summary").first.click()
    box = page.locator("#leaderboard .by-model").first
    box.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#leaderboard .by-model').classList.contains('wider')")
    hint = box.evaluate("(one) => getComputedStyle(one, '::before').content")
    assert "Scroll sideways for more columns" in hint
    for by in (0, 150, 10_000):
        box.evaluate("(one, by) => one.scrollBy(by, 0)", by)
        page.wait_for_timeout(400)  # until it has snapped
        shown = box.evaluate(WHOLE)
        assert "cut" not in shown
        assert shown.count("whole") >= 2
        caption = box.locator(".stay").bounding_box()
        edge = box.bounding_box()
        assert caption["x"] == pytest.approx(edge["x"], abs=1)
        assert caption["x"] + caption["width"] <= edge["x"] + edge["width"] + 1
    assert shown[-1] == "whole"  # the last of the published results


def test_a_table_that_has_room_gives_no_hint(open_page):
    page = open_page()
    assert page.locator(".leaderboard .scroll").first.evaluate("(one) => one.classList.contains('wider')") is False


def test_names_above_the_figures_of_a_phone_end_in_the_window(turn_to, many):
    page = turn_to(many, viewport={"width": 390, "height": 900})
    page.wait_for_selector('figure[data-chart="first-ten-0"][data-drawn]')
    ends = page.locator("#bias .picture .role-legend-label text").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().right)"
    )
    assert len(ends) > 5
    assert max(ends) <= 390


def test_on_a_phone_rows_of_tests_differ_and_have_their_p(turn_to, many):
    page = turn_to(many, viewport={"width": 390, "height": 900})
    picture = page.locator("#comparisons .panel:visible .picture")
    page.wait_for_selector('figure[data-chart="forest-0-0"][data-drawn]')
    page.wait_for_function("() => document.querySelector('#comparisons .panel:not([hidden]) .picture svg tspan')")
    values = [one for one in picture.locator("text").all_text_contents() if "p " in one]
    marks = picture.locator(".mark-symbol path").count()
    assert len(values) == marks > 5
    boxes = [one.bounding_box() for one in picture.locator("text", has_text="p < .001").all()]
    tops = sorted((box["y"], box["y"] + box["height"]) for box in boxes)
    assert all(bottom <= top + 3 for (_, bottom), (top, _) in itertools.pairwise(tops))  # no two meet


def test_on_a_phone_the_table_of_the_models_to_use_has_its_notes_and_says_that_it_goes_on(turn_to, many):
    page = turn_to(many, viewport={"width": 390, "height": 900})
    about = page.locator(".options caption .small")
    assert "against the base encoder" in about.inner_text()
    box = about.bounding_box()
    assert box["x"] + box["width"] <= 390
    notes = page.locator(".options .small")
    assert notes.filter(visible=True).count() == notes.count() > 1
    page.wait_for_function("() => document.querySelector('#overview .scroll').classList.contains('wider')")
