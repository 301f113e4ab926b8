"""The stage ``trim_vocabulary``: an encoder that has kept the tokens of the texts that it is to read.

in:  ``results/encoders/{encoder}+whole/``, the encoder as ``prepare_encoder`` has written it; the pairs of training
     sets, and benchmarks
out: ``results/encoders/{encoder}/``, which gives these texts the same vectors, with a table of fewer rows

Rows that no text asks for are most of a small multilingual encoder (the 250,000 of XLM-R). A text that has other
tokens is read with smaller pieces, as a rule not with unknown ones (:mod:`equilingual.encoders.vocabulary`).
"""

import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from equilingual.encoders.checks import POSITIONS_AFTER_PADDING, EncoderError, transformer_of
from equilingual.encoders.declared import Side, prompt_of
from equilingual.encoders.directory import read_manifest, save_model
from equilingual.encoders.loading import load_encoder
from equilingual.encoders.reading import read_model
from equilingual.encoders.vocabulary import VocabularyError, failed_prefixes, kept_tokens, trim_tokenizer
from equilingual.files import parse_json
from equilingual.logs import without_library_bars
from equilingual.parquet import column_names, read_columns

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

# Texts of each column of each file that the trimmed encoder must read, and give vectors, as the whole one does.
CHECKED = 16
# Between vectors of length 1: room for rounding alone.
TOLERANCE = 1e-5
_AT_ONCE = 1024
_OTHER_FILES = ("sentencepiece.bpe.model", "spiece.model", "vocab.txt", "vocab.json", "merges.txt")
_COLUMNS: Mapping[str, Side] = {"question": "query", "passage": "document", "negatives": "document"}

# The prompt of some texts, by its name, and the texts.
Texts = tuple[Side, Iterable[str]]


def trim_vocabulary(
    *,
    encoder: str,
    whole: str | PathLike[str],
    pairs: Sequence[str | PathLike[str]],
    queries: Sequence[str | PathLike[str]],
    candidates: Sequence[str | PathLike[str]],
    bitext: Sequence[str | PathLike[str]] = (),
    min_count: int,
    threads: int,
    folder: str | PathLike[str],
) -> None:
    """Write an encoder without the tokens that the texts have less than ``min_count`` times.

    Args:
        encoder: its name.
        whole: the directory of the encoder with all tokens.
        pairs: files of canonical pairs.
        queries: files of benchmarks' queries.
        candidates: and of their candidates.
        bitext: tables of parallel sentences.
        min_count: 1 keeps the vectors of all the texts.
        threads: for the comparison of vectors before and after.
        folder: the new directory.

    Raises:
        EncoderError: its tokenizer or its table of word embeddings is of a kind that cannot be trimmed, or a text is
            read otherwise than before.

    """
    import torch

    torch.set_num_threads(threads)
    model = load_encoder(whole)
    given = (pairs, queries, candidates, bitext)
    rows_before = len(_table(encoder, model).weight)
    counts, prefixes, texts = count_tokens_of(model, _texts(*given))
    logger.info("%d texts use %d of %d tokens", texts, np.count_nonzero(counts), len(counts))
    wanted = {int(number) for number in np.flatnonzero(counts >= min_count)} | prefixes
    with tempfile.TemporaryDirectory() as temporary:
        try:
            kept = _write_trimmed(encoder, model, wanted, Path(temporary))
        except VocabularyError as error:
            raise EncoderError(f"encoders.{encoder}.trim: {error}") from error
        del model
        trimmed, _ = read_model(f"the trimmed encoder {encoder}", temporary)
    checked, difference = check_equal(encoder, load_encoder(whole), trimmed, kept, given)
    trimming: dict[str, Any] = {"rows_before": rows_before, "rows": len(kept), "texts": texts, "min_count": min_count}
    trimming |= {"texts_checked": checked, "largest_difference": difference}
    logger.info("%s", trimming)
    about = {name: value for name, value in read_manifest(whole).items() if name != "files"} | {"trimmed": trimming}
    card = (Path(whole) / "README.md").read_text(encoding="utf-8")
    card += f"\nIts vocabulary is trimmed from {rows_before:,} to {len(kept):,} tokens.\n"
    save_model(trimmed, folder, card=card, about=about)


def count_tokens_of(model: "SentenceTransformer", texts: Iterable[Texts]) -> tuple[np.ndarray, set[int], int]:
    """Return int64 [tokens of the vocabulary], how often the texts have each, and how many texts there are.

    Between the two stand the numbers of the tokens that words rest on which WordPiece does not know.
    """
    counts = np.zeros(max(model.tokenizer.get_vocab().values()) + 1, dtype=np.int64)
    prefixes, total = set[int](), 0
    backend = model.tokenizer.backend_tokenizer
    spec = json.loads(backend.to_str())["model"]
    unknown = spec["vocab"].get(spec["unk_token"]) if spec["type"] == "WordPiece" else None
    for prompt, column in texts:
        before = prompt_of(model, prompt)
        stream = (before + text for text in column)
        while chunk := list(islice(stream, _AT_ONCE)):
            ids = model.tokenizer(chunk, verbose=False)["input_ids"]
            counts += np.bincount([number for own in ids for number in own], minlength=len(counts))
            for text, own in zip(chunk, ids, strict=True):
                prefixes.update(_prefixes(backend, spec, text) if unknown in own else ())
            total += len(chunk)
    return counts, prefixes, total


def _prefixes(backend: Any, model: Mapping[str, Any], text: str) -> Iterator[int]:  # noqa: ANN401 (tokenizers' own)
    """Yield what :func:`failed_prefixes` does for the words of a text that WordPiece does not know."""
    normalized = backend.normalizer.normalize_str(text) if backend.normalizer else text
    words = backend.pre_tokenizer.pre_tokenize_str(normalized) if backend.pre_tokenizer else [(normalized, None)]
    for word, _ in words:
        if backend.model.tokenize(word)[0].value == model["unk_token"]:
            yield from failed_prefixes(word, model)


def _texts(
    pairs: Sequence[str | PathLike[str]],
    queries: Sequence[str | PathLike[str]],
    candidates: Sequence[str | PathLike[str]],
    bitext: Sequence[str | PathLike[str]] = (),
) -> Iterator[Texts]:
    """Yield the texts of each column of each file, with the prompt that they are encoded with."""
    for path in pairs:
        own = column_names(path)
        for column, prompt in _COLUMNS.items():
            if column in own:
                yield prompt, _column(path, column)
    for path in queries:
        yield "query", _column(path, "text")
    for path in candidates:
        yield "document", _column(path, "text")
    for path in bitext:
        for language in column_names(path)[1:]:
            yield "query", _column(path, language)


def _column(path: str | PathLike[str], column: str) -> Iterator[str]:
    for batch in read_columns(path, [column]):
        for value in batch.column(0).to_pylist():
            yield from [value] if isinstance(value, str) else filter(None, value or ())


def _table(encoder: str, model: "SentenceTransformer") -> Any:  # noqa: ANN401 (torch's type is not imported here)
    """Return the encoder's word embeddings."""
    import torch

    transformer = transformer_of(model)
    table = transformer.get_input_embeddings() if transformer is not None else None
    if not isinstance(table, torch.nn.Embedding) or not getattr(model.tokenizer, "is_fast", False):
        raise EncoderError(
            f"encoders.{encoder}.trim: the encoder lacks a word embedding table or a fast tokenizer; both are needed"
        )
    return table


def _write_trimmed(encoder: str, model: "SentenceTransformer", wanted: set[int], folder: Path) -> list[int]:
    """Write the encoder with a smaller vocabulary to a folder; return the numbers of its tokens before, rising."""
    model.tokenizer.backend_tokenizer.no_truncation()
    tokenizer = json.loads(model.tokenizer.backend_tokenizer.to_str())
    config = transformer_of(model).config
    if config.model_type in POSITIONS_AFTER_PADDING:  # so padding must have the number that it had
        wanted = wanted | set(range(config.pad_token_id))
    kept = kept_tokens(tokenizer, wanted)
    _trim_table(encoder, model, kept)
    with without_library_bars():
        model.save_pretrained(str(folder), create_model_card=False)
    # The library may save the vocabulary as a file of the model's own, too, and read that one first.
    for name in _OTHER_FILES:
        for path in folder.rglob(name):
            path.unlink()
    [path] = folder.rglob("tokenizer.json")
    path.write_text(json.dumps(trim_tokenizer(tokenizer, kept), ensure_ascii=False), encoding="utf-8")
    settings = path.with_name("tokenizer_config.json")
    about = {k: v for k, v in parse_json(settings).items() if k != "added_tokens_decoder"}
    settings.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return kept


def _trim_table(encoder: str, model: "SentenceTransformer", kept: Sequence[int]) -> None:
    """Leave the rows ``kept`` in the encoder's word embeddings, and renumber what its configuration names."""
    import torch

    table, transformer = _table(encoder, model), transformer_of(model)
    if kept[-1] >= len(table.weight):
        raise EncoderError(
            f"encoders.{encoder}.trim: the tokenizer has a token {kept[-1]}, but the encoder has "
            f"{len(table.weight)} rows"
        )
    place = {number: position for position, number in enumerate(kept)}
    smaller = torch.nn.Embedding(len(kept), table.embedding_dim)
    smaller.weight = torch.nn.Parameter(table.weight.detach()[list(kept)].clone())
    transformer.set_input_embeddings(smaller)
    transformer.tie_weights()
    for config in (transformer.config, transformer.config.get_text_config()):
        config.vocab_size = len(kept)
    for name, value in transformer.config.to_dict().items():
        if name.endswith("_token_id") and isinstance(value, int):
            setattr(transformer.config, name, place.get(value))


def check_equal(
    encoder: str,
    whole: "SentenceTransformer",
    trimmed: "SentenceTransformer",
    kept: Sequence[int],
    given: tuple[Sequence[str | PathLike[str]], ...],
) -> tuple[int, float]:
    """Compare two encoders on the first texts of each column of each file whose tokens are all kept.

    Returns:
        How many texts were compared, and the largest difference of their vectors' values.

    Raises:
        EncoderError: the tokens of a text are not the same, or its vectors differ by more than :data:`TOLERANCE`.

    """
    place = {number: position for position, number in enumerate(kept)}
    checked, largest = 0, 0.0
    for prompt, column in _texts(*given):
        before = prompt_of(whole, prompt)
        for text in islice(column, CHECKED):
            ids, own = (model.tokenizer(before + text)["input_ids"] for model in (whole, trimmed))
            if not place.keys() >= set(ids):
                continue
            if [place[number] for number in ids] != own:
                raise EncoderError(f"encoders.{encoder}.trim: a different segmentation of {text[:80]!r}: this is a bug")
            one, other = (
                model.encode(text, prompt=before, task=prompt, normalize_embeddings=True, show_progress_bar=False)
                for model in (whole, trimmed)
            )
            largest = max(largest, float(np.abs(one - other).max()))
            checked += 1
    if largest > TOLERANCE:
        raise EncoderError(f"encoders.{encoder}.trim: vectors differ by {largest:.2g} after trimming: this is a bug")
    return checked, largest
