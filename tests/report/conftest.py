import os
import shutil

import pytest
from report.sample import Run, write_run

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


@pytest.fixture
def visit(chromium):
    """Return a function that opens a page, and returns it with all that it logged as ``page.logged``."""
    contexts = []

    def make(path, address="", **options):
        contexts.append(chromium.new_context(accept_downloads=True, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.logged = []
        page.on("console", lambda message: page.logged.append(message.text))
        page.on("pageerror", lambda error: page.logged.append(str(error)))
        page.on(
            "request", lambda request: request.url.startswith(("file:", "blob:")) or page.logged.append(request.url)
        )
        page.goto(path.as_uri() + address)
        if options.get("java_script_enabled", True) and page.query_selector("#vega"):
            # A function: an expression would be evaluated again and again, which the page's policy forbids.
            page.wait_for_function(
                "() => !document.querySelector('figure[data-chart]') || document.querySelector('figure[data-drawn]')"
            )
        return page

    yield make
    for context in contexts:
        context.close()
