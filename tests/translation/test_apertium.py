"""The real engine, from Debian's packages; .ci/run installs the pairs."""

import os
import shutil
import signal

import pytest

from equilingual.translation.engines import open_engine
from equilingual.translation.engines.apertium import Apertium, flushing_pipeline, remove_marks, to_stream
from equilingual.translation.engines.catalogue import EngineError, apertium_mode, apertium_pairs

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


def test_a_process_that_dies_is_said(engine):
    engine, _ = engine
    os.killpg(engine._process.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="stopped with exit status"):
        engine.translate(["Dogs bark"])


def test_a_pair_that_is_not_installed_names_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path))
    with pytest.raises(EngineError, match="apt-get install apertium-eng-cat"):
        open_engine(SPEC, "en", "ca", threads=1)


def test_every_program_of_a_pipeline_flushes():
    mode = "lt-proc -w 'a b.bin' | cg-proc 'x' | apertium-tagger -g $2 'p' | lt-proc $1 'g.bin'\n"
    assert flushing_pipeline(mode) == (
        "lt-proc -z -w 'a b.bin' | cg-proc -z 'x' | apertium-tagger -z -g  'p' | lt-proc -z -g 'g.bin'"
    )


def test_the_stream_format():
    # https://wiki.apertium.org/wiki/Apertium_stream_format: reserved characters are escaped, [ ] holds formatting
    assert to_stream("a/b *c") == "a\\/b [\\*]c.[]"
    assert remove_marks("a\\/b [\\*]c *d \\@e #f ~g.[]") == ("a/b *c d e f g", 3, False)


def test_a_killed_pipeline_leaves_no_process(engine):
    engine, _ = engine
    process = engine._process
    assert isinstance(engine, Apertium)
    engine.close()
    assert process.poll() is not None


def test_english_to_asturian_through_spanish():
    if not (installed_quietly("en", "es") and installed_quietly("es", "ast")):
        pytest.skip("apt-get install apertium-eng-spa apertium-spa-ast")
    pivot = open_engine(
        {"name": "p", "kind": "pivot", "first": SPEC, "through": "es", "second": SPEC}, "en", "ast", threads=1
    )
    assert pivot.translate(["What is the capital of France?"])[0].text.startswith("Qué ye ")


def installed_quietly(source, target):
    return shutil.which("lt-proc") is not None and apertium_mode(source, target).exists()
