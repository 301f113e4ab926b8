"""The configuration's benchmarks: which files each format has, what they are called, and where they come from."""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from equilingual.catalogues.benchmarks import ALL, FORMATS, Format, formats_with
from equilingual.config.corpora import FilePlace, RoleFile, RoleFiles
from equilingual.config.fields import Bool, Languages, LanguageTag, Model, OneOf, OneSpelling, Positive
from equilingual.languages import get_language
from equilingual.registry import known_benchmarks, known_files

ENGLISH = "en"


def _text_or_list(value: object) -> str:
    """Tell the two members of a union apart by its tag."""
    return "<text>" if isinstance(value, str) else "<list>"


def _check_order(lines: tuple[int, int]) -> tuple[int, int]:
    if lines[0] > lines[1]:
        raise ValueError(f"the first line, {lines[0]}, comes after the last, {lines[1]}")
    return lines


def _check_all(value: object) -> object:
    if value != "all":
        raise ValueError(f"give a list, [{value}], or 'all'")
    return value


class Benchmark(Model):
    """A retrieval benchmark: known by name, or a folder of files that are called as the format's official ones."""

    known: str | None = Field(None, description="A benchmark known by name (docs/benchmarks.md lists them)")
    folder: str | None = Field(
        None, description="Or a folder of files in a format, called as its official ones, relative to the Snakefile's"
    )
    kind: Annotated[str, OneOf(FORMATS)] | None = Field(
        None, description="The folder's format; null: beir, a sub-folder per language"
    )
    languages: (
        Annotated[
            Annotated[Literal["all"], BeforeValidator(_check_all), Tag("<text>")] | Annotated[Languages, Tag("<list>")],
            Discriminator(_text_or_list),
        ]
        | None
    ) = Field(None, description="A list, or all that a known benchmark has; null: those that it is usually asked in")
    corpus: Annotated[dict[LanguageTag, RoleFiles], OneSpelling] = Field(
        {},
        description="miracl: the passages of each language, one file or a list, over those of the known one",
    )
    pool: Literal["full", "judged"] = Field(
        "full",
        description="miracl: search the whole corpus, or only what the qrels judge (not comparable)",
    )
    parallel: Bool = Field(
        True, description="beir: an id is the same question in every language; false: each language by itself"
    )
    qrels: Literal["shared", "by-language"] = Field(
        "shared", description="beir: qrels/test.tsv for all languages, or {language}/qrels/test.tsv for each"
    )
    candidate_text: Literal["sentence", "sentence+context"] = Field(
        "sentence", description="lareqa: what is encoded of a candidate: sentence, or sentence+context (its paragraph)"
    )
    lines: Annotated[tuple[Positive, Positive], AfterValidator(_check_order)] | None = Field(
        None,
        description="flores: only these lines of every file, the first and the last; null: all. Debiasing is fitted on "
        "the others where 'fit' is flores, too",
    )
    split: Literal["dev", "devtest"] | None = Field(
        None,
        description="flores: read {folder}/{split}/{code}.{split}, as FLORES-200's archive has it; null: the folder's "
        "own {code}.dev",
    )
    exclude_same_id: Bool = Field(
        False,
        description="beir, miracl: leave out of a query's candidates those with its own id, as BEIR does for Quora and "
        "ArguAna, where every query is a document, too",
    )
    empty: Literal["refuse", "drop"] = Field(
        "refuse",
        description="beir, miracl: what an empty query or relevant passage does: refuse the file, or drop (and count) "
        "it and its judgements. Empty texts that are not asked for are always dropped and counted",
    )
    missing: Literal["refuse", "drop"] = Field(
        "refuse",
        description="beir, miracl: what a judgement of a missing query or passage does: refuse the file, or drop (and "
        "count) the judgement",
    )
    licence: str | None = Field(None, description="Of a folder's texts")

    @model_validator(mode="after")
    def _one_source(self) -> "Benchmark":
        if self.known is None and self.folder is None:
            raise ValueError("give 'known' or 'folder', or both: a folder that has the known one's official files")
        if self.known is not None:
            self._check_known(self.known)
        elif self.languages in (None, "all"):
            raise ValueError("a folder needs its 'languages'")
        return self

    @model_validator(mode="after")
    def _options_fit(self) -> "Benchmark":
        for key, field in type(self).model_fields.items():
            formats = formats_with(key)
            if formats and self.format not in formats and getattr(self, key) != field.default:
                if key == "candidate_text":
                    raise ValueError("these candidates have no context: candidate_text must be 'sentence'")
                raise ValueError(f"{key!r} goes with {', '.join(formats)}, not with {self.format}")
        count = known_benchmarks()[self.known].get("count") if self.known else None
        if self.lines and count and self.lines[1] > count[0]:
            raise ValueError(f"'lines' ends at {self.lines[1]}, and the files of {self.known} have {count[0]} lines")
        if self.split and self.known:
            raise ValueError(
                f"'split' goes with a folder of one's own, {{folder: …, kind: flores, split: {self.split}}}: the files "
                f"of {self.known} are those of dev"
            )
        files, owners = self.files(), self._corpus_of()
        for tag, owner in owners.items():
            if not files[tag].get("corpus"):
                raise ValueError(f"'corpus' has no {owner!r}: give the files with its passages")
        for tag in self.corpus:
            if tag not in owners.values():
                raise ValueError(f"'corpus' has {tag!r}, none of the languages whose passages are searched")
        return self

    def _check_known(self, known: str) -> None:
        names = known_benchmarks()
        if known not in names:
            near = difflib.get_close_matches(known, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
            raise ValueError(f"no benchmark is known as {known!r}; {hint}")
        if self.kind is not None:
            raise ValueError("'kind' goes with a 'folder' that is not a known benchmark's")
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
        """Return under which language 'corpus' has the passages of each language, or of all."""
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
        """Return the path of a file of the split below the folder, which may be the split's own."""
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
        """The published gold pairs of each language, of what is mined."""
        published = known_benchmarks()[self.known].get("gold", {}) if self.known else {}
        return {tag: published[tag] for tag in self.tags if tag in published}

    @property
    def expected(self) -> dict[str, tuple[int | None, int | None]] | None:
        """The published (candidates, queries) by language, where there are any."""
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
        raise ValueError(f"{tag!r} has no spelling in the column {column!r} of languages.yaml")
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
