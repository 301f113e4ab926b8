"""When two ids are one id."""

import datetime
from decimal import Decimal

import pytest

from equilingual.corpora.ids import normalize_id


@pytest.mark.parametrize("value", [1, 1.0, Decimal(1), Decimal("1.00"), "1", "1.0", " 1.0\n"])
def test_a_whole_number_is_one_id_whatever_its_type(value):
    assert normalize_id(value) == "1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.10", "1.10"),
        ("1.00", "1.00"),
        ("01", "01"),
        ("01.0", "01.0"),
        ("1.0.0", "1.0.0"),
        ("v1.0", "v1.0"),
        ("1e3", "1e3"),
        ("\u0661.0", "\u0661.0"),  # an Arabic digit
        ("0.0", "0"),
        (-7.0, "-7"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (2**63, "9223372036854775808"),
        (2.0**53 - 1, "9007199254740991"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+2"), "100"),
        (Decimal("9" * 38), "9" * 38),
        (Decimal("-3.000000000000000000"), "-3"),
    ],
)
def test_other_texts_and_numbers_stay_as_they_are(value, expected):
    assert normalize_id(value) == expected


@pytest.mark.parametrize("value", [None, float("nan"), Decimal("NaN"), "", " \t"])
def test_a_gap_is_no_id(value):
    assert normalize_id(value) == ""


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (True, "is True, not a string or a number"),
        (float("inf"), "is inf, not a string or a number"),
        (Decimal("-Infinity"), "not a string or a number"),
        (1e300, r"is 1e\+300, a float too large to be exact: write ids as whole numbers or strings"),
        (2.0**53, "too large to be exact"),
        (b"1", "is b'1', not a string or a number"),
        ([1], r"is \[1\], not a string or a number"),
        ({"id": 1}, "is {'id': 1}, not a string or a number"),
        (datetime.date(2020, 1, 2), r"is datetime\.date\(2020, 1, 2\), not a string or a number"),
    ],
)
def test_what_is_no_id_is_refused_with_its_value(value, message):
    with pytest.raises(ValueError, match=message):
        normalize_id(value)
