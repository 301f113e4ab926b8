"""The tables of ``docs/faults.md``: each part replaces its own, and sums are right."""

from collections import Counter

import pytest
from faults.run import PAGE, markdown, put


def test_a_part_replaces_its_table_and_nothing_else(tmp_path):
    page = tmp_path / "faults.md"
    page.write_text("a\n<!-- fuzz -->\nold\n<!-- end of fuzz -->\nb\n<!-- kills -->\n<!-- end of kills -->\n")
    for _ in range(2):
        put("fuzz", r"about \1", "| t |\n", page)
    expected = "a\n<!-- fuzz -->\nabout \\1\n\n| t |\n<!-- end of fuzz -->\nb\n<!-- kills -->\n<!-- end of kills -->\n"
    assert page.read_text() == expected
    with pytest.raises(SystemExit, match="has no <!-- damage -->"):
        put("damage", "", "", page)


def test_the_page_has_a_place_for_every_part():
    text = PAGE.read_text(encoding="utf-8")
    for part in ("fuzz", "damage", "kills", "stages", "machine"):
        assert text.index(f"<!-- {part} -->") < text.index(f"<!-- end of {part} -->")


def test_the_last_row_is_the_sum():
    rows = {("corpora", "csv"): Counter(error=2, lost=1), ("bitext", "tmx"): Counter(error=3)}
    assert markdown(("error", "lost"), rows, ("of", "reader")).splitlines() == [
        "| of | reader | error | lost |",
        "|---|---|--:|--:|",
        "| corpora | csv | 2 | 1 |",
        "| bitext | tmx | 3 | 0 |",
        "| **all** |  | 5 | 1 |",
    ]
