"""In which languages a model scores lower than its base encoder: what a mean over languages hides."""

from collections.abc import Sequence

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import Board, Row
from equilingual.report.by_language import ByLanguage, figures_by_language, languages_shown, value_of
from equilingual.report.formatting import format_measure, join_words, language_name


def losses_of(board: Board, benchmark: str, model: Row, reference: Row) -> str:
    """Return the languages that a model loses in, by each figure that languages have; nothing for a single language.

    Differences that the page does not show, after rounding, are none. Single languages are not tested.
    """
    figures = figures_by_language(board, benchmark)
    named = [_name(figure) for figure in figures]
    parts, without = [], []
    for figure, name in zip(figures, named, strict=True):
        pairs = [
            (tag, after, before)
            for tag in languages_shown(board, benchmark)
            if (after := value_of(board, model, benchmark, figure, tag)) is not None
            and (before := value_of(board, reference, benchmark, figure, tag)) is not None
        ]
        if len(pairs) > 1:
            own, lower = figure.name if named.count(name) > 1 else name, _most(figure, pairs)
            if lower:
                parts.append(f"{own} falls in {lower}")
            else:
                without.append(own)
    if without:
        parts.append(f"{join_words(without)} {'falls' if len(without) == 1 else 'fall'} in no language")
    if not parts:
        return ""
    return f"Against {reference.label}, {'; '.join(parts)}. Single languages are not tested."


def _most(figure: ByLanguage, pairs: Sequence[tuple[str, float, float]]) -> str:
    """Return how many languages lose and the one that loses most, of (language, after, before); nothing if none."""
    lower = [(after - before, tag, before, after) for tag, after, before in pairs if _is_lower(figure, after, before)]
    if not lower:
        return ""
    _, tag, before, after = min(lower)
    values = " → ".join(format_measure(figure.measure, value) for value in (before, after))
    return f"{len(lower)} of {len(pairs)} languages, most in {language_name(tag)} ({values})"


def _is_lower(figure: ByLanguage, after: float, before: float) -> bool:
    return after < before and format_measure(figure.measure, after) != format_measure(figure.measure, before)


def _name(figure: ByLanguage) -> str:
    return MEASURES[figure.measure].words_in(figure.setting)
