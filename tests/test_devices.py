"""Devices: the CPU with its threads, and GPUs one job at a time."""

import contextlib
import tempfile
import threading

import pytest
import torch

from equilingual import devices
from equilingual.devices import choose_precision, compute_device, describe_hardware, peak_memory


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
        assert describe_hardware(device, 1).endswith(", 1 thread")
        assert describe_hardware(device, 2).endswith(", 2 threads")
    assert "computing on the CPU with 1 thread" in caplog.text


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


@pytest.mark.parametrize("has_it", [True, False])
@pytest.mark.parametrize("device", ["cuda:0", "cpu"])
def test_auto_is_bfloat16_where_the_device_has_it(device, has_it, monkeypatch):
    other = not has_it  # what the other kind of device has does not count
    gpu, cpu = (has_it, other) if device == "cuda:0" else (other, has_it)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: gpu and not including_emulation)
    flags = "flags\t\t: fpu avx512_bf16 vme" if cpu else "flags\t\t: fpu avx512f vme"
    monkeypatch.setattr(devices, "_processor_lines", lambda: ["processor\t: 0", flags])
    assert choose_precision("auto", device) == ("bfloat16" if has_it else "float32")
    assert choose_precision("float32", device) == "float32"
    assert choose_precision("bfloat16", device) == "bfloat16"


def test_peak_memory_is_that_of_the_device(monkeypatch):
    before = peak_memory("cpu")
    held = bytearray(200_000_000)
    assert peak_memory("cpu") >= before
    del held
    assert peak_memory("cpu") > 200_000_000  # bytes, and not those of now
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: {"cuda:1": 7}[device])
    assert peak_memory("cuda:1") == 7
