"""Damaged files of every format: each is read, or refused with one clear error; nothing else comes out."""

import csv
import gzip
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import CorpusError, read_corpus

STRANGE = [
    None, True, -1, 1.5, 1.0, 1e300, float("nan"), float("inf"), 10**30, "", " ", "1.0", "\ud83d", "\x00", "\ufeff", [],
    {}, [None], [[["a"]]], {"text": None}, ["a", 1], {"a": {"b": [1]}}, "[1", "\u202e\x1b[2J",
]  # fmt: skip
INSERTED = [
    b"\x00", b"\xef\xbb\xbf", b"\xff", b"9" * 5000, b"\n", b"\r", b"\xe2\x80\xa8", b'"', b"\t", b",", b"[", b"{", b"\\ud800",
    b"[" * 100_000,
]  # fmt: skip


def rows(draw):
    """Return a few good rows, some of whose values are then of another type, missing, or nested deeply."""
    made = [
        {"pair_id": n, "passage_id": f"d{n}", "question": f"who {n}?", "passage": f"Ada {n}.", "negatives": ["no"]}
        for n in range(draw.randint(1, 4))
    ]
    for row in made:
        if draw.random() < 0.3:
            row[draw.choice([*row, "extra"])] = draw.choice(STRANGE)
        if draw.random() < 0.1:
            row.pop(draw.choice([*row]))
    return made


def lines(draw):
    return "\n".join(map(json.dumps, rows(draw))).encode()


def array(draw):
    return json.dumps(rows(draw)).encode()


def table(sign):
    def write(draw):
        file = io.StringIO()
        made = rows(draw)
        cells = [{name: json.dumps(value).strip('"') for name, value in row.items()} for row in made]
        writer = csv.DictWriter(
            file, ["pair_id", "passage_id", "question", "passage", "negatives", "extra"], delimiter=sign
        )
        writer.writeheader()
        writer.writerows(cells)
        return file.getvalue().encode()

    return write


def parquet(draw):
    length = draw.randint(1, 4)
    columns = {
        name: [f"{name} {n}" for n in range(length)] for name in ("pair_id", "passage_id", "question", "passage")
    }
    others = [
        [float(n) for n in range(length)],
        [b"\xff"] * length,
        pa.array([b"\xff"] * length).cast(pa.string(), safe=False),
        pa.array([2**31 - 1] * length, pa.int32()).view(pa.date32()),
        pa.array([2**48] * length, pa.int64()).view(pa.timestamp("s")),
        [["a"]] * length,
        [None] * length,
    ]
    if draw.random() < 0.5:
        columns[draw.choice(list(columns))] = draw.choice(others)
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression=draw.choice(["none", "zstd"]))
    return file.getvalue()


def squad(draw):
    answers = [[{"text": "Ada", "answer_start": 0}], {"text": ["Ada"], "answer_start": [0]}, []]
    found = [
        {"id": row.get("pair_id"), "context": "Ada wrote. She did.", "question": row.get("question")}
        for row in rows(draw)
    ]
    for row in found:
        row["answers"] = draw.choice([*answers * 20, *STRANGE])
    nested = {"data": [{"paragraphs": [{"context": "Ada wrote. She did.", "qas": found}]}]}
    return json.dumps(draw.choice([nested, found, {"data": found}, found[0]])).encode()


FORMATS = {
    "jsonl": lines, "json": array, "csv": table(","), "tsv": table("\t"), "parquet": parquet, "squad": squad
}  # fmt: skip


def damaged(draw, content):
    content = bytearray(content)
    for _ in range(draw.choice([0, 1, 1, 2])):
        place, kind = draw.randrange(len(content) + 1), draw.randrange(4)
        if kind == 0 and content:
            content[min(place, len(content) - 1)] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del content[place:]
        elif kind == 2:
            del content[place : place + draw.randint(1, 20)]
        else:
            content[place:place] = draw.choice(INSERTED)
    return bytes(content)


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_damaged_file_is_read_or_refused(tmp_path, file_format):
    ends = {"read": 0, "refused": 0}
    for number in range(150):
        draw = random.Random(f"{file_format} {number}")
        content = damaged(draw, FORMATS[file_format](draw))
        if draw.random() < 0.1:
            content = damaged(draw, gzip.compress(content))
        (tmp_path / "a").write_bytes(content)
        try:
            read_corpus(
                corpus="c",
                file_format=file_format,
                files={"file": [tmp_path / "a"]},
                language="en",
                origin="human",
                licence="x",
                languages=draw.choice([["en"], ["en", "de"]]),
                empty=draw.choice(["refuse", "drop"]),
                max_entry_mb=1,
                pairs_out=tmp_path / "out.parquet",
                counts_out=tmp_path / "counts.json",
            )
            ends["read"] += 1
        except CorpusError as error:
            message = str(error)
            assert message.startswith(str(tmp_path / "a")), message
            assert message.replace("\n", "").isprintable(), message
            assert len(message) < 3000, message
            ends["refused"] += 1
    assert min(ends.values()) > 5, ends  # both are tried
