"""Manifests: whoever reads a folder gets all of its files as they were written, or one error."""

import pytest

from equilingual.files import DamagedFileError, MissingFileError, read_json, sha256_of, write_json
from equilingual.manifests import check_manifest, write_manifest


@pytest.fixture
def folder(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / "f").mkdir(exist_ok=True)
        (tmp_path / "f" / name).write_text(name)
    write_manifest(tmp_path / "f", ["a.txt", "b.txt"])
    return tmp_path / "f"


def test_a_sound_folder_gives_its_record(folder):
    record = check_manifest(folder, expected=["a.txt", "b.txt"])
    assert record["files"]["a.txt"] == {"sha256": sha256_of(folder / "a.txt"), "bytes": 5}


def test_a_file_that_is_missing_or_changed_is_named_with_what_to_delete(folder):
    (folder / "b.txt").write_text("B.txt")
    with pytest.raises(DamagedFileError, match=r"b\.txt is damaged \(.*\): delete .*f/manifest\.json and run the same"):
        check_manifest(folder)
    (folder / "b.txt").unlink()
    with pytest.raises(MissingFileError, match=r"b\.txt is missing: delete .*f/manifest\.json and run the same"):
        check_manifest(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(MissingFileError, match=r"manifest\.json is missing: run the same command again"):
        check_manifest(folder)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (None, "'files' does not map names to hashes"),
        ([], "'files' does not map names to hashes"),
        ({}, "'files' does not map names to hashes"),
        ("a.txt", "'files' does not map names to hashes"),
        ({"a.txt": 1}, "its entry of 'a.txt' is not the hash"),
        ({"a.txt": {"bytes": 1}}, "its entry of 'a.txt' is not the hash"),
        ({"../a.txt": "0" * 64}, "its entry of '../a.txt' is not the hash of a file in its folder"),
        ({"/etc/passwd": "0" * 64}, "its entry of '/etc/passwd' is not the hash of a file in its folder"),
        ({"": "0" * 64}, "its entry of '' is not the hash"),
    ],
)
def test_a_manifest_of_another_kind_is_refused(folder, files, problem):
    write_json({"files": files}, folder / "manifest.json")
    with pytest.raises(DamagedFileError, match=rf"manifest\.json is damaged \({problem}.*delete it and run"):
        check_manifest(folder)


def test_a_manifest_that_lost_an_entry_is_refused(folder):
    files = read_json(folder / "manifest.json")["files"]
    del files["b.txt"]
    write_json({"files": files}, folder / "manifest.json")
    with pytest.raises(DamagedFileError, match=r"manifest\.json is damaged \(it does not name b\.txt\): delete it"):
        check_manifest(folder, expected=["a.txt", "b.txt"])
    write_json({}, folder / "manifest.json")
    with pytest.raises(DamagedFileError, match=r"it has no 'files'"):
        check_manifest(folder)


def test_a_manifest_that_names_what_no_disk_can_hold_is_refused(folder):
    write_json({"files": {"a" * 300: "0" * 64}}, folder / "manifest.json")
    with pytest.raises(DamagedFileError, match=r"manifest\.json is damaged \(.*name too long"):
        check_manifest(folder)
