"""A stage's log: what it did, and one clear error where it failed."""

import logging
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from equilingual.energy import energy_line, measured_energy
from equilingual.messages import for_terminal

_TRACEBACK = 20_000  # characters


class _Formatter(logging.Formatter):
    """Formats records so that what they quote, from data and from servers, can do no harm in a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return for_terminal(super().format(record), _TRACEBACK)


@contextmanager
def warnings_to_terminal() -> Iterator[None]:
    """Print this package's warnings to standard error: nobody reads the log of a stage that went well."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("warning: %(message)s"))
    handler.addFilter(lambda record: record.levelno == logging.WARNING)
    package = logging.getLogger("equilingual")
    package.addHandler(handler)
    try:
        yield
    finally:
        package.removeHandler(handler)


@contextmanager
def without_library_bars() -> Iterator[None]:
    """Hide transformers' progress bars of reading and writing weights, which last a second; downloads keep theirs."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars
    from transformers.utils import logging as library

    was_shown, was_hidden_in_hub = library.is_progress_bar_enabled(), are_progress_bars_disabled()
    library.disable_progress_bar()
    try:
        yield
    finally:
        if was_shown:
            library.enable_progress_bar()
        if was_hidden_in_hub:
            disable_progress_bars()


@contextmanager
def log_to(path: str | os.PathLike[str]) -> Iterator[None]:
    """Send log records and warnings of the block to the file ``path``, and end the process on an error.

    An error that a stage raises on purpose (a ``ValueError`` or ``RuntimeError`` of this package) is one line in
    the log and on standard error; any other comes with its traceback. An interrupted stage (Ctrl-C) says only that.
    Warnings of this package are printed to standard error, too. All of it goes through
    :func:`equilingual.messages.for_terminal`. The last line has the energy, where it can be read
    (:mod:`equilingual.energy`).
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # Libraries draw progress bars of their own over ours.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TQDM_MININTERVAL", "5")
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        with warnings.catch_warnings(), warnings_to_terminal(), measured_energy() as meter:
            yield
        if meter.joules is not None:
            logging.getLogger("equilingual").info("%s", energy_line(meter.joules))
    except KeyboardInterrupt:
        logging.getLogger("equilingual").error("interrupted")
        sys.stderr.write("interrupted; run the same command again to resume\n")
        raise SystemExit(130) from None
    except Exception as error:
        ours = type(error).__module__.startswith("equilingual.")
        text = for_terminal(error) if ours else for_terminal(traceback.format_exc(), _TRACEBACK)
        logging.getLogger("equilingual").error("%s", text)
        sys.stderr.write(f"error: {text}\n" if ours else f"{text}\n")
        raise SystemExit(1) from None
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
