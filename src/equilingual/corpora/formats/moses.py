"""Moses files: one for each language, line n the same sentence in each, an empty line where a language lacks it.

OPUS (https://opus.nlpl.eu) packs the two of a language pair into a zip archive, which is read as it is.
"""

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count, zip_longest

from equilingual.catalogues.corpora import Format
from equilingual.corpora.aligned import BitextSource, Sentence
from equilingual.corpora.errors import CorpusError, FilePath
from equilingual.corpora.lines import check_file, read_lines, split_lines, telling_damage
from equilingual.corpora.pairs import Place
from equilingual.languages import UnknownLanguageError, get_language
from equilingual.messages import shown, shown_names

Lines = Iterator[tuple[int, str]]


def read(source: BitextSource, file_format: Format) -> Iterator[Sentence]:
    """Yield the sentences of one file for each language, or of a zip archive with such files.

    Raises:
        CorpusError: a file cannot be read, has more lines than another, or the archive lacks a language.

    """
    with ExitStack() as stack:
        if len(source.files) == 1:
            paths, lines = _unpack(source, stack)
        else:
            paths = list(source.files)
            lines = [read_lines(path, source.longest) for path in paths]
        for number, found in zip(count(1), zip_longest(*lines)):
            if None in found:
                raise _uneven(number, paths, found)
            place = Place(paths[0], f"line {number}")
            yield Sentence(place, str(number), [line.strip() for _, line in found])


def _uneven(number: int, paths: list[FilePath], found: tuple[tuple[int, str] | None, ...]) -> CorpusError:
    """Return what is said where a file ends before another one."""
    short = paths[found.index(None)]
    longer = next(path for path, line in zip(paths, found, strict=True) if line is not None)
    problem = f"the file ends, but {longer} goes on: line n must be the same sentence in every file"
    return CorpusError(short, f"after line {number - 1}", problem)


def _unpack(source: BitextSource, stack: ExitStack) -> tuple[list[FilePath], list[Lines]]:
    """Return the names of the archive's files, in the order of the languages, and their lines."""
    path = source.files[0]
    check_file(path)
    try:
        with telling_damage(path, str):
            archive = stack.enter_context(zipfile.ZipFile(path))
    except zipfile.BadZipFile as error:
        problem = f"not a zip archive ({error}): give one file for each language, or the archive of all"
        raise CorpusError(path, "", problem) from error
    members = _members(path, archive, source.languages)
    names: list[FilePath] = [f"{path} ({member})" for member in members]
    return names, [_lines(archive, *named, source.longest) for named in zip(members, names, strict=True)]


def _lines(archive: zipfile.ZipFile, member: str, name: FilePath, longest: int) -> Lines:
    try:
        with archive.open(member) as file:
            yield from split_lines(file, name, longest)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError) as error:
        raise CorpusError(name, "", f"a damaged or encrypted archive: {error}") from error


def _members(path: FilePath, archive: zipfile.ZipFile, languages: tuple[str, ...]) -> list[str]:
    """Return the file of each language, by what follows the last dot of its name: ``WikiMatrix.de-en.de``."""
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    by_language: dict[str, list[str]] = {}
    for name in names:
        try:
            by_language.setdefault(get_language(name.rpartition(".")[2]).tag, []).append(name)
        except UnknownLanguageError:
            continue  # README, LICENSE, .xml, .ids
    for language in languages:
        found = by_language.get(language, [])
        if len(found) != 1:
            many = f"{len(found)} files" if found else "no file"
            raise CorpusError(path, "", f"{many} for {shown(language)} in the archive, which has {shown_names(names)}")
    return [by_language[language][0] for language in languages]
