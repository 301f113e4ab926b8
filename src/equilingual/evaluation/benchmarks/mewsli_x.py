"""Mewsli-X: mentions of entities in news of 11 languages, and a million entities described in 50.

The files that the data set's own script makes: ``wikinews_mentions-test.jsonl`` (``context`` with ``language``,
``text`` and ``sentence_spans``; ``mentions`` with ``example_id``, ``mention_span`` and ``entity_id``) and
``candidate_set_entities.jsonl`` (``entity_id``, ``title``, ``description``, ``description_language``,
``sentence_spans``). https://github.com/google-research/google-research, dense_representations_for_entity_retrieval/mel
(arXiv:2104.07412)
"""

import re
import reprlib
from collections.abc import Iterator, Mapping
from typing import Any

from equilingual.catalogues.benchmarks import ALL
from equilingual.evaluation.benchmarks.rows import Distinct, json_rows, text_of
from equilingual.evaluation.benchmarks.tables import BenchmarkError, Source, Tables
from equilingual.languages import UnknownLanguageError, get_language

_MENTIONS = ("context", "mentions")
_ENTITIES = ("entity_id", "description", "description_language", "sentence_spans")
_QUECHUA = {"qu": "quy"}  # the language table has one of its varieties
_MARKED = re.compile(r"\{(.*?)\}")


def read(source: Source, tables: Tables) -> None:
    """Read mentions in the requested languages, and all entities, in one collection.

    Texts are those of XTREME-R's baseline: of a query the mention, a colon and the sentence with the mention between
    braces; of an entity its description. A mention has one entity; mentions of one are a cluster.
    """
    mentions = Distinct[tuple[str, str, str]]("mention")  # language, text, entity
    for place, row in json_rows(source.all(ALL, "mentions"), _MENTIONS, "a row of Mewsli-X's mentions"):
        for example, found in _mentions_of(place, row, set(source.languages)):
            if not mentions.add(place, example, found):
                tables.leave_out("queries", found[0], "repeated queries")
    gold = {entity: "" for _, _, entity in mentions.values.values()}
    for place, row in json_rows(source.all(ALL, "entities"), _ENTITIES, "a row of Mewsli-X's entities"):
        entity, language = text_of(place, row, "entity_id"), _language(place, row.get("description_language"))
        text = _plain(" ".join(_sentences(place, row, "description")))
        if not text:
            raise BenchmarkError(f"{place}: the description of {entity!r} has no text")
        tables.add_candidate(f"{language}_{entity}", language, text, place=place)
        if entity in gold:
            gold[entity] = language
    for example, (language, text, entity) in mentions.values.items():
        place = mentions.places[example]
        if not gold[entity]:
            raise BenchmarkError(f"{place}: the entity {entity!r} is not in {source.all(ALL, 'entities')[0]}")
        tables.add_query(example, language, text, cluster=entity, place=place)
        tables.add_relevant(example, gold[entity], f"{gold[entity]}_{entity}")


def _mentions_of(place: str, row: Mapping[str, Any], languages: set[str]) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Yield (id, (language, text, entity)) of the mentions of an article."""
    context = row["context"]
    if not isinstance(context, dict) or not isinstance(row["mentions"], list):
        raise BenchmarkError(f"{place}: 'context' should be an object and 'mentions' a list")
    language = _language(place, context.get("language"))
    if language not in languages:
        return
    if context.get("text") == "":
        raise BenchmarkError(f"{place}: the article has no text: get-mewsli-x.sh of the dataset adds it")
    text = text_of(place, context, "text")
    for mention in row["mentions"]:
        if not isinstance(mention, dict):
            raise BenchmarkError(f"{place}: a mention should be an object, found {reprlib.repr(mention)}")
        example = text_of(place, mention, "example_id")
        start, end = _span(place, mention.get("mention_span"), text)
        around = [span for span in _spans(place, context, text) if span[0] <= start and end <= span[1]]
        if not around:
            raise BenchmarkError(f"{place}: the mention {example!r} is in no sentence")
        left, right = (_MARKED.sub(r"(\1)", part) for part in (text[around[0][0] : start], text[end : around[0][1]]))
        surface = text[start:end]
        query = _plain(f"{surface}: {left} {{ {surface} }} {right}")
        yield example, (language, query, text_of(place, mention, "entity_id"))


def _language(place: str, code: object) -> str:
    try:
        return get_language(_QUECHUA.get(str(code), str(code))).tag
    except UnknownLanguageError as error:
        raise BenchmarkError(f"{place}: {error}") from error


def _span(place: str, span: object, text: str) -> tuple[int, int]:
    """Return start and end, checked to be within the text and, where the span has its own text, of it."""
    start, end = (span.get("start"), span.get("end")) if isinstance(span, dict) else (None, None)
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise BenchmarkError(f"{place}: {reprlib.repr(span)} is not a span of a text of {len(text)} characters")
    if isinstance(span, dict) and span.get("text", text[start:end]) != text[start:end]:
        raise BenchmarkError(f"{place}: {reprlib.repr(span)} does not match the text there: {text[start:end]!r}")
    return start, end


def _spans(place: str, row: Mapping[str, Any], text: str) -> list[tuple[int, int]]:
    spans = row.get("sentence_spans")
    if not isinstance(spans, list):
        raise BenchmarkError(f"{place}: 'sentence_spans' should be a list, found {reprlib.repr(spans)}")
    return [_span(place, span, text) for span in spans]


def _sentences(place: str, row: Mapping[str, Any], key: str) -> list[str]:
    text = text_of(place, row, key)
    return [text[start:end] for start, end in _spans(place, row, text)]


def _plain(text: str) -> str:
    return " ".join(text.splitlines()).replace("  ", " ").strip()
