"""Spoil the files of a reader, and see what it does: a result, an error of the package, or a fault."""

import resource
import shutil
import signal
import traceback
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.mutations import CHANGES, spoil
from faults.reader import Contents, Reader
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from equilingual.messages import for_terminal

OUTCOMES = ("result", "error", "traceback", "hang", "lost")
_SECONDS = 30  # for files of a few kB
_MEMORY = 1 << 30  # bytes of address space beside what the process has
_LONGEST = 6000  # characters of a message


class Hang(BaseException):
    """A reader takes too long."""


@dataclass
class Tally:
    """What became of the cases of a reader: how many of each outcome, and an example of each fault."""

    outcomes: Counter = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def cases(self) -> int:
        return self.outcomes.total()


@contextmanager
def limits() -> Iterator[None]:
    """Let a block take so long and so much memory, and no more."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()

    def stop(*_: object) -> None:
        raise Hang

    handler = signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (now + _MEMORY, before[1]))
    signal.alarm(_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)


def write(contents: Contents, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def outcome_of(reader: Reader, folder: Path) -> tuple[str, str]:
    """Return what a reader makes of a folder, and what it says."""
    try:
        with limits():
            wrong = reader.read(folder)
    except Hang:
        return "hang", f"more than {_SECONDS} seconds"
    except Exception as error:
        if not type(error).__module__.startswith("equilingual."):
            return "traceback", "".join(traceback.format_exception(error)[-4:])
        said = for_terminal(error)
        if not said.strip() or len(said) > _LONGEST or not said.replace("\n", "").replace("\t", "").isprintable():
            return "traceback", f"not a message: {said[:500]!r}"
        return "error", said
    return ("result", "") if wrong is None else ("lost", wrong)


def cases_of(reader: Reader) -> st.SearchStrategy:
    """A set of files, and the changes of one or two of them."""
    most = 2 if max(map(len, reader.files)) > 1 else 1
    changes = st.lists(st.tuples(st.integers(0, 99), CHANGES), min_size=1, max_size=most)
    return st.tuples(st.sampled_from(range(len(reader.files))), changes)


def spoilt(reader: Reader, case: tuple) -> dict[str, bytes]:
    """Return the files of a case."""
    number, changes = case
    contents = dict(reader.files[number])
    for which, each in changes:
        name = sorted(contents)[which % len(contents)]
        contents[name] = spoil(contents[name], each)
    return contents


def fuzz(reader: Reader, cases: int, folder: Path, start: int = 0) -> Tally:
    """Return what a reader makes of so many cases; the same number and start give the same cases."""
    tally = Tally()

    @seed(start + zlib.crc32(reader.name.encode()))
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases_of(reader))
    def run(case: tuple) -> None:
        write(spoilt(reader, case), folder)
        outcome, said = outcome_of(reader, folder)
        tally.outcomes[outcome] += 1
        if outcome not in ("result", "error"):
            kind = said.strip().splitlines()[-1][:120]
            tally.faults.setdefault(f"{outcome}: {kind}", f"{reader.kind} {reader.name}: {case}\n{said}")

    run()
    return tally
