"""Take the pictures of a report that README and docs show: ``python docs/pictures.py results/report.html``.

Writes ``docs/images/report-light.png`` and ``report-dark.png``, the first screen in both themes, and a picture of each
section that is named after the report, such as ``docs/images/report-training.png``. It needs Chromium.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_IMAGES = Path(__file__).parent / "images"
_WIDTH = 1280  # pixels
_MARGIN = 24
_ALL_DRAWN = (
    "() => [...document.querySelectorAll('figure[data-chart]')]"
    ".every((one) => one.closest('[hidden]') || 'drawn' in one.dataset)"
)


def take_pictures(report: Path, sections: list[str], folder: Path) -> list[Path]:
    """Photograph the first screen in light and dark, and sections in light; return the files."""
    path = shutil.which("chromium")
    if path is None:
        sys.exit("error: chromium is not installed (on Debian: apt install chromium)")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        taken = [
            _take(browser, report, "#overview", theme, folder / f"report-{theme}.png") for theme in ("light", "dark")
        ]
        taken += [_take(browser, report, f"#{name}", "light", folder / f"report-{name}.png") for name in sections]
        browser.close()
    return taken


def _take(browser: Browser, report: Path, selector: str, theme: str, out: Path) -> Path:
    """Photograph the page from its top to the end of the first screen, or one section alone."""
    page = browser.new_page(viewport={"width": _WIDTH, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(report.resolve().as_uri())
    page.wait_for_function(_ALL_DRAWN)
    section = page.locator(selector)
    if selector == "#overview":
        box = section.bounding_box()
        assert box is not None
        area = {"x": 0, "y": 0, "width": _WIDTH, "height": box["y"] + box["height"] + _MARGIN}
        page.screenshot(path=out, clip=area, full_page=True)  # type: ignore[arg-type]
    else:
        section.screenshot(path=out)
    page.close()
    return out


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for file in take_pictures(Path(sys.argv[1]), sys.argv[2:], _IMAGES):
        print(file)  # noqa: T201
