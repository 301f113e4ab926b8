"""The modules that a model's files name; tests/encoders/test_folders.py has the damaged ones."""

import json

import pytest

from equilingual.modules import ModuleFileError, NamedModule, read_json, read_modules, read_routes

DENSE, NORMALIZE = "sentence_transformers.models.Dense", "sentence_transformers.models.Normalize"


def test_modules_come_in_their_order_with_their_folders(tmp_path):
    rows = [{"name": "1", "path": "1_Dense", "type": DENSE}, {"name": "0", "path": "", "type": NORMALIZE}]
    path = tmp_path / "modules.json"
    path.write_text(json.dumps(rows))
    first, second = read_modules(tmp_path)
    assert (first, second) == (NamedModule(path, DENSE, "1_Dense"), NamedModule(path, NORMALIZE, ""))
    assert (first.kind, second.kind) == ("Dense", "Normalize")


def test_an_older_router_has_its_routes_in_config_json_and_a_newer_one_beside_it(tmp_path):
    def write(name, structure):
        (tmp_path / name).write_text(json.dumps({"types": {"a": DENSE, "b": NORMALIZE}, "structure": structure}))

    with pytest.raises(ModuleFileError, match=r"router_config\.json is missing"):
        read_routes(tmp_path)
    write("config.json", {"query": ["a"]})
    assert {route: [one.place for one in way] for route, way in read_routes(tmp_path).items()} == {"query": ["a"]}
    write("router_config.json", {"query": ["a", "b"], "document": ["b"]})
    routes = read_routes(tmp_path)
    assert {route: [one.kind for one in way] for route, way in routes.items()} == {
        "query": ["Dense", "Normalize"],
        "document": ["Normalize"],
    }
    assert routes["query"][0].file == tmp_path / "router_config.json"


@pytest.mark.parametrize("members", [[["a"]], [{}], [None], ["c"], [], "a", {"a": 1}])
def test_a_route_with_a_member_that_is_no_name_is_damaged(tmp_path, members):
    content = {"types": {"a": DENSE}, "structure": {"query": members}}
    (tmp_path / "router_config.json").write_text(json.dumps(content))
    with pytest.raises(ModuleFileError, match=r"router_config\.json: the route 'query' is damaged"):
        read_routes(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"), [("[]", "not a JSON object"), ("{", "not JSON"), ("[" * 100_000, "not JSON")]
)
def test_a_file_of_another_kind_is_named(tmp_path, text, said):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ModuleFileError, match=rf"x\.json is {said}"):
        read_json(tmp_path / "x.json", dict)
