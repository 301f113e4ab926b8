"""The first screen: the finding, quality against language bias, and what changed by how much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.identities import seen_remarks
from equilingual.report.about import seed_words
from equilingual.report.aspects import Aspect, tested_aspects
from equilingual.report.board import Board, Row
from equilingual.report.collapse import collapse_remarks
from equilingual.report.figure import PageFigure, page_figure
from equilingual.report.formatting import format_count, format_measure, join_words, p_text
from equilingual.report.headline import Headline, headline_of
from equilingual.report.leaderboard import OWN_TEXTS
from equilingual.report.losses import losses_of
from equilingual.report.model_costs import model_costs
from equilingual.report.options import Options, options_of
from equilingual.report.paired import Change, Paired
from equilingual.report.plots import quality_bias
from equilingual.report.plots.differences import signed
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View
from equilingual.report.shown import TESTED_AS, Shown, shown_change, tables_disagree

_FEW_QUESTIONS = 200  # in a language
_TITLES = {
    "multilingual": ("Multilingual retrieval", "all languages at once"),
    "cross-lingual": ("Cross-lingual retrieval", "one other language"),
    "monolingual": ("Monolingual retrieval", "the query’s language"),
}
_BIAS = "rank_distance"
_OWN_FIRST, _OWN_FIRST_WORDS = ("multilingual", "language_preference"), "first correct answer in the query’s language"
_OVER_QUESTIONS = " (means over questions)"  # and not over languages, as in the tables


@dataclass(frozen=True)
class Card:
    """One figure before and after.

    Attributes:
        searched: which candidates are searched, in words.
        unit: the measure in words.
        verdict: what the test shows; empty where the two were not compared.
        test: the difference, its 95% interval and the corrected p; empty where the two were not compared.
        also: another figure of language bias before and after, its name and its values; empty elsewhere.

    """

    title: str
    setting: str
    measure: str
    searched: str
    unit: str
    before: str
    after: str
    verdict: str
    test: str
    also: tuple[str, str]


@dataclass(frozen=True)
class Overview:
    """The first screen of one benchmark.

    Attributes:
        losses: in which languages the model of the headline scores lower, by the model that it is compared with.
        options: the best model of each kind, and what it takes; None where there is one kind only.
        own_texts: what it is called to be debiased with the benchmark's texts.
        seen: a sentence for each encoder that was trained on the benchmark's data.

    """

    benchmark: str
    about: str
    headline: Headline
    figure: PageFigure | None
    cards: list[Card]
    has_published: bool
    own_texts: str
    caution: str
    losses: dict[str, str]
    options: Options | None
    seen: tuple[str, ...]


def build(run: Run) -> View:
    """Return the first screen of each benchmark; ``nothing`` where nothing was scored."""
    paired = Paired(run.comparisons)
    return {
        "several": len(run.board.benchmarks) > 1,
        "benchmarks": [_overview(run, paired, name, number) for number, name in enumerate(run.board.benchmarks)],
        "nothing": "" if run.board.rows else "Nothing was scored: results/scores.csv has no row.",
        "remarks": collapse_remarks(run.collapsed),
    }


def _overview(run: Run, paired: Paired, benchmark: str, number: int) -> Overview:
    board = run.board
    headline = headline_of(board, paired, benchmark)
    shown = quality_bias.rows(run, benchmark)
    return Overview(
        benchmark,
        _about(run, benchmark),
        headline,
        page_figure(quality_bias.PLOT, number, shown) if shown else None,
        cards_of(board, paired, benchmark, headline),
        any(one["published"] for one in shown),
        OWN_TEXTS,
        _caution(board, run.benchmarks.get(benchmark, {}), benchmark, headline.model),
        _losses(board, benchmark, headline),
        _options(run, paired, benchmark),
        seen_remarks(board.seen, benchmark, board.seen),
    )


def _losses(board: Board, benchmark: str, headline: Headline) -> dict[str, str]:
    if headline.model is None or headline.reference is None:
        return {}
    others = [row for row in board.rows_of(benchmark) if row != headline.model]
    found = {row.group: losses_of(board, benchmark, headline.model, row) for row in others}
    return {group: text for group, text in found.items() if text}


def _options(run: Run, paired: Paired, benchmark: str) -> Options | None:
    costs = model_costs(run.board, run.data["provenance"]["model_costs"] or {}, run.named("encodings"))
    return options_of(run.board, paired, benchmark, _aspects(run.board, paired, benchmark), costs)


def cards_of(board: Board, paired: Paired, benchmark: str, headline: Headline) -> list[Card]:
    """Return what the model of the headline changed: language bias first, then from all languages to a single one."""
    if headline.model is None or headline.reference is None:
        return []
    pair = (headline.model, headline.reference)
    found = [_card(board, paired, benchmark, one, pair) for one in _aspects(board, paired, benchmark)]
    return [card for card in found if card is not None]


def _aspects(board: Board, paired: Paired, benchmark: str) -> list[Aspect]:
    """Return what is shown before and after: language bias first, then from all languages to a single one."""
    found = tested_aspects(board, benchmark, paired)
    return sorted(found, key=lambda one: (one.measure != _BIAS, -_order(one.setting)))


def _order(setting: str) -> int:
    return list(reversed(_TITLES)).index(setting)


def _card(board: Board, paired: Paired, benchmark: str, aspect: Aspect, pair: tuple[Row, Row]) -> Card | None:
    after, before = (board.figure(row, benchmark, aspect.setting, aspect.measure).value for row in pair)
    if after is None or before is None:
        return None
    place = (benchmark, aspect.setting, TESTED_AS.get(aspect.measure, aspect.measure))
    change = paired.change(place, pair[0].group, pair[1].group)
    title, searched = ("Language bias", "") if aspect.measure == _BIAS else _TITLES[aspect.setting]
    verdict, test, shown = "", "", Shown(aspect.measure, before, after)
    if change is not None:
        is_against = tables_disagree(board, place, pair, change)
        shown = shown_change(board, place, pair, change) if is_against else shown
        about = _OVER_QUESTIONS if is_against and shown.measure == aspect.measure else ""
        verdict, test = change.verdict, _test_text(place[2], shown.measure, change) + about
    first, then = (format_measure(shown.measure, value) for value in (shown.before, shown.after))
    also = _also(board, benchmark, pair) if aspect.measure == _BIAS else ("", "")
    return Card(title, aspect.setting, aspect.measure, searched, _unit(shown.measure), first, then, verdict, test, also)


def _test_text(tested: str, measure: str, change: Change) -> str:
    """Return the difference that was tested, with its interval and p, and of which measure if another one is shown."""
    difference, low, high = (signed(tested, value) for value in (change.difference, change.low, change.high))
    name = "" if tested == measure else f"{MEASURES[tested].words} "
    return f"{name}{difference} [{low}, {high}], {p_text(change.p)}"


def _also(board: Board, benchmark: str, pair: tuple[Row, Row]) -> tuple[str, str]:
    """Return how often a language comes first for its own queries, the risk of whoever serves one language."""
    values = [board.figure(row, benchmark, *_OWN_FIRST).value for row in reversed(pair)]
    if any(value is None for value in values):
        return "", ""
    return _OWN_FIRST_WORDS, " → ".join(format_measure(_OWN_FIRST[1], value) for value in values)


def _unit(measure: str) -> str:
    return MEASURES[measure].words


def _about(run: Run, benchmark: str) -> str:
    """Return what was tested on what, in one line."""
    board = run.board
    rows = board.rows_of(benchmark)
    encoders = list(dict.fromkeys(row.encoder for row in rows if not row.is_lexical))
    trained_on = dict.fromkeys(row.training_set for row in rows if row.training_set is not None)
    sets = {name: _languages_of(run, name) for name in trained_on}
    seeds = sorted({len(board.seeds[row]) for row in rows if row.trained})
    languages = board.languages[benchmark]
    most = _most_questions(run.benchmarks.get(benchmark, {}))
    questions = f"{format_count(most)} questions × " if most else ""
    own = set().union(*sets.values()).intersection(languages)
    seen = f", {len(own)} of them trained on" if all(sets.values()) and sets else ""
    names = [f"{name} ({_count(len(tags))})" if tags else name for name, tags in sets.items()]
    parts = [
        join_words(encoders),
        f"trained on {join_words(names)}" if names else "",
        f"evaluated on {benchmark}: {questions}{_count(len(languages))}{seen}",
        seed_words(seeds),
    ]
    return " · ".join(filter(None, parts))


def _languages_of(run: Run, training_set: str) -> set[str]:
    """Return a training set's languages, from the manifest of a model; nothing where there is none."""
    models = [one for one in run.records("models") if one.get("training_set") == training_set]
    return set(models[0].get("languages") or []) if models else set()


def _count(languages: int) -> str:
    return f"{languages} language{'s' * (languages != 1)}"


def _caution(board: Board, counts: Mapping[str, Any], benchmark: str, model: Row | None) -> str:
    """Return a warning where there are few questions or a single seed."""
    questions = _most_questions(counts)
    trained = [row for row in board.rows_of(benchmark) if row.trained]
    is_small = 0 < questions < _FEW_QUESTIONS
    parts = [f"the benchmark has only {questions} questions per language"] if is_small else []
    if trained and all(len(board.seeds[row]) == 1 for row in trained):
        parts.append(f"{'each' if len(trained) > 1 else 'the'} model was trained with one seed only")
    elif model is not None and model.trained and len(board.seeds[model]) == 1:
        parts.append("this model was trained with one seed only")
    if not parts:
        return ""
    rest = ", so the variation between seeds is unknown"
    if is_small:
        rest = ": take the results as a demonstration, not as evidence"
    text = ", and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}{rest}."


def _most_questions(counts: Mapping[str, Any]) -> int:
    """Return the questions of the language that has most; 0 where the counts do not say."""
    sizes = [int(size.get("queries") or 0) for size in (counts.get("languages") or {}).values()]
    return max(sizes, default=0)


SECTION = Section("overview", "Overview", "overview.html.j2", build, "overview.js")
