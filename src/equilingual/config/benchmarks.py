"""The configuration's benchmarks: which files each format has, what they are called, and where they come from."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from equilingual.catalogues.benchmarks import ALL, FORMATS, Format, formats_with
from equilingual.config.base import Bool, Model, Positive
from equilingual.config.corpora import FilePlace, RoleFile, RoleFiles
from equilingual.config.fields import OneOf, check_distinct
from equilingual.config.tags import Languages, LanguageTag, OneSpelling
from equilingual.languages import get_language
from equilingual.messages import suggestion
from equilingual.registry import known_benchmarks, known_files

ENGLISH = "en"


def _text_or_list(value: object) -> str:
    """Return the tag of the union's member that a value belongs to."""
    return "<text>" if isinstance(value, str) else "<list>"


def _check_order(lines: tuple[int, int]) -> tuple[int, int]:
    if lines[0] > lines[1]:
        raise ValueError(f"the first line ({lines[0]}) must not come after the last ({lines[1]})")
    return lines


def _check_all(value: object) -> object:
    if value != "all":
        raise ValueError(f"give a list, [{value}], or 'all'")
    return value


class Benchmark(Model):
    """A retrieval benchmark: known by name, or a folder of files named like the official files of a format."""

    known: str | None = Field(None, description="A benchmark known by name (listed in docs/benchmarks.md)")
    folder: str | None = Field(
        None, description="Or a folder of files, relative to the Snakefile, named like the official files of its format"
    )
    kind: Annotated[str, OneOf(FORMATS)] | None = Field(
        None,
        alias="format",  # the property of this name is the format that the files have, asked for or not
        description="The format of the folder; null: beir, with one sub-folder per language",
    )
    languages: (
        Annotated[
            Annotated[Literal["all"], BeforeValidator(_check_all), Tag("<text>")] | Annotated[Languages, Tag("<list>")],
            Discriminator(_text_or_list),
        ]
        | None
    ) = Field(
        None,
        description="A list, or all: every language of a known benchmark; null: the languages it is usually "
        "evaluated in",
    )
    corpus: Annotated[dict[LanguageTag, RoleFiles], OneSpelling] = Field(
        {},
        description="miracl, mr-tydi, mkqa (en): files with the passages of each language, one or a list, instead of"
        " the known benchmark's",
    )
    pool: Literal["full", "judged"] = Field(
        "full",
        description="miracl, mr-tydi: search the full corpus, or only the judged passages (not comparable with other"
        " results)",
    )
    parallel: Bool = Field(
        True, description="beir: the same id is the same question in every language; false: languages are independent"
    )
    qrels: Literal["shared", "by-language"] = Field(
        "shared",
        description="beir: shared (qrels/test.tsv for all languages) or by-language ({language}/qrels/test.tsv for "
        "each)",
    )
    candidate_text: Literal["sentence", "sentence+context"] = Field(
        "sentence",
        description="lareqa: the text of a candidate that is encoded: sentence, or sentence+context (its paragraph)",
    )
    lines: Annotated[tuple[Positive, Positive], AfterValidator(_check_order)] | None = Field(
        None,
        description="flores: use only these lines of every file, [first, last]; null: all. If 'calibration_corpus' "
        "is flores, debiasing is fitted on the other lines",
    )
    split: Literal["dev", "devtest"] | None = Field(
        None,
        description="flores: read {folder}/{split}/{code}.{split}, as in the archive of FLORES-200; null: "
        "{folder}/{code}.dev",
    )
    ignore_identical_ids: Bool = Field(
        False,
        description="beir, miracl, mr-tydi: exclude candidates with the query's own id, as BEIR does for Quora and "
        "ArguAna, where queries are also documents",
    )
    empty: Literal["refuse", "drop"] = Field(
        "refuse",
        description="beir, miracl, mr-tydi: what to do with an empty query or relevant passage: refuse the file, or "
        "drop it (and count it) with its judgements. Other empty texts are always dropped and counted",
    )
    missing: Literal["refuse", "drop"] = Field(
        "refuse",
        description="beir, miracl, mr-tydi: what to do with a judgement of a missing query or passage: refuse the "
        "file, or drop the judgement (and count it)",
    )
    licence: str | None = Field(None, description="The licence of the folder's texts")
    made_from: Annotated[tuple[str, ...], AfterValidator(check_distinct)] = Field(
        (), description="Data sets its texts come from ([squad]), besides those of a known benchmark"
    )

    @model_validator(mode="after")
    def _one_source(self) -> "Benchmark":
        if self.known is None and self.folder is None:
            raise ValueError("give 'known' or 'folder', or both for a local copy of a known benchmark's files")
        if self.known is not None:
            self._check_known(self.known)
        elif self.languages in (None, "all"):
            raise ValueError("'languages' is required for a 'folder'")
        return self

    @model_validator(mode="after")
    def _options_fit(self) -> "Benchmark":
        for key, field in type(self).model_fields.items():
            formats = formats_with(key)
            if formats and self.format not in formats and getattr(self, key) != field.default:
                if key == "candidate_text":
                    raise ValueError("'candidate_text' must be 'sentence': these candidates have no context")
                raise ValueError(f"{key!r} is only for {', '.join(formats)}, not for {self.format}")
        count = known_benchmarks()[self.known].get("count") if self.known else None
        if self.lines and count and self.lines[1] > count[0]:
            raise ValueError(f"'lines' ends at {self.lines[1]}, but the files of {self.known} have {count[0]} lines")
        if self.split and self.known:
            raise ValueError(
                f"'split' is only for a folder of your own, {{folder: …, format: flores, split: {self.split}}}: "
                f"the files of {self.known} are those of dev"
            )
        files, owners = self.files(), self._corpus_of()
        for tag, owner in owners.items():
            if not files[tag].get("corpus"):
                raise ValueError(f"'corpus' lacks {owner!r}: add the files with its passages")
        for tag in self.corpus:
            if tag not in owners.values():
                raise ValueError(f"'corpus' has {tag!r}, whose passages are not searched; remove it")
        return self

    def _check_known(self, known: str) -> None:
        names = known_benchmarks()
        if known not in names:
            raise ValueError(f"unknown benchmark {known!r}; {suggestion(known, names)}")
        if self.kind is not None:
            raise ValueError("'format' is only for a 'folder' that is not a known benchmark")
        if self.folder is None and "needs" in names[known]:
            raise ValueError(f"{known}: {names[known]['needs']}")
        for tag in self.languages if isinstance(self.languages, tuple) else ():
            if tag not in known_languages(known):
                raise ValueError(f"{known} has no {tag!r}")

    @property
    def format(self) -> str:
        """The format of the files."""
        return known_benchmarks()[self.known]["format"] if self.known else self.kind or "beir"

    @property
    def tags(self) -> tuple[str, ...]:
        """The languages, in order."""
        if isinstance(self.languages, tuple):
            return self.languages
        there = [tag for tag in known_languages(str(self.known)) if tag != ALL]
        usual = known_benchmarks()[str(self.known)].get("languages", there)
        return tuple(there if self.languages == ALL else usual)

    def files(self) -> dict[str, dict[str, tuple[FilePlace, ...]]]:
        """Return the files by language and role; under :data:`ALL` those that all languages share."""
        known = known_languages(self.known) if self.known else {}
        if self.folder is not None:
            found = self._folder_files()
        else:
            found = {tag: dict(known[tag]) for tag in (*self.tags, ALL) if tag in known}
        for tag, owner in self._corpus_of().items():
            places = self.corpus.get(owner) or known.get(tag, {}).get("corpus")
            if places:
                found[tag]["corpus"] = places
        return found

    def _corpus_of(self) -> dict[str, str]:
        """Return, for each language or for all, the language under which 'corpus' lists the passages."""
        corpus = FORMATS[self.format].corpus
        return {tag: tag for tag in self.tags} if corpus == "each" else {ALL: ENGLISH} if corpus else {}

    def _folder_files(self) -> dict[str, dict[str, tuple[FilePlace, ...]]]:
        layout = FORMATS[self.format]
        each, shared = dict(layout.each), dict(layout.shared)
        if self.split:
            each = {role: self._of_split(name) for role, name in each.items()}
        if self.qrels == "by-language":
            each["qrels"] = "{tag}/" + shared.pop("qrels")
        found = {tag: {role: self._own(name, tag, layout) for role, name in each.items()} for tag in self.tags}
        return found | ({ALL: {role: self._own(name, None, layout) for role, name in shared.items()}} if shared else {})

    def _of_split(self, name: str) -> str:
        """Return the path of a split's file below the folder, which may be the split's folder itself."""
        is_own = PurePosixPath(str(self.folder)).name == self.split
        return f"{'' if is_own else f'{self.split}/'}{name.removesuffix('.dev')}.{self.split}"

    def _own(self, name: str, tag: str | None, layout: Format) -> tuple[FilePlace, ...]:
        return (RoleFile(file=f"{self.folder}/{_spelled(name, tag, layout.column) if tag else name}"),)

    def places(self) -> Iterator[FilePlace]:
        """Yield every file."""
        for roles in self.files().values():
            for places in roles.values():
                yield from places

    @property
    def gold(self) -> dict[str, int]:
        """The published number of gold pairs per language, for bitext mining."""
        published = known_benchmarks()[self.known].get("gold", {}) if self.known else {}
        return {tag: published[tag] for tag in self.tags if tag in published}

    @property
    def expected(self) -> dict[str, tuple[int | None, int | None]] | None:
        """The published numbers of (candidates, queries) by language; None if unknown."""
        if not self.known:
            return None
        entry = known_benchmarks()[self.known]
        counts = {tag: entry.get("counts", {}).get(tag) or _own_counts(entry, tag) for tag in self.tags}
        if self.lines is not None:
            asked = self.lines[1] - self.lines[0] + 1
            return dict.fromkeys(counts, (asked, asked))
        full = self.pool == "full"
        return {tag: (found[0] if full else None, found[1]) for tag, found in counts.items() if found} or None


def _own_counts(entry: Mapping[str, Any], tag: str) -> tuple[int, int] | None:
    own = entry.get("files", {}).get(tag, {})
    return (own["candidates"], own["queries"]) if "candidates" in own else entry.get("count")


def _spelled(text: str, tag: str, column: str, **others: object) -> str:
    code = getattr(get_language(tag), column)
    if code is None:
        raise ValueError(f"languages.yaml has no spelling of {tag!r} in the column {column!r}")
    for name, value in {"tag": tag, "code": code, **others}.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


@cache
def known_languages(name: str) -> Mapping[str, Mapping[str, tuple[FilePlace, ...]]]:
    """Return the files of a known benchmark by language and role; a language may have none, of those all share some."""
    entry = known_benchmarks()[name]
    column = FORMATS[entry["format"]].column
    own: dict[str, dict[str, tuple[FilePlace, ...]]]
    own = {tag: {"file": (_place(entry, file["path"]),)} for tag, file in entry.get("files", {}).items()}
    for tag in [] if own else (*entry["languages"], *entry.get("others", ())):
        spelling = entry.get("spellings", {}).get(tag)
        own[tag] = {
            role: (_place(entry, _spelled(path, tag, column, spelling=spelling)),)
            for role, path in entry.get("each", {}).items()
        }
        if "corpus" in entry:
            shards = range(entry.get("shards", {}).get(tag, 1))
            own[tag]["corpus"] = tuple(
                _hub_place(entry["corpus"], tag, column, shard=n, spelling=spelling) for n in shards
            )
    if "shared" in entry:
        own[ALL] = {role: (_place(entry, path),) for role, path in entry["shared"].items()}
    return own


def _place(entry: Mapping[str, Any], path: str) -> FilePlace:
    """Return a known download, checked by its hash, or, where there is none, the file below the benchmark's home."""
    if path in known_files():
        return RoleFile(known=path)
    if "hub" in entry:
        return RoleFile(**entry["hub"], path=path)
    return RoleFile(url=f"{entry['home']}/{path}")


def _hub_place(place: Mapping[str, str], tag: str, column: str, **others: object) -> FilePlace:
    return RoleFile(**{key: _spelled(value, tag, column, **others) for key, value in place.items()})
