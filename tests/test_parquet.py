"""Parquet files that stages write: whatever is damaged in them is an error, and other readers read them."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import dataset

from equilingual.files import DamagedFileError, MissingFileError
from equilingual.parquet import (
    ParquetFile,
    ParquetWriter,
    column_names,
    read_columns,
    read_footer,
    read_rows,
    read_table,
    write_parquet,
)

SOURCE = Path(__file__).parents[1] / "src/equilingual"
# Each with its reason: the door itself; what users bring; a cache that may not read a whole file for each look-up.
ALLOWED = {"parquet.py", "corpora/records.py", "translation/cache.py"}
TABLE = pa.table(
    {
        "id": [f"q{number}" for number in range(60)],
        "language": ["en", "de", "en"] * 20,
        "value": np.arange(60) / 7,
        "texts": [[str(number)] * (number % 3) for number in range(60)],
    }
).replace_schema_metadata({"corpus": "demo"})


@pytest.fixture
def file(tmp_path):
    write_parquet(TABLE, tmp_path / "t.parquet", row_group_size=25)
    return tmp_path / "t.parquet"


def read_all(path):
    """Everything that a stage can ask of a file."""
    batches = list(read_columns(path, ["value", "id"]))
    return read_table(path), pa.Table.from_batches(batches), read_footer(path).num_rows, column_names(path)


def test_every_module_goes_through_the_one_door():
    used = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if any(
                "pyarrow.parquet" in f"{module}.{name}" or "pyarrow.dataset" in f"{module}.{name}" for name in names
            ):
                used.add(path.relative_to(SOURCE).as_posix())
    assert used == ALLOWED


def test_a_bit_that_changes_anywhere_in_a_file_is_an_error_or_changes_nothing(file):
    raw = file.read_bytes()
    expected = read_all(file)
    same, errors = 0, set()
    for place in range(len(raw)):
        content = bytearray(raw)
        content[place] ^= 1 << place % 8
        file.write_bytes(content)
        try:
            found = read_all(file)
        except DamagedFileError as error:
            errors.add(str(error))
            continue
        assert found[0].equals(expected[0])
        assert found[1].equals(expected[1])
        assert found[2:] == expected[2:]
        same += 1
    assert all(error.startswith(f"{file} is damaged (") and "delete it and run" in error for error in errors)
    assert same <= len(b"xxh3-128")  # without its mark, a file counts as one that something else wrote


@pytest.mark.parametrize("left", [0, 1, 11, 31, 0.5, -1, -8])
def test_a_file_that_is_cut_is_an_error(file, left):
    raw = file.read_bytes()
    file.write_bytes(raw[: int(left * len(raw)) if left == 0.5 else left])
    with pytest.raises(
        DamagedFileError, match=r"t\.parquet is damaged \(.*\): delete it and run the same command again"
    ):
        read_table(file)


def test_a_missing_file_or_column_is_an_error(file, tmp_path):
    with pytest.raises(MissingFileError, match=r"none\.parquet is missing: run the same command again"):
        read_table(tmp_path / "none.parquet")
    with pytest.raises(DamagedFileError, match="it has no column 'passage'"):
        read_table(file, ["id", "passage"])
    with pytest.raises(DamagedFileError, match="it has no column 'passage'"):
        next(read_columns(file, ["passage"]))
    assert next(read_columns(file, ["id"], optional=["passage", "value"])).schema.names == ["id", "value"]


def test_columns_come_in_the_order_asked_for(file):
    assert read_table(file, ["value", "id"]).equals(TABLE.select(["value", "id"]))
    assert pa.Table.from_batches(read_columns(file, ["value", "id"])).equals(TABLE.select(["value", "id"]))
    with ParquetFile(file) as parquet:
        assert parquet.read_row_group(1, ["value", "id"]).equals(TABLE.select(["value", "id"]).slice(25, 25))


def test_other_readers_read_the_files(file):
    assert pq.read_table(file).equals(TABLE)
    assert pq.read_table(file, memory_map=True, use_threads=False).equals(TABLE)
    assert dataset.dataset(file).to_table().equals(TABLE)
    assert pd.read_parquet(file)["id"].tolist() == TABLE["id"].to_pylist()
    assert pq.read_schema(file).metadata == {b"corpus": b"demo"}


def test_what_others_wrote_or_copied_has_no_checksum_and_is_read(file, tmp_path):
    pq.write_table(pq.read_table(file), tmp_path / "copy.parquet")
    pd.read_parquet(file).to_parquet(tmp_path / "pandas.parquet")
    assert read_table(tmp_path / "copy.parquet").equals(TABLE)
    assert read_table(tmp_path / "pandas.parquet")["id"].to_pylist() == TABLE["id"].to_pylist()


def test_a_page_that_changed_is_an_error_without_the_checksum_of_the_whole_file(tmp_path):
    rng = np.random.default_rng(1)
    table = pa.table({"value": rng.integers(0, 1 << 62, 500)})
    path = tmp_path / "t.parquet"
    pq.write_table(table, path, use_dictionary=False, compression="none", write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    assert pq.read_table(path)["value"].to_pylist() != table["value"].to_pylist()
    with pytest.raises(DamagedFileError, match="could not verify page integrity, CRC checksum verification failed"):
        read_table(path)


def test_a_file_written_in_parts_is_that_written_at_once(tmp_path):
    with ParquetWriter(tmp_path / "parts.parquet", TABLE.schema) as writer:
        for start in range(0, 60, 25):
            writer.write_table(TABLE.slice(start, 25))
    write_parquet(TABLE, tmp_path / "once.parquet", row_group_size=25)
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "once.parquet").read_bytes()


def test_some_rows_are_read_from_their_row_groups_alone(file, monkeypatch):
    read = []
    whole = ParquetFile.read_row_group
    monkeypatch.setattr(
        ParquetFile, "read_row_group", lambda self, n, columns: read.append(n) or whole(self, n, columns)
    )
    with ParquetFile(file) as parquet:
        last = parquet.num_row_groups - 1
    for rows, groups in (([0, 3, 24, len(TABLE) - 1], [0, last]), ([25, 26], [1]), ([], [])):
        found = list(read_rows(file, ["value", "id"], np.array(rows, dtype=np.int64)))
        assert [row for part in found for row in part.to_pylist()] == TABLE.select(["value", "id"]).take(
            pa.array(rows, pa.int64())
        ).to_pylist()
        assert read == groups
        read.clear()
