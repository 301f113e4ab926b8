"""The tables of what was read."""

from equilingual.report.data.flow import flow_table
from equilingual.report.parameters import parameter_tables
from equilingual.report.records import benchmark_table, cut_table, data_tables, experiment_table


def _record(**counts):
    base = {"questions": 3, "kept": 2, "dropped": {"no passage": 1}, "origin": "human"}
    return {"corpus": "faq", "licence": "MIT", "languages": {"en": base | counts}}


def test_hard_negatives_that_are_left_out_stand_with_their_reasons():
    dropped = {"empty": 2, "the same one twice": 1}
    table = data_tables([_record(), _record(negatives=0, negatives_dropped=dropped)], [], [], [], [])[0]
    assert table.columns[-2:] == ["Hard negatives", "Hard negatives dropped"]
    assert [row[-3:] for row in table.rows] == [
        ["no passage: 1", "–", "none"],
        ["no passage: 1", "0", "empty: 2; the same one twice: 1"],
    ]
    assert table.numeric == {"Questions", "Published", "Kept", "Hard negatives"}


def test_corpora_without_hard_negatives_have_no_columns_of_them():
    table = data_tables([_record()], [], [], [], [])[0]
    assert table.columns[-1] == "Dropped, by reason"
    assert [len(row) for row in table.rows] == [len(table.columns)]


def test_a_judged_pool_is_said_beside_the_benchmark():
    sizes = {"languages": {"sw": {"candidates": 4, "queries": 2}}, "candidate_text": "sentence", "licence": "x"}
    rows = benchmark_table(
        [sizes | {"benchmark": "m", "pool": "judged"}, sizes | {"benchmark": "f", "pool": "full"}]
    ).rows
    assert [row[2] for row in rows] == ["sentence; pool: judged passages only", "sentence"]


def test_what_a_benchmark_leaves_out_and_queries_that_are_documents_stand_beside_it():
    sizes = {"languages": {"en": {"candidates": 4, "queries": 2}}, "candidate_text": "sentence", "licence": "x"}
    same = {"candidates": 2, "same_text": 1}
    table = benchmark_table(
        [
            sizes | {"benchmark": "a", "dropped": {"empty passages, en": 3, "repeated judgements": 1}, "same_id": same},
            sizes | {"benchmark": "b", "same_id": same, "ignore_identical_ids": True},
            sizes | {"benchmark": "c", "dropped": {}},
        ]
    )
    assert table.columns[-2:] == ["Dropped, by reason", "Candidates with the id of a query"]
    assert [row[-2:] for row in table.rows] == [
        ["empty passages, en: 3; repeated judgements: 1", "2, with its text: 1; searched, see ignore_identical_ids"],
        ["none", "2, with its text: 1; excluded"],
        ["none", "none"],
    ]


def test_batches_that_are_mixed_by_pair_have_the_share_of_their_pairs():
    whole = {"batch_size": 32, "batches": 50, "monolingual_batches": 20, "monolingual_pairs": 640, "mix": "batch"}
    by_pair = whole | {"monolingual_batches": 0, "monolingual_pairs": 1200, "mix": "pair"}
    table = data_tables([], [], [whole, by_pair], [], [])[0]
    assert table.columns[5:7] == ["Monolingual", "Fraction monolingual"]
    assert [row[5:7] for row in table.rows] == [["20", "0.400"], ["1\u202f200 pairs", "0.750"]]


def test_an_audit_says_in_how_many_languages_a_query_has_an_answer_where_it_may_have_several():
    one = {"positives": None, "negatives": {"asked": {"count": 2, "language": "query"}, "rows": {"2": 4}}}
    columns = data_tables([], [], [], [one], [])[0].columns
    assert "Positives per query" not in columns
    table = data_tables([], [], [], [one, one | {"positives": {"asked": 3, "rows": {"0": 1, "1": 1, "2": 6}}}], [])[0]
    assert [row[table.columns.index("Positives per query")] for row in table.rows] == ["1", "2.62 of 3"]
    assert {row[table.columns.index("Hard negatives per pair")] for row in table.rows} == {
        "2.00 of 2, query's language"
    }
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_shared_question_ids_are_an_overlap():
    counts = {"passages": 0, "questions": 0, "ids": 3}
    tables = data_tables([], [], [], [], [{"training_set": "t", "benchmarks": {"b": counts}}])
    assert tables[-1].rows == [["t", "b", "0", "0", "3", "overlap"]]


def test_an_average_over_seeds_is_no_training():
    parameters = {"batch_size": 4, "learning_rate": 0.5}
    seeds = [
        {"experiment": f"m__seed-{seed}", "seed": seed, "languages": ["en"], "steps": 12, "pairs": 20}
        | {"final_loss": 0.5, "parameters": parameters, "texts_cut": {"queries": 1, "passages": 2}}
        for seed in (1, 2)
    ]
    average = {"experiment": "m__average", "seed": None, "languages": ["en"], "pairs": 20, "parameters": parameters}
    models = [*seeds, average | {"averaged": [{"seed": 1}, {"seed": 2}]}]
    assert [row[0] for row in experiment_table(models).rows] == ["m__seed-1", "m__seed-2"]
    assert [row[0] for row in cut_table(models, {}).rows] == ["m__seed-1", "m__seed-2"]
    for one, other in zip(parameter_tables(models), parameter_tables(seeds), strict=True):
        assert one.rows == other.rows


def test_batches_of_a_variant_are_named_with_it():
    record = {"training_set": "t", "strategy": "mono", "seed": 1, "batches": 4, "batch_size": 8}
    record |= {"monolingual_batches": 4, "shards": [{"file": "part-0.parquet", "rows": 32}]}
    varied = record | {"variant": "small"}
    audit = {"bitext": None}
    tables = data_tables([], [], [record, varied], [audit | record, audit | varied], [])
    for title in ("Batches, and the fraction", "Audit of the batches"):
        table = next(one for one in tables if one.caption.startswith(title))
        assert [row[:3] for row in table.rows] == [["t", "mono", "1"], ["t", "mono, small", "1"]]
    flow = flow_table([], [], [], [record | {"expected": {"mono": {}}}, varied | {"expected": {"mono": {}}}])["data"]
    assert [row[1] for row in flow if row[0] == "batches"] == ["t / mono", "t / mono, small"]
