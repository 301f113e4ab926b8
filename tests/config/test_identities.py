"""What a model is called: one label for the report, the verdicts and the cards."""

import pytest
import yaml

from equilingual.config import load_config
from equilingual.config.experiments import scored_models
from equilingual.config.identities import identities


@pytest.fixture
def found(root):
    """Return a function from changes of the default to its models' identities, by name."""
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))

    def make(evaluation=None, **keys):
        config = load_config(raw | {"evaluation": raw["evaluation"] | (evaluation or {})} | keys)
        return {one.name: one for one in identities(scored_models(config))}

    make.raw = raw
    return make


def test_within_one_encoder_and_training_set_labels_say_what_differs(found):
    models = found(seeds=[1, 22])
    assert {one.group: one.label for one in models.values()} == {
        "e5-small": "base encoder",
        "e5-small+center-pool": "centred (center-pool)",
        "e5-small__demo-en-pt__mono": "monolingual batches",
        "e5-small__demo-en-pt__cross": "cross-lingual batches",
        "e5-small__demo-en-pt__hybrid-0.5": "hybrid batches, α = 0.5",
    }
    hybrid = models["e5-small__demo-en-pt__hybrid-0.5__seed-22"]
    assert hybrid.columns == ("e5-small", "demo-en-pt", "hybrid", 0.5, 22, "none", None)
    assert (hybrid.base, hybrid.kind) == (hybrid.name, "hybrid")
    centred = models["e5-small+center-pool"]
    assert (centred.base, centred.kind, centred.on_pool, centred.is_lexical) == ("e5-small", "centred", True, False)
    assert centred.columns == ("e5-small", None, "none", None, None, "center-pool", None)


def test_an_average_is_a_model_of_its_own(found):
    training = found.raw["training"] | {"average_seeds": True}
    models = found({"debias": [{"method": "center-pool", "models": "all"}]}, seeds=[1, 22, 3], training=training)
    average = models["e5-small__demo-en-pt__hybrid-0.5__average"]
    assert average.label == average.short == "hybrid batches, α = 0.5, average of 3 seeds"
    assert average.group == average.base == average.name
    assert average.columns == ("e5-small", "demo-en-pt", "hybrid", 0.5, None, "none", None)
    assert (average.kind, average.trained, average.is_base) == ("hybrid", True, False)
    assert len({one.columns for one in models.values()}) == len(models)
    debiased = models[f"{average.name}+center-pool"]
    assert (debiased.base, debiased.label) == (
        average.name,
        "hybrid batches, α = 0.5, average of 3 seeds, centred (center-pool)",
    )


def test_strategies_that_differ_by_their_mixing_alone_are_told_apart(found):
    curriculum = {"name": "hybrid", "alpha": {"from": 1.0, "to": 0.0}, "mix": "pair"}
    hybrid = {"name": "hybrid", "alpha": 0.5}
    models = found(batches=found.raw["batches"] | {"strategies": [hybrid, hybrid | {"mix": "pair"}, curriculum]})
    start = "e5-small__demo-en-pt__hybrid"
    labels = {one.group: (one.label, one.strategy, one.alpha, one.kind) for one in models.values() if one.trained}
    by_pair = "hybrid batches mixed by pair, α"
    assert labels == {
        f"{start}-0.5": ("hybrid batches, α = 0.5", "hybrid", 0.5, "hybrid"),
        f"{start}-0.5-pair": (f"{by_pair} = 0.5", "hybrid-pair", 0.5, "hybrid"),
        f"{start}-1-to-0-linear-pair": (f"{by_pair} from 1 to 0, linear", "hybrid-1-to-0-linear-pair", 0.5, "other"),
    }


def test_several_encoders_and_training_sets_are_named(found):
    sets, encoders = found.raw["training_sets"], found.raw["encoders"]
    more = {
        "training_sets": sets | {"other": sets["demo-en-pt"]},
        "encoders": encoders | {"second": encoders["e5-small"]},
    }
    models = found({"lexical": ["bm25"]}, **more)
    labels = {one.group: one.label for one in models.values()}
    assert labels["second__other__hybrid-0.5"] == "second: hybrid batches, α = 0.5 on other"
    assert labels["second+center-pool"] == "second: centred (center-pool)"
    assert labels["e5-small"] == "e5-small: base encoder"
    assert labels["bm25"] == "BM25"
    assert len(set(labels.values())) == len(labels)
    assert models["second__other__mono__seed-1"].short == "monolingual batches"


def test_what_is_done_to_a_model_is_said_in_its_order(found):
    models = found(
        {
            "lexical": ["bm25"],
            "debias": [{"method": "lir-pool", "rank": 3}, {"method": "center", "models": "all"}],
            "merge": [{"method": "rrf", "models": "all"}],
            "fuse": [{"lexical": "bm25", "by": "scores", "models": "all"}],
            "translate": ["apertium"],
        }
    )
    mono = "e5-small__demo-en-pt__mono__seed-1"
    subjects = {
        "e5-small": "the base encoder",
        "e5-small+lir-pool-3": "LIR (lir-pool-3)",
        "e5-small+center": "centring (center)",
        "e5-small+center+bm25-scores": "centring (center) and fusion with BM25 by scaled scores",
        "e5-small+query-apertium": "query translation by apertium",
        "e5-small+rrf": "merging by reciprocal ranks",
        "bm25": "BM25",
        "bm25+rrf": "BM25 with merging by reciprocal ranks",
        f"{mono}+center": "training with monolingual batches and centring (center)",
        mono.replace("mono", "hybrid-0.5"): "training with hybrid batches (α = 0.5)",
    }
    assert {name: models[name].subject for name in subjects} == subjects
    expected = {
        "e5-small+lir-pool-3": ("LIR (lir-pool-3)", "lir"),
        "e5-small+center+bm25-scores": ("centred (center), fused with BM25 by scaled scores", "fused"),
        "e5-small+query-apertium": ("queries translated by apertium", "translated"),
        "e5-small+rrf": ("languages’ lists merged by reciprocal ranks", "rrf"),
        "bm25": ("BM25", "bm25"),
        "bm25+rrf": ("BM25, languages’ lists merged by reciprocal ranks", "rrf"),
        f"{mono}+center": ("monolingual batches, centred (center)", "mono"),
    }
    assert {name: (models[name].label, models[name].kind) for name in expected} == expected
    assert [name for name in expected if models[name].is_merged] == ["e5-small+rrf", "bm25+rrf"]
    assert [name for name in expected if models[name].on_pool] == ["e5-small+lir-pool-3"]
    assert [name for name in expected if models[name].is_lexical] == ["bm25", "bm25+rrf"]
    assert models[f"{mono}+center"].base == mono
    assert models[f"{mono}+center"].group == "e5-small__demo-en-pt__mono+center"


def test_batches_are_named_by_what_tells_them_apart(found):
    strategies = [
        {"name": "hybrid", "alpha": {"from": 1, "to": 0, "shape": "linear"}},
        {"name": "english"},
        {"name": "mixed-mono"},
        {"name": "round-robin", "query_language": "en"},
        {"name": "round-robin"},
    ]
    models = found(batches=found.raw["batches"] | {"strategies": strategies})
    trained = [one for one in models.values() if one.training_set]
    assert [(one.label, one.kind) for one in trained] == [
        ("hybrid batches, α from 1 to 0, linear", "other"),
        ("English batches", "other"),
        ("mixed-monolingual batches", "other"),
        ("round-robin batches (en)", "other"),
        ("round-robin batches", "other"),
    ]


def test_a_variant_is_in_names_labels_and_columns(found):
    variants = {"small": {"batches": {"batch_size": 16}}}
    training = found.raw["training"] | {"average_seeds": True}
    models = found(variants=variants, seeds=[1, 22], training=training)
    start = "e5-small__demo-en-pt__"
    hybrid = models[f"{start}hybrid-0.5__small__seed-22"]
    assert hybrid.group == f"{start}hybrid-0.5__small"
    assert hybrid.label == hybrid.short == "hybrid batches, α = 0.5, small"
    assert hybrid.subject == "training with hybrid batches (α = 0.5, small)"
    assert hybrid.columns == ("e5-small", "demo-en-pt", "hybrid", 0.5, 22, "none", "small")
    assert (hybrid.variant, hybrid.kind, hybrid.base) == ("small", "hybrid", hybrid.name)
    mono = models[f"{start}mono__small__average"]
    assert mono.label == "monolingual batches, small, average of 2 seeds"
    assert mono.subject == "training with monolingual batches (small)"
    assert models[f"{start}mono__seed-1"].variant is None
    assert len({one.label for one in models.values()}) == len({one.group for one in models.values()})
    assert len({one.columns for one in models.values()}) == len(models)


def test_the_seed_alone_is_left_out_of_a_group(found):
    sets = {"seed-1": found.raw["training_sets"]["demo-en-pt"]}
    assert "e5-small__seed-1__mono" in {one.group for one in found(training_sets=sets).values()}
