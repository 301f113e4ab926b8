"""Machine translations: what was kept, how good the engines are, and samples."""

from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View
from equilingual.report.translations import sample_views, translation_tables


def build(run: Run) -> View | None:
    """Return the tables and samples of a run that translated anything."""
    tables = translation_tables(run.records("translations"), run.records("quality"))
    samples = sample_views(run.records("samples"))
    return {"translations": tables, "samples": samples} if tables or samples else None


SECTION = Section("translations", "Translations", "translations.html.j2", build)
