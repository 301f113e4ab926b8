"""What reaches a terminal: no control characters, no forged lines, not too much."""

import pytest

from equilingual.messages import for_terminal, shown, shown_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J\x1b]0;pwned\x07", r"\x1b[2J\x1b]0;pwned\x07"),
        ("a\rb", r"a\rb"),
        ("a\x00b\x7fc\x85d\x9be", r"a\x00b\x7fc\x85d\x9be"),
        ("user\u202etxt.exe\u2066x\u200f", r"user\u202etxt.exe\u2066x\u200f"),
        ("a\u2028b\u2029c\ufeffd", r"a\u2028b\u2029c\ufeffd"),
        ("half \ud83d a character", r"half \ud83d a character"),
        ("tag \U000e0041", r"tag \U000e0041"),
        (
            "füße 东京 مرحبا عربي می\u200cروم 👩\u200d🚀 a\u3000b\tc",
            "füße 东京 مرحبا عربي می\u200cروم 👩\u200d🚀 a\u3000b\tc",
        ),
    ],
)
def test_control_characters_are_escaped_and_texts_are_not(text, expected):
    assert for_terminal(text) == expected


def test_no_line_after_the_first_can_pass_for_one_of_the_log():
    assert for_terminal("bad\nINFO all is well\r\n  a list\n\nend\n\n") == "bad\n  INFO all is well\n  a list\n\n  end"


def test_the_middle_of_a_long_message_is_left_out_and_counted():
    text = for_terminal("begin " + "x" * 100_000 + " end", limit=100)
    assert text.startswith("begin xxx")
    assert text.endswith("xxx end")
    assert " … (99910 characters left out) … " in text
    assert len(text) < 150
    assert for_terminal("x" * 100, limit=100) == "x" * 100
    assert len(for_terminal("\x1b" * 1_000_000)) < 50_000


def test_no_url_of_a_message_shows_a_secret_even_where_the_middle_is_left_out():
    text = f"GET https://me:5ecret@host/a?sig=5ecret failed, and so did 'https://me:{'5ecret' * 100}@host/b#5ecret'"
    assert for_terminal(text) == "GET https://host/a failed, and so did 'https://host/b'"
    assert "5ecret" not in for_terminal(text, limit=200)


def test_values_are_shown_on_one_line_and_briefly():
    assert shown("a\nb\x1b\u202e") == r"'a\nb\x1b\u202e'"
    assert shown("x" * 100) == "'" + "x" * 59 + "…'"
    assert shown(None) == "None"
    assert shown({"b": [1, 2], "a": "\u202e"}) == r"{'a': '\u202e', 'b': [1, 2]}"
    nested = []
    for _ in range(100_000):
        nested = [nested]
    assert shown(nested) == "[[[[...]]]]"
    assert len(shown(["x" * 1000] * 1000)) < 130


def test_names_are_quoted_and_of_many_the_first_are_listed():
    assert shown_names(["id", "Customer question ", 7, "\x1b[2J"]) == r"'id', 'Customer question ', 7, '\x1b[2J'"
    listed = shown_names(f"c{n}" for n in range(1000))
    assert listed.startswith("'c0', 'c1', ")
    assert listed.endswith("'c29', … and 970 more")
