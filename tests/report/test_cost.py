"""What the run cost, from the manifest of the run."""

import re

import pytest
from report.sample import Run, write_run

from equilingual.files import write_json
from equilingual.report import ReportInputs
from equilingual.report.run import Run as Files
from equilingual.report.sections.cost import SECTION, STAGES


@pytest.fixture
def build(tmp_path):
    def make(**stages):
        names = ("jobs", "seconds", "cpu_seconds", "memory_mb", "joules")
        costs = {rule: dict(zip(names, cost, strict=False)) for rule, cost in stages.items()}
        write_json({"stages": costs, "hardware": "a processor"}, tmp_path / "run.json")
        return SECTION.build(Files(ReportInputs(**write_run(Run(tmp_path / "x")) | {"run": tmp_path / "run.json"})))

    return make


def test_stages_stand_by_their_time_with_rules_of_one_stage_together(build):
    view = build(
        build_indexes=(2, 30.0, 10.0, 400.0), search_indexes=(3, 60.0, 20.0, 300.0), train_encoder=(2, 900.0, 950.0, 2060.0),
        mine=(1, 9.99, 0.0, 0.0), collect_scores=(1, 0.01, 0.0, 0.0), read_corpus=(1, 0.0, 0.0, 0.0),
    )  # fmt: skip
    lines = [(one.stage, one.time, one.share, one.jobs, one.per_job, one.memory) for one in view["lines"]]
    assert lines == [
        ("Training", "15 min", "90%", "2", "8 min", "2.1 GB"),
        ("Indexes", "2 min", "9%", "5", "18 s", "400 MB"),
        ("3 other stages", "10 s", "1%", "3", "3.3 s", "–"),
    ]
    assert [one.bar[0].width for one in view["lines"]] == [100, 10, 1.11]
    total = view["total"]
    assert (total.time, total.cpu, total.jobs, total.memory) == ("17 min", "16 min", "10", "2.1 GB")


def test_every_stage_has_the_words_of_a_reader(root):
    rules = [path.read_text(encoding="utf-8") for path in (root / "workflow/rules").glob("*.smk")]
    names = {name for text in rules for name in re.findall(r"^(?:rule|checkpoint) (\w+):", text, re.MULTILINE)}
    assert len(names) > 40
    assert names == set(STAGES)


def test_energy_is_shown_where_any_job_could_read_it(build):
    view = build(
        train_encoder=(2, 900.0, 950.0, 2060.0, 7_200_000.0), build_indexes=(1, 90.0, 9.0, 9.0, 36_000.0),
        search_indexes=(1, 60.0, 20.0, 300.0, 18_000.0), rank_candidates=(1, 50.0, 1.0, 1.0, 900.0), encode_texts=(1, 40.0, 1.0, 1.0),
    )  # fmt: skip
    assert view["has_energy"]
    assert [(one.stage, one.energy) for one in view["lines"]] == [
        ("Training", "2.0 kWh"), ("Indexes", "15 Wh"), ("Ranking", "0.25 Wh"), ("Encoding", "–"),
    ]  # fmt: skip
    assert view["total"].energy == "2.0 kWh"
    assert not build(train_encoder=(2, 900.0, 950.0, 2060.0))["has_energy"]


@pytest.mark.parametrize(
    ("joules", "said"), [({}, "Energy was not measured: no energy counter"), ({"joules": 3600.0}, "not the job alone")]
)
def test_the_page_says_what_energy_is_or_why_there_is_none(render, tmp_path, joules, said):
    cost = {"jobs": 1, "seconds": 5.0, "cpu_seconds": 5.0, "memory_mb": 5.0, **joules}

    def change(arguments):
        write_json({"stages": {"train_encoder": cost}, "hardware": "a processor"}, tmp_path / "run.json")
        arguments["run"] = tmp_path / "run.json"

    html = render(change)
    assert said in html
    assert ("1.00 Wh" in html) == bool(joules)


def test_a_stage_that_is_not_known_has_the_name_of_its_rule(build):
    assert [one.stage for one in build(my_rule=(1, 5.0, 5.0, 10.0))["lines"]] == ["my_rule"]


def test_a_run_without_a_record_has_no_such_section(build):
    assert build() is None
