"""The English version of a candidate."""

from benchmark_tables import write_tables

from equilingual.evaluation.glosses import english_versions
from equilingual.retrieval import read_tables


def versions(folder, candidates, qrels, queries=(("q", "en"),), **about):
    tables = read_tables(write_tables(folder, candidates=candidates, queries=queries, qrels=qrels, **about))
    ids = tables.candidates["candidate_id"].to_pylist()
    return {ids[row]: ids[english] for row, english in english_versions(tables, range(len(ids))).items()}


def named(*ids):
    return [(key, key.partition("_")[0]) for key in ids]


def test_ids_that_differ_in_the_language_alone_are_versions(tmp_path):
    found = versions(tmp_path, named("de_bees-1", "de_bees-2", "en_bees-1", "en_tide-1"), [("q", "en_tide-1")])
    assert found == {"de_bees-1": "en_bees-1"}


def test_positions_count_only_where_both_languages_have_as_many(tmp_path):
    ids = ["de_0_0", "de_0_1", "de_1_0", "en_0_0", "en_0_1", "en_1_0", "en_1_1"]
    assert versions(tmp_path, named(*ids), [("q", "en_0_0")]) == {"de_0_0": "en_0_0", "de_0_1": "en_0_1"}


def test_the_only_relevant_ones_of_a_question_are_versions_whatever_their_ids(tmp_path):
    ids = ["de_0_0", "de_0_1", "de_1_0", "de_1_1", "en_0_0", "en_1_0", "en_1_1"]
    qrels = [("q", "en_0_0"), ("q", "de_0_1"), ("r", "en_1_1"), ("r", "de_1_0"), ("r", "de_1_1")]
    found = versions(tmp_path, named(*ids), qrels, queries=[("q", "en"), ("r", "en")])
    # r has two in German; the sentences of paragraph 1 are as many in both
    assert found == {"de_0_1": "en_0_0", "de_1_0": "en_1_0", "de_1_1": "en_1_1"}


def test_a_judgement_against_the_positions_is_believed(tmp_path):
    ids = ["de_0", "de_1", "de_2", "en_0", "en_1", "en_2"]
    assert versions(tmp_path, named(*ids), [("q", "en_0"), ("q", "de_1")]) == {"de_1": "en_0"}


def test_another_collection_has_other_texts(tmp_path):
    candidates = [("de_1", "de", "de"), ("en_1", "en", "en")]
    queries = [("q", "en", "q", "en")]
    assert versions(tmp_path, candidates, [("q", "en_1")], queries=queries, settings=["monolingual"]) == {}


def test_without_english_there_is_none(tmp_path):
    assert versions(tmp_path, named("de_1", "fr_1"), [("q", "de_1")], queries=[("q", "de")]) == {}
