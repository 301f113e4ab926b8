"""Encoders cut to some of their transformer layers, as DistilBERT is initialised (arXiv:1910.01108, section 3).

A cut encoder is a stand-in for a smaller one: the layers that are left were trained to work with the others.
"""

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.encoders.checks import EncoderError, transformer_of
from equilingual.encoders.reading import read_model
from equilingual.logs import without_library_bars

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_TEXT = "A text whose vector says whether the saved encoder is the one that was cut."
_TOLERANCE = 1e-5  # between values of vectors of length 1


def chosen_layers(asked: int | Sequence[int], count: int) -> list[int]:
    """Return the numbers of the layers that are kept, of ``count``: those asked for, or so many, evenly spaced.

    Raises:
        ValueError: there are fewer.

    """
    if isinstance(asked, int):
        if asked > count:
            raise ValueError(f"it has {count} layers, not {asked}")
        return [number * count // asked for number in range(asked)]
    if strange := [number for number in asked if number >= count]:
        raise ValueError(f"it has the layers 0 to {count - 1}, not {', '.join(map(str, strange))}")
    return list(asked)


def cut_layers(what: str, model: "SentenceTransformer", asked: int | Sequence[int]) -> list[int]:
    """Drop all other layers of an encoder in place; return the numbers of those that are left.

    Args:
        what: the encoder, as messages name it.
        model: an encoder on a transformer.
        asked: the layers, or how many.

    Raises:
        EncoderError: it has fewer layers, none in a list, or reads otherwise after it was saved.

    """
    transformer = transformer_of(model)
    name, layers = _layers_of(what, transformer)
    try:
        kept = chosen_layers(asked, len(layers))
    except ValueError as error:
        raise EncoderError(f"{what} cannot be cut to these layers: {error}") from error
    owner = transformer.get_submodule(name.rpartition(".")[0])
    setattr(owner, name.rpartition(".")[2], type(layers)(layers[number] for number in kept))
    for config in (transformer.config, transformer.config.get_text_config()):
        for key, value in config.to_dict().items():
            if isinstance(value, (list, tuple)) and len(value) == len(layers):  # a setting of each layer
                setattr(config, key, [value[number] for number in kept])
        config.num_hidden_layers = len(kept)
    _check_saved(what, model)
    return kept


def _layers_of(what: str, transformer: Any) -> tuple[str, Any]:  # noqa: ANN401 (transformers' type is not imported here)
    """Return the name and the list of a transformer's layers."""
    import torch

    count = getattr(getattr(transformer, "config", None), "num_hidden_layers", None)
    modules = transformer.named_modules() if transformer is not None else ()
    found = [
        (name, module) for name, module in modules if isinstance(module, torch.nn.ModuleList) and len(module) == count
    ]
    if len(found) != 1:
        raise EncoderError(f"{what} cannot be cut: its model has no list of {count or 'transformer'} layers")
    return found[0]


def _check_saved(what: str, model: "SentenceTransformer") -> None:
    """Refuse an encoder that is another one when it is read again: some models build a layer by its number."""
    with tempfile.TemporaryDirectory() as folder:
        with without_library_bars():
            model.save_pretrained(folder, create_model_card=False)
        saved, _ = read_model(f"{what}, cut to some of its layers,", folder)
        one, other = (each.encode(_TEXT, normalize_embeddings=True, show_progress_bar=False) for each in (model, saved))
    if not np.abs(one - other).max() <= _TOLERANCE:
        raise EncoderError(f"{what} cannot be cut to these layers: its model builds a layer by its number")
