"""A small encoder with random weights: real modules, no download."""

from collections.abc import Sequence
from pathlib import Path


def write_tiny_encoder(
    folder: Path, *, kind: str = "bert", hidden: int = 16, seed: int = 0, dropout: float = 0.1, layers: int = 2
) -> Path:
    """Write a transformers directory: a BERT (or ``xlm-roberta``) over a vocabulary of bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    roberta = kind == "xlm-roberta"
    special = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["<pad>", "<s>", "</s>", "<unk>"]
    vocabulary = {token: number for number, token in enumerate(special + alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[(token, vocabulary[token]) for token in ("<s>", "</s>")]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
    )
    torch.manual_seed(seed)
    config = AutoConfig.for_model(
        kind,
        vocab_size=len(vocabulary),
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * hidden,
        max_position_embeddings=130 if roberta else 128,  # which counts positions from the padding's number on
        pad_token_id=vocabulary["<pad>"],
        bos_token_id=vocabulary["<s>"],
        eos_token_id=vocabulary["</s>"],
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    AutoModel.from_config(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def save_again(folder: Path, out: Path, convert, *, shards: int = 1) -> Path:
    """Write a copy of a transformers directory with other weights.

    Args:
        folder: the directory.
        out: the copy.
        convert: takes a weight's name and the weight, and returns what is saved in its place; ``None`` leaves it out.
        shards: files that the weights are split into, with an index if there are several.

    """
    import json
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, out)
    weights = {name: convert(name, weight) for name, weight in load_file(out / "model.safetensors").items()}
    weights = {name: weight for name, weight in weights.items() if weight is not None}
    (out / "model.safetensors").unlink()
    config = json.loads((out / "config.json").read_text())
    [*_, last] = weights.values()
    (out / "config.json").write_text(json.dumps(config | {"dtype": str(last.dtype).removeprefix("torch.")}))
    if shards == 1:
        save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
        return out
    places = {}
    for number in range(shards):
        file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        some = {name: weights[name] for name in sorted(weights)[number::shards]}
        save_file(some, out / file, metadata={"format": "pt"})
        places |= dict.fromkeys(some, file)
    (out / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return out


def prepare_configured(
    *,
    folder: Path,
    encoder: str = "tiny",
    wheels: Sequence = (),
    members: Sequence = (),
    train: bool = False,
    **settings,
) -> None:
    """Prepare an encoder whose settings are given by name, as in the configuration."""
    from equilingual.config.encoder_settings import EncoderSettings
    from equilingual.encoders import prepare_encoder

    given = {"wheels": wheels, "members": members, "train": train, "folder": folder}
    prepare_encoder(encoder=encoder, settings=EncoderSettings(**settings), **given)


def prepare_tiny(source: Path, out: Path) -> Path:
    """Write the tiny encoder of a folder as ``prepare_encoder`` does, with prompts and 32 tokens a text."""
    prepare_configured(
        source="folder",
        path=str(source),
        query_prompt="q: ",
        passage_prompt="p: ",
        query_length=32,
        passage_length=32,
        folder=out,
    )
    return out


def option_names(options: dict) -> str:
    """Return the id of a test for some options: the same in every process, where a function's own text is not."""
    return ",".join(f"{name}={getattr(value, '__name__', value)}" for name, value in options.items()) or "plain"
