"""Links of the documentation lead to files and headings, on GitHub and on the site."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "resources/demo/README.md"]
_MARKDOWN = MarkdownIt("commonmark").enable("table")


def tokens(path):
    """Yield the tokens of a page, those inside paragraphs too."""
    for token in _MARKDOWN.parse(path.read_text(encoding="utf-8")):
        yield token
        yield from token.children or ()


def links(path):
    """Return what a page links to and shows."""
    found = [
        token.attrGet("href") or token.attrGet("src") for token in tokens(path) if token.type in ("link_open", "image")
    ]
    html = "".join(token.content for token in tokens(path) if token.type in ("html_block", "html_inline"))
    return [*found, *re.findall(r'(?:src|srcset|href)="([^"]+)"', html)]


def anchors(path):
    """Return the anchors of a page's headings, as GitHub makes them."""
    inline = False
    slugs = set()
    for token in _MARKDOWN.parse(path.read_text(encoding="utf-8")):
        if inline:
            text = "".join(child.content for child in token.children)
            slugs.add(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"))
        inline = token.type == "heading_open"
    return slugs


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page):
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name}: {target}"
        assert file.is_relative_to(ROOT), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


def badly_set(text):
    """Yield the lines that Python-Markdown shows otherwise than GitHub does, with what they need."""
    before, fenced, loose = "", False, False
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        if line.lstrip().startswith("```"):
            fenced = not fenced
            if indent % 4:
                yield number, "a fence is indented by four spaces for each level"
            loose = loose or indent >= 4
        elif not fenced and line:
            item = bool(re.match(r"(-|\d+\.) ", line))
            if item and before and (loose or not re.match(r"(-|\d+\.) |  ", before)):
                yield number, "an empty line before the list or item"
            if not before and 0 < indent < 4:
                yield number, "what belongs to an item is indented by four spaces"
            loose = indent >= 4 and (loose or not before)
        before = line


def test_lists_and_fences_show_on_the_site_as_on_github():
    found = {page.name: list(badly_set(page.read_text(encoding="utf-8"))) for page in PAGES}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("- a\n  b\n- c\n    d\n- e", []),
        ("1. a\n\n    b\n\n2. c", []),
        ("1. a\n\n    b\n2. c", [4]),
        ("1. a\n\n    ```\n    b\n    ```\n2. c", [6]),
        ("a\n- b", [2]),
        ("- a\n\n  b", [3]),
        ("- a\n\n  ```\n  b\n  ```", [3, 5]),
    ],
)
def test_what_the_site_would_show_otherwise_is_found(text, lines):
    assert [number for number, _ in badly_set(text)] == lines
