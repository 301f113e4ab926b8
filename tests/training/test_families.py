"""Encoders of each family that the workflow names load, encode as their family does, are trained, saved and loaded."""

import pytest
import torch
from families import FAMILIES, write_family
from safetensors.torch import load_file
from tiny import prepare_configured

from equilingual.encoders import load_encoder, transformer_of

LORA = {"rank": 4, "alpha": 8.0, "dropout": 0.1, "target_modules": "all-linear"}


def prepared(tmp_path, family):
    source = write_family(tmp_path / "source", family)
    prepare_configured(
        encoder=family,
        source="folder",
        path=str(source),
        query_length=32,
        passage_length=32,
        folder=tmp_path / family,
    )
    return tmp_path / family


@pytest.mark.parametrize(
    ("family", "lora"), [*((family, None) for family in FAMILIES), *((f, LORA) for f in ("bge-m3", "labse", "mmbert"))]
)
def test_an_encoder_of_each_family_is_trained_and_loads(train, two_batches, tmp_path, family, lora):
    folder = prepared(tmp_path, family)
    model, history = train("a", encoder_folder=folder, lora=lora, batches=two_batches)
    assert len(history.read_text().splitlines()) == 2
    tables = [load_file(path / "model.safetensors") for path in (folder, model)]
    words = {name for name, w in tables[0].items() if torch.equal(w, transformer_table(folder))}
    assert len(words) == 1  # the word embeddings, by whatever name
    moved = {name for name in tables[0] if not torch.equal(tables[0][name], tables[1][name])}
    assert moved
    assert not moved & words
    loaded = load_encoder(model)
    assert [type(module).__name__ for module in loaded] == [type(module).__name__ for module in load_encoder(folder)]
    assert loaded.prompts == load_encoder(folder).prompts
    vectors = loaded.encode(["what is 7?", "was ist 7?"], prompt_name="query")
    assert vectors.shape == (2, 16)
    dense = list(model.glob("*_Dense/model.safetensors"))
    assert len(dense) == (family == "labse")
    for path in dense:  # it is trained with the rest, and with LoRA stays as it was
        before = load_file(folder / path.relative_to(model))["linear.weight"]
        assert torch.equal(before, load_file(path)["linear.weight"]) == (lora is not None)


def transformer_table(folder):
    return transformer_of(load_encoder(folder)).get_input_embeddings().weight.detach()


@pytest.mark.parametrize("family", FAMILIES)
def test_pooling_is_the_familys_own(tmp_path, family):
    from transformers import AutoModel, AutoTokenizer

    folder = prepared(tmp_path, family)
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    prompt = "query: " if family.startswith("e5") else ""
    with torch.no_grad():
        states = model(**tokenizer(prompt + "was ist 7?", return_tensors="pt")).last_hidden_state[0]
        vector = states[0] if family in ("bge-m3", "labse") else states.mean(0)
        if family == "labse":
            dense = load_file(next(folder.glob("*_Dense/model.safetensors")))
            vector = torch.tanh(dense["linear.weight"] @ vector + dense["linear.bias"])
        if family not in ("xlm-roberta", "mbert", "mmbert"):
            vector = vector / vector.norm()
    assert load_encoder(folder).encode("was ist 7?", prompt_name="query") == pytest.approx(vector.numpy(), abs=1e-5)
