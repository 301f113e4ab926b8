"""What folders declare that a run cannot honour, said before any job starts."""

import json

import pytest
import yaml
from config.changes import changed

from equilingual.config import ConfigError, load_config
from equilingual.config.declared import adapter_base, declared_problems

BASE = "sentence_transformers."
ROUTES = "router_config.json"
MODULES = {
    "plain": ["models.Transformer", "models.Pooling"],
    "normalize": ["models.Transformer", "models.Pooling", "models.Normalize"],
    "static": ["models.StaticEmbedding"],
    "router": ["base.modules.router.Router"],
    "asym": ["models.Asym", "models.Normalize"],
}


@pytest.fixture
def raw(root):
    return yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def problems(raw, tmp_path):
    """Return a function that gives the problems of a folder with such modules and declarations."""

    def find(modules, declared=None, trained=True, encoder=None, routes=None, routed_in=ROUTES, **changes):
        folder = tmp_path / "model"
        folder.mkdir()
        rows = [{"idx": n, "name": str(n), "path": "", "type": BASE + kind} for n, kind in enumerate(MODULES[modules])]
        (folder / "modules.json").write_text(json.dumps(rows))
        (folder / "config_sentence_transformers.json").write_text(json.dumps(declared or {}))
        if routes:
            types = {kind: BASE + kind for way in routes.values() for kind in way}
            (folder / routed_in).write_text(json.dumps({"types": types, "structure": routes}))
        config = changed(raw, "encoders", {"e": {"source": "folder", "path": "model", **(encoder or {})}})
        if not trained:
            config = changed(config, "training_sets", {})
        for key, value in changes.items():
            config = changed(config, key.replace("__", "."), value)
        return declared_problems(load_config(config), tmp_path)

    return find


@pytest.mark.parametrize(
    "given",
    [
        {"modules": "plain"},
        {"modules": "plain", "declared": {"similarity_fn_name": "cosine"}},
        {"modules": "normalize", "declared": {"similarity_fn_name": "dot"}},
        {"modules": "normalize", "declared": {"similarity_fn_name": "euclidean"}},
        {"modules": "plain", "declared": {"similarity_fn_name": "dot"}, "trained": False},
        {"modules": "plain", "declared": {"similarity_fn_name": "manhattan"}, "encoder": {"similarity": "cosine"}},
        {"modules": "router", "trained": False},
        {"modules": "static", "trained": False},
        {"modules": "static", "encoder": {"train": False}},
        {"modules": "router", "encoder": {"train": False}},
        {"modules": "plain", "encoder": {"train": False, "similarity": "dot"}},
    ],
    ids=str,
)
def test_what_can_be_honoured_is_no_problem(problems, given):
    assert problems(**given) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"modules": "plain", "declared": {"similarity_fn_name": "dot"}}, "scored by the dot product"),
        ({"modules": "plain", "encoder": {"similarity": "dot"}}, "scored by the dot product"),
        (
            {"modules": "normalize", "declared": {"similarity_fn_name": "dot", "truncate_dim": 8}},
            "scored by the dot product",
        ),
        ({"modules": "plain", "declared": {"similarity_fn_name": "manhattan"}}, "set 'similarity' to cosine or dot"),
        ({"modules": "normalize", "declared": {"similarity_fn_name": "manhattan"}}, "set 'similarity'"),
        ({"modules": "plain", "declared": {"similarity_fn_name": "euclidean"}, "trained": False}, "set 'similarity'"),
        (
            {"modules": "plain", "encoder": {"pooling": "mean"}},
            "'pooling' is 'mean', but the model declares its own (modules.json)",
        ),
        ({"modules": "router"}, "have different routes"),
        ({"modules": "asym"}, "have different routes"),
        ({"modules": "static"}, "encoded by a StaticEmbedding, and only transformers can be trained"),
        ({"modules": "router", "trained": False, "encoding__precision": "int8"}, "encoding.precision is int8"),
        (
            {"modules": "static", "trained": False, "encoder": {"trim": {"benchmarks": ["demo"]}}},
            "'trim' needs a transformer",
        ),
    ],
    ids=str,
)
def test_what_cannot_is_said_in_one_line_with_the_encoders_key(problems, given, words):
    [line] = problems(**given)
    assert line.startswith("encoders.e: ")
    assert words in line
    assert "\n" not in line


@pytest.mark.parametrize(("ends", "expected"), [(("Normalize", "Normalize"), []), (("Normalize", "Dense"), ["dot"])])
@pytest.mark.parametrize("routed_in", [ROUTES, "config.json"])  # as Router writes it, and as Asym did
def test_a_router_gives_vectors_of_length_one_where_each_route_does(problems, ends, expected, routed_in):
    routes = {"query": ["Transformer", ends[0]], "document": ["Other", ends[1]]}
    given = {"trained": False, "routes": routes, "routed_in": routed_in}
    found = problems("router", {"similarity_fn_name": "euclidean"}, **given)
    assert bool(found) == bool(expected)


@pytest.mark.parametrize("place", ["../base", "absolute"])
def test_an_adapter_declares_what_its_base_model_does(raw, tmp_path, place):
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    for folder in (base, adapter):
        folder.mkdir()
    (base / "modules.json").write_text(json.dumps([{"name": "0", "type": f"{BASE}models.Transformer", "path": ""}]))
    (base / "config_sentence_transformers.json").write_text('{"similarity_fn_name": "dot"}')
    name = str(base) if place == "absolute" else place
    (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": name}))
    config = load_config(changed(raw, "encoders", {"e": {"source": "folder", "path": "adapter"}}))
    [line] = declared_problems(config, tmp_path)
    assert line.startswith("encoders.e: it is scored by the dot product")
    assert adapter_base(adapter) == base


@pytest.mark.parametrize("name", [None, "", "owner/model", 7, "a\0b", "long" * 9999])
def test_a_base_model_that_is_no_folder_is_left_to_the_stage(tmp_path, name):
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": name}))
    assert adapter_base(tmp_path) is None


def test_an_encoder_from_elsewhere_is_not_trained_by_the_dot_product_either(raw, tmp_path):
    config = load_config(changed(raw, "encoders.e5-small.similarity", "dot"))
    [line] = declared_problems(config, tmp_path)
    assert line.startswith("encoders.e5-small: it is scored by the dot product")


@pytest.mark.parametrize("name", ["modules.json", "config_sentence_transformers.json", "router_config.json"])
@pytest.mark.parametrize(
    "text",
    ["{", "[1]", "null", "3", "\udcff", "[" * 100_000, '{"types": {}, "structure": {"a": 1, "b": [], "c": [[]]}}'],
    ids=range(7),
)
def test_damaged_files_are_left_to_the_stage_that_loads_them(raw, tmp_path, name, text):
    (tmp_path / "modules.json").write_text(json.dumps([{"type": "Transformer"}, {"type": "x.Router", "path": ""}]))
    (tmp_path / name).write_text(text, errors="surrogateescape")
    config = load_config(changed(raw, "encoders", {"e": {"source": "folder", "path": "."}}))
    assert declared_problems(config, tmp_path) == []


@pytest.mark.parametrize("value", ["euclidean", "Dot", 1])
def test_another_similarity_is_refused(raw, value):
    with pytest.raises(ConfigError, match=r"encoders\.e5-small\.similarity: must be 'cosine' or 'dot'"):
        load_config(changed(raw, "encoders.e5-small.similarity", value))
