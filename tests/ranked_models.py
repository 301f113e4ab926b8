"""Ranks of made-up models, and their comparison."""

import pyarrow as pa
import pyarrow.parquet as pq

from equilingual.evaluation import compare_models
from equilingual.evaluation.comparisons import COMPARISON_SCHEMA

LANGUAGES = ("en", "de")
SETTINGS = ["monolingual", "cross-lingual", "multilingual"]


def write_ranks(path, rank_of, questions=8, left_out=()):
    """Write the ranks of a model: rank_of(question number, query language, candidate language, pool)."""
    rows = [
        {"query_id": f"q{n}", "cluster": f"p{n // 2}", "query_language": asked, "pool": pool,
         "candidate_language": language, "relevance": 1, "candidate": 0, "best": 0, "rank": rank_of(n, asked, language, pool)}
        for pool in (*LANGUAGES, "all") for asked in LANGUAGES for n in range(questions)
        for language in (LANGUAGES if pool == "all" else (pool,))
        if (n, asked, pool) not in left_out
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def compare(tmp_path, ranks, members, pairs, seeds=None, settings=SETTINGS, **options):
    arguments = {
        "measures": ["map", "log_rank_distance"],
        "permutations": 500,
        "resamples": 200,
        "seed": 1,
    }
    compare_models(
        benchmark="b",
        ranks=ranks,
        members=members,
        seeds={name: tuple(range(1, 1 + (seeds or {}).get(name, len(found)))) for name, found in members.items()},
        pairs=pairs if isinstance(pairs, dict) else dict.fromkeys(settings, pairs),
        out=tmp_path / "out.parquet",
        **(arguments | options),
    )
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.equals(COMPARISON_SCHEMA)
    return {(row["setting"], row["measure"], row["model_a"], row["model_b"]): row for row in table.to_pylist()}
