"""Tables that are encoded a part at a time, and jobs that are killed between two parts."""

import hashlib
import logging
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_texts, encode_translations, load_encoder, parts
from equilingual.encoders.distinct import DistinctTexts
from equilingual.encoders.embedding import embed_distinct
from equilingual.encoders.parts import encode_table, texts_of_part
from equilingual.files import read_json, sha256_of, write_json

WIDTH = 6
ENCODING = EncodingSettings(query_length=24, passage_length=40, batch_tokens=64)
QUERIES = ["b", "a longer text", "b", "short", "один текст", "and another"]
CANDIDATES = [
    "b",
    "a much longer text than all the others, and cut",
    "",
    "短い",
    "b",
    "ありがとう",
    "few",
    "短い",
    "end",
]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Parts have three texts."""
    monkeypatch.setattr(parts, "texts_of_part", lambda tokens: 3)


@pytest.fixture
def fake(monkeypatch):
    """Return an encoder of SHA-256, and a list of the texts that are encoded, a list for each part."""
    asked = []

    def hashed(encoder, texts, *, prompt, length, batch_tokens, done):
        asked.append(list(texts))
        found = np.empty(len(texts), [("vector", "<f4", (WIDTH,)), ("tokens", "<i4"), ("cut", "?")])
        found["vector"] = [hash_of(text, prompt, length) for text in texts]
        found["tokens"] = [len(text) for text in texts]
        found["cut"] = found["tokens"] > length
        done(len(texts))
        return found

    monkeypatch.setattr(parts, "embed_distinct", hashed)
    return SimpleNamespace(device=SimpleNamespace(type="cpu"), get_embedding_dimension=lambda: WIDTH), asked


def hash_of(*key):
    return np.frombuffer(hashlib.sha256(repr(key).encode()).digest()[:WIDTH], np.uint8).astype(np.float32)


def table_of(folder, texts, name="queries"):
    pq.write_table(pa.table({"text": pa.array(texts, pa.string())}), folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def encode(encoder, table, folder, **others):
    given = {"prompt": "query", "length": 4, "batch_tokens": 64, "made_by": "one"}
    return encode_table(encoder, table, folder=folder, **given | others)


def vectors_of(encoded):
    return np.concatenate([np.empty((0, encoded.dimensions)), *encoded.vectors()])


def test_a_part_has_some_thousand_texts_and_more_on_a_gpu(monkeypatch):
    assert [texts_of_part(tokens) for tokens in (1, 2048, 5000, 32_768, 10**6)] == [4096, 4096, 10_000, 65_536, 65_536]


def test_distinct_texts_are_numbered_by_their_first_rows(tmp_path):
    drawn = np.random.default_rng(3).zipf(1.3, size=40_000)  # of three batches of rows
    texts = ["first", "first", *map(str, drawn)]
    number_of, first_rows = {}, []
    for row, text in enumerate(texts):
        if number_of.setdefault(text, len(number_of)) == len(first_rows):
            first_rows.append(row)
    found = DistinctTexts(table_of(tmp_path, texts))
    assert len(found) == len(number_of) > 1000
    assert found.numbers.tolist() == [number_of[text] for text in texts]
    assert found.first_rows.tolist() == first_rows
    wanted = [range(2, 5), range(900, 900), range(990, 1000)]
    distinct = list(number_of)
    assert list(found.read(wanted)) == [distinct[2:5], [], distinct[990:1000]]


def test_rows_get_the_vectors_of_their_texts_and_are_counted_each_time(fake, tmp_path):
    texts = ["d", "a", "bcdef", "a", "ghijk", "", "bcdef", "l", "a"]
    encoder, asked = fake
    encoded = encode(encoder, table_of(tmp_path, texts), tmp_path / "work")
    assert asked == [["d", "a", "bcdef"], ["ghijk", "", "l"]]
    assert encoded.shape == (9, WIDTH)
    assert vectors_of(encoded).tolist() == [hash_of(text, "query", 4).tolist() for text in texts]
    assert [len(part) for part in encoded.distinct_vectors()] == [3, 3]
    assert encoded.count() == {"texts": 9, "tokens": 1 + 1 + 5 + 1 + 5 + 0 + 5 + 1 + 1, "cut": 3}


def test_vectors_of_many_rows_are_joined_in_their_order(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(parts, "texts_of_part", lambda tokens: 7)
    texts = [f"text {number}" for number in np.random.default_rng(1).integers(0, 40, size=123)]
    encoded = encode(fake[0], table_of(tmp_path, texts), tmp_path / "work")
    assert {len(some) for some in encoded.vectors()} == {5, 3}
    assert vectors_of(encoded).tolist() == [hash_of(text, "query", 4).tolist() for text in texts]


def test_a_table_without_texts_has_the_encoders_width(fake, tmp_path):
    encoded = encode(fake[0], table_of(tmp_path, []), tmp_path / "work")
    assert encoded.shape == (0, WIDTH)
    assert list(encoded.vectors()) == []
    assert encoded.count() == {"texts": 0, "tokens": 0, "cut": 0}


TEXTS = [f"text {number}" for number in range(8)]  # parts of 3, 3 and 2


@pytest.mark.parametrize(("lost", "texts"), [(1, 3), (2, 2)])
def test_finished_parts_are_said_shown_and_left_as_they_are(fake, tmp_path, caplog, capsys, lost, texts):
    encoder, asked = fake
    table = table_of(tmp_path, TEXTS)
    first = encode(encoder, table, tmp_path / "work")
    assert "continuing an interrupted run" not in caplog.text
    times = [file.stat().st_mtime_ns for file in first.files]
    first.files[lost].unlink()
    asked.clear()
    capsys.readouterr()
    with caplog.at_level(logging.INFO):
        again = encode(encoder, table, tmp_path / "work")
    assert asked == [TEXTS[3 * lost :][:3]]
    said = f"queries: continuing an interrupted run: {8 - texts} of 8 distinct texts are already encoded"
    assert said in caplog.text
    bar = capsys.readouterr().err
    assert f" {8 - texts}/8 " in bar
    assert " 8/8 " in bar
    same = [file.stat().st_mtime_ns == time for file, time in zip(again.files, times, strict=True)]
    assert same == [number != lost for number in range(3)]
    assert (vectors_of(again) == vectors_of(first)).all()


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:100], lambda content: b""])
def test_a_part_that_is_cut_short_is_encoded_again(fake, tmp_path, caplog, damage):
    damaged_is_made_again(fake, tmp_path, caplog, damage)


@pytest.mark.parametrize("place", [0, 20, 200, -1, -20, -30])  # header, vectors, checksum, its mark, the last vector
def test_a_part_with_a_changed_bit_is_encoded_again(fake, tmp_path, caplog, place):
    def flip(content):
        changed = bytearray(content)
        changed[place] ^= 1
        return bytes(changed)

    damaged_is_made_again(fake, tmp_path, caplog, flip)


def damaged_is_made_again(fake, folder, caplog, damage):
    encoder, asked = fake
    table = table_of(folder, TEXTS)
    first = encode(encoder, table, folder / "work")
    before = vectors_of(first)
    first.files[0].write_bytes(damage(first.files[0].read_bytes()))
    asked.clear()
    again = encode(encoder, table, folder / "work")
    assert asked == [TEXTS[:3]]
    assert f"{first.files[0]} is damaged: its texts are encoded again" in caplog.text
    assert (vectors_of(again) == before).all()


@pytest.mark.parametrize(
    "others", [{"prompt": "document"}, {"length": 5}, {"batch_tokens": 65}, {"made_by": "other"}, {}]
)
def test_parts_that_were_made_in_another_way_are_not_taken(fake, tmp_path, others):
    encoder, asked = fake
    table = table_of(tmp_path, TEXTS)
    encode(encoder, table, tmp_path / "work")
    asked.clear()
    again = encode(encoder, table, tmp_path / "work", **others)
    assert asked == ([TEXTS[:3], TEXTS[3:6], TEXTS[6:]] if others else [])
    given = {"prompt": "query", "length": 4} | others
    assert vectors_of(again).tolist() == [hash_of(text, given["prompt"], given["length"]).tolist() for text in TEXTS]


@pytest.mark.parametrize(
    ("texts", "made_again"),
    [
        ([*TEXTS[:4], "other", *TEXTS[5:]], [[TEXTS[3], "other", TEXTS[5]]]),
        ([TEXTS[1], TEXTS[0], *TEXTS[2:]], [[TEXTS[1], TEXTS[0], TEXTS[2]]]),
        ([*TEXTS, "more"], [[*TEXTS[6:], "more"]]),
        ([*TEXTS[:3], TEXTS[0], TEXTS[0], *TEXTS[3:]], []),  # the rows change, the distinct texts do not
    ],
)
def test_parts_with_other_texts_are_made_again(fake, tmp_path, texts, made_again):
    encoder, asked = fake
    encode(encoder, table_of(tmp_path, TEXTS), tmp_path / "work")
    asked.clear()
    again = encode(encoder, table_of(tmp_path, texts), tmp_path / "work")
    assert asked == made_again
    assert vectors_of(again).tolist() == [hash_of(text, "query", 4).tolist() for text in texts]


def test_memory_does_not_grow_with_the_vectors(fake, tmp_path, monkeypatch):
    """The vectors have 64 MB, those of a part 1 MB, and those of some rows that are joined as many."""
    monkeypatch.setattr(parts, "texts_of_part", lambda tokens: 256)
    monkeypatch.setattr(parts, "ROWS_AT_ONCE", 256)
    monkeypatch.setitem(globals(), "WIDTH", 1000)
    monkeypatch.setitem(globals(), "hash_of", lambda text, *others: np.full(1000, int(text), np.float32))
    table = table_of(tmp_path, [str(number) for number in range(16_000)])
    tracemalloc.start()
    try:
        encoded = encode(fake[0], table, tmp_path / "work")
        last = max(float(some[-1, -1]) for some in encoded.vectors())
        encoded.count()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last == 15_999
    assert peak < 12_000_000


# The stage


def benchmark_in(folder):
    table_of(folder, QUERIES)
    table_of(folder, CANDIDATES, "candidates")
    record_tables(folder)
    return folder


def run_stage(model, benchmark, out, encoding=ENCODING, threads=1):
    outs = {f"{name}_out": out / name for name in ("queries", "candidates", "counts")}
    encode_texts(model=model, benchmark=benchmark, encoding=encoding, threads=threads, work=out / "work", **outs)
    return {name: path.read_bytes() for name, path in outs.items()}


class Killed(BaseException):
    """Ends a job as a signal does."""


def kill_after(monkeypatch, count):
    """Let a job die once so many parts were encoded; return the list of texts of each part that is encoded."""
    asked = []

    def dying(encoder, texts, **others):
        if len(asked) == count:
            raise Killed
        asked.append(list(texts))
        return embed_distinct(encoder, texts, **others)

    monkeypatch.setattr(parts, "embed_distinct", dying)
    return asked


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_a_job_that_is_killed_goes_on_and_gives_the_same_bytes(directory_of, tmp_path, monkeypatch, precision):
    model, benchmark = directory_of(), benchmark_in(tmp_path)
    encoding = ENCODING.model_copy(update={"precision": precision})
    whole = run_stage(model, benchmark, tmp_path / "whole", encoding)
    expected = [["b", "a longer text", "short"], ["один текст", "and another"], ["b", CANDIDATES[1], ""]]
    expected += [["短い", "ありがとう", "few"], ["end"]]
    seen = []
    for count in (0, 1, 2, 1):  # then one part is left
        asked = kill_after(monkeypatch, count)
        before = {file: file.stat().st_mtime_ns for file in (tmp_path / "out/work").glob("*")}
        with pytest.raises(Killed):
            run_stage(model, benchmark, tmp_path / "out", encoding)
        seen += asked
        assert all(file.stat().st_mtime_ns == time for file, time in before.items())
        assert len(list((tmp_path / "out/work").glob("*"))) == len(seen)
    assert seen == expected[:4]
    asked = kill_after(monkeypatch, 99)
    assert run_stage(model, benchmark, tmp_path / "out", encoding) == whole
    assert asked == expected[4:]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["candidates", "counts", "queries"]


def test_what_parts_give_is_what_one_part_gives(directory_of, tmp_path, monkeypatch):
    model, benchmark = directory_of(), benchmark_in(tmp_path)
    run_stage(model, benchmark, tmp_path / "parts")
    monkeypatch.setattr(parts, "texts_of_part", texts_of_part)
    run_stage(model, benchmark, tmp_path / "one")
    assert read_json(tmp_path / "one/counts") == read_json(tmp_path / "parts/counts")
    for name in ("queries", "candidates"):
        one, several = np.load(tmp_path / "one" / name), np.load(tmp_path / "parts" / name)
        assert np.abs(np.diff(one, axis=0)).max(axis=1).min() > 1e-3  # that the texts can be told apart
        assert np.abs(one - several).max() < 2e-6


@pytest.mark.parametrize("change", ["weights", "precision", "threads", "versions", "code"])
def test_parts_of_another_encoder_or_setting_are_not_taken(directory_of, tmp_path, monkeypatch, change):
    model, benchmark = directory_of(), benchmark_in(tmp_path)
    others = {}
    kill_after(monkeypatch, 4)
    with pytest.raises(Killed):
        run_stage(model, benchmark, tmp_path / "out")
    if change == "weights":
        about = read_json(model / "manifest.json")
        path = model / "config_sentence_transformers.json"
        path.write_text(path.read_text().replace("ask: ", "say: "))
        about["files"][path.name]["sha256"] = sha256_of(path)
        write_json(about, model / "manifest.json")
    elif change == "precision":
        others["encoding"] = ENCODING.model_copy(update={"precision": "bfloat16"})
    elif change == "threads":
        others["threads"] = 2
    else:
        name = {"versions": "package_versions", "code": "code_digest"}[change]
        monkeypatch.setattr(f"equilingual.encoders.jobs.{name}", lambda *given: {"torch": "0.1"})
    asked = kill_after(monkeypatch, 99)
    run_stage(model, benchmark, tmp_path / "out", **others)
    assert len(asked) == 5


def test_translated_queries_are_gone_on_with_too(directory_of, tmp_path, monkeypatch):
    given = {"model": directory_of(), "translations": table_of(tmp_path, QUERIES, "nllb"), "threads": 1}
    given |= {"encoding": ENCODING}
    encode_translations(**given, work=tmp_path / "a", out=tmp_path / "whole.npy")
    kill_after(monkeypatch, 1)
    with pytest.raises(Killed):
        encode_translations(**given, work=tmp_path / "b", out=tmp_path / "out.npy")
    assert not (tmp_path / "out.npy").exists()
    asked = kill_after(monkeypatch, 99)
    encode_translations(**given, work=tmp_path / "b", out=tmp_path / "out.npy")
    assert asked == [["один текст", "and another"]]
    assert (tmp_path / "out.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "b").exists()


SCRIPT = """
import sys
from pathlib import Path
from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_texts, parts
parts.texts_of_part = lambda tokens: 80
folder = Path(sys.argv[1])
encoding = EncodingSettings(query_length=24, passage_length=40, batch_tokens=64)
outs = {f"{name}_out": folder / "out" / name for name in ("queries", "candidates", "counts")}
encode_texts(model=sys.argv[2], benchmark=folder, encoding=encoding, threads=1, work=folder / "out/work", **outs)
"""


def test_a_process_that_is_killed_leaves_whole_parts(directory_of, tmp_path, monkeypatch):
    model = directory_of()
    for name, count in (("queries", 80), ("candidates", 1600)):
        table_of(tmp_path, [f"text {number}" for number in range(count)], name)
    record_tables(tmp_path)
    work = tmp_path / "out/work"
    with subprocess.Popen([sys.executable, "-c", SCRIPT, tmp_path, model]) as process:
        deadline = time.monotonic() + 120
        while len(list(work.glob("candidates-*.npy"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    finished = {file.name: file.stat().st_mtime_ns for file in work.glob("[!.]*")}
    assert 3 <= len(finished) < 21
    monkeypatch.setattr(parts, "texts_of_part", lambda tokens: 80)
    asked = kill_after(monkeypatch, 1)
    with pytest.raises(Killed):
        run_stage(model, tmp_path, tmp_path / "out")
    assert len(asked) == 1
    assert {name: (work / name).stat().st_mtime_ns for name in finished} == finished
    asked = kill_after(monkeypatch, 999)
    found = run_stage(model, tmp_path, tmp_path / "out")
    assert len(asked) == 21 - len(finished) - 1
    assert found == run_stage(model, tmp_path, tmp_path / "whole")


def test_a_text_that_overflows_is_named_by_its_first_row_and_earlier_parts_stay(directory_of, tmp_path, monkeypatch):
    from equilingual.encoders import EncoderError
    from equilingual.encoders.collapse import NotFiniteError

    def overflow(encoder, texts, **others):
        if "few" in texts:
            raise NotFiniteError([texts.index("few")])
        return embed_distinct(encoder, texts, **others)

    monkeypatch.setattr(parts, "embed_distinct", overflow)
    table = table_of(tmp_path, CANDIDATES, "candidates")
    with pytest.raises(EncoderError, match=r"candidates\.parquet, row 6: the vector of 'few' is not finite"):
        encode(load_encoder(directory_of()), table, tmp_path / "work")
    assert len(list((tmp_path / "work").iterdir())) == 1
