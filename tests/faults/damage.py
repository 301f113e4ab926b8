"""Damage every file that a run left, and see what each stage that reads it does: same result, an error, or worse.

The run keeps what Snakemake gave to each script:

    snakemake --cores 2 --configfile configs/smoke.yaml --directory run --skip-script-cleanup
    PYTHONPATH=src:tests python tests/faults/damage.py run --flips 20 --out table.md

Each trial runs one script in a process of its own (a fork), in a copy of the run's folder, with one file damaged: a bit
flipped, cut to its half, empty, or missing. What the script writes is compared with what the run has.
"""

import argparse
import ast
import importlib
import os
import pickle
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from equilingual.files import sha256_of

SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"
OUTCOMES = ("same", "error", "traceback", "other")
WHOLE = ("half", "empty", "missing")
_SECONDS = 300  # for one script
_IN_PARENT = (
    "equilingual.files",
    "equilingual.parquet",
    "equilingual.logs",
    "pyarrow.parquet",
    "pyarrow.csv",
    "scipy.stats",
    "pydantic",
)
_TORCH = ("torch", "sentence_transformers", "transformers")  # seconds each: for the stages that need them
_LIGHT = {
    "rank_block",
    "rank_candidates",
    "collect_scores",
    "collect_comparisons",
    "score_model",
    "compare_models",
    "check_overlap",
    "collect_examples",
}
_LIGHT |= {
    "debias_embeddings",
    "build_batches",
    "audit_batches",
    "merge_translations",
    "measure_shard",
    "render_report",
}
_LIGHT |= {"find_duplicates", "read_corpus", "build_benchmark", "build_indexes", "search_indexes", "write_card"}


@dataclass(frozen=True)
class Job:
    """A job of a run: its rule, and the object that its script gets."""

    rule: str
    given: Any

    @property
    def outputs(self):
        return [str(path) for path in self.given.output]


def read_jobs(folder):
    """Return the jobs of a run by rule, each in the order of its outputs."""
    jobs = defaultdict(list)
    for path in sorted((folder / ".snakemake/scripts").glob("*.py")):
        code = ast.parse(path.read_text(encoding="utf-8"))
        calls = [
            node for node in ast.walk(code) if isinstance(node, ast.Call) and ast.unparse(node.func) == "pickle.loads"
        ]
        given = pickle.loads(ast.literal_eval(calls[0].args[0]))
        jobs[given.rule].append(Job(given.rule, given))
    return {rule: sorted(found, key=lambda job: job.outputs) for rule, found in sorted(jobs.items())}


def run_script(job, folder, *, trace=None):
    """Run a job's script in a fork; return ``done``, ``error`` or ``traceback``, and what was on standard error.

    ``trace`` is a file that gets the names of the files that Python opens, one in a line.
    """
    said = folder / ".stderr"
    child = os.fork()
    if child == 0:
        status = 3
        try:
            with open(said, "wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            os.chdir(folder)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.alarm(_SECONDS)
            if trace is not None:
                opened = open(trace, "w", encoding="utf-8")  # noqa: SIM115 (until the process ends)
                sys.addaudithook(
                    lambda event, args: (
                        print(args[0], file=opened, flush=True)
                        if event == "open" and isinstance(args[0], str | os.PathLike) and "r" in (args[1] or "r")
                        else None
                    )
                )
            script = SCRIPTS / f"{job.rule}.py"
            exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), {"snakemake": job.given})
            status = 0
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    text = said.read_text(encoding="utf-8", errors="replace")
    said.unlink()
    return {0: "done", 1: "error"}.get(code, "traceback"), text


def files_read(job, folder, scratch):
    """Return the files of the run that a job reads, by what Python opens and what its rule names."""
    trace = scratch / "opened.txt"
    outcome, said = run_script(job, folder, trace=trace)
    if outcome != "done":
        raise RuntimeError(f"{job.rule} does not run again: {said[-2000:]}")
    names = {str(path) for path in job.given.input}
    for line in trace.read_text(encoding="utf-8").splitlines():
        path = Path(os.path.normpath(folder / line))
        if path.is_relative_to(folder / "results") or path.is_relative_to(folder / ".cache"):
            names.add(str(path.relative_to(folder)))
    own = {*job.outputs, *map(str, job.given.log)}
    kept = [name for name in names - own if (folder / name).is_file() and not _is_output(name, job)]
    return sorted(name for name in kept if "/." not in name and name.startswith("results/"))


def _is_output(name, job):
    """Return whether a file is of a folder that the job itself fills, as a model's folder beside its manifest."""
    return any(Path(out).name == "manifest.json" and Path(name).is_relative_to(Path(out).parent) for out in job.outputs)


def kind_of(name):
    """Return what kind of artefact a file is: its place under ``results/`` and its ending."""
    parts = Path(name).parts
    last = Path(name).name
    known = ("manifest.json", "counts.json", "samples.json")
    ending = last if last in known else "".join(Path(last).suffixes[-2:]) if last.endswith(".gz") else Path(last).suffix
    return f"{parts[1] if len(parts) > 2 else last.partition('.')[0]}: {ending}"


def damages(content, flips, rng):
    """Yield (name, content or None) of each damage of a file."""
    for _ in range(flips if content else 0):
        bit = rng.randrange(8 * len(content))
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        yield "flip", bytes(changed)
    yield "half", content[: len(content) // 2]
    yield "empty", b""
    yield "missing", None


def hashes(job, folder):
    """Return the hash of every output."""
    return {name: sha256_of(folder / name) if (folder / name).is_file() else None for name in job.outputs}


def try_all(job, folder, scratch, *, flips, files_of_a_kind, seed=0):
    """Yield (artefact's kind, damage, outcome, file, what was said) of every trial of a job.

    ``folder`` is a copy of the run and is as it was after each trial.
    """
    rng = random.Random(f"{seed} {job.rule}")
    read = files_read(job, folder, scratch)
    expected = hashes(job, folder)
    taken = Counter()
    for name in read:
        kind = kind_of(name)
        taken[kind] += 1
        if taken[kind] > files_of_a_kind:
            continue
        content = (folder / name).read_bytes()
        for damage, changed in damages(content, flips, rng):
            _put(folder / name, changed)
            outcome, said = run_script(job, folder)
            if outcome == "done":
                outcome = "same" if hashes(job, folder) == expected else "other"
            if outcome == "error" and Path(name).name not in said and Path(name).parent.name not in said:
                outcome = "traceback"  # an error that does not say which file
            yield kind, damage, outcome, name, said
            _put(folder / name, content)


def _put(path, content):
    """Replace a file: in the copy it may be a link to the run's own."""
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)


def preload(rules):
    """Import what scripts need, so that a fork has it."""
    for name in (*_IN_PARENT, *(_TORCH if set(rules) - _LIGHT else ())):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    for rule in rules:
        for node in ast.walk(ast.parse((SCRIPTS / f"{rule}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("equilingual"):
                importlib.import_module(node.module)


def link(source, target):
    """Link a file: stages replace files and never write into them."""
    os.link(source, target)


def markdown(counts):
    """Return the table, a row for each stage and kind of artefact."""
    lines = ["| stage | reads | trials | same | error | traceback | other |", "|---|---|--:|--:|--:|--:|--:|"]
    total = Counter()
    for (rule, kind), found in sorted(counts.items()):
        total += found
        figures = " | ".join(str(found[outcome]) for outcome in OUTCOMES)
        lines.append(f"| {rule} | {kind} | {found.total()} | {figures} |")
    lines.append(f"| **all** | | {total.total()} | {' | '.join(str(total[outcome]) for outcome in OUTCOMES)} |")
    return "\n".join(lines) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a run with --skip-script-cleanup")
    parser.add_argument("--flips", type=int, default=20, help="bits flipped in a file")
    parser.add_argument("--files", type=int, default=1, help="files of a kind for each stage")
    parser.add_argument("--rules", nargs="*", help="stages; all by default")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for one stage, at most")
    parser.add_argument("--out", type=Path, help="Markdown file")
    options = parser.parse_args(arguments)
    jobs = read_jobs(options.run.resolve())
    rules = [rule for rule in options.rules or jobs if rule in jobs]
    preload(rules)
    counts = defaultdict(Counter)
    for rule in rules:
        with tempfile.TemporaryDirectory(dir=options.run.parent, prefix=".damage-") as scratch:
            folder = Path(shutil.copytree(options.run, Path(scratch) / "run", copy_function=link, symlinks=True))
            start = time.monotonic()
            try:
                for kind, damage, outcome, name, said in try_all(
                    jobs[rule][0], folder, Path(scratch), flips=options.flips, files_of_a_kind=options.files
                ):
                    counts[rule, kind][outcome] += 1
                    if outcome in ("traceback", "other"):
                        say(f"{outcome}: {rule}: {name}: {damage}: {said[-700:]}")
                    if time.monotonic() - start > options.seconds:
                        say(f"{rule}: stopped after {options.seconds:g} seconds")
                        break
            except RuntimeError as error:
                say(str(error))
                counts[rule, "as it is"]["traceback"] += 1
        total = sum((found for (name, _), found in counts.items() if name == rule), Counter())
        say(f"{rule}: {dict(total)}")
        if options.out:
            options.out.write_text(markdown(counts), encoding="utf-8")
    say(markdown(counts))
    return int(any(found["traceback"] or found["other"] for found in counts.values()))


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
