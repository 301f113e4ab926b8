"""The study of a configuration: what it is worked out from, and what is made for it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from equilingual.config.models import Config
from equilingual.config.study import StudyParts


@dataclass(frozen=True)
class StudyPlan:
    """The study of a configuration, if it has one."""

    config: Config

    @cached_property
    def parts(self) -> StudyParts | None:
        """What the study is of; None without one."""
        return StudyParts(self.config, self.config.study) if self.config.study else None

    @property
    def name(self) -> str | None:
        """The name of the study; None without one."""
        return self.config.study.name if self.config.study else None

    @property
    def settings(self) -> dict[str, Any] | None:
        """A :class:`~equilingual.config.study_settings.StudySettings` as plain values."""
        return self.config.study.model_dump() if self.config.study else None

    @property
    def models(self) -> list[dict[str, Any]]:
        """What the stage is given of each model."""
        return [model.described for model in self.parts.models] if self.parts else []

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """The (benchmark, setting, measure) that values are worked out for."""
        return self.parts.places if self.parts else []

    @property
    def benchmarks(self) -> list[str]:
        """The benchmarks of :attr:`places`."""
        return self.parts.benchmarks if self.parts else []

    @property
    def figure(self) -> dict[str, Any] | None:
        """The keys of the figure, with the panels that are ``shown``."""
        return {**self.parts.figure.model_dump(), "shown": self.parts.panels} if self.parts else None

    @property
    def ranked(self) -> list[tuple[str, str]]:
        """The (model, benchmark) whose ranks the study is worked out from."""
        if self.parts is None:
            return []
        members = [name for model in self.parts.models for name in model.members]
        return [(name, benchmark) for benchmark in self.parts.benchmarks for name in members]

    @property
    def ranks(self) -> list[str]:
        """The files of :attr:`ranked`."""
        return [f"results/ranks/{model}/{benchmark}.parquet" for model, benchmark in self.ranked]

    @property
    def targets(self) -> list[str]:
        """What a run with a study makes, beside the models and their scores: no index, no report of the whole run."""
        folder = f"results/studies/{self.name}"
        return [
            *("results/scores.csv", "results/intervals.csv"),
            *(f"{folder}/{name}" for name in ("study.json", "values.csv", "contrasts.csv")),
        ]
