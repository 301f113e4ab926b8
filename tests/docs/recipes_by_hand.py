"""The recipes of docs/extending.md by hand; test_extending.py runs this file on a package that has them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from batching_sets import numbered, plan
from equilingual.report.lengths import length_table
from equilingual.retrieval.lexical.overlap import Scorer
from equilingual.translation.engines.word_list import open_engine

from equilingual.config.mining import Mining
from equilingual.config.training import Uniformity
from equilingual.evaluation.catalogue import MEASURES
from equilingual.retrieval.debias import Vectors as Embeddings
from equilingual.retrieval.debias.methods import fit
from equilingual.training.regularizers import Vectors, uniformity
from equilingual.translation.engines.catalogue import KINDS


def test_the_strategy():
    found = plan(numbered(np.ones((60, 3))), "to-english", batch_size=24, batches=1000)
    assert (found.passage_languages == 0).all()
    assert np.bincount(found.query_languages.ravel(), minlength=3) / 24000 == pytest.approx([0, 0.5, 0.5], abs=0.02)


def test_the_strategy_with_all_weight_on_english_is_refused():
    with pytest.raises(ValueError, match="to-english needs pairs that exist in en and in another language"):
        plan(numbered(np.ones((60, 3))), "to-english", languages={"weights": {"en": 1}})


def test_the_engine():
    engine = open_engine({}, "en", "nl", threads=1)
    assert engine.translate([]) == []
    (found,) = engine.translate(["Who wrote X"])
    assert (found.text, found.unknown) == ("wie schreef X", 1)
    assert KINDS["word-list"].has_pair({}, "en", "nl")
    assert not KINDS["word-list"].has_pair({}, "en", "de")


def test_the_debiasing_method():
    # English means (2, 2) and standard deviations (1, 2); the German text is its own mean, without deviation.
    texts = Embeddings(np.array([[1, 0], [3, 4], [0, 2]], np.float32), ["en", "en", "de"])
    found = fit("standardize", texts, texts).apply(texts.embeddings, texts.languages, "queries", similarity="dot")
    assert found.tolist() == [[-1, -1], [1, 1], [0, 0]]


def test_the_regulariser():
    queries = torch.tensor([[1.0, 0.0], [0.0, 3.0], [-2.0, 0.0]])  # squared distances, scaled: 2, 2 and 4
    found = uniformity.penalty(Vectors(queries, queries, None, None), Uniformity())
    assert found.item() == pytest.approx(np.log((2 * np.exp(-2 * 2) + np.exp(-2 * 4)) / 3))
    assert uniformity.penalty(Vectors(queries[:1], queries[:1], None, None), Uniformity()).item() == 0


def test_the_lexical_system():
    scorer = Scorer(["house red house", "sea", "red red"], ["en"] * 3)
    assert scorer.scores(["red house", "ship"], ["en"] * 2).tolist() == [[2, 0, 1], [0, 0, 0]]


def test_the_measure():
    group = SimpleNamespace(ranks=np.array([[4, 2], [11, 0], [0, 0]]))
    assert MEASURES["mrr@10"].of(group).tolist() == [0.5, 0, 0]


def test_the_report_section():
    table = length_table({"m/b": {"queries": {"tokens": 1200}}})
    assert table.rows == [["m/b", "1\u202f200", "–"]]
    assert table.numeric == {"Queries", "Candidates"}


def test_the_configuration_key():
    assert Mining().skip == 0
    assert Mining(skip="3").skip == 3
