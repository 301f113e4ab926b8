"""One text in two languages: the batch shows it twice, though no language has it twice."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batching_sets import strategy_of

from equilingual.batching import BatchError, BatchReader, audit_batches, build_batches
from equilingual.batching.pairs import load_pairs
from equilingual.config.batch_settings import BatchSettings
from equilingual.corpora import NEGATIVES_FIELD, PAIR_SCHEMA
from equilingual.files import read_json, sha256_of, write_json
from equilingual.training_sets import TrainingSetFiles

LANGUAGES = ["en", "pt"]
COLUMN = {"count": 1, "from": ["column"]}


def write(folder, texts, negatives=None):
    """Write {pair: ((question, passage) in en, in pt)}, hard negatives likewise; a passage's id is its text."""
    files = []
    for number, language in enumerate(LANGUAGES):
        questions, passages = zip(*(both[number] for both in texts.values()), strict=True)
        columns = [list(texts), list(passages), [language] * len(texts), list(questions), list(passages)]
        columns.append(["human"] * len(texts))
        schema = PAIR_SCHEMA
        if negatives is not None:
            columns.append([[one[number] for one in negatives.get(pair, [])] for pair in texts])
            schema = PAIR_SCHEMA.append(NEGATIVES_FIELD)
        files.append(folder / f"{language}.parquet")
        pq.write_table(pa.table(columns, schema=schema), files[-1])
    return files


def asked(files, **settings):
    """Return what the batches are asked to be."""
    return {
        "training_set": TrainingSetFiles.of("t", files, corpora=["c"], languages=LANGUAGES),
        "strategy": strategy_of("mixed-mono"),
        "settings": BatchSettings(**{"batch_size": 3, "batches": 40} | settings),
        "seed": 1,
    }


def build(folder, files, **settings):
    manifest = folder / "manifest.json"
    build_batches(**asked(files, **settings), shards=[folder / "part-0.parquet"], manifest=manifest)
    reader = BatchReader(folder / "manifest.json")
    return [reader.read(number).to_pylist() for number in range(len(reader))]


def audit(folder, files, **settings):
    audit_batches(manifest=folder / "manifest.json", out=folder / "audit.json", **asked(files, **settings))


def plain(count):
    return {f"p{n}": ((f"question {n}", f"passage {n}"), (f"pergunta {n}", f"trecho {n}")) for n in range(count)}


# Of p0 in Portuguese and of p1 in English: equal, though no one language has the text twice.
CLASHES = {
    "passage": {"p0": (("who", "the real"), ("quem", "Real!")), "p1": (("what", "real"), ("que", "verdadeiro"))},
    "question": {"p0": (("dog", "barks"), ("Cão", "late")), "p1": (("cão", "Khan"), ("kan", "soberano"))},
}


@pytest.mark.parametrize("side", CLASHES)
def test_a_text_that_two_pairs_have_in_two_languages_keeps_them_apart(tmp_path, side):
    files = write(tmp_path, plain(6) | CLASHES[side])
    pairs = load_pairs(asked(files)["training_set"])
    keys = [set(pairs.shared.of(pair)) for pair in range(len(pairs))]
    assert keys[0] & keys[1]
    assert not any(keys[2:])
    batches = build(tmp_path, files)
    members = [{row["pair_id"] for row in batch} for batch in batches]
    assert all(not {"c/p0", "c/p1"} <= batch for batch in members)
    assert any("c/p0" in batch for batch in members)
    audit(tmp_path, files)


@pytest.mark.parametrize("side", CLASHES)
def test_the_audit_finds_one_text_twice_in_a_batch_in_two_languages(tmp_path, side):
    texts = plain(6) | CLASHES[side]
    files = write(tmp_path, texts)
    build(tmp_path, files)
    path = tmp_path / "part-0.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row, (pair, language) in zip(rows, (("p0", "pt"), ("p1", "en")), strict=False):
        question, passage = texts[pair][LANGUAGES.index(language)]
        row |= {"pair_id": f"c/{pair}", "passage_id": f"c/id of {pair}", "query": question, "passage": passage}
        row |= {"query_language": language, "passage_language": language}
    rows[2] |= {"pair_id": "c/p5", "passage_id": "c/id of p5", "query_language": "en", "passage_language": "en"}
    rows[2] |= {"query": "question 5", "passage": "passage 5"}
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    manifest = read_json(tmp_path / "manifest.json")
    manifest["shards"][0]["sha256"] = sha256_of(path)
    write_json(manifest, tmp_path / "manifest.json")
    with pytest.raises(
        BatchError,
        match=f"from the configuration:\n  1 members of batches have the {side} of another member, in some language$",
    ):
        audit(tmp_path, files)


def test_a_hard_negative_is_no_members_passage_in_another_language(tmp_path):
    """The column's text of p2 is in Portuguese what p1's passage is in English."""
    texts = plain(6) | {"p1": (("what", "real"), ("que", "verdadeiro"))}
    files = write(tmp_path, texts, {"p2": [("the real", "real")]})
    batches = build(tmp_path, files, negatives=COLUMN)
    together = [batch for batch in batches if {"c/p1", "c/p2"} <= {row["pair_id"] for row in batch}]
    assert together
    assert not any(row["negatives"] for batch in together for row in batch)
    apart = [batch for batch in batches if "c/p1" not in {row["pair_id"] for row in batch}]
    assert any(row["negatives"] for batch in apart for row in batch)
    audit(tmp_path, files, negatives=COLUMN)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (1, "1 hard negatives are, in some language, a passage of a pair of the same batch"),
        (2, "1 hard negatives occur twice in the same batch, in some language"),
    ],
)
def test_the_audit_finds_a_hard_negative_that_a_batch_shows_in_another_language(tmp_path, place, message):
    """In Portuguese, that of p0 is the English passage of p1, or the English hard negative of p2."""
    texts = plain(6) | {"p1": (("what", "real"), ("que", "verdadeiro"))}
    negatives = {"p0": [("the real", ["real", "fake"][place - 1])], "p2": [("fake", "falso")]}
    files = write(tmp_path, texts, negatives)
    build(tmp_path, files, negatives=COLUMN, batches=1)
    path = tmp_path / "part-0.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    for row, pair, language in zip(rows, ("p0", f"p{place}", "p5"), ("pt", "en", "en"), strict=True):
        question, passage = texts[pair][LANGUAGES.index(language)]
        row |= {"pair_id": f"c/{pair}", "passage_id": f"c/id of {pair}", "query": question, "passage": passage}
        row |= {"query_language": language, "passage_language": language}
        own = negatives.get(pair, [])
        row["negatives"] = [one[LANGUAGES.index(language)] for one in own]
        row["negative_ids"] = [f"column:0:c/{pair}" for _ in own]
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    manifest = read_json(tmp_path / "manifest.json")
    manifest["shards"][0]["sha256"] = sha256_of(path)
    write_json(manifest, tmp_path / "manifest.json")
    with pytest.raises(BatchError, match=f"from the configuration:\n  {message}$"):
        audit(tmp_path, files, negatives=COLUMN, batches=1)
