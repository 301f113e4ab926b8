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
