"""Trimming, LoRA and compilation in the configuration."""

import pytest
import yaml

from equilingual.config import ConfigError, load_config
from equilingual.config.experiments import experiments, scored_models


@pytest.fixture
def raw(root):
    return yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))


def test_an_encoder_is_whole_and_trained_in_full_unless_asked_for(raw):
    config = load_config(raw)
    assert config.encoders["e5-small"].trim is None
    assert config.training.lora is None
    assert config.training.torch_compile is False


def test_every_key_of_a_trimming_and_of_lora_has_a_default(raw):
    raw["encoders"]["e5-small"]["trim"] = {}
    raw["training"]["lora"] = {}
    config = load_config(raw)
    assert config.encoders["e5-small"].trim.model_dump() == {"training_sets": None, "benchmarks": (), "min_count": 1}
    assert config.training.lora.model_dump() == {
        "rank": 16,
        "alpha": 32.0,
        "dropout": 0.05,
        "target_modules": "all-linear",
    }
    raw["training"]["lora"] = {"target_modules": ["query", "value"], "alpha": 8}
    assert load_config(raw).training.lora.target_modules == ("query", "value")


@pytest.mark.parametrize(
    ("trim", "message"),
    [
        ({"training_sets": ["demo"]}, r"encoders\.e5-small\.trim\.training_sets: 'demo' is not defined; .* demo-en-pt"),
        (
            {"benchmarks": ["xquad-r"]},
            r"encoders\.e5-small\.trim\.benchmarks: 'xquad-r' is not defined; choose from demo",
        ),
        ({"training_sets": []}, r"encoders\.e5-small\.trim\.training_sets: name a training set or a benchmark"),
        ({"training_sets": ["demo-en-pt", "demo-en-pt"]}, "duplicate value"),
        ({"min_count": 0}, "min_count"),
        ({"texts": []}, "texts"),
    ],
)
def test_a_trimming_that_cannot_be_made_is_refused(raw, trim, message):
    raw["encoders"]["e5-small"]["trim"] = trim
    with pytest.raises(ConfigError, match=message):
        load_config(raw)


@pytest.mark.parametrize(
    "lora", [{"rank": 0}, {"dropout": 1}, {"alpha": 0}, {"target_modules": "query"}, {"target_modules": []}]
)
def test_lora_that_makes_no_sense_is_refused(raw, lora):
    raw["training"]["lora"] = lora
    with pytest.raises(ConfigError, match=rf"training\.lora\.{next(iter(lora))}"):
        load_config(raw)


def test_an_encoder_that_is_not_trained_is_scored_all_the_same(raw):
    raw["encoders"]["large"] = {"source": "hub", "path": "owner/large", "revision": "a" * 40, "train": False}
    config = load_config(raw)
    assert {experiment.encoder for experiment in experiments(config)} == {"e5-small"}
    assert {"large", "large+center-pool"} <= scored_models(config).keys()
    raw["encoders"]["large"]["train"] = "maybe"
    with pytest.raises(ConfigError, match=r"encoders\.large\.train"):
        load_config(raw)
