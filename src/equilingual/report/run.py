"""One run as the page needs it: each file is read once, when a section first asks for it."""

import csv
import io
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

from equilingual.files import read_json, read_text
from equilingual.report.board import Board, read_board
from equilingual.report.collapse import Collapsed, collapsed_models
from equilingual.report.data import page_data
from equilingual.report.inputs import ReportInputs

Record = Mapping[str, Any]


class Run:
    """The files of a run.

    Attributes:
        inputs: where the files are.

    """

    def __init__(self, inputs: ReportInputs) -> None:
        self.inputs = inputs
        self.records = cache(self._records)
        self.named = cache(self._named)

    @cached_property
    def board(self) -> Board:
        """The scores, one row per model with its seeds put together."""
        given = self.inputs
        return read_board(given.scores, given.identities, given.intervals, given.over_seeds)

    @cached_property
    def comparisons(self) -> list[Mapping[str, str]]:
        """The lines of ``results/comparisons.csv``."""
        return list(csv.DictReader(io.StringIO(read_text(self.inputs.comparisons), newline="")))

    @cached_property
    def manifest(self) -> Record:
        """``results/run.json``; empty where there is none."""
        return read_json(self.inputs.run) if self.inputs.run is not None else {}

    @cached_property
    def collapsed(self) -> Collapsed:
        """Models whose vectors are all alike."""
        return collapsed_models(self.named("encodings"))

    @cached_property
    def benchmarks(self) -> dict[str, Record]:
        """The counts of each benchmark, by its name."""
        return {str(record.get("benchmark")): record for record in self.records("benchmarks")}

    @cached_property
    def data(self) -> dict[str, Any]:
        """The page's data, as ``results/report.json`` has it."""
        return page_data(self)

    @property
    def has_trained(self) -> bool:
        """Whether any model that was scored was trained."""
        return any(row.trained for row in self.board.rows)

    def _records(self, name: str) -> list[dict[str, Any]]:
        """Return the JSON files of a field of :class:`ReportInputs` that lists files."""
        return [read_json(path) for path in getattr(self.inputs, name)]

    def _named(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the JSON files of a field of :class:`ReportInputs` that has files by name."""
        return {key: read_json(path) for key, path in getattr(self.inputs, name).items()}
