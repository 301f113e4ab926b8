"""When two ids are one id: 1, 1.0 and the texts "1" and "1.0" are."""

import math
import re
from decimal import Decimal

from equilingual.messages import shown

_EXACT = 2**53  # from here on a 64-bit float no longer stands for one whole number
_FLOAT = re.compile(r"(0|-?[1-9][0-9]*)\.0")  # how pandas writes a whole number of a column with gaps


def normalize_id(value: object) -> str:
    """Return an id as a text, whatever type it has been written in.

    A whole number is the same id as an integer, a float, a decimal and a text: ``1``, ``1.0``, ``Decimal("1.00")``,
    ``"1"`` and ``"1.0"`` are all ``"1"``. pandas writes the whole numbers of a column with gaps as floats: ``1.0`` in
    JSON and Parquet, the text ``1.0`` in CSV, TSV and after ``astype(str)``. Any other text stays as it is, apart from
    surrounding space (``"1.10"``, ``"1.00"``, ``"01"``, ``"1e3"``), and so does any other number (``1.5`` is
    ``"1.5"``, ``Decimal("1.10")`` is ``"1.10"``).

    Returns:
        The id; empty where there is none: ``None``, not a number (which pandas writes for a gap), white space.

    Raises:
        ValueError: the value is no id. The message follows the name of the value: ``is [1], not a string or a number``.

    """
    if isinstance(value, str):
        text = value.strip()
        return text[:-2] if text.endswith(".0") and _FLOAT.fullmatch(text) else text
    if value is None:
        return ""
    if isinstance(value, float):
        return _of_float(value)
    if isinstance(value, Decimal) and value.is_nan():
        return ""
    if isinstance(value, Decimal) and value.is_finite():
        return str(int(value)) if value == value.to_integral_value() else f"{value:f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"is {shown(value)}, not a string or a number")


def _of_float(value: float) -> str:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        raise ValueError(f"is {value}, not a string or a number")
    if abs(value) >= _EXACT:
        raise ValueError(f"is {value!r}, a float too large to be exact: write ids as whole numbers or strings")
    return str(int(value)) if value.is_integer() else repr(value)
