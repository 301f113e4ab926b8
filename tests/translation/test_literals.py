"""What stands in a translation as in its source, and what there is to translate: by hand."""

import pytest

from equilingual.translation.literals import addresses, lost_share, translatable_share, without_literals


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://example.com/a-b?c=d, please.", ["https://example.com/a-b?c=d"]),
        ("(www.example.org/)", ["www.example.org/"]),
        ("请访问https://example.com/查看", ["https://example.com/"]),
        ("Write to a.b@c.org.", ["a.b@c.org"]),
        ("a @ b, and/or 3.5", []),
    ],
)
def test_addresses_end_where_a_sentence_goes_on(text, found):
    assert addresses(text) == found


def test_codes_are_words_with_digits_low_lines_dots_and_capitals_inside():
    assert (
        without_literals("Use foo_bar in v1.2 of setup.exe, iPhone or COVID-19 well-known.")
        == "Use in of or well-known."
    )
    assert without_literals("查看2019年的报告") == "查看2019年的报告"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("", 0.0),
        ("?!", 0.0),
        ("12,5 %", 0.0),
        ("Anna Karenina", 0.0),
        ("Simon and Garfunkel", 2 / 3),  # the first word may be none
        ("Anna Karenina by Leo Tolstoy", 1 / 5),
        ("Who was Anna? She slept.", 4 / 5),
        ("NASA launched it in 1995", 3 / 5),
        ("write a.b@c.org or https://x.org/a", 2 / 4),
        ("東京は2020年", 4 / 5),
        ("किताब किसने लिखी?", 1.0),
        ("LEO TOLSTOY", 0.0),
        ("THE CHURCH WAS BUILT BY THE VILLAGE", 1.0),
    ],
)
def test_names_numbers_and_addresses_are_not_to_be_translated(text, share):
    assert translatable_share(text) == pytest.approx(share)


@pytest.mark.parametrize(
    ("source", "translation", "share"),
    [
        ("It has 12 of 99.", "Nada.", None),  # small numbers are written as words
        ("the 1970s, 250m, at 0230", "nada", None),
        ("in 1995 and 250", "1995", 1 / 2),
        ("in 1995 and 1995", "", 1.0),
        ("1,234,567", "1.234.567", 0.0),
        ("1,234,567", "12,34,567", 0.0),
        ("1,234,567", "1234567", 0.0),
        ("1,234,567", "1 234 568", 1.0),
        ("1995", "١٩٩٥", 0.0),
        ("१९९५ में", "1995", 0.0),
        ("1995年", "1995", 0.0),
        ("in 1995", "ปี พ.ศ. 2538", 0.0),
        ("ปี 2538", "1995", 0.0),
        ("123.456", "123,456", 0.0),
        ("3.14159", "3,14159", 0.0),
        ("19950", "1995", 1.0),
        ("in 1995 on www.x.org/2019", "1995", 1 / 2),  # what is in an address is no number
        ("see www.x.org/A and a@b.org", "www.X.org/a", 1 / 2),
    ],
)
def test_lost_numbers_and_addresses_are_counted(source, translation, share):
    assert lost_share(source, translation) == (share if share is None else pytest.approx(share))
