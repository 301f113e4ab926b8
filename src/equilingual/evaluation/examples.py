"""A few questions with their first hits among all languages: the stage ``collect_examples``.

in:  ``results/runs/{model}/{benchmark}/all.trec.gz`` and the benchmark's tables
out: ``results/examples/{model}/{benchmark}.json``
"""

from os import PathLike
from pathlib import Path

from equilingual.files import write_json
from equilingual.manifests import check_manifest
from equilingual.parquet import read_table
from equilingual.retrieval.tables import ALL, read_tables
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
    tables = read_tables(benchmark)
    check_manifest(runs, expected=[f"{one.pool_name(ALL)}.trec.gz" for one in tables.collections])
    texts = read_table(Path(benchmark) / "queries.parquet", ["text"])["text"]
    passages = read_table(Path(benchmark) / "candidates.parquet", ["candidate_id", "language", "passage"])
    row_of = {trec_field(key): row for row, key in enumerate(passages["candidate_id"].to_pylist())}
    languages = tables.queries["language"].to_pylist()
    spoken = list(dict.fromkeys(languages))
    places = {row: one.pool_name(ALL) for one in tables.collections for row in one.queries.tolist()}
    found: dict[str, dict[str, list[tuple[str, float]]]] = {}
    examples = []
    for number in range(questions):
        language = spoken[number * len(spoken) // questions]
        own = [row for row, tag in enumerate(languages) if tag == language]
        query = own[number * len(own) // questions]
        run = found.setdefault(places[query], read_run(Path(runs) / f"{places[query]}.trec.gz"))
        question = tables.queries["query_id"][query].as_py()
        hits = [(row_of[candidate], score) for candidate, score in run[trec_field(f"{language}_{question}")][:_HITS]]
        examples.append(
            {
                "query_language": language,
                "query_id": question,
                "question": texts[query].as_py(),
                "hits": [
                    {
                        "rank": rank,
                        "language": passages["language"][row].as_py(),
                        "text": passages["passage"][row].as_py(),
                        "relevant": row in tables.relevant[query],
                        "score": score,
                    }
                    for rank, (row, score) in enumerate(hits, start=1)
                ],
            }
        )
    write_json({"benchmark": name, "model": model, "examples": examples}, out)
