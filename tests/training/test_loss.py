import math

import pytest
import torch

from equilingual.training import info_nce


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
