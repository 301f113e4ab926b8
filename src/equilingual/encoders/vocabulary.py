"""A vocabulary cut down to some of its tokens, in the JSON that the library ``tokenizers`` saves.

A text whose tokens are all kept is read as before:

- Unigram takes the segmentation with the highest score. What is left out was not in it, and what is kept stays in
  order, so ties are decided as before; the least score, from which that of an unknown character follows, is kept.
- WordPiece takes the longest piece each time. For a word that ends in nothing but the unknown token, the pieces up to
  there are kept (:func:`failed_prefixes`), or shorter ones would lead on.
- BPE merges by rank. A token is kept with all that it is merged from, and so is every merge that led to it.

Whatever else is left out can be spelled with pieces of one character, which are all kept, and those of bytes: what
the whole vocabulary could read is not unknown afterwards.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")


class VocabularyError(ValueError):
    """A tokenizer is of a kind that cannot be trimmed."""


def kept_tokens(tokenizer: Mapping[str, Any], wanted: Iterable[int]) -> list[int]:
    """Return the numbers of the tokens to keep, rising: the wanted ones and those that reading rests on.

    Args:
        tokenizer: the parsed ``tokenizer.json``.
        wanted: numbers of tokens.

    Raises:
        VocabularyError: its model is none of Unigram, WordPiece and BPE.

    """
    model = tokenizer["model"]
    numbers = token_numbers(model)
    kept = set(wanted) | {token["id"] for token in tokenizer["added_tokens"]}
    kept.update(numbers[piece] for piece in _readers(model, numbers))
    if model["type"] == "Unigram":
        scores = [score for _, score in model["vocab"]]
        kept |= {model["unk_id"]} - {None}
        kept.add(min(range(len(scores)), key=scores.__getitem__))
    elif model.get("unk_token") in numbers:
        kept.add(numbers[model["unk_token"]])
    if model["type"] == "BPE":
        _add_parts(model, numbers, kept)
    return sorted(kept)


def trim_tokenizer(tokenizer: Mapping[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return ``tokenizer.json`` with the tokens ``kept`` (rising numbers), numbered from 0 in that order."""
    place = {number: position for position, number in enumerate(kept)}
    model = dict(tokenizer["model"])
    numbers = token_numbers(model)
    if model["type"] == "Unigram":
        model["vocab"] = [model["vocab"][number] for number in kept if number < len(model["vocab"])]
        model["unk_id"] = place.get(model["unk_id"])
    else:
        model["vocab"] = {piece: place[number] for piece, number in numbers.items() if number in place}
    if model["type"] == "BPE":
        pairs = zip(model["merges"], merges(model), strict=True)
        model["merges"] = [merge for merge, parts in pairs if all(part in model["vocab"] for part in parts)]
    return {
        **tokenizer,
        "model": model,
        "added_tokens": [{**token, "id": place[token["id"]]} for token in tokenizer["added_tokens"]],
        "post_processor": _renumber(tokenizer["post_processor"], place),
        # The encoder's library sets both for every call.
        "padding": None,
        "truncation": None,
    }


def token_numbers(model: Mapping[str, Any]) -> dict[str, int]:
    """Return the numbers of a tokenizer's pieces, without those that were added to its model.

    Raises:
        VocabularyError: the model is none of Unigram, WordPiece and BPE.

    """
    if model["type"] not in ("Unigram", "WordPiece", "BPE"):
        raise VocabularyError(
            f"the vocabulary of a {model['type']} tokenizer cannot be trimmed; those of Unigram, WordPiece and BPE can"
        )
    if model["type"] == "Unigram":
        return {piece: number for number, (piece, _) in enumerate(model["vocab"])}
    return dict(model["vocab"])


def merges(model: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the two parts of each merge of a BPE model, and what they become."""
    prefix = len(model.get("continuing_subword_prefix") or "")
    for merge in model["merges"]:
        left, right = merge.split(" ") if isinstance(merge, str) else merge
        yield left, right, left + right[prefix:]


def failed_prefixes(word: str, model: Mapping[str, Any]) -> Iterator[int]:
    """Yield the numbers of the pieces that WordPiece takes from the beginning of a word until none fits."""
    start, numbers = 0, model["vocab"]
    while start < len(word):
        prefix = model["continuing_subword_prefix"] if start else ""
        ends = (end for end in range(len(word), start, -1) if prefix + word[start:end] in numbers)
        end = next(ends, None)
        if end is None:
            return
        yield numbers[prefix + word[start:end]]
        start = end


def _readers(model: Mapping[str, Any], numbers: Mapping[str, int]) -> Iterator[str]:
    """Yield what anything can be spelled with: BPE's alphabet, else pieces of a character or a byte.

    A piece with a character that has no piece of its own is one of them.
    """
    if model["type"] == "BPE":
        merged = {result for _, _, result in merges(model)}
        yield from (piece for piece in numbers if piece not in merged)
        return
    prefix = model.get("continuing_subword_prefix") or ""
    for piece in numbers:
        continues = bool(prefix) and piece.startswith(prefix)
        text = piece.removeprefix(prefix)
        singles = [(prefix if continues or place else "") + character for place, character in enumerate(text)]
        if len(text) <= 1 or _BYTE.fullmatch(piece) or any(single not in numbers for single in singles):
            yield piece


def _add_parts(model: Mapping[str, Any], numbers: Mapping[str, int], kept: set[int]) -> None:
    """Add to ``kept`` what its tokens are merged from, by whatever way."""
    parts: dict[str, list[str]] = {}
    for left, right, merged in merges(model):
        parts.setdefault(merged, []).extend((left, right))
    pending = [piece for piece, number in numbers.items() if number in kept]
    while pending:
        for part in parts.get(pending.pop(), ()):
            if numbers[part] not in kept:
                kept.add(numbers[part])
                pending.append(part)


def _renumber(part: Any, place: Mapping[int, int]) -> Any:  # noqa: ANN401 (JSON has no static type)
    """Return a post-processor with new numbers: those in ``ids``, and the second of ``[token, number]``."""
    if isinstance(part, list) and len(part) == 2 and isinstance(part[0], str) and isinstance(part[1], int):
        return [part[0], place[part[1]]]
    if isinstance(part, list):
        return [_renumber(entry, place) for entry in part]
    if isinstance(part, dict):
        return {
            key: [place[number] for number in value] if key == "ids" else _renumber(value, place)
            for key, value in part.items()
        }
    return part
