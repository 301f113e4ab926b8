"""Every measure in one table: its name and title, how it is worked out, where it is taken, how it is shown.

Scores, intervals, comparisons, the configuration, verdicts, the report and the model cards read this table. It imports
the functions of a measure only when a value is asked for: the configuration is checked without numpy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from equilingual.catalogues.benchmarks import SETTINGS

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np

    from equilingual.evaluation.groups import Group

_CROSS_LINGUAL, _MULTILINGUAL = SETTINGS[1:2], SETTINGS[2:]

Values = Callable[["Group"], "np.ndarray"]  # float64 [queries]


@dataclass(frozen=True)
class Measure:
    """A measure of one query, or of all queries of a language in a pool.

    Attributes:
        name: in ``results/scores.csv`` and in the configuration.
        title: in tables.
        of: the value of each query of a group, float64 [queries], NaN where a query allows none. The figure of the
            group is the mean of the others.
        figure: the figure of a group, where it is no such mean. A measure with neither comes from a stage of its own
            (``bias_figures`` or ``mine_bitext``).
        better: ``high``, ``low``, or ``near`` to what is fair.
        decimals: how many are shown; None for ranks, which have one below 100.
        settings: those of :data:`SETTINGS` in which it is taken.
        needs: what a benchmark must have for it: ``bitext`` (sentences to be matched with their translations),
            ``distances`` (a question with answers in two languages), or nothing.
        interval: whether its macro-averages have a 95% interval.
        tested: whether models can be compared by it (``evaluation.comparisons.measures``).
        headline: whether a model card shows it, beside what else has an interval in the card's header.
        says: what it says, in a few words; of measures of language bias.
        fair: what a fair system has, by the number m of languages that have an answer: a number, or one of ``m``,
            ``m − 1``, ``1/m``, ``1 − 1/m``, ``log2 m``, or ``even mix``, answers first with their languages in a random
            order; of measures of language bias, empty for all others.
        of_lists: whether it is worked out from the first candidates of the lists, and not from the answers' ranks.
        diagnostic: the name in ``evaluation.diagnostics`` that asks for it; empty for what is always taken.

    """

    name: str
    title: str
    of: Values | None = None
    figure: Callable[["Group"], float] | None = None
    better: Literal["high", "low", "near"] = "high"
    decimals: int | None = 3
    settings: tuple[str, ...] = SETTINGS
    needs: Literal["", "bitext", "distances"] = ""
    interval: bool = False
    tested: bool = False
    headline: bool = False
    says: str = ""
    fair: str = ""
    of_lists: bool = False
    diagnostic: str = ""

    @property
    def is_bias(self) -> bool:
        """Whether it measures language bias."""
        return bool(self.fair)

    @property
    def is_of_a_group(self) -> bool:
        """Whether it is worked out from the ranks of a group alone."""
        return self.of is not None or self.figure is not None

    @property
    def words(self) -> str:
        """The title inside a sentence."""
        return self.title[0].lower() + self.title[1:] if self.title[1:2].islower() else self.title

    def is_taken(self, group: "Group", *, bitext: bool = False) -> bool:
        """Return whether a group of queries has it; ``bitext``: sentences are matched with their translations."""
        has = {"": True, "bitext": bitext, "distances": self.needs == "distances" and group.has_distances}
        return group.setting in self.settings and has[self.needs]

    def words_in(self, setting: str) -> str:
        """Return the title inside a sentence, with the setting where the measure is taken in several."""
        return f"{setting} {self.words}" if len(self.settings) > 1 else self.words


def _measures() -> "ModuleType":
    from equilingual.evaluation import measures

    return measures


def _bias() -> "ModuleType":
    from equilingual.evaluation import bias

    return bias


def _rank_distance(group: "Group") -> "np.ndarray":
    from equilingual.evaluation.bias import rank_distance

    return rank_distance(group.by_language)


def _median_distance(group: "Group") -> float:
    import numpy as np

    return float(np.median(group.values(_rank_distance)))


def _lang_ndcg(group: "Group") -> "np.ndarray":
    from equilingual.evaluation.measures import lang_ndcg_at

    return lang_ndcg_at(group.ranks, group.relevance, group.languages == group.query_language, 10)


def _first_hit(*, relevant: bool, own: bool) -> Values:
    """Return whether each query's first candidate is (not) relevant and (not) in its language, as 1 or 0."""

    def share(group: "Group") -> "np.ndarray":
        found: np.ndarray = (group.first_is_relevant == relevant) & (group.first_is_own == own)
        return found.astype(float)

    return share


def _f1(group: "Group") -> float:
    from equilingual.evaluation.bitext import weighted_f1

    return weighted_f1(group.best, group.candidates[:, 0])


# In this order in tables and in results/scores.csv; there measures of bias that need distances come after the others.
_ALL = (
    Measure("map", "mAP", lambda g: _measures().average_precision(g.ranks), interval=True, tested=True, headline=True),
    Measure("map@20", "mAP@20", lambda g: _measures().average_precision_at(g.ranks, 20)),
    Measure("recall@1", "R@1", lambda g: _measures().recall_at(g.ranks, 1), interval=True, tested=True),
    Measure("recall@10", "R@10", lambda g: _measures().recall_at(g.ranks, 10), interval=True, tested=True),
    Measure("recall@100", "R@100", lambda g: _measures().recall_at(g.ranks, 100)),
    Measure("mrr", "MRR", lambda g: _measures().reciprocal_rank(g.ranks), interval=True, tested=True),
    Measure("ndcg@10", "nDCG@10", lambda g: _measures().ndcg_at(g.ranks, g.relevance, 10), interval=True, tested=True),
    Measure(
        "accuracy",
        "Accuracy",
        lambda g: (g.best == g.candidates[:, 0]).astype(float),
        settings=_CROSS_LINGUAL,
        needs="bitext",
        interval=True,
        headline=True,
    ),
    Measure("f1", "F1", figure=_f1, settings=_CROSS_LINGUAL, needs="bitext"),
    Measure("precision", "Precision", settings=_CROSS_LINGUAL),
    Measure("recall", "Recall", settings=_CROSS_LINGUAL),
    Measure("margin_threshold", "Margin threshold", settings=_CROSS_LINGUAL),
    Measure(
        "rank_distance",
        "Rank distance",
        _rank_distance,
        better="low",
        decimals=None,
        settings=_MULTILINGUAL,
        needs="distances",
        interval=True,
        headline=True,
        says="difference in rank between the best-ranked and the worst-ranked language’s answer",
        fair="m − 1",
    ),
    Measure(
        "rank_distance_median",
        "Median rank distance",
        figure=_median_distance,
        better="low",
        decimals=None,
        settings=_MULTILINGUAL,
        needs="distances",
        says="median of the rank distance over questions",
        fair="m − 1",
    ),
    Measure(
        "rank_distance_normalised",
        "Normalised rank distance",
        lambda g: _bias().normalised_rank_distance(g.by_language, g.searched),
        better="low",
        decimals=4,
        settings=_MULTILINGUAL,
        needs="distances",
        says="rank distance relative to the pool; 0: answers side by side, 1: at opposite ends",
        fair="0",
    ),
    Measure(
        "log_rank_distance",
        "Log rank distance",
        lambda g: _bias().log_rank_distance(g.by_language),
        better="low",
        decimals=2,
        settings=_MULTILINGUAL,
        needs="distances",
        tested=True,
        says="log2 of the worst-ranked answer’s rank ÷ the best-ranked answer’s",
        fair="log2 m",
    ),
    Measure(
        "max_rank",
        "Max@R",
        lambda g: _bias().max_rank(g.by_language),
        better="low",
        decimals=None,
        settings=_MULTILINGUAL,
        says="rank by which every language’s answer has been found",
        fair="m",
    ),
    Measure(
        "complete@100",
        "Complete@100",
        lambda g: _bias().complete_at(g.by_language, 100),
        settings=_MULTILINGUAL,
        says="share of questions with every language’s answer in the first 100",
        fair="1",
    ),
    Measure(
        "language_preference",
        "Own language first",
        lambda g: _bias().language_preference(g.by_language, g.own),
        better="near",
        settings=_MULTILINGUAL,
        says="share of questions whose first answer is in the query’s language (LPR)",
        fair="1/m",
    ),
    Measure(
        "same_language_gap",
        "Own-language gap",
        lambda g: _bias().same_language_gap(g.by_language, g.own),
        better="near",
        decimals=2,
        settings=_MULTILINGUAL,
        says="log2 of the other languages’ ranks ÷ the query language’s rank; above 0 favours the query language",
        fair="0",
    ),
    Measure(
        "kendall_w",
        "Kendall’s W",
        better="low",
        settings=_MULTILINGUAL,
        says="agreement of questions on the order of languages; 1: always the same order, 0: none",
        fair="0",
    ),
    Measure(
        "awrf@20",
        "AWRF@20",
        settings=_MULTILINGUAL,
        says="equality of the languages’ exposure in the first 20; 1: equal",
        fair="1",
        of_lists=True,
    ),
    Measure(
        "language_kl@10",
        "KL@10",
        better="low",
        settings=_MULTILINGUAL,
        says="KL divergence, in bits, of the languages’ shares in the first 10 from those in the pool",
        fair="0",
        of_lists=True,
    ),
    Measure(
        "rbo",
        "RBO",
        settings=_MULTILINGUAL,
        says="rank-biased overlap of the results for one question in two languages; 1: identical",
        fair="1",
        of_lists=True,
    ),
    Measure(
        "peer@20",
        "PEER@20",
        settings=_MULTILINGUAL,
        says="p of a Kruskal-Wallis test of the ranks by language; 1: ranked alike",
        fair="1",
    ),
    Measure(
        "lang_ndcg@10",
        "Lang-nDCG@10",
        _lang_ndcg,
        settings=_MULTILINGUAL,
        says="nDCG@10 with gain 1 for answers in the query’s language, ½ for others; 1: query’s language first",
        fair="even mix",
        diagnostic="lang_ndcg",
    ),
    Measure(
        "first_relevant_own",
        "First hit: answer, own language",
        _first_hit(relevant=True, own=True),
        better="near",
        settings=_MULTILINGUAL,
        says="share of questions whose first hit is an answer in the query’s language",
        fair="1/m",
        diagnostic="first_hit",
    ),
    Measure(
        "first_relevant_other",
        "First hit: answer, other language",
        _first_hit(relevant=True, own=False),
        better="near",
        settings=_MULTILINGUAL,
        says="share of questions whose first hit is an answer in another language",
        fair="1 − 1/m",
        diagnostic="first_hit",
    ),
    Measure(
        "first_irrelevant_own",
        "First hit: wrong, own language",
        _first_hit(relevant=False, own=True),
        better="low",
        settings=_MULTILINGUAL,
        says="share of questions whose first hit is wrong, but in the query’s language: language bias",
        fair="0",
        diagnostic="first_hit",
    ),
    Measure(
        "first_irrelevant_other",
        "First hit: wrong, other language",
        _first_hit(relevant=False, own=False),
        better="low",
        settings=_MULTILINGUAL,
        says="share of questions whose first hit is wrong and in another language: errors of meaning",
        fair="0",
        diagnostic="first_hit",
    ),
    Measure(
        "reciprocity",
        "Reciprocity",
        says="share of queries whose nearest candidate has them, or another query it answers, as its nearest query",
        fair="1",
        diagnostic="reciprocity",
    ),
    Measure(
        "hub_skewness@10",
        "Hub skewness@10",
        better="low",
        decimals=2,
        settings=_MULTILINGUAL,
        says="skewness of the number of queries with a candidate in their first 10; far above 0: hubs",
        fair="0",
        of_lists=True,
        diagnostic="hubness",
    ),
    Measure(
        "anti_hubs@10",
        "Anti-hubs@10",
        better="low",
        settings=_MULTILINGUAL,
        says="share of candidates in no query’s first 10",
        fair="0",
        of_lists=True,
        diagnostic="hubness",
    ),
)
MEASURES = {measure.name: measure for measure in _ALL}
TESTED = tuple(measure.name for measure in _ALL if measure.tested)
BIAS = tuple(measure for measure in _ALL if measure.is_bias and not measure.diagnostic)
DIAGNOSTIC = tuple(measure for measure in _ALL if measure.diagnostic)


def figure_of(measure: Measure, group: "Group") -> float:
    """Return the figure of a group by a measure that has ``of`` or ``figure``; NaN where no query has a value."""
    if measure.figure is not None:
        return float(measure.figure(group))
    if measure.of is None:
        raise ValueError(f"{measure.name} is not worked out from the ranks of a group alone")
    values = group.values(measure.of)
    found = values[values == values]  # NaN is not equal to itself
    return float(found.mean()) if len(found) else float("nan")
