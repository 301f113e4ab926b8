"""What of an encoder is trained: all of it, low-rank additions (LoRA) alone, and its word embeddings or not."""

import re
from typing import TYPE_CHECKING, Any

from equilingual.config.training import Lora, WordEmbeddings
from equilingual.encoders import EncoderError, transformer_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The libraries for encoders do without the transformer's own pooler: it would never have a gradient.
_WITHOUT = r".*\bpooler\b.*"


def choose_weights(model: "SentenceTransformer", *, word_embeddings: WordEmbeddings, lora: Lora | None) -> None:
    """Turn ``requires_grad`` on for what is trained and off for the rest; add adapters to the encoder, in place.

    With ``lora``, the adapters and, unless they are frozen, the word embeddings are trained. Adapters are drawn from
    torch's generator, and give the encoder's own vectors until they are trained.

    Args:
        model: the encoder.
        word_embeddings: how its table of tokens is trained.
        lora: settings of the adapters; ``None`` trains all weights.

    Raises:
        EncoderError: the encoder has no module of a target's name, or no word embeddings.

    """
    transformer = transformer_of(model)
    table = transformer.get_input_embeddings() if transformer is not None else None
    if table is None:
        raise EncoderError(
            "training: the encoder's first module has no word embeddings: only transformers can be trained"
        )
    if lora:
        model.requires_grad_(False)
        _add_adapters(transformer, lora)
    table.weight.requires_grad_(word_embeddings != "frozen")
    table.sparse = word_embeddings == "sparse"


def _add_adapters(transformer: Any, lora: Lora) -> None:  # noqa: ANN401 (transformers' own)
    from peft import LoraConfig, get_peft_model

    targets = lora.target_modules if isinstance(lora.target_modules, str) else list(lora.target_modules)
    _check_targets(transformer, targets)
    settings = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]  # peft divides it by the rank, and takes any number
        lora_dropout=lora.dropout,
        target_modules=targets,
        exclude_modules=_WITHOUT
        if any(re.fullmatch(_WITHOUT, name) for name, _ in transformer.named_modules())
        else None,
        bias="none",
    )
    # In place; the object around it is not needed.
    get_peft_model(transformer, settings)


def _check_targets(transformer: Any, targets: str | list[str]) -> None:  # noqa: ANN401
    """Raise where a target, the last part of a linear module's name or more of it, is none of the encoder's."""
    import torch

    names = [name for name, module in transformer.named_modules() if isinstance(module, torch.nn.Linear)]
    names = [name for name in names if not re.fullmatch(_WITHOUT, name)]
    for target in [] if isinstance(targets, str) else targets:
        if not any(f".{name}".endswith(f".{target}") for name in names):
            there = sorted({name.rpartition(".")[2] for name in names})
            raise EncoderError(
                f"training.lora.target_modules: the encoder has no linear module named {target!r}; choose from "
                f"{', '.join(there)} (or all-linear)"
            )


def merge_adapters(model: "SentenceTransformer") -> None:
    """Add the adapters into the matrices that they belong to: the encoder has its own modules again, in place."""
    from peft.tuners.lora import LoraLayer

    transformer = transformer_of(model)
    for name, module in list(transformer.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            transformer.set_submodule(name, module.get_base_layer())
    del transformer.peft_config
