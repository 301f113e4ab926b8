"""Model directories: a manifest that names too little, or something else, is refused."""

import pytest

from equilingual.encoders import read_manifest
from equilingual.files import DamagedFileError, read_json, write_json


@pytest.mark.parametrize(
    ("lost", "problem"),
    [
        ("model.safetensors", r"it does not name model\.safetensors, which is in the folder"),
        ("config.json", r"it does not name config\.json, which is in the folder"),
        ("modules.json", r"it does not name modules\.json"),
        ("1_Pooling/config.json", r"it does not name 1_Pooling/config\.json, which is in the folder"),
    ],
)
def test_a_manifest_that_lost_an_entry_is_refused(directory_of, lost, problem):
    folder = directory_of()
    about = read_json(folder / "manifest.json")
    del about["files"][lost]
    write_json(about, folder / "manifest.json")
    with pytest.raises(DamagedFileError, match=rf"manifest\.json is damaged \({problem}\): delete it and run"):
        read_manifest(folder)


def test_weights_that_are_gone_with_their_entry_are_missed(directory_of):
    folder = directory_of()
    about = read_json(folder / "manifest.json")
    del about["files"]["model.safetensors"]
    (folder / "model.safetensors").unlink()
    write_json(about, folder / "manifest.json")
    with pytest.raises(DamagedFileError, match=r"it names no weights"):
        read_manifest(folder)


def test_a_manifest_cut_short_or_missing_is_one_error(directory_of):
    folder = directory_of()
    manifest = folder / "manifest.json"
    content = manifest.read_bytes()
    for some in (b"", content[: len(content) // 2], b"[]", b'{"files": null}', b'{"files": {"../x.json": "0"}}'):
        manifest.write_bytes(some)
        with pytest.raises(DamagedFileError, match=r"manifest\.json is damaged \(.*\): delete it and run"):
            read_manifest(folder)
    manifest.unlink()
    with pytest.raises(DamagedFileError, match=r"manifest\.json is missing: run the same command again"):
        read_manifest(folder)
