"""Paths of the configuration, from whatever working directory."""

from equilingual.plan import Places, constant, setting
from equilingual.plan.places import folder_files


def test_a_path_is_as_it_stands_in_the_snakefiles_folder_and_absolute_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Places(tmp_path).project_path("data/en.jsonl") == "data/en.jsonl"
    prefixed = Places(tmp_path, kept=lambda path: f"first/{path}")
    assert prefixed.project_path("data/en.jsonl") == str(tmp_path / "data/en.jsonl")
    monkeypatch.chdir("/")
    assert Places(tmp_path).project_path("data/en.jsonl") == str(tmp_path / "data/en.jsonl")
    assert Places(tmp_path).project_path("/elsewhere/en.jsonl") == "/elsewhere/en.jsonl"


def test_a_folder_is_its_files_and_one_that_is_missing_stands_for_itself(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/2", "a", "b/1"):
        (tmp_path / name).touch()
    assert folder_files(str(tmp_path)) == [str(tmp_path / name) for name in ("a", "b/1", "b/2")]
    assert folder_files("not/there") == ["not/there"]


def test_parameters_are_looked_up_by_a_wildcard(wild):
    assert setting({"x": wild(kind="folder")}, "benchmark", "kind")(wild(benchmark="x")) == "folder"
    assert constant("{braces}")(wild()) == "{braces}"
