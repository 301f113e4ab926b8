"""The library that draws figures, and the colours of files."""

import gzip
import re

import pytest

from equilingual.report import vega
from equilingual.report.renew import make_bundle


def test_the_packed_script_is_what_the_pinned_version_gives():
    packed = (vega._FOLDER / vega._BUNDLE).read_bytes()
    assert gzip.decompress(packed) == gzip.decompress(make_bundle()), "python -m equilingual.report.renew makes it anew"
    assert len(packed) < 320_000
    assert b"</script" not in gzip.decompress(packed)


@pytest.mark.parametrize(
    ("tag", "opaque"),
    [
        ('<path stroke="#000000" opacity="0.4">', '<path stroke="#999999">'),
        ('<path fill="#ff0000" stroke="#0000ff" opacity="0.5"/>', '<path fill="#ff8080" stroke="#8080ff"/>'),
        ('<path fill="#123456">', '<path fill="#123456">'),
    ],
)
def test_translucent_colours_of_a_pdf_are_mixed_with_its_paper(tag, opaque):
    assert vega._TAG.sub(vega._opaque, tag) == opaque


def test_every_kind_of_model_has_a_colour_of_the_style_sheet():
    from equilingual.report.board import KINDS

    for kind in (*KINDS, "other", "anything"):
        (name,) = re.fullmatch(r"var\((--[\w-]+)\)", vega.colour_of(kind)).groups()
        assert name in vega.light_colours(), kind
