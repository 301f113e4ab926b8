"""Variants: changes that are merged into the batches and the training, and are checked as these are."""

import copy
import json

import jsonschema
import pytest

from equilingual.config import ConfigError, load_config
from equilingual.config.experiments import experiments, scored_models
from equilingual.config.sizes import size_problems, size_warnings


@pytest.fixture
def load(default):
    """Return a function that loads the default with variants and other keys changed."""

    def make(variants, batches=None, training=None, **keys):
        raw = copy.deepcopy(default)
        raw["batches"] |= batches or {}
        raw["training"] |= training or {}
        return load_config(raw | {"variants": variants} | keys)

    return make


@pytest.fixture
def refuse(load):
    """Return a function that gives what is said of a configuration that is refused, without its first line."""

    def find(*given, **keys):
        with pytest.raises(ConfigError) as caught:
            load(*given, **keys)
        return "\n".join(line.strip() for line in str(caught.value).splitlines()[1:])

    return find


def test_mappings_are_merged_and_all_else_is_replaced(load):
    config = load(
        {
            "a": {
                "batches": {"batch_size": 16, "negatives": {"count": 3}, "languages": {"weights": {"en": 3}}},
                "training": {"regularizers": {"centring": None, "pivot": {}}, "lora": {"rank": 4}},
            },
            "b": {"batches": {"negatives": {"from": ["column"]}}},
        },
        batches={"negatives": {"count": 1, "from": ["bm25", "column"]}, "languages": {"weights": {"en": 1, "pt": 2}}},
        training={"regularizers": {"centring": {"weight": 0.5}, "distillation": {"weight": 2.0}}},
    )
    a, b = config.varied("a"), config.varied("b")
    assert (a.batches.batch_size, config.batches.batch_size, b.batches.batch_size) == (16, 32, 32)
    assert a.batches.negatives.asked == {"count": 3, "from": ["bm25", "column"], "language": "passage"}
    assert b.batches.negatives.asked == {"count": 1, "from": ["column"], "language": "passage"}
    assert a.batches.languages.weights == {"en": 3, "pt": 2}
    terms = a.training.regularizers
    assert (terms.centring, terms.distillation.weight, terms.pivot.weight) == (None, 2.0, 1.0)
    assert a.training.lora.rank == 4
    assert b.training == config.training
    assert a.batches.strategies == config.batches.strategies
    assert config.varied(None).batches == config.batches
    assert a.variants == {}


def test_every_experiment_runs_without_and_with_each_variant(load):
    config = load({"small": {"batches": {"batch_size": 16}}, "hot": {"training": {"temperature": 0.1}}}, seeds=[1, 2])
    names = [one.name for one in experiments(config)]
    start = "e5-small__demo-en-pt"
    assert names[:8] == [
        f"{start}__mono__seed-1",
        f"{start}__mono__seed-2",
        f"{start}__mono__small__seed-1",
        f"{start}__mono__small__seed-2",
        f"{start}__mono__hot__seed-1",
        f"{start}__mono__hot__seed-2",
        f"{start}__cross__seed-1",
        f"{start}__cross__seed-2",
    ]
    assert len(names) == 3 * 3 * 2
    assert load({}).variants == {}
    assert [one.name for one in experiments(load({}, seeds=[1]))] == [
        name for name in names if name.endswith("seed-1") and "small__seed" not in name and "hot" not in name
    ]


def test_an_average_has_the_variant_of_its_seeds(load):
    config = load({"hot": {"training": {"temperature": 0.1}}}, training={"average_seeds": True}, seeds=[1, 2])
    average = next(one for one in experiments(config) if one.variant and one.averaged)
    assert average.name == "e5-small__demo-en-pt__mono__hot__average"
    assert [one.name for one in average.members] == [f"e5-small__demo-en-pt__mono__hot__seed-{seed}" for seed in (1, 2)]


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ({"batches": {"batch_size": 1}}, "variants.x.batches.batch_size: must be at least 2 (value 1)"),
        (
            {"batches": {"batch_sise": 8}},
            "variants.x.batches.batch_sise: unknown key (value 8); did you mean 'batch_size'?",
        ),
        ({"batch": {}}, "variants.x.batch: unknown key (value {}); did you mean 'batches'?"),
        ({"batches": 8}, "variants.x.batches: must be a mapping (value 8)"),
        (
            {"training": {"regularizers": {"centering": {}}}},
            "variants.x.training.regularizers.centering: unknown key (value {}); did you mean 'centring'?",
        ),
        (
            {"training": {"max_steps": 8}},
            "variants.x.training.max_steps: unknown key (value 8); set batches.batches, the number of training steps",
        ),
        (
            {"batches": {"bitext": {"share": 0.2}}},
            "variants.x.batches.bitext.corpora: this key is missing",
        ),
        (
            {"batches": {"shards": 4}},
            "variants.x.batches.shards: this key is the same in every variant; remove it here",
        ),
        (
            {"batches": {"strategies": []}},
            "variants.x.batches.strategies: this key is the same in every variant; remove it here",
        ),
        (
            {"training": {"average_seeds": True}},
            "variants.x.training.average_seeds: this key is the same in every variant; remove it here",
        ),
        ({"batches": {"batches": 1}}, "variants.x.batches: 2 shards for 1 batches: every shard needs a batch"),
        (
            {"batches": {"negatives": {"count": 1, "from": ["bm52"]}}},
            "variants.x.batches.negatives.from: unknown source 'bm52'; choose from column, bm25, e5-small",
        ),
        (
            {"batches": {"languages": {"weights": {"en": 1, "pt": 1, "fr": 1}}}},
            "variants.x.batches.languages.weights: no training set has 'fr'; choose from en, pt",
        ),
        (
            {"batches": {"bitext": {"corpora": ["demo"], "share": 0.2}}},
            "variants.x.batches.bitext.corpora: demo has QA pairs (format jsonl); bitext in 'corpora': none",
        ),
        (
            {"training": {"regularizers": {"pivot": {"language": "de"}}}},
            "variants.x.training.regularizers.pivot: its language is 'de', and the training set has en, pt: set "
            "'language' to one of these, or add it to the training set (training_sets.demo-en-pt)",
        ),
        (
            {"training": {"positives": 3}},
            "variants.x: training_sets.demo-en-pt: training.positives is 3, and only 2 languages are sampled: lower it",
        ),
        ({}, "variants.x: it changes nothing; give it another value of a key, or remove it"),
        (
            {"batches": {"batch_size": 32}},
            "variants.x: it changes nothing; give it another value of a key, or remove it",
        ),
    ],
)
def test_what_is_wrong_in_a_variant_is_said_with_its_key(refuse, variant, message):
    assert refuse({"fine": {"batches": {"batch_size": 8}}, "x": variant}) == message


def test_several_errors_of_a_variant_are_said_together(refuse):
    found = refuse({"x": {"batches": {"batch_size": "many"}, "training": {"temperature": 0}}}).splitlines()
    assert [line.partition(":")[0] for line in found] == [
        "variants.x.batches.batch_size",
        "variants.x.training.temperature",
    ]


def test_two_variants_may_not_be_the_same(refuse):
    message = refuse({"a": {"batches": {"batch_size": 8}}, "b": {"batches": {"batch_size": 8}}})
    assert message.startswith("variants.b: it has the same keys as the variant a;")


@pytest.mark.parametrize("name", ["none", "average", "seed-1"])
def test_a_variant_has_no_name_that_models_names_have_already(refuse, name):
    assert refuse({name: {"batches": {"batch_size": 8}}}).startswith(f"variants.{name}: '{name}' is a part of models'")


def test_old_names_of_keys_are_understood(load, caplog):
    config = load({"x": {"training": {"gradient_clip": 2.0}}})
    assert config.varied("x").training.max_grad_norm == 2.0
    assert "variants.x.training.gradient_clip is now variants.x.training.max_grad_norm" in caplog.text


def test_a_variant_that_turns_a_term_off_is_not_checked_for_it(load):
    """Strategies and terms are checked with what they meet: here no experiment has both."""
    entry = {"encoder": "e5-small", "training_set": "demo-en-pt", "strategy": "mono", "variant": "plain"}
    pivot = {"regularizers": {"pivot": {"language": "de"}}}
    off = {"plain": {"training": {"regularizers": {"pivot": None}}}}
    assert [one.variant for one in experiments(load(off, training=pivot, experiments=[entry]))] == ["plain"]
    with pytest.raises(ConfigError, match=r"training\.regularizers\.pivot: its language is 'de'"):
        load(off, training=pivot, experiments=[entry, entry | {"variant": None}])


def test_the_bitext_of_all_variants_is_read(load, default):
    bitext = {"format": "bitext-tsv", "licence": "MIT", "pairs": {"en-pt": "a.tsv"}}
    corpora = {**default["corpora"], "talks": bitext, "wiki": bitext}
    variants = {
        "talks": {"batches": {"bitext": {"corpora": ["talks"], "share": 0.1}}},
        "wiki": {"training": {"regularizers": {"centring": {"corpora": ["wiki"]}}}},
    }
    config = load(variants, corpora=corpora)
    assert (config.bitext_corpora, config.batched_bitext) == (("talks", "wiki"), ())
    assert config.varied("talks").bitext_corpora == ("talks",)
    entry = {"encoder": "e5-small", "training_set": "demo-en-pt", "strategy": "mono", "variant": "wiki"}
    assert load(variants, corpora=corpora, experiments=[entry]).bitext_corpora == ("wiki",)


def test_the_sizes_of_a_variant_are_checked_with_its_key(load, tmp_path):
    rows = "".join(json.dumps({"pair_id": n, "question": "q", "passage": "p"}) + "\n" for n in range(20))
    (tmp_path / "en.jsonl").write_text(rows, encoding="utf-8")
    corpora = {"demo": {"files": {"en": {"file": "en.jsonl"}}}}
    variants = {"large": {"batches": {"batch_size": 21}}, "long": {"batches": {"batches": 40}}}
    config = load(variants, batches={"batch_size": 10, "batches": 4}, corpora=corpora)
    assert size_problems(config, tmp_path) == [
        "training_sets.demo-en-pt: 20 QA pairs at most, fewer than the batch size of 21: no batch can be built; add QA "
        "pairs or lower variants.large.batches.batch_size"
    ]
    assert size_warnings(config, tmp_path) == [
        "training_sets.demo-en-pt: 40 batches of 10 from 20 QA pairs at most: each pair is seen 20 times; lower "
        "variants.long.batches.batches or add QA pairs"
    ]


def test_what_is_done_to_a_strategys_models_is_done_in_every_variant_or_in_one(load, default):
    def names(models):
        evaluation = default["evaluation"] | {"debias": [{"method": "center-pool", "models": models}]}
        config = load({"small": {"batches": {"batch_size": 16}}}, evaluation=evaluation)
        return [name for name in scored_models(config) if "+center-pool" in name]

    start = "e5-small__demo-en-pt__mono"
    both = [f"{start}__seed-1+center-pool", f"{start}__small__seed-1+center-pool"]
    assert names(["mono"]) == both
    assert names(["mono__small"]) == both[1:]
    with pytest.raises(ConfigError, match=r"unknown model 'mono__smal'; did you mean 'mono__small'\?"):
        names(["mono__smal"])


def test_editors_know_the_keys_of_a_variant(default, root):
    schema = json.loads((root / "workflow/schemas/config.schema.json").read_text(encoding="utf-8"))

    def check(**variant):
        jsonschema.validate(default | {"variants": {"x": variant}}, schema)

    check(batches={"negatives": {"count": 2}}, training={"regularizers": {"centring": None}, "temperature": 0.1})
    for wrong in ({"batches": {"batch_sise": 2}}, {"batches": {"shards": 2}}, {"training": {"average_seeds": True}}):
        with pytest.raises(jsonschema.ValidationError):
            check(**wrong)
