"""Methods and provenance: parameters apart by whether they are the defaults, and what is folded."""

import re
from types import SimpleNamespace

import pytest
from report.boards import board_of
from report.test_page import Page

from equilingual.config.training import NOT_VALIDATED, Monitoring, Training
from equilingual.report.facts import facts_of
from equilingual.report.parameters import parameter_tables


def model(name, **changes):
    own = Training().model_dump(exclude={"processes"}) | Monitoring().model_dump()
    return {"experiment": name, "parameters": {"batch_size": 32, **own, **changes}}


def test_parameters_that_differ_from_the_default_or_have_none_are_apart():
    changed, usual = parameter_tables([model("a", learning_rate=1e-4), model("b")])
    assert changed.rows == [
        ["batch_size", "32", "all"],
        ["learning_rate", "0.0001", "a"],
        ["learning_rate", "3e-05", "b"],
    ]
    assert ["temperature", "0.05", "all"] in usual.rows
    assert "learning_rate" not in [row[0] for row in usual.rows]
    assert len(changed.rows) + len(usual.rows) == len(model("a")["parameters"]) + 1


def test_what_stands_for_no_validation_and_what_auto_came_to_are_defaults():
    changed, _ = parameter_tables([model("a", precision="bfloat16", **NOT_VALIDATED.model_dump())])
    assert [row[0] for row in changed.rows] == ["batch_size"]


def test_manifests_of_two_versions_that_say_the_same_are_one_row():
    older = model("a", regularizers={"centring": {"weight": 5.0}, "distillation": None})
    newer = model("b", regularizers={"centring": {"weight": 5.0, "corpora": [], "texts": 32}, "pivot": None})
    rows = parameter_tables([older, newer])[0].rows
    assert [row for row in rows if row[0] == "regularizers"] == [["regularizers", "centring weight 5", "all"]]
    rows = parameter_tables([older, model("b", regularizers={"former": {"weight": 5.0}})])[0].rows
    assert [row[1] for row in rows if row[0] == "regularizers"] == ["centring weight 5", "former weight 5"]
    _, usual = parameter_tables([model("a", regularizers={"centring": None}), model("b")])
    assert [row[2] for row in usual.rows if row[0] == "regularizers"] == ["all"]


def test_long_parts_are_folded_and_what_was_run_is_open(render):
    html = render()
    section = html[html.index('<section id="methods"') :].partition("</section>")[0]
    opened = re.sub(r"<details>.*?</details>", "", section, flags=re.DOTALL)
    assert "warmup_ratio" in section
    for text in ("Encoder", "Languages trained on", "batch_size", "word_embeddings"):
        assert (text in opened) == (text != "word_embeddings"), text
    summaries = re.findall(r"<summary>(.*?)</summary>", section)
    assert summaries == [
        "Training parameters with their default values", "Benchmarks", "Truncated texts", "Published results", "Versions",
        "Hashes of files",
    ]  # fmt: skip
    assert "SHA-256; point at a hash to see all of it." in Page(html).text


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ([("mono", 1), ("cross", 1)], "1 (seed 1): the variation between seeds is unknown"),
        ([("mono", 1), ("mono", 2), ("cross", 1), ("cross", 2)], "2 (1, 2)"),
        ([("mono", 1), ("mono", 2), ("mono", 3), ("cross", 1)], "1 to 3 per model (1, 2, 3)"),
        ([("mono", 1), ("cross", 2)], "1 per model (1, 2)"),
        ([], None),
    ],
)
def test_seeds_are_counted_per_model_where_not_all_have_the_same(tmp_path, seeds, said):
    models = [{}, *({"training_set": "t", "strategy": name, "alpha": 1.0, "seed": seed} for name, seed in seeds)]
    board = board_of(tmp_path, {("multilingual", "mean", "mean", "map"): 0.5}, models=models)
    run = SimpleNamespace(board=board, records=lambda name: [], named=lambda name: {})
    assert dict(facts_of(run)).get("Seeds") == said
