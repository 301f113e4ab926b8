"""What is shown of a benchmark depends on the settings that it is asked in."""

from dataclasses import replace

import pytest
from report.boards import ABOUT, board_of, tatoeba
from report.models import scored_model
from report.sample import Run, write_run

from equilingual.config.identities import identities
from equilingual.report.aspects import aspects_of
from equilingual.report.board import read_board, row_of
from equilingual.report.by_language import language_tables
from equilingual.report.columns import columns_of
from equilingual.report.leaderboard import leaderboard_of
from equilingual.report.marks import mark_shapes
from equilingual.report.perfect import perfect_distance
from equilingual.report.plots.language_pairs import measure_of
from equilingual.report.published import published_systems
from equilingual.report.variants import row_variants


def texts_of(shown):
    """The values of the first line."""
    return [cell.text for cell in shown.lines[0].cells]


TATOEBA = {"af": (0.8, 0.6), "de": (0.9, 0.9), "sw": (0.1, 0.3)}


def test_matched_sentences_have_both_directions_and_no_column_of_dashes(tmp_path):
    figures = tatoeba(TATOEBA)
    figures |= {(*key[:3], "map"): value for key, value in figures.items()}
    board = board_of(tmp_path, figures)
    shown = leaderboard_of(board, "mine", {"task": "bitext"}, {})
    assert [column.heading for column in shown.columns] == [
        ("Accuracy", "mean of all pairs"), ("Accuracy", "into English"), ("Accuracy", "from English"),
    ]  # fmt: skip
    # (0.8 + 0.9 + 0.1) / 3, (0.6 + 0.9 + 0.3) / 3
    assert texts_of(shown) == ["0.600", "0.600", "0.600"]
    assert shown.sorted_by == "cross-lingual|accuracy"
    assert [one.name for one in aspects_of(board, "mine")][:1] == ["accuracy"]


def test_the_two_directions_are_not_exchanged(tmp_path):
    board = board_of(tmp_path, tatoeba({"af": (0.8, 0.6), "de": (0.9, 0.5)}))
    assert texts_of(leaderboard_of(board, "mine", {}, {})) == ["0.700", "0.850", "0.550"]
    into, out_of = language_tables(board, "mine", [])
    assert into.caption == "Accuracy by query language (English at the other end)"
    assert [line[0] for line in into.lines] == ["af", "de"]  # and not English, which is in every pair
    assert [line[2] for line in into.lines] == [["0.800"], ["0.900"]]
    assert [line[2] for line in out_of.lines] == [["0.600"], ["0.500"]]


def test_mined_pairs_have_f1_precision_and_recall(tmp_path):
    figures = {
        ("cross-lingual", tag, "en", measure): value
        for tag, values in {"de": (0.9, 0.8, 0.85), "zh": (0.7, 0.6, 0.65)}.items()
        for measure, value in zip(("precision", "recall", "f1"), values, strict=True)
    }
    means = {"precision": 0.8, "recall": 0.7, "f1": 0.75}
    figures |= {("cross-lingual", "mean", "mean", measure): value for measure, value in means.items()}
    shown = leaderboard_of(board_of(tmp_path, figures, "bucc"), "bucc", {}, {})
    assert [column.heading for column in shown.columns] == [
        ("F1", "mean of all pairs"), ("Precision", "mean of all pairs"), ("Recall", "mean of all pairs"),
        ("F1", "German and English"), ("F1", "Chinese (Simplified) and English"),
    ]  # fmt: skip
    assert texts_of(shown) == ["0.750", "0.800", "0.700", "0.850", "0.650"]
    assert [one.name for one in aspects_of(board_of(tmp_path, figures, "bucc"), "bucc")] == ["F1"]


def test_languages_that_are_alone_are_judged_by_ndcg_and_recall(tmp_path):
    figures = {
        ("monolingual", tag, tag, measure): value
        for tag in ("sw", "te")
        for measure, value in (("ndcg@10", 0.25), ("recall@100", 0.75), ("map", 0.2), ("recall@1", 0.1))
    }
    figures |= {("monolingual", "mean", "mean", key[3]): value for key, value in figures.items()}
    board = board_of(tmp_path, figures, "miracl")
    assert [(one.heading[0], one.measure) for one in columns_of(board, "miracl")] == [
        ("nDCG@10", "ndcg@10"), ("R@100", "recall@100"), ("mAP", "map"),
    ]  # fmt: skip
    tables = language_tables(board, "miracl", published_systems("miracl", 2))
    assert [table.caption for table in tables] == ["Monolingual nDCG@10", "Monolingual R@100"]
    tag, _, own, theirs = tables[0].lines[0]
    # Table 12 of the paper for Swahili, then public figures, in the order of their columns
    by_name = dict(zip(tables[0].published, theirs, strict=True))
    assert (tag, own) == ("sw", ["0.250"])
    assert [value for name, value in by_name.items() if name.startswith("BM25")] == ["0.383"]
    assert [value for name, value in by_name.items() if name.startswith("multilingual-e5-small")] == ["0.685"]
    assert measure_of(board, "miracl") is None


def test_perfect_rank_distance_of_sentences_that_are_matched():
    pairs = {tag: dict.fromkeys(("de", "en", "fr", "sw"), 997) for tag in ("de", "en", "fr", "sw")}
    # three relevant ones, since a sentence is no candidate for itself
    assert perfect_distance({"task": "bitext", "pairs": pairs}, 4) == 2
    assert perfect_distance({"task": "retrieval", "pairs": pairs}, 4) == 3


@pytest.mark.parametrize(
    ("encoder", "strategy", "debias", "kind"),
    [
        ("e5", "none", "none", "none"),
        ("e5", "none", "center-pool", "centred"),
        ("e5", "none", "lir-pool", "lir"),
        ("e5", "none", "lsar", "lsar"),
        ("e5", "none", "shift", "shift"),
        ("e5", "none", "lir+z-score", "z-score"),
        ("e5", "none", "rrf", "rrf"),
        ("e5", "none", "round-robin", "round-robin"),
        ("e5", "none", "center+bm25-rrf", "fused"),
        ("e5", "none", "query-nllb", "translated"),
        ("bm25", "none", "query-nllb", "translated"),
        ("bm25", "none", "none", "bm25"),
        ("tfidf", "none", "none", "tfidf"),
        ("e5", "hybrid", "lir", "hybrid"),
        ("e5", "english", "none", "other"),
    ],
)
def test_every_kind_of_row_has_a_mark_of_its_own(encoder, strategy, debias, kind):
    columns = (encoder, None, strategy, None, None, debias)
    if strategy != "none":
        columns = (encoder, "t", strategy, 0.5, 1, debias)
    (model,) = identities({"it": scored_model(*columns, variant=None)})
    assert model.columns[0::5] == (encoder, debias)
    assert model.kind == kind
    assert row_of(model).kind == kind
    assert row_of(replace(model, kind="new")).kind == "other"
    assert f'id="mark-{kind}"' in mark_shapes()


def test_marks_differ_by_their_shape():
    shapes = [group.split('">', 1)[1] for group in mark_shapes().split('<g id="mark-')[1:]]
    assert len(set(shapes)) == len(shapes) == 18


def test_lexical_systems_do_not_put_the_encoder_before_every_name(tmp_path):
    models = [ABOUT, {"encoder": "bm25"}, {"encoder": "tfidf", "debias": "z-score"}]
    board = board_of(tmp_path, {("monolingual", "mean", "mean", "map"): 0.5}, models=models)
    assert [row.label for row in board.rows] == [
        "base encoder", "BM25", "TF-IDF of characters, z-scores within each language",
    ]  # fmt: skip


def test_the_sample_has_all_pairs_and_no_language_in_every_one(tmp_path):
    arguments = write_run(Run(tmp_path, benchmarks={"mine": ("ar", "de", "en")}))
    board = read_board(arguments["scores"], arguments["identities"])
    assert board.pivot("mine") is None
    assert board.settings("mine") == ["monolingual", "cross-lingual", "multilingual"]


def test_words_stand_as_they_are_before_what_is_done_to_them(tmp_path):
    models = [
        ABOUT,
        {"encoder": "bm25", "debias": "z-score"},
        {"encoder": "bm25"},
        {"encoder": "bm25", "debias": "rrf"},
    ]
    board = board_of(tmp_path, {("monolingual", "mean", "mean", "map"): 0.5}, models=models)
    assert [(row.encoder, row.debias) for row in board.rows] == [
        ("e5", "none"),
        ("bm25", "none"),
        ("bm25", "z-score"),
        ("bm25", "rrf"),
    ]


def test_merged_words_have_another_mark_than_the_merged_lists_of_the_encoder_that_they_stand_beside(tmp_path):
    treated = ("none", "z-score", "rrf")
    models = [{**ABOUT, "encoder": encoder, "debias": one} for encoder in ("e5", "labse", "bm25") for one in treated]
    board = board_of(tmp_path, {("monolingual", "mean", "mean", "map"): 0.5}, models=models)
    variants = row_variants(board)
    found = {(row.encoder, row.debias): variants[row] for row in board.rows}
    # Encoders have charts of their own; words stand in each.
    assert [found[encoder, "z-score"] for encoder in ("e5", "labse", "bm25")] == [0, 0, 1]
    assert [found[encoder, "rrf"] for encoder in ("e5", "labse", "bm25")] == [0, 0, 1]
