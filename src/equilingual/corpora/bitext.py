"""The stage ``read_bitext``: a corpus of parallel sentences into one table.

in:  the corpus's files, in any format of bitext
out: ``results/bitext/{corpus}/sentences.parquet``, the table of :mod:`equilingual.bitext_files`; ``dropped.parquet``,
     the texts that failed a quality filter (:data:`DROPPED_SCHEMA`); ``counts.json`` with what was read, kept and
     dropped, by language and reason, and what was downloaded
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from equilingual.bitext_files import ID, sentence_schema
from equilingual.config.filters import BitextFilters
from equilingual.corpora.aligned import ALONE, BitextSource, read_sentences
from equilingual.corpora.bitext_quality import BitextJudge, median_lengths
from equilingual.corpora.canonical import downloaded
from equilingual.corpora.errors import CorpusError, FilePath
from equilingual.corpora.lines import MEGABYTE
from equilingual.files import replacing, write_json
from equilingual.parquet import ParquetWriter

DROPPED_SCHEMA = pa.schema(
    [(name, pa.string()) for name in (ID, "language", "text")] + [("filters", pa.list_(pa.string()))]
)
_ROWS = 4096  # a row group
_CHARACTERS = 1 << 24  # … or fewer rows of so much text


def read_bitext(
    *,
    corpus: str,
    file_format: str,
    groups: Sequence[tuple[str, Sequence[str], Sequence[FilePath]]],
    languages: Sequence[str],
    licence: str,
    filters: BitextFilters,
    score_column: int | None = None,
    min_score: float | None = None,
    max_entry_mb: int = 64,
    fetched: Mapping[str, Mapping[str, str | None]] | None = None,
    sentences_out: FilePath,
    dropped_out: FilePath,
    counts_out: FilePath,
) -> None:
    """Write the sentences of a corpus that are left in two languages or more by the quality filters.

    Args:
        corpus: its name.
        file_format: ``moses``, ``tmx`` or ``bitext-tsv``.
        groups: (name, languages, files) of what is aligned with each other; the name is empty where each language has
            a file of its own.
        languages: all of the corpus, in the order of the columns.
        licence: of the texts.
        filters: thresholds of the quality filters.
        score_column: of a TSV file, from 1.
        min_score: sentences with a lower score are dropped.
        max_entry_mb: the most MB of a line or a unit.
        fetched: for files from a URL, by path, ``source`` and the configured ``sha256``.
        sentences_out: a Parquet file.
        dropped_out: a Parquet file.
        counts_out: a JSON file.

    The files are read twice, the first time for the median length of each language pair. Memory does not grow with
    them.

    Raises:
        CorpusError: a file is malformed, or no sentence is left.

    """
    total: Counter[str] = Counter()
    texts = {tag: Counter[str]() for tag in languages}
    schema = sentence_schema(languages).with_metadata({"corpus": corpus, "licence": licence})
    with _writing(sentences_out, schema) as kept, _writing(dropped_out, DROPPED_SCHEMA) as dropped:
        for name, tags, files in groups:
            longest = max_entry_mb * MEGABYTE
            source = BitextSource(name, tuple(tags), tuple(files), score_column, min_score, longest)
            _copy(source, file_format, filters, kept, dropped, total, texts)
    if not total["kept"]:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in total.items() if count and reason != "kept")
        raise CorpusError(groups[0][2][0], "", f"no sentence in two languages ({reasons or 'the file has none'})")
    counts: dict[str, Any] = {"corpus": corpus, "licence": licence, "kept": total.pop("kept")}
    counts |= {"dropped": {reason: count for reason, count in sorted(total.items()) if count}}
    counts |= {"languages": {tag: _by_reason(own) for tag, own in texts.items()}}
    counts |= {"filters": filters.model_dump()}
    if fetched:
        counts["fetched"] = downloaded(fetched)
    write_json(counts, counts_out)


def _by_reason(own: Counter[str]) -> dict[str, object]:
    reasons = {name: count for name, count in sorted(own.items()) if name != "kept" and count}
    return {"kept": own["kept"], "dropped": reasons}


def _copy(
    source: BitextSource,
    file_format: str,
    filters: BitextFilters,
    kept: "_Rows",
    dropped: "_Rows",
    total: Counter[str],
    texts: Mapping[str, Counter[str]],
) -> None:
    """Write what the filters leave of some files, and count it."""
    first = replace(source, dropped=Counter())  # what is dropped is counted once
    medians = median_lengths((sentence.texts for sentence in read_sentences(first, file_format)), source.languages)
    judge = BitextJudge(source.languages, medians, filters)
    prefix = f"{source.name}-" if source.name else ""
    for sentence in read_sentences(source, file_format):
        failed = judge.failures(sentence.texts)
        identifier = prefix + sentence.name
        for number, reasons in failed.items():
            text = sentence.texts[number]
            dropped.add({ID: identifier, "language": source.languages[number], "text": text, "filters": reasons})
        left = {
            tag: text
            for number, (tag, text) in enumerate(zip(source.languages, sentence.texts, strict=True))
            if text and number not in failed
        }
        if len(left) < 2:
            total[f"{ALONE}, after the quality filters"] += 1
            continue
        for tag in left:
            texts[tag]["kept"] += 1
        kept.add({ID: identifier, **left})
        total["kept"] += 1
    total.update(source.dropped)
    for tag, counts in judge.failed.items():
        texts[tag].update(counts)


class _Rows:
    """Writes rows, a row group at a time; a missing value is null."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._file, self._schema = ParquetWriter(path, schema), schema
        self._pending: list[Mapping[str, object]] = []
        self._characters = 0

    def add(self, row: Mapping[str, object]) -> None:
        """Add a row."""
        self._pending.append(row)
        self._characters += sum(len(value) for value in row.values() if isinstance(value, str))
        if len(self._pending) == _ROWS or self._characters >= _CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Write the rows that are held."""
        if self._pending:
            self._file.write_table(pa.Table.from_pylist(self._pending, schema=self._schema), row_group_size=_ROWS)
            self._pending, self._characters = [], 0

    def close(self) -> None:
        """Close the file; rows that are held are lost."""
        self._file.close()


@contextmanager
def _writing(path: FilePath, schema: pa.Schema) -> Iterator[_Rows]:
    """Yield a writer; the file exists only if the block ends without an error."""
    with replacing(path) as temporary:
        writer = _Rows(temporary, schema)
        try:
            yield writer
            writer.flush()
        finally:
            writer.close()
