"""Hard negatives: hard, and no answers of the question in any language."""

import math
import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import prepare_configured, write_tiny_encoder

from equilingual import devices
from equilingual.batching.errors import BatchError
from equilingual.config.encoding import EncodingSettings
from equilingual.config.mining import Mining
from equilingual.corpora import PAIR_SCHEMA
from equilingual.encoders import load_encoder
from equilingual.encoders.embedding import embed
from equilingual.files import read_json, sha256_of
from equilingual.retrieval import mining
from equilingual.retrieval.candidates import first_of_group
from equilingual.retrieval.mining import highest_score, mine_negatives
from equilingual.retrieval.pools import Found
from equilingual.texts import normalize_text
from equilingual.training_sets import TrainingSetFiles

HOW = {"miner": "bm25", "threads": 1}


def write_corpus(folder, rows):
    """Write {language: [(pair_id, passage_id, question, passage)]} and return the files in the languages' order."""
    folder.mkdir(parents=True, exist_ok=True)
    for language, lines in rows.items():
        full = [(pair, passage_id, language, q, p, "human") for pair, passage_id, q, p in lines]
        columns = [list(column) for column in zip(*full, strict=True)] or [[] for _ in PAIR_SCHEMA]
        pq.write_table(pa.table(columns, schema=PAIR_SCHEMA), folder / f"{language}.parquet")
    return [folder / f"{language}.parquet" for language in rows]


def mine(folder, corpora, *, language=None, min_languages=None, duplicates=None, **changes):
    """Mine {corpus: {language: rows}}; return {pair: [(negative, score)]} in the file's order, and the counts."""
    settings = Mining(**{name: changes.pop(name) for name in ("depth", "margin", "keep") if name in changes})
    languages = list(next(iter(corpora.values())))
    files = [file for corpus, rows in corpora.items() for file in write_corpus(folder / corpus, rows)]
    used = {"min_languages": min_languages, "duplicates": duplicates}
    training_set = TrainingSetFiles.of("t", files, corpora=list(corpora), languages=languages, **used)
    data = {"training_set": training_set, "language": language or languages[0], "settings": settings}
    outputs = {
        "work": folder / "work",
        "negatives_out": folder / "out" / "n.parquet",
        "counts_out": folder / "out" / "n.json",
    }
    mine_negatives(**{**HOW, **data, **outputs, **changes})
    rows = pq.read_table(folder / "out" / "n.parquet").to_pylist()
    found = {row["pair_id"]: list(zip(row["negatives"], row["scores"], strict=True)) for row in rows}
    assert len(found) == len(rows)
    return found, read_json(folder / "out" / "n.json")


def negatives(found):
    return {pair: [negative for negative, _ in entries] for pair, entries in found.items()}


class PlantedPool:
    """Scores a passage by the number in it, whatever the question."""

    def __init__(self, passages, *, language, threads):
        self.values = np.array([float(re.search(r"-?[\d.]+", text)[0]) for part in passages for text in part])

    def search(self, questions, own, depth):
        order = np.argsort(-self.values, kind="stable")[:depth]
        rows = np.tile(order, (len(questions), 1))
        return Found(rows, self.values[rows].astype(np.float32), self.values[own].astype(np.float32))


def planted(values):
    return {"c": {"en": [(f"p{v}", f"d{v}", f"question {n}?", f"score {v} of {n}") for n, v in enumerate(values)]}}


def test_candidates_above_the_margin_are_dropped(tmp_path, monkeypatch):
    monkeypatch.setattr(mining.pools, "Bm25Pool", PlantedPool)
    corpora = planted([50, 100, 94.5, 95.5, 10, -10, -10.4, -10.6])
    found, counts = mine(tmp_path, corpora, keep=3)
    assert list(found) == [f"c/p{v}" for v in (50, 100, 94.5, 95.5, 10, -10, -10.4, -10.6)]
    assert found["c/p100"] == [("c/p94.5", 94.5), ("c/p50", 50.0), ("c/p10", 10.0)]
    assert found["c/p50"][0] == ("c/p10", 10.0)
    # 95% of a negative score is a higher one: as far below as above
    assert negatives(found)["c/p-10"] == ["c/p-10.6"]
    assert negatives(found)["c/p-10.6"] == []
    assert counts["dropped"] == {"shares a key with the pair": 0, "above the margin": 3 + 1 + 2 + 2 + 4 + 6 + 7 + 7}
    assert counts["candidates_looked_at"] == 8 * 7
    unlimited, counts = mine(tmp_path, corpora, keep=3, margin=None)
    assert negatives(unlimited)["c/p-10.6"] == ["c/p100", "c/p95.5", "c/p94.5"]
    assert counts["dropped"]["above the margin"] == 0


def test_duplicates_are_neither_mined_for_nor_mined(tmp_path, monkeypatch):
    monkeypatch.setattr(mining.pools, "Bm25Pool", PlantedPool)
    pq.write_table(pa.table({"pair_id": ["c/p99"]}), tmp_path / "duplicates.parquet")
    found, counts = mine(tmp_path, planted([100, 99, 50, 40]), margin=None, duplicates=tmp_path / "duplicates.parquet")
    assert negatives(found) == {
        "c/p100": ["c/p50", "c/p40"],
        "c/p50": ["c/p100", "c/p40"],
        "c/p40": ["c/p100", "c/p50"],
    }
    assert counts["duplicates_left_out"] == 1


def test_the_bound_of_a_score():
    own = np.array([2.0, 0.0, -1.0], dtype=np.float32)
    assert highest_score(own, 0.9) == pytest.approx([1.8, 0, -1.1])
    assert highest_score(own, None).tolist() == [np.inf] * 3


def test_depth_is_what_is_looked_at_and_keep_what_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(mining.pools, "Bm25Pool", PlantedPool)
    corpora = planted([100, 99, 98, 50, 40, 30])
    found, counts = mine(tmp_path, corpora, depth=3, keep=2)
    assert negatives(found)["c/p100"] == ["c/p50"]  # 99 and 98 are dropped, and are two of the three
    assert negatives(found)["c/p50"] == []
    # The pair's own passage is none of the three.
    assert counts["candidates_looked_at"] == 6 * 3
    everything, counts = mine(tmp_path, corpora, depth=5, keep=2)
    assert negatives(everything)["c/p100"] == ["c/p50", "c/p40"]
    kept = sum(map(len, everything.values()))
    assert counts["negatives"] == kept
    assert counts["not_needed"] == 30 - kept - counts["dropped"]["above the margin"]
    assert counts["pairs_with_none"] == 1  # 30: every other candidate is above it
    assert counts["pairs_with_fewer"] == 2  # and 40
    assert counts["scores"]["own passage"]["greatest"] == 100
    assert counts["scores"]["hardest negative"]["mean"] == np.mean([50, 50, 50, 40, 30])
    assert counts["versions"]["numpy"] == np.__version__


def test_a_passage_is_no_negative_where_its_translation_answers(tmp_path):
    """The second passage differs in English and is the first's in German; the third answers the same in German."""
    rows = {
        "en": [
            ("a", "d1", "where is the red house", "the red house is there over the hill"),
            ("b", "d2", "which barn is old", "the red house is an old barn"),
            ("c", "d3", "where stands the house", "a house stands red"),
            ("d", "d4", "who paints the house", "the house is red paint"),
        ],
        "de": [
            ("a", "d1", "wo ist das rote Haus", "das rote Haus"),
            ("b", "d2", "welche Scheune", "Das rote  Haus."),
            ("c", "d3", "Wo ist das rote Haus?", "ein Haus"),
            ("d", "d4", "wer malt", "Farbe"),
        ],
    }
    found, counts = mine(tmp_path, {"c": rows}, margin=None)
    assert negatives(found)["c/a"] == ["c/d"]
    assert set(negatives(found)["c/d"]) == {"c/a", "c/b", "c/c"}
    assert counts["dropped"]["shares a key with the pair"] == 4  # a: b, c; b: a; c: a
    alone, _ = mine(tmp_path, {"c": {"en": rows["en"]}}, margin=None)
    assert set(negatives(alone)["c/a"]) == {"c/b", "c/c", "c/d"}


def test_a_passage_answers_the_questions_of_all_its_pairs(tmp_path):
    """The first pair stands for the passage; the second has the question that is asked elsewhere, too."""
    rows = [
        ("first", "d1", "what is blue", "the sky is blue"),
        ("second", "d1", "what colour is the sky", "the sky is blue"),
        ("other", "d2", "What colour is the sky?", "sky: grey, colour of the rain"),
        ("last", "d3", "what is rain", "the rain is what falls from the sky"),
    ]
    found, _ = mine(tmp_path, {"c": {"en": rows}}, margin=None)
    assert negatives(found)["c/other"] == ["c/last"]
    assert negatives(found)["c/last"] == ["c/first", "c/other"] or negatives(found)["c/last"] == ["c/other", "c/first"]
    assert "c/second" not in {negative for own in negatives(found).values() for negative in own}


def test_one_text_under_two_ids_is_one_candidate(tmp_path):
    rows = [
        ("a", "d1", "red apple", "apples are red"),
        ("b", "d2", "green apple", "Apples are red!"),
        ("c", "d3", "are there apples", "apples there are"),
    ]
    found, counts = mine(tmp_path, {"c": {"en": rows}}, margin=None)
    assert counts["languages"]["en"] == {"pairs": 3, "candidates": 2}
    assert negatives(found)["c/c"] == ["c/a"]


def test_negatives_come_from_all_corpora_and_ids_are_a_corpuss_own(tmp_path):
    one = {"en": [("p", "d", "what is a cat", "a cat is an animal"), ("q", "e", "what is stone", "stone is hard")]}
    two = {"en": [("p", "d", "what is a dog", "a dog is an animal")]}
    found, _ = mine(tmp_path, {"one": one, "two": two}, margin=None)
    assert list(found) == ["one/p", "one/q", "two/p"]
    assert negatives(found)["one/p"] == ["two/p", "one/q"]
    assert negatives(found)["two/p"] == ["one/p", "one/q"]


def test_a_pair_that_the_language_has_not_is_mined_in_the_first_that_has_it(tmp_path):
    rows = {
        "de": [("a", "d1", "rotes haus", "ein rotes haus"), ("b", "d2", "blaues haus", "das blaue haus"),
               ("g", "d7", "grünes haus", "grün")],
        "en": [("b", "d2", "blue house", "the blue house"), ("a", "d1", "red house", "a red house")],
        "es": [("z", "d9", "una casa", "nada"), ("b", "d2", "la casa", "la casa azul"), ("g", "d7", "verde", "casa")],
    }  # fmt: skip
    found, counts = mine(tmp_path, {"c": rows}, language="en", min_languages=1, margin=None)
    assert list(found) == ["c/a", "c/b", "c/g", "c/z"]  # the training set's order
    # a and b in English, g in German, among all German passages, z in Spanish
    assert counts["languages"] == {
        "en": {"pairs": 2, "candidates": 2},
        "de": {"pairs": 1, "candidates": 3},
        "es": {"pairs": 1, "candidates": 3},
    }
    assert negatives(found) == {"c/a": ["c/b"], "c/b": ["c/a"], "c/g": ["c/a", "c/b"], "c/z": ["c/g", "c/b"]}
    whole, counts = mine(tmp_path, {"c": rows}, language="en")
    assert (list(whole), counts["pairs_left_out"]) == (["c/b"], 3)
    assert whole["c/b"] == []  # a pair without any candidate
    assert counts["pairs_with_none"] == counts["pairs_with_fewer"] == 1
    assert counts["scores"]["hardest negative"] is None


def test_chinese(tmp_path):
    rows = [
        ("a", "d1", "北京在哪里", "北京在中国的北方"),
        ("b", "d2", "上海在哪里", "上海在中国的东方"),
        ("c", "d3", "谁写了红楼梦", "曹雪芹"),
    ]
    found, _ = mine(tmp_path, {"c": {"zh": rows}}, margin=None)
    assert negatives(found) == {
        "c/a": [],
        "c/b": [],
        "c/c": [],
    }  # 在哪, 哪里 stand in no passage; 北京 in its own alone
    rows[1] = ("b", "d2", "上海在哪里", "上海在北京的南方")
    found, _ = mine(tmp_path, {"c": {"zh": rows}}, margin=None)
    assert negatives(found) == {"c/a": ["c/b"], "c/b": [], "c/c": []}


def test_the_same_input_gives_the_same_bytes(tmp_path):
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(list("abcdefghij"), size=5)) for _ in range(120)]
    rows = [(f"p{n}", f"d{n}", texts[n], texts[n + 60]) for n in range(60)]
    hashes = set()
    for name, threads in (("one", 1), ("two", 1), ("three", 3)):
        mine(tmp_path / name, {"c": {"en": rows}}, threads=threads)
        hashes.add((sha256_of(tmp_path / name / "out/n.parquet"), sha256_of(tmp_path / name / "out/n.json")))
    assert len(hashes) == 1


def test_rows_that_are_equal_in_any_kind_are_one_group():
    ids = np.array([1, 2, 1, 3, 4, 5], dtype=np.uint64)
    texts = np.array([7, 8, 9, 9, 8, 6], dtype=np.uint64)
    # 0 and 2 by id, 2 and 3 by text; 1 and 4 by text
    for kinds in ((ids, texts), (texts, ids)):
        assert first_of_group(*kinds).tolist() == [0, 1, 0, 0, 1, 5]


# The reference of the property test: BM25, groups and keys as their definitions have them, every pair with every other.


def reference(rows, languages, min_languages, language, depth, margin, keep):
    order = list(dict.fromkeys(pair for tag in languages for pair in rows[tag]))
    order = [pair for pair in order if sum(pair in rows[tag] for tag in languages) >= min_languages]
    result = {}
    for pair in order:
        tag = next(tag for tag in [language, *languages] if pair in rows[tag])
        result[pair] = mine_one(rows, languages, [p for p in rows[tag] if p in order], pair, tag, depth, margin, keep)
    return result


def mine_one(rows, languages, there, pair, tag, depth, margin, keep):
    group = {p: n for n, p in enumerate(there)}
    while True:
        before = dict(group)
        for a in there:
            for b in there:
                if rows[tag][a][0] == rows[tag][b][0] or same(rows[tag][a][2], rows[tag][b][2]):
                    group[a] = group[b] = min(group[a], group[b])
        if before == group:
            break
    firsts = [p for n, p in enumerate(there) if group[p] == n]
    texts = [normalize_text(rows[tag][p][2]).split() for p in firsts]
    question = normalize_text(rows[tag][pair][1]).split()
    scores = [bm25(question, text, texts) for text in texts]
    own = scores[[group[p] for p in firsts].index(group[pair])]
    ranked = sorted(range(len(firsts)), key=lambda n: (-round(scores[n], 5), n))
    looked_at = [n for n in ranked if scores[n] > 0 and group[firsts[n]] != group[pair]][:depth]
    chosen = []
    for n in looked_at:
        members = [p for p in there if group[p] == group[firsts[n]]]
        if not any(alike(rows, languages, pair, p) for p in members) and scores[n] <= margin * own + 1e-6:
            chosen.append((f"c/{firsts[n]}", scores[n]))
    return chosen[:keep]


def same(a, b):
    return normalize_text(a) == normalize_text(b)


def alike(rows, languages, a, b):
    both = [(rows[x][a], rows[y][b]) for x in languages for y in languages if a in rows[x] and b in rows[y]]
    ids = {rows[tag][p][0] for tag in languages for p in (a, b) if p in rows[tag]}
    return len(ids) == 1 or any(same(x[k], y[k]) for x, y in both for k in (1, 2))


def bm25(question, text, texts):
    total = 0.0
    average = sum(map(len, texts)) / len(texts)
    counts = Counter(text)
    for word in question:
        df = sum(word in other for other in texts)
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        total += idf * counts[word] / (counts[word] + 1.5 * (0.25 + 0.75 * len(text) / average))
    return total


TEXT = st.lists(st.sampled_from(["a", "B", "c", "d", "e"]), min_size=1, max_size=4).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_negatives_are_those_of_a_reference_that_compares_every_pair(data, tmp_path_factory):
    languages = ["en", "de", "es"]
    count = data.draw(st.integers(1, 10))
    ids = data.draw(st.lists(st.sampled_from("stuvwxyz"), min_size=count, max_size=count))
    rows = {}
    for tag in languages:
        there = data.draw(st.lists(st.booleans() if tag != "en" else st.just(True), min_size=count, max_size=count))
        texts = data.draw(st.lists(st.tuples(TEXT, TEXT), min_size=count, max_size=count))
        shuffled = data.draw(st.permutations(range(count)))
        rows[tag] = {f"p{n}": (ids[n], *texts[n]) for n in shuffled if there[n]}
    wanted = {
        "min_languages": data.draw(st.integers(1, 2)),
        "language": data.draw(st.sampled_from(languages)),
        "depth": (depth := data.draw(st.integers(1, 6))),
        "margin": data.draw(st.sampled_from([0.951, 0.503])),
        "keep": data.draw(st.integers(1, min(3, depth))),
    }
    lines = {tag: [(pair, *row) for pair, row in by_pair.items()] for tag, by_pair in rows.items()}
    expected = reference(rows, languages, **wanted)
    if not expected:  # no pair is there in as many languages as asked for
        with pytest.raises(BatchError, match=r"corpus 'c'"):
            mine(tmp_path_factory.mktemp("mining"), {"c": lines}, **wanted)
        return
    found, _ = mine(tmp_path_factory.mktemp("mining"), {"c": lines}, **wanted)
    assert list(found) == [f"c/{pair}" for pair in expected]
    for pair, chosen in expected.items():
        assert negatives(found)[f"c/{pair}"] == [negative for negative, _ in chosen], pair
        assert [score for _, score in found[f"c/{pair}"]] == pytest.approx([score for _, score in chosen], abs=1e-4)


def test_an_encoder_mines_by_cosine(tmp_path, monkeypatch):
    """Against all cosines in numpy, with planted false negatives; keys are compared for a few questions at once."""
    monkeypatch.setattr(mining, "QUESTIONS_AT_ONCE", 4)
    encoding = {"query_length": 16, "passage_length": 24}
    prompts = {"query_prompt": "q: ", "passage_prompt": "p: "}
    source = write_tiny_encoder(tmp_path / "source")
    made = {"source": "folder", "path": str(source), "revision": None, "wheels": [], "members": [], "pooling": "mean"}
    prepare_configured(encoder="tiny", folder=tmp_path / "tiny", **made, **encoding, **prompts)
    rng = np.random.default_rng(5)
    texts = ["".join(rng.choice(list("abcdefghijk "), size=rng.integers(5, 30))) for _ in range(60)]
    german = [f"x{n // 2 * 2 if n < 10 else n}" for n in range(30)]  # the first ten passages are equal two by two
    rows = {
        "en": [(f"p{n}", f"d{n}", texts[n], texts[n + 30]) for n in range(30)],
        "de": [(f"p{n}", f"d{n}", f"frage {n}", german[n]) for n in range(30)],
    }
    found, counts = mine(
        tmp_path,
        {"c": rows},
        miner="tiny",
        encoder=tmp_path / "tiny",
        encoding=EncodingSettings(batch_tokens=128, **encoding),
        margin=0.992,
        keep=4,
        depth=15,
    )
    model = load_encoder(tmp_path / "tiny")
    vectors = []
    for prompt, some, length in (("q: ", texts[:30], 16), ("p: ", texts[30:], 24)):
        model.max_seq_length = length
        raw = model.encode([prompt + text for text in some], prompt="").astype(np.float64)
        vectors.append(raw / np.linalg.norm(raw, axis=1, keepdims=True))
    cosine = vectors[0] @ vectors[1].T
    dropped = Counter()
    for n in range(30):
        ranked = [m for m in np.argsort(-cosine[n]) if m != n][:15]
        dropped["shared"] += sum(german[m] == german[n] for m in ranked)
        different = [m for m in ranked if german[m] != german[n]]
        good = [m for m in different if cosine[n, m] <= 0.992 * cosine[n, n]]
        dropped["above"] += len(different) - len(good)
        assert negatives(found)[f"c/p{n}"] == [f"c/p{m}" for m in good[:4]]
        assert [score for _, score in found[f"c/p{n}"]] == pytest.approx(cosine[n, good[:4]].tolist(), abs=1e-5)
    assert counts["dropped"] == {"shares a key with the pair": dropped["shared"], "above the margin": dropped["above"]}
    assert dropped["shared"] > 2  # that the case is a real one
    assert 0 < dropped["above"] < 30 * 15 - 100
    assert counts["precision"] == "float32"


@pytest.mark.parametrize(("precision", "settled"), [("int8", "int8"), ("auto", "float32")])
def test_an_encoder_mines_in_the_precision_that_is_asked_for(tmp_path, monkeypatch, precision, settled):
    asked = []
    monkeypatch.setattr(devices, "has_bfloat16", lambda device: False)

    def opened(folder, *, device, precision):
        asked.append((folder, device, precision))
        raise InterruptedError

    monkeypatch.setattr(mining, "open_encoder", opened)
    encoding = EncodingSettings(query_length=16, passage_length=24, batch_tokens=128, precision=precision)
    rows = {tag: [("p0", "d0", "a", "b")] for tag in ("en", "de")}
    with pytest.raises(InterruptedError):
        mine(tmp_path, {"c": rows}, miner="tiny", encoder=tmp_path / "tiny", encoding=encoding)
    assert asked == [(tmp_path / "tiny", "cpu", settled)]


def test_mining_that_is_killed_goes_on_with_the_same_bytes(tmp_path, monkeypatch):
    encoding = {"query_length": 16, "passage_length": 24}
    source = write_tiny_encoder(tmp_path / "source")
    made = {"source": "folder", "path": str(source), "revision": None, "wheels": [], "members": [], "pooling": "mean"}
    prompts = {"query_prompt": "q: ", "passage_prompt": "p: "}
    prepare_configured(encoder="tiny", folder=tmp_path / "tiny", **made, **encoding, **prompts)
    rows = {
        tag: [(f"p{n}", f"d{n}", f"{tag} ask {n}", f"{tag} say {n * n}") for n in range(12)] for tag in ("en", "de")
    }
    how = {"miner": "tiny", "encoder": tmp_path / "tiny", "encoding": EncodingSettings(batch_tokens=128, **encoding)}
    mine(tmp_path / "whole", {"c": rows}, **how)
    asked = []

    def until_the_questions(encoder, texts, *, where, **options):
        asked.append(where)
        if where == "questions" and asked.count("questions") == 1:
            raise InterruptedError
        return embed(encoder, texts, where=where, **options)

    monkeypatch.setattr(mining.pools, "embed", until_the_questions)
    with pytest.raises(InterruptedError):
        mine(tmp_path / "killed", {"c": rows}, **how)
    assert list((tmp_path / "killed/work").iterdir())
    mine(tmp_path / "killed", {"c": rows}, **how)
    assert asked == ["passages", "questions", "questions"]  # passages once
    for name in ("n.parquet", "n.json"):
        assert sha256_of(tmp_path / "killed/out" / name) == sha256_of(tmp_path / "whole/out" / name)
    assert not (tmp_path / "killed/work").exists()
