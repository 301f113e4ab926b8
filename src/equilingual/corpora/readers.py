"""The one list of formats: what reads each. Their files are declared in ``equilingual.config.corpora``."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from equilingual.corpora.collections import read_beir, read_mmarco, read_tevatron_ids
from equilingual.corpora.columns import COLUMNS, read_records
from equilingual.corpora.pairs import CorpusSource, Pair
from equilingual.corpora.squad import read_squad_pairs

Reader = Callable[[CorpusSource], Iterator[Pair]]


def read_tevatron(source: CorpusSource) -> Iterator[Pair]:
    """Yield the pairs of Tevatron's first format (texts) or, where there is a corpus, of its third (ids)."""
    return read_tevatron_ids(source) if source.files.get("corpus") else read_records(source, "tevatron")


READERS: Mapping[str, Reader] = {
    **{name: partial(read_records, file_format=name) for name in COLUMNS},
    "tevatron": read_tevatron,
    "beir": read_beir,
    "mmarco": read_mmarco,
    "squad": read_squad_pairs,
}
