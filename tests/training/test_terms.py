"""The terms of the loss in a training: the gradient of all that they look at, in micro-batches and processes."""

import json

import pytest
import torch
from written_batches import write_batches

from equilingual.batching import BatchReader
from equilingual.config.batch_settings import CompanionSettings
from equilingual.encoders import load_encoder
from equilingual.encoders.declared import preprocess, vectors_of
from equilingual.training.loss import info_nce
from equilingual.training.passages import groups_of, passages_of
from equilingual.training.regularizers import Companions, Pivots, Vectors, consistency, pivot
from equilingual.training.terms import Resources
from equilingual.training.trainer import Trainer

TERMS = {"consistency": {"weight": 3.0}, "pivot": {"weight": 2.0, "language": "es"}}
# Of 20 pairs in en, de and es: without a second language (no companion), and without es (no pivot).
ALONE = {(language, n) for n in range(5) for language in ("de", "es")}
MISSING = ALONE | {("es", n) for n in range(5, 10)}


@pytest.fixture(scope="session")
def beside(tmp_path_factory):
    """Batches with companions and pivots, and a hard negative each; some rows lack one or the other."""
    folder = tmp_path_factory.mktemp("beside")
    asked = CompanionSettings(question=True, pivot="es")
    return write_batches(folder, {"count": 1, "from": ["column"]}, companions=asked, missing=MISSING, name="mixed-mono")


@pytest.fixture
def gradients(encoder, beside, change):
    """Return a function that returns the gradients of one batch, and the terms of its loss."""

    def run(number, **changes):
        reader = BatchReader(beside)
        settings = change(dropout=False, regularizers=TERMS, **changes)
        languages, start = reader.summary["languages"], load_encoder(encoder)
        model = load_encoder(encoder)
        with torch.no_grad():  # away from the start, where the pivot's gradient is nearly nothing
            for weight in model[0].auto_model.encoder.layer[1].output.dense.parameters():
                weight.add_(torch.linspace(-0.2, 0.2, weight.numel()).reshape(weight.shape))
        trainer = Trainer(model, settings, steps=12, seed=1, languages=languages, resources=Resources(start=start))
        terms = trainer._gradients(number, reader.read(number))
        return {name: one.grad for name, one in model.named_parameters() if one.grad is not None}, terms, model

    return run


def number_with(beside, *, missing):
    """Return a batch in which some rows have a companion and a pivot, and others lack one."""
    reader = BatchReader(beside)
    columns = ("companion_query", "pivot_query")
    for number in range(len(reader)):
        found = [reader.read(number)[column].to_pylist() for column in columns]
        if all((None in texts) == missing and any(texts) for texts in found):
            return number
    raise AssertionError("there is no such batch")


def test_the_gradient_is_that_of_one_pass_over_all_texts(gradients, encoder, beside, change):
    """Every text is put through the encoder by hand, with its activations, and torch works out the gradient."""
    number = number_with(beside, missing=True)
    found, terms, model = gradients(number)
    model.zero_grad(set_to_none=True)
    model.eval()
    batch, frozen = BatchReader(beside).read(number), load_encoder(encoder).eval()

    def embed(encoder, texts, side):
        model[0].max_seq_length = frozen[0].max_seq_length = 32
        return torch.cat([vectors_of(encoder, preprocess(encoder, [text], side), side) for text in texts])

    there = {
        column: [(row, text) for row, text in enumerate(batch[column].to_pylist()) if text is not None]
        for column in ("companion_query", "pivot_query", "pivot_passage")
    }
    rows = {column: torch.tensor([row for row, _ in pairs]) for column, pairs in there.items()}
    texts = {column: [text for _, text in pairs] for column, pairs in there.items()}
    queries = embed(model, batch["query"].to_pylist(), "query")
    passages = embed(model, passages_of(batch), "document")
    own = Vectors(queries, passages, torch.zeros(4), torch.zeros(8))
    others = Companions(rows["companion_query"], embed(model, texts["companion_query"], "query"))
    with torch.no_grad():
        sides = embed(frozen, texts["pivot_query"], "query"), embed(frozen, texts["pivot_passage"], "document")
    on = change(regularizers=TERMS).regularizers
    agreement = consistency.penalty(own, others, on.consistency)
    distance = pivot.penalty(own, Pivots(rows["pivot_query"], *sides), on.pivot)
    contrast = info_nce(queries, passages, 0.05, groups=groups_of(batch))
    (contrast + 3 * agreement + 2 * distance).backward()
    assert terms["consistency"] == pytest.approx(agreement.item(), rel=1e-4)
    assert terms["pivot"] == pytest.approx(distance.item(), rel=1e-4)
    assert terms["loss"] == pytest.approx(terms["contrast"] + 3 * terms["consistency"] + 2 * terms["pivot"], rel=1e-5)
    expected = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    for name, gradient in found.items():
        assert torch.norm(gradient - expected[name]) <= 1e-4 * torch.norm(gradient) + 1e-6, name


@pytest.mark.parametrize("size", [1, 3])
def test_micro_batches_give_the_same_gradient(gradients, beside, size):
    for missing in (True, False):
        number = number_with(beside, missing=missing)
        whole, terms, _ = gradients(number)
        found, same, _ = gradients(number, micro_batch_size=size)
        assert same == pytest.approx(terms, rel=1e-5)
        assert found.keys() == whole.keys()
        for name, gradient in whole.items():
            assert torch.norm(found[name] - gradient) <= 1e-5 * torch.norm(gradient) + 1e-7, name


def test_the_history_has_both_terms(train, beside):
    _, history = train("a", batches=beside, regularizers=TERMS, learning_rate=5e-3, dropout=False)
    rows = [json.loads(line) for line in history.read_text().splitlines()]
    for row in rows:
        assert row["loss"] == pytest.approx(row["contrast"] + 3 * row["consistency"] + 2 * row["pivot"], rel=1e-5)
    _, plain = train("b", batches=beside, learning_rate=5e-3, dropout=False)
    assert not {"consistency", "pivot"} & json.loads(plain.read_text().splitlines()[0]).keys()


def test_a_batch_in_which_no_row_has_one_has_no_such_term(train, tmp_path):
    missing = {(language, n) for n in range(20) for language in ("de", "es")}
    asked = CompanionSettings(question=True, pivot="es")
    alone = write_batches(tmp_path / "alone", companions=asked, missing=missing, name="english", batches=2)
    _, history = train("a", batches=alone, regularizers=TERMS, micro_batch_size=2)
    rows = [json.loads(line) for line in history.read_text().splitlines()]
    assert [(row["consistency"], row["pivot"]) for row in rows] == [(0, 0), (0, 0)]


def test_two_processes_compute_the_terms_of_one(beside, train, monkeypatch):
    settings = {"dropout": False, "regularizers": TERMS}
    histories = []
    for name, more in (("a", {}), ("b", {"processes": 2, "micro_batch_size": 1})):
        _, history = train(name, batches=beside, threads=2, **settings, **more)
        histories.append([json.loads(line) for line in history.read_text().splitlines()])
    for row, other in zip(*histories, strict=True):
        for name in ("loss", "contrast", "consistency", "pivot", "gradient_norm"):
            assert other[name] == pytest.approx(row[name], rel=1e-3, abs=1e-6), name
