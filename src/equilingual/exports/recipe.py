"""What is done with an encoder's last hidden states: ``embedding.json`` beside the exported weights.

It has ``prompts`` and ``lengths`` (in tokens, prompt included) of ``query`` and ``document``, ``pooling``, ``dense``,
the layers after it (``{file, activation}`` each), and ``dimensions``, how many of a vector's are kept (null: all). All
vectors are made of length 1 in the end.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from equilingual.encoders.declared import Side

RECIPE = "embedding.json"
POOLINGS = ("mean", "cls", "lasttoken")
ACTIVATIONS = ("Identity", "Tanh")


class ExportError(ValueError):
    """A model cannot be exported, or the export is not the model; the message says why."""


def recipe_of(model: "SentenceTransformer", folder: Path, lengths: "Mapping[Side, int]") -> dict[str, Any]:
    """Return the recipe of a model; ``folder`` is its directory, and ``lengths`` are of ``query`` and ``document``.

    Raises:
        ExportError: the model has a module that the recipe has no words for.

    """
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling

    modules = list(model)
    if len(modules) < 2 or not isinstance(modules[1], Pooling):
        raise ExportError(f"{folder}: only a transformer followed by a pooling can be exported")
    pooling = modules[1]
    if pooling.pooling_mode not in POOLINGS or not pooling.include_prompt:
        rest = "" if pooling.include_prompt else " without the prompt"
        raise ExportError(
            f"{folder}: the pooling is {pooling.pooling_mode!r}{rest}; only {', '.join(POOLINGS)} of the whole text "
            "can be exported"
        )
    dense = []
    for number, module in enumerate(modules[2:], start=2):
        if isinstance(module, Normalize):
            continue  # after the last layer it is done anyway; an earlier one is refused below
        activation = type(getattr(module, "activation_function", None)).__name__
        plain = isinstance(module, Dense) and not module.use_residual and activation in ACTIVATIONS
        if not plain or isinstance(modules[number - 1], Normalize):
            raise ExportError(
                f"{folder}: a {type(module).__name__} cannot be exported at place {number} of its modules"
            )
        dense.append({"file": f"{number}_Dense/model.safetensors", "activation": activation})
    return {
        "prompts": {side: model.prompts.get(side) or "" for side in ("query", "document")},
        "lengths": dict(lengths),
        "pooling": pooling.pooling_mode,
        "dense": dense,
        "dimensions": model.truncate_dim,
    }


def pool(states: np.ndarray, mask: np.ndarray, pooling: str) -> np.ndarray:
    """Return float32 [texts, dimensions] of float32 [texts, tokens, dimensions]; padding (mask 0) is on the right."""
    if pooling == "cls":
        return states[:, 0]
    if pooling == "lasttoken":
        last: np.ndarray = states[np.arange(len(states)), mask.sum(axis=1) - 1]
        return last
    weights = mask[:, :, None].astype(np.float32)
    mean: np.ndarray = (states * weights).sum(axis=1) / weights.sum(axis=1)
    return mean


def finish(
    vectors: np.ndarray, layers: Sequence[tuple[np.ndarray, np.ndarray | None, str]], dimensions: int | None = None
) -> np.ndarray:
    """Return the first ``dimensions`` of pooled vectors after the layers (weight [out, in], bias, activation).

    They are of length 1; ``None`` keeps all dimensions.
    """
    for weight, bias, activation in layers:
        vectors = vectors @ weight.T + (0 if bias is None else bias)
        vectors = np.tanh(vectors) if activation == "Tanh" else vectors
    vectors = vectors[:, :dimensions]
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
