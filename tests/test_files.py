"""JSON and text files that stages write: whatever is damaged in them is an error, and other programs read them."""

import hashlib
import json
import subprocess

import pytest

from equilingual.files import (
    DamagedFileError,
    MissingFileError,
    append_checksum,
    parse_json,
    read_json,
    read_text,
    verify_checksum,
    write_json,
    writing_text,
)

RECORD = {"benchmark": "demo", "figures": {"map": [0.25, None, True]}, "text": 'müde "x" {\n', "checksums": {}}
AGAIN = "delete it and run the same command again"


@pytest.fixture
def record(tmp_path):
    write_json(RECORD, tmp_path / "a.json")
    return tmp_path / "a.json"


@pytest.mark.parametrize("value", [RECORD, {}, {"a": {}}])
def test_an_object_is_read_as_it_was_written_and_others_see_one_more_key(tmp_path, value):
    write_json(value, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == value
    seen = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert list(seen) == [*value, "checksum"]
    assert {**seen, "checksum": 0} == {**value, "checksum": 0}
    # A record that was read without taking the checksum off, and given more keys, is written whole.
    write_json({"checksum": "of before", **value}, tmp_path / "a.json")
    assert read_json(tmp_path / "a.json") == value
    (tmp_path / "a.json").unlink()
    write_json(value, tmp_path / "a.json", checksum=False)
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == value == parse_json(tmp_path / "a.json")


def test_a_bit_that_changes_anywhere_in_a_json_file_is_an_error(record):
    raw = record.read_bytes()
    for bit in range(8 * len(raw)):
        content = bytearray(raw)
        content[bit // 8] ^= 1 << bit % 8
        record.write_bytes(content)
        with pytest.raises(DamagedFileError, match=rf"a\.json is damaged \((?s:.*)\): {AGAIN}"):
            read_json(record)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b"{", "Expecting property name"),
        (b"[]", "it holds a list, and an object is expected"),
        (b"{}", "it holds an empty object without a checksum"),
        (b"null", "it holds null, and an object is expected"),
        (b'{"a": "\xff"}', "'utf-8' codec can't decode byte 0xff"),
        (b"[" * 100_000, "maximum recursion depth"),
        (b'{"a": 1}', "it has no 'files'"),
        (b'{"files": 1, "checksum": 1}', "its checksum differs"),
    ],
)
def test_json_of_another_kind_is_an_error(tmp_path, content, problem):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DamagedFileError, match=rf"a\.json is damaged \({problem}.*\): {AGAIN}"):
        read_json(tmp_path / "a.json", ["files"])


def test_missing_files_are_named(tmp_path):
    for read in (read_json, parse_json, read_text):
        with pytest.raises(MissingFileError, match=r"none is missing: run the same command again"):
            read(tmp_path / "none")
    with pytest.raises(DamagedFileError, match="Is a directory"):
        read_json(tmp_path)


def test_json_that_others_wrote_has_no_checksum_and_is_read(tmp_path):
    (tmp_path / "a.json").write_text('[1, {"checksum": 2}]')
    assert parse_json(tmp_path / "a.json") == [1, {"checksum": 2}]
    (tmp_path / "a.json").write_text('{"a": 1}')
    assert read_json(tmp_path / "a.json", ["a"]) == {"a": 1}


def test_a_text_has_its_hash_beside_it_as_sha256sum_writes_it(tmp_path):
    path = tmp_path / "a.csv"
    with writing_text(path) as file:
        file.write("a,b\né,1\n")
    assert path.read_bytes() == "a,b\né,1\n".encode()
    assert (tmp_path / "a.csv.sha256").read_text() == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  a.csv\n"
    subprocess.run(["sha256sum", "--check", "--status", "a.csv.sha256"], cwd=tmp_path, check=True)
    assert read_text(path) == "a,b\né,1\n"
    raw = path.read_bytes()
    for content in (b"", raw[:5], raw.replace(b"1", b"0")):
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match=rf"its sha256 is not that in a\.csv\.sha256\): {AGAIN}"):
            read_text(path)
    (tmp_path / "a.csv.sha256").unlink()
    assert read_text(path) == "a,b\né,0\n"


def test_a_file_ends_with_the_checksum_of_what_stands_before_it(tmp_path):
    path = tmp_path / "a.pt"
    path.write_bytes(b"content")
    assert verify_checksum(path) is None
    append_checksum(path)
    assert path.read_bytes().startswith(b"contentxxh3-128")
    assert verify_checksum(path)
    path.write_bytes(path.read_bytes().replace(b"e", b"f"))
    assert verify_checksum(path) is False
