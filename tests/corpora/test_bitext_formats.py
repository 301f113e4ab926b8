"""The formats of bitext: small files, and everything that may be wrong with one."""

import gzip
import zipfile

import pytest

from equilingual.corpora.aligned import ALONE, BitextSource, read_sentences
from equilingual.corpora.errors import CorpusError

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en" datatype="plaintext"/><body>
<tu tuid="1"><tuv xml:lang="EN-US"><seg>Open the <bpt i="1">&lt;b&gt;</bpt>file<ept i="1">&lt;/b&gt;</ept>.</seg></tuv>
<tuv xml:lang="de"><seg>Öffne
 die Datei.</seg></tuv><tuv xml:lang="xx-unknown"><seg>?</seg></tuv></tu>
<tu><tuv lang="en"><seg>Only <hi>English</hi></seg></tuv></tu>
<tu><tuv xml:lang="pt_BR"><seg>Fechar</seg></tuv><tuv xml:lang="de"><seg>Schließen</seg></tuv></tu>
</body></tmx>
"""


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and returns its path."""

    def run(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return run


def texts(source, file_format):
    return [(one.name, list(one.texts)) for one in read_sentences(source, file_format)]


def test_line_n_of_moses_files_is_the_same_sentence_and_an_empty_line_a_missing_one(write):
    files = (
        write("c.en", "One.\nTwo.\n\n Four. \n"),
        write("c.de", "Eins.\n\n\nVier.\n"),
        write("c.fr", "\nDeux.\n\n4\n"),
    )
    source = BitextSource("", ("en", "de", "fr"), files)
    assert texts(source, "moses") == [
        ("1", ["One.", "Eins.", ""]),
        ("2", ["Two.", "", "Deux."]),
        ("4", ["Four.", "Vier.", "4"]),
    ]
    assert source.dropped == {ALONE: 1}


def test_moses_files_may_be_gzipped_and_begin_with_a_mark(write):
    files = (write("c.en", gzip.compress(b"\xef\xbb\xbfOne.\n")), write("c.de", b"Eins.\r\n"))
    assert texts(BitextSource("", ("en", "de"), files), "moses") == [("1", ["One.", "Eins."])]


@pytest.mark.parametrize("longer", [0, 1])
def test_a_moses_file_that_ends_before_another_one_is_refused_by_name_and_line(write, longer):
    contents = ["One.\nTwo.\n", "Eins.\nZwei.\n"]
    contents[longer] += "More.\n"
    files = tuple(write(f"c.{tag}", content) for tag, content in zip(("en", "de"), contents, strict=True))
    with pytest.raises(CorpusError, match=rf"c\.{('de', 'en')[longer]}, after line 2: the file ends, but .*goes on"):
        texts(BitextSource("", ("en", "de"), files), "moses")


def archive(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_an_archive_of_opus_is_read_as_it_is(tmp_path):
    members = {
        "Wiki.en-zh_TW.en": "One.\n",
        "Wiki.en-zh_TW.zh_TW": "一。\n",
        "Wiki.en-zh_TW.xml": "<x/>",
        "README": "x",
    }
    source = BitextSource("zh-Hant-en", ("zh-Hant", "en"), (archive(tmp_path / "en-zh_TW.txt.zip", **members),))
    assert texts(source, "moses") == [("1", ["一。", "One."])]


def test_what_is_wrong_with_an_archive_is_said(tmp_path, write):
    def said(path, languages=("de", "en")):
        with pytest.raises(CorpusError) as error:
            texts(BitextSource("de-en", languages, (path,)), "moses")
        return str(error.value)

    path = archive(tmp_path / "a.zip", **{"W.de-en.de": "Eins.\n", "W.de-en.en": "One.\nTwo.\n"})
    assert "a.zip (W.de-en.de), after line 1: the file ends, but" in said(path)
    assert "no file for 'fr' in the archive, which has 'W.de-en.de', 'W.de-en.en'" in said(path, ("fr", "en"))
    assert "not a zip archive" in said(write("b.zip", "Eins.\n"))
    assert "there is no such file" in said(tmp_path / "none.zip")


def test_a_damaged_member_of_an_archive_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:  # stored: a byte can be changed
        file.writestr("W.de-en.de", "Eins.\n")
        file.writestr("W.de-en.en", "One.\n")
    path.write_bytes(path.read_bytes().replace(b"Eins.", b"Zwei."))
    with pytest.raises(CorpusError, match=r"W\.de-en\.de\).*Bad CRC"):
        texts(BitextSource("de-en", ("de", "en"), (path,)), "moses")


def test_a_tsv_file_has_a_column_for_each_language_in_the_order_of_the_pair(write):
    source = BitextSource(
        "en-de", ("en", "de"), (write("a.tsv", "One.\tEins.\n\tZwei.\n"), write("b.tsv", "Three\tDrei\n"))
    )
    assert texts(source, "bitext-tsv") == [("1", ["One.", "Eins."]), ("3", ["Three", "Drei"])]
    assert source.dropped == {ALONE: 1}


@pytest.mark.parametrize(
    ("line", "column"), [("{}\tOne.\tEins.", 1), ("One.\t{}\tEins.", 2), ("One.\tEins.\t{}\teng\tdeu", 3)]
)
def test_a_score_may_be_at_any_place_and_sentences_below_the_least_are_dropped(write, line, column):
    lines = "".join(line.format(score) + "\n" for score in ("1.06", "1.05999", "1e1"))
    source = BitextSource("en-de", ("en", "de"), (write("a.tsv", lines),), score_column=column, min_score=1.06)
    assert texts(source, "bitext-tsv") == [("1", ["One.", "Eins."]), ("3", ["One.", "Eins."])]
    assert source.dropped == {"score below min_score": 1}


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("One.", None, r"a\.tsv, line 1: 1 columns, but a line needs one text for each of en, de: 'One\.'"),
        ("1.1\tOne.\tEins.", None, "3 columns, .*if one of them is a score, set 'score_column'"),
        ("1.1\tOne.", 1, "2 columns, but a line needs one text for each of en, de and a score"),
        ("One.\tEins.\t1.1", 1, r"line 1: the score 'One\.' in column 1 is not a number: check 'score_column'"),
        ("nan\tOne.\tEins.", 1, "the score 'nan' in column 1 is not a number"),
        ("One.\tEins.\t1.1", 7, "3 columns: there is no column 7 with a score"),
    ],
)
def test_a_malformed_line_of_a_tsv_file_is_refused_with_its_number_and_value(write, line, column, said):
    source = BitextSource("en-de", ("en", "de"), (write("a.tsv", f"{line}\n"),), score_column=column)
    with pytest.raises(CorpusError, match=said):
        texts(source, "bitext-tsv")


def test_a_unit_of_tmx_is_a_sentence_without_the_codes_in_it(write):
    source = BitextSource("en-de", ("en", "de"), (write("a.tmx", TMX),))
    assert texts(source, "tmx") == [("1", ["Open the file.", "Öffne die Datei."])]
    assert source.dropped == {ALONE: 2}
    source = BitextSource("de-en-pt", ("de", "en", "pt"), (write("a.tmx.gz", gzip.compress(TMX.encode())),))
    assert texts(source, "tmx") == [
        ("1", ["Öffne die Datei.", "Open the file.", ""]),
        ("3", ["Schließen", "", "Fechar"]),
    ]


def test_a_highlighted_word_of_tmx_is_text(write):
    content = TMX.replace('lang="en"><seg>Only', 'lang="de"><seg>Nur</seg></tuv><tuv lang="en"><seg>Only')
    found = texts(BitextSource("en-de", ("en", "de"), (write("a.tmx", content),)), "tmx")
    assert found[1] == ("2", ["Only English", "Nur"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</tu>\n<tu><tuv lang", "</tux>\n<tu><tuv lang", r"a\.tmx, line 6: not XML \(mismatched tag"),
        (' lang="en"', "", r"a\.tmx, unit 2: a <tuv> without xml:lang"),
        ("</body></tmx>", "", r"a\.tmx, line 10: not XML \(no element found"),
    ],
)
def test_malformed_tmx_is_refused_with_its_place(write, old, new, said):
    path = write("a.tmx", TMX.replace(old, new))
    with pytest.raises(CorpusError, match=said):
        texts(BitextSource("en-de", ("en", "de"), (path,)), "tmx")


def test_xml_without_units_and_a_unit_that_never_ends_are_refused(write):
    with pytest.raises(CorpusError, match="no unit"):
        texts(BitextSource("en-de", ("en", "de"), (write("a.tmx", "<html><body/></html>"),)), "tmx")
    endless = TMX.replace("Öffne", "Ö" * 300_000)
    with pytest.raises(CorpusError, match=r"unit 1: longer than 0\.1 MB"):
        texts(BitextSource("en-de", ("en", "de"), (write("b.tmx", endless),), longest=104_858), "tmx")


def test_tmx_is_read_in_memory_that_does_not_grow_with_the_file(write):
    import tracemalloc

    unit = '<tu><tuv xml:lang="en"><seg>{0} one</seg></tuv><tuv xml:lang="de"><seg>{0} eins</seg></tuv></tu>\n'

    def peak(count):
        path = write(f"{count}.tmx", "<tmx><body>" + "".join(unit.format(n) for n in range(count)) + "</body></tmx>")
        tracemalloc.start()
        assert sum(1 for _ in read_sentences(BitextSource("en-de", ("en", "de"), (path,)), "tmx")) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(20_000) < 2 * peak(2_000)
