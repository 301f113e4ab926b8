"""Questions with what every model has first among all languages: the stage ``collect_examples``.

in:  ``results/runs/{model}/{benchmark}/`` of every model that is shown, and the benchmark's tables
out: ``results/examples/{benchmark}.json``, the texts once and what the models have first as numbers of them:
     ``questions``   each with ``id``, ``texts`` (by language) and ``relevant`` (numbers of candidates)
     ``candidates``  lists of ``id``, ``language``, ``text`` and ``english`` (number of the English version, or null)
     ``models``      each with ``hits`` (per question and language of ``texts`` the numbers of its first candidates,
                     best first), ``wins`` (against each other model, by name, the number of questions of all ``of`` on
                     which it has more correct candidates) and, against its ``base``, the questions ``gain``, ``loss``
                     and ``median``
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from equilingual.evaluation.glosses import english_versions
from equilingual.files import write_json
from equilingual.parquet import read_rows, read_table
from equilingual.retrieval.tables import BenchmarkTables, read_tables
from equilingual.retrieval.trec import read_tops

DEPTH = 10
# Rows of the page (one per question and language) for all drawn questions of a benchmark: in 59 languages, 60 questions
# would be 6 MB of texts.
ROWS_DRAWN, FEWEST_DRAWN = 720, 10
Place = str | PathLike[str]


@dataclass(frozen=True)
class _Found:
    """What the models have first, int64 [queries, at most DEPTH], and the question of each query."""

    tables: BenchmarkTables
    tops: Mapping[str, np.ndarray]
    question: np.ndarray
    names: Sequence[str]

    def correct(self, model: str) -> np.ndarray:
        """Return how many correct candidates a model has, the mean of each question's languages."""
        tops, relevant = self.tops[model], self.tables.relevant
        hits = (tops[:, :, None] == relevant[:, None, :]) & (tops >= 0)[:, :, None]
        sums = np.bincount(self.question, hits.any(axis=2).sum(axis=1), minlength=len(self.names))
        return np.asarray(sums / np.bincount(self.question, minlength=len(self.names)))

    def sample_size(self, questions: int) -> int:
        """Return how many of so many questions are drawn."""
        languages = len(self.question) / max(len(self.names), 1)
        return min(questions, max(FEWEST_DRAWN, int(ROWS_DRAWN / max(languages, 1))))

    def answered(self) -> np.ndarray:
        """Return the questions that every model has something for."""
        has = np.all([tops.shape[1] > 0 and (tops[:, :1] >= 0).any(axis=1) for tops in self.tops.values()], axis=0)
        return np.unique(self.question[np.broadcast_to(has, self.question.shape)])


def collect_examples(
    *,
    name: str,
    runs: Mapping[str, Place],
    bases: Mapping[str, str],
    benchmark: Place,
    questions: int,
    seed: int,
    out: Place,
) -> None:
    """Write a sample of the questions, and those on which a model differs most from its base encoder.

    A model's gain on a question is the difference in correct candidates among the first :data:`DEPTH`, averaged over
    the query languages. Of all questions, those with a model's largest gain, largest loss and median gain over its base
    encoder are added to the sample. If a question exists in more than twelve languages, the sample is smaller:
    :data:`ROWS_DRAWN` divided by the languages, but no fewer than :data:`FEWEST_DRAWN`.

    For every two models, the questions with a gain of one over the other are counted, of all questions that every model
    has candidates for: a question counts once, whatever the number of its query languages.

    Args:
        name: of the benchmark.
        runs: the folder of run files of each model that is shown, one seed of each.
        bases: the base encoder of those that have another one among ``runs``.
        benchmark: the folder of the benchmark's tables.
        questions: size of the sample; 0 for no questions at all.
        seed: of the sample.
        out: the file.

    """
    tables = read_tables(benchmark)
    ids = pc.dictionary_encode(tables.queries["query_id"].combine_chunks())
    tops = {model: read_tops(folder, tables)[:, :DEPTH] for model, folder in runs.items()}
    found = _Found(tables, tops, ids.indices.to_numpy().astype(np.int64), ids.dictionary.to_pylist())
    answered = found.answered() if questions and tops else np.empty(0, dtype=np.int64)
    chosen = set(np.random.default_rng(seed).permutation(answered)[: found.sample_size(questions)].tolist())
    correct = {model: found.correct(model)[answered] for model in found.tops} if len(answered) else {}
    extremes = {model: _extremes(correct[model] - correct[base], answered) for model, base in bases.items() if correct}
    kept = sorted(chosen.union(*(one.values() for one in extremes.values())))
    about = {"benchmark": name, "seed": seed, "sampled": len(chosen), "of": len(answered), "depth": DEPTH}
    content = _content(found, kept, Path(benchmark), bases, extremes)
    for model, wins in _wins(correct).items():
        content["models"][model]["wins"] = wins
    write_json(about | content, out)


def _extremes(gains: np.ndarray, answered: np.ndarray) -> dict[str, int]:
    """Return the numbers of the questions with the largest, the smallest and the median of these gains."""
    order = answered[np.argsort(gains, kind="stable")]
    best = answered[np.argmax(gains)]  # the first of those that are alike
    return {"gain": int(best), "loss": int(order[0]), "median": int(order[(len(order) - 1) // 2])}


def _wins(correct: Mapping[str, np.ndarray]) -> dict[str, dict[str, int]]:
    """Return on how many questions each model has more correct candidates than each other one."""
    return {
        model: {other: int(np.sum(own > theirs)) for other, theirs in correct.items() if other != model}
        for model, own in correct.items()
    }


def _content(
    found: _Found,
    kept: Sequence[int],
    benchmark: Path,
    bases: Mapping[str, str],
    extremes: Mapping[str, Mapping[str, int]],
) -> dict[str, Any]:
    """Return questions, candidates and models.

    Candidates are numbered in the order of the benchmark: texts of a language stand together, and compress better.
    """
    tables, place = found.tables, {question: number for number, question in enumerate(kept)}
    asked = [np.flatnonzero(found.question == question).tolist() for question in kept]
    relevant = [np.unique(tables.relevant[rows]).tolist() for rows in asked]
    shown = {
        model: [[[row for row in tops[query].tolist() if row >= 0] for query in rows] for rows in asked]
        for model, tops in found.tops.items()
    }
    met = sorted({row for lists in shown.values() for asked_in in lists for hits in asked_in for row in hits})
    english = english_versions(tables, met)
    number = {row: n for n, row in enumerate(sorted({*met, *english.values()}))}
    queries = pa.array([query for rows in asked for query in rows], pa.int64())
    texts = read_table(benchmark / "queries.parquet", ["language", "text"])
    languages, words = (texts[column].take(queries) for column in ("language", "text"))
    said = iter(zip(languages.to_pylist(), words.to_pylist(), strict=True))
    return {
        "questions": [
            {
                "id": found.names[question],
                "texts": dict(next(said) for _ in rows),
                "relevant": [number[row] for row in right if row in number],
            }
            for question, rows, right in zip(kept, asked, relevant, strict=True)
        ],
        "candidates": _candidates(benchmark, number, english),
        "models": {
            model: {
                "base": bases.get(model),
                **{kind: place[question] for kind, question in extremes.get(model, {}).items()},
                "hits": [[[number[row] for row in hits] for hits in lists] for lists in shown[model]],
            }
            for model in found.tops
        },
    }


def _candidates(benchmark: Path, number: Mapping[int, int], english: Mapping[int, int]) -> dict[str, list[Any]]:
    names = {"id": "candidate_id", "language": "language", "text": "passage"}
    columns: dict[str, list[Any]] = {key: [] for key in names}
    for part in read_rows(benchmark / "candidates.parquet", [*names.values()], np.array([*number], dtype=np.int64)):
        for key, name in names.items():
            columns[key] += part[name].to_pylist()
    versions = [number[english[row]] if row in english else None for row in number]
    return {**columns, "english": versions}
