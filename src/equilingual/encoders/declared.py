"""What a sentence-transformers model declares of itself, besides its weights.

Queries are encoded as its own ``encode_query`` does, and passages as ``encode_document``: with the prompt of their
side, by the route of their side (``Router``), cut to its ``truncate_dim``, and compared by its similarity. What cannot
be honoured is refused when the encoder is prepared.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from equilingual.files import parse_json
from equilingual.similarity import UNTRAINABLE, Similarity, scored_by

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

logger = logging.getLogger(__name__)

Side = Literal["query", "document"]
SIDES: tuple[Side, ...] = ("query", "document")

# The names that encode_document looks for, in its order (sentence-transformers 6.2). It stops at an empty one, and
# every loaded model has an empty "document": a prompt that is declared under another name would never be used.
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
_KIND = "SentenceTransformer"


def read_declarations(folder: Path, pooling: str | None) -> dict[str, Any]:
    """Return ``config_sentence_transformers.json`` of a folder; ``{}`` where there is none.

    Raises:
        ValueError: a ``pooling`` is given, and the model has modules of its own.

    """
    if pooling is not None and (folder / "modules.json").exists():
        raise ValueError(
            f"'pooling' is {pooling!r}, but the model declares its own pooling (modules.json): remove this key"
        )
    path = folder / "config_sentence_transformers.json"
    return dict(parse_json(path)) if path.exists() else {}


def settle(
    model: "SentenceTransformer",
    declarations: Mapping[str, Any],
    *,
    given: Mapping[str, str | None],
    defaults: Mapping[str, str],
    similarity: Similarity | None,
) -> None:
    """Write into a loaded model what it is used with, so that its directory says it to every reader.

    Afterwards ``model.prompts`` has the prompts of ``query`` and ``document``, and ``model.similarity_fn_name`` is
    ``cosine`` or ``dot``.

    Args:
        model: in place.
        declarations: of :func:`read_declarations`.
        given: the configuration's prompts of ``query`` and ``document``; ``None`` for the model's own.
        defaults: prompts for sides that the model has none for.
        similarity: the configuration's; ``None`` for the model's own.

    Raises:
        ValueError: something that is declared cannot be honoured; the message says what, and what to do.

    """
    kind = declarations.get("model_type", _KIND)
    if kind != _KIND:
        raise ValueError(f"it is a {kind}, but only dense encoders ({_KIND}) give one vector per text")
    _check_modules(model)
    if wrong := [name for name, text in model.prompts.items() if not isinstance(text, str)]:
        raise ValueError(f"its prompt {wrong[0]!r} is {model.prompts[wrong[0]]!r}, not a string")
    declared = declarations.get("similarity_fn_name")
    model.similarity_fn_name = scored_by(declared, asked=similarity, unit=gives_unit_vectors(model))
    own = {name: text for name, text in model.prompts.items() if text}
    found = next((own[name] for name in _DOCUMENT_PROMPTS if name in own), None)
    settled = {"document": found} if found else {}
    asked = {name: text for name, text in given.items() if text is not None}
    unused = sorted(own.keys() - {"query", *_DOCUMENT_PROMPTS})
    if unused and "query" not in own.keys() | asked.keys():
        logger.warning(
            "the encoder's prompts %s are not used, because none is named query; set query_prompt and "
            "passage_prompt if it was trained with prompts",
            ", ".join(unused),
        )
    model.prompts = {**model.prompts, **defaults, **own, **settled, **asked}


def _check_modules(model: "SentenceTransformer") -> None:
    """Raise where a side has no route, or its texts are read by a module of another kind.

    Raises:
        ValueError: with the reason.

    """
    from sentence_transformers.base.modules import Router

    for router in [module for module in model.modules() if isinstance(module, Router)]:
        for side in SIDES:
            route_of(router, side)
    for side in SIDES:
        reader = reader_of(model, side)
        if not (_is_transformer(reader) or is_static(reader)):
            raise ValueError(
                f"texts are read by a {type(reader).__name__}; only a Transformer or a StaticEmbedding can be used"
            )


def _is_transformer(module: Any) -> bool:  # noqa: ANN401 (torch's type is not imported here)
    from sentence_transformers.base.modules import Transformer

    return isinstance(module, Transformer)


def is_static(module: Any) -> bool:  # noqa: ANN401
    """Return whether a module reads texts as the mean of their tokens' vectors, and cuts none."""
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    return isinstance(module, StaticEmbedding)


def route_of(router: Any, side: Side) -> Any:  # noqa: ANN401
    """Return the modules of a ``Router`` that texts of a side go through.

    Raises:
        ValueError: it has no route for them.

    """
    return router.sub_modules[router._resolve_route(task=side, modality="text")]


def reader_of(model: "SentenceTransformer", side: Side) -> Any:  # noqa: ANN401
    """Return the module that makes tokens of the texts of a side: the model's first one, or its route's first one."""
    from sentence_transformers.base.modules import Router

    module = model[0]
    while isinstance(module, Router):
        module = route_of(module, side)[0]
    return module


def why_untrainable(model: "SentenceTransformer") -> str | None:
    """Return why an encoder cannot be trained; ``None`` where it can."""
    from sentence_transformers.base.modules import Router

    if isinstance(model[0], Router):
        return UNTRAINABLE["Router"]
    if is_static(model[0]):
        return UNTRAINABLE["StaticEmbedding"]
    return UNTRAINABLE["dot"] if similarity_of(model) == "dot" else None


def gives_unit_vectors(model: "SentenceTransformer") -> bool:
    """Return whether the vectors of both sides are of length 1 by the model's own last module, and not cut then."""
    from sentence_transformers.base.modules import Normalize, Router

    def last_of(modules: Any, side: Side) -> Any:  # noqa: ANN401
        last = modules[-1]
        return last_of(route_of(last, side), side) if isinstance(last, Router) else last

    ends = [last_of(model, side) for side in SIDES]
    own = all(isinstance(end, Normalize) and end.module_output_name == "sentence_embedding" for end in ends)
    return own and model.truncate_dim is None


def similarity_of(model: "SentenceTransformer") -> Similarity:
    """Return what a prepared encoder is scored by: the cosine, or the dot product of vectors of any length."""
    return "dot" if model.similarity_fn_name == "dot" else "cosine"


def prompt_of(model: "SentenceTransformer", side: Side) -> str:
    """Return the text that stands before each text of a side; empty for none."""
    return model.prompts.get(side) or ""


def preprocess(model: "SentenceTransformer", texts: Sequence[str], side: Side) -> dict[str, Any]:
    """Return what the model reads of texts of a side, as its library gives it."""
    return model.preprocess(list(texts), prompt=prompt_of(model, side), task=side)


def vectors_of(model: "SentenceTransformer", features: Mapping[str, Any], side: Side) -> "Tensor":
    """Return the vectors [texts, dimensions] of what :func:`preprocess` gave, as the model gives them: not scaled."""
    found: Tensor = model(dict(features), task=side)["sentence_embedding"]
    return found[:, : model.truncate_dim]
