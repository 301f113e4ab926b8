import pytest
from report.boards import ABOUT, board_of

from equilingual.evaluation.catalogue import BIAS, MEASURES
from equilingual.report.language_bias import bias_table, fair_value
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


def test_every_measure_has_what_it_means_and_what_is_fair(tmp_path):
    board = _board(
        tmp_path, rank_distance=(200.0, 100.0), language_preference=(0.9, 0.2), same_language_gap=(0.31, -0.4),
        complete_at_100=(0.5, 0.6), rank_distance_normalised=(0.01234, 0.0001),
    )  # fmt: skip
    table = bias_table(board, "mine", {"pairs": PAIRS})
    assert table.models == ["base encoder", "LIR (lir)"]
    assert [(line.title, line.fair, *line.cells) for line in table.lines] == [
        ("Rank distance", "m − 1 = 3.0", ("200", False), ("100", True)),
        ("Normalised rank distance", "0", ("0.0123", False), ("0.0001", True)),
        ("Complete@100", "1", ("0.500", False), ("0.600", True)),
        ("Own language first", "1/m = 0.250", ("0.900", False), ("0.200", True)),
        ("Own-language gap", "0", ("0.31", True), ("−0.40", False)),
    ]
    assert table.about == "m = 4 is the number of languages that have an answer to a question"
    assert [line.says for line in table.lines] == [
        measure.says for measure in BIAS if measure.title in {line.title for line in table.lines}
    ]
    assert all(line.says for line in table.lines)


def test_what_is_fair_is_about_where_questions_have_not_as_many_answers(tmp_path):
    pairs = {"en": {"en": 4, "de": 2, "ar": 2}, "de": {"en": 2, "de": 2, "ar": 1}, "ar": {"en": 2, "de": 1, "ar": 2}}
    table = bias_table(_board(tmp_path, rank_distance=(9.0, 8.0), rbo=(0.5, 0.6)), "mine", {"pairs": pairs})
    # (1 + 1.5 + 1.5) / 3
    assert [(line.title, line.fair) for line in table.lines] == [("Rank distance", "m − 1 ≈ 1.3"), ("RBO", "1")]


def test_lists_without_the_querys_own_text_are_never_wholly_fair(tmp_path):
    board = _board(tmp_path, rbo=(0.5, 0.6), language_kl_at_10=(0.1, 0.2), kendall_w=(0.1, 0.2))
    table = bias_table(board, "mine", {"pairs": PAIRS, "task": "bitext"})
    fair = {line.title: line.fair for line in table.lines}
    assert fair == {"Kendall’s W": "0", "KL@10": "above 0", "RBO": "below 1"}


def test_without_measures_there_is_no_table(tmp_path):
    assert bias_table(board_of(tmp_path, {("monolingual", "en", "en", "map"): 0.5}), "mine", None) is None


def test_what_indexes_find():
    record = {
        "pools": {"en": {"recall@1": 1.0, "recall@10": 0.98}, "all": {"recall@1": 0.9, "recall@10": 0.9, "recall@100": 0.8}},
        "mean": {"recall@1": 0.95, "recall@10": 0.94, "recall@100": 0.8},
    }  # fmt: skip
    table = search_table("hnsw", {"e5/xquad-r": record})
    assert table.rows == [["hnsw", "e5", "xquad-r", "2", "0.950", "0.940", "0.800", "0.900"]]
    assert search_table("exact", {"e5/xquad-r": record}) is None
    assert search_table("ivf", {}) is None
