"""Check before any job starts that the files and folders of a configuration exist.

Snakemake reports a missing input only if an output still has to be made from it: after a complete run, a mistyped
path would go unnoticed and the old data would be used.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from equilingual.config.experiments import benchmark_sources
from equilingual.config.models import Config
from equilingual.config.translation import ConvertedModel
from equilingual.folders import why_unusable
from equilingual.urls import public_url

# A wildcard or a path variable of Snakemake.
_PATTERN = re.compile(r"\{\s*[.\w]+\s*(,[^/]*)?\}|<[a-z][a-z0-9_]*>")


def missing_places(config: Config, root: Path) -> list[str]:
    """Return a line for each missing file or folder of the configuration: its key, the path, what to do.

    Another line says if the results or the translation cache cannot be written.

    Relative paths are looked for in ``root``, the Snakefile's folder; the results are in the working directory.
    """
    return absent_places(config, root) + (_results_problems() or _cache_problems(config, root))


def absent_places(config: Config, root: Path) -> list[str]:
    """Return a line for each file or folder of the configuration that does not exist: its key, the path, what to do."""
    return [
        f"{key}: {public_url(place)} {_problem(root, place)}{hint}"
        for key, place, is_there, hint in _places(config, root)
        if not is_there
    ]


def misread_places(config: Config, base: Path) -> list[str]:
    """Return a line for each path that Snakemake would read as a pattern, because of ``{name}`` or ``<name>``.

    Relative paths are relative to ``base``: ``Path()`` where the jobs run in the Snakefile's folder, else that folder.
    """
    paths = {key: (public_url(place), str(base / place)) for key, place, _, _ in _places(config, Path())}
    return [
        f"{key}: {place} cannot be used: {found[0]} in {path} is a pattern to Snakemake; rename it, or use a link to it"
        for key, (place, path) in paths.items()
        if (found := _PATTERN.search(path)) and not key.startswith("data.")
    ]


def _problem(root: Path, place: str) -> str:
    """Return what is wrong with a place; of a relative one that does not exist, also where it was looked for."""
    path = root / place
    if not path.exists():
        return "does not exist" if Path(place).is_absolute() else f"does not exist in {root.absolute()}"
    return "is a folder, not a file" if path.is_dir() else "is a file, not a folder"


def _results_problems() -> list[str]:
    """Return why results cannot be written: one line or none."""
    problem = why_unusable("results")
    advice = "make it a folder that you may write into, or choose another working directory with --directory"
    return [f"results: {problem}; {advice}"] if problem else []


def _cache_problems(config: Config, root: Path) -> list[str]:
    """Return why the translation cache cannot be used: one line or none."""
    place = Path(config.translation.cache)
    # Below results/ it is the working directory's, as all results are.
    problem = why_unusable(place if place.parts[:1] == ("results",) else root / place)
    return [f"translation.cache: {problem}; choose another folder"] if problem and config.made_languages() else []


def _places(config: Config, root: Path) -> Iterator[tuple[str, str, bool, str]]:
    """Yield (key, path, whether it exists, a hint)."""
    yield from _files(config, root)
    yield from _folders(config, root)


def _files(config: Config, root: Path) -> Iterator[tuple[str, str, bool, str]]:
    for corpus, language in config.read_languages():
        for role, places in config.corpora[corpus].files[language].by_role().items():
            for file in (place.file for place in places if place.file is not None):
                yield f"corpora.{corpus}.files.{language}.{role}", file, (root / file).is_file(), ""
    for corpus in config.bitext_corpora:
        for file in (place.file for place in config.corpora[corpus].places() if place.file is not None):
            yield f"corpora.{corpus}", file, (root / file).is_file(), ""
    for name, source in benchmark_sources(config).items():
        for file in (place.file for place in source.places if place.file is not None):
            yield f"benchmarks.{name}", file, (root / file).is_file(), ""


def _folders(config: Config, root: Path) -> Iterator[tuple[str, str, bool, str]]:
    if (mirror := config.data.mirror) is not None and "://" not in mirror:
        yield "data.mirror", mirror, (root / mirror).is_dir(), "; set it to null to download from the original URLs"
    for name, encoder in config.encoders.items():
        if encoder.source == "folder" and encoder.path is not None:
            yield f"encoders.{name}.path", encoder.path, (root / encoder.path).is_dir(), ""
    for name, engine in config.translation.engines.items():
        if isinstance(engine, ConvertedModel) and engine.revision is None:
            hint = "; for a model on the Hub, give its 'revision' (a commit)"
            yield f"translation.engines.{name}.model", engine.model, (root / engine.model).is_dir(), hint
