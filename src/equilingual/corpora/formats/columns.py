"""QA pairs of files with one row for a question: columns by name, rows by value, several passages in one row.

A name may go into a row (``answers.text``): an object's field, or that field of every object of a list. A passage may
be a text, an object (``text``, with ``title`` and an id where it has them) or a list of either, as Tevatron, DPR and
FlagEmbedding have them; where the question is a list, too, the two go together one by one, as MFAQ has them.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from equilingual.catalogues.corpora import Columns, Format
from equilingual.corpora.errors import DECODER, CorpusError, DuplicateKeyError, missing_key
from equilingual.corpora.pairs import CorpusSource, Pair, Place, check_id, check_text, with_title
from equilingual.corpora.records import Row, kind_of, read_rows
from equilingual.languages import UnknownLanguageError, get_language
from equilingual.messages import shown, shown_names

_LOG = logging.getLogger(__name__)

_TABLES = {"csv", "tsv"}  # whose cells are texts
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DIGITS = 40  # a longer text is no label; Python refuses to read one of 5000 digits
_ID_NAMES = ("docid", "passage_id", "psg_id", "_id", "id")


class _Passage(NamedTuple):
    """A passage as a row has it: its own id, its id among the row's, its title and text."""

    passage_id: str | None
    mark: str | None
    question: object
    title: str
    text: object


def read(source: CorpusSource, file_format: Format) -> Iterator[Pair]:
    """Yield the QA pairs of the files of role ``file``, in their order.

    A row's id is its ``pair_id``, or its number where no row has one; a row with several passages gives each its own by
    the passage's id, else its position. Rows that do not match, and those without a text where these are dropped, are
    counted.

    Raises:
        CorpusError: a column is missing, not a text, or empty; no row has a value by which rows are chosen; some rows
            have an id and others have none.

    """
    columns = {**(file_format.columns or {}), **source.columns}
    names = [name for name in (*columns.values(), *source.where) if name]
    needed = (columns["question"], columns["passage"], *source.where, columns.get("language"))
    # An id is needed where the configuration names its column: a row's number would take its place without a word.
    required = [name for name in (*needed, source.columns.get("pair_id")) if name]
    kind = file_format.kind
    rows = read_rows(source.files["file"], kind, columns=names, required=required, quoted=True, longest=source.longest)
    tables = {path for path in source.files["file"] if (kind or kind_of(path)) in _TABLES} if source.negatives else ()
    unseen, first, ids = {*required, *(name for name in source.columns.values() if name)}, None, _Ids()
    for number, (place, row) in enumerate(rows):
        first = row if first is None else first
        unseen = {name for name in unseen if not _is_there(look_up(row, name))}
        if reason := _unwanted(source, columns, row):
            source.dropped[reason] += 1
            continue
        row = _with_list(place, row, columns.get("negatives")) if place.path in tables else row
        row_id = ids.check(place, _row_id(source, columns, place, row)) or str(number)
        yield from _row_pairs(source, columns, place, row_id, row)
    if first is not None:
        _check_seen(source, required, unseen, first)


def _check_seen(source: CorpusSource, required: Sequence[str], unseen: set[str], first: Row) -> None:
    """Refuse a column that is needed and that no row has; one that is not needed is a warning."""
    path = source.files["file"][0]
    if missing := [name for name in required if name in unseen]:
        raise CorpusError(path, "", f"no row has a {shown(missing[0])}: {missing_key(missing[0], first)}")
    for name in sorted(unseen):
        _LOG.warning("%s: no row has a %s: %s", path, shown(name), missing_key(name, first))


def _is_there(value: object) -> bool:
    return value is not None and not (isinstance(value, list) and value and all(item is None for item in value))


def _unwanted(source: CorpusSource, columns: Columns, row: Row) -> str | None:
    """Return why a row is not asked for, or ``None``."""
    for name, wanted in source.where.items():
        if not _same(look_up(row, name), wanted):
            return f"{name} is not {wanted}"
    code = columns.get("language")
    return "another language" if code and not _in_language(look_up(row, code), source.language) else None


def _in_language(code: object, language: str) -> bool:
    try:
        return isinstance(code, str) and get_language(code).tag == language
    except UnknownLanguageError:
        return False


def _same(value: object, wanted: object) -> bool:
    """Compare by value: two texts as they are, truth values by their words, numbers as numbers.

    A text is a number or a truth value where the other side is one: CSV and TSV have nothing but texts.
    """
    if value is None or isinstance(value, list | dict):
        return False
    if isinstance(wanted, bool) or isinstance(value, bool):
        return str(value).lower() == str(wanted).lower()
    if not (isinstance(wanted, str) and isinstance(value, str)):
        numbers = _number(value), _number(wanted)
        if None not in numbers:
            return numbers[0] == numbers[1]
    return str(value) == str(wanted)


def _number(value: object) -> int | float | Decimal | None:
    if isinstance(value, int | float | Decimal):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > _DIGITS or not _NUMBER.fullmatch(text):
        return None
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def look_up(row: Row, name: str) -> object:
    """Return the value at a name, which may go into the row (``answers.text``), ``None`` where there is none."""
    if name in row:
        return row[name]
    head, dot, rest = name.partition(".")
    return _descend(row.get(head), rest) if dot else None


def _descend(value: object, name: str) -> object:
    if isinstance(value, list):
        return [look_up(item, name) if isinstance(item, dict) else None for item in value]
    return look_up(value, name) if isinstance(value, dict) else None


class _Ids:
    """Whether rows have ids of their own: all of them or none, for a row's number may be another one's id."""

    def __init__(self) -> None:
        self._first: tuple[Place, str] | None = None

    def check(self, place: Place, row_id: str) -> str:
        """Return the id of a row, empty where it has none."""
        self._first = first = self._first or (place, row_id)
        if bool(row_id) != bool(first[1]):
            here, there = (f"pair_id {shown(one)}" if one else "no pair_id" for one in (row_id, first[1]))
            problem = f"{here}, but {there} in {_told_from(place, first[0])}: give every QA pair an id, or none"
            raise CorpusError(*place, problem)
        return row_id


def _told_from(place: Place, other: Place) -> str:
    """Return where another row is, with its file where that is not the row's own."""
    return other.spot if other.path == place.path else f"{other.path}, {other.spot}"


def _row_pairs(source: CorpusSource, columns: Columns, place: Place, row_id: str, row: Row) -> Iterator[Pair]:
    negatives = _field(row, columns, "negatives")
    seen = set()
    for item in _passages(source, columns, place, row):
        question = _text(source, columns, place, "question", item.question, row)
        passage = _text(source, columns, place, "passage", item.text, row)
        if not question or not passage:
            source.dropped["no question" if not question else "no passage"] += 1
            continue
        pair_id = row_id if item.mark is None else f"{row_id}-{item.mark}"
        if item.mark in seen:
            source.dropped["the same passage twice in a row"] += 1
            continue
        seen.add(item.mark)
        passage = with_title(item.title, passage)
        given = _negatives(place, negatives, source.negatives)
        if given and isinstance(_field(row, columns, "question"), list):
            raise CorpusError(*place, "negatives of a row with several questions: set columns.negatives to null")
        others = source.usable_negatives(passage, given, "empty")
        yield Pair(place, pair_id, item.passage_id or passage_id_of(passage), question, passage, others)


def _field(row: Row, columns: Columns, name: str) -> object:
    column = columns.get(name)
    return look_up(row, column) if column else None


def _row_id(source: CorpusSource, columns: Columns, place: Place, row: Row) -> str:
    """Return a row's own id; empty where it has none and needs none."""
    given = _field(row, columns, "pair_id")
    identifier = "" if given is None else check_id(place, "pair_id", given)
    if not identifier and source.needs_ids:
        column = columns.get("pair_id")
        absent = f" ({missing_key(column, row)})" if column and look_up(row, column) is None else ""
        problem = f"no pair_id{absent}: a corpus in several languages needs ids that all languages share"
        raise CorpusError(*place, problem)
    return identifier


def _passages(source: CorpusSource, columns: Columns, place: Place, row: Row) -> Iterator[_Passage]:
    """Yield the passages of a row, each with its question; one without any is counted."""
    question, passage = _field(row, columns, "question"), _field(row, columns, "passage")
    if not isinstance(passage, list):
        if isinstance(question, list):
            raise CorpusError(*place, "a list of questions and a single passage")
        yield _passage(place, columns, row, passage, None, question, None)
        return
    if isinstance(question, list) and len(question) != len(passage):
        raise CorpusError(*place, f"{len(question)} questions and {len(passage)} passages")
    if not passage:
        source.dropped["no passage"] += 1
    _check_counts(columns, place, row, len(passage))
    for position, one in enumerate(passage):
        asked = question[position] if isinstance(question, list) else question
        yield _passage(place, columns, row, one, str(position), asked, position)


def _passage(
    place: Place,
    columns: Columns,
    row: Row,
    value: object,
    mark: str | None,
    question: object,
    position: int | None,
) -> _Passage:
    """Return a passage that is a text or an object, with the id and title that it or the row has."""
    passage_id, title = (_at(_field(row, columns, name), position) for name in ("passage_id", "title"))
    if isinstance(value, dict):
        own = next((value[name] for name in _ID_NAMES if value.get(name) not in (None, "")), None)
        passage_id = own if passage_id in (None, "") else passage_id
        title = title or value.get("title")
        value = value.get("text")
    key = None if passage_id is None else check_id(place, "passage_id", passage_id) or None
    heading = check_text(place, "title", title) if title is not None else ""
    return _Passage(key, key if mark is not None and key is not None else mark, question, heading, value)


def _check_counts(columns: Columns, place: Place, row: Row, passages: int) -> None:
    """Refuse a row whose passages differ in number from its ids or titles; one title may belong to all."""
    for name in ("passage_id", "title"):
        given = _field(row, columns, name)
        count = len(given) if isinstance(given, list) else int(given not in (None, ""))
        shared = not isinstance(given, list) and (name == "title" or not count)
        if count != passages and passages and not shared:
            raise CorpusError(
                *place, f"{passages} passages, but {count} values of {shown(columns[name])}: give one per passage"
            )


def _at(value: object, position: int | None) -> object:
    """Return a row's own value, or, of several passages, that of the one at ``position``."""
    return value if position is None or not isinstance(value, list) else value[position]


def _text(source: CorpusSource, columns: Columns, place: Place, name: str, value: object, row: Row) -> str:
    """Return a text, empty only where empty ones are dropped."""
    if value is None and not source.drop_empty:
        column = columns[name] or name
        is_named = column in row or _is_there(look_up(row, column))
        reason = "it is null, or an object without a 'text'" if is_named else missing_key(column, row)
        raise CorpusError(*place, f"a QA pair without a {name}: {reason}")
    text = "" if value is None else check_text(place, name, value)
    if not text and not source.drop_empty:
        raise CorpusError(*place, f"a QA pair without a {name}: it is empty")
    return text


def _negatives(place: Place, value: object, most: int) -> Sequence[str | None]:
    """Return the first ``most`` negatives, ``None`` for an empty one; a single text is a list of one."""
    if value in (None, "") or not most:
        return []
    texts: list[str | None] = []
    for item in (value if isinstance(value, list) else [value])[:most]:
        if isinstance(item, dict) and "text" not in item:
            raise CorpusError(*place, f"a negative without a 'text' (it has {shown_names(item)})")
        title, text = (item.get("title"), item.get("text")) if isinstance(item, dict) else ("", item)
        text = "" if text is None else check_text(place, "negatives", text)
        texts.append(with_title(check_text(place, "title", title or ""), text) or None)
    return texts


def _with_list(place: Place, row: Row, name: str | None) -> Row:
    """Return a row of a CSV or TSV file with the list that its cell of negatives holds, where it is one in JSON."""
    cell = row.get(name) if name else None
    if name is None or not isinstance(cell, str) or not cell.lstrip().startswith("["):
        return row
    try:
        return {**row, name: DECODER.decode(cell)}
    except DuplicateKeyError as error:
        raise CorpusError(*place, f"{name}: {error}") from error
    except (ValueError, RecursionError) as error:
        problem = f"{name} is {shown(cell)}, which begins with '[' but is not a JSON list: write several texts as "
        raise CorpusError(*place, problem + '["one", "two"], and a text that begins so as ["[one"]') from error


def passage_id_of(passage: str) -> str:
    """Return an id for a passage that has none: equal texts share it."""
    return hashlib.sha256(passage.encode()).hexdigest()[:16]
