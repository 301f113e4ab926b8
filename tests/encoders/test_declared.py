"""Our vectors against those of sentence-transformers' own encode_query and encode_document, on the original folder."""

import json

import numpy as np
import pytest
import torch
from tiny import prepare_configured, write_tiny_encoder

from equilingual.encoders import EncoderError, embed, load_encoder, read_manifest

TEXTS = [
    "b",
    "a longer text than all of the others",
    "",
    "один текст",
    "b",
    "短い",
    "a few words",
]
LENGTH = 120  # no text is cut
PROMPTS = {"query": "ask: ", "document": "read it: "}


def transformer(folder, seed=0, kind="bert", padding_side="right"):
    from sentence_transformers.base.modules import Transformer

    made = Transformer(str(write_tiny_encoder(folder / f"transformer-{seed}", kind=kind, seed=seed)))
    made.tokenizer.padding_side = padding_side
    for weight in made.parameters():  # as they are drawn, all texts have nearly the same vector
        weight.data *= 6 if weight.ndim > 1 else 1
    return made


def pooling(mode="mean", **given):
    from sentence_transformers.sentence_transformer.modules import Pooling

    return Pooling(16, pooling_mode=mode, **given)


def dense(seed, out=12):
    from sentence_transformers.sentence_transformer.modules import Dense

    torch.manual_seed(seed)
    return Dense(16, out)


def normalize():
    from sentence_transformers.sentence_transformer.modules import Normalize

    return Normalize()


def static(folder, seed=0):
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    torch.manual_seed(seed)
    write_tiny_encoder(folder / "static")
    return StaticEmbedding(Tokenizer.from_file(str(folder / "static/tokenizer.json")), embedding_dim=16)


def router(query, document, **given):
    from sentence_transformers.base.modules import Router

    return Router({"query": query, "document": document}, **given)


def shared(folder):
    one = transformer(folder)
    return router([one, pooling(), dense(1)], [one, pooling(), dense(2)])


MODULES = {
    "mean": lambda folder: [transformer(folder), pooling()],
    "cls": lambda folder: [transformer(folder), pooling("cls")],
    "last token": lambda folder: [transformer(folder), pooling("lasttoken")],
    "weighted mean": lambda folder: [transformer(folder), pooling("weightedmean")],
    "without the prompt": lambda folder: [transformer(folder), pooling(include_prompt=False)],
    "left": lambda folder: [transformer(folder, 0, "xlm-roberta", "left"), pooling("weightedmean")],
    "left, last": lambda folder: [transformer(folder, 0, "xlm-roberta", "left"), pooling("lasttoken")],
    "dense": lambda folder: [transformer(folder), pooling(), dense(1)],
    "normalize": lambda folder: [transformer(folder), pooling(), normalize()],
    "static": lambda folder: [static(folder)],
    "two transformers": lambda folder: [
        router(
            [transformer(folder), pooling("cls")],
            [transformer(folder, 1, "xlm-roberta", "left"), pooling(), normalize()],
        )
    ],
    "one transformer, two dense": lambda folder: [shared(folder)],
    "static and transformer": lambda folder: [
        router([static(folder)], [transformer(folder), pooling()]),
        normalize(),
    ],
    "routed after the pooling": lambda folder: [transformer(folder), pooling(), router([dense(1)], [dense(2)])],
    "mapped routes": lambda folder: [
        transformer(folder),
        pooling(),
        router([dense(1)], [dense(2)], route_mappings={("query", "text"): "document", ("document", None): "query"}),
    ],
}


@pytest.fixture
def publish(tmp_path):
    """Return a function that writes a model as its author has it, with the given declarations and no others."""

    def write(modules="mean", prompts=None, **given):
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(modules=MODULES[modules](tmp_path), device="cpu", **given)
        folder = tmp_path / "original"
        model.save_pretrained(str(folder), create_model_card=False)
        config = folder / "config_sentence_transformers.json"
        config.write_text(json.dumps(json.loads(config.read_text()) | {"prompts": prompts or {}}))
        return folder

    return write


@pytest.fixture
def prepared(tmp_path):
    """Return a function that prepares a folder."""

    def prepare(source, **given):
        lengths = {"query_length": LENGTH, "passage_length": LENGTH}
        out = tmp_path / "prepared"
        prepare_configured(encoder="tiny", source="folder", path=str(source), folder=out, **lengths, **given)
        return out

    return prepare


def original(folder):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)


def ours(folder, side, texts=TEXTS):
    return embed(load_encoder(folder), texts, prompt=side, length=LENGTH, batch_tokens=60, progress=False)


def check_same(folder, prepared_folder, scale=unit, atol=2e-6):
    """Compare both sides; sides must differ, or a wrong way could not be told from the right one."""
    model = original(folder)
    expected = {"query": scale(model.encode_query(TEXTS)), "document": scale(model.encode_document(TEXTS))}
    for side, vectors in expected.items():
        assert np.abs(ours(prepared_folder, side) - vectors).max() < atol * max(1, np.abs(vectors).max())
    return expected


@pytest.mark.parametrize("modules", MODULES)
def test_vectors_are_those_of_encode_query_and_encode_document(publish, prepared, modules):
    folder = publish(modules, prompts=PROMPTS)
    expected = check_same(folder, prepared(folder))
    assert np.abs(expected["query"] - expected["document"]).max() > 1e-2


def test_vectors_are_cut_as_the_model_declares(publish, prepared):
    folder = publish(truncate_dim=5, prompts=PROMPTS)
    expected = check_same(folder, prepared(folder))
    assert expected["query"].shape == (7, 5)


@pytest.mark.parametrize(
    ("prompts", "default", "query", "document"),
    [
        ({"query": "ask: ", "document": "read: "}, None, "ask: ", "read: "),
        ({"query": "ask: ", "passage": "read: "}, None, "ask: ", "read: "),
        ({"query": "ask: ", "corpus": "read: "}, None, "ask: ", "read: "),
        ({"corpus": "c: ", "passage": "p: ", "document": "d: "}, None, "", "d: "),
        ({"corpus": "c: ", "passage": "p: "}, None, "", "p: "),
        # As sentence-transformers itself writes the second one: with the empty prompts that it adds.
        ({"query": "ask: ", "document": "", "passage": "read: "}, None, "ask: ", "read: "),
        # encode_query and encode_document do not fall back to the default one.
        ({"topic": "about: "}, "topic", "", ""),
        ({}, None, "", ""),
    ],
)
def test_prompts_are_found_by_either_name(publish, prepared, prompts, default, query, document):
    folder = publish(prompts=prompts, default_prompt_name=None)
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"default_prompt_name": default}))
    out, model = prepared(folder), original(folder)
    for side, prompt in (("query", query), ("document", document)):
        expected = unit(model.encode(TEXTS, prompt=prompt, task=side))
        assert np.abs(ours(out, side) - expected).max() < 2e-6
    # Whoever loads the directory gets them by the library's own functions.
    saved = original(out)
    assert np.abs(unit(saved.encode_query(TEXTS)) - ours(out, "query")).max() < 2e-6
    assert np.abs(unit(saved.encode_document(TEXTS)) - ours(out, "document")).max() < 2e-6


def test_the_configurations_prompts_come_first_and_may_be_empty(publish, prepared):
    folder = publish(prompts={"query": "ask: ", "passage": "read: "})
    out = prepared(folder, query_prompt="Q ", passage_prompt="")
    for side, prompt in (("query", "Q "), ("document", "")):
        assert np.abs(ours(out, side) - unit(original(folder).encode(TEXTS, prompt=prompt))).max() < 2e-6


def test_prompts_of_other_names_are_said(publish, prepared, caplog):
    prepared(publish(prompts={"retrieval.query": "Find: "}))
    assert "prompts retrieval.query are not used" in caplog.text


def asis(vectors):
    return vectors


@pytest.mark.parametrize(
    ("declared", "modules", "given", "scored"),
    [
        (None, "mean", None, "cosine"),
        ("cosine", "mean", None, "cosine"),
        ("dot", "mean", None, "dot"),
        ("dot", "two transformers", None, "dot"),  # only the documents are of length 1
        ("dot", "static", None, "dot"),
        ("dot", "normalize", None, "cosine"),
        ("dot", "static and transformer", None, "cosine"),
        ("euclidean", "normalize", None, "cosine"),
        ("manhattan", "mean", "cosine", "cosine"),
        ("euclidean", "mean", "dot", "dot"),
        ("cosine", "mean", "dot", "dot"),
        ("dot", "mean", "cosine", "cosine"),
    ],
)
def test_an_encoder_is_scored_by_the_similarity_that_it_declares(publish, prepared, declared, modules, given, scored):
    folder = publish(modules, prompts=PROMPTS, similarity_fn_name=declared)
    out = prepared(folder, similarity=given)
    assert read_manifest(out)["similarity"] == scored
    check_same(folder, out, scale=unit if scored == "cosine" else asis)
    if given is None:  # our inner products order documents as the model's own similarity does
        model = original(folder)
        theirs = model.similarity(model.encode_query(TEXTS), model.encode_document(TEXTS)).numpy()
        found = ours(out, "query") @ ours(out, "document").T
        for row, own in zip(found, theirs, strict=True):
            best, other = np.argsort(-own, kind="stable")[[0, -1]]
            assert row[best] >= row.max() - 1e-5 * np.abs(row).max()
            assert row[other] <= row.min() + 1e-5 * np.abs(row).max()


@pytest.mark.parametrize(
    ("declared", "modules", "options"),
    [
        ("euclidean", "mean", {}),
        ("manhattan", "mean", {}),
        ("manhattan", "normalize", {}),  # |q - d| in the first norm does not order as the cosine does
        ("euclidean", "normalize", {"truncate_dim": 5}),  # what is cut after it is not of length 1
    ],
)
def test_a_similarity_that_is_not_ranked_by_is_refused_in_one_line(publish, prepared, declared, modules, options):
    folder = publish(modules, similarity_fn_name=declared, **options)
    pattern = f"the encoder tiny .*similarity_fn_name is '{declared}'.* set 'similarity'"
    with pytest.raises(EncoderError, match=pattern) as caught:
        prepared(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("modules", "options", "words"),
    [("static", {}, "StaticEmbedding"), ("mean", {"similarity_fn_name": "dot"}, "dot product")],
)
def test_what_cannot_be_trained_is_refused_at_once_where_it_is_to_be(publish, prepared, modules, options, words):
    folder = publish(modules, **options)
    with pytest.raises(EncoderError, match=f"cannot be trained: .*{words}.*'train: false'"):
        prepared(folder, train=True)
    prepared(folder, train=False)


def test_a_similarity_of_several_vectors_is_refused(publish, prepared):
    folder = publish()
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"similarity_fn_name": "maxsim"}))
    with pytest.raises(EncoderError, match="similarity_fn_name is 'maxsim'"):
        prepared(folder)


@pytest.mark.parametrize("kind", ["SparseEncoder", "MultiVectorEncoder", "CrossEncoder"])
def test_a_model_of_another_kind_is_refused_in_one_line(publish, prepared, kind):
    folder = publish()
    config = folder / "config_sentence_transformers.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"model_type": kind}))
    with pytest.raises(EncoderError, match=f"it is a {kind}, but only dense encoders"):
        prepared(folder)


def test_a_side_without_a_route_is_refused_in_one_line(publish, prepared):
    folder = publish("routed after the pooling")
    [config] = folder.glob("*/router_config.json")
    config.write_text(config.read_text().replace('"document": [', '"answer": [').replace('"document"', '"answer"'))
    with pytest.raises(EncoderError, match="No route found for task type 'document'"):
        prepared(folder)


def test_a_pooling_beside_that_of_the_model_is_refused(publish, prepared):
    with pytest.raises(EncoderError, match="'pooling' is 'cls', but the model declares its own pooling"):
        prepared(publish("mean", prompts=PROMPTS), pooling="cls")


def test_lengths_are_those_of_the_route(tmp_path):
    """The transformer of queries has 128 positions, that of documents 130 - 2."""
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(modules=MODULES["two transformers"](tmp_path)).save(str(tmp_path / "original"))
    given = {"encoder": "tiny", "source": "folder", "path": str(tmp_path / "original"), "folder": tmp_path / "out"}
    with pytest.raises(EncoderError, match=r"encoders\.tiny\.passage_length is 129, but the encoder reads at most 128"):
        prepare_configured(query_length=24, passage_length=129, **given)


def test_texts_are_cut_by_the_route_and_not_by_a_static_embedding(publish, prepared):
    from equilingual.encoders.embedding import embed_distinct

    encoder = load_encoder(prepared(publish("static and transformer")))
    texts = ["a" * 30, "b"]
    asked = {"length": 10, "batch_tokens": None, "done": lambda count: None}
    found = embed_distinct(encoder, texts, prompt="query", **asked)
    assert (found["tokens"].tolist(), found["cut"].tolist()) == ([30, 1], [False, False])
    found = embed_distinct(encoder, texts, prompt="document", **asked)
    assert (found["tokens"].tolist(), found["cut"].tolist()) == ([32, 3], [True, False])  # with <s> and </s>
    assert np.abs(found["vector"][0] - unit(encoder.encode_document(["a" * 8]))[0]).max() < 2e-6
