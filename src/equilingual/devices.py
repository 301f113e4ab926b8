"""Which device a job computes on.

Snakemake counts GPUs but assigns none. A GPU job takes a device under a lock file, unless CUDA_VISIBLE_DEVICES
says which are its own (as a cluster does); without a GPU it computes on the CPU and says so.
"""

import logging
import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

_MAXRSS = 1 if platform.system() == "Darwin" else 1024  # bytes in the unit of getrusage
# What the kernel calls it on x86 and ARM.
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}


class DeviceError(RuntimeError):
    """The requested GPUs are not available on this machine."""


@contextmanager
def compute_device(threads: int) -> Iterator[str]:
    """Yield ``"cuda:{n}"``, held by this process alone until the block ends, or ``"cpu"`` with ``threads`` threads."""
    import torch

    torch.set_num_threads(threads)
    if not torch.cuda.is_available():
        logger.info("no GPU found: computing on the CPU with %s", _count(threads))
        yield "cpu"
    elif os.environ.get("CUDA_VISIBLE_DEVICES"):
        yield "cuda:0"
    else:
        with gpu_slot(torch.cuda.device_count()) as number:
            yield f"cuda:{number}"


@contextmanager
def compute_devices(count: int) -> Iterator[list[int] | None]:
    """Yield the numbers of ``count`` GPUs, held until the block ends; ``None`` for the CPU, or where they are given.

    Raises:
        DeviceError: there are GPUs, and fewer than that.

    """
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if there and there < count:
        raise DeviceError(f"training.processes is {count}, but only {there} GPUs are available: lower it")
    if not there or os.environ.get("CUDA_VISIBLE_DEVICES"):
        yield None
        return
    from filelock import FileLock

    # Two jobs that each wait for the other's device would wait for ever: one at a time takes several.
    with ExitStack() as held:
        with FileLock(Path(tempfile.gettempdir()) / "equilingual-gpu-several.lock", mode=0o666):
            devices = [held.enter_context(gpu_slot(there)) for _ in range(count)]
        yield devices


@contextmanager
def gpu_slot(count: int) -> Iterator[int]:
    """Take the first free of ``count`` devices; wait for the first one where all are taken."""
    from filelock import FileLock, Timeout

    folder = Path(tempfile.gettempdir())
    locks = [FileLock(folder / f"equilingual-gpu-{number}.lock", mode=0o666) for number in range(count)]
    while True:
        for number, lock in enumerate(locks):
            try:
                lock.acquire(timeout=1)
            except Timeout:
                continue
            try:
                logger.info("computing on GPU %d", number)
                yield number
            finally:
                lock.release()
            return


def choose_precision(asked: str, device: str) -> str:
    """Return ``"bfloat16"`` or ``"float32"``: what is asked for, and for ``"auto"`` the first where a device has it."""
    if asked != "auto":
        return asked
    return "bfloat16" if has_bfloat16(device) else "float32"


def peak_memory(device: str) -> int:
    """Return the most bytes that this process has held at once: of the GPU's memory, or of the machine's."""
    import resource

    import torch

    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS


def describe_hardware(device: str, threads: int) -> str:
    """Return the processor that a figure was computed on, e.g. ``"AMD EPYC, 2 threads"``."""
    if device.startswith("cuda"):
        import torch

        return str(torch.cuda.get_device_name(device))
    return f"{_processor_name()}, {_count(threads)}"


def _count(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def has_bfloat16(device: str) -> bool:
    """Return whether a device multiplies in bfloat16 itself; torch emulates it elsewhere, slower than float32."""
    if device.startswith("cuda"):
        import torch

        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    found = [line for line in _processor_lines() if line.startswith(("flags", "Features"))]
    return bool(found) and not _BFLOAT16.isdisjoint(found[0].partition(":")[2].split())


def _processor_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _processor_name() -> str:
    names = [line.partition(":")[2].strip() for line in _processor_lines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
