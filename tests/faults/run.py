"""``make faults``: spoilt files, damaged artefacts, killed runs and a failing machine; the counts go into ``docs/faults.md``.

    PYTHONPATH=src:tests python tests/faults/run.py fuzz --cases 10000
    PYTHONPATH=src:tests python tests/faults/run.py damage --flips 8 --seconds 25
    PYTHONPATH=src:tests python tests/faults/run.py kills --count 100
    PYTHONPATH=src:tests python tests/faults/run.py stages --count 100
    PYTHONPATH=src:tests python tests/faults/run.py machine --count 30

Each part replaces its own table. The exit code is 1 where a fault was found.
"""

import argparse
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import micro
from every_stage import TARGETS, write_every_stage
from faults import damage
from faults.fuzz import OUTCOMES as ENDS
from faults.fuzz import fuzz
from faults.kills import OUTCOMES, Run, kills, kills_of_stages
from faults.machine import machine
from faults.originals import MIRROR
from faults.readers import readers
from warm import warm_python

PAGE = micro.ROOT / "docs/faults.md"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def put(part: str, about: str, table: str, page: Path = PAGE) -> None:
    """Replace what a page has between the marks of a part."""
    text = page.read_text(encoding="utf-8")
    start, end = f"<!-- {part} -->", f"<!-- end of {part} -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{page} has no {start}")
    page.write_text(pattern.sub(lambda _: f"{start}\n{about}\n\n{table}{end}", text), encoding="utf-8")


def markdown(columns: tuple[str, ...], rows: dict[tuple[str, ...], Counter], heads: tuple[str, ...]) -> str:
    """Return a table: the names of a row, and its count of each column; the last row is their sum."""
    lines = [f"| {' | '.join((*heads, *columns))} |", f"|{'---|' * len(heads)}{'--:|' * len(columns)}"]
    rows = {**rows, ("**all**", *[""] * (len(heads) - 1)): sum(rows.values(), Counter())}
    lines += [f"| {' | '.join((*names, *(str(counts[one]) for one in columns)))} |" for names, counts in rows.items()]
    return "\n".join(lines) + "\n"


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(micro.ROOT), "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
    )
    return done.stdout.strip() or "no commit"


def _about(command: str, what: str) -> str:
    return f"`{command}`, on top of commit {_commit()}: {what}"


def run_fuzz(options: argparse.Namespace, scratch: Path) -> bool:
    logging.disable(logging.CRITICAL)
    start, faults, rows = time.process_time(), {}, {}
    all_readers = readers(scratch / "artefacts")
    for reader in all_readers:
        if options.readers and reader.name not in options.readers:
            continue
        tally = fuzz(reader, -(-options.cases // len(all_readers)), scratch / "folder", options.seed)
        rows[reader.kind, reader.name] = tally.outcomes + Counter({"cases": tally.cases})
        faults |= tally.faults
        say(f"{reader.kind} {reader.name}: {dict(tally.outcomes)}")
    for fault in faults.values():
        say(fault)
    seconds = time.process_time() - start
    command = f"run.py fuzz --cases {options.cases}"
    table = markdown(("cases", *ENDS), rows, ("of", "reader"))
    put("fuzz", _about(command, f"{seconds:.0f} seconds of one core."), table, options.page)
    say(table)
    return not faults


def run_damage(options: argparse.Namespace, scratch: Path) -> bool:
    folder = options.run or _run_of_every_stage(scratch)
    table = scratch / "table.md"
    arguments = [str(folder), "--flips", str(options.flips), "--seconds", str(options.seconds), "--out", str(table)]
    start = time.monotonic()
    code = damage.main([*arguments, *(["--rules", *options.rules] if options.rules else [])])
    minutes = (time.monotonic() - start) / 60
    command = f"run.py damage --flips {options.flips} --seconds {options.seconds:g}"
    what = f"a run that has every stage (`tests/every_stage.py`); {minutes:.0f} minutes."
    put("damage", _about(command, what), table.read_text(), options.page)
    return not code


def _run_of_every_stage(scratch: Path) -> Path:
    """Return the folder of a run that has kept temporary files, such as shards, and what its scripts were given."""
    settings = write_every_stage(scratch, MIRROR if MIRROR.exists() else None)
    keep = ("--skip-script-cleanup", "--notemp")
    with tempfile.TemporaryDirectory() as short, warm_python(short, {**os.environ, "HF_HUB_OFFLINE": "1"}) as words:
        Run(scratch, settings, (*keep, "all", *TARGETS), words)
    return scratch / "undisturbed"


def run_counted(options: argparse.Namespace, scratch: Path) -> bool:
    """Kill runs, or let their machine fail."""
    fail, head = {"kills": (kills, "killed"), "machine": (machine, "fault")}[options.part]
    counts, lost = fail(options.count, scratch, say, options.seed)
    for one in lost:
        say(one)
    table = markdown(OUTCOMES, {(kind,): found for kind, found in counts.items()}, (head,))
    command = f"run.py {options.part} --count {options.count}"
    put(options.part, _about(command, "a run of BM25 on a benchmark of two queries."), table, options.page)
    say(table)
    return not lost


def run_stages(options: argparse.Namespace, scratch: Path) -> bool:
    """Kill runs that have every stage."""
    start = time.monotonic()
    counts, lost, running = kills_of_stages(options.count, scratch, say, options.seed)
    for one in lost:
        say(one)
    say(dict(running.most_common()))
    table = markdown(OUTCOMES, {(kind,): found for kind, found in counts.items()}, ("killed",))
    minutes = (time.monotonic() - start) / 60
    what = f"a run that has every stage, {len(running)} of which ran when it was killed; {minutes:.0f} minutes."
    put("stages", _about(f"run.py stages --count {options.count} --seed {options.seed}", what), table, options.page)
    say(table)
    return not lost


PARTS = {"fuzz": run_fuzz, "damage": run_damage, "kills": run_counted, "stages": run_stages, "machine": run_counted}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=tuple(PARTS))
    parser.add_argument("--cases", type=int, default=10_000, help="of all readers together")
    parser.add_argument("--readers", nargs="*", help="names of readers; all by default")
    parser.add_argument("--count", type=int, default=100, help="runs that are killed, or whose machine fails")
    parser.add_argument("--flips", type=int, default=8, help="bits flipped in a file, each a trial")
    parser.add_argument("--seconds", type=float, default=120, help="of damage for one stage, at most")
    parser.add_argument("--rules", nargs="*", help="stages whose files are damaged; all by default")
    parser.add_argument("--run", type=Path, help="the folder of a finished run with --skip-script-cleanup")
    parser.add_argument("--seed", type=int, default=0, help="other cases and moments")
    parser.add_argument("--page", type=Path, default=PAGE, help="that has the tables")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        return int(not PARTS[options.part](options, Path(scratch)))


if __name__ == "__main__":
    sys.exit(main())
