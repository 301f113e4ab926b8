"""Gradient caching: the same vectors and gradients as in one pass, dropout and all."""

import pytest
import torch

from equilingual.encoders import load_encoder
from equilingual.training import TrainingError
from equilingual.training import trainer as trainer_module
from equilingual.training.micro_batches import Embedder

TEXTS = [f"what is {'word ' * (n * 5 % 11)}{n * 7919}?" for n in range(23)]


def gradients(encoder, micro_batch_size, seed=3, hold=True):
    """Return the vectors, the gradients of a loss that compares all of them, and the generator's state after it."""
    torch.manual_seed(seed)
    model = load_encoder(encoder).train()
    embedder = Embedder(model, micro_batch_size=micro_batch_size, precision="float32")
    both = [embedder.embed(TEXTS, prompt, 32, hold=hold) for prompt in ("query", "document")]
    leaves = [one.vectors.requires_grad_() for one in both]
    torch.nn.functional.cross_entropy(leaves[0] @ leaves[1].T, torch.arange(len(TEXTS))).backward()
    for one in reversed(both):
        embedder.backward(one, one.vectors.grad)
    found = {name: weight.grad for name, weight in model.named_parameters() if weight.grad is not None}
    return [leaf.detach() for leaf in leaves], found, torch.get_rng_state()


@pytest.mark.parametrize("hold", [True, False])
def test_caching_gives_the_gradient_of_one_pass_with_the_same_dropout(encoder, hold):
    class Whole(Embedder):
        """Holds all activations, in chunks of the size to compare with: the same draws for the same texts."""

        def _chunks(self, *args):
            self.micro_batch_size = 4
            chunks = super()._chunks(*args)
            self.micro_batch_size = None
            return chunks

    vectors, cached, draws = gradients(encoder, 4, hold=hold)
    original = globals()["Embedder"]
    globals()["Embedder"] = Whole
    try:
        whole_vectors, whole, whole_draws = gradients(encoder, None)
    finally:
        globals()["Embedder"] = original
    for one, other in zip(vectors, whole_vectors, strict=True):
        assert torch.equal(one, other)
    assert cached.keys() == whole.keys()
    for name, gradient in whole.items():
        assert torch.norm(cached[name] - gradient) <= 1e-6 * torch.norm(gradient) + 1e-12, name
    assert torch.equal(draws, whole_draws)
    other_vectors, _, _ = gradients(encoder, 4, seed=4)
    assert not torch.equal(vectors[0], other_vectors[0])  # dropout was on


def test_without_dropout_every_size_gives_the_same(encoder):
    found = []
    for size in (None, 1, 5, 100):
        model = load_encoder(encoder).eval()
        embedder = Embedder(model, micro_batch_size=size, precision="float32")
        one = embedder.embed(TEXTS, "query", 32)
        weights = torch.linspace(-1, 1, one.vectors.numel()).reshape(one.vectors.shape)
        embedder.backward(one, weights)
        found.append((one.vectors, model[0].auto_model.encoder.layer[0].output.dense.weight.grad))
    for vectors, gradient in found[1:]:
        assert torch.allclose(vectors, found[0][0], atol=1e-6)
        assert torch.allclose(gradient, found[0][1], rtol=1e-4, atol=1e-7)


def test_only_a_micro_batch_is_held(encoder):
    embedder = Embedder(load_encoder(encoder).train(), micro_batch_size=4, precision="float32")
    held = embedder.embed(TEXTS, "query", 32)
    assert all(chunk.output is None for chunk in held.chunks)
    assert [len(chunk.places) for chunk in held.chunks] == [4] * 5 + [3]
    assert not held.vectors.requires_grad
    held = embedder.embed(TEXTS, "document", 32, hold=True)
    tokens = [chunk.features["input_ids"].numel() for chunk in held.chunks]
    kept = [chunk.output is not None for chunk in held.chunks]
    # The longest texts are cut to 32 tokens; the last chunk has three of them, and 32 are left for no other.
    assert tokens[-1] == 3 * 32
    assert kept == [False] * 5 + [True]
    # Of short texts all fit.
    held = embedder.embed(["a", "b"] * 6, "document", 64, hold=True)
    assert len(held.chunks) == 3
    assert all(chunk.output is not None for chunk in held.chunks)


def test_what_is_held_is_not_computed_again_and_is_let_go(encoder, monkeypatch):
    embedder = Embedder(load_encoder(encoder).train(), micro_batch_size=4, precision="float32")
    held = embedder.embed(TEXTS, "document", 32, hold=True)
    computed = []
    forward = embedder._forward
    monkeypatch.setattr(embedder, "_forward", lambda chunk: computed.append(chunk) or forward(chunk))
    embedder.backward(held, torch.ones_like(held.vectors))
    assert len(computed) == len(held.chunks) - 1
    assert all(chunk is not held.chunks[-1] for chunk in computed)
    assert held.chunks[-1].features["input_ids"].shape[1] == 32
    assert all(chunk.output is None for chunk in held.chunks)


def test_a_training_holds_what_fits_of_both_sides(train, monkeypatch):
    held = []
    embed = Embedder.embed

    def watched(self, texts, prompt, *args, hold=False, **kwargs):
        held.append((prompt, hold))
        return embed(self, texts, prompt, *args, hold=hold, **kwargs)

    monkeypatch.setattr(Embedder, "embed", watched)
    train("a", micro_batch_size=2)
    assert set(held) == {("query", True), ("document", True)}


def test_texts_over_their_length_are_counted(encoder):
    embedder = Embedder(load_encoder(encoder), micro_batch_size=4, precision="float32")
    embedder.embed(["a", "b " * 40, "c " * 50], "document", 16)
    assert embedder.cut == {"query": 0, "document": 2}


@pytest.fixture
def small_memory(monkeypatch):
    """Return a function that lets the encoder take so many texts at a time, and lists what it was given."""

    def limit(most):
        forward = Embedder._forward
        given = []

        def tight(self, chunk):
            given.append(len(chunk.features["input_ids"]))
            if given[-1] > most:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return forward(self, chunk)

        monkeypatch.setattr(Embedder, "_forward", tight)
        return given

    return limit


def test_too_little_memory_halves_the_micro_batches_and_nothing_else(train, small_memory, caplog):
    _, undisturbed = train("a", micro_batch_size=1, dropout=False)
    given = small_memory(1)
    _, halved = train("b", dropout=False)
    assert given[:5] == [4, 4, 2, 1, 1]
    said = [record.getMessage() for record in caplog.records if "out of memory" in record.getMessage()]
    assert said == [f"batch 0: out of memory: micro_batch_size is now {n}" for n in (4, 2, 1)]
    assert halved.read_bytes() == undisturbed.read_bytes()


def test_a_text_that_does_not_fit_alone_is_said(train, small_memory):
    small_memory(0)
    with pytest.raises(TrainingError, match="batch 0: a single text does not fit into the device's memory"):
        train("a")


def test_a_batch_taken_again_has_the_same_draws(encoder, batches, change, monkeypatch):
    """With dropout on, the step after running out of memory is the step of a run that had the smaller size."""
    from equilingual.batching import BatchReader

    def first_step(micro_batch_size, *, fails):
        reader = BatchReader(batches)
        settings = change(micro_batch_size=micro_batch_size)
        trainer = trainer_module.Trainer(load_encoder(encoder), settings, steps=12, seed=1)
        if fails:
            backward, calls = Embedder.backward, []

            def failing(self, *args):
                calls.append(1)
                backward(self, *args)
                if len(calls) == 1:
                    raise torch.OutOfMemoryError("CUDA out of memory")

            monkeypatch.setattr(Embedder, "backward", failing)
        next(trainer.run(reader))
        return {name: weight.detach().clone() for name, weight in trainer.model.named_parameters()}

    expected = first_step(2, fails=False)
    found = first_step(4, fails=True)
    assert all(torch.equal(found[name], weight) for name, weight in expected.items())
