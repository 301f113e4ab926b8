"""All that the page shows, as plain data: the template only lays it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from equilingual.files import read_json
from equilingual.report.bias_maps import MOST_CELLS as MOST_BIAS_CELLS
from equilingual.report.bias_maps import BiasMaps, bias_maps
from equilingual.report.board import Board, Row, read_board
from equilingual.report.charts import curve_chart, legend_line
from equilingual.report.collapse import Collapsed, collapse_remarks, collapsed_models
from equilingual.report.comparison import Comparison, compare
from equilingual.report.curves import read_curves
from equilingual.report.duplicates import Repeats, duplicate_table, duplicate_views
from equilingual.report.examples import Example, example_views
from equilingual.report.findings import Finding, finding_of
from equilingual.report.formatting import format_count, join_words, language_name, shorten
from equilingual.report.groups import group_table
from equilingual.report.heatmaps import MOST_CELLS, BenchmarkMaps, benchmark_maps
from equilingual.report.inputs import Place, ReportInputs
from equilingual.report.language_bias import Bias, BiasTable, bias_table, bias_views
from equilingual.report.records import Table, benchmark_table, data_tables, hash_tables, model_tables
from equilingual.report.searches import search_table
from equilingual.report.significance import Tested, read_tested
from equilingual.report.translations import Samples, sample_views, translation_tables
from equilingual.report.versions import version_note, version_table, versions_by_stage

Record = Mapping[str, Any]


_FEW_QUESTIONS = 200  # in a language
_LONGEST_TITLE = 300  # characters


_LEARNING = {
    "loss": "Training loss",
    "validation_loss": "Validation loss",
    "validation_map": "Mean average precision on held-out pairs, in all their languages at once",
}


@dataclass(frozen=True)
class Learning:
    """A chart over the training's steps and its legend: a sample of each line, its label, and a note."""

    caption: str
    chart: Markup
    legend: list[tuple[Markup, str, str]]


@dataclass(frozen=True)
class BiasSection:
    """The language bias on one benchmark; parts that were not measured are None or empty."""

    benchmark: str
    table: BiasTable | None
    views: list[Bias]
    maps: BiasMaps | None


@dataclass(frozen=True)
class Page:
    """The whole page, section by section; ``facts`` are terms and descriptions.

    Attributes:
        trained: whether any model that was scored was trained.
        searches: what the indexes find; None where they are exact.
        mixed_versions: which packages have several versions in the run; empty where none has.

    """

    title: str
    summary: str
    trained: bool
    facts: list[tuple[str, str]]
    findings: list[Finding]
    remarks: list[str]
    comparisons: list[Comparison]
    tested: Tested
    maps: list[BenchmarkMaps]
    groups: list[Table]
    biases: list[BiasSection]
    searches: Table | None
    learning: list[Learning]
    examples: list[Example]
    benchmarks: Table
    translations: list[Table]
    samples: list[Samples]
    data: list[Table]
    duplicates: Table
    repeats: list[Repeats]
    models: list[Table]
    mixed_versions: str
    software: list[Table]


def build_page(given: ReportInputs) -> Page:
    """Read every file and return the page as data."""
    board = read_board(given.scores, given.identities, given.intervals)
    trained, made, sources = map(_read, (given.models, given.batches, given.benchmarks))
    asked, translated, hard, repeats = map(_read, (given.queries, given.translations, given.mined, given.duplicates))
    encoded, biased = map(_read_by_name, (given.encodings, given.bias))
    collapsed = collapsed_models(encoded)
    used = versions_by_stage(
        [*translated, *asked], hard, made, trained, encoded.values(), biased.values(), given.versions
    )
    records = {str(record.get("benchmark")): record for record in sources}
    return Page(
        title=shorten(given.title, _LONGEST_TITLE),
        summary=_summary(board),
        trained=any(row.trained for row in board.rows),
        facts=_facts(board, trained, sources, encoded),
        findings=[finding_of(board, name) for name in board.benchmarks],
        remarks=_cautions(board, sources, collapsed, _read(given.fitting), asked),
        comparisons=[compare(board, name, records.get(name), collapsed) for name in board.benchmarks],
        tested=read_tested(given.comparisons),
        maps=_maps(board),
        groups=[table for name in board.benchmarks if (table := group_table(board, name, trained))],
        biases=_biases(board, records, biased),
        searches=search_table(given.index, _read_by_name(given.searches)),
        learning=_learning(given.histories, board),
        examples=example_views(_read(given.examples), board),
        benchmarks=benchmark_table(sources),
        translations=translation_tables(translated, _read(given.quality)),
        samples=sample_views(_read(given.samples)),
        data=data_tables(_read(given.corpora), hard, made, _read(given.audits), _read(given.overlaps)),
        duplicates=duplicate_table(repeats),
        repeats=duplicate_views(repeats),
        models=model_tables(trained, encoded),
        mixed_versions=version_note(used),
        software=[version_table(used)] * bool(used) + hash_tables(trained, made, sources),
    )


def _biases(board: Board, counts: Mapping[str, Record], records: Mapping[str, Record]) -> list[BiasSection]:
    """Return the language bias by benchmark, of those that have any."""
    together = [name for name in board.benchmarks if "multilingual" in board.settings(name)]
    most = MOST_BIAS_CELLS // max(1, len(together))
    sections = [
        BiasSection(
            name,
            bias_table(board, name, counts.get(name)),
            bias_views(board, name),
            bias_maps(board, name, records, most),
        )
        for name in board.benchmarks
    ]
    return [one for one in sections if one.table or one.views or one.maps]


def _maps(board: Board) -> list[BenchmarkMaps]:
    """Return the maps of mAP by benchmark, of those that have any."""
    most = MOST_CELLS // max(1, len(board.benchmarks))
    return [found for name in board.benchmarks if (found := benchmark_maps(board, name, most))]


def _read(paths: Sequence[Place]) -> list[dict[str, Any]]:
    return [read_json(path) for path in paths]


def _read_by_name(paths: Mapping[str, Place]) -> dict[str, dict[str, Any]]:
    return {name: read_json(path) for name, path in paths.items()}


def _summary(board: Board) -> str:
    """Return in one sentence how many models were scored on what."""
    if not board.rows:
        return "Nothing was scored: results/scores.csv has no row."
    trained = sum(len(board.seeds[row]) or 1 for row in board.rows if row.trained)
    untrained = sum(not row.trained for row in board.rows)
    if trained:
        models = f"{format_count(trained)} trained {_plural('model', trained)} and {format_count(untrained)} untrained"
    else:
        none = "none" if untrained > 1 else "not"
        models = f"{format_count(untrained)} {_plural('model', untrained)}, {none} trained"
    return f"{models}, scored on {join_words(board.benchmarks)}."


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _facts(
    board: Board, models: Sequence[Record], sources: Sequence[Record], encodings: Mapping[str, Record]
) -> list[tuple[str, str]]:
    rows = board.rows
    encoders = list(dict.fromkeys(row.encoder for row in rows if not row.is_lexical))
    seeds = list(dict.fromkeys(seed for found in board.seeds.values() for seed in found))
    trained_on = list(dict.fromkeys(str(tag) for model in models for tag in model.get("languages") or []))
    facts = [
        (_plural("Encoder", len(encoders)), join_words(encoders)),
        ("Training set", join_words(_sets(rows)) or "none: no trained model was scored"),
        ("Languages trained on", _languages(trained_on)),
        ("Seeds", _seeds(seeds)),
        ("Precision", _precisions(encodings)),
        ("Similarity", _similarities(encodings)),
    ]
    queries = {str(record.get("benchmark")): _questions(record) for record in sources}
    for name in board.benchmarks:
        text = _languages(board.languages[name])
        facts.append((f"Benchmark {name}", text + (f"; {queries[name]}" if queries.get(name) else "")))
    return [(term, text) for term, text in facts if text]


def _sets(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.training_set for row in rows if row.training_set is not None))


def _precisions(encodings: Mapping[str, Record]) -> str:
    """Return what the texts were encoded in, where that is not float32 alone."""
    found = sorted({str(record.get("precision") or "float32") for record in encodings.values()} - {"float32"})
    return f"texts encoded in {join_words(found)}, and not in float32" if found else ""


def _similarities(encodings: Mapping[str, Record]) -> str:
    """Return which models are scored by the dot product; nothing where all are scored by the cosine."""
    found = dict.fromkeys(name.partition("/")[0] for name, one in encodings.items() if one.get("similarity") == "dot")
    return f"dot product for {join_words(list(found))}, as declared; cosine for all others" if found else ""


def _seeds(seeds: list[str]) -> str:
    if len(seeds) == 1:
        return f"1 (seed {seeds[0]}): the page cannot say how much another seed would change"
    return f"{len(seeds)} ({', '.join(seeds)})" if seeds else ""


def _languages(tags: Sequence[str]) -> str:
    if not tags:
        return ""
    names = ", ".join(language_name(tag) for tag in tags[:16])
    more = f" and {len(tags) - 16} more" if len(tags) > 16 else ""
    return f"{len(tags)} {_plural('language', len(tags))}: {names}{more}"


def _cautions(
    board: Board,
    sources: Sequence[Record],
    collapsed: Collapsed,
    fitting: Sequence[Record],
    queries: Sequence[Record],
) -> list[str]:
    """Return what a reader must know to read the finding rightly; what makes figures meaningless comes first."""
    fitted = [fitting_remark(one, board.languages) for one in fitting]
    return [*collapse_remarks(collapsed), *_remarks(board, sources), *fitted, *map(queries_remark, queries)]


def _remarks(board: Board, sources: Sequence[Record]) -> list[str]:
    """Return which rows have seen the test's texts, and which benchmarks are small."""
    remarks = []
    if any(row.on_pool for row in board.rows):
        remarks.append(
            "A row with “-pool” in its name is debiased, without training, by the benchmark's own queries and "
            "candidates (centred: each language's mean vector is subtracted): it has seen the test's texts, which no "
            "trained model has."
        )
    for record in sources:
        sizes = [int(size.get("queries") or 0) for size in (record.get("languages") or {}).values()]
        if sizes and max(sizes) < _FEW_QUESTIONS:
            remarks.append(
                f"{record.get('benchmark')} has {max(sizes)} questions in each language: enough to see that the "
                "workflow works, too few to decide anything about a strategy."
            )
    return remarks


def fitting_remark(text: Record, languages: Mapping[str, Sequence[str]]) -> str:
    """Return what debiasing is fitted on, and which languages of the benchmarks, by their name, it lacks."""
    sizes = {str(tag): int(count) for tag, count in (text.get("texts") or {}).items()}
    fewest, most = (format_count(end(sizes.values(), default=0)) for end in (min, max))
    each = most if fewest == most else f"{fewest} to {most}"
    remark = (
        "Rows with “center”, “lir”, “lsar” or “shift” in their names, and no “-pool”, are debiased, without training, "
        f"by what was fitted on {text.get('fitting_text')}: {each} texts of each of {len(sizes)} languages, none of "
        "them a benchmark's."
    )
    for name, tags in languages.items():
        if missing := [language_name(tag) for tag in tags if tag not in sizes]:
            some = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
            remark += (
                f" It lacks {len(missing)} of the {len(tags)} languages of {name} ({some}): a method that goes by "
                "language treats those as an average one (lir: leaves them), and lsar is fitted without them."
            )
    return remark


def queries_remark(text: Record) -> str:
    """Return which queries were translated, and which were asked as they are."""
    done, rest = (text.get(key) or {} for key in ("translated", "as_they_are"))
    pairs = len(done) + len(rest)
    remark = (
        f"Queries of {text.get('benchmark')} translated by {text.get('engine')}: {len(done)} of {pairs} pairs of "
        f"languages ({format_count(sum(done.values()))} queries)"
    )
    if rest:
        remark += ", those that the engine has; in the others a query is asked as it is"
    if text.get("empty"):
        remark += f"; {format_count(int(text['empty']))} without a translation, too"
    return f"{remark}."


def _questions(record: Record) -> str:
    sizes = list((record.get("languages") or {}).values())
    totals = [sum(int(size.get(name) or 0) for size in sizes) for name in ("queries", "candidates")]
    return f"{format_count(totals[0])} queries, {format_count(totals[1])} candidates" if any(totals) else ""


def _learning(histories: Mapping[str, Place], board: Board) -> list[Learning]:
    """Return the charts of what was measured during the training; those without a curve are left out."""
    charts = []
    for measure, caption in _LEARNING.items():
        curves = [curve for curve in read_curves(histories, board, measure) if curve.smooth]
        legend = [
            (
                legend_line(curve.kind, curve.variant, curve.mode),
                f"{curve.label}: {'loss on ' if measure == 'loss' else ''}{curve.mode}",
                f"batches: {format_count(curve.batches)}, each point the mean of {format_count(curve.window)}"
                if measure == "loss"
                else f"{format_count(curve.batches)} times",
            )
            for curve in curves
        ]
        if curves:
            charts.append(Learning(caption, curve_chart(curves, caption), legend))
    return charts
