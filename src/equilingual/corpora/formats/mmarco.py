"""MS MARCO and mMARCO: ``collection.tsv``, ``queries.tsv``, and qrels or triples of ids."""

import re
from collections.abc import Iterator

from equilingual.catalogues.corpora import Format
from equilingual.corpora.collections import Texts, count_repeated, judge, judged_pairs
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.ids import normalize_id
from equilingual.corpora.judgements import Judgements
from equilingual.corpora.lines import read_lines
from equilingual.corpora.pairs import CorpusSource, Pair, Place
from equilingual.messages import shown

_GLUED = re.compile(r"\ufeff[^\s]+\t")


def read(source: CorpusSource, file_format: Format) -> Iterator[Pair]:
    """Yield the pairs of MS MARCO's files, in the order of the qrels, or of the triples where there are none.

    Triples (``qid pos neg``, ids) give negatives, and pairs where there are no qrels.
    https://microsoft.github.io/msmarco/ and https://github.com/unicamp-dl/mMARCO
    """
    judgements = Judgements(source.negatives)
    for place, (query_id, _, passage_id, score) in _fields(source, "qrels", "qid 0 pid score"):
        judge(judgements, place, query_id, passage_id, score)
    count_repeated(source, judgements)
    for _, (query_id, positive, negative) in _fields(source, "triples", "qid pos neg"):
        if not source.files.get("qrels"):
            judgements.add(query_id, positive)
        judgements.add_negative(query_id, negative)
    return judged_pairs(source, judgements, *(_texts(source, role) for role in ("queries", "collection")))


def _texts(source: CorpusSource, role: str) -> Texts:
    """Yield the lines ``id<tab>text``: no first line of names, no quotes; what follows the first tab is the text."""
    for path in source.files[role]:
        for number, line in read_lines(path, source.longest):
            place = Place(path, f"line {number}")
            identifier, tab, text = line.partition("\t")
            if not tab:
                raise CorpusError(*place, f"not an id, a tab and a text: {shown(line)}")
            if "\ufeff" in text and _GLUED.search(text):
                problem = "it contains a byte order mark and another line: files were joined without a line break"
                raise CorpusError(*place, f"{problem} between them")
            yield place, normalize_id(identifier), text


def _fields(source: CorpusSource, role: str, layout: str) -> Iterator[tuple[Place, list[str]]]:
    """Yield the columns between white space that ``layout`` names; whole numbers are written as ids are."""
    count = len(layout.split())
    for path in source.files.get(role, ()):
        for number, line in read_lines(path, source.longest):
            fields = line.split()
            if len(fields) != count:
                problem = f"{count} columns expected ({layout}), found {shown(line)}"
                raise CorpusError(path, f"line {number}", problem)
            yield Place(path, f"line {number}"), list(map(normalize_id, fields))
