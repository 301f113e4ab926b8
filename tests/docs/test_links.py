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


def test_lists_and_fences_show_on_the_site_as_on_github(root):
    """Python-Markdown wants an empty line before a list, and four spaces before what belongs to an item."""
    for page in PAGES:
        before, fenced = "", False
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{page.name}:{number}"
            if re.match(r" *```", line):
                assert len(re.match(r" *", line)[0]) % 4 == 0, where
                fenced = not fenced
            elif not fenced and re.match(r"(-|\d+\.) ", line):
                assert not before or re.match(r"(-|\d+\.) | {2,3}\S", before), where
            elif not fenced and not before:
                assert not re.match(r" {1,3}\S", line), where
            before = line
