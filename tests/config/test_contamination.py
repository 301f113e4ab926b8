"""Which benchmarks an encoder has seen: those that are, or are made from, what it was trained on."""

import pytest

from equilingual.config.contamination import seen_benchmarks
from equilingual.config.loading import load_config


@pytest.fixture
def seen():
    """Return a function that gives what an encoder has seen of some benchmarks."""

    def find(encoder, **benchmarks):
        raw = {
            "title": "t",
            "seeds": [1],
            "encoders": {"e": encoder},
            "benchmarks": benchmarks or {"b": {"known": "xquad-r"}},
        }
        return seen_benchmarks(load_config(raw)).get("e", {})

    return find


KNOWN = {
    "xquad-r": {"known": "xquad-r"},
    "tatoeba": {"known": "tatoeba"},
    "mkqa": {"known": "mkqa", "languages": ["de"], "corpus": {"en": {"file": "wiki.jsonl"}}},
}


def hub(name):
    return {"source": "hub", "path": name, "revision": "0" * 40}


def test_the_packaged_encoder_and_those_of_the_hub_are_known(seen):
    e5 = {"xquad-r": ["squad"], "mkqa": ["nq"]}
    assert seen({"source": "packaged"}, **KNOWN) == e5
    assert seen(hub("intfloat/multilingual-e5-large"), **KNOWN) == e5
    assert seen(hub("BAAI/bge-m3"), **KNOWN) == e5
    assert seen(hub("FacebookAI/xlm-roberta-base"), **KNOWN) == {}
    assert seen(hub("somebody/else"), **KNOWN) == {}


def test_what_is_configured_replaces_what_is_known(seen):
    own = {"source": "packaged", "trained_on": ["tatoeba", "xquad-r"]}
    assert seen(own, **KNOWN) == {"xquad-r": ["xquad-r"], "tatoeba": ["tatoeba"]}
    assert seen({"source": "packaged", "trained_on": []}, **KNOWN) == {}


def test_a_folder_is_what_it_is_said_to_be_made_from(seen):
    folder = {"folder": "files", "languages": ["en", "de"]}
    assert seen({"source": "packaged"}, mine=folder) == {}
    assert seen({"source": "packaged"}, mine=folder | {"made_from": ["faq", "miracl", "squad"]}) == {
        "mine": ["miracl", "squad"]
    }
    # The name of a benchmark of one's own is not that of a data set.
    assert seen({"source": "packaged"}, squad=folder) == {}
