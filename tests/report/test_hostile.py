"""No text of data becomes an element, an attribute, a style or a direction of the page."""

import base64
import gzip
import hashlib
import re
import tempfile
from html.parser import HTMLParser

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from report.hostile import render_hostile

SCRIPT = "<script>console.error('RAN')</script><img src=x onerror=\"console.error('RAN')\">"
ENDS = "'\"></bdi></td></table></p></svg></style></title></template><svg onload=console.error('RAN')><style>*{display:none}"
OTHER = "<a href=javascript:1><meta http-equiv=refresh content=0><base href=//x><!-- ]]> {{ page }} {% raw %} &lt; &#60; -->"
DIRECTIONS = "\u202e\u2067\u2068\u202d end \u2069\u2069\u202c"
CONTROLS = "\x1b[31m\x00\x07\x85\u2028\ud800"
VOID = {"meta", "br", "input"}
SHAPE = ("class", "href", "id", "scope", "role", "colspan", "tabindex", "aria-labelledby", "aria-hidden", "http-equiv")
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Skeleton(HTMLParser):
    """What of a page is no text: elements, names of attributes, and values of those that are the template's."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self.own, self.depth = [], [], [], []
        self.feed(html)
        self.close()
        assert self.depth == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        shape = {name: attributes[name] for name in SHAPE if name in attributes}
        self.elements.append((tag, sorted(attributes), shape))
        self.texts += [value for value in attributes.values() if value is not None]  # not of "hidden"
        if tag not in VOID:
            self.depth.append((tag, attributes))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.depth.pop()[0] == tag

    def handle_data(self, data):
        whole = any("lang" in attributes and tag != "html" for tag, attributes in self.depth)
        (self.own if whole else self.texts).append(data)

    def handle_comment(self, data):
        raise AssertionError(data)

    def unknown_decl(self, data):
        raise AssertionError(data)


@pytest.fixture(scope="module")
def harmless(tmp_path_factory):
    return Skeleton(render_hostile(tmp_path_factory.mktemp("harmless"), "x").read_text(encoding="utf-8"))


def check(page, harmless):
    assert page.elements == harmless.elements
    for text in page.texts:
        assert not UNSEEN.search(text), text
    for text in page.own:
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", text)
        assert closed(text)


def closed(text):
    """Whether a text ends with no direction open, and closes none that it did not open."""
    stack = []
    for character in text:
        if character in "\u202a\u202b\u202d\u202e":
            stack.append("\u202c")
        elif character in "\u2066\u2067\u2068":
            stack.append("\u2069")
        elif character == "\u202c":
            if not stack or stack.pop() != character:
                return False
        elif character == "\u2069":
            if character not in stack:
                return False
            while stack.pop() != character:
                pass
    return not stack


@pytest.mark.parametrize("attack", [SCRIPT, ENDS, OTHER, DIRECTIONS, CONTROLS])
def test_no_field_of_any_file_changes_the_page_but_for_its_text(tmp_path, harmless, attack):
    html = render_hostile(tmp_path, attack).read_text(encoding="utf-8")
    check(Skeleton(html), harmless)
    if attack is SCRIPT:
        assert html.count("console.error") > 400  # it is everywhere, and is text


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(
    st.text("<>&\"'`=/{}%#!-;\\ \n\tascript\x00\x1b\u202e\u2066\u2069\u202cא\ud800", min_size=1, max_size=25).filter(
        lambda text: not re.fullmatch("[a-z]*", text)  # which may make the tag of a language that has groups
    )
)
@example("' onload='x")
def test_no_text_at_all_changes_the_page_but_for_its_text(harmless, attack):
    with tempfile.TemporaryDirectory() as folder:
        check(Skeleton(render_hostile(folder, attack).read_text(encoding="utf-8")), harmless)


def test_the_policy_allows_the_pages_own_style_and_scripts_and_nothing_else(render):
    html = render()
    head = html[: html.index("<style>")]
    policy = re.search('<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)[1]  # before any style
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    script = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    library = gzip.decompress(base64.b64decode(re.search('id="vega">(.*?)</script>', html)[1]))
    hashes = [base64.b64encode(hashlib.sha256(one).digest()).decode() for one in (script[0].encode(), library)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}' 'sha256-{hashes[1]}'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert (len(script), html.count("<script"), html.count("<style")) == (1, 3, 1)
    assert not any("style" in attributes for _, attributes, _ in Skeleton(html).elements)


def test_a_browser_runs_nothing_and_has_nothing_to_complain_of(visit, tmp_path):
    path = render_hostile(tmp_path / "hostile", SCRIPT + ENDS)
    assert visit(path).logged == []
    parsed = visit(path, java_script_enabled=False).content()  # the page's own script draws figures anew
    as_written = [tag for tag, _, _ in Skeleton(path.read_text(encoding="utf-8")).elements]
    assert [tag for tag, _, _ in Skeleton(parsed).elements] == as_written


def test_a_browser_says_where_the_policy_stops_something(visit, tmp_path):
    """What the test above relies on; and that an attack behind the escaping would be stopped."""
    html = render_hostile(tmp_path, "x").read_text(encoding="utf-8")
    attack = "<script>console.error('RAN')</script><p style='color:red'>x</p>"
    (tmp_path / "spoilt.html").write_text(html.replace("<main>", f"<main>{attack}"), encoding="utf-8")
    logged = visit(tmp_path / "spoilt.html").logged
    assert len(logged) == 2
    assert all("Content Security Policy" in line and "RAN" not in line for line in logged)
    (tmp_path / "open.html").write_text(f"<!doctype html><html>{attack}</html>", encoding="utf-8")
    assert visit(tmp_path / "open.html").logged == ["RAN"]
