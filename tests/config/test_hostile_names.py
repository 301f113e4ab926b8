"""Names become folders, file names, cells and lines: none may leave its folder, or hold what acts on a terminal or page."""

import copy
import re
from pathlib import Path

import pytest

from equilingual.config import ConfigError, load_config
from equilingual.messages import for_terminal
from equilingual.registry import known_files

HOSTILE = (
    "..", ".", "../x", "a/../../x", "/etc/passwd", "a/b", "a\\b", "a\x00b", "a\x1b[2Jb", "a\u202eb", "a\nb", "a b", "-rf",
    "<b>x</b>", "a'b", 'a"b', "a`b", "$(touch x)", "a;b", "{x}", "a__b", "a*", "~", "", "x" * 300,
)  # fmt: skip
# Where a name of the user's own stands; the value beside it is one that is right there.
NAMED = ("corpora", "benchmarks", "encoders", "training_sets")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.parametrize("table", NAMED)
def test_a_hostile_name_is_refused_and_shown_harmlessly(default, table, name):
    raw = copy.deepcopy(default)
    raw[table] = {**raw[table], name: copy.deepcopy(next(iter(raw[table].values())))}
    with pytest.raises(ConfigError) as error:
        load_config(raw)
    message = str(error.value)
    assert for_terminal(message).replace("\n", "").isprintable()  # as it is printed
    assert len(message) < 2000
    assert re.search(f"{table}[.:]", message)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_of_a_strategy_an_engine_or_a_file_is_refused(default, name):
    changes = (
        lambda raw: raw["batches"]["strategies"].__setitem__(0, {"name": name}),
        lambda raw: raw["corpora"].update(x={"known": name}),
        lambda raw: raw["corpora"].update(x={"files": {"en": {"known": name}}}),
        lambda raw: raw["corpora"].update(x={"files": {name: "a.jsonl"}}),
    )
    for change in changes:
        raw = copy.deepcopy(default)
        change(raw)
        with pytest.raises(ConfigError) as error:
            load_config(raw)
        assert for_terminal(error.value).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "url",
    [
        "https://host/../../../etc/passwd",
        "https://host/a/..%2f..%2fx",
        "https://host/%2e%2e/%2e%2e/x",
        "https://host/a\\..\\..\\x",
        "https://host/\x1b[2J\u202e.jsonl",
        "https://host/" + "x" * 5000,
        "https://host/<script>.jsonl",
    ],
)
def test_a_download_of_any_url_is_a_file_below_the_downloads(default, url):
    raw = copy.deepcopy(default)
    raw["corpora"]["x"] = {"files": {"en": url}}
    place = load_config(raw).corpora["x"].files["en"].download
    path = Path("/downloads") / place
    assert path.resolve().is_relative_to("/downloads/url"), place
    assert ".." not in path.parts
    assert place.isprintable()
    assert all(len(part.encode()) <= 120 for part in path.parts)


def test_known_files_have_no_path_parts_that_lead_out():
    for path in known_files():
        assert Path("/downloads", path).resolve() == Path("/downloads", path)
