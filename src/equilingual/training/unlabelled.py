"""Texts without questions, in more languages than are trained: what the centring term sees besides the batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.parquet import column_names, read_table
from equilingual.seeding import generator

Place = str | PathLike[str]
# Texts of one language at a step, on each side: the mean of fewer says more of these texts than of the language.
PER_SIDE = 4


@dataclass(frozen=True)
class Drawn:
    """The texts of one step: some are encoded as queries, others as passages.

    Attributes:
        queries: texts; ``passages`` are as many.
        languages: BCP-47 tags, of the queries and of the passages alike.

    """

    queries: list[str]
    passages: list[str]
    languages: list[str]


class Unlabelled:
    """Draws the texts of every step.

    Args:
        sentences: Parquet tables with a column per language behind the first, as ``read_bitext`` writes them.
        overlaps: for each table, the list of rows that are left out (``row``), as ``check_bitext`` writes it.
        texts: how many are drawn at a step, about; of each language :data:`PER_SIDE` for each side.
        seed: the root seed. What is drawn depends on it and on the step alone.

    The texts are held in memory.

    Raises:
        ValueError: no language has enough texts.

    """

    def __init__(self, sentences: Sequence[Place], overlaps: Sequence[Place], *, texts: int, seed: int) -> None:
        self._seed = seed
        found: dict[str, list[pa.Array]] = {}
        for table, overlap in zip(sentences, overlaps, strict=True):
            left_out = read_table(overlap, ["row"])["row"].to_numpy()
            for language in column_names(table)[1:]:
                column = read_table(table, [language])[language].cast(pa.large_string()).combine_chunks()
                kept = np.ones(len(column), dtype=bool)
                kept[left_out] = False
                found.setdefault(language, []).append(column.filter(pc.and_(pa.array(kept), column.is_valid())))
        joined = {language: pa.chunked_array(parts).combine_chunks() for language, parts in sorted(found.items())}
        self._texts = {language: own for language, own in joined.items() if len(own) >= 2 * PER_SIDE}
        if not self._texts:
            raise ValueError(f"training.regularizers.centring: no language of its corpora has {2 * PER_SIDE} texts")
        self._at_once = min(len(self._texts), max(1, texts // (2 * PER_SIDE)))

    @property
    def languages(self) -> list[str]:
        """The languages that have texts, as BCP-47 tags."""
        return list(self._texts)

    def draw(self, step: int) -> Drawn:
        """Return the texts of a step, of languages that are as likely as each other."""
        rng = generator(self._seed, "unlabelled texts", str(step))
        queries: list[str] = []
        passages: list[str] = []
        languages: list[str] = []
        for number in rng.choice(len(self._texts), self._at_once, replace=False):
            language = self.languages[number]
            rows = rng.choice(len(self._texts[language]), 2 * PER_SIDE, replace=False)
            chosen = self._texts[language].take(pa.array(rows)).to_pylist()
            queries += chosen[:PER_SIDE]
            passages += chosen[PER_SIDE:]
            languages += [language] * PER_SIDE
        return Drawn(queries, passages, languages)
