"""The configuration and what users type: YAML files, values of keys, languages, URLs."""

import re
from pathlib import Path

from faults import originals
from faults.originals import ROOT
from faults.reader import Reader

from equilingual.command.check import check_configuration
from equilingual.command.files import find_files, look_at
from equilingual.config import load_config
from equilingual.config.places import missing_places
from equilingual.config.reading import read_file
from equilingual.languages import get_language
from equilingual.messages import for_terminal
from equilingual.plan import Places, Plan
from equilingual.urls import has_valid_host, public_url, without_secrets


def _load(folder: Path) -> str | None:
    """Read a configuration, and plan its models: what a run does before its first job."""
    config = load_config(read_file(folder / "a.yaml"))
    missing_places(config, ROOT)
    plan = Plan(config, Places(ROOT))
    named = [*plan.experiments.by_name, *plan.evaluation.models]
    if long := [name for name in named if len(name.encode()) > 240]:
        return f"a model's name is too long for a file: {long[0]}"
    return None


def _check(folder: Path) -> str | None:
    """``equilingual check``: it lists what is wrong, and raises nothing."""
    sound, lines = check_configuration(folder / "a.yaml", ROOT)
    if not lines or any(not for_terminal(line).replace("\n", "").isprintable() for line in lines):
        return "no line, or one that cannot be printed"
    return None if sound or len(lines) > 0 else "an error without a line"


def _language(folder: Path) -> str | None:
    text = (folder / "a.txt").read_bytes().decode("utf-8", "replace")
    return None if get_language(text).tag else "a language without a tag"


def _url(folder: Path) -> str | None:
    text = (folder / "a.txt").read_bytes().decode("utf-8", "replace")
    has_valid_host(text)
    shown = without_secrets(public_url(text))
    return "a secret is shown" if "5ecret" in shown and re.search(r"\w://me:5ecret@host", text) else None


def _look(folder: Path) -> str | None:
    """``equilingual init``: what it sees of the files in a folder."""
    files, _ = find_files([folder])
    for path in files:
        seen = look_at(path, {})
        if seen.rows < 1 or not seen.language:
            return "a file without rows or a language"
    return None


def configurations() -> list[Reader]:
    """Return the readers of configurations and of words."""
    texts = [(ROOT / name).read_bytes() for name in ("configs/smoke.yaml", "configs/xquad-r-cpu.yaml", "config.yaml")]
    shown = [b"\n".join(line for line in text.splitlines() if not line.lstrip().startswith(b"#")) for text in texts]
    files = tuple({"a.yaml": text} for text in shown)
    tags = tuple({"a.txt": tag} for tag in (b"zh-Hant", b"pt_BR", b"arb_Arab", b"iw", b"ara"))
    rows = originals.demo_pairs()
    own = (
        {"a.en.jsonl": originals.jsonl(*rows)},
        {"a.en.json": originals.squad()},
        {"a.en.csv": originals.table(",")},
        {"a.en.parquet": originals.parquet(rows)},
    )
    return [
        Reader("corpora", "equilingual init", own, _look),
        Reader("configuration", "YAML", files, _load),
        Reader("configuration", "equilingual check", files[:1], _check),
        Reader("languages", "language tag", tags, _language),
        Reader("languages", "URL", ({"a.txt": b"https://me:5ecret@host:80/a/b.json"},), _url),
    ]
