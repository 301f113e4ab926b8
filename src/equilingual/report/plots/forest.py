"""The paired tests as a forest plot: each difference with its interval, by encoder and the model it is against."""

from collections.abc import Mapping
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.markup import visible
from equilingual.report.board import Board, Row
from equilingual.report.chosen import before_and_after
from equilingual.report.data.comparisons import is_shown
from equilingual.report.formatting import p_text, shorten
from equilingual.report.plots.differences import STEP, drawn, short, signed, stacked
from equilingual.report.plots.maps import TITLE
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.variants import row_variants
from equilingual.report.vega import Spec, chart, colour_of

MOST = 60  # comparisons of one panel of the page; results/comparisons.csv has all
PAPER = 405  # pixels that a panel takes at most on paper, where the page's are two in a row
_PAGE = 960  # pixels that a file takes at most: a page of A4 at its own size
_OUTSIDE = 86  # pixels of a panel above and below its rows: title, axis
_TEXTS = ("setting", "measure", "model_a", "model_b")
_LAST = ("low_over_seeds", "high_over_seeds", "margin", "p_equivalent_corrected")
_NUMBERS = (
    *("questions", "value_a", "value_b", "difference", "low", "high", "p", "p_corrected", "effect_size"),
    *("wins", "losses", "ties"),
)
_BETWEEN = "different encoders"


def rows(run: Run, benchmark: str) -> Rows:
    """Return the comparisons of a benchmark, with labels and verdicts: those of the headline's model, then the others.

    Both are in the order of ``results/comparisons.csv``.
    """
    known = {row.group: row for row in run.board.rows}
    lines = [line for line in run.comparisons if line["benchmark"] == benchmark]
    main = {row.group for row in before_and_after(run, benchmark)[-1:]}
    lines.sort(key=lambda line: main.isdisjoint((line["model_a"], line["model_b"])))
    shades = row_variants(run.board)
    return [_row(run.board, known, shades, line) for line in lines]


def _row(board: Board, known: Mapping[str, Row], shades: Mapping[Row, int], line: Mapping[str, str]) -> dict[str, Any]:
    pair = [known.get(line[name]) for name in ("model_a", "model_b")]
    encoders = {row.encoder if row else None for row in pair}
    own = encoders.pop() if len(encoders) == 1 else None
    several = len({row.encoder for row in board.rows}) > 1
    labels = [
        line[name] if row is None else row.short if own is not None and several else row.label
        for row, name in zip(pair, ("model_a", "model_b"), strict=True)
    ]
    return {
        **{name: line[name] for name in _TEXTS},
        "label_a": labels[0],
        "label_b": labels[1],
        "encoder": (own or _BETWEEN) if several else "",
        "kind": pair[0].kind if pair[0] else "other",
        "shade": shades[pair[0]] if pair[0] else 0,
        **{name: float(line[name]) if line[name] else None for name in _NUMBERS},
        "shown": is_shown(line),
        "verdict": line["verdict"],
        **{name: float(line[name]) if line[name] else None for name in _LAST},
        "outcome": line["outcome"],
    }


def panels(shown: Rows) -> list[list[dict[str, object]]]:
    """Return the comparisons by setting and measure, those of language bias first, else in the order of the file."""
    found: dict[tuple[object, object], list[dict[str, object]]] = {}
    for one in shown:
        found.setdefault((one["setting"], one["measure"]), []).append(one)
    return sorted(found.values(), key=lambda panel: not MEASURES[str(panel[0]["measure"])].is_bias)


def title_of(panel: Rows) -> str:
    """Return what a panel is about: ``multilingual mAP``."""
    return MEASURES[str(panel[0]["measure"])].words_in(str(panel[0]["setting"]))


def spec(shown: Rows) -> Spec:
    """Return the figure for a page of paper: two panels in a row where there are several measures or settings.

    Above a panel that has no room for all of its comparisons stands how many it shows.
    """
    found = panels(shown)
    return on_paper(shown, _PAGE / ((len(found) + 1) // 2))


def on_paper(shown: Rows, height: float) -> Spec:
    """Return the figure with panels of so many pixels at most."""
    found = panels(shown)
    return chart({"concat": [_fitted(one, height, len(found) > 1) for one in found], "columns": 2, "spacing": 20})


def on_page(panel: Rows) -> Spec:
    """Return one panel for the screen, as wide as its column."""
    return chart(_panel(panel[:MOST], None))


def _fitted(panel: Rows, height: float, is_named: bool) -> Spec:
    """Return a panel with as many comparisons as there is room for; above it its name, and how many these are."""
    fits = sum(_places(panel[: n + 1])[2] * STEP <= height - _OUTSIDE for n in range(len(panel)))
    shown = panel[: max(1, fits)]
    lines = [title_of(panel)] if is_named else []
    if len(shown) < len(panel):
        lines.append(f"{len(shown)} of {len(panel)} tests; all are in results/comparisons.csv")
    return {**({"title": {"text": lines, **TITLE, "anchor": "start", "offset": 8}} if lines else {}),
            "width": PLOT.width, **_panel(shown, PLOT.width)}  # fmt: skip


def _panel(panel: Rows, width: int | None) -> Spec:
    """Return one panel of so many pixels; None for the width of its column."""
    points, heads, height = _places(panel)
    better = MEASURES[str(panel[0]["measure"])].better
    left, right = {"low": ("← better · ", ""), "high": ("", " · better →")}.get(better, ("", ""))
    title = f"{left}difference in {title_of(panel)}{right}"
    return drawn(points, heads, height, title=title, width=width)


def _places(panel: Rows) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Return the rows with their places, the heads of groups with theirs, and the height, all in rows."""
    encoders = list(dict.fromkeys(str(one["encoder"]) for one in panel))
    encoders.sort(key=lambda name: name == _BETWEEN)
    groups: dict[tuple[str, str], list[dict[str, object]]] = {}
    for one in sorted(panel, key=lambda one: encoders.index(str(one["encoder"]))):
        groups.setdefault((str(one["encoder"]), str(one["label_b"])), []).append(one)
    return stacked((_head(*names), list(map(_point, members))) for names, members in groups.items())


def _head(encoder: str, other: str) -> str:
    prefix = f"{short(encoder, 30)} · " if encoder else ""
    return f"{prefix}against {short(other, 50)}"


def _point(one: Mapping[str, object]) -> dict[str, Any]:
    colour = colour_of(str(one["kind"]), int(str(one["shade"])))
    change = signed(str(one["measure"]), float(str(one["difference"])))
    is_equivalent = one["outcome"] == "equivalent"
    return {
        **{name: one[name] for name in ("difference", "low", "high", "low_over_seeds", "high_over_seeds", "margin")},
        "label": short(str(one["label_a"]), 50),
        "change": f"{change}, {'equivalent' if is_equivalent else p_text(float(str(one['p_corrected'])))}",
        "said": visible(shorten(sentence(one), 600)),
        "colour": colour,
        "fill": colour if one["shown"] else "var(--paper)",
        "shape": "square" if is_equivalent else "circle",
    }


def sentence(one: Mapping[str, object]) -> str:
    """Return the verdict, with the interval over questions and seeds where there is one."""
    if one["low_over_seeds"] is None:
        return str(one["verdict"])
    ends = [signed(str(one["measure"]), float(str(one[name]))) for name in ("low_over_seeds", "high_over_seeds")]
    return f"{one['verdict']}; over questions and seeds [{', '.join(end.removeprefix('+') for end in ends)}]"


def describe(shown: Rows) -> str:
    """Return how many comparisons show a difference, by measure and setting."""
    parts = [f"{title_of(one)}: {sum(bool(row['shown']) for row in one)} of {len(one)}" for one in panels(shown)]
    equivalent = sum(row["outcome"] == "equivalent" for row in shown)
    also = f" Equivalent within the margin: {equivalent}." if any(row["margin"] is not None for row in shown) else ""
    return (
        f"Differences between models with 95% intervals. Comparisons that show a difference: {'; '.join(parts)}.{also}"
    )


PLOT = Plot("forest", rows, spec, describe, width=365)
