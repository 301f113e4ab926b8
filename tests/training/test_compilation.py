"""Compiled training gives the losses of training as it is written, also with dropout and gradient caching.

Compiling a backward pass to machine code takes minutes. Training is therefore compared where its graphs are captured
and run by torch's own kernels; machine code is made of two layers.
"""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file
from tiny import prepare_configured, write_tiny_encoder

from equilingual.encoders import EncoderError, load_encoder, transformer_of
from equilingual.training import compilation
from equilingual.training.compilation import compile_encoder

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "c++", "clang++"))) or " " in torch.__file__,
    reason="there is no C++ compiler, or torch is in a path with a space, from which it compiles nothing",
)


def losses(history):
    return [json.loads(line)["loss"] for line in history.read_text().splitlines()]


@pytest.fixture
def shallow(tmp_path):
    """An encoder of one layer: compiling takes time for each."""
    prepare_configured(
        encoder="tiny",
        source="folder",
        path=str(write_tiny_encoder(tmp_path / "source", layers=1)),
        query_length=32,
        passage_length=32,
        folder=tmp_path / "tiny",
    )
    return tmp_path / "tiny"


@pytest.fixture
def compiled_with(monkeypatch):
    """The options of each call of ``torch.compile``, which captures graphs and leaves out making code of them."""
    from torch._dynamo.utils import counters

    calls = []
    real = torch.compile

    def capture(*arguments, **options):
        calls.append(options)
        return real(*arguments, dynamic=options["dynamic"], backend="aot_eager")

    monkeypatch.setattr(torch, "compile", capture)
    counters.clear()
    return calls


def test_losses_and_weights_are_nearly_those_without(train, shallow, two_batches, compiled_with, monkeypatch):
    from torch._dynamo.utils import counters
    from torch._inductor import cpp_builder

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", lambda: "g++")
    monkeypatch.setattr(torch, "__file__", "/torch/__init__.py")
    options = {"encoder_folder": shallow, "batches": two_batches, "micro_batch_size": 2}
    plain, history = train("a", **options)
    assert not compiled_with
    compiled, compiled_history = train("b", **options, torch_compile=True)
    assert compiled_with == [{"dynamic": True, "options": {"fallback_random": True}}]
    assert counters["stats"]["unique_graphs"] > 0  # compiled it was
    assert losses(compiled_history) == pytest.approx(losses(history), rel=1e-4)
    one, other = (load_file(folder / "model.safetensors") for folder in (plain, compiled))
    assert one.keys() == other.keys()
    for name, weight in one.items():
        assert torch.allclose(weight, other[name], atol=1e-4), name


@needs_compiler
def test_machine_code_draws_dropout_as_the_layers_do(monkeypatch):
    """Compiled as an encoder is: code of a whole one would be fifteen files and a minute."""
    from torch._inductor import config

    monkeypatch.setattr(config, "compile_threads", 1)  # others would be processes that import torch first
    monkeypatch.setattr(config, "cpp_cache_precompile_headers", False)  # of use where there is more to compile
    monkeypatch.setattr(compilation, "transformer_of", lambda model: model)
    torch.manual_seed(1)
    layers = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.5))

    def forward_and_backward():
        torch.manual_seed(3)
        layers.zero_grad()
        vectors = layers.forward(torch.linspace(-1, 1, 24).reshape(3, 8))
        vectors.square().sum().backward()
        return vectors.detach(), layers[0].weight.grad

    plain, gradient = forward_and_backward()
    assert 0 < (plain == 0).sum() < plain.numel()
    compile_encoder(layers)
    assert "forward" in vars(layers)
    compiled, other_gradient = forward_and_backward()
    assert torch.allclose(compiled, plain, atol=1e-5)
    assert torch.allclose(other_gradient, gradient, atol=1e-5)


def test_without_a_compiler_it_is_an_error_that_says_what_to_do(encoder, monkeypatch):
    from torch._inductor import cpp_builder, exc

    def missing():
        raise exc.InvalidCxxCompiler

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", missing)
    model = load_encoder(encoder)
    with pytest.raises(
        EncoderError, match=r"training\.torch_compile needs a C\+\+ compiler .* set training\.torch_compile to false"
    ):
        compile_encoder(model)
    assert "forward" not in vars(transformer_of(model))


def test_a_path_with_a_space_is_said(shallow, monkeypatch):
    from torch._inductor import cpp_builder

    monkeypatch.setattr(cpp_builder, "get_cpp_compiler", lambda: "g++")
    monkeypatch.setattr(torch, "__file__", "/a folder/torch/__init__.py")
    with pytest.raises(EncoderError, match="torch is in '/a folder/torch', and cannot compile from a path with a"):
        compile_encoder(load_encoder(shallow))
