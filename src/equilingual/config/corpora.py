"""The configuration's corpora: their formats, the files of each language and where these come from."""

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from equilingual.catalogues import described
from equilingual.catalogues.corpora import FORMATS
from equilingual.config.base import Bool, Float, Int, Model, Positive
from equilingual.config.bitext import PairName, format_problems, split_pair
from equilingual.config.fields import OneOf, check_distinct
from equilingual.config.filters import BitextFilters
from equilingual.config.tags import Languages, LanguageTag, OneSpelling
from equilingual.registry import known_files
from equilingual.urls import check_no_user, has_valid_host, public_url

HUB = "https://huggingface.co"  # HF_ENDPOINT takes its place when a file is fetched

# Bytes: while it is written, a file's name has up to twice as many, of 255 that a system allows.
_LONGEST_FILE_NAME = 120


def _check_url(url: str) -> str:
    url = check_no_user(url).strip()
    if not (re.fullmatch(r"https?://[^\s/@]+/\S+", url) and has_valid_host(url)):
        raise ValueError(f"{public_url(url)!r} is not the URL of a file, such as https://host/path")
    return url


def _check_hub_path(path: str) -> str:
    """Refuse a path that leaves the download folder or has a special meaning to Snakemake."""
    if not re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*", path) or ".." in path.split("/"):
        raise ValueError(f"{path!r} is not a valid path in a repository")
    return path


def _check_known_file(path: str) -> str:
    if path not in known_files():
        raise ValueError(f"{path!r} is not a known download (listed in src/equilingual/known_files.tsv)")
    return path


HubPath = Annotated[str, AfterValidator(_check_hub_path)]


class FilePlace(Model):
    """Where one file is."""

    file: str | None = Field(None, description="A path, relative to the Snakefile's folder")
    known: Annotated[str, AfterValidator(_check_known_file)] | None = Field(
        None, description="Or the path of a known download (listed in src/equilingual/known_files.tsv)"
    )
    url: Annotated[str, AfterValidator(_check_url)] | None = Field(None, description="Or a URL")
    hub: HubPath | None = Field(
        None, description="Or a dataset on the Hugging Face Hub, owner/name; give 'revision' and 'path', too"
    )
    revision: HubPath | None = Field(None, description="hub only: the commit (or branch) to use")
    path: HubPath | None = Field(None, description="hub only: the path of the file in the dataset")
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$"), AfterValidator(str.lower)] | None = Field(
        None, description="The SHA-256 of a file from a URL or the Hub; null: it is recorded but not checked"
    )

    @model_validator(mode="after")
    def _hub_is_whole(self) -> "FilePlace":
        if not (self.hub is None) == (self.path is None) == (self.revision is None):
            raise ValueError("'hub', 'revision' and 'path' must be given together")
        if self.sha256 is not None and self.source is None:
            raise ValueError("'sha256' is only for 'url' and 'hub'")
        return self

    @property
    def given(self) -> int:
        """How many of 'file', 'known', 'url' and 'hub' are given; exactly one is right."""
        return sum(place is not None for place in (self.file, self.known, self.url, self.hub))

    @property
    def source(self) -> str | None:
        """The URL of a file that is downloaded and is not a known download; None for others."""
        if self.hub is not None:
            return f"{HUB}/datasets/{self.hub}/resolve/{self.revision}/{self.path}"
        return self.url

    @property
    def download(self) -> str | None:
        """The file's path below ``results/downloads``; ``None`` for a local file."""
        if self.hub is not None:
            return f"hub/{self.hub}/{self.revision}/{self.path}"
        if self.url is not None:
            name = re.sub(r"[^\w.-]", "_", posixpath.basename(self.url.partition("?")[0])) or "file"
            short = name.encode()[-_LONGEST_FILE_NAME:].decode(errors="ignore")
            return f"url/{hashlib.sha256(self.url.encode()).hexdigest()[:16]}/{short}"
        return self.known


class RoleFile(FilePlace):
    """One file of a role."""

    @model_validator(mode="after")
    def _one_place(self) -> "RoleFile":
        if self.given != 1:
            raise ValueError("give exactly one of 'file', 'known', 'url' and 'hub'")
        return self


def _as_files(value: object) -> object:
    """Return the files of a role, which may be a path, a URL, a mapping, or a list of these."""
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


class Columns(Model):
    """Column names of the fields of a QA pair; a nested field is written as ``answers.text``."""

    question: str | None = Field(None, description="A text, or a list with one question per passage of the row")
    passage: str | None = Field(None, description="A text, an object (text, title, docid), or a list of either")
    title: str | None = Field(None, description="Put before the passage")
    pair_id: str | None = Field(None, description="The id of the row, the same in every language; null: the row number")
    passage_id: str | None = Field(None, description="The id of the passage; null: made from its text")
    negatives: str | None = Field(None, description="Hard negatives: a text, or a list of texts or objects")

    @model_validator(mode="after")
    def _needed_ones(self) -> "Columns":
        for name in ("question", "passage"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"a column for the {name} is required")
        return self


def _check_one_value(value: object) -> object:
    if not isinstance(value, str | bool | int | float):
        raise ValueError("give one string, number or boolean")
    return value


Where = dict[str, Annotated[str | Bool | Int | float, BeforeValidator(_check_one_value)]]


class CorpusFile(FilePlace):
    """The files of one language: one file, or one per role."""

    origin: Annotated[str, Field(pattern=r"^(human|mt:.+)$")] = Field(
        "human", description="Where the texts come from: human, or mt:<engine>"
    )
    published: Positive | None = Field(
        None, description="The published number of QA pairs; a different number causes a warning"
    )
    parts: RoleFiles | None = Field(None, description="Or several files, read one after the other")
    corpus: RoleFiles | None = Field(
        None,
        description="beir, and tevatron files with ids: the passages. A path, a URL, a mapping with the keys above, "
        "or a list",
    )
    collection: RoleFiles | None = Field(None, description="mmarco: the passages")
    queries: RoleFiles | None = Field(None, description="beir and mmarco: the questions")
    qrels: RoleFiles | None = Field(None, description="beir and mmarco: which passage answers which question")
    triples: RoleFiles | None = Field(
        None, description="mmarco: ids of a question, a passage that answers it, and a hard negative"
    )

    columns: Columns | None = Field(
        None,
        description="Column names of this language, where one file has several: {question: Frage, passage: Antwort}; "
        "they come before the corpus's",
    )
    where: Where = Field({}, description="And the rows of this language: {lang: de}, besides the corpus's 'where'")

    @model_validator(mode="after")
    def _one_place_or_parts(self) -> "CorpusFile":
        if self.given > 1 or (self.given and self.parts):
            raise ValueError("give only one of 'file', 'known', 'url', 'hub' and 'parts'")
        return self

    def by_role(self) -> dict[str, tuple[FilePlace, ...]]:
        """Return the files by role, for the roles that are given."""
        own = self.parts or ((self,) if self.given else ())
        roles = {role: getattr(self, role) for role in ("corpus", "collection", "queries", "qrels", "triples")}
        return {role: files for role, files in {"file": own, **roles}.items() if files}


def _as_file(value: object) -> object:
    """Return the file of a language as a mapping, which may be given as a path or a URL."""
    if isinstance(value, str):
        return {"url" if "://" in value else "file": value}
    return value


LanguageFile = Annotated[CorpusFile, BeforeValidator(_as_file, json_schema_input_type=str | CorpusFile)]


class Corpus(Model):
    """A source of QA pairs, in one language or in several under the same ids; or of bitext, parallel sentences."""

    format: Annotated[str, OneOf(FORMATS)] = Field("jsonl", description=f"{described(FORMATS)}. Files may be gzipped")
    licence: str = Field("unknown", description="The licence of the texts, for the report and the model card")
    columns: Columns | None = Field(
        None, description="Column names, if they differ: {question: query, passage: answer}; null: the format's own"
    )
    where: Where = Field(
        {}, description="Read only the rows with these values: {label: 1}; other rows are dropped and counted"
    )
    files: Annotated[dict[LanguageTag, LanguageFile], OneSpelling] = Field(
        {}, description="The files of each language: one (a path, a URL, or the keys below), or one per role"
    )
    folder: str | None = Field(
        None,
        description="Or one path for all languages, relative to the Snakefile, with {language} for the tag: "
        "path/{language}.jsonl",
    )
    languages: Languages | None = Field(None, description="The languages that 'folder' has files for")
    pairs: dict[PairName, RoleFiles] = Field(
        {},
        description="Bitext: or the files of each language pair, {de-en: path}: an archive of OPUS or one Moses file "
        "per language, TMX, or TSV",
    )
    score_column: Positive | None = Field(
        None,
        description="bitext-tsv only: the column of the score, from 1 (WikiMatrix: 1, NLLB: 3); null: there is none",
    )
    min_score: Float | None = Field(None, description="bitext-tsv only: drop sentences with a lower score")
    filters: BitextFilters | None = Field(
        None, description="Bitext: thresholds of the quality filters, {length: 2.0}; null: the defaults"
    )
    pivot: LanguageTag | None = Field(
        None,
        description="squad only: the language whose answer offsets select the sentence; the other languages follow "
        "by alignment",
    )
    parallel: Bool = Field(
        True, description="The same id is the same QA pair in every language; false: each language has its own pairs"
    )
    negatives: Annotated[Int, Field(ge=0)] = Field(
        8, description="Maximum number of hard negatives to read per QA pair"
    )
    empty: Literal["refuse", "drop"] = Field(
        "refuse",
        description="What to do with an empty question or passage: refuse the file, or drop the row (and count it)",
    )
    exclude: Annotated[tuple[str, ...], AfterValidator(check_distinct)] = Field(
        (),
        description="Pair ids that are dropped and counted, in every language: those that check_overlap finds in a "
        "benchmark",
    )
    max_entry_mb: Positive = Field(
        64, description="Maximum size in MB of one line, array entry or field; 4 times this for a squad file"
    )

    @model_validator(mode="after")
    def _expand_folder(self) -> "Corpus":
        if bool(self.files) + bool(self.pairs) + (self.folder is not None) != 1:
            bitext = " or, for bitext, 'pairs'" if self.is_bitext else ""
            raise ValueError(f"give either 'files' or 'folder'{bitext}")
        if (self.folder is None) != (self.languages is None):
            raise ValueError("'folder' and 'languages' must be given together")
        if self.folder is None:
            return self
        if "{language}" not in self.folder:
            raise ValueError(f"'folder' must contain {{language}}, as in path/{{language}}.jsonl: {self.folder!r}")
        files = {tag: CorpusFile(file=self.folder.replace("{language}", tag)) for tag in self.languages or ()}
        return self.model_copy(update={"files": files})

    @model_validator(mode="after")
    def _pivot_is_there(self) -> "Corpus":
        if self.pivot is not None and self.pivot not in self.files:
            raise ValueError(f"the pivot {self.pivot!r} is not a language of the corpus ({', '.join(self.files)})")
        if self.pivot is not None and self.format != "squad":
            raise ValueError("'pivot' is only for the format squad")
        return self

    @model_validator(mode="after")
    def _format_fits(self) -> "Corpus":
        row = FORMATS[self.format]
        if problem := next(format_problems(self), None):
            raise ValueError(problem)
        if row.columns is None and (self.columns is not None or self.where):
            raise ValueError(f"'columns' and 'where' do not apply to the format {self.format}")
        for tag, files in self.files.items():
            given = files.by_role()
            if row.columns is None and (files.columns is not None or files.where):
                raise ValueError(f"files.{tag}: 'columns' and 'where' do not apply to the format {self.format}")
            if self.format == "tevatron" and "corpus" in given and (self.columns_of(tag) or self.where_of(tag)):
                raise ValueError(f"files.{tag}: 'columns' and 'where' do not apply to rows with ids and a 'corpus'")
            if row.needed == ("file",) and not given:
                raise ValueError(f"files.{tag}: give one of 'file', 'known', 'url' and 'hub'")
            if wrong := [role for role in given if role not in row.roles]:
                there = ", ".join(row.roles)
                raise ValueError(f"files.{tag}: unknown role {wrong[0]!r}; the format {self.format} has {there}")
            if absent := [role for role in row.needed if role not in given]:
                raise ValueError(f"files.{tag}: the format {self.format} needs {absent[0]!r}")
            if row.one_of and not any(role in given for role in row.one_of):
                choices = " and ".join(map(repr, row.one_of))
                raise ValueError(f"files.{tag}: the format {self.format} needs one of {choices}")
        return self

    @property
    def is_bitext(self) -> bool:
        """Whether it has parallel sentences instead of QA pairs."""
        return FORMATS[self.format].is_bitext

    @property
    def languages_there(self) -> list[str]:
        """The languages that its files have, in order."""
        return list(dict.fromkeys([*self.files, *(tag for name in self.pairs for tag in split_pair(name))]))

    def groups(self) -> list[tuple[str, tuple[str, ...], tuple[FilePlace, ...]]]:
        """Return the (name, languages, files) of what is aligned, of bitext; the name is empty for 'files'."""
        own = tuple(place for files in self.files.values() for place in files.by_role()["file"])
        by_language = [("", tuple(self.files), own)] if own else []
        return [*by_language, *((pair, split_pair(pair), places) for pair, places in self.pairs.items())]

    def roles(self) -> Iterator[Mapping[str, tuple[FilePlace, ...]]]:
        """Yield the files by role, of each language, then of each language pair."""
        yield from (files.by_role() for files in self.files.values())
        yield from ({"file": files} for files in self.pairs.values())

    def places(self) -> Iterator[FilePlace]:
        """Yield every file."""
        yield from (place for own in self.roles() for places in own.values() for place in places)

    @property
    def hub_datasets(self) -> list[str]:
        """The datasets on the Hugging Face Hub that files come from, as ``owner/name``, sorted."""
        return sorted({place.hub for place in self.places() if place.hub})

    def columns_of(self, language: str) -> dict[str, str | None]:
        """Return the column names that are given for a language, those that are null included."""
        own = (self.columns, self.files[language].columns)
        return {
            name: value for one in own if one is not None for name, value in one.model_dump(exclude_unset=True).items()
        }

    def where_of(self, language: str) -> dict[str, str | bool | int | float]:
        """Return the values that the rows of a language have."""
        return {**self.where, **self.files[language].where}


@dataclass(frozen=True)
class RemoteFile:
    """A file that is downloaded and is not a known download."""

    url: str
    sha256: str | None


def remote_files(corpora: Mapping[str, Corpus], others: Iterable[FilePlace] = ()) -> dict[str, RemoteFile]:
    """Return every file of the corpora, and of ``others``, that has a URL, by its path below ``results/downloads``.

    A file that is listed several times is checked if one entry gives its SHA-256.

    Raises:
        ValueError: a file has different ones.

    """
    files: dict[str, RemoteFile] = {}
    for place in (*(place for corpus in corpora.values() for place in corpus.places()), *others):
        if not place.source or place.download is None:
            continue
        earlier = files[place.download].sha256 if place.download in files else None
        hashes = {sha256 for sha256 in (earlier, place.sha256) if sha256 is not None}
        if len(hashes) > 1:
            raise ValueError(f"{public_url(place.source)} has two different 'sha256': {' and '.join(sorted(hashes))}")
        files[place.download] = RemoteFile(place.source, next(iter(hashes), None))
    return files
