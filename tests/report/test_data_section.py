"""The flow of the data, from corpora to batches."""

import pytest
from report.sample import Run, write_run
from written_batches import write_batches

from equilingual.files import read_json, write_json
from equilingual.report import ReportInputs, render_report
from equilingual.report.bitext import bitext_tables
from equilingual.report.data.flow import flow_table
from equilingual.report.flow import bitext_in_benchmarks, contamination, flow_steps, shared_texts
from equilingual.report.run import Run as Files
from equilingual.report.sections.data import build

CORPUS = {"corpus": "c", "origin": "human", "languages": {"en": {"questions": 12, "kept": 10, "dropped": {"empty": 2}}}}
TRANSLATION = {"corpus": "c", "language": "pt", "engine": "e", "pairs": 10, "kept": 9, "dropped": {"passage: lost": 1}}
COUNTS = {"exact": {"within": 1, "across": 2}, "near": {"within": 0, "across": 0}}
DUPLICATES = {"training_set": "t", "pairs": 10, "kept": 7, "corpora": {"c": COUNTS}}
BATCHES = {"training_set": "t", "strategy": "s", "seed": 1, "batches": 8, "monolingual_batches": 3}


def test_every_pair_is_kept_or_has_a_reason():
    table = flow_table([CORPUS], [TRANSLATION], [DUPLICATES], [BATCHES | {"expected": {"mono": {}, "cross": {}}}])
    assert table["columns"] == ["step", "name", "language", "made_by", "part", "count"]
    assert table["data"] == [
        ["read", "c", "en", "human", "kept", 10],
        ["read", "c", "en", "human", "empty", 2],
        ["translated", "c", "pt", "e", "kept", 9],
        ["translated", "c", "pt", "e", "passage: lost", 1],
        ["training set", "t", None, None, "kept", 7],
        ["training set", "t", None, None, "exact duplicate", 3],
        ["batches", "t / s", None, "seed 1", "mono", 3],
        ["batches", "t / s", None, "seed 1", "cross", 5],
    ]


def test_a_training_set_with_batches_has_what_they_are_made_of():
    record = BATCHES | {"pairs": 5, "pairs_left_out": 2, "duplicates_left_out": 3}
    found = [row[4:] for row in flow_table([], [], [DUPLICATES], [record])["data"] if row[0] == "training set"]
    assert found == [["kept", 5], ["in too few languages", 2], ["duplicate", 3]]


def test_batches_of_one_kind_have_one_part_and_of_an_unknown_kind_say_so():
    def kinds(**record):
        return [row[4:] for row in flow_table([], [], [], [BATCHES | record])["data"]]

    assert kinds(expected={"cross": {}}, monolingual_batches=0) == [["cross", 8]]
    assert kinds(expected={"mono": {}}, monolingual_batches=8) == [["mono", 8]]
    assert kinds(expected={"mixed": {}, "cross": {}}, monolingual_batches=0) == [["other", 8]]
    assert kinds(batches=None) == []


@pytest.mark.parametrize(
    ("strategy", "kinds"),
    [("mono", {"mono"}), ("cross", {"cross"}), ("hybrid", {"mono", "cross"}), ("mixed-mono", {"mixed"})],
)
def test_the_kinds_of_batches_are_read_from_what_the_stage_writes(tmp_path, strategy, kinds):
    record = read_json(write_batches(tmp_path, name=strategy))
    found = [row for row in flow_table([], [], [], [record])["data"] if row[0] == "batches"]
    assert {row[4] for row in found} == kinds
    assert sum(row[5] for row in found) == record["batches"] == 12


def test_the_sample_has_no_key_that_the_stage_does_not_write(tmp_path):
    record = read_json(write_batches(tmp_path / "real"))
    files = write_run(Run(tmp_path / "sample"))
    for path in files["batches"]:
        assert read_json(path).keys() - record.keys() == set()


BITEXT = {"corpus": "b", "kept": 90, "dropped": {"in one language only": 10}, "licence": "MIT"}
BITEXT |= {"languages": {"en": {"kept": 90, "dropped": {}}, "th": {"kept": 80, "dropped": {"script": 3}}}}
LEFT_OUT = {"corpus": "b", "left_out": 5, "benchmarks": {"bench": 5}}
WITH_BITEXT = BATCHES | {"expected": {"mono": {}, "cross": {}}}
WITH_BITEXT |= {"bitext": {"batches": 2, "share": 0.3, "corpora": {"b": {"sentences": 82, "rows": 8}}}}


def test_sentences_of_bitext_are_kept_or_have_a_reason_and_their_batches_a_kind():
    def rows(batches):
        return flow_table([], [], [], batches, [BITEXT], [LEFT_OUT])["data"]

    assert [row for row in rows([WITH_BITEXT]) if row[0] == "bitext"] == [
        ["bitext", "b", None, None, "kept", 82],
        ["bitext", "b", None, None, "in one language only", 10],
        ["bitext", "b", None, None, "in a benchmark", 5],
        ["bitext", "b", None, None, "duplicate", 3],
    ]
    assert [row[4:] for row in rows([WITH_BITEXT]) if row[0] == "batches"] == [["mono", 3], ["cross", 3], ["bitext", 2]]
    assert [row[4:] for row in rows([]) if row[0] == "bitext"] == [
        ["kept", 85],
        ["in one language only", 10],
        ["in a benchmark", 5],
    ]


def test_the_section_counts_bitext_by_language_overlaps_and_audits():
    found = {"share": 0.25, "asked": 0.3, "low": 0.1, "high": 0.5, "batches": 2, "p": 0.8}
    audit = {"training_set": "t", "strategy": "s", "seed": 1, "bitext": {"share": found, "test": {"p": 0.25}}}
    audit["bitext"] |= dict.fromkeys(("repeated", "same_text", "strange", "one_language", "overlapping"), 0)
    texts, fetched, overlaps, audits = bitext_tables([BITEXT], [LEFT_OUT], [audit, {"training_set": "without"}])
    assert texts.rows == [["b", "en", "MIT", "90", "none"], ["b", "th", "MIT", "80", "script: 3"]]
    assert fetched.rows == []
    assert overlaps.rows == [["b", "bench", "5"]]
    assert audits.rows == [["t", "s", "1", "2", "0.250 [0.100, 0.500]", "0.3", "0.25", "0"]]
    assert bitext_in_benchmarks([LEFT_OUT]).endswith("left out of all batches: 5 of b.")
    assert bitext_in_benchmarks([LEFT_OUT | {"left_out": 0}]).endswith("left out of all batches: none.")
    assert bitext_in_benchmarks([]) == ""


def test_the_page_shows_bitext_and_the_share_of_monolingual_batches_among_the_others(tmp_path):
    files = write_run(Run(tmp_path))
    counts, overlaps = tmp_path / "counts.json", tmp_path / "overlap.json"
    write_json(BITEXT, counts)
    write_json(LEFT_OUT, overlaps)
    for path in files["batches"]:
        write_json({key: value for key, value in (read_json(path) | WITH_BITEXT).items() if key != "checksum"}, path)
    run = Files(ReportInputs(**files, bitext=[counts], bitext_overlaps=[overlaps]))
    view = build(run)
    assert view["bitext"].endswith("5 of b.")
    steps = {step.title: step for step in view["steps"]}
    assert steps["Bitext"].lines[0].kept == "82"
    assert any("bitext (2)" in line.parts for line in steps["Batches"].lines)
    [table] = [one for one in view["counts"] if one.caption.startswith("Batches")]
    assert {row[table.columns.index("Fraction monolingual")] for row in table.rows} == {"0.500"}  # 3 of 8 - 2
    page = tmp_path / "report.html"
    render_report(run.inputs, out=page)
    text = page.read_text(encoding="utf-8")
    assert "Bitext: texts of parallel sentences" in text
    assert "left out of all batches: 5 of b." in text


def test_bars_of_pairs_share_a_scale_and_end_where_their_numbers_do(tmp_path):
    steps = {step.title: step for step in flow_steps(Files(ReportInputs(**write_run(Run(tmp_path, seeds=(1, 2))))))}
    assert list(steps) == ["Corpora", "Translations", "Training sets", "Batches"]
    [corpus], [training_set] = steps["Corpora"].lines, steps["Training sets"].lines
    assert (corpus.name, corpus.made_by, corpus.total, corpus.kept) == (
        "squad, English",
        "human",
        "87\u202f599",
        "87\u202f412",
    )
    assert corpus.parts == "empty passage (12), no sentence (175)"
    assert training_set.parts == "in too few languages (1\u202f177), duplicate (253)"
    # The training set has the most pairs: 87412 + 1177 + 253.
    assert abs(sum(segment.width for segment in training_set.bar) - 100) < 0.01
    assert abs(corpus.bar[0].width - 100 * 87412 / 88842) < 0.01
    assert corpus.bar[1].start == corpus.bar[0].width
    batches = {line.name: line for line in steps["Batches"].lines}
    assert list(batches) == ["squad-11 / mono", "squad-11 / cross", "squad-11 / hybrid"]  # not each seed
    assert batches["squad-11 / hybrid"].parts == "monolingual (293), cross-lingual (307)"
    assert [segment.colour for segment in batches["squad-11 / hybrid"].bar] == ["k-mono", "k-cross"]


def test_what_is_shared_with_a_benchmark_is_said():
    shared = [{"training_set": "t", "benchmarks": {"b": {"passages": 0, "questions": 2}, "c": {}}}]
    assert shared_texts(shared) == "Overlap of training and evaluation: t shares 2 questions with b."
    assert shared_texts([]) == ""


def test_contamination_is_what_the_run_and_the_base_encoders_were_trained_on():
    overlaps = [{"training_set": "t", "benchmarks": {"b": {"passages": 0, "questions": 0}}}]
    none = "No passage or question of this run’s training sets occurs in a benchmark."
    assert contamination([], {}, ["e5"]) == []
    unknown = "The earlier training data of e5 are not known to include a benchmark."
    assert contamination(overlaps, {}, ["e5"]) == [none, unknown]
    seen = {"bge": {"b": ["squad"]}}
    first, remark, last = contamination(overlaps, seen, ["bge", "e5"])
    assert (first, last) == (none, unknown)
    assert remark.startswith("bge was trained on squad, and b is part of this data")
    assert contamination([], seen, ["bge"]) == [remark]


def test_the_mark_of_a_seen_benchmark_leads_to_the_line_on_contamination(tmp_path):
    files = write_run(Run(tmp_path))
    models = read_json(files["identities"])
    models["seen"] = {"e5-small": {"xquad-r": ["squad"]}}
    write_json({key: value for key, value in models.items() if key != "checksum"}, files["identities"])
    render_report(ReportInputs(**files), out=tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    board, data = (
        text.partition(f'<section id="{name}"')[2].partition("</section>")[0] for name in ("leaderboard", "data")
    )
    assert (
        'nor those of models trained from it. See <a class="within" href="#contamination">Contamination</a>.' in board
    )
    assert text.count('id="contamination"') == 1
    said = data.partition('id="contamination">Contamination</h3>')[2].partition("</p>")[0]
    assert (
        "No passage or question of this run’s training sets occurs in a benchmark. e5-small was trained on squad, and"
        in said
    )
