"""Validation: its figures by hand and against scikit-learn, when it is done, what it stops and keeps."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import average_precision_score

from equilingual.config.encoding import Lengths
from equilingual.encoders import load_encoder, read_manifest
from equilingual.training import info_nce
from equilingual.training import trainer as trainer_module
from equilingual.training.micro_batches import Embedder
from equilingual.training.validation import Validation, _mean_average_precision, best_row


def lines(history):
    return [json.loads(line) for line in history.read_text().splitlines()]


def test_the_figures_are_those_of_the_vectors(encoder, pairs):
    model = load_encoder(encoder).train()
    embedder = Embedder(model, micro_batch_size=3, precision="float32")
    state = torch.get_rng_state()
    found = Validation(pairs, batch_size=3).measure(
        embedder, Lengths(query_length=32, passage_length=32), temperature=0.1
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert embedder.cut == {"query": 0, "document": 0}
    table = pq.read_table(pairs)
    model.eval()
    queries = model.encode(table["question"].to_pylist(), prompt_name="query", normalize_embeddings=True)
    passages = model.encode(table["passage"].to_pylist(), prompt_name="document", normalize_embeddings=True)
    losses = [
        info_nce(torch.tensor(queries[n : n + 3]), torch.tensor(passages[n : n + 3]), 0.1).item() for n in (0, 3, 7, 10)
    ]
    assert found["validation_loss"] == pytest.approx(np.mean(losses), rel=1e-4)
    scores = queries @ passages.T
    relevant = np.arange(14) % 7
    precisions = [average_precision_score(relevant == n % 7, scores[n]) for n in range(14)]
    assert found["validation_map"] == pytest.approx(np.mean(precisions), abs=1e-6)


def test_average_precision_by_hand():
    # Two pairs in two languages. Query 0 ranks passages 0, 1, 2, 3: its own are 0 and 2: (1 + 2/3) / 2.
    queries = torch.tensor([[1.0, 0.0]] * 4)
    passages = torch.tensor([[1.0, 0.0], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]])
    # Query 1 has 1 and 3, at ranks 2 and 4: (1/2 + 2/4) / 2.
    assert _mean_average_precision(queries, passages, 2) == pytest.approx(((1 + 2 / 3) / 2 + 0.5) / 2)


def test_it_is_done_before_the_first_step_and_at_every_interval_and_the_end(train, pairs):
    model, history = train("a", validation=pairs, eval_steps=5)
    rows = lines(history)
    assert [row["step"] for row in rows if "validation_loss" in row] == [0, 5, 10, 12]
    assert "loss" not in rows[0]
    assert [row["step"] for row in rows if "loss" in row] == list(range(1, 13))
    assert read_manifest(model)["best"] is None


def test_watching_changes_no_weight(train, pairs):
    watched, _ = train("a", validation=pairs, eval_steps=2)
    alone, _ = train("b")
    assert (watched / "model.safetensors").read_bytes() == (alone / "model.safetensors").read_bytes()


@pytest.fixture
def planned(monkeypatch):
    """Return a function that lets the validation loss be what it is told, by step, and keeps the weights it saw."""

    def plan(losses):
        seen = {}

        def measure(self, embedder, lengths, *, temperature):
            seen[len(seen)] = {n: w.detach().clone() for n, w in embedder.model.state_dict().items()}
            return {"validation_loss": losses[len(seen) - 1], "validation_map": 0.5}

        monkeypatch.setattr(trainer_module.Validation, "measure", measure)
        return seen

    return plan


def test_the_best_weights_are_saved_and_said(train, pairs, planned):
    seen = planned([0.1, 3.0, 1.0, 2.0])
    model, _ = train("a", validation=pairs, eval_steps=5, keep_best=True)
    assert read_manifest(model)["best"] == {"step": 10, "validation_loss": 1.0, "validation_map": 0.5}
    assert read_manifest(model)["steps"] == 12
    name = "encoder.layer.1.output.dense.weight"
    saved = load_file(model / "model.safetensors")[name]
    assert torch.equal(
        saved, seen[2][f"0.model.{name}"] if f"0.model.{name}" in seen[2] else seen[2][f"0.auto_model.{name}"]
    )


def test_it_stops_when_the_loss_has_not_fallen_for_long(train, pairs, planned):
    planned([0.1, 3.0, 1.0, 1.0, 2.0, 0.5, 0.4])
    model, history = train("a", validation=pairs, eval_steps=2, keep_best=True, early_stopping_patience=2)
    assert lines(history)[-1]["step"] == 8
    assert read_manifest(model)["best"]["step"] == 4


@pytest.mark.parametrize("killed_after", [3, 6, 7])
def test_a_killed_run_keeps_what_was_best(train, pairs, monkeypatch, killed_after):
    asked = {
        "validation": pairs,
        "eval_steps": 2,
        "keep_best": True,
        "learning_rate": 0.05,
        "save_steps": 2,
    }
    undisturbed = train("a", **asked)
    step = trainer_module.Trainer._train_step

    class Killed(BaseException):
        pass

    def dying(self, *args):
        if self.step == killed_after:
            raise Killed
        return step(self, *args)

    monkeypatch.setattr(trainer_module.Trainer, "_train_step", dying)
    with pytest.raises(Killed):
        train("b", **asked)
    monkeypatch.setattr(trainer_module.Trainer, "_train_step", step)
    resumed = train("b", **asked)
    assert undisturbed[1].read_bytes() == resumed[1].read_bytes()
    for name in ("model.safetensors", "manifest.json"):
        assert (undisturbed[0] / name).read_bytes() == (resumed[0] / name).read_bytes()


def test_the_best_row_is_the_first_of_the_lowest_after_a_step():
    rows = [{"step": 0, "validation_loss": 0.1}, {"step": 1}, {"step": 2, "validation_loss": 2.0}]
    rows += [{"step": 3, "validation_loss": 1.0}, {"step": 4, "validation_loss": 1.0}]
    assert best_row(rows)["step"] == 3
    assert best_row(rows[:2]) is None
