"""An encoder whose vectors are all the same is pointed out beside its figures."""

import pytest
from report.test_page import Page

from equilingual.files import read_json, write_json
from equilingual.report.collapse import collapsed_models

HYBRID = "e5-small__squad-11__hybrid-0.5__seed-1"


@pytest.mark.parametrize(
    ("queries", "candidates", "said"),
    [
        (0.9999, 0.5, "queries 0.999900"),
        (1.0, 1.0, "queries 1.000000, candidates 1.000000"),
        (0.99989, 0.999999, "candidates 0.999999"),
        (0.9998, 0.9, None),
        (None, None, None),  # of one text
        (float("nan"), "1", None),
    ],
)
def test_the_mean_cosine_decides(queries, candidates, said):
    record = {"queries": {"mean_cosine": queries}, "candidates": {"mean_cosine": candidates}}
    expected = {("a/b", "mine"): said} if said else {}
    assert (
        collapsed_models({"a/b/mine": record, "old/mine": {"precision": "float32"}, "x/mine": {"queries": None}})
        == expected
    )


def test_the_page_says_it_beside_the_model_and_before_the_figures(render):
    def change(model, *benchmarks):
        def write(arguments):
            for benchmark in benchmarks:
                path = arguments["encodings"][f"{model}/{benchmark}"]
                record = read_json(path)
                record["queries"]["mean_cosine"] = 0.999997
                write_json(record, path)

        return write

    text = Page(render(change(HYBRID, "xquad-r"))).text
    caution = f"{HYBRID} has collapsed: its vectors of xquad-r are nearly all the same (mean cosine of different texts: queries 0.999997)."
    assert text.count(caution) == 1
    assert text.index(caution) < text.index("Leaderboard of xquad-r")
    assert text.count("hybrid batches, α = 0.5 collapsed: its scores mean nothing") == 1  # not on mlqa-r
    # What is made of the vectors afterwards is none the better.
    text = Page(render(change("e5-small", "xquad-r", "mlqa-r"))).text
    assert text.count("base encoder collapsed: its scores mean nothing") == 2
    assert (
        text.count("centred (center-pool) debiased with the benchmark’s own texts collapsed: its scores mean nothing")
        == 2
    )
    assert text.count("collapsed: its scores mean nothing") == 4
    assert "collapsed" not in Page(render()).text
