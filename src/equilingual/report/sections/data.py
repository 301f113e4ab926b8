"""From corpora to batches: how many pairs, in which languages, and what was left out."""

from equilingual.report.bitext import bitext_tables
from equilingual.report.duplicates import duplicate_table, duplicate_views
from equilingual.report.flow import bitext_in_benchmarks, contamination, flow_steps
from equilingual.report.records import data_tables
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View
from equilingual.report.translations import sample_views, translation_tables


def build(run: Run) -> View | None:
    """Return the flow, and under it all counts and samples; None where no data was read."""
    parts = [run.records(name) for name in ("corpora", "mined", "batches", "audits", "overlaps")]
    repeats = run.records("duplicates")
    bitext = bitext_tables(run.records("bitext"), run.records("bitext_overlaps"), run.records("audits"))
    encoders = list(dict.fromkeys(row.encoder for row in run.board.rows if not row.is_lexical))
    found = {
        "steps": flow_steps(run),
        "contamination": contamination(run.records("overlaps"), run.board.seen, encoders),
        "bitext": bitext_in_benchmarks(run.records("bitext_overlaps")),
        "translations": translation_tables(run.records("translations"), run.records("quality")),
        "counts": [one for one in (*data_tables(*parts), duplicate_table(repeats), *bitext) if one.rows],
        "samples": sample_views(run.records("samples")),
        "repeats": duplicate_views(repeats),
    }
    return found if any(found.values()) else None


SECTION = Section("data", "Data", "data.html.j2", build)
