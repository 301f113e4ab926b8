"""The cache: by content, across corpora, several jobs at once, nothing lost by a kill."""

import multiprocessing
import os
import random
import time
from collections import Counter
from contextlib import suppress

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.translation import cache as module
from equilingual.translation.cache import CachedTranslation, CacheError, TranslationCache, digest


def cache(folder, identity="v1", target="pt"):
    return TranslationCache(folder, "engine", {"state": identity}, "en", target)


def entries(*texts):
    return {digest(text): CachedTranslation(text.upper(), len(text), 1, False) for text in texts}


def test_what_is_added_is_found_by_another_and_nothing_else(tmp_path):
    cache(tmp_path).add(entries("a", "b"))
    found = cache(tmp_path).look_up([digest("b"), digest("c")])
    assert found == entries("b")


def test_another_engine_state_or_language_is_another_cache(tmp_path):
    cache(tmp_path).add(entries("a"))
    assert cache(tmp_path, identity="v2").look_up([digest("a")]) == {}
    assert cache(tmp_path, target="es").look_up([digest("a")]) == {}


def test_the_files_of_one_job_become_one(tmp_path):
    first, other = cache(tmp_path), cache(tmp_path)
    for text in "abc":
        first.add(entries(text))
    other.add(entries("d"))
    first.merge()
    assert len(list(tmp_path.rglob("*.parquet"))) == 2
    assert cache(tmp_path).look_up(map(digest, "abcd")) == entries(*"abcd")


def test_a_half_written_file_is_not_read(tmp_path):
    store = cache(tmp_path)
    store.add(entries("a"))
    folder = next(tmp_path.rglob("*.parquet")).parent
    (folder / ".b.parquet.partial.parquet").write_bytes(b"half")
    assert cache(tmp_path).look_up([digest("a")]) == entries("a")


def test_a_file_that_another_job_merges_while_it_is_looked_up_is_found_in_the_new_one(tmp_path, monkeypatch):
    writer = cache(tmp_path)
    writer.add(entries("a"))
    writer.add(entries("b"))
    read = pq.ParquetFile
    calls = []

    def merge_before_the_first(path, **options):
        if not calls:
            calls.append(path)
            writer.merge()
        return read(path, **options)

    monkeypatch.setattr(pq, "ParquetFile", merge_before_the_first)
    assert cache(tmp_path).look_up([digest("a"), digest("b")]) == entries("a", "b")


def test_a_file_that_another_job_merges_between_two_look_ups_is_found_in_the_new_one(tmp_path):
    writer, reader = cache(tmp_path), cache(tmp_path)
    writer.add(entries("a"))
    writer.add(entries("b"))
    assert reader.look_up([digest("a")]) == entries("a")
    writer.merge()
    writer.add(entries("c"))
    assert reader.look_up(map(digest, "abc")) == entries(*"abc")


def test_each_files_digests_are_read_once_and_texts_only_where_they_are_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", 10)
    texts = [f"{number:02}" for number in range(40)]
    writer = cache(tmp_path)
    for start in range(0, 40, 5):
        writer.add(entries(*texts[start : start + 5]))
    writer.merge()
    cache(tmp_path).add(entries("alone"))
    reads = []

    class Counting(pq.ParquetFile):
        def read(self, columns):
            reads.append(columns)
            return super().read(columns)

        def read_row_group(self, group, columns):
            reads.append((group, columns))
            return super().read_row_group(group, columns)

    monkeypatch.setattr(pq, "ParquetFile", Counting)
    reader = cache(tmp_path)
    for start in range(0, 40, 5):
        chunk = texts[start : start + 5]
        assert reader.look_up(map(digest, [*chunk, "new"])) == entries(*chunk)
    fields = ["translation", "unknown", "pieces", "cut"]
    assert reads.count(["digest"]) == 2
    assert [read for read in reads if read != ["digest"]] == [(group, fields) for group in range(4) for _ in range(2)]


def test_a_text_is_written_again_once_for_each_tier(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MERGE_EVERY", 4)
    written = Counter()
    write = pq.ParquetWriter.write_table

    def counting(self, table):
        written.update(table["translation"].to_pylist())
        return write(self, table)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", counting)
    store = cache(tmp_path)
    for number in range(4**3 + 4 + 1):
        store.add(entries(f"t{number}"))
    # 64 texts went through three tiers, 4 through one, and one stands alone.
    assert Counter(written.values()) == {4: 64, 2: 4, 1: 1}
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    store.merge()
    (file,) = tmp_path.rglob("*.parquet")
    assert pq.read_table(file)["translation"].to_pylist() == [f"T{number}" for number in range(69)]


def test_the_memory_of_a_merge_does_not_grow_with_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ROWS", 50)
    write = pq.ParquetWriter.write_table
    allocated = []

    def sampling(self, table):
        allocated.append(pa.total_allocated_bytes())
        write(self, table)

    peaks = []
    rng = random.Random(1)  # texts that do not compress
    for texts in (500, 5000):
        store = cache(tmp_path / str(texts))
        for start in range(0, texts, 250):
            store.add(entries(*(f"{number} {rng.randbytes(200).hex()}" for number in range(start, start + 250))))
        with monkeypatch.context() as patch:
            patch.setattr(pq.ParquetWriter, "write_table", sampling)
            store.merge()
            store.add(entries("one more"))
            store.merge()
        peaks.append(max(allocated))
        allocated.clear()
    assert 0 < peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize("damage", ["no Parquet", "cut off", "bytes of a column", "empty"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, damage):
    cache(tmp_path).add(entries(*map(str, range(300))))
    (file,) = tmp_path.rglob("*.parquet")
    data = file.read_bytes()
    half = len(data) // 2
    damaged = {
        "no Parquet": b"x" * 900,
        "cut off": data[:half],
        "bytes of a column": b"PAR1" + bytes(half),
        "empty": b"",
    }
    file.write_bytes(damaged[damage] + (data[half + 4 :] if damage == "bytes of a column" else b""))
    with pytest.raises(
        CacheError, match=rf"{file.name}: .* cannot be read; delete it; its texts will be translated again"
    ):
        cache(tmp_path).look_up([digest("1")])


def test_a_changed_bit_of_the_data_never_passes_for_a_translation(tmp_path):
    texts = [f"{number} bees keep the nest warm" for number in range(300)]
    cache(tmp_path).add(entries(*texts))
    (file,) = tmp_path.rglob("*.parquet")
    data = file.read_bytes()
    ends = int.from_bytes(data[-8:-4], "little") + 8  # the metadata
    found = []
    for place in range(4, len(data) - ends, 97):
        damaged = bytearray(data)
        damaged[place] ^= 4
        file.write_bytes(damaged)
        with suppress(CacheError):  # not where the bit is one that nobody reads
            found.append(cache(tmp_path).look_up(map(digest, texts)))
    assert all(translations == entries(*texts) for translations in found)
    assert len(found) < 10


def test_a_folder_that_cannot_be_used_is_one_error_that_names_it(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file/cache"):
        with pytest.raises(
            CacheError, match=rf"^translation.cache: cannot write into {folder}.*: {tmp_path}/file is not a fol"
        ):
            cache(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: path != tmp_path)  # root may write anywhere
    with pytest.raises(CacheError, match=rf"{tmp_path} is not writable; choose another folder$"):
        cache(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_a_killed_job_was_writing_is_taken_away_and_what_a_living_one_writes_is_not(tmp_path):
    cache(tmp_path).add(entries("a"))
    folder = next(tmp_path.rglob("*.parquet")).parent
    old, new = folder / ".old.parquet.partial.parquet", folder / ".new.parquet.partial.parquet"
    for file, hours in ((old, 25), (new, 1)):
        file.write_bytes(b"half")
        os.utime(file, (time.time() - 3600 * hours,) * 2)
    assert cache(tmp_path).look_up([digest("a")]) == entries("a")
    assert not old.exists()
    assert new.exists()


def _write(folder, number):
    store = cache(folder)
    for text in range(40):
        store.add(entries(f"{number} {text}", f"both {text}"))
        assert store.look_up([digest(f"both {text}")])
    store.merge()


@pytest.mark.parametrize("jobs", [3])
def test_jobs_may_use_it_at_once(tmp_path, jobs):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(tmp_path, number)) for number in range(jobs)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * jobs
    texts = [f"{n} {t}" for n in range(jobs) for t in range(40)] + [f"both {t}" for t in range(40)]
    assert cache(tmp_path).look_up(map(digest, texts)) == entries(*texts)
    assert len(list(tmp_path.rglob("*.parquet"))) == jobs
