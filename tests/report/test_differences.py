"""Names in figures."""

from equilingual.report.plots.differences import short


def test_a_long_name_loses_its_middle_so_that_forms_of_one_model_differ():
    trained = "hybrid batches, α = 0.25, two-positives"
    assert short(trained, 34) == "hybrid batches, α =… two-positives"
    assert short(f"{trained}, CSLS (csls-pool)", 34) == "hybrid batches,… CSLS (csls-pool)"
    assert short(f"{trained}, centred (center-pool)", 34) == "hybrid batches, α =… (center-pool)"
    assert short("base encoder", 12) == "base encoder"
    assert short("e" * 120, 9) == "eeee…eeee"
