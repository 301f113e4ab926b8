"""A few questions with their first hits among all languages: the stage ``collect_examples``.

in:  ``results/runs/{model}/{benchmark}/all.trec.gz`` and the benchmark's tables
out: ``results/examples/{model}/{benchmark}.json``
"""

from os import PathLike
from pathlib import Path

import pyarrow.parquet as pq

from equilingual.files import write_json
from equilingual.manifests import check_manifest
from equilingual.retrieval.trec import read_run, trec_field

_HITS = 5


def collect_examples(
    *,
    model: str,
    name: str,
    runs: str | PathLike[str],
    benchmark: str | PathLike[str],
    questions: int,
    out: str | PathLike[str],
) -> None:
    """Write the first hits of some questions, chosen without looking at any ranking.

    Questions are taken at equal distances through the benchmark, each in another query language, so that every model
    shows the same ones.
    """
    check_manifest(runs)
    folder = Path(benchmark)
    queries = pq.read_table(folder / "queries.parquet").to_pylist()
    languages = list(dict.fromkeys(query["language"] for query in queries))
    candidates = {
        trec_field(row["candidate_id"]): row for row in pq.read_table(folder / "candidates.parquet").to_pylist()
    }
    relevant = {(row["query_id"], row["candidate_id"]) for row in pq.read_table(folder / "qrels.parquet").to_pylist()}
    run = read_run(Path(runs) / "all.trec.gz")
    examples = []
    for number in range(questions):
        language = languages[number * len(languages) // questions]
        own = [query for query in queries if query["language"] == language]
        query = own[number * len(own) // questions]
        hits = run[trec_field(f"{language}_{query['query_id']}")][:_HITS]
        examples.append(
            {
                "query_language": language,
                "query_id": query["query_id"],
                "question": query["text"],
                "hits": [
                    {
                        "rank": rank,
                        "language": candidates[candidate]["language"],
                        "text": candidates[candidate]["passage"],
                        "relevant": (query["query_id"], candidates[candidate]["candidate_id"]) in relevant,
                        "score": score,
                    }
                    for rank, (candidate, score) in enumerate(hits, start=1)
                ],
            }
        )
    write_json({"benchmark": name, "model": model, "examples": examples}, out)
