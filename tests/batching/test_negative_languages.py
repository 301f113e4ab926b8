"""Hard negatives in the language of the query, or in both: which texts a row has, what is skipped, what the audit says."""

import pytest
from hard_negatives import audit, build, corpora, numbered, spoil, write_mined, write_pairs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equilingual.batching import BatchError
from equilingual.files import read_json


def rows_of(batches):
    return [row for batch in batches for row in batch]


def cross(rows):
    """Return the rows in two languages, of which there are some."""
    found = [row for row in rows if row["query_language"] != row["passage_language"]]
    assert found
    return found


def test_in_the_query_s_language_each_text_is_in_that_of_its_row_s_query(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    batches, summary = build(tmp_path, files, {"count": 2, "from": ["column"], "language": "query"})
    for row in rows_of(batches):
        n, tag = row["pair_id"].removeprefix("c/p"), row["query_language"]
        assert row["negatives"] == [f"wrong {place} for {n} in {tag}" for place in (0, 1)]
        assert row["negative_ids"] == [f"column:{place}:c/p{n}" for place in (0, 1)]
        assert row["negative_languages"] == [tag] * 2
    cross(rows_of(batches))
    assert summary["negatives"]["language"] == "query"
    assert audit(tmp_path, files)["misplaced"] == 0


@pytest.mark.parametrize("source", ["column", "m"])
def test_in_both_languages_each_has_the_text_beside_the_passage_and_then_that_beside_the_query(tmp_path, source):
    files = write_pairs(tmp_path, numbered(40, column=3))
    mined = [write_mined(tmp_path / "m.parquet", {f"p{n}": [f"p{(n + 20) % 40}"] for n in range(40)})]
    asked = {"count": 2, "from": [source], "language": "both"}
    batches, summary = build(tmp_path, files, asked, mined if source == "m" else [], batches=12)
    for batch in batches:
        members = {row["pair_id"] for row in batch}
        for row in batch:
            n = int(row["pair_id"].removeprefix("c/p"))
            tags = list(dict.fromkeys([row["passage_language"], row["query_language"]]))
            if source == "column":
                expected = [(f"wrong {p} for {n} in {tag}", f"column:{p}:c/p{n}", tag) for p in (0, 1) for tag in tags]
            else:
                other = (n + 20) % 40
                there = f"c/p{other}" not in members
                expected = [(f"passage {other} in {tag}", f"pair:c/p{other}", tag) for tag in tags] if there else []
            columns = (row["negatives"], row["negative_ids"], row["negative_languages"])
            assert list(zip(*columns, strict=True)) == expected
    cross(rows_of(batches))
    most = "2" if source == "column" else "1"
    assert summary["negatives"]["rows"][most] == sum(bool(row["negatives"]) for row in rows_of(batches))
    found = audit(tmp_path, files)
    assert found["rows"] == summary["negatives"]["rows"]
    assert not any(found[name] for name in ("positives", "answers", "repeated", "strange", "misplaced", "too many"))


def test_the_language_changes_no_other_column(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    found = []
    for language in ("passage", "query", "both"):
        batches, _ = build(tmp_path, files, {"count": 2, "from": ["column"], "language": language})
        found.append([{k: v for k, v in row.items() if not k.startswith("negative")} for row in rows_of(batches)])
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("language", ["passage", "query", "both"])
def test_a_negative_without_a_text_in_the_language_is_skipped_and_counted(tmp_path, language):
    """The first of three is missing in German; in both languages, it is missing wherever one of them is German."""
    rows = {
        key: (*values[:3], [None, *values[3][1:]] if key[1] == "de" else values[3])
        for key, values in numbered(12, column=3).items()
    }
    files = write_pairs(tmp_path, rows)
    batches, summary = build(tmp_path, files, {"count": 1, "from": ["column"], "language": language}, batches=12)
    missing = 0
    for row in rows_of(batches):
        asked = {"passage": [row["passage_language"]], "query": [row["query_language"]]}
        tags = asked.get(language, list(dict.fromkeys([row["passage_language"], row["query_language"]])))
        missing += "de" in tags
        place, n = int("de" in tags), row["pair_id"].removeprefix("c/p")
        assert row["negatives"] == [f"wrong {place} for {n} in {tag}" for tag in tags]
    cross(rows_of(batches))
    assert 0 < missing < 48
    assert summary["negatives"]["missing"] == missing
    assert audit(tmp_path, files)["missing"] == missing


def test_only_a_missing_text_counts_as_missing(tmp_path):
    """p39 is missing in German, and never counted where another member of the batch rules it out already."""
    rows = {key: values for key, values in numbered(40).items() if key != ("p39", "de")}
    path = write_mined(tmp_path / "m.parquet", {f"p{n}": ["p39"] for n in range(39)} | {"p39": []})
    asked = {"count": 1, "from": ["m"], "language": "query"}
    batches, summary = build(tmp_path, write_pairs(tmp_path, rows), asked, [path], min_languages=1, batches=30)
    missing = 0
    for batch in batches:
        used = any(row["pair_id"] == "c/p39" for row in batch)
        for row in batch:
            if row["query_language"] == "de":
                assert row["negatives"] == []
                missing += not used
            elif not used:
                assert row["negatives"] == ["passage 39 in en"]
                used = True
    assert summary["negatives"]["missing"] == missing > 0


def test_a_text_that_is_the_same_in_both_languages_is_no_repeat(tmp_path):
    rows = {key: (*values[:3], ["Berlin", *values[3][1:]]) for key, values in numbered(12, column=2).items()}
    rows |= {("p1", tag): (*rows["p1", tag][:3], ["Bern"]) for tag in ("en", "de")}
    files = write_pairs(tmp_path, rows)
    batches, _ = build(tmp_path, files, {"count": 1, "from": ["column"], "language": "both"}, batches=12)
    assert any(row["negatives"] in (["Berlin"] * 2, ["Bern"] * 2) for row in rows_of(batches))
    assert audit(tmp_path, files)["repeated"] == 0


@settings(max_examples=40, deadline=None)
@given(data=corpora(), seed=st.integers(0, 5), language=st.sampled_from(["query", "both"]))
def test_whatever_the_corpus_the_audit_finds_no_problem(tmp_path_factory, data, seed, language):
    rows, mined = data
    folder = tmp_path_factory.mktemp("set")
    files = write_pairs(folder, rows)
    path = write_mined(folder / "m.parquet", mined)
    sources = ["column", "m"] if any(values[3] for values in rows.values()) else ["m"]
    asked = {"count": 2, "from": sources, "language": language}
    try:
        batches, _ = build(folder, files, asked, [path], batch_size=3, batches=4, seed=seed, min_languages=1)
    except BatchError:
        assume(False)
    audit(folder, files)
    for row in rows_of(batches):
        for name, tag, text in zip(row["negative_ids"], row["negative_languages"], row["negatives"], strict=True):
            kind, _, rest = name.partition(":")
            place, _, pair = rest.partition(":") if kind == "column" else ("", "", rest)
            values = rows[pair.removeprefix("c/"), tag]
            assert text == (values[3][int(place)] if kind == "column" else values[2])


def _in_the_passage_s_language(rows):
    """As the default has it: one text of a row that has two languages."""
    row = cross(rows)[0]
    n, tag = row["pair_id"].removeprefix("c/p"), row["passage_language"]
    row["negatives"][-1], row["negative_languages"][-1] = f"wrong 1 for {n} in {tag}", tag


def _left_out(rows):
    row = cross(rows)[0]
    for name in ("negatives", "negative_ids", "negative_languages"):
        row[name].pop()


def _said_to_be_in_another(rows):
    row = cross(rows)[0]
    row["negative_languages"][-1] = row["passage_language"]


def _repeated(rows):
    row = cross(rows)[0]
    for name in ("negatives", "negative_ids", "negative_languages"):
        row[name][2:] = row[name][:2]


@pytest.mark.parametrize(
    ("language", "fault", "message"),
    [
        (
            "query",
            _in_the_passage_s_language,
            r":\n  2 texts of hard negatives are in another language than configured",
        ),
        (
            "both",
            _in_the_passage_s_language,
            r"1 texts of hard negatives are in another language than configured, or a",
        ),
        (
            "both",
            _left_out,
            r":\n  1 texts of hard negatives are in another language than configured, or are missing in",
        ),
        ("both", _said_to_be_in_another, r"1 hard negatives have a text other than the one they refer to"),
        ("both", _repeated, r"hard negatives occur twice in the same batch, in some language"),
    ],
)
def test_the_audit_finds_every_fault(tmp_path, language, fault, message):
    files = write_pairs(tmp_path, numbered(12, column=3))
    build(tmp_path, files, {"count": 2, "from": ["column"], "language": language})
    spoil(tmp_path, fault)
    with pytest.raises(BatchError, match=message):
        audit(tmp_path, files)


def test_a_manifest_with_another_language_is_not_the_configuration_s(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    build(tmp_path, files, {"count": 2, "from": ["column"], "language": "query"})
    message = "the manifest's hard negatives are {.*'language': 'query'}, the configuration's {.*'language': 'passage'}"
    with pytest.raises(BatchError, match=message):
        audit(tmp_path, files, language="passage")


def test_the_audit_finds_negatives_in_a_language_that_the_configuration_does_not_ask_for(tmp_path, monkeypatch):
    """The manifest says query, and the batches have the passages' language."""
    files = write_pairs(tmp_path, numbered(12, column=3))
    build(tmp_path, files, {"count": 2, "from": ["column"], "language": "query"})

    def as_by_default(rows):
        for row in rows:
            n, tag = row["pair_id"].removeprefix("c/p"), row["passage_language"]
            row["negatives"] = [f"wrong {place} for {n} in {tag}" for place in (0, 1)]
            row["negative_languages"] = [tag] * 2

    spoil(tmp_path, as_by_default)
    with pytest.raises(BatchError, match=r":\n  \d+ texts of hard negatives are in another language than configured"):
        audit(tmp_path, files)
    assert read_json(tmp_path / "manifest.json")["negatives"]["language"] == "query"
