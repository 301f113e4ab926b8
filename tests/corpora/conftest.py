"""What the tests of the formats share: writing small files in them, and reading these as the stage does."""

import pyarrow.parquet as pq
import pytest

from equilingual.corpora import read_corpus
from equilingual.files import read_json


@pytest.fixture
def write_text(tmp_path):
    """Return a function that writes a file and returns the path."""

    def write(name, *lines):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
        return path

    return write


@pytest.fixture
def read(tmp_path):
    """Return a function that reads one language of a corpus: the rows of the table, and the counts."""

    def run(file_format, language="en", *, folder="out", **arguments):
        files = {role: paths if isinstance(paths, list) else [paths] for role, paths in arguments.pop("files").items()}
        out = tmp_path / folder
        read_corpus(
            **{
                "corpus": "c",
                "file_format": file_format,
                "files": files,
                "language": language,
                "origin": "human",
                "licence": "CC0-1.0",
                "languages": [language],
                "pairs_out": out / f"{language}.parquet",
                "counts_out": out / f"{language}.json",
                **arguments,
            }
        )
        table = pq.read_table(out / f"{language}.parquet")
        return table.to_pylist(), read_json(out / f"{language}.json")["languages"][language]

    return run
