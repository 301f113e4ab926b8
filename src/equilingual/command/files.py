"""What can be seen of QA pairs in files: format, columns, ids, language."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np

from equilingual.catalogues.corpora import FORMATS
from equilingual.corpora.formats.columns import look_up
from equilingual.corpora.ids import normalize_id
from equilingual.corpora.lookup import hash_id
from equilingual.corpora.records import kind_of, read_rows
from equilingual.languages import UnknownLanguageError, get_language, language_table
from equilingual.messages import shown, shown_names

SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
# Names of columns in the order in which they are looked for.
QUESTION = ("question", "query", "questions", "queries", "anchor", "prompt", "input", "q")
PASSAGE = ("passage", "answer", "positive", "context", "document", "text", "response", "output", "answers", "a")
IDS = ("pair_id", "id", "_id", "qid", "query_id", "question_id", "qa_id", "uid", "nr", "nr.")
LOOKED_AT = 200  # rows
_TEXTS = 50  # that a language is identified from
_LENGTH = 400  # characters of each
_NUMBER = re.compile(r"\s*[-+]?[0-9][0-9.,]*\s*")
_IT = ("", "it", "them")
_SHORT_TAG = re.compile(r"[a-z]{2}(-[a-z]{2,4})?")
# What rows of other formats have, by format: a row with these keys is of it.
_SIGNS: Mapping[str, tuple[str, ...]] = {
    "flagembedding": ("query", "pos"),
    "tevatron": ("query", "positive_passages"),
    "dpr": ("question", "positive_ctxs"),
    "squad": ("question", "context", "answers"),
}


class InitError(ValueError):
    """Files that no configuration can be written for, as far as can be seen."""


@dataclass(frozen=True)
class QaFile:
    """A file of QA pairs in one language.

    Attributes:
        path: the file.
        stem: its name without language and suffixes; files of one stem are one corpus.
        language: its BCP-47 tag.
        file_format: as the configuration calls it.
        columns: where the fields are, where the format has other names for them.
        rows: how many were seen: 200 at most, all of a SQuAD file.
        ids: of these rows; none where rows have no id.
        id_column: where the id is; None where rows have none, and of a SQuAD file, all of whose ids are seen.
        has_empty: whether one of these rows has an empty question or passage.

    """

    path: Path
    stem: str
    language: str
    file_format: str
    columns: Mapping[str, str]
    rows: int
    ids: frozenset[str]
    id_column: str | None = None
    has_empty: bool = False

    def all_ids(self) -> np.ndarray:
        """Return uint64 [ids], the sorted hashes of the ids of all rows; the file is read to its end."""
        found: Iterable[str] = self.ids
        if self.id_column is not None and self.rows >= LOOKED_AT:
            rows = (row for _, row in read_rows([self.path], columns=[self.id_column], quoted=True))
            found = _ids(rows, self.id_column)
        return np.unique(np.fromiter(map(hash_id, found), dtype=np.uint64))


@dataclass(frozen=True)
class QaCorpus:
    """Files of one corpus, one for each language."""

    files: Sequence[QaFile]

    @cached_property
    def is_parallel(self) -> bool:
        """Whether its languages, of which it has several, all have some id in common.

        Where the first rows do not show it, all rows are read, a language at a time.
        """
        if len(self.files) < 2:
            return False
        if frozenset.intersection(*(file.ids for file in self.files)):
            return True
        if not all(file.ids for file in self.files):
            return False
        first, *others = self.files
        shared = first.all_ids()
        for file in others:
            shared = np.intersect1d(shared, file.all_ids(), assume_unique=True)
        return len(shared) > 0

    @property
    def languages(self) -> list[str]:
        """Its languages, in the order of the files."""
        return [file.language for file in self.files]


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files that may have QA pairs, and the folders that are benchmarks, both sorted.

    Raises:
        InitError: a path does not exist, or there is nothing to see.

    """
    files: set[Path] = set()
    benchmarks: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise InitError(f"{path} does not exist")
        if not path.is_dir():
            files.add(path)
            continue
        inside = sorted(file for file in path.rglob("*") if file.is_file() and is_data(file))
        benchmarks |= {file.parents[1] for file in inside if _is_benchmark(file)}
        files |= set(inside)
    files = {file for file in files if not any(file.is_relative_to(folder) for folder in benchmarks)}
    if not files and not benchmarks:
        places = ", ".join(map(str, paths))
        raise InitError(f"no file of {', '.join(SUFFIXES)} is in {places}: name the files or the folder")
    return sorted(files), sorted(benchmarks)


def is_data(path: Path) -> bool:
    """Return whether a file may have QA pairs, by its name."""
    hidden = any(part.startswith(".") for part in path.parts if part not in (".", ".."))
    return not hidden and path.name.lower().removesuffix(".gz").endswith(SUFFIXES)


def _is_benchmark(path: Path) -> bool:
    return (
        path.name == "queries.jsonl" and (path.parent / "corpus.jsonl").exists() and _tag(path.parent.name) is not None
    )


def benchmark_languages(folder: Path) -> list[str]:
    """Return the languages of a benchmark's folder, sorted."""
    return sorted(path.parent.name for path in folder.glob("*/queries.jsonl") if _is_benchmark(path))


def look_at(path: Path, given: Mapping[str, str]) -> QaFile:
    """Return what can be seen of a file.

    Args:
        path: the file.
        given: the columns that the user names.

    Raises:
        InitError: a column or the language cannot be told.
        CorpusError: the file cannot be read, or is malformed.

    """
    if (nested := _squad_rows(path)) is not None:
        language, stem = _language(path, _texts(nested, "question"))
        return QaFile(path, stem, language, "squad", {}, len(nested), frozenset(_ids(nested, "id")))
    rows = [row for _, row in islice(read_rows([path], quoted=True), LOOKED_AT)]
    if not rows:
        raise InitError(f"{path} has no rows")
    file_format = kind_of(path)
    special = next((name for name, keys in _SIGNS.items() if all(key in rows[0] for key in keys)), None)
    if special is not None and not given and FORMATS[special].needed == ("file",):
        question = "question" if "question" in rows[0] else "query"
        language, stem = _language(path, _texts(rows, question))
        column = "query_id" if special == "tevatron" else "id"
        return QaFile(path, stem, language, special, {}, len(rows), frozenset(_ids(rows, column)), column)
    columns = _columns(path, rows, given)
    language, stem = _language(path, _texts(rows, columns["question"]))
    own = {key: name for key, name in columns.items() if key != name}
    id_column = columns.get("pair_id")
    ids = frozenset(_ids(rows, id_column) if id_column is not None else ())
    has_empty = any(_is_empty(row, columns[key]) for row in rows for key in ("question", "passage"))
    return QaFile(path, stem, language, file_format, own, len(rows), ids, id_column, has_empty)


def _squad_rows(path: Path) -> list[Mapping[str, object]] | None:
    """Return the questions of a file that is nested as SQuAD's are, as rows; ``None`` of another."""
    if kind_of(path) != "json" or path.suffix == ".gz":
        return None
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        if not file.read(100).lstrip().startswith("{"):
            return None
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        rows = [qa for article in content["data"] for paragraph in article["paragraphs"] for qa in paragraph["qas"]]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise InitError(f"{path} is a JSON object without SQuAD's 'data'; QA pairs are an array or JSONL") from None
    if strange := [row for row in rows if not isinstance(row, dict)]:
        raise InitError(f"{path}: a question of SQuAD's 'qas' should be an object, found {shown(strange[0])}")
    return rows


def _columns(path: Path, rows: Sequence[Mapping[str, object]], given: Mapping[str, str]) -> dict[str, str]:
    """Return where question, passage and id are."""
    names = list(dict.fromkeys(name for row in rows for name in _names(row)))
    for key, name in given.items():
        if not any(look_up(row, name) is not None for row in rows):
            raise InitError(f"{path} has no {key} column {name!r}; it has {shown_names(names)}")
    lengths = {name: length for name in names if (length := _mean_length(rows, name)) is not None}
    lower = {name.lower().rpartition(".")[2]: name for name in reversed(lengths)}
    lower |= {name.lower(): name for name in reversed(lengths)}
    found = dict(given)
    for key, wanted in (("question", QUESTION), ("passage", PASSAGE)):
        named = next((lower[name] for name in wanted if name in lower and lower[name] not in found.values()), None)
        if key not in found and named is not None:
            found[key] = named
    ids = {name.lower(): name for name in reversed(names)}
    identifier = next((ids[name] for name in IDS if name in ids and ids[name] not in found.values()), None)
    rest = sorted(
        (name for name in lengths if name not in found.values() and name != identifier), key=lengths.__getitem__
    )
    missing = [key for key in ("question", "passage") if key not in found]
    if len(rest) == len(missing) and rest:  # of two columns of texts the shorter ones are questions
        found |= dict(zip(missing, rest, strict=True))
        missing = []
    if missing:
        what = f"the {missing[0]} column" if len(missing) == 1 else "the columns of questions and passages"
        how = " and ".join(f"--{key}" for key in missing)
        raise InitError(f"{path}: {what} cannot be told from {shown_names(names)}; name {_IT[len(missing)]} with {how}")
    return found | ({"pair_id": identifier} if identifier is not None else {})


def _names(row: Mapping[str, object]) -> Iterator[str]:
    """Yield a row's columns, and those inside its objects as the configuration names them: ``answer.text``."""
    for name, value in row.items():
        yield name
        inner = next((one for one in value if isinstance(one, dict)), None) if isinstance(value, list) else value
        if isinstance(inner, dict):
            yield from (f"{name}.{key}" for key in inner)


def _mean_length(rows: Sequence[Mapping[str, object]], name: str) -> float | None:
    """Return the mean length of a column's texts; ``None`` where it has something else, or nothing but numbers."""
    values = [look_up(row, name) for row in rows]
    texts = [value for value in values if isinstance(value, str) and value]
    others = [value for value in values if value not in (None, "") and not isinstance(value, str)]
    if not texts or others or all(_NUMBER.fullmatch(text) for text in texts):
        return None
    return sum(map(len, texts)) / len(texts)


def _is_empty(row: Mapping[str, object], name: str) -> bool:
    value = look_up(row, name)
    return isinstance(value, str) and not value.strip()


def _texts(rows: Sequence[Mapping[str, object]], column: str) -> list[str]:
    return [value for row in rows if isinstance(value := look_up(row, column), str)]


def _ids(rows: Iterable[Mapping[str, object]], column: str) -> Iterator[str]:
    """Yield the ids of rows, as the stages compare them."""
    for row in rows:
        try:
            if text := normalize_id(row.get(column)):
                yield text
        except ValueError:  # the stage that reads the file says so
            continue


def _language(path: Path, texts: Sequence[str]) -> tuple[str, str]:
    """Return the language of a file, and its stem: by its name, by its folder's, or by what it says.

    Raises:
        InitError: none of them tells it.

    """
    name = path.name.removesuffix(".gz")
    name = name[: name.rindex(".")]
    parts = re.split(r"([._-])", name)
    for place in range(len(parts) - 1, -1, -2):
        for begin in (place - 2, place):  # zh-Hant before Hant
            tag = _tag("".join(parts[begin : place + 1])) if begin >= 0 else None
            if tag is not None:
                stem = "".join(parts[:begin]).strip("._-") + "".join(parts[place + 1 :])
                return tag, stem.strip("._-") or path.absolute().parent.name
    if (tag := _tag(path.absolute().parent.name)) is not None:
        return tag, name
    return _identified(path, texts), name


def _tag(text: str) -> str | None:
    """Return the BCP-47 tag that a name is, or the language of an English name; ``None`` for another text."""
    spelled = text.replace("_", "-").lower()
    tags = {tag.lower(): tag for tag in language_table()}
    names = {row.name.lower(): row.tag for row in language_table().values()}
    if (tag := tags.get(spelled) or names.get(spelled)) is not None:
        return tag
    try:  # no, pt-BR, zh-CN; longer codes may be words
        return get_language(spelled).tag if _SHORT_TAG.fullmatch(spelled) else None
    except UnknownLanguageError:
        return None


def _identified(path: Path, texts: Sequence[str]) -> str:
    try:
        from equilingual.identification import identify
    except ImportError as error:
        raise InitError(f"{path}: the language is not in the name; rename it as in faq.en.jsonl") from error
    votes = Counter(identify(text[:_LENGTH]) for text in texts[:_TEXTS] if text.strip())
    [(tag, count)] = votes.most_common(1) or [(None, 0)]
    if tag is None or 2 * count <= sum(votes.values()):
        raise InitError(f"{path}: the language cannot be told; put its tag into the name, as in faq.en.jsonl")
    return tag


def by_corpus(files: Sequence[QaFile]) -> dict[str, QaCorpus]:
    """Return corpora by name: files of one stem, format and columns, one for each language."""
    groups: dict[tuple[object, ...], list[QaFile]] = {}
    for file in files:
        key: tuple[object, ...] = (file.stem, file.file_format, tuple(sorted(file.columns.items())))
        while any(one.language == file.language for one in groups.get(key, ())):
            key = (*key, "again")  # a second file of the language is another corpus
        groups.setdefault(key, []).append(file)
    found: dict[str, QaCorpus] = {}
    for (stem, *_), own in groups.items():
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", str(stem)).strip("-.") or "corpus"
        number = next(number for number in range(1, len(groups) + 1) if _numbered(name, number) not in found)
        found[_numbered(name, number)] = QaCorpus(own)
    return found


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
