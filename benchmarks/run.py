"""All ratios to peers in one table: ``python benchmarks/run.py [ENCODER] [--out FILE] [--only NAME …]``.

Runs the benchmarks beside this file one after the other, each in a process of its own, and writes their ratios to
``docs/benchmarks-table.md`` with the machine, the versions and the targets. A ratio is ours to the peer's in the same
run, above 1 where ours is faster; so it says the same on another machine, which seconds do not. The table that FILE
held before is compared with: a ratio that has lost more than a fifth is marked, and ends the run with status 1.

ENCODER is an encoder's folder (``results/encoders/e5-small`` of a run); without one, an encoder of its shape with
random weights is measured. Nothing else should run meanwhile. The peers of the evaluation are no dependencies of ours:
``pip install ir-measures ranx``. What needs the mirror of the corpora beside the checkout is left out where there is
none, and the table says so.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HERE = Path(__file__).parent
OUT = ROOT / "docs" / "benchmarks-table.md"
MIRROR = ROOT.parent / "shared/data"
PACKAGES = ("torch", "transformers", "sentence-transformers", "ctranslate2", "ir-measures", "ranx", "scipy")
LOST = 0.8  # of the earlier ratio

Lines = Sequence[Mapping[str, Any]]  # what a benchmark prints, a JSON object a line


@dataclass(frozen=True)
class Benchmark:
    """A ratio to a peer.

    Attributes:
        name: what is compared; the key of the table.
        peer: what with.
        command: the file and its arguments; ``ENCODER`` stands for the encoder's folder.
        ratio: of what the command prints.
        target: the least ratio; None where there is none.
        needs_mirror: whether it reads real corpora.

    """

    name: str
    peer: str
    command: tuple[str, ...]
    ratio: Callable[[Lines], float]
    target: float | None = None
    needs_mirror: bool = False


def printed(lines: Lines) -> float:
    """Return the ratio of the only line that has one."""
    (ratio,) = [float(line["ratio"]) for line in lines if "ratio" in line]
    return ratio


def of_encoding(precision: str) -> Callable[[Lines], float]:
    """Return a function of the ratio of one precision to the peer's batches of 32, its default."""

    def ratio(lines: Lines) -> float:
        return next(float(line["ratios"]["32"]) for line in lines if line.get("way") == f"ours, {precision}")

    return ratio


def of_evaluation(peer: str) -> Callable[[Lines], float]:
    """Return a function of the ratio to one of the peers."""
    return lambda lines: next(float(line["ratio"]) for line in lines if line.get("way") == peer)


def of_samplers(lines: Lines) -> float:
    """Return how many times the faster of the peer's samplers without duplicates ours is, batches in nine languages."""
    (found,) = lines
    theirs = max(found[name] for name in ("no_duplicates", "no_duplicates_hashed"))  # proportional promises less
    return float(found["ours_nine_languages_read"]) / float(theirs)


_TRAINER = "sentence-transformers' trainer"
_ENCODE = "`SentenceTransformer.encode`, float32, batches of 32"
_ENCODING = ("encoding.py", "ENCODER", "--texts", "3000")
_SPEED = ("evaluation.py", "speed", "--queries", "5")
BENCHMARKS = (
    Benchmark("training, bfloat16", _TRAINER, ("training.py", "plain", "bfloat16", "ENCODER"), printed, 1.4),
    Benchmark(
        "training with gradient caching, bfloat16",
        _TRAINER,
        ("training.py", "cached", "bfloat16", "ENCODER"),
        printed,
        1.7,
    ),
    Benchmark("training, float32", _TRAINER, ("training.py", "plain", "float32", "ENCODER"), printed),
    Benchmark("encoding, bfloat16", _ENCODE, _ENCODING, of_encoding("bfloat16"), 2.0),
    Benchmark("encoding, float32", _ENCODE, _ENCODING, of_encoding("float32")),
    Benchmark("encoding, int8", _ENCODE, _ENCODING, of_encoding("int8")),
    Benchmark(
        "batches read, nine languages",
        "the faster of sentence-transformers' samplers without duplicates, one language",
        ("batches.py", "samplers"),
        of_samplers,
        25.0,
    ),
    Benchmark("evaluation on XQuAD-R", "ir_measures", _SPEED, of_evaluation("ir_measures"), 40.0, needs_mirror=True),
    Benchmark(
        "evaluation on XQuAD-R", "ranx, its compilation included", _SPEED, of_evaluation("ranx"), needs_mirror=True
    ),
    Benchmark(
        "translation stage", "its engine alone, Apertium", ("translation.py", "stage"), printed, 0.95, needs_mirror=True
    ),
    Benchmark("translation, int8", "`transformers.generate`, float32", ("translation.py", "ctranslate2"), printed, 3.0),
    Benchmark("paired permutation test", "scipy", ("significance.py",), printed),
)


@dataclass(frozen=True)
class Found:
    """A benchmark's ratio now and in the earlier table; None where it is missing, and ``why``."""

    benchmark: Benchmark
    ratio: float | None
    before: float | None
    why: str = ""

    @property
    def is_lost(self) -> bool:
        """Whether the ratio has lost more than a fifth since the earlier table."""
        return self.ratio is not None and self.before is not None and self.ratio < LOST * self.before

    @property
    def verdict(self) -> str:
        """What the table says of it."""
        if self.ratio is None:
            return self.why
        target = self.benchmark.target
        reached = "" if target is None else "reached" if self.ratio >= target else "**missed**"
        return ", ".join(filter(None, (reached, "**slower than before**" if self.is_lost else "")))


def main() -> None:
    """Run the benchmarks and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("encoder", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--only", nargs="+", default=[], help="benchmarks whose name has one of these words")
    asked = parser.parse_args()
    before = read_table(asked.out.read_text(encoding="utf-8") if asked.out.exists() else "")
    chosen = [one for one in BENCHMARKS if not asked.only or any(word in one.name for word in asked.only)]
    preface = about(asked.encoder)
    found: list[Found] = []
    for one in measure(chosen, asked.encoder, before):
        found.append(one)  # a run that is stopped leaves what it has found
        asked.out.write_text(table(found, preface), encoding="utf-8")
    lost = [one for one in found if one.is_lost]
    for one in lost:
        say(f"slower than before: {one.benchmark.name}: ratio {one.ratio:.2f}, {one.before:.2f} in {asked.out}")
    sys.exit(bool(lost))


def measure(
    chosen: Sequence[Benchmark], encoder: Path | None, before: Mapping[tuple[str, str], float]
) -> Iterator[Found]:
    """Yield what each benchmark finds; those of one command run once."""
    known: dict[tuple[str, ...], Lines | str] = {}
    for one in chosen:
        earlier = before.get((one.name, one.peer))
        if one.needs_mirror and not MIRROR.is_dir():
            yield Found(one, None, earlier, "not measured: it needs the mirror of the corpora")
            continue
        if one.command not in known:
            known[one.command] = output_of(one.command, encoder)
        lines = known[one.command]
        yield Found(one, None, earlier, lines) if isinstance(lines, str) else Found(one, one.ratio(lines), earlier)


def output_of(command: tuple[str, ...], encoder: Path | None) -> Lines | str:
    """Return the JSON lines that a benchmark prints; a sentence where it failed."""
    words = [str(encoder) if word == "ENCODER" else word for word in command if word != "ENCODER" or encoder]
    say(f"python benchmarks/{' '.join(words)}")
    path = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))
    ended = subprocess.run(
        [sys.executable, str(HERE / words[0]), *words[1:]],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode:
        return f"not measured: it ended with status {ended.returncode}"
    lines = list(objects_in(ended.stdout))
    for line in lines:
        say(f"  {json.dumps(line)}")
    return lines


def objects_in(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects among a text's lines; the peers print lines of their own, dictionaries of Python too."""
    for line in text.splitlines():
        with suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict):
                yield found


def table(found: Sequence[Found], preface: str) -> str:
    """Return the page."""
    lines = [
        "# Benchmarks against peers",
        "",
        preface,
        "",
        "| what | against | ratio | target | before | |",
        "|---|---|--:|--:|--:|---|",
    ]
    for one in found:
        mark = one.benchmark
        numbers = [number_text(value) for value in (one.ratio, mark.target, one.before)]
        lines.append(f"| {mark.name} | {mark.peer} | {' | '.join(numbers)} | {one.verdict} |")
    return "\n".join(lines) + "\n"


def number_text(value: float | None) -> str:
    """Return a ratio with two decimals, one from 10 on; nothing for None."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def read_table(text: str) -> dict[tuple[str, str], float]:
    """Return the ratios of a page of :func:`table`, by name and peer."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([0-9.]+) \|", text, flags=re.MULTILINE)
    return {(name, peer): float(ratio) for name, peer, ratio in rows}


def about(encoder: Path | None) -> str:
    """Return what was measured on what, and how to do it again."""
    import torch

    from equilingual.devices import describe_hardware

    commit = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    hardware = describe_hardware(device, torch.get_num_threads())
    versions = ", ".join(f"{name} {version_of(name)}" for name in PACKAGES)
    which = f"the encoder `{encoder.name}`" if encoder else "an encoder of E5-small's shape with random weights"
    return (
        f"Made by `make benchmarks` on {datetime.now(UTC).date()} at commit {commit or 'unknown'}, with {which}, on "
        f"{hardware}. Versions: {versions}.\n\nA ratio is our speed divided by the peer's in the same run, with the "
        "same texts. Above 1, ours is faster. “Before” is the ratio of the table that this one replaced. "
        "[Results](results.md#training-and-encoding-against-sentence-transformers) says how each is measured."
    )


def version_of(package: str) -> str:
    """Return a package's version; where it is missing, what it is compared with is not measured."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def say(text: str) -> None:
    """Print a line."""
    print(text, flush=True)  # noqa: T201 (its output)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    main()
