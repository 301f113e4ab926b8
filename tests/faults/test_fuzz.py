"""A sample of the fuzz of every reader; ``make faults`` tries the whole, and ``docs/faults.md`` has its table.

Sound files are spoilt (``mutations.py``), and a reader is to give a result or one error of the package's own, within a
time and a memory: no other error, no hang, and no row that is neither read nor counted.
"""

import os

import pytest
from faults.fuzz import fuzz, outcome_of, spoilt, write
from faults.readers import readers

CASES = int(os.environ.get("FAULTS_CASES", "500"))  # of all readers together


@pytest.fixture(scope="module")
def by_name(tmp_path_factory):
    return {f"{one.kind} {one.name}": one for one in readers(tmp_path_factory.mktemp("artefacts"))}


def test_sound_files_are_read(by_name, tmp_path):
    for name, reader in by_name.items():
        for number, files in enumerate(reader.files):
            write(files, tmp_path / "folder")
            outcome, said = outcome_of(reader, tmp_path / "folder")
            odd = name == "corpora parquet" and number == 1
            assert outcome == ("error" if odd else "result"), (name, number, said)


def test_spoilt_files_are_read_or_refused(by_name, tmp_path):
    each = max(4, CASES // len(by_name))
    faults, ends = {}, {"result": 0, "error": 0}
    for reader in by_name.values():
        tally = fuzz(reader, each, tmp_path / "folder")
        faults |= tally.faults
        for end in ends:
            ends[end] += tally.outcomes[end]
    assert faults == {}, "\n\n".join(faults.values())
    assert min(ends.values()) > each  # both are tried


def test_a_fault_is_seen(by_name, tmp_path):
    """What the test above relies on: another error, a wrong result, a hang and a wish for memory are faults."""
    reader = by_name["corpora jsonl"]
    files = spoilt(reader, (0, [(0, [])]))
    assert files == dict(reader.files[0])
    write(files, tmp_path / "folder")

    def ends(read):
        return outcome_of(type(reader)("x", "y", reader.files, read), tmp_path / "folder")[0]

    assert ends(lambda folder: None) == "result"
    assert ends(lambda folder: "a row is lost") == "lost"
    assert ends(lambda folder: [][1]) == "traceback"
    assert ends(lambda folder: bytearray(4 << 30) and None) == "traceback"
