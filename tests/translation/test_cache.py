"""The cache: by content, across corpora, several jobs at once, nothing lost by a kill."""

import multiprocessing

import pyarrow.parquet as pq
import pytest

from equilingual.translation.cache import CachedTranslation, TranslationCache, digest


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

    def merge_before_the_first(path):
        if not calls:
            calls.append(path)
            writer.merge()
        return read(path)

    monkeypatch.setattr(pq, "ParquetFile", merge_before_the_first)
    assert cache(tmp_path).look_up([digest("a"), digest("b")]) == entries("a", "b")


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
