"""The distillation of an encoder with fewer layers, in the configuration."""

import pytest
import yaml

from equilingual.config import ConfigError, load_config
from equilingual.config.encoding import Lengths


@pytest.fixture
def raw(root):
    return yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))


def test_every_key_has_a_default(raw):
    assert load_config(raw).encoders["e5-small"].distilled is None
    raw["encoders"]["e5-small"] |= {"layers": 6, "distilled": {}}
    assert load_config(raw).encoders["e5-small"].distilled.model_dump() == {
        "training_sets": None,
        "steps": 400,
        "batch_size": 64,
        "learning_rate": 5e-4,
        "word_embeddings": "frozen",
        "precision": "auto",
        "seed": 1,
    }


def test_the_stage_is_given_the_lengths_of_the_encoder_and_no_training_set(raw):
    raw["encoders"]["e5-small"] |= {"layers": [0, 4], "distilled": {"training_sets": ["demo-en-pt"], "steps": 7}}
    distilled = load_config(raw).encoders["e5-small"].distilled
    given = distilled.settings(Lengths(query_length=5, passage_length=6)).model_dump()
    assert given == {
        "query_length": 5,
        "passage_length": 6,
        "steps": 7,
        "batch_size": 64,
        "learning_rate": 5e-4,
        "word_embeddings": "frozen",
        "precision": "auto",
        "seed": 1,
    }


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"layers": 6, "distilled": {"training_sets": ["demo"]}},
            r"encoders\.e5-small\.distilled\.training_sets: 'demo' is not defined; choose from demo-en-pt",
        ),
        (
            {"layers": 6, "distilled": {"training_sets": []}},
            r"encoders\.e5-small\.distilled\.training_sets: name a training set whose texts to use",
        ),
        ({"layers": 6, "distilled": {"training_sets": ["demo-en-pt"] * 2}}, "duplicate value"),
        ({"distilled": {}}, r"encoders\.e5-small: 'distilled' is for an encoder with fewer layers: add 'layers'"),
        ({"layers": 6, "similarity": "dot", "train": False, "distilled": {}}, "compares vectors by cosine"),
        ({"layers": 6, "distilled": {"batch_size": 1}}, "batch_size"),
        ({"layers": 6, "distilled": {"steps": 0}}, "steps"),
        ({"layers": 6, "distilled": {"word_embeddings": "sparse"}}, "word_embeddings"),
        ({"layers": 6, "distilled": {"teacher": "e5-base"}}, "teacher"),
    ],
)
def test_a_distillation_that_cannot_be_made_is_refused(raw, keys, message):
    raw["encoders"]["e5-small"] |= keys
    with pytest.raises(ConfigError, match=message):
        load_config(raw)


def test_without_training_sets_there_is_nothing_to_distil_on(raw):
    raw["encoders"]["e5-small"] |= {"layers": 6, "distilled": {}}
    raw["training_sets"] = {}
    with pytest.raises(
        ConfigError, match=r"distilled\.training_sets: name a training set whose texts to use; there is"
    ):
        load_config(raw)
