"""What the page says of the tests."""

from equilingual.report.paired import alpha_text, describe_tests, name_test

TESTS = {"alpha": 0.05, "permutations": 100_000}


def line(family, over_seeds=""):
    return {"family": str(family), "low_over_seeds": over_seeds}


def test_the_test_its_permutations_and_its_correction_are_named():
    assert name_test([line(8)], TESTS) == (
        "Paired permutation test, two-sided: 100\u202f000 random sign changes of whole clusters of questions (those of "
        "one paragraph), corrected for all 8 tests of the run (Holm)."
    )
    assert name_test([line(1)], TESTS | {"permutations": 999}).startswith("Paired permutation test, two-sided: 999 ")
    assert name_test([line(1)], TESTS).endswith("corrected for the only test of the run (Holm).")


def test_seeds_are_spoken_of_where_there_are_some():
    assert describe_tests([line(8)], TESTS) == "Models are compared on the same questions."
    assert "t-test over seeds and clusters" in describe_tests([line(8), line(8, "0.01")], TESTS)


def test_the_lowest_p_is_given_where_the_page_would_show_it():
    assert describe_tests([line(144)], TESTS).endswith("With this many tests, no corrected p is below .001.")
    assert "below" not in describe_tests([line(99)], TESTS)
    assert describe_tests([line(20)], TESTS | {"permutations": 999}).endswith("no corrected p is below .020.")


def test_alpha_is_written_as_p_is():
    assert [alpha_text({"alpha": alpha}) for alpha in (0.05, 0.001)] == [".05", ".001"]
