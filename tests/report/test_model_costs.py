"""What each model cost, and what a search with it needs."""

import pytest
from report.boards import board_of

from equilingual.report.model_costs import model_costs, serving_of

FIGURES = {("monolingual", "mean", "mean", "map"): 0.7}
TRAINED = {"encoder": "e5", "training_set": "set", "strategy": "cross", "alpha": 0.0}


@pytest.fixture
def board(tmp_path):
    models = [{"encoder": "e5"}, {"encoder": "e5", "debias": "center-pool"}]
    models += [TRAINED | {"seed": 1}, TRAINED | {"seed": 2}, {"encoder": "bm25"}]
    return board_of(tmp_path, FIGURES, models=models)


COSTS = {
    "e5": {
        "encoding": {"mine": 10.0, "gone": 5.0},
        "dimensions": 384,
        "parameters": 117_650_000,
        "weight_bytes": 470_637_416,
    },
    "e5__set__cross__seed-1": {"training": {"seconds": 600.0, "memory_mb": 2100.0}, "encoding": {"mine": 20.0}},
    "e5__set__cross__seed-2": {"training": {"seconds": 720.0, "memory_mb": 1900.0}, "encoding": {"mine": 30.0}},
}
TEXTS = {"queries": {"texts": 300}, "candidates": {"texts": 700}}


def test_seeds_are_put_together_and_each_gap_says_what_it_is(board):
    encodings = {f"{name}/mine": TEXTS for name in COSTS}
    base, centred, trained, lexical = model_costs(board, COSTS, encodings)
    assert (base.training, base.memory, base.encoded_by) == ("none", "none", "")
    # 1,000 texts in 10 s: a million in 10,000 s, 2 h 47 min. A vector has 384 numbers of 4 bytes.
    assert (base.rate, base.million) == ("100", "2 h 47 min")
    assert (base.vector, base.dimensions) == ("1\u202f536 bytes", "384 dimensions")
    assert (centred.training, centred.encoded_by) == ("none", "as the base encoder")
    assert (base.size, base.parameters) == ("471 MB", "118M parameters")
    # Two seeds with 2,000 texts in 50 s, and 600 and 720 s of training.
    assert (trained.training, trained.memory, trained.encoded_by) == ("11 min", "2.1 GB", "")
    assert (trained.rate, trained.million, trained.vector) == ("40", "6 h 57 min", "not measured")
    assert (trained.size, trained.parameters) == ("not measured", "")
    assert (lexical.training, lexical.encoded_by) == ("none", "none: words are indexed")
    assert model_costs(board, {}, encodings) == []


def test_a_few_texts_give_no_speed(board):
    """Of 120 texts, nearly all of the time is that of loading the network."""
    few = {"queries": {"texts": 299}, "candidates": {"texts": 700}}
    base, *_ = model_costs(board, {"e5": COSTS["e5"]}, {"e5/mine": few})
    assert (base.rate, base.million) == ("not measured", "not measured")


def test_what_was_not_measured_says_so_and_a_debiased_model_is_encoded_as_the_trained_one(tmp_path):
    models = [TRAINED | {"seed": 1}, TRAINED | {"seed": 1, "debias": "center-pool"}]
    board = board_of(tmp_path, FIGURES, models=models)
    trained, debiased = model_costs(board, {"e5__set__cross__seed-1": {"encoding": {"mine": 0.0}}}, {})
    assert {trained.training, trained.memory, trained.rate, trained.million, trained.vector} == {"not measured"}
    assert {debiased.training, debiased.memory, debiased.encoded_by} == {"as the trained model"}


def test_a_trained_model_encodes_as_its_encoder_if_its_vectors_are_as_long(board):
    """The network is the same: 1,000 texts in 10 s, and 2,000 in 50 s on a machine that did other work."""
    network = {"dimensions": 384, "parameters": 9_960_000, "weight_bytes": 4_040_000}
    costs = {name: cost | network for name, cost in COSTS.items()}
    base, _, trained, _ = model_costs(board, costs, {f"{name}/mine": TEXTS for name in COSTS})
    assert (base.rate, base.million) == ("50", "5 h 33 min")
    assert (base.size, base.parameters) == ("4.0 MB", "10.0M parameters")
    assert (trained.encoded_by, trained.training) == ("as the base encoder", "11 min")
    shorter = {name: cost | {"dimensions": 128} if "__" in name else cost for name, cost in costs.items()}
    base, _, trained, _ = model_costs(board, shorter, {f"{name}/mine": TEXTS for name in COSTS})
    assert (base.rate, trained.rate, trained.encoded_by) == ("100", "40", "")
    cut = {name: cost | {"parameters": 5_000_000} if "__" in name else cost for name, cost in costs.items()}
    base, _, trained, _ = model_costs(board, cut, {f"{name}/mine": TEXTS for name in COSTS})
    assert (trained.encoded_by, trained.parameters) == ("", "5.0M parameters")


def test_a_step_that_several_models_take_has_one_row_for_all_of_them(tmp_path):
    models = [{"encoder": "e5"}, {"encoder": "e5", "debias": "center-pool"}, {"encoder": "e5", "debias": "csls-pool"}]
    models += [TRAINED | {"seed": 1}, TRAINED | {"seed": 1, "debias": "center-pool"}]
    board = board_of(tmp_path, FIGURES, models=models)
    found = model_costs(board, COSTS, {})
    assert [one.label for one in found] == [
        "base encoder",
        "CSLS (csls-pool)",
        "cross-lingual batches",
        "centred (center-pool)",
    ]
    assert [one.training for one in found] == ["none", "none", "10 min", "as the model that it is applied to"]
    assert {found[-1].training, found[-1].memory, found[-1].encoded_by} == {"as the model that it is applied to"}
    assert found[-1].serving == "the language of each query and document; a mean vector for each language"


def test_what_a_search_needs_depends_on_what_is_done_to_the_vectors(board):
    base, centred, trained, lexical = map(serving_of, board.rows)
    assert base == trained == "nothing"
    assert centred == "the language of each query and document; a mean vector for each language"
    assert lexical == "an index of words in place of an encoder"


def test_steps_after_encoding_add_what_they_need(tmp_path):
    steps = ("center-pool+z-score", "lir-pool-2", "csls", "bm25-scores", "query-apertium")
    rows = board_of(tmp_path, FIGURES, models=[{"encoder": "e5", "debias": step} for step in steps]).rows
    found = {row.debias: serving_of(row) for row in rows}
    merged = "a search in each language; the lists are merged"
    assert (
        found["center-pool+z-score"]
        == f"the language of each query and document; a mean vector for each language; {merged}"
    )
    assert found["lir-pool-2"] == "the language of each query and document; a projection for each language"
    assert found["csls"] == "the language of each query; a number (4 bytes) for each document in each query language"
    assert found["bm25-scores"] == "a lexical search for each query, too"
    assert found["query-apertium"] == "a translation of each query"
