"""What was measured at the steps of every training: by kind of batch, smoothed, and thinned for a figure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from equilingual.files import damaged, read_text, reading
from equilingual.report.board import Board
from equilingual.report.formatting import is_number

Point = tuple[float, float]
# What a history has of a step, in the order of the figure's switch.
MEASURES = {
    "loss": "Training loss",
    "validation_loss": "Validation loss",
    "validation_map": "mAP on held-out pairs",
    "learning_rate": "Learning rate",
}
MODES = {"mono": "monolingual", "cross": "cross-lingual", "mixed": "mixed", "bitext": "bitext"}
_MOST_POINTS = 80  # of one line: more cannot be told apart in a figure of this width


@dataclass(frozen=True)
class Line:
    """One measure of one experiment over its steps.

    Attributes:
        label: of the model, without its seed.
        seed: empty for a history whose model was not scored.
        batches: of which kind of batch the losses are; empty for other measures.
        window: how many steps each value is the mean of.
        points: (step, value), in the order of the steps.

    """

    measure: str
    experiment: str
    label: str
    kind: str
    seed: str
    batches: str
    window: int
    points: list[Point]


def read_lines(histories: Mapping[str, str | PathLike[str]], board: Board) -> list[Line]:
    """Return the lines of all histories, by measure and then in the order of ``histories``.

    Steps without a finite value are left out. Only the loss is smoothed: each of its values is of another batch.
    """
    steps = {experiment: _steps(path) for experiment, path in histories.items()}
    lines = []
    for measure in MEASURES:
        for experiment, found in steps.items():
            row, seed = board.models.get(experiment, (None, ""))
            label, kind = (row.label, row.kind) if row else (experiment, "other")
            for mode, points in _points(found, measure).items():
                window = max(1, len(points) // 20) if measure == "loss" else 1
                shown = _sampled(list(_smoothed(points, window)) if window > 1 else points)
                lines.append(Line(measure, experiment, label, kind, seed, MODES.get(mode, mode), window, shown))
    return lines


def _steps(path: str | PathLike[str]) -> list[dict[str, Any]]:
    """Return what was measured at each step: the objects of a history's lines."""
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    with reading(path, ValueError):
        steps = [json.loads(line) for line in lines]
    if not all(isinstance(step, dict) for step in steps):
        raise damaged(path, "a line is not an object")
    return steps


def _points(steps: Sequence[Mapping[str, Any]], measure: str) -> dict[str, list[Point]]:
    """Return the values of a measure; those of the loss by kind of batch."""
    points: dict[str, list[Point]] = {}
    for step in steps:
        if is_number(step.get(measure)) and is_number(step.get("step")):
            mode = str(step.get("mode", "")) if measure == "loss" else ""
            points.setdefault(mode, []).append((step["step"], step[measure]))
    return points


def _smoothed(points: Sequence[Point], window: int) -> Iterator[Point]:
    """Yield means around each point.

    At the start, where losses fall steeply, the window shrinks on both sides, or the mean would lag; at the end it is
    cut on one side only, or the last batch alone would bend the line.
    """
    sums = [0.0]
    for _, value in points:
        sums.append(sums[-1] + value)
    for place, (step, _) in enumerate(points):
        half = min(window // 2, place)
        low, high = place - half, min(place + half + 1, len(points))
        yield step, (sums[high] - sums[low]) / (high - low)


def _sampled(points: list[Point]) -> list[Point]:
    """Return at most :data:`_MOST_POINTS` points at equal distances, the first and the last among them."""
    if len(points) <= _MOST_POINTS:
        return points
    return [points[round(number * (len(points) - 1) / (_MOST_POINTS - 1))] for number in range(_MOST_POINTS)]
