"""Queries that are translated: pairs of languages, engines, names of models."""

import copy

import pytest
import yaml

from equilingual.config import ConfigError, load_config
from equilingual.config.experiments import scored_models
from equilingual.config.queries import query_pairs, query_problems


@pytest.fixture
def configured(root):
    """Return a function from ``evaluation.translate`` and benchmarks to the default configuration with them."""
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))

    def configure(translate, benchmarks=None, engines=None, **evaluation):
        changed = copy.deepcopy(raw)
        changed["evaluation"] |= {"translate": translate, **evaluation}
        changed["benchmarks"] = benchmarks or changed["benchmarks"]
        changed["translation"]["engines"] = engines or {}
        return load_config(changed)

    return configure


def test_each_entry_is_a_row_of_the_models_that_it_names(configured):
    strategies = [{"engine": "apertium", "models": ["hybrid-0.5", "bm25"]}]
    names = [
        name for name in scored_models(configured(["apertium"], lexical=["bm25"])) if name.endswith("query-apertium")
    ]
    assert names == ["e5-small+query-apertium", "bm25+query-apertium"]
    models = scored_models(configured(strategies, lexical=["bm25"]))
    names = [name for name in models if name.endswith("query-apertium")]
    assert names == ["bm25+query-apertium", "e5-small__demo-en-pt__hybrid-0.5__seed-1+query-apertium"]
    found = models[names[1]]
    assert found.vectors == "e5-small__demo-en-pt__hybrid-0.5__seed-1"
    assert not found.has_own_vectors
    assert found.description["debias"] == "query-apertium"


def test_the_pairs_are_those_that_the_engine_has_and_the_benchmark_asks(configured):
    benchmarks = {
        "x": {"known": "xquad-r", "languages": ["en", "es", "de"]},
        "t": {"known": "tatoeba", "languages": ["es", "fr"]},
    }
    assert query_pairs(configured(["apertium"], benchmarks)) == {
        "apertium": {"x": [("en", "es"), ("es", "en")], "t": [("es", "en"), ("en", "es")]}
    }


def test_an_engine_that_has_no_pair_or_is_not_there_is_said_before_the_run(configured, monkeypatch, tmp_path):
    thai = {"x": {"known": "xquad-r", "languages": ["th", "ar"]}}
    (line,) = query_problems(configured(["apertium"], thai))
    assert line.startswith("evaluation.translate: apertium supports no language pair of x")
    monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path))
    (line,) = query_problems(configured(["apertium"]))
    assert line == "evaluation.translate: apertium is not installed for all pairs: apt-get install apertium-eng-spa"
    assert query_problems(configured([])) == []


@pytest.mark.parametrize(
    ("translate", "message"),
    [
        (["apertum"], "translate.0: unknown engine 'apertum'; did you mean 'apertium'"),
        ([{"engine": "apertium", "models": ["hybrid-0.4"]}], "translate.0.models: unknown model"),
        (["apertium", {"engine": "apertium"}], "duplicate value 'query-apertium'"),
    ],
)
def test_what_is_not_there_is_refused(configured, translate, message):
    with pytest.raises(ConfigError, match=message):
        configured(translate)
