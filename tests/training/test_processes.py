"""Several processes: the same losses and weights as one, and an error where one of them has one."""

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from equilingual.encoders import read_manifest
from equilingual.training import TrainingError, train_encoder, workers
from equilingual.training.processes import Processes


@pytest.fixture
def train_in(tmp_path, hard_batches, job_of):
    def run(name, processes, batches=hard_batches, **changes):
        folder = tmp_path / name
        (folder / "work").mkdir(parents=True, exist_ok=True)
        settings = {"dropout": False, "processes": processes, **changes}
        train_encoder(job_of(name, batches=batches, threads=2, **settings))
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


def test_two_processes_train_as_one_with_several_positives(train_in, several_batches):
    settings = {"symmetric_loss": True, "batches": several_batches}
    settings["regularizers"] = {"distillation": {"weight": 1.0, "temperature": 0.1}, "centring": {"weight": 1.0}}
    one, weights, _ = train_in("a", 1, **settings)
    two, other_weights, _ = train_in("b", 2, micro_batch_size=1, **settings)
    for row, other in zip(one, two, strict=True):
        for name in ("loss", "contrast", "distillation", "centring", "gradient_norm"):
            assert other[name] == pytest.approx(row[name], rel=1e-3, abs=1e-6), name
    name = "encoder.layer.1.output.dense.weight"
    assert torch.allclose(weights[name], other_weights[name], atol=1e-4)


# As torchrun's two processes, with one import of torch for both.
FORK = """
import os, sys
import peft, sentence_transformers, torch
from equilingual.training.job import TrainingJob
from equilingual.training.loop import train
from equilingual.training.processes import Processes

rank = int(os.fork() == 0)
torch.distributed.init_process_group("gloo", init_method=f"file://{sys.argv[2]}", rank=rank, world_size=2)
train(TrainingJob.model_validate_json(sys.argv[1]), device="cpu", processes=Processes(rank, 2))
torch.distributed.destroy_process_group()
if rank == 0:
    assert os.wait()[1] == 0
"""


@pytest.fixture
def forked(root, tmp_path, monkeypatch):
    """Two processes are forks."""

    def fork(job):
        assert job.settings.processes == 2
        given = job.model_copy(update={"threads": 1}).model_dump_json()
        environment = {**os.environ, "PYTHONPATH": str(root / "src"), "OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-c", FORK, given, tmp_path / "store"], check=True, env=environment)

    monkeypatch.setattr(workers, "start_workers", fork)


@pytest.mark.usefixtures("forked")
def test_adapters_are_drawn_alike_in_all_processes(train_in):
    lora = {"rank": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear"}
    one, _, _ = train_in("a", 1, lora=lora)
    two, _, about = train_in("b", 2, lora=lora)
    assert about["processes"] == 2
    for row, other in zip(one, two, strict=True):
        assert other["loss"] == pytest.approx(row["loss"], rel=1e-3)


@pytest.mark.usefixtures("forked")
def test_two_processes_train_sparse_word_embeddings_as_one(train_in):
    one, weights, _ = train_in("a", 1, word_embeddings="sparse")
    two, other_weights, _ = train_in("b", 2, word_embeddings="sparse")
    for row, other in zip(one, two, strict=True):
        assert other["loss"] == pytest.approx(row["loss"], rel=1e-3, abs=1e-6)
        assert other["gradient_norm"] == pytest.approx(row["gradient_norm"], rel=1e-3, abs=1e-6)
    for name in ("embeddings.word_embeddings.weight", "encoder.layer.1.output.dense.weight"):
        assert torch.allclose(weights[name], other_weights[name], atol=1e-4)
    # Nothing depends on the pooler, and its weights do not decay.
    assert torch.equal(weights["pooler.dense.weight"], other_weights["pooler.dense.weight"])


def test_an_error_of_a_process_is_said(train_in, tmp_path, capfd):
    with pytest.raises(TrainingError, match="one of 2 training processes has ended with an error"):
        train_in("a", 2, batches=tmp_path / "no.json")
    assert "no.json" in capfd.readouterr().err


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
