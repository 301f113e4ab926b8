"""The stage ``debias_embeddings``.

in:  ``results/embeddings/{model}/{benchmark}/{queries,candidates}.npy`` with their ``counts.json`` and the benchmark's
     tables; unless the method is fitted on the pool, ``results/fitting/{name}/`` and its vectors in
     ``results/embeddings/{model}/fit-{name}/``
out: the first two under ``{model}+{debias}``

Each method subtracts or projects away what it was fitted on, which changes dot products as it does cosines: the
vectors of an encoder that is scored by the dot product are fitted and debiased as they are, of any length.
"""

import logging
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import numpy as np

from equilingual.catalogues.debiasing import METHODS, POOL_METHODS, fewest_languages, method_of
from equilingual.embeddings import VECTORS_AT_ONCE, let_go, read_embeddings, write_embeddings
from equilingual.files import read_json
from equilingual.manifests import check_manifest
from equilingual.parquet import read_table
from equilingual.retrieval.debias.methods import fit
from equilingual.retrieval.debias.removal import Debiaser, DebiasError, Side, Vectors
from equilingual.similarity import Similarity

Place = str | PathLike[str]

logger = logging.getLogger(__name__)


def debias_embeddings(
    *,
    method: str,
    queries: Place,
    candidates: Place,
    benchmark: Place,
    out_queries: Place,
    out_candidates: Place,
    rank: int | None = None,
    source: str | None = None,
    fitting: tuple[Place, Place] | None = None,
    missing: str = "refuse",
    counts: Place | None = None,
) -> None:
    """Debias a model's embeddings of a benchmark; memory does not grow with the number of its texts.

    A method whose name ends in ``-pool`` is fitted on the benchmark's own queries and candidates: it has seen the
    test's texts (not its answers), hence the name. The others are fitted on the calibration corpus, in those of the
    benchmark's languages that it has; those that remove what languages differ in, in all of its
    languages where these are too few.

    Args:
        method: one of ``METHODS`` or ``POOL_METHODS`` of :mod:`equilingual.catalogues.debiasing`.
        queries: the embeddings of the benchmark's queries.
        candidates: those of its candidates.
        benchmark: its folder.
        out_queries: where the queries' go.
        out_candidates: where the candidates' go.
        rank: of the subspaces of LIR and LSAR; ``None`` for the method's own.
        source: the language that SHIFT shifts candidates to; ``None`` for other methods.
        fitting: the folders of the calibration corpus's tables and embeddings; ``None`` for a method on the pool.
        missing: for languages that the calibration corpus lacks: ``refuse`` them, or treat them as an ``average`` one.
        counts: of the embeddings, whose ``similarity`` says what they are compared by: of the cosine, vectors are
            written of length 1. ``None`` is the cosine.

    Raises:
        DebiasError: the method cannot be fitted on this text, or goes by language and one was not fitted.
        DamagedFileError: a table is not what the ``counts.json`` beside it says.
        EmbeddingsError: embeddings do not fit their table, or are not finite.

    """
    if method not in (*METHODS, *POOL_METHODS):
        raise DebiasError(f"unknown debiasing method {method!r}")
    row = method_of(method)
    for tables in (benchmark, *([fitting[0]] if fitting else [])):
        check_manifest(tables, "counts.json", expected=["queries.parquet", "candidates.parquet"])
    own = {
        "queries": _open(Path(benchmark), "queries", queries),
        "candidates": _open(Path(benchmark), "candidates", candidates),
    }
    fitted_on = own
    if fitting is not None:
        least, keep = fewest_languages(row, rank), source if "source" in row.settings else None
        fitted_on = _in_languages_of(own, _open_fitting(*fitting), least=least, keep=keep)
    similarity: Similarity = "dot" if counts and read_json(counts).get("similarity") == "dot" else "cosine"
    debiaser = fit(method, **fitted_on, rank=rank, source=source, similarity=similarity)
    if missing == "average":
        debiaser = debiaser.extended([tag for side in own.values() for tag in np.unique(side.languages).tolist()])
    _write(debiaser, own["queries"], "queries", similarity, out_queries)
    _write(debiaser, own["candidates"], "candidates", similarity, out_candidates)


def _open(folder: Path, side: str, vectors: Place, ids: str | None = None) -> Vectors:
    table = read_table(folder / f"{side}.parquet", ["language", *([ids] if ids else [])])
    tags = table["language"].combine_chunks().dictionary_encode()
    languages = np.array(tags.dictionary.to_pylist(), dtype=str)[tags.indices.to_numpy()]
    return Vectors(
        read_embeddings(vectors, rows=len(table)), languages, np.array(table[ids].to_pylist()) if ids else None
    )


def _open_fitting(texts: Place, vectors: Place) -> dict[str, Vectors]:
    """Return the calibration corpus's embeddings, given the folders of its tables and of them."""
    sides = ("queries", "candidates")
    return {side: _open(Path(texts), side, Path(vectors) / f"{side}.npy", "text_id") for side in sides}


def _in_languages_of(
    own: dict[str, Vectors], text: dict[str, Vectors], *, least: int, keep: str | None
) -> dict[str, Vectors]:
    """Return the calibration texts in the benchmark's languages, or in all languages if these are too few.

    So a benchmark's figures do not depend on which other benchmarks the text was made for.
    """
    wanted = {language for vectors in own.values() for language in np.unique(vectors.languages).tolist()}
    shared = wanted & set(np.unique(text["queries"].languages).tolist())
    if missing := sorted(wanted - shared):
        logger.info("the calibration corpus lacks %s", ", ".join(missing))
    if len(shared) < least:
        return text
    return {side: _only(vectors, sorted({*shared, keep or ""})) for side, vectors in text.items()}


def _only(vectors: Vectors, languages: list[str]) -> Vectors:
    rows = np.flatnonzero(np.isin(vectors.languages, languages))
    ids = None if vectors.text_ids is None else np.asarray(vectors.text_ids)[rows]
    return Vectors(vectors.embeddings[rows], np.asarray(vectors.languages)[rows], ids)


def _write(debiaser: Debiaser, vectors: Vectors, side: Side, similarity: Similarity, out: Place) -> None:
    texts, dimensions = vectors.embeddings.shape

    def debiased() -> Iterator[np.ndarray]:
        for start in range(0, texts, VECTORS_AT_ONCE):
            part = slice(start, start + VECTORS_AT_ONCE)
            yield debiaser.apply(vectors.embeddings[part], vectors.languages[part], side, similarity=similarity)
            let_go(vectors.embeddings)

    write_embeddings(debiased(), (texts, dimensions + debiaser.added), out)
