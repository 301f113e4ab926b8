"""What a run prints: a line where a rule begins, in place of ten for every job. Snakemake's log file has the rest.

The events and their fields are those of Snakemake's logger plugins; nothing of Snakemake is imported.
"""

import logging
import time
from collections.abc import Callable

_INTERVAL = 30  # seconds: between two lines of a rule that is known already
_LONG = 720  # minutes: a job that may take longer always has a line
_LINES = 60  # of a failed job: the rule, and the end of its log
_WIDTH = 400  # characters of a line that lists a failed job's files
_LEFT_OUT = {"workflow_started", "resources_info", "job_started", "job_finished", "shellcmd", "progress"}
_CHATTER = ("Select jobs to execute", "Using shell:", "Conda environments: ignored")


class Condensed(logging.Filter):
    """Lets through what a user must read, and counts the jobs.

    Every rule has a line at its first job, and every job that may take long; of the others one in half a minute.
    Warnings and errors pass as they are.

    Args:
        say: prints a line.
        clock: seconds from any start.

    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._say, self._clock = say, clock
        self._done, self._total = 0, 0
        self._known: set[str] = set()
        self._last = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is printed as it is; a line of ours may be printed in its place."""
        event = str(getattr(record, "event", None) or "")
        if event == "run_info":
            self._begin(record.__dict__.get("stats") or {})
        elif event == "progress":
            self._done, self._total = record.__dict__["done"], record.__dict__["total"]
            if self._done == self._total:
                self._say(f"{time.strftime('%H:%M:%S')}  {self._progress}")
        elif event == "job_info":
            self._job(record.__dict__)
        if record.levelno > logging.INFO:
            return True
        return event not in {"run_info", "job_info", *_LEFT_OUT} and not str(record.msg).startswith(_CHATTER)

    def _begin(self, stats: dict[str, int]) -> None:
        self._total = stats.get("total", 0)
        rules = len(stats.keys() - {"total"})
        jobs = "1 job" if self._total == 1 else f"{self._total} jobs of {rules} rules"
        self._say(f"{jobs}; --printshellcmds prints every job with its files")

    def _job(self, job: dict[str, object]) -> None:
        name, now = str(job["rule_name"]), self._clock()
        runtime = getattr(job.get("resources"), "runtime", 0)
        is_long = isinstance(runtime, int) and runtime >= _LONG
        is_target = not job.get("output")  # such as 'all'
        if is_target or (name in self._known and not is_long and now - self._last < _INTERVAL):
            return
        self._known.add(name)
        self._last = now
        wildcards = job.get("wildcards")
        of = " ".join(map(str, wildcards.values())) if isinstance(wildcards, dict) else ""
        self._say(f"{time.strftime('%H:%M:%S')}  {self._progress}  rule {name}{f': {of}' if of else ''}")

    @property
    def _progress(self) -> str:
        return f"{self._done:{len(str(self._total))}} of {self._total} done"


class _ShortFailures(logging.Formatter):
    """Formats as another formatter does, and shortens what a failed job prints: its lists of files, and its log."""

    def __init__(self, other: logging.Formatter) -> None:
        super().__init__()
        self._other = other

    def format(self, record: logging.LogRecord) -> str:
        text = self._other.format(record)
        return shorten_failure(text) if str(getattr(record, "event", None)) in ("job_error", "group_error") else text


def shorten_failure(text: str) -> str:
    """Return what Snakemake says of a failed job with long lists of files cut, and of a long log the end alone."""
    lines = [
        f"{line[:_WIDTH]} …" if len(line) > _WIDTH and line.lstrip().startswith(("input:", "output:")) else line
        for line in text.splitlines()
    ]
    if len(lines) <= _LINES:
        return "\n".join(lines)
    start = next((number for number, line in enumerate(lines) if line.startswith("Logfile ")), 0) + 2
    gone = len(lines) - _LINES
    return "\n".join([*lines[:start], f"… ({gone} lines before this are in the file)", *lines[start + gone :]])


def condense(logger: logging.Logger) -> None:
    """Make Snakemake's own output to the terminal short; its log file and plugins stay as they are."""
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler" and not any(isinstance(f, Condensed) for f in handler.filters):
            handler.addFilter(Condensed(_printer(handler)))
            handler.setFormatter(_ShortFailures(handler.formatter or logging.Formatter()))


def _printer(handler: logging.Handler) -> Callable[[str], None]:
    def say(text: str) -> None:
        # handle() takes the handler's lock first. Snakemake's handler takes a lock of its own in emit(), and the first
        # one again in flush(): with emit() alone, two threads that print at once can wait for each other for ever.
        handler.handle(logging.makeLogRecord({"msg": text, "levelno": logging.INFO, "levelname": "INFO"}))

    return say
