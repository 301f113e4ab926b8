"""The page on paper: how many sheets, what is on them, and how large its letters are."""

import re

import pytest

MOST = 6  # sheets of A4
LEAST = 8  # points
WIDTH = round((210 - 2 * 12) / 25.4 * 96)  # CSS pixels of A4 between its margins

# Every text that is seen: its size in points as it is drawn, and what it says.
SIZES = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, data } = walker.currentNode;
    const range = document.createRange();
    range.selectNode(walker.currentNode);
    if (!data.trim() || !range.getClientRects().length || element.closest(".hidden, #overview > h2, .rest")) continue;
    const svg = element.closest("svg");
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = (parseFloat(getComputedStyle(element).fontSize) * scale * 72) / 96;
    if (size) found.push([size, data.trim()]);
  }
  return found;
}"""


@pytest.fixture
def paper(turn_to, sample):
    """The sample page as it is printed."""
    page = turn_to(sample / "report.html")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": WIDTH, "height": 1000})
    return page


def sheets(page):
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def test_the_page_takes_six_sheets_at_most_with_and_without_scripts(paper, turn_to, sample):
    assert 2 < sheets(paper) <= MOST
    assert sheets(turn_to(sample / "report.html", java_script_enabled=False)) <= MOST


def test_no_letter_is_smaller_than_eight_points(paper):
    found = paper.evaluate(SIZES)
    assert len(found) > 700
    assert {text for size, text in found if size < LEAST - 0.01} == set()
    # Or all would be printed smaller. Charts take the new width a moment after the page.
    paper.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=WIDTH)


def test_what_is_to_be_read_is_on_paper_for_every_benchmark(paper):
    said = [text for _, text in paper.evaluate(SIZES)]
    for text in (
        "Equilingual: hybrid batches on 11 languages",
        "Quality against language bias",
        "Multilingual retrieval",
        "Differences in log rank distance",
        "Differences in multilingual mAP",
        "Rank distance by query language",
        "Languages of the first ten results",
        "This command reproduces the results:",
    ):
        assert text in said, text
    headings = paper.locator("main > section > h2").filter(visible=True).all_inner_texts()
    assert headings == [
        "Overview", "Leaderboard", "Comparisons", "Language pairs", "Language bias", "Training", "Data", "Cost",
        "Methods",
    ]  # fmt: skip
    for part, count in ((".headline", 1), (".card", 4), (".board", 1), (".panels figure", 2), (".forest", 2)):
        assert paper.locator(part).filter(visible=True).count() == 2 * count, part
    # Each of a benchmark's models in the first figure, in the leaderboard and among the rank distances.
    assert said.count("cross-lingual batches") >= 2 * 3


def test_what_is_for_the_screen_alone_is_not_on_paper(paper):
    parts = "nav, button:not(.board *), form, select, input, details, footer, .tip, .live, .answers, tr.theirs, .picture:has(+ .printed)"
    assert paper.locator(parts).filter(visible=True).count() == 0


def test_paper_has_the_pictures_that_python_drew_whatever_the_window(turn_to, sample):
    sizes = []
    for width in (1280, 390):
        page = turn_to(sample / "report.html", viewport={"width": width, "height": 900})
        page.emulate_media(media="print")
        page.set_viewport_size({"width": WIDTH, "height": 1000})
        drawn = page.locator("figure svg").filter(visible=True)
        sizes.append(drawn.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().width)"))
    assert sizes[0] == sizes[1]
    assert len(sizes[0]) == 2 * (1 + 2 + 4 + 2) + 1  # overview, forests, maps and their scales, bias; training


def test_one_benchmark_has_its_question_on_paper_too(paper, visit, sample):
    assert paper.locator("#explorer").is_hidden()
    page = visit(sample / "report.html", java_script_enabled=False, viewport={"width": WIDTH, "height": 1000})
    page.evaluate("document.querySelectorAll('[data-benchmark=\"1\"]').forEach((one) => one.remove())")
    page.emulate_media(media="print")
    assert page.locator("#explorer .places").filter(visible=True).count() == 2
    assert page.locator("#explorer .answers").filter(visible=True).count() == 0
    assert {text for size, text in page.evaluate(SIZES) if size < LEAST - 0.01} == set()
    assert sheets(page) <= MOST
