"""TSV files of bitext: a line has a sentence in each language, between tabs, and perhaps a score; no line of names.

WikiMatrix has ``score, text, text`` (``score_column: 1``), NLLB and CCMatrix ``text, text, score, …``
(``score_column: 3``).
"""

import math
from collections.abc import Iterator

from equilingual.catalogues.corpora import Format
from equilingual.corpora.aligned import BitextSource, Sentence
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.lines import read_lines
from equilingual.corpora.pairs import Place
from equilingual.messages import shown


def read(source: BitextSource, file_format: Format) -> Iterator[Sentence]:
    """Yield the sentences of files with a column for each language, in that order; the score may be at any place.

    Columns behind these are left out, but only where there is a score.

    Raises:
        CorpusError: a line has too few or too many columns, or its score is not a number.

    """
    total = 0
    wanted = len(source.languages) + (source.score_column is not None)
    for path in source.files:
        for number, line in read_lines(path, source.longest):
            place = Place(path, f"line {number}")
            columns = line.split("\t")
            total += 1
            if len(columns) < wanted or (len(columns) > wanted and source.score_column is None):
                raise CorpusError(*place, _wrong_columns(source, len(columns), line))
            if source.score_column is not None:
                score = _score(place, source, columns)
                if source.min_score is not None and score < source.min_score:
                    source.dropped["score below min_score"] += 1
                    continue
            texts = [column.strip() for column in columns[: len(source.languages)]]
            yield Sentence(place, str(total), texts)


def _score(place: Place, source: BitextSource, columns: list[str]) -> float:
    """Take the score out of the columns, and return it."""
    assert source.score_column is not None
    if len(columns) < source.score_column:
        raise CorpusError(*place, f"{len(columns)} columns: there is no column {source.score_column} with a score")
    value = columns.pop(source.score_column - 1)
    try:
        score = float(value)
    except ValueError:
        score = math.nan
    if math.isnan(score):
        problem = f"the score {shown(value)} in column {source.score_column} is not a number: check 'score_column'"
        raise CorpusError(*place, problem)
    return score


def _wrong_columns(source: BitextSource, count: int, line: str) -> str:
    score = "" if source.score_column is None else " and a score"
    hint = ""
    if source.score_column is None and count > len(source.languages):
        hint = "; if one of them is a score, set 'score_column' to its number, counted from 1"
    names = ", ".join(source.languages)
    return f"{count} columns, but a line needs one text for each of {names}{score}: {shown(line)}{hint}"
