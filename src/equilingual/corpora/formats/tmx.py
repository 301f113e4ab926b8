"""TMX 1.4b, translation memories in XML (https://www.gala-global.org/tmx-14b): a unit has a text in each language.

A file is read as a stream: no more than one unit is held. ``xml:lang`` may be any spelling of a language (``EN-US``,
``pt_BR``). Codes of the tool that wrote it (``bpt``, ``ept``, ``ph``, ``it``, ``ut``, ``sub``) are left out.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast
from xml.etree import ElementTree  # nosec B405  # expat bounds entities and reads no other file; a test shows both

from equilingual.catalogues.corpora import Format
from equilingual.corpora.aligned import BitextSource, Sentence
from equilingual.corpora.errors import CorpusError, FilePath
from equilingual.corpora.lines import open_bytes, telling_damage, too_long
from equilingual.corpora.pairs import Place
from equilingual.languages import UnknownLanguageError, get_language

_CHUNK = 1 << 16
_DEEPEST = 100  # elements inside one another: a unit's text has four or five
_LANGUAGE = ("{http://www.w3.org/XML/1998/namespace}lang", "lang")  # TMX 1.1 has the second
_CODES = {"bpt", "ept", "ph", "it", "ut", "sub"}


def read(source: BitextSource, file_format: Format) -> Iterator[Sentence]:
    """Yield the units of TMX files; of a language that a unit has twice, the first text.

    Raises:
        CorpusError: a file is not well-formed XML, has no unit, or a unit is too long, too deep or names no language.

    """
    total = 0
    for path in source.files:
        before = total
        for total, unit in enumerate(_units(path, source.longest), start=before + 1):
            place = Place(path, f"unit {total - before}")
            yield Sentence(place, str(total), _texts(place, unit, source.languages))
        if total == before:
            raise CorpusError(path, "", "no unit (<tu>): is this a TMX file?")


def _units(path: FilePath, longest: int) -> Iterator[ElementTree.Element]:
    """Yield every ``tu``, and forget it afterwards."""
    parser: Any = ElementTree.XMLPullParser(["start", "end"])  # typeshed gives its class a parameter that it lacks
    above: list[ElementTree.Element] = []
    number = since = 0  # units so far, and bytes since the last one
    with open_bytes(path) as file, telling_damage(path, lambda: f"after unit {number}"):
        while True:
            chunk = file.read(_CHUNK)
            try:
                parser.feed(chunk) if chunk else parser.close()
                events = cast("list[tuple[str, ElementTree.Element]]", list(parser.read_events()))
            except ElementTree.ParseError as error:
                line, column = error.position
                raise CorpusError(path, f"line {line}", f"not XML ({error.msg}), column {column + 1}") from error
            since += len(chunk)
            for event, element in events:
                if event == "start":
                    above.append(element)
                    if len(above) > _DEEPEST:
                        raise CorpusError(
                            path, f"unit {number + 1}", f"more than {_DEEPEST} elements inside one another"
                        )
                    continue
                above.pop()
                if _name(element) == "tu":
                    number, since = number + 1, 0
                    yield element
                    above[-1].remove(element) if above else None
            if since > longest + _CHUNK:
                raise CorpusError(path, f"unit {number + 1}", too_long(longest))
            if not chunk:
                return


def _texts(place: Place, unit: ElementTree.Element, languages: tuple[str, ...]) -> list[str]:
    found: dict[str, str] = {}
    for variant in (child for child in unit if _name(child) == "tuv"):
        code = next((variant.attrib[name] for name in _LANGUAGE if name in variant.attrib), None)
        if code is None:
            raise CorpusError(*place, "a <tuv> without xml:lang: every text needs its language")
        if (tag := _tag(code)) in languages:
            segment = next((child for child in variant if _name(child) == "seg"), None)
            text = "" if segment is None else " ".join(_plain(segment).split())
            found[tag] = found.get(tag) or text
    return [found.get(tag, "") for tag in languages]


def _plain(element: ElementTree.Element) -> str:
    """Return the text of a segment without the codes in it."""
    parts = [element.text or ""]
    for child in element:
        parts += ["" if _name(child) in _CODES else _plain(child), child.tail or ""]
    return "".join(parts)


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


@lru_cache(maxsize=1024)
def _tag(code: str) -> str:
    try:
        return get_language(code).tag
    except UnknownLanguageError:
        return ""
