"""The loop: what it learns, what it leaves alone, what it does when it is killed."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from written_batches import write_batches

from equilingual.batching.reader import BatchReader
from equilingual.encoders import load_encoder, read_manifest
from equilingual.files import sha256_of
from equilingual.training import TrainingError
from equilingual.training import loop as loop_module
from equilingual.training import trainer as trainer_module
from equilingual.training.micro_batches import Embedder


def lines(history):
    return [json.loads(line) for line in history.read_text().splitlines()]


def test_the_loss_falls_and_the_history_has_every_step(train):
    _, history = train("a", learning_rate=5e-3, dropout=False)
    rows = lines(history)
    assert [row["step"] for row in rows] == list(range(1, 13))
    assert [row["batch_id"] for row in rows] == list(range(12))
    assert {row["mode"] for row in rows} == {"mono", "cross"}
    losses = [row["loss"] for row in rows]
    assert sum(losses[-3:]) < sum(losses[:3])


def test_the_rate_rises_to_its_highest_and_falls_to_zero_along_lines(train):
    _, history = train("a")
    rates = [row["learning_rate"] for row in lines(history)]
    # 12 steps, a quarter of them warm-up: thirds of the highest rate, then a line to 0 at step 12
    expected = [1e-3 * f for f in (1 / 3, 2 / 3, 1, *((12 - step) / 9 for step in range(3, 12)))]
    assert rates == pytest.approx(expected)


def test_frozen_word_embeddings_stay_and_everything_else_moves(train, encoder):
    model, _ = train("a")
    before, after = load_file(encoder / "model.safetensors"), load_file(model / "model.safetensors")
    assert torch.equal(before["embeddings.word_embeddings.weight"], after["embeddings.word_embeddings.weight"])
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert "encoder.layer.1.output.dense.weight" in moved
    thawed, _ = train("b", word_embeddings="trained")
    assert not torch.equal(
        before["embeddings.word_embeddings.weight"],
        load_file(thawed / "model.safetensors")["embeddings.word_embeddings.weight"],
    )


@pytest.mark.parametrize("killed_after", [3, 7])
def test_a_killed_run_ends_with_the_same_bytes(train, tmp_path, monkeypatch, killed_after):
    undisturbed = train("a")

    class Killed(BaseException):
        pass

    step = loop_module.Trainer._train_step

    def dying_step(self, *args):
        if self.step == killed_after:
            raise Killed
        return step(self, *args)

    monkeypatch.setattr(loop_module.Trainer, "_train_step", dying_step)
    with pytest.raises(Killed):
        train("b")
    monkeypatch.setattr(loop_module.Trainer, "_train_step", step)
    assert len(list((tmp_path / "b" / "work").glob("*.pt"))) == (1 if killed_after > 5 else 0)
    resumed_from = []
    resume = loop_module.Trainer.resume

    def watched_resume(self, path):
        resume(self, path)
        resumed_from.append(self.step)

    monkeypatch.setattr(loop_module.Trainer, "resume", watched_resume)
    resumed = train("b")
    assert resumed_from == [5 if killed_after > 5 else 0]
    for one, other in zip(undisturbed, resumed, strict=True):
        files = [one] if one.is_file() else sorted(p for p in one.rglob("*") if p.is_file())
        for path in files:
            twin = other if one.is_file() else other / path.relative_to(one)
            assert path.read_bytes() == twin.read_bytes(), path
    assert len(list((tmp_path / "b" / "work").iterdir())) == 1


@pytest.mark.parametrize("damage", ["flip", "half", "empty"])
def test_a_damaged_checkpoint_is_said_and_the_training_starts_again(train, tmp_path, caplog, damage):
    undisturbed, _ = train("a")
    (checkpoint,) = (tmp_path / "a/work").glob("*.pt")
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    checkpoint.write_bytes({"flip": content, "half": content[: len(content) // 2], "empty": b""}[damage])
    before = (undisturbed / "model.safetensors").read_bytes()
    again, _ = train("a")
    problem = "is damaged" if damage == "flip" else "is incomplete or from an older version"
    assert f"{checkpoint} {problem}" in caplog.text
    assert "resumed at step" not in caplog.text
    assert (again / "model.safetensors").read_bytes() == before


def test_a_finished_model_is_written_anew_without_training_unless_something_changed(
    train, tmp_path, monkeypatch, caplog
):
    caplog.set_level("INFO")
    starts = []
    resume = loop_module.Trainer.resume
    monkeypatch.setattr(
        loop_module.Trainer, "resume", lambda self, path: (resume(self, path), starts.append(self.step))
    )
    model, _ = train("a")
    before = {path.name: path.read_bytes() for path in model.iterdir() if path.is_file()}
    train("a")
    assert {path.name: path.read_bytes() for path in model.iterdir() if path.is_file()} == before
    said = f"{tmp_path / 'a/work'} has a checkpoint of other inputs, settings, versions or code; training starts from"
    assert said not in caplog.text
    train("a", learning_rate=2e-3)
    assert caplog.text.count(said) == 1
    monkeypatch.setattr(loop_module, "code_digest", lambda path: "other code")
    train("a", learning_rate=2e-3)
    assert caplog.text.count(said) == 2
    assert starts == [0, 12, 0, 0]


def test_a_loss_that_is_not_finite_stops_the_run_with_the_batch(train, monkeypatch):
    real = trainer_module.info_nce
    calls = []

    def broken(*args, **options):
        calls.append(1)
        return real(*args, **options) * (float("nan") if len(calls) == 5 else 1)

    monkeypatch.setattr(trainer_module, "info_nce", broken)
    with pytest.raises(TrainingError, match=r"the loss is nan at batch 4"):
        train("a")


def test_the_result_is_a_sentence_transformers_directory_with_its_prompts(train, batches):
    from sentence_transformers import SentenceTransformer

    model, _ = train("a")
    loaded = SentenceTransformer(str(model))
    assert loaded.prompts == {"query": "q: ", "document": "p: "}
    about = read_manifest(model)
    assert about["strategy"] == "hybrid-0.5"
    assert about["batches_sha256"] == sha256_of(batches)
    assert about["files"]["model.safetensors"]["bytes"] == (model / "model.safetensors").stat().st_size
    card = (model / "README.md").read_text()
    assert "c: CC0-1.0" in card
    assert "| hard negatives | none |" in card
    assert "- de" in card


def test_embeddings_do_not_depend_on_the_length_order_of_the_batch(encoder):
    embedder = Embedder(load_encoder(encoder).eval(), micro_batch_size=None, precision="float32")
    texts = [f"text {'x' * (n * 7 % 23)} {n}" for n in range(40)]
    together = embedder.embed(texts, "query", 32).vectors
    alone = torch.cat([embedder.embed([text], "query", 32).vectors for text in texts])
    assert torch.allclose(together, alone, atol=1e-5)


def test_it_trains_on_hard_negatives_and_says_so(train, hard_batches):
    model, history = train("a", batches=hard_batches)
    plain, plain_history = train("b")
    # Four rows and four more passages: with equal chances the loss is log 8 instead of log 4.
    assert lines(history)[0]["loss"] > lines(plain_history)[0]["loss"] + 0.3
    assert read_manifest(model)["negatives"]["rows"] == {"0": 0, "1": 48}
    assert read_manifest(plain)["negatives"] is None
    assert "| hard negatives | 1 a pair at most, from column |" in (model / "README.md").read_text()


def test_it_trains_on_hard_negatives_in_two_languages_and_says_so(train, tmp_path):
    losses = {}
    for language in ("passage", "both"):
        (tmp_path / f"batches-{language}").mkdir()
        negatives = {"count": 1, "from": ["column"], "language": language}
        batches = write_batches(tmp_path / f"batches-{language}", negatives, batches=2, name="cross")
        model, history = train(language, batches=batches)
        losses[language] = lines(history)[0]["loss"]
    # Eight wrong texts for four in each language: with equal chances the loss is log 12 instead of log 8.
    assert losses["both"] > losses["passage"] + 0.2
    assert "from column, in the passage's and in the query's language |" in (model / "README.md").read_text()


def test_it_trains_on_several_positives_and_says_so(train, several_batches, encoder):
    model, history = train("a", batches=several_batches, positives=2, dropout=False)
    batch, base = BatchReader(several_batches).read(0).to_pylist(), load_encoder(encoder).eval()
    passages = [(row["passage"], place) for place, row in enumerate(batch)]
    passages += [(text, place) for place, row in enumerate(batch) for text in row["positives"]]
    passages += [(text, None) for row in batch for text in row["negatives"]]
    queries = base.encode_query([row["query"] for row in batch], normalize_embeddings=True)
    similar = np.exp(queries @ base.encode_document([text for text, _ in passages], normalize_embeddings=True).T / 0.05)
    expected = 0.0
    for place, scores in enumerate(similar.astype(float)):
        right = [score for score, (_, owner) in zip(scores, passages, strict=True) if owner == place]
        assert len(right) == 2
        wrong = scores.sum() - sum(right)
        expected -= sum(np.log(score / (score + wrong)) for score in right) / 2 / 4
    assert lines(history)[0]["loss"] == pytest.approx(expected, rel=1e-3)
    about = read_manifest(model)
    assert (about["positives"]["count"], about["positives"]["rows"]) == (2, {"0": 0, "1": 48})
    assert about["parameters"]["positives"] == 2
    card = (model / "README.md").read_text()
    assert "| batches | hybrid-0.5: 0.5 of them monolingual; a query's answers in up to 2 languages |" in card


def test_a_learnt_temperature_moves_and_is_in_the_history(train):
    _, history = train("a", learn_temperature=True)
    temperatures = [row["temperature"] for row in lines(history)]
    assert temperatures[0] == pytest.approx(0.05)
    assert len(set(temperatures)) == 12
    _, fixed = train("b")
    assert "temperature" not in lines(fixed)[0]


def test_the_saved_weights_are_the_average_that_is_asked_for(train, encoder):
    model, _ = train("a")
    averaged, _ = train("b", wise_ft_base_weight=0.25)
    start, own, found = (load_file(folder / "model.safetensors") for folder in (encoder, model, averaged))
    for name, weight in own.items():
        assert torch.allclose(found[name], 0.75 * weight + 0.25 * start[name], atol=1e-7), name
    name = "encoder.layer.1.output.dense.weight"
    assert not torch.equal(found[name], own[name])


def test_another_share_trains_nothing_again(train, monkeypatch):
    train("a")
    monkeypatch.setattr(trainer_module.Trainer, "_train_step", None)
    train("a", wise_ft_base_weight=0.5)


@pytest.mark.parametrize("name", ["distillation", "centring"])
def test_a_regulariser_is_a_term_of_the_loss(train, name):
    settings = {"weight": 3.0, **({"temperature": 0.05} if name == "distillation" else {})}
    _, history = train("a", regularizers={"distillation": None, "centring": None} | {name: settings})
    rows = lines(history)
    for row in rows:
        assert row["loss"] == pytest.approx(row["contrast"] + 3 * row[name], rel=1e-4)
    assert any(row[name] > 1e-6 for row in rows)
    if name == "centring":
        assert all((row[name] == 0) == (row["mode"] == "mono") for row in rows)


def test_sparse_word_embeddings_move_only_for_tokens_that_were_seen(train, encoder):
    model, _ = train("a", word_embeddings="sparse")
    name = "embeddings.word_embeddings.weight"
    before, after = load_file(encoder / "model.safetensors")[name], load_file(model / "model.safetensors")[name]
    moved = (before != after).any(dim=1)
    assert 0 < moved.sum() < len(moved)
