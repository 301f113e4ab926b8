"""The command line: arguments, exit statuses, and errors of one line."""

import json
import re
import subprocess
import sys

import pytest
from small_benchmark import write_small_benchmark
from tiny import write_tiny_encoder

import equilingual
from equilingual.command import main
from equilingual.evaluation.scores import COLUMNS


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working directory of its own, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EQUILINGUAL_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_evaluate_prints_the_scores_and_writes_what_is_asked_for(here, capsys):
    write_small_benchmark(here / "small")
    assert main(["evaluate", "bm25", "--benchmark", "small", "--csv", "out/s.csv", "--report", "out/r.html"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("bm25 on small: 2 languages (de, en)\n")
    assert said.endswith("wrote out/s.csv\nwrote out/r.html\n")
    assert (here / "out/s.csv").read_text().splitlines()[0] == ",".join(COLUMNS)
    assert "bm25 on small" in (here / "out/r.html").read_text()


@pytest.fixture
def tiny(here):
    """The folder of the tiny encoder. Libraries are imported here: their handlers keep the stream of that time."""
    return write_tiny_encoder(here / "tiny")


def test_long_texts_and_weights_print_nothing_of_the_libraries(here, tiny, capfd):
    write_small_benchmark(here / "small")
    corpus = here / "small/en/corpus.jsonl"
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    rows[0]["text"] += " lighthouse" * 500
    corpus.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    assert main(["evaluate", str(tiny), "--benchmark", "small", "--query-length", "9", "--passage-length", "32"]) == 0
    said = re.split(r"[\r\n]", capfd.readouterr().err)
    assert [line for line in said if line and "texts/s" not in line] == []


def test_options_are_handed_on(monkeypatch, capsys):
    asked = {}

    def evaluate(*arguments, **options):
        asked.update(options, arguments=arguments)
        return "scores"

    monkeypatch.setattr(equilingual, "evaluate", lambda *a, **o: _Scores(evaluate(*a, **o)))
    words = "evaluate m --languages en,de --debias center,lir --query-prompt q: --query-length 7 --precision int8"
    assert main([*words.split(), "--mirror", "files", "--cache", "kept"]) == 0
    assert asked == {
        "arguments": ("m", "xquad-r"),
        "languages": ["en", "de"],
        "debias": ["center", "lir"],
        "encoder": {"query_prompt": "q:", "query_length": 7},
        "encoding": {"precision": "int8"},
        "mirror": "files",
        "cache": "kept",
    }
    assert capsys.readouterr().out == "scores\n"


class _Scores(str):
    """Scores that are only printed."""

    to_csv = report = None


def test_errors_are_one_line_and_a_status(here, capsys):
    for words, says in (
        (["evaluate", "bm52"], "did you mean 'bm25'?"),
        (["evaluate", "bm25", "--benchmark", "xquad"], "did you mean 'xquad-r'?"),
        (["init", "nowhere"], "nowhere does not exist"),
    ):
        assert main(words) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("equilingual: ")
        assert says in err
        assert len(err.splitlines()) == 1


def test_check_says_what_is_wrong_and_exits_with_1(here, capsys):
    (here / "my.yaml").write_text("titel: x\n")
    assert main(["check", "my.yaml"]) == 1
    assert "titel: unknown key" in capsys.readouterr().out


def test_init_says_how_to_go_on_where_the_environment_is_not_active(here, capsys, monkeypatch):
    (here / "faq.en.csv").write_text("question,passage\n" + "What is it?,It is that.\n" * 9)
    folder = here / "env" / "bin"
    folder.mkdir(parents=True)
    (folder / "equilingual").touch()
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.setenv("PATH", "")
    assert main(["init"]) == 0
    said = capsys.readouterr().out
    assert "check it:  env/bin/equilingual check my.yaml" in said
    assert "run it:    snakemake --cores all" in said


def test_init_writes_what_check_takes(here, capsys):
    rows = [{"id": str(n), "question": f"How far is star {n}?", "passage": f"Star {n} is far away."} for n in range(70)]
    for tag in ("en", "de"):
        (here / f"faq.{tag}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["init"]) == 0
    assert main(["check", "my.yaml"]) == 0
    assert "no errors" in capsys.readouterr().out
    assert main(["init"]) == 1
    assert "my.yaml exists" in capsys.readouterr().err
    assert main(["init", "--force"]) == 0


def test_a_fault_of_ours_shows_its_traceback(monkeypatch, here):
    def fail(*arguments):
        raise ValueError("a fault")

    monkeypatch.setattr("equilingual.command.check.check_configuration", fail)
    with pytest.raises(ValueError, match="a fault"):
        main(["check", "my.yaml"])


def test_help_and_wrong_arguments(capsys):
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("init", "check", "evaluate", "examples:"))
    with pytest.raises(SystemExit) as done:
        main(["evaluate"])
    assert done.value.code == 2


def test_the_module_is_the_command(root):
    command = [sys.executable, "-m", "equilingual", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={"PYTHONPATH": str(root / "src")})
    assert done.stdout == f"equilingual {equilingual.__version__}\n"
