"""Apertium: rule-based engines from Debian's packages, one long-lived process per pair.

The pipeline is that of the pair's mode file, run with ``-z`` in every program (null-flush: an answer comes as soon
as a text ends with a zero byte). The ``apertium`` command itself does not pass the option on in its text formats
(measured on 3.8.3: no answer before the end of the input), so the mode file is read here.
"""

import logging
import os
import re
import select
import shlex
import shutil
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from equilingual.messages import shown
from equilingual.translation.engines import Translation
from equilingual.translation.engines.catalogue import EngineError, EngineSpec, apertium_mode, apertium_pairs

logger = logging.getLogger(__name__)

# The characters that mean something in Apertium's stream format. Four of them come out unescaped, or as if they were
# marks, when they go in escaped ("C#" is fine, "the # sign" is not), so those go in as formatting, which is left alone.
_SPECIAL = re.compile(r"([\\^$/<>{}+\[\]])|([*@#~])")
_TOKEN = re.compile(r"\[((?:\\.|[^\]\\])*)\]|\\?([*@#])|\\(.)|~", re.DOTALL)
# As apertium-destxt does: a sentence end, so that the tagger sees one, and an empty blank by which it is found again.
_END = ".[]"


class Apertium:
    """One pair's pipeline, which lives as long as the object.

    Unknown words are left as they are; the marks that Apertium puts on them (``*`` not analysed, ``@`` not
    translated, ``#`` not generated) are removed and counted.
    """

    # No program of the pipeline has a window; a text in pieces of this many characters keeps answers prompt.
    window = 10_000
    by_sentence = False
    batch = 50_000
    patience = 300  # seconds without any output; a text of a window's length takes less than one

    def __init__(self, mode: Path) -> None:
        self._mode = mode
        self._has_just_ended = False  # at the last text
        self._start()

    def _start(self) -> None:
        # Not by a shell: it would hold the output open, and the end of a program would not be seen.
        self._programs: list[subprocess.Popen[bytes]] = []
        commands = flushing_programs(self._mode.read_text(encoding="utf-8"))
        self._names = [name for name, *_ in commands]
        for command in commands:
            before = self._programs[-1] if self._programs else None
            program = subprocess.Popen(
                command,
                stdin=before.stdout if before else subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
            if before:
                _pipe(before.stdout).close()
            self._programs.append(program)
        self._input, self._output = _pipe(self._programs[0].stdin), _pipe(self._programs[-1].stdout)
        self._unread = b""
        self._answers = select.poll()
        self._answers.register(self._output, select.POLLIN)

    def length(self, text: str) -> int:
        """Return the number of characters."""
        return len(text)

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Return the translations, in the order of ``texts``.

        A text that ends one of the programs (``apertium-postchunk`` crashes on some, measured on 3.8.3) has an empty
        translation, and the log names it; the pipeline starts again after it.

        Raises:
            EngineError: two texts in a row end the pipeline: it is not the texts.

        """
        answers: list[Translation] = []
        while len(answers) < len(texts):
            before = len(answers)
            error = self._answer(texts[before:], answers)
            if error is not None:
                if self._has_just_ended and len(answers) == before:
                    raise error
                logger.warning("%s: no translation", error)
                answers.append(Translation(""))
                self._start()
            self._has_just_ended = error is not None
        return answers

    def _answer(self, texts: Sequence[str], answers: list[Translation]) -> EngineError | None:
        """Add the answers to ``answers``; return what has stopped the pipeline before the last of them."""
        # Written from a thread: a pipe holds 64 kB, and the answers of a large batch are more.
        writer = threading.Thread(target=self._write, args=(texts,), daemon=True)
        writer.start()
        try:
            for text in texts:
                answers.append(remove_marks(self._read(text)))
        except EngineError as error:
            return error
        finally:
            writer.join()
        return None

    def _write(self, texts: Sequence[str]) -> None:
        try:
            for text in texts:
                self._input.write((to_stream(text) + "\0").encode())
            self._input.flush()
        except BrokenPipeError:
            pass  # the reader sees the end of the answers and says so

    def _read(self, text: str) -> str:
        """Return the next answer, that to ``text``."""
        asked = shown(text)
        while b"\0" not in self._unread:
            if not self._answers.poll(1000 * self.patience):
                self._kill()
                raise EngineError(f"apertium gave no output for {self.patience} seconds, while translating {asked}")
            # Not from the file object: what it has read ahead would not be polled.
            more = os.read(self._output.fileno(), 65_536)
            if not more:
                raise EngineError(f"apertium stopped while translating {asked}: {self._ended()}")
            self._unread += more
        answer, _, self._unread = self._unread.partition(b"\0")
        # When a program has ended, those after it still send some zero bytes: no answers, and without the end.
        if not answer.endswith(b"[]"):  # a rule may have taken the sentence end
            raise EngineError(f"apertium stopped while translating {asked}: {self._ended()}")
        return answer.decode()

    def close(self) -> None:
        """End the pipeline."""
        try:
            self._input.close()
            for program in self._programs:
                program.wait(timeout=10)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._kill()

    def _ended(self) -> str:
        """Return which programs ended of themselves, with their exit statuses; the others are killed."""
        with suppress(subprocess.TimeoutExpired):  # the output is closed a moment before the end
            self._programs[-1].wait(timeout=1)
        ended = [
            f"{name} ({program.returncode})"
            for name, program in zip(self._names, self._programs, strict=True)
            if program.poll() is not None
        ]
        self._kill()
        return f"{', '.join(ended) or 'no program'} ended"

    def _kill(self) -> None:
        for program in self._programs:
            program.kill()
            program.wait()

    def __del__(self) -> None:
        if any(program.poll() is None for program in getattr(self, "_programs", ())):
            self.close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return an end of a program's pipe, which is there because it was asked for."""
    assert stream is not None
    return stream


def flushing_programs(mode: str) -> list[list[str]]:
    """Return the programs of a mode file's pipeline, each with ``-z``, and unknown words marked."""
    programs = [shlex.split(program) for program in mode.replace("$1", "-g").replace("$2", "").split(" | ")]
    return [[name, "-z", *arguments] for name, *arguments in programs]


def to_stream(text: str) -> str:
    """Return a text in Apertium's stream format; a zero byte in it becomes a space."""
    return (
        _SPECIAL.sub(lambda match: f"\\{match[1]}" if match[1] else f"[\\{match[2]}]", text.replace("\0", " ")) + _END
    )


def remove_marks(answer: str) -> Translation:
    """Return an answer as plain text, and how many words it marks as unknown."""
    text = answer.removesuffix(_END)
    # A mark comes out escaped where transfer took it for a part of the word; the source's own signs never do.
    unknown = sum(1 for match in _TOKEN.finditer(text) if match[2])
    plain = _TOKEN.sub(lambda match: match[3] or (match[1] or "").replace("\\", ""), text)
    return Translation(plain, unknown)


def open_engine(spec: EngineSpec, source: str, target: str, *, threads: int) -> Apertium:
    """Return the pipeline of a pair, started."""
    mode = apertium_mode(source, target)
    if shutil.which("lt-proc") is None or not mode.exists():
        package = apertium_pairs()[source, target][1]
        raise EngineError(f"apertium's {source}-{target} data are not installed: apt-get install {package}")
    return Apertium(mode)
