"""Which versions of the packages made the run's figures, stage by stage: each stage records its own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from equilingual.report.formatting import MISSING, format_plain
from equilingual.report.records import Hash, Table

Record = Mapping[str, Any]
Versions = dict[str, dict[str, set[str]]]  # by stage and package


def versions_by_stage(
    translated: Sequence[Record],
    mined: Sequence[Record],
    batches: Sequence[Record],
    models: Sequence[Record],
    encodings: Collection[Record],
    scored: Collection[Record],
    page: Mapping[str, str],
) -> Versions:
    """Return the versions of every package in each stage, in the order of the stages; a stage without any is left out.

    Args:
        translated: counts of the translations, of corpora and of queries.
        mined: counts of the hard negatives.
        batches: the manifests of the batches.
        models: the manifests of the trained models.
        encodings: counts of what was encoded.
        scored: the records of ``results/bias/``, which also have the versions that ranked.
        page: the versions behind the page.

    """
    records: dict[str, Iterable[object]] = {
        "Translation": _own(translated),
        "Hard negatives": _own(mined),
        "Batches": _own(batches),
        "Encoder preparation": [
            *(record.get("encoder_versions") for record in encodings),
            *_own(model.get("base") for model in models),
        ],
        "Training": _own(models),
        "Encoding": _own(encodings),
        "Ranking": [record.get("ranking_versions") for record in scored],
        "Scoring": _own(scored),
        "This page": [page],
    }
    found = {stage: _together(entries) for stage, entries in records.items()}
    return {stage: versions for stage, versions in found.items() if versions}


def _own(records: Iterable[object]) -> list[object]:
    return [record.get("versions") for record in records if isinstance(record, Mapping)]


def _together(entries: Iterable[object]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        for name, version in entry.items() if isinstance(entry, Mapping) else ():
            found.setdefault(format_plain(name), set()).update(map(format_plain, str(version).split(", ")))
    return found


def version_table(stages: Versions) -> Table:
    """Return each package's version; by stage, with a last column that says where, if versions differ."""
    rows: list[list[str | Hash]] = []
    if not version_note(stages):
        rows = [[name, *sorted(set().union(*found.values()))] for name, found in _by_package(stages).items()]
        return Table("Package versions, the same in all stages", ["Package", "Version"], set(), rows)
    for name, versions in _by_package(stages).items():
        cells = [", ".join(sorted(versions[stage])) if stage in versions else MISSING for stage in stages]
        rows.append([name, *cells, "differ" if _differ(versions) else ""])
    return Table("Package versions by stage", ["Package", *stages, "Versions"], set(), rows)


def version_note(stages: Versions) -> str:
    """Return which packages have more than one version in the run, and where; nothing where none has."""
    parts = [f"{name}: {_where(found)}" for name, found in _by_package(stages).items() if _differ(found)]
    return f"Versions differ in this run. {'. '.join(parts)}." if parts else ""


def _where(versions: Mapping[str, set[str]]) -> str:
    """Return the versions of a package, each with its stages."""
    where: dict[str, list[str]] = {}
    for stage, found in versions.items():
        where.setdefault(" and ".join(sorted(found)), []).append(stage)
    return "; ".join(f"{version} ({', '.join(stages)})" for version, stages in where.items())


def _by_package(stages: Versions) -> dict[str, dict[str, set[str]]]:
    """Return the versions by package, in alphabetical order, and stage."""
    names = sorted({name for versions in stages.values() for name in versions})
    return {name: {stage: found[name] for stage, found in stages.items() if name in found} for name in names}


def _differ(versions: Mapping[str, set[str]]) -> bool:
    return len(set().union(*versions.values())) > 1
