"""bfloat16 and int8: near to float32, by other arithmetic, and with the modules after the transformer as they are."""

import tempfile

import numpy as np
import pytest
import torch
from tiny import option_names, write_tiny_encoder

from equilingual import devices
from equilingual.encoders import EncoderError, embed, int8, load_encoder, open_encoder, precision

# The least cosine to float32. CTranslate2's int8 products are less exact where the processor has no VNNI instructions.
NEAR = {"bfloat16": 0.9995, "int8": 0.995}
TEXTS = ["b", "a much longer text than all the others", "", "один текст", "短い", "a few words"]


def vectors(encoder, **given):
    options = {"prompt": "query", "length": 48, "progress": False, "batch_tokens": 60}
    return embed(encoder, TEXTS, **options | given)


def dense():
    from sentence_transformers.sentence_transformer.modules import Dense

    torch.manual_seed(3)
    return [Dense(16, 12)]


@pytest.mark.parametrize("name", ["bfloat16", "int8"])
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"kind": "xlm-roberta", "pooling": "cls"},
        {"pooling": "lasttoken", "padding_side": "left", "kind": "xlm-roberta"},
        {"modules": dense},
        {"include_prompt": False},
    ],
    ids=option_names,
)
def test_vectors_are_near_those_of_float32_and_not_the_same(directory_of, name, given):
    folder = directory_of(**given | {"modules": given.get("modules", list)()})
    exact = vectors(open_encoder(folder, device="cpu", precision="float32"))
    found = vectors(open_encoder(folder, device="cpu", precision=name))
    assert found.dtype == np.float32
    assert (found * exact).sum(axis=1).min() > NEAR[name]
    assert np.abs(found - exact).max() > 1e-5
    # A wrong row, prompt or pooling would be further away.
    assert (found * exact).sum(axis=1).mean() > (found[:-1] * exact[1:]).sum(axis=1).mean() + 1e-3


@pytest.mark.parametrize("name", ["bfloat16", "int8"])
def test_a_text_has_the_same_vector_in_any_batch(directory_of, name):
    encoder = open_encoder(directory_of(), device="cpu", precision=name)
    alone, together = (vectors(encoder, batch_tokens=budget) for budget in (1, 10_000))
    assert (alone * together).sum(axis=1).min() > 0.9999


def test_bfloat16_is_the_transformers_alone(directory_of):
    """Also of a transformer whose states are bfloat16, as they are where no layer norm comes last."""
    encoder = load_encoder(directory_of(modules=dense()))
    forward, seen = encoder[0].model.forward, {}

    def states(**given):
        seen["transformer"] = autocast()
        found = forward(**given)
        return {"last_hidden_state": found.last_hidden_state.bfloat16()}

    encoder[0].model.forward = states
    precision._use_bfloat16(encoder)
    for place in (1, 2):
        encoder[place].register_forward_hook(
            lambda module, given, found, place=place: seen.update(
                {place: (autocast(), found["token_embeddings"].dtype)}
            )
        )
    vectors(encoder)
    assert seen == {"transformer": True, 1: (False, torch.float32), 2: (False, torch.float32)}


def test_bfloat16_is_the_transformers_alone_in_routes_too(tmp_path):
    """A Router holds the pooling and the dense layers of its routes: they are float32 as those outside are."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    made = [Transformer(str(write_tiny_encoder(tmp_path / str(seed), seed=seed))) for seed in (0, 1)]
    routes = [[transformer, Pooling(16), *dense()] for transformer in made]
    encoder = SentenceTransformer(modules=[Router({"query": routes[0], "document": routes[1]})], device="cpu")
    seen = []
    for transformer, _, last in routes:
        embeddings = transformer.model.get_input_embeddings()
        embeddings.register_forward_hook(lambda *_: seen.append(("transformer", autocast())))
        last.register_forward_hook(lambda *given: seen.append((given[-1]["sentence_embedding"].dtype, autocast())))
    precision._use_bfloat16(encoder)
    for side in ("query", "document"):
        seen.clear()
        vectors(encoder, prompt=side)
        assert set(seen) == {("transformer", True), (torch.float32, False)}


def autocast():
    return torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16


@pytest.mark.parametrize(
    ("flags", "said"),
    [("fpu avx2 avx512f", True), ("fpu avx512f avx512_bf16", False), ("amx_bf16 amx_tile", False), (None, True)],
)
def test_a_processor_without_bfloat16_computes_it_all_the_same_and_the_log_says_so(
    directory_of, monkeypatch, caplog, flags, said
):
    lines = [] if flags is None else ["model name\t: a processor", f"flags\t\t: {flags}"]
    monkeypatch.setattr(devices, "_processor_lines", lambda: lines)
    open_encoder(directory_of(), device="cpu", precision="bfloat16")
    assert ("bfloat16, which this CPU does not support or report" in caplog.text) is said


def test_int8_is_computed_by_ctranslate2_and_lets_the_weights_go(directory_of, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    encoder = open_encoder(directory_of(), device="cpu", precision="int8")
    assert sum(weight.numel() for weight in encoder.parameters()) == 0
    assert len(vectors(encoder)) == len(TEXTS)  # whose converted weights are in no folder any more
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"source", "whole", "tiny"}


def test_int8_is_refused_where_the_job_has_a_gpu(directory_of):
    with pytest.raises(EncoderError, match=r"encoding\.precision is int8, which runs only on a CPU.*use bfloat16"):
        open_encoder(directory_of(), device="cuda:0", precision="int8")


def test_int8_of_a_kind_that_ctranslate2_does_not_know_is_an_error_that_names_it(tmp_path):
    from families import write_family

    from equilingual.encoders.directory import save_model
    from equilingual.encoders.reading import read_model

    model, _ = read_model("tiny", write_family(tmp_path / "source", "mmbert"), pooling=None)
    save_model(model, tmp_path / "tiny", card="", about={})
    with pytest.raises(EncoderError, match=r"encoding\.precision is int8, .*tiny.* kind 'modernbert'.*use float32"):
        open_encoder(tmp_path / "tiny", device="cpu", precision="int8")


def test_int8_that_is_not_the_encoder_any_more_is_an_error(directory_of, monkeypatch):
    folder = directory_of()
    module = int8._module

    def wrong(loaded, config):
        right = module(loaded, config)
        forward = right.forward
        right.forward = lambda **given: {"last_hidden_state": forward(**given)["last_hidden_state"].flip(2)}
        return right

    monkeypatch.setattr(int8, "_module", wrong)
    with pytest.raises(
        EncoderError, match=r"a vector has a cosine of -?[01]\.\d+ to the one in float32; the minimum is 0\.985"
    ):
        open_encoder(folder, device="cpu", precision="int8")
