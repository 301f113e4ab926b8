"""Whatever type weights were saved in, they are trained as float32."""

import json

import pytest
import torch
from safetensors.torch import load_file
from tiny import prepare_tiny, save_again, write_tiny_encoder

from equilingual.encoders import EncoderError, load_encoder, read_manifest
from equilingual.training.optimization import Optimization
from equilingual.training.trainer import Trainer

LORA = {"rank": 4, "alpha": 8.0, "dropout": 0.0, "target_modules": "all-linear"}


def mixed(name, weight):
    return weight.bfloat16() if weight.ndim > 1 else weight.half() if name.endswith("bias") else weight


@pytest.mark.parametrize(
    ("saved", "shards", "changes"),
    [
        (lambda name, weight: weight.bfloat16(), 1, {}),
        (lambda name, weight: weight.bfloat16(), 3, {"wise_ft_base_weight": 0.25}),
        (lambda name, weight: weight.half(), 1, {"lora": LORA}),
        (lambda name, weight: weight.double() * (1 + 1e-9), 1, {"word_embeddings": "trained"}),
        (mixed, 1, {"regularizers": {"distillation": {"weight": 1.0, "temperature": 0.05}, "centring": None}}),
    ],
    ids=["bfloat16", "bfloat16 in shards, averaged", "float16 with LoRA", "float64", "mixed, distilled"],
)
def test_training_is_that_of_the_float32_encoder_with_these_weights(train, tmp_path, saved, shards, changes):
    source = write_tiny_encoder(tmp_path / "source")
    given = prepare_tiny(save_again(source, tmp_path / "as-saved", saved, shards=shards), tmp_path / "given")
    same = save_again(source, tmp_path / "upcast", lambda name, weight: saved(name, weight).float())
    expected = prepare_tiny(same, tmp_path / "expected")
    own, other = (
        train(name, encoder_folder=folder, dropout=False, learning_rate=1e-4, **changes)
        for name, folder in (("own", given), ("other", expected))
    )
    assert own[1].read_bytes() == other[1].read_bytes()
    assert (own[0] / "model.safetensors").read_bytes() == (other[0] / "model.safetensors").read_bytes()
    # Steps of 1e-4 are below the last digit of most weights in 16 bits: in float32 every one of a matrix moves.
    name = "encoder.layer.1.output.dense.weight"
    before, after = (load_file(folder / "model.safetensors")[name] for folder in (given, own[0]))
    assert (before != after).float().mean() > (0.99 if "wise_ft_base_weight" not in changes else 0.9)
    assert json.loads((own[0] / "config.json").read_text())["dtype"] == "float32"
    assert read_manifest(own[0])["base"]["saved_dtypes"] == read_manifest(given)["saved_dtypes"]


def test_weights_in_16_bits_are_not_trained(encoder, settings):
    with pytest.raises(EncoderError, match=r"the weight .* is torch\.bfloat16, and weights must be float32"):
        Trainer(load_encoder(encoder).bfloat16(), settings, steps=1, seed=1)


def test_an_encoder_without_weights_to_train_is_refused_at_once(encoder, settings):
    with pytest.raises(EncoderError, match="the encoder has no trainable weight"):
        Optimization(load_encoder(encoder).requires_grad_(False), settings, steps=1)


def test_resuming_keeps_float32(train, tmp_path, monkeypatch):
    train("a")
    [checkpoint] = (tmp_path / "a" / "work").glob("*.pt")
    state = torch.load(checkpoint, weights_only=True)
    assert {weight.dtype for weight in state["weights"].values()} == {torch.float32}
