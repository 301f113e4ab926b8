"""The form in which the page holds its data; test_browser.py looks that the page's script gives it back."""

from equilingual.report.packing import packed

ENTRY = {
    "questions": [{"texts": {"ar": "a", "en": "b"}}, {"texts": {"en": "c"}}],
    "models": {
        "one": {"base": None, "hits": [[[7, 9, 3], [3, 7]], [[5]]]},
        "two": {"base": "one", "hits": [[[9, 4, 7], []], [[5]]]},
    },
}


def test_tables_are_stored_by_column():
    table = {"columns": ["model", "value"], "data": [["a", 1.5], ["b", None]]}
    given = {"scores": table, "seeds": {"columns": ["x"], "data": []}, "title": "t", "measures": [{"name": "map"}]}
    found = packed(given | {"examples": []})
    assert found["scores"] == {"columns": ["model", "value"], "data": [("a", "b"), (1.5, None)]}
    assert found["seeds"]["data"] == []
    assert (found["title"], found["measures"]) == ("t", [{"name": "map"}])
    assert table["data"] == [["a", 1.5], ["b", None]]


def test_answers_are_listed_once_for_each_question_and_models_have_their_places():
    (found,) = packed({"examples": [ENTRY]})["examples"]
    assert found["answers"] == [[[7, 9, 3, 4], [3, 7]], [[5]]]
    assert found["models"]["one"] == {"base": None, "hits": [["#$%", "#$"], ["#"]]}
    assert found["models"]["two"] == {"base": "one", "hits": [["$&#", ""], ["#"]]}
    assert found["questions"] == ENTRY["questions"]
    assert ENTRY["models"]["one"]["hits"] == [[[7, 9, 3], [3, 7]], [[5]]]
