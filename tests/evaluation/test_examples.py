"""Questions with what the models have first: which are chosen, and what is written of them."""

import random

import pytest
from benchmark_tables import write_tables

from equilingual.evaluation import collect_examples, examples
from equilingual.files import read_json, sha256_of, write_json
from equilingual.retrieval.trec import read_run, write_lines

TAGS = ("ar", "de", "en")
QUESTIONS = 9


def write_runs(folder, lists):
    """Write ``all.trec.gz`` of a model: its candidates per query, best first."""
    lines = [
        f"{query} Q0 {key} {n} {1 - n / 100} m\n" for query, keys in lists.items() for n, key in enumerate(keys, 1)
    ]
    folder.mkdir(parents=True)
    write_lines(folder / "all.trec.gz", lines)
    write_json({"files": {"all.trec.gz": {"sha256": sha256_of(folder / "all.trec.gz")}}}, folder / "manifest.json")
    return folder


@pytest.fixture
def run(tmp_path):
    """A benchmark of nine questions in three languages, with the runs of a base encoder and a trained model.

    Question n has n - 3 more correct candidates in the trained model's lists (at 0 and 8, none), in each language.
    """
    names = [f"q{n}" for n in range(QUESTIONS)]
    candidates = [(f"{tag}_{n}", tag) for tag in TAGS for n in range(40)]
    qrels = [(name, f"{tag}_{n * 4 + k}") for n, name in enumerate(names) for tag in TAGS for k in range(4)]
    write_tables(
        tmp_path / "b", candidates=candidates, queries=[(name, tag) for tag in TAGS for name in names], qrels=qrels
    )
    rng = random.Random(1)

    def lists(correct):
        found = {}
        for tag in TAGS:
            for n in range(QUESTIONS):
                right = [key for name, key in qrels if name == names[n]]
                wrong = [key for key, _ in candidates if key not in right]
                first = right[: correct[n]] + rng.sample(wrong, 10 - correct[n])
                rng.shuffle(first)
                found[f"{tag}_{names[n]}"] = first + rng.sample(sorted({*right, *wrong} - set(first)), 5)
        return found

    base, trained = [4, 4, 4, 4, 4, 4, 4, 4, 5], [4, 2, 3, 4, 5, 6, 7, 8, 5]
    runs = {name: write_runs(tmp_path / name, lists(correct)) for name, correct in (("e", base), ("e__m", trained))}
    return {
        "name": "b",
        "runs": runs,
        "bases": {"e__m": "e"},
        "benchmark": tmp_path / "b",
        "out": tmp_path / "out.json",
    }


def collect(run, questions=2, seed=7):
    collect_examples(**run, questions=questions, seed=seed)
    return read_json(run["out"])


def test_the_first_ten_are_those_of_the_run_files(run):
    found = collect(run, questions=QUESTIONS)
    assert [one["id"] for one in found["questions"]] == [f"q{n}" for n in range(QUESTIONS)]
    for model, folder in run["runs"].items():
        expected = read_run(folder / "all.trec.gz")
        for question, lists in zip(found["questions"], found["models"][model]["hits"], strict=True):
            for tag, hits in zip(question["texts"], lists, strict=True):
                keys = [key for key, _ in expected[f"{tag}_{question['id']}"]][:10]
                assert [found["candidates"]["id"][number] for number in hits] == keys


def test_what_is_correct_and_the_texts_are_those_of_the_benchmark(run):
    found = collect(run)
    candidates = found["candidates"]
    for question in found["questions"]:
        n = int(question["id"][1:])
        right = {f"{tag}_{n * 4 + k}" for tag in TAGS for k in range(4)}
        shown = {candidates["id"][hit] for one in found["models"].values()
                 for hits in one["hits"][found["questions"].index(question)] for hit in hits}  # fmt: skip
        marked = {candidates["id"][number] for number in question["relevant"]}
        assert shown & right <= marked <= right
        assert question["texts"] == dict.fromkeys(TAGS, question["id"])
    assert candidates["language"] == [key.partition("_")[0] for key in candidates["id"]]
    assert candidates["text"] == candidates["id"]  # as benchmark_tables writes them
    assert len(set(candidates["id"])) == len(candidates["id"])


def test_the_extremes_of_all_questions_are_added_to_the_sample(run):
    found = collect(run, questions=1)
    ids = [one["id"] for one in found["questions"]]
    about = found["models"]["e__m"]
    # Gains, by question: 0 -2 -1 0 1 2 3 4 0, of which the median is 0: the last of q0, q3 and q8
    assert [ids[about[kind]] for kind in ("gain", "loss", "median")] == ["q7", "q1", "q8"]
    assert "gain" not in found["models"]["e"]
    assert (found["sampled"], found["of"]) == (1, QUESTIONS)
    assert 3 <= len(ids) <= 4
    assert ids == sorted(ids)


def test_wins_are_counted_of_all_questions_for_every_two_models(run):
    run["runs"]["copy"] = run["runs"]["e"]
    found = collect(run, questions=1)
    wins = {name: model["wins"] for name, model in found["models"].items()}
    # Gains of e__m, by question: 0 -2 -1 0 1 2 3 4 0
    assert wins == {"e": {"e__m": 2, "copy": 0}, "e__m": {"e": 4, "copy": 4}, "copy": {"e": 0, "e__m": 2}}
    assert found["of"] == QUESTIONS > len(found["questions"])


def test_a_question_counts_once_by_the_mean_of_its_languages(run, tmp_path):
    """Questions that a model has nothing for do not count."""
    correct = {"a": {"q0": (1, 1, 1), "q1": (2, 2, 2), "q2": (3, 3, 3), "q3": (1, 1, 1)},
               "b": {"q0": (4, 0, 0), "q1": (3, 2, 1), "q2": (0, 4, 4)}}  # fmt: skip
    runs = {}
    for model, questions in correct.items():
        lists = {}
        for name, counts in questions.items():
            for tag, count in zip(TAGS, counts, strict=True):
                first = int(name[1:]) * 4
                right, wrong = ([f"{tag}_{n}" for n in range(start, start + 10)] for start in (first, 25))
                lists[f"{tag}_{name}"] = right[:count] + wrong[count:]
        runs[model] = write_runs(tmp_path / "runs" / model, lists)
    found = collect(run | {"runs": runs, "bases": {}})
    assert {name: model["wins"] for name, model in found["models"].items()} == {"a": {"b": 1}, "b": {"a": 1}}
    assert found["of"] == 3


def test_another_seed_draws_others_and_the_same_draws_the_same(run):
    run["bases"] = {}
    drawn = {seed: [one["id"] for one in collect(run, 4, seed)["questions"]] for seed in (1, 2, 3, 1)}
    assert all(len(set(ids)) == 4 for ids in drawn.values())
    assert len(set(map(tuple, drawn.values()))) > 1
    assert drawn[1] == [one["id"] for one in collect(run, 4, 1)["questions"]]


@pytest.mark.parametrize(
    ("rows", "asked", "drawn"),
    [
        (24, 9, 8),  # three languages: 24 / 3
        (24, 5, 5),
        (3, 9, 2),  # no fewer than two
        (27, 9, 9),
    ],
)
def test_fewer_questions_are_drawn_in_more_languages(run, monkeypatch, rows, asked, drawn):
    monkeypatch.setattr(examples, "ROWS_DRAWN", rows)
    monkeypatch.setattr(examples, "FEWEST_DRAWN", 2)
    run["bases"] = {}
    found = collect(run, asked)
    assert found["sampled"] == len(found["questions"]) == drawn


@pytest.mark.parametrize("models", [0, 2])
def test_no_questions_are_an_empty_file(run, models):
    run["runs"] = dict(list(run["runs"].items())[:models])
    run["bases"] = run["bases"] if models else {}
    found = collect(run, questions=0 if models else 5)
    assert (found["questions"], found["candidates"]["id"], found["of"]) == ([], [], 0)


def test_a_question_without_an_answer_of_a_model_is_left_out(run, tmp_path):
    lists = {query: [key for key, _ in hits] for query, hits in read_run(run["runs"]["e"] / "all.trec.gz").items()}
    run["runs"]["e"] = write_runs(tmp_path / "few", {query: keys for query, keys in lists.items() if "q4" not in query})
    found = collect(run, questions=QUESTIONS)
    assert [one["id"] for one in found["questions"]] == [f"q{n}" for n in range(QUESTIONS) if n != 4]
    empty = write_runs(tmp_path / "none", {})
    assert collect(run | {"runs": {"e": empty}, "bases": {}})["questions"] == []
