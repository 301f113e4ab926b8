"""The stage ``read_corpus``: one language's file of a corpus into the canonical table.

in:  a JSONL, CSV, Parquet or SQuAD file (and the pivot language's, for a parallel SQuAD corpus)
out: ``results/corpora/{corpus}/{language}.parquet`` with the columns of :data:`PAIR_SCHEMA`, and beside it
     ``{language}.counts.json`` with what was read, kept and dropped, by reason
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from os import PathLike

import pyarrow as pa

from equilingual.corpora.errors import CorpusError
from equilingual.corpora.records import read_pairs
from equilingual.corpora.squad import Paragraph, align_to_pivot, read_squad
from equilingual.files import write_json, write_parquet

# pair_id is the same in every language. passage_id is shared by the pairs that one passage answers; it is the same in
# every language where the source gives it or is SQuAD-format, else made from the text of each.
PAIR_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("pair_id", "passage_id", "language", "question", "passage", "origin")]
)
# Optional: hard negatives, texts that do not answer the question; number n is the same passage in every language, null
# where a language lacks it.
NEGATIVES_FIELD = pa.field("negatives", pa.list_(pa.string()))

Path = str | PathLike[str]
Pair = tuple[str, str, str, str]  # pair_id, passage_id, question, passage


def read_corpus(
    *,
    corpus: str,
    file_format: str,
    file: Path,
    language: str,
    origin: str,
    licence: str,
    languages: Sequence[str],
    pivot: str | None,
    pivot_file: Path | None,
    pairs_out: Path,
    counts_out: Path,
) -> None:
    """Write one language of a corpus as canonical QA pairs, in the order of the file.

    ``languages`` are all that the corpus has a file for. ``pivot_file`` is given for a SQuAD corpus with a
    pivot language; its questions decide which pairs there are.

    Raises:
        CorpusError: the file is malformed, has a pair twice, or yields no pair at all.

    """
    dropped: Counter[str] = Counter()
    if file_format == "squad":
        pairs = list(_squad_pairs(file, language, pivot, pivot_file, dropped))
    else:
        pairs = _record_pairs(file, file_format, needs_ids=len(languages) > 1)
    _check_ids(file, pairs)  # SQuAD's; those of records are checked with their places
    if not pairs:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in dropped.items()) or "the file has none"
        raise CorpusError(file, "", f"no QA pair ({reasons})")
    columns = list(zip(*pairs, strict=True))
    table = pa.table([*columns[:2], [language] * len(pairs), *columns[2:], [origin] * len(pairs)], schema=PAIR_SCHEMA)
    write_parquet(table, pairs_out, metadata={"corpus": corpus, "licence": licence})
    reasons = {reason: count for reason, count in sorted(dropped.items()) if count}
    counts = {"questions": len(pairs) + dropped.total(), "kept": len(pairs), "dropped": reasons}
    counts["origin"] = origin
    write_json({"corpus": corpus, "licence": licence, "languages": {language: counts}}, counts_out)


def _record_pairs(file: Path, file_format: str, *, needs_ids: bool) -> list[Pair]:
    places: dict[str, str] = {}
    pairs = []
    for place, pair_id, *fields in read_pairs(file, file_format, needs_ids=needs_ids):
        if pair_id in places:
            problem = f"pair_id {pair_id!r} stands in {places[pair_id]} already: give every QA pair an id of its own"
            raise CorpusError(file, place, problem)
        places[pair_id] = place
        pairs.append((pair_id, *fields))
    return pairs


def _check_ids(file: Path, pairs: Sequence[Pair]) -> None:
    repeated = next((pair_id for pair_id, n in Counter(pair[0] for pair in pairs).items() if n > 1), None)
    if repeated is not None:
        raise CorpusError(file, f"pair_id {repeated!r}", "stands twice: give every QA pair an id of its own")


def _squad_pairs(
    file: Path, language: str, pivot: str | None, pivot_file: Path | None, dropped: Counter[str]
) -> Iterator[Pair]:
    paragraphs = read_squad(file, language)
    pivots = read_squad(pivot_file, pivot) if pivot and pivot_file and pivot != language else paragraphs
    if len(pivots) != len(paragraphs):
        raise CorpusError(file, "", f"{len(paragraphs)} paragraphs, but {len(pivots)} in the pivot {pivot_file}")
    for paragraph, original in zip(paragraphs, pivots, strict=True):
        yield from _paragraph_pairs(paragraph, original, dropped)


def _paragraph_pairs(paragraph: Paragraph, original: Paragraph, dropped: Counter[str]) -> Iterator[Pair]:
    """Yield the pairs of a paragraph; ``original`` is the pivot's, or the paragraph itself."""
    spans = None if paragraph is original else align_to_pivot(paragraph, original)
    questions = {question.question_id: question.text for question in paragraph.questions}
    dropped["question missing in the pivot"] += len(questions.keys() - {q.question_id for q in original.questions})
    for question in original.questions:
        if question.question_id not in questions:
            dropped["question missing in this language"] += 1
        elif question.sentence is None:
            dropped[question.dropped] += 1
        elif spans is not None and question.question_id not in spans:
            dropped["no aligned sentence"] += 1
        else:
            first, last = spans[question.question_id] if spans else (question.sentence, question.sentence + 1)
            passage_id = f"{original.number}-{question.sentence}"
            text = questions[question.question_id]
            yield question.question_id, passage_id, text, paragraph.sentence_text(first, last)
