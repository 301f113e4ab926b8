"""The tables of the parallel sentences: what was read in each language, and the audit of their batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from equilingual.report.formatting import MISSING, batches_name, format_count, format_plain, is_number
from equilingual.report.records import Hash, Table, reasons_text

Record = Mapping[str, Any]


def bitext_tables(counts: Sequence[Record], overlaps: Sequence[Record], audits: Sequence[Record]) -> list[Table]:
    """Return the tables of what was read and downloaded, of overlaps and of audits; some may have no row."""
    return [_texts(counts), _fetched(counts), _overlaps(overlaps), _audits(audits)]


def _texts(counts: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in counts:
        for language, own in (record.get("languages") or {}).items():
            start = [format_plain(one) for one in (record.get("corpus"), language, record.get("licence"))]
            rows.append([*start, format_count(own.get("kept")), reasons_text(own.get("dropped"))])
    columns = ["Corpus", "Language", "Licence", "Texts kept", "Texts dropped, by the first filter that they fail"]
    return Table("Bitext: texts of parallel sentences", columns, {"Texts kept"}, rows)


def _fetched(counts: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in counts:
        for file in record.get("fetched") or []:
            trust = "as configured" if file.get("pinned") else "not checked (no sha256 configured)"
            start = [format_plain(record.get("corpus")), format_plain(file.get("source"))]
            rows.append([*start, Hash(str(file.get("sha256"))), trust])
    return Table("Downloads of bitext", ["Corpus", "From", "SHA-256", "Hash"], set(), rows)


def _overlaps(overlaps: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = [
        [format_plain(record.get("corpus")), format_plain(benchmark), format_count(count)]
        for record in overlaps
        for benchmark, count in (record.get("benchmarks") or {}).items()
    ]
    columns = ["Corpus", "Benchmark", "Sentences left out"]
    return Table("Parallel sentences that are also in a benchmark", columns, {columns[-1]}, rows)


def _audits(audits: Sequence[Record]) -> Table:
    rows: list[list[str | Hash]] = []
    for record in audits:
        found = record.get("bitext")
        if not isinstance(found, Mapping):
            continue
        share, test = found["share"], found["test"]
        start = [format_plain(record.get("training_set")), batches_name(record), format_plain(record.get("seed"))]
        interval = f"{share['share']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"
        p = f"{test['p']:.2g}" if is_number(test.get("p")) else MISSING
        wrong = sum(int(found[name]) for name in ("repeated", "same_text", "strange", "one_language", "overlapping"))
        rows.append([*start, format_count(share["batches"]), interval, f"{share['asked']:g}", p, format_count(wrong)])
    columns = ["Training set", "Strategy", "Seed", "Bitext batches", "Share [95%]", "Share asked for"]
    columns += ["Languages as asked: p", "Faults"]
    return Table("Audit of the bitext batches", columns, set(columns[2:]), rows)
