"""The real engine, from Debian's packages; .ci/run installs the pairs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from equilingual.translation.engines import Translation, open_engine
from equilingual.translation.engines.apertium import Apertium, flushing_programs, remove_marks, to_stream
from equilingual.translation.engines.catalogue import EngineError, apertium_mode, apertium_pairs
from equilingual.translation.translators import open_translator

SPEC = {"name": "apertium", "kind": "apertium"}


def installed(*pair):
    there = shutil.which("lt-proc") is not None and apertium_mode(*pair).exists()
    if not there and os.environ.get("CI"):
        pytest.fail(f"apt-get install {apertium_pairs()[pair][1]}")
    return there


@pytest.fixture(params=[("en", "es", "capital de Francia"), ("en", "eo", "ĉefurbo de Francio")])
def engine(request):
    source, target, phrase = request.param
    if not installed(source, target):
        pytest.skip(f"apertium has no {source} to {target} here")
    return open_engine(SPEC, source, target, threads=1), phrase


def test_one_process_answers_in_order_and_again(engine):
    engine, phrase = engine
    texts = ["What is the capital of France?", "Dogs bark", "What is the capital of France?"]
    first = engine.translate(texts)
    assert phrase in first[0].text
    assert first[0] == first[2] != first[1]
    assert engine.translate(texts[:1]) == first[:1]
    assert [answer.unknown for answer in first] == [0, 0, 0]


def test_more_than_a_pipe_holds_comes_back_whole(engine):
    engine, phrase = engine
    texts = [f"What is the capital of France? Number {n}." for n in range(4000)]
    answers = engine.translate(texts)
    assert len(answers) == 4000
    assert all(phrase in answer.text and str(n) in answer.text for n, answer in enumerate(answers))


def test_unknown_words_stay_without_their_marks_and_are_counted(engine):
    engine, _ = engine
    answer = engine.translate(["The zyxxyz sees a qwertzy."])[0]
    assert answer.unknown == 2
    assert "zyxxyz" in answer.text
    assert "qwertzy" in answer.text
    assert not set("*@#") & set(answer.text)


def test_signs_that_mean_something_to_apertium_come_through(engine):
    engine, _ = engine
    for text in ("5 * 3", "The # sign and #1", "[a] {1} <2> ^3$ 4/5 6+7 ~8 9\\9", "line 1\nline 2"):
        answer = engine.translate([text])[0].text
        for sign in set(text) - set("abcdefghijklmnopqrstuvwxyzT "):
            assert answer.count(sign) >= text.count(sign), (text, answer)  # Esperanto doubles a blank


def test_a_process_that_dies_costs_one_text_and_the_log_names_it(engine, caplog):
    engine, _ = engine
    whole = engine.translate(["The house is blue."])
    engine._programs[1].kill()
    assert engine.translate(["Dogs bark", "The house is blue."]) == [Translation(""), *whole]
    assert re.search(r"stopped while translating 'Dogs bark': .* \(-9\).* ended: no translation", caplog.text)


def test_two_texts_in_a_row_that_end_the_pipeline_are_an_error(engine):
    engine, _ = engine
    engine._programs[1].kill()
    assert engine.translate(["Dogs bark"]) == [Translation("")]
    engine._programs[1].kill()
    with pytest.raises(EngineError, match=r"stopped while translating 'Cats purr': .* \(-9\)"):
        engine.translate(["Cats purr"])


@pytest.fixture
def stand_in(tmp_path):
    """Return a function that opens a pipeline of shell scripts."""

    def start(*scripts):
        programs = []
        for script in scripts:
            program = tmp_path / f"program-{len(programs)}"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
            programs.append(str(program))
        (tmp_path / "pair.mode").write_text(" | ".join(programs))
        return Apertium(tmp_path / "pair.mode")

    return start


@pytest.mark.parametrize("last", ["", "tw", r"tw\0\0"])  # a transfer whose input ends sends zero bytes
def test_the_first_text_without_an_answer_is_named(stand_in, last, caplog):
    # The second of the pipeline answers once and ends; the first goes on waiting for texts.
    engine = stand_in("exec cat", rf"head -c 7 >/dev/null; printf 'one.[]\0{last}'; exit 3")
    ended = pids(engine)
    assert [answer.text for answer in engine.translate(["one", "x" * 61, "three"])] == ["one", "", "one"]
    assert re.search(f"stopped while translating '{'x' * 59}…': .*program-1 [(]3[)] ended: no translation", caplog.text)
    assert running(ended) == []


def test_a_pipeline_that_says_nothing_is_not_waited_for_forever(stand_in, monkeypatch):
    monkeypatch.setattr(Apertium, "patience", 0.3)
    engine = stand_in("exec sleep 1000")
    # More than a pipe holds: the writer is still at it.
    with pytest.raises(EngineError, match=r"gave no output for 0\.3 seconds, while translating 'Cats purr'"):
        engine.translate(["Dogs bark", "Cats purr", "x" * 200_000])
    assert running(pids(engine)) == []


def test_a_pair_that_is_not_installed_names_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path))
    with pytest.raises(EngineError, match="apt-get install apertium-eng-cat"):
        open_engine(SPEC, "en", "ca", threads=1)


def test_every_program_of_a_pipeline_flushes():
    mode = "lt-proc -w 'a b.bin' | cg-proc 'x' | apertium-tagger -g $2 'p' | lt-proc $1 'g.bin'\n"
    assert flushing_programs(mode) == [
        ["lt-proc", "-z", "-w", "a b.bin"],
        ["cg-proc", "-z", "x"],
        ["apertium-tagger", "-z", "-g", "p"],
        ["lt-proc", "-z", "-g", "g.bin"],
    ]


def test_the_stream_format():
    # https://wiki.apertium.org/wiki/Apertium_stream_format: reserved characters are escaped, [ ] holds formatting
    assert to_stream("a/b *c") == "a\\/b [\\*]c.[]"
    assert remove_marks("a\\/b [\\*]c *d \\@e #f ~g.[]") == ("a/b *c d e f g", 3, False)


def pids(engine):
    return [program.pid for program in engine._programs]


def running(pids):
    """Return those that run; a process that has ended may still be there until it is asked for its status."""
    found = []
    for pid in pids:
        with suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
    return found


def test_a_closed_engine_leaves_no_process(engine):
    engine, _ = engine
    assert running(pids(engine)) == pids(engine)
    engine.close()
    assert running(pids(engine)) == []


PARENT = """
import sys
from equilingual.translation.engines import open_engine
engine = open_engine({"name": "apertium", "kind": "apertium"}, "en", "es", threads=1)
engine.translate(["Dogs bark"])
print(*[program.pid for program in engine._programs], flush=True)
while sys.argv[1] == "busy":
    engine.translate(["Dogs bark."] * 1000)
sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_a_killed_job_leaves_no_process(state):
    if not installed("en", "es"):
        pytest.skip("apertium has no en to es here")
    command = [sys.executable, "-c", PARENT, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as job:
        programs = [int(pid) for pid in job.stdout.readline().split()]
        assert len(running(programs)) == len(programs) > 2
        job.kill()  # SIGKILL: nothing of the job's own can end the pipeline
    deadline = time.monotonic() + 10
    while (left := running(programs)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_english_to_asturian_through_spanish(tmp_path):
    if not (installed("en", "es") and installed("es", "ast")):
        pytest.skip("apt-get install apertium-eng-spa apertium-spa-ast")
    spec = {"name": "p", "kind": "pivot", "first": SPEC, "through": "es", "second": SPEC}
    pivot = open_translator(spec, "en", "ast", threads=1, cache=tmp_path, total=1)
    answers = pivot.translate({b"0123456789abcdef": "What is the capital of France?"})
    assert answers[b"0123456789abcdef"].text.startswith("Qué ye ")
