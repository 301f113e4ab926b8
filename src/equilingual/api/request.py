"""The request of :func:`equilingual.evaluate`, as a configuration that is checked before any work starts."""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.catalogues.lexical import LEXICAL
from equilingual.config import Config, ConfigError, load_config
from equilingual.config.declared import declared_problems
from equilingual.config.fitting import fitting_problems
from equilingual.config.places import absent_places
from equilingual.languages import UnknownLanguageError, get_language
from equilingual.messages import one_line, suggestion
from equilingual.plan import Places, Plan
from equilingual.registry import known_benchmarks, known_references, packaged_encoder

PACKAGED = "packaged"
SEED = 1  # of the texts that debiasing is fitted on, and of the bootstrap
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
# The prompts of their model cards; the models' own files have none.
_PROMPTS = {
    f"intfloat/multilingual-e5-{size}": {"query_prompt": "query: ", "passage_prompt": "passage: "}
    for size in ("small", "base", "large")
}
BenchmarkName = str | PathLike[str] | Mapping[str, object]


class RequestError(ValueError):
    """Something in a request does not exist, or two arguments contradict each other.

    Attributes:
        problems: a line for each reason.

    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Request:
    """A checked request.

    Attributes:
        plan: of the configuration with this model and this benchmark alone.
        model: the model's name there.
        benchmark: the benchmark's.

    """

    plan: Plan
    model: str
    benchmark: str

    @property
    def config(self) -> Config:
        """The configuration."""
        return self.plan.config


def read_request(
    model: str | PathLike[str],
    benchmark: BenchmarkName,
    *,
    languages: Sequence[str] | None,
    debias: Sequence[str],
    encoder: Mapping[str, object],
    encoding: Mapping[str, object],
    mirror: str | None,
) -> Request:
    """Return the checked request.

    Raises:
        RequestError: something in it does not exist, or two arguments contradict each other.

    """
    if isinstance(debias, str) or isinstance(languages, str):
        raise RequestError(["'languages' and 'debias' are lists: write ['en', 'de'] and ['center']"])
    entry = _benchmark(benchmark, languages)
    title, raw_model = _model(os.fspath(model), dict(encoder))
    name = _name(title)
    known = entry.get("known")
    scored = _name(str(known or Path(str(entry.get("folder", "benchmark"))).name))
    if mirror is not None and "://" not in mirror:
        mirror = str(Path(mirror).expanduser().absolute())
    raw: dict[str, Any] = {
        "title": f"{title} on {scored}",
        "seeds": [SEED],
        "data": {"mirror": mirror},
        "encoders": {name: raw_model} if raw_model else {},
        "encoding": dict(encoding),
        "benchmarks": {scored: entry},
        "evaluation": {"debias": list(debias), "lexical": [] if raw_model else [title]},
    }
    if debias and not raw_model:
        raise RequestError([f"{title} has no vectors, so 'debias' does not apply to it"])
    config = _checked(raw, name, scored)
    plan = Plan(config, Places(Path.cwd()))
    if problems := _problems(config):
        raise RequestError(_plain(problems, name, scored))
    return Request(plan, name, scored)


def _checked(raw: dict[str, Any], model: str, benchmark: str) -> Config:
    """Return the configuration, with the registry's first reference that debiasing may be fitted on.

    It is another than the first where the benchmark is built from that one.
    """
    try:
        configs = (load_config(_with_fit(raw, reference)) for reference in known_references())
        first = next(configs)
    except ConfigError as error:
        lines = str(error).splitlines()
        raise RequestError(_plain(lines[1:] if len(lines) > 1 else lines, model, benchmark)) from None
    if not any(entry.is_fitted for entry in first.evaluation.debias):
        return first
    return next((one for one in chain([first], configs) if not fitting_problems(one)), first)


def _with_fit(raw: dict[str, Any], reference: str) -> dict[str, Any]:
    return raw | {"evaluation": raw["evaluation"] | {"calibration_corpus": reference}}


def _problems(config: Config) -> list[str]:
    root = Path.cwd()
    return absent_places(config, root) + declared_problems(config, root) + fitting_problems(config)


def _plain(problems: Sequence[str], model: str, benchmark: str) -> list[str]:
    """Return problems of a configuration in the words of the arguments."""
    lines = []
    for problem in problems:
        line = problem.strip()
        for place, argument in (
            (f"benchmarks.{benchmark}", "benchmark"),
            (f"encoders.{model}", "encoder"),
            ("evaluation.debias", "debias"),
            ("evaluation.calibration_corpus", "debias"),
            ("data.mirror", "mirror"),
        ):
            line = line.replace(place, argument)
        line = line.replace(" null ", " None ")
        lines.append(line)
    return lines


def _name(text: str) -> str:
    """Return a text as a name of the configuration."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-.") or "model"


def _model(model: str, encoder: dict[str, object]) -> tuple[str, dict[str, object] | None]:
    """Return what a model is called, and its entry under ``encoders``; none for a lexical system.

    Raises:
        RequestError: there is no such folder, and no such name on the Hub.

    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.absolute().name, encoder | {"source": "folder", "path": str(folder.absolute())}
    if model in LEXICAL:
        if encoder:
            raise RequestError([f"{model} is lexical retrieval, so 'encoder' does not apply to it"])
        return model, None
    if model == PACKAGED:
        return packaged_encoder()["base_model"].split("/")[-1], encoder | {"source": "packaged"}
    if folder.exists():
        raise RequestError([f"{model} is a file; a model is a folder, or owner/name on the Hugging Face Hub"])
    if not _HUB_NAME.fullmatch(model):
        near = difflib.get_close_matches(model, [PACKAGED, *LEXICAL], n=1)
        hint = (
            f"did you mean {near[0]!r}?"
            if near
            else f"a name on the Hugging Face Hub is owner/name, and {PACKAGED!r}, "
        )
        hint += "" if near else "'bm25' and 'tfidf' need no folder"
        raise RequestError([f"there is no folder {model}; {hint}"])
    commit = str(encoder.get("revision") or "main")
    commit = commit if _COMMIT.fullmatch(commit) else _commit(model, commit)
    prompts = _PROMPTS.get(model, {})
    return model.split("/")[-1], {**prompts, **encoder, "source": "hub", "path": model, "revision": commit}


def _commit(name: str, revision: str) -> str:
    """Return the commit that a branch or tag of a model stands for now; the one that was downloaded where offline.

    Raises:
        RequestError: the Hub does not have the model, or cannot be reached, and it was never downloaded.

    """
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return str(HfApi().model_info(name, revision=revision).sha)
    except (OSError, ValueError, HfHubHTTPError, HFValidationError) as error:
        # Downloaded files lie in a folder that is called as their commit.
        downloaded = try_to_load_from_cache(name, "config.json", revision=revision)
        if isinstance(downloaded, str):
            return Path(downloaded).parent.name
        raise RequestError(
            [f"there is no folder {name}, and the Hugging Face Hub does not give {name} ({one_line(error)})"]
        ) from error


def _benchmark(benchmark: BenchmarkName, languages: Sequence[str] | None) -> dict[str, Any]:
    """Return the entry of a benchmark under ``benchmarks``, its folder absolute.

    Raises:
        RequestError: there is no benchmark of this name, and no such folder; or it lacks a language.

    """
    if isinstance(benchmark, Mapping):
        entry = dict(benchmark)
    elif str(benchmark) in known_benchmarks():
        entry = {"known": str(benchmark)}
    elif Path(benchmark).expanduser().is_dir():
        entry = {"folder": str(benchmark)}
    else:
        hint = suggestion(str(benchmark), known_benchmarks(), "known are")
        raise RequestError([f"there is no benchmark and no folder {str(benchmark)!r}; {hint}"])
    if languages is not None:
        entry["languages"] = [_tag(language) for language in languages]
    if entry.get("folder") is not None:
        folder = Path(str(entry["folder"])).expanduser().absolute()
        entry["folder"] = str(folder)
        named = [str(entry[key]) for key in ("known", "format", "kind") if entry.get(key) is not None]  # kind: older
        if named in ([], ["beir"]):
            _take_languages(entry, folder)
    return entry


def _tag(language: str) -> str:
    try:
        return get_language(language).tag
    except UnknownLanguageError as error:
        raise RequestError([f"languages: {error}"]) from None


def _take_languages(entry: dict[str, Any], folder: Path) -> None:
    """Put the languages of a folder into its entry, where none are given; check them where some are."""
    found = sorted(
        path.parent.name for path in folder.glob("*/queries.jsonl") if (path.parent / "corpus.jsonl").exists()
    )
    if not found:
        raise RequestError(
            [
                f"{folder} has no sub-folder with corpus.jsonl and queries.jsonl, which a benchmark has for each "
                "language; for another format give a mapping: {'folder': …, 'format': …, 'languages': […]}"
            ]
        )
    asked = entry.setdefault("languages", found)
    if missing := [tag for tag in asked if tag not in found]:
        raise RequestError([f"{folder} has no {', '.join(missing)}; it has {', '.join(found)}"])
