"""The regularisers by hand, and against scipy."""

import numpy as np
import pytest
import torch
from scipy.special import rel_entr, softmax

from equilingual.config.training import Centring, Consistency, Distillation, Pivot, Regularizers
from equilingual.training.regularizers import (
    Companions,
    Pivots,
    Vectors,
    centring,
    consistency,
    distillation,
    open_regularizer,
    pivot,
)


def vectors(queries, passages, query_languages, passage_languages):
    return Vectors(
        torch.tensor(queries, dtype=torch.float32),
        torch.tensor(passages, dtype=torch.float32),
        torch.tensor(query_languages),
        torch.tensor(passage_languages),
    )


def beside(rows, *sides):
    """Return the arguments of companions and pivots: rows, and the vectors of each side."""
    tensors = [torch.tensor(side, dtype=torch.float32).reshape(len(rows), -1 if rows else 2) for side in sides]
    return torch.tensor(rows, dtype=torch.int64), *tensors


GIVEN = {
    None: lambda count: [],
    "start": lambda count: [vectors([[1, 0]], [[0, 1]], [0], [0])],
    "companions": lambda count: [Companions(*beside([0][:count], [[1, 0]][:count]))],
    "pivots": lambda count: [Pivots(*beside([0][:count], [[1, 0]][:count], [[0, 1]][:count]))],
    "unlabelled": lambda count: [vectors([[1, 0]], [[0, 1]], [1], [1]) if count else None],
}


@pytest.mark.parametrize("beside_it", [0, 1])
@pytest.mark.parametrize("name", Regularizers.model_fields)
def test_the_term_of_one_pair_is_finite_and_so_is_its_gradient(name, beside_it):
    (settings,) = [kind for kind in Regularizers.model_fields[name].annotation.__args__ if kind is not type(None)]
    trained = vectors([[3, 4]], [[1, 2]], [0], [0])
    trained.queries.requires_grad_()
    term = open_regularizer(name).penalty(trained, *GIVEN[settings.needs](beside_it), settings())
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
    assert centring.penalty(trained, None, Centring()).item() == pytest.approx((0.5 + 0) / 2)


def test_centring_counts_unlabelled_texts_as_those_of_the_batch():
    trained, unlabelled = vectors([[1, 0]], [[0, 2]], [0], [0]), vectors([[0, 3]], [[0, 1]], [1], [0])
    # Queries: the means (1, 0) and (0, 1) lie 1/2 from (.5, .5), squared. Passages: one language, and no distance.
    assert centring.penalty(trained, unlabelled, Centring()).item() == pytest.approx((0.5 + 0) / 2)
    assert centring.penalty(trained, None, Centring()).item() == 0


def test_centring_of_one_language_is_nothing():
    trained = vectors([[2, 0], [0, 3]], [[1, 0], [5, 1]], [1, 1], [1, 1])
    assert centring.penalty(trained, None, Centring()).item() == 0


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def test_consistency_is_the_divergence_of_the_distributions_of_both_questions():
    rng = np.random.default_rng(0)
    queries, passages, others = (rng.normal(size=(rows, 6)) for rows in (4, 5, 2))
    trained = vectors(queries, passages, [0, 0, 1, 2], [0, 1, 0, 1, 0])
    rows = [3, 1]  # the other two have no companion
    divergences = []
    for row, other in zip(rows, others, strict=True):
        shares = [softmax(unit(passages) @ unit(query) / 0.1) for query in (queries[row], other)]
        middle = (shares[0] + shares[1]) / 2
        divergences.append(sum(rel_entr(one, middle).sum() for one in shares) / 2)
    found = consistency.penalty(trained, Companions(*beside(rows, others)), Consistency(temperature=0.1))
    assert found.item() == pytest.approx(np.mean(divergences), rel=1e-5)


def test_consistency_is_nothing_for_equal_questions_and_log_2_for_opposite_ones():
    trained = vectors([[1, 0]], [[1, 0], [0, 1]], [0], [0, 0])
    same, opposite = (Companions(*beside([0], [query])) for query in ([3, 0], [0, 1]))
    cold = Consistency(temperature=0.01)
    assert consistency.penalty(trained, same, cold).item() == pytest.approx(0, abs=1e-7)
    assert consistency.penalty(trained, opposite, cold).item() == pytest.approx(np.log(2), rel=1e-5)


def test_both_questions_and_the_passages_have_a_gradient_of_consistency():
    trained = vectors([[1, 0], [1, 1]], [[1, 0], [1, 3]], [0, 0], [0, 0])
    companions = Companions(*beside([1], [[1, 2]]))
    leaves = [trained.queries, trained.passages, companions.queries]
    for leaf in leaves:
        leaf.requires_grad_()
    consistency.penalty(trained, companions, Consistency()).backward()
    assert all(leaf.grad[-1].abs().sum() > 0 for leaf in leaves)
    assert trained.queries.grad[0].abs().sum() == 0  # it has no companion


def test_the_pivot_is_the_squared_distance_of_unit_vectors():
    rng = np.random.default_rng(0)
    queries, passages, pivot_queries, pivot_passages = (rng.normal(size=(rows, 6)) for rows in (4, 5, 2, 2))
    trained = vectors(queries, passages, [0, 0, 1, 2], [0, 1, 0, 1, 0])
    rows = [2, 0]
    expected = [
        ((unit(own[rows]) - unit(other)) ** 2).sum(axis=1).mean()
        for own, other in ((queries, pivot_queries), (passages, pivot_passages))
    ]
    found = pivot.penalty(trained, Pivots(*beside(rows, pivot_queries, pivot_passages)), Pivot())
    assert found.item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_the_pivot_by_hand():
    # The query is at a right angle to its pivot: 2. The passage points where its pivot does: 0.
    trained = vectors([[2, 0]], [[0, 5]], [0], [0])
    assert pivot.penalty(trained, Pivots(*beside([0], [[0, 1]], [[0, 1]])), Pivot()).item() == pytest.approx(1)
