"""The expressions that constrain wildcards: they match the names that they are made of, and nothing else."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equilingual.plan import one_of

NAMES = st.lists(st.text(st.sampled_from("ab1_-+.|(é"), min_size=1, max_size=7), max_size=8)


@given(NAMES, st.text(st.sampled_from("ab1_-+.|(é"), max_size=7))
def test_exactly_the_names_match(names, other):
    pattern = re.compile(one_of(names))
    for name in {*names, other, *(name[:-1] for name in names), *(f"{name}+a" for name in names)}:
        assert bool(pattern.fullmatch(name)) == (name in names or (not names and name == "none")), name


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        ([], "none"),
        ([1, 2], "(?:1|2)"),
        (["a__mono", "b__mono"], "(?:a|b)__mono"),
        (["a__x+c", "a__x"], r"a__x(?:\+c)?"),
        (["a__x", "a__y", "b__x"], "(?:a(?:__x|__y)|b__x)"),
    ],
)
def test_what_names_share_is_written_once(names, pattern):
    assert one_of(names) == pattern


def test_a_grid_takes_the_length_of_its_parts_and_not_of_their_product():
    parts = [f"encoder{n}" for n in range(20)], [f"hybrid-0.{n}" for n in range(9)], [f"seed-{n}" for n in range(50)]
    names = ["__".join(chosen) for chosen in itertools.product(*parts)]
    pattern = one_of(names)
    assert len(pattern) < 600 < sum(map(len, names)) / 300
    assert all(map(re.compile(pattern).fullmatch, names))
    assert not re.fullmatch(pattern, "encoder1__hybrid-0.1__seed-50")
