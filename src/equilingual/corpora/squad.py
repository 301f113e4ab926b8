"""QA pairs from SQuAD-format JSON: one per question, the passage being the sentence that holds the answer.

Answers may be lists with several entries (the first counts) and string offsets; contexts come with
``sentence_breaks`` (as LAReQA's do) or are split here. In the translations of a parallel corpus the passage is
found by alignment with the pivot language, because the answer offsets of machine-translated files are not exact.
"""

import json
import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

from equilingual.corpora.alignment import align_sentences
from equilingual.corpora.errors import CorpusError, json_problem
from equilingual.corpora.pairs import CorpusSource, Pair, Place
from equilingual.corpora.records import read_bytes
from equilingual.corpora.sentences import sentence_spans
from equilingual.texts import broken_character


@dataclass(frozen=True)
class Question:
    """One question of a paragraph and the position of its answer's sentence, or why it has none."""

    question_id: str
    text: str
    sentence: int | None
    dropped: str = ""


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: its number in the file, its text, its sentences, its questions."""

    number: int
    context: str
    sentences: list[tuple[int, int]]
    questions: list[Question]

    def sentence_text(self, start: int, end: int) -> str:
        """Return the text from sentence ``start`` up to, not including, sentence ``end``."""
        return self.context[self.sentences[start][0] : self.sentences[end - 1][1]].strip()


def read_squad_pairs(source: CorpusSource) -> Iterator[Pair]:
    """Yield the QA pairs of SQuAD-format files, in the order of the pivot's, or their own where there is no pivot.

    Each file is held whole.

    Raises:
        CorpusError: a file is not what it should be, has an id twice or not the pivot's number of paragraphs.

    """
    number = 0
    pivots = source.files.get("pivot") if source.pivot != source.language else None
    if pivots and len(pivots) != len(source.files["file"]):
        problem = f"{len(source.files['file'])} files, but {len(pivots)} of the pivot: give each its own, in order"
        raise CorpusError(source.files["file"][0], "", problem)
    for position, path in enumerate(source.files["file"]):
        paragraphs = read_squad(path, source.language)
        originals = read_squad(pivots[position], source.pivot or "") if pivots else paragraphs
        if len(originals) != len(paragraphs):
            problem = f"{len(paragraphs)} paragraphs, but {len(originals)} in the pivot {pivots and pivots[position]}"
            raise CorpusError(path, "", problem)
        for paragraph, original in zip(paragraphs, originals, strict=True):
            yield from _paragraph_pairs(path, paragraph, original, number, source.dropped)
        number += len(paragraphs)


def _paragraph_pairs(
    path: str | PathLike[str], paragraph: Paragraph, original: Paragraph, offset: int, dropped: Counter[str]
) -> Iterator[Pair]:
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
            passage_id = f"{offset + original.number}-{question.sentence}"
            place = Place(path, f"paragraph {paragraph.number}")
            text = paragraph.sentence_text(first, last)
            yield Pair(place, question.question_id, passage_id, questions[question.question_id], text)


def read_squad(path: str | PathLike[str], language: str) -> list[Paragraph]:
    """Return the paragraphs of a SQuAD-format file, in order.

    Raises:
        CorpusError: the file is empty, not UTF-8 or not JSON; a key is missing; an answer offset is no number or
            outside its context.

    """
    paragraphs = []
    for number, (place, paragraph) in enumerate(read_paragraphs(path)):
        context = _field(path, place, paragraph, "context", str)
        breaks = paragraph.get("sentence_breaks")
        sentences = _read_breaks(path, place, breaks, context) if breaks else sentence_spans(context, language)
        asked = _field(path, place, paragraph, "qas", list)
        questions = [_read_question(path, place, qa, context, sentences) for qa in asked]
        ids = [question.question_id for question in questions]
        for question_id in ids:
            if ids.count(question_id) > 1:
                raise CorpusError(path, place, f"question id {question_id!r} stands twice")
        paragraphs.append(Paragraph(number, context, sentences, questions))
    return paragraphs


def read_paragraphs(path: str | PathLike[str], layout: str = "SQuAD format") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (place, paragraph) of a file in SQuAD's layout, plain or gzipped, in order; ``layout`` names it in errors.

    Raises:
        CorpusError: the file is missing, a folder, empty, not UTF-8 or not JSON, or ``data`` and ``paragraphs`` are
            not lists of objects.

    """
    raw = read_bytes(path)
    if not raw.strip():
        raise CorpusError(path, "", "the file is empty")
    try:
        articles = json.loads(raw.decode("utf-8-sig"))["data"]
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CorpusError(path, f"line {line}", f"not UTF-8 (byte {raw[error.start : error.start + 1]!r})") from error
    except json.JSONDecodeError as error:
        raise CorpusError(path, f"line {error.lineno}", json_problem(error)) from error
    except (ValueError, RecursionError) as error:
        raise CorpusError(path, "", json_problem(error)) from error
    except (KeyError, TypeError) as error:
        raise CorpusError(path, "", f"no 'data' at the top: not {layout}") from error
    if not isinstance(articles, list):
        raise CorpusError(path, "", f"'data' should be a list, found {reprlib.repr(articles)}: not {layout}")
    for article_number, article in enumerate(articles):
        paragraphs = _field(path, f"article {article_number}", article, "paragraphs", list)
        for paragraph_number, paragraph in enumerate(paragraphs):
            yield f"article {article_number}, paragraph {paragraph_number}", paragraph


def _field(path: str | PathLike[str], place: str, row: object, key: str, kind: type) -> Any:  # noqa: ANN401
    """Return ``row[key]``, checked to be a ``kind`` and, if a text, to be one that UTF-8 can hold."""
    if not isinstance(row, dict) or key not in row:
        raise CorpusError(path, place, f"no {key!r}: not SQuAD format")
    value = row[key]
    if not isinstance(value, kind):
        raise CorpusError(path, place, f"{key!r} should be of type {kind.__name__}, found {reprlib.repr(value)}")
    if kind is str and (broken := broken_character(value)):
        raise CorpusError(path, place, f"{key!r}: {broken}")
    return value


def _read_breaks(path: str | PathLike[str], place: str, breaks: object, context: str) -> list[tuple[int, int]]:
    sentences = []
    for entry in breaks if isinstance(breaks, list) else [breaks]:
        whole = isinstance(entry, list) and [type(offset) for offset in entry] == [int, int]
        if not whole or not 0 <= entry[0] < entry[1] <= len(context):
            problem = f"the sentence break {reprlib.repr(entry)} is not [start, end) of {len(context)} characters"
            raise CorpusError(path, place, problem)
        sentences.append((entry[0], entry[1]))
    return sentences


def _read_question(
    path: str | PathLike[str],
    place: str,
    qa: object,
    context: str,
    sentences: list[tuple[int, int]],
) -> Question:
    if not isinstance(qa, dict):
        raise CorpusError(path, place, f"a question should be an object, found {reprlib.repr(qa)}")
    question_id, text, answers = _question_fields(path, place, qa)
    place = f"{place}, question {question_id!r}"
    if not answers:
        return Question(question_id, text, None, "no answer")
    offset, answer = answers[0].get("answer_start"), answers[0].get("text") or ""
    if not isinstance(answer, str):
        raise CorpusError(path, place, f"the answer's 'text' is {answer!r}, not a text")
    try:
        start = int(offset)
    except (TypeError, ValueError, OverflowError) as error:
        raise CorpusError(path, place, f"the answer offset {offset!r} is no number") from error
    if not 0 <= start < len(context):
        raise CorpusError(path, place, f"the answer offset {start} is outside its context of {len(context)} characters")
    if context[start : start + len(answer)] != answer:
        return Question(question_id, text, None, "answer is not at its offset")
    holds = [position for position, (begin, end) in enumerate(sentences) if begin <= start < end]
    if not holds:  # white space before a sentence belongs to it
        holds = [position for position, (begin, _) in enumerate(sentences) if begin > start]
    return Question(question_id, text, holds[0]) if holds else Question(question_id, text, None, "no sentence")


def _question_fields(path: str | PathLike[str], place: str, qa: object) -> tuple[str, str, list[Any]]:
    """Return the id, the text and the answers of a question, checked."""
    if not isinstance(qa, dict):
        raise CorpusError(path, place, f"a question should be an object, found {reprlib.repr(qa)}")
    question_id, text = "" if qa.get("id") is None else str(qa["id"]).strip(), str(qa.get("question") or "").strip()
    place = f"{place}, question {question_id!r}"
    if not question_id or not text:
        raise CorpusError(path, place, "a question needs an 'id' and a 'question'")
    if broken := broken_character(question_id + text):
        raise CorpusError(path, place, broken)
    answers = qa.get("answers") or []
    answers = [answers] if isinstance(answers, dict) else answers
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        raise CorpusError(path, place, f"'answers' should be a list of objects, found {reprlib.repr(answers)}")
    return question_id, text, answers


def align_to_pivot(paragraph: Paragraph, pivot: Paragraph) -> dict[str, tuple[int, int]]:
    """Return, by question id, the sentences of a translation that hold the answer.

    A pair of the pivot whose sentence has no counterpart is missing in the result.
    """
    ranges = align_sentences(
        [end - start for start, end in pivot.sentences], [end - start for start, end in paragraph.sentences]
    )
    held = {q.question_id: ranges[q.sentence] for q in pivot.questions if q.sentence is not None}
    return {question_id: span for question_id, span in held.items() if span[0] < span[1]}
