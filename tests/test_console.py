"""What a run prints, from the events that Snakemake logs."""

import io
import logging
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from equilingual.console import Condensed, condense, shorten_failure


@pytest.fixture
def printed():
    """Return a logger as Snakemake sets it up, condensed, and the text that it has printed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.name = "DefaultStreamHandler"
    logger = logging.Logger("test")
    logger.addHandler(handler)
    condense(logger)
    return logger, stream


def job(rule, runtime=10, output=("x",), **wildcards):
    resources = SimpleNamespace(runtime=runtime)
    return {"event": "job_info", "rule_name": rule, "wildcards": wildcards, "resources": resources, "output": output}


def test_a_rule_has_one_line_and_its_files_none(printed):
    logger, stream = printed
    logger.info("Job stats:\n…", extra={"event": "run_info", "stats": {"encode": 11, "all": 1, "total": 12}})
    logger.info("rule encode: …", extra=job("encode", model="e5", benchmark="demo"))
    logger.info(None, extra={"event": "progress", "done": 3, "total": 12})
    logger.info("rule encode: …", extra=job("encode", model="e5", benchmark="other"))
    logger.info("rule score: …", extra=job("score"))
    logger.info("rule all: …", extra=job("all", output=()))
    logger.info("Finished jobid: 3", extra={"event": "job_finished"})
    logger.info("Select jobs to execute...")
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("12 jobs of 2 rules; ")
    assert [line.split("  ", 1)[1] for line in lines[1:]] == [
        " 0 of 12 done  rule encode: e5 demo",
        " 3 of 12 done  rule score",
    ]
    logger.info(None, extra={"event": "progress", "done": 12, "total": 12})
    assert stream.getvalue().splitlines()[-1].endswith("  12 of 12 done")


def test_what_takes_long_has_a_line_each_and_others_one_in_half_a_minute():
    lines, now = [], [0.0]
    condensed = Condensed(lines.append, clock=lambda: now[0])

    def start(*arguments, **options):
        assert not condensed.filter(logging.makeLogRecord({"levelno": 20, "msg": "", **job(*arguments, **options)}))
        return len(lines)

    assert start("encode") == 1
    now[0] = 29.9
    assert start("encode") == 1
    assert start("train", runtime=1440) == 2
    assert start("train", runtime=1440) == 3
    now[0] = 59.8
    assert start("encode") == 3
    now[0] = 59.9
    assert start("encode") == 4


def test_messages_warnings_and_errors_pass(printed):
    logger, stream = printed
    logger.info("Nothing to be done")
    logger.warning("a warning")
    logger.error("Error in rule train", extra={"event": "job_error"})
    assert stream.getvalue().splitlines() == ["Nothing to be done", "a warning", "Error in rule train"]


def test_two_threads_that_print_at_once_do_not_wait_for_each_other():
    """A thread that prints holds the handler's lock, and then takes that of the output; ours must not hold the second."""
    snakemake = pytest.importorskip("snakemake.logging")
    handler = snakemake.ColorizingTextHandler(stream=io.StringIO())
    handler.name = "DefaultStreamHandler"
    logger = logging.Logger("test")
    logger.addHandler(handler)
    condense(logger)
    other = threading.Thread(target=logger.info, args=("rule encode: …",), kwargs={"extra": job("encode")}, daemon=True)
    handler.acquire()
    other.start()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        assert not handler._output_lock.locked()
        time.sleep(0.01)
    handler.release()
    other.join(10)
    assert "rule encode" in handler.stream.getvalue()


def test_a_failure_shows_the_end_of_its_log():
    head = ["Error in rule x:", "    jobid: 3", "    input: " + "a" * 1000, "Logfile x.log:", "====="]
    log = [f"line {number}" for number in range(200)]
    lines = shorten_failure("\n".join([*head, *log, "====="])).splitlines()
    assert lines[:2] == head[:2]
    assert lines[2] == head[2][:400] + " …"
    assert lines[3:5] == head[3:]
    assert lines[5] == "… (146 lines before this are in the file)"
    assert lines[6:] == [*log[146:], "====="]
    short = "\n".join([*head[:2], *head[3:], *log[:50], "====="])
    assert shorten_failure(short) == short


def test_other_handlers_are_left_alone(printed):
    logger = logging.Logger("other")
    file = logging.StreamHandler(sys.stderr)
    file.name = "DefaultLogFileHandler"
    logger.addHandler(file)
    condense(logger)
    assert not file.filters
    assert file.formatter is None
    condense(printed[0])
    assert len(printed[0].handlers[0].filters) == 1
