"""``equilingual check``: all that is wrong, at once."""

import copy
import json

import pytest
import yaml

from equilingual.command.check import check_configuration

RIGHT = {
    "title": "Mine",
    "seeds": [1],
    "corpora": {"mine": {"files": {"en": {"file": "en.jsonl"}, "de": {"file": "de.jsonl"}}}},
    "training_sets": {"both": {"corpora": ["mine"], "languages": ["en", "de"]}},
    "encoders": {"own": {"source": "folder", "path": "model"}},
    "batches": {"strategies": [{"name": "mono"}], "batches": 2},
    "benchmarks": {"xquad-r": {"known": "xquad-r"}},
    "evaluation": {"debias": [], "lexical": ["bm25"]},
}


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Return a function that checks the configuration with changes in a folder that has its files."""
    monkeypatch.chdir(tmp_path)
    for name in ("en.jsonl", "de.jsonl"):
        rows = [{"pair_id": number, "question": "q", "passage": "p"} for number in range(1000)]
        (tmp_path / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    (tmp_path / "model").mkdir()

    def checked(**changes):
        (tmp_path / "my.yaml").write_text(yaml.safe_dump(copy.deepcopy(RIGHT) | changes), encoding="utf-8")
        return check_configuration("my.yaml", tmp_path)

    return checked


def test_a_right_one_is_summarised(check):
    assert check() == (
        True,
        ["my.yaml: no errors", "  corpora: mine", "  models: 1 to train, 3 to score", "  benchmarks: xquad-r"],
    )


def test_a_study_is_summarised(check):
    study = {
        **{"name": "training", "question": "Does training help?", "hypothesis": "It does."},
        "contrasts": [
            {
                **{"name": "trained", "primary": True, "models": {"own__both__mono": 1, "own": -1}},
                **{"benchmark": "xquad-r", "setting": "multilingual"},
            }
        ],
        "figure": {"kind": "interaction", "x": "strategy"},
        "models": ["own", "own__both__mono"],
    }
    assert check(study=study)[1][-1] == "  study: training, 1 contrast of 2 models on xquad-r"


def test_wrong_values_unknown_keys_and_missing_files_are_said_together(check):
    is_right, lines = check(
        titel="x",
        encoders={"own": {"source": "folder", "path": "nowhere", "query_lenght": 3}},
        training={"learning_rate": "fast"},
        benchmarks={"mine": {"folder": "bench", "languages": ["en"]}},
    )
    assert not is_right
    text = "\n".join(lines)
    assert lines[0] == f"my.yaml: {len(lines) - 1} problems"
    for part in (
        "titel: unknown key",
        "did you mean 'query_length'?",
        "training.learning_rate: ",
        "encoders.own.path: nowhere does not exist",
        "benchmarks.mine: bench/en/corpus.jsonl does not exist",
    ):
        assert part in text, part
    assert len(set(lines)) == len(lines)


def test_what_an_unknown_key_hides_is_said_too(check):
    training_set = {"corpora": ["nobody"], "languages": ["en"]}
    _, lines = check(titel="x", training_sets={"both": training_set})
    assert any("titel: unknown key" in line for line in lines)
    assert any("nobody" in line for line in lines)


def test_nothing_is_said_that_only_follows_from_another_problem(check):
    is_right, lines = check(corpora={"mine": {"format": "xlsx", "files": {"en": "en.jsonl", "de": "de.jsonl"}}})
    assert not is_right
    assert [line for line in lines if "format" not in line] == [lines[0]]
    assert lines[0] == "my.yaml: 1 problem"


def test_a_misspelt_required_key_is_one_problem(check):
    assert check(training_sets={"both": {"corpora": ["mine"], "langauges": ["en"]}})[1][1:] == [
        "  training_sets.both.langauges: unknown key (value ['en']); did you mean 'languages'?"
    ]


def test_the_last_entry_of_a_section_hides_nothing_elsewhere(check):
    _, lines = check(
        benchmarks={"x": {"known": "xquad-r", "languages": ["en", "fr"]}},
        encoders={"own": {"source": "folders", "path": "model"}},
        training_sets={"both": {"corpora": ["mine"], "languages": ["en", "fr"]}},
    )
    assert [line.strip().partition(": ")[0] for line in lines[1:]] == [
        "encoders.own.source",
        "benchmarks.x",
        "training_sets.both",
    ]
    assert "mine has no file in 'fr'" in lines[3]


def test_a_missing_key_is_said_and_the_rest_is_checked(check):
    _, lines = check(encoders={"own": {"path": "model"}, "other": {"source": "folder", "path": "nowhere"}})
    assert any(line.strip().startswith("encoders.own.source: this key is missing") for line in lines)
    assert any("encoders.other.path: nowhere does not exist" in line for line in lines)


def test_a_file_that_is_no_configuration(check, tmp_path):
    (tmp_path / "bad.yaml").write_text("title: [\n")
    is_right, [line] = check_configuration(tmp_path / "bad.yaml")
    assert not is_right
    assert "bad.yaml, line 2" in line
    is_right, [line] = check_configuration(tmp_path / "nowhere.yaml")
    assert not is_right
    assert "cannot be read" in line


def test_a_wrong_column_is_said_for_every_file(check, tmp_path):
    (tmp_path / "t.csv").write_text("Nr.,question ,passage\n" + "1,q,p\n" * 1000, encoding="utf-8")
    files = {"en": {"file": "t.csv"}, "de": {"file": "t.csv"}}
    wrong = {"format": "csv", "columns": {"pair_id": "Nr", "question": "question "}, "files": files}
    is_right, lines = check(corpora={"mine": wrong})
    assert not is_right
    said = [line for line in lines if "did you mean 'Nr.'?" in line]
    assert [line.partition(": ")[0].strip() for line in said] == ["corpora.mine.files.de", "corpora.mine.files.en"]
    right = {**wrong, "columns": {"pair_id": "Nr.", "question": "question "}}
    assert check(corpora={"mine": right})[0]


def test_a_row_without_a_passage_and_an_empty_file_are_said(check, tmp_path):
    (tmp_path / "de.jsonl").write_text('{"pair_id": 1, "question": "q", "qa": {"a": "p"}}\n', encoding="utf-8")
    (tmp_path / "en.jsonl").write_text("", encoding="utf-8")
    _, lines = check(corpora=RIGHT["corpora"] | {"mine": {**RIGHT["corpora"]["mine"], "columns": {"passage": "qa.b"}}})
    said = {line.strip().partition(": ")[0]: line for line in lines[1:]}
    assert "'qa.b' is not in the row: 'qa' has 'a'" in said["corpora.mine.files.de"]
    assert said["corpora.mine.files.en"].endswith("en.jsonl: the file is empty")


def test_pairs_that_are_seen_very_often_are_a_warning(check):
    is_right, lines = check(batches={"strategies": [{"name": "mono"}], "batch_size": 8, "batches": 5000})
    assert is_right
    assert lines[-1].startswith("  warning: training_sets.both: 5000 batches of 8 from 1000 QA pairs at most")


def test_the_size_of_batches_is_judged_only_where_it_is_known(check, tmp_path):
    (tmp_path / "de.jsonl").write_text('{"pair_id": 1, "question": "q", "passage": "p"}\n' * 4, encoding="utf-8")
    is_right, lines = check(batches={"strategies": [{"name": "mono"}], "batch_size": "two", "batches": 2})
    assert not is_right
    assert [line for line in lines if "batch can be built" in line] == []


def test_a_batch_that_cannot_be_filled_is_a_problem(check):
    is_right, lines = check(batches={"strategies": [{"name": "mono"}], "batch_size": 2048, "batches": 2})
    assert not is_right
    assert lines[1].startswith("  training_sets.both: 1000 QA pairs at most, fewer than the batch size of 2048")


def test_the_embedded_configurations_are_right_from_anywhere(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (root / "config.yaml", root / "configs/smoke.yaml"):
        is_right, lines = check_configuration(path)
        assert is_right, lines
