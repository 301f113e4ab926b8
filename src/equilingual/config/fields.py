"""Types of the configuration: names, values of a table, entries of lists. Stages import it: it reads no table."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    GetCoreSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic_core import CoreSchema, core_schema

from equilingual.config.base import Model

# Names become folders and parts of experiment names, which join them with "__".
# A model's name has those of its encoder, training set and strategy in it, and is a file's: at most 255 bytes.
_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a valid name; use only letters, digits, '-' and '.'")
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"'{name[:20]}…' has {len(name)} characters; use at most {_LONGEST_NAME}")
    return name


def check_distinct(values: tuple[object, ...]) -> tuple[object, ...]:
    """Refuse a duplicate value."""
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(f"duplicate value {value!r}")
    return values


Name = Annotated[str, AfterValidator(_check_name)]


def text_or_mapping(value: object) -> str:
    """Return the tag of the union's member that a value belongs to."""
    return "<mapping>" if isinstance(value, dict | BaseModel) else "<text>"


class OneOf:
    """One of the names of a table, as ``Literal`` has them; ``Annotated[str, OneOf(TABLE)]``."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(self._names)


class Entry(Model):
    """An entry of a list that has a label of its own in it; its first key alone may stand for it."""

    name_key: ClassVar[str]  # center stands for {method: center}

    @property
    def label(self) -> str:
        """The entry as a part of models' names."""
        raise NotImplementedError

    @model_serializer(mode="wrap")
    def _in_short(self, handler: SerializerFunctionWrapHandler) -> Any:  # noqa: ANN401 (a text or a mapping)
        given = handler(self)
        # The key is missing where defaults are left out.
        return (
            given.get(self.name_key, getattr(self, self.name_key))
            if self.model_fields_set <= {self.name_key}
            else given
        )


class _InShort:
    """Lets an :class:`Entry` be given by its name alone."""

    def __get_pydantic_core_schema__(self, source: type[Entry], handler: GetCoreSchemaHandler) -> CoreSchema:
        key = source.name_key
        field = source.model_fields[key]
        name = handler.generate_schema(Annotated[field.annotation, *field.metadata])
        in_short = core_schema.no_info_after_validator_function(lambda name: source.model_validate({key: name}), name)
        # Told apart before they are checked: an error is then about one of them.
        members = {"<text>": in_short, "<mapping>": handler(source)}
        return core_schema.tagged_union_schema(members, text_or_mapping)


E = TypeVar("E", bound=Entry)


def _check_labels(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    check_distinct(tuple(entry.label for entry in entries))
    return entries


Entries = Annotated[tuple[Annotated[E, _InShort()], ...], AfterValidator(_check_labels)]  # labels are distinct
