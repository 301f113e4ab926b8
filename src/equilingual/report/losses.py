"""In which languages a model scores lower than its base encoder: what a mean over languages hides."""

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.board import Board, Row
from equilingual.report.by_language import ByLanguage, figures_by_language, languages_shown, value_of
from equilingual.report.formatting import format_measure, join_words, language_name


def losses_of(board: Board, benchmark: str, model: Row, reference: Row) -> str:
    """Return the languages that a model loses in, by each figure that languages have; nothing for a single language.

    Differences that the page does not show, after rounding, are none. Single languages are not tested.
    """
    falls, none = [], []
    for figure in figures_by_language(board, benchmark):
        pairs = [
            (tag, after, before)
            for tag in languages_shown(board, benchmark)
            if (after := value_of(board, model, benchmark, figure, tag)) is not None
            and (before := value_of(board, reference, benchmark, figure, tag)) is not None
        ]
        if len(pairs) < 2:
            continue
        lower = [
            (after - before, tag, before, after) for tag, after, before in pairs if _is_lower(figure, after, before)
        ]
        if lower:
            _, tag, before, after = min(lower)
            values = " → ".join(format_measure(figure.measure, value) for value in (before, after))
            falls.append(
                f"{_name(figure)} in {len(lower)} of {len(pairs)} languages, most in {language_name(tag)} ({values})"
            )
        else:
            none.append(_name(figure))
    if not falls:
        return f"No language scores lower by {join_words(none)}." if none else ""
    rest = f"; {join_words(none)} in none" if none else ""
    return f"By language, it lowers {'; '.join(falls)}{rest}. Single languages are not tested."


def _is_lower(figure: ByLanguage, after: float, before: float) -> bool:
    return after < before and format_measure(figure.measure, after) != format_measure(figure.measure, before)


def _name(figure: ByLanguage) -> str:
    return MEASURES[figure.measure].words_in(figure.setting)
