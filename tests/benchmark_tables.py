"""Benchmarks for tests, written as ``build_benchmark`` writes them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.evaluation.groups import Group
from equilingual.files import read_json, sha256_of, write_json
from equilingual.retrieval.tables import SETTINGS


def write_tables(folder, *, candidates, queries, qrels, settings=SETTINGS, task="retrieval", **about):
    """Write a benchmark's tables.

    candidates: (candidate_id, language[, collection]); queries: (query_id, language[, cluster[, collection]]), the
    cluster is the question's id by default; qrels: (query_id, candidate_id[, relevance]); ``about`` is what else
    counts.json has.
    """
    folder.mkdir(exist_ok=True)
    language_of = {candidate[0]: candidate[1] for candidate in candidates}
    tables = {
        "candidates": [
            {"candidate_id": key, "language": language, "collection": "".join(rest), "text": key, "passage": key}
            for key, language, *rest in candidates
        ],
        "queries": [
            {
                "query_id": key,
                "language": language,
                "collection": rest[1] if rest[1:] else "",
                "text": key,
                "cluster": rest[0] if rest else key,
            }
            for key, language, *rest in queries
        ],
        "qrels": [
            {
                "query_id": query,
                "language": language_of.get(key, "?"),
                "candidate_id": key,
                "relevance": rest[0] if rest else 1,
            }
            for query, key, *rest in qrels
        ],
    }
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    write_json({"settings": list(settings), "task": task, **about}, folder / "counts.json")
    record_tables(folder)
    return folder


def record_tables(folder):
    """Write the hashes of a folder's tables into its ``counts.json``, as the stages that write them do."""
    about = read_json(folder / "counts.json") if (folder / "counts.json").exists() else {}
    files = {path.name: sha256_of(path) for path in sorted(folder.glob("*.parquet"))}
    write_json({**about, "files": files}, folder / "counts.json")


def make_group(setting, query_language, pool, ranks, query_ids, clusters, languages=None):
    """Return a group of queries with these ranks, all of relevance 1."""
    ranks = np.asarray(ranks)
    languages = np.full(ranks.shape, pool, dtype=object) if languages is None else np.asarray(languages, dtype=object)
    ids, clusters = np.asarray(query_ids, dtype=object), np.asarray(clusters, dtype=object)
    return Group(
        setting=setting,
        query_language=query_language,
        pool=pool,
        ranks=ranks,
        relevance=(ranks > 0).astype(np.int64),
        languages=languages,
        candidates=np.where(ranks > 0, 0, -1),
        best=np.zeros(len(ranks), dtype=np.int64),
        query_ids=ids,
        clusters=clusters,
    )
