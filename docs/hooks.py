"""What MkDocs does besides: pages from files of the repository, links out of docs/, nothing loaded from elsewhere."""

import re
from html.parser import HTMLParser
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# Files of the repository that are pages of the site, too.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
_TITLES = {
    "demo": "The default configuration: three strategies on the embedded data",
    "baselines": "Baselines on XQuAD-R without training: debiasing, BM25, fusion, merged rankings",
    "drcd-wiki": "Our best models: two corpora, three seeds, XQuAD-R, MLQA-R, Tatoeba and FLORES",
}
# Docstrings name functions and classes as Sphinx does, :func:`name`; the site shows the name alone.
_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):(?=<code>)")
_LINK = re.compile(r"(!?)\[([^\]\[]*)\]\(([^)\s]+)\)")
# Elements and attributes that make a browser load something when a page is viewed; a link to click is none of them.
_LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "srcset", "video": "src", "audio": "src"}
_LINKED = {"stylesheet", "icon", "preconnect", "preload", "prefetch", "dns-prefetch", "modulepreload"}


def page_text(text: str, folder: str) -> str:
    """Return a file's text with the links of the site.

    Args:
        text: Markdown, with links that work in the repository
        folder: the file's folder in the repository: "" or "docs"

    A link to a page stays one. A link to a file that is no page of the site becomes its text alone.
    """

    def link(match: re.Match[str]) -> str:
        mark, label, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        path, _, anchor = target.partition("#")
        place = str(Path(folder, path)) if not path.startswith("../") else path.removeprefix("../")
        page = PAGES.get(place) or (place.removeprefix("docs/") if place.startswith("docs/") else None)
        if page is None:
            return label
        return f"{mark}[{label}]({page}{'#' + anchor if anchor else ''})"

    return _LINK.sub(link, text)


def examples_page(reports: list[str]) -> str:
    """Return the page that leads to the example reports, in Markdown."""
    lines = [f"- [{_TITLES.get(Path(path).stem, Path(path).stem)}]({path})" for path in reports]
    shown = "\n".join(lines) or "This copy of the site has none. `make examples docs` builds it with them."
    return f"# Example reports\n\nWhole reports of real runs, each one file that you can save and send.\n\n{shown}\n"


class _Loads(HTMLParser):
    """Collects the addresses outside the site that a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = dict(attrs)
        address = values.get(_LOADS.get(tag, ""))
        if tag == "link" and _LINKED & set((values.get("rel") or "").split()):
            address = values.get("href")
        if address and re.match(r"(https?:)?//", address):
            self.found.append(address)


def external_loads(html: str) -> list[str]:
    """Return the addresses outside the site that a browser would load to show a page."""
    parser = _Loads()
    parser.feed(html)
    return parser.found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are files of the repository."""
    root = Path(config.config_file_path).parent
    reports = sorted(file.src_uri for file in files if re.fullmatch(r"examples/[\w.-]+\.html", file.src_uri))
    files.append(File.generated(config, "examples.md", content=examples_page(reports)))
    for name, page in PAGES.items():
        text = page_text((root / name).read_text(encoding="utf-8"), "")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Give pages of docs/ the links of the site."""
    return markdown if page.file.src_uri in PAGES.values() else page_text(markdown, "docs")


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Tidy docstrings, and refuse a page that would load something from elsewhere."""
    if found := external_loads(output):
        raise PluginError(f"{page.file.src_uri} loads from elsewhere: {', '.join(found)}")
    return _ROLE.sub("", output)
