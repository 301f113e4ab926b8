"""Work that several jobs share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """One job's share of a row of things: neighbours, as many as the other jobs have, or one more or fewer.

    Attributes:
        number: of the job, from 0.
        of: how many jobs there are.

    """

    number: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.of:
            raise ValueError(f"there is no share {self.number} of {self.of}: they are numbered from 0")

    def among(self, count: int) -> range:
        """Return its numbers among ``count``; no number is of two jobs, and all are of some."""
        return range(count * self.number // self.of, count * (self.number + 1) // self.of)


WHOLE = Share()
