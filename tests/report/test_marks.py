"""The marks of models, in lines of text and in charts."""

import re

import vl_convert

from equilingual.report.board import KINDS
from equilingual.report.marks import chart_shape, mark_shapes


def drawn(shape):
    """The path that Vega draws for a shape of 78.5 square pixels, which is a circle of the radius 5."""
    spec = {
        "data": {"values": [{}]},
        "mark": {"type": "point", "shape": shape, "size": 78.54},
        "encoding": {"x": {"value": 50}, "y": {"value": 50}},
    }
    return re.search(r'translate\(50,50\)" d="([^"]+)"', vl_convert.vegalite_to_svg(spec))[1]


def numbers(path):
    return [round(abs(float(one)), 1) for one in re.findall(r"-?\d*\.?\d+", path)]


def test_a_chart_has_the_shape_of_the_text_in_its_size():
    for kind, path in re.findall(r'id="mark-([\w-]+)"><path d="([^"]+)"', str(mark_shapes())):
        if kind != "other":  # a cross with an inside
            assert {one for one in numbers(drawn(chart_shape(kind))) if one} == {one for one in numbers(path) if one}
    assert "A" in drawn(chart_shape("hybrid"))


def test_each_kind_has_a_shape_of_its_own_but_for_the_circle_and_the_ring():
    shapes = [chart_shape(kind) for kind in KINDS]
    assert len(set(shapes)) == len(shapes) - 1
    assert chart_shape("none") == chart_shape("hybrid") == "circle"
    assert chart_shape("unknown") == chart_shape("other")
