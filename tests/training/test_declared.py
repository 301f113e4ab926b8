"""A training keeps what its encoder declares: prompts, routes and the cut, in its vectors and in the saved model."""

import json

import numpy as np
import pytest
import torch
from tiny import prepare_configured, write_tiny_encoder
from words import write_words

from equilingual.encoders import EncoderError, embed, load_encoder, read_manifest
from equilingual.training.micro_batches import Embedder

TEXTS = ["what is it", "a", "a longer text than the others"]


def original(folder, truncate_dim=None, routed=False, **declared):
    """Write a model with a passage prompt, and a Router of two dense layers where it is ``routed``."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router, Transformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling

    torch.manual_seed(0)
    modules = [Transformer(str(write_tiny_encoder(folder / "transformer", dropout=0.0))), Pooling(16)]
    modules += [Router({"query": [Dense(16, 12)], "document": [Dense(16, 12)]})] if routed else []
    model = SentenceTransformer(modules=modules, device="cpu", truncate_dim=truncate_dim)
    model.save_pretrained(str(folder / "original"), create_model_card=False)
    config = folder / "original/config_sentence_transformers.json"
    declared = {"prompts": {"query": "ask: ", "passage": "read: "}, **declared}
    config.write_text(json.dumps(json.loads(config.read_text()) | declared))
    return folder / "original"


def prepared(source, **given):
    lengths = {"query_length": 64, "passage_length": 64}
    out = source.with_name("prepared")
    prepare_configured(encoder="tiny", source="folder", path=str(source), folder=out, **lengths, **given)
    return out


def of_the_library(folder, unit=True):
    """Return the vectors of encode_query and encode_document, with the passage's prompt."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    document = "passage" if model.prompts.get("passage") and not model.prompts["document"] else "document"
    found = {
        "query": model.encode_query(TEXTS, normalize_embeddings=unit),
        "document": model.encode_document(TEXTS, prompt_name=document, normalize_embeddings=unit),
    }
    assert np.abs(found["query"] - found["document"]).max() > 1e-3
    return found


@pytest.mark.parametrize("given", [{}, {"truncate_dim": 5}, {"routed": True}], ids=str)
@pytest.mark.parametrize("micro_batch_size", [None, 1])
def test_vectors_of_the_training_are_those_of_encode_query_and_encode_document(tmp_path, given, micro_batch_size):
    source = original(tmp_path, **given)
    embedder = Embedder(load_encoder(prepared(source)), micro_batch_size=micro_batch_size, precision="float32")
    for side, expected in of_the_library(source, unit=False).items():
        found = embedder.embed(TEXTS, side, 64)
        assert np.abs(found.vectors.detach().numpy() - expected).max() < 2e-6
        embedder.backward(found, torch.ones_like(found.vectors))
    layers = [name for name, weight in embedder.model.named_parameters() if weight.grad is None]
    assert not [name for name in layers if "pooler" not in name]  # both routes have a gradient


@pytest.mark.parametrize("given", [{"truncate_dim": 5}, {"routed": True}], ids=str)
def test_the_trained_models_folder_gives_our_vectors_by_the_librarys_functions(train, two_batches, tmp_path, given):
    start = prepared(original(tmp_path, **given))
    model, _ = train("a", encoder_folder=start, batches=two_batches)
    assert read_manifest(model)["similarity"] == "cosine"
    encoder = load_encoder(model)
    for side, expected in of_the_library(model).items():
        assert np.abs(embed(encoder, TEXTS, prompt=side, length=64, progress=False) - expected).max() < 2e-6
        before = embed(load_encoder(start), TEXTS, prompt=side, length=64, progress=False)
        assert np.abs(before - expected).max() > 1e-3  # it was trained


def test_an_encoder_of_the_dot_product_is_trained_and_scored_by_the_cosine_where_that_is_asked_for(
    train, two_batches, tmp_path
):
    start = prepared(original(tmp_path, similarity_fn_name="dot"), similarity="cosine")
    model, _ = train("a", encoder_folder=start, batches=two_batches)
    assert load_encoder(model).similarity_fn_name == "cosine"


def test_an_encoder_of_the_dot_product_is_not_trained_on_cosines(train, two_batches, tmp_path):
    start = prepared(original(tmp_path, similarity_fn_name="dot"))
    with pytest.raises(
        EncoderError, match=r"encoders\.tiny: it is scored by the dot product, .* 'similarity' to cosine"
    ):
        train("a", encoder_folder=start, batches=two_batches)


def test_what_is_no_transformer_is_not_trained(train, two_batches, tmp_path):
    start = prepared(write_words(tmp_path / "original", {"a": [1, 0]}))
    with pytest.raises(EncoderError, match=r"encoders\.tiny: .*encoded by a StaticEmbedding, and only transformers"):
        train("a", encoder_folder=start, batches=two_batches)


def test_an_encoder_with_routes_from_the_text_on_is_not_trained(train, two_batches, tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Router

    one = SentenceTransformer(str(write_words(tmp_path / "words", {"a": [1, 0]})), device="cpu")[0]
    model = SentenceTransformer(modules=[Router({"query": [one], "document": [one]})], device="cpu")
    model.save_pretrained(str(tmp_path / "original"), create_model_card=False)
    with pytest.raises(EncoderError, match=r"encoders\.tiny: queries and documents have different routes"):
        train("a", encoder_folder=prepared(tmp_path / "original"), batches=two_batches)
