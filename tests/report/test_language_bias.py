import pytest
from report.boards import ABOUT, board_of

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.bias_maps import bias_maps
from equilingual.report.language_bias import bias_table, bias_views, fair_value
from equilingual.report.searches import search_table

MODELS = [ABOUT, {"debias": "lir"}]
PAIRS = {tag: dict.fromkeys(("de", "en", "fr", "sw"), 10) for tag in ("de", "en", "fr", "sw")}


def _board(folder, **values):
    figures = {("multilingual", "mean", "mean", key.replace("_at_", "@")): value for key, value in values.items()}
    return board_of(folder, figures, models=MODELS)


@pytest.mark.parametrize(
    ("key", "fair"),
    [("rank_distance", 3), ("max_rank", 4), ("log_rank_distance", 2), ("language_preference", 0.25), ("rbo", 1),
     ("kendall_w", 0), ("complete@100", 1), ("awrf@20", 1), ("same_language_gap", 0)],
)  # fmt: skip
def test_what_a_fair_system_has_with_four_answers(key, fair):
    assert fair_value(MEASURES[key], 4) == fair


def test_all_measures_stand_side_by_side_with_what_is_fair(tmp_path):
    board = _board(
        tmp_path, rank_distance=(200.0, 100.0), language_preference=(0.9, 0.2), same_language_gap=(0.31, -0.4),
        complete_at_100=(0.5, 0.6), rank_distance_normalised=(0.01234, 0.0001),
    )  # fmt: skip
    table = bias_table(board, "mine", {"pairs": PAIRS})
    assert table.heads == [
        ("Rank distance", "m − 1 = 3.0"), ("Normalised rank distance", "0"), ("Complete@100", "1"),
        ("Own language first", "1/m = 0.250"), ("Own-language gap", "0"),
    ]  # fmt: skip
    assert [cells for _, _, cells in table.lines] == [
        [("200", False), ("0.0123", False), ("0.500", False), ("0.900", False), ("0.31", True)],
        [("100", True), ("0.0001", True), ("0.600", True), ("0.200", True), ("−0.40", False)],
    ]
    assert table.about == "m, the languages that have an answer to a question, is 4"
    assert [name for name, _ in table.words] == [name for name, _ in table.heads]


def test_what_is_fair_is_about_where_questions_have_not_as_many_answers(tmp_path):
    pairs = {"en": {"en": 4, "de": 2, "ar": 2}, "de": {"en": 2, "de": 2, "ar": 1}, "ar": {"en": 2, "de": 1, "ar": 2}}
    table = bias_table(_board(tmp_path, rank_distance=(9.0, 8.0), rbo=(0.5, 0.6)), "mine", {"pairs": pairs})
    assert table.heads == [("Rank distance", "m − 1 ≈ 1.3"), ("RBO", "1")]  # (1 + 1.5 + 1.5) / 3


def test_lists_without_the_querys_own_text_are_never_wholly_fair(tmp_path):
    board = _board(tmp_path, rbo=(0.5, 0.6), language_kl_at_10=(0.1, 0.2), kendall_w=(0.1, 0.2))
    table = bias_table(board, "mine", {"pairs": PAIRS, "task": "bitext"})
    assert dict(table.heads) == {"Kendall’s W": "0", "KL@10": "above 0", "RBO": "below 1"}


def test_without_measures_there_is_no_table(tmp_path):
    assert bias_table(board_of(tmp_path, {("monolingual", "en", "en", "map"): 0.5}), "mine", None) is None


def test_published_rank_distances_stand_beside_ours(tmp_path):
    tags = ("ar", "en", "mean")
    figures = {("multilingual", tag, "mean" if tag == "mean" else "all", "rank_distance"): 100.0 for tag in tags}
    (view,) = bias_views(board_of(tmp_path, figures, "xquad-r", [ABOUT, {"encoder": "bm25"}]), "xquad-r")
    assert [label for _, label in view.models] == ["base encoder", "BM25"]
    assert len(view.published) == 6
    assert view.published[0] == "XLM-R base, X-X (arXiv:2408.10536, tables 3 and 7; trained on nine QA corpora)"
    assert [len(line[3]) for line in view.lines] == [6, 6]
    assert all(value != "–" for line in view.lines for value in line[3])


RECORD = {
    "languages": ["de", "en"],
    "median_rank": {"de": [1, 16.5], "en": [2048, None]},
    "shares": {"de": [0.9, 0.1], "en": [0.28, 0.72]},
    "pool_shares": [0.6, 0.4],
}


def _maps(folder, **changes):
    board = _board(folder, rank_distance=(9.0, 8.0))
    records = {"e5/mine": RECORD, "e5+lir/mine": RECORD | changes, "e5/other": RECORD, "e5+odd/mine": {}}
    return bias_maps(board, "mine", records)


def test_median_ranks_are_coloured_by_their_logarithms(tmp_path):
    first = _maps(tmp_path).models[0].value
    cells = [cell for _, line in first.rows for cell in line]
    assert [cell.text for cell in cells] == ["1", "16", "2.0k", "–"]
    # log2: 0, 4.04, 11 of 11, in 20 steps
    assert [cell.letter for cell in cells] == ["a", "h", "u", "z"]
    assert [cell.diagonal for cell in cells] == [True, False, False, True]


def test_the_middle_of_the_legend_is_the_middle_colour(tmp_path):
    found = _maps(tmp_path)
    # The highest rank is 2^11; the middle of the colours is 2^5.5 = 45.25.
    assert (found.legend.low, found.legend.middle, found.legend.high) == ("1", "45", "2.0k")
    assert (found.share_legend.low, found.share_legend.middle, found.share_legend.high) == ("⅛×", "1×", "8×")


def test_shares_are_set_against_those_of_the_pool(tmp_path):
    found = _maps(tmp_path)
    cells = [cell.text for _, line in found.models[0].difference.rows for cell in line]
    assert cells == ["1.5", "0.2", "0.5", "1.8"]  # 0.9 / 0.6, 0.1 / 0.4, 0.28 / 0.6, 0.72 / 0.4
    assert found.shares.rows == [["de German", "60.0%", "59.0%", "59.0%"], ["en English", "40.0%", "41.0%", "41.0%"]]


def test_a_language_that_does_not_ask_has_a_row_of_dashes(tmp_path):
    found = _maps(tmp_path, median_rank={"de": [1, 2]}, shares={"de": [0.5, 0.5]})
    assert [cell.text for cell in found.models[1].value.rows[1][1]] == ["–", "–"]
    assert found.shares.rows[0] == ["de German", "60.0%", "59.0%", "50.0%"]


def test_maps_of_too_many_cells_are_left_out_and_counted(tmp_path):
    board = _board(tmp_path, rank_distance=(9.0, 8.0))
    records = {"e5/mine": RECORD, "e5+lir/mine": RECORD}
    assert [bias_maps(board, "mine", records, cells).left_out for cells in (16, 15, 0)] == [0, 1, 1]
    assert bias_maps(board, "mine", {"e5/mine": {}}) is None


def test_what_indexes_find():
    record = {
        "pools": {"en": {"recall@1": 1.0, "recall@10": 0.98}, "all": {"recall@1": 0.9, "recall@10": 0.9, "recall@100": 0.8}},
        "mean": {"recall@1": 0.95, "recall@10": 0.94, "recall@100": 0.8},
    }  # fmt: skip
    table = search_table("hnsw", {"e5/xquad-r": record})
    assert table.rows == [["hnsw", "e5", "xquad-r", "2", "0.950", "0.940", "0.800", "0.900"]]
    assert search_table("exact", {"e5/xquad-r": record}) is None
    assert search_table("ivf", {}) is None
