"""The regularisers by name; one is a file with a function, and a line here.

A regulariser takes the vectors of a batch, those of the base encoder (where it has ``needs_start``), and
its settings, and returns a term of the loss, a scalar.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from equilingual.training.regularizers import centring, distillation
from equilingual.training.regularizers.vectors import Vectors

if TYPE_CHECKING:
    from torch import Tensor

REGULARIZERS: Mapping[str, Callable[..., "Tensor"]] = {
    "distillation": distillation.penalty,
    "centring": centring.penalty,
}
NEEDS_START = frozenset({"distillation"})

__all__ = ["NEEDS_START", "REGULARIZERS", "Vectors"]
