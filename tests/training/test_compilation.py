"""Compiled training gives the losses of training as it is written, also with dropout and gradient caching."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from equilingual.encoders import EncoderError, load_encoder, transformer_of
from equilingual.training.compilation import compile_encoder

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "c++", "clang++"))), reason="there is no C++ compiler to compile with"
)


def losses(history):
    return [json.loads(line)["loss"] for line in history.read_text().splitlines()]


@needs_compiler
def test_losses_and_weights_are_nearly_those_without(train, two_batches, monkeypatch):
    from torch._dynamo.utils import counters

    calls = []
    real = torch.compile
    monkeypatch.setattr(torch, "compile", lambda *a, **options: (calls.append(options), real(*a, **options))[1])
    plain, history = train("a", batches=two_batches, micro_batch_size=3)
    assert not calls
    counters.clear()
    compiled, compiled_history = train("b", batches=two_batches, micro_batch_size=3, compile=True)
    assert len(calls) == 1
    assert calls[0]["dynamic"]
    assert counters["stats"]["unique_graphs"] > 0  # compiled it was
    assert losses(compiled_history) == pytest.approx(losses(history), rel=1e-4)
    one, other = (load_file(folder / "model.safetensors") for folder in (plain, compiled))
    assert one.keys() == other.keys()
    for name, weight in one.items():
        assert torch.allclose(weight, other[name], atol=1e-4), name


def test_without_a_compiler_it_is_an_error_that_says_what_to_do(encoder, monkeypatch):
    from torch._inductor import cpp_builder, exc

    def missing():
        raise exc.InvalidCxxCompiler

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", missing)
    model = load_encoder(encoder)
    with pytest.raises(EncoderError, match=r"training\.compile needs a C\+\+ compiler .* set training\.compile to false"):
        compile_encoder(model)
    assert "forward" not in vars(transformer_of(model))
