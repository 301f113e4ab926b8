"""Methods and provenance: what was run, with which parameters, versions and files, and what it is compared with."""

from collections.abc import Sequence

from equilingual.report.facts import facts_of, remarks_of
from equilingual.report.parameters import parameter_tables
from equilingual.report.published import published_systems
from equilingual.report.records import Hash, Table, benchmark_table, cut_table, hash_tables
from equilingual.report.run import Run
from equilingual.report.searches import search_table
from equilingual.report.sections.section import Section, View
from equilingual.report.versions import version_note, version_table, versions_by_stage


def build(run: Run) -> View:
    """Return facts, remarks, and tables: open ones, and others under what they are of."""
    trained, made, benchmarks = (run.records(name) for name in ("models", "batches", "benchmarks"))
    changed, usual = parameter_tables(trained)
    used = versions_by_stage(
        [*run.records("translations"), *run.records("queries")],
        run.records("mined"),
        made,
        trained,
        run.named("encodings").values(),
        run.named("bias").values(),
        run.inputs.versions,
    )
    searches = search_table(run.inputs.index, run.named("searches"))
    given = run.data["provenance"]["configuration"] or {}
    return {
        "facts": facts_of(run),
        "remarks": remarks_of(run),
        "changed": _filled([changed]),
        "folded": [
            ("Training parameters with their default values", _filled([usual])),
            ("Benchmarks", _filled([benchmark_table(benchmarks)])),
            ("Truncated texts", _filled([cut_table(trained, run.named("encodings"))])),
            ("Approximate indexes", _filled([searches] if searches else [])),
            ("Published results", _filled([_published(run)])),
            ("Versions", _filled([version_table(used)])),
        ],
        "mixed_versions": version_note(used),
        "hashes": hash_tables(trained, made, benchmarks),
        "command": run.data["provenance"]["command"] or "",
        "configuration": str(given.get("text") or ""),
    }


def _filled(tables: Sequence[Table]) -> list[Table]:
    return [one for one in tables if one.rows]


def _published(run: Run) -> Table:
    """Return the sources of the figures that others have published."""
    rows: list[list[str | Hash]] = []
    for name in run.board.benchmarks:
        judged = run.benchmarks.get(name, {}).get("pool") == "judged"
        for one in published_systems(name, len(run.board.languages[name]), judged=judged):
            rows.append([name, one.label, one.source, one.about])
    return Table("Published results, which were not run here", ["Benchmark", "System", "Source", "About"], set(), rows)


SECTION = Section("methods", "Methods", "methods.html.j2", build)
