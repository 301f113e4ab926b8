"""The stage ``export_encoder``: a trained model for others to use.

in:  ``results/models/{experiment}/``, its card ``results/cards/{experiment}.md``, and the texts of a benchmark
out: ``results/exports/{experiment}/{kind}/``, with ``manifest.json``: the files, and the cosines to the model's vectors
"""

import logging
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Literal

import numpy as np

from equilingual.config.training import TrainingSettings
from equilingual.encoders.declared import Side
from equilingual.encoders.directory import publish, staging
from equilingual.encoders.embedding import embed
from equilingual.encoders.loading import load_encoder
from equilingual.encoders.reading import read_model
from equilingual.exports.cards import card_of_export
from equilingual.exports.reading import ExportedEncoder
from equilingual.exports.recipe import ExportError, recipe_of
from equilingual.exports.writing import WRITERS
from equilingual.files import read_json, read_text, sha256_of
from equilingual.parquet import read_columns, read_footer
from equilingual.provenance import package_versions

logger = logging.getLogger(__name__)

TEXTS = 64  # of queries, and as many of candidates
# The least cosine that an export may have. float32 sums in another order give 1 - 1e-6. With the packaged encoder, on
# 132 texts in eleven languages, 8 bits give .9986 or more, and an export that forgets the prompts .981.
LEAST_COSINE = {"sentence-transformers": 0.99999, "onnx": 0.99999, "ctranslate2": 0.985}


def export_encoder(
    *,
    experiment: str,
    kind: Literal["sentence-transformers", "onnx", "ctranslate2"],
    model: str | PathLike[str],
    card: str | PathLike[str],
    queries: str | PathLike[str],
    candidates: str | PathLike[str],
    threads: int,
    folder: str | PathLike[str],
) -> None:
    """Write a model in one of the kinds, once its vectors have been compared with the model's own.

    ``queries`` and ``candidates`` are a benchmark's tables; :data:`TEXTS` of each are encoded, evenly spaced over the
    table and so over its languages.

    Raises:
        ExportError: the model cannot be exported in this kind, or a vector is further from the model's than the bound.
        DamagedFileError: the model is not what its manifest says.

    """
    import torch

    torch.set_num_threads(threads)
    encoder = load_encoder(model)
    settings = TrainingSettings.from_manifest(read_json(Path(model) / "manifest.json"))
    lengths: dict[Side, int] = {"query": settings.query_length, "document": settings.passage_length}
    if kind != "sentence-transformers":
        recipe_of(encoder, Path(model), lengths)  # refuses what cannot be exported before anything is encoded
    texts: dict[Side, list[str]] = {"query": spaced_texts(queries, TEXTS), "document": spaced_texts(candidates, TEXTS)}
    own = {
        prompt: embed(encoder, some, prompt=prompt, length=lengths[prompt], progress=False)
        for prompt, some in texts.items()
    }
    with staging(folder) as staged:
        WRITERS[kind](encoder, Path(model), staged, lengths)
        cosine = compare(own, _encode_all(kind, staged, texts, lengths, threads), LEAST_COSINE[kind])
        logger.info("%s: cosine to the model: %s", kind, cosine)
        written = card_of_export(read_text(card), kind, cosine)
        (staged / "README.md").write_text(written, encoding="utf-8")
        about = {
            "experiment": experiment,
            "kind": kind,
            "cosine": cosine,
            "model_sha256": sha256_of(Path(model) / "manifest.json"),
            "versions": package_versions("ctranslate2", "onnx", "onnxruntime", "onnxscript"),
        }
        publish(staged, folder, about)


def spaced_texts(table: str | PathLike[str], count: int) -> list[str]:
    """Return ``count`` texts of a table with a column ``text``, evenly spaced, in order; all where it has no more."""
    rows = read_footer(table).num_rows
    wanted = np.unique(np.linspace(0, rows - 1, min(count, rows)).round().astype(np.int64))
    found, start = [], 0
    for batch in read_columns(table, ["text"]):
        here = wanted[(wanted >= start) & (wanted < start + len(batch))] - start
        found += batch["text"].take(here.tolist()).to_pylist()
        start += len(batch)
    return found


def compare(
    own: Mapping[Side, np.ndarray], exported: Mapping[Side, np.ndarray], bound: float
) -> dict[str, float | int]:
    """Return the mean and least cosine of pairs of vectors of length 1, and how many there are.

    Raises:
        ExportError: the least one is below ``bound``, or no number.

    """
    cosines = np.concatenate([(own[prompt] * exported[prompt]).sum(axis=1, dtype=np.float64) for prompt in own])
    least = float(cosines.min())
    if not least >= bound:
        raise ExportError(
            f"a vector of the export has a cosine of {least:.6f} to the model's own, and {bound} is the least that "
            "passes: this model does not survive the conversion; export another kind"
        )
    return {"texts": len(cosines), "mean": float(cosines.mean()), "min": least, "bound": bound}


def _encode_all(
    kind: str, folder: Path, texts: Mapping[Side, list[str]], lengths: Mapping[Side, int], threads: int
) -> dict[Side, np.ndarray]:
    if kind != "sentence-transformers":
        exported = ExportedEncoder(folder, threads=threads)
        return {prompt: exported.encode(some, prompt) for prompt, some in texts.items()}
    copy, _ = read_model(f"the export {folder}", folder)
    return {
        prompt: embed(copy, some, prompt=prompt, length=lengths[prompt], progress=False)
        for prompt, some in texts.items()
    }
