"""What a failed stage prints and logs, whatever its message quotes."""

import logging
import os
import subprocess
import sys
import warnings

import pytest

from equilingual.fetch import FetchError
from equilingual.logs import log_to, without_library_bars


def failed(tmp_path, error, capsys):
    """Return what a stage that raises the error writes to standard error and to its log."""
    with pytest.raises(SystemExit) as done, log_to(tmp_path / "log.txt"):
        raise error
    assert done.value.code == 1
    return capsys.readouterr().err, (tmp_path / "log.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [FetchError, OSError])
def test_what_a_server_says_cannot_steer_the_terminal(tmp_path, capsys, kind):
    error = kind("HTTP 500 \x1b]0;pwned\x07\x1b[2J\r\u202e\n2026-01-01 INFO equilingual: all is well")
    for text in failed(tmp_path, error, capsys):
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)
        assert r"HTTP 500 \x1b]0;pwned\x07\x1b[2J\r\u202e" in text
        assert "\n  2026-01-01 INFO equilingual: all is well" in text


def test_a_long_message_is_short_on_the_terminal(tmp_path, capsys):
    for text in failed(tmp_path, FetchError("it says " + "x" * 100_000 + "; do this"), capsys):
        assert len(text) < 5000
        assert "it says xxx" in text
        assert text.endswith("x; do this\n")
    written, _ = failed(tmp_path, OSError("\n".join("y" * 1000 for _ in range(1000))), capsys)
    assert "Traceback (most recent call last):" in written
    assert len(written) < 25_000


def test_half_a_character_can_be_written(tmp_path, capsys):
    assert failed(tmp_path, FetchError("a \ud83d"), capsys)[0] == "error: a \\ud83d\n"


def test_records_and_warnings_are_escaped_too(tmp_path):
    with log_to(tmp_path / "log.txt"):
        logging.getLogger("equilingual.x").warning("%s", "\x1b[2J\nERROR forged")
        warnings.warn("\x9b31m", stacklevel=1)
    text = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert r"\x1b[2J" + "\n  ERROR forged" in text
    assert r"\x9b31m" in text


def test_no_url_is_logged_or_printed_with_its_secrets(tmp_path, capsys):
    """Libraries quote URLs in their errors and warnings; none of those goes through ours."""
    for text in failed(tmp_path, OSError("404 for url: https://me:5ecret@host/a?sig=5ecret"), capsys):
        assert "404 for url: https://host/a\n" in text
        assert "5ecret" not in text
    with log_to(tmp_path / "log.txt"):
        logging.getLogger("urllib3").warning("Retrying %s", "https://host/b?sig=5ecret")
    text = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "Retrying https://host/b\n" in text
    assert "5ecret" not in text


def test_an_error_of_another_package_comes_with_its_traceback_and_fails_the_process(tmp_path, root):
    program = f"from equilingual.logs import log_to, without_library_bars\nwith log_to({str(tmp_path / 'log.txt')!r}):\n    1 / 0\n"
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_what_others_log_after_a_stage_is_as_before(tmp_path):
    before = logging.getLogger().level
    with log_to(tmp_path / "stage.log"):
        assert logging.getLogger().isEnabledFor(logging.INFO)
    assert logging.getLogger().level == before != logging.INFO


def test_warnings_of_a_stage_are_printed_and_those_of_libraries_are_not(tmp_path, capsys):
    with log_to(tmp_path / "log.txt"):
        logging.getLogger("equilingual.corpora").warning("only 0 of 96 texts look like 'de'\x1b[2J")
        logging.getLogger("equilingual.corpora").info("96 pairs")
        logging.getLogger("torch").warning("a library's")
    assert capsys.readouterr().err == "warning: only 0 of 96 texts look like 'de'\\x1b[2J\n"
    logging.getLogger("equilingual.corpora").warning("after the stage")
    assert "warning: after" not in capsys.readouterr().err


def test_bars_of_libraries_are_hidden_and_shown_again():
    from huggingface_hub.utils import are_progress_bars_disabled
    from transformers.utils import logging as library

    before = library.is_progress_bar_enabled(), are_progress_bars_disabled()
    with without_library_bars():
        assert not library.is_progress_bar_enabled()
    assert (library.is_progress_bar_enabled(), are_progress_bars_disabled()) == before
