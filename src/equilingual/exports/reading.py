"""Use an exported encoder without torch: onnxruntime or CTranslate2, tokenizers and numpy."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from equilingual.exports.recipe import RECIPE, finish, pool
from equilingual.files import parse_json

# (token ids of each text) -> last hidden states, float32 [texts, longest, dimensions]
States = Callable[[Sequence[Sequence[int]]], np.ndarray]


class ExportedEncoder:
    """The encoder of a folder that ``export_encoder`` wrote as ``onnx`` or ``ctranslate2``.

    Args:
        folder: with ``embedding.json``, ``tokenizer.json`` and the weights.
        threads: processor threads.

    """

    def __init__(self, folder: str | PathLike[str], *, threads: int = 1) -> None:
        from tokenizers import Tokenizer

        folder = Path(folder)
        self._recipe = parse_json(folder / RECIPE)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        is_onnx = (folder / "onnx/model.onnx").exists()
        self._states = (onnx_states if is_onnx else ctranslate2_states)(folder, threads)
        self._layers = [_read_dense(folder / layer["file"], layer["activation"]) for layer in self._recipe["dense"]]

    def encode(self, texts: Sequence[str], prompt: str, *, batch_size: int = 32) -> np.ndarray:
        """Return float32 [texts, dimensions] of length 1, in order; ``prompt`` is ``"query"`` or ``"document"``."""
        before, length = self._recipe["prompts"][prompt], self._recipe["lengths"][prompt]
        self._tokenizer.enable_truncation(length)
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch([before + text for text in texts])]
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        parts = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        found = np.concatenate([self._embed([ids[row] for row in part]) for part in parts])
        vectors = np.empty_like(found)
        vectors[order] = found
        return vectors

    def _embed(self, ids: Sequence[Sequence[int]]) -> np.ndarray:
        states = self._states(ids)
        pooled = pool(states, mask_of(ids), self._recipe["pooling"])
        return finish(pooled, self._layers, self._recipe.get("dimensions"))


def mask_of(ids: Sequence[Sequence[int]]) -> np.ndarray:
    """Return int64 [texts, longest]: 1 for a token, 0 for padding, which is on the right."""
    longest = max(map(len, ids))
    return np.array([[1] * len(row) + [0] * (longest - len(row)) for row in ids], dtype=np.int64)


def onnx_states(folder: Path, threads: int) -> States:
    """Return what gives the last hidden states by onnxruntime, on the CPU."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(folder / "onnx/model.onnx", options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    padding = parse_json(folder / "config.json").get("pad_token_id") or 0

    def states(ids: Sequence[Sequence[int]]) -> np.ndarray:
        mask = mask_of(ids)
        padded = np.full(mask.shape, padding, dtype=np.int64)
        padded[mask == 1] = np.concatenate(ids)
        given = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}
        return np.asarray(session.run(None, {name: given[name] for name in names})[0])

    return states


def ctranslate2_states(folder: Path, threads: int) -> States:
    """Return what gives the last hidden states by CTranslate2, on the CPU."""
    import ctranslate2

    encoder = ctranslate2.Encoder(str(folder), device="cpu", intra_threads=threads, inter_threads=1)

    def states(ids: Sequence[Sequence[int]]) -> np.ndarray:
        return np.array(encoder.forward_batch([list(row) for row in ids]).last_hidden_state)

    return states


def _read_dense(path: Path, activation: str) -> tuple[np.ndarray, np.ndarray | None, str]:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return tensors["linear.weight"], tensors.get("linear.bias"), activation
