import pytest
from report.sample import MODELS, Run, change_scores, write_run

from equilingual.report.board import Figure, read_board
from equilingual.report.comparison import perfect_distance
from equilingual.report.findings import ASPECTS, finding_of, is_worse

TAGS = ("ar", "de", "en")


@pytest.fixture
def find(tmp_path):
    """Return a function from the value of (strategy, setting) to the finding; other figures are dropped."""

    def make(values, half=0.001):
        arguments = write_run(Run(tmp_path, models=MODELS, benchmarks={"mine": TAGS}))

        def change(line):
            known = (line["strategy"], line["setting"]) in values and line["debias"] == "none"
            if not known or line["measure"] != "map" or line["query_language"] != "mean":
                return None
            return line | {"value": values[line["strategy"], line["setting"]]}

        change_scores(arguments["scores"], change)
        board = read_board(arguments["scores"], arguments["identities"], {})
        for row in board.rows:
            for setting in ("monolingual", "cross-lingual", "multilingual"):
                value = values.get((row.strategy, setting))
                if value is not None:
                    board.intervals[row, "mine", setting] = [{"low": value - half, "high": value + half}]
        return finding_of(board, "mine")

    return make


def test_the_losing_sentence_flips_with_the_figures(find):
    loses = find({("mono", "monolingual"): 0.8, ("hybrid", "monolingual"): 0.79})
    assert [loss.label for loss in loses.losses] == ["hybrid batches, α = 0.5"]
    assert loses.losses[0].phrases == [
        "to monolingual batches in monolingual mAP: 0.790 against 0.800 (the intervals do not overlap)"
    ]
    assert loses.best[0].label == "monolingual batches"
    wins = find({("mono", "monolingual"): 0.79, ("hybrid", "monolingual"): 0.8})
    assert wins.losses == []
    assert wins.best[0].label == "hybrid batches, α = 0.5"


def test_trained_models_that_lose_to_the_encoder_as_it_came_are_named(find):
    finding = find({("none", "multilingual"): 0.5, ("mono", "multilingual"): 0.4, ("cross", "multilingual"): 0.6})
    assert [loss.label for loss in finding.losses] == ["monolingual batches"]
    assert "to base encoder in multilingual mAP" in finding.losses[0].phrases[0]
    assert [(gain.label, gain.text) for gain in finding.gains] == [
        ("monolingual batches", "multilingual mAP −0.100 (worse)"),
        ("cross-lingual batches", "multilingual mAP +0.100"),
    ]


def test_a_monolingual_model_is_not_held_against_other_trained_models(find):
    assert find({("mono", "multilingual"): 0.4, ("cross", "multilingual"): 0.6}).losses == []


def test_overlapping_intervals_establish_nothing(find):
    values = {("mono", "monolingual"): 0.8, ("hybrid", "monolingual"): 0.79}
    assert "the intervals overlap, so not established" in find(values, half=0.02).losses[0].phrases[0]
    assert "No lead over the next model is established" in find(values, half=0.02).verdict
    assert "clear of the next model’s in monolingual mAP" in find(values).verdict


def test_figures_that_look_the_same_are_both_best(find):
    finding = find({("mono", "monolingual"): 0.80001, ("hybrid", "monolingual"): 0.80004})
    assert finding.best[0].label == "hybrid batches, α = 0.5 and monolingual batches"
    assert finding.losses == []


def test_lower_is_better_for_rank_distance():
    distance, multilingual = ASPECTS[3], ASPECTS[2]
    assert is_worse(distance, Figure(300.0), Figure(200.0))
    assert not is_worse(multilingual, Figure(0.3), Figure(0.2))
    assert not is_worse(distance, Figure(None), Figure(200.0))


def test_the_interval_of_several_seeds_is_the_widest(tmp_path):
    arguments = write_run(Run(tmp_path, seeds=(1, 2), benchmarks={"mine": TAGS}))
    board = read_board(arguments["scores"], arguments["identities"], {})
    row = board.rows[-1]
    board.intervals[row, "mine", "monolingual"] = [{"low": 0.2, "high": 0.4}, {"low": 0.1, "high": 0.3}]
    figure = board.figure(row, "mine", "monolingual", "map")
    assert (figure.low, figure.high, len(figure.seeds)) == (0.1, 0.4, 2)


def test_every_interval_finds_its_model(tmp_path):
    arguments = write_run(Run(tmp_path, seeds=(1, 2), benchmarks={"mine": TAGS}))
    board = read_board(arguments["scores"], arguments["identities"], arguments["intervals"])
    for row in board.rows:
        assert len(board.intervals[row, "mine", "rank_distance"]) == (2 if row.trained else 1)
        assert board.figure(row, "mine", "multilingual", "rank_distance").low is not None


def test_the_perfect_rank_distance():
    assert perfect_distance(None, 11) == 10
    pairs = {"en": {"en": 4, "de": 2, "ar": 2}, "de": {"en": 2, "de": 2, "ar": 1}, "ar": {"en": 2, "de": 1, "ar": 2}}
    # en: (4 + 2 + 2) / 4 − 1 = 1; de and ar: (2 + 2 + 1) / 2 − 1 = 1.5
    assert perfect_distance({"pairs": pairs}, 3) == pytest.approx((1 + 1.5 + 1.5) / 3)
