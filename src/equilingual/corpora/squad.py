"""QA pairs from SQuAD-format JSON: one per question, the passage being the sentence that holds the answer.

Answers may be lists with several entries (the first counts) and string offsets; contexts come with
``sentence_breaks`` (as LAReQA's do) or are split here. In the translations of a parallel corpus the passage is
found by alignment with the pivot language, because the answer offsets of machine-translated files are not exact.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.corpora.alignment import align_sentences
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.sentences import sentence_spans


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


def read_squad(path: str | PathLike[str], language: str) -> list[Paragraph]:
    """Return the paragraphs of a SQuAD-format file, in order.

    Raises:
        CorpusError: the file is empty, not UTF-8 or not JSON; a key is missing; an answer offset is no number or
            outside its context.

    """
    paragraphs = []
    for number, (place, paragraph) in enumerate(_paragraphs(path)):
        context = paragraph["context"]
        breaks = paragraph.get("sentence_breaks")
        sentences = [(int(a), int(b)) for a, b in breaks] if breaks else sentence_spans(context, language)
        questions = [_read_question(path, place, qa, context, sentences) for qa in paragraph["qas"]]
        paragraphs.append(Paragraph(number, context, sentences, questions))
    return paragraphs


def _paragraphs(path: str | PathLike[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    raw = Path(path).read_bytes()
    if not raw.strip():
        raise CorpusError(path, "", "the file is empty")
    try:
        articles = json.loads(raw.decode("utf-8-sig"))["data"]
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CorpusError(path, f"line {line}", f"not UTF-8 (byte {raw[error.start : error.start + 1]!r})") from error
    except json.JSONDecodeError as error:
        raise CorpusError(path, f"line {error.lineno}", f"not JSON ({error.msg} at column {error.colno})") from error
    except (KeyError, TypeError) as error:
        raise CorpusError(path, "", "no 'data' at the top: not SQuAD format") from error
    for article_number, article in enumerate(articles):
        for paragraph_number, paragraph in enumerate(article.get("paragraphs", ())):
            place = f"article {article_number}, paragraph {paragraph_number}"
            missing = [key for key in ("context", "qas") if key not in paragraph]
            if missing:
                raise CorpusError(path, place, f"no {missing[0]!r}: not SQuAD format")
            yield place, paragraph


def _read_question(
    path: str | PathLike[str],
    place: str,
    qa: Mapping[str, Any],
    context: str,
    sentences: list[tuple[int, int]],
) -> Question:
    question_id, text = str(qa.get("id", "")), str(qa.get("question", "")).strip()
    place = f"{place}, question {question_id!r}"
    if not question_id or not text:
        raise CorpusError(path, place, "a question needs an 'id' and a 'question'")
    answers = qa.get("answers") or []
    answers = [answers] if isinstance(answers, dict) else answers
    if not answers:
        return Question(question_id, text, None, "no answer")
    offset, answer = answers[0].get("answer_start"), answers[0].get("text", "")
    try:
        start = int(offset)
    except (TypeError, ValueError) as error:
        raise CorpusError(path, place, f"the answer offset {offset!r} is no number") from error
    if not 0 <= start < len(context):
        raise CorpusError(path, place, f"the answer offset {start} is outside its context of {len(context)} characters")
    if context[start : start + len(answer)] != answer:
        return Question(question_id, text, None, "answer is not at its offset")
    holds = [position for position, (begin, end) in enumerate(sentences) if begin <= start < end]
    if not holds:  # white space before a sentence belongs to it
        holds = [position for position, (begin, _) in enumerate(sentences) if begin > start]
    return Question(question_id, text, holds[0]) if holds else Question(question_id, text, None, "no sentence")


def align_to_pivot(paragraph: Paragraph, pivot: Paragraph) -> dict[str, tuple[int, int]]:
    """Return, by question id, the sentences of a translation that hold the answer.

    A pair of the pivot whose sentence has no counterpart is missing in the result.
    """
    ranges = align_sentences(
        [end - start for start, end in pivot.sentences], [end - start for start, end in paragraph.sentences]
    )
    held = {q.question_id: ranges[q.sentence] for q in pivot.questions if q.sentence is not None}
    return {question_id: span for question_id, span in held.items() if span[0] < span[1]}
