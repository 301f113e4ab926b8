"""What was trained on what, and with which software: plain tables from the manifests of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from equilingual.report.formatting import MISSING, batches_name, format_bytes, format_count, format_plain, is_number

Record = Mapping[str, Any]
_SHARED = ("passages", "questions", "ids")  # what check_overlap counts
_NEGATIVE_LANGUAGES = {"query": ", query's language", "both": ", both languages"}
_WEIGHTS = (".safetensors", ".bin", ".pt", ".onnx")


@dataclass(frozen=True)
class Hash:
    """A hash. The page shows its first digits; hover or copy it for all of them."""

    full: str

    @property
    def short(self) -> str:
        """The first twelve digits."""
        return self.full[:12]


@dataclass(frozen=True)
class Table:
    """A table of texts and hashes; ``numeric`` names the columns that stand flush right."""

    caption: str
    columns: list[str]
    numeric: set[str]
    rows: list[list[str | Hash]]


def data_tables(
    corpora: Sequence[Record],
    mined: Sequence[Record],
    batches: Sequence[Record],
    audits: Sequence[Record],
    overlaps: Sequence[Record],
) -> list[Table]:
    """Return the tables of what was read, downloaded, mined and batched, audits and overlaps; none without a row."""
    tables = [
        _corpora(corpora),
        _fetched(corpora),
        _mined(mined),
        _batches(batches),
        _audits(audits),
        _shares(audits),
        _overlaps(overlaps),
    ]
    return [table for table in tables if table.rows]


def hash_tables(models: Sequence[Record], batches: Sequence[Record], benchmarks: Sequence[Record]) -> list[Table]:
    """Return the tables of the hashes of files."""
    tables = [_benchmark_files(benchmarks), _shard_files(batches), _model_files(models)]
    return [table for table in tables if table.rows]


def benchmark_table(benchmarks: Sequence[Record]) -> Table:
    """Return licences and sizes of the benchmarks."""
    rows: list[list[str | Hash]] = []
    for record in benchmarks:
        sizes = _mapping(record.get("languages"))
        totals = [sum(_whole(size.get(name)) for size in sizes.values()) for name in ("candidates", "queries")]
        text = format_plain(record.get("candidate_text"))
        text += "; pool: judged passages only" if record.get("pool") == "judged" else ""
        numbers = [format_count(number) for number in (len(sizes), *totals)]
        start = [format_plain(record.get(name)) for name in ("benchmark", "licence")]
        rows.append([*start, text, *numbers, reasons_text(record.get("dropped")), _same_id_text(record)])
    columns = ["Benchmark", "Licence", "Candidate text", "Languages", "Candidates", "Queries"]
    columns += ["Dropped, by reason", "Candidates with the id of a query"]
    return Table("Benchmarks", columns, set(columns[3:6]), rows)


def _same_id_text(record: Record) -> str:
    """Return how many candidates have the id of a query, and whether that query is searched without them."""
    found = _mapping(record.get("same_id"))
    if not found:
        return "none"
    numbers = f"{format_count(found.get('candidates'))}, with its text: {format_count(found.get('same_text', 0))}"
    return f"{numbers}; {'excluded' if record.get('ignore_identical_ids') else 'searched, see ignore_identical_ids'}"


def _corpora(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in records:
        for language, counts in _mapping(record.get("languages")).items():
            origin = counts.get("origin", record.get("origin"))
            start = [record.get("corpus"), language, origin, record.get("licence")]
            numbers = [format_count(counts.get(name)) for name in ("questions", "published", "kept")]
            negatives = [format_count(counts.get("negatives")), reasons_text(counts.get("negatives_dropped"))]
            rows.append([*map(format_plain, start), *numbers, reasons_text(counts.get("dropped")), *negatives])
    columns = ["Corpus", "Language", "Origin", "Licence", "Questions", "Published", "Kept", "Dropped, by reason"]
    columns += ["Hard negatives", "Hard negatives dropped"]
    if all(row[-2] == MISSING for row in rows):  # most corpora have none
        columns, rows = columns[:-2], [row[:-2] for row in rows]
    return Table("Corpora: QA pairs", columns, {*columns[4:7], *columns[8:9]}, rows)


def _fetched(records: Sequence[Record]) -> Table:
    """Return the downloads of the corpora that are not among the known files."""
    rows: list[list[str | Hash]] = []
    for record in records:
        for language, counts in _mapping(record.get("languages")).items():
            for file in counts.get("fetched") or []:
                trust = "as configured" if file.get("pinned") else "not checked (no sha256 configured)"
                start = [record.get("corpus"), language, file.get("source")]
                rows.append([*map(format_plain, start), Hash(str(file.get("sha256"))), trust])
    return Table(
        "Downloads of the corpora", ["Corpus", "Language", "Source", "SHA-256", "SHA-256 checked"], set(), rows
    )


def _batches(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in records:
        unit, total, monolingual = _mixed(record)
        share = f"{monolingual / total:.3f}" if is_number(total) and total and is_number(monolingual) else MISSING
        start = [record.get("training_set"), batches_name(record), record.get("seed")]
        numbers = [format_count(record.get(name)) for name in ("batch_size", "batches")]
        numbers.append(f"{format_count(monolingual)}{unit}")
        spread = [_range(record.get(name)) for name in ("query_languages", "passage_languages")]
        alpha = f"{record['alpha']:g}" if is_number(record.get("alpha")) else MISSING
        left_out = [format_count(record.get(name)) for name in ("pairs_left_out", "duplicates_left_out")]
        rows.append([*map(format_plain, start), *numbers, share, alpha, *spread, *left_out])
    columns = ["Training set", "Strategy", "Seed", "Batch size", "Batches", "Monolingual"]
    columns += [
        "Fraction monolingual",
        "Configured α",
        "Queries per language",
        "Passages per language",
        "Pairs in too few languages",
    ]
    columns += ["Duplicates left out"]
    return Table("Batches, and the fraction that is monolingual", columns, set(columns[2:]), rows)


def _mixed(record: Record) -> tuple[str, Any, Any]:
    """Return what is monolingual or not (batches, or pairs, as a suffix), how many there are, and how many are."""
    batches = record.get("batches")
    if is_number(batches):
        batches -= _whole(_mapping(record.get("bitext")).get("batches"))
    if record.get("mix") != "pair":
        return "", batches, record.get("monolingual_batches")
    size = record.get("batch_size")
    total = batches * size if is_number(batches) and is_number(size) else None
    return " pairs", total, record.get("monolingual_pairs")


def _mined(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in records:
        scores, dropped = _mapping(record.get("scores")), _mapping(record.get("dropped"))
        medians = [_mapping(scores.get(name)).get("median") for name in ("own passage", "hardest negative")]
        numbers = [record.get("pairs"), record.get("candidates_looked_at"), *dropped.values()]
        numbers += [record.get(name) for name in ("negatives", "pairs_with_fewer", "pairs_with_none")]
        start = [format_plain(record.get(name)) for name in ("training_set", "miner", "language")]
        shown = [f"{median:.3g}" if is_number(median) else MISSING for median in medians]
        rows.append([*start, *map(format_count, numbers), *shown])
    columns = [
        "Training set",
        "Miner",
        "Language",
        "QA pairs",
        "Candidates considered",
        "Dropped: same question or passage",
    ]
    columns += ["Dropped: too similar to the positive", "Kept", "Pairs with too few", "Pairs with none"]
    columns += ["Median score of positives", "Median score of hardest negatives"]
    return Table("Mined hard negatives", columns, set(columns[3:]), rows)


def _audits(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    further = any(record.get("positives") for record in records)
    for record in records:
        share = _mapping(record.get("monolingual"))
        start = [format_plain(record.get("training_set")), batches_name(record), format_plain(record.get("seed"))]
        interval = MISSING
        if all(is_number(share.get(name)) for name in ("share", "low", "high")):
            interval = f"{share['share']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"
        alpha = f"{share['alpha']:g}" if is_number(share.get("alpha")) else MISSING
        tests = {mode: test.get("p") for mode, test in _mapping(record.get("tests")).items()}
        asked = ", ".join(f"{mode} {p:.2g}" if is_number(p) else f"{mode} –" for mode, p in tests.items())
        repeats = _mapping(record.get("duplicates"))
        characters = [_mapping(_mapping(record.get("characters")).get(side)) for side in ("query", "passage")]
        padding = [f"{side['padding']:.0%}" if is_number(side.get("padding")) else MISSING for side in characters]
        seen = {int(times): pairs for times, pairs in _mapping(record.get("seen")).items()}
        hard = _negatives_per_pair(_mapping(record.get("negatives")))
        times = f"{min(seen)} to {max(seen)}" if seen else MISSING
        found = format_count(sum(map(_whole, repeats.values())) if repeats else None)
        several = [_positives_per_query(_mapping(record.get("positives")))] if further else []
        rows.append([*start, interval, alpha, asked or MISSING, found, hard, *several, " / ".join(padding), times])
    columns = ["Training set", "Strategy", "Seed", "Fraction monolingual [95% interval]", "Configured α"]
    columns += ["Languages as configured: p", "Duplicates in a batch", "Hard negatives per pair"]
    columns += [*(["Positives per query"] if further else []), "Padding", "Uses of a pair"]
    return Table(
        "Audit of the batches (padding of queries / passages, as a share of characters)",
        columns,
        set(columns[2:]),
        rows,
    )


def _shares(records: Sequence[Record]) -> Table:
    """Return each corpus's part in the batches; none where a training set has one corpus and all of it is of use."""
    rows: list[list[str | Hash]] = []
    for record in records:
        corpora = _mapping(_mapping(record.get("corpora")).get("shares"))
        if len(corpora) < 2 and all(entry.get("usable") == entry.get("pairs") for entry in corpora.values()):
            continue
        for corpus, entry in corpora.items():
            start = [record.get("training_set"), batches_name(record), record.get("seed")]
            numbers = [format_count(entry.get(name)) for name in ("pairs", "usable", "rows")]
            shares = [f"{entry[name]:.3f}" if is_number(entry.get(name)) else MISSING for name in ("share", "asked")]
            rows.append([*map(format_plain, [*start, corpus]), *numbers, *shares])
    columns = [
        "Training set",
        "Strategy",
        "Seed",
        "Corpus",
        "QA pairs",
        "In the configured languages",
        "Rows",
        "Share of rows",
    ]
    columns += ["Expected share"]
    return Table(
        "Corpora in the batches (expected share: by size or weight, if all are in the same languages)",
        columns,
        set(columns[4:]),
        rows,
    )


def _negatives_per_pair(found: Mapping[str, Any]) -> str:
    """Return the mean of the hard negatives that a pair has, how many were asked for, and in which other language."""
    rows = {int(number): count for number, count in _mapping(found.get("rows")).items()}
    if not sum(rows.values()):
        return "none"
    mean = sum(number * count for number, count in rows.items()) / sum(rows.values())
    asked = _mapping(found.get("asked"))
    spoken = _NEGATIVE_LANGUAGES.get(str(asked.get("language")), "")
    return f"{mean:.2f} of {asked.get('count', max(rows))}{spoken}"


def _positives_per_query(found: Mapping[str, Any]) -> str:
    """Return the mean of the passages that answer a query, and how many were asked for."""
    rows = {int(number): count for number, count in _mapping(found.get("rows")).items()}
    if not sum(rows.values()):
        return "1"
    mean = 1 + sum(number * count for number, count in rows.items()) / sum(rows.values())
    return f"{mean:.2f} of {found.get('asked')}"


def _overlaps(records: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = [
        [
            format_plain(record.get("training_set")),
            format_plain(benchmark),
            *(format_count(counts.get(name)) for name in _SHARED),
            "no overlap" if not any(_whole(counts.get(name)) for name in _SHARED) else "overlap",
        ]
        for record in records
        for benchmark, counts in _mapping(record.get("benchmarks")).items()
    ]
    columns = ["Training set", "Benchmark", "Shared passages", "Shared questions", "Shared question ids", "Result"]
    return Table("Overlap of training sets and benchmarks", columns, set(columns[2:5]), rows)


def trainings(models: Sequence[Record]) -> list[Record]:
    """Return the models that were trained, without the averages of several."""
    return [model for model in models if not model.get("averaged")]


def experiment_table(models: Sequence[Record]) -> Table:
    """Return the trainings: languages, steps, pairs, last loss and hardware."""
    rows: list[list[str | Hash]] = []
    for model in trainings(models):
        languages = model.get("languages") or []
        loss = f"{model['final_loss']:.3f}" if is_number(model.get("final_loss")) else MISSING
        numbers = [format_count(model.get(name)) for name in ("steps", "pairs")]
        start = [format_plain(model.get(name)) for name in ("experiment", "seed")]
        hardware = format_plain(model.get("hardware"))
        rows.append([*start, f"{len(languages)}: {' '.join(map(str, languages))}", *numbers, loss, hardware])
    columns = ["Experiment", "Seed", "Languages", "Steps", "QA pairs", "Final loss", "Hardware"]
    return Table("Experiments", columns, {"Seed", "Steps", "QA pairs", "Final loss"}, rows)


def cut_table(models: Sequence[Record], encodings: Mapping[str, Record]) -> Table:
    """Return how many texts were longer than the encoder's length, in training and in evaluation."""
    rows: list[list[str | Hash]] = []
    for model in trainings(models):
        cut = _mapping(model.get("texts_cut"))
        seen = _whole(model.get("steps")) * _whole(_mapping(model.get("parameters")).get("batch_size"))
        counts = [f"{format_count(cut.get(name))} of {format_count(seen)}" for name in ("queries", "passages")]
        rows.append([format_plain(model.get("experiment")), "training", *counts])
    for name, record in encodings.items():
        model_name, _, benchmark = name.rpartition("/")
        parts = [_mapping(record.get(table)) for table in ("queries", "candidates")]
        counts = [f"{format_count(part.get('cut'))} of {format_count(part.get('texts'))}" for part in parts]
        rows.append([model_name, benchmark, *counts])
    columns = ["Model", "Stage or benchmark", "Truncated queries", "Truncated passages"]
    return Table("Texts longer than the encoder’s maximum length", columns, set(columns[2:]), rows)


def _benchmark_files(benchmarks: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = [
        [format_plain(record.get("benchmark")), str(file), Hash(str(digest))]
        for record in benchmarks
        for file, digest in _mapping(record.get("sources")).items()
    ]
    return Table("Benchmark files", ["Benchmark", "File", "SHA-256"], set(), rows)


def _shard_files(batches: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in batches:
        parts = (record.get("training_set"), batches_name(record), record.get("seed"))
        name = " / ".join(map(format_plain, parts))
        for shard in record.get("shards") or []:
            size = [format_count(shard.get("rows")), format_bytes(shard.get("bytes"))]
            rows.append([name, format_plain(shard.get("file")), *size, Hash(str(shard.get("sha256")))])
    columns = ["Training set / strategy / seed", "Shard", "Rows", "Size", "SHA-256"]
    return Table("Batches", columns, {"Rows", "Size"}, rows)


def _model_files(models: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for model in models:
        name = format_plain(model.get("experiment"))
        if model.get("batches_sha256"):
            rows.append([name, "its batches' manifest", MISSING, Hash(str(model["batches_sha256"]))])
        for file, entry in _mapping(model.get("files")).items():
            if file.endswith(_WEIGHTS):
                rows.append([name, file, format_bytes(entry.get("bytes")), Hash(str(entry.get("sha256")))])
    return Table("Trained models", ["Experiment", "File", "Size", "SHA-256"], {"Size"}, rows)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: object) -> int:
    return int(value) if is_number(value) else 0


def reasons_text(value: object) -> str:
    """Return ``reason: count`` for each reason, or ``none``."""
    return "; ".join(f"{reason}: {format_count(count)}" for reason, count in _mapping(value).items()) or "none"


def _range(value: object) -> str:
    """Return the least and the most over languages."""
    counts = [count for count in _mapping(value).values() if is_number(count)]
    if not counts:
        return MISSING
    low, high = format_count(min(counts)), format_count(max(counts))
    return low if low == high else f"{low} to {high}"
