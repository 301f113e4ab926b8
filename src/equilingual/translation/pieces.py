"""Texts in pieces that an engine takes: one sentence at a time, or whole where they fit its window."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from equilingual.corpora.sentences import LIST_MARK, whole_sentences
from equilingual.languages import get_language
from equilingual.translation.engines import Engine, Translation

# Thai, Lao, Khmer and Burmese have no spaces between words, and have them between sentences.
_SCRIPTS_WITHOUT_SPACES = {"Hans", "Hant", "Jpan"}
_LETTER = re.compile(r"[^\W\d_]")


class Piece(NamedTuple):
    """A part of a text that is translated on its own."""

    before: str  # white space and list mark between it and the piece before, which are not translated
    text: str


def translate_texts(engine: Engine, texts: Sequence[str], source: str, target: str) -> list[tuple[Translation, int]]:
    """Translate texts of any length, each distinct piece of them once.

    Pieces are joined as they stood in the source, with its line breaks and list marks. Between two on one line there
    is nothing in scripts without spaces between sentences, and at least a space in the others.

    Returns:
        The translation of each text, in the order of ``texts``, and the number of its pieces.

    An empty text gives an empty translation, and so does one of which the engine gives
    nothing for a piece: half a translation would pass for a whole one.
    """
    split = [split_text(engine, text, source) for text in texts]
    distinct = dict.fromkeys(piece.text for pieces in split for piece in pieces)
    if engine.by_sentence:
        # A model of sentences makes words of what has no letters ("* * *", "1.").
        distinct = {text: None for text in distinct if _LETTER.search(text)}
    answers = dict(zip(distinct, engine.translate(list(distinct)), strict=True)) if distinct else {}
    has_spaces = get_language(target).script not in _SCRIPTS_WITHOUT_SPACES
    return [(_join(pieces, answers, " " if has_spaces else ""), len(pieces)) for pieces in split]


def _join(pieces: Sequence[Piece], answers: Mapping[str, Translation], space: str) -> Translation:
    parts = [answers.get(piece.text, Translation(piece.text)) for piece in pieces]
    if not all(part.text.strip() for part in parts):
        whole = ""
    else:
        whole = "".join(
            _gap(piece.before, space) + part.text.strip() for piece, part in zip(pieces, parts, strict=True)
        )
    return Translation(whole.strip(), sum(part.unknown for part in parts), any(part.cut for part in parts))


def _gap(before: str, space: str) -> str:
    """Return what stands before a piece of a translation; ``space`` is what its language puts between sentences."""
    if before.strip(" \u00a0\u3000"):  # a line break, a tab, a list mark
        return before
    return (before.replace("\u3000", " ") or space) if space else ""


def split_text(engine: Engine, text: str, language: str) -> list[Piece]:
    """Return a text as pieces that fit the engine's window, an empty one as none.

    An engine that translates by sentence gets each sentence alone; another one gets a text whole if it fits, else its
    sentences. A sentence that is longer than the window is cut between words, and a word that is longer anywhere.
    """
    if not text.strip():
        return []
    if not engine.by_sentence and engine.length(text) <= engine.window:
        return [Piece("", text)]
    pieces: list[Piece] = []
    done = 0
    for start, end in whole_sentences(text, language):
        begins_line = not done or "\n" in text[done:start]
        mark = LIST_MARK.match(text, start, end) if begins_line else None
        at = mark.end() if mark else start
        before = text[done:at]
        for part in _split_words(engine, text[at:end]):
            pieces.append(Piece(before, part))
            before = ""
        done = end
    return pieces


def _split_words(engine: Engine, sentence: str) -> Iterator[str]:
    if not sentence.strip():
        return
    if engine.length(sentence) <= engine.window:
        yield sentence.strip()
        return
    if len(sentence) == 1:
        raise ValueError(f"the engine's window of {engine.window} is too small for one character")
    # Halved at the space nearest the middle: the length in tokens is known only by counting them.
    middle = len(sentence) // 2
    before, after = sentence.rfind(" ", 1, middle), sentence.find(" ", middle, len(sentence) - 1)
    spaces = [at for at in (before, after) if at > 0]
    cut = min(spaces, key=lambda at: abs(at - middle)) if spaces else middle
    yield from _split_words(engine, sentence[:cut].strip())
    yield from _split_words(engine, sentence[cut:].strip())
