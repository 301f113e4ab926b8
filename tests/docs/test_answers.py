"""The answers of studies in the documentation are what their files say."""

import importlib.util
import json

import pytest
from report.studies import DUMBBELL, record_of, run_of


@pytest.fixture
def answers(root, tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("answers", root / "docs/answers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PAGE", tmp_path / "studies.md")
    monkeypatch.setattr(module, "IMAGES", tmp_path / "images")
    return module


def lines_of(answers, record=None):
    return answers.block(record or record_of(), run_of()).splitlines()


def test_the_answer_its_contrasts_and_how_they_were_made(answers):
    lines = lines_of(answers)
    assert lines[0] == "**Supported.** Hybrid batches have 0.030 [0.026, 0.034] more mAP, over 3 seeds."
    assert (
        "| ★ hybrid 0.5 against the base encoder | multilingual mAP, xquad-r | +0.030 | +0.026 to +0.034 | p = .030 "
        "| **above 0** |"
    ) in lines
    assert (
        "| 0.5 against 0.9 | multilingual mAP, xquad-r | +0.001 | −0.003 to +0.005 | p = .400 | equivalent |" in lines
    )
    assert lines[-1] == (
        "Commit 4eb022b, 2026-11-30, a processor, 3 seeds, 1,190 questions, 4.4 core-hours. "
        "Command: `snakemake --configfile configs/studies/mixing-ratio.yaml --cores all`."
    )


def test_scores_are_means_of_all_languages_or_of_the_groups_that_the_figure_shows(answers):
    lines = lines_of(answers)
    assert "| mAP | seeds | monolingual, xquad-r | cross-lingual, xquad-r | multilingual, xquad-r |" in lines
    assert "| base encoder |  | 0.800 | 0.600 | 0.500 |" in lines
    assert "| hybrid batches, α = 0.5 | 3 | 0.830 | 0.630 | 0.530 |" in lines
    by_group = lines_of(answers, record_of(DUMBBELL | {"panels": "languages"}))
    head = next(line for line in by_group if line.startswith("| mAP"))
    assert "| monolingual, xquad-r, trained | monolingual, xquad-r, low |" in head


def test_scores_are_by_the_measure_of_the_primary_contrast(answers):
    record = record_of()
    for rows in (record["contrasts"], record["means"]):
        for row in rows:
            row["measure"] = {"map": "mrr"}.get(row["measure"], row["measure"])
    lines = lines_of(answers, record)
    assert "| MRR | seeds | monolingual, xquad-r | cross-lingual, xquad-r | multilingual, xquad-r |" in lines
    assert "| base encoder |  | 0.800 | 0.600 | 0.500 |" in lines


def test_only_what_stands_between_the_marks_is_replaced(answers, tmp_path):
    folder = tmp_path / "mixing-ratio"
    folder.mkdir()
    (folder / "study.json").write_text(json.dumps(record_of()), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(run_of()), encoding="utf-8")
    (folder / "figure.svg").write_text("<svg/>", encoding="utf-8")
    page = "Before.\n<!-- answer mixing-ratio -->\nold \\1\n<!-- end of mixing-ratio -->\nAfter.\n"
    answers.PAGE.write_text(page, encoding="utf-8")
    for _ in range(2):
        answers.main([str(folder)])
    text = answers.PAGE.read_text(encoding="utf-8")
    assert text.startswith("Before.\n<!-- answer mixing-ratio -->\n\n**Supported.**")
    assert text.endswith("<!-- end of mixing-ratio -->\nAfter.\n")
    assert "old" not in text
    assert text.count("★ hybrid 0.5") == 1
    assert (answers.IMAGES / "mixing-ratio.svg").read_text(encoding="utf-8") == "<svg/>"


def test_a_page_without_a_place_for_the_answer_says_what_to_write(answers):
    with pytest.raises(SystemExit, match="one pair of the lines <!-- answer mine --> and <!-- end of mine -->"):
        answers.replaced("Nothing.", "mine", "text")
