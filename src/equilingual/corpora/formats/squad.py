"""QA pairs from SQuAD-format files: one per question, the passage being the sentence that holds the answer.

Answers may be lists with several entries (the first counts) and string offsets, or lists of texts and offsets, as the
Hugging Face Hub's data sets have them; contexts come with ``sentence_breaks`` (as LAReQA's do) or are split here. What
a file looks like is in ``equilingual.corpora.articles``. In the translations of a parallel corpus the passage is
found by alignment with the pivot language, because the answer offsets of machine-translated files are not exact.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

from equilingual.catalogues.corpora import Format
from equilingual.corpora.alignment import align_sentences
from equilingual.corpora.articles import field_of, read_paragraphs
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.lines import LONGEST
from equilingual.corpora.pairs import CorpusSource, Pair, Place, check_id, check_text
from equilingual.corpora.sentences import sentence_spans
from equilingual.messages import shown

_NOT_FOUND = -1  # the offset of an answer that its author's search did not find, in translated and distant data


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


def read(source: CorpusSource, file_format: Format) -> Iterator[Pair]:
    """Yield the QA pairs of SQuAD-format files, in the order of the pivot's, or their own where there is no pivot.

    Each file is held whole.

    Raises:
        CorpusError: a file is not what it should be, has an id twice or not the pivot's number of paragraphs.

    """
    number = 0
    pivots = source.files.get("pivot") if source.pivot != source.language else None
    if pivots and len(pivots) != len(source.files["file"]):
        problem = (
            f"{len(source.files['file'])} files, but {len(pivots)} for the pivot: give one per file, in the same order"
        )
        raise CorpusError(source.files["file"][0], "", problem)
    for position, path in enumerate(source.files["file"]):
        paragraphs = read_squad(path, source.language, source.longest)
        originals = read_squad(pivots[position], source.pivot or "", source.longest) if pivots else paragraphs
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


def read_squad(path: str | PathLike[str], language: str, longest: int = LONGEST) -> list[Paragraph]:
    """Return the paragraphs of a SQuAD-format file, in order.

    Raises:
        CorpusError: the file is empty, not UTF-8 or not JSON; a key is missing; an answer offset is not a number or
            outside its context.

    """
    paragraphs = []
    for number, (place, paragraph) in enumerate(read_paragraphs(path, longest)):
        context = field_of(path, place, paragraph, "context", str)
        breaks = paragraph.get("sentence_breaks")
        sentences = _read_breaks(path, place, breaks, context) if breaks else sentence_spans(context, language)
        asked = field_of(path, place, paragraph, "qas", list)
        questions = [_read_question(path, place, qa, context, sentences) for qa in asked]
        counts = Counter(question.question_id for question in questions)
        for question_id, times in counts.items():
            if times > 1:
                raise CorpusError(path, place, f"duplicate question id {shown(question_id)}")
        paragraphs.append(Paragraph(number, context, sentences, questions))
    return paragraphs


def _read_breaks(path: str | PathLike[str], place: str, breaks: object, context: str) -> list[tuple[int, int]]:
    sentences = []
    for entry in breaks if isinstance(breaks, list) else [breaks]:
        match entry:
            # A boolean is an int, and no offset.
            case [int(start), int(end)] if bool not in (type(start), type(end)) and 0 <= start < end <= len(context):
                sentences.append((start, end))
            case _:
                problem = f"the sentence break {shown(entry)} is not [start, end) of {len(context)} characters"
                raise CorpusError(path, place, problem)
    return sentences


def _read_question(
    path: str | PathLike[str],
    place: str,
    qa: object,
    context: str,
    sentences: list[tuple[int, int]],
) -> Question:
    question_id, text, answers = _question_fields(path, place, qa)
    place = f"{place}, question {shown(question_id)}"
    if not answers:
        return Question(question_id, text, None, "no answer")
    offset, answer = answers[0]
    answer = "" if answer is None else answer
    if not isinstance(answer, str):
        raise CorpusError(path, place, f"the answer's 'text' is {shown(answer)}, not a string")
    start = _offset(offset)
    if start is None:
        raise CorpusError(path, place, f"the answer offset {shown(offset)} is not a number")
    if start == _NOT_FOUND:
        return Question(question_id, text, None, "answer is not at its offset")
    if not 0 <= start < len(context):
        raise CorpusError(path, place, f"the answer offset {start} is outside its context of {len(context)} characters")
    if context[start : start + len(answer)] != answer:
        return Question(question_id, text, None, "answer is not at its offset")
    holds = [position for position, (begin, end) in enumerate(sentences) if begin <= start < end]
    if not holds:  # white space before a sentence belongs to it
        holds = [position for position, (begin, _) in enumerate(sentences) if begin > start]
    return Question(question_id, text, holds[0]) if holds else Question(question_id, text, None, "no sentence")


def _offset(value: object) -> int | None:
    """Return an answer's offset, ``None`` where it is not a whole number; pandas writes 15.0 in a column with gaps."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value) if not isinstance(value, float) or value.is_integer() else None
    except (ValueError, OverflowError):
        return None


def _question_fields(path: str | PathLike[str], place: str, qa: object) -> tuple[str, str, list[tuple[object, object]]]:
    """Return the id, the text and the answers (offset, text) of a question, checked."""
    if not isinstance(qa, dict):
        raise CorpusError(path, place, f"a question should be an object, found {shown(qa)}")
    question_id = check_id(Place(path, place), "'id'", qa.get("id"))
    place = f"{place}, question {shown(question_id)}"
    text = "" if qa.get("question") is None else check_text(Place(path, place), "'question'", qa["question"])
    if not question_id or not text:
        raise CorpusError(path, place, "a question needs an 'id' and a 'question'")
    return question_id, text, _answers(path, place, qa.get("answers"))


def _answers(path: str | PathLike[str], place: str, answers: object) -> list[tuple[object, object]]:
    """Return (offset, text) of the answers: objects in a list, one object, or one object of two lists (the Hub's)."""
    if answers is None:
        return []
    if isinstance(answers, dict):
        texts, offsets = answers.get("text"), answers.get("answer_start")
        if isinstance(texts, list) and isinstance(offsets, list):
            if len(texts) != len(offsets):
                raise CorpusError(path, place, f"{len(texts)} answers, but {len(offsets)} values of 'answer_start'")
            return list(zip(offsets, texts, strict=True))
        answers = [answers] if answers else []
    if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
        problem = f"'answers' should be a list of objects, found {shown(answers)}: write "
        form = '[{"text": "1811", "answer_start": 15}], or {"text": ["1811"], "answer_start": [15]} as the Hub does'
        raise CorpusError(path, place, problem + form)
    return [(answer.get("answer_start"), answer.get("text")) for answer in answers]


def align_to_pivot(paragraph: Paragraph, pivot: Paragraph) -> dict[str, tuple[int, int]]:
    """Return, by question id, the sentences of a translation that hold the answer.

    A pair of the pivot whose sentence has no counterpart is missing in the result.
    """
    ranges = align_sentences(
        [end - start for start, end in pivot.sentences], [end - start for start, end in paragraph.sentences]
    )
    held = {q.question_id: ranges[q.sentence] for q in pivot.questions if q.sentence is not None}
    return {question_id: span for question_id, span in held.items() if span[0] < span[1]}
