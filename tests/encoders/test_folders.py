"""Model folders that are damaged, odd or hostile: prepared as they should be, or refused in one line."""

import shutil
import socket
from pathlib import Path

import pytest
import torch
from odd_models import (
    CANARY,
    CODE,
    both,
    change_json,
    config,
    cut,
    gone,
    module,
    raw,
    settings,
    text,
    times,
    weights,
    without,
)
from tiny import prepare_configured, save_again, write_tiny_encoder

from equilingual.encoders import EncoderError, load_encoder, read_manifest
from equilingual.encoders.folders import check_files, saved_dtypes

ROUTER = module(0, type="sentence_transformers.models.Router")
TRANSFORMER = "sentence_transformers.models.Transformer"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer

    folder = tmp_path_factory.mktemp("whole")
    source = write_tiny_encoder(folder / "source")
    torch.manual_seed(0)
    modules = [Transformer(str(source)), Pooling(16), Dense(16, 8)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "whole"))
    return folder / "whole"


@pytest.fixture
def prepare(whole, tmp_path, monkeypatch):
    """Return a function that prepares a changed copy, without a network and with an eye on code that is run."""
    monkeypatch.chdir(tmp_path)

    def reached(*address, **options):
        raise AssertionError(f"the network was asked for {address}")

    monkeypatch.setattr(socket.socket, "connect", reached)
    monkeypatch.setattr(socket, "getaddrinfo", reached)

    def run(change):
        shutil.copytree(whole, tmp_path / "case")
        change(tmp_path / "case")
        try:
            prepare_configured(
                encoder="tiny",
                source="folder",
                path=str(tmp_path / "case"),
                query_length=32,
                passage_length=32,
                folder=tmp_path / "out",
            )
        finally:
            assert not Path(CANARY).exists()
        return load_encoder(tmp_path / "out")

    return run


def routes(types, structure):
    import json

    return both(
        ROUTER, text("router_config.json", json.dumps({"types": types, "structure": structure, "parameters": {}}))
    )


REFUSED = {
    # modules.json
    "modules.json is cut": (text("modules.json", "[{"), r"modules\.json is not JSON"),
    "modules.json is empty": (text("modules.json", ""), r"modules\.json is not JSON"),
    "modules.json is nested": (text("modules.json", "[" * 100_000), r"modules\.json is not JSON"),
    "modules.json is UTF-16": (raw("modules.json", "[]".encode("utf-16")), r"modules\.json is not JSON"),
    "modules.json is an object": (text("modules.json", "{}"), r"modules\.json is not a JSON array"),
    "no modules": (text("modules.json", "[]"), "names no modules"),
    "modules are words": (text("modules.json", '["a"]'), r"a module without a name, path and type \('a'\)"),
    "no path": (module(0, path=None), "a module without a name, path and type"),
    "a type of 7": (module(1, type=7), "a module without a name, path and type"),
    "one name twice": (module(1, name="0"), "two modules named '0'"),
    "a path above": (module(1, path="../other"), r"not a folder inside it \('\.\./other'\)"),
    "a path around": (module(1, path="1_Pooling/../../x"), "not a folder inside it"),
    "an absolute path": (module(1, path="/etc"), "not a folder inside it"),
    "a module of the system": (module(1, type="os.system"), "'os.system': it has its own code"),
    "a module with code": (both(module(1, type="code.P"), text("code.py", CODE)), "it has its own code"),
    "a function of the library": (module(1, type="sentence_transformers.util.http_get"), "http_get', which is not supported"),
    "an unknown module": (module(1, type="sentence_transformers.models.Poling"), "Poling', which is not supported"),
    "a reader of words": (module(0, type="sentence_transformers.models.WordEmbeddings"), "which is not supported"),
    "no transformer": (lambda f: change_json(f / "modules.json", lambda m: m[1:]), "a Pooling in the wrong place"),
    "two transformers": (
        lambda f: change_json(f / "modules.json", lambda m: [m[0], m[0] | {"name": "9"}, *m[1:]]),
        "a Transformer in the wrong place",
    ),
    # routes
    "a route of the system": (routes({"x": "os.system"}, {"query": ["x"]}), "it has its own code"),
    "a route above": (routes({"../x": TRANSFORMER}, {"query": ["../x"]}), r"not a folder inside it \('\.\./x'\)"),
    "a route in itself": (
        routes({"": "sentence_transformers.models.Router"}, {"query": [""]}),
        r"not a folder inside it \(''\)",
    ),
    "no routes": (both(ROUTER, text("router_config.json", "{}")), "no types and structure of routes"),
    "a route without weights": (routes({"x": TRANSFORMER}, {"query": ["x"]}), r"x/config\.json is missing"),
    # code and downloads
    "a kernel": (config(_attn_implementation="owner/kernel"), "_attn_implementation: 'owner/kernel', code that"),
    "a kernel of a part": (config(attn_implementation={"": "owner/kernel"}), "'owner/kernel', code that transformers"),
    "another library's attention": (config(_attn_implementation="flash_attention_2"), "'flash_attention_2', code that"),
    "a kernel in the settings": (settings(model_args={"attn_implementation": "a/b"}), "'a/b', code that transformers"),
    "kernels": (settings(model_kwargs={"use_kernels": True}), "use_kernels: True, code that"),
    "another tokenizer": (settings(tokenizer_name_or_path="owner/name"), "takes the tokenizer from 'owner/name'"),
    "a file elsewhere": (settings(processor_kwargs={"vocab_file": "/etc/x"}), r"processor_kwargs\.vocab_file is no"),
    "an activation of the system": (
        lambda f: change_json(f / "2_Dense/config.json", lambda c: c | {"activation_function": "os.system"}),
        "activation_function 'os.system', but only those of torch",
    ),
    "code for its kind": (
        both(config(model_type="mystery", auto_map={"AutoConfig": "code.MyConfig"}), text("code.py", CODE)),
        "code from a model's repository is never run",
    ),
    "code elsewhere": (
        config(model_type="mystery", auto_map={"AutoConfig": "owner/x--code.MyConfig"}),
        "code from a model's repository is never run",
    ),
    # config.json and weights
    "no config.json": (gone("config.json"), r"config\.json is missing; download"),
    "config.json is a list": (text("config.json", "[]"), r"config\.json is not a JSON object"),
    "an unknown kind": (config(model_type="mystery"), "transformers does not know the model_type in its config"),
    "quantised": (config(quantization_config={"quant_method": "x"}), r"quantised \(quantization_config\)"),
    "eight bits": (weights(lambda old: {k: v.to(torch.int8) for k, v in old.items()}), "as I8: quantised weights"),
    "another width": (config(hidden_size=32), r"weights whose size differs from the model of its config\.json \(embeddings\..* and 36 more\)"),
    "fewer tokens": (config(vocab_size=10), "weights whose size differs from"),
    "a layer more": (config(num_hidden_layers=3), r"lacks weights of .* \(encoder\.layer\.2\..* and 15 more\)"),
    "a layer less": (config(num_hidden_layers=1), r"weights that are not in the model of its config\.json \(encoder\.layer\.1\..* and 15 more\)"),
    "another kind": (config(model_type="gpt2"), "lacks weights of the model of its config"),
    "one weight is missing": (without("layer.1.output.dense.bias"), r"\(encoder\.layer\.1\.output\.dense\.bias\)"),
    "other weights": (weights(lambda old: {"x": torch.zeros(1)}), r"lacks weights of .* and 38 more"),
    "a download that broke off": (cut("model.safetensors", 500), r"damaged \(model\.safetensors: .*; download it again"),
    "a pointer of Git LFS": (text("model.safetensors", "version https://git-lfs.github.com/spec/v1\n"), "is damaged"),
    "a file of another": (
        both(gone("model.safetensors"), text("model.safetensors.index.json", '{"weight_map": {"a": "../x.safetensors"}}')),
        "'../x.safetensors', which is not a .safetensors file in the folder",
    ),
    "a file is missing": (
        both(gone("model.safetensors"), text("model.safetensors.index.json", '{"weight_map": {"a": "m-1.safetensors"}}')),
        r"lacks 1 of 1 files of weights, the first is m-1\.safetensors",
    ),
    # other modules
    "no pooling": (gone("1_Pooling"), r"cannot be loaded: TypeError: Pooling"),
    "no dense weights": (gone("2_Dense/model.safetensors"), "cannot be loaded: Could not find 'model.safetensors'"),
    "another dense width": (
        lambda f: change_json(f / "2_Dense/config.json", lambda c: c | {"in_features": 9}),
        "cannot be loaded: RuntimeError: .*size mismatch",
    ),
    # tokenizer and prompts
    "no tokenizer": (gone("tokenizer.json"), "tokenizer's files .* are missing or damaged"),
    "a cut tokenizer": (cut("tokenizer.json", 300), "tokenizer's files .* are missing or damaged"),
    **{
        f"prompts are {value}": (text("config_sentence_transformers.json", f'{{"prompts": {value}}}'), "are not strings")
        for value in ("null", "[]", '""')
    },
    **{
        f"{value} dimensions": (
            text("config_sentence_transformers.json", f'{{"truncate_dim": {value}}}'),
            "which is not a number of dimensions: set a whole number of 1 or more, or null",
        )
        for value in ("0", "-4", "1.5", "true", '"8"', "[]")
    },
    "prompts are numbers": (text("config_sentence_transformers.json", '{"prompts": {"query": 7}}'), "are not strings"),
    # vectors
    "values that are NaN": (times(float("nan")), "vectors with NaN or infinity for a query"),
    "values that overflow": (weights(lambda old: {k: v * 1e37 for k, v in old.items()}), "vectors with NaN or infinity"),
    "values that are zero": (times(0.0), "two different texts the same vector"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_that_cannot_be_used_is_one_line(prepare, tmp_path, name):
    change, problem = REFUSED[name]
    with pytest.raises(EncoderError, match=problem) as error:
        prepare(change)
    message = str(error.value)
    assert message.startswith("the encoder tiny")
    assert message.isprintable()
    assert len(message) < 700
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change",
    [
        without("pooler"),
        weights(lambda old: old | {"cls.predictions.bias": torch.zeros(3)}),  # a head that an encoder has no use for
        weights(lambda old: old | {"embeddings.position_ids": torch.arange(128)[None]}),  # as older versions saved it
        weights(lambda old: {f"bert.{name}": weight for name, weight in old.items()}),  # of a model with a head
        both(config(auto_map={"AutoModel": "code.MyModel"}), text("code.py", CODE)),  # a kind that transformers has
        settings(model_kwargs={"trust_remote_code": True, "attn_implementation": "eager"}),
        gone("sentence_bert_config.json"),
    ],
    ids=["no pooler", "a head", "positions", "a prefix", "unused code", "settings", "no settings"],
)
def test_what_makes_no_difference_is_not_refused(prepare, whole, change):
    found = prepare(change)
    expected, _ = read(whole)
    texts = ["a text", "another one, longer"]
    assert (found.encode(texts) == expected.encode(texts)).all()


def read(folder):
    from equilingual.encoders.reading import read_model

    return read_model("tiny", folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"the folder .*nothing does not exist; check encoders\.tiny\.path"):
        check_files("tiny", tmp_path / "nothing")


@pytest.mark.parametrize("shards", [1, 3])
def test_the_types_that_weights_were_saved_in(tmp_path, shards):
    source = write_tiny_encoder(tmp_path / "source")

    def convert(name, weight):
        return weight.half() if name.endswith("bias") else weight.bfloat16() if weight.ndim > 1 else weight.double()

    folder = save_again(source, tmp_path / "mixed", convert, shards=shards)
    shutil.copy(source / "model.safetensors", folder / "model.fp32.safetensors")  # which nothing reads
    assert saved_dtypes("tiny", check_files("tiny", folder)) == ["bfloat16", "float16", "float64"]


def test_the_manifest_has_the_saved_types_and_the_directory_is_float32(prepare, tmp_path):
    from safetensors.torch import load_file

    def low(old):
        return {name: weight.bfloat16() for name, weight in old.items()}

    def change(folder):
        weights(low)(folder)
        config(dtype="bfloat16")(folder)
        dense = folder / "2_Dense"
        weights(lambda old: {name: weight.half() for name, weight in old.items()})(dense)

    prepare(change)
    assert read_manifest(tmp_path / "out")["saved_dtypes"] == ["bfloat16", "float16"]
    for place in ("", "2_Dense"):
        given, found = (load_file(tmp_path / name / place / "model.safetensors") for name in ("case", "out"))
        assert {weight.dtype for weight in found.values()} == {torch.float32}
        assert given.keys() == found.keys()
        assert all(torch.equal(found[name], weight.float()) for name, weight in given.items())
