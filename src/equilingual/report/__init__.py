"""Render the page ``results/report.html``: figures, charts and what they rest on, in one self-contained file."""

from equilingual.report.inputs import ReportInputs
from equilingual.report.page import render_report

__all__ = ["ReportInputs", "render_report"]
