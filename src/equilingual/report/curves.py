"""Loss histories as lines: read, parted into monolingual and cross-lingual batches, smoothed and thinned."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from equilingual.files import damaged, read_text, reading
from equilingual.report.board import Board, Row
from equilingual.report.formatting import is_number

Point = tuple[float, float]
MODES = {"mono": "monolingual batches", "cross": "cross-lingual batches"}
_BUCKETS = 150  # raw points are drawn as the lowest and highest of each bucket: enough for a chart 1200 pixels wide


@dataclass(frozen=True)
class Curve:
    """The losses of one experiment on one kind of batch.

    Attributes:
        smooth: (step, mean loss of the batches around it).
        raw: (step, loss), thinned so that every peak stays.
        window: how many batches each mean is of.

    """

    experiment: str
    label: str
    kind: str
    variant: int
    mode: str
    batches: int
    window: int
    smooth: list[Point]
    raw: list[Point]


def read_curves(
    histories: Mapping[str, str | PathLike[str]],
    board: Board,
    measure: str = "loss",
) -> list[Curve]:
    """Return one curve per experiment and kind of batch, in the order of ``histories``.

    Steps without a finite value of the measure are left out. What is measured on held-out pairs is not smoothed, and
    has one curve per experiment.
    """
    is_loss = measure == "loss"
    variants = row_variants(board)
    curves = []
    for experiment, path in histories.items():
        row, seed = board.models.get(experiment, (None, ""))
        label = _label(board, row, seed) if row else experiment
        kind, variant = (row.kind, variants.get(row, 0)) if row else ("other", 0)
        for mode, points in _read(path, measure).items():
            window = max(1, len(points) // 20) if is_loss else 1
            smooth = thin(list(_smoothed(points, window)), _BUCKETS)
            raw = thin(points, _BUCKETS) if is_loss else []
            name = MODES.get(mode, mode) if is_loss else "held-out pairs"
            curves.append(Curve(experiment, label, kind, variant, name, len(points), window, smooth, raw))
    return curves


def row_variants(board: Board) -> dict[Row, int]:
    """Return, for each row, how many rows of its kind stand before it beside the same encoder, as lexical ones do."""
    variants: dict[Row, int] = {}
    seen: dict[tuple[str, str], int] = {}
    encoders = {row.encoder for row in board.rows}
    for row in board.rows:
        beside = encoders if row.is_lexical else {row.encoder}
        variants[row] = max((seen.get((encoder, row.kind), 0) for encoder in beside), default=0)
        for encoder in beside:
            seen[encoder, row.kind] = variants[row] + 1
    return variants


def _label(board: Board, row: Row, seed: str) -> str:
    several = len(board.seeds.get(row, [])) > 1
    return row.label + (f", seed {seed}" if several else "")


def _read(path: str | PathLike[str], measure: str) -> dict[str, list[Point]]:
    points: dict[str, list[Point]] = {}
    for step in _steps(path):
        if is_number(step.get(measure)) and is_number(step.get("step")):
            mode = str(step.get("mode", "")) if measure == "loss" else ""
            points.setdefault(mode, []).append((step["step"], step[measure]))
    return points


def _steps(path: str | PathLike[str]) -> list[dict[str, Any]]:
    """Return what was measured at each step: the objects of a history's lines."""
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    with reading(path, ValueError):
        steps = [json.loads(line) for line in lines]
    if not all(isinstance(step, dict) for step in steps):
        raise damaged(path, "a line is not an object")
    return steps


def _smoothed(points: Sequence[Point], window: int) -> Iterator[Point]:
    """Yield means around each point.

    At the start, where losses fall steeply, the window shrinks on both sides, or the mean would lag; at the end it is
    cut on one side only, or the last batch alone would bend the line.
    """
    sums = [0.0]
    for _, loss in points:
        sums.append(sums[-1] + loss)
    for place, (step, _) in enumerate(points):
        half = min(window // 2, place)
        low, high = place - half, min(place + half + 1, len(points))
        yield step, (sums[high] - sums[low]) / (high - low)


def thin(points: list[Point], buckets: int) -> list[Point]:
    """Return at most two points per bucket, the lowest and the highest, in the order of the steps; and the last one."""
    if len(points) <= 2 * buckets:
        return points
    kept = []
    for number in range(buckets):
        part = points[number * len(points) // buckets : (number + 1) * len(points) // buckets]
        ends = {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
        kept += sorted(ends)
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]
