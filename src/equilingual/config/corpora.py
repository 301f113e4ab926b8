"""The configuration's corpora: their formats, the files of each language and where these come from."""

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from equilingual.catalogues import described
from equilingual.catalogues.corpora import FORMATS
from equilingual.config.fields import (
    Bool,
    Int,
    Languages,
    LanguageTag,
    Model,
    OneOf,
    OneSpelling,
    Positive,
    check_known_file,
)
from equilingual.urls import check_no_user, has_valid_host, public_url

HUB = "https://huggingface.co"  # HF_ENDPOINT takes its place when a file is fetched


def _check_url(url: str) -> str:
    url = check_no_user(url).strip()
    if not (re.fullmatch(r"https?://[^\s/@]+/\S+", url) and has_valid_host(url)):
        raise ValueError(f"{public_url(url)!r} is no URL of a file: https://host/path")
    return url


def _check_hub_path(path: str) -> str:
    """Refuse what would leave the folder of downloads, or mean something to Snakemake."""
    if not re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*", path) or ".." in path.split("/"):
        raise ValueError(f"{path!r} is no path inside a repository")
    return path


HubPath = Annotated[str, AfterValidator(_check_hub_path)]


class FilePlace(Model):
    """Where one file is."""

    file: str | None = Field(None, description="A path, relative to the Snakefile's folder")
    known: Annotated[str, AfterValidator(check_known_file)] | None = Field(
        None, description="Or the path of a known download"
    )
    url: Annotated[str, AfterValidator(_check_url)] | None = Field(None, description="Or a URL")
    hub: HubPath | None = Field(None, description="Or a data set of the Hugging Face Hub, owner/name, with …")
    revision: HubPath | None = Field(None, description="… hub only: the commit to take (or a branch) and …")
    path: HubPath | None = Field(None, description="… hub only: the file's path in it")
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$"), AfterValidator(str.lower)] | None = Field(
        None, description="What a file from a URL or the Hub must have; null: trusted as it comes, and recorded"
    )

    @model_validator(mode="after")
    def _hub_is_whole(self) -> "FilePlace":
        if not (self.hub is None) == (self.path is None) == (self.revision is None):
            raise ValueError("'hub', 'revision' and 'path' go together")
        if self.sha256 is not None and self.source is None:
            raise ValueError("'sha256' goes with 'url' or 'hub'")
        return self

    @property
    def given(self) -> int:
        """How many of the kinds of places are given; one is right."""
        return sum(place is not None for place in (self.file, self.known, self.url, self.hub))

    @property
    def source(self) -> str | None:
        """The URL of a file that is fetched and is no known download."""
        if self.hub is not None:
            return f"{HUB}/datasets/{self.hub}/resolve/{self.revision}/{self.path}"
        return self.url

    @property
    def download(self) -> str | None:
        """The file's path below ``results/downloads``, ``None`` for a file that is there already."""
        if self.hub is not None:
            return f"hub/{self.hub}/{self.revision}/{self.path}"
        if self.url is not None:
            name = re.sub(r"[^\w.-]", "_", posixpath.basename(self.url.partition("?")[0])) or "file"
            return f"url/{hashlib.sha256(self.url.encode()).hexdigest()[:16]}/{name}"
        return self.known


class RoleFile(FilePlace):
    """One file of a role."""

    @model_validator(mode="after")
    def _one_place(self) -> "RoleFile":
        if self.given != 1:
            raise ValueError("give one of 'file', 'known', 'url' and 'hub'")
        return self


def _as_files(value: object) -> object:
    """Return what a role may be given as: a path or a URL, a place, or a list of them."""
    entries = value if isinstance(value, list | tuple) else [value]
    return tuple(
        ({"url": entry} if "://" in entry else {"file": entry}) if isinstance(entry, str) else entry
        for entry in entries
    )


_Given = str | RoleFile
RoleFiles = Annotated[
    tuple[RoleFile, ...],
    BeforeValidator(_as_files, json_schema_input_type=_Given | list[_Given]),
    Field(min_length=1),
]


class CorpusFile(FilePlace):
    """The files of one language: one, or several by role."""

    origin: Annotated[str, Field(pattern=r"^(human|mt:.+)$")] = Field(
        "human", description="Where the texts come from: human, or mt:<engine>"
    )
    published: Positive | None = Field(
        None, description="How many QA pairs the source says it has; another number is a warning"
    )
    parts: RoleFiles | None = Field(None, description="Several files in place of one, read one after the other")
    corpus: RoleFiles | None = Field(
        None, description="beir, and tevatron where its rows have ids: the passages. A path, a URL, a place or a list"
    )
    collection: RoleFiles | None = Field(None, description="mmarco: the passages")
    queries: RoleFiles | None = Field(None, description="beir and mmarco: the questions")
    qrels: RoleFiles | None = Field(None, description="beir and mmarco: which passage answers which question")
    triples: RoleFiles | None = Field(
        None, description="mmarco: ids of a question, a passage that answers it and a hard negative"
    )

    @model_validator(mode="after")
    def _one_place_or_parts(self) -> "CorpusFile":
        if self.given > 1 or (self.given and self.parts):
            raise ValueError("give either 'file' or 'known', 'url', 'hub' or 'parts'")
        return self

    def by_role(self) -> dict[str, tuple[FilePlace, ...]]:
        """Return the files of every role that is given."""
        own = self.parts or ((self,) if self.given else ())
        roles = {role: getattr(self, role) for role in ("corpus", "collection", "queries", "qrels", "triples")}
        return {role: files for role, files in {"file": own, **roles}.items() if files}


def _as_file(value: object) -> object:
    """Return what the one file of a language may be given as: a path or a URL, or a mapping."""
    if isinstance(value, str):
        return {"url" if "://" in value else "file": value}
    return value


LanguageFile = Annotated[CorpusFile, BeforeValidator(_as_file, json_schema_input_type=str | CorpusFile)]


class Columns(Model):
    """Where the fields of a QA pair stand; a name may go into a row, as ``answers.text``."""

    question: str | None = Field(None, description="A text, or a list of as many as the row has passages")
    passage: str | None = Field(None, description="A text, an object (text, title, docid), or a list of either")
    title: str | None = Field(None, description="Put before the passage")
    pair_id: str | None = Field(None, description="The row's id, the same in every language; null: its number")
    passage_id: str | None = Field(None, description="The passage's id; null: made from its text")
    negatives: str | None = Field(None, description="Hard negatives: a text, or a list of texts or objects")

    @model_validator(mode="after")
    def _needed_ones(self) -> "Columns":
        for name in ("question", "passage"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"a QA pair needs a column for its {name}")
        return self


def _check_one_value(value: object) -> object:
    if not isinstance(value, str | bool | int | float):
        raise ValueError("give one text, number or truth value")
    return value


class Corpus(Model):
    """A source of QA pairs, in one language or in several under the same ids."""

    format: Annotated[str, OneOf(FORMATS)] = Field(
        "jsonl", description=f"{described(FORMATS)}; gzip files are read as they are"
    )
    licence: str = Field("unknown", description="The licence of the texts; the report and the model card state it")
    columns: Columns | None = Field(
        None, description="Other names of the columns: {question: query, passage: answer}; null: the format's own"
    )
    where: dict[str, Annotated[str | Bool | Int | float, BeforeValidator(_check_one_value)]] = Field(
        {}, description="Read the rows with these values only, {label: 1}; the others are counted as dropped"
    )
    files: Annotated[dict[LanguageTag, LanguageFile], OneSpelling] = Field(
        {}, description="The files of each language: one (a path, a URL, or the keys below), or one per role"
    )
    folder: str | None = Field(
        None,
        description="Or all files by one path, relative to the Snakefile's folder, with {language} for the tag: "
        "path/{language}.jsonl",
    )
    languages: Languages | None = Field(None, description="The languages that 'folder' has files for")
    pivot: LanguageTag | None = Field(
        None,
        description="squad only: the language whose answer offsets choose the sentence; the others follow by alignment",
    )
    parallel: Bool = Field(
        True, description="An id means the same QA pair in every language; false: each language has pairs of its own"
    )
    negatives: Annotated[Int, Field(ge=0)] = Field(8, description="The most hard negatives to read for a QA pair")
    empty: Literal["refuse", "drop"] = Field(
        "refuse", description="What an empty question or passage does: refuse the file, or drop (and count) its row"
    )
    max_entry_mb: Positive = Field(
        64, description="The longest line, entry of an array or field to read, in MB; a squad file may have 4 times it"
    )

    @model_validator(mode="after")
    def _expand_folder(self) -> "Corpus":
        if bool(self.files) == (self.folder is not None):
            raise ValueError("give either 'files' or 'folder'")
        if (self.folder is None) != (self.languages is None):
            raise ValueError("'folder' and 'languages' go together")
        if self.folder is None:
            return self
        if "{language}" not in self.folder:
            raise ValueError(f"'folder' has no {{language}}, as path/{{language}}.jsonl has: {self.folder!r}")
        files = {tag: CorpusFile(file=self.folder.replace("{language}", tag)) for tag in self.languages or ()}
        return self.model_copy(update={"files": files})

    @model_validator(mode="after")
    def _pivot_is_there(self) -> "Corpus":
        if self.pivot is not None and self.pivot not in self.files:
            raise ValueError(f"the pivot {self.pivot!r} is none of the corpus's languages {list(self.files)}")
        if self.pivot is not None and self.format != "squad":
            raise ValueError("only a squad corpus has a pivot")
        return self

    @model_validator(mode="after")
    def _format_fits(self) -> "Corpus":
        row = FORMATS[self.format]
        if row.columns is None and (self.columns is not None or self.where):
            raise ValueError(f"the format {self.format} has no 'columns' and no 'where'")
        for tag, files in self.files.items():
            given = files.by_role()
            if self.format == "tevatron" and "corpus" in given and (self.columns is not None or self.where):
                raise ValueError(f"files.{tag}: rows with ids and a 'corpus' have no 'columns' and no 'where'")
            if row.needed == ("file",) and not given:
                raise ValueError(f"files.{tag}: give either 'file' or 'known', 'url' or 'hub'")
            if wrong := [role for role in given if role not in row.roles]:
                raise ValueError(f"files.{tag}: the format {self.format} has {list(row.roles)}, not {wrong[0]!r}")
            if absent := [role for role in row.needed if role not in given]:
                raise ValueError(f"files.{tag}: the format {self.format} needs {absent[0]!r}")
            if row.one_of and not any(role in given for role in row.one_of):
                raise ValueError(f"files.{tag}: the format {self.format} needs one of {list(row.one_of)}")
        return self

    @property
    def hub_datasets(self) -> list[str]:
        """The data sets of the Hugging Face Hub that files are from, as ``owner/name``, sorted."""
        places = (place for files in self.files.values() for own in files.by_role().values() for place in own)
        return sorted({place.hub for place in places if place.hub})

    def columns_given(self) -> dict[str, str | None]:
        """Return the names of columns that are given, a null among them."""
        return self.columns.model_dump(exclude_unset=True) if self.columns is not None else {}


@dataclass(frozen=True)
class RemoteFile:
    """A file that is fetched and is no known download."""

    url: str
    sha256: str | None


def remote_files(corpora: Mapping[str, Corpus], others: Iterable[FilePlace] = ()) -> dict[str, RemoteFile]:
    """Return every file of the corpora, and of ``others``, that has a URL, by its path below ``results/downloads``.

    A file that stands several times is checked where one of them gives its SHA-256.

    Raises:
        ValueError: a file is given different ones.

    """
    files: dict[str, RemoteFile] = {}
    for place in (*(place for corpus in corpora.values() for place in _all_places(corpus)), *others):
        if not place.source:
            continue
        hashes = {files[place.download].sha256 if place.download in files else None, place.sha256} - {None}
        if len(hashes) > 1:
            raise ValueError(f"{public_url(place.source)} is given two sha256, {' and '.join(sorted(hashes))}")
        files[place.download] = RemoteFile(place.source, *(hashes or {None}))
    return files


def _all_places(corpus: Corpus) -> Iterator[Any]:
    for files in corpus.files.values():
        for places in files.by_role().values():
            yield from places
