"""Vectors that no ranking can be trusted on."""

import logging
from itertools import combinations

import numpy as np
import pytest
import torch

from equilingual.encoders.collapse import NotFiniteError, check_finite, mean_cosine, warn_if_collapsed


def test_the_mean_cosine_is_that_of_all_pairs():
    generator = np.random.default_rng(3)
    vectors = generator.normal(size=(7, 5)).astype(np.float32) + 1
    cosines = [
        float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)) for one, other in combinations(vectors, 2)
    ]
    for parts in ([vectors], [vectors[:3], vectors[3:6], vectors[6:]]):
        assert mean_cosine(parts) == pytest.approx(np.mean(cosines), abs=1e-6)


def test_a_vector_of_zeros_counts_as_no_direction():
    vectors = np.array([[1, 0], [2, 0], [0, 0]], dtype=np.float32)
    assert mean_cosine([vectors[:1], vectors[1:]]) == pytest.approx(1 / 3, abs=1e-6)  # cosines 1, 0 and 0


def test_one_text_has_no_mean_cosine():
    assert mean_cosine([np.ones((1, 3), np.float32)]) is None
    assert mean_cosine([]) is None


@pytest.mark.parametrize(("noise", "said"), [(0.0, True), (1e-3, True), (0.1, False)])
def test_collapsed_vectors_are_said(caplog, noise, said):
    vectors = 1 + noise * np.random.default_rng(0).normal(size=(50, 64)).astype(np.float32)
    with caplog.at_level(logging.WARNING):
        warn_if_collapsed("queries.parquet", mean_cosine([vectors]))
    assert ("queries.parquet: the encoder has collapsed" in caplog.text) is said


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 3e38])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_vector_without_a_finite_length_is_an_error_that_knows_its_text(value, dtype):
    vectors = torch.ones((3, 4), dtype=dtype)
    rows = np.array([8, 5, 2])
    check_finite(vectors, rows)
    vectors[:2, 1:3] = value  # 3e38 is finite, and the square of it is not
    with pytest.raises(NotFiniteError) as error:
        check_finite(vectors, rows)
    assert error.value.rows == [8, 5]
