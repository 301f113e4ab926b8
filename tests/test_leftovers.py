"""What earlier configurations left: folders built by hand, patterns as the rules have them."""

import os
import re

import pytest

from equilingual.leftovers import Leftover, Written, find_leftovers, listing, readable_size, remove

WRITTEN = [
    Written("r/models/{experiment}", re.compile("r/models/(?:a|b)"), is_folder=True),
    Written("r/models/{experiment}/manifest.json", re.compile("r/models/(?:a|b)/manifest.json")),
    Written("r/work/train/{experiment}", re.compile("r/work/train/(?:a|b)"), is_folder=True),
    Written("r/scores/{model}/{benchmark}.parquet", re.compile("r/scores/(?:a|b)/(?:x)[.]parquet")),
    Written("r/downloads/{path}", re.compile("r/downloads/known")),
    Written("r/scores.csv", re.compile("r/scores[.]csv")),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The working directory, and a function that writes files of ten bytes there."""
    monkeypatch.chdir(tmp_path)

    def write(*names, size=10):
        for name in names:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(b"x" * size)

    return write


def paths():
    return [one.path for one in find_leftovers("r", WRITTEN)]


def test_what_the_configuration_names_stays_and_what_it_does_not_is_left_over(place):
    place("r/models/a/manifest.json", "r/models/a/1_Pooling/config.json", "r/models/old/model.safetensors")
    place("r/models/old/1_Pooling/config.json", "r/work/train/b/step-3.pt", "r/work/train/old/step-3.pt")
    place("r/scores/a/x.parquet", "r/scores/a/gone.parquet", "r/scores/old/x.parquet", "r/scores.csv")
    found = find_leftovers("r", WRITTEN)
    assert found == [
        Leftover("r/models/old/", 20, 2),
        Leftover("r/scores/a/gone.parquet", 10, 1),
        Leftover("r/scores/old/", 10, 1),
        Leftover("r/work/train/old/", 10, 1),
    ]
    remove(found)
    assert find_leftovers("r", WRITTEN) == []
    assert sorted(str(path) for _, _, names in os.walk("r") for path in names) == [
        "config.json",
        "manifest.json",
        "scores.csv",
        "step-3.pt",
        "x.parquet",
    ]


def test_what_a_rule_of_an_earlier_version_wrote_is_left_over_even_beside_files_that_stay(place):
    place("r/models/a/manifest.json", "r/models/a/old.json", "r/models/a/notes.json", "r/models/old/old.json")
    written = [*WRITTEN, Written("r/models/{experiment}/old.json", named=None)]
    assert find_leftovers("r", written) == [Leftover("r/models/a/old.json", 10, 1), Leftover("r/models/old/", 10, 1)]


def test_what_no_rule_writes_is_nobodys_business(place):
    place(
        "r/notes.txt", "r/plots/mine.png", "r/scores/old/notes.txt", "r/scores/old/x.parquet", "r/models/a.txt.zip.d/x"
    )
    place("elsewhere/r/models/old/model.safetensors", "r/scores/old/deep/x.parquet")
    assert paths() == ["r/models/a.txt.zip.d/", "r/scores/old/x.parquet"]


def test_downloads_and_the_cache_are_of_all_configurations(place):
    place("r/downloads/other", "r/cache/translations/x", "r/cache/models/old/x")
    assert paths() == []
    # Folders of that name elsewhere are not.
    place("r/models/cache/x")
    assert paths() == ["r/models/cache/"]


def test_links_are_neither_followed_nor_removed(place, tmp_path):
    place("outside/model.safetensors", "r/models/old/model.safetensors", "r/scores/old/x.parquet")
    (tmp_path / "r/models/linked").symlink_to(tmp_path / "outside")
    (tmp_path / "r/scores/old/y.parquet").symlink_to(tmp_path / "outside/model.safetensors")
    (tmp_path / "r/work").symlink_to(tmp_path / "outside")
    (tmp_path / "r/models/old/link").symlink_to(tmp_path / "outside")
    found = find_leftovers("r", WRITTEN)
    assert [one.path for one in found] == ["r/models/old/", "r/scores/old/x.parquet"]
    remove(found)
    assert (tmp_path / "outside/model.safetensors").read_bytes() == b"x" * 10
    assert (tmp_path / "r/models/linked").is_symlink()
    assert (tmp_path / "r/scores/old/y.parquet").is_symlink()


def test_a_run_that_has_not_begun_left_nothing(place):
    assert find_leftovers("r", WRITTEN) == []
    assert list(listing("r", [], removed=False)) == ["Nothing is left over from other configurations."]


def test_the_list_has_the_large_ones_first_and_the_small_ones_by_folder():
    found = [
        Leftover("w/r/logs/a/", 10, 2),
        Leftover("w/r/logs/b/old.log", 20, 1),
        Leftover("w/r/models/old/", 470_000_000, 11),
        Leftover("w/r/models/older/", 471_000_000, 11),
        Leftover("w/r/scores/old/", 999_999, 1),
    ]
    assert list(listing("w/r", found, removed=False)) == [
        "    471 MB  w/r/models/older/",
        "    470 MB  w/r/models/old/",
        "  30 bytes  w/r/logs/: 3 files",
        "    1.0 MB  w/r/scores/: 1 file",
        "942 MB in 26 files; the target remove_leftovers removes them.",
    ]
    assert list(listing("w/r", found, removed=True))[-1] == "Removed 942 MB in 26 files."


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (99_940, "99.9 kB"),
        (99_960, "100 kB"),
        (2_700_000_000, "2.7 GB"),
    ],
)
def test_sizes_are_read_at_a_glance(size, text):
    assert readable_size(size) == text
