"""The average of several trainings: each weight by hand, whatever was trained, and what is said of it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sentence_transformers import SentenceTransformer

from equilingual.config.origin import Origin
from equilingual.encoders import EncoderError, load_encoder, read_manifest
from equilingual.files import DamagedFileError, sha256_of, write_json
from equilingual.training import average_seeds, averaging

ORIGIN = Origin(base_model=None, base_licence="MIT", licences={"c": "CC0-1.0"})
LORA = {"rank": 4, "alpha": 8, "dropout": 0.0, "target_modules": "all-linear"}


def average(members, out):
    average_seeds(experiment="tiny__t__hybrid-0.5__average", members=members, origin=ORIGIN, out=out)
    return out


def weights_of(folder):
    return load_file(folder / "model.safetensors")


@pytest.fixture
def members(train):
    """Return a function that trains models which differ as those of several seeds do."""

    def run(count=3, **changes):
        return [train(f"m{n}", **{"learning_rate": 1e-3 * (n + 1), **changes})[0] for n in range(count)]

    return run


@pytest.mark.parametrize("changes", [{}, {"lora": LORA}, {"word_embeddings": "sparse"}], ids=["all", "lora", "sparse"])
def test_each_weight_is_the_mean_over_the_models(members, encoder, tmp_path, changes):
    found = members(**changes)
    averaged, own = weights_of(average(found, tmp_path / "average")), [weights_of(folder) for folder in found]
    assert averaged.keys() == own[0].keys() == weights_of(encoder).keys()
    for name, weight in averaged.items():
        expected = np.mean([one[name].numpy().astype(np.float64) for one in own], axis=0)
        assert weight.dtype == own[0][name].dtype
        np.testing.assert_array_equal(weight.numpy(), expected.astype(np.float32), err_msg=name)
    name = "encoder.layer.1.output.dense.weight"
    assert not any(torch.equal(averaged[name], one[name]) for one in own)
    embeddings = "embeddings.word_embeddings.weight"
    trained = changes.get("word_embeddings") == "sparse"
    assert torch.equal(averaged[embeddings], own[0][embeddings]) != trained


def test_the_average_is_a_model_like_the_others(members, tmp_path):
    found = members(2)
    folder = average(found, tmp_path / "average")
    texts = ["what is 7?", "was ist 7?"]
    model, own = SentenceTransformer(str(folder)), SentenceTransformer(str(found[0]))
    assert model.prompts == own.prompts
    assert model.max_seq_length == own.max_seq_length
    assert not np.array_equal(model.encode_query(texts), own.encode_query(texts))
    np.testing.assert_array_equal(
        model.encode_query(texts), load_encoder(folder).encode(texts, prompt_name="query", show_progress_bar=False)
    )


def test_of_equal_models_it_is_the_same_to_the_bit(members, tmp_path):
    (one,) = members(1)
    assert sha256_of(average([one] * 3, tmp_path / "average") / "model.safetensors") == sha256_of(
        one / "model.safetensors"
    )


def test_the_manifest_has_what_all_share_and_what_each_has_of_its_own(members, tmp_path):
    found = members(2)
    about = read_manifest(average(found, tmp_path / "average"))
    first = read_manifest(found[0])
    assert (about["experiment"], about["seed"]) == ("tiny__t__hybrid-0.5__average", None)
    for name in (
        "encoder",
        "similarity",
        "base",
        "training_set",
        "strategy",
        "alpha",
        "languages",
        "pairs",
        "parameters",
    ):
        assert about[name] == first[name]
    assert [one["manifest_sha256"] for one in about["averaged"]] == [sha256_of(one / "manifest.json") for one in found]
    assert [(one["seed"], one["steps"], one["final_loss"]) for one in about["averaged"]] == [
        (1, 12, read_manifest(folder)["final_loss"]) for folder in found
    ]
    assert not {"steps", "best", "batches_sha256", "texts_cut"} & about.keys()
    card = (tmp_path / "average/README.md").read_text(encoding="utf-8")
    assert "| steps, batch size, seed | 12, 4, 1, 1: the average of their weights (arXiv:2203.05482) |" in card


def test_hard_negatives_are_named_without_their_counts(members, hard_batches, tmp_path):
    about = read_manifest(average(members(2, batches=hard_batches), tmp_path / "average"))
    assert about["negatives"] == {"count": 1, "from": ["column"], "language": "passage"}
    assert "1 a pair at most, from column" in (tmp_path / "average/README.md").read_text(encoding="utf-8")


def test_the_precision_is_kept_and_whole_numbers_are_the_first_model_s(monkeypatch):
    states = {
        "a": {"w": torch.tensor([1.0, 3.0], dtype=torch.bfloat16), "positions": torch.tensor([0, 1])},
        "b": {"w": torch.tensor([2.0, 3.25], dtype=torch.bfloat16), "positions": torch.tensor([5, 5])},
    }
    monkeypatch.setattr(averaging, "load_encoder", lambda folder: SimpleNamespace(state_dict=lambda: states[folder]))
    found = averaging._mean(states["a"], ["a", "b"])
    assert found["w"].dtype == torch.bfloat16
    assert found["w"].tolist() == [1.5, 3.125]
    assert found["positions"].tolist() == [0, 1]


def test_models_with_other_weights_are_refused(members, encoder, tmp_path):
    from tiny import prepare_tiny, write_tiny_encoder

    (one,) = members(1)
    other = prepare_tiny(write_tiny_encoder(tmp_path / "source", hidden=32), tmp_path / "wider")
    for name, value in read_manifest(one).items():
        about = read_manifest(other)
        write_json({**about, name: about.get(name, value)}, other / "manifest.json")
    with pytest.raises(EncoderError, match=r"wider: its weights differ from those of .*m0/model by name or shape"):
        average([one, other], tmp_path / "average")


def test_a_damaged_member_is_refused(members, tmp_path):
    found = members(2)
    with open(found[1] / "model.safetensors", "ab") as file:
        file.write(b"x")
    with pytest.raises(DamagedFileError, match=r"model\.safetensors"):
        average(found, tmp_path / "average")
    assert not (tmp_path / "average/manifest.json").exists()
