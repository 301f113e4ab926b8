"""The calibration corpus of debiasing: where it comes from, and whether methods may and can be fitted on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from os.path import normpath

from equilingual.catalogues import listed
from equilingual.catalogues.debiasing import METHODS, POOL_METHODS, fewest_languages
from equilingual.config.benchmarks import Benchmark
from equilingual.config.evaluation import FEWEST
from equilingual.config.experiments import BenchmarkSource, benchmark_sources
from equilingual.config.models import Config
from equilingual.registry import known_benchmarks, known_references

PIVOT = "en"  # of the references: SHIFT shifts candidates to it


@dataclass(frozen=True)
class FittingSource:
    """Where the calibration corpus comes from.

    Attributes:
        file_format: ``pairs`` for a training set; ``lines`` or ``squad``, of a reference.
        sources: the names of the training set's corpora, or of the reference.
        languages: BCP-47 tags, in order.
        source: the language that SHIFT shifts candidates to.
        files: of a reference, by language, as paths of known downloads; none of a training set.
        left_out: (first, last) lines of every file, from 1, that benchmarks use and no method is fitted on.

    """

    file_format: str
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    source: str
    files: tuple[str, ...] = ()
    left_out: tuple[tuple[int, int], ...] = ()


def fitting_sources(config: Config) -> dict[str, FittingSource]:
    """Return where the calibration corpus comes from, by its name; empty if no method needs one."""
    name = config.evaluation.calibration_corpus
    if name is None or not any(entry.is_fitted for entry in config.evaluation.debias):
        return {}
    if name in config.training_sets:
        training_set = config.training_sets[name]
        return {name: FittingSource("pairs", training_set.corpora, training_set.languages, training_set.source)}
    reference = known_references()[name]
    asked = {PIVOT, *(tag for source in benchmark_sources(config).values() for tag in source.languages)}
    files = {tag: file["path"] for tag, file in reference["files"].items() if tag in asked}
    shared = [one.lines for key, one in config.benchmarks.items() if one.lines and key in _built_from(config, name)]
    text = FittingSource(reference["format"], (name,), tuple(files), PIVOT, tuple(files.values()), tuple(shared))
    return {name: text}


def fitting_problems(config: Config) -> list[str]:
    """Return a line for each reason why debiasing must not or cannot be fitted: the key, and what to do."""
    benchmarks = benchmark_sources(config)
    lines = [*_rank_problems(config, benchmarks), *_mining_problems(config, benchmarks)]
    for name, text in fitting_sources(config).items():
        for benchmark, source in benchmarks.items():
            shares = benchmark in _built_from(config, name)
            if shares and name in known_references() and config.benchmarks[benchmark].lines:
                lines += _left_problems(benchmark, text)
            elif shares:
                part = (
                    f", restrict the benchmark to some lines (benchmarks.{benchmark}.lines)"
                    if "lines" in source.format.options
                    else ""
                )
                lines.append(
                    f"evaluation.calibration_corpus: the benchmark {benchmark} is built from {name}, and no method may "
                    f"be fitted on the text it is tested on: choose another corpus{part}, or a method that is fitted "
                    f"on the pool and says so ({', '.join(POOL_METHODS)})"
                )
            lines += _language_problems(config, name, text, benchmark, source)
            if benchmark == f"fit-{name}":
                lines.append(
                    f"benchmarks.{benchmark}: this name is used by the calibration corpus; choose another name"
                )
    return lines


def _left_problems(benchmark: str, text: FittingSource) -> Iterator[str]:
    """Yield that the lines of benchmarks leave too few lines of a reference to fit on."""
    lines = known_benchmarks()[text.sources[0]]["count"][0]
    left = sum(not any(first <= line <= last for first, last in text.left_out) for line in range(1, lines + 1))
    if left < FEWEST:
        yield (
            f"benchmarks.{benchmark}.lines: the benchmarks leave {left} of {lines} lines of {text.sources[0]} to fit "
            f"debiasing on: leave {FEWEST} or more, or choose another calibration corpus"
        )


def _language_problems(
    config: Config, name: str, text: FittingSource, benchmark: str, source: BenchmarkSource
) -> Iterator[str]:
    by_language = [entry.label for entry in config.evaluation.debias if entry.is_fitted and entry.row.by_language]
    if by_language and source.format.candidate_languages == "many":
        yield (
            f"evaluation.debias: {', '.join(by_language)} must be fitted in every language of {benchmark}, whose "
            f"candidates are in many others: use {_by_no_language()}, which needs none of them, or methods that are "
            "fitted on the pool"
        )
        return
    missing = [tag for tag in source.languages if tag not in text.languages]
    if by_language and missing and config.evaluation.calibration_missing == "refuse":
        lsar = f"use {_by_no_language()}, which does not need them, " if len(text.languages) > 1 else ""
        yield (
            f"evaluation.debias: {', '.join(by_language)} must be fitted in every language of {benchmark}, but {name} "
            f"lacks {', '.join(missing)}: choose another 'calibration_corpus', {lsar}or set "
            "'calibration_missing: average', which uses the mean over all languages for those"
        )


def _mining_problems(config: Config, benchmarks: dict[str, BenchmarkSource]) -> Iterator[str]:
    """Yield that a method that moves only candidates has no effect in bitext mining, which encodes queries only."""
    mined = [benchmark for benchmark, source in benchmarks.items() if source.is_mined]
    still = [entry.label for entry in config.evaluation.debias if not entry.row.moves_queries]
    if mined and still:
        yield (
            f"evaluation.debias: {', '.join(still)} moves only candidates, but both sides of {', '.join(mined)} are "
            "encoded as queries: use a configuration without it for this benchmark"
        )


def _rank_problems(config: Config, benchmarks: dict[str, BenchmarkSource]) -> Iterator[str]:
    """Yield that a method that removes differences of languages has too few languages for its rank."""
    texts = [set(text.languages) for text in fitting_sources(config).values()]
    for entry in config.evaluation.debias:
        for benchmark, source in benchmarks.items() if not entry.row.by_language else ():
            # As debias_embeddings takes them: the benchmark's languages that the text has, or all where these are few.
            needed = fewest_languages(entry.row, entry.rank)
            one_language = source.format.candidate_languages == "english"
            fitted_on = {PIVOT} if one_language else set(source.languages)
            if entry.is_fitted:
                shared = set(source.languages) & texts[0]
                fitted_on = shared if len(shared) >= needed else texts[0]
            if len(fitted_on) < needed:
                yield (
                    f"evaluation.debias: {entry.label} needs {needed} languages or more, but is fitted "
                    f"on {len(fitted_on)} for {benchmark}: choose a lower rank, or another method"
                )


def _by_no_language() -> str:
    """Return the methods that need no language when they are applied."""
    return listed([name for name, row in METHODS.items() if not row.by_language])


def _built_from(config: Config, name: str) -> set[str]:
    """Return the benchmarks that are built from a calibration corpus: from its files, or others with its texts."""
    own = _files(config, name)
    return {
        benchmark
        for benchmark, source in benchmark_sources(config).items()
        if own & {_place(str(place.download or place.file), bool(place.download)) for place in source.places}
        or (
            name not in config.training_sets
            and source.format.texts_of == name
            and _may_be_of(config.benchmarks[benchmark], name)
        )
    }


def _may_be_of(benchmark: Benchmark, name: str) -> bool:
    """Return whether a benchmark may have the texts of a calibration corpus of the same format."""
    return benchmark.known in (None, name, "belebele") and benchmark.split != "devtest"  # a reference is dev


def _files(config: Config, name: str) -> set[str]:
    """Return the files of a calibration corpus, in all languages."""
    if name in config.training_sets:
        places = [
            place
            for corpus in config.training_sets[name].corpora
            for files in config.corpora[corpus].files.values()
            for places in files.by_role().values()
            for place in places
        ]
        return {_place(str(place.download or place.file), bool(place.download)) for place in places}
    return {_place(file["path"], True) for file in known_references()[name]["files"].values()}


def _place(file: str, is_download: bool) -> str:
    return f"download {file}" if is_download else normpath(file)
