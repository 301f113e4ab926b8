"""Studies in the workflow: one command makes the page, its figure and the overview of all studies of these results."""

import json
import re

import pytest


@pytest.fixture
def study(lexical, tmp_path):
    """Return a function that writes the configuration of a study of two lexical systems: no model, and seconds."""

    def make(name, question="Which words?", first="bm25", second="tfidf"):
        contrast = {"name": f"{first} against {second}", "primary": True, "models": {first: 1, second: -1}}
        given = {
            **{"name": name, "question": question, "hypothesis": "The first is better."},
            "contrasts": [{**contrast, "benchmark": "mine", "setting": "monolingual"}],
            "figure": {"kind": "interaction", "x": "encoder"},
        }
        evaluation = {**lexical["evaluation"], "lexical": ["bm25", "tfidf"]}
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({**lexical, "evaluation": evaluation, "study": given}))
        return path

    return make


def test_a_study_is_one_command_and_the_overview_keeps_those_of_other_configurations(run_workflow, study, tmp_path):
    results = tmp_path / "results/studies"
    first, second = study("first"), study("second", "And these?", "tfidf", "bm25")
    run_workflow(tmp_path, config=first)
    made = {path.name for path in (results / "first").iterdir() if path.suffix != ".sha256"}
    assert made == {"study.json", "values.csv", "analyses.json", "contrasts.csv", "run.json", "report.html",
                    "figure.svg", "figure.pdf", "figure.csv"}  # fmt: skip
    assert not (tmp_path / "results/report.html").exists()
    record = json.loads((results / "first/study.json").read_text())
    page = (results / "first/report.html").read_text(encoding="utf-8")
    assert record["answer"]["sentence"].partition("[")[0] in page
    assert f"snakemake --configfile {first.name} --cores all" in page
    cost = json.loads((results / "first/run.json").read_text())["stages"]
    assert cost["rank_candidates"]["jobs"] == 2
    assert "describe_run" not in cost
    assert "Nothing to be done" in run_workflow(tmp_path, config=first)

    output = run_workflow(tmp_path, config=second)
    cards = re.findall('href="([^"]+)">([^<]+)</a></h2>', (results / "index.html").read_text(encoding="utf-8"))
    assert cards == [("first/report.html", "Which words?"), ("second/report.html", "And these?")]
    assert "rank_candidates" not in output  # the two studies share what they are made of
    left = run_workflow(tmp_path, "list_leftovers", config=second)
    assert "studies/first" not in left.replace("logs/", "").replace("benchmarks-of-jobs/", "")
