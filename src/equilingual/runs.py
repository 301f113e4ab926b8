"""When, from what and at what cost a run was made: the stages ``describe_run`` and ``describe_study``.

in:  ``results/scores.csv`` and ``results/comparisons.csv``, for their date; ``results/benchmarks-of-jobs/``, the
     time and memory of every job that has ended; ``results/logs/``, for its energy
out: ``results/run.json``; ``results/studies/{study}/run.json``, dated by ``study.json``
"""

import csv
import json
import math
import os
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import Any

import equilingual
from equilingual.devices import describe_hardware
from equilingual.energy import energy_of_log
from equilingual.files import write_json
from equilingual.provenance import commit_of_the_code
from equilingual.repository import repository_of_the_code

_LONGEST_HEADER = 100_000_000  # bytes, as in the safetensors library
_SUMS = ("seconds", "s"), ("cpu_seconds", "cpu_time")
# Stages that no study is made of: the same configuration may have been run for them, too.
_NOT_OF_STUDIES = {
    *("build_indexes", "search_indexes", "compare_models", "collect_comparisons", "collect_examples"),
    *(
        "describe_run",
        "render_report",
        "write_card",
        "export_encoder",
        "describe_study",
        "render_study",
        "list_studies",
    ),
}


def describe_run(
    *,
    results: Sequence[str | PathLike[str]],
    jobs: str | PathLike[str],
    logs: str | PathLike[str],
    own: Mapping[str, str],
    configuration: Mapping[str, Any],
    out: Path,
    embeddings: str | PathLike[str] | None = None,
    networks: Sequence[str | PathLike[str]] = (),
) -> None:
    """Write the manifest of a run.

    Args:
        results: the files whose newest one dates the run.
        jobs: the folder of Snakemake's benchmark files, ``{rule}/….tsv``.
        logs: the folder of the jobs' logs, ``{rule}/….log``.
        own: by rule, a regular expression for the files of the configuration's jobs: an earlier configuration may
            have left others.
        configuration: its ``files``, by name, and its ``text`` as YAML.
        out: the manifest.
        embeddings: the folder of the embeddings, ``{model}/{benchmark}/candidates.npy``, of which only the headers are
            read, and those that are missing are left out.
        networks: the folders of the encoders and of the trained models, ``{model}/….safetensors``, read likewise.

    """
    newest = max(os.stat(path).st_mtime for path in results)
    commit, changed = commit_of_the_code()
    write_json(
        {
            "date": datetime.fromtimestamp(newest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "version": equilingual.__version__,
            "commit": commit,
            "changed": changed,
            "repository": repository_of_the_code(),
            "configuration": dict(configuration),
            "command": _command(configuration["files"]),
            "hardware": describe_hardware("cpu", os.cpu_count() or 1),
            "stages": stage_costs(jobs, own, logs),
            "models": model_costs(jobs, own, embeddings, networks),
        },
        out,
    )


def describe_study(*, study: str | PathLike[str], own: Mapping[str, str], **given: Any) -> None:  # noqa: ANN401
    """Write the manifest of a study's run: that of :func:`describe_run`, with the cost of what the study is made of.

    Args:
        study: its ``study.json``, which dates the run.
        own: as for :func:`describe_run`; stages that no study is made of are left out.
        given: what else :func:`describe_run` takes.

    """
    stages = {rule: pattern for rule, pattern in own.items() if rule not in _NOT_OF_STUDIES}
    describe_run(results=[study], own=stages, **given)


def _command(files: Sequence[str]) -> str:
    given = [name for name in files if name != "config.yaml"]
    return " ".join(["snakemake", *(["--configfile", *given] if given else []), "--cores all"])


def stage_costs(
    jobs: str | PathLike[str], own: Mapping[str, str], logs: str | PathLike[str]
) -> dict[str, dict[str, float]]:
    """Return what the configuration's own jobs of each rule cost, sorted by rule.

    ``jobs`` is their number, ``seconds`` and ``cpu_seconds`` are sums over them, ``memory_mb`` is the largest resident
    memory of any. What Snakemake could not measure (a job of a moment) counts as 0. ``joules`` is there if any
    job could read a counter: what the whole machine used while they ran, which counts jobs that ran at the same time
    twice.
    """
    costs: dict[str, dict[str, float]] = {}
    for folder in sorted(Path(jobs, rule) for rule in own):
        files = _own_files(folder, own)
        lines = [line for path in files for line in _lines(path)]
        if lines:
            sums = {name: round(sum(_number(line.get(key)) for line in lines), 2) for name, key in _SUMS}
            most = max(_number(line.get("max_rss")) for line in lines)
            costs[folder.name] = {"jobs": len(lines), **sums, "memory_mb": round(most, 1)}
            joules = [energy_of_log(Path(logs, path.relative_to(jobs).with_suffix(".log"))) for path in files]
            if any(one is not None for one in joules):
                costs[folder.name]["joules"] = round(sum(one or 0.0 for one in joules), 1)
    return costs


def model_costs(
    jobs: str | PathLike[str],
    own: Mapping[str, str],
    embeddings: str | PathLike[str] | None = None,
    networks: Sequence[str | PathLike[str]] = (),
) -> dict[str, dict[str, Any]]:
    """Return what each model cost, by its name, from the jobs of the configuration that :func:`stage_costs` counts.

    ``training`` has the ``seconds`` and the ``memory_mb`` (largest resident memory) of its training. ``encoding`` has
    the seconds of each benchmark, of all its shards together, among them those that loading the model took.
    ``dimensions`` is the length of its vectors, where ``embeddings`` has any of them. ``parameters`` and
    ``weight_bytes`` are the size of its network, where one of ``networks`` has it.
    """
    costs: dict[str, dict[str, Any]] = {}
    for file in _own_files(Path(jobs, "train_encoder"), own):
        for line in _lines(file):
            memory = round(_number(line.get("max_rss")), 1)
            costs[file.stem] = {"training": {"seconds": round(_number(line.get("s")), 2), "memory_mb": memory}}
    for rule in ("encode_texts", "encode_shard"):
        for file in _own_files(Path(jobs, rule), own):
            model, benchmark = file.relative_to(Path(jobs, rule)).with_suffix("").parts[:2]
            for line in _lines(file):
                encoding = costs.setdefault(model, {}).setdefault("encoding", {})
                encoding[benchmark] = round(encoding.get(benchmark, 0) + _number(line.get("s")), 2)
    if embeddings is not None:
        for name, cost in costs.items():
            files = [Path(embeddings, name, place, "candidates.npy") for place in cost.get("encoding", {})]
            if found := [one for one in map(_dimensions, files) if one is not None]:
                cost["dimensions"] = found[0]
    for name, cost in costs.items():
        cost.update(next(filter(None, (_network_size(Path(folder, name)) for folder in networks)), {}))
    return dict(sorted(costs.items()))


def _dimensions(path: Path) -> int | None:
    """Return the length of the vectors of a file of NumPy's; None where it cannot be read."""
    import numpy as np

    try:
        with open(path, "rb") as file:
            np.lib.format.read_magic(file)
            shape, _, _ = np.lib.format.read_array_header_1_0(file)
    except (OSError, ValueError):
        return None
    return int(shape[1]) if len(shape) == 2 else None


def _network_size(folder: Path) -> dict[str, int]:
    """Return the parameters of a network and the bytes of its weights; nothing where a file cannot be read."""
    files = sorted(folder.rglob("*.safetensors"))  # a network in shards, and a dense layer in a folder of its own
    try:
        parameters = sum(math.prod(shape) for path in files for shape in _shapes(path))
        return {"parameters": parameters, "weight_bytes": sum(path.stat().st_size for path in files)} if files else {}
    except (OSError, ValueError, struct.error, AttributeError, KeyError, TypeError):
        return {}


def _shapes(path: Path) -> list[list[int]]:
    """Return the shapes of the tensors of a safetensors file: the length of the header in eight bytes, then JSON."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(min(length, _LONGEST_HEADER)))
    return [tensor["shape"] for name, tensor in header.items() if name != "__metadata__"]


def _own_files(folder: Path, own: Mapping[str, str]) -> list[Path]:
    """Return Snakemake's benchmark files of the configuration's jobs of one rule, sorted by name."""
    pattern = own.get(folder.name)
    return [path for path in sorted(folder.rglob("*.tsv")) if pattern and re.fullmatch(pattern, path.as_posix())]


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def _number(text: str | None) -> float:
    """Return a number; 0 for what is none, as Snakemake writes ``-`` or ``NA``."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if value >= 0 else 0.0  # not for NaN
