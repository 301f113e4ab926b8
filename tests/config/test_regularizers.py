"""The terms of the loss in the configuration: what they need of a training set."""

import pytest
from config.changes import changed

from equilingual.config import ConfigError, load_config


def with_terms(default, **terms):
    return changed(default, "training.regularizers", terms)


@pytest.mark.parametrize("terms", [{"consistency": {}}, {"pivot": {}}, {"pivot": {"language": "PT", "weight": 0.5}}])
def test_terms_that_the_training_set_serves_are_taken(default, terms):
    assert list(load_config(with_terms(default, **terms)).training.regularizers.on) == list(terms)


def test_a_language_is_spelled_as_the_user_likes(default):
    assert load_config(with_terms(default, pivot={"language": "por_Latn"})).training.regularizers.pivot.language == "pt"


def test_a_pivot_in_a_language_that_is_not_trained_is_refused(default):
    said = r"training\.regularizers\.pivot: its language is 'de', and the training set has en, pt: .*demo-en-pt"
    with pytest.raises(ConfigError, match=said):
        load_config(with_terms(default, pivot={"language": "de"}))


def test_consistency_of_one_language_is_refused(default):
    alone = changed(default, "training_sets.demo-en-pt.languages", ["en"])
    alone = changed(alone, "batches.strategies", ...)
    alone["batches"]["strategies"] = [{"name": "mono"}]
    load_config(alone)
    with pytest.raises(ConfigError, match=r"training\.regularizers\.consistency: it needs each question in a second"):
        load_config(with_terms(alone, consistency={}))


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"consistency": {"temperature": 0}}, r"consistency\.temperature"),
        ({"pivot": {"weight": 0}}, r"pivot\.weight"),
        ({"consistensy": {}}, r"did you mean 'consistency'"),
    ],
)
def test_wrong_settings_of_terms_are_refused(default, terms, said):
    with pytest.raises(ConfigError, match=said):
        load_config(with_terms(default, **terms))


def test_unlabelled_texts_are_read_where_something_is_trained(default):
    corpus = {"format": "moses", "licence": "x", "files": {"en": {"file": "a.en"}, "sw": {"file": "a.sw"}}}
    raw = changed(with_terms(default, centring={"corpora": ["software"]}), "corpora.software", corpus)
    config = load_config(raw)
    assert (config.bitext_corpora, config.batched_bitext) == (("software",), ())
    both = load_config(changed(raw, "batches.bitext", {"corpora": ["software"], "share": 0.5}))
    assert (both.bitext_corpora, both.batched_bitext) == (("software",), ("software",))
    assert load_config(changed(raw, "training_sets", {})).bitext_corpora == ()


@pytest.mark.parametrize(
    ("name", "said"),
    [("demo", "demo has QA pairs; bitext in 'corpora': none"), ("no", "unknown corpus 'no'; bitext in")],
)
def test_unlabelled_texts_that_are_no_bitext_are_refused(default, name, said):
    with pytest.raises(ConfigError, match=rf"training\.regularizers\.centring\.corpora: {said}"):
        load_config(with_terms(default, centring={"corpora": [name]}))
