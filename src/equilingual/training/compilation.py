"""The encoder as compiled code (``torch.compile``)."""

from pathlib import Path
from typing import TYPE_CHECKING

from equilingual.encoders import EncoderError, transformer_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def compile_encoder(model: "SentenceTransformer") -> None:
    """Let the encoder's transformer run as code compiled for texts of any number and length, in place.

    Weights and their names stay; the code is made at the first texts. Dropout draws as without compilation, so that
    gradient caching can draw again, and the losses differ by rounding alone.

    Raises:
        EncoderError: there is no C++ compiler, or torch is in a folder that its linker cannot be told of.

    """
    import torch
    from torch._inductor import exc
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except (exc.InvalidCxxCompiler, RuntimeError) as error:
        raise EncoderError(
            "training.torch_compile needs a C++ compiler (such as g++), and none is installed: install one, or set "
            "training.torch_compile to false"
        ) from error
    folder = str(Path(torch.__file__).parent)
    if " " in folder:
        raise EncoderError(
            f"training.torch_compile: torch is in {folder!r}, and cannot compile from a path with a space: create the "
            "environment in another folder, or set training.torch_compile to false"
        )
    transformer = transformer_of(model)
    # Not Module.compile: sentence-transformers calls `forward` itself, and would never meet the compiled code.
    transformer.forward = torch.compile(transformer.forward, dynamic=True, options={"fallback_random": True})
