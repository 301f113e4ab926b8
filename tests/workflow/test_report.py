"""The report of a real run: what its language explorer shows is what the run files have."""

import base64
import gzip
import json
import re
from collections import defaultdict

DEPTH = 10


def payload_of(page):
    """Return the data that a page holds, as packing.py has put them."""
    text = re.search(r'<script type="text/plain" id="payload">([^<]+)</script>', page.read_text(encoding="utf-8"))[1]
    return json.loads(gzip.decompress(base64.b64decode(text)))["data"]


def fields_of(path):
    """Yield the fields of each line of a TREC file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.split()


def first_ten(path):
    """Return the first ten candidates of each query of a run file, by rank."""
    found = defaultdict(list)
    for query, _, candidate, rank, *_ in fields_of(path):
        found[query].append((int(rank), candidate))
    return {query: [candidate for _, candidate in sorted(ranked)[:DEPTH]] for query, ranked in found.items()}


def test_every_grid_of_the_explorer_has_the_first_ten_of_the_run_files(smoke):
    check(smoke / "results")


def check(results):
    (entry,) = payload_of(results / "report.html")["examples"]
    runs = sorted((results / "runs").glob(f"*/{entry['benchmark']}/all.trec.gz"))
    names = {
        name: f"{name}__seed-{model['seed']}" if model["seed"] else name for name, model in entry["models"].items()
    }
    assert set(names.values()) == {path.parts[-3] for path in runs}
    assert entry["depth"] == DEPTH
    compared = 0
    for name, model in entry["models"].items():
        run = first_ten(results / "runs" / names[name] / entry["benchmark"] / "all.trec.gz")
        for question, about in enumerate(entry["questions"]):
            for place, tag in enumerate(about["texts"]):
                numbers = [entry["answers"][question][place][ord(one) - 35] for one in model["hits"][question][place]]
                shown = [entry["candidates"]["id"][number] for number in numbers]
                assert shown == run[f"{tag}_{about['id']}"], (name, about["id"], tag)
                compared += len(shown)
    languages = len(entry["languages"])
    assert languages > 1
    assert compared == DEPTH * languages * len(entry["questions"]) * len(names) > 0
    check_marks(results, entry)


def check_marks(results, entry):
    """Every dot of a grid is a relevant candidate of the qrels, and every relevant candidate has its dot."""
    relevant = defaultdict(set)
    for query, _, candidate, grade in fields_of(results / "benchmarks" / entry["benchmark"] / "qrels.trec.gz"):
        if int(grade) > 0:
            relevant[query].add(candidate)
    ids = entry["candidates"]["id"]
    for question, about in enumerate(entry["questions"]):
        wanted = set().union(*(relevant[f"{tag}_{about['id']}"] for tag in about["texts"]))
        met = {ids[number] for pool in entry["answers"][question] for number in pool}
        assert {ids[number] for number in about["relevant"]} & met == wanted & met
        assert wanted
