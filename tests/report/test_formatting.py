"""How long texts are shortened on the page."""

from equilingual.report.formatting import cut, shorten


def test_a_long_text_is_cut_with_its_length_in_the_numbers_of_the_page():
    assert cut("x" * 10, 10) == ("x" * 10, "")
    assert cut("ab " * 33_334, 5) == ("ab ab…", "100\u202f002 characters")
    assert shorten("x" * 10, 10) == "x" * 10
    assert shorten("ab " * 33_334, 5) == "ab ab… (100\u202f002 characters)"
    assert shorten("x" * 1001, 3) == "xxx… (1\u202f001 characters)"
