"""Long texts in pieces that an engine takes whole: sentences, then words."""

from collections.abc import Iterator, Sequence

from equilingual.corpora.sentences import sentence_spans
from equilingual.languages import get_language
from equilingual.translation.engines import Engine, Translation

# Thai, Lao, Khmer and Burmese have no spaces between words, and have them between sentences.
_SCRIPTS_WITHOUT_SPACES = {"Hans", "Hant", "Jpan"}


def translate_texts(engine: Engine, texts: Sequence[str], source: str, target: str) -> list[tuple[Translation, int]]:
    """Translate texts of any length; the pieces of a long one are joined as the target language joins sentences.

    Returns:
        The translation of each text, in the order of ``texts``, and the number of its pieces.

    An empty text gives an empty translation, and so does one of which the engine gives
    nothing for a piece: half a translation would pass for a whole one.
    """
    pieces = [split_text(engine, text, source) for text in texts]
    answers = iter(engine.translate([piece for parts in pieces for piece in parts]))
    between = "" if get_language(target).script in _SCRIPTS_WITHOUT_SPACES else " "
    return [(_join([next(answers) for _ in parts], between), len(parts)) for parts in pieces]


def _join(parts: Sequence[Translation], between: str) -> Translation:
    texts = [part.text.strip() for part in parts]
    whole = between.join(texts) if all(texts) else ""  # all of none is true, and the join is empty
    return Translation(whole, sum(part.unknown for part in parts), any(part.cut for part in parts))


def split_text(engine: Engine, text: str, language: str) -> list[str]:
    """Return a text as pieces that fit the engine's window: whole sentences where they fit, else words.

    A text that fits is one piece, an empty one none. A word longer than the window is cut.
    """
    if not text.strip():
        return []
    if engine.length(text) <= engine.window:
        return [text]
    sentences = [text[start:end] for start, end in sentence_spans(text, language)]
    return [piece for sentence in sentences for piece in _split_words(engine, sentence)]


def _split_words(engine: Engine, sentence: str) -> Iterator[str]:
    if not sentence.strip():
        return
    if engine.length(sentence) <= engine.window:
        yield sentence.strip()
        return
    if len(sentence) == 1:
        raise ValueError(f"the engine's window of {engine.window} does not hold one character")
    # Halved at the space nearest the middle: the length in tokens is known only by counting them.
    middle = len(sentence) // 2
    before, after = sentence.rfind(" ", 1, middle), sentence.find(" ", middle, len(sentence) - 1)
    spaces = [at for at in (before, after) if at > 0]
    cut = min(spaces, key=lambda at: abs(at - middle)) if spaces else middle
    yield from _split_words(engine, sentence[:cut].strip())
    yield from _split_words(engine, sentence[cut:].strip())
