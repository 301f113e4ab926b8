"""Jobs that share the encoding and the ranking of a benchmark: the files of one job, and what is lost is made alone."""

import shutil

import micro
import yaml

MODEL = "e5-small/mine"
TARGETS = (f"results/ranks/{MODEL}.parquet", "results/ranks/bm25/mine.parquet")
SHARED = {"encoding": {"shards": 2}, "evaluation": {"blocks": 2}}


def contents(folder):
    """Return what encoding and ranking left."""
    kinds = ("embeddings", "ranks", "runs")
    files = [path for kind in kinds for path in (folder / "results" / kind).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def times(folder, rule):
    """Return when each job of a rule ended, by its file of time and memory."""
    return {
        path.stem: path.stat().st_mtime_ns for path in (folder / f"results/benchmarks-of-jobs/{rule}").rglob("*.tsv")
    }


def test_shared_work_leaves_the_files_of_one_job_and_a_lost_shard_is_made_alone(run_workflow, tmp_path):
    settings = micro.write_lexical(tmp_path)
    settings["encoders"] = {"e5-small": {"source": "packaged", "query_length": 16, "passage_length": 16}}
    folder = tmp_path / "run"
    configs = {}
    for name, more in (("one", {}), ("shared", SHARED)):
        merged = {**settings, **{key: settings.get(key, {}) | value for key, value in more.items()}}
        configs[name] = tmp_path / f"{name}.yaml"
        configs[name].write_text(yaml.safe_dump(merged), encoding="utf-8")
    run_workflow(folder, *TARGETS, config=configs["one"])
    expected = contents(folder)
    assert f"results/embeddings/{MODEL}/candidates.npy" in expected

    run_workflow(folder, *TARGETS, "--until", "encode_shard", config=configs["shared"])
    shards = folder / f"results/embeddings/{MODEL}"
    assert sorted(path.name for path in shards.glob("shard-*")) == ["shard-0", "shard-1"]
    shutil.rmtree(shards / "shard-1")  # as Snakemake does with what a killed job should have written
    before = times(folder, "encode_shard")
    run_workflow(folder, *TARGETS, config=configs["shared"])
    after = times(folder, "encode_shard")
    assert [name for name in sorted(after) if after[name] != before[name]] == ["1"]
    assert sorted(times(folder, "rank_block")) == ["0", "1"]
    assert contents(folder) == expected  # the shards and blocks are gone
    assert "Nothing to be done" in run_workflow(folder, *TARGETS, config=configs["shared"])
