"""The table of ratios to peers: what is taken from each benchmark's lines, and what a slower one does."""

import json

import pytest


@pytest.fixture(scope="module")
def run(load_benchmark):
    return load_benchmark("run")


@pytest.fixture
def script(run, tmp_path, monkeypatch):
    """Return a function that writes a benchmark of some lines, and counts its runs in a file beside it."""

    def write(*lines, status=0):
        text = "\n".join(json.dumps(line) for line in lines)
        (tmp_path / "one.py").write_text(
            f"open({str(tmp_path / 'runs')!r}, 'a').write('x')\nprint('warming up', 1)\nprint({{'train_runtime': '1.2'}})\nprint({text!r})\n"
            f"raise SystemExit({status})\n",
            encoding="utf-8",
        )
        return lambda: len((tmp_path / "runs").read_text())

    monkeypatch.setattr(run, "HERE", tmp_path)
    return write


def benchmark(run, ratio=None, **changes):
    values = {"name": "training", "peer": "theirs", "command": ("one.py", "ENCODER"), "target": 1.4}
    return run.Benchmark(**{**values, "ratio": ratio or run.printed, **changes})


def test_the_ratio_is_what_the_benchmark_prints(run, script):
    script({"threads": 2}, {"ratio": 1.5})
    (found,) = run.measure([benchmark(run)], None, {})
    assert (found.ratio, found.verdict, found.is_lost) == (1.5, "reached", False)
    (found,) = run.measure([benchmark(run, target=1.51)], None, {})
    assert found.verdict == "**missed**"
    (found,) = run.measure([benchmark(run, target=None)], None, {})
    assert found.verdict == ""


def test_ratios_of_one_command_are_of_one_run(run, script):
    runs = script(
        {"way": "ours, float32", "ratios": {"32": 1.4, "64": 1.6}}, {"way": "ours, int8", "ratios": {"32": 3}}
    )
    names = ("float32", "int8")
    found = run.measure([benchmark(run, run.of_encoding(name), name=name) for name in names], None, {})
    assert [one.ratio for one in found] == [1.4, 3.0]
    assert runs() == 1


def test_samplers_are_compared_with_the_fastest_of_theirs_that_promises_as_much(run):
    line = {
        "no_duplicates": 10.0,
        "no_duplicates_hashed": 40.0,
        "proportional": 200.0,
        "ours_nine_languages_read": 1000.0,
    }
    assert run.of_samplers([line]) == 25.0


def test_evaluation_is_compared_with_each_peer(run):
    lines = [{"way": "ours"}, {"way": "ir_measures", "ratio": 41.0}, {"way": "ranx", "ratio": 132.0}, {"way": "ours"}]
    assert [run.of_evaluation(peer)(lines) for peer in ("ir_measures", "ranx")] == [41.0, 132.0]


@pytest.mark.parametrize(("before", "is_lost"), [(1.8, False), (1.9, True)])  # 0.8 × 1.875 = 1.5
def test_a_ratio_that_lost_more_than_a_fifth_is_marked(run, script, before, is_lost):
    script({"ratio": 1.5})
    (found,) = run.measure([benchmark(run)], None, {("training", "theirs"): before})
    assert found.is_lost == is_lost
    assert found.verdict == ("reached, **slower than before**" if is_lost else "reached")


def test_a_table_is_read_as_it_was_written(run, script):
    script({"ratio": 123.44})
    marks = [benchmark(run), benchmark(run, name="other", command=("missing.py",))]
    found = list(run.measure(marks, None, {("training", "theirs"): 120.0}))
    page = run.table(found, "About.")
    assert run.read_table(page) == {("training", "theirs"): 123.4}
    assert "| training | theirs | 123.4 | 1.40 | 120.0 | reached |" in page.splitlines()
    assert "| other | theirs |  | 1.40 |  | not measured: it ended with status 2 |" in page.splitlines()


def test_what_needs_the_corpora_says_so_without_them(run, script, tmp_path, monkeypatch):
    script({"ratio": 2.0})
    monkeypatch.setattr(run, "MIRROR", tmp_path / "missing")
    (found,) = run.measure([benchmark(run, needs_mirror=True)], None, {})
    assert found.verdict == "not measured: it needs the mirror of the corpora"


def test_the_encoder_is_passed_where_a_benchmark_takes_one(run, script, tmp_path, capsys):
    script({"ratio": 2.0})
    list(run.measure([benchmark(run)], tmp_path / "e5", {}))
    assert capsys.readouterr().out.splitlines()[0].endswith("one.py " + str(tmp_path / "e5"))
    list(run.measure([benchmark(run)], None, {}))
    assert capsys.readouterr().out.splitlines()[0] == "python benchmarks/one.py"


def test_every_benchmark_has_a_file_and_a_key_of_its_own(run, root):
    assert all((root / "benchmarks" / one.command[0]).is_file() for one in run.BENCHMARKS)
    keys = [(one.name, one.peer) for one in run.BENCHMARKS]
    assert len(set(keys)) == len(keys)


def test_the_page_says_which_machine_and_versions_and_which_peer_is_missing(run, monkeypatch):
    monkeypatch.setattr(run, "PACKAGES", ("torch", "no-such-peer"))
    text = run.about(None)
    assert "an encoder of E5-small's shape with random weights" in text
    assert f"torch {run.version('torch')}, no-such-peer (not installed)." in text
