"""What a report is made of: the files that a run leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike

Place = str | PathLike[str]


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """The files of a run, and what no file says.

    Attributes:
        title: of the page.
        scores: ``results/scores.csv``.
        intervals: ``results/intervals.csv``.
        identities: ``results/models.json``.
        comparisons: ``results/comparisons.csv``.
        models: the manifest of each trained model.
        histories: the losses of each experiment, by its name.
        mined: counts of the hard negatives that were mined, one file per training set and miner.
        batches: the manifests of the batches.
        audits: the audits of the batches.
        corpora: counts of the corpora, one file per corpus and language.
        translations: counts of the translations.
        samples: translated pairs to look at, one file per corpus and language.
        quality: scores of the engines on human translations.
        duplicates: counts of the pairs that repeat another, one file per training set.
        overlaps: what the training sets share with the benchmarks.
        benchmarks: counts of the benchmarks.
        examples: questions with what the models have first, one file per benchmark.
        encodings: counts of texts and tokens, and of texts that were cut, by ``{model}/{benchmark}``.
        bias: what of the language bias is no single figure, by ``{model}/{benchmark}``.
        searches: what the indexes find of what an exact search finds, by ``{model}/{benchmark}``.
        fitting: counts of the text that debiasing is fitted on.
        queries: counts of the queries that were translated, one file per benchmark and engine.
        index: the kind of the indexes.
        versions: of the packages behind this page.
        tests: ``alpha`` and ``permutations`` of the comparisons.
        over_seeds: 95% intervals over questions and seeds, by ``{group}/{benchmark}``.
        bitext: counts of the parallel sentences, one file per corpus.
        bitext_overlaps: what these share with the benchmarks, likewise.
        run: ``results/run.json``; None where the scores are not of a workflow's run.

    """

    title: str
    scores: Place
    intervals: Place
    identities: Place
    comparisons: Place
    models: Sequence[Place]
    histories: Mapping[str, Place]
    mined: Sequence[Place]
    batches: Sequence[Place]
    audits: Sequence[Place]
    corpora: Sequence[Place]
    translations: Sequence[Place]
    samples: Sequence[Place]
    quality: Sequence[Place]
    duplicates: Sequence[Place]
    overlaps: Sequence[Place]
    benchmarks: Sequence[Place]
    examples: Sequence[Place]
    encodings: Mapping[str, Place]
    bias: Mapping[str, Place]
    searches: Mapping[str, Place]
    fitting: Sequence[Place]
    queries: Sequence[Place]
    index: str
    versions: Mapping[str, str]
    tests: Mapping[str, float]
    over_seeds: Mapping[str, Place] = field(default_factory=dict)
    bitext: Sequence[Place] = ()
    bitext_overlaps: Sequence[Place] = ()
    run: Place | None = None
