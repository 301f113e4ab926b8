"""What several tests share. Everything runs offline; files from outside come from the mirror or are written here."""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MIRROR = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The mirror of real corpora; its absence is an error where CI is set."""
    if not MIRROR.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the mirror of real corpora at {MIRROR}")
        pytest.skip(f"no mirror of real corpora at {MIRROR}")
    return MIRROR


@pytest.fixture
def write_lines(tmp_path):
    """Return a function that writes rows as JSONL and returns the path."""

    def write(rows, name="pairs.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
