"""A transformer in CTranslate2's format, its matrices in 8 bits."""

import logging
import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.encoders.checks import EncoderError, transformer_of
from equilingual.files import parse_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

logger = logging.getLogger(__name__)

# The least cosine to float32 that a text may have, as for an export: with the packaged encoder 8 bits give .9986 or
# more on 132 texts in eleven languages.
LEAST_COSINE = 0.985
_CHECKED = (
    "What is the highest mountain of the world?",
    "Der Mount Everest im Himalaya ist der höchste Berg der Welt; er ist 8849 Meter hoch.",
    "Какая гора самая высокая в мире?",
    "ما هو أعلى جبل في العالم؟",
    "世界上最高的山是喜马拉雅山脉的珠穆朗玛峰。",
    "दुनिया का सबसे ऊँचा पर्वत कौन सा है?",
)


def convert_transformer(source: str | PathLike[str], out: str | PathLike[str]) -> None:
    """Write the transformer of a transformers directory in CTranslate2's format, matrices in 8 bits.

    Raises:
        ValueError, AssertionError: CTranslate2 does not convert a model of its kind.

    """
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]  # ctranslate2 has no types
        def load_model(self, *names: Any, **options: Any) -> Any:  # noqa: ANN401
            loaded = super().load_model(*names, **options)
            # CTranslate2 4.8 asks for what transformers 5 has no more: it has absolute positions alone.
            if not hasattr(loaded.config, "position_embedding_type"):
                loaded.config.position_embedding_type = "absolute"
            return loaded

    Converter(str(source)).convert(str(out), quantization="int8", force=True)


def use_int8(encoder: "SentenceTransformer", folder: Path) -> None:
    """Put CTranslate2 in the place of an encoder's transformer; all else stays as it is.

    Args:
        encoder: on the CPU; its transformer's weights are let go.
        folder: its directory. The converted weights are in a temporary folder until they are read.

    Raises:
        EncoderError: CTranslate2 does not convert it, or a vector is further from float32's than the bound.

    """
    kind = getattr(getattr(encoder[0], "config", None), "model_type", type(encoder[0]).__name__)
    refusal = f"encoding.precision is int8, and {folder} does not support it: "
    advice = "; use float32 or bfloat16"
    states = {"method": "forward", "method_output_name": "last_hidden_state"}
    asked = getattr(encoder[0], "modality_config", {}).get("text", {})
    if {name: asked.get(name) for name in states} != states:
        raise EncoderError(f"{refusal}its first module, of the kind {kind!r}, gives no token states{advice}")
    encoder.tokenizer.padding_side = "right"  # where CTranslate2 has it; poolings heed the mask
    before = _vectors(encoder)
    try:
        loaded = _load_converted(folder)
    except (ValueError, AssertionError, RuntimeError) as error:
        raise EncoderError(
            f"{refusal}CTranslate2 does not convert a model of kind {kind!r} ({error}){advice}"
        ) from error
    encoder[0].model = _module(loaded, transformer_of(encoder).config)
    least = float((before * _vectors(encoder)).sum(axis=1).min())
    logger.info("int8: minimum cosine to float32 on %d texts: %.5f", len(_CHECKED), least)
    if not least >= LEAST_COSINE:
        raise EncoderError(
            f"{refusal}a vector has a cosine of {least:.4f} to the one in float32; "
            f"the minimum is {LEAST_COSINE}{advice}"
        )


def _vectors(encoder: "SentenceTransformer") -> np.ndarray:
    return np.asarray(
        encoder.encode(list(_CHECKED), task="document", normalize_embeddings=True, show_progress_bar=False)
    )


def _load_converted(folder: Path) -> Any:  # noqa: ANN401 (CTranslate2 has no types)
    import ctranslate2
    import torch

    source = folder / parse_json(folder / "modules.json")[0]["path"]
    with tempfile.TemporaryDirectory() as temporary:
        convert_transformer(source, temporary)
        return ctranslate2.Encoder(
            temporary,
            device="cpu",
            compute_type="int8_float32",
            inter_threads=1,
            intra_threads=torch.get_num_threads(),
        )


def _module(loaded: Any, config: Any) -> Any:  # noqa: ANN401 (neither is imported here)
    """Return a module that gives the last hidden states as the transformers model with this configuration would."""
    import ctranslate2
    import torch

    class Int8Transformer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.config = config

        def forward(self, input_ids: "Tensor", attention_mask: "Tensor", **others: object) -> "dict[str, Tensor]":
            given = (input_ids.numpy(), attention_mask.sum(dim=1).numpy())
            ids, sizes = (ctranslate2.StorageView.from_array(array.astype(np.int32)) for array in given)
            return {"last_hidden_state": torch.from_numpy(np.array(loaded.forward_batch(ids, sizes).last_hidden_state))}

    return Int8Transformer()
