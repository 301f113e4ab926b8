"""Gzipped text files: the same bytes, and nothing of a file that could not be written."""

import gzip

import pytest

from equilingual.retrieval import trec
from equilingual.retrieval.trec import write_lines

LINES = [f"line {number}\n" for number in range(1000)]


def test_lines_are_written_in_order_and_give_the_same_bytes(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_lines(tmp_path / name, iter(LINES))
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()).decode() == "".join(LINES)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    write_lines(tmp_path / "none.gz", [])
    assert gzip.decompress((tmp_path / "none.gz").read_bytes()) == b""


@pytest.mark.parametrize("fails", ["line 500\n", LINES[-1]])
def test_a_part_that_cannot_be_written_is_an_error_and_leaves_no_file(tmp_path, monkeypatch, fails):
    write = trec.gzip.GzipFile.write

    def failing(file, data):
        if fails.encode() in bytes(data):
            raise OSError("cannot write")
        return write(file, data)

    monkeypatch.setattr(trec.gzip.GzipFile, "write", failing)
    with pytest.raises(OSError, match="cannot write"):
        write_lines(tmp_path / "a.gz", LINES)
    assert list(tmp_path.iterdir()) == []
