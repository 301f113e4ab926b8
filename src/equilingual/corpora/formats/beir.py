"""BEIR: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/*.tsv``."""

from collections.abc import Iterator

from equilingual.catalogues.corpora import Format
from equilingual.corpora.collections import Texts, count_repeated, id_of, judge, judged_pairs, value_of
from equilingual.corpora.errors import CorpusError, missing_key
from equilingual.corpora.judgements import Judgements
from equilingual.corpora.pairs import CorpusSource, Pair, check_id, check_text, with_title
from equilingual.corpora.records import read_rows


def read(source: CorpusSource, file_format: Format) -> Iterator[Pair]:
    """Yield the pairs of a BEIR folder, in the order of its qrels: score above 0; the others are hard negatives.

    https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset
    """
    judgements = Judgements(source.negatives)
    names = ("query-id", "corpus-id", "score")
    for place, row in read_rows(source.files["qrels"], required=names, longest=source.longest):
        query_id, passage_id = (id_of(place, name, value_of(place, row, name)) for name in names[:2])
        score = value_of(place, row, names[2])
        judge(judgements, place, query_id, passage_id, score)
    count_repeated(source, judgements)
    return judged_pairs(source, judgements, *(_texts(source, role) for role in ("queries", "corpus")))


def _texts(source: CorpusSource, role: str) -> Texts:
    names = ("_id", "title", "text")
    for place, row in read_rows(source.files[role], columns=names, required=names[::2], longest=source.longest):
        if "text" not in row:
            raise CorpusError(*place, missing_key("text", row))
        title = check_text(place, "title", row.get("title") or "")
        text = "" if row["text"] is None else check_text(place, "text", row["text"])
        yield place, check_id(place, "_id", value_of(place, row, "_id")), with_title(title, text)
