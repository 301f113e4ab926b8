"""Several processes: the same losses and weights as one, and an error where one of them has one."""

import json

import pytest
import torch
from safetensors.torch import load_file

from equilingual.encoders import read_manifest
from equilingual.training import TrainingError, train_encoder
from equilingual.training.processes import Processes


@pytest.fixture
def train_in(tmp_path, hard_batches, job_of):
    def run(name, processes, **changes):
        folder = tmp_path / name
        (folder / "work").mkdir(parents=True, exist_ok=True)
        settings = {"dropout": False, "processes": processes, **changes}
        train_encoder(job_of(name, batches=hard_batches, threads=2, **settings))
        rows = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
        return rows, load_file(folder / "model" / "model.safetensors"), read_manifest(folder / "model")

    return run


def test_two_processes_train_as_one(train_in):
    settings = {
        "learn_temperature": True,
        "regularizers": {"distillation": {"weight": 1.0, "temperature": 0.1}, "centring": None},
    }
    one, weights, about = train_in("a", 1, **settings)
    two, other_weights, other_about = train_in("b", 2, micro_batch_size=1, **settings)
    for row, other in zip(one, two, strict=True):
        assert row.keys() == other.keys()
        for name in ("loss", "contrast", "distillation", "temperature", "gradient_norm"):
            assert other[name] == pytest.approx(row[name], rel=1e-3, abs=1e-6), name
    name = "encoder.layer.1.output.dense.weight"
    assert torch.allclose(weights[name], other_weights[name], atol=1e-4)
    assert other_about["texts_cut"] == about["texts_cut"]
    assert (about["processes"], other_about["processes"]) == (1, 2)


def test_adapters_are_drawn_alike_in_all_processes(train_in):
    lora = {"rank": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear"}
    one, _, _ = train_in("a", 1, lora=lora)
    two, _, _ = train_in("b", 2, lora=lora)
    for row, other in zip(one, two, strict=True):
        assert other["loss"] == pytest.approx(row["loss"], rel=1e-3)


def test_an_error_of_a_process_is_said(train_in, capfd):
    with pytest.raises(TrainingError, match="one of 2 training processes has ended with an error"):
        train_in("a", 2, learning_rate=float("inf"))
    assert "the loss is nan at batch" in capfd.readouterr().err


@pytest.mark.parametrize(("size", "count"), [(7, 3), (1, 2), (8, 2), (0, 2)])
def test_parts_are_all_rows_once(size, count):
    rows = [row for rank in range(count) for row in range(size)[Processes(rank, count).part(size)]]
    assert rows == list(range(size))


def test_one_process_out_of_memory_is_all(monkeypatch):
    def answers(others):
        processes = Processes(0, 2)
        monkeypatch.setattr(processes, "collect", lambda own: [own, others])
        return processes

    def fails():
        raise torch.OutOfMemoryError("CUDA out of memory")

    assert answers(False).attempt(lambda: 7) == 7
    with pytest.raises(torch.OutOfMemoryError, match="another process"):
        answers(True).attempt(lambda: 7)
    with pytest.raises(torch.OutOfMemoryError, match="CUDA"):
        answers(False).attempt(fails)
