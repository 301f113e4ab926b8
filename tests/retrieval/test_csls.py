"""CSLS by query language: the scores by its formula, whatever they are searched with."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables

from equilingual.retrieval.debias import DebiasError, Vectors, debias_embeddings
from equilingual.retrieval.debias.methods import center_csls, csls

LANGUAGES = ("de", "en", "zh")


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def texts():
    """A bank of 30, 15 and 4 queries in three languages, not in their order; 20 queries and 40 candidates to score."""
    rng = np.random.default_rng(3)
    tags = np.array(["zh"] * 4 + ["de"] * 30 + ["en"] * 15)
    order = rng.permutation(len(tags))
    bank, queries, candidates = (unit(rng.normal(size=(rows, 12))).astype(np.float32) for rows in (49, 20, 40))
    return Vectors(bank[order], tags[order]), Vectors(queries, np.array(LANGUAGES)[np.arange(20) % 3]), candidates


def expected(bank, queries, candidates, near=10):
    """Return the scores by the formula, one query and one candidate after the other."""
    found = np.empty((len(queries.embeddings), len(candidates)))
    for row, (query, language) in enumerate(zip(queries.embeddings, queries.languages, strict=True)):
        own = bank.embeddings[np.asarray(bank.languages) == language]
        for column, candidate in enumerate(candidates):
            nearest = sorted(own @ candidate)[-near:]
            found[row, column] = 2 * (query @ candidate) - sum(nearest) / len(nearest)
    return found


def scores(debiaser, queries, candidates, languages=None):
    sides = (
        debiaser.apply(queries.embeddings, queries.languages, "queries"),
        debiaser.apply(candidates, ["xx"] * len(candidates) if languages is None else languages, "candidates"),
    )
    assert all(side.dtype == np.float32 for side in sides)
    return sides[0] @ sides[1].T


def test_inner_products_are_the_scores_of_the_formula(texts):
    bank, queries, candidates = texts
    found = scores(csls.fit(bank, bank), queries, candidates)
    assert np.allclose(found, expected(bank, queries, candidates), atol=1e-5)
    assert not np.allclose(found, expected(bank, queries, candidates, near=9), atol=1e-3)


def test_by_hand():
    # The bank has (1, 0) in English and (0, 1) in German. Of d = (0.6, 0.8), r is 0.6 in English and 0.8 in German.
    bank = Vectors(np.eye(2, dtype=np.float32), ["en", "de"])
    queries = Vectors(np.array([[1, 0], [1, 0]], np.float32), ["en", "de"])
    found = scores(csls.fit(bank, bank), queries, np.array([[0.6, 0.8]], np.float32))
    assert np.allclose(found, [[1.2 - 0.6], [1.2 - 0.8]])


def test_the_order_of_the_bank_its_blocks_and_the_candidates_blocks_change_nothing(texts, monkeypatch):
    bank, queries, candidates = texts
    whole = scores(csls.fit(bank, bank), queries, candidates)
    monkeypatch.setattr("equilingual.retrieval.debias.removal.VECTORS_AT_ONCE", 7)
    monkeypatch.setattr(csls, "_PRODUCTS_AT_ONCE", 100)
    back = Vectors(bank.embeddings[::-1].copy(), np.asarray(bank.languages)[::-1])
    assert np.allclose(scores(csls.fit(back, back), queries, candidates), whole, atol=1e-6)


def test_a_hub_loses_its_place():
    """A candidate that is near to all queries of a language stands before a question's own; with CSLS it does not."""
    rng = np.random.default_rng(1)
    middle = unit(rng.normal(size=(1, 32)))
    queries = unit(middle + 0.15 * rng.normal(size=(40, 32)))
    own = unit(queries[20:] + 0.2 * rng.normal(size=(20, 32)))
    candidates = np.concatenate((own, middle)).astype(np.float32)
    bank = Vectors(queries[:20].astype(np.float32), ["en"] * 20)
    asked = Vectors(queries[20:].astype(np.float32), ["en"] * 20)
    hub = len(own)
    before = asked.embeddings @ candidates.T
    after = scores(csls.fit(bank, bank), asked, candidates)
    first, then = ((found.argmax(axis=1) == hub).sum() for found in (before, after))
    assert first > 5
    assert then < first / 2


def test_a_language_that_the_bank_lacks_gets_the_average_of_the_others(texts):
    bank, queries, candidates = texts
    debiaser = csls.fit(bank, bank)
    with pytest.raises(DebiasError, match="lacks sw; it has de, en, zh"):
        debiaser.apply(queries.embeddings, ["sw"] * 20, "queries")
    unknown = scores(debiaser.extended(["sw", "en"]), Vectors(queries.embeddings, ["sw"] * 20), candidates)
    known = [
        expected(bank, Vectors(queries.embeddings, [language] * 20), candidates) for language in ("de", "en", "zh")
    ]
    assert np.allclose(unknown, np.mean(known, axis=0), atol=1e-5)


def run_stage(folder, method, bank, queries, candidates, tags, similarity):
    """Debias a benchmark by the stage, fitted on the bank; return the vectors of queries and candidates."""
    languages = {"queries": queries.languages, "candidates": tags}
    both = {"benchmark": (queries.embeddings, candidates), "text": (bank.embeddings, bank.embeddings)}
    for place, sides in both.items():
        (folder / place).mkdir()
        for side, rows in zip(("queries", "candidates"), sides, strict=True):
            table = {
                "language": languages[side] if place == "benchmark" else bank.languages,
                "text_id": [str(number) for number in range(len(rows))],
            }
            pq.write_table(pa.table(table), folder / place / f"{side}.parquet")
            np.save(folder / place / f"{side}.npy", rows)
        record_tables(folder / place)
    (folder / "counts.json").write_text(f'{{"similarity": "{similarity}"}}')
    debias_embeddings(
        method=method,
        queries=folder / "benchmark/queries.npy",
        candidates=folder / "benchmark/candidates.npy",
        benchmark=folder / "benchmark",
        fitting=(folder / "text", folder / "text"),
        out_queries=folder / "q.npy",
        out_candidates=folder / "c.npy",
        counts=folder / "counts.json",
    )
    return [np.load(folder / f"{side}.npy") for side in "qc"]


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_stage_writes_vectors_of_more_dimensions_as_they_are(tmp_path, texts, similarity):
    bank, queries, candidates = texts
    tags = np.array(LANGUAGES)[np.arange(40) % 3]
    q, c = run_stage(tmp_path, "csls", bank, queries, candidates, tags, similarity)
    assert (q.shape, c.shape) == ((20, 15), (40, 15))
    assert np.allclose(q @ c.T, expected(bank, queries, candidates), atol=1e-5)


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_the_stage_centres_by_what_the_embeddings_are_compared_by(tmp_path, texts, similarity):
    bank, queries, candidates = texts
    tags = np.array(LANGUAGES)[np.arange(40) % 3]
    q, c = run_stage(tmp_path, "center-csls", bank, queries, candidates, tags, similarity)
    assert (q.shape, c.shape) == ((20, 15), (40, 15))
    fitted = center_csls.fit(bank, bank, similarity=similarity)
    assert np.allclose(q @ c.T, scores(fitted, queries, candidates, tags), atol=1e-5)


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_centred_csls_is_csls_by_its_formula_of_what_centring_leaves(texts, monkeypatch, similarity):
    monkeypatch.setattr(center_csls, "VECTORS_AT_ONCE", 7)
    bank, queries, candidates = texts
    tags = np.array(LANGUAGES)[np.arange(len(candidates)) % 3]
    pool = Vectors(candidates * 3, tags)  # of other lengths than 1, which count for the dot product

    def centred(vectors, of):
        means = {tag: of.embeddings[np.asarray(of.languages) == tag].mean(axis=0) for tag in LANGUAGES}
        left = vectors.embeddings - np.stack([means[tag] for tag in vectors.languages])
        return unit(left) if similarity == "cosine" else left

    found = scores(center_csls.fit(bank, pool, similarity=similarity), queries, pool.embeddings, tags)
    own = Vectors(centred(bank, bank), bank.languages), Vectors(centred(queries, bank), queries.languages)
    assert np.allclose(found, expected(*own, centred(pool, pool)), atol=1e-5)
    assert not np.allclose(found, expected(bank, queries, pool.embeddings), atol=0.01)


def test_centred_csls_takes_an_average_language_for_one_that_was_not_fitted(texts):
    bank, queries, candidates = texts
    tags = np.array(LANGUAGES)[np.arange(len(candidates)) % 3]
    debiaser = center_csls.fit(bank, Vectors(candidates, tags))
    for side, embeddings in (("queries", queries.embeddings), ("candidates", candidates)):
        with pytest.raises(DebiasError, match="lacks sw; it has de, en, zh"):
            debiaser.apply(embeddings, ["sw"] * len(embeddings), side)
    unknown = debiaser.extended(["sw"])
    found = scores(unknown, Vectors(queries.embeddings, ["sw"] * 20), candidates, ["sw"] * 40)
    means = [
        np.mean([side.embeddings[np.asarray(side.languages) == tag].mean(axis=0) for tag in LANGUAGES], axis=0)
        for side in (bank, Vectors(candidates, tags))
    ]
    centred = unit(queries.embeddings - means[0]), unit(candidates - means[1])
    own = np.concatenate(
        [
            unit(bank.embeddings[here] - bank.embeddings[here].mean(axis=0))
            for here in np.array(bank.languages) == np.array([[tag] for tag in LANGUAGES])
        ]
    )
    whole = Vectors(own, np.sort(np.asarray(bank.languages)))
    known = [expected(whole, Vectors(centred[0], [tag] * 20), centred[1]) for tag in LANGUAGES]
    assert np.allclose(found, np.mean(known, axis=0), atol=1e-5)
