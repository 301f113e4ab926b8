"""Languages of the first ten results, by query language: stacked bars, before and after."""

from typing import Any

from equilingual.markup import visible
from equilingual.report.board import Row
from equilingual.report.chosen import before_and_after, best_untrained
from equilingual.report.exposure import exposures_of
from equilingual.report.formatting import language_name, shorten
from equilingual.report.plots.legend import model_legend, plain_names
from equilingual.report.plots.plot import Plot, Rows
from equilingual.report.run import Run
from equilingual.report.variants import row_variants
from equilingual.report.vega import Spec, chart, colour_of

_LEAST = 0.035  # of the places: less is put together, except the query's own language
_STEP = 13.5  # pixels of a bar
_OTHERS = "…"
_LETTERS, _BESIDE = 17, 20  # pixels that a code takes: in its segment, and beside the line of the fair share
_FAIR_LINES = (
    (5, "var(--paper)"),
    (2, "var(--ink)"),
)  # with a margin: seen on every colour
_TICKS = {"expr": "width < 300 ? 2 : 5"}


def rows(run: Run, benchmark: str) -> Rows:
    """Return what part of the first ten places each language fills, by model and query language."""
    found, shades = exposures_of(run.board, benchmark, run.named("bias")), row_variants(run.board)
    return [
        {
            "model": row.group,
            "label": row.label,
            "short": row.short,
            "kind": row.kind,
            "shade": shades[row],
            "query_language": query,
            "language": tag,
            "share": share,
            "pool_share": pool,
        }
        for row in models_of(run, benchmark)
        if row in found
        for query, shares in zip(found[row].languages, found[row].shares, strict=True)
        for tag, share, pool in zip(found[row].languages, shares, found[row].pool_shares, strict=True)
        if share is not None
    ]


def models_of(run: Run, benchmark: str) -> list[Row]:
    """Return the models that are drawn: the headline's two, and between them the best that was debiased only."""
    first, *rest = [*before_and_after(run, benchmark), None]
    found = [first, best_untrained(run, benchmark), *rest]
    return list(dict.fromkeys(row for row in found if row is not None))


def spec(shown: Rows) -> Spec:
    """Return the figure: the query's own language in the model's colour, then the others, the most shown first."""
    labels = [str(one["short"]) for one in shown]
    names = {label: visible(shorten(name, 60)) for label, name in zip(labels, plain_names(labels), strict=True)}
    segments = [segment for bar in _bars(shown) for segment in _segments(bar, names[str(bar[0]["short"])])]
    models = list(dict.fromkeys(one["shown"] for one in segments))
    queries = list(dict.fromkeys(one["query"] for one in segments))
    fair = {one["query"]: one["fair"] for one in segments}
    ticks = {"grid": False, "labelLimit": 150, "labelColor": "var(--ink)", "title": None}
    y = {"field": "query", "type": "nominal", "scale": {"domain": queries, "paddingInner": 0.25}, "axis": ticks}
    x = {
        "field": "start",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {"title": "share of the first ten results", "format": ".0%", "tickCount": _TICKS, "orient": "top"},
    }
    offset = {"field": "shown", "type": "nominal", "scale": {"domain": models, "paddingInner": 0.1}}
    key = _key(segments)
    tooltip = [{"field": "query", "title": "query in"}, {"field": "passages", "title": "passages in"},
               {"field": "text", "title": "of the first ten"}, {"field": "pool", "title": "of the pool"},
               {"field": "shown", "title": "model"}]  # fmt: skip
    middle = {"field": "middle", "type": "quantitative", "scale": {"domain": [0, 1]}}
    bar = {"x": x, "x2": {"field": "end"}, "tooltip": tooltip, "yOffset": offset}
    return chart(
        {
            "height": (_STEP * len(models) + 6) * len(queries),
            "data": {"values": segments},
            "encoding": {"y": y},
            "layer": [
                {
                    "transform": [{"filter": "!datum.own"}],
                    "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1},
                    "encoding": {**bar, "fill": {"field": "fill", "type": "nominal", "scale": None}},
                },
                {
                    "transform": [{"filter": "datum.own"}],
                    "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1},
                    "encoding": {**bar, "fill": key},
                },
                {
                    "transform": [{"filter": f"datum.room * width >= (datum.crossed ? {_BESIDE} : {_LETTERS})"}],
                    "mark": {"type": "text", "tooltip": None},
                    "encoding": {
                        "x": middle,
                        "yOffset": offset,
                        "text": {"field": "tag"},
                        "color": {"condition": {"test": "datum.own", "value": "var(--paper)"}, "value": "var(--ink)"},
                    },
                },
                *(_fair(fair, thickness, colour, _STEP * len(models)) for thickness, colour in _FAIR_LINES),
            ],
        }
    )


def _fair(fair: dict[str, float], thickness: int, colour: str, size: float) -> Spec:
    """Return the lines of the fair shares, one for each query language."""
    return {
        "data": {"values": [{"query": query, "fair": value} for query, value in fair.items()]},
        "mark": {"type": "tick", "color": colour, "thickness": thickness, "bandSize": size},
        "encoding": {"x": {"field": "fair", "type": "quantitative"}},
    }


def _key(segments: list[dict[str, Any]]) -> Spec:
    """Return the colour of each model."""
    colours = {one["shown"]: one["own_colour"] for one in segments}
    return {
        "field": "shown",
        "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {**model_legend(), "symbolType": "square"},
    }


def _bars(shown: Rows) -> list[list[dict[str, Any]]]:
    """Return the rows of each query language and model."""
    bars: dict[tuple[object, object], list[dict[str, Any]]] = {}
    for query in dict.fromkeys(one["query_language"] for one in shown):
        for one in shown:
            if one["query_language"] == query:
                bars.setdefault((query, one["model"]), []).append(one)
    return list(bars.values())


def _segments(bar: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the segments of a bar: the query's own language, the others by their shares, and the small ones in one."""
    query = bar[0]["query_language"]
    own = [one for one in bar if one["language"] == query]
    others = sorted((one for one in bar if one["language"] != query), key=lambda one: -one["share"])
    large = [one for one in others if one["share"] >= _LEAST]
    small = others[len(large) :]
    parts = [(one["language"], _named(one["language"]), one["share"], one["pool_share"]) for one in own + large]
    if small:
        sums = (sum(one[key] for one in small) for key in ("share", "pool_share"))
        parts.append((_OTHERS, f"{len(small)} other language{'s' * (len(small) > 1)}", *sums))
    segments, start, fair = [], 0.0, own[0]["pool_share"] if own else 0.0
    for number, (tag, passages, share, pool) in enumerate(parts):
        end = start + share
        segments.append(
            {
                "query": visible(_named(query)),
                "tag": visible(tag),
                "passages": visible(passages),
                "shown": name,
                "own": tag == query,
                "fill": f"var(--{'bar' if number % 2 else 'bar-too'})",
                "own_colour": colour_of(str(bar[0]["kind"]), int(str(bar[0]["shade"]))),
                "fair": round(fair, 4),
                "text": f"{share:.1%}",
                "pool": f"{pool:.1%}",
                **_code_place(start, end, fair),
                **{key: round(value, 4) for key, value in (("start", start), ("end", end))},
            }
        )  # fmt: skip
        start = end
    return segments


def _code_place(start: float, end: float, line: float) -> dict[str, Any]:
    """Return where a segment's code stands, and its room: beside the line where that crosses it, on the wider side."""
    crossed = start < line < end
    low, high = max((start, line), (line, end), key=lambda part: part[1] - part[0]) if crossed else (start, end)
    return {"middle": round((low + high) / 2, 4), "room": round(high - low, 4), "crossed": crossed}


def _named(tag: str) -> str:
    name = language_name(tag)
    return tag if name == tag else f"{name} ({tag})"


def describe(shown: Rows) -> str:
    """Return how much of the first ten is in the query's own language, by model."""
    parts = []
    for label in dict.fromkeys(str(one["label"]) for one in shown):
        own = [
            float(str(one["share"]))
            for one in shown
            if one["label"] == label and one["language"] == one["query_language"]
        ]
        if own:
            parts.append(f"{label}: {sum(own) / len(own):.1%} on average, at most {max(own):.1%}")
    pool = [float(str(one["pool_share"])) for one in shown if one["language"] == one["query_language"]]
    fair = f"; of the pool {sum(pool) / len(pool):.1%}" if pool else ""
    return shorten(f"Share of the first ten results in the query’s own language. {'. '.join(parts)}{fair}.", 2000)


PLOT = Plot("first-ten", rows, spec, describe, width=215)
