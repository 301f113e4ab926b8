"""How every model folder is loaded: float32, from safetensors, without the network and without code of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from equilingual.encoders.checks import EncoderError, Loaded, check_float32, watching_loads
from equilingual.encoders.folders import OWN_CODE
from equilingual.logs import without_library_bars
from equilingual.messages import one_line

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_PICKLED = "a module has its weights as a pickle (.bin): only safetensors are loaded"
_AGAIN = "download the whole model again"
# What of a repository makes an encoder: its formats for other libraries are not downloaded.
_FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*.jinja"]
_OTHER_FORMATS = ["onnx/*", "openvino/*", "*/onnx/*", "*/openvino/*"]


def read_model(
    what: str, folder: str | PathLike[str], *, device: str = "cpu", pooling: str | None = None
) -> "tuple[SentenceTransformer, list[Loaded]]":
    """Return the model of a folder whose files were checked, and how its transformers' weights fit.

    transformers gives a model the type that its weights were saved in. Here every weight is float32, with the value
    that it was saved with: training in 16 bits loses steps that are smaller than a weight's last digit.

    Args:
        what: the encoder, as messages name it.
        folder: a sentence-transformers or transformers model.
        device: of torch.
        pooling: takes the transformer alone, and this pooling after it; ``None`` takes the model's own modules.

    Raises:
        EncoderError: it cannot be loaded.

    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    place = str(folder)
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    settings = {"use_safetensors": True, "dtype": torch.float32}
    try:
        with (
            _same_draws(),
            _only_safetensors(),
            _static_in_float32(),
            _offline(),
            without_library_bars(),
            watching_loads() as loads,
        ):
            if pooling is None:
                model = SentenceTransformer(place, device=device, model_kwargs=settings, **local)
            else:
                transformer = Transformer(
                    place, model_kwargs={**settings, **local}, processor_kwargs=local, config_kwargs=local
                )
                modules = [transformer, Pooling(transformer.get_embedding_dimension(), pooling_mode=pooling)]
                model = SentenceTransformer(modules=modules, device=device, similarity_fn_name="cosine")
    except MemoryError:
        raise
    except Exception as error:  # whatever a library raises where a file is not what it expects
        raise EncoderError(f"{what} cannot be loaded: {_reason(error)}") from error
    model.float()
    check_float32(model)
    return model, loads


@contextmanager
def _same_draws() -> Iterator[None]:
    """Let weights that a file lacks (an unused pooler) be drawn the same every time, and nothing else be touched."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@contextmanager
def _static_in_float32() -> Iterator[None]:
    """Make static embeddings float32 as soon as they are read.

    sentence-transformers gives the modules after the first one the first one's type: it would round theirs.
    """
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    name = "load"
    original = vars(StaticEmbedding)[name]  # the class method itself, to be put back as it was
    read = StaticEmbedding.load

    def load(*arguments: Any, **options: Any) -> StaticEmbedding:  # noqa: ANN401 (the library's own)
        return read(*arguments, **options).float()

    setattr(StaticEmbedding, name, load)
    try:
        yield
    finally:
        setattr(StaticEmbedding, name, original)


@contextmanager
def _only_safetensors() -> Iterator[None]:
    """Refuse pickled weights: ``use_safetensors`` reaches the transformer alone, and the other modules fall back."""
    import torch

    def refuse(*args: object, **options: object) -> None:
        raise ValueError(
            f"{_PICKLED}; if you trust its author, load it once with sentence-transformers and save it anew: "
            "SentenceTransformer('old folder').save('new folder')"
        )

    original, torch.load = torch.load, refuse
    try:
        yield
    finally:
        torch.load = original


@contextmanager
def _offline() -> Iterator[None]:
    """Refuse every request to the Hub: a file may name another model, and that would be fetched unpinned."""
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _reason(error: Exception) -> str:
    """Return what a library says of a model that cannot be loaded; where its own advice does not help here, ours."""
    from safetensors import SafetensorError

    text = one_line(error)
    if "trust_remote_code" in str(error):
        return OWN_CODE
    if _PICKLED in text:
        return text
    if isinstance(error, SafetensorError):
        return f"a .safetensors file is damaged ({text}); download it again"
    if "Unrecognized processing class" in text:
        return "its tokenizer's files (tokenizer.json, tokenizer_config.json) are missing or damaged; " + _AGAIN
    if "does not recognize this architecture" in text:
        return "transformers does not know the model_type in its config.json; use another encoder"
    kind = "" if isinstance(error, (OSError, ValueError, ImportError)) else f"{type(error).__name__}: "
    return f"{kind}{text.rstrip('.')}; where one of its files is damaged, {_AGAIN}"


def hub_folder(encoder: str, name: str, revision: str | None) -> Path:
    """Return the folder of the Hub's cache that has a model at a commit; download it if needed.

    Args:
        encoder: its name in the configuration.
        name: ``owner/name``.
        revision: the commit, 40 hexadecimal digits, or another name of it that the configuration has.

    Raises:
        EncoderError: the Hub does not have it, or cannot be reached.

    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        folder = snapshot_download(name, revision=revision, allow_patterns=_FILES, ignore_patterns=_OTHER_FORMATS)
    except (OSError, ValueError, HfHubHTTPError, HFValidationError) as error:
        raise EncoderError(
            f"the encoder {encoder}: {name} at the revision {revision} cannot be downloaded from the Hugging Face Hub: "
            f"{one_line(error)}"
        ) from error
    if not any(Path(folder).rglob("*.safetensors")):
        raise EncoderError(
            f"the encoder {encoder}: {name} has no safetensors, and nothing else is loaded: if its weights are a "
            "pickle (pytorch_model.bin), download it, convert it if you trust its author (docs/exports.md), and give "
            "the folder"
        )
    return Path(folder)
