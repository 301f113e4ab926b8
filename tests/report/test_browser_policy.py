"""Every action of a page whose texts are attacks: nothing is run, loaded or left by, and the policy has nothing to stop."""

import pytest
from report.hostile import render_hostile
from report.test_hostile import ENDS, OTHER, SCRIPT

ATTACK = SCRIPT + ENDS + OTHER
# Elements and attributes that would act: none but the page's own three scripts and the
# library that one of them unpacks, and no link but to a place in the page.
ACTING = """() => {
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name) || /^\\s*(javascript|data|vbscript):/i.test(value) && ["href", "src", "xlink:href"].includes(name))
        found.push(`${one.tagName} ${name}`);
      if (name === "srcdoc" || name === "formaction") found.push(`${one.tagName} ${name}`);
    }
  }
  return [...found, document.querySelectorAll("script").length, document.querySelectorAll("iframe,object,embed,base,img").length];
}"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return render_hostile(tmp_path_factory.mktemp("hostile"), ATTACK)


@pytest.fixture
def page(visit, hostile):
    page = visit(hostile)
    page.left = []
    page.on("framenavigated", lambda frame: page.left.append(frame.url))
    page.on("popup", lambda other: page.left.append(other.url))
    page.on("dialog", lambda dialog: (page.left.append(dialog.message), dialog.dismiss()))
    return page


def check(page, hostile):
    # Vega says of a map without a language that it has no height: attacks in keys take some maps their rows.
    assert [line for line in page.logged if line != 'WARN Dropping "fit-y" because spec has discrete height.'] == []
    assert [url for url in page.left if url.partition("#")[0] != hostile.as_uri()] == []
    assert page.evaluate(ACTING) == [4, 0]


def press(page, selector):
    """Click everything that is there and can be seen; return how many."""
    number = 0
    for one in page.locator(selector).all():
        if one.is_visible() and one.is_enabled():
            one.click(force=True, no_wait_after=True)
            number += 1
    return number


def test_every_choice_of_every_list_is_made(page, hostile):
    made = 0
    for name in page.evaluate("[...new Set([...document.querySelectorAll('select')].map((one) => one.name))]"):
        for one in page.locator(f"select[name='{name}']").all():
            for number in range(min(one.locator("option").count(), 6)):
                is_offered = one.locator("option").nth(number).is_enabled()  # the other side's model is not
                if one.is_visible() and one.is_enabled() and is_offered:
                    one.select_option(index=number)
                    made += 1
            check(page, hostile)
    assert made > 20


def test_every_button_box_menu_and_heading_is_pressed(page, hostile):
    counts = {}
    page.on("download", lambda download: counts.update(files=counts.get("files", 0) + 1))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for selector in (
        "summary",
        "button",
        "nav.bar a",
        "input[type=checkbox], input[type=radio]",
        "th",
    ):
        counts[selector] = press(page, selector)
        check(page, hostile)
    assert counts["summary"] >= 5
    assert counts["nav.bar a"] >= 8
    assert counts["th"] >= 10
    page.wait_for_timeout(300)
    assert counts["files"] >= 3


def test_what_is_searched_filtered_pointed_at_and_given_in_the_address_is_text(page, hostile):
    for one in page.locator("input[type=search]").all():
        if one.is_visible():
            one.fill(ATTACK[:500])
            one.fill("")
    check(page, hostile)
    shapes = page.locator("svg .mark-symbol path, svg .mark-rect path, tbody tr")
    for one in shapes.all()[:40]:
        if one.is_visible():
            one.hover(force=True)
    assert page.locator(".tip").count() == 1
    check(page, hostile)
    for address in (
        f"#?benchmark={ATTACK}&model={ATTACK}",
        "#<img src=x onerror=console.error('RAN')>",
        "#overview?" + "a=b&" * 2000,
    ):
        page.evaluate("(address) => { location.hash = address; }", address)
        page.wait_for_timeout(50)
    check(page, hostile)


def test_copy_puts_the_citation_on_the_clipboard(page, hostile):
    """The one action whose result no file shows."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Cite", exact=True).click()
    button = page.get_by_role("button", name="Copy", exact=True)
    button.click()
    page.wait_for_function("() => document.querySelector('[data-action=copy]').textContent === 'Copied'")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#citation").text_content()
    check(page, hostile)
