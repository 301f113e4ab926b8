"""The canonical table, written as the pairs come: no more than one row group of texts is held."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from equilingual.corpora.errors import FilePath
from equilingual.files import replacing
from equilingual.parquet import ParquetFile, ParquetWriter

# pair_id is the same in every language. passage_id is shared by the pairs that one passage answers; it is the same in
# every language where the source gives it or is SQuAD-format, else made from the text of each.
PAIR_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("pair_id", "passage_id", "language", "question", "passage", "origin")]
)
# The last column, only where the source gives hard negatives. A list is never null; an element is null where its text
# is missing in this language. Position j is the same passage in every language.
NEGATIVES_FIELD = pa.field("negatives", pa.list_(pa.string()))

_ROWS = 4096  # a row group, as equilingual.parquet.write_parquet has it …
_CHARACTERS = 1 << 24  # … or fewer rows of so much text: about five copies are held while it is written


class PairWriter:
    """Writes rows of :data:`PAIR_SCHEMA`, and of :data:`NEGATIVES_FIELD` from the first row that has negatives on."""

    def __init__(self, path: Path, metadata: Mapping[str, str]) -> None:
        self.rows = 0
        self.negatives = 0
        self._path, self._metadata = path, metadata
        self._pending: list[Sequence[object]] = []
        self._characters = 0
        self._file = self._open(PAIR_SCHEMA)

    def add(self, values: Sequence[str], negatives: Sequence[str | None]) -> None:
        """Add one row: the values of :data:`PAIR_SCHEMA`, in its order."""
        if negatives and not self.negatives:
            self._widen()
        self.negatives += sum(text is not None for text in negatives)
        self._pending.append((*values, list(negatives)))
        self.rows += 1
        self._characters += sum(map(len, values)) + sum(len(text or "") for text in negatives)
        if len(self._pending) == _ROWS or self._characters >= _CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are held, as a row group."""
        if self._pending:
            columns = list(zip(*self._pending, strict=True))[: len(self._file.schema)]
            self._file.write_table(pa.table(list(map(list, columns)), schema=self._file.schema), row_group_size=_ROWS)
            self._pending, self._characters = [], 0

    def close(self) -> None:
        """Close the file; rows that are held are lost."""
        self._file.close()

    def _open(self, schema: pa.Schema) -> ParquetWriter:
        schema = schema.with_metadata(dict(self._metadata))
        return ParquetWriter(self._path, schema)

    def _widen(self) -> None:
        """Give the rows that are written already empty lists of negatives."""
        if len(self._file.schema) > len(PAIR_SCHEMA):
            return
        self.flush()
        self._file.close()
        narrow = self._path.replace(self._path.with_name(f"{self._path.name}.narrow"))
        try:
            self._file = self._open(PAIR_SCHEMA.append(NEGATIVES_FIELD))
            with ParquetFile(narrow) as file:
                for batch in file.iter_batches(_ROWS):
                    empty = pa.array([[]] * len(batch), NEGATIVES_FIELD.type)
                    table = pa.table([*batch.columns, empty], schema=self._file.schema)
                    self._file.write_table(table, row_group_size=_ROWS)
        finally:
            narrow.unlink()


@contextmanager
def write_pairs(path: FilePath, metadata: Mapping[str, str]) -> Iterator[PairWriter]:
    """Yield a writer of a canonical table; the file exists only if the block ends without an error.

    The same rows and version of pyarrow give the same bytes.
    """
    with replacing(path) as temporary:
        writer = PairWriter(temporary, metadata)
        try:
            yield writer
            writer.flush()
        finally:
            writer.close()


def write_no_pairs(out: FilePath) -> None:
    """Write a canonical table without a row: of a language that a corpus lacks."""
    with write_pairs(Path(out), {}):
        pass
