"""Batches on disk: the right texts, whole batches per row group, the same bytes for the same seed."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batching_sets import strategy_of

from equilingual.batching import BatchReader, build_batches, gather
from equilingual.config.batch_settings import BatchSettings
from equilingual.files import DamagedFileError, read_json, write_json
from equilingual.training_sets import TrainingSetFiles


@pytest.fixture
def build(tmp_path, corpus):
    files = corpus(60, ["en", "de", "zh"])

    def run(name, *, seed=1, batches=11, strategy=None, variant=None, **of_set):
        folder = tmp_path / name
        build_batches(
            training_set=TrainingSetFiles("t", ("en", "de", "zh"), {"c": files}, **of_set),
            strategy=strategy or strategy_of("hybrid"),
            settings=BatchSettings(batch_size=6, batches=batches),
            seed=seed,
            variant=variant,
            shards=[folder / "part-0.parquet", folder / "part-1.parquet"],
            manifest=folder / "manifest.json",
        )
        return folder

    return run


def test_every_row_has_the_texts_of_its_pair_in_its_languages(build):
    reader = BatchReader(build("a") / "manifest.json")
    assert len(reader) == 11
    seen = 0
    for number in range(11):
        rows = reader.read(number).to_pylist()
        assert [row["slot"] for row in rows] == list(range(6))
        for row in rows:
            n = row["pair_id"].removeprefix("c/p")
            assert row["batch_id"] == number
            assert row["query"] == f"question {n} in {row['query_language']}"
            assert row["passage"] == f"passage {n} in {row['passage_language']}"
            assert row["passage_id"] == f"c/d{n}"
            assert (row["mode"] == "mono") == (row["query_language"] == row["passage_language"])
            seen += 1
    assert seen == 66


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(build):
    first, second, other = build("a"), build("b"), build("c", seed=2)
    for name in ("part-0.parquet", "part-1.parquet", "manifest.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert (first / "part-0.parquet").read_bytes() != (other / "part-0.parquet").read_bytes()


def test_shards_name_the_configuration_they_were_made_for(build):
    def of(name, **changes):
        return pq.read_schema(build(name, **changes) / "part-0.parquet").metadata[b"configuration_sha256"]

    same, again = of("a"), of("b", min_languages=None)
    assert same == again
    curriculum = strategy_of("hybrid", {"from": 1.0, "to": 0.0})
    others = [
        {"seed": 2},
        {"batches": 12},
        {"min_languages": 2},
        {"strategy": curriculum},
        {"pairs": 30},
        {"questions": 30},
    ]
    assert len({same, *(of(f"c{number}", **change) for number, change in enumerate(others))}) == 7


def test_a_row_group_holds_whole_batches(build, monkeypatch):
    monkeypatch.setattr("equilingual.batching.shards.ROWS_PER_GROUP", 8)
    folder = build("a")
    metadata = pq.ParquetFile(folder / "part-0.parquet").metadata
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [12, 12, 12]
    reader = BatchReader(folder / "manifest.json")
    assert [reader.read(n)["batch_id"][0].as_py() for n in (10, 0, 5, 6)] == [10, 0, 5, 6]


def test_the_manifest_counts_what_is_in_the_shards(build):
    folder = build("a")
    manifest = read_json(folder / "manifest.json")
    rows = [row for n in range(11) for row in BatchReader(folder / "manifest.json").read(n).to_pylist()]
    for language in ("en", "de", "zh"):
        assert manifest["query_languages"][language] == sum(r["query_language"] == language for r in rows)
        assert manifest["passage_languages"][language] == sum(r["passage_language"] == language for r in rows)
    assert manifest["monolingual_batches"] == len({r["batch_id"] for r in rows if r["mode"] == "mono"})
    assert [entry["rows"] for entry in manifest["shards"]] == [36, 30]
    assert manifest["versions"]["numpy"] == np.__version__


def test_duplicates_are_in_no_batch(build, tmp_path):
    left_out = [f"c/p{n}" for n in range(0, 60, 3)]
    pq.write_table(pa.table({"pair_id": left_out}), tmp_path / "duplicates.parquet")
    reader = BatchReader(build("a", duplicates=tmp_path / "duplicates.parquet") / "manifest.json")
    seen = {pair for table in reader.row_groups() for pair in table["pair_id"].to_pylist()}
    assert seen == {f"c/p{n}" for n in range(60)} - set(left_out)  # 66 rows: each once at least
    assert [reader.summary[name] for name in ("pairs", "pairs_left_out", "duplicates_left_out")] == [40, 0, 20]


@pytest.mark.parametrize("damage", ["delete", "flip"])
def test_a_missing_or_damaged_shard_is_noticed(build, damage):
    folder = build("a")
    shard = folder / "part-1.parquet"
    if damage == "delete":
        shard.unlink()
    else:
        data = bytearray(shard.read_bytes())
        data[len(data) // 2] ^= 1
        shard.write_bytes(bytes(data))
    with pytest.raises(DamagedFileError, match=r"part-1\.parquet is (missing|damaged)"):
        BatchReader(folder / "manifest.json")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"shards": None}, "'shards' is not a list"),
        ({"shards": ["part-0.parquet"]}, "'part-0.parquet' is not the name and the hash of a shard"),
        ({"shards": [{"file": "../a", "sha256": "0"}]}, "is not the name and the hash of a shard"),
        ({"batches": 9}, "its shards have 8 batches of 9"),
        ("lose", "its shards have 4 batches of 8"),
    ],
)
def test_a_manifest_that_lost_shards_or_is_of_another_kind_is_refused(build, change, problem):
    manifest = build("a", batches=8) / "manifest.json"
    about = read_json(manifest)
    write_json(about | ({"shards": about["shards"][:1]} if change == "lose" else change), manifest)
    with pytest.raises(DamagedFileError, match=rf"manifest\.json is damaged \(.*{problem}\): delete it and run"):
        BatchReader(manifest)


def test_a_row_that_is_wanted_often_is_not_held_as_often(build, monkeypatch):
    before = build("a")
    sizes = []
    add = gather._Scratch.add

    def watched(self, side, places, ids, texts):
        sizes.append(len(texts))
        add(self, side, places, ids, texts)

    monkeypatch.setattr(gather._Scratch, "add", watched)
    monkeypatch.setattr(gather, "ROWS_AT_ONCE", 5)
    after = build("b")
    assert max(sizes) == 5
    for name in ("part-0.parquet", "part-1.parquet"):
        assert (before / name).read_bytes() == (after / name).read_bytes()


def test_more_parts_than_files_may_be_open_are_written(build, monkeypatch):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    monkeypatch.setattr("equilingual.batching.shards.BYTES_AT_ONCE", 1)
    monkeypatch.setattr("equilingual.batching.shards.ROWS_PER_GROUP", 1)
    expected = (build("a", batches=400) / "part-1.parquet").read_bytes()
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
    try:
        assert (build("b", batches=400) / "part-1.parquet").read_bytes() == expected
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(("batches", "times", "is_warned"), [(199, 19.9, False), (200, 20.0, True)])
def test_how_often_a_pair_is_seen_is_said_and_warned_of_from_20_times(build, caplog, batches, times, is_warned):
    caplog.set_level("INFO")
    folder = build("a", batches=batches)  # 60 pairs in batches of 6
    said = {record.levelname: record.message for record in caplog.records if "is seen" in record.message}
    assert said.pop("INFO") == f"t: each QA pair is seen {times} times on average"
    advice = "the encoder may overfit: lower batches.batches, or add QA pairs"
    assert said == ({"WARNING": f"t: each QA pair is seen {times} times on average; {advice}"} if is_warned else {})
    assert json.loads((folder / "manifest.json").read_text())["times_seen"] == times


def test_the_manifest_names_the_variant_where_there_is_one(build):
    plain, varied = (read_json(build(name, variant=name) / "manifest.json") for name in ("", "small"))
    assert "variant" not in plain
    assert varied.pop("variant") == "small"
    assert varied == plain
