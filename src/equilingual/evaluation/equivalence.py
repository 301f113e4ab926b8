"""Whether two models are equivalent: the difference is smaller than a margin, whichever its sign."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import stdtr

from equilingual.evaluation.significance import holm
from equilingual.evaluation.two_levels import Uncertainty, alike_p, are_alike


def equivalence_p(difference: float, uncertainty: Uncertainty, margin: float) -> float:
    """Return p of two one-sided t-tests (TOST): small where the difference lies within the margin.

    The larger p of the two tests counts: of the difference being no higher than -margin, and no lower than margin. It
    is at most alpha exactly where the 1 - 2 alpha interval of the t distribution lies within the margin. Where
    all units have the same difference, within the margin, it is that of :func:`.two_levels.alike_p`.

    Args:
        difference: the mean difference.
        uncertainty: of it.
        margin: above 0; the smallest difference that matters.

    """
    inside = margin - abs(difference)
    if are_alike(difference, uncertainty):
        return alike_p(uncertainty) if inside > 0 else 1.0
    return float(stdtr(uncertainty.degrees_of_freedom, -inside / uncertainty.standard_error))


def equivalence_columns(rows: Sequence[Mapping[str, Any]], margins: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return ``margin``, ``p_equivalent`` and ``p_equivalent_corrected`` of each comparison.

    They are None where the measure has no margin, or where there are too few clusters to estimate an error from. The
    others are one family, corrected by Holm.

    Args:
        rows: of :data:`equilingual.evaluation.comparisons.COMPARISON_SCHEMA`.
        margins: by measure.

    """
    columns: list[dict[str, Any]] = []
    for row in rows:
        margin, error = margins.get(row["measure"]), row["standard_error"]
        p = None
        if margin is not None and error is not None:
            p = equivalence_p(row["difference"], Uncertainty(error, row["degrees_of_freedom"]), margin)
        columns.append({"margin": margin, "p_equivalent": p, "p_equivalent_corrected": None})
    tested = [one for one in columns if one["p_equivalent"] is not None]
    for one, p in zip(tested, holm(np.array([one["p_equivalent"] for one in tested])).tolist(), strict=True):
        one["p_equivalent_corrected"] = p
    return columns
