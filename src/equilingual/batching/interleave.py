"""Bitext batches among those of QA pairs: two plans, and one order of batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa

from equilingual.batching.gather import gather_texts
from equilingual.batching.negatives import NegativeChoices
from equilingual.batching.pairs import ParallelPairs
from equilingual.batching.plans import Plan


@dataclass(frozen=True)
class Part:
    """Some batches of an experiment, by their plan.

    Attributes:
        pairs: what the plan is made of.
        plan: the batches.
        places: int64 [batches], the number that each has in the experiment, in order.
        negatives: what the plan's hard negatives are members of.

    """

    pairs: ParallelPairs
    plan: Plan
    places: np.ndarray
    negatives: NegativeChoices | None = None

    def gather(self, ranges: Sequence[tuple[int, int]], folder: str | PathLike[str]) -> Iterator[pa.Table]:
        """Yield the rows of each range of the experiment's batches that are of this part."""
        own = [tuple(np.searchsorted(self.places, ends).tolist()) for ends in ranges]
        for table in gather_texts(self.pairs, self.plan, own, folder, self.negatives):
            numbers = self.places[table["batch_id"].to_numpy()]
            yield table.set_column(0, table.schema.field(0), pa.array(numbers, pa.int64()))


def gather_parts(
    parts: Sequence[Part], ranges: Sequence[tuple[int, int]], folder: str | PathLike[str], schema: pa.Schema
) -> Iterator[pa.Table]:
    """Yield the rows of each range of batches, in order, with the columns of ``schema``.

    A column that a part lacks is empty there: a list without elements, or null.
    """
    for tables in zip(*(part.gather(ranges, folder) for part in parts), strict=True):
        if len(tables) == 1:
            yield tables[0]
            continue
        joined = pa.concat_tables([_with_columns(table, schema) for table in tables]).combine_chunks()
        order = np.lexsort((joined["slot"].to_numpy(), joined["batch_id"].to_numpy()))
        yield joined.take(pa.array(order))


def _with_columns(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[field.name] if field.name in table.column_names else _nothing(field.type, table.num_rows)
        for field in schema
    ]
    return pa.table(columns, schema=schema.remove_metadata())


def _nothing(kind: pa.DataType, rows: int) -> pa.Array:
    return pa.array([[]] * rows, kind) if pa.types.is_list(kind) else pa.nulls(rows, kind)
