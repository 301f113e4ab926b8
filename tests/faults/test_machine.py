"""A sample of ``run.py machine``: after each fault of the machine, the run is started again and loses nothing."""

import random

import pytest
from faults.kills import Run
from faults.machine import KINDS, can_mount, trial


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return Run(tmp_path_factory.mktemp("run"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_the_machine_is_said_and_nothing_is_lost(run, tmp_path, kind):
    if kind != "clock set back" and not can_mount():
        pytest.skip("no disk can be mounted in a namespace here (unshare -rm)")
    draw = random.Random(7)
    outcomes = (trial(run, kind, draw, tmp_path / "failed") for _ in range(5))
    assert next(one for one in outcomes if one[0] != "late") == ("recovered", "")
