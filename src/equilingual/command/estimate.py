"""Estimate what a configuration would take, from measured rates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from equilingual.catalogues.rates import CPU, MEASURED, RATES, SHAPES, Rate
from equilingual.config import load_config
from equilingual.config.encoders import Encoder
from equilingual.config.reading import read_file
from equilingual.plan import Places, Plan
from equilingual.plan.work import Work, work_of
from equilingual.registry import packaged_encoder

_HOUR = 3600
_PRECISIONS = ("auto", "float32", "bfloat16", "int8")
_FIRST = ("train_encoder", "encode_texts")  # columns of their own: most of the time
_UNITS = {"distil_encoder": "texts"}  # of stages without a rate
_ON_GPUS = ("translate_shard", *_FIRST)
HEADER = (
    "| configuration | trainings | QA pairs trained on | texts encoded | hours of training | of encoding | of the rest "
    "| memory of a training | not counted |\n|---|--:|--:|--:|--:|--:|--:|--:|---|"
)


@dataclass(frozen=True)
class Stage:
    """What one stage of a configuration would take.

    Attributes:
        name: of the stage.
        jobs: how many there are.
        amount: their work, as far as it is known.
        unit: of the work.
        hours: at the measured rates, as far as there are any.
        memory: the peak of one job, in MB; None where it was not measured, as that of a larger encoder.
        lacking: what is not in the hours, in words.
        notes: what the hours rest on, in words.

    """

    name: str
    jobs: int
    amount: int
    unit: str
    hours: float
    memory: int | None
    lacking: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Estimate:
    """What a configuration would take: its stages, in the order in which they run."""

    path: str
    stages: tuple[Stage, ...]

    @property
    def hours(self) -> float:
        """The hours of all stages, one job after the other."""
        return sum(stage.hours for stage in self.stages)

    @property
    def lacking(self) -> list[str]:
        """What is not in the hours, and of which stages."""
        stages: dict[str, list[str]] = {}
        for stage in self.stages:
            for what in stage.lacking:
                stages.setdefault(what, []).append(stage.name)
        return [f"{what} ({', '.join(names)})" for what, names in stages.items()]


def estimate(path: str | PathLike[str], device: str = CPU) -> Estimate:
    """Return what a configuration would take on a device.

    Raises:
        ConfigError: the configuration is wrong.

    """
    config = load_config(read_file(path))
    every: dict[str, list[Work]] = {}
    for one in work_of(Plan(config, Places(Path()))):
        every.setdefault(one.stage, []).append(one)
    return Estimate(str(path), tuple(_stage(name, jobs, config.encoders, device) for name, jobs in every.items()))


def _stage(name: str, jobs: Sequence[Work], encoders: Mapping[str, Encoder], device: str) -> Stage:
    hours, memory = 0.0, []
    lacking: dict[str, None] = {}
    notes: dict[str, None] = {}
    for one in jobs:
        if not one.is_whole:
            lacking["inputs of unknown size"] = None
        rate = _rate(one, device)
        if rate is None:
            lacking[f"no rate was measured{f' for {one.variant}' if one.variant else ''}"] = None
            continue
        factor, said = _factor(encoders[one.encoder]) if one.encoder else (1.0, None)
        memory.append(None if said else rate.memory)
        hours += factor * one.amount / rate.per_second / _HOUR
        wanted = "" if one.variant in ("", "auto", rate.variant) else f"the rate of {rate.variant} for {one.variant}"
        elsewhere = name in _ON_GPUS and rate.device != device
        where = f"no rate was measured on a {device.upper()}: hours of a CPU" if elsewhere else ""
        notes |= dict.fromkeys(note for note in (where, wanted, said and f"{one.encoder}: {said}") if note)
    unit = next((rate.unit for rate in RATES if rate.stage == name), _UNITS.get(name, "jobs"))
    peak = max((one for one in memory if one is not None), default=None) if None not in memory else None
    total = sum(one.amount for one in jobs)
    return Stage(name, len(jobs), total, unit, hours, peak, tuple(lacking), tuple(notes))


def _rate(work: Work, device: str) -> Rate | None:
    """Return the rate of a job: on the device, else on a CPU; of its precision, else of float32."""
    rows = {(rate.device, rate.variant): rate for rate in RATES if rate.stage == work.stage}
    variants = (work.variant, "float32") if work.variant in _PRECISIONS else (work.variant,)
    found = (rows.get((one, variant)) for one in (device, CPU) for variant in variants)
    return next((rate for rate in found if rate is not None), None)


def _factor(encoder: Encoder) -> tuple[float, str | None]:
    """Return how many times as much an encoder computes as the measured one, and a note if it is another one."""
    name = packaged_encoder()["base_model"] if encoder.source == "packaged" else encoder.path or ""
    shape = SHAPES.get(name.lower())
    if shape is None:
        return 1.0, "its size is not known: counted as E5-small"
    if encoder.layers is None:
        layers = shape.layers
    else:
        layers = encoder.layers if isinstance(encoder.layers, int) else len(encoder.layers)
    factor = shape.parameters / MEASURED.parameters * layers / shape.layers
    return factor, None if factor == 1 else f"not measured, {factor:.3g} times the hours of E5-small by its parameters"


def in_lines(found: Estimate) -> list[str]:
    """Return an estimate as a table for a terminal, with what it rests on."""
    rows = [("stage", "jobs", "work", "hours", "memory")]
    for stage in found.stages:
        rows.append((stage.name, str(stage.jobs), f"{stage.amount:,} {stage.unit}", _hours(stage), _memory(stage)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{found.path}: about {_number(found.hours)} hours, one job after the other"]
    for name, *cells in rows:
        aligned = [f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append(f"  {'  '.join([name.ljust(widths[0]), *aligned])}")
    lines += [f"  not counted: {one}" for one in found.lacking]
    lines += [f"  {stage.name}: {note}" for stage in found.stages for note in stage.notes]
    hardware = dict.fromkeys(rate.hardware for rate in RATES if rate.stage in {stage.name for stage in found.stages})
    return [*lines, f"  measured on {', '.join(hardware)} with the multilingual E5-small and texts of up to 256 tokens"]


def in_markdown(found: Iterable[Estimate]) -> list[str]:
    """Return a table with an estimate in each row."""
    lines = HEADER.splitlines()
    for one in found:
        of = {stage.name: stage for stage in one.stages}
        training, encoding = (of.get(name) for name in _FIRST)
        rest = [stage for stage in one.stages if stage.name not in _FIRST]
        hours = sum(stage.hours for stage in rest)
        cells = [
            f"`{one.path}`",
            *(["0", "0"] if training is None else [f"{training.jobs}", f"{training.amount:,}"]),
            "0" if encoding is None else f"{encoding.amount:,}",
            *("" if stage is None else _hours(stage) for stage in (training, encoding)),
            _number(hours),
            "" if training is None else _memory(training),
            "; ".join(one.lacking),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _hours(stage: Stage) -> str:
    return "unknown" if stage.lacking and not stage.hours else _number(stage.hours)


def _memory(stage: Stage) -> str:
    return "not measured" if stage.memory is None else f"{stage.memory / 1000:.1f} GB"


def _number(hours: float) -> str:
    """Return hours with as many digits as such an estimate has."""
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.1f}" if hours >= 0.1 else f"{hours:.2g}"
