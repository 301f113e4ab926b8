"""LoRA and frozen word embeddings: what moves, what is saved, and that a killed run ends as another."""

import json

import pytest
import torch
from safetensors.torch import load_file

from equilingual.config.training import Lora
from equilingual.encoders import EncoderError, load_encoder, transformer_of
from equilingual.training import loop as loop_module
from equilingual.training.weights import choose_weights, merge_adapters

LORA = {"rank": 4, "alpha": 8.0, "dropout": 0.1, "target_modules": "all-linear"}
WORDS = "embeddings.word_embeddings.weight"


def test_only_adapters_are_trained(encoder):
    model = load_encoder(encoder)
    choose_weights(model, word_embeddings="frozen", lora=Lora(**LORA))
    trained = {name.rpartition("auto_model.")[2] for name, w in model.named_parameters() if w.requires_grad}
    # Two matrices for each of six linear layers in each of two blocks; the pooler, which nothing reads, has none.
    assert len(trained) == 24
    assert all(".lora_A." in name or ".lora_B." in name for name in trained)
    assert not any("pooler" in name for name in trained)


@pytest.mark.parametrize(("word_embeddings", "moves"), [("frozen", False), ("trained", True), ("sparse", True)])
def test_the_matrices_move_and_biases_and_norms_stay(train, encoder, word_embeddings, moves):
    model, _ = train("a", lora=LORA, word_embeddings=word_embeddings)
    before, after = load_file(encoder / "model.safetensors"), load_file(model / "model.safetensors")
    assert before.keys() == after.keys()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    inner = {n for n, w in before.items() if n.startswith("encoder.") and w.ndim == 2}
    assert moved == inner | ({WORDS} if moves else set())
    # What moved is of the adapters' rank.
    difference = after["encoder.layer.0.attention.self.query.weight"].double()
    difference -= before["encoder.layer.0.attention.self.query.weight"].double()
    values = torch.linalg.svdvals(difference)
    assert values[3] > 1e-6
    assert values[4] < 1e-6


def test_targets_are_what_is_named(train, encoder):
    model, _ = train("a", lora={**LORA, "target_modules": ("query", "output.dense")})
    before, after = load_file(encoder / "model.safetensors"), load_file(model / "model.safetensors")
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    names = ("attention.self.query", "attention.output.dense", "output.dense")
    assert moved == {f"encoder.layer.{n}.{name}.weight" for n in (0, 1) for name in names}


def test_the_merged_encoder_gives_the_vectors_of_the_one_with_adapters(encoder):
    model = load_encoder(encoder)
    torch.manual_seed(0)
    choose_weights(model, word_embeddings="frozen", lora=Lora(**LORA))
    texts = ["what is 1?", "was ist 22?", "ein längerer Text"]
    untrained = model.encode(texts)
    assert (untrained == load_encoder(encoder).encode(texts)).all()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".lora_B." in name:
                weight.normal_(std=0.1)
    adapted = model.encode(texts)
    assert abs(adapted - untrained).max() > 1e-2
    merge_adapters(model)
    assert abs(model.encode(texts) - adapted).max() < 1e-5
    assert model.state_dict().keys() == load_encoder(encoder).state_dict().keys()
    assert not hasattr(transformer_of(model), "peft_config")


def test_the_saved_model_is_a_stock_directory(train, encoder):
    model, _ = train("a", lora=LORA)
    assert {p.name for p in model.iterdir()} == {p.name for p in encoder.iterdir()}
    assert json.loads((model / "config.json").read_text()) == json.loads((encoder / "config.json").read_text())


def test_the_average_with_the_start_is_of_the_merged_weights(train, encoder):
    model, _ = train("a", lora=LORA)
    averaged, _ = train("b", lora=LORA, wise_ft_base_weight=0.25)
    start, own, found = (load_file(folder / "model.safetensors") for folder in (encoder, model, averaged))
    for name, weight in own.items():
        assert torch.allclose(found[name], 0.75 * weight + 0.25 * start[name], atol=1e-7), name


def test_a_killed_run_ends_with_the_same_bytes(train, tmp_path, monkeypatch):
    options = {"lora": LORA, "word_embeddings": "sparse", "micro_batch_size": 2}
    undisturbed = train("a", **options)

    class Killed(BaseException):
        pass

    step = loop_module.Trainer._train_step

    def dying_step(self, *args):
        if self.step == 7:
            raise Killed
        return step(self, *args)

    monkeypatch.setattr(loop_module.Trainer, "_train_step", dying_step)
    with pytest.raises(Killed):
        train("b", **options)
    [checkpoint] = (tmp_path / "b" / "work").glob("*.pt")
    weights = torch.load(checkpoint, weights_only=True)["weights"]
    assert {name.rpartition(".")[0].endswith("word_embeddings") or ".lora_" in name for name in weights} == {True}
    steps = []
    monkeypatch.setattr(
        loop_module.Trainer, "_train_step", lambda self, *args: (steps.append(self.step), step(self, *args))[1]
    )
    resumed = train("b", **options)
    assert steps == list(range(5, 12))
    for name in ("model.safetensors", "manifest.json", "config.json"):
        assert (undisturbed[0] / name).read_bytes() == (resumed[0] / name).read_bytes(), name
    assert undisturbed[1].read_bytes() == resumed[1].read_bytes()


def test_micro_batches_give_the_same_losses(train, two_batches):
    losses = []
    for name, size in (("a", None), ("b", 2)):
        _, history = train(
            name, lora={**LORA, "dropout": 0.0}, dropout=False, micro_batch_size=size, batches=two_batches
        )
        losses.append([json.loads(line)["loss"] for line in history.read_text().splitlines()])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_an_unknown_target_is_an_error_that_names_the_modules(train):
    message = r"training\.lora\.target_modules: the encoder has no linear module named 'q_proj'; choose from dense, key, query, "
    with pytest.raises(EncoderError, match=message + r"value \(or all-linear\)"):
        train("a", lora={**LORA, "target_modules": ("query", "q_proj")})
