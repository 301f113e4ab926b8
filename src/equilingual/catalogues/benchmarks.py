"""The formats of benchmarks: what their files are called, what is asked of them, what reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ALL = "all"  # in place of a language: files that all languages share
MONOLINGUAL, CROSS_LINGUAL, MULTILINGUAL = SETTINGS = ("monolingual", "cross-lingual", "multilingual")
_JUDGED = (
    "ignore_identical_ids",
    "empty",
    "missing",
)  # keys of formats with relevance judgements by the files' own ids


@dataclass(frozen=True)
class Format:
    """A format of benchmarks. In the names of files ``{tag}`` is the language, ``{code}`` its spelling.

    Attributes:
        module: of ``equilingual.evaluation.benchmarks``; its function ``read`` adds the rows to the tables.
        each: the name of each role's file of a language.
        shared: the same of files that all languages share.
        column: the column of the language table that has the spelling.
        settings: the retrieval settings that it supports, of :data:`SETTINGS`.
        task: ``retrieval``, ``bitext`` (the same texts are queries and candidates) or ``mining`` (pairs are mined).
        corpus: whose passages are given apart, by the configuration's ``corpus``: ``each`` language's, English ones
            for all (``shared``), or none.
        options: its keys in the configuration, without ``corpus``.
        english_side: whether each language is matched with English texts only.
        candidate_languages: of the candidates: those that are ``asked`` for, ``english`` alone, or ``many`` others.
        whole: whether every language has candidates and queries.
        texts_of: the reference (``registry.toml``) whose texts it has, wherever its files come from.

    """

    module: str
    each: Mapping[str, str]
    settings: tuple[str, ...]
    shared: Mapping[str, str] = field(default_factory=dict)
    column: str = "tag"
    task: Literal["retrieval", "bitext", "mining"] = "retrieval"
    corpus: Literal["each", "shared"] | None = None
    options: tuple[str, ...] = ()
    english_side: bool = False
    candidate_languages: Literal["asked", "english", "many"] = "asked"
    whole: bool = True
    texts_of: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys in the configuration."""
        return (*self.options, "corpus") if self.corpus else self.options


FORMATS: Mapping[str, Format] = {
    "lareqa": Format("lareqa", {"file": "{tag}.json"}, SETTINGS, options=("candidate_text",), texts_of="xquad-r"),
    "beir": Format(
        "beir",
        {"corpus": "{tag}/corpus.jsonl", "queries": "{tag}/queries.jsonl"},
        SETTINGS,
        shared={"qrels": "qrels/test.tsv"},
        options=("parallel", "qrels", *_JUDGED),
    ),
    "tatoeba": Format(
        "tatoeba",
        {"text": "tatoeba.{code}-eng.{code}", "english": "tatoeba.{code}-eng.eng"},
        (CROSS_LINGUAL,),
        column="tatoeba",
        task="bitext",
        english_side=True,
    ),
    "flores": Format(
        "flores",
        {"text": "{code}.dev"},
        (CROSS_LINGUAL, MULTILINGUAL),
        column="flores",
        task="bitext",
        options=("lines", "split"),
        texts_of="flores",
    ),
    "miracl": Format(
        "miracl",
        {"topics": "topics.miracl-v1.0-{code}-dev.tsv", "qrels": "qrels.miracl-v1.0-{code}-dev.tsv"},
        (MONOLINGUAL,),
        column="miracl",
        corpus="each",
        options=("pool", *_JUDGED),
    ),
    "mr-tydi": Format(
        "miracl",
        {"topics": "topics.mrtydi-v1.1-{code}.test.txt", "qrels": "qrels.mrtydi-v1.1-{code}.test.txt"},
        (MONOLINGUAL,),
        corpus="each",
        options=("pool", *_JUDGED),
    ),
    # Its passages are of FLORES-200.
    "belebele": Format("belebele", {"file": "{code}.jsonl"}, SETTINGS, column="flores", texts_of="flores"),
    "bucc": Format(
        "bucc",
        {
            f"{split}_{role}": f"{{tag}}-en.{split}.{end}"
            for split in ("dev", "test")
            for role, end in (("text", "{tag}"), ("english", "en"), ("gold", "gold"))
        },
        (CROSS_LINGUAL,),
        task="mining",
        english_side=True,
    ),
    "mkqa": Format(
        "mkqa",
        {},
        (MONOLINGUAL, CROSS_LINGUAL),
        shared={"questions": "mkqa.jsonl"},
        column="mkqa",
        corpus="shared",
        english_side=True,
        candidate_languages="english",
        whole=False,
    ),
    "mewsli-x": Format(
        "mewsli_x",
        {},
        (MULTILINGUAL,),
        shared={"mentions": "wikinews_mentions-test.jsonl", "entities": "candidate_set_entities.jsonl"},
        candidate_languages="many",
        whole=False,
    ),
}


def formats_with(option: str) -> list[str]:
    """Return the names of the formats that have a key of the configuration."""
    return [name for name, row in FORMATS.items() if option in row.keys]
