"""The one error of the corpora: where it is, what stands there, what to do."""

from json import JSONDecodeError
from os import PathLike


class CorpusError(ValueError):
    """A corpus file is not what it should be; the message names the file, the place and the value."""

    def __init__(self, path: str | PathLike[str], place: str, problem: str) -> None:
        super().__init__(f"{path}, {place}: {problem}" if place else f"{path}: {problem}")


def json_problem(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a text that is no JSON, and where in its line; some reasons end with "at" already."""
    if isinstance(error, JSONDecodeError):
        return f"not JSON ({error.msg.removesuffix(' at')} at column {error.colno})"
    return f"JSON that cannot be read ({error})"  # a number of 5000 digits, 100,000 brackets
