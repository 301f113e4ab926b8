import math

import numpy as np
import pytest
import torch

from equilingual.training import info_nce
from equilingual.training.loss import multi_positive_info_nce


def test_two_pairs_by_hand():
    queries = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    passages = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    half = math.sqrt(0.5)
    # cosines: row 0: 1, √½; row 1: 0, √½; temperature ½ doubles them
    first = -math.log(math.exp(2) / (math.exp(2) + math.exp(2 * half)))
    second = -math.log(math.exp(2 * half) / (1 + math.exp(2 * half)))
    assert info_nce(queries, passages, 0.5).item() == pytest.approx((first + second) / 2, rel=1e-6)


def test_equal_passages_give_the_logarithm_of_the_batch_size():
    queries, passages = torch.randn(7, 5), torch.ones(7, 5)
    assert info_nce(queries, passages, 0.02).item() == pytest.approx(math.log(7), rel=1e-5)


def test_agrees_with_sentence_transformers():
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    queries, passages = torch.randn(6, 8), torch.randn(6, 8)
    theirs = MultipleNegativesRankingLoss(model=None, scale=20.0)
    expected = theirs.compute_loss_from_embeddings([queries, passages], None)
    assert info_nce(queries, passages, 0.05).item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_hard_negative_is_a_negative_of_every_query():
    queries = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    passages = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    # cosines: 1, 0, √½ and 0, 1, √½; both rows alike
    expected = -math.log(math.e / (math.e + 1 + math.exp(math.sqrt(0.5))))
    assert info_nce(queries, passages, 1.0).item() == pytest.approx(expected, rel=1e-6)


def test_with_hard_negatives_it_agrees_with_sentence_transformers():
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    queries, passages, hard = torch.randn(6, 8), torch.randn(6, 8), torch.randn(6, 8)
    theirs = MultipleNegativesRankingLoss(model=None, scale=20.0)
    expected = theirs.compute_loss_from_embeddings([queries, passages, hard], None)
    assert info_nce(queries, torch.cat([passages, hard]), 0.05).item() == pytest.approx(expected.item(), rel=1e-5)


def test_both_directions_by_hand():
    queries = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    passages = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    half = math.sqrt(0.5)
    # cosines: row 0: 1, √½, 0; row 1: 0, √½, 1. By passage, of the pairs' own: 1, 0 and √½, √½
    forward = [
        -math.log(math.e / (math.e + math.exp(half) + 1)),
        -math.log(math.exp(half) / (1 + math.exp(half) + math.e)),
    ]
    backward = [-math.log(math.e / (math.e + 1)), math.log(2)]
    found = info_nce(queries, passages, 1.0, symmetric_loss=True).item()
    assert found == pytest.approx((sum(forward) / 2 + sum(backward) / 2) / 2, rel=1e-6)


def test_a_passage_of_the_pair_s_own_group_is_no_negative():
    queries, passages = torch.randn(3, 4), torch.randn(3, 4)
    masked = info_nce(queries, passages, 0.1, groups=torch.tensor([7, 8, 7]))
    cosines = torch.nn.functional.normalize(queries, dim=-1) @ torch.nn.functional.normalize(passages, dim=-1).T / 0.1
    losses = [
        -torch.log_softmax(cosines[row, columns], 0)[columns.index(row)]
        for row, columns in ((0, [0, 1]), (1, [0, 1, 2]), (2, [1, 2]))
    ]
    assert masked.item() == pytest.approx(torch.stack(losses).mean().item(), rel=1e-5)


def by_hand(queries, passages, temperature, owners, groups=None, *, symmetric=False):
    """Return the loss of several positives by its definition, one exponential at a time."""
    queries, passages = (one.double().numpy() for one in (queries, passages))
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (queries, passages)]
    similar = np.exp(unit[0] @ unit[1].T / temperature)
    total = 0.0
    for row, scores in enumerate(similar):
        mine = [n for n, owner in enumerate(owners) if owner == row]
        masked = [n for n in range(len(passages)) if groups is not None and groups[n] == groups[row]]
        wrong = sum(scores[n] for n in range(len(passages)) if n not in mine and n not in masked)
        forward = [-math.log(scores[n] / (scores[n] + wrong)) for n in mine]
        askers = [other for other in range(len(queries)) if groups is None or groups[other] != groups[row]]
        backward = [-math.log(scores[n] / (scores[n] + sum(similar[o, n] for o in askers if o != row))) for n in mine]
        mean = sum(forward) / len(mine)
        total += (mean + sum(backward) / len(mine)) / 2 if symmetric else mean
    return total / len(queries)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("groups", [None, [5, 6, 5, 7, 5, 6, 6, -1, -2]])
def test_several_positives_by_hand(symmetric, groups):
    """Of four pairs the first has two passages, the second three, and there are two hard negatives."""
    torch.manual_seed(0)
    queries, passages = torch.randn(4, 5), torch.randn(9, 5)
    owners = [0, 1, 2, 3, 0, 1, 1, -1, -1]
    given = None if groups is None else torch.tensor(groups)
    found = multi_positive_info_nce(
        queries, passages, 0.3, torch.tensor(owners), symmetric_loss=symmetric, groups=given
    )
    assert found.item() == pytest.approx(by_hand(queries, passages, 0.3, owners, groups, symmetric=symmetric), rel=1e-5)


@pytest.mark.parametrize("symmetric", [False, True])
def test_with_one_positive_each_it_is_the_loss_of_one(symmetric):
    queries, passages = torch.randn(5, 4), torch.randn(8, 4)
    groups = torch.tensor([1, 2, 1, 3, 4, -1, -2, -3])
    options = {"symmetric_loss": symmetric, "groups": groups}
    owners = torch.tensor([0, 1, 2, 3, 4, -1, -1, -1])
    expected = info_nce(queries, passages, 0.07, **options).item()
    assert multi_positive_info_nce(queries, passages, 0.07, owners, **options).item() == pytest.approx(
        expected, rel=1e-5
    )


def test_no_positive_makes_up_for_another():
    """A passage that is as similar as it can be does not spare the query the other one."""
    queries = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    near, other, far = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    owners = torch.tensor([0, 1, 0])
    both = multi_positive_info_nce(queries, torch.tensor([near, other, near]), 0.1, owners)
    one = multi_positive_info_nce(queries, torch.tensor([near, other, far]), 0.1, owners)
    # cosines of the first query: 1 (right), 0 (wrong), and 1 or 0 (right): log(1 + e^-10), and log 2
    assert (one - both).item() == pytest.approx((math.log(2) - math.log1p(math.exp(-10))) / 4, rel=1e-4)


def test_a_batch_of_one_pair_has_a_loss_of_nothing_and_finite_gradients():
    queries, passages = torch.randn(1, 4, requires_grad=True), torch.randn(2, 4, requires_grad=True)
    groups = torch.tensor([0, 0])
    loss = multi_positive_info_nce(queries, passages, 0.05, torch.tensor([0, 0]), symmetric_loss=True, groups=groups)
    loss.backward()
    assert loss.item() == 0
    assert queries.grad.abs().max() == passages.grad.abs().max() == 0
