"""MKQA: 10,000 questions in 26 languages, searched in an English Wikipedia that the configuration gives.

``mkqa.jsonl``: ``example_id``, ``queries`` {language: text} and ``answers`` {language: [{``type``, ``text``,
``aliases``}]}.
https://github.com/apple/ml-mkqa (arXiv:2007.15207). The corpus has BEIR's format.

MKQA names no passages. A passage is relevant if it holds one of the English answers or its aliases, as words in a row:
what stands for relevance in the figures of dense retrievers (DPR's ``has_answer``, arXiv:2004.04906).
"""

import reprlib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from equilingual.catalogues.benchmarks import ALL
from equilingual.evaluation.benchmarks.rows import Distinct, id_of, json_rows, text_of, titled_text
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables
from equilingual.languages import get_language

_ENGLISH = "en"
_KEYS = ("example_id", "queries", "answers")
# No passage holds the answer of the others (unanswerable, long_answer), or every second one does (binary: yes and no).
_TYPES = {"entity", "date", "number", "number_with_unit", "short_phrase"}


def read(source: Source, tables: Tables) -> None:
    """Read the questions in the requested languages; candidates are English.

    Questions without an answer of a usable type are left out, and those that no passage of the corpus answers; both are
    counted. A cluster is the question.
    """
    column = {tag: get_language(tag).mkqa or tag for tag in source.languages}
    answers = _Answers()
    questions = Distinct[tuple[dict[str, str], list[str]]]("question")
    for place, row in json_rows(source.all(ALL, "questions"), _KEYS, "a row of MKQA"):
        example = id_of(place, row, "example_id")
        given = list(_english_answers(place, row))
        asked = row["queries"] if isinstance(row["queries"], dict) else {}
        # A question that is left out may lack texts.
        texts = {tag: text_of(f"{place}, queries", asked, code) for tag, code in column.items()} if given else {}
        if not questions.add(place, example, (texts, given)):
            continue
        if not given:
            tables.dropped["questions without an answer that can occur in a passage"] += 1
        for answer in given:
            answers.add(example, answer)
    tables.dropped["repeated questions"] += questions.repeated
    answered = _read_corpus(source, answers, tables)
    for example, (texts, _) in questions.values.items():
        if texts and example not in answered:
            tables.dropped["questions without an answer in the corpus"] += 1
            continue
        for tag, text in texts.items():
            tables.add_query(example, tag, text, cluster=example, place=questions.places[example])


def _english_answers(place: str, row: Mapping[str, Any]) -> Iterator[str]:
    given = row["answers"].get(_ENGLISH) if isinstance(row["answers"], dict) else None
    if not isinstance(given, list) or not all(isinstance(answer, dict) for answer in given):
        raise BenchmarkError(f"{place}: 'answers' has no list of objects for {_ENGLISH!r}")
    for answer in given:
        if isinstance(answer.get("type"), str) and answer["type"] in _TYPES:
            aliases = answer.get("aliases") or []
            if not isinstance(aliases, list):
                raise BenchmarkError(f"{place}: 'aliases' should be a list, found {reprlib.repr(aliases)}")
            texts = (answer.get("text"), *aliases)
            yield from (text for text in texts if isinstance(text, str) and words_of(text))


def _read_corpus(source: Source, answers: "_Answers", tables: Tables) -> set[str]:
    """Add the passages and what they answer; return the questions that are answered."""
    answered: set[str] = set()
    for place, row in json_rows(source.all(ALL, "corpus"), ("_id", "text"), "a BEIR row"):
        candidate, text = f"{_ENGLISH}_{id_of(place, row, '_id')}", titled_text(place, row)
        if not text:
            tables.leave_out("candidates", _ENGLISH, "empty passages")
            continue
        tables.add_candidate(candidate, _ENGLISH, text, place=place)
        for example in answers.held_by(str(row["text"] or "")):  # the title answers nothing, as in DPR
            tables.add_relevant(example, _ENGLISH, candidate)
            answered.add(example)
    return answered


@dataclass
class _Answers:
    """The answers of all questions, by their first word."""

    by_first: dict[str, list[tuple[list[str], str]]] = field(default_factory=dict)

    def add(self, example: str, answer: str) -> None:
        words = words_of(answer)
        self.by_first.setdefault(words[0], []).append((words, example))

    def held_by(self, passage: str) -> list[str]:
        """Return the questions that a passage answers, in the order of the answers' places in it."""
        words = words_of(passage)
        found: dict[str, None] = {}
        for place, word in enumerate(words):
            for answer, example in self.by_first.get(word, ()):
                if words[place : place + len(answer)] == answer:
                    found[example] = None
        return list(found)


def words_of(text: str) -> list[str]:
    """Return the words as DPR splits and compares them.

    In NFD, each is a run of letters, numbers and marks, or one other character that is neither space nor control, in
    lower case.
    """
    return unicodedata.normalize("NFD", text).translate(_WORDS).lower().split()


class _Words(dict[int, str]):
    """A table for ``str.translate``, filled as characters are met: spaces around what is a word by itself."""

    def __missing__(self, code: int) -> str:
        kind = unicodedata.category(chr(code))[0]
        self[code] = chr(code) if kind in "LNM" else " " if kind in "ZC" else f" {chr(code)} "
        return self[code]


_WORDS = _Words()
