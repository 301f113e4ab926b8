"""The headline says what the corrected tests say, in 25 words at the most."""

import pytest
from report.boards import board_of
from report.sample import Run, write_run

from equilingual.files import read_json, write_json
from equilingual.report.formatting import p_text
from equilingual.report.headline import MOST_WORDS, headline_of
from equilingual.report.inputs import ReportInputs
from equilingual.report.paired import Paired
from equilingual.report.run import Run as Files
from equilingual.report.sections.overview import _caution, build, cards_of

BASE, CENTRED = "e5", "e5+center-pool"
MONO, CROSS, HYBRID = (f"e5__set__{name}" for name in ("mono", "cross", "hybrid-0.5"))
SHOWN, NOT_SHOWN, EQUIVALENT = "shown", "no significant difference", "equivalent"


def line(model, other, setting, measure, values, verdict=SHOWN, benchmark="mine"):
    p = 0.004 if verdict == SHOWN else 1.0
    is_better = (values[0] < values[1]) == (measure == "log_rank_distance")
    return {
        "benchmark": benchmark, "setting": setting, "measure": measure, "model_a": model, "model_b": other,
        "value_a": str(values[0]), "value_b": str(values[1]), "p_corrected": str(p), "questions": "48",
        "outcome": ("better" if is_better else "worse") if verdict == SHOWN else verdict, "p_equivalent_corrected": "0.03",
        "difference": str(values[0] - values[1]), "low": str(values[0] - values[1] - 0.01), "high": str(values[0] - values[1] + 0.02),
        "low_over_seeds": "", "high_over_seeds": "",
    }  # fmt: skip


def bias(model, values, verdict=SHOWN, other=BASE):
    return line(model, other, "multilingual", "log_rank_distance", values, verdict)


def within(model, values, verdict=NOT_SHOWN, other=BASE):
    return line(model, other, "monolingual", "map", values, verdict)


TRAINED = {"encoder": "e5", "training_set": "set", "seed": 1}
MODELS = [{"encoder": "e5"}, {"encoder": "e5", "debias": "center-pool"},
          TRAINED | {"strategy": "mono", "alpha": 1.0}, TRAINED | {"strategy": "cross", "alpha": 0.0},
          TRAINED | {"strategy": "hybrid", "alpha": 0.5}]  # fmt: skip
QUALITY = {("monolingual", "mean", "mean", "map"): 0.7, ("multilingual", "mean", "mean", "map"): 0.4}
DISTANCE = ("multilingual", "mean", "mean", "rank_distance")


@pytest.fixture
def board(tmp_path):
    """The scores of a base encoder, its centred form and three trained models; no mean rank distance."""
    return board_of(tmp_path, QUALITY, "mine", MODELS)


@pytest.fixture
def with_distances(tmp_path):
    """Return a board with mean rank distances of the same models."""
    return lambda *values: board_of(tmp_path, QUALITY | {DISTANCE: values}, "mine", MODELS)


def text_of(board, lines):
    found = headline_of(board, Paired(lines), "mine")
    assert len(found.text.split()) <= MOST_WORDS
    return found.text


def test_it_is_about_the_trained_model_with_the_least_bias_that_is_not_worse_within_a_language(board):
    lines = [bias(MONO, (4.0, 4.7)), bias(HYBRID, (3.9, 4.7)), bias(CROSS, (3.6, 4.7))]
    lines += [within(MONO, (0.74, 0.74)), within(HYBRID, (0.74, 0.74)), within(CROSS, (0.70, 0.74), SHOWN)]
    found = headline_of(board, Paired(lines), "mine")
    assert (found.model.group, found.reference.group) == (HYBRID, BASE)
    assert found.text == (
        "Training with hybrid batches (α = 0.5) cuts language bias (log rank distance 4.70 → 3.90) with no significant "
        "change in monolingual mAP (0.000)."
    )


def test_the_least_bias_is_that_of_the_tables_and_not_of_its_logarithm(with_distances):
    """A median language pair may be better and the mean worse: the page shows means, and is sorted by them."""
    lines = [bias(MONO, (3.5, 4.7)), bias(CROSS, (3.6, 4.7)), bias(HYBRID, (3.9, 4.7))]
    found = headline_of(with_distances(211.0, 80.0, 120.0, 96.4, 99.0), Paired(lines), "mine")
    assert found.text == "Training with cross-lingual batches cuts language bias (rank distance 211 → 96.4)."


@pytest.mark.parametrize(("centred", "end"), [(120.0, "more biased"), (80.0, "more biased by log rank distance")])
def test_a_baseline_that_the_tables_order_otherwise_is_said_to_be_judged_by_the_logarithm(with_distances, centred, end):
    lines = [bias(CROSS, (3.6, 4.7)), bias(CROSS, (3.6, 4.0), other=CENTRED)]
    found = text_of(with_distances(211.0, centred, 150.0, 96.4, 99.0), lines)
    assert found.endswith(f"; centring (center-pool) stays {end}.")


# What the tests say of language bias and of monolingual mAP: better, worse, or neither.
CUT, RAISED, KEPT = ((3.6, 4.7), SHOWN), ((4.8, 4.7), SHOWN), ((3.6, 4.7), NOT_SHOWN)
HIGHER, LOWER, SAME = ((0.78, 0.74), SHOWN), ((0.70, 0.74), SHOWN), ((0.75, 0.74), NOT_SHOWN)
ALIKE, AS_GOOD = ((3.6, 4.7), EQUIVALENT), ((0.73, 0.74), EQUIVALENT)


@pytest.mark.parametrize(
    ("of_bias", "of_quality", "text"),
    [
        (CUT, HIGHER, "cuts language bias (log rank distance 4.70 → 3.60) and raises monolingual mAP (+0.040)"),
        (CUT, SAME, "cuts language bias (log rank distance 4.70 → 3.60) with no significant change in monolingual mAP (+0.010)"),
        (CUT, LOWER, "cuts language bias (log rank distance 4.70 → 3.60), but lowers monolingual mAP (−0.040)"),
        (CUT, None, "cuts language bias (log rank distance 4.70 → 3.60)"),
        (RAISED, HIGHER, "raises language bias (log rank distance 4.70 → 4.80), but also raises monolingual mAP (+0.040)"),
        (RAISED, SAME, "raises language bias (log rank distance 4.70 → 4.80) with no significant change in monolingual mAP (+0.010)"),
        (RAISED, LOWER, "raises language bias (log rank distance 4.70 → 4.80) and lowers monolingual mAP (−0.040)"),
        (KEPT, HIGHER, "does not change language bias (log rank distance 4.70 → 3.60) significantly, but raises monolingual mAP (+0.040)"),
        (KEPT, SAME, "changes neither language bias (log rank distance 4.70 → 3.60) nor monolingual mAP significantly"),
        (KEPT, LOWER, "does not change language bias (log rank distance 4.70 → 3.60) significantly, but lowers monolingual mAP (−0.040)"),
        (KEPT, None, "does not change language bias (log rank distance 4.70 → 3.60) significantly"),
        (CUT, AS_GOOD, "cuts language bias (log rank distance 4.70 → 3.60) with equivalent monolingual mAP"),
        (KEPT, AS_GOOD, "does not change language bias (log rank distance 4.70 → 3.60) significantly, with equivalent monolingual mAP"),
        (ALIKE, SAME, "changes neither language bias (log rank distance 4.70 → 3.60) nor monolingual mAP significantly"),
        (ALIKE, HIGHER, "does not change language bias (log rank distance 4.70 → 3.60) significantly, but raises monolingual mAP (+0.040)"),
    ],
)  # fmt: skip
def test_the_verbs_are_what_the_corrected_tests_show_and_not_which_figure_is_lower(board, of_bias, of_quality, text):
    for model, subject in ((CROSS, "Training with cross-lingual batches"), (CENTRED, "Centring (center-pool)")):
        lines = [bias(model, *of_bias), *([within(model, *of_quality)] if of_quality else [])]
        assert text_of(board, lines) == f"{subject} {text}."


def test_a_test_that_names_the_base_encoder_first_says_the_same(board):
    other_way = line(BASE, CROSS, "multilingual", "log_rank_distance", (4.7, 3.6))
    assert text_of(board, [other_way]) == text_of(board, [bias(CROSS, (3.6, 4.7))])


@pytest.mark.parametrize(
    ("of_base", "values", "verdict", "end"),
    [
        (CUT, (3.6, 3.2), SHOWN, "is even less biased"),
        (RAISED, (4.8, 3.2), SHOWN, "is less biased"),
        (KEPT, (3.6, 3.2), SHOWN, "is less biased"),
        (CUT, (3.6, 4.0), SHOWN, "stays more biased"),
        (CUT, (3.6, 3.2), NOT_SHOWN, "does not differ significantly from it"),
        (CUT, (3.6, 3.2), EQUIVALENT, "does not differ significantly from it"),
    ],
)
def test_the_best_untrained_baseline_follows_as_its_test_says(board, of_base, values, verdict, end):
    text = text_of(board, [bias(CROSS, *of_base), bias(CROSS, values, verdict, other=CENTRED)])
    assert text.endswith(f"; centring (center-pool) {end}.")


def test_too_many_words_leave_out_numbers_before_what_follows(board):
    lines = [bias(HYBRID, (3.6, 4.7)), within(HYBRID, (0.74, 0.74)), bias(HYBRID, (3.6, 3.2), other=CENTRED)]
    assert text_of(board, lines) == (
        "Training with hybrid batches (α = 0.5) cuts language bias with no significant change in monolingual mAP (0.000); "
        "centring (center-pool) is even less biased."
    )


def test_of_several_encoders_it_names_the_one_it_is_about(tmp_path):
    trained = TRAINED | {"strategy": "cross", "alpha": 0.0}
    board = board_of(tmp_path, QUALITY, "mine", [{"encoder": "e5"}, {"encoder": "labse", "debias": "lir"}, trained])
    lines = [bias(CROSS, (3.6, 4.7)), bias(CROSS, (3.6, 4.0), other="labse+lir")]
    assert text_of(board, lines) == (
        "For e5, training with cross-lingual batches cuts language bias (log rank distance 4.70 → 3.60); "
        "LIR (lir) of labse stays more biased."
    )


def test_a_name_that_leaves_no_room_is_left_out(tmp_path):
    name = "one of very many words " * 5
    models = [{"encoder": name}, {"encoder": name, "debias": "lir"}, {"encoder": "other"}]
    board = board_of(tmp_path, QUALITY, "mine", models)
    assert text_of(board, [bias(f"{name}+lir", (3.6, 4.7), other=name)]) == (
        "Debiasing cuts language bias (log rank distance 4.70 → 3.60)."
    )


@pytest.mark.parametrize(
    ("setting", "measure", "text"),
    [
        ("multilingual", "map", "raises multilingual mAP (0.740 → 0.780)"),
        ("cross-lingual", "map", "raises cross-lingual mAP (0.740 → 0.780)"),
        ("monolingual", "map", "raises monolingual mAP (0.740 → 0.780)"),
        ("monolingual", "ndcg@10", "raises monolingual nDCG@10 (0.740 → 0.780)"),
    ],
)
def test_without_a_test_of_bias_it_is_about_retrieval(board, setting, measure, text):
    assert text_of(board, [line(MONO, BASE, setting, measure, (0.78, 0.74))]) == (
        f"Training with monolingual batches {text}."
    )


def test_two_measures_that_rise_share_a_verb(board):
    lines = [line(MONO, BASE, "multilingual", "map", (0.78, 0.74)), within(MONO, *HIGHER)]
    lines.append(line(MONO, CENTRED, "multilingual", "map", (0.78, 0.80)))
    assert text_of(board, lines) == (
        "Training with monolingual batches raises multilingual mAP (0.740 → 0.780) and monolingual mAP (+0.040); "
        "centring (center-pool) scores higher."
    )


def test_what_was_not_compared_has_no_finding(board, tmp_path):
    assert text_of(board, []) == "No two models were compared."
    assert text_of(board, [line(CROSS, BASE, "multilingual", "log_rank_distance", (1, 2), benchmark="other")]) == (
        "No two models were compared."
    )


def test_a_test_the_other_way_round_turns_better_into_worse_and_keeps_equivalent():
    place = ("mine", "monolingual", "map")
    lines = [within("a", (0.8, 0.7), SHOWN, other="b"), within("c", (0.71, 0.7), EQUIVALENT, other="b")]
    paired = Paired(lines)
    assert paired.change(place, "a", "b").verdict == "better"
    assert paired.change(place, "b", "a").verdict == "worse"
    for pair in (("c", "b"), ("b", "c")):
        found = paired.change(place, *pair)
        assert (found.verdict, found.p) == ("equivalent", 0.03)  # of the equivalence, not of the difference


def test_a_change_has_its_interval_over_seeds_where_there_is_one_and_either_way_round():
    place = ("mine", "monolingual", "map")
    plain, seeds = (
        within("a", (0.8, 0.7)),
        within("c", (0.8, 0.7)) | {"low_over_seeds": "-0.02", "high_over_seeds": "0.3"},
    )
    paired = Paired([plain, seeds])
    for pair, expected in ((("a", BASE), (0.1, 0.09, 0.12)), ((BASE, "a"), (-0.1, -0.12, -0.09)),
                           (("c", BASE), (0.1, -0.02, 0.3)), ((BASE, "c"), (-0.1, -0.3, 0.02))):  # fmt: skip
        found = paired.change(place, *pair)
        assert (found.difference, found.low, found.high) == pytest.approx(expected)


def test_the_card_of_bias_says_how_often_the_own_language_comes_first(tmp_path):
    figures = QUALITY | {
        DISTANCE: 50.0,
        ("multilingual", "mean", "mean", "language_preference"): (0.964, 0.6, 0.7, 0.573, 0.8),
    }
    board, paired = board_of(tmp_path, figures, "mine", MODELS), Paired([bias(CROSS, (3.6, 4.7))])
    cards = cards_of(board, paired, "mine", headline_of(board, paired, "mine"))
    assert [card.also for card in cards] == [
        ("first correct answer in the query’s language", "0.964 → 0.573"), *[("", "")] * (len(cards) - 1)
    ]  # fmt: skip


def test_cards_have_the_bias_first_and_what_was_not_tested_says_nothing(with_distances):
    board = with_distances(80.0, 50.0, 50.0, 50.0, 50.0)
    paired = Paired([bias(CROSS, (3.6, 4.7)), line(CROSS, BASE, "multilingual", "map", (0.4, 0.4), NOT_SHOWN)])
    cards = cards_of(board, paired, "mine", headline_of(board, paired, "mine"))
    assert [(card.title, card.before, card.after, card.verdict, card.test) for card in cards] == [
        ("Language bias", "80.0", "50.0", "better", "log rank distance −1.10 [−1.11, −1.08], p = .004"),
        ("Multilingual retrieval", "0.400", "0.400", "no significant difference", "0.000 [−0.010, +0.020], p = 1.000"),
        ("Monolingual retrieval", "0.700", "0.700", "", ""),
    ]


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "p < .001"), (0.0344, "p = .034"), (1.0, "p = 1.000"), (0.001, "p = .001")]
)
def test_p_is_written_as_in_papers(p, text):
    assert p_text(p) == text


def test_a_card_never_shows_a_figure_that_moves_against_its_test(tmp_path):
    """The mean rank distance falls and its logarithm rises: the test is of the logarithm."""
    figures = {("multilingual", "mean", "mean", "rank_distance"): (50.0, 20.0)}
    models = [{"encoder": "e5"}, {"encoder": "e5", "training_set": "set", "seed": 1, "strategy": "cross", "alpha": 0.0}]
    board, paired = board_of(tmp_path, figures, "mine", models), Paired([bias(CROSS, (4.8, 4.7))])
    (card,) = cards_of(board, paired, "mine", headline_of(board, paired, "mine"))
    assert (card.before, card.after, card.unit, card.verdict) == ("4.70", "4.80", "log rank distance", "worse")
    paired = Paired([bias(CROSS, (3.6, 4.7))])
    (card,) = cards_of(board, paired, "mine", headline_of(board, paired, "mine"))
    assert (card.before, card.after, card.unit, card.verdict) == ("50.0", "20.0", "rank distance", "better")


@pytest.mark.parametrize(("tested", "shown"), [(("map",), "map"), (("map", "accuracy"), "accuracy"), ((), "accuracy")])
def test_the_card_of_matched_sentences_has_the_measure_that_was_tested(tmp_path, tested, shown):
    figures = {("cross-lingual", "mean", "mean", name): value for name, value in (("map", 0.6), ("accuracy", 0.5))}
    figures |= {("multilingual", "mean", "mean", "map"): 0.4}
    models = [{"encoder": "e5"}, {"encoder": "e5", "training_set": "set", "seed": 1, "strategy": "cross", "alpha": 0.0}]
    lines = [line(CROSS, BASE, "cross-lingual", name, (0.7, 0.6)) for name in tested]
    lines += [line(CROSS, BASE, "multilingual", "map", (0.7, 0.6))]
    board, paired = board_of(tmp_path, figures, "mine", models), Paired(lines)
    cards = {card.setting: card for card in cards_of(board, paired, "mine", headline_of(board, paired, "mine"))}
    assert cards["cross-lingual"].measure == shown
    assert cards["cross-lingual"].verdict == ("better" if tested else "")


def test_a_debiased_form_of_a_trained_model_can_be_the_best(tmp_path):
    models = [*MODELS, MODELS[3] | {"debias": "csls-pool"}]
    board = board_of(tmp_path, QUALITY | {DISTANCE: (1213.0, 444.0, 400.0, 321.0, 330.0, 295.0)}, "mine", models)
    both = f"{CROSS}+csls-pool"
    lines = [
        bias(CROSS, (3.9, 8.1)),
        bias(HYBRID, (4.0, 8.1)),
        bias(both, (3.6, 8.1)),
        within(CROSS, (0.6, 0.7), SHOWN),
    ]
    assert text_of(board, [*lines, within(both, (0.69, 0.7))]) == (
        "Training with cross-lingual batches and CSLS (csls-pool) cuts language bias (rank distance 1\u202f213 → 295) with no "
        "significant change in monolingual mAP (−0.010)."
    )
    # Where it loses within a language, too, another one does not.
    assert text_of(board, [*lines, within(both, (0.6, 0.7), SHOWN), within(HYBRID, (0.7, 0.7))]).startswith(
        "Training with hybrid batches"
    )


def test_a_card_shows_what_was_tested_where_the_tables_do_not_move(with_distances):
    board = with_distances(50.0, 50.0, 50.0, 50.0, 50.0)
    paired = Paired([bias(CROSS, (3.6, 4.7)), within(CROSS, (0.72, 0.75), SHOWN)])
    cards = {card.title: card for card in cards_of(board, paired, "mine", headline_of(board, paired, "mine"))}
    found = cards["Language bias"]
    assert (found.before, found.after, found.test) == ("4.70", "3.60", "−1.10 [−1.11, −1.08], p = .004")
    found = cards["Monolingual retrieval"]  # both have 0.7 in the tables: languages with other numbers of questions
    assert (found.before, found.after, found.verdict) == ("0.750", "0.720", "worse")
    assert found.test == "−0.030 [−0.040, −0.010], p = .004 (means over questions)"


def test_the_languages_of_the_training_are_said_and_how_many_of_them_the_benchmark_has(tmp_path):
    given = write_run(Run(tmp_path))
    for path in given["models"]:
        write_json(read_json(path) | {"languages": ["en", "de", "ja", "ko"]}, path)
    (xquad, mlqa) = build(Files(ReportInputs(**given)))["benchmarks"]
    assert "trained on squad-11 (4 languages) · evaluated on xquad-r: " in xquad.about
    assert "× 11 languages, 2 of them trained on" in xquad.about
    assert "× 7 languages, 2 of them trained on" in mlqa.about


def test_one_seed_is_warned_of_where_the_model_of_the_headline_has_one(tmp_path):
    more = [one | {"seed": 2} for one in MODELS[2:3]]  # monolingual batches have two seeds, the others one
    board = board_of(tmp_path, QUALITY, "mine", [*MODELS, *more])
    rows = {row.group: row for row in board.rows}
    said = "This model was trained with one seed only, so the variation between seeds is unknown."
    assert [_caution(board, {}, "mine", rows[name]) for name in (HYBRID, MONO, CENTRED)] == [said, "", ""]
    assert _caution(board, {}, "mine", None) == ""
