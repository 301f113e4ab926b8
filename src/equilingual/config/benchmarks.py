"""The configuration's benchmarks: which files each format has, what they are called, and where they come from."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from equilingual.config.corpora import FilePlace, RoleFile, RoleFiles
from equilingual.config.fields import Bool, Languages, LanguageTag, Model, OneSpelling
from equilingual.languages import get_language, language_table
from equilingual.registry import known_benchmarks, known_files

ALL = "all"  # in place of a language: files that all languages share
ENGLISH = "en"
KindName = Literal["lareqa", "beir", "tatoeba", "flores", "miracl"]


@dataclass(frozen=True)
class Layout:
    """What the files of a format are called in a folder; ``{tag}`` is the language, ``{code}`` its spelling.

    Attributes:
        each: the name of each role's file of a language.
        shared: the same of files that all languages share.
        column: the column of the language table that has the spelling.
        corpus: whether passages are searched that are given apart, by 'corpus'.

    """

    each: Mapping[str, str]
    shared: Mapping[str, str]
    column: str = "tag"
    corpus: bool = False


# One entry for each format; what reads it is in equilingual.evaluation.benchmarks, and a test keeps the two in step.
LAYOUTS: Mapping[str, Layout] = {
    "lareqa": Layout({"file": "{tag}.json"}, {}),
    "beir": Layout({"corpus": "{tag}/corpus.jsonl", "queries": "{tag}/queries.jsonl"}, {"qrels": "qrels/test.tsv"}),
    "tatoeba": Layout({"text": "tatoeba.{code}-eng.{code}", "english": "tatoeba.{code}-eng.eng"}, {}, column="tatoeba"),
    "flores": Layout({"text": "{code}.dev"}, {}, column="flores"),
    "miracl": Layout(
        {"topics": "topics.miracl-v1.0-{code}-dev.tsv", "qrels": "qrels.miracl-v1.0-{code}-dev.tsv"},
        {},
        column="miracl",
        corpus=True,
    ),
}


def _text_or_list(value: object) -> str:
    """Tell the two members of a union apart by its tag."""
    return "<text>" if isinstance(value, str) else "<list>"


class Benchmark(Model):
    """A retrieval benchmark: known by name, or a folder of files that are called as the format's official ones."""

    known: str | None = Field(None, description="A benchmark known by name (docs/benchmarks.md lists them)")
    folder: str | None = Field(
        None, description="Or a folder of files in a format, called as its official ones, relative to the Snakefile's"
    )
    kind: KindName | None = Field(None, description="The folder's format; null: beir, a sub-folder per language")
    languages: (
        Annotated[
            Annotated[Literal["all"], Tag("<text>")] | Annotated[Languages, Tag("<list>")], Discriminator(_text_or_list)
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
    licence: str | None = Field(None, description="Of a folder's texts")

    @model_validator(mode="after")
    def _one_source(self) -> "Benchmark":
        if (self.known is None) == (self.folder is None):
            raise ValueError("give either 'known' or 'folder'")
        if self.known is not None:
            self._check_known()
        elif self.languages in (None, "all"):
            raise ValueError("a folder needs its 'languages'")
        return self

    @model_validator(mode="after")
    def _options_fit(self) -> "Benchmark":
        of_kinds = {
            "candidate_text": ("lareqa",),
            "parallel": ("beir",),
            "qrels": ("beir",),
            "pool": ("miracl",),
            "corpus": tuple(kind for kind, layout in LAYOUTS.items() if layout.corpus),
        }
        for key, kinds in of_kinds.items():
            if getattr(self, key) != type(self).model_fields[key].default and self.format not in kinds:
                if key == "candidate_text":
                    raise ValueError("these candidates have no context: candidate_text must be 'sentence'")
                raise ValueError(f"{key!r} goes with {', '.join(kinds)}, not with {self.format}")
        for tag in self.tags:
            if LAYOUTS[self.format].corpus and not self.files()[tag].get("corpus"):
                raise ValueError(f"'corpus' has no {tag!r}: give the files with its passages")
        return self

    def _check_known(self) -> None:
        names = known_benchmarks()
        if self.known not in names:
            near = difflib.get_close_matches(str(self.known), names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
            raise ValueError(f"no benchmark is known as {self.known!r}; {hint}")
        if self.kind is not None:
            raise ValueError("'kind' goes with 'folder'")
        for tag in self.languages if isinstance(self.languages, tuple) else ():
            if tag not in known_languages(self.known):
                raise ValueError(f"{self.known} has no {tag!r}")

    @property
    def format(self) -> str:
        """The format of the files."""
        return known_benchmarks()[self.known]["format"] if self.known else self.kind or "beir"

    @property
    def tags(self) -> tuple[str, ...]:
        """The languages, in order."""
        if isinstance(self.languages, tuple):
            return self.languages
        entry = known_benchmarks()[str(self.known)]
        usual = entry.get("languages", list(known_languages(str(self.known))))
        return tuple(known_languages(str(self.known)) if self.languages == ALL else usual)

    def files(self) -> dict[str, dict[str, tuple[FilePlace, ...]]]:
        """Return the files by language and role; under :data:`ALL` those that all languages share."""
        if self.known:
            found = {tag: dict(known_languages(self.known)[tag]) for tag in self.tags}
        else:
            found = self._folder_files()
        for tag, places in self.corpus.items():
            if tag in found:
                found[tag]["corpus"] = places
        return found

    def _folder_files(self) -> dict[str, dict[str, tuple[FilePlace, ...]]]:
        layout = LAYOUTS[self.format]
        each, shared = dict(layout.each), dict(layout.shared)
        if self.qrels == "by-language":
            each["qrels"] = "{tag}/" + shared.pop("qrels")
        found = {tag: {role: self._own(name, tag, layout) for role, name in each.items()} for tag in self.tags}
        return found | ({ALL: {role: self._own(name, None, layout) for role, name in shared.items()}} if shared else {})

    def _own(self, name: str, tag: str | None, layout: Layout) -> tuple[FilePlace, ...]:
        return (RoleFile(file=f"{self.folder}/{_spelled(name, tag, layout.column) if tag else name}"),)

    def places(self) -> Iterator[FilePlace]:
        """Yield every file."""
        for roles in self.files().values():
            for places in roles.values():
                yield from places

    @property
    def expected(self) -> dict[str, tuple[int | None, int | None]] | None:
        """The published (candidates, queries) by language, where there are any."""
        if not self.known:
            return None
        entry = known_benchmarks()[self.known]
        counts = {tag: entry.get("counts", {}).get(tag) or _own_counts(entry, tag) for tag in self.tags}
        full = self.pool == "full" and not self.corpus
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
    """Return the files of a known benchmark by language and role, for every language that it has."""
    entry = known_benchmarks()[name]
    own = {tag: {"file": (_place(entry, file["path"]),)} for tag, file in entry.get("files", {}).items()}
    column = LAYOUTS[entry["format"]].column
    if "each" in entry:
        tags = (
            entry.get("all")
            or entry.get("languages")
            or [tag for tag, row in language_table().items() if getattr(row, column) and tag != ENGLISH]
        )
        for tag in tags:
            own[tag] = {role: (_place(entry, _spelled(path, tag, column)),) for role, path in entry["each"].items()}
    for tag, shards in entry.get("shards", {}).items():
        if tag in own:
            own[tag]["corpus"] = tuple(_corpus_place(entry["corpus"], tag, column, shard) for shard in range(shards))
    return own


def _place(entry: Mapping[str, Any], path: str) -> FilePlace:
    """Return a known download, checked by its hash, or, where there is none, the URL below the benchmark's home."""
    return RoleFile(known=path) if path in known_files() else RoleFile(url=f"{entry['home']}/{path}")


def _corpus_place(corpus: Mapping[str, str], tag: str, column: str, shard: int) -> FilePlace:
    return RoleFile(**{key: _spelled(value, tag, column, shard=shard) for key, value in corpus.items()})
