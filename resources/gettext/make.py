"""Make bitext in 37 languages from the translated messages of free programs: ``python resources/gettext/make.py OUT``.

Debian's packages have the messages as gettext catalogues (``locale/{language}/LC_MESSAGES/{program}.mo``). OPUS made
its corpora GNOME, KDE4 and Ubuntu from the same sources. The packages (580 MB) are downloaded with ``apt-get download``
into ``OUT/packages``, unless they are there already. It needs Debian 12 or a relative, and ``pip install polib``.

``OUT/gettext.{language}`` has one sentence per line; line n is the same sentence in every language, and is empty where
there is no translation (Moses format). ``OUT/gettext.domains`` has the catalogue of each line: its licence is that
program's.

A message is kept if it has five words or more, mostly letters, no placeholder or markup of a program, and translations
into seven of XQuAD-R's ten other languages or more. Of messages that differ only in case or punctuation, the first is
kept.
"""

import re
import subprocess
import sys
import tarfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polib

# fmt: off
PACKAGES = (
    "abiword-common", "aisleriot", "audacity-data", "brasero-common", "cheese-common", "deja-dup", "digikam-data",
    "dolphin", "eog", "epiphany-browser-data", "evince-common", "evolution-common", "evolution-data-server-common",
    "file-roller", "gcompris-qt-data", "gedit-common", "gimp-data", "gnome-calendar", "gnome-control-center-data",
    "gnome-maps", "gnome-shell-common", "gnome-software-common", "gnome-weather", "gnucash-common",
    "gnumeric-common", "gparted", "inkscape", "iso-codes", "kalzium-data", "kate5-data", "kdenlive-data",
    "kgeography-data", "kmymoney-common", "kstars-data", "ktouch-data", "libglib2.0-data",
    "libgnome-games-support-common", "libgtk-3-common", "libgtk-4-common", "libkf5i18n-data", "libpurple0",
    "marble-data", "nautilus-data", "network-manager-gnome", "pidgin-data", "plasma-workspace-data",
    "rhythmbox-data", "shotwell-common", "stellarium-data", "synaptic", "totem-common", "transmission-common",
    "vlc-l10n", "yelp",
)
LANGUAGES = (
    "ar", "bg", "bn", "ca", "de", "el", "es", "et", "eu", "fa", "fi", "fr", "gl", "he", "hi", "hu", "id", "it",
    "ja", "ka", "kk", "ko", "ml", "mr", "nl", "pl", "pt", "ru", "ta", "te", "th", "tr", "uk", "vi", "zh", "zh-Hant",
)
# fmt: on
SPELLINGS = {"zh": ["zh_CN"], "zh-Hant": ["zh_TW"], "pt": ["pt_BR", "pt"], "bn": ["bn", "bn_IN"]}
OF_XQUAD_R = ("ar", "de", "el", "es", "hi", "ru", "th", "tr", "vi", "zh")
LEAST_TRANSLATIONS = 7
LEAST_WORDS, MOST_CHARACTERS, MOST_TRANSLATED_CHARACTERS = 5, 300, 400
LEAST_LETTERS = 0.7  # of all characters but spaces

_CATALOGUE = re.compile(r"locale/([^/]+)/LC_MESSAGES/(.*)\.mo$")
# Placeholders, markup, addresses, options, constants and unfinished sentences.
_OF_PROGRAMS = re.compile(r"[%{}\\|@#$<>]|\b[A-Z0-9]{2,}_|--|https?:|\(\)|\.\.\.$|^\W")

Messages = dict[tuple[str, str], dict[str, str]]  # by catalogue and English text: the translation by language


def main(out: Path) -> None:
    """Download what is missing, read all catalogues, and write the files."""
    packages = out / "packages"
    download(packages)
    found: Messages = defaultdict(dict)
    for package in sorted(packages.glob("*.deb")):
        for language, domain, messages in catalogues(package):
            for source, target in messages:
                found[domain, source].setdefault(language, target)
    rows = select(found)
    columns = {"en": [text for _, text, _ in rows], "domains": [domain for domain, _, _ in rows]}
    columns |= {tag: [translations.get(tag, "") for _, _, translations in rows] for tag in LANGUAGES}
    for name, lines in columns.items():
        (out / f"gettext.{name}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(rows)} sentences in {len(LANGUAGES) + 1} languages")  # noqa: T201 (its output)


def download(folder: Path) -> None:
    """Download the packages that a folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in PACKAGES if not any(folder.glob(f"{name}_*.deb"))]
    if missing:
        subprocess.run(["apt-get", "download", *missing], cwd=folder, check=True)


def catalogues(package: Path) -> Iterator[tuple[str, str, Iterator[tuple[str, str]]]]:
    """Yield the language, the program and the messages of each catalogue of a package."""
    tag_of = {code: tag for tag in LANGUAGES for code in SPELLINGS.get(tag, [tag])}
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            match = _CATALOGUE.search(member.name)
            if match and match[1] in tag_of and member.isreg():
                yield tag_of[match[1]], match[2], messages_of(archive.extractfile(member).read())


def messages_of(catalogue: bytes) -> Iterator[tuple[str, str]]:
    """Yield the messages of a catalogue with their translations, without those that have a plural."""
    for entry in polib.mofile(catalogue):
        if entry.msgid and entry.msgstr and not entry.msgid_plural:
            yield entry.msgid, entry.msgstr


def select(found: Messages) -> list[tuple[str, str, dict[str, str]]]:
    """Return the catalogue, the English text and the translations of the messages that are kept, sorted."""
    rows: dict[str, tuple[str, str, dict[str, str]]] = {}
    for (domain, source), targets in found.items():
        text = clean(source)
        if _OF_PROGRAMS.search(source) or not is_sentence(text):
            continue
        row = rows.setdefault(re.sub(r"\W", "", text).lower(), (domain, text, {}))
        for tag in LANGUAGES:
            target = targets.get(tag, "").strip()
            if not target or target == source.strip() or _OF_PROGRAMS.search(targets[tag].replace("…", "")):
                continue
            value = clean(target)
            if value and value != text and len(value) <= MOST_TRANSLATED_CHARACTERS:
                row[2].setdefault(tag, value)
    kept = (row for row in rows.values() if sum(tag in row[2] for tag in OF_XQUAD_R) >= LEAST_TRANSLATIONS)
    return sorted(kept, key=lambda row: row[:2])


def is_sentence(text: str) -> bool:
    """Return whether a text has enough words, most of its characters being letters."""
    letters = sum(map(str.isalpha, text))
    enough = len(text.split()) >= LEAST_WORDS and len(text) <= MOST_CHARACTERS
    return enough and letters >= LEAST_LETTERS * len(text.replace(" ", ""))


def clean(text: str) -> str:
    """Return a message without tags and keyboard shortcuts (``_Open``, ``&Open``, ``开(_O)``), in one line, in NFC."""
    text = re.sub(r"</?[A-Za-z][^>]*>", "", text)
    text = re.sub(r"\([_&][A-Z]\)|\(_[a-z]\)", "", text)
    if "&" in text and ";" not in text:
        text = re.sub(r"&(?=[A-Za-z])", "", text)
    if text.count("_") == 1:
        text = re.sub(r"(?<![A-Za-z0-9])_(?=\w)|(?<=\w)_(?=[a-z])", "", text)
    return " ".join(unicodedata.normalize("NFC", text).split())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
