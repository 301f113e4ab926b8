"""What a loaded encoder is checked for before it is used.

:mod:`equilingual.encoders.folders` checks its files before.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.encoders.declared import reader_of
from equilingual.messages import one_line

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

logger = logging.getLogger(__name__)

# RoBERTa and its like count positions from the padding's number on.
POSITIONS_AFTER_PADDING = {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer"}
TEXTS = (
    "Lighthouse 7?",
    "The lighthouse turns its light through 360 degrees. El faro gira. Маяк вращается. 灯台の光は回る。 المنارة تدور. "
    "प्रकाशस्तंभ घूमता है।",
)
# Between values of vectors of length 1. Sums in another order give less than 1e-6 (E5-small: 5e-8), and padding that is
# read as text gives more than 1e-2 (E5-small without its mask: .056).
PADDING_TOLERANCE = 1e-4
# Vectors of different texts that are nearer are equal but for rounding.
EQUAL_TOLERANCE = 1e-6


class EncoderError(ValueError):
    """An encoder cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Loaded:
    """How the weights of a file fit a transformers model, as transformers found it.

    Attributes:
        model: the transformers model.
        missing: names of its weights that the file does not have; they were drawn at random.
        unexpected: names of weights in the file that it has no place for.
        mismatched: names of weights whose sizes differ.

    """

    model: Any
    missing: frozenset[str]
    unexpected: frozenset[str]
    mismatched: frozenset[str]


_REPORT = "log_state_dict_report"  # imported into transformers.modeling_utils, which calls it after each load


@contextmanager
def watching_loads() -> Iterator[list[Loaded]]:
    """Yield a list that each transformers model loaded in the block is added to, with how its weights fit.

    transformers tells this in a table in its log, where nobody looks for it, and sentence-transformers does not pass
    ``output_loading_info`` on.
    """
    from transformers import modeling_utils

    found: list[Loaded] = []

    def note(model: Any, loading_info: Any, **others: object) -> None:  # noqa: ANN401 (transformers' own)
        mismatched = {key if isinstance(key, str) else key[0] for key in loading_info.mismatched_keys}
        mismatched |= set(loading_info.conversion_errors)
        names = (loading_info.missing_keys, loading_info.unexpected_keys, mismatched)
        found.append(Loaded(model, *map(frozenset, names)))

    original = getattr(modeling_utils, _REPORT)
    setattr(modeling_utils, _REPORT, note)
    try:
        yield found
    finally:
        setattr(modeling_utils, _REPORT, original)


def check_fit(what: str, loads: Iterable[Loaded]) -> None:
    """Raise where a configuration and weights are of two models.

    Weights that are missing are :func:`check_vectors`' matter: an unused pooler may be. Weights of a head (a masked
    language model's) have no place in an encoder, and layers that the configuration does not have are an error.

    Args:
        what: the encoder, as messages name it.
        loads: of :func:`watching_loads`.

    Raises:
        EncoderError: sizes differ, or weights of a part that the encoder has are left over.

    """
    for load in loads:
        left = {name for name in load.unexpected if _is_of(load.model, name)}
        for names, problem in ((load.mismatched, "whose size differs from"), (left, "that are not in")):
            if names:
                raise EncoderError(
                    f"{what} has weights {problem} the model of its config.json ({_some(names)}): config.json and "
                    "weights do not belong together; download the whole model again"
                )


def _is_of(model: Any, name: str) -> bool:  # noqa: ANN401
    """Return whether the name of a weight is of a part that a model has."""
    own = name.removeprefix(f"{model.base_model_prefix}.")
    return hasattr(model, own.partition(".")[0]) and own.endswith(("weight", "bias"))


def _some(names: Iterable[str]) -> str:
    first, *others = sorted(names)
    return f"{first} and {len(others)} more" if others else first


def check_float32(model: Any) -> None:  # noqa: ANN401 (torch's type is not imported here)
    """Raise where a weight is not float32: steps as small as training's are lost in 16 bits.

    Raises:
        EncoderError: one is not.

    """
    for name, weight in model.named_parameters():
        if weight.is_floating_point() and str(weight.dtype) != "torch.float32":
            raise EncoderError(f"the weight {name} is {weight.dtype}, and weights must be float32: this is a bug")


def check_tokenizer(what: str, model: "SentenceTransformer") -> None:
    """Raise where a tokenizer knows no text, or a token that its module has no embedding for.

    Without the tokenizer's files transformers makes one of special tokens alone, and says nothing.

    Raises:
        EncoderError: it does.

    """
    for module in readers(model):
        tokenizer = module.tokenizer
        if not hasattr(tokenizer, "get_vocab"):
            continue
        vocabulary = tokenizer.get_vocab()
        if set(vocabulary) <= set(getattr(tokenizer, "all_special_tokens", ())):
            raise EncoderError(
                f"{what} has no tokenizer, only {len(vocabulary)} special tokens; download the whole "
                "model, with tokenizer.json or the files of its vocabulary"
            )
        rows = _rows(module)
        if rows is not None and max(vocabulary.values()) >= rows:
            raise EncoderError(
                f"{what} has {rows} word embeddings, but its tokenizer has the token {max(vocabulary.values())}: "
                "weights and tokenizer do not belong together"
            )


def _rows(module: Any) -> int | None:  # noqa: ANN401
    """Return how many tokens a first module has embeddings for; ``None`` where it does not tell."""
    transformer = getattr(module, "auto_model", None)
    table = module.embedding if transformer is None else transformer.get_input_embeddings()
    return getattr(table, "num_embeddings", None)


def give_padding(what: str, model: "SentenceTransformer") -> None:
    """Give a tokenizer without a padding token (GPT-2's and its like) the end of a text as one, in place.

    The attention mask hides padding, whatever token it is, and :func:`check_vectors` sees whether it does.

    Raises:
        EncoderError: there is no token that ends a text either.

    """
    for module in readers(model):
        tokenizer = module.tokenizer
        if not hasattr(tokenizer, "pad_token") or tokenizer.pad_token is not None:
            continue
        if tokenizer.eos_token is None:
            raise EncoderError(
                f"{what} has a tokenizer without a padding token and without an end-of-text token: set a "
                "pad_token from its vocabulary in tokenizer_config.json"
            )
        tokenizer.pad_token = tokenizer.eos_token
        logger.warning("%s has no padding token: its end-of-text token %r is used", what, tokenizer.eos_token)


def check_vectors(what: str, model: "SentenceTransformer", loads: Sequence[Loaded] = ()) -> None:
    """Encode two texts of different length as queries and as documents, each alone and both together.

    Args:
        what: the encoder, as messages name it.
        model: with its prompts.
        loads: of :func:`watching_loads`. Weights that were missing are NaN meanwhile: where the vectors are finite,
            nothing reads them.

    Raises:
        EncoderError: a text cannot be encoded, a value is not finite, a vector depends on missing weights or on the
            text beside it, or both texts have one vector.

    """
    missing = {name: weight for load in loads for name, weight in _missing(load)}
    if missing and not _finite_without(what, model, missing):
        raise EncoderError(
            f"{what} lacks weights of the model of its config.json ({_some(missing)}), which would be random: "
            "config.json and weights do not belong together; download the whole model again"
        )
    for side, alone, together in _encoded(what, model):
        if not np.isfinite(np.linalg.norm(alone, axis=1)).all() or not np.isfinite(together).all():
            raise EncoderError(
                f"{what} gives vectors with NaN or infinity for a {side}: its weights are damaged, or overflow"
            )
        if alone.shape[1] != model.get_embedding_dimension():
            raise EncoderError(
                f"{what} gives vectors of {alone.shape[1]} dimensions, but its modules are configured for "
                f"{model.get_embedding_dimension()}; download the whole model again"
            )
        scale = np.maximum(np.linalg.norm(alone, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        difference = float(np.abs(alone / scale - together / scale).max())
        if difference > PADDING_TOLERANCE:
            raise EncoderError(
                f"{what} gives a {side} a different vector in a batch with a longer text (values differ by "
                f"{difference:.2g}, and {PADDING_TOLERANCE:g} is allowed): its model or pooling reads the padding, or "
                "pads on the wrong side (padding_side in tokenizer_config.json)"
            )
        if float(np.abs(np.diff(alone / scale, axis=0)).max()) <= EQUAL_TOLERANCE:
            raise EncoderError(
                f"{what} gives two different texts the same vector: its weights are damaged, or its tokenizer does not "
                "know their words"
            )


def _missing(load: Loaded) -> Iterator[tuple[str, "Tensor"]]:
    """Yield the weights of a model that its file does not have; position ids and similar buffers are never random."""
    own = load.model.state_dict()
    yield from ((name, own[name]) for name in sorted(load.missing) if name in own and own[name].is_floating_point())


def _finite_without(what: str, model: "SentenceTransformer", missing: Mapping[str, "Tensor"]) -> bool:
    """Return whether vectors are finite while some weights are NaN; afterwards the weights are as before."""
    kept = {name: weight.clone() for name, weight in missing.items()}
    try:
        for weight in missing.values():
            weight.fill_(float("nan"))
        return all(np.isfinite(alone).all() for _, alone, _ in _encoded(what, model))
    finally:
        for name, weight in missing.items():
            weight.copy_(kept[name])


def _encoded(what: str, model: "SentenceTransformer") -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield for each side the vectors of :data:`TEXTS`, each encoded alone and both together, not normalised."""
    for side, encode in (("query", model.encode_query), ("document", model.encode_document)):
        try:
            alone = np.concatenate([encode([text], show_progress_bar=False) for text in TEXTS])
            together = np.asarray(encode(list(TEXTS), batch_size=len(TEXTS), show_progress_bar=False))
        except MemoryError:
            raise
        except Exception as error:  # whatever a module of a damaged or an odd model raises
            raise EncoderError(
                f"{what} cannot encode a {side} ({type(error).__name__}: {one_line(error)}): its modules do not fit "
                "together, or are not supported"
            ) from error
        yield side, alone.astype(np.float32), together.astype(np.float32)


def check_lengths(model: "SentenceTransformer", lengths: Mapping[str, int]) -> None:
    """Raise where the configuration, whose keys ``lengths`` has, asks for more tokens than the encoder has positions.

    Raises:
        EncoderError: it does.

    """
    for key, length in lengths.items():
        positions = _positions(reader_of(model, "query" if key.endswith("query_length") else "document"))
        if positions and length > positions:
            raise EncoderError(f"{key} is {length}, but the encoder reads at most {positions} tokens")


def widen_length(what: str, model: "SentenceTransformer", longest: int) -> None:
    """Let an encoder read ``longest`` tokens where it declares fewer (``max_seq_length``), in place, with a warning.

    The configuration decides how many tokens are read. Without this, whoever loads the directory would get other
    vectors than were scored.
    """
    for module in readers(model):
        declared = module.max_seq_length
        if declared is None or declared >= longest:
            continue
        module.max_seq_length = longest
        logger.warning(
            "%s declares max_seq_length: %d, and %d tokens are read, because of query_length and passage_length; set "
            "these to at most %d to keep what it declares",
            *(what, declared, longest, declared),
        )


def _positions(reader: Any) -> int | None:  # noqa: ANN401
    """Return how many tokens a module reads at most; ``None`` where nothing bounds them."""
    config = getattr(getattr(reader, "auto_model", None), "config", None)
    positions: int | None = getattr(config, "max_position_embeddings", None)
    if config is not None and positions and config.model_type in POSITIONS_AFTER_PADDING:
        positions -= (config.pad_token_id or 0) + 1
    return positions


def readers(model: "SentenceTransformer") -> list[Any]:
    """Return the modules of an encoder that read texts: transformers and static embeddings, those of routes too."""
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    return [module for module in model.modules() if isinstance(module, (Transformer, StaticEmbedding))]


def transformer_of(model: "SentenceTransformer") -> Any:  # noqa: ANN401 (transformers' type is not imported here)
    """Return the transformers model of an encoder; ``None`` where its first module has none."""
    return getattr(model[0], "auto_model", None)
