"""The pages of studies: a page for each, and an overview of all that were run."""

from equilingual.report.studies.overview import list_studies
from equilingual.report.studies.page import StudyInputs, render_study

__all__ = ["StudyInputs", "list_studies", "render_study"]
