"""What a run prints: a screen, where the report is, what failed and why; all of it on request."""

import pytest
import yaml


@pytest.fixture
def lexical_file(lexical, tmp_path):
    """A file of the configuration that scores BM25 alone."""
    path = tmp_path / "lexical.yaml"
    path.write_text(yaml.safe_dump(lexical), encoding="utf-8")
    return path


def test_a_run_prints_a_screen_and_ends_with_the_report(run_workflow, lexical_file, tmp_path):
    output = run_workflow(tmp_path, config=lexical_file)
    assert len(output.splitlines()) < 30
    assert len(output) < 2500
    assert "  rule rank_candidates: bm25 mine\n" in output
    where = tmp_path / "results/report.html"  # the working directory is not where the run was started
    assert f"Report: {where}\nBest model on mine in multilingual retrieval: BM25; mAP 1.000\n" in output
    # Snakemake's log file has every job with its files, as ever.
    (log,) = (tmp_path / ".snakemake/log").iterdir()
    assert "output: results/ranks/bm25/mine.parquet" in log.read_text(encoding="utf-8")
    # For another target the report, which is there, is none of the run's.
    one = run_workflow(tmp_path, "results/scores.csv", "--forcerun", "collect_scores", config=lexical_file)
    assert "rule collect_scores" in one
    assert "Report:" not in one
    # And all of it on the terminal, where that is asked for.
    full = run_workflow(tmp_path, "--printshellcmds", "--forcerun", "collect_scores", config=lexical_file)
    assert "output: results/scores.csv" in full
    assert f"Report: {where}\n" in full


def test_a_failure_is_printed_with_its_reason(run_workflow, lexical, lexical_file, tmp_path):
    with open(f"{lexical['benchmarks']['mine']['folder']}/en/corpus.jsonl", "a", encoding="utf-8") as file:
        file.write("{\n")
    output = run_workflow(tmp_path, config=lexical_file, check=False)
    assert "Error in rule build_benchmark:" in output
    shown = output.split("Logfile results/logs/build_benchmark/mine.log:")[1]
    assert "corpus.jsonl, line 4: not JSON" in shown
    assert "Report:" not in output
