"""The declared contrasts as a forest plot with the zone of equivalence, and in words."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.markup import visible
from equilingual.report.figure import PageFigure, picture
from equilingual.report.formatting import p_text, shorten
from equilingual.report.plots.differences import drawn, short, signed, stacked
from equilingual.report.studies.record import Record, Study
from equilingual.report.vega import chart, colour_of
from equilingual.studies.earlier import WORDS

_WIDTH = 560  # pixels of the picture without scripts
_SHOWN = ("above", "below")  # outcomes that are a difference
_PRIMARY = "★ "


def figures_of(study: Study) -> list[PageFigure]:
    """Return a forest plot for each measure: their differences have units of their own."""
    by_measure: dict[str, list[Record]] = {}
    for one in study.record["contrasts"]:
        by_measure.setdefault(str(one["measure"]), []).append(one)
    return [_figure(measure, contrasts) for measure, contrasts in by_measure.items()]


def _figure(measure: str, contrasts: Sequence[Record]) -> PageFigure:
    points, heads, height = _places(contrasts)
    better = {"low": ("← better · ", ""), "high": ("", " · better →")}.get(MEASURES[measure].better, ("", ""))
    title = f"{better[0]}difference in {MEASURES[measure].words}{better[1]}"
    on_paper, on_page = (chart(drawn(points, heads, height, title=title, width=width)) for width in (_WIDTH, None))
    text = shorten(" ".join(str(one["sentence"]) for one in contrasts), 3000)
    return PageFigure(f"contrasts-{measure}", picture(on_paper, _WIDTH), text, on_page)


def _places(contrasts: Sequence[Record]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Return the contrasts with their places, the heads of groups with theirs, and the height, all in rows."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for one in contrasts:
        groups.setdefault((str(one["setting"]), str(one["benchmark"])), []).append(one)
    measure = MEASURES[str(contrasts[0]["measure"])]
    return stacked(
        (f"{measure.words_in(setting)} on {short(benchmark, 40)}", list(map(_point, members)))
        for (setting, benchmark), members in groups.items()
    )


def _point(one: Mapping[str, Any]) -> dict[str, Any]:
    is_equivalent = one["outcome"] == "equivalent"
    colour = colour_of("hybrid") if one["primary"] else colour_of("none")
    tested = "equivalent" if is_equivalent else p_text(one["p_corrected"])
    return {
        **{"difference": one["estimate"], "low": one["low"], "high": one["high"], "margin": one["margin"]},
        **{"low_over_seeds": None, "high_over_seeds": None},
        "label": (_PRIMARY if one["primary"] else "") + short(str(one["name"]), 60),
        "change": f"{signed(one['measure'], one['estimate'])}, {tested}",
        "said": visible(shorten(str(one["sentence"]), 600)),
        "colour": colour,
        "fill": colour if one["outcome"] in _SHOWN else "var(--paper)",
        "shape": "square" if is_equivalent else "circle",
    }


def cautions_of(study: Study) -> list[str]:
    """Return a sentence for each number of clusters that is too small for any difference to be shown.

    Of all signs of n clusters, 2 in 2 ** n are as far from 0 as the observed ones: p cannot be lower, but for the draw
    of signs. Holm's method multiplies it by the number of contrasts with no lower p, at least those with no more
    clusters.
    """
    counts = sorted(int(one["clusters"]) for one in study.record["contrasts"] if one["unit"] == "question")
    least = {count: min(1.0, bisect_right(counts, count) * 2.0 ** (1 - count)) for count in counts}
    alpha = study.record["alpha"]
    return [
        f"{count} {'cluster' if count == 1 else 'clusters'} of questions cannot show a difference: the corrected p is "
        f"about {p:.2g} or more, and {alpha:g} or less is needed."
        for count, p in least.items()
        if p > alpha
    ]


def earlier_of(study: Study) -> list[str]:
    """Return a sentence for each analysis of the study before this one, with what was changed since."""
    return [
        f"An earlier analysis ({one['verdict']}) said: {one['sentence']} Since then, {_listed(one['changed'])} changed."
        for one in study.record.get("earlier", [])
    ]


def _listed(changed: Sequence[str]) -> str:
    *others, last = (WORDS[key] for key in changed) if changed else ["nothing that was declared"]
    return f"{', '.join(others)} and {last}" if others else last


def note_of(study: Study) -> str:
    """Return what was tested together and what the marks are."""
    contrasts = study.record["contrasts"]
    count = len(contrasts)
    when = "after an earlier analysis" if study.record.get("earlier") else "before the run"
    parts = [f"{count} contrasts were declared {when}; Holm’s correction takes all of them as one family."]
    if count == 1:
        parts = [f"One contrast was declared {when}."]
    parts.append("Lines are 95% intervals. A filled point is a difference.")
    if any(one["margin"] is not None for one in contrasts):
        parts.append("A square is equivalent: smaller than the margin, which is shaded.")
    return " ".join([*parts, f"{_PRIMARY}is the contrast that the hypothesis is about."])
