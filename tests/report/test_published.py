import csv
from importlib import resources

import pandas as pd
import pytest
from report.boards import board_of

from equilingual.report.by_language import distance_table
from equilingual.report.data.published import published_table
from equilingual.report.leaderboard import leaderboard_of
from equilingual.report.published import published_notes, published_systems


def _paper(benchmark, encoder, strategy):
    systems = published_systems(benchmark, 11)
    return next(
        one
        for one in systems
        if one.source.startswith("arXiv:2408") and (one.encoder, one.strategy) == (encoder, strategy)
    )


def test_the_files_are_shipped_whole():
    folder = resources.files("equilingual.report")
    rows = list(csv.DictReader(folder.joinpath("published_scores.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 672
    assert all(row["source"].startswith("arXiv:2408.10536 Table ") for row in rows)
    others = list(csv.DictReader(folder.joinpath("public_scores.csv").read_text(encoding="utf-8").splitlines()))
    assert all(row["source"] and row["encoder"] and row["training_data"] for row in others)
    assert all(row["languages"] or row["query_language"] != "mean" for row in others)
    assert all(0 < float(row["value"]) <= 1 for row in others)


@pytest.mark.parametrize(
    ("benchmark", "encoder", "figures", "distances"),
    [  # as the paper's text rounds them: X-X, X-Y, hybrid
        (
            "xquad-r",
            "XLM-R base",
            ((0.792, 0.674, 0.547), (0.755, 0.700, 0.593), (0.798, 0.705, 0.593)),
            (410, 295, 287),
        ),
        ("mlqa-r", "LaBSE", ((0.681, 0.656, 0.550), (0.671, 0.677, 0.576), (0.686, 0.681, 0.579)), (225, 198, 195)),
    ],
)
def test_the_macro_rows_are_those_of_the_paper(benchmark, encoder, figures, distances):
    for strategy, maps, distance in zip(("X-X", "X-Y", "hybrid"), figures, distances, strict=True):
        system = _paper(benchmark, encoder, strategy)
        settings = ("monolingual", "cross-lingual", "multilingual")
        assert [system.figure(setting, "map") for setting in settings] == pytest.approx(
            maps, abs=1e-3
        )  # the text cuts some
        assert system.figure("multilingual", "rank_distance") == pytest.approx(distance, abs=0.6)


def test_means_of_the_paper_are_those_of_its_languages():
    for benchmark, languages in (("xquad-r", 11), ("mlqa-r", 7), ("miracl", 15)):
        measure = "ndcg@10" if benchmark == "miracl" else "map"
        for system in published_systems(benchmark, languages):
            if system.source.startswith("arXiv:2408"):
                assert system.languages == languages
                own = [value for (setting, name, query, pool), value in system.figures.items()
                       if (setting, name) == ("monolingual", measure) and query == pool != "mean"]  # fmt: skip
                assert len(own) == languages
                assert sum(own) / languages == pytest.approx(system.figure("monolingual", measure), abs=1e-3)


def test_means_of_public_figures_are_those_of_their_languages():
    for system in published_systems("miracl", 18):
        own = [
            value
            for (_, measure, query, _), value in system.figures.items()
            if (measure, query != "mean") == ("ndcg@10", True)
        ]
        if own and system.languages == 18:
            assert sum(own) / 18 == pytest.approx(system.figure("monolingual", "ndcg@10"), abs=6e-4)


def test_the_nearest_set_of_languages_is_taken():
    small = {one.languages for one in published_systems("tatoeba", 36) if one.encoder == "multilingual-e5-small"}
    assert small == {36}
    large = next(one for one in published_systems("tatoeba", 85) if one.encoder == "multilingual-e5-small")
    assert (large.languages, large.figure("cross-lingual", "f1", "mean", "en")) == (112, 0.689)
    assert published_systems("mine", 5) == []


def test_every_row_names_its_encoder_and_training_and_another_set_of_languages(tmp_path):
    board = board_of(tmp_path, {("monolingual", tag, tag, "ndcg@10"): 0.3 for tag in ("mean", "sw", "te")}, "miracl")
    lines = leaderboard_of(board, "miracl", {}, {}).published
    hybrid = next(one for one in lines if (one.label, "table 13" in one.notes) == ("LaBSE, hybrid", True))
    assert hybrid.notes == (
        "published: arXiv:2408.10536, table 13; trained on nine QA corpora; means of 15 languages, not of 2"
    )
    assert [cell.text for cell in hybrid.cells] == ["0.441"]
    assert [[cell.text for cell in one.cells] for one in lines if one.label == "multilingual-e5-small"] == [["0.593"]]
    assert all(one.notes for one in lines)


def test_published_figures_do_not_stand_beside_a_pool_of_judged_passages(tmp_path):
    board = board_of(tmp_path, {("monolingual", tag, tag, "ndcg@10"): 0.3 for tag in ("mean", "sw", "te")}, "miracl")
    shown = leaderboard_of(board, "miracl", {"pool": "judged"}, {})
    assert shown.published == []
    assert "only judged passages" in shown.notes[0]
    assert all(not table.published for table in shown.tables)
    assert published_notes("mine") == ()
    assert published_table(board, {"miracl": {"pool": "judged"}})["data"] == []


def test_a_published_figure_is_never_the_best(tmp_path):
    figures = {("multilingual", "mean", "mean", "map"): (0.01, 0.02)}
    shown = leaderboard_of(board_of(tmp_path, figures, "xquad-r", [{}, {"debias": "lir"}]), "xquad-r", {}, {})
    assert [cell.best for line in shown.lines for cell in line.cells] == [True, False]
    assert len(shown.published) >= 6
    assert not any(cell.best for line in shown.published for cell in line.cells)


def test_the_pages_data_have_what_the_leaderboard_shows_of_published_systems(tmp_path):
    board = board_of(tmp_path, {("multilingual", "mean", "mean", "map"): 0.01}, "xquad-r")
    frame = pd.DataFrame(**published_table(board, {}))
    for line in leaderboard_of(board, "xquad-r", {}, {}).published:
        found = frame[(frame.system == line.number) & (frame.setting == "multilingual") & (frame.measure == "map")]
        assert [f"{value:.3f}" for value in found.value] == [line.cells[0].text]
        assert set(found.label) == {line.label}
    assert set(frame.query_language) == set(frame.pool) == {"mean"}


def test_rank_distances_by_language_have_the_published_ones_beside_them(tmp_path):
    figures = {("multilingual", tag, "all", "rank_distance"): value for tag, value in (("ar", 40.0), ("de", 1500.0))}
    board = board_of(tmp_path, figures, "xquad-r")
    table = distance_table(board, "xquad-r", published_systems("xquad-r", 11))
    # Table 7 of arXiv:2408.10536: XLM-R, then LaBSE, each with X-X, X-Y and hybrid.
    assert [name.split(" (")[0] for name in table.published] == [
        "XLM-R base, X-X", "XLM-R base, X-Y", "XLM-R base, hybrid", "LaBSE, X-X", "LaBSE, X-Y", "LaBSE, hybrid",
    ]  # fmt: skip
    assert table.lines[0] == ("ar", "Arabic", ["40.0"], ["553", "372", "376", "332", "279", "285"])
    assert table.lines[1][2] == ["1\u202f500"]
    assert distance_table(board, "xquad-r", []).published == []
    only_map = board_of(tmp_path, {("multilingual", "ar", "all", "map"): 0.5}, "xquad-r")
    assert distance_table(only_map, "xquad-r", []) is None
