"""Bitext in the configuration: which files are aligned, and what must not be trained on."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from equilingual.catalogues import listed
from equilingual.catalogues.corpora import FORMATS
from equilingual.languages import UnknownLanguageError, get_language

if TYPE_CHECKING:
    from equilingual.config.corpora import Corpus
    from equilingual.config.models import Config

# Sentences that retrieval is scored on; the overlap check looks for the texts of all benchmarks of a run besides.
REFUSED = ("flores", "tatoeba", "belebele", "xquad", "mlqa", "miracl", "bucc")
_REFUSED = re.compile(rf"(?<![a-z])({'|'.join(REFUSED)})", re.IGNORECASE)

_ONLY_BITEXT = ("pairs", "score_column", "min_score", "filters")
_ONLY_PAIRS_OF_QA = ("columns", "where", "pivot", "parallel", "negatives", "empty", "exclude")


def split_pair(name: str) -> tuple[str, ...]:
    """Return the languages of ``de-en`` or ``en-zh-Hant``, as BCP-47 tags.

    Raises:
        ValueError: a part is no language, there are fewer than two, or one twice.

    """
    # Only a script, of four letters, belongs to the part before it.
    parts = re.split(r"-(?![A-Za-z]{4}(?:-|$))", name)
    tags = []
    for part in parts:
        try:
            tags.append(get_language(part).tag)
        except UnknownLanguageError as error:
            raise ValueError(f"{name!r} does not name languages as in 'de-en': {error}") from error
    if len(tags) < 2 or len(set(tags)) < len(tags):
        raise ValueError(f"{name!r} must name two different languages or more, as in 'de-en'")
    return tuple(tags)


PairName = Annotated[str, AfterValidator(lambda name: "-".join(split_pair(name)))]


def format_problems(corpus: "Corpus") -> Iterator[str]:
    """Yield which keys of a corpus do not go with its format, or with each other."""
    row = FORMATS[corpus.format]
    given = [
        name for name in corpus.model_fields_set if getattr(corpus, name) != type(corpus).model_fields[name].default
    ]
    for name in (one for one in _ONLY_PAIRS_OF_QA if row.is_bitext and one in given):
        yield f"'{name}' is only for QA pairs, and the format {corpus.format} is bitext"
    for name in (one for one in _ONLY_BITEXT if not row.is_bitext and one in given):
        yield f"'{name}' is only for bitext ({listed([key for key, one in FORMATS.items() if one.is_bitext])})"
    if row.is_bitext:
        yield from _bitext_problems(corpus, by_language=row.by_language)


def _bitext_problems(corpus: "Corpus", *, by_language: bool) -> Iterator[str]:
    if corpus.files and not by_language:
        yield f"a file of the format {corpus.format} has several languages: give 'pairs', as in {{de-en: path}}"
    elif corpus.files and len(corpus.files) < 2:
        yield "bitext needs at least two languages"
    for tag, files in corpus.files.items():
        if files.parts or not files.given:
            yield f"files.{tag}: give one of 'file', 'known', 'url' and 'hub'"
    for name, places in corpus.pairs.items():
        count = len(split_pair(name))
        if corpus.format == "moses" and len(places) not in (1, count):
            yield f"pairs.{name}: give one zip archive, or {count} files in the order of the languages"
    if corpus.score_column is not None and corpus.format != "bitext-tsv":
        yield "'score_column' is only for the format bitext-tsv"
    if corpus.min_score is not None and corpus.score_column is None:
        yield "'min_score' needs 'score_column', the number of the column with the score, counted from 1"


def bitext_problems(config: "Config") -> Iterator[str]:
    """Yield what is wrong with the bitext of a configuration, each with its key."""
    for name, corpus in config.corpora.items():
        if corpus.is_bitext and (what := _refused(name, corpus)):
            yield (
                f"corpora.{name}: {what} is a benchmark, and nothing is trained on what is evaluated; choose another "
                "corpus"
            )
    for name, training_set in config.training_sets.items():
        yield from _misplaced(config, f"training_sets.{name}.corpora", training_set.corpora)
    yield from _misplaced(config, "validation.corpora", config.validation.corpora if config.validation else ())
    yield from _unlabelled_problems(config)
    asked = config.batches.bitext
    if asked is None:
        return
    for name in asked.corpora:
        named = config.corpora.get(name)
        if named is None or not named.is_bitext:
            able = ", ".join(key for key, one in config.corpora.items() if one.is_bitext) or "none"
            what = f"unknown corpus {name!r}" if named is None else f"{name} has QA pairs (format {named.format})"
            yield f"batches.bitext.corpora: {what}; bitext in 'corpora': {able}"
            return
    yield from _language_problems(config)


def _unlabelled_problems(config: "Config") -> Iterator[str]:
    """Yield why the centring term cannot take sentences of the corpora that it names."""
    able = [name for name, corpus in config.corpora.items() if corpus.is_bitext]
    for name in config.training.regularizers.unlabelled:
        if name not in able:
            what = f"{name} has QA pairs" if name in config.corpora else f"unknown corpus {name!r}"
            there = f"bitext in 'corpora': {', '.join(able) or 'none'}"
            yield f"training.regularizers.centring.corpora: {what}; {there}"


def _refused(name: str, corpus: "Corpus") -> str | None:
    """Return the benchmark that a corpus is by its name or that of a file."""
    places = (place for own in corpus.roles() for places in own.values() for place in places)
    named = (name, *(text for one in places for text in (one.file, one.known, one.url, one.hub, one.path) if text))
    found = next(filter(None, map(_REFUSED.search, named)), None)
    return found[0] if found else None


def _misplaced(config: "Config", key: str, corpora: tuple[str, ...]) -> Iterator[str]:
    for name in corpora:
        corpus = config.corpora.get(name)
        if corpus is not None and corpus.is_bitext:
            yield f"{key}: {name} is bitext (format {corpus.format}), not QA pairs: name it in batches.bitext.corpora"


def _language_problems(config: "Config") -> Iterator[str]:
    """Yield that weights name languages that the bitext lacks, or leave fewer than two of them."""
    asked = config.batches.bitext
    assert asked is not None
    known = list(dict.fromkeys(tag for name in asked.corpora for tag in config.corpora[name].languages_there))
    own = asked.languages.weights if asked.languages else None
    for tag in own or ():
        if tag not in known:
            yield f"batches.bitext.languages: {', '.join(asked.corpora)} lacks {tag!r}; choose from {', '.join(known)}"
    shared = config.batches.languages.weights if config.batches.languages and asked.languages is None else None
    weights = own or shared
    drawn = known if weights is None else [tag for tag in known if weights.get(tag)]
    if len(drawn) < 2:
        key = "batches.bitext.languages" if own else "batches.languages"
        yield f"{key}: bitext needs at least two languages with a weight above 0, and has {', '.join(drawn) or 'none'}"
