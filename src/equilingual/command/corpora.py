"""Read the first QA pair or sentence of a configuration's own files: a wrong column shows before any job starts."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from equilingual.catalogues.corpora import FORMATS
from equilingual.config import Config
from equilingual.config.corpora import Corpus
from equilingual.corpora.aligned import BitextSource, read_sentences
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.formats import read_pairs
from equilingual.corpora.lines import MEGABYTE
from equilingual.corpora.pairs import CorpusSource


def corpus_problems(config: Config, root: Path) -> list[str]:
    """Return a line for each corpus file whose first row cannot be read: the key, the file, what is wrong.

    Missing files, downloads, formats of several files, and corpora that only use some of a file's rows are left to
    the stage ``read_corpus``: the first pair may be far down the file.
    """
    problems = []
    with tempfile.TemporaryDirectory() as scratch, _without_warnings():
        for name, language in config.read_languages():
            corpus = config.corpora[name]
            for file in _readable(corpus, language, root):
                try:
                    next(read_pairs(_source(corpus, language, file, Path(scratch)), corpus.format), None)
                except (CorpusError, OSError) as error:
                    problems.append(f"corpora.{name}.files.{language}: {error}")
    return problems + [line for name in config.bitext_corpora for line in _bitext_problems(name, config, root)]


def _bitext_problems(name: str, config: Config, root: Path) -> Iterator[str]:
    """Yield what is wrong with the first sentence of each group of a corpus's own files."""
    corpus = config.corpora[name]
    for group, languages, places in corpus.groups():
        files = tuple(root / place.file for place in places if place.file is not None)
        if len(files) < len(places) or not all(path.is_file() for path in files):
            continue
        source = BitextSource(
            group, languages, files, corpus.score_column, corpus.min_score, corpus.max_entry_mb * MEGABYTE
        )
        try:
            next(read_sentences(source, corpus.format), None)
        except (CorpusError, OSError) as error:
            yield f"corpora.{name}: {error}"


def _readable(corpus: Corpus, language: str, root: Path) -> Iterator[Path]:
    """Yield the files that begin with a QA pair, if the corpus is in a format with one row for a question."""
    columns = FORMATS[corpus.format].columns
    if (
        FORMATS[corpus.format].module != "columns"
        or columns is None
        or corpus.where_of(language)
        or columns.get("language")
    ):
        return
    for place in corpus.files[language].by_role().get("file", ()):
        if place.file is not None and (root / place.file).is_file():
            yield root / place.file


def _source(corpus: Corpus, language: str, file: Path, scratch: Path) -> CorpusSource:
    return CorpusSource(
        files={"file": [file]},
        language=language,
        scratch=scratch,
        needs_ids=corpus.parallel and len(corpus.files) > 1,
        columns=corpus.columns_of(language),
        negatives=corpus.negatives,
        drop_empty=corpus.empty == "drop",
        longest=corpus.max_entry_mb * MEGABYTE,
    )


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep readers' warnings of a whole file away: only its beginning is read."""
    log = logging.getLogger("equilingual.corpora")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
