"""Versions of the packages by stage, and hashes of files."""

from equilingual.report.records import hash_tables
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View
from equilingual.report.versions import version_note, version_table, versions_by_stage


def build(run: Run) -> View:
    """Return the tables of versions and hashes."""
    trained, made = run.records("models"), run.records("batches")
    used = versions_by_stage(
        [*run.records("translations"), *run.records("queries")],
        run.records("mined"),
        made,
        trained,
        run.named("encodings").values(),
        run.named("bias").values(),
        run.inputs.versions,
    )
    hashes = hash_tables(trained, made, run.records("benchmarks"))
    return {"mixed_versions": version_note(used), "software": [version_table(used)] * bool(used) + hashes}


SECTION = Section("software", "Versions and hashes", "software.html.j2", build)
