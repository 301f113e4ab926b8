"""A full disk, and inputs that are damaged: what was there before survives, and the message says what to do."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from equilingual.encoders import load_encoder, read_manifest
from equilingual.encoders.directory import save_model
from equilingual.files import DamagedFileError, FullDiskError, read_json, replacing, write_json
from equilingual.training import loop as loop_module

FULL = Path("/dev/full")  # a device that is always full: the kernel's own error


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_the_checkpoint_before_survives_a_full_disk_and_the_run_goes_on_from_it(train, tmp_path, monkeypatch):
    undisturbed, _ = train("a")
    save = loop_module.Trainer.save_checkpoint

    def save_on_a_full_disk(self, path):
        if self.step == 10:
            path.with_name(f".{path.name}.partial{path.suffix}").symlink_to(FULL)
        save(self, path)

    monkeypatch.setattr(loop_module.Trainer, "save_checkpoint", save_on_a_full_disk)
    with pytest.raises(
        FullDiskError,
        match=r"no space left on the disk while writing .*\.pt: free some space and run the same command again",
    ):
        train("b")
    assert [path.suffix for path in (tmp_path / "b/work").iterdir()] == [".pt"]
    monkeypatch.setattr(loop_module.Trainer, "save_checkpoint", save)
    resumed_from = []
    resume = loop_module.Trainer.resume
    monkeypatch.setattr(
        loop_module.Trainer, "resume", lambda self, path: (resume(self, path), resumed_from.append(self.step))
    )
    model, _ = train("b")
    assert resumed_from == [5]
    assert (model / "model.safetensors").read_bytes() == (undisturbed / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        RuntimeError("I/O error: No space left on device (os error 28)"),  # as safetensors says it
    ],
)
def test_a_model_directory_is_as_it_was_after_a_full_disk(encoder, tmp_path, error):
    folder = shutil.copytree(encoder, tmp_path / "model")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    model = load_encoder(folder)

    def save_in_part(target, **options):
        Path(target, "config.json").write_text("{}")
        raise error

    model.save_pretrained = save_in_part
    with pytest.raises(FullDiskError, match=r"while writing .*model: free some space"):
        save_model(model, folder, card="", about={})
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert read_manifest(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["model"], "what was half written takes no room"


def test_another_error_is_not_taken_for_a_full_disk(tmp_path):
    with pytest.raises(PermissionError), replacing(tmp_path / "file"):
        raise PermissionError(errno.EACCES, "denied")
    words = RuntimeError("the library's own words")
    words.__cause__ = OSError(errno.ENOSPC, "full")
    with pytest.raises(FullDiskError), replacing(tmp_path / "file"):
        raise words


def test_a_damaged_shard_stops_the_training_with_what_to_do(train, batches, tmp_path):
    folder = shutil.copytree(batches.parent, tmp_path / "batches")
    shard = folder / "part-1.parquet"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    with pytest.raises(
        DamagedFileError, match=r"part-1\.parquet is (missing|damaged).*: delete .*manifest\.json and run"
    ):
        train("a", batches=folder / "manifest.json")
    assert not (tmp_path / "a/model").exists()


def test_batches_of_an_older_version_are_refused_before_the_training(train, batches, tmp_path, monkeypatch):
    folder = shutil.copytree(batches.parent, tmp_path / "batches")
    manifest = folder / "manifest.json"
    written = read_json(manifest)
    del written["mix"]
    write_json(written, manifest)
    monkeypatch.setattr(loop_module.Trainer, "run", lambda *_: pytest.fail("it trains"))
    with pytest.raises(DamagedFileError, match=r"manifest\.json.*'mix'"):
        train("a", batches=manifest)
