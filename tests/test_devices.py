"""Devices: the CPU with its threads, and GPUs one job at a time."""

import contextlib
import tempfile
import threading

import pytest
import torch

from equilingual import devices
from equilingual.devices import compute_device, describe_hardware


@pytest.fixture(autouse=True)
def own_locks(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_without_a_gpu_the_cpu_computes_and_the_log_says_so(monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    caplog.set_level("INFO")
    with compute_device(1) as device:
        assert device == "cpu"
        assert torch.get_num_threads() == 1
        assert describe_hardware(device, 1).endswith(", 1 threads")
    assert "computing on the CPU with 1 threads" in caplog.text


def test_jobs_take_different_gpus_and_give_them_back(two_gpus):
    with compute_device(1) as first, compute_device(1) as second:
        assert {first, second} == {"cuda:0", "cuda:1"}
    with compute_device(1) as again:
        assert again == "cuda:0"


def test_a_job_waits_where_every_gpu_is_taken(two_gpus):
    with contextlib.ExitStack() as taken:
        taken.enter_context(compute_device(1))
        second = taken.enter_context(contextlib.ExitStack())
        second.enter_context(compute_device(1))
        got = []

        def wait():
            with compute_device(1) as device:
                got.append(device)

        waiting = threading.Thread(target=wait)
        waiting.start()
        waiting.join(timeout=2.5)
        assert waiting.is_alive()
        second.close()
        waiting.join(timeout=10)
        assert got == ["cuda:1"]


def test_a_cluster_that_has_assigned_a_device_is_respected(two_gpus, monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    with compute_device(1) as device:
        assert device == "cuda:0"
    assert not list(tmp_path.glob("*.lock"))
    assert devices._processor_name()
