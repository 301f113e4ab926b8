"""What a study says of its earlier analyses: a change after a look at the results is not lost."""

import pytest
from config.changes import changed
from studies.made_up import STUDY, configuration, write_study

from equilingual.files import DamagedFileError, read_json
from equilingual.report.studies.contrasts import earlier_of, note_of
from equilingual.report.studies.record import read_study

PRIMARY = STUDY["contrasts"][0]


@pytest.fixture
def analyse(tmp_path):
    """Return a function that analyses the made-up study with some keys changed, always in the same results."""

    def run(path=None, value=None):
        return write_study(tmp_path, configuration(changed(STUDY, path, value) if path else STUDY))

    return run


def test_the_same_analysis_twice_is_one(analyse):
    first = analyse().read_bytes()
    record = analyse()
    assert record.read_bytes() == first
    assert read_json(record)["earlier"] == []
    assert earlier_of(read_study(record)) == []
    assert "were declared before the run" in note_of(read_study(record))


def test_a_primary_contrast_that_is_changed_after_a_look_is_said_on_the_page(analyse):
    before = read_json(analyse())["answer"]
    record = analyse("contrasts.0.setting", "monolingual")
    again = analyse("contrasts.0.setting", "monolingual")
    assert read_json(again)["earlier"] == [{**before, "changed": ["contrasts"]}]
    assert again.read_bytes() == record.read_bytes()
    assert earlier_of(read_study(record)) == [
        f"An earlier analysis ({before['verdict']}) said: {before['sentence']} Since then, the contrasts changed."
    ]
    assert "were declared after an earlier analysis" in note_of(read_study(record))


def test_every_change_of_what_was_declared_is_named(analyse):
    analyse()
    analyse("hypothesis", "Another claim.")
    record = analyse("margin", {"map": 0.5})
    first, second = read_json(record)["earlier"]
    assert (first["changed"], second["changed"]) == (["margin"], ["hypothesis", "margin"])
    back = read_json(analyse())["earlier"]
    assert [one["changed"] for one in back] == [[], ["hypothesis"], ["margin"]]
    assert earlier_of(read_study(record.parent / "study.json"))[0].endswith(
        "Since then, nothing that was declared changed."
    )


def test_what_is_not_declared_is_no_change(analyse):
    analyse()
    assert read_json(analyse("question", "The same in other words?"))["earlier"] == []


def test_more_seeds_are_a_change(analyse, tmp_path):
    write_study(tmp_path, configuration(STUDY, seeds=[1, 2]))
    assert [one["changed"] for one in read_json(analyse())["earlier"]] == [["seeds"]]


def test_a_damaged_file_is_named(analyse):
    path = analyse().parent / "analyses.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(DamagedFileError, match=r"analyses\.json"):
        analyse()
