"""The text that debiasing is fitted on: drawn by a seed, the same texts in every language."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.files import sha256_of
from equilingual.retrieval.debias import DebiasError, build_fitting_text


@pytest.fixture
def pairs(tmp_path):
    """Two corpora in English and German; the second has fewer pairs in German, in another order."""

    def write(corpus, language, numbers):
        rows = {
            "pair_id": [f"{n}" for n in numbers],
            "question": [f"{corpus} {language} question {n}" for n in numbers],
            "passage": [f"{corpus} {language} passage {n}" for n in numbers],
        }
        pq.write_table(pa.table(rows), tmp_path / f"{corpus}-{language}.parquet", row_group_size=7)
        return tmp_path / f"{corpus}-{language}.parquet"

    return [
        write("a", "en", range(40)),
        write("a", "de", range(40)),
        write("b", "en", range(20)),
        write("b", "de", range(19, 4, -1)),
    ]


def build(folder, files, *, texts=10, seed=1, file_format="pairs", sources=("a", "b"), languages=("en", "de")):
    options = {"files": files, "file_format": file_format, "sources": sources, "languages": languages}
    build_fitting_text(name="x", texts=texts, seed=seed, out=folder, **options)
    return [pq.read_table(folder / f"{side}.parquet").to_pylist() for side in ("queries", "candidates")]


def ids(rows, language):
    return [row["text_id"] for row in rows if row["language"] == language]


def test_questions_are_queries_and_passages_are_candidates_of_the_same_pairs(pairs, tmp_path):
    queries, candidates = build(tmp_path / "out", pairs)
    assert [row["language"] for row in queries] == ["en"] * 10 + ["de"] * 10
    for kind, rows in (("question", queries), ("passage", candidates)):
        for row in rows:
            corpus, number = row["text_id"].split("/")
            assert row["text"] == f"{corpus} {row['language']} {kind} {number}"
    assert ids(queries, "en") == ids(candidates, "en")
    assert {key.split("/")[0] for key in ids(queries, "en")} == {"a", "b"}


def test_a_pair_that_is_drawn_is_drawn_in_every_language_that_has_it(pairs, tmp_path):
    queries, _ = build(tmp_path / "out", pairs, texts=30)
    english, german = ids(queries, "en"), ids(queries, "de")
    assert len(set(english)) == len(set(german)) == 30
    missing = {f"b/{n}" for n in range(5)}  # in German
    assert [key for key in english if key not in missing] == german[: 30 - len(missing & set(english))]
    assert missing & set(english)


def test_the_seed_decides_and_a_smaller_text_is_a_part_of_a_larger_one(pairs, tmp_path):
    first = ids(build(tmp_path / "1", pairs)[0], "en")
    assert ids(build(tmp_path / "2", pairs)[0], "en") == first
    assert sorted(ids(build(tmp_path / "3", pairs, seed=2)[0], "en")) != sorted(first)
    assert ids(build(tmp_path / "4", pairs, texts=20)[0], "en")[:10] == first


def test_there_are_no_more_texts_than_a_language_has_and_the_counts_say_so(pairs, tmp_path):
    build(tmp_path / "out", pairs, texts=1000)
    counts = json.loads((tmp_path / "out/counts.json").read_text())
    assert counts["texts"] == {"en": 60, "de": 55}
    assert counts["seed"] == 1
    for name, digest in counts["files"].items():
        assert sha256_of(tmp_path / "out" / name) == digest


def test_each_line_of_a_reference_is_a_query_and_a_candidate(tmp_path):
    for language in ("en", "de"):
        lines = [f"{language} line {n}\u2028and on" for n in range(12)]
        (tmp_path / language).write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = [tmp_path / "en", tmp_path / "de"]
    queries, candidates = build(tmp_path / "out", files, file_format="lines", sources=("flores",), texts=5)
    assert queries == candidates
    assert ids(queries, "en") == ids(queries, "de")
    for row in queries:
        assert row["text"] == f"{row['language']} line {row['text_id'].removeprefix('flores/')}\u2028and on"


def test_a_squad_files_questions_come_with_their_paragraphs(tmp_path):
    questions = [[{"question": f"{p}{q}?"} for q in range(2)] for p in "ab"]
    parts = [{"context": f"paragraph {p}", "qas": own} for p, own in zip("ab", questions, strict=True)]
    (tmp_path / "en").write_text(json.dumps({"data": [{"paragraphs": parts[:1]}, {"paragraphs": parts[1:]}]}))
    options = {"file_format": "squad", "sources": ("xquad-r",), "languages": ("en",)}
    queries, candidates = build(tmp_path / "out", [tmp_path / "en"], **options)
    texts = {query["text"]: candidate["text"] for query, candidate in zip(queries, candidates, strict=True)}
    assert texts == {"a0?": "paragraph a", "a1?": "paragraph a", "b0?": "paragraph b", "b1?": "paragraph b"}


@pytest.mark.parametrize("file_format", ["pairs", "lines"])
def test_a_language_without_a_text_is_named(tmp_path, file_format):
    if file_format == "pairs":
        pq.write_table(
            pa.table({name: pa.array([], pa.string()) for name in ("pair_id", "question", "passage")}), tmp_path / "en"
        )
    else:
        (tmp_path / "en").touch()
    with pytest.raises(DebiasError, match="the calibration corpus x has no text in 'en'"):
        build(tmp_path / "out", [tmp_path / "en"], file_format=file_format, sources=("a",), languages=("en",))


def test_lines_that_are_a_benchmarks_are_not_drawn(tmp_path):
    file = tmp_path / "en"
    file.write_text("".join(f"line {number}\n" for number in range(1, 11)), encoding="utf-8")
    settings = {"file_format": "lines", "sources": ("flores",), "languages": ("en",), "texts": 100, "seed": 1}
    build_fitting_text(name="x", files=[file], out=tmp_path / "out", left_out=[(3, 8), (10, 10)], **settings)
    rows = pq.read_table(tmp_path / "out/queries.parquet").to_pylist()
    assert {(row["text_id"], row["text"]) for row in rows} == {
        ("flores/0", "line 1"),
        ("flores/1", "line 2"),
        ("flores/8", "line 9"),
    }
