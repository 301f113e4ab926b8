"""The energy of a job, from counters that are made up: wrap-around, zones that overlap, counters that cannot be read."""

import time
from types import SimpleNamespace

import pytest

from equilingual import energy
from equilingual.energy import Counter, Meter, energy_line, energy_of_log, measured_energy
from equilingual.logs import log_to

RANGE = 262_143_328_850  # microjoules, as an Intel processor has it


def zone(folder, name, said, microjoules, *, range_=RANGE):
    place = folder / name
    place.mkdir(parents=True)
    for file, content in (("name", said), ("energy_uj", microjoules), ("max_energy_range_uj", range_)):
        (place / file).write_text(f"{content}\n")
    return place / "energy_uj"


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch):
    """No NVIDIA driver, whatever the machine has."""

    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(energy.ctypes, "CDLL", missing)


def test_packages_and_their_memory_are_added_and_zones_inside_others_are_not(tmp_path):
    counters = {
        name: zone(tmp_path, name, said, 5_000_000)
        for name, said in (
            ("intel-rapl:0", "package-0"),
            ("intel-rapl:1", "package-1"),
            ("intel-rapl:0:0", "core"),
            ("intel-rapl:0:1", "dram"),
            ("intel-rapl:2", "psys"),
            ("intel-rapl-mmio:0", "package-0"),
        )
    }
    with measured_energy(tmp_path) as meter:
        for power, counter in enumerate(counters.values()):
            counter.write_text(f"{5_000_000 + 10**power * 1_000_000}\n")
    assert meter.joules == pytest.approx(1 + 10 + 1000)


def test_a_counter_that_starts_again_at_0_loses_nothing(tmp_path):
    counter = zone(tmp_path, "intel-rapl:0", "package-0", RANGE - 3_000_000)
    with measured_energy(tmp_path) as meter:
        counter.write_text("4000000")
    assert meter.joules == pytest.approx(7)


def test_readings_in_between_see_each_time_that_a_counter_starts_again(tmp_path):
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0, range_=10_000_000)
    with measured_energy(tmp_path, every=0.01) as meter:
        for microjoules, so_far in ((8_000_000, 8), (6_000_000, 16), (4_000_000, 24)):
            (tmp_path / "next").write_text(str(microjoules))
            (tmp_path / "next").replace(counter)  # never half written, as the kernel's
            deadline = time.monotonic() + 20
            while (meter.joules or 0) < so_far - 1e-6 and time.monotonic() < deadline:
                time.sleep(0.005)
    assert meter.joules == pytest.approx(24)


def test_without_a_counter_there_is_no_energy(tmp_path):
    with measured_energy(tmp_path / "nothing") as meter:
        pass
    assert meter.joules is None
    zone(tmp_path, "intel-rapl:0", "package-0", 1).unlink()  # as for a user who may not read it
    with measured_energy(tmp_path) as meter:
        pass
    assert meter.joules is None


def test_a_counter_that_goes_away_leaves_no_number_that_is_wrong(tmp_path):
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 1)
    with measured_energy(tmp_path) as meter:
        counter.unlink()
    assert meter.joules is None


def test_gpus_are_added_those_without_a_counter_left_out_and_a_restart_is_no_energy(monkeypatch, tmp_path):
    readings = {0: 1000, 1: None, 2: 500}  # millijoules

    def count(found):
        found._obj.value = len(readings)
        return 0

    def handle(number, device):
        device._obj.value = number.value + 100
        return 0

    def energy_of(device, millijoules):
        found = readings[device.value - 100]
        millijoules._obj.value = found or 0
        return 3 if found is None else 0  # NVML_ERROR_NOT_SUPPORTED

    functions = {"Init_v2": lambda: 0, "DeviceGetCount_v2": count, "DeviceGetHandleByIndex_v2": handle}
    functions["DeviceGetTotalEnergyConsumption"] = energy_of
    driver = SimpleNamespace(**{f"nvml{name}": function for name, function in functions.items()})
    monkeypatch.setattr(energy.ctypes, "CDLL", lambda name: driver)
    with measured_energy(tmp_path) as meter:
        readings.update({0: 3500, 2: 100})
    assert meter.joules == pytest.approx(2.5)


def test_a_meter_adds_up_over_its_readings():
    values = iter([1.0, 4.0, 4.5])
    meter = Meter([Counter(lambda: next(values))])
    assert [(meter.update(), meter.joules)[1] for _ in range(3)] == [None, 3.0, 3.5]


def test_the_energy_is_the_last_line_of_a_log_and_is_read_from_there(monkeypatch, tmp_path):
    counter = zone(tmp_path, "intel-rapl:0", "package-0", 0)
    monkeypatch.setattr(energy, "POWERCAP", tmp_path)
    with log_to(tmp_path / "job.log"):
        counter.write_text("12345678")
    assert energy_of_log(tmp_path / "job.log") == 12.3
    monkeypatch.setattr(energy, "POWERCAP", tmp_path / "nothing")
    with log_to(tmp_path / "job.log"):
        pass
    assert energy_of_log(tmp_path / "job.log") is None
    assert energy_of_log(tmp_path / "missing.log") is None
    (tmp_path / "odd.log").write_text(f"x{energy_line(1.0)[3:]}\n")
    assert energy_of_log(tmp_path / "odd.log") is None
