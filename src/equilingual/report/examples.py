"""A few multilingual rankings, the base encoder next to a trained one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from equilingual.report.board import Board, Row
from equilingual.report.formatting import (
    MISSING,
    cut,
    format_count,
    is_number,
    language_direction,
    language_name,
    whole_text,
)

_LONGEST_TEXT = 320
_MOST_QUESTIONS = 12  # per benchmark


@dataclass(frozen=True)
class Text:
    """A text with what a browser needs to set it: its language's tag and direction.

    Attributes:
        text: as HTML, for an element of its own.
        cut: the number of all its characters, where only the beginning is shown; else empty.

    """

    text: Markup
    language: str
    name: str
    direction: str
    cut: str


@dataclass(frozen=True)
class Hit:
    """One candidate of a ranking."""

    rank: str
    text: Text
    relevant: bool
    score: str


@dataclass(frozen=True)
class Ranking:
    """One model's first hits."""

    label: str
    hits: list[Hit]
    relevant: int
    languages: int


@dataclass(frozen=True)
class Example:
    """One question: two rankings side by side, and those of the other models."""

    benchmark: str
    question: Text
    shown: list[Ranking]
    others: list[Ranking]


def example_views(records: Sequence[Mapping[str, Any]], board: Board) -> list[Example]:
    """Return the questions in the order of the files, each with every model's ranking.

    Side by side stand the base encoder and the best-known trained model: a hybrid one where there is one.
    """
    questions: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = {}
    for record in records:
        row, seed = board.models.get(str(record.get("model")), (None, ""))
        if row and board.seeds[row][:1] not in ([], [seed]):
            continue  # one seed of each is enough to look at
        for example in record.get("examples") or []:
            key = (str(record.get("benchmark")), str(example.get("query_language")), str(example.get("query_id")))
            questions.setdefault(key, {})[str(record.get("model"))] = example
    counts: dict[str, int] = {}
    views = []
    for (benchmark, language, _), by_model in questions.items():
        counts[benchmark] = counts.get(benchmark, 0) + 1
        if counts[benchmark] <= _MOST_QUESTIONS:
            views.append(_view(benchmark, language, by_model, board))
    return views


def _view(benchmark: str, language: str, by_model: Mapping[str, Mapping[str, Any]], board: Board) -> Example:
    order = sorted(by_model, key=lambda model: _place(model, board))
    rankings = {model: _ranking(model, by_model[model], board) for model in order}
    chosen = order[:1] + order[1:][-1:]
    question = next(iter(by_model.values())).get("question")
    return Example(
        benchmark,
        text_view(question, language),
        [rankings[model] for model in chosen],
        [rankings[model] for model in order if model not in chosen],
    )


def _place(model: str, board: Board) -> tuple[int, int]:
    """Return a key that puts the first base encoder first, and a hybrid model of it with the first seed last.

    Without a trained model what is done to the encoder last stands last, and lexical systems in between.
    """
    row, seed = board.models.get(model, (None, ""))
    if row is None or row.is_lexical:
        return (0, 1)
    first = row.encoder == board.rows[0].encoder
    number = board.seeds[row].index(seed) if seed in board.seeds[row] else 0
    return (board.rows.index(row) if first or not row.trained else 1, -number)


def _ranking(model: str, example: Mapping[str, Any], board: Board) -> Ranking:
    row, seed = board.models.get(model, (None, ""))
    hits = [_hit(hit) for hit in example.get("hits") or []]
    languages = {hit.text.language for hit in hits}
    return Ranking(_label(board, row, seed, model), hits, sum(hit.relevant for hit in hits), len(languages))


def _label(board: Board, row: Row | None, seed: str, model: str) -> str:
    if row is None:
        return model
    return row.label + (f", seed {seed}" if len(board.seeds[row]) > 1 else "")


def _hit(hit: Mapping[str, Any]) -> Hit:
    # Scores of run files fall strictly: what ties with 0 is just below it, and no "-0.000".
    score = f"{round(hit['score'], 3) + 0.0:.3f}" if is_number(hit.get("score")) else MISSING
    text = text_view(hit.get("text"), str(hit.get("language") or ""))
    return Hit(format_count(hit.get("rank")), text, bool(hit.get("relevant")), score)


def text_view(text: object, language: str) -> Text:
    """Return a text with its language's direction, on one line, cut where it is long."""
    words = " ".join(str(text or "").split())
    beginning, length = cut(words, _LONGEST_TEXT)
    shown = whole_text(beginning or "(empty)")
    return Text(shown, language, language_name(language), language_direction(language), length)
