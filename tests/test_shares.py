"""Work that several jobs share."""

import pytest

from equilingual.shares import WHOLE, Share


@pytest.mark.parametrize("count", [0, 1, 5, 17])
@pytest.mark.parametrize("of", [1, 2, 5, 8])
def test_shares_are_neighbours_of_about_one_size_and_together_all(count, of):
    shares = [Share(number, of).among(count) for number in range(of)]
    assert [number for share in shares for number in share] == list(range(count))
    assert {len(share) for share in shares} <= {count // of, -(-count // of)}


def test_one_job_has_all():
    assert WHOLE.among(7) == range(7)


@pytest.mark.parametrize(("number", "of"), [(-1, 2), (2, 2), (0, 0)])
def test_a_share_that_is_none_of_them_is_refused(number, of):
    with pytest.raises(ValueError, match=f"there is no share {number} of {of}"):
        Share(number, of)
