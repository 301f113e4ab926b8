"""Sentences that are also in a benchmark."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import record_tables

from equilingual.bitext_files import ID, sentence_schema
from equilingual.corpora import OverlapError
from equilingual.corpora.bitext_overlap import check_bitext
from equilingual.files import read_json
from equilingual.parquet import write_parquet

ROWS = [
    {ID: "1", "en": "The Moon is far.", "de": "Der Mond ist weit weg."},
    {ID: "2", "en": "The Sun is far.", "de": "Wie weit ist der Mond"},
    {ID: "3", "en": None, "de": "DER Mond, ist weit weg"},
    {ID: "4", "en": "Water boils.", "de": "Wasser kocht."},
]


@pytest.fixture
def check(tmp_path):
    """Return a function that checks sentences against the texts of a benchmark, and returns (rows, counts)."""

    def run(passages=(), questions=(), validation=(), rows=ROWS):
        folder = tmp_path / "bench"
        folder.mkdir(exist_ok=True)
        tables = {"candidates": ("passage", passages), "queries": ("text", questions)}
        for name, (column, texts) in tables.items():
            content = {"language": [language for language, _ in texts], column: [text for _, text in texts]}
            pq.write_table(
                pa.table(content, pa.schema([(key, pa.string()) for key in content])), folder / f"{name}.parquet"
            )
        record_tables(folder)
        write_parquet(pa.Table.from_pylist(rows, schema=sentence_schema(["en", "de"])), tmp_path / "s.parquet")
        held_out = tmp_path / "v.parquet" if validation else None
        if validation:
            columns = {"language": ["en"], "question": [validation[0]], "passage": [validation[1]]}
            write_parquet(pa.table(columns), held_out)
        check_bitext(
            corpus="c",
            sentences=tmp_path / "s.parquet",
            benchmarks={"bench": folder},
            validation=held_out,
            out=tmp_path / "o.parquet",
            counts_out=tmp_path / "o.json",
        )
        return pq.read_table(tmp_path / "o.parquet").to_pylist(), read_json(tmp_path / "o.json")

    return run


def test_a_sentence_with_a_text_of_a_benchmark_is_listed_whole_whatever_its_language_case_and_marks(check):
    rows, counts = check(
        [("en", "the moon is far!"), ("de", "Der Mond ist weit weg")], [("de", "Wie weit ist der Mond?")]
    )
    assert [(row["row"], row[ID], row["benchmark"]) for row in rows] == [
        (0, "1", "bench"),
        (1, "2", "bench"),
        (2, "3", "bench"),
    ]
    assert counts["left_out"] == 3
    assert counts["benchmarks"] == {"bench": 3}


def test_no_overlap_is_an_empty_list(check):
    rows, counts = check([("en", "Something else.")])
    assert (rows, counts["left_out"], counts["benchmarks"]) == ([], 0, {"bench": 0})


def test_validation_pairs_are_left_out_too(check):
    rows, counts = check(validation=("Water boils?", "A passage."))
    assert [row[ID] for row in rows] == ["4"]
    assert counts["benchmarks"] == {"bench": 0, "validation": 1}


@pytest.mark.parametrize(("there", "refused"), [(10, True), (9, False)])
def test_half_of_a_benchmark_in_one_language_stops_the_run(check, there, refused):
    rows = [{ID: str(n), "en": f"Sentence {n} of it.", "de": f"Satz {n}"} for n in range(there)]
    passages = [("en", f"sentence {n} of it") for n in range(20)] + [("de", f"anderes {n}") for n in range(20)]
    if refused:
        with pytest.raises(OverlapError, match=r"corpora\.c has 10 of the 20 passages of the benchmark bench in en"):
            check(passages, rows=rows)
    else:
        assert check(passages, rows=rows)[1]["left_out"] == 9
