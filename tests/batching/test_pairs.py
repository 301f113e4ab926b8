"""A training set as numbers: every pair once, and what keeps pairs apart found in every language."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from batching_sets import plan, shared_keys
from hypothesis import given, settings
from hypothesis import strategies as st

from equilingual.batching import BatchError
from equilingual.batching.pairs import load_pairs
from equilingual.corpora import PAIR_SCHEMA
from equilingual.texts import normalize_text
from equilingual.training_sets import TrainingSetFiles


def load(files, languages, **used):
    return load_pairs(TrainingSetFiles("t", languages, files, **used))


def apart(pairs):
    """Return the pairs of positions that share a key."""
    own = [set(pairs.shared.of(pair)) for pair in range(len(pairs))]
    return {(a, b) for a in range(len(own)) for b in range(a + 1, len(own)) if own[a] & own[b]}


def test_pairs_of_one_passage_or_of_equal_text_in_any_language_are_kept_apart(corpus):
    files = corpus(8, ["en", "de"], passages=6, same_text={("de", 2), ("de", 3)}, missing={("en", 5)})
    pairs = load({"c": files}, ["en", "de"], min_languages=1)
    # in the order of first appearance: p0 … p4, p6, p7 of en, then p5
    assert apart(pairs) == {(0, 5), (1, 6), (2, 3)}
    assert pairs.rows.tolist()[5:] == [[5, 6], [6, 7], [-1, 5]]
    whole = load({"c": files}, ["en", "de"])
    assert (len(whole), whole.left_out, pairs.left_out) == (7, 1, 0)
    assert whole.available.all()
    assert apart(whole) == {(0, 5), (1, 6), (2, 3)}


def test_translated_and_read_pairs_meet_in_one_training_set(corpus, tmp_path):
    files = corpus(4, ["en", "de"], passages=4)
    translated = pq.read_table(files["de"])
    flags = pa.array([["question: unknown"]] * 4)
    pq.write_table(translated.append_column("flags", flags), tmp_path / "translated.parquet")
    pairs = load({"a": files, "b": files | {"de": tmp_path / "translated.parquet"}}, ["en", "de"])
    assert len(pairs) == 8  # ids are a corpus's own
    assert pairs.corpus.tolist() == [0] * 4 + [1] * 4
    assert apart(pairs) == {(n, n + 4) for n in range(4)}  # the texts are not


def test_an_id_that_stands_twice_is_an_error(corpus, tmp_path):
    table = pq.read_table(corpus(4, ["en"])["en"])
    pq.write_table(pa.concat_tables([table, table.slice(1, 1)]), tmp_path / "twice.parquet")
    with pytest.raises(BatchError, match=r"twice\.parquet: 1 pair ids are duplicates"):
        load({"c": {"en": tmp_path / "twice.parquet"}}, ["en"])


@pytest.fixture
def listing(tmp_path):
    """Return a function that writes a list of duplicates."""

    def write(*pairs):
        path = tmp_path / "duplicates.parquet"
        pq.write_table(pa.table({"pair_id": pa.array(pairs, pa.string())}), path)
        return path

    return write


def test_listed_duplicates_are_left_out_and_counted_apart_from_pairs_in_too_few_languages(corpus, listing):
    files = corpus(8, ["en", "de"], passages=4, missing={("de", 5), ("de", 6)})
    pairs = load({"c": files}, ["en", "de"], duplicates=listing("c/p0", "c/p3", "c/p6"))
    # 5 and 6 are in English alone, whether listed or not
    assert (len(pairs), pairs.left_out, pairs.duplicates_left_out) == (4, 2, 2)
    assert pairs.rows.tolist() == [[1, 1], [2, 2], [4, 4], [7, 5]]
    assert apart(pairs) == set()  # 4 shared its passage with 0, and 7 with 3
    every = load({"c": files}, ["en", "de"], min_languages=1, duplicates=listing("c/p6"))
    assert (len(every), every.left_out, every.duplicates_left_out) == (7, 0, 1)
    assert len(load({"c": files}, ["en", "de"], duplicates=listing())) == 6


def test_a_list_of_another_corpus_is_an_error(corpus, listing):
    with pytest.raises(BatchError, match=r"duplicates\.parquet: 1 of its pairs are not in the corpora"):
        load({"c": corpus(4, ["en"])}, ["en"], duplicates=listing("c/p1", "d/p1"))


WORDS = st.sampled_from(["a", "A!", "b", "c", "d", "é", "É", "f", "g", "h"])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_exactly_the_pairs_that_share_an_id_or_a_text_are_kept_apart(data, tmp_path_factory):
    """The reference compares every two pairs, each in every language, text by text."""
    count = data.draw(st.integers(1, 9))
    rows = {}
    for language in ("en", "de", "es"):
        there = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
        passages = data.draw(st.lists(WORDS, min_size=count, max_size=count))
        questions = data.draw(st.lists(WORDS, min_size=count, max_size=count))
        rows[language] = {n: (questions[n], passages[n]) for n in range(count) if there[n]}
    ids = data.draw(st.lists(st.sampled_from("uvwxyz"), min_size=count, max_size=count))
    folder = tmp_path_factory.mktemp("pairs")
    for language, by_pair in rows.items():
        lines = [(f"p{n}", ids[n], language, q, p, "human") for n, (q, p) in by_pair.items()]
        columns = [list(column) for column in zip(*lines, strict=True)] or [[] for _ in PAIR_SCHEMA]
        pq.write_table(pa.table(columns, schema=PAIR_SCHEMA), folder / f"{language}.parquet")
    pairs = load({"c": {tag: folder / f"{tag}.parquet" for tag in rows}}, list(rows), min_languages=1)
    order = list(dict.fromkeys(n for by_pair in rows.values() for n in by_pair))
    expected = set()
    for i, a in enumerate(order):
        for j, b in enumerate(order[i + 1 :], i + 1):
            both = [(x[a], y[b]) for x in rows.values() for y in rows.values() if a in x and b in y]
            equal = any(normalize_text(x[k]) == normalize_text(y[k]) for x, y in both for k in (0, 1))
            if ids[a] == ids[b] or equal:
                expected.add((i, j))
    assert len(pairs) == len(order)
    assert apart(pairs) == expected


def test_keys_of_two_kinds_are_joined_without_meeting():
    pairs = shared_keys(3, [(0, "a"), (1, "a"), (1, "b"), (2, "b")])
    others = shared_keys(5, [(0, "c"), (3, "c"), (3, "d"), (4, "d")])
    joined = pairs.joined(others)
    assert len(joined.offsets) == 6
    meet = {(i, j) for i in range(5) for j in range(i) if set(joined.of(i)) & set(joined.of(j))}
    assert meet == {(1, 0), (2, 1), (3, 0), (4, 3)}


def renamed(path, ids):
    """Give the pairs of a table these ids."""
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, "pair_id", pa.array(ids[: len(table)])), path)


def test_languages_that_share_no_id_are_named_with_their_ids(corpus):
    languages = ["en", "es", "de"]
    files = corpus(4, languages)
    renamed(files["de"], [f"de-{n}" for n in range(1, 5)])
    message = r"corpus 'mine': en \('p0', 'p1', …\) and de \('de-1', 'de-2', …\) have no pair_id in common: give a QA pair the same"
    with pytest.raises(BatchError, match=message):
        load({"mine": files}, languages)
    pairs = load({"mine": files}, languages, min_languages=2)  # en and es share theirs
    assert (len(pairs), pairs.left_out) == (4, 4)


def test_a_corpus_whose_languages_share_no_id_is_warned_of_beside_one_whose_do(corpus, tmp_path, caplog):
    good = corpus(4, ["en", "de"])
    bad = {language: tmp_path / f"bad-{language}.parquet" for language in good}
    for language, path in bad.items():
        pq.write_table(pq.read_table(good[language]).slice(0, 1), path)
        renamed(path, [language])
    assert len(load({"good": good, "bad": bad}, ["en", "de"])) == 4
    message = "corpus 'bad': en ('en') and de ('de') have no pair_id in common: give a QA pair the same pair_id in every language"
    assert [record.message for record in caplog.records] == [f"{message}; none of its 2 pairs is used"]


def test_pairs_that_are_nowhere_in_all_languages_say_what_to_lower(corpus):
    languages = ["en", "es", "de"]
    files = corpus(3, languages, missing={("en", 0), ("es", 1), ("de", 2)})  # any two share one
    with pytest.raises(BatchError, match=r"no QA pair exists in 3 of en, es, de: lower the training set's 'min_lang"):
        load({"c": files}, languages)


def test_cross_lingual_batches_name_the_ids_where_languages_share_none(corpus):
    files = corpus(4, ["en", "de"])
    renamed(files["de"], list("abcd"))
    pairs = load({"c": files}, ["en", "de"], min_languages=1)
    with pytest.raises(BatchError, match=r"in two of en, de; corpus 'c': en \('p0', .* and de \('a', 'b'"):
        plan(pairs, "cross", batch_size=2, batches=1)
