"""What was read, batched and trained on, and the benchmarks."""

from equilingual.report.duplicates import duplicate_table, duplicate_views
from equilingual.report.records import benchmark_table, data_tables, model_tables
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View


def build(run: Run) -> View:
    """Return the tables of corpora, batches, duplicates, models and benchmarks."""
    repeats = run.records("duplicates")
    parts = [run.records(name) for name in ("corpora", "mined", "batches", "audits", "overlaps")]
    return {
        "data": data_tables(*parts),
        "duplicates": duplicate_table(repeats),
        "repeats": duplicate_views(repeats),
        "models": model_tables(run.records("models"), run.named("encodings")),
        "benchmarks": benchmark_table(run.records("benchmarks")),
    }


SECTION = Section("data", "Data", "data.html.j2", build)
