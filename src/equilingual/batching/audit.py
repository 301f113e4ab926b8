"""The stage ``audit_batches``: audit written batches against what was asked for.

in:  the shards of one experiment, and the canonical pairs that they were made from
out: ``audit.json`` beside the shards

Nothing of the planner is believed: languages, pairs and texts are read from the shards and looked up in the corpora
again, and the probabilities that the draws are tested against are worked out again
(:mod:`~equilingual.batching.audit_shares`). A text is the same as another if their normalised forms are.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np
import pyarrow.compute as pc

from equilingual.batching.alpha import alpha_by_batch
from equilingual.batching.audit_bitext import audit_bitext, bitext_disagreements, bitext_problems
from equilingual.batching.audit_companions import audit_companions, companion_disagreements, companion_problems
from equilingual.batching.audit_mixing import audit_mixing, mixing_problems, pair_tests
from equilingual.batching.audit_negatives import audit_negatives
from equilingual.batching.audit_positives import audit_positives, positive_disagreements, positive_problems
from equilingual.batching.audit_shares import share_disagreements
from equilingual.batching.bitext import bitext_places
from equilingual.batching.chances import (
    LEAST_P,
    chi_squared,
    count_p,
    counted_problems,
    sampling_problems,
    share_matrix,
)
from equilingual.batching.counting import count_pairs, count_repeats, rows_of
from equilingual.batching.errors import BatchError
from equilingual.batching.pairs import duplicate_hashes, read_hashes
from equilingual.batching.plans import MODES
from equilingual.batching.reader import BatchReader
from equilingual.bitext_files import BitextFiles
from equilingual.config.batch_settings import BatchSettings, CompanionSettings, Curriculum, StrategySettings
from equilingual.files import write_json
from equilingual.numbering import CorpusFiles, text_hashes
from equilingual.training_sets import TrainingSetFiles

logger = logging.getLogger(__name__)


def audit_batches(
    *,
    manifest: str | PathLike[str],
    training_set: TrainingSetFiles,
    strategy: StrategySettings,
    settings: BatchSettings,
    seed: int,
    positives: int = 1,
    companions: CompanionSettings | None = None,
    bitext: BitextFiles | None = None,
    out: str | PathLike[str],
) -> None:
    """Write ``audit.json``, or stop the run.

    Args:
        manifest: of the shards; it says what the planner was asked for, which must be the same.
        training_set: its files; none of its duplicates may be in the shards.
        strategy: as in :func:`~equilingual.batching.shards.build_batches`.
        settings: as there.
        seed: as there.
        positives: as there.
        companions: as there.
        bitext: as there.
        out: the JSON file.

    Raises:
        BatchError: the batches differ from the configuration; the message lists the differences.
        DamagedFileError: a shard is not what the manifest says.

    """
    reader = BatchReader(manifest)
    summary = reader.summary
    _stop_for(_disagreements(summary, training_set, strategy, settings, seed))
    _stop_for(share_disagreements(summary, training_set, strategy, settings))
    _stop_for(positive_disagreements(summary["positives"], positives, settings.languages))
    _stop_for(companion_disagreements(summary, companions))
    rows = _Rows(reader)
    by_corpus = training_set.files
    found = {
        **{name: summary[name] for name in ("training_set", "strategy", "seed", "batches", "batch_size")},
        **{name: summary[name] for name in ("variant",) if name in summary},
        "monolingual": _mixing(strategy, rows) if strategy.by_pair else _monolingual(summary, rows),
        "languages": {side: _by_language(summary, getattr(rows, side)) for side in ("queries", "passages")},
        "ordered_pairs": _ordered_pairs(summary, rows),
        "tests": _language_tests(summary, rows) | (_pair_tests(summary, rows) if strategy.by_pair else {}),
        "corpora": _corpora(summary, rows),
        "duplicates": _duplicates(by_corpus, rows, summary["languages"])
        | {"listed": int(np.isin(rows.pair_ids, duplicate_hashes(training_set.duplicates)).sum())},
        "negatives": audit_negatives(reader, by_corpus, summary["languages"]),
        "positives": audit_positives(reader, by_corpus, summary["languages"]),
        "characters": {side: _lengths(getattr(rows, f"{side}_lengths")) for side in ("query", "passage")},
        "seen": _times_seen(summary, rows),
    }
    if beside := audit_companions(reader, by_corpus, summary["languages"]):
        found["companions"] = beside
    if settings.bitext_on is not None:  # what is found besides is of the other batches
        found["bitext"] = audit_bitext(reader, bitext, settings)
    _stop_for([*_problems(found), *bitext_problems(found.get("bitext"))])
    write_json(found, out)
    logger.info("%d batches checked, no problem found", summary["batches"])


def _stop_for(problems: Iterable[str]) -> None:
    if problems := list(problems):
        raise BatchError("the batches differ from the configuration:\n  " + "\n  ".join(problems))


class _Rows:
    """What the audit needs of every row of QA pairs: arrays of [batches, batch_size], 40 bytes a row."""

    def __init__(self, reader: BatchReader) -> None:
        summary = reader.summary
        bitext = summary.get("bitext") or {"batches": 0}
        self.of = summary["batches"]  # batches, with those of bitext
        self.shape = (self.of - bitext["batches"], summary["batch_size"])
        count = self.shape[0] * self.shape[1]
        self.modes, self.corpora = np.empty(count, dtype=np.int8), np.empty(count, dtype=np.int16)
        self.queries, self.passages = np.empty((2, count), dtype=np.int16)
        self.pair_ids, self.passage_ids, self.query_texts, self.passage_texts = np.empty((4, count), dtype=np.uint64)
        self.query_lengths, self.passage_lengths = np.empty((2, count), dtype=np.int32)
        self.corpus_names: list[str] = []
        languages = {language: number for number, language in enumerate(summary["languages"])}
        places: list[np.ndarray] = []
        start = 0
        for table in rows_of(reader, bitext=False):
            places.append(table["batch_id"].to_numpy())
            here = slice(start, start + table.num_rows)
            if here.stop > count:
                _stop_for([f"there are more rows of QA pairs than the manifest's {self.shape[0]} batches have"])
            columns = {name: table[name].to_pylist() for name in table.column_names}
            self.modes[here] = [MODES.index(mode) for mode in columns["mode"]]
            self.queries[here] = [languages[tag] for tag in columns["query_language"]]
            self.passages[here] = [languages[tag] for tag in columns["passage_language"]]
            self.corpora[here] = self._numbers(columns["pair_id"])
            self.pair_ids[here] = text_hashes(columns["pair_id"], normalised=False)
            self.passage_ids[here] = text_hashes(columns["passage_id"], normalised=False)
            self.query_texts[here] = text_hashes(columns["query"])
            self.passage_texts[here] = text_hashes(columns["passage"])
            self.query_lengths[here] = pc.utf8_length(table["query"]).to_numpy()
            self.passage_lengths[here] = pc.utf8_length(table["passage"]).to_numpy()
            start += table.num_rows
        if start < count:
            _stop_for([f"there are {start} rows of QA pairs, and the manifest says {count}"])
        for name, array in vars(self).items():
            if isinstance(array, np.ndarray):
                setattr(self, name, array.reshape(self.shape))
        self.places = np.unique(np.concatenate(places))  # of these batches among all

    def _numbers(self, pair_ids: Iterable[str]) -> list[int]:
        names = [pair_id.partition("/")[0] for pair_id in pair_ids]
        self.corpus_names += [name for name in dict.fromkeys(names) if name not in self.corpus_names]
        return [self.corpus_names.index(name) for name in names]


def _monolingual(summary: Mapping[str, Any], rows: _Rows) -> dict[str, float]:
    """Return the realised share of monolingual batches, α, the share's 95% interval and the test against α.

    The interval is Clopper and Pearson's. Under a curriculum the number of monolingual batches is a sum of unequal
    draws, and tested as such.
    """
    from scipy.stats import binomtest

    monolingual = int((rows.modes[:, 0] == MODES.index("mono")).sum())
    batches = rows.shape[0]
    result = binomtest(monolingual, batches, min(1.0, summary["alpha"]))
    low, high = result.proportion_ci(0.95)
    p = float(result.pvalue)
    if summary["curriculum"]:
        alpha = alpha_by_batch(Curriculum.model_validate(summary["curriculum"]), rows.of)[rows.places]
        p = count_p(monolingual, alpha)
    share = {"share": monolingual / batches, "alpha": summary["alpha"], "low": float(low), "high": float(high)}
    return share | {"batches": monolingual, "p": p}


def _mixing(strategy: StrategySettings, rows: _Rows) -> dict[str, float]:
    mixed = rows.modes[:, 0] == MODES.index("mixed")
    alpha = alpha_by_batch(strategy.schedule, rows.of)[rows.places]
    return audit_mixing((rows.queries == rows.passages)[mixed], alpha[mixed])


def _pair_tests(summary: Mapping[str, Any], rows: _Rows) -> dict[str, dict[str, float | int | None]]:
    mixed = rows.modes[:, 0] == MODES.index("mixed")
    expected = summary["expected"].get("mixed", {})
    return pair_tests(summary["languages"], expected, rows.queries[mixed], rows.passages[mixed])


def _by_language(summary: Mapping[str, Any], languages: np.ndarray) -> dict[str, int]:
    counts = np.bincount(languages.ravel(), minlength=len(summary["languages"]))
    return dict(zip(summary["languages"], counts.tolist(), strict=True))


def _ordered_pairs(summary: Mapping[str, Any], rows: _Rows) -> dict[str, dict[str, int]]:
    names = summary["languages"]
    counts = count_pairs(rows.queries, rows.passages, len(names))
    return {query: dict(zip(names, row, strict=True)) for query, row in zip(names, counts.tolist(), strict=True)}


def _language_tests(summary: Mapping[str, Any], rows: _Rows) -> dict[str, dict[str, float | int | None]]:
    """Return, for each mode, Pearson's chi-squared test of the languages drawn against those expected.

    The first rows of a batch that share a draw are one draw, each further row is another. ``shared`` says how many
    these are, ``unequal`` counts batches in which they are not in the same languages. ``never`` counts draws of what
    had a probability of 0.
    """
    names = summary["languages"]
    tests = {}
    for mode in MODES:
        of_mode = rows.modes[:, 0] == MODES.index(mode)
        if mode not in summary["expected"] and not of_mode.any():
            continue
        # The batches of mode mono count as monolingual, whatever the manifest says of them.
        shared = rows.shape[1] if mode == "mono" else summary["shared_draw"].get(mode, 1)
        queries, passages = rows.queries[of_mode], rows.passages[of_mode]
        of_passages = queries[:, :1] if mode == "mono" else passages[:, :1]
        equal = (queries[:, :shared] == queries[:, :1]) & (passages[:, :shared] == of_passages)
        unit = [0, *range(shared, rows.shape[1])]
        counts = count_pairs(queries[:, unit], passages[:, unit], len(names))
        shares = share_matrix(summary["expected"].get(mode, {}), names)
        found = {"draws": int(counts.sum()), "never": int(counts[shares == 0].sum())}
        found |= {"shared": shared, "unequal": int((~equal.all(axis=1)).sum())}
        tests[mode] = found | chi_squared(counts, shares)
    return tests


def _corpora(summary: Mapping[str, Any], rows: _Rows) -> dict[str, Any]:
    """Return each corpus's pairs, usable pairs, rows, share of all and share asked for; with weights, their test."""
    counts = np.bincount(rows.corpora.ravel(), minlength=len(rows.corpus_names))
    of_corpus = dict(zip(rows.corpus_names, counts.tolist(), strict=True))
    corpora = summary["corpora"]
    # Without weights the shares are not sampled: they follow from which pairs exist in which language.
    drawn = all(entry["weight"] is not None for entry in corpora.values())
    expected = (
        _drawn_shares(summary, rows) if drawn else [entry["pairs"] / summary["pairs"] for entry in corpora.values()]
    )
    shares = {}
    for (corpus, entry), share in zip(corpora.items(), expected, strict=True):
        count = of_corpus.get(corpus, 0)
        numbers = {"pairs": entry["pairs"], "usable": entry["usable"], "rows": count}
        shares[corpus] = numbers | {"share": count / rows.corpora.size, "asked": float(share)}
    observed = np.array([entry["rows"] for entry in shares.values()])
    test = chi_squared(observed, np.array(expected)) if drawn else {"chi2": None, "freedom": None, "p": None}
    return {"shares": shares, "test": test}


def _drawn_shares(summary: Mapping[str, Any], rows: _Rows) -> list[float]:
    """Return the fraction of each corpus by its weight, among the corpora that have the languages of a row."""
    names = summary["languages"]
    cells = count_pairs(rows.queries, rows.passages, len(names))
    entries = summary["corpora"].values()
    weights = np.array(
        [[[e["weight"] * (p in e["together"][q]) for p in names] for q in names] for e in entries], dtype=float
    )
    totals = weights.sum(axis=0)
    shares = np.divide(weights, totals, out=np.zeros_like(weights), where=totals > 0)
    expected: list[float] = ((shares * cells).sum(axis=(1, 2)) / cells.sum()).tolist()
    return expected


def _duplicates(by_corpus: CorpusFiles, rows: _Rows, languages: Sequence[str]) -> dict[str, int]:
    """Return how many members of batches repeat another's passage id, passage or question in any language.

    In one language, or as the batch shows them: one may be in German what another is in English. ``strange`` counts
    texts of the shards that are not the corpus's own for that pair and language.
    """
    shown = {"passage": rows.passage_texts, "question": rows.query_texts}
    found = {"passage_id": count_repeats(rows.passage_ids)} | {
        name: count_repeats(texts) for name, texts in shown.items()
    }
    strange = 0
    for number, language in enumerate(languages):
        hashes, _ = read_hashes(by_corpus, language)
        order = np.argsort(hashes["pair_id"], kind="stable").astype(np.int32)
        ordered = hashes["pair_id"][order]
        places = np.minimum(np.searchsorted(ordered, rows.pair_ids), max(len(ordered) - 1, 0))
        there = ordered[places] == rows.pair_ids if len(ordered) else np.zeros(rows.shape, dtype=bool)
        at = order[places] if len(ordered) else places
        for name, side in (("passage", rows.passages), ("question", rows.queries)):
            # A missing text is no other's: its place stands for it.
            texts = np.arange(rows.pair_ids.size, dtype=np.uint64).reshape(rows.shape)
            texts[there] = hashes[name][at[there]]
            found[name] += count_repeats(texts)
            own = side == number
            strange += int((shown[name][own] != texts[own]).sum())
    return found | {"strange": strange}


def _lengths(lengths: np.ndarray) -> dict[str, Any]:
    """Return a histogram by powers of two, and the share of padding if every batch is padded to its longest."""
    bounds = 2 ** np.arange(32)
    places = np.searchsorted(bounds, lengths.ravel(), side="left")
    counts = np.bincount(places)
    histogram = {str(int(bounds[place])): int(count) for place, count in enumerate(counts) if count}
    padded = int(lengths.max(axis=1, initial=0).astype(np.int64).sum()) * lengths.shape[1]
    padding = 1 - int(lengths.sum(dtype=np.int64)) / padded if padded else 0.0
    return {"at_most": histogram, "padding": padding}


def _times_seen(summary: Mapping[str, Any], rows: _Rows) -> dict[str, int]:
    """Return how many pairs were seen 0, 1, 2, … times."""
    _, counts = np.unique(rows.pair_ids, return_counts=True)
    seen = np.bincount(counts)
    seen[0] = summary["pairs"] - len(counts)
    return {str(times): int(pairs) for times, pairs in enumerate(seen) if pairs}


def _disagreements(
    summary: Mapping[str, Any],
    training_set: TrainingSetFiles,
    strategy: StrategySettings,
    settings: BatchSettings,
    seed: int,
) -> Iterable[str]:
    """Yield where a manifest does not say what the configuration does: the tests go by the manifest."""
    curriculum, hard = strategy.schedule, settings.negatives
    places = ~bitext_places(settings.bitext_on, summary["batches"], seed)
    expected = {
        "training_set": training_set.name,
        "languages": list(training_set.languages),
        "seed": seed,
        "batch_size": settings.batch_size,
        "batches": settings.batches,
        "strategy": strategy.label,
        "alpha": float(alpha_by_batch(strategy.schedule, summary["batches"])[places].mean()),
        "curriculum": curriculum.model_dump(by_alias=True) if isinstance(curriculum, Curriculum) else None,
    }
    for name, value in expected.items():
        if summary[name] != value:
            yield f"the manifest's {name} is {summary[name]!r}, the configuration's {value!r}"
    yield from bitext_disagreements(summary.get("bitext"), settings)
    said = summary["negatives"] and {name: summary["negatives"][name] for name in ("count", "from", "language")}
    wanted = None if hard is None else hard.asked
    if said != wanted:
        yield f"the manifest's hard negatives are {said}, the configuration's {wanted}"


def _problems(found: Mapping[str, Any]) -> Iterable[str]:
    share = found["monolingual"]
    if "pairs" in share:
        yield from mixing_problems(share)
    elif share["p"] < LEAST_P:
        yield f"{share['share']:.4f} of the batches are monolingual, alpha is {share['alpha']:g} (p = {share['p']:.1e})"
    for mode, test in found["tests"].items():
        if test.get("unequal"):
            more = f"have more than one draw of languages in their first {test['shared']} rows"
            yield f"{test['unequal']} {mode} batches {'are not in one language' if mode == 'mono' else more}"
        if test.get("never"):
            yield f"{test['never']} languages in {mode} batches that should not occur"
        what = mode if mode.endswith("pairs") else f"{mode} batches"
        yield from sampling_problems(test, f"the languages of {what}")
    yield from sampling_problems(found["corpora"]["test"], "the corpora")
    yield from _repeated(found["duplicates"])
    yield from _negative_problems(found["negatives"] or {})
    yield from positive_problems(found["positives"] or {})
    yield from companion_problems(found.get("companions") or {})
    if int(found["seen"].get("0", 0)) < 0:
        yield "there are more pairs in the batches than in the training set"


def _negative_problems(found: Mapping[str, Any]) -> Iterable[str]:
    said = {
        "positives": "hard negatives are, in some language, a passage of a pair of the same batch",
        "answers": "hard negatives answer, in some language, a question of the same batch",
        "repeated": "hard negatives occur twice in the same batch, in some language",
        "strange": "hard negatives have a text other than the one they refer to",
        "foreign": "hard negatives come from the column of another pair",
        "too many": "rows have more hard negatives than configured",
        "misplaced": "texts of hard negatives are in another language than configured, or are missing in one",
    }
    yield from counted_problems(found, said)


def _repeated(counts: Mapping[str, int]) -> Iterable[str]:
    said = {
        what: f"have the {what} of another member, in some language" for what in ("passage_id", "passage", "question")
    }
    said["listed"] = "are pairs that find_duplicates lists"
    yield from (f"{counts[what]} members of batches {problem}" for what, problem in said.items() if counts[what])
    if counts["strange"]:
        yield f"{counts['strange']} texts differ from the text of their pair in that language"
