"""Corpora of several files, from a server and from the Hub, through the rules."""

import functools
import hashlib
import http.server
import json
import threading

import pyarrow.parquet as pq
import pytest
import yaml

FILES = {
    "a/collection.tsv": "1\tone\n2\ttwo\n",
    "datasets/o/n/resolve/main/queries.tsv": "10\tten?\n",
    "a/qrels.tsv": "10\t0\t1\t1\n",
}


@pytest.fixture
def server(tmp_path):
    for name, text in FILES.items():
        (tmp_path / "served" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "served" / name).write_text(text)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def configured(root, folder, **parts):
    raw = yaml.safe_load((root / "configs/smoke.yaml").read_text(encoding="utf-8"))
    raw |= {key: raw.get(key, {}) | value for key, value in parts.items()}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return str(path)


def test_files_of_several_roles_come_from_a_url_and_the_hub(snakemake, root, tmp_path, server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server)
    pinned = hashlib.sha256(FILES["a/collection.tsv"].encode()).hexdigest()
    files = {
        "collection": {"url": f"{server}/a/collection.tsv", "sha256": pinned},
        "queries": {"hub": "o/n", "revision": "main", "path": "queries.tsv"},
        "qrels": f"{server}/a/qrels.tsv",
    }
    config = configured(root, tmp_path, corpora={"mine": {"format": "mmarco", "files": {"en": files}}})
    snakemake(tmp_path, "results/corpora/mine/en.parquet", config=config)
    assert len(list((tmp_path / "results/logs/fetch_file").rglob("*.log"))) == 3
    rows = pq.read_table(tmp_path / "results/corpora/mine/en.parquet").to_pylist()
    assert [(row["pair_id"], row["question"], row["passage"]) for row in rows] == [("10-1", "ten?", "one")]
    counts = json.loads((tmp_path / "results/corpora/mine/en.counts.json").read_text())["languages"]["en"]
    assert [(file["source"], file["pinned"]) for file in counts["fetched"]] == [
        (f"{server}/a/collection.tsv", True),
        ("https://huggingface.co/datasets/o/n/resolve/main/queries.tsv", False),
        (f"{server}/a/qrels.tsv", False),
    ]
    sums = {hashlib.sha256(text.encode()).hexdigest() for text in FILES.values()}
    assert {file["sha256"] for file in counts["fetched"]} == sums
    log = tmp_path / "results/logs/fetch_file/hub/o/n/main/queries.tsv.log"
    assert "not checked, because no 'sha256' is configured" in log.read_text()
    assert "Nothing to be done" in snakemake(tmp_path, "results/corpora/mine/en.parquet", config=config)


def test_the_pivot_of_a_known_corpus_comes_along(snakemake, root, tmp_path, mirror):
    config = configured(root, tmp_path, corpora={"drcd-mt": "known"}, data={"mirror": str(mirror)})
    snakemake(tmp_path, "results/corpora/drcd-mt/en.parquet", config=config)
    counts = json.loads((tmp_path / "results/corpora/drcd-mt/en.counts.json").read_text())["languages"]["en"]
    assert counts["questions"] == 3524
    assert "fetched" not in counts


def write_pairs(file, language, count, first=0):
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = (
        {"question": f"{language} what is {n}?", "passage": f"{language} it is {n}"}
        for n in range(first, first + count)
    )
    file.write_text("".join(json.dumps({"pair_id": f"p{n}", **row}) + "\n" for n, row in enumerate(rows, first)))


def test_corpora_of_other_languages_meet_in_one_training_set(snakemake, root, tmp_path):
    languages = {"romance": ("en", "fr", "es"), "germanic": ("en", "de")}
    for number, (corpus, tags) in enumerate(languages.items()):
        for tag in tags:
            write_pairs(tmp_path / f"{corpus}/{tag}.jsonl", tag, 40, first=100 * number)
    corpora = {
        name: {"format": "jsonl", "folder": f"{tmp_path}/{name}/{{language}}.jsonl", "languages": list(tags)}
        for name, tags in languages.items()
    }
    asked = {"corpora": list(languages), "languages": ["en", "fr", "es", "de"], "min_languages": 2}
    batches = {"strategies": [{"name": "hybrid", "alpha": 0.5}], "batch_size": 8, "batches": 40, "shards": 1}
    config = configured(root, tmp_path, corpora=corpora, training_sets={"both": asked}, batches=batches)
    folder = "results/batches/both/hybrid-0.5/seed-1"
    snakemake(tmp_path, f"{folder}/audit.json", config=config)
    table = pq.read_table(tmp_path / folder / "part-00000.parquet").to_pylist()
    corpus = {row["passage"]: "germanic" if int(row["passage"].split()[-1]) >= 100 else "romance" for row in table}
    found = {(corpus[row["passage"]], row[f"{side}_language"]) for row in table for side in ("query", "passage")}
    assert found == {(name, tag) for name, tags in languages.items() for tag in tags}
