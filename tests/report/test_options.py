"""Which model to use: the best of each kind, with verdicts against its base encoder and what it takes."""

import pytest
from report.boards import board_of
from report.test_headline import CENTRED, CROSS, DISTANCE, HYBRID, MODELS, NOT_SHOWN, QUALITY, SHOWN, bias, within

from equilingual.report.aspects import ASPECTS
from equilingual.report.model_costs import ModelCost
from equilingual.report.options import options_of
from equilingual.report.paired import Paired

CSLS = f"{HYBRID}+csls"
WITH_CSLS = [*MODELS, MODELS[-1] | {"debias": "csls"}]
COST = ModelCost(
    "hybrid batches, α = 0.5",
    "26 s",
    "2.3 GB",
    "471 MB",
    "118M parameters",
    "",
    "119",
    "2 h 20 min",
    "1 536 bytes",
    "384 dimensions",
    "nothing",
)


@pytest.fixture
def board(tmp_path):
    distances = (211.0, 76.5, 110.0, 96.4, 99.3, 71.0)
    return board_of(tmp_path, QUALITY | {DISTANCE: distances}, "mine", WITH_CSLS)


def options(board, lines, costs=()):
    return options_of(board, Paired(lines), "mine", [ASPECTS[3], ASPECTS[0]], costs)


def test_each_kind_has_its_least_biased_model_after_the_base_encoder(board):
    lines = [bias(CENTRED, (3.9, 4.7)), bias(CROSS, (3.9, 4.7)), bias(HYBRID, (4.0, 4.7)), bias(CSLS, (3.6, 4.7))]
    found = options(board, lines)
    assert [one.kind for one in found.lines] == ["As it is", "Without training", "Trained", "Trained and debiased"]
    assert [one.values[0].text for one in found.lines] == ["211", "76.5", "96.4", "71.0"]
    assert [one.note for one in found.lines] == [
        "",
        "debiased with the benchmark’s own texts; may gain less with others",
        "",
        "",
    ]
    assert [one.values[0].best for one in found.lines] == [False, False, False, True]
    assert all(one.values[1].best for one in found.lines)  # mAP looks the same: all are best
    assert found.headings == [("Rank distance", "lower is better"), ("mAP", "monolingual")]


def test_a_model_that_is_worse_within_a_language_is_not_chosen(board):
    lines = [bias(CENTRED, (3.9, 4.7)), bias(CROSS, (3.9, 4.7)), bias(HYBRID, (4.0, 4.7))]
    lines += [within(CROSS, (0.6, 0.7), SHOWN), within(HYBRID, (0.7, 0.7))]
    chosen = options(board, lines).lines[-1]
    assert [value.text for value in chosen.values] == ["99.3", "0.700"]
    assert [value.verdict for value in chosen.values] == ["better", NOT_SHOWN]
    assert [value.words for value in chosen.values] == ["better", "not significant"]


def test_how_they_were_chosen_is_said(board):
    lines = [bias(CENTRED, (3.9, 4.7)), bias(HYBRID, (4.0, 4.7))]
    assert options(board, lines).about == "the least biased of each kind"
    rest = " without a significant loss of monolingual mAP; if all lose, the least biased"
    assert options(board, [*lines, within(HYBRID, (0.7, 0.7))]).about == "the least biased of each kind" + rest
    alone = [within(CENTRED, (0.6, 0.7), SHOWN), within(HYBRID, (0.7, 0.7))]
    assert options(board, alone).about == "the best of each kind by monolingual mAP"


def test_a_verdict_beside_a_figure_that_moves_against_it_names_the_measure(board):
    lines = [bias(CENTRED, (4.9, 4.7), SHOWN), bias(HYBRID, (4.0, 4.7))]  # 76.5 in place of 211, and more by the log
    found = {one.kind: one.values[0].words for one in options(board, lines).lines}
    assert found == {"As it is": "", "Without training": "worse by log rank distance", "Trained": "better"}


def test_training_takes_its_time_and_new_vectors_and_debiasing_what_its_method_needs(board):
    lines = [bias(CENTRED, (3.9, 4.7)), bias(HYBRID, (4.0, 4.7)), bias(CSLS, (3.6, 4.7))]
    base, centred, trained, both = (one.takes for one in options(board, lines, [COST]).lines)
    assert base == "nothing"
    assert centred == "the language of each query and document; a mean vector for each language"
    assert trained == "26 s of training for each seed; new vectors of all documents"
    assert both == f"{trained}; the language of each query; a number (4 bytes) for each document in each query language"
    unknown = [one.takes for one in options(board, lines).lines]
    assert unknown[2] == "training; new vectors of all documents"


def test_a_single_kind_is_no_choice(board):
    assert options(board, [bias(CROSS, (3.9, 4.7)), bias(HYBRID, (4.0, 4.7))]) is None
    assert options(board, []) is None


def test_what_was_not_tested_has_a_value_and_no_verdict(board):
    found = options(board, [bias(CENTRED, (3.9, 4.7)), bias(HYBRID, (4.0, 4.7))])
    assert [value.verdict for one in found.lines for value in one.values] == ["", "", "better", "", "better", ""]
