"""The leaderboard as the page has it without scripts."""

from report.boards import ABOUT, board_of

from equilingual.evaluation.catalogue import MEASURES
from equilingual.report.columns import Column, about_of
from equilingual.report.leaderboard import Bar, leaderboard_of
from equilingual.report.vega import colour_of

MODELS = [ABOUT, {"debias": "lir"}, {"debias": "shift"}]
WITHIN, TOGETHER = ("monolingual", "mean", "mean", "map"), ("multilingual", "mean", "mean", "rank_distance")


def _shown(folder, figures, counts=None, collapsed=None, models=MODELS):
    return leaderboard_of(board_of(folder, figures, models=models), "mine", counts or {}, collapsed or {})


def test_the_least_biased_model_comes_first_and_one_without_a_value_last(tmp_path):
    shown = _shown(tmp_path, {WITHIN: (0.4, 0.8, 0.2), TOGETHER: (200.0, "", 100.0)})
    assert [column.key for column in shown.columns] == ["monolingual|map", "multilingual|rank_distance"]
    assert shown.sorted_by == "multilingual|rank_distance"
    assert [[cell.text for cell in line.cells] for line in shown.lines] == [
        ["0.200", "100"],
        ["0.400", "200"],
        ["0.800", "–"],
    ]
    # In the order of the page's data: base encoder, then what is done to it by kind.
    assert [line.colour for line in shown.lines] == [colour_of(kind) for kind in ("shift", "none", "lir")]
    assert [line.number for line in shown.lines] == [2, 0, 1]


def test_without_language_bias_the_first_column_decides_and_more_is_better(tmp_path):
    shown = _shown(tmp_path, {WITHIN: (0.4, 0.8, 0.2)})
    assert [line.cells[0].text for line in shown.lines] == ["0.800", "0.400", "0.200"]
    assert [line.cells[0].best for line in shown.lines] == [True, False, False]


def test_bars_begin_at_nought_and_the_longest_fills_its_track(tmp_path):
    shown = _shown(tmp_path, {WITHIN: (0.4, 0.8, 0.2)})
    assert [line.cells[0].bar for line in shown.lines] == [
        Bar(0.0, 100.0, None, None), Bar(0.0, 50.0, None, None), Bar(0.0, 25.0, None, None),
    ]  # fmt: skip


def test_published_values_and_intervals_are_on_the_same_scale(tmp_path):
    board = board_of(tmp_path, {("multilingual", "mean", "mean", "map"): 0.2}, "xquad-r")
    board.intervals[board.rows[0], "xquad-r", "multilingual", "mean", "mean", "map"] = [(0.1, 0.3)]
    shown = leaderboard_of(board, "xquad-r", {}, {})
    most = max(float(line.cells[0].text) for line in shown.published)
    (cell,) = shown.lines[0].cells
    assert most > 0.5
    assert cell.about == "95% interval 0.100 to 0.300; 100 queries"
    board.over_seeds[board.rows[0], "xquad-r", "multilingual", "mean", "mean", "map"] = (0.05, 0.35)
    (cell,) = leaderboard_of(board, "xquad-r", {}, {}).lines[0].cells
    assert cell.about == "95% interval 0.100 to 0.300; over questions and seeds 0.050 to 0.350; 100 queries"
    assert abs(cell.bar.length - 20 / most) < 0.1
    assert abs(cell.bar.high - cell.bar.low - 20 / most) < 0.2
    assert max(line.cells[0].bar.length for line in shown.published) == 100.0


def test_an_encoder_that_was_trained_on_the_benchmarks_data_is_marked(tmp_path):
    board = board_of(tmp_path, {WITHIN: (0.4, 0.8)}, models=[ABOUT, {"encoder": "other"}])
    board.seen = {"e5": {"mine": ["squad", "nq"], "another": ["miracl"]}, "other": {"another": ["miracl"]}}
    shown = leaderboard_of(board, "mine", {}, {})
    assert {board.rows[line.number].encoder: line.seen for line in shown.lines} == {"e5": "squad, nq", "other": ""}
    assert shown.seen == (
        "e5 was trained on squad, nq, and mine is part of this data or made from it. So its scores may not be zero-shot, "
        "nor those of models trained from it.",
    )


def test_encoders_that_were_trained_on_the_same_have_one_remark(tmp_path):
    encoders = ("a", "b", "c", "d")
    board = board_of(tmp_path, {WITHIN: (0.4, 0.8, 0.2, 0.1)}, models=[{"encoder": name} for name in encoders])
    board.seen = {"a": {"mine": ["squad"]}, "b": {"mine": ["nq"]}, "c": {"mine": ["squad"]}, "d": {"mine": ["squad"]}}
    assert leaderboard_of(board, "mine", {}, {}).seen == (
        "a, c and d were trained on squad, and mine is part of this data or made from it. So their scores may not be "
        "zero-shot, nor those of models trained from them.",
        "b was trained on nq, and mine is part of this data or made from it. So its scores may not be zero-shot, nor "
        "those of models trained from it.",
    )


def test_a_collapsed_encoder_is_pointed_out_with_what_is_made_of_it(tmp_path):
    shown = _shown(tmp_path, {WITHIN: (0.4, 0.8, 0.2)}, collapsed={("e5", "mine"): "queries 1.0"})
    assert [line.collapsed for line in shown.lines] == [True, True, True]
    assert not any(line.collapsed for line in _shown(tmp_path, {WITHIN: (0.4, 0.8, 0.2)}).lines)


def test_the_heading_of_the_rank_distance_has_that_of_a_perfect_ranking(tmp_path):
    pairs = {tag: dict.fromkeys(("de", "en", "fr", "sw"), 10) for tag in ("de", "en", "fr", "sw")}
    shown = _shown(tmp_path, {TOGETHER: (200.0, 150.0, 100.0)}, {"pairs": pairs})
    assert shown.columns[0].heading == ("Rank distance", "lower is better, lowest possible: 3")


def test_a_heading_says_the_setting_or_which_values_are_better():
    assert about_of("multilingual", "map") == "multilingual"
    assert about_of("multilingual", "kendall_w") == "lower is better"
    assert about_of("multilingual", "language_preference") == "nearer to fair is better"
    assert MEASURES["language_preference"].better == "near"
    assert Column("accuracy", "cross-lingual", "into English", "mean", "en").key == "cross-lingual|accuracy|mean|en"
