"""The script that makes bitext from Debian's packages: which messages it keeps, and how it writes them."""

import importlib.util
import subprocess
from pathlib import Path

import polib
import pytest

SCRIPT = Path(__file__).parents[2] / "resources/gettext/make.py"


@pytest.fixture(scope="module")
def make():
    spec = importlib.util.spec_from_file_location("make_gettext", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("_Open the file", "Open the file"),
        ("Open the f_ile", "Open the file"),
        ("&Open the file", "Open the file"),
        ("Tom &amp; Jerry", "Tom &amp; Jerry"),
        ("打开(_O)", "打开"),
        ("打开(&O)", "打开"),
        ("snake_case", "snakecase"),
        ("two_of_them", "two_of_them"),
        ("<b>Bold</b>  and\nin one line", "Bold and in one line"),
        ("cafe\u0301", "caf\u00e9"),
    ],
)
def test_shortcuts_tags_and_line_breaks_are_taken_out(make, message, text):
    assert make.clean(message) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one two three four five", True),
        ("one two three four", False),
        ("1 2 3 4 five", False),  # 4 of 8 characters are letters
        ("a b c d 12", False),  # 4 of 6
        ("ab c d e f 12", True),  # 6 of 8
        (" ".join(["word"] * 60), True),  # 299 characters
        (" ".join(["words"] * 60), False),
    ],
)
def test_a_sentence_has_words_and_letters(make, text, kept):
    assert make.is_sentence(text) == kept


SEVEN = ("ar", "de", "el", "es", "hi", "ru", "th")


def translated(text, tags=SEVEN):
    return {tag: f"{tag}: {text}" for tag in tags}


def test_a_message_is_kept_with_seven_translations_of_ten(make):
    kept, lost = "This message has five words", "This one has too few translations"
    found = {
        ("b", kept): {**translated(kept), "ja": "with %s", "fr": kept, "it": "x" * 401},
        ("a", lost): translated(lost, (*SEVEN[1:], "ja")),
    }
    assert make.select(found) == [("b", kept, translated(kept))]


@pytest.mark.parametrize(
    "source", ["Read the file %s of it", "Use --help to see all options", "Loading all of the files..."]
)
def test_messages_for_programs_are_left_out(make, source):
    assert make.select({("a", source): translated(source)}) == []


def test_of_messages_that_differ_in_case_the_first_is_kept_with_the_translations_of_all(make):
    one, other = "Show all of the files", "Show all of the Files."
    found = {("a", one): translated("first"), ("b", other): {**translated("second"), "ja": "third"}}
    assert make.select(found) == [("a", one, {**translated("first"), "ja": "third"})]


def test_packages_are_read_and_the_lines_agree(make, tmp_path, monkeypatch, capsys):
    root = tmp_path / "package"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text("Package: p\nVersion: 1\nArchitecture: all\nMaintainer: a\nDescription: b\n")
    texts = ["The second sentence of the program", "A first sentence with five words"]
    for tag in (*SEVEN, "zh_TW", "zh_HK"):
        catalogue = polib.POFile()
        for text in texts[: 1 if tag == "zh_TW" else 2]:
            catalogue.append(polib.POEntry(msgid=text, msgstr=f"{tag}: {text}", msgctxt="in a menu"))
        plural = polib.POEntry(msgid="One file of all these", msgid_plural="Many files of all these")
        plural.msgstr_plural = {0: "one", 1: "many"}
        catalogue.append(plural)
        file = root / f"usr/share/locale/{tag}/LC_MESSAGES/program.mo"
        file.parent.mkdir(parents=True)
        catalogue.save_as_mofile(file)
    out = tmp_path / "out"
    (out / "packages").mkdir(parents=True)
    subprocess.run(["dpkg-deb", "--build", root, out / "packages/p_1_all.deb"], check=True, capture_output=True)
    monkeypatch.setattr(make, "PACKAGES", ("p",))
    make.main(out)
    assert (out / "gettext.en").read_text() == f"{texts[1]}\n{texts[0]}\n"
    assert (out / "gettext.de").read_text() == f"de: {texts[1]}\nde: {texts[0]}\n"
    assert (out / "gettext.zh-Hant").read_text() == f"\nzh_TW: {texts[0]}\n"
    assert (out / "gettext.zh").read_text() == "\n\n"
    assert (out / "gettext.domains").read_text() == "program\nprogram\n"
    assert capsys.readouterr().out == "2 sentences in 37 languages\n"
