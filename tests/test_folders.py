"""Folders of a run, as its user calls them."""

import pytest

from equilingual.folders import seen_by_user


@pytest.mark.parametrize(
    ("started", "seen"), [("here", "results/x"), ("elsewhere", None), ("gone", "results/x"), (None, "results/x")]
)
def test_a_path_is_absolute_for_a_user_who_started_elsewhere(tmp_path, monkeypatch, started, seen):
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("PWD", raising=False)
    if started:
        monkeypatch.setenv("PWD", str(tmp_path / started))
    assert seen_by_user("results/x") == (seen or str(tmp_path / "here/results/x"))
