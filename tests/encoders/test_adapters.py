"""Adapter-only folders: merged into a base model that is there or pinned, else refused."""

import shutil

import pytest
import torch
from odd_models import both, change_json, gone, raw
from safetensors.torch import load_file, save_file
from tiny import prepare_configured, write_tiny_encoder

from equilingual.encoders import EncoderError, load_encoder, read_manifest

TARGET = "encoder.layer.0.attention.self.query"


@pytest.fixture
def base(tmp_path):
    return write_tiny_encoder(tmp_path / "base")


@pytest.fixture
def adapter(tmp_path, base):
    """Write an adapter of rank 2 as PEFT does, for the queries' matrices; its numbers are not those it starts from."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel

    torch.manual_seed(5)
    model = get_peft_model(AutoModel.from_pretrained(base), LoraConfig(r=2, lora_alpha=6, target_modules=["query"]))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            weight.data.normal_()
    model.save_pretrained(tmp_path / "adapter")
    change_json(tmp_path / "adapter/adapter_config.json", lambda old: old | {"base_model_name_or_path": "../base"})
    return tmp_path / "adapter"


def prepare(folder, out, **changes):
    arguments = {"source": "folder", "path": str(folder), "query_length": 32, "passage_length": 32} | changes
    prepare_configured(encoder="tiny", folder=out, **arguments)
    return load_file(out / "model.safetensors")


@pytest.mark.parametrize("as_model", [False, True], ids=["bare", "with modules of its own"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_adapter_is_merged_into_its_base_model(tmp_path, base, adapter, as_model, dtype):
    low = {name: weight.to(dtype) for name, weight in load_file(adapter / "adapter_model.safetensors").items()}
    save_file(low, adapter / "adapter_model.safetensors", metadata={"format": "pt"})
    if as_model:
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

        modules = [Transformer(str(base)), Pooling(16, pooling_mode="cls")]
        SentenceTransformer(modules=modules, device="cpu").save(str(tmp_path / "whole"))
        shutil.copytree(tmp_path / "whole", adapter, dirs_exist_ok=True)
        both(gone("model.safetensors", "config.json"))(adapter)
    merged = prepare(adapter, tmp_path / "out")
    # LoRA: W + alpha / r * B A
    a, b = (low[f"base_model.model.{TARGET}.lora_{side}.weight"].float() for side in "AB")
    before = load_file(base / "model.safetensors")
    expected = before[f"{TARGET}.weight"] + 6 / 2 * b @ a
    assert torch.allclose(merged[f"{TARGET}.weight"], expected, atol=1e-6)
    assert (expected - before[f"{TARGET}.weight"]).abs().max() > 0.1
    assert merged.keys() == before.keys()
    assert torch.equal(merged[f"{TARGET}.bias"], before[f"{TARGET}.bias"])
    about = read_manifest(tmp_path / "out")
    assert about["adapter_base"] == {"path": "base", "revision": None}
    assert about["saved_dtypes"] == sorted({"float32", str(dtype).removeprefix("torch.")})
    assert load_encoder(tmp_path / "out")[1].pooling_mode == ("cls" if as_model else "mean")


def test_an_adapter_of_a_transformers_model_takes_the_configurations_pooling(tmp_path, base, adapter):
    prepare(adapter, tmp_path / "out", pooling="cls")
    assert load_encoder(tmp_path / "out")[1].pooling_mode == "cls"


def test_a_pooling_beside_that_of_the_base_model_is_refused(tmp_path, base, adapter):
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(base), device="cpu").save(str(tmp_path / "whole"))
    change_json(adapter / "adapter_config.json", lambda old: old | {"base_model_name_or_path": "../whole"})
    with pytest.raises(EncoderError, match="'pooling' is 'cls', but the model declares its own pooling"):
        prepare(adapter, tmp_path / "out", pooling="cls")


def test_a_merged_adapter_can_be_trained_further(tmp_path, adapter):
    from equilingual.config.training import Lora
    from equilingual.training.weights import choose_weights, merge_adapters

    prepare(adapter, tmp_path / "out")
    model = load_encoder(tmp_path / "out")
    choose_weights(model, word_embeddings="frozen", lora=Lora(rank=2, alpha=4.0, dropout=0.0))
    assert any(weight.requires_grad for weight in model.parameters())
    merge_adapters(model)
    assert model.encode("text").shape == (16,)


def test_a_base_model_of_the_hub_is_taken_at_its_commit_and_at_no_other(tmp_path, base, adapter, monkeypatch):
    """The Hub's cache, as a download leaves it."""
    from huggingface_hub import constants

    commit = "c" * 40
    repository = tmp_path / "cache/models--acme--base"
    shutil.copytree(base, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    path = adapter / "adapter_config.json"
    change_json(path, lambda old: old | {"base_model_name_or_path": "acme/base", "revision": commit})
    prepare(adapter, tmp_path / "out")
    assert read_manifest(tmp_path / "out")["adapter_base"] == {"path": "acme/base", "revision": commit}
    for revision in (None, "main", 7):
        change_json(path, lambda old, revision=revision: old | {"revision": revision})
        with pytest.raises(EncoderError, match=r"'acme/base' is neither a folder nor a commit of the Hugging Face Hub"):
            prepare(adapter, tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda f: change_json(f, lambda c: c | {"base_model_name_or_path": None}), "None is neither a folder nor"),
        (lambda f: change_json(f, lambda c: c | {"base_model_name_or_path": "../nowhere"}), "nowhere' is neither"),
        (lambda f: change_json(f, lambda c: c | {"base_model_name_or_path": "long" * 9999}), "is neither a folder nor"),
        (lambda f: change_json(f, lambda c: c | {"base_model_name_or_path": "a\0b"}), "is neither a folder nor"),
        (lambda f: change_json(f, lambda c: c | {"peft_type": "IA3"}), "adapter of the kind IA3, and only LORA is merged"),
        (lambda f: change_json(f, lambda c: c | {"r": 3}), "does not fit its base model"),
        (lambda f: change_json(f, lambda c: c | {"target_modules": ["nothing"]}), "does not fit its base model"),
        (lambda f: change_json(f, lambda c: c | {"target_modules": ["key"]}), "does not fit its base model"),
        (lambda f: change_json(f, lambda c: c | {"megatron_config": {"a": 1}, "megatron_core": "code"}), "only LORA"),
        (lambda f: f.write_text("{"), "is not JSON"),
        (lambda f: (f.parent / "adapter_model.safetensors").unlink(), "an adapter without adapter_model.safetensors"),
        (lambda f: raw("adapter_model.safetensors", b"x")(f.parent), "does not fit its base model"),
        (lambda f: shutil.copy(f.parent / "adapter_model.safetensors", f.parent / "model.safetensors"), "has both"),
        (lambda f: (f.parent.parent / "base/model.safetensors").unlink(), "has no weights: there is no"),
        (lambda f: shutil.copy(f, f.parent.parent / "base"), "of the adapter is an adapter itself"),
    ],
)  # fmt: skip
def test_an_adapter_that_cannot_be_merged_is_one_line(tmp_path, adapter, change, problem):
    change(adapter / "adapter_config.json")
    with pytest.raises(EncoderError, match=problem) as error:
        prepare(adapter, tmp_path / "out")
    assert "the encoder tiny" in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()
