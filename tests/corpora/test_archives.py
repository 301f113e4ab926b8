"""Archives and XML that mean harm: path parts, links, bombs, entities, and names that would act on a terminal."""

import resource
import stat
import subprocess
import sys
import zipfile
from itertools import pairwise

import pytest

from equilingual.catalogues.corpora import FORMATS
from equilingual.corpora.aligned import BitextSource
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.formats import moses, tmx

MEGABYTE = 1 << 20


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def sentences(path, **options):
    source = BitextSource("de-en", ("de", "en"), (path,), **options)
    return [sentence.texts for sentence in moses.read(source, FORMATS["moses"])]


def test_names_with_path_parts_are_read_where_they_are_and_written_nowhere(tmp_path):
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    path = archive(inside / "a.zip", [("../../W.de", "Eins.\n"), ("/tmp/../W.en", "One.\n")])
    before = sorted(tmp_path.rglob("*"))
    assert sentences(path) == [["Eins.", "One."]]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_an_archive_is_not_followed(tmp_path):
    (tmp_path / "private").write_text("5ecret\n")
    link = zipfile.ZipInfo("W.de")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(tmp_path / "a.zip", [(link, str(tmp_path / "private")), ("W.en", "One.\n")])
    assert sentences(path) == [[str(tmp_path / "private"), "One."]]


def test_names_of_an_archive_are_shown_without_control_characters(tmp_path):
    path = archive(tmp_path / "a.zip", [("\x1b[2J\r\u202eW.de", "Eins.\n"), ("W\x07.en\n<script>", "One.\n")])
    with pytest.raises(CorpusError, match="no file for 'en' in the archive") as error:
        sentences(path)
    assert str(error.value).isprintable()
    assert r"\x1b[2J\r\u202eW.de" in str(error.value)


def test_an_archive_that_has_lost_its_beginning_is_one_error(tmp_path):
    """The place of a member is then before the file: an error of the system, and not of zipfile."""
    path = archive(tmp_path / "a.zip", [("W.de", "Eins.\n" * 20), ("W.en", "One.\n" * 20)])
    path.write_bytes(path.read_bytes()[20:])
    with pytest.raises(CorpusError, match=r"W\.de\): a damaged or encrypted archive"):
        sentences(path)


BOMBS = """
import gzip, sys, zipfile
from equilingual.catalogues.corpora import FORMATS
from equilingual.corpora.aligned import BitextSource
from equilingual.corpora.errors import CorpusError
from equilingual.corpora.formats import moses
source = BitextSource("de-en", ("de", "en"), tuple(sys.argv[1:]), longest=1 << 20)
try:
    for sentence in moses.read(source, FORMATS["moses"]):
        raise SystemExit("read")
except CorpusError as error:
    print(error)
"""


def test_a_bomb_of_an_archive_is_refused_in_bounded_memory(tmp_path):
    """A line of 400 MB in an archive of 400 kB; the process may have 300 MB beside what it begins with."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as file, file.open("W.de", "w") as line:
        for _ in range(400):
            line.write(bytes(MEGABYTE))
    with zipfile.ZipFile(tmp_path / "a.zip", "a") as file:
        file.writestr("W.en", "One.\n")
    assert (tmp_path / "a.zip").stat().st_size < MEGABYTE
    done = subprocess.run(
        [sys.executable, "-c", BOMBS, tmp_path / "a.zip"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_limited,
    )
    assert "W.de), line 1: longer than 1 MB" in done.stdout, done.stdout + done.stderr[-2000:]


def _limited():
    resource.setrlimit(resource.RLIMIT_DATA, (300 * MEGABYTE, 300 * MEGABYTE))


def units(tmp_path, text):
    (tmp_path / "a.tmx").write_text(text, encoding="utf-8")
    source = BitextSource("de-en", ("de", "en"), (tmp_path / "a.tmx",), longest=MEGABYTE)
    return [sentence.texts for sentence in tmx.read(source, FORMATS["tmx"])]


UNIT = '<tu><tuv xml:lang="de"><seg>{}</seg></tuv><tuv xml:lang="en"><seg>One.</seg></tuv></tu>'


def test_an_entity_of_another_file_is_not_read(tmp_path):
    (tmp_path / "private").write_text("5ecret")
    place = (tmp_path / "private").as_uri()
    head = f'<!DOCTYPE tmx [<!ENTITY x SYSTEM "{place}">]>'
    with pytest.raises(CorpusError, match="undefined entity") as error:
        units(tmp_path, f"{head}<tmx><body>{UNIT.format('&x;')}</body></tmx>")
    assert "5ecret" not in str(error.value)


def test_entities_that_grow_are_refused(tmp_path):
    """A billion laughs: ten entities, each ten of the one before."""
    names = [f"a{number}" for number in range(10)]
    inner = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names)]
    with pytest.raises(CorpusError, match=r"a\.tmx, (line|unit) 1: (not XML|longer)"):
        units(tmp_path, f"<!DOCTYPE tmx [{''.join(inner)}]><tmx><body>{UNIT.format('&a9;')}</body></tmx>")


def test_tags_without_end_are_refused(tmp_path):
    """Nested a hundred thousand deep: not a crash of the parser."""
    with pytest.raises(CorpusError, match=r"a\.tmx"):
        units(tmp_path, f"<tmx><body>{UNIT.format('<hi>' * 100_000 + 'x' + '</hi>' * 100_000)}</body></tmx>")
