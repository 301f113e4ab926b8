"""Which models are compared by default, and what is refused before anything is scored."""

import pytest
import yaml

from equilingual.config import ConfigError, load_config
from equilingual.config.comparisons import family_of
from equilingual.config.experiments import scored_models


@pytest.fixture
def load(root):
    """Return a function that loads the default with some comparisons and other top-level keys changed."""
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))

    def make(comparisons=None, **keys):
        evaluation = raw["evaluation"] | {"comparisons": comparisons or {}}
        return load_config(raw | {"evaluation": evaluation} | keys)

    make.raw = raw
    return make


def family(config):
    return family_of(config.evaluation.comparisons, scored_models(config))


def test_strategies_with_each_other_the_encoder_and_its_debiased_form_and_that_with_the_encoder(load):
    found = family(load(seeds=[1, 22]))
    mono, cross, hybrid = (f"e5-small__demo-en-pt__{label}" for label in ("mono", "cross", "hybrid-0.5"))
    pairs = [
        ("e5-small+center-pool", "e5-small"),
        (mono, "e5-small"),
        (mono, "e5-small+center-pool"),
        (cross, "e5-small"),
        (cross, "e5-small+center-pool"),
        (cross, mono),
        (hybrid, "e5-small"),
        (hybrid, "e5-small+center-pool"),
        (hybrid, mono),
        (hybrid, cross),
    ]
    assert found.pairs == dict.fromkeys(("monolingual", "cross-lingual", "multilingual"), pairs)
    assert found.members[hybrid] == [f"{hybrid}__seed-1", f"{hybrid}__seed-22"]
    assert found.members["e5-small+center-pool"] == ["e5-small+center-pool"]
    assert found.seeds == {"e5-small": (), "e5-small+center-pool": (), mono: (1, 22), cross: (1, 22), hybrid: (1, 22)}


def test_a_trained_model_that_is_debiased_is_held_against_the_same_without_and_both_forms_of_the_encoder(load):
    debias = [{"method": "center-pool", "models": "all"}, "lir-pool"]
    found = family(load(evaluation=load.raw["evaluation"] | {"debias": debias})).pairs["monolingual"]
    mono = "e5-small__demo-en-pt__mono"
    assert [b for a, b in found if a == f"{mono}+center-pool"] == ["e5-small", "e5-small+center-pool", mono]
    assert [b for a, b in found if a == "e5-small+center-pool"] == ["e5-small"]


def test_an_average_is_held_against_its_seeds_the_encoder_and_other_averages(load):
    strategies = [{"name": "mono"}, {"name": "cross"}]
    training = load.raw["training"] | {"average_seeds": True}
    found = family(load(seeds=[1, 22], training=training, batches=load.raw["batches"] | {"strategies": strategies}))
    mono, cross = (f"e5-small__demo-en-pt__{label}" for label in ("mono", "cross"))
    of_averages = [pair for pair in found.pairs["multilingual"] if "__average" in "".join(pair)]
    assert of_averages == [
        (f"{mono}__average", "e5-small"),
        (f"{mono}__average", "e5-small+center-pool"),
        (f"{mono}__average", mono),
        (f"{cross}__average", "e5-small"),
        (f"{cross}__average", "e5-small+center-pool"),
        (f"{cross}__average", f"{mono}__average"),
        (f"{cross}__average", cross),
    ]
    assert found.members[f"{mono}__average"] == [f"{mono}__average"]
    assert (found.seeds[mono], found.seeds[f"{mono}__average"]) == ((1, 22), ())


def test_encoders_and_training_sets_are_compared_apart_and_named_where_there_are_several(load):
    sets = load.raw["training_sets"]
    encoders = load.raw["encoders"]
    more = {
        "training_sets": sets | {"other": sets["demo-en-pt"]},
        "encoders": encoders | {"second": encoders["e5-small"]},
    }
    found = family(load(**more))
    pairs = found.pairs["monolingual"]
    assert len(pairs) == 2 * (1 + 2 * (3 + 3 + 3))
    for a, b in pairs:
        first, second = (name.partition("+")[0].split("__") for name in (a, b))
        assert first[0] == second[0]
        assert len(second) == 1 or first[1] == second[1]


def test_declared_pairs_are_the_family_and_need_no_other_model(load):
    pairs = [["e5-small__demo-en-pt__hybrid-0.5", "e5-small__demo-en-pt__mono"]]
    config = load({"pairs": pairs, "measures": ["map", "recall@10"], "settings": ["multilingual"]})
    found = family(config)
    assert found.pairs == {"multilingual": [tuple(pairs[0])]}
    assert list(found.members) == [pairs[0][1], pairs[0][0]]
    assert config.evaluation.comparisons.size(found.pairs, 3) == 6
    default = load()
    assert default.evaluation.comparisons.size(family(default).pairs, 2) == 10 * 2 * 4
    assert family(load({"pairs": []})).members == {}


def test_what_is_done_is_held_against_the_same_without_and_where_it_may_differ(load):
    """Merging changes no list of a single language, and a query is not translated into its own."""
    evaluation = load.raw["evaluation"] | {
        "debias": ["center-pool"],
        "lexical": ["bm25"],
        "fuse": [{"lexical": "bm25", "models": "all"}],
        "merge": [{"method": "z-score", "models": "all"}],
        "translate": ["apertium"],
    }
    training = {"batches": load.raw["batches"] | {"strategies": [{"name": "mono"}]}}
    found = family(load(evaluation=evaluation, **training))
    of_encoder = {
        setting: [pair for pair in pairs if "__" not in pair[0] and pair[0].split("+")[0] != "bm25"]
        for setting, pairs in found.pairs.items()
    }
    both = [
        ("e5-small+center-pool", "e5-small"),
        ("e5-small+bm25-rrf", "e5-small"),
        ("e5-small+center-pool+bm25-rrf", "e5-small+center-pool"),
    ]
    merged = [("e5-small+z-score", "e5-small"), ("e5-small+center-pool+z-score", "e5-small+center-pool")]
    translated = [("e5-small+query-apertium", "e5-small")]
    assert of_encoder == {
        "monolingual": both,
        "cross-lingual": both + translated,
        "multilingual": both + merged + translated,
    }
    assert ("bm25+z-score", "bm25") in found.pairs["multilingual"]
    assert ("bm25+z-score", "bm25") not in found.pairs["monolingual"]


def test_a_trained_model_is_held_against_the_debiased_encoders_and_no_other_form_of_them(load):
    """One that is fused, merged or searched with translated queries differs from it in more than the vectors."""
    evaluation = load.raw["evaluation"] | {
        "debias": ["center-pool", "lsar-pool"],
        "lexical": ["bm25"],
        "fuse": [{"lexical": "bm25", "models": "all"}],
        "merge": [{"method": "z-score", "models": "all"}],
        "translate": ["apertium"],
    }
    found = family(load(evaluation=evaluation)).pairs["multilingual"]
    mono, hybrid = "e5-small__demo-en-pt__mono", "e5-small__demo-en-pt__hybrid-0.5"
    against = {"e5-small", "e5-small+center-pool", "e5-small+lsar-pool"}
    assert {b for a, b in found if a == mono} == against
    assert {b for a, b in found if a == hybrid} == against | {mono, "e5-small__demo-en-pt__cross"}
    assert {b for a, b in found if a == f"{mono}+z-score"} == {mono}


def test_two_merges_or_translations_of_one_model_differ_where_they_change_anything(load):
    merged, robin, translated = (f"e5-small+{one}" for one in ("z-score", "round-robin", "query-apertium"))
    evaluation = load.raw["evaluation"] | {
        "merge": ["z-score", "round-robin"],
        "translate": ["apertium"],
        "comparisons": {"pairs": [[merged, robin], [translated, merged], ["e5-small", robin]]},
    }
    found = family(load(evaluation=evaluation)).pairs
    assert found == {
        "monolingual": [],
        "cross-lingual": [(translated, merged)],
        "multilingual": [(merged, robin), (translated, merged), ("e5-small", robin)],
    }


def test_a_pair_that_can_differ_nowhere_is_refused(load):
    evaluation = load.raw["evaluation"] | {
        "merge": ["z-score"],
        "comparisons": {"pairs": [["e5-small", "e5-small+z-score"]], "settings": ["monolingual", "cross-lingual"]},
    }
    with pytest.raises(ConfigError) as error:
        load(evaluation=evaluation)
    assert "pairs.0: e5-small and e5-small+z-score rank alike in monolingual, cross-lingual" in str(error.value)


@pytest.mark.parametrize(
    ("comparisons", "message"),
    [
        ({"pairs": [["e5-small", "e5-small__demo-en-pt__hybrd-0.5"]]}, "pairs.0: no model is called 'e5-small__demo-en-pt__hybrd-0.5'; did you mean 'e5-small__demo-en-pt__hybrid-0.5'?"),
        ({"pairs": [["e5-small__demo-en-pt__mono__seed-1", "e5-small"]]}, "(seeds are compared together: leave the seed out); did you mean 'e5-small__demo-en-pt__mono'?"),
        ({"pairs": [["zz", "e5-small"]]}, "no model is called 'zz'; there are e5-small, e5-small+center-pool, "),
        ({"pairs": [["e5-small", "e5-small"]]}, "pairs.0: 'e5-small' is compared with itself"),
        ({"pairs": [["e5-small", "e5-small+center-pool"], ["e5-small+center-pool", "e5-small"]]}, "duplicate value 'e5-small and e5-small+center-pool'"),
        ({"pairs": [["e5-small"]]}, "pairs.0: a pair is two models, here is 1"),
        ({"pairs": ["e5-small"]}, "pairs.0: must be a list"),
        ({"settings": ["multilingal"]}, "did you mean 'multilingual'?"),
        ({"settings": []}, "settings: must have at least one entry"),
        ({"measures": ["mapp"]}, "did you mean 'map'?"),
        ({"measures": ["log_rank_distance"], "settings": ["monolingual"]}, "log_rank_distance needs the setting 'multilingual'; add it to 'settings'"),
        ({"permutation": 10}, "did you mean 'permutations'?"),
        ({"alpha": 0}, "alpha: must be greater than 0"),
        # 10 pairs, 4 figures: the lowest p of 100 draws is 1/101, and 40/101 is above 0.05.
        ({"permutations": 100}, "permutations: 100 draws give no p below 0.0099, too high to show anything at alpha 0.05 in a family of 40 tests: 800 draws do"),
        ({"permutations": 798}, "800 draws do"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(load, comparisons, message):
    with pytest.raises(ConfigError) as error:
        load(comparisons)
    assert message in str(error.value)
    assert "evaluation.comparisons" in str(error.value)


def test_so_many_draws_as_the_message_says_do(load):
    assert load({"permutations": 800}).evaluation.comparisons.permutations == 800
    assert load({"permutations": 799})  # 40 / 800 is 0.05, not above it


def test_the_former_name_of_the_log_rank_distance_is_understood_with_a_warning(load):
    with pytest.warns(FutureWarning, match="rank_distance_log is now called log_rank_distance"):
        config = load({"measures": ["map", "rank_distance_log"]})
    assert config.evaluation.comparisons.measures == ("map", "log_rank_distance")


def test_a_margin_is_a_number_for_quality_or_one_for_each_measure(load):
    measures = ["map", "ndcg@10", "log_rank_distance"]
    assert load().evaluation.comparisons.margins == {}
    number = load({"margin": 0.005, "measures": measures}).evaluation.comparisons
    assert number.margins == {"map": 0.005, "ndcg@10": 0.005}
    each = load({"margin": {"log_rank_distance": "1e-1", "map": 1}, "measures": measures}).evaluation.comparisons
    assert each.margins == {"log_rank_distance": 0.1, "map": 1.0}


@pytest.mark.parametrize(
    ("comparisons", "message"),
    [
        ({"margin": 0}, "comparisons.margin: must be greater than 0 (value 0)"),
        ({"margin": {"map": -1}}, "comparisons.margin.map: must be greater than 0 (value -1)"),
        ({"margin": {"mapp": 0.1}}, "comparisons.margin"),
        ({"margin": "small"}, "comparisons.margin: must be a valid number (value 'small')"),
        ({"margin": {"mrr": 0.1}}, "margin has mrr, which is not compared; add it to 'measures'"),
        (
            {"margin": 0.005, "measures": ["log_rank_distance"]},
            "the margin 0.005 is one of quality, and only log_rank_distance is compared; write {log_rank_distance: …}",
        ),
    ],
)
def test_a_margin_that_cannot_be_meant_is_refused(load, comparisons, message):
    with pytest.raises(ConfigError) as error:
        load(comparisons)
    assert message in str(error.value)
