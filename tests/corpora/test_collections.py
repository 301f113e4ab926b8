"""Formats of several files: ids joined with texts, negatives in place, the same ids in every language."""

import json
import os
import random
import shutil
import subprocess
import sys

import pytest

from equilingual.corpora import CorpusError, judgements
from equilingual.corpora.judgements import Judgements
from equilingual.corpora.lookup import hash_id

QRELS = ["10\t0\t1\t1", "10\t0\t2\t1", "11\t0\t3\t1", "10\t0\t1\t1"]
TRIPLES = ["10\t1\t3", "11\t3\t1", "10\t1\t4", "10\t2\t1", "10\t2\t3", "10\t1\t5", "12\t1\t2"]


@pytest.fixture
def mmarco(write_text):
    """Two languages; the second has no question 11, no passage 4 and an empty passage 5."""
    return {
        "en": {
            "collection": write_text(
                "en/collection.tsv", "0\tzero", "1\tone", "2\ttwo\ttabs", "3\tthree", "4\tfour", "5\tfive"
            ),
            "queries": write_text("en/queries.tsv", "12\ttwelve?", "11\televen?", "10\tten?"),
        },
        "de": {
            "collection": write_text("de/collection.tsv", "0\tnull", "1\teins", "2\tzwei", "3\tdrei", "5\t "),
            "queries": write_text("de/queries.tsv", "10\tzehn?"),
        },
        "qrels": write_text("qrels.tsv", *QRELS),
        "triples": write_text("triples.tsv", *TRIPLES),
    }


def values(rows, *names):
    return [tuple(row[name] for name in names) for row in rows]


def test_mmarco_joins_by_id_in_the_order_of_the_qrels(read, mmarco):
    options = {"languages": ["en", "de"]}
    rows, counts = read("mmarco", files={**mmarco["en"], "qrels": mmarco["qrels"]}, **options)
    assert values(rows, "pair_id", "passage_id", "question", "passage") == [
        ("10-1", "1", "ten?", "one"),
        ("10-2", "2", "ten?", "two\ttabs"),
        ("11-3", "3", "eleven?", "three"),
    ]
    assert "negatives" not in rows[0]
    assert counts == {"questions": 4, "kept": 3, "dropped": {"the same pair twice": 1}, "origin": "human"}
    rows, counts = read("mmarco", "de", files={**mmarco["de"], "qrels": mmarco["qrels"]}, **options)
    assert values(rows, "pair_id", "question", "passage") == [("10-1", "zehn?", "eins"), ("10-2", "zehn?", "zwei")]
    assert counts == {
        "questions": 4,
        "kept": 2,
        "dropped": {"no question in this language": 1, "the same pair twice": 1},
        "origin": "human",
    }


def test_triples_give_pairs_and_negatives_in_the_same_places_in_every_language(read, mmarco):
    rows, counts = read("mmarco", files={**mmarco["en"], "triples": mmarco["triples"]})
    assert (counts["questions"], counts["dropped"]) == (4, {})
    # 1 answers question 10, so that it is no negative of its other pair.
    assert values(rows, "pair_id", "negatives") == [
        ("10-1", ["three", "four", "five"]),
        ("11-3", ["one"]),
        ("10-2", ["three", "four", "five"]),
        ("12-1", ["two\ttabs"]),
    ]
    assert (counts["negatives"], counts["negatives_dropped"]) == (8, {"answers the question": 2})
    rows, counts = read("mmarco", "de", files={**mmarco["de"], "triples": mmarco["triples"]})
    assert values(rows, "pair_id", "negatives") == [("10-1", ["drei", None, None]), ("10-2", ["drei", None, None])]
    dropped = {"answers the question": 2, "no passage in this language": 4}
    assert (counts["negatives"], counts["negatives_dropped"]) == (2, dropped)


def test_qrels_choose_the_pairs_where_both_are_given_and_negatives_are_capped(read, mmarco):
    files = {**mmarco["en"], "qrels": mmarco["qrels"], "triples": mmarco["triples"]}
    rows, _ = read("mmarco", files=files, negatives=2)
    assert values(rows, "pair_id", "negatives") == [
        ("10-1", ["three", "four"]),
        ("10-2", ["three", "four"]),
        ("11-3", ["one"]),
    ]
    assert "negatives" not in read("mmarco", files=files, negatives=0)[0][0]


def test_a_negative_with_the_text_of_the_positive_is_none_and_keeps_its_place(read, write_text, write_lines):
    files = {
        "collection": write_text("collection.tsv", "1\tone", "2\tone", "3\tthree"),
        "queries": write_text("queries.tsv", "10\tten?"),
        "triples": write_text("triples.tsv", "10\t1\t2", "10\t1\t3"),
    }
    assert read("mmarco", files=files)[0][0]["negatives"] == [None, "three"]
    row = {"query_id": "1", "query_text": "?", "positive_document_ids": ["a"], "negative_document_ids": ["b", "c"]}
    documents = [{"docid": "a", "text": "Ada."}, {"docid": "b", "text": "Ada."}, {"docid": "c", "text": "Cy."}]
    files = {"file": write_lines([row], "train.jsonl"), "corpus": write_lines(documents, "corpus.jsonl")}
    assert read("tevatron", files=files)[0][0]["negatives"] == [None, "Cy."]


def test_a_collection_has_many_passages_that_nobody_asks_for(read, write_text):
    """Some of their hashes lie beyond all that are asked for."""
    files = {
        "collection": write_text("collection.tsv", *(f"{n}\ttext {n}" for n in range(1000))),
        "queries": write_text("queries.tsv", *(f"{n}\tquestion {n}" for n in range(1000))),
        "qrels": write_text("qrels.tsv", "500\t0\t501\t1"),
    }
    assert values(read("mmarco", files=files)[0], "question", "passage") == [("question 500", "text 501")]


def test_pairs_that_are_added_after_they_were_counted_are_distinct_too():
    judgements = Judgements(0)
    judgements.add("1", "2")
    assert len(judgements) == 1
    for _ in range(2):
        judgements.add("1", "3")
        judgements.add("1", "2")
    assert (len(judgements), judgements.added) == (2, 5)
    assert list(judgements.pairs()) == [(hash_id("1"), hash_id("2"), [], 0), (hash_id("1"), hash_id("3"), [], 0)]


@pytest.mark.parametrize(
    ("role", "lines", "message"),
    [
        ("qrels", ["10\t1"], r"qrels\.tsv, line 1: 4 columns expected \(qid 0 pid score\), found '10\\t1'"),
        ("qrels", ["10\t0\t1\thigh"], r"qrels\.tsv, line 1: the score 'high' is not a number"),
        ("qrels", ["10\t0\t1\tnan"], r"qrels\.tsv, line 1: the score 'nan' is not a number"),
        ("qrels", ["10\t0\t1\t0"], r"qrels\.tsv: no QA pair \(the file has none\)"),
        ("qrels", [], r"qrels\.tsv: the file is empty"),
        ("triples", ["10\t1\t3", "10\t1"], r"triples\.tsv, line 2: 3 columns expected"),
        ("collection", ["1 one"], r"collection\.tsv, line 1: not an id, a tab and a text"),
        ("collection", ["1\tone", "1\teins"], r"collection\.tsv, line 2: duplicate id '1', with different"),
        (
            "collection",
            ["9\tnine"],
            r"qrels\.tsv: no QA pair \(the same pair twice: 1, no passage in this language: 3\)",
        ),
        ("queries", ["9\tnine?"], r"no QA pair \(the same pair twice: 1, no question in this language: 3\)"),
    ],
)
def test_bad_files_are_one_clear_error(read, mmarco, write_text, role, lines, message):
    files = {**mmarco["en"], "qrels": mmarco["qrels"], role: write_text(f"bad/{role}.tsv", *lines)}
    with pytest.raises(CorpusError, match=message):
        read("mmarco", files=files)


def test_judgements_stay_distinct_and_in_order_while_they_are_compacted(monkeypatch):
    monkeypatch.setattr(judgements, "_LEAST", 4)
    draws = random.Random(1)
    mentioned = [(str(draws.randrange(9)), str(draws.randrange(9))) for _ in range(500)]
    judged = judgements.Judgements(0)
    for pair in mentioned:
        judged.add(*pair)
    expected = [(hash_id(query), hash_id(passage), [], 0) for query, passage in dict.fromkeys(mentioned)]
    assert list(judged.pairs()) == expected
    assert len(judged) == len(expected) > 70


def test_beir_has_titles_a_header_and_judged_negatives(read, write_lines, write_text):
    corpus = [
        {"_id": "d1", "title": "Ada", "text": "She wrote.", "metadata": {}},
        {"_id": "d2", "title": "", "text": "He read."},
        {"_id": "d3", "text": "Nothing."},
        {"_id": "d4", "title": "Unasked", "text": ""},
    ]
    queries = [{"_id": "q1", "text": "who wrote?", "metadata": {}}, {"_id": "q2", "text": "who read?"}]
    qrels = ["query-id\tcorpus-id\tscore", "q1\td1\t2", "q1\td2\t0", "q2\td2\t1", "q2\td4\t1", "q3\td1\t1"]
    files = {
        "corpus": write_lines(corpus, "corpus.jsonl"),
        "queries": write_lines(queries, "queries.jsonl"),
        "qrels": write_text("qrels/train.tsv", *qrels),
    }
    rows, counts = read("beir", files=files)
    assert values(rows, "pair_id", "passage_id", "question", "passage", "negatives") == [
        ("q1-d1", "d1", "who wrote?", "Ada She wrote.", ["He read."]),
        ("q2-d2", "d2", "who read?", "He read.", []),
    ]
    assert counts["dropped"] == {"no passage in this language": 1, "no question in this language": 1}
    for lines in (["q1\td1\t2", "q1\td2\t0"], ["q1\td1\t2"]):  # a lone line is one of names as well
        files["qrels"] = write_text("qrels/train.tsv", *lines)
        with pytest.raises(
            CorpusError, match=r"train\.tsv, line 1: no column 'query-id' \(columns here: 'q1', 'd1', '2'\)"
        ):
            read("beir", files=files)


def test_quotes_of_named_formats_are_text(read, write_text, write_lines):
    files = {
        "corpus": write_lines([{"_id": '"d"', "text": '"D"'}], "corpus.jsonl"),
        "queries": write_lines([{"_id": '"q"', "text": '"Q?"'}], "queries.jsonl"),
        "qrels": write_text("qrels.tsv", "query-id\tcorpus-id\tscore", '"q"\t"d"\t1'),
    }
    assert values(read("beir", files=files)[0], "pair_id", "passage") == [('"q"-"d"', '"D"')]
    files = {
        "collection": write_text("collection.tsv", '1\t"one ""1"""'),
        "queries": write_text("queries.tsv", '2\t"two?"'),
        "qrels": write_text("qrels.tsv", "2\t0\t1\t1"),
    }
    assert values(read("mmarco", files=files)[0], "question", "passage") == [('"two?"', '"one ""1"""')]


def test_two_pairs_whose_joined_ids_are_one_are_refused(read, write_lines, write_text):
    """Question a-b with passage c, and question a with passage b-c."""
    files = {
        "corpus": write_lines([{"_id": "c", "text": "C."}, {"_id": "b-c", "text": "BC."}], "corpus.jsonl"),
        "queries": write_lines([{"_id": "a-b", "text": "AB?"}, {"_id": "a", "text": "A?"}], "queries.jsonl"),
        "qrels": write_text("qrels.tsv", "query-id\tcorpus-id\tscore", "a-b\tc\t1", "a\tb-c\t1"),
    }
    with pytest.raises(
        CorpusError,
        match=r"qrels\.tsv, question 'a', passage 'b-c': pair_id 'a-b-c' is already used in question 'a-b', passage 'c'",
    ):
        read("beir", files=files)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"_id": "c", "txt": "C."},
            r"corpus\.jsonl, line 1: no column 'text' \(did you mean 'txt'\?\) \(columns here: '_id', 'txt'\)",
        ),
        ({"_id": "c", "text": []}, r"corpus\.jsonl, line 1: text is \[\], not a string"),
        ({"_id": ["c"], "text": "C."}, r"corpus\.jsonl, line 1: _id is \['c'\], not a string or a number"),
        ({"_id": "c", "text": None}, r"no QA pair \(no passage in this language: 1\)"),
    ],
)
def test_bad_rows_of_beir_are_one_clear_error(read, write_lines, write_text, row, message):
    files = {
        "corpus": write_lines([row], "corpus.jsonl"),
        "queries": write_lines([{"_id": "a", "text": "A?"}], "queries.jsonl"),
        "qrels": write_text("qrels.tsv", "query-id\tcorpus-id\tscore", "a\tc\t1"),
    }
    with pytest.raises(CorpusError, match=message):
        read("beir", files=files)


def test_tevatron_ids_are_joined_with_a_corpus(read, write_lines):
    rows = [
        {
            "query_id": "1",
            "query_text": "who?",
            "query_image": None,
            "positive_document_ids": ["a", "b", "a"],
            "negative_document_ids": ["a", "c", "x", "d"],
            "answer": None,
        },
        {"query_id": "2", "query_text": "what?", "positive_document_ids": ["x"], "negative_document_ids": []},
    ]
    documents = [{"docid": "a", "document_text": "Ada."}, {"docid": "b", "title": "Bee", "text": "Bob."}]
    documents += [{"docid": "c", "text": "Cy."}, {"docid": "d", "text": "Di."}, {"docid": "e", "text": "Eve."}]
    files = {"file": write_lines(rows, "train.jsonl"), "corpus": write_lines(documents, "corpus.jsonl")}
    read_rows, counts = read("tevatron", files=files, negatives=2)
    assert values(read_rows, "pair_id", "passage_id", "question", "passage", "negatives") == [
        ("1-a", "a", "who?", "Ada.", ["Cy.", None]),
        ("1-b", "b", "who?", "Bee Bob.", ["Cy.", None]),
    ]
    assert counts["dropped"] == {"no passage in this language": 1}
    # Of each of the two pairs: a answers the question, x is not in the corpus.
    assert counts["negatives_dropped"] == {"answers the question": 2, "no passage in this language": 2}
    assert "negatives_dropped" not in read("tevatron", files=files, negatives=0)[1]


MEASURE = """
import sys
from equilingual.corpora import read_corpus
folder = sys.argv[1]
files = {"collection": [f"{folder}/collection.tsv"], "queries": [f"{folder}/queries.tsv"], "qrels": [f"{folder}/qrels.tsv"]}
read_corpus(
    corpus="c", file_format="mmarco", files=files, language="en", languages=["en"], origin="human", licence="x",
    pairs_out=f"{folder}/out.parquet", counts_out=f"{folder}/out.json",
)
# Not ru_maxrss: a child process begins with its parent's.
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def test_memory_does_not_grow_with_the_texts_of_a_collection(root, tmp_path):
    """Of two collections with as many ids, one has 400 MB more of text, half of which is asked for."""
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    peaks = []
    for length in (1_000, 21_000):
        folder = tmp_path / str(length)
        folder.mkdir()
        with open(folder / "collection.tsv", "w") as file:
            file.writelines(f"{n}\t{n} {'x' * length}\n" for n in range(20_000))
        (folder / "queries.tsv").write_text("".join(f"{n}\twhat is {n}?\n" for n in range(20_000)))
        (folder / "qrels.tsv").write_text("".join(f"{n}\t0\t{n}\t1\n" for n in range(0, 20_000, 2)))
        program = [sys.executable, "-c", MEASURE, folder]
        done = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout) / 1024)
        assert json.loads((folder / "out.json").read_text())["languages"]["en"]["kept"] == 10_000
        shutil.rmtree(folder)
    assert peaks[1] - peaks[0] < 130, peaks


def test_whole_numbers_are_one_id_in_all_files_of_a_collection(read, write_lines, write_text):
    files = {
        "corpus": write_lines([{"_id": 1.0, "text": "one"}, {"_id": "2", "text": "two"}], "corpus.jsonl"),
        "queries": write_lines([{"_id": 7, "text": "seven?"}, {"_id": "8.0", "text": "eight?"}], "queries.jsonl"),
        "qrels": write_text("qrels.tsv", "query-id\tcorpus-id\tscore", "7.0\t1\t1.0", "8\t2.0\t1", "7\t2\t0.0"),
    }
    rows, _ = read("beir", files=files)
    assert values(rows, "pair_id", "passage", "negatives") == [("7-1", "one", ["two"]), ("8-2", "two", [])]
    files = {
        "collection": write_text("collection.tsv", "1.0\tone", "2\ttwo"),
        "queries": write_text("queries.tsv", "7\tseven?"),
        "qrels": write_text("qrels.txt", "7.0 0 1 1", "7 0 2.0 1"),
    }
    assert values(read("mmarco", files=files)[0], "pair_id", "passage") == [("7-1", "one"), ("7-2", "two")]
    rows = [{"query_id": 1.0, "query_text": "1.0", "positive_document_ids": [4.0], "negative_document_ids": ["5.0"]}]
    files = {
        "file": write_lines(rows),
        "corpus": write_lines([{"docid": n, "text": f"t{n}"} for n in (4, 5)], "c.jsonl"),
    }
    rows, _ = read("tevatron", files=files)
    assert values(rows, "pair_id", "question", "negatives") == [("1-4", "1.0", ["t5"])]  # a text is no id


def test_collections_that_were_put_together_are_read_or_refused(read, mmarco, write_text):
    joined = [line.replace("\n", "") for line in mmarco["en"]["collection"].read_text(encoding="utf-8").splitlines()]
    marked = write_text("marked.tsv", *(f"\ufeff{line}" for line in joined))
    expected, _ = read("mmarco", files={**mmarco["en"], "qrels": mmarco["qrels"]})
    assert read("mmarco", files={**mmarco["en"], "qrels": mmarco["qrels"], "collection": marked})[0] == expected
    glued = write_text("glued.tsv", "\ufeff".join(joined))
    with pytest.raises(CorpusError, match=r"glued\.tsv, line 1: it contains a byte order mark and another line"):
        read("mmarco", files={**mmarco["en"], "qrels": mmarco["qrels"], "collection": glued})


@pytest.mark.parametrize("role", ["corpus", "queries", "qrels"])
def test_the_limit_holds_for_every_file_of_a_collection(read, write_lines, write_text, role):
    files = {
        "corpus": write_lines([{"_id": "c", "text": "C."}], "corpus.jsonl"),
        "queries": write_lines([{"_id": "a", "text": "A?"}], "queries.jsonl"),
        "qrels": write_text("qrels.tsv", "query-id\tcorpus-id\tscore", "a\tc\t1"),
    }
    assert len(read("beir", files=files, max_entry_mb=1)[0]) == 1
    with open(files[role], "a", encoding="utf-8") as file:
        file.write("x" * (1 << 20) + "y\n")
    with pytest.raises(CorpusError, match=r"line [23]: longer than 1 MB"):
        read("beir", files=files, max_entry_mb=1)
