"""Further positives in written batches: their texts, what the audit counts, and every fault that it finds."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batching_sets import strategy_of
from hard_negatives import spoil, write_mined

from equilingual.batching import BatchError, BatchReader, audit_batches, build_batches, shards
from equilingual.config.batch_settings import BatchSettings
from equilingual.files import read_json, write_json
from equilingual.training_sets import TrainingSetFiles

LANGUAGES = ["en", "de", "zh", "es"]


@pytest.fixture
def build(tmp_path, corpus):
    """Return a function that builds batches with further positives, and returns what was asked for and the rows."""
    files = {"c": corpus(40, LANGUAGES, missing={("zh", n) for n in range(10)} | {("es", n) for n in range(5)})}

    def run(positives=3, *, folder=tmp_path, mined=(), strategy=None, **settings):
        asked = {
            "training_set": TrainingSetFiles("t", LANGUAGES, files, min_languages=2),
            "strategy": strategy or strategy_of("hybrid", 0.5),
            "settings": BatchSettings(**{"batch_size": 6, "batches": 100} | settings),
            "seed": 1,
            "positives": positives,
        }
        build_batches(**asked, mined=mined, shards=[folder / "part-0.parquet"], manifest=folder / "manifest.json")
        reader = BatchReader(folder / "manifest.json")
        return asked, [row for table in reader.row_groups() for row in table.to_pylist()]

    return run


@pytest.fixture
def audit(tmp_path):
    def run(asked):
        audit_batches(manifest=tmp_path / "manifest.json", out=tmp_path / "audit.json", **asked)
        return read_json(tmp_path / "audit.json")["positives"]

    return run


def languages_of(row):
    """Return the languages that the pair of a row exists in."""
    n = int(row["pair_id"].removeprefix("c/p"))
    return {"en", "de"} | ({"zh"} if n >= 10 else set()) | ({"es"} if n >= 5 else set())


def test_they_are_the_pair_s_passage_in_other_languages(build, audit, tmp_path):
    asked, rows = build(3)
    counts = np.zeros(3, dtype=int)
    for row in rows:
        n, own = row["pair_id"].removeprefix("c/p"), row["positive_languages"]
        assert row["positives"] == [f"passage {n} in {tag}" for tag in own]
        others = languages_of(row) - {row["passage_language"]}
        assert len(own) == len(set(own)) == min(2, len(others))
        assert set(own) <= others
        counts[len(own)] += 1
    assert 0 < counts[1] < counts[2]
    manifest = read_json(tmp_path / "manifest.json")
    rows_said = {str(number): int(count) for number, count in enumerate(counts)}
    assert manifest["positives"] == {"count": 3, "weights": dict.fromkeys(LANGUAGES, 0.25), "rows": rows_said}
    found = audit(asked)
    assert (found["asked"], found["rows"]) == (3, rows_said)
    assert not any(found[name] for name in ("fewer", "too many", "repeated", "strange", "shared"))
    assert found["test"]["draws"] == 600
    assert found["test"]["p"] > 0.001


def test_they_change_no_other_column_and_are_none_by_default(build, tmp_path):
    (tmp_path / "a").mkdir()
    _, rows = build(3)
    _, plain = build(1, folder=tmp_path / "a")
    assert [{k: v for k, v in row.items() if not k.startswith("positive")} for row in rows] == plain
    assert read_json(tmp_path / "a/manifest.json")["positives"] is None


def test_the_hash_of_the_configuration_knows_them_and_is_the_same_without(build, tmp_path):
    hashes = []
    for number, positives in enumerate((1, 2, 3)):
        (tmp_path / str(number)).mkdir()
        build(positives, folder=tmp_path / str(number))
        schema = pq.read_schema(tmp_path / str(number) / "part-0.parquet")
        hashes.append(schema.metadata[b"configuration_sha256"])
    assert len(set(hashes)) == 3


def test_with_hard_negatives_in_both_languages_each_text_is_in_its_column(build, audit, tmp_path):
    mined = [write_mined(tmp_path / "m.parquet", {f"p{n}": [f"p{(n + 20) % 40}"] for n in range(40)})]
    asked, rows = build(3, mined=mined, negatives={"count": 1, "from": ["m"], "language": "both"})
    assert list(rows[0])[-5:] == ["negatives", "negative_ids", "negative_languages", "positives", "positive_languages"]
    for row in rows:
        n = int(row["pair_id"].removeprefix("c/p"))
        assert row["positives"] == [f"passage {n} in {tag}" for tag in row["positive_languages"]]
        assert row["negatives"] in ([], [f"passage {(n + 20) % 40} in {tag}" for tag in row["negative_languages"]])
    assert any(row["negatives"] for row in rows)
    assert audit(asked)["strange"] == 0


def test_small_parts_give_the_same_rows(build, tmp_path, monkeypatch):
    mined = [write_mined(tmp_path / "m.parquet", {f"p{n}": [f"p{(n + 20) % 40}"] for n in range(40)})]
    negatives = {"count": 1, "from": ["m"], "language": "query"}
    _, whole = build(3, mined=mined, negatives=negatives)
    monkeypatch.setattr(shards, "BYTES_AT_ONCE", 1)
    monkeypatch.setattr(shards, "ROWS_PER_GROUP", 1)
    _, parts = build(3, mined=mined, negatives=negatives)
    assert parts == whole


def test_weights_and_a_strategy_of_one_language_pass(build, audit):
    weights = {"languages": {"weights": {"en": 4, "de": 2, "zh": 1}}}
    asked, rows = build(2, strategy=strategy_of("mono"), **weights)
    assert {tag for row in rows for tag in row["positive_languages"]} == {"en", "de", "zh"}
    assert audit(asked)["fewer"] == 0
    asked, rows = build(4, strategy=strategy_of("english"))
    assert {len(row["positives"]) for row in rows} == {1, 2, 3}
    assert audit(asked)["test"]["p"] > 0.001


def test_other_numbers_or_weights_than_configured_are_found(build, audit, tmp_path):
    asked, _ = build(3)
    for positives in (1, 2):
        with pytest.raises(BatchError, match=f"manifest has 3 positives for each query, the configuration {positives}"):
            audit(asked | {"positives": positives})
    manifest = read_json(tmp_path / "manifest.json")
    manifest["positives"]["weights"]["en"] = 0.5
    write_json(manifest, tmp_path / "manifest.json")
    with pytest.raises(BatchError, match="weights the languages of positives, the configuration samples them unif"):
        audit(asked)


def test_languages_that_are_not_drawn_by_their_weights_stop_the_run(build, audit, monkeypatch):
    draw = shards.draw_positives

    def german(pairs, plan, further, weights, rng):
        return draw(pairs, plan, further, np.array([1, 3, 1, 1]) / 6, rng)

    monkeypatch.setattr(shards, "draw_positives", german)
    asked, _ = build(2, batches=200)
    with pytest.raises(BatchError, match="the languages of positives are not sampled as configured"):
        audit(asked)


def _left_out(rows):
    for name in ("positives", "positive_languages"):
        rows[0][name].pop()


def _another_text(rows):
    rows[0]["positives"][0] += " and more"


def _another_language(rows):
    rows[0]["positives"][0] = rows[0]["passage"]


def _repeated(rows):
    for name in ("positives", "positive_languages"):
        row = next(row for row in rows if len(row["positives"]) == 2)
        row[name][1] = row[name][0]


def _of_the_passage_s_language(rows):
    row = rows[0]
    row["positives"][0], row["positive_languages"][0] = row["passage"], row["passage_language"]


def _too_many(rows):
    row = next(row for row in rows if len(row["positives"]) == 2 and len(languages_of(row)) == 4)
    (tag,) = languages_of(row) - {row["passage_language"], *row["positive_languages"]}
    row["positives"].append(f"passage {row['pair_id'].removeprefix('c/p')} in {tag}")
    row["positive_languages"].append(tag)


def _of_another_pair(rows):
    rows[0]["positives"][0] = rows[1]["passage"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (_left_out, r":\n  1 rows have fewer positives than their pair has languages$"),
        (_another_text, r":\n  1 positives differ from the passage of their pair in that language$"),
        (_another_language, r":\n  1 positives differ from the passage of their pair in that language$"),
        (_repeated, r":\n  1 positives are in the language of another positive of their row$"),
        (_of_the_passage_s_language, r":\n  1 positives are in the language of another positive of their row$"),
        (_too_many, r":\n  1 rows have more positives than configured$"),
        (
            _of_another_pair,
            r"1 positives are, as the batch shows them, a passage of another pair or a hard negative of",
        ),
    ],
)
def test_the_audit_finds_every_fault(build, audit, tmp_path, fault, message):
    asked, _ = build(3)
    spoil(tmp_path, fault)
    with pytest.raises(BatchError, match=message):
        audit(asked)


def test_a_positive_that_is_a_hard_negative_of_its_batch_stops_the_run(build, audit, tmp_path):
    mined = [write_mined(tmp_path / "m.parquet", {f"p{n}": [f"p{(n + 20) % 40}"] for n in range(40)})]
    asked, rows = build(3, mined=mined, negatives={"count": 1, "from": ["m"]})
    place = next(place for place, row in enumerate(rows[:6]) if row["negatives"])

    def shared(shown):
        shown[5 - place]["positives"][0] = shown[place]["negatives"][0]

    spoil(tmp_path, shared)
    with pytest.raises(BatchError, match="1 positives are, as the batch shows them, a passage of another pair or a h"):
        audit(asked)


def test_a_passage_that_is_the_same_in_two_languages_is_no_other_pair_s(tmp_path, build, audit):
    for tag in LANGUAGES:
        table = pq.read_table(tmp_path / f"{tag}.parquet")
        passages = ["Bern" if name == "p20" else text for name, text in
                    zip(table["pair_id"].to_pylist(), table["passage"].to_pylist(), strict=True)]  # fmt: skip
        place = table.schema.get_field_index("passage")
        pq.write_table(
            table.set_column(place, table.schema.field(place), pa.array(passages)), tmp_path / f"{tag}.parquet"
        )
    asked, rows = build(3)
    assert any(row["positives"] == ["Bern", "Bern"] for row in rows)
    assert audit(asked)["shared"] == 0
