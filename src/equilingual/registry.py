"""What Equilingual knows by name: downloads, corpora and benchmarks.

``known_files.tsv`` pins every file (URL at a commit, SHA-256, size, licence); ``registry.toml`` says how the
files make up a corpus or a benchmark. Both are data: a new entry needs no code.
"""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class KnownFile:
    """One pinned download; ``path`` is its place below ``results/downloads`` and below a mirror."""

    path: str
    url: str
    sha256: str
    bytes: int
    licence: str


@lru_cache(maxsize=1)
def known_files() -> Mapping[str, KnownFile]:
    """Return every pinned download by its path."""
    text = resources.files("equilingual").joinpath("known_files.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="\t")
    return {row["path"]: KnownFile(bytes=int(row.pop("bytes")), **row) for row in rows}


@lru_cache(maxsize=1)
def _registry() -> Mapping[str, Mapping[str, Any]]:
    text = resources.files("equilingual").joinpath("registry.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def known_corpora() -> Mapping[str, Any]:
    """Return the known corpora: title, format, licence, and where each language's files are.

    ``files`` has them by language, or ``each`` for all of ``spellings``, with ``{spelling}`` for the language's own.
    """
    return _registry()["corpora"]


def known_opus() -> Mapping[str, Any]:
    """Return the corpora of OPUS whose version is known: version and licence, by OPUS's name."""
    return _registry()["opus"]


def known_benchmarks() -> Mapping[str, Any]:
    """Return the known benchmarks: title, format, licence, and path and published counts per language."""
    return _registry()["benchmarks"]


def known_references() -> Mapping[str, Any]:
    """Return the human translations that engines are scored on: title, format, licence, and path per language."""
    return _registry()["references"]


def packaged_encoder() -> Mapping[str, Any]:
    """Return the packaged encoder: its name on the Hub, licence, wheels, and the (name, sha256) of each one's file."""
    return _registry()["packaged_encoder"]
