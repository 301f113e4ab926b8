"""One training on several devices: each process embeds its part of every batch, and all compare all of it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Parameter

Found = TypeVar("Found")


class Processes:
    """The processes of a training; one alone talks to nobody.

    Args:
        rank: this one's number.
        count: how many there are; more than one have called ``torch.distributed.init_process_group``.

    """

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank, self.count = rank, count

    def part(self, size: int) -> slice:
        """Return which of ``size`` rows are this process's; the parts differ by one row at most."""
        return slice(self.rank * size // self.count, (self.rank + 1) * size // self.count)

    def gather(self, own: "Tensor", size: int) -> "Tensor":
        """Return all rows [size, dimensions] of which each process has its :meth:`part`, in order."""
        if self.count == 1:
            return own
        import torch

        rows = torch.zeros((size, *own.shape[1:]), dtype=own.dtype, device=own.device)
        rows[self.part(size)] = own
        torch.distributed.all_reduce(rows)  # the sum of a row and zeros is the row
        return rows

    def add_up(self, weights: "Sequence[Parameter]", *, sparse: "Sequence[Parameter]" = ()) -> None:
        """Add up the gradients that the processes have; each is of its own part of the batch.

        A weight that no process has a gradient of gets none: an optimiser would decay it.

        Args:
            weights: in the same order in all processes.
            sparse: those of them whose gradients are sparse, and stay so.

        """
        if self.count == 1:
            return
        import torch

        there = torch.tensor([weight.grad is not None for weight in weights], device=weights[0].device, dtype=torch.int)
        torch.distributed.all_reduce(there)
        known = {id(weight) for weight in sparse}
        for weight in (weight for weight, count in zip(weights, there.tolist(), strict=True) if count):
            if weight.grad is None:  # a part may be empty
                weight.grad = torch.zeros_like(weight)
            if weight.grad.is_sparse:
                weight.grad = weight.grad.to_dense()
            torch.distributed.all_reduce(weight.grad)
            if id(weight) in known:
                weight.grad = weight.grad.to_sparse(1)

    def collect(self, value: Any) -> list[Any]:  # noqa: ANN401
        """Return every process's value, in the order of their ranks."""
        if self.count == 1:
            return [value]
        import torch

        values = [None] * self.count
        torch.distributed.all_gather_object(values, value)
        return values

    def attempt(self, function: Callable[[], Found]) -> Found:
        """Return what a function returns; where it runs out of memory in one process, it has in all.

        Raises:
            torch.OutOfMemoryError: in one process or more.

        """
        import torch

        found, error = None, None
        try:
            found = function()
        except torch.OutOfMemoryError as caught:
            error = caught
        if any(self.collect(error is not None)):
            raise error or torch.OutOfMemoryError("another process is out of memory")
        return found  # type: ignore[return-value]  # an error was raised above
