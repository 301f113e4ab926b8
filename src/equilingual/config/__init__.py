"""Read and check the configuration before any job starts."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from pydantic import BaseModel, Tag, ValidationError

from equilingual.config.models import Config
from equilingual.config.problems import ConfigError
from equilingual.config.reading import check_file
from equilingual.urls import public_url

__all__ = ["Config", "ConfigError", "check_file", "load_config"]


def load_config(raw: Mapping[str, object]) -> Config:
    """Return the checked configuration.

    Raises:
        ConfigError: a key is unknown or missing, or a value is wrong, alone or beside the others.

    """
    if problems := list(_wrong_keys(raw, ())):
        raise ConfigError("the configuration is wrong:\n  " + "\n  ".join(problems))
    try:
        return Config.model_validate(dict(raw))
    except ValidationError as error:
        # A list whose every entry is wrong counts as empty, too: that is said of the entries.
        items = [item for item in error.errors() if item["type"] != "too_short" or not item.get("input")]
        problems = [_describe(item["type"], item["loc"], item["msg"], item.get("input")) for item in items]
        raise ConfigError("the configuration is wrong:\n  " + "\n  ".join(problems)) from error


def _wrong_keys(value: object, place: tuple[str, ...]) -> Iterator[str]:
    """Yield each key that YAML reads as something else than a text."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        here = (*place, str(key))
        if isinstance(value, Mapping) and not isinstance(key, str):
            yield f"{'.'.join(here)}: the key {key!r} is not a text{_quoted(key)}"
        yield from _wrong_keys(item, here)


def _quoted(key: object) -> str:
    """Return how a key is written as a text."""
    if isinstance(key, bool):
        return "; YAML reads no, off and yes as truth values: write 'no'"
    return "; give the key a name" if key is None else f"; write '{key}' in quotes"


# Keys of other trainers, and where the same is set here.
_ELSEWHERE = {
    **{
        f"training.{name}": "training lasts for batches.batches batches: set that"
        for name in ("epochs", "num_epochs", "num_train_epochs", "steps", "max_steps", "batches")
    },
    **{f"training.{name}": "set batches.batch_size" for name in ("batch_size", "per_device_train_batch_size")},
}


def _describe(kind: str, place: Sequence[int | str], message: str, value: object) -> str:
    tags = [part for part in place if str(part).startswith("<")]  # which member of a union
    place = [part for part in place if part not in tags and part != "[key]"]  # a mapping's key is the last part
    key = ".".join(map(str, place))
    value = _as_shown(value)
    if kind == "extra_forbidden" and key in _ELSEWHERE:
        return f"{key}: unknown key (value {value!r}); {_ELSEWHERE[key]}"
    if kind == "extra_forbidden":
        names = list(_keys_at(place[:-1], tags))
        near = difflib.get_close_matches(str(place[-1]), names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"the keys here are {', '.join(names)}"
        return f"{key}: unknown key (value {value!r}); {hint}"
    if kind == "missing":
        return f"{key}: this key is missing"
    text = _plain(kind, message)
    if kind == "model_type" and (names := list(_keys_at(place, tags))):
        text += f" with keys of {', '.join(names)}"
    in_text = isinstance(value, str) and repr(value) in text
    shown = "" if isinstance(value, Mapping) or in_text else f" (value {value!r})"
    if isinstance(value, bool) and "string" in text:
        shown += "; YAML reads no, off and yes as truth values: write 'no'"
    if kind == "literal_error":
        near = difflib.get_close_matches(str(value), _choices(message), n=1, cutoff=0.5)
        shown += f"; did you mean {near[0]!r}?" if near else ""
    return f"{key}: {text}{shown}" if key else f"{text}{shown}"


def _as_shown(value: object) -> object:
    """Return a value as YAML has it, lists and no tuples, and without the secrets that a URL may hold."""
    if isinstance(value, list | tuple):
        return [_as_shown(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _as_shown(one) for key, one in value.items()}
    return public_url(value) if isinstance(value, str) else value


def _plain(kind: str, message: str) -> str:
    """Return a message in YAML's words: it has lists and mappings, neither tuples nor models."""
    if kind == "tuple_type":
        return "Input should be a list"
    if kind in {"dict_type", "model_type", "model_attributes_type"}:
        return "Input should be a mapping"
    if kind == "too_short":
        return "Input should have at least one entry"
    return message.removeprefix("Value error, ")


def _choices(message: str) -> list[str]:
    return message.split("'")[1::2]


def _keys_at(place: Sequence[int | str], tags: Sequence[int | str]) -> Sequence[str]:
    """Return the keys that the model at a place of the configuration has; ``tags`` are the members of unions."""
    annotation: object = Config
    for part in place:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            annotation = annotation.model_fields[str(part)].annotation
        else:  # a mapping, a list or a union: go on with the model inside
            annotation = _model_inside(annotation, tags)
    model = _model_inside(annotation, tags)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_inside(annotation: object, tags: Sequence[int | str]) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if any(isinstance(note, Tag) and note.tag not in tags for note in getattr(annotation, "__metadata__", ())):
        return None
    return next((found for inner in get_args(annotation) if (found := _model_inside(inner, tags))), None)
