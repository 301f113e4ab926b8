"""Encoders cut to some of their layers: what is left is the encoder that transformers builds of these weights."""

import json
import re

import numpy as np
import pytest
from families import FAMILIES, TEXTS, write_family
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from tiny import prepare_configured, write_tiny_encoder

from equilingual.encoders import EncoderError, load_encoder, read_manifest
from equilingual.encoders.layers import chosen_layers


def test_a_number_of_layers_is_evenly_spaced_from_the_first():
    assert chosen_layers(6, 12) == [0, 2, 4, 6, 8, 10]
    assert chosen_layers(3, 12) == [0, 4, 8]
    assert chosen_layers(5, 12) == [0, 2, 4, 7, 9]
    assert chosen_layers(12, 12) == list(range(12))
    assert chosen_layers((1, 11), 12) == [1, 11]


def renumbered(source, out, kept):
    """Write the checkpoint of a smaller model: its layer n has the weights of the layer kept[n]."""
    weights = {}
    for name, weight in load_file(source / "model.safetensors").items():
        layer = re.search(r"encoder\.layer\.(\d+)\.", name)
        if layer is None:
            weights[name] = weight
        elif int(layer[1]) in kept:
            weights[name.replace(layer[0], f"encoder.layer.{kept.index(int(layer[1]))}.")] = weight
    out.mkdir()
    for path in source.iterdir():
        if path.suffix == ".json":
            (out / path.name).write_bytes(path.read_bytes())
    config = json.loads((source / "config.json").read_text()) | {"num_hidden_layers": len(kept)}
    (out / "config.json").write_text(json.dumps(config))
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    return out


@pytest.mark.parametrize(("asked", "kept"), [((0, 3), [0, 3]), (2, [0, 2]), ((1, 2, 3), [1, 2, 3])])
def test_a_cut_encoder_is_the_model_of_these_layers(tmp_path, asked, kept):
    source = write_tiny_encoder(tmp_path / "source", layers=4)
    expected = SentenceTransformer(str(renumbered(source, tmp_path / "expected", kept)))
    folder = tmp_path / "cut"
    lengths = {"query_length": 64, "passage_length": 64}
    prepare_configured(encoder="tiny", source="folder", path=str(source), layers=asked, folder=folder, **lengths)
    cut = load_encoder(folder)
    assert cut[0].auto_model.config.num_hidden_layers == len(kept)
    assert read_manifest(folder)["layers"] == kept
    assert np.abs(cut.encode(TEXTS) - expected.encode(TEXTS)).max() < 1e-6


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_keeps_its_first_layer(tmp_path, family):
    source = write_family(tmp_path / "source", family, ())
    folder = tmp_path / "cut"
    prepare_configured(
        encoder=family, source="folder", path=str(source), layers=1, query_length=64, passage_length=64, folder=folder
    )
    whole, cut = SentenceTransformer(str(source)), load_encoder(folder)
    assert sum(weight.numel() for weight in cut.parameters()) < sum(weight.numel() for weight in whole.parameters())
    assert cut[0].auto_model.config.num_hidden_layers == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [((0, 4), r"it has the layers 0 to 3, not 4$"), (5, r"it has 4 layers, not 5$")],
)
def test_layers_that_are_missing_are_an_error(tmp_path, asked, message):
    source = write_tiny_encoder(tmp_path / "source", layers=4)
    with pytest.raises(EncoderError, match=message):
        prepare_configured(encoder="tiny", source="folder", path=str(source), layers=asked, folder=tmp_path / "cut")
