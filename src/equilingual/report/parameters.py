"""The parameters of the trainings, apart by whether they are the defaults of the configuration."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from equilingual.config.training import NOT_VALIDATED, Monitoring, Training
from equilingual.report.formatting import format_plain
from equilingual.report.records import Hash, Table, trainings

Record = Mapping[str, Any]


def parameter_tables(models: Sequence[Record]) -> tuple[Table, Table]:
    """Return the parameters that differ from the default or have none, and the others.

    A row is a parameter's value with the experiments that have it.
    """
    settings = {str(model.get("experiment")): _parameters(model) for model in trainings(models)}
    changed: list[list[str | Hash]] = []
    usual: list[list[str | Hash]] = []
    for name in dict.fromkeys(name for parameters in settings.values() for name in parameters):
        values = [parameters.get(name) for parameters in settings.values()]
        rows = usual if all(_is_default(name, value) for value in values) else changed
        rows += _rows(name, {experiment: parameters.get(name) for experiment, parameters in settings.items()})
    columns = ["Parameter", "Value", "Experiments"]
    return (
        Table("Training parameters without a default, or with another value", columns, set(), changed),
        Table("Training parameters with their default values", columns, set(), usual),
    )


def _parameters(model: Record) -> Record:
    found = model.get("parameters")
    return {name: _told(name, value) for name, value in found.items()} if isinstance(found, Mapping) else {}


def _told(name: str, value: object) -> object:
    """Return a value without the parts that are defaults: versions differ in which of these a manifest has."""
    if not isinstance(value, Mapping) or name not in Training.model_fields:
        return value
    try:
        read = Training.model_validate({name: value})
    except ValidationError:  # of another version
        return value
    return read.model_dump(exclude_defaults=True).get(name, read.model_dump()[name])


def _rows(name: str, values: Mapping[str, object]) -> list[list[str | Hash]]:
    by_value: dict[str, list[str]] = {}
    for experiment, value in values.items():
        by_value.setdefault(format_plain(value), []).append(experiment)
    return [
        [name, value, "all" if len(by_value) == 1 else ", ".join(experiments)]
        for value, experiments in by_value.items()
    ]


def _is_default(name: str, value: object) -> bool:
    """Return whether the configuration has this value where it says nothing of it.

    A manifest has the precision that ``auto`` came to, and of a training without held-out pairs what stands for none.
    """
    if name == "precision":
        return value in ("auto", "float32", "bfloat16")
    defaults = [part.model_dump() for part in (Training(), Monitoring(), NOT_VALIDATED)]
    return any(name in part and part[name] == value for part in defaults)
