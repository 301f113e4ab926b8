"""Hard negatives in batches: the right texts, in the passage's language, and never somebody's positive."""

import pytest
from hard_negatives import LANGUAGES, audit, build, corpora, numbered, spoil, write_mined, write_pairs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from equilingual.batching import BatchError
from equilingual.files import read_json
from equilingual.texts import normalize_text


def test_a_column_gives_each_pair_its_own_in_the_passages_language(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    batches, summary = build(tmp_path, files, {"count": 2, "from": ["column"]})
    for row in (row for batch in batches for row in batch):
        n, tag = row["pair_id"].removeprefix("c/p"), row["passage_language"]
        assert row["negatives"] == [f"wrong {place} for {n} in {tag}" for place in (0, 1)]
        assert row["negative_ids"] == [f"column:{place}:c/p{n}" for place in (0, 1)]
    assert {row["passage_language"] for batch in batches for row in batch} == {"en", "de"}
    asked = {"count": 2, "from": ["column"], "language": "passage"}
    assert summary["negatives"] == asked | {"rows": {"0": 0, "1": 0, "2": 24}, "missing": 0}


def test_mined_ones_are_passages_of_other_pairs_in_the_passages_language(tmp_path):
    files = write_pairs(tmp_path, numbered(40))
    mined = write_mined(tmp_path / "bm25.parquet", {f"p{n}": [f"p{(n + 20) % 40}"] for n in range(40)})
    batches, summary = build(tmp_path, files, {"count": 1, "from": ["bm25"]}, [mined])
    given_ = 0
    for batch in batches:
        members = {row["pair_id"] for row in batch}
        for row in batch:
            other = (int(row["pair_id"].removeprefix("c/p")) + 20) % 40
            if f"c/p{other}" in members:  # it is compared with every query already
                assert row["negatives"] == []
            else:
                given_ += 1
                assert row["negatives"] == [f"passage {other} in {row['passage_language']}"]
                assert row["negative_ids"] == [f"pair:c/p{other}"]
    assert given_ == summary["negatives"]["rows"]["1"] > 15


def test_sources_take_turns(tmp_path):
    files = write_pairs(tmp_path, numbered(40, column=2))
    mined = write_mined(
        tmp_path / "m.parquet", {f"p{n}": [f"p{(n + 10) % 40}", f"p{(n + 20) % 40}"] for n in range(40)}
    )
    batches, _ = build(tmp_path, files, {"count": 3, "from": ["m", "column"]}, [mined], batch_size=2, batches=3)
    kinds = [[name.split(":")[0] for name in row["negative_ids"]] for batch in batches for row in batch]
    assert ["pair", "column", "pair"] in kinds
    assert all(
        found
        in (
            ["pair", "column", "pair"],
            ["pair", "column", "column"],
            ["column", "pair", "column"],
            ["column", "column"],
        )
        for found in kinds
    )


def test_without_hard_negatives_the_shards_have_no_such_columns(tmp_path):
    batches, summary = build(tmp_path, write_pairs(tmp_path, numbered(12, column=3)), None)
    assert "negatives" not in batches[0][0]
    assert summary["negatives"] is None


def test_hard_negatives_change_no_other_column(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    (tmp_path / "a").mkdir()
    with_them, _ = build(tmp_path, files, {"count": 2, "from": ["column"]})
    without, _ = build(tmp_path / "a", files, None)
    stripped = [[{k: v for k, v in row.items() if not k.startswith("negative")} for row in b] for b in with_them]
    assert stripped == without


def test_a_text_that_is_missing_in_the_passages_language_is_passed_over(tmp_path):
    rows = numbered(12, column=3)
    rows = {
        key: (*values[:3], [None, values[3][1], " "] if key[1] == "de" else values[3]) for key, values in rows.items()
    }
    batches, summary = build(tmp_path, write_pairs(tmp_path, rows), {"count": 2, "from": ["column"]})
    for row in (row for batch in batches for row in batch):
        n, tag = row["pair_id"].removeprefix("c/p"), row["passage_language"]
        assert row["negatives"] == [f"wrong {place} for {n} in {tag}" for place in ((1,) if tag == "de" else (0, 1))]
    assert summary["negatives"]["rows"]["1"] == summary["passage_languages"]["de"]


def test_a_mined_pair_that_is_not_in_the_passages_language_is_passed_over(tmp_path):
    rows = {key: values for key, values in numbered(40).items() if key != ("p39", "de")}
    mined = {f"p{n}": ["p39", f"p{(n + 20) % 39}"] for n in range(39)} | {"p39": []}
    path = write_mined(tmp_path / "bm25.parquet", mined)
    batches, _ = build(
        tmp_path, write_pairs(tmp_path, rows), {"count": 1, "from": ["bm25"]}, [path], min_languages=1, batches=12
    )
    for batch in batches:
        members = {row["pair_id"] for row in batch}
        for row in (row for row in batch if row["passage_language"] == "de"):
            other = (int(row["pair_id"].removeprefix("c/p")) + 20) % 39
            assert row["negatives"] == [f"passage {other} in de"] * (f"c/p{other}" not in members)
    assert any(row["negatives"] == ["passage 39 in en"] for batch in batches for row in batch)


def test_a_pair_that_only_one_language_has_gets_those_of_that_language(tmp_path):
    rows = {key: values for key, values in numbered(20, column=1).items() if key not in {("p3", "de"), ("p4", "en")}}
    batches, _ = build(
        tmp_path, write_pairs(tmp_path, rows), {"count": 1, "from": ["column"]}, min_languages=1, batches=30
    )
    seen = {(row["pair_id"], row["passage_language"]) for batch in batches for row in batch}
    assert ("c/p3", "en") in seen
    for row in (row for batch in batches for row in batch):
        assert row["negatives"] == [f"wrong 0 for {row['pair_id'].removeprefix('c/p')} in {row['passage_language']}"]


def test_a_column_that_no_corpus_has_is_an_error(tmp_path):
    with pytest.raises(BatchError, match=r"no corpus of the training set has one: remove 'column' from 'from'"):
        build(tmp_path, write_pairs(tmp_path, numbered(12)), {"count": 2, "from": ["column"]})


@settings(max_examples=60, deadline=None)
@given(data=corpora(), seed=st.integers(0, 5))
def test_no_hard_negative_is_in_any_language_a_passage_of_its_batch(tmp_path_factory, data, seed):
    rows, mined = data
    folder = tmp_path_factory.mktemp("set")
    files = write_pairs(folder, rows)
    path = write_mined(folder / "m.parquet", mined)
    has_column = any(values[3] for values in rows.values())
    sources = ["column", "m"] if has_column else ["m"]
    try:
        batches, _ = build(
            folder, files, {"count": 2, "from": sources}, [path], batch_size=3, batches=4, seed=seed, min_languages=1
        )
    except BatchError:
        assume(False)
    audit(folder, files)
    for batch in batches:
        passages = {
            (tag, normalize_text(rows[row["pair_id"].removeprefix("c/"), tag][2]))
            for row in batch
            for tag in LANGUAGES
            if (row["pair_id"].removeprefix("c/"), tag) in rows
        }
        names = [name for row in batch for name in row["negative_ids"]]
        assert len(names) == len(set(names))
        for row in batch:
            for name, text in zip(row["negative_ids"], row["negatives"], strict=True):
                kind, _, rest = name.partition(":")
                place, _, pair = rest.partition(":") if kind == "column" else ("", "", rest)
                pair = pair.removeprefix("c/")
                texts = {
                    tag: values[3][int(place)] if kind == "column" else values[2]
                    for (own, tag), values in rows.items()
                    if own == pair
                }
                assert texts[row["passage_language"]] == text
                assert pair == row["pair_id"].removeprefix("c/") or kind == "pair"
                for tag, other in texts.items():
                    assert other is None or (tag, normalize_text(other)) not in passages


def test_the_manifest_and_the_bytes_are_the_same_again(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        build(tmp_path / name, files, {"count": 2, "from": ["column"]})
    for file in ("part-0.parquet", "part-1.parquet", "manifest.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert read_json(tmp_path / "a/manifest.json")["negatives"]["rows"] == {"0": 0, "1": 0, "2": 24}


def test_the_audit_counts_what_each_row_has(tmp_path):
    files = write_pairs(tmp_path, numbered(12, column=3))
    build(tmp_path, files, {"count": 2, "from": ["column"]})
    found = audit(tmp_path, files)
    assert found == {
        "asked": {"count": 2, "from": ["column"], "language": "passage"},
        "missing": 0,
        "rows": {"0": 0, "1": 0, "2": 24},
        "positives": 0,
        "answers": 0,
        "repeated": 0,
        "strange": 0,
        "foreign": 0,
        "too many": 0,
        "misplaced": 0,
    }
    build(tmp_path, files, None)
    assert audit(tmp_path, files) is None


def _positive(rows):
    rows[0]["negatives"][0], rows[0]["negative_ids"][0] = rows[1]["passage"], f"pair:{rows[1]['pair_id']}"
    rows[0]["passage_language"] = rows[1]["passage_language"]


def _repeated(rows):
    for name in ("negatives", "negative_ids"):
        rows[0][name][1] = rows[0][name][0]


def _strange(rows):
    rows[2]["negatives"][0] += " and more"


def _other_language(rows):
    here, there = ("en", "de") if rows[2]["passage_language"] == "en" else ("de", "en")
    rows[2]["negatives"][1] = rows[2]["negatives"][1].replace(f"in {here}", f"in {there}")


def _foreign(rows):
    """The third hard negative of the column, which no row has, of a pair that is not in the batch."""
    members = {row["pair_id"] for row in rows if row["batch_id"] == rows[0]["batch_id"]}
    other = next(n for n in range(12) if f"c/p{n}" not in members)
    rows[0]["negatives"][1] = f"wrong 2 for {other} in {rows[0]['passage_language']}"
    rows[0]["negative_ids"][1] = f"column:2:c/p{other}"


def _too_many(rows):
    n = rows[0]["pair_id"].removeprefix("c/p")
    rows[0]["negatives"].append(f"wrong 2 for {n} in {rows[0]['passage_language']}")
    rows[0]["negative_ids"].append(f"column:2:c/p{n}")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (_foreign, r"from the configuration:\n  1 hard negatives come from the column of another pair$"),
        (_too_many, r"from the configuration:\n  1 rows have more hard negatives than configured$"),
        (_positive, r"3 hard negatives are, in some language, a passage of a pair of the same batch"),
        (_repeated, r"3 hard negatives occur twice in the same batch, in some language"),
        (_strange, r"1 hard negatives have a text other than the one they refer to"),
        (_other_language, r"1 hard negatives have a text other than the one they refer to"),
    ],
)
def test_the_audit_finds_every_fault(tmp_path, fault, message):
    files = write_pairs(tmp_path, numbered(12, column=3))
    build(tmp_path, files, {"count": 2, "from": ["column"]})
    spoil(tmp_path, fault)
    with pytest.raises(BatchError, match=message):
        audit(tmp_path, files)


def test_a_list_that_is_shorter_in_one_language_loses_nothing_in_the_other(tmp_path):
    rows = {key: (*v[:3], v[3] if key[1] == "en" else v[3][:1]) for key, v in numbered(12, column=3).items()}
    batches, _ = build(tmp_path, write_pairs(tmp_path, rows), {"count": 3, "from": ["column"]})
    sizes = {(row["passage_language"], len(row["negatives"])) for batch in batches for row in batch}
    assert sizes == {("en", 3), ("de", 1)}


@pytest.mark.parametrize("mined", [{"p1": ["gone", "p2"]}, {"p1": ["p2"], "gone": ["p1"]}])
def test_a_file_that_was_mined_from_another_training_set_is_an_error(tmp_path, mined):
    files = write_pairs(tmp_path, numbered(12))
    path = write_mined(tmp_path / "m.parquet", mined)
    with pytest.raises(BatchError, match=r"m\.parquet: 1 of its ids are not in the training set: delete it"):
        build(tmp_path, files, {"count": 2, "from": ["m"]}, [path])


@pytest.mark.parametrize("source", ["column", "m"])
def test_what_answers_a_question_of_the_batch_elsewhere_is_no_hard_negative(tmp_path, source):
    """p0 and p1 ask one question, p1 and p2 have one passage: p1's passage is no negative where p0 is."""
    rows = numbered(6)
    for tag in LANGUAGES:
        rows["p1", tag] = ("d1", f"question 0 in {tag}", f"passage 1 in {tag}", None)
        rows["p2", tag] = ("d1", f"question 2 in {tag}", f"passage 1 in {tag}", None)
        rows["p3", tag] = (*rows["p3", tag][:3], [f"Passage 1 in {tag}!"])
    files = write_pairs(tmp_path, rows)
    mined = [write_mined(tmp_path / "m.parquet", {"p3": ["p2"]})] if source == "m" else []
    batches, _ = build(tmp_path, files, {"count": 1, "from": [source]}, mined, batch_size=2, batches=300)
    found = {True: set(), False: set()}
    for batch in batches:
        members = {row["pair_id"][2:] for row in batch}
        if "p3" in members and not members & {"p1", "p2"}:
            found["p0" in members].update(text for row in batch for text in row["negatives"])
    said = "passage" if source == "m" else "Passage"
    assert {text.strip("!") for text in found[False]} == {f"{said} 1 in {tag}" for tag in LANGUAGES}
    assert found[True] == set()
    audit(tmp_path, files)


def test_the_audit_finds_what_answers_a_question_of_the_batch_elsewhere(tmp_path):
    rows = numbered(12, column=1)
    for tag in LANGUAGES:
        rows["p1", tag] = ("d1", f"question 0 in {tag}", *rows["p1", tag][2:])
    files = write_pairs(tmp_path, rows)
    mined = write_mined(tmp_path / "m.parquet", {})
    build(tmp_path, files, {"count": 1, "from": ["column", "m"]}, [mined], batch_size=3, batches=2)

    def to_an_answer(shown):
        for row, n in zip(shown, (0, 4, 5), strict=True):
            tag = row["passage_language"]
            row |= {"pair_id": f"c/p{n}", "passage_id": f"c/d{n}", "passage": f"passage {n} in {tag}"}
            row |= {"query": f"question {n} in {row['query_language']}", "negatives": [], "negative_ids": []}
        tag = shown[2]["passage_language"]
        shown[2] |= {"negatives": [f"passage 1 in {tag}"], "negative_ids": ["pair:c/p1"]}

    spoil(tmp_path, to_an_answer)
    message = "from the configuration:\n  2 hard negatives answer, in some language, a question of the same batch$"
    with pytest.raises(BatchError, match=message):
        audit(tmp_path, files)
