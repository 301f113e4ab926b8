"""Duplicates by hand, and against a reference that compares every two pairs, text by text."""

import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equilingual.config.duplicates import NearDuplicates
from equilingual.corpora import PAIR_SCHEMA, CorpusError, read_corpus
from equilingual.corpora.duplicates import DUPLICATE_SCHEMA, find_duplicates
from equilingual.files import read_json
from equilingual.parquet import write_parquet
from equilingual.texts import normalize_text
from equilingual.training_sets import TrainingSetFiles

NEAR = {"threshold": 0.8, "permutations": 128, "shingle": 5}


def run(folder, corpora, source="en", **near):
    """Find the duplicates of ``{corpus: {language: {pair: (question, passage)}}}``; return them and the counts."""
    files = []
    for corpus, by_language in corpora.items():
        for language, pairs in by_language.items():
            rows = [(pair, "d", language, *texts, "human") for pair, texts in pairs.items()]
            columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in PAIR_SCHEMA]
            files.append(folder / f"{corpus}-{language}.parquet")
            write_parquet(pa.table(columns, schema=PAIR_SCHEMA), files[-1], row_group_size=3)
    find_duplicates(
        training_set=TrainingSetFiles.of("t", files, corpora=corpora, languages=list(next(iter(corpora.values())))),
        source=source,
        near_duplicates=NearDuplicates(**near) if near else None,
        out=folder / "t.parquet",
        counts_out=folder / "t.json",
    )
    table = pq.read_table(folder / "t.parquet")
    assert table.schema.equals(DUPLICATE_SCHEMA)
    return table.to_pylist(), read_json(folder / "t.json")


def listed(folder, corpora, **options):
    """Return {pair: (kind, kept)}."""
    return {row["pair_id"]: (row["kind"], row["kept"]) for row in run(folder, corpora, **options)[0]}


def test_question_and_passage_are_compared_normalised_and_the_first_stays(tmp_path):
    rows, counts = run(
        tmp_path,
        {
            "a": {
                "en": {
                    "1": ("Where is Rome?", "Rome is in Italy."),
                    "2": ("where is rome", "“Rome is in ITALY”"),
                    "3": ("Where is Rome?", "Rome lies in Italy."),
                    "4": ("Where is Oslo?", "Rome is in Italy."),
                }
            },
            "b": {
                "en": {"1": ("Where is Rome ?", "Rome is in Italy"), "9": ("where is oslo", "rome is in italy")},
            },
        },
    )
    assert rows == [
        {"pair_id": "a/2", "kind": "exact", "kept": "a/1", "similarity": 1.0},
        {"pair_id": "b/1", "kind": "exact", "kept": "a/1", "similarity": 1.0},
        {"pair_id": "b/9", "kind": "exact", "kept": "a/4", "similarity": 1.0},
    ]
    nothing = {"within": 0, "across": 0}
    assert (counts["pairs"], counts["kept"], counts["near_duplicates"]) == (6, 3, None)
    assert counts["corpora"] == {
        "a": {"pairs": 4, "exact": {"within": 1, "across": 0}, "near": nothing},
        "b": {"pairs": 2, "exact": {"within": 0, "across": 2}, "near": nothing},
    }
    assert counts["examples"][0] == {
        "kind": "exact",
        "similarity": 1.0,
        "language": "en",
        "pair_id": "a/2",
        "kept": "a/1",
        "question": {"left_out": "where is rome", "kept": "Where is Rome?"},
        "passage": {"left_out": "“Rome is in ITALY”", "kept": "Rome is in Italy."},
    }
    assert [(one["pair_id"], one["question"]["left_out"]) for one in counts["examples"][1:]] == [
        ("b/1", "Where is Rome ?"),
        ("b/9", "where is oslo"),
    ]


def test_a_question_may_not_run_into_its_passage(tmp_path):
    assert listed(tmp_path, {"a": {"en": {"1": ("who is", "who"), "2": ("who", "is who")}}}) == {}


def test_the_source_decides_where_both_have_it(tmp_path):
    """Two questions that translate alike are two questions."""
    corpora = {
        "a": {
            "de": {"1": ("Wer?", "Er."), "2": ("Wer?", "Er."), "3": ("Wie?", "So.")},
            "en": {"1": ("Who?", "He."), "2": ("Whom?", "Him."), "3": ("who", "he")},
        }
    }
    assert listed(tmp_path, corpora) == {"a/3": ("exact", "a/1")}
    assert listed(tmp_path, corpora, source="de") == {"a/2": ("exact", "a/1")}
    assert listed(tmp_path, corpora, source="fr") == {"a/2": ("exact", "a/1")}  # no language of the set: the first is


def test_a_pair_without_the_source_is_compared_in_the_first_language_that_both_have(tmp_path):
    corpora = {
        "a": {
            "en": {"1": ("Who?", "He."), "3": ("Who?", "He.")},
            "de": {"1": ("Wer?", "Er."), "2": ("Wer?", "Er."), "3": ("Wie?", "So.")},
            "es": {"2": ("¿Quién?", "Él."), "3": ("¿Quién?", "Él."), "4": ("¿Quién?", "Él.")},
        }
    }
    # 3 is in three languages and comes first. 1 is its duplicate in English; 2 is not, in German; 4 is, in Spanish.
    assert listed(tmp_path, corpora) == {"a/1": ("exact", "a/3"), "a/4": ("exact", "a/3")}


def test_the_pair_in_more_languages_stays(tmp_path):
    """Else the text would be lost where min_languages asks for all of them."""
    corpora = {
        "a": {"en": {"1": ("Who?", "He.")}, "de": {}},
        "b": {"en": {"1": ("Who?", "He."), "2": ("Who?", "He.")}, "de": {"1": ("Wer?", "Er."), "2": ("Wer?", "Er.")}},
    }
    rows, counts = run(tmp_path, corpora)
    assert [(row["pair_id"], row["kept"]) for row in rows] == [("a/1", "b/1"), ("b/2", "b/1")]
    assert counts["corpora"]["a"]["exact"] == {"within": 0, "across": 1}


def test_what_a_duplicate_points_to_is_kept(tmp_path):
    # 1 and 2 meet in German, 2 and 3 in Spanish, 1 and 3 in English, where they differ: 2 goes, 3 stays.
    corpora = {
        "a": {
            "en": {"1": ("Who?", "He."), "3": ("Whom?", "Him.")},
            "de": {"1": ("Wer?", "Er."), "2": ("Wer?", "Er.")},
            "es": {"2": ("¿Quién?", "Él."), "3": ("¿Quién?", "Él.")},
        }
    }
    # The order is that of the rows of the source, then of those that it lacks: 1, 3, 2.
    assert listed(tmp_path, corpora) == {"a/2": ("exact", "a/1")}


def test_an_exact_duplicate_of_a_near_duplicate_is_one_of_what_was_kept(tmp_path):
    text = "abcdefghijklmnopqrstuvwxyz0123456789"
    corpora = {
        "a": {
            "en": {
                "1": ("Where does the river rise that flows to the harbour?", f"{text}."),
                "2": ("Where does the river rise that flows to the harbour?", f"{text}s."),
                "3": ("where does the river rise that flows to the harbour", f"{text}s"),
            }
        }
    }
    assert listed(tmp_path, corpora) == {"a/3": ("exact", "a/2")}
    rows, counts = run(tmp_path, corpora, **NEAR)
    expected = pytest.approx(32 / 33)  # 36 characters have 32 shingles of 5, and one more at the end has one more
    assert [(r["pair_id"], r["kind"], r["kept"]) for r in rows] == [("a/2", "near", "a/1"), ("a/3", "near", "a/1")]
    assert [row["similarity"] for row in rows] == [expected, expected]
    assert counts["corpora"]["a"]["near"] == {"within": 2, "across": 0}
    assert (counts["near_duplicates"]["bands"], counts["near_duplicates"]["band_rows"]) == (32, 4)


def test_two_questions_on_one_long_passage_are_no_near_duplicates(tmp_path):
    passage = "The river rises in the mountains of the north and flows into the sea. " * 20
    questions = {"1": ("Where does the river rise?", passage), "2": ("What does the river flow into?", passage)}
    assert listed(tmp_path, {"a": {"en": questions}}, threshold=0.5, permutations=256, shingle=5) == {}


def test_languages_without_spaces_have_near_duplicates(tmp_path):
    pairs = {
        "1": ("แม่น้ำสายนี้ไหลลงสู่ทะเลที่เมืองใดในภาคใต้ของประเทศ", "แม่น้ำสายนี้ไหลลงสู่ทะเลที่เมืองสงขลาทางภาคใต้ของประเทศไทย"),
        "2": ("แม่น้ำสายนี้ไหลลงสู่ทะเลที่เมืองใดในภาคใต้ของประเทศ", "แม่น้ำสายนี้ไหลลงสู่ทะเลที่เมืองสงขลาทางภาคใต้ของประเทศไท"),
        "3": ("ใครเป็นคนเขียนหนังสือเล่มนี้เมื่อร้อยปีก่อน", "แม่น้ำสายนี้ไหลลงสู่ทะเลที่เมืองสงขลาทางภาคใต้ของประเทศไทย"),
    }
    assert listed(tmp_path, {"a": {"th": pairs}}, **NEAR) == {"a/2": ("near", "a/1")}


def test_an_id_that_stands_twice_is_an_error(tmp_path):
    table = pa.table([["1", "1"], ["d"] * 2, ["en"] * 2, ["q"] * 2, ["p"] * 2, ["human"] * 2], schema=PAIR_SCHEMA)
    write_parquet(table, tmp_path / "en.parquet")
    places = {"out": tmp_path / "t.parquet", "counts_out": tmp_path / "t.json"}
    training_set = TrainingSetFiles("t", ["en"], {"a": {"en": tmp_path / "en.parquet"}})
    with pytest.raises(CorpusError, match=r"en\.parquet: 1 pair ids are duplicates"):
        find_duplicates(training_set=training_set, source="en", **places)
    assert not (tmp_path / "t.parquet").exists()


def test_the_same_pairs_give_the_same_bytes(tmp_path):
    rng = random.Random(1)
    pairs = {str(n): (f"Who is number {rng.randrange(9)} here, please?", "It is he. " * 9) for n in range(40)}
    pairs |= {"x": ("Why?", "So."), "y": ("why", "so")}
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        rows, _ = run(tmp_path / name, {"a": {"en": pairs}}, **NEAR | {"threshold": 0.6})
        assert {row["kind"] for row in rows} == {"exact", "near"}
        found.append([(tmp_path / name / file).read_bytes() for file in ("t.parquet", "t.json")])
    assert found[0] == found[1]


def test_long_texts_are_shortened_where_they_are_shown(tmp_path):
    text = "x" * 100_000
    _, counts = run(tmp_path, {"a": {"en": {"1": ("q", text), "2": ("q", text)}}})
    assert len(counts["examples"][0]["passage"]["kept"]) == 300


@pytest.mark.parametrize(
    ("file", "language", "duplicates"),
    [("squadshifts/new_wiki_v1.0.json", "en", 198), ("drcd-mt/DRCD_dev.json", "zh-Hant", 0)],
)
def test_real_corpora_have_as_many_as_a_plain_count_says(mirror, tmp_path, file, language, duplicates):
    out = {"pairs_out": tmp_path / "c.parquet", "counts_out": tmp_path / "c.json"}
    how = {"file_format": "squad", "origin": "human", "licence": ""}
    read_corpus(corpus="c", files={"file": [mirror / file]}, language=language, languages=[language], **how, **out)
    rows = pq.read_table(tmp_path / "c.parquet").to_pylist()
    distinct = {(normalize_text(row["question"]), normalize_text(row["passage"])) for row in rows}
    assert len(rows) - len(distinct) == duplicates
    texts = {row["pair_id"]: (row["question"], row["passage"]) for row in rows}
    assert len(run(tmp_path, {"c": {language: texts}})[0]) == duplicates


def test_each_is_compared_with_all_that_were_kept_and_not_with_the_first_of_them(tmp_path):
    """100 letters in common are 96 shingles, 4 of one's own 4 more: similarity 96 / 104, and one more 100 / 101."""
    rng = random.Random(8)
    letters = "abcdefghijklmnopqrstuvwxyz"
    common = "".join(rng.choice(letters) for _ in range(100))
    own = [4 * chr(ord("一") + n) for n in range(60)]
    pairs = {f"{n}": (common + word, common + word) for n, word in enumerate(own)}
    pairs |= {f"{n}-near": (common + word + "1", common + word + "1") for n, word in enumerate(own)}
    found = listed(tmp_path, {"a": {"en": pairs}}, threshold=0.95, permutations=16, shingle=5)
    assert len(found) >= 57
    assert all(pair == f"{kept}-near" for pair, (_, kept) in found.items())


def test_of_many_that_are_a_little_alike_the_likeliest_are_compared_and_that_is_counted(tmp_path, monkeypatch):
    pairs = {
        str(n): (f"What is the answer to number {n} of them?", f"The answer to number {n} is in the book.")
        for n in range(100, 130)
    }
    pairs["last"] = ("what is the answer to number 110 of them", "The answer to number 110 is in the book. " * 2)
    pairs["again"] = ("what is the answer to number 110 of them", "The answer to number 110 is in the book. " * 3)
    _, whole = run(tmp_path, {"a": {"en": pairs}}, **NEAR | {"threshold": 0.95})
    assert whole["near_duplicates"]["compared_in_part"] == 0
    monkeypatch.setattr("equilingual.corpora.duplicates._MOST_COMPARED", 1)
    rows, counts = run(tmp_path, {"a": {"en": pairs}}, **NEAR | {"threshold": 0.95})
    assert [(row["pair_id"], row["kept"], row["similarity"]) for row in rows] == [("a/again", "a/last", 1.0)]
    assert counts["near_duplicates"]["compared_in_part"] > 0


WORDS = st.sampled_from(["a", "A!", "b", "c", "?", "é", "É"])
TEXTS = st.tuples(WORDS, st.sampled_from(["p", "P.", "q"]))


def texts_of(corpora, languages):
    """Return {(corpus, pair): {language: texts}} in the order of the corpora and their rows."""
    texts = {}
    for corpus, by_language in corpora.items():
        for language in languages:
            for pair, two in by_language[language].items():
                texts.setdefault((corpus, pair), {})[language] = tuple(map(normalize_text, two))
    return texts


def reference(corpora, languages, are_equal):
    """Return {pair: kept} by comparing every pair with all that were kept before."""
    kept, found = [], {}
    for pair, texts in sorted(texts_of(corpora, languages).items(), key=lambda item: -len(item[1])):  # stable
        for other, others in kept:
            common = [language for language in languages if language in texts and language in others]
            if common and are_equal(texts[common[0]], others[common[0]]):
                found["/".join(pair)] = "/".join(other)
                break
        else:
            kept.append((pair, texts))
    return found


@st.composite
def training_sets(draw, texts=TEXTS):
    """Draw a training set of two corpora in up to ten languages, with pairs missing in some."""
    languages = ["en", "de", "es", "fr", "it", "pt", "nl", "sv", "da", "fi"][: draw(st.sampled_from([1, 2, 3, 10]))]
    return {
        corpus: {
            language: draw(st.dictionaries(st.sampled_from("stuvwxyz"), texts, max_size=8)) for language in languages
        }
        for corpus in ("a", "b")
    }


@settings(max_examples=100, deadline=None)
@given(corpora=training_sets(), source=st.sampled_from(["en", "de", "zh"]))
def test_exactly_the_repeated_pairs_are_listed(corpora, source, tmp_path_factory):
    languages = sorted(corpora["a"], key=lambda tag: tag != source)
    rows, counts = run(tmp_path_factory.mktemp("pairs"), corpora, source)
    expected = reference(corpora, languages, lambda one, other: one == other)
    assert {row["pair_id"]: row["kept"] for row in rows} == expected
    places = {"/".join(pair): place for place, pair in enumerate(texts_of(corpora, languages))}
    assert [row["pair_id"] for row in rows] == sorted(expected, key=places.__getitem__)
    assert counts["pairs"] == len(places)
    assert counts["kept"] == len(places) - len(rows)
    for corpus in corpora:
        own = [row for row in rows if row["pair_id"].startswith(f"{corpus}/")]
        across = sum(not row["kept"].startswith(f"{corpus}/") for row in own)
        assert counts["corpora"][corpus]["exact"] == {"within": len(own) - across, "across": across}


def shingles(text, size):
    return {text[start : start + size] for start in range(max(1, len(text) - size + 1))}


def alike(one, other, size):
    sides = [(shingles(x, size), shingles(y, size)) for x, y in zip(one, other, strict=True)]
    return min(len(x & y) / len(x | y) for x, y in sides)


REPEATS = st.sampled_from(["ababab", "abababab", "abababa", "abcabc", "ab", "bababa", "ababac", "Ab ab"])


@settings(max_examples=60, deadline=None)
@given(corpora=training_sets(st.tuples(REPEATS, REPEATS)), threshold=st.sampled_from([0.3, 0.5, 0.75, 1.0]))
def test_what_is_listed_is_as_alike_as_asked_for_and_equal_shingles_are_always_found(
    corpora, threshold, tmp_path_factory
):
    languages = list(corpora["a"])
    texts = {"/".join(pair): by_language for pair, by_language in texts_of(corpora, languages).items()}
    near = {"threshold": threshold, "permutations": 64, "shingle": 3}
    rows, _ = run(tmp_path_factory.mktemp("pairs"), corpora, **near)
    out = {row["pair_id"] for row in rows}

    def similarity(one, other):
        common = [language for language in languages if language in texts[one] and language in texts[other]]
        return alike(texts[one][common[0]], texts[other][common[0]], 3) if common else 0.0

    for row in rows:
        assert row["kept"] not in out
        assert row["similarity"] == pytest.approx(similarity(row["pair_id"], row["kept"]))
        assert similarity(row["pair_id"], row["kept"]) >= threshold
        assert len(texts[row["kept"]]) >= len(texts[row["pair_id"]])
    kept = [pair for pair in texts if pair not in out]
    assert not [(one, other) for one in kept for other in kept if one < other and similarity(one, other) == 1.0]
    if threshold == 1.0:  # then nothing is left to chance
        same = reference(corpora, languages, lambda one, other: alike(one, other, 3) == 1.0)
        assert out == set(same)


def test_nineteen_in_twenty_of_those_well_above_the_threshold_are_found_and_none_below_it(tmp_path):
    """Of 99 letters with 95 shingles, a changed one changes 5: similarity 90 / 100, and 80 / 110 for three of them."""
    rng = random.Random(7)
    pairs, number = {}, 300
    for n in range(number):
        base, one, three = [], [], []
        for _ in ("question", "passage"):
            text = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(99))
            base.append(text)
            one.append(text[:20] + "1" + text[21:])
            three.append(text[:20] + "1" + text[21:40] + "2" + text[41:60] + "3" + text[61:])
        pairs |= {f"{n}": base, f"{n}-near": one, f"{n}-far": three, f"{n}-other": [three[0], base[1]]}
    rows, _ = run(tmp_path, {"a": {"en": pairs}}, **NEAR)
    near = [row for row in rows if row["pair_id"].endswith("-near")]
    assert len(near) >= 0.95 * number
    assert all(row["similarity"] == pytest.approx(0.9) for row in near)
    assert [(row["pair_id"], row["kept"]) for row in near] == [(f"{row['kept']}-near", row["kept"]) for row in near]
    assert len(rows) == len(near)
