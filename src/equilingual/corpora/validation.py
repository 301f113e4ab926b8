"""The stage ``sample_validation``: held-out QA pairs that a training is watched by.

in:  the pairs of the validation corpora and of the training sets, in every language
out: ``results/validation/pairs.parquet``, canonical pairs that exist in all validation languages and share
     no text with a training set, one language after the other in one order; ``counts.json``
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice
from os import PathLike

import numpy as np
import pyarrow as pa

from equilingual.corpora.errors import CorpusError
from equilingual.corpora.writing import PAIR_SCHEMA
from equilingual.files import write_json
from equilingual.numbering import CorpusFiles, group_files, no_shared_ids, read_language, text_hashes
from equilingual.parquet import read_columns, write_parquet

_COLUMNS = tuple(PAIR_SCHEMA.names)


def sample_validation(
    *,
    files: Sequence[str | PathLike[str]],
    corpora: Sequence[str],
    languages: Sequence[str],
    trained_on: Sequence[str | PathLike[str]],
    pairs: int,
    pairs_out: str | PathLike[str],
    counts_out: str | PathLike[str],
) -> None:
    """Draw pairs by the hash of their ids: the same ones whatever else is in the corpora.

    Args:
        files: the canonical pairs of each corpus in each language, the languages of one corpus together.
        corpora: the names of the corpora.
        languages: BCP-47 tags.
        trained_on: the pairs of all training sets in all their languages.
        pairs: the number to sample; fewer if there are fewer.
        pairs_out: a Parquet file.
        counts_out: a JSON file.

    Memory: 24 bytes a pair of the validation corpora and language, and its chosen texts.

    Raises:
        CorpusError: no pair is left.

    """
    by_corpus = group_files(files, corpora, languages)
    hashes = {language: _hashes(by_corpus, language) for language in languages}
    everywhere = set.intersection(*(set(own) for own in hashes.values()))
    trained = _trained_texts(trained_on, {text for own in hashes.values() for texts in own.values() for text in texts})
    held_out = [
        pair for pair in everywhere if trained.isdisjoint(text for own in hashes.values() for text in own[pair])
    ]
    # One passage answers one question of the sample, or the others' answers would be false negatives.
    chosen = list(islice(_distinct(sorted(held_out), hashes), pairs))
    if not everywhere:
        raise CorpusError(files[0], "", f"no pair for validation: {_missing(by_corpus, languages, hashes)}")
    if not chosen:
        left = f"{len(everywhere)} exist in all of {', '.join(languages)}, but all of them are trained on"
        raise CorpusError(files[0], "", f"no pair for validation ({left}): choose other corpora")
    tables = [_rows(by_corpus, language, chosen) for language in languages]
    write_parquet(pa.concat_tables(tables), pairs_out)
    counts = {"corpora": list(corpora), "languages": list(languages), "pairs": len(chosen)}
    counts |= {"in_all_languages": len(everywhere), "trained_on": len(everywhere) - len(held_out)}
    write_json(counts, counts_out)


def _missing(files: CorpusFiles, languages: Sequence[str], hashes: Mapping[str, Mapping[int, object]]) -> str:
    """Return why no pair exists in all languages."""
    for one, other in combinations([language for language in languages if hashes[language]], 2):
        if hashes[one].keys().isdisjoint(hashes[other]):
            return no_shared_ids(files, next(iter(files)), [one, other])
    return f"none exists in all of {', '.join(languages)}: choose other corpora, or fewer languages"


def _hashes(files: CorpusFiles, language: str) -> dict[int, tuple[int, int]]:
    """Return, by the hash of its id, the hashes of each pair's question and passage."""
    found: dict[int, tuple[int, int]] = {}
    for corpus, _, batch in read_language(files, language, ["pair_id", "question", "passage"]):
        ids = text_hashes((f"{corpus}/{value}" for value in batch["pair_id"].to_pylist()), normalised=False)
        texts = (text_hashes(batch[name].to_pylist()).tolist() for name in ("question", "passage"))
        found |= dict(zip(ids.tolist(), zip(*texts, strict=True), strict=True))
    return found


def _trained_texts(paths: Sequence[str | PathLike[str]], wanted: set[int]) -> set[int]:
    """Return which of the hashes are those of a question or passage that is trained on."""
    ordered = np.array(sorted(wanted), dtype=np.uint64)
    found: set[int] = set()
    for path in paths:
        for batch in read_columns(path, ["question", "passage"]):
            for name in ("question", "passage"):
                hashes = text_hashes(batch[name].to_pylist())
                found.update(hashes[np.isin(hashes, ordered)].tolist())
    return found


def _distinct(pairs: Sequence[int], hashes: Mapping[str, Mapping[int, tuple[int, int]]]) -> Iterator[int]:
    """Yield the pairs that share no text, in any language, with one before them."""
    seen: set[tuple[str, int]] = set()
    for pair in pairs:
        texts = {(language, text) for language, own in hashes.items() for text in own[pair]}
        if seen.isdisjoint(texts):
            seen |= texts
            yield pair


def _rows(files: CorpusFiles, language: str, chosen: Sequence[int]) -> pa.Table:
    """Return the rows of the chosen pairs in one language, in the order of ``chosen``."""
    places = {pair: place for place, pair in enumerate(chosen)}
    found: list[tuple[int, dict[str, object]]] = []
    for corpus, _, batch in read_language(files, language, _COLUMNS):
        ids = text_hashes((f"{corpus}/{value}" for value in batch["pair_id"].to_pylist()), normalised=False).tolist()
        rows = [row for row, pair in enumerate(ids) if pair in places]
        for row, values in zip(rows, batch.take(pa.array(rows, pa.int64())).to_pylist(), strict=True):
            found.append((places[ids[row]], values | {"pair_id": f"{corpus}/{values['pair_id']}"}))
    return pa.Table.from_pylist([values for _, values in sorted(found, key=lambda entry: entry[0])], schema=PAIR_SCHEMA)
