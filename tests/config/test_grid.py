"""The experiments of a run: all combinations, or those that are listed."""

import copy

import pytest

from equilingual.config import ConfigError, load_config
from equilingual.config.comparisons import family_of
from equilingual.config.experiments import experiments, scored_models
from equilingual.config.grid import trained_encoders

ENTRY = {"encoder": "e5-small", "training_set": "demo-en-pt", "strategy": "mono"}
VARIANTS = {"small": {"batches": {"batch_size": 16}}, "hot": {"training": {"temperature": 0.1}}}


@pytest.fixture
def load(default):
    """Return a function that loads the default with listed experiments, two more encoders and sets, and variants."""

    def make(*entries, **keys):
        raw = copy.deepcopy(default)
        raw["encoders"] |= {"large": {"source": "packaged"}, "fixed": {"source": "packaged", "train": False}}
        raw["training_sets"]["en"] = raw["training_sets"]["demo-en-pt"] | {"languages": ["en"]}
        return load_config(raw | {"variants": VARIANTS, "experiments": list(entries), "seeds": [1, 2]} | keys)

    return make


def names(config):
    return [one.name for one in experiments(config)]


def test_an_entry_is_every_combination_of_its_names_in_their_order(load):
    config = load(
        ENTRY
        | {"encoder": ["large", "e5-small"], "strategy": ["hybrid-0.5", "mono"], "variant": [None, "hot"], "seeds": [7]}
    )
    assert names(config) == [
        f"{encoder}__demo-en-pt__{rest}__seed-7"
        for encoder in ("large", "e5-small")
        for rest in ("hybrid-0.5", "hybrid-0.5__hot", "mono", "mono__hot")
    ]
    assert trained_encoders(config) == ["large", "e5-small"]
    assert {"fixed", "e5-small", "large"} <= scored_models(config).keys()


def test_seeds_are_those_of_the_configuration_unless_they_are_given(load):
    assert names(load(ENTRY)) == [f"e5-small__demo-en-pt__mono__seed-{seed}" for seed in (1, 2)]


def test_seeds_of_one_experiment_in_several_entries_are_put_together(load):
    config = load(ENTRY | {"seeds": [3]}, ENTRY | {"strategy": "cross"}, ENTRY | {"seeds": [5, 4]})
    assert names(config) == [
        *(f"e5-small__demo-en-pt__mono__seed-{seed}" for seed in (3, 5, 4)),
        *(f"e5-small__demo-en-pt__cross__seed-{seed}" for seed in (1, 2)),
    ]


@pytest.mark.parametrize("variant", [None, "none", ["none"], [None]])
def test_null_and_none_are_no_variant(load, variant):
    assert names(load(ENTRY | {"variant": variant, "seeds": [1]})) == ["e5-small__demo-en-pt__mono__seed-1"]


def test_without_a_list_every_encoder_that_is_trained_meets_every_arm(load):
    """A training set of one language meets monolingual batches alone here: cross-lingual ones are refused for it."""
    mono = {"strategies": [{"name": "mono"}], "batches": 4}
    config = load(experiments=None, batches=mono, seeds=[1])
    start = [f"{encoder}__{training_set}" for encoder in ("e5-small", "large") for training_set in ("demo-en-pt", "en")]
    assert names(config) == [f"{one}__mono{rest}__seed-1" for one in start for rest in ("", "__small", "__hot")]


def test_a_training_set_is_checked_with_the_strategies_that_it_meets(load):
    assert len(names(load(ENTRY | {"training_set": "en"}, ENTRY | {"strategy": "cross"}))) == 4
    with pytest.raises(ConfigError, match=r"training_sets\.en: cross-lingual batches need at least two languages"):
        load(ENTRY | {"training_set": "en", "strategy": "cross"})
    with pytest.raises(ConfigError, match=r"variants\.hot: training_sets\.en: cross-lingual batches need at least two"):
        load(ENTRY | {"training_set": "en", "strategy": "cross", "variant": "hot"})


def test_an_average_is_made_of_the_seeds_that_an_experiment_has(load, default):
    averaging = {"training": default["training"] | {"average_seeds": True}}
    config = load(ENTRY | {"seeds": [3]}, ENTRY | {"strategy": "cross", "seeds": [4, 5]}, **averaging)
    averages = [one for one in experiments(config) if one.averaged]
    assert [(one.name, one.averaged) for one in averages] == [("e5-small__demo-en-pt__cross__average", (4, 5))]
    with pytest.raises(ConfigError, match=r"training\.average_seeds: there is one seed"):
        load(ENTRY | {"seeds": [3]}, **averaging)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            [ENTRY | {"encoder": "e5-smal"}],
            "experiments.0.encoder: unknown encoder 'e5-smal'; did you mean 'e5-small'?",
        ),
        (
            [ENTRY, ENTRY | {"training_set": ["en", "xyz"]}],
            "experiments.1.training_set: unknown training set 'xyz'; choose from demo-en-pt, en",
        ),
        (
            [ENTRY | {"strategy": "hybrid-0.05"}],
            "experiments.0.strategy: unknown strategy 'hybrid-0.05'; did you mean 'hybrid-0.5'?",
        ),
        ([ENTRY | {"variant": "smal"}], "experiments.0.variant: unknown variant 'smal'; did you mean 'small'?"),
        (
            [ENTRY | {"encoder": "fixed"}],
            "experiments.0.encoder: encoders.fixed.train is false; set it to true, or remove the encoder here",
        ),
        (
            [ENTRY, ENTRY | {"strategy": ["cross", "mono"], "seeds": [2, 3]}],
            "experiments.1: e5-small__demo-en-pt__mono with seed 2 is also in entry 0; remove one of them",
        ),
        ([ENTRY | {"strategy": ["mono", "mono"]}], "experiments.0.strategy: duplicate value 'mono'"),
        ([ENTRY | {"variant": [None, "none"]}], "experiments.0.variant: duplicate value None"),
        ([ENTRY | {"strategy": []}], "experiments.0.strategy: must have at least one entry"),
        ([ENTRY | {"encoder": 3}], "experiments.0.encoder: must be a list"),
        ([ENTRY | {"seed": [3]}], "experiments.0.seed: unknown key (value [3]); did you mean 'seeds'?"),
        ([], "experiments: must have at least one entry"),
    ],
)
def test_what_is_wrong_in_the_list_is_said_with_its_key(load, entries, message):
    with pytest.raises(ConfigError) as caught:
        load(*entries)
    assert str(caught.value).splitlines()[1].strip().startswith(message)


def test_a_variant_may_repeat_the_configuration_where_no_experiment_is_without_one(load):
    same = VARIANTS | {"same": {"batches": {"batch_size": 32}}}
    assert len(names(load(ENTRY | {"variant": ["same", "small"]}, variants=same))) == 4
    with pytest.raises(ConfigError, match=r"variants\.same: it changes nothing"):
        load(ENTRY | {"variant": ["same", "none"]}, variants=same)


def test_a_variant_is_compared_with_the_same_without_it_and_with_strategies_in_it(load):
    variants = ["hot", "small", None]
    config = load(ENTRY | {"strategy": ["mono", "cross"], "variant": variants})
    start = "e5-small__demo-en-pt__"
    pairs = family_of(config.evaluation.comparisons, scored_models(config)).pairs["multilingual"]
    trained = [tuple(name.removeprefix(start) for name in pair) for pair in pairs if "__" in pair[1]]
    assert trained == [
        ("mono__hot", "mono"),
        ("mono__small", "mono"),
        ("cross__hot", "mono__hot"),
        ("cross__hot", "cross"),
        ("cross__small", "mono__small"),
        ("cross__small", "cross"),
        ("cross", "mono"),
    ]
    against_encoder = [pair[0] for pair in pairs if pair[1] == "e5-small" and "__" in pair[0]]
    assert len(against_encoder) == 6


def test_averages_of_variants_are_compared_with_their_own_seeds_and_other_averages(load, default):
    averaging = {"training": default["training"] | {"average_seeds": True}}
    config = load(ENTRY | {"variant": [None, "hot"]}, **averaging)
    pairs = family_of(config.evaluation.comparisons, scored_models(config)).pairs["multilingual"]
    start = "e5-small__demo-en-pt__mono"
    assert [pair for pair in pairs if "average" in pair[0] and "__" in pair[1]] == [
        (f"{start}__average", start),
        (f"{start}__hot__average", f"{start}__average"),
        (f"{start}__hot__average", f"{start}__hot"),
    ]
