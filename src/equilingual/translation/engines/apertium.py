"""Apertium: rule-based engines from Debian's packages, one long-lived process per pair.

The pipeline is that of the pair's mode file, run with ``-z`` in every program (null-flush: an answer comes as soon
as a text ends with a zero byte). The ``apertium`` command itself does not pass the option on in its text formats
(measured on 3.8.3: no answer before the end of the input), so the mode file is read here.
"""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from equilingual.translation.engines import Translation
from equilingual.translation.engines.catalogue import EngineError, EngineSpec, apertium_mode, apertium_pairs

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
    batch = 50_000

    def __init__(self, mode: Path) -> None:
        pipeline = mode.read_text(encoding="utf-8")
        self._process = subprocess.Popen(  # the mode file is a shell pipeline
            ["sh", "-c", flushing_pipeline(pipeline)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            start_new_session=True,  # the shell and its programs are one group
        )

    def length(self, text: str) -> int:
        """Return the number of characters."""
        return len(text)

    def translate(self, texts: Sequence[str]) -> list[Translation]:
        """Return the translations, in the order of ``texts``."""
        # Written from a thread: a pipe holds 64 kB, and the answers of a large batch are more.
        writer = threading.Thread(target=self._write, args=(texts,), daemon=True)
        writer.start()
        answers = [self._read() for _ in texts]
        writer.join()
        return [remove_marks(answer) for answer in answers]

    def _write(self, texts: Sequence[str]) -> None:
        try:
            for text in texts:
                self._process.stdin.write((to_stream(text) + "\0").encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the reader sees the end of the answers and says so

    def _read(self) -> str:
        answer = bytearray()
        while (byte := self._process.stdout.read(1)) != b"\0":
            if not byte:
                raise EngineError(f"apertium stopped with exit status {self._process.wait()}")
            answer += byte
        return answer.decode()

    def close(self) -> None:
        """End the pipeline."""
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def __del__(self) -> None:
        if hasattr(self, "_process") and self._process.poll() is None:
            self.close()


def flushing_pipeline(mode: str) -> str:
    """Return a mode file's pipeline with ``-z`` in every program, and unknown words marked."""
    programs = mode.strip().replace("$1", "-g").replace("$2", "").split(" | ")
    return " | ".join(re.sub(r"^\s*(\S+)", r"\1 -z", program) for program in programs)


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
        raise EngineError(f"apertium has no {source} to {target} here: apt-get install {package}")
    return Apertium(mode)
