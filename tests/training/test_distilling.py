"""An encoder with fewer layers learns the vectors of the whole encoder."""

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest
import torch
from safetensors.torch import load_file
from tiny import prepare_tiny, save_again, write_tiny_encoder

from equilingual.config.distilled import DistillingSettings
from equilingual.corpora import PAIR_SCHEMA
from equilingual.encoders import EncoderError, embed, load_encoder, read_manifest
from equilingual.encoders.layers import cut_layers
from equilingual.files import DamagedFileError
from equilingual.parquet import write_parquet
from equilingual.training import TrainingError, distilling
from equilingual.training.distilled_texts import Sides
from equilingual.training.distilling import Distiller, distil_encoder

WORDS = ("tide", "lamp", "harbour", "bell", "gull", "rope", "mast", "fog")


def write_teacher(folder, seed):
    """Write an encoder whose layers do much, unlike those of small random weights: a part of them is far from it."""
    source = write_tiny_encoder(folder / "source", layers=3, seed=seed)
    wide = save_again(source, folder / "wide", lambda name, w: 12 * w if "layer." in name and w.ndim == 2 else w)
    return prepare_tiny(wide, folder / "whole")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return write_teacher(tmp_path_factory.mktemp("teacher"), seed=0)


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Another encoder, with the same vocabulary."""
    return write_teacher(tmp_path_factory.mktemp("other"), seed=5)


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Forty pairs in two languages, two questions for each passage."""
    folder = tmp_path_factory.mktemp("pairs")
    paths = []
    for language, before in (("en", "the"), ("de", "das")):
        rows = [
            (
                f"q{n}",
                f"p{n // 2}",
                language,
                f"{before} {WORDS[n % 8]} {n}?",
                f"{before} {WORDS[n // 2 % 8]} {n // 2}",
                "h",
            )
            for n in range(40)
        ]
        paths.append(folder / f"{language}.parquet")
        write_parquet(pa.table([list(column) for column in zip(*rows, strict=True)], schema=PAIR_SCHEMA), paths[-1])
    return paths


def settings_of(**changes):
    given = {"steps": 120, "batch_size": 8, "learning_rate": 3e-3, "precision": "float32"}
    return DistillingSettings.model_validate(given | {"query_length": 32, "passage_length": 32} | changes)


@pytest.fixture
def distil(tmp_path, teacher, tables):
    def run(name, *, whole=teacher, pairs=tables, layers=1, **changes):
        given = {"encoder": "cut", "teacher": whole, "pairs": pairs, "layers": layers, "threads": 1}
        places = {"checkpoints": tmp_path / name / "work", "folder": tmp_path / name / "cut"}
        distil_encoder(settings=settings_of(**changes), **given, **places)
        return tmp_path / name / "cut"

    return run


def vectors(folder, texts, side):
    return embed(load_encoder(folder), texts, prompt=side, length=32, batch_tokens=512, progress=False)


def test_it_comes_nearer_to_the_whole_encoder_on_texts_it_did_not_see(distil, teacher, tables):
    folder = distil("run")
    about = read_manifest(folder)
    own = about["distilled"]
    assert (about["encoder"], about["layers"]) == ("cut", [0])
    assert own["languages"] == ["de", "en"]
    assert own["steps"] == 120
    # One passage of twenty and its two questions, in two languages.
    assert own["held_out"] == 2 * (2 + 2)
    assert own["cosine"] > own["cosine_before"] + 0.5 * (1 - own["cosine_before"])
    assert own["final_loss"] < 1 - own["cosine_before"]
    assert own["centred_cosine"] > own["centred_cosine_before"] + 0.05
    # Its vectors, read again from the directory, of texts that are in no table.
    model = load_encoder(teacher)
    cut_layers("the encoder", model, 1)
    for side, texts in (("query", ["the fog 77?", "das mast 80?"]), ("document", ["the rope 91", "das gull 93"])):
        target = vectors(teacher, texts, side)
        before = embed(model, texts, prompt=side, length=32, batch_tokens=512, progress=False)
        after = vectors(folder, texts, side)
        assert ((after * target).sum(1) > (before * target).sum(1)).all()
    assert load_encoder(folder)[0].auto_model.config.num_hidden_layers == 1
    assert load_encoder(folder).max_seq_length == load_encoder(teacher).max_seq_length
    assert "the layers 0, then distilled" in (folder / "README.md").read_text()


def test_the_teacher_decides_what_is_learnt(distil, teacher, other):
    texts = ["the fog 77?", "das mast 80?", "the bell 5?"]
    learnt = {
        name: vectors(distil(name, whole=whole), texts, "query") for name, whole in (("a", teacher), ("b", other))
    }
    for name, right, wrong in (("a", teacher, other), ("b", other, teacher)):
        near, far = ((learnt[name] * vectors(whole, texts, "query")).sum(1) for whole in (right, wrong))
        assert (near > far + 0.1).all()


def test_word_embeddings_stay_unless_they_are_trained(distil, teacher):
    start = load_file(teacher / "model.safetensors")
    for choice, stays in (("frozen", True), ("trained", False)):
        weights = load_file(distil(choice, steps=2, word_embeddings=choice) / "model.safetensors")
        name = "embeddings.word_embeddings.weight"
        assert torch.equal(weights[name], start[name]) is stays
        other = "encoder.layer.0.output.dense.weight"
        assert not torch.equal(weights[other], start[other])


def test_the_first_step_by_hand(teacher, other):
    """The loss and the gradient of one pass without the machinery of the package."""
    whole, model = load_encoder(other), load_encoder(teacher)
    cut_layers("the encoder", model, (2,))
    reference = load_encoder(teacher)
    cut_layers("the encoder", reference, (2,))
    sides = Sides(["a tide?", "a longer question of the lamp?"], ["a bell"])
    distiller = Distiller(whole, model, settings_of(steps=1, learning_rate=1e-3))
    loss = 0
    for prompt, texts in (("q: ", sides.questions), ("p: ", sides.passages)):
        for text in texts:
            rows = []
            for one in (whole, reference.eval()):
                tokens = one.tokenizer([prompt + text], return_tensors="pt", truncation=True, max_length=32)
                states = one[0].auto_model(**tokens).last_hidden_state[0]
                rows.append(states.mean(0))
            loss = loss + (1 - torch.cosine_similarity(rows[0].detach(), rows[1], dim=0)) / 3
    loss.backward()
    assert 1 - distiller.measure(sides)["cosine"] == pytest.approx(loss.item(), abs=1e-6)
    name = "encoder.layer.0.output.dense.weight"
    weight = model[0].auto_model.get_parameter(name)
    before = weight.detach().clone()
    distiller.take_step(sides)
    assert distiller.losses == [pytest.approx(loss.item(), abs=1e-6)]
    # The first step of AdamW goes by the sign of the gradient.
    gradient = reference[0].auto_model.get_parameter(name).grad
    moved = weight.detach() - before
    clear = gradient.abs() > 1e-3 * gradient.abs().max()
    assert clear.float().mean() > 0.9
    assert torch.equal(torch.sign(moved)[clear], -torch.sign(gradient)[clear])


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(distil):
    one, same, other = (
        (distil(name, steps=3, seed=seed) / "model.safetensors").read_bytes()
        for name, seed in (("one", 1), ("same", 1), ("other", 2))
    )
    assert one == same
    assert one != other


def test_a_killed_run_resumes_and_ends_with_the_same_weights(distil, tmp_path, monkeypatch):
    monkeypatch.setattr(distilling, "_SAVE_STEPS", 2)
    whole = distil("whole", steps=7)
    real, taken = Distiller.take_step, []

    def killed(self, sides):
        if len(taken) == 5:
            raise KeyboardInterrupt
        taken.append(len(self.losses))
        real(self, sides)

    monkeypatch.setattr(Distiller, "take_step", killed)
    with pytest.raises(KeyboardInterrupt):
        distil("killed", steps=7)
    monkeypatch.setattr(Distiller, "take_step", lambda self, sides: taken.append(len(self.losses)) or real(self, sides))
    folder = distil("killed", steps=7)
    assert taken == [0, 1, 2, 3, 4, 4, 5, 6]
    assert (folder / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert read_manifest(folder)["distilled"] == read_manifest(whole)["distilled"]
    # A directory that is lost is written anew without a step; another setting begins at the first one.
    shutil.rmtree(folder)
    distil("killed", steps=7)
    assert len(taken) == 8
    distil("killed", steps=7, learning_rate=1e-3)
    assert taken[8:] == [0, 1, 2, 3, 4, 5, 6]
    assert len(list((tmp_path / "killed/work").iterdir())) == 1


def test_a_damaged_checkpoint_is_not_read(distil, tmp_path, caplog):
    first = (distil("run", steps=3) / "model.safetensors").read_bytes()
    [checkpoint] = (tmp_path / "run/work").iterdir()
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    checkpoint.write_bytes(content)
    again = distil("run", steps=3)
    assert "is damaged: its checksum differs" in caplog.text
    assert (again / "model.safetensors").read_bytes() == first


def test_what_cannot_be_distilled_is_an_error(distil, teacher, tables, tmp_path):
    with pytest.raises(EncoderError, match=r"the encoder cut cannot be cut to these layers: it has 3 layers, not 4"):
        distil("more", layers=4)
    empty = tmp_path / "empty.parquet"
    write_parquet(PAIR_SCHEMA.empty_table(), empty)
    with pytest.raises(EncoderError, match=r"encoders\.cut\.distilled: its training sets have fewer than two passages"):
        distil("empty", pairs=[empty])
    dot = tmp_path / "dot"
    shutil.copytree(teacher, dot)
    config = json.loads((dot / "config_sentence_transformers.json").read_text())
    (dot / "config_sentence_transformers.json").write_text(json.dumps(config | {"similarity_fn_name": "dot"}))
    with pytest.raises(DamagedFileError):
        distil("changed", whole=dot)
    with pytest.raises(TrainingError, match=r"the loss is nan at step \d+ of the distillation: lower 'learning_rate'"):
        distil("far", learning_rate=1e30)


def test_an_encoder_whose_vectors_have_a_length_is_refused(distil, tmp_path):
    from tiny import prepare_configured

    source = write_tiny_encoder(tmp_path / "source", layers=3)
    lengths = {"query_length": 32, "passage_length": 32}
    prepare_configured(source="folder", path=str(source), similarity="dot", folder=tmp_path / "dot", **lengths)
    with pytest.raises(EncoderError, match=r"encoders\.cut\.distilled: .*dot"):
        distil("dot", whole=tmp_path / "dot")


def test_all_layers_have_nothing_to_learn(distil, teacher):
    own = read_manifest(distil("all", layers=3, steps=1))["distilled"]
    assert own["cosine_before"] == pytest.approx(1, abs=1e-5)
    assert np.isclose(own["final_loss"], 0, atol=1e-5)


def test_an_encoder_that_tells_no_texts_apart_has_a_centred_cosine_of_zero(teacher, monkeypatch):
    distiller = Distiller(load_encoder(teacher), load_encoder(teacher), settings_of(batch_size=2))
    sides = Sides(["a tide?", "a lamp?", "fog"], ["a bell", "the gull", "a mast"])
    assert distiller.measure(sides) == {"cosine": pytest.approx(1), "centred_cosine": pytest.approx(1)}
    real = Distiller._embed

    def blind(self, embedder, sides):
        found = real(self, embedder, sides)
        for one in found if embedder is self._own else ():
            one.vectors[:] = 1.0
        return found

    targets = [distiller._target(Sides(*(side if n == own else [] for n, side in enumerate(sides)))) for own in (0, 1)]
    ones = torch.ones(1, targets[0].shape[1])
    expected = torch.cat([torch.cosine_similarity(target, ones) for target in targets]).mean()
    monkeypatch.setattr(Distiller, "_embed", blind)
    found = distiller.measure(sides)
    assert found["cosine"] == pytest.approx(float(expected), abs=1e-6)
    assert abs(found["centred_cosine"]) < 1e-6
