"""Benchmarks that several jobs encode."""

import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables

from equilingual.config.encoding import EncodingSettings
from equilingual.encoders import encode_shard, encode_texts, parts
from equilingual.encoders.embedding import embed_distinct
from equilingual.files import DamagedFileError, read_json, write_json

ENCODING = EncodingSettings(query_length=24, passage_length=40, batch_tokens=64)
QUERIES = ["b", "a longer text", "b", "short", "один текст"]  # 4 of them, 2 parts of 3
CANDIDATES = [
    *("b", "a much longer text than all the others, and cut", "", "短い", "b", "ありがとう", "few", "短い", "end"),
    *("one", "two", "three", "four", "b"),
]  # 11 of them, 4 parts
OUTS = ("queries", "candidates", "counts")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Parts have three texts."""
    monkeypatch.setattr(parts, "texts_of_part", lambda tokens: 3)


@pytest.fixture
def given(directory_of, tmp_path):
    """The model and the benchmark."""
    benchmark = tmp_path / "benchmark"
    benchmark.mkdir()
    write_benchmark(benchmark)
    return {"model": directory_of(), "benchmark": benchmark}


def write_benchmark(folder, candidates=CANDIDATES):
    for name, texts in (("queries", QUERIES), ("candidates", candidates)):
        pq.write_table(pa.table({"text": texts}), folder / f"{name}.parquet")
    record_tables(folder)


def encode(given, out, shards=()):
    outs = {f"{name}_out": out / name for name in OUTS}
    encode_texts(**given, encoding=ENCODING, threads=1, work=out / "work", **outs, shards=shards)
    return [(out / name).read_bytes() for name in OUTS]


def shard(given, out, number, of, **others):
    asked = {"encoding": ENCODING, "threads": 1} | others
    encode_shard(**given, shard=number, shards=of, work=out / f"work-{number}", out=out / f"shard-{number}", **asked)
    return out / f"shard-{number}"


@pytest.mark.parametrize("of", [1, 2, 3, 8])
def test_shards_give_the_bytes_of_one_job(given, tmp_path, monkeypatch, of):
    whole = encode(given, tmp_path / "whole")
    folders = [shard(given, tmp_path, number, of) for number in reversed(range(of))][::-1]
    names = sorted(path.name for folder in folders for path in folder.glob("*.npy"))
    assert names == [
        f"{table}-{n:05d}.npy" for table, count in (("candidates", 4), ("queries", 2)) for n in range(count)
    ]
    monkeypatch.delattr(parts, "embed_distinct")  # nothing is encoded again
    assert encode(given, tmp_path / "joined", folders) == whole
    assert not list(tmp_path.glob("work-*"))


def test_a_shard_has_its_neighbouring_parts_alone(given, tmp_path):
    shard(given, tmp_path, 1, 3)
    found = sorted(path.name for path in (tmp_path / "shard-1").iterdir())
    assert found == ["candidates-00001.npy", "manifest.json", "queries-00000.npy"]
    first = np.load(tmp_path / "shard-1/candidates-00001.npy")
    assert len(first) == 3


class Killed(BaseException):
    """Ends a job as a signal does."""


def test_a_shard_that_is_killed_goes_on_alone(given, tmp_path, monkeypatch):
    whole = encode(given, tmp_path / "whole")
    shard(given, tmp_path, 0, 2)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "shard-0").iterdir()}
    asked = []

    def dying(encoder, texts, **others):
        if len(asked) == 2:
            raise Killed
        asked.append(list(texts))
        return embed_distinct(encoder, texts, **others)

    monkeypatch.setattr(parts, "embed_distinct", dying)
    with pytest.raises(Killed):
        shard(given, tmp_path, 1, 2)
    assert asked == [["один текст"], ["end", "one", "two"]]
    shutil.rmtree(tmp_path / "shard-1")  # as Snakemake does with what a failed job should have written
    asked[:] = [None]
    shard(given, tmp_path, 1, 2)
    assert asked[1:] == [["three", "four"]]
    assert encode(given, tmp_path / "joined", [tmp_path / "shard-0", tmp_path / "shard-1"]) == whole
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "shard-0").iterdir()}


def test_shards_of_jobs_with_other_numbers_of_threads_are_joined(given, tmp_path):
    folders = [shard(given, tmp_path, number, 2, threads=number + 1) for number in range(2)]
    encode(given, tmp_path / "joined", folders)


def _other_number(given, folders):
    folders.append(folders[0])


def _other_order(given, folders):
    folders.reverse()


def _other_texts(given, folders):
    write_benchmark(given["benchmark"], [*CANDIDATES[:-1], "c"])


def _other_model(given, folders):
    about = read_json(given["model"] / "manifest.json")
    write_json(about | {"seen": 1}, given["model"] / "manifest.json")


def _other_precision(given, folders):
    encoding = ENCODING.model_copy(update={"precision": "bfloat16"})
    shard(given, folders[0].parent, 1, 2, encoding=encoding)


def _lost_part(given, folders):
    (folders[1] / "candidates-00003.npy").unlink()


def _changed_part(given, folders):
    content = bytearray((folders[0] / "candidates-00000.npy").read_bytes())
    content[300] ^= 1
    (folders[0] / "candidates-00000.npy").write_bytes(content)


def _part_not_named(given, folders):
    about = read_json(folders[1] / "manifest.json")
    del about["files"]["candidates-00003.npy"]
    write_json(about, folders[1] / "manifest.json")
    (folders[1] / "candidates-00003.npy").unlink()


def _no_record(given, folders):
    about = read_json(folders[1] / "manifest.json")
    del about["tables"]
    write_json(about, folders[1] / "manifest.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_other_number, r"shard-0/manifest\.json is damaged \(it is of shard 0 of 2, not 0 of 3\)"),
        (_other_order, r"shard-1/manifest\.json is damaged \(it is of shard 1 of 2, not 0 of 2\)"),
        (_other_texts, r"shard-0/manifest\.json is damaged \(it is of another model or of other texts\)"),
        (_other_model, r"shard-0/manifest\.json is damaged \(it is of another model or of other texts\)"),
        (_other_precision, r"shard-1/manifest\.json is damaged \(it was encoded in another way"),
        (_lost_part, r"candidates-00003\.npy is missing: delete .*shard-1/manifest\.json and run"),
        (_changed_part, r"candidates-00000\.npy is damaged \(its sha256 is not .*\): delete .*manifest\.json and run"),
        (_part_not_named, r"shard-1/manifest\.json is damaged \(it does not name candidates-00003\.npy\)"),
        (_no_record, r"shard-1/manifest\.json is damaged \(it has no 'tables'\)"),
    ],
)
def test_what_does_not_fit_together_is_refused(given, tmp_path, change, message):
    folders = [shard(given, tmp_path, number, 2) for number in range(2)]
    change(given, folders)
    with pytest.raises(DamagedFileError, match=message):
        encode(given, tmp_path / "joined", folders)


def test_a_table_that_is_not_the_recorded_one_is_refused_by_one_job_and_by_a_shard(given, tmp_path):
    pq.write_table(pa.table({"text": ["another text"]}), given["benchmark"] / "candidates.parquet")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(DamagedFileError, match=r"candidates\.parquet"):
        encode(given, out)
    assert not list(out.glob("*.npy"))
    with pytest.raises(DamagedFileError, match=r"candidates\.parquet"):
        shard(given, out, 0, 2)
