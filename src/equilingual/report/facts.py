"""What was run, in words: encoders, training sets, languages, seeds, and what a reader must know of the baselines."""

from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.catalogues.debiasing import METHODS
from equilingual.report.board import Board, Row
from equilingual.report.formatting import format_count, join_words, language_name
from equilingual.report.leaderboard import OWN_TEXTS
from equilingual.report.run import Run

Record = Mapping[str, Any]
_BATCHES = {
    "mono": "monolingual: questions and passages in one language",
    "cross": "cross-lingual: questions in one language, passages in another",
    "hybrid": "hybrid: each batch is monolingual with probability α, else cross-lingual",
}
_INDEXES = "All scores are from exact search. The indexes are approximate; their recall against exact search is below."


def facts_of(run: Run) -> list[tuple[str, str]]:
    """Return facts as terms and descriptions."""
    return _facts(run.board, run.records("models"), run.records("benchmarks"), run.named("encodings"))


def remarks_of(run: Run) -> list[str]:
    """Return what a reader must know of the rows and of the queries, as sentences."""
    fitted = [fitting_remark(one, run.board.languages) for one in run.records("fitting")]
    indexes = "" if run.inputs.index == "exact" else _INDEXES
    return [*_remarks(run.board), *fitted, *map(queries_remark, run.records("queries")), *filter(None, [indexes])]


def _facts(
    board: Board, models: Sequence[Record], sources: Sequence[Record], encodings: Mapping[str, Record]
) -> list[tuple[str, str]]:
    rows = board.rows
    encoders = list(dict.fromkeys(row.encoder for row in rows if not row.is_lexical))
    trained_on = list(dict.fromkeys(str(tag) for model in models for tag in model.get("languages") or []))
    facts = [
        (_plural("Encoder", len(encoders)), join_words(encoders)),
        ("Training set", join_words(_sets(rows)) or "none: no trained model was scored"),
        ("Languages trained on", _languages(trained_on)),
        ("Batches", _batches(rows)),
        ("Debiasing", _debiasing(rows)),
        ("Bitext", _bitext(models)),
        ("Seeds", _seeds([found for found in board.seeds.values() if found])),
        ("Precision", _precisions(encodings)),
        ("Similarity", _similarities(encodings)),
    ]
    queries = {str(record.get("benchmark")): _questions(record) for record in sources}
    for name in board.benchmarks:
        text = _languages(board.languages[name])
        facts.append((f"Benchmark {name}", text + (f"; {queries[name]}" if queries.get(name) else "")))
    return [(term, text) for term, text in facts if text]


def _batches(rows: Sequence[Row]) -> str:
    """Return what the kinds of batches are."""
    kinds = {row.kind for row in rows if row.trained}
    return "; ".join(text for kind, text in _BATCHES.items() if kind in kinds)


def _debiasing(rows: Sequence[Row]) -> str:
    """Return what each method of debiasing does."""
    steps = [part for row in rows for part in row.debias.split("+")]
    names = dict.fromkeys(name for part in steps if (name := part.partition("-")[0]) in METHODS)
    return "; ".join(f"{METHODS[name].label or name}: {METHODS[name].about}" for name in names)


def _bitext(models: Sequence[Record]) -> str:
    """Return which parallel sentences models were trained on; nothing where none were."""
    found = [bitext for model in models if (bitext := model.get("bitext"))]
    corpora = list(dict.fromkeys(corpus for bitext in found for corpus in bitext["corpora"]))
    tags = list(dict.fromkeys(tag for bitext in found for tag in bitext["languages"]))
    shares = list(dict.fromkeys(f"{bitext['share']:.0%}" for bitext in found))
    return f"{join_words(corpora)} in {_languages(tags)}; {join_words(shares)} of the batches" if found else ""


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


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


def _seeds(by_model: Sequence[Sequence[str]]) -> str:
    """Return how many seeds the models have, and which; nothing where none was trained."""
    seeds = list(dict.fromkeys(seed for found in by_model for seed in found))
    if len(seeds) == 1:
        return f"1 (seed {seeds[0]}): the variation between seeds is unknown"
    if not seeds:
        return ""
    fewest, most = min(map(len, by_model)), max(map(len, by_model))
    number = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    own = "" if fewest == len(seeds) else " per model"  # else some models have others
    return f"{number}{own} ({', '.join(seeds)})"


def _languages(tags: Sequence[str]) -> str:
    if not tags:
        return ""
    names = ", ".join(language_name(tag) for tag in tags[:16])
    more = f" and {len(tags) - 16} more" if len(tags) > 16 else ""
    return f"{len(tags)} {_plural('language', len(tags))}: {names}{more}"


def _remarks(board: Board) -> list[str]:
    """Return which models have seen the test's texts."""
    if not any(row.on_pool for row in board.rows):
        return []
    return [
        f"Models marked “{OWN_TEXTS}” (“-pool” in their names) are debiased without training, with statistics of the "
        "queries and candidates of the benchmark they are tested on (centring subtracts each language’s mean vector). "
        "They have seen the texts of the test, though not which candidate is relevant; no other model has."
    ]


def fitting_remark(text: Record, languages: Mapping[str, Sequence[str]]) -> str:
    """Return what debiasing is fitted on, and which languages of the benchmarks, by their name, it lacks."""
    sizes = {str(tag): int(count) for tag, count in (text.get("texts") or {}).items()}
    fewest, most = (format_count(end(sizes.values(), default=0)) for end in (min, max))
    each = most if fewest == most else f"{fewest} to {most}"
    remark = (
        "The other debiased models (“center”, “lir”, “lsar”, “shift”, “csls” or “center-csls” without “-pool”) are "
        f"debiased without training, too, with statistics of {text.get('fitting_text')} in place of the benchmark’s "
        f"texts: {each} texts in each of {len(sizes)} languages, none of them from a benchmark."
    )
    for name, tags in languages.items():
        if missing := [language_name(tag) for tag in tags if tag not in sizes]:
            some = ", ".join(missing[:8]) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
            remark += (
                f" It lacks {len(missing)} of the {len(tags)} languages of {name} ({some}). A method that works by "
                "language treats these as an average one (lir leaves them as they are), and lsar is fitted without "
                "them."
            )
    return remark


def queries_remark(text: Record) -> str:
    """Return which queries were translated, and which were searched untranslated."""
    done, rest = (text.get(key) or {} for key in ("translated", "as_they_are"))
    pairs = len(done) + len(rest)
    remark = (
        f"Queries of {text.get('benchmark')} translated by {text.get('engine')}: {len(done)} of {pairs} pairs of "
        f"languages ({format_count(sum(done.values()))} queries)"
    )
    if rest:
        remark += ", which the engine supports; in the others, queries are searched untranslated"
    if text.get("empty"):
        remark += f"; {format_count(int(text['empty']))} without a translation are searched untranslated, too"
    return f"{remark}."


def _questions(record: Record) -> str:
    sizes = list((record.get("languages") or {}).values())
    totals = [sum(int(size.get(name) or 0) for size in sizes) for name in ("queries", "candidates")]
    return f"{format_count(totals[0])} queries, {format_count(totals[1])} candidates" if any(totals) else ""
