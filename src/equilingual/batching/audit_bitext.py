"""The audit of the bitext batches: their share, their languages, and every text looked up in the corpora again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from equilingual.batching.alpha import sampling_weights
from equilingual.batching.bitext import read_texts
from equilingual.batching.chances import LEAST_P, chi_squared, counted_problems, sampling_problems
from equilingual.batching.counting import count_pairs, count_repeats, rows_of
from equilingual.batching.reader import BatchReader
from equilingual.bitext_files import ID, BitextFiles
from equilingual.config.batch_settings import BatchSettings
from equilingual.numbering import text_hashes
from equilingual.parquet import column_names, read_columns


class _Rows:
    """What the audit needs of every row of a bitext batch: arrays of [batches, batch_size], 36 bytes a row."""

    def __init__(self, reader: BatchReader, languages: Sequence[str]) -> None:
        size = reader.summary["batch_size"]
        numbers = {language: number for number, language in enumerate(languages)}
        columns: dict[str, list[Any]] = {name: [] for name in ("ids", "texts", "passage_texts", "queries", "passages")}
        for table in rows_of(reader, bitext=True):
            columns["ids"].append(text_hashes(table["pair_id"].to_pylist(), normalised=False))
            columns["texts"].append(text_hashes(table["query"].to_pylist()))
            columns["passage_texts"].append(text_hashes(table["passage"].to_pylist()))
            for side in ("queries", "passages"):
                tags = table["query_language" if side == "queries" else "passage_language"].to_pylist()
                columns[side].append(np.array([numbers.get(tag, -1) for tag in tags], dtype=np.int16))
        joined = {name: np.concatenate(parts).reshape(-1, size) for name, parts in columns.items()}
        self.ids, self.queries, self.passages = joined["ids"], joined["queries"], joined["passages"]
        self.query_texts, self.passage_texts = joined["texts"], joined["passage_texts"]


def audit_bitext(reader: BatchReader, files: BitextFiles | None, settings: BatchSettings) -> dict[str, Any] | None:
    """Return what is found of the bitext batches; ``None`` where none were asked for.

    ``one_language`` counts rows whose two texts are in one language, ``unknown`` those in a language that the corpora
    lack, ``repeated`` sentences that are twice in a batch, ``same_text`` members of a batch that have, in some
    language, the text of another one, ``strange`` texts that differ from that of their sentence, and ``overlapping``
    sentences that ``check_bitext`` lists.
    """
    asked = settings.bitext_on
    if asked is None or files is None:
        return None
    summary = reader.summary["bitext"]
    languages = list(dict.fromkeys(tag for path in files.sentences.values() for tag in column_names(path)[1:]))
    rows = _Rows(reader, languages)
    found: dict[str, Any] = {"share": _share(len(rows.ids), reader.summary["batches"], asked.share)}
    found["corpora"] = summary["corpora"]
    for side in ("queries", "passages"):
        counts = np.bincount(np.maximum(getattr(rows, side).ravel(), 0), minlength=len(languages))
        found[side] = {tag: int(count) for tag, count in zip(languages, counts, strict=True) if count}
    found["test"] = _languages_test(rows, languages, summary["expected"])
    found["one_language"] = int((rows.queries == rows.passages).sum())
    found["unknown"] = int((rows.queries < 0).sum() + (rows.passages < 0).sum())
    found |= _looked_up(rows, files, languages)
    found["uneven"] = _uneven(files, languages, settings, summary["expected"])
    return found


def _share(bitext: int, batches: int, asked: float) -> dict[str, float]:
    """Return the realised share of bitext batches with its 95% interval (Clopper and Pearson) and the binomial test."""
    from scipy.stats import binomtest

    result = binomtest(bitext, batches, asked)
    low, high = result.proportion_ci(0.95)
    share = {"share": bitext / batches, "asked": asked, "low": float(low), "high": float(high)}
    return share | {"batches": bitext, "p": float(result.pvalue)}


def _languages_test(
    rows: _Rows, languages: Sequence[str], expected: Mapping[str, Mapping[str, float]]
) -> dict[str, float | int | None]:
    """Return Pearson's chi-squared test of the language pairs; each row is a draw."""
    counts = count_pairs(np.maximum(rows.queries, 0), np.maximum(rows.passages, 0), len(languages))
    shares = np.array([[expected.get(one, {}).get(other, 0.0) for other in languages] for one in languages])
    return {"draws": int(counts.sum()), "never": int(counts[shares == 0].sum())} | chi_squared(counts, shares)


def _looked_up(rows: _Rows, files: BitextFiles, languages: Sequence[str]) -> dict[str, int]:
    """Look every sentence up in every language."""
    ids = np.concatenate([text_hashes(names, normalised=False) for names in _names(files.sentences, ID)])
    order = np.argsort(ids, kind="stable")
    places = order[np.minimum(np.searchsorted(ids, rows.ids, sorter=order), len(ids) - 1)]
    there = ids[places] == rows.ids
    listed = np.concatenate([text_hashes(names, normalised=False) for names in _names(files.overlaps, ID)])
    # A name may be the same in both languages of a row.
    apart = np.arange(rows.ids.size, dtype=np.uint64).reshape(rows.ids.shape)
    others = np.where(rows.query_texts == rows.passage_texts, apart, rows.passage_texts)
    found = {
        "repeated": count_repeats(rows.ids),
        "same_text": count_repeats(np.concatenate((rows.query_texts, others), axis=1)),
        "strange": 0,
        "overlapping": int(np.isin(rows.ids, listed).sum()),
    }
    texts = np.zeros(len(ids), dtype=np.uint64)
    for number, language in enumerate(languages):
        texts[:] = 0
        for some, hashes in read_texts(files, language):
            texts[some] = hashes
        own = texts[places]
        missing = ~there | (own == 0)
        for side, shown in ((rows.queries, rows.query_texts), (rows.passages, rows.passage_texts)):
            found["strange"] += int(((side == number) & (missing | (shown != own))).sum())
        # A missing text is no other's: its place stands for it.
        found["same_text"] += count_repeats(np.where(missing, apart, own))
    return found


def _names(paths: Mapping[str, Any], column: str) -> Iterable[list[str]]:
    """Yield the names of sentences, as the batches have them; first of all, none."""
    yield []
    for corpus, path in paths.items():
        for batch in read_columns(path, [column]):
            yield [f"{corpus}/{name}" for name in batch[column].to_pylist()]


def _uneven(
    files: BitextFiles, languages: Sequence[str], settings: BatchSettings, expected: Mapping[str, Mapping[str, float]]
) -> float:
    """Return how far the manifest's language pairs are from the products of the configured weights, at most.

    Those with a probability of 0, which too few sentences have, are not among them.
    """
    asked = settings.bitext_on
    assert asked is not None
    sampling = asked.languages or settings.languages
    shares = np.array([[expected.get(one, {}).get(other, 0.0) for other in languages] for one in languages])
    if sampling is None:
        weights: np.ndarray | None = np.ones(len(languages))
    elif sampling.weights is not None:
        weights = sampling_weights(sampling, languages, np.ones(len(languages)))
    else:
        return 0.0  # by the number of sentences that are left, which the audit does not count again
    assert weights is not None  # there is a sampling
    products = np.outer(weights, weights) * (shares > 0)
    return float(np.abs(products / max(products.sum(), 1e-300) - shares).max())


def bitext_disagreements(said: Mapping[str, Any] | None, settings: BatchSettings) -> Iterable[str]:
    """Yield where the manifest's ``bitext`` is not what was asked for."""
    asked = settings.bitext_on
    share = asked.share if asked is not None else None
    if (said and said["share"]) != share:
        yield f"the manifest's share of bitext is {said and said['share']}, the configuration's {share}"
    elif said and asked is not None and list(said["corpora"]) != list(asked.corpora):
        yield f"the manifest's bitext is {list(said['corpora'])}, the configuration's {list(asked.corpora)}"


def bitext_problems(found: Mapping[str, Any] | None) -> Iterable[str]:
    """Yield what is wrong with the bitext batches."""
    if found is None:
        return
    share, test = found["share"], found["test"]
    if share["p"] < LEAST_P:
        yield f"{share['share']:.4f} of the batches are bitext, the share is {share['asked']:g} (p = {share['p']:.1e})"
    if test["never"]:
        yield f"{test['never']} language pairs in bitext batches that should not occur"
    yield from sampling_problems(test, "the languages of bitext batches")
    if found["uneven"] > 1e-9:
        yield "the manifest weights the languages of bitext batches otherwise than the configuration"
    said = {
        "one_language": "rows of bitext batches have both texts in one language",
        "unknown": "texts of bitext batches are in a language that the bitext lacks",
        "repeated": "sentences are in a bitext batch twice",
        "same_text": "members of bitext batches have the text of another member, in some language",
        "strange": "texts of bitext batches differ from the text of their sentence in that language",
        "overlapping": "sentences of bitext batches are also in a benchmark",
    }
    yield from counted_problems(found, said)
