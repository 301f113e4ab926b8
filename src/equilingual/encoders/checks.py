"""What an encoder is checked for before it is used."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.files import read_json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# RoBERTa and its like count positions from the padding's number on.
POSITIONS_AFTER_PADDING = {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer"}
_PICKLES = {".bin", ".pt", ".pth", ".ckpt"}
_CONVERT = (
    'Where you trust who made it, convert it once: python -c "from transformers import AutoModel; '
    "AutoModel.from_pretrained('{place}', use_safetensors=False).save_pretrained('{place}')\""
)


class EncoderError(ValueError):
    """An encoder cannot be used; the message says which and why."""


def check_weights(encoder: str, folder: Path) -> None:
    """Raise where a folder has no safetensors for its transformer, with what is to be done."""
    place = folder
    if (folder / "modules.json").exists():
        place = folder / read_json(folder / "modules.json")[0]["path"]  # a first version's has a folder of its own
    if any(place.glob("*.safetensors")):
        return
    pickles = sorted(path.name for path in place.iterdir() if path.suffix in _PICKLES) if place.is_dir() else []
    if not pickles:
        raise EncoderError(
            f"the encoder {encoder} has no weights: there is no .safetensors file in {place}; download the whole model"
        )
    raise EncoderError(
        f"the encoder {encoder} has its weights only as a pickle ({', '.join(pickles)} in {place}), which can run any "
        f"code when it is read, and so it is not. {_CONVERT.format(place=place)}"
    )


def check_tokenizer(encoder: str, path: str, model: "SentenceTransformer") -> None:
    """Raise where the tokenizer knows no text, or a token that the encoder has no embedding for.

    Without the tokenizer's files transformers makes one of special tokens alone, and says nothing.
    """
    tokenizer = getattr(model, "tokenizer", None)
    if not hasattr(tokenizer, "get_vocab"):
        return
    vocabulary = tokenizer.get_vocab()
    if set(vocabulary) <= set(tokenizer.all_special_tokens):
        raise EncoderError(
            f"the encoder {encoder} has no tokenizer: {path} gives one of {len(vocabulary)} special tokens; download "
            "the whole model, with tokenizer.json or the files of its vocabulary"
        )
    transformer = transformer_of(model)
    table = transformer.get_input_embeddings() if transformer is not None else None
    rows = getattr(table, "num_embeddings", None)
    if rows is not None and max(vocabulary.values()) >= rows:
        raise EncoderError(
            f"the encoder {encoder} ({path}) has {rows} word embeddings, and its tokenizer the token "
            f"{max(vocabulary.values())}: weights and tokenizer are not of one model"
        )


def check_lengths(model: "SentenceTransformer", lengths: Mapping[str, int]) -> None:
    """Raise where the configuration, whose keys ``lengths`` has, asks for more tokens than the encoder has positions.

    Raises:
        EncoderError: it does.

    """
    config = getattr(transformer_of(model), "config", None)
    if config is None:
        return
    positions = getattr(config, "max_position_embeddings", None)
    if positions and config.model_type in POSITIONS_AFTER_PADDING:
        positions -= (config.pad_token_id or 0) + 1
    for key, length in lengths.items():
        if positions and length > positions:
            raise EncoderError(f"{key} is {length}, but the encoder reads at most {positions} tokens")


def transformer_of(model: "SentenceTransformer") -> Any:  # noqa: ANN401 (transformers' type is not imported here)
    """Return the transformers model of an encoder; ``None`` where its first module has none."""
    return getattr(model[0], "auto_model", None)
