"""The passages that questions are searched in: lexical retrieval (BM25) or an encoder (cosine or dot product)."""

import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Protocol

import numpy as np

from equilingual.config.encoding import EncodingSettings
from equilingual.embeddings import VECTORS_AT_ONCE
from equilingual.encoders.declared import Side
from equilingual.encoders.embedding import embed
from equilingual.encoders.parts import KeptVectors
from equilingual.retrieval.indexes import search_exactly
from equilingual.retrieval.lexical.bm25 import bm25_matrix
from equilingual.retrieval.words import split_words

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True)
class Found:
    """What was found for some questions.

    Attributes:
        places: int64 [questions, depth], best first, ties by place; -1 where nothing more was found.
        scores: float32 [questions, depth].
        own: float32 [questions], the score of each question's own passage.

    """

    places: np.ndarray
    scores: np.ndarray
    own: np.ndarray


class Pool(Protocol):
    """Passages that can be searched."""

    def search(self, questions: Sequence[str], own: np.ndarray, depth: int) -> Found:
        """Return the best ``depth`` passages of each question; ``own`` has the places of their own passages."""


class Bm25Pool:
    """Passages by BM25 with Lucene's formula, as ``bm25s`` has it (arXiv:2407.03618), k1 = 1.5 and b = 0.75.

    A passage that has no word of a question is not found for it. A word that occurs twice in a question counts twice.
    """

    def __init__(self, passages: Iterable[Sequence[str]], *, language: str, threads: int) -> None:
        """Index passages that come in parts; the texts are not kept."""
        self._language, self._threads = language, threads
        self._words: dict[str, int] = {}
        words = (split_words(text, language) for part in passages for text in part)
        # bm25s adds up with numpy, which lets one thread work at a time; scipy lets all, and is faster alone.
        self._matrix = bm25_matrix(words, self._words)

    def search(self, questions: Sequence[str], own: np.ndarray, depth: int) -> Found:
        """Return the best ``depth`` passages of each question; ``own`` has the places of their own passages."""
        places = np.full((len(questions), depth), -1, dtype=np.int64)
        scores = np.zeros((len(questions), depth), dtype=np.float32)
        own_scores = np.zeros(len(questions), dtype=np.float32)
        with ThreadPoolExecutor(self._threads) as executor:
            found = executor.map(partial(self._search_one, depth=depth), questions, own.tolist())
            for row, (best, values, own_score) in enumerate(found):
                places[row, : len(best)], scores[row, : len(best)], own_scores[row] = best, values, own_score
        return Found(places, scores, own_scores)

    def _search_one(self, question: str, own: int, *, depth: int) -> tuple[np.ndarray, np.ndarray, float]:
        words = [self._words[word] for word in split_words(question, self._language) if word in self._words]
        if not words:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32), 0.0
        scores = self._matrix[:, words] @ np.ones(len(words), dtype=np.float32)
        places = best_places(scores, depth)
        return places, scores[places], float(scores[own])


def best_places(scores: np.ndarray, depth: int) -> np.ndarray:
    """Return the places of the best ``depth`` scores above 0, best first, ties by place."""
    least = np.partition(scores, len(scores) - depth)[len(scores) - depth] if depth < len(scores) else 0
    places = np.flatnonzero(scores >= least if least > 0 else scores > 0)
    return places[np.argsort(-scores[places], kind="stable")[:depth]]


class EncoderPool:
    """Passages by what an encoder is scored by, the cosine or the dot product of its vectors, exactly, with FAISS.

    The vectors are in a nameless file, and are searched a part at a time: memory does not grow with their number.
    """

    def __init__(
        self,
        passages: Iterable[Sequence[str]],
        *,
        encoder: "SentenceTransformer",
        encoding: EncodingSettings,
        threads: int,
        folder: str | PathLike[str],
        kept: KeptVectors | None = None,
    ) -> None:
        """Encode passages that come in parts; ``encoder`` is in its precision already.

        With ``kept``, vectors are read from there where it has them, and those that are computed are kept.

        Raises:
            EncoderError: a vector is not finite.

        """
        import faiss

        faiss.omp_set_num_threads(threads)
        encode = partial(_embed, encoder, batch_tokens=encoding.batch_tokens, kept=kept)
        self._embed_questions = partial(encode, prompt="query", length=encoding.query_length, where="questions")
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with the pool)
        count = dimensions = 0
        for part in passages:
            vectors = encode(part, prompt="document", length=encoding.passage_length, where="passages")
            self._file.write(vectors.tobytes())
            count, dimensions = count + len(vectors), vectors.shape[1]
        self._file.flush()
        self._vectors = np.memmap(self._file, dtype=np.float32, mode="r", shape=(count, dimensions))

    def search(self, questions: Sequence[str], own: np.ndarray, depth: int) -> Found:
        """Return the best ``depth`` passages of each question; ``own`` has the places of their own passages.

        Raises:
            EncoderError: a vector is not finite.

        """
        import faiss

        asked = self._embed_questions(questions)
        places: np.ndarray = np.empty((len(asked), 0), dtype=np.int64)
        scores: np.ndarray = np.empty((len(asked), 0), dtype=np.float32)
        for start in range(0, len(self._vectors), VECTORS_AT_ONCE):
            index = faiss.IndexFlatIP(self._vectors.shape[1])
            index.add(self._vectors[start : start + VECTORS_AT_ONCE])
            more_scores, more = search_exactly(index, asked, min(depth, index.ntotal))
            scores, places = np.hstack((scores, more_scores)), np.hstack((places, more + start))
            # Earlier parts have the lower places: a stable sort leaves ties in their order.
            order = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
            scores, places = (np.take_along_axis(found, order, axis=1) for found in (scores, places))
        return Found(places, scores, np.einsum("ij,ij->i", asked, self._vectors[own]))


def _embed(
    encoder: "SentenceTransformer",
    texts: Sequence[str],
    *,
    prompt: Side,
    length: int,
    batch_tokens: int | None,
    where: str,
    kept: KeptVectors | None,
) -> np.ndarray:
    """Return the vectors of some texts, computed now or kept from before."""

    def encode() -> np.ndarray:
        return embed(
            encoder, texts, prompt=prompt, length=length, batch_tokens=batch_tokens, where=where, progress=False
        )

    return encode() if kept is None else kept.get(where, texts, encode, prompt, length, batch_tokens)
