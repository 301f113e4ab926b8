"""The energy that a machine uses while a job runs, from the counters of its processors and GPUs that can be read.

Processors: RAPL's counters of Intel and AMD in ``/sys/class/powercap``, which on most systems only root may read. GPUs:
NVIDIA's driver (``nvmlDeviceGetTotalEnergyConsumption``). Both count the whole machine, and not the job alone.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
_ZONES = ("package", "dram")  # a core's zone is part of its package, and psys has all of them once more
_EVERY = 60.0  # seconds; a processor's counter starts again at 0 after minutes under load
_NVML = "libnvidia-ml.so.1"  # comes with NVIDIA's driver
_JOULES = " J were used by the whole machine"


@dataclass(frozen=True)
class Counter:
    """A counter of energy.

    Attributes:
        read: the joules since some moment.
        wraps: at how many joules it starts again at 0; None where it does not.

    """

    read: Callable[[], float]
    wraps: float | None = None


@dataclass
class Meter:
    """The joules that some counters have counted so far; None without a counter."""

    counters: Sequence[Counter]
    joules: float | None = None
    _last: list[float] = field(default_factory=list)

    def update(self) -> None:
        """Add what was counted since the last call; a counter that can no longer be read ends the measurement."""
        try:
            now = [counter.read() for counter in self.counters]
        except (OSError, ValueError):
            self.counters, self.joules, self._last = (), None, []
            return
        if self._last:
            steps = zip(self.counters, self._last, now, strict=True)
            self.joules = (self.joules or 0.0) + sum(_step(*step) for step in steps)
        self._last = now


def _step(counter: Counter, last: float, now: float) -> float:
    """Return what a counter has counted between two readings, in which it started again once at the most."""
    if now >= last:
        return now - last
    return now - last + counter.wraps if counter.wraps else 0.0


@contextmanager
def measured_energy(powercap: Path | None = None, every: float = _EVERY) -> Iterator[Meter]:
    """Yield a meter of the block's energy, which has it when the block ends.

    Args:
        powercap: the folder of the processors' counters; None for :data:`POWERCAP`.
        every: seconds between two readings. No thread is started where there is no counter.

    """
    meter = Meter([*_processors(powercap or POWERCAP), *_gpus()])
    if not meter.counters:
        yield meter
        return
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            meter.update()

    meter.update()
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield meter
    finally:
        ended.set()
        thread.join()
        meter.update()


def _processors(folder: Path) -> Iterator[Counter]:
    """Yield the counters of packages and of their memory that can be read."""
    for zone in sorted(folder.glob("intel-rapl:*")):  # of AMD's processors, too
        try:
            if not (zone / "name").read_text(encoding="ascii").startswith(_ZONES):
                continue
            counter = Counter(partial(_micro, zone / "energy_uj"), _micro(zone / "max_energy_range_uj"))
            counter.read()
        except (OSError, ValueError):
            continue
        yield counter


def _micro(path: Path) -> float:
    """Return the number of a file, in microjoules, as joules."""
    return int(path.read_text(encoding="ascii")) / 1e6


def _gpus() -> Iterator[Counter]:
    """Yield the counters of NVIDIA's GPUs; those before Volta have none."""
    try:
        library = ctypes.CDLL(_NVML)
        if library.nvmlInit_v2():
            return
    except (OSError, AttributeError):
        return
    count = ctypes.c_uint()
    library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    for number in range(count.value):
        device = ctypes.c_void_p()
        if library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(number), ctypes.byref(device)):
            continue
        counter = Counter(partial(_of_gpu, library, device))
        try:
            counter.read()
        except OSError:
            continue
        yield counter


def _of_gpu(library: ctypes.CDLL, device: ctypes.c_void_p) -> float:
    millijoules = ctypes.c_ulonglong()
    if library.nvmlDeviceGetTotalEnergyConsumption(device, ctypes.byref(millijoules)):
        raise OSError("the GPU has no counter of energy")
    return millijoules.value / 1e3


def energy_line(joules: float) -> str:
    """Return the last line of a job's log."""
    return f"{joules:.1f}{_JOULES}"


def energy_of_log(path: Path) -> float | None:
    """Return the joules that the last line of a log has; None where it has none, or there is no log."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - 500))
            lines = file.read().decode("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    if not lines or not lines[-1].endswith(_JOULES):
        return None
    try:
        return float(lines[-1].removesuffix(_JOULES).rpartition(" ")[2])
    except ValueError:
        return None
