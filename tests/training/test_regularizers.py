"""The regularisers by hand, and against scipy."""

import numpy as np
import pytest
import torch
from scipy.special import rel_entr, softmax

from equilingual.config.training import Centring, Distillation, Regularizers
from equilingual.training.regularizers import Vectors, centring, distillation, needs_start, open_regularizer


def vectors(queries, passages, query_languages, passage_languages):
    return Vectors(
        torch.tensor(queries, dtype=torch.float32),
        torch.tensor(passages, dtype=torch.float32),
        torch.tensor(query_languages),
        torch.tensor(passage_languages),
    )


@pytest.mark.parametrize("name", Regularizers.model_fields)
def test_the_term_of_one_pair_is_finite_and_so_is_its_gradient(name):
    (settings,) = [kind for kind in Regularizers.model_fields[name].annotation.__args__ if kind is not type(None)]
    trained = vectors([[3, 4]], [[1, 2]], [0], [0])
    trained.queries.requires_grad_()
    start = [vectors([[1, 0]], [[0, 1]], [0], [0])] if needs_start(name) else []
    term = open_regularizer(name).penalty(trained, *start, settings())
    assert term.shape == ()
    assert torch.isfinite(term)
    if term.requires_grad:
        term.backward()
        assert torch.isfinite(trained.queries.grad).all()


def test_distillation_is_the_divergence_over_passages_of_the_query_s_language():
    rng = np.random.default_rng(0)
    languages = ([0, 0, 1, 2], [0, 1, 0, 1, 0])
    one, other = ((rng.normal(size=(4, 6)), rng.normal(size=(5, 6))) for _ in range(2))
    trained, start = (vectors(*pair, *languages) for pair in (one, other))
    divergences = []
    for query in range(3):  # the fourth query's language has no passage
        own = [n for n in range(5) if languages[1][n] == languages[0][query]]
        shares = []
        for queries, passages in (other, one):
            unit = passages[own] / np.linalg.norm(passages[own], axis=1, keepdims=True)
            shares.append(softmax(unit @ (queries[query] / np.linalg.norm(queries[query])) / 0.1))
        divergences.append(rel_entr(*shares).sum())
    assert distillation.penalty(trained, start, Distillation(temperature=0.1)).item() == pytest.approx(
        np.mean(divergences), rel=1e-5
    )


def test_distillation_of_itself_is_nothing_and_has_a_gradient_otherwise():
    trained = vectors([[1, 0], [0, 1]], [[1, 0], [1, 1]], [0, 0], [0, 0])
    assert distillation.penalty(trained, trained, Distillation(temperature=0.1)).item() == pytest.approx(0, abs=1e-7)
    trained.queries.requires_grad_()
    start = vectors([[0, 1], [1, 0]], [[1, 0], [1, 1]], [0, 0], [0, 0])
    distillation.penalty(trained, start, Distillation(temperature=0.1)).backward()
    assert torch.isfinite(trained.queries.grad).all()
    assert trained.queries.grad.abs().sum() > 0


def test_distillation_has_nothing_to_say_of_one_passage_a_language():
    trained = vectors([[1, 0], [0, 1]], [[1, 0], [1, 1]], [0, 1], [1, 0])
    assert distillation.penalty(trained, trained, Distillation(temperature=0.1)).item() == 0


def test_centring_by_hand():
    # Queries of language 0: (1, 0); of language 1: (0, 1), scaled. Their mean is (½, ½): both ½ away, squared.
    trained = vectors([[2, 0], [0, 3]], [[1, 0], [5, 0]], [0, 1], [0, 1])
    assert centring.penalty(trained, Centring()).item() == pytest.approx((0.5 + 0) / 2)


def test_centring_of_one_language_is_nothing():
    trained = vectors([[2, 0], [0, 3]], [[1, 0], [5, 1]], [1, 1], [1, 1])
    assert centring.penalty(trained, Centring()).item() == 0
