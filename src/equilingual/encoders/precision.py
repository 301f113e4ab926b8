"""Encoders in the precision that texts are encoded in; the vectors are float32 in each.

``float32`` is the encoder as it is. ``bfloat16`` has the transformer's matrix products in 16 bits (autocast), on GPUs
and CPUs. ``int8`` has the transformer by CTranslate2, with matrices of 8 bits, on CPUs. What comes after the
transformer (pooling, dense layers) is the encoder's own and float32 in each.
"""

import logging
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.config.encoding import EncodingSettings, Precision
from equilingual.devices import choose_precision, has_bfloat16
from equilingual.encoders.checks import EncoderError, readers
from equilingual.encoders.int8 import use_int8
from equilingual.encoders.loading import load_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)


def settle_precision(encoding: EncodingSettings, device: str) -> EncodingSettings:
    """Return the settings with the precision that ``auto`` comes to on a device."""
    return encoding.model_copy(update={"precision": choose_precision(encoding.precision, device)})


def open_encoder(folder: str | PathLike[str], *, device: str, precision: Precision) -> "SentenceTransformer":
    """Return the encoder of a directory, checked, on a device and in a precision (not ``auto``), for encoding alone.

    A processor without bfloat16 computes the same vectors more slowly, and the log says so.

    Raises:
        DamagedFileError: a file is not what the manifest says.
        EncoderError: int8 on a GPU, or an encoder that CTranslate2 does not convert, or not faithfully.

    """
    if precision == "int8" and device != "cpu":
        raise EncoderError(
            "encoding.precision is int8, which runs only on a CPU, but this job has a GPU: "
            "use bfloat16 (or float32), which are faster there"
        )
    encoder = load_encoder(folder, device=device)
    if precision == "bfloat16":
        if not has_bfloat16(device):
            logger.warning(
                "encoding.precision is bfloat16, which this CPU does not support or report: float32 may be faster"
            )
        _use_bfloat16(encoder)
    elif precision == "int8":
        use_int8(encoder, Path(folder))
    return encoder


def _use_bfloat16(encoder: "SentenceTransformer") -> None:
    """Let the modules that read texts, those of each route, compute in bfloat16, and hand on float32."""
    for module in readers(encoder):
        _compute_in_bfloat16(module, encoder.device.type)


def _compute_in_bfloat16(module: Any, device: str) -> None:  # noqa: ANN401 (the library's own)
    import torch

    exact = module.forward

    def forward(features: dict[str, Any], **options: Any) -> dict[str, Any]:  # noqa: ANN401 (the library's own)
        with torch.autocast(device, torch.bfloat16):
            found = exact(features, **options)
        return {
            name: value.float() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
            for name, value in found.items()
        }

    module.forward = forward
