"""Diagnostics on the page: tables with what is fair and what each language has, and a measure of the map of pairs."""

import csv
import json

import pandas as pd
import pytest
from report.boards import ABOUT, board_of
from report.sample import COLUMNS, read_scores

from equilingual.catalogues.diagnostics import DIAGNOSTICS
from equilingual.evaluation.catalogue import DIAGNOSTIC
from equilingual.report.data.scores import score_table
from equilingual.report.diagnostics import diagnostic_views

MODELS = [ABOUT, {"debias": "lir"}]
PAIRS = {tag: dict.fromkeys(("de", "en", "sw", "ar"), 10) for tag in ("de", "en", "sw", "ar")}
MEANS = ("mean", "mean")
FIGURES = {
    ("monolingual", "de", "de", "map"): (0.5, 0.5),  # of another kind
    ("multilingual", *MEANS, "lang_ndcg@10"): (0.5, 0.625),
    ("multilingual", *MEANS, "first_relevant_own"): (0.7, 0.3),
    ("multilingual", *MEANS, "first_relevant_other"): (0.01, 0.5),
    ("multilingual", *MEANS, "first_irrelevant_own"): (0.27, 0.12),
    ("multilingual", *MEANS, "first_irrelevant_other"): (0.02, 0.08),
    ("multilingual", "de", "all", "first_irrelevant_own"): (0.3, 0.1),
    ("multilingual", "sw", "all", "first_irrelevant_own"): (0.24, 0.14),
    ("monolingual", *MEANS, "reciprocity"): (0.7, ""),
    ("cross-lingual", *MEANS, "reciprocity"): (0.5, ""),
    ("monolingual", "de", "de", "reciprocity"): (0.75, ""),
    ("cross-lingual", "de", "mean", "reciprocity"): (0.55, ""),
    ("cross-lingual", "de", "sw", "reciprocity"): (0.53, ""),
    ("multilingual", *MEANS, "hub_skewness@10"): (5.5, 2.25),
    ("multilingual", "mean", "de", "hub_skewness@10"): (9.75, 2.5),
    ("multilingual", "mean", "sw", "hub_skewness@10"): (1.25, 2.0),
    ("multilingual", "mean", "de", "anti_hubs@10"): (0.052, 0.1),
    ("multilingual", *MEANS, "anti_hubs@10"): (0.04, 0.11),
}


@pytest.fixture
def board(tmp_path):
    return board_of(tmp_path, FIGURES, models=MODELS)


def test_each_diagnostic_has_what_it_means_what_is_fair_and_the_values_of_all_models(board):
    views = diagnostic_views(board, "mine", {"pairs": PAIRS})
    assert [view.title for view in views] == [about.title for about in DIAGNOSTICS.values()]
    assert [view.why for view in views] == [about.why for about in DIAGNOSTICS.values()]
    ndcg, first, reciprocity, hubs = (view.measures for view in views)
    assert ndcg.models == ["base encoder", "LIR (lir)"]
    # Four answers in an even mix: (1 + 3/2)/4 of 1 + .6309 + .5 + .4307, over 1 + half of the last three.
    fair = 0.625 * 2.5616 / (1 + 1.5616 / 2)
    assert [(line.title, line.fair, line.cells) for line in ndcg.lines] == [
        ("Lang-nDCG@10", f"even mix = {fair:.3f}", [("0.500", False), ("0.625", True)])
    ]
    assert [(line.title, line.fair, [text for text, _ in line.cells]) for line in first.lines] == [
        ("First hit: answer, own language", "1/m = 0.250", ["0.700", "0.300"]),
        ("First hit: answer, other language", "1 − 1/m = 0.750", ["0.010", "0.500"]),
        ("First hit: wrong, own language", "0", ["0.270", "0.120"]),
        ("First hit: wrong, other language", "0", ["0.020", "0.080"]),
    ]
    # Nearest to what is fair, then the lowest.
    assert [[best for _, best in line.cells].index(True) for line in first.lines] == [1, 1, 1, 0]
    assert [(line.title, line.fair, [text for text, _ in line.cells]) for line in reciprocity.lines] == [
        ("Reciprocity, monolingual", "1", ["0.700", "–"]),
        ("Reciprocity, cross-lingual", "1", ["0.500", "–"]),
    ]
    assert [(line.title, *line.cells) for line in hubs.lines] == [
        ("Hub skewness@10", ("5.50", False), ("2.25", True)),
        ("Anti-hubs@10", ("0.040", True), ("0.110", False)),
    ]
    assert {line.says for view in views for line in view.measures.lines} == {one.says for one in DIAGNOSTIC}


def test_values_by_language_are_of_the_query_and_hubs_of_the_candidates(board):
    views = diagnostic_views(board, "mine", {"pairs": PAIRS})
    _, first, reciprocity, hubs = (view.languages for view in views)
    assert first.rows == [["German (de)", "0.300", "0.100"], ["Swahili (sw)", "0.240", "0.140"]]
    assert reciprocity.rows[0] == ["German (de)", "0.750 / 0.550", "– / –"]
    assert reciprocity.caption == "mine: monolingual reciprocity / cross-lingual reciprocity, by query language"
    assert hubs.rows == [["German (de)", "9.75 / 0.052", "2.50 / 0.100"], ["Swahili (sw)", "1.25 / –", "2.00 / –"]]
    assert hubs.caption == "mine: hub skewness@10 / anti-hubs@10, by candidate language"


def test_of_matched_sentences_what_is_fair_is_the_same(board):
    (*_, hubs) = diagnostic_views(board, "mine", {"pairs": PAIRS, "task": "bitext"})
    assert [line.fair for line in hubs.measures.lines] == ["0", "0"]


def test_what_is_fair_with_a_broken_number_of_answers_is_between_its_neighbours(board):
    pairs = {"en": {"en": 4, "de": 2, "ar": 2}, "de": {"en": 2, "de": 2, "ar": 1}, "ar": {"en": 2, "de": 1, "ar": 2}}
    (ndcg, *_) = diagnostic_views(board, "mine", {"pairs": pairs})
    two, three = 0.75 * 1.6309 / (1 + 0.6309 / 2), 2 / 3 * 2.1309 / (1 + 1.1309 / 2)
    assert ndcg.measures.lines[0].fair == f"even mix ≈ {two + (three - two) / 3:.3f}"  # 7/3 answers on average


def test_a_run_without_diagnostics_has_no_view_of_them(tmp_path):
    assert diagnostic_views(board_of(tmp_path, {("multilingual", *MEANS, "rank_distance"): 9.0}), "mine", None) == []


def test_the_pages_data_have_reciprocity_of_every_pair_and_hubness_by_language(board):
    frame = pd.DataFrame(**score_table(board))
    pair = frame[(frame.measure == "reciprocity") & (frame.query_language == "de") & (frame.pool == "sw")]
    assert list(pair.value) == [0.53]
    hubs = frame[(frame.measure == "hub_skewness@10") & (frame.pool == "de")]
    assert list(hubs.value) == [9.75, 2.5]


def _with_diagnostics(arguments):
    """Add made-up diagnostics of every model to ``scores.csv``."""
    lines = read_scores(arguments["scores"])
    more = []
    for line in lines:
        if line["measure"] == "map" and line["setting"] != "multilingual":
            more.append(line | {"measure": "reciprocity"})
        elif line["measure"] == "rank_distance":
            names = ("lang_ndcg@10", *(one.name for one in DIAGNOSTIC if one.diagnostic == "first_hit"))
            more += [line | {"measure": name, "value": "0.25"} for name in names]
            pool = "mean" if line["query_language"] == "mean" else line["query_language"]
            hub = line | {"query_language": "mean", "pool": pool, "value": "0.5"}
            more += [hub | {"measure": name} for name in ("hub_skewness@10", "anti_hubs@10")]
    with open(arguments["scores"], "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines + more)


def test_the_page_folds_the_diagnostics_and_a_run_without_has_none(render):
    html = render(_with_diagnostics, benchmarks={"mine": ("ar", "de", "en")})
    bias = html[html.index('id="bias"') :]
    bias = bias[: bias.index("</section>")]
    assert "<details><summary>Diagnostics: why models are biased</summary>" in bias
    for about in DIAGNOSTICS.values():
        assert f'<h3 class="title">{about.title}</h3>' in bias
        assert bias.count(f'aria-label="{about.title} on mine"') == 1
    assert "Reciprocity, cross-lingual" in bias
    assert "by candidate language" in bias
    assert "Diagnostics" not in render(benchmarks={"mine": ("ar", "de", "en")}).split("<script")[0]


def test_the_map_of_pairs_has_reciprocity_among_its_measures(render, visit, tmp_path):
    render(_with_diagnostics, benchmarks={"mine": ("ar", "de", "en")})
    page = visit(tmp_path / "results/report.html")
    options = page.locator("#pairs select").evaluate_all("all => all.map((one) => [...one.options].map((o) => o.text))")
    assert any("Reciprocity" in names for names in options), json.dumps(options)
    assert not any("Hub skewness@10" in names for names in options)
    assert page.logged == []
