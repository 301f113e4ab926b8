"""The objects of a JSON file that is one array, one after the other: a file of any size is read in pieces."""

import io
import json
import re
from collections.abc import Iterator
from typing import IO

from equilingual.corpora.errors import DECODER, CorpusError, FilePath, json_problem
from equilingual.corpora.lines import LONGEST, not_utf8, open_bytes, telling_damage, too_long
from equilingual.messages import shown

_PIECE = 1 << 20  # characters
_BETWEEN = re.compile(r"\s*,?\s*")
_TOKEN = 16  # no word or escape of JSON is longer: an error farther from the end is not due to a truncated text


def read_array(path: FilePath, longest: int = LONGEST) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield (entry and its number from 1, object); no more than an entry and a piece of the file is held.

    Raises:
        CorpusError: the file cannot be read, is no array of objects, or has an entry of more than ``longest``
            characters.

    """
    with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(_entries(path, file, longest), start=1):
            if not isinstance(row, dict):
                raise CorpusError(path, f"entry {number}", f"not a JSON object: {shown(row)}")
            yield f"entry {number}", row


def _entries(path: FilePath, file: IO[str], longest: int) -> Iterator[object]:
    number, text = 0, _more(path, file, 0, "").lstrip()
    if not text.startswith("["):
        hint = "; for one object per line set the format jsonl, or name the file .jsonl"
        raise CorpusError(path, "", f"not a JSON array: {shown(text)}{hint}")
    start = 1
    while True:
        start = _after(_BETWEEN, text, start)
        if text.startswith("]", start):
            break
        place = f"entry {number + 1}"
        try:
            row, end = DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            held = text[start:]
            if len(held) > longest:
                raise CorpusError(path, place, too_long(longest)) from error
            text = held if _is_wrong(error, text) else _more(path, file, number, held)
            if text == held:
                raise CorpusError(path, place, f"not JSON ({error.msg}): {shown(text)}") from error
            start = 0
            continue
        except (ValueError, RecursionError) as error:
            raise CorpusError(path, place, json_problem(error)) from error
        if end - start > longest:
            raise CorpusError(path, place, too_long(longest))
        number, start = number + 1, end
        yield row
    _check_end(path, file, number, text[start + 1 :])


def _check_end(path: FilePath, file: IO[str], number: int, rest: str) -> None:
    while not rest.strip() and (more := _more(path, file, number, "")):
        rest = more
    if rest := rest.strip():
        raise CorpusError(path, f"after entry {number}", f"there is text after the end of the array: {shown(rest)}")


def _after(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Return where a match that may be empty ends."""
    found = pattern.match(text, start)
    return found.end() if found else start


def _is_wrong(error: json.JSONDecodeError, text: str) -> bool:
    """Return whether more of the file cannot resolve an error: only the end of a text may be truncated."""
    return error.pos < len(text) - _TOKEN and not error.msg.startswith("Unterminated string")


def _more(path: FilePath, file: IO[str], number: int, text: str) -> str:
    """Return the text and the next piece of the file, as long again: a long entry is tried over few times only."""
    place = f"after entry {number}"
    with telling_damage(path, lambda: place):
        try:
            return text + file.read(max(_PIECE, len(text)))
        except UnicodeDecodeError as error:
            raise CorpusError(path, place, f"{not_utf8(error)}): save the file as UTF-8") from error
