"""Files as they come from other machines: byte order marks, UTF-16, gzip bombs, files that cannot be read."""

import builtins
import gzip
import io
import json
import os
import subprocess
import sys

import pytest

from equilingual.corpora import CorpusError, lines
from equilingual.corpora.lines import MEGABYTE, read_bytes, read_lines
from equilingual.corpora.records import read_rows

ROW = b'{"question": "q?", "passage": "p"}\n'


def texts(path):
    return [text for _, text in read_lines(path)]


def test_a_byte_order_mark_at_the_start_of_any_line_is_left_out(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\n\xef\xbb\xbf\xef\xbb\xbftwo\r\n\xef\xbb\xbf\nth\xef\xbb\xbfree")
    assert texts(path) == ["one", "two", "", "th\ufeffree"]
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert texts(path) == ["one", "two", "", "th\ufeffree"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packed", [False, True])
def test_utf_16_is_named_in_plain_words(tmp_path, encoding, packed):
    content = ROW.decode().encode(encoding)
    (tmp_path / "a.jsonl").write_bytes(gzip.compress(content) if packed else content)
    for read in (read_lines, read_bytes):
        with pytest.raises(CorpusError, match=r"a\.jsonl: not UTF-8 but UTF-16 .*: save the file as UTF-8, as `iconv"):
            list(read(tmp_path / "a.jsonl"))


@pytest.mark.parametrize(  # mtime: two test processes must collect the same ids
    ("content", "message"),
    [
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (gzip.compress(gzip.compress(ROW, mtime=0), mtime=0), "compressed twice: unpack it once"),
        (gzip.compress(b"PK\x03\x04", mtime=0), "a zip file: unpack it"),
        (gzip.compress(ROW, mtime=0)[:12], "an incomplete or damaged gzip file"),
        (gzip.compress(ROW, mtime=0)[:-6] + b"\x00" * 6, "an incomplete or damaged gzip file"),
    ],
)
def test_what_is_in_a_gzip_file_is_looked_at_too(tmp_path, content, message):
    (tmp_path / "a.gz").write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        texts(tmp_path / "a.gz")


def test_links_and_names_that_lead_nowhere_are_one_clear_error(tmp_path):
    (tmp_path / "dangling").symlink_to("nowhere.csv")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    for name, message in (
        ("dangling", r"there is no such file \(it is a link to 'nowhere\.csv'\)"),
        ("loop", "the file cannot be read: Too many levels of symbolic links"),
        ("pipe", "a pipe or device, not a file"),
        ("x" * 300, "the file cannot be read: File name too long"),
        ("a\0b", "the file cannot be read: embedded null byte"),
    ):
        for kind in ("jsonl", "json", "csv", "parquet"):
            with pytest.raises(CorpusError, match=message):
                list(read_rows([tmp_path / name], kind))


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv", "parquet"])
@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file")])
def test_a_file_that_may_not_be_read_or_vanishes_is_one_clear_error(tmp_path, monkeypatch, kind, error):
    path = tmp_path / "a"
    path.write_bytes(ROW)

    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr("pyarrow.parquet.ParquetFile", refuse)
    with pytest.raises(CorpusError, match=f"the file cannot be read: {error.strerror}"):
        list(read_rows([path], kind))


def test_a_disk_that_fails_in_the_middle_says_after_which_line(tmp_path, monkeypatch):
    class Failing(io.RawIOBase):
        def __init__(self, content):
            self.content = content

        def readable(self):
            return True

        def readinto(self, buffer):
            if not self.content:
                raise OSError(5, "Input/output error")
            buffer[: len(self.content)], length = self.content, len(self.content)
            self.content = b""
            return length

    (tmp_path / "a").write_bytes(ROW)
    monkeypatch.setattr(lines, "open", lambda *_: io.BufferedReader(Failing(ROW * 2)), raising=False)
    with pytest.raises(CorpusError, match="after line 2: the file cannot be read: Input/output error"):
        texts(tmp_path / "a")


def bomb(path, before, after=b"", megabytes=256):
    """Write a line of many MB, which gzip makes a thousandth of."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(before)
        for _ in range(megabytes):
            file.write(b"x" * MEGABYTE)
        file.write(after)
    return path


BOMBS = {
    "jsonl": (b'{"question": "', '"}'),
    "json": (b'[{"question": "', '"}]'),
    "csv": (b'question,passage\n"', '",p'),
    "tsv": (b"question\tpassage\n", "\tp"),
}


@pytest.mark.parametrize("kind", [*BOMBS, "whole"])
def test_a_line_of_256_mb_is_refused_in_little_memory(tmp_path, root, kind):
    before, after = BOMBS.get(kind, BOMBS["json"])
    path = bomb(tmp_path / f"a.{kind}.gz", before, after.encode())
    assert path.stat().st_size < 2 * MEGABYTE
    read = "read_bytes(sys.argv[1], 4 << 20)" if kind == "whole" else "list(read_rows([sys.argv[1]], longest=16 << 20))"
    program = (
        "import sys; from equilingual.corpora import CorpusError\n"
        "from equilingual.corpora.lines import read_bytes\nfrom equilingual.corpora.records import read_rows\n"
        f"try:\n    {read}\nexcept CorpusError as error:\n    print(error)\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    command = [sys.executable, "-c", program, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    message, memory = done.stdout.splitlines()
    assert "longer than 16 MB: if this is intended, raise the corpus's max_entry_mb" in message
    assert int(memory) / 1024 < 220, memory


def test_a_field_of_many_lines_and_an_entry_of_many_pieces_are_bounded_too(tmp_path):
    (tmp_path / "a.csv").write_text('question,passage\nq?,p\n"' + "x" * 999 + "\n" * 3 + "y" * 999 + '",p\n')
    with pytest.raises(CorpusError, match=r"a\.csv, the field that begins in line 3: longer than"):
        list(read_rows([tmp_path / "a.csv"], longest=1500))
    assert len(list(read_rows([tmp_path / "a.csv"], longest=2500))) == 2
    entries = [{"q": "x"}, {"q": ["y"] * 1000}]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    with pytest.raises(CorpusError, match=r"a\.json, entry 2: longer than"):
        list(read_rows([tmp_path / "a.json"], longest=1500))
    assert [row for _, row in read_rows([tmp_path / "a.json"], longest=6000)] == entries
    with pytest.raises(CorpusError, match=r"a\.json: longer than"):
        read_bytes(tmp_path / "a.json", 1200)  # 4 times as much for a whole file
