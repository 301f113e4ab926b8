import os
import shutil

import pytest
from report.sample import Run, write_run

from equilingual.files import write_json
from equilingual.report import ReportInputs, render_report


@pytest.fixture
def render(tmp_path):
    """Return a function that makes up a run, lets the test change its files, and returns the page's HTML."""

    def make(change=None, **run):
        arguments = write_run(Run(tmp_path / "run", **run))
        if change:
            change(arguments)
        out = tmp_path / "results" / "report.html"
        render_report(ReportInputs(**arguments), out=out)
        return out.read_text(encoding="utf-8")

    return make


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, without a window."""
    path = shutil.which("chromium")
    if not path:
        if os.environ.get("CI"):
            pytest.fail("CI needs chromium")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def download():
    """Return a function that clicks a button of a page, and returns the name and the text of the file that it gives."""

    def click(page, name):
        with page.expect_download() as found:
            page.get_by_role("button", name=name, exact=True).click()
        with open(found.value.path(), encoding="utf-8") as file:
            return found.value.suggested_filename, file.read()

    return click


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """The folder of a run's files with its page and its data."""
    folder = tmp_path_factory.mktemp("sample")
    arguments = write_run(Run(folder))
    manifest = {
        "date": "2026-11-29T10:00:00Z", "version": "0.1.0", "commit": "4eb022b" + "0" * 33, "changed": False,
        "configuration": {"files": ["configs/mine.yaml"], "text": "title: mine\n"}, "command": "snakemake --cores all",
        "hardware": "a processor", "stages": {"train_encoder": {"jobs": 2, "seconds": 7400.0, "cpu_seconds": 1.0, "memory_mb": 9.0},
                   "score_model": {"jobs": 4, "seconds": 100.0, "cpu_seconds": 90.0, "memory_mb": 2500.0}},
    }  # fmt: skip
    write_json(manifest, folder / "run.json")
    render_report(
        ReportInputs(**arguments, run=folder / "run.json"), out=folder / "report.html", data=folder / "report.json"
    )
    return folder


def load(chromium, path, address="", **options):
    """Open a page, which has all that it logged as ``logged``; return it when its first figure is drawn."""
    page = chromium.new_context(accept_downloads=True, **options).new_page()
    page.set_default_timeout(60_000)  # a machine may be busy
    page.logged = []
    page.on("console", lambda message: page.logged.append(message.text))
    page.on("pageerror", lambda error: page.logged.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("file:", "blob:")) or page.logged.append(request.url))
    page.goto(path.as_uri() + address)
    if options.get("java_script_enabled", True) and page.query_selector("#vega"):
        # A function: an expression would be evaluated again and again, which the page's policy forbids.
        page.wait_for_function(
            "() => !document.querySelector('figure[data-chart]') || document.querySelector('figure[data-drawn]')"
        )
    return page


@pytest.fixture
def visit(chromium):
    """Return a function that opens a page in a tab of its own (:func:`load`)."""
    pages = []

    def make(path, address="", **options):
        pages.append(load(chromium, path, address, **options))
        return pages[-1]

    yield make
    for page in pages:
        page.context.close()


@pytest.fixture(scope="session")
def tabs():
    """The tab of each page that tests share."""
    found = {}
    yield found
    for page in found.values():
        page.context.close()


# What a visitor may have changed that is not in the address; then the address.
AS_NEW = """(address) => {
  document.querySelectorAll("details[open]").forEach((one) => (one.open = false));
  document.querySelectorAll("input[type=search]").forEach((one) => {
    if (one.value) one.value = "", one.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.querySelectorAll("figure input:checked").forEach((one) => one.click());
  history.replaceState(null, "", address || "#");
  dispatchEvent(new HashChangeEvent("hashchange"));
  document.activeElement.blur();
  if (!address) scrollTo(0, 0);
}"""
WINDOW = {"width": 1280, "height": 900}


@pytest.fixture
def turn_to(chromium, tabs):
    """Return a function that shows a page at an address in a tab that tests share, as if it were opened there.

    A page takes a second or two to open; the address is read by the code that reads it then. A test that is of the
    opening itself calls ``visit``.
    """

    def make(path, address="", viewport=None, **options):
        key = (path, *options.items())
        if key not in tabs:
            tabs[key] = load(chromium, path, **options)
        page = tabs[key]
        page.emulate_media(media="null", color_scheme="light")
        page.set_viewport_size(viewport or WINDOW)
        page.mouse.click(0, 0)  # from here the keyboard goes on
        page.logged.clear()
        page.evaluate(AS_NEW, address)
        return page

    return make
