"""Three queries and three documents that cosine and dot product order otherwise, from an encoder's folder to the mAP.

| | a = (1, 0) | b = (3, 3) | c = (0, 2) | by dot product | by cosine |
|---|--:|--:|--:|---|---|
| x = (1, 0) | 1; 1 | 3; .707 | 0; 0 | b a c | a b c |
| y = (0, 1) | 0; 0 | 3; .707 | 2; 1 | b c a | c b a |
| z = (1, 2) | 1; .447 | 9; .949 | 4; .894 | b c a | b c a |

x asks for a, y for c, z for b: by dot product they are second, second and first, by cosine all first.
"""

import numpy as np
import pytest
from benchmark_tables import write_tables
from tiny import prepare_configured
from words import write_words

from equilingual.config.encoding import EncodingSettings
from equilingual.embeddings import read_embeddings
from equilingual.encoders import encode_texts, load_encoder
from equilingual.evaluation import score_model
from equilingual.evaluation.ranks import rank_candidates
from equilingual.files import read_json
from equilingual.retrieval.debias import debias_embeddings
from equilingual.retrieval.indexes import build_indexes, search_indexes
from equilingual.retrieval.pools import EncoderPool
from equilingual.retrieval.systems import SystemSpec, VectorFiles
from equilingual.retrieval.trec import read_run
from equilingual.similarity import scored_by

DOCUMENTS = {"a": [1, 0], "b": [3, 3], "c": [0, 2]}
QUERIES = {"x": [1, 0], "y": [0, 1], "z": [1, 2]}
ANSWERS = {"x": "a", "y": "c", "z": "b"}
BY_DOT = {"x": "bac", "y": "bca", "z": "bca"}
BY_COSINE = {"x": "abc", "y": "cba", "z": "bca"}
MODEL = {"encoder": "e", "training_set": None, "strategy": "none", "alpha": None, "seed": None, "debias": "none"}


@pytest.fixture
def run(tmp_path):
    """Return a function that takes an encoder's folder through the stages, and returns the place of its results."""

    def take(declared, similarity=None, index="flat"):
        source = write_words(tmp_path / "source", DOCUMENTS | QUERIES, similarity_fn_name=declared)
        lengths = {"query_length": 32, "passage_length": 32}
        prepare_configured(
            encoder="e", source="folder", path=str(source), similarity=similarity, folder=tmp_path / "e", **lengths
        )
        benchmark = write_tables(
            tmp_path / "benchmark",
            candidates=[(name, "en") for name in DOCUMENTS],
            queries=[(name, "en") for name in QUERIES],
            qrels=list(ANSWERS.items()),
            settings=["monolingual"],
        )
        encode_texts(
            model=tmp_path / "e",
            benchmark=benchmark,
            encoding=EncodingSettings(batch_tokens=64, **lengths),
            threads=1,
            work=tmp_path / "work",
            queries_out=tmp_path / "queries.npy",
            candidates_out=tmp_path / "candidates.npy",
            counts_out=tmp_path / "counts.json",
        )
        return tmp_path

    return take


def rank(folder, queries="queries.npy", candidates="candidates.npy"):
    """Return the order of the documents for each query, and the mean average precision."""
    rank_candidates(
        model="e",
        benchmark=folder / "benchmark",
        system=SystemSpec(VectorFiles(folder / queries, folder / candidates)),
        depth=3,
        threads=1,
        runs=["monolingual"],
        out=folder / "ranks.parquet",
        out_runs=folder / "runs",
    )
    score_model(
        model=MODEL,
        name="b",
        ranks=folder / "ranks.parquet",
        runs=folder / "runs",
        benchmark=folder / "benchmark",
        resamples=10,
        seed=1,
        out=folder / "scores.parquet",
        intervals=folder / "intervals.json",
        bias=folder / "bias.json",
    )
    import pyarrow.parquet as pq

    [score] = {r["value"] for r in pq.read_table(folder / "scores.parquet").to_pylist() if r["measure"] == "map"}
    found = read_run(folder / "runs/en.trec.gz")
    return {query.removeprefix("en_"): "".join(name for name, _ in hits) for query, hits in found.items()}, score


@pytest.mark.parametrize(
    ("declared", "asked", "orders", "score"),
    [
        ("dot", None, BY_DOT, 2 / 3),
        ("cosine", None, BY_COSINE, 1.0),
        (None, None, BY_COSINE, 1.0),
        ("dot", "cosine", BY_COSINE, 1.0),
        ("cosine", "dot", BY_DOT, 2 / 3),
        ("manhattan", "dot", BY_DOT, 2 / 3),
    ],
)
def test_documents_are_ranked_by_the_declared_similarity_or_the_configurations(run, declared, asked, orders, score):
    folder = run(declared, asked)
    found, value = rank(folder)
    assert found == orders
    assert value == pytest.approx(score)
    by_dot = orders is BY_DOT
    assert read_json(folder / "counts.json")["similarity"] == ("dot" if by_dot else "cosine")
    vectors = read_embeddings(folder / "candidates.npy", rows=3)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 18**0.5, 2] if by_dot else [1, 1, 1])


@pytest.mark.parametrize("kind", [{"kind": "flat"}, {"kind": "hnsw", "m": 4, "ef_construction": 8, "ef_search": 8}])
def test_indexes_find_what_the_dot_product_ranks_first(run, kind):
    folder = run("dot")
    given = {"candidates": folder / "candidates.npy", "benchmark": folder / "benchmark", "threads": 1}
    build_indexes(index=kind, out=folder / "indexes", **given)
    search_indexes(
        queries=folder / "queries.npy", indexes=folder / "indexes", seed=1, out=folder / "found.json", **given
    )
    assert read_json(folder / "found.json")["mean"]["recall@1"] == 1.0
    import faiss

    index = faiss.read_index(str(folder / "indexes/en.faiss"))
    scores, places = index.search(np.array(list(QUERIES.values()), dtype=np.float32), 1)
    assert scores[:, 0].tolist() == [3, 3, 9]
    assert places[:, 0].tolist() == [1, 1, 1]


def test_hard_negatives_are_mined_by_the_dot_product(run, tmp_path):
    encoder = load_encoder(run("dot") / "e")
    encoding = EncodingSettings(query_length=32, passage_length=32, batch_tokens=64)
    pool = EncoderPool([list(DOCUMENTS)], encoder=encoder, encoding=encoding, threads=1, folder=tmp_path)
    found = pool.search(list(QUERIES), np.array([0, 2, 1]), 3)
    assert found.places.tolist() == [[1, 0, 2], [1, 2, 0], [1, 2, 0]]
    assert found.scores.tolist() == [[3, 1, 0], [3, 2, 0], [9, 4, 1]]
    assert found.own.tolist() == [1, 2, 9]


def test_debiased_vectors_keep_their_lengths_for_the_dot_product(run):
    """Centring by hand: the queries' mean is (2/3, 1), that of the documents (4/3, 5/3)."""
    folder = run("dot")
    given = {"queries": folder / "queries.npy", "candidates": folder / "candidates.npy"}
    outs = {"out_queries": folder / "q.npy", "out_candidates": folder / "c.npy"}
    debias_embeddings(
        method="center-pool", benchmark=folder / "benchmark", counts=folder / "counts.json", **given, **outs
    )
    queries, documents = (np.array(list(given.values()), dtype=float) for given in (QUERIES, DOCUMENTS))
    queries, documents = queries - [2 / 3, 1], documents - [4 / 3, 5 / 3]
    assert np.allclose(read_embeddings(folder / "q.npy", rows=3), queries, atol=1e-6)
    assert np.allclose(read_embeddings(folder / "c.npy", rows=3), documents, atol=1e-6)
    # x = (1/3, -1): a 14/9, b -7/9, c -7/9 (a tie but for rounding); y = (-2/3, 0): c 8/9, a 2/9, b -10/9
    orders, _ = rank(folder, "q.npy", "c.npy")
    assert (orders["x"][0], orders["y"]) == ("a", "cab")
    lengths = np.linalg.norm(documents, axis=1)
    assert (np.abs(lengths - 1) > 0.2).any()


@pytest.mark.parametrize(
    ("declared", "asked", "unit", "expected"),
    [
        (None, None, False, "cosine"),
        ("cosine", None, False, "cosine"),
        ("dot", None, False, "dot"),
        ("dot", None, True, "cosine"),
        ("euclidean", None, True, "cosine"),
        ("euclidean", "dot", False, "dot"),
        ("manhattan", "cosine", False, "cosine"),
        ("cosine", "dot", True, "cosine"),
    ],
)
def test_what_an_encoder_is_scored_by(declared, asked, unit, expected):
    assert scored_by(declared, asked=asked, unit=unit) == expected


@pytest.mark.parametrize(
    ("declared", "unit"), [("euclidean", False), ("manhattan", False), ("manhattan", True), ("x", True)]
)
def test_a_similarity_that_orders_otherwise_is_refused(declared, unit):
    with pytest.raises(ValueError, match=f"similarity_fn_name is '{declared}'"):
        scored_by(declared, asked=None, unit=unit)


def test_manhattan_distances_of_unit_vectors_do_not_order_as_cosines():
    """Why they are refused; Euclidean ones do."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    by_cosine = np.argsort(-vectors[1:] @ vectors[0])
    assert by_cosine.tolist() == np.argsort(np.linalg.norm(vectors[1:] - vectors[0], axis=1)).tolist()
    assert by_cosine.tolist() != np.argsort(np.abs(vectors[1:] - vectors[0]).sum(axis=1)).tolist()
