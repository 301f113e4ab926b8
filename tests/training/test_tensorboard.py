"""The event files of a training, read by tensorboardX's own messages."""

import json
import struct

import pytest
from tensorboardX.proto.event_pb2 import Event

from equilingual.training import TrainingError


def scalars(folder):
    """Return {name: {step: value}} of all event files: records of a length, its checksum, an event, its checksum."""
    found = {}
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        while data:
            (length,) = struct.unpack("<Q", data[:8])
            event = Event.FromString(data[12 : 12 + length])
            data = data[16 + length :]
            for value in event.summary.value:
                assert event.step not in found.setdefault(value.tag, {})
                found[value.tag][event.step] = value.simple_value
    return found


def test_every_figure_of_the_history_stands_there(train, tmp_path, pairs):
    _, history = train("a", validation=pairs, eval_steps=4)
    rows = [json.loads(line) for line in history.read_text().splitlines()]
    found = scalars(tmp_path / "a/tensorboard")
    tags = {
        "training/loss": "loss",
        "training/learning_rate": "learning_rate",
        "training/gradient_norm": "gradient_norm",
        "validation/loss": "validation_loss",
        "validation/mAP": "validation_map",
    }
    assert found.keys() == tags.keys()
    for tag, name in tags.items():
        expected = {row["step"]: pytest.approx(row[name]) for row in rows if name in row}
        assert expected
        assert found[tag] == expected


def test_a_resumed_training_has_every_step_once(train, tmp_path, monkeypatch):
    from equilingual.training import trainer

    original = trainer.Trainer._train_step

    def fail_at_eight(self, batch_id, batch):
        if batch_id == 8:
            raise TrainingError("stopped here")
        return original(self, batch_id, batch)

    monkeypatch.setattr(trainer.Trainer, "_train_step", fail_at_eight)
    with pytest.raises(TrainingError, match="stopped here"):
        train("a")
    assert set(scalars(tmp_path / "a/tensorboard")["training/loss"]) == set(range(1, 9))
    monkeypatch.setattr(trainer.Trainer, "_train_step", original)
    _, history = train("a")
    losses = {row["step"]: pytest.approx(row["loss"]) for row in map(json.loads, history.read_text().splitlines())}
    assert scalars(tmp_path / "a/tensorboard")["training/loss"] == losses


def test_a_training_that_was_finished_keeps_its_figures(train, tmp_path):
    train("a")
    before = scalars(tmp_path / "a/tensorboard")
    assert before
    train("a")
    assert scalars(tmp_path / "a/tensorboard") == before
