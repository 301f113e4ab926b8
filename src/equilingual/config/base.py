"""The base of every part of the configuration, and numbers and booleans as YAML writes them.

Stages import this module: it reads no table, so that a new language or download reruns none of them.
"""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _number_from_text(value: object) -> object:
    """Return a number given as a string, as YAML 1.1 reads ``3e-5`` and ``--config`` reads all inside brackets."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+", value):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", value):
        return float(value)
    return value


def _truth_from_text(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


Int = Annotated[int, BeforeValidator(_number_from_text)]
Float = Annotated[float, BeforeValidator(_number_from_text)]
Bool = Annotated[bool, BeforeValidator(_truth_from_text)]
Positive = Annotated[Int, Field(gt=0)]


class Model(BaseModel):
    """The base of every part of the configuration: frozen, unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _as_meant_in_yaml(cls, data: object) -> object:
        return {key: _from_yaml(value) for key, value in data.items()} if isinstance(data, dict) else data


def _from_yaml(value: object) -> object:
    """Return a YAML value with tuples for lists, as frozen models need."""
    return tuple(value) if isinstance(value, list) else value
