"""Texts of data stay texts: in Markdown by another parser, in a line with directions by the rules of UAX #9."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from equilingual.markup import close_directions, markdown, visible

LRE, RLE, PDF, LRO, RLO = "\u202a", "\u202b", "\u202c", "\u202d", "\u202e"
LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
ACTIVE = st.text("ab1 _*`~[]()<>&;|\\!#$-+.:/{}'\"\n\t\x1b\u202e\u2028é中", max_size=40)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode 中文 \u200f\u200e", "plain, ünïcode 中文 \u200f\u200e"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        (f"exe{RLO}gpj", r"exe\u202egpj"),
        (f"{LRI}a{PDI}", r"\u2066a\u2069"),
        ("\x00\x85\u2029", r"\x00\x85\u2029"),
        ("\ud800", r"\ud800"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ],
)
def test_control_characters_can_be_seen(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no direction", "no direction"),
        (f"{RLE}אב{PDF} end", f"{RLE}אב{PDF} end"),  # as Wikipedia's texts have them
        (f"a{RLO}b", f"a{RLO}b{PDF}"),
        (f"a{LRO}b{RLI}c", f"a{LRO}b{RLI}c{PDI}{PDF}"),
        (f"a{PDF}b", r"a\u202cb"),
        (f"a{PDI}b", r"a\u2069b"),
        # An embedding's end reaches no further than the isolate that it stands in: the override goes on.
        (f"{RLO}a{FSI}b{PDF}c", f"{RLO}a{FSI}b\\u202cc{PDI}{PDF}"),
        # An isolate's end closes the embedding inside, which is then no more to be closed.
        (f"{RLI}a{LRE}b{PDI}c{PDF}", f"{RLI}a{LRE}b{PDI}c\\u202c"),
        (f"{PDI}{RLO}\x07", f"\\u2069{RLO}\\x07{PDF}"),
    ],
)
def test_a_text_sets_directions_inside_itself_only(text, shown):
    assert close_directions(text) == shown


@given(st.text([LRE, RLE, PDF, LRO, RLO, LRI, RLI, FSI, PDI, "a", "א"], max_size=30))
def test_after_a_text_no_direction_is_open(text):
    """The stack of UAX #9, without its limit of depth."""
    stack = []
    for character in close_directions(text):
        if character in (LRE, RLE, LRO, RLO, LRI, RLI, FSI):
            stack.append(character in (LRI, RLI, FSI))  # whether an isolate
        elif character == PDI:
            assert True in stack  # or it would close what stands around the text
            while not stack.pop():
                pass
        elif character == PDF:
            assert stack.pop() is False
    assert stack == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("tiny__t__hybrid-0.5__seed-1", "tiny__t__hybrid-0.5__seed-1"),
        ("CC-BY-NC-4.0 (non-commercial)", "CC-BY-NC-4.0 (non-commercial)"),
        ("a|b\\|c", "a\\|b\\\\\\|c"),
        ("<b>&amp;`x`", "\\<b\\>\\&amp;\\`x\\`"),
        ("_a_ **b** ~~c~~", "\\_a\\_ \\*\\*b\\*\\* \\~\\~c\\~\\~"),
        ("one\n---\n# two", "one --- \\# two"),
        (f"MIT{RLO}", "MIT\\\\u202e"),
    ],
)
def test_markdown_by_hand(text, written):
    assert markdown(text) == written


@given(ACTIVE)
@example("[a](javascript:b)")
@example("<img src=x onerror=y>")
@example("![a](b)")
@example("&lt;&#60;")
def test_another_parser_finds_nothing_but_text(text):
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = visible(" ".join(text.split()))
    table = parser.parse(f"| a | b |\n|---|---|\n| {markdown(text)} | end |\n")
    heading = parser.parse(f"# x{markdown(text)}x\n")
    cells = [token for token in table if token.type == "inline"]
    assert [cell.content for cell in cells[:2]] == ["a", "b"]
    assert cells[3].content == "end"
    for inline, expected in ((cells[2], shown), (heading[1], f"x{shown}x")):
        assert {token.type for token in inline.children} <= {"text"}
        assert "".join(token.content for token in inline.children) == expected
    assert [token.type for token in heading] == ["heading_open", "inline", "heading_close"]
