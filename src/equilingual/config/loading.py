"""Read and check the configuration before any job starts."""

import difflib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from pydantic import BaseModel, Tag, ValidationError

from equilingual.config.models import Config
from equilingual.config.problems import ConfigError
from equilingual.config.renamed import renamed_in, section_place, with_new_names
from equilingual.urls import public_url

_LOG = logging.getLogger(__name__)
_TAG = re.compile("<[a-z0-9]+>")  # a member of a union


def load_config(raw: Mapping[str, object]) -> Config:
    """Return the checked configuration; warn once of all keys that are given by an old name.

    Raises:
        ConfigError: a key is unknown, missing or given by two names, or a value is wrong, by itself or with others.

    """
    named, renamed, twice = with_new_names(raw)
    if problems := [*_wrong_keys(raw, ()), *twice]:
        raise ConfigError("the configuration is wrong:\n  " + "\n  ".join(problems))
    if renamed:
        _LOG.warning("the configuration has old names of keys, which still work: %s", "; ".join(renamed))
    try:
        return Config.model_validate(named)
    except ValidationError as error:
        # pydantic also calls a list empty whose entries are all wrong; the errors of the entries say that already.
        items = [item for item in error.errors() if item["type"] != "too_short" or not item.get("input")]
        meant = {_meant(item["loc"]) for item in items if item["type"] == "extra_forbidden"}
        items = [item for item in items if item["type"] != "missing" or item["loc"] not in meant]
        problems = [
            _describe(item["type"], item["loc"], item["msg"], item.get("input")) + _entry(named, item["loc"])
            for item in items
        ]
        raise ConfigError("the configuration is wrong:\n  " + "\n  ".join(problems)) from error


def _wrong_keys(value: object, place: tuple[str, ...]) -> Iterator[str]:
    """Yield each key that YAML does not read as a string."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        here = (*place, str(key))
        if isinstance(value, Mapping) and not isinstance(key, str):
            yield f"{'.'.join(here)}: the key {key!r} is not a string{_quoted(key)}"
        yield from _wrong_keys(item, here)


def _quoted(key: object) -> str:
    """Return how to write a key as a string."""
    if isinstance(key, bool):
        return "; YAML reads no, off and yes as booleans: write 'no' in quotes"
    return "; give the key a name" if key is None else f"; write '{key}' in quotes"


# Keys of other libraries, and the key that sets the same here.
_ELSEWHERE = {
    **{
        f"training.{name}": "set batches.batches, the number of training steps"
        for name in ("epochs", "num_epochs", "num_train_epochs", "steps", "max_steps", "batches")
    },
    **{f"training.{name}": "set batches.batch_size" for name in ("batch_size", "per_device_train_batch_size")},
    **{
        f"training.{name}": "set training.micro_batch_size"
        for name in ("mini_batch_size", "gradient_accumulation_steps", "gc_chunk_size")
    },
    **{f"training.{name}": "set training.precision" for name in ("bf16", "fp16")},
    **{f"training.{name}": "set validation.{name}" for name in ("eval_steps", "early_stopping_patience")},
    "training.warmup_steps": "set training.warmup_ratio, a fraction of all steps",
    "training.scale": "set training.temperature, which is 1 / scale",
    "training.load_best_model_at_end": "set validation.keep_best",
    "validation.load_best_model_at_end": "set validation.keep_best",
}


def _describe(kind: str, place: Sequence[int | str], message: str, value: object) -> str:
    place, tags = _without_tags(place, is_key=kind == "extra_forbidden")
    key = ".".join(map(str, place))
    value = _as_shown(value)
    advice = _ELSEWHERE.get(".".join(map(str, section_place(tuple(place)))))
    if kind == "extra_forbidden" and advice:
        return f"{key}: unknown key (value {value!r}); {advice}"
    if kind == "extra_forbidden":
        near = _nearest_key(place, tags)
        hint = f"did you mean {near!r}?" if near else f"the keys here are {', '.join(_keys_at(place[:-1], tags))}"
        return f"{key}: unknown key (value {value!r}); {hint}"
    if kind == "missing":
        return f"{key}: this key is missing"
    text = _plain(kind, message)
    if kind == "model_type" and (names := list(_keys_at(place, tags))):
        text += f" with keys of {', '.join(names)}"
    in_text = isinstance(value, str) and repr(value) in text
    shown = "" if isinstance(value, Mapping) or in_text else f" (value {value!r})"
    if isinstance(value, bool) and "string" in text:
        shown += "; YAML reads no, off and yes as booleans: write 'no' in quotes"
    if kind == "literal_error":
        alike = difflib.get_close_matches(str(value), _choices(message), n=1, cutoff=0.5)
        shown += f"; did you mean {alike[0]!r}?" if alike else ""
    return f"{key}: {text}{shown}" if key else f"{text}{shown}"


def _entry(raw: object, place: Sequence[int | str]) -> str:
    """Return the name of the entry of a list that a problem is in, such as that of a contrast; nothing without one."""
    for part in place:
        if isinstance(part, int) and isinstance(raw, list) and part < len(raw):
            raw = raw[part]
            name = raw.get("name") if isinstance(raw, Mapping) else None
            return f" (in {name!r})" if isinstance(name, str) and place[-1] != "name" else ""
        if isinstance(raw, Mapping) and not _TAG.fullmatch(str(part)):
            raw = raw.get(part)
    return ""


def _without_tags(place: Sequence[int | str], *, is_key: bool) -> tuple[list[int | str], list[int | str]]:
    """Return a place without what pydantic adds to it, and which members of unions it names.

    Of an unknown key (``is_key``) the last part is the user's, whatever it looks like: ``<x`` is a key, too.
    """
    last = list(place[-1:]) if is_key else []
    rest = place[: len(place) - len(last)]
    tags = [part for part in rest if _TAG.fullmatch(str(part))]
    return [*(part for part in rest if part not in tags and part != "[key]"), *last], tags  # a mapping's key is last


def _nearest_key(place: Sequence[int | str], tags: Sequence[int | str]) -> str | None:
    """Return the key that an unknown one was probably meant to be; by an old name, the new one."""
    old = renamed_in(tuple(map(str, place[:-1])))
    near = difflib.get_close_matches(str(place[-1]), [*_keys_at(place[:-1], tags), *old], n=1, cutoff=0.5)
    return old.get(near[0], near[0]) if near else None


def _meant(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Return the place of an unknown key by the name that was probably meant: it is not missing, too."""
    near = _nearest_key(*_without_tags(place, is_key=True))
    return place if near is None else (*place[:-1], near)


def _as_shown(value: object) -> object:
    """Return a value as YAML writes it, with lists for tuples, and without secrets in URLs."""
    if isinstance(value, list | tuple):
        return [_as_shown(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _as_shown(one) for key, one in value.items()}
    return public_url(value) if isinstance(value, str) else value


def _plain(kind: str, message: str) -> str:
    """Return a message in YAML's terms: list and mapping instead of tuple and model."""
    if kind == "tuple_type":
        return "must be a list"
    if kind in {"dict_type", "model_type", "model_attributes_type"}:
        return "must be a mapping"
    if kind == "too_short":
        return "must have at least one entry"
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message.removeprefix("Value error, ")


# pydantic's phrases, by pattern, and ours.
_WORDS = (
    (r"^Input should be less than or equal to ", "must be at most "),
    (r"^Input should be greater than or equal to ", "must be at least "),
    (r"^Input should ", "must "),
)


def _choices(message: str) -> list[str]:
    return message.split("'")[1::2]


def _keys_at(place: Sequence[int | str], tags: Sequence[int | str]) -> Sequence[str]:
    """Return the keys at a place of the configuration; ``tags`` names the members of unions."""
    annotation: object = Config
    for part in section_place(tuple(place)):
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
