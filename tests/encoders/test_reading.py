"""How model folders are loaded: what stays as it was, and what the Hub's cache does not have."""

import shutil

import pytest
import torch
from tiny import write_tiny_encoder

from equilingual.encoders import EncoderError
from equilingual.encoders.reading import hub_folder, read_model


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the Hub, and no network."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "cache"


def test_a_model_that_cannot_be_downloaded_is_one_line(cache):
    with pytest.raises(
        EncoderError, match=r"the encoder tiny: acme/tiny at the revision a{40} cannot be downloaded"
    ) as e:
        hub_folder("tiny", "acme/tiny", "a" * 40)
    assert str(e.value).isprintable()
    with pytest.raises(EncoderError, match="cannot be downloaded from the Hugging Face Hub"):
        hub_folder("tiny", "no/such/name", "a" * 40)


def test_a_repository_without_safetensors_is_refused_with_what_to_do(cache, tmp_path):
    commit = "a" * 40
    folder = cache / "models--acme--tiny/snapshots" / commit
    shutil.copytree(write_tiny_encoder(tmp_path / "source"), folder)
    assert hub_folder("tiny", "acme/tiny", commit) == folder
    (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match=r"has no safetensors.*a pickle .*, convert it .*docs/exports\.md"):
        hub_folder("tiny", "acme/tiny", commit)


def test_loading_leaves_nothing_behind(tmp_path):
    from huggingface_hub import constants
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from transformers import modeling_utils

    def state():
        return (
            torch.load,
            vars(StaticEmbedding)["load"],
            constants.HF_HUB_OFFLINE,
            modeling_utils.log_state_dict_report,
            torch.get_rng_state().tolist(),
        )

    source = write_tiny_encoder(tmp_path / "source")
    before = state()
    read_model("tiny", source)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        read_model("tiny", tmp_path)
    assert state() == before


def test_the_network_is_out_of_reach_while_a_model_is_loaded(tmp_path, monkeypatch):
    from sentence_transformers import SentenceTransformer

    def asking(*arguments, **options):
        from huggingface_hub import HfApi

        return HfApi().model_info("acme/tiny")

    monkeypatch.setattr(SentenceTransformer, "__init__", asking)
    with pytest.raises(EncoderError, match="offline mode is enabled"):
        read_model("tiny", tmp_path)
