"""Memory and time by input and attempt: expected values by hand."""

import pytest

from equilingual.plan import growing
from equilingual.plan.wildcards import named


@pytest.fixture
def files(tmp_path):
    """Two files of 1.5 and 0.5 megabytes, and one that does not exist."""
    for name, size in (("a", 1_500_000), ("b", 500_000)):
        (tmp_path / name).write_bytes(bytes(size))
    return [str(tmp_path / name) for name in ("a", "b", "missing")]


@pytest.mark.parametrize(
    ("base", "per_mb", "attempt", "expected"),
    [
        (4000, 0, 1, 4000),
        (4000, 0, 3, 12000),
        (4000, 20, 1, 4040),  # 4000 + 20 × 2 MB
        (4000, 20, 2, 8080),
        (60, 0.1, 1, 61),  # 60.2, rounded up
        (60, 0.1, 3, 181),  # 180.6: rounded after the attempts
    ],
)
def test_a_need_grows_with_the_input_and_the_attempt(files, base, per_mb, attempt, expected):
    need = growing(base, per_mb=per_mb)
    assert need(wildcards=named(), input=files, attempt=attempt) == expected
    assert isinstance(need(wildcards=named(), input=files, attempt=attempt), int)


def test_without_its_input_a_job_needs_the_base(tmp_path):
    assert growing(100, per_mb=5)(wildcards=named(), input=[str(tmp_path / "no")], attempt=1) == 100
    assert growing(100, per_mb=5)(wildcards=named(), input=[], attempt=2) == 200


def test_what_is_read_through_a_memory_map_does_not_count(files):
    assert growing(100, per_mb=5, mapped="a")(wildcards=named(), input=files, attempt=1) == 103  # 100 + 5 × 0.5 MB
