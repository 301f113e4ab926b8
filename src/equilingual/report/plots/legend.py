"""The names of models in figures that have little room for them."""

import re
from collections.abc import Sequence

from equilingual.report.vega import Spec

_METHOD = re.compile(r" \([^()]*\)$")
_NARROW = 300  # pixels of a plot: that of a phone
_SYMBOL = 16  # pixels before a name


def plain_names(labels: Sequence[str]) -> list[str]:
    """Return labels of models without the method in parentheses at their ends, where all differ without it."""
    plain = [_METHOD.sub("", label) for label in labels]
    return plain if len(set(plain)) == len(set(labels)) else list(labels)


def model_legend() -> Spec:
    """Return a legend with a line for each model."""
    limit = {"expr": f"width < {_NARROW} ? width - {_SYMBOL} : 320"}
    return {"orient": "top", "direction": "vertical", "columns": 1, "title": None, "labelLimit": limit}
