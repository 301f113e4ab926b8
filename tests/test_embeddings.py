"""Files of embeddings, and those that no ranking can be trusted on."""

from pathlib import Path

import numpy as np
import pytest
import xxhash
from benchmark_tables import write_tables

from equilingual.config.indexes import Index
from equilingual.embeddings import EmbeddingsError, let_go, read_embeddings, write_embeddings
from equilingual.evaluation import rank_candidates
from equilingual.files import DamagedFileError, MissingFileError
from equilingual.retrieval import build_indexes, debias_embeddings, read_tables, search_indexes
from equilingual.retrieval.systems import SystemSpec, VectorFiles, open_system

QUERIES, CANDIDATES = 40, 1200


@pytest.fixture
def folder(tmp_path):
    """One language, random vectors."""
    rng = np.random.default_rng(11)
    write_tables(
        tmp_path,
        candidates=[(f"en_{n}", "en") for n in range(CANDIDATES)],
        queries=[(f"q{n}", "en") for n in range(QUERIES)],
        qrels=[(f"q{n}", f"en_{n}") for n in range(QUERIES)],
    )
    for name, count in (("queries", QUERIES), ("candidates", CANDIDATES)):
        vectors = rng.normal(size=(count, 64)).astype(np.float32)
        np.save(tmp_path / f"{name}.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return tmp_path


@pytest.mark.parametrize("name", ["queries", "candidates"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_vectors_of_a_model_that_diverged_are_refused_everywhere(folder, name, value):
    index = {"index": Index(kind="hnsw").model_dump(), "threads": 1}
    build_indexes(candidates=folder / "candidates.npy", benchmark=folder, **index, out=folder / "indexes")
    vectors = np.load(folder / f"{name}.npy")
    vectors[7, 3] = value
    np.save(folder / f"{name}.npy", vectors)
    both = {"queries": folder / "queries.npy", "candidates": folder / "candidates.npy", "benchmark": folder}
    message = rf"{name}\.npy: 1 of \d+ vectors are not finite, the first is row 7"
    with pytest.raises(EmbeddingsError, match=message):
        debias_embeddings(method="center-pool", out_queries=folder / "q", out_candidates=folder / "c", **both)
    with pytest.raises(EmbeddingsError, match=message):
        search_indexes(**both, indexes=folder / "indexes", seed=1, threads=1, out=folder / "found.json")
    with pytest.raises(EmbeddingsError, match=message):
        rank_candidates(
            model="m",
            system=SystemSpec(VectorFiles(both["queries"], both["candidates"])),
            benchmark=folder,
            depth=5,
            threads=1,
            out=folder / "ranks",
            out_runs=folder / "runs",
        )
    if name == "candidates":
        del both["queries"]
        with pytest.raises(EmbeddingsError, match=message):
            build_indexes(**both, **index, out=folder / "indexes")


@pytest.mark.parametrize("rows", [QUERIES - 1, QUERIES + 1])
def test_another_number_of_vectors_than_texts_is_refused(folder, rows):
    with pytest.raises(EmbeddingsError, match=rf"float32 of shape \(40, 64\), expected {rows} vectors"):
        read_embeddings(folder / "queries.npy", rows=rows)


def test_a_file_that_is_cut_short_is_named_with_what_to_do(tmp_path):
    np.save(tmp_path / "v.npy", np.ones((40, 8), dtype=np.float32))
    whole = (tmp_path / "v.npy").read_bytes()
    for length in (len(whole) - 4, 40, 0):
        (tmp_path / "v.npy").write_bytes(whole[:length])
        with pytest.raises(DamagedFileError, match=r"v\.npy is damaged .*: delete it and run the same command again"):
            read_embeddings(tmp_path / "v.npy", rows=40)


@pytest.fixture
def written(tmp_path):
    vectors = np.random.default_rng(2).normal(size=(70_000, 3)).astype(np.float32)
    write_embeddings([vectors[:5], vectors[5:]], vectors.shape, tmp_path / "v.npy")
    return tmp_path / "v.npy", vectors


def test_what_is_written_is_read_by_us_and_by_numpy(written):
    path, vectors = written
    assert np.array_equal(read_embeddings(path, rows=70_000), vectors)
    assert np.array_equal(np.load(path), vectors)


@pytest.mark.parametrize("place", [*range(128), 200, 800_000, -5, -17])  # header, first part, second, checksum
@pytest.mark.parametrize("bit", [1, 2, 8])
def test_one_changed_bit_is_noticed(written, place, bit):
    path, _ = written
    content = bytearray(path.read_bytes())
    content[place] ^= bit
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"v\.npy is damaged \(.*\): delete it and run the same command again$"):
        read_embeddings(path, rows=70_000)


@pytest.mark.parametrize("place", range(128))
def test_a_damaged_header_of_a_file_without_a_checksum_is_no_traceback(tmp_path, place):
    vectors = np.ones((40, 8), dtype=np.float32)
    np.save(tmp_path / "v.npy", vectors)
    content = bytearray((tmp_path / "v.npy").read_bytes())
    for bit in (1, 2, 8, 64):
        changed = content.copy()
        changed[place] ^= bit
        (tmp_path / "v.npy").write_bytes(changed)
        try:
            found = read_embeddings(tmp_path / "v.npy", rows=40)
        except (DamagedFileError, EmbeddingsError):
            continue
        assert np.array_equal(found, vectors)  # a blank that changed says nothing else


def test_a_file_that_cannot_be_opened_is_one_error(tmp_path):
    (tmp_path / "v.npy").mkdir()
    with pytest.raises(DamagedFileError, match=r"v\.npy is damaged \(.*Is a directory"):
        read_embeddings(tmp_path / "v.npy", rows=3)
    with pytest.raises(MissingFileError, match=r"w\.npy is missing: run the same command again"):
        read_embeddings(tmp_path / "w.npy", rows=3)


def test_an_archive_is_no_array(tmp_path):
    np.savez(tmp_path / "v", a=np.ones(3))
    (tmp_path / "v.npz").rename(tmp_path / "v.npy")
    with pytest.raises(DamagedFileError, match="no array"):
        read_embeddings(tmp_path / "v.npy", rows=3)


@pytest.mark.parametrize("shape", [(0, 3), (np.int64(2), 1)])
def test_no_texts_and_numbers_of_numpy_are_written_too(tmp_path, shape):
    write_embeddings([np.zeros(shape, dtype=np.float32)], shape, tmp_path / "v.npy")
    assert read_embeddings(tmp_path / "v.npy", rows=int(shape[0])).shape == shape


def test_the_checksum_is_that_of_all_before_it(written):
    path, vectors = written
    content = path.read_bytes()
    assert content[-24:-16] == b"xxh3-128"
    assert content[-16:] == xxhash.xxh3_128_digest(content[:-24])
    assert content[-24 - vectors.nbytes : -24] == vectors.tobytes()


@pytest.mark.parametrize("lost", [1, 20, 24, 25])
def test_a_file_that_lost_its_end_is_damaged_unless_nothing_but_the_checksum_is_gone(written, lost):
    path, vectors = written
    path.write_bytes(path.read_bytes()[:-lost])
    if lost == 24:
        assert np.array_equal(read_embeddings(path, rows=70_000), vectors)
        return
    with pytest.raises(DamagedFileError, match="damaged"):
        read_embeddings(path, rows=70_000)


def resident(vectors):
    """Return how many bytes of an array in a file the kernel counts as this process's."""
    entries = Path("/proc/self/smaps").read_text().split("VmFlags:")
    entry = next(entry for entry in entries if str(vectors.filename) in entry)
    return 1024 * int(entry.split("\nRss:")[1].split()[0])


def test_pages_of_vectors_are_let_go_of_and_read_again(tmp_path):
    expected = np.random.default_rng(1).normal(size=(50_000, 64)).astype(np.float32)
    write_embeddings([expected], expected.shape, tmp_path / "v.npy")
    vectors = read_embeddings(tmp_path / "v.npy", rows=50_000)
    assert resident(vectors) < vectors.nbytes / 10  # all was looked at for values that are not finite
    assert np.array_equal(vectors, expected)
    assert resident(vectors) > vectors.nbytes / 2
    let_go(vectors)
    assert resident(vectors) < vectors.nbytes / 10
    assert np.array_equal(vectors, expected)
    let_go(expected)  # that of no file stays
    assert expected.any()


def test_ranking_keeps_no_pages_of_the_candidates(folder):
    tables = read_tables(folder)
    spec = SystemSpec(VectorFiles(folder / "queries.npy", folder / "candidates.npy"))
    system = open_system(spec, tables=tables, benchmark=folder)
    scores = system.scores(tables.collections[0], slice(0, CANDIDATES))
    assert scores(np.arange(QUERIES), slice(0, CANDIDATES)).shape == (QUERIES, CANDIDATES)
    assert resident(system.candidates) < system.candidates.nbytes / 4
