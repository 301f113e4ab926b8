"""Tables of the page's data."""

import math
from collections.abc import Iterable, Sequence

Table = dict[str, list[object]]
_DIGITS = 6


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table as pandas takes it: ``pandas.DataFrame(**table)``."""
    return {"columns": list(columns), "data": [list(row) for row in rows]}


def rounded(value: float | None, digits: int = _DIGITS) -> float | None:
    """Return a value with so many significant digits; None for NaN and infinity."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{digits}g}")
