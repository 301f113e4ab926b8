"""What a name may hold."""

import pytest
from pydantic import TypeAdapter, ValidationError

from equilingual.config.fields import Name
from equilingual.config.systems import Fuse

NAMES = TypeAdapter(Name)


@pytest.mark.parametrize("name", ["e5-small", "A", "7", "bge-m3.v2", "squad-11"])
def test_names(name):
    assert NAMES.validate_python(name) == name


# results/scores.csv and results/comparisons.csv have names in their cells: no spreadsheet takes one for a formula.
@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "a=1",
        "=HYPERLINK(1)",
        '"',
        "a,b",
        "a\n",
        "a\u202eb",
        "a\x1b",
        "_a",
        "",
    ],
)
def test_no_name_is_a_formula_a_separator_or_a_control_character(name):
    with pytest.raises(ValidationError, match="is not a valid name"):
        NAMES.validate_python(name)


def test_an_entry_whose_only_key_is_the_default_can_be_written_without_defaults():
    entry = Fuse(lexical="bm25")
    assert entry.model_dump() == "bm25"
    assert entry.model_dump(exclude_defaults=True) == "bm25"
    assert Fuse(lexical="bm25", models="all").model_dump(exclude_defaults=True) == {"models": "all"}
