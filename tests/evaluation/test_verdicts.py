"""The verdict on a comparison: a sentence and an outcome."""

import pytest

from equilingual.evaluation.verdicts import outcome_of, verdict_of

ROW = {
    "setting": "multilingual", "measure": "map", "model_a": "e__t__hybrid-0.5", "model_b": "e__t__mono", "seeds_a": 3, "seeds_b": 3,
    "difference": 0.0651, "low": 0.0612, "high": 0.0689, "p_corrected": 0.0004,
}  # fmt: skip
WITHIN = {"margin": 0.005, "p_equivalent_corrected": 0.012}
LABELS = {"e__t__hybrid-0.5": "hybrid 0.5", "e__t__mono": "mono"}


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, "hybrid 0.5 > mono on multilingual mAP, +0.065 [0.061, 0.069], p < 0.001 corrected, 3 seeds"),
        (
            {"difference": -0.41, "low": -0.5, "high": -0.3, "measure": "log_rank_distance", "seeds_b": None},
            "hybrid 0.5 < mono on multilingual log rank distance (lower is better), −0.410 [−0.500, −0.300], "
            "p < 0.001 corrected, 3 seeds",
        ),
        (
            {"p_corrected": 0.0501, "seeds_b": 1, "measure": "recall@10"},
            "no significant difference between hybrid 0.5 and mono on multilingual R@10, +0.065 [0.061, 0.069], "
            "p = 0.050 corrected, 3 seeds against 1 seed",
        ),
        (
            {"p_corrected": 0.05, "seeds_a": None, "seeds_b": None},
            "hybrid 0.5 > mono on multilingual mAP, +0.065 [0.061, 0.069], p = 0.050 corrected",
        ),
        (
            {"low": -0.0001, "p_corrected": 0.01, "seeds_a": 1, "seeds_b": 1},
            "no significant difference between hybrid 0.5 and mono on multilingual mAP, +0.065 [0.000, 0.069], "
            "p = 0.010 corrected but the interval contains 0, 1 seed",
        ),
        (
            {"low_over_seeds": -0.01, "high_over_seeds": 0.08},
            "no significant difference between hybrid 0.5 and mono on multilingual mAP, +0.065 [0.061, 0.069], "
            "p < 0.001 corrected but the interval over questions and seeds contains 0, 3 seeds",
        ),
        (
            {"difference": 0.00021, "low": 0.00012, "high": 0.0003},
            "hybrid 0.5 > mono on multilingual mAP, +0.00021 [0.00012, 0.00030], p < 0.001 corrected, 3 seeds",
        ),
        (
            {"difference": 0.001, "low": -0.001, "high": 0.003, "p_corrected": 0.4, **WITHIN},
            "hybrid 0.5 and mono are equivalent on multilingual mAP, +0.001 [−0.001, 0.003], p = 0.400 corrected, "
            "within ±0.005 (p = 0.012 corrected), 3 seeds",
        ),
        (
            {"difference": 0.001, "low": 0.0005, "high": 0.002, **WITHIN},
            "hybrid 0.5 > mono on multilingual mAP, +0.001 [0.001, 0.002], p < 0.001 corrected, "
            "within ±0.005 (p = 0.012 corrected), 3 seeds",
        ),
        (
            {"p_corrected": 0.4, **WITHIN, "p_equivalent_corrected": 0.051},
            "no significant difference between hybrid 0.5 and mono on multilingual mAP, +0.065 [0.061, 0.069], "
            "p = 0.400 corrected, 3 seeds",
        ),
    ],
)  # fmt: skip
def test_verdicts(change, verdict):
    assert verdict_of(ROW | change, LABELS, alpha=0.05) == verdict


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, "better"),
        ({"difference": -0.07, "low": -0.1, "high": -0.05}, "worse"),
        ({"difference": -0.4, "low": -0.5, "high": -0.3, "measure": "log_rank_distance"}, "better"),
        ({"measure": "log_rank_distance"}, "worse"),
        ({"p_corrected": 0.06}, "no significant difference"),
        ({"low": -0.01}, "no significant difference"),
        ({"low_over_seeds": -0.01, "high_over_seeds": 0.1}, "no significant difference"),
        ({"low_over_seeds": 0.01, "high_over_seeds": 0.1}, "better"),
        ({"low": -0.01, **WITHIN}, "equivalent"),
        ({"low": -0.01, **WITHIN, "p_equivalent_corrected": None}, "no significant difference"),
        (WITHIN, "better"),
    ],
)
def test_outcomes(change, outcome):
    assert outcome_of(ROW | change, alpha=0.05) == outcome
