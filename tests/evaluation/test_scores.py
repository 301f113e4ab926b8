"""Figures, averages and intervals, by hand on a few ranks."""

import csv
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmark_tables import make_group, write_tables
from scipy import stats

from equilingual.evaluation import collect_scores, score_model, score_seeds
from equilingual.evaluation.bootstrap import bootstrap_intervals, interval_name
from equilingual.evaluation.catalogue import MEASURES
from equilingual.evaluation.groups import read_groups
from equilingual.evaluation.scores import COLUMNS
from equilingual.evaluation.two_levels import intervals_over_seeds
from equilingual.files import DamagedFileError, read_json
from equilingual.manifests import write_manifest
from equilingual.retrieval.tables import SETTINGS
from equilingual.retrieval.trec import write_lines

# query, query language, pool, candidate language, rank; q2 exists in English only
RANKS = [
    ("q1", "en", "en", "en", 1),
    ("q2", "en", "en", "en", 4),
    ("q1", "de", "de", "de", 2),
    ("q1", "de", "en", "en", 5),
    ("q1", "en", "de", "de", 10),
    ("q1", "en", "all", "en", 1),
    ("q1", "en", "all", "de", 12),
    ("q2", "en", "all", "en", 20),
    ("q1", "de", "all", "en", 6),
    ("q1", "de", "all", "de", 3),
]
MODEL = {"encoder": "e", "training_set": "t", "strategy": "hybrid", "alpha": 0.5, "seed": 1, "debias": "none"}


# The first two of all languages
RUN = {"en_q1": ["en_0", "de_1"], "en_q2": ["en_3", "en_4"], "de_q1": ["de_2", "en_0"]}


@pytest.fixture
def ranks(tmp_path):
    """Twenty English candidates, ten German ones; q1 is answered by en_0 and de_0, q2 by en_1."""
    write_tables(
        tmp_path / "benchmark",
        candidates=[(f"{tag}_{n}", tag) for tag, count in (("en", 20), ("de", 10)) for n in range(count)],
        queries=[("q1", "en"), ("q2", "en"), ("q1", "de")],
        qrels=[("q1", "en_0"), ("q2", "en_1"), ("q1", "de_0")],
    )
    names = ["query_id", "query_language", "pool", "candidate_language", "rank"]
    table = pa.table(dict(zip(names, map(list, zip(*RANKS, strict=True)), strict=True)))
    table = table.append_column("cluster", table["query_id"])
    for name in ("relevance", "candidate", "best"):
        table = table.append_column(name, pa.array([1] * len(table)))
    pq.write_table(table, tmp_path / "ranks.parquet")
    (tmp_path / "runs").mkdir()
    found = [(query, hit, n) for query, hits in RUN.items() for n, hit in enumerate(hits, 1)]
    write_lines(tmp_path / "runs/all.trec.gz", [f"{query} Q0 {hit} {n} {1 / n} m\n" for query, hit, n in found])
    write_manifest(tmp_path / "runs", ["all.trec.gz"], {"versions": {"faiss-cpu": "0.1"}})
    return tmp_path / "ranks.parquet"


def score(ranks, tmp_path, model=MODEL, name="a", **asked):
    score_model(
        model=model,
        name="b",
        ranks=ranks,
        runs=tmp_path / "runs",
        benchmark=tmp_path / "benchmark",
        resamples=50,
        seed=1,
        out=tmp_path / f"{name}.parquet",
        intervals=tmp_path / f"{name}.json",
        bias=tmp_path / f"{name}.bias.json",
        **asked,
    )
    return tmp_path / f"{name}.parquet"


def test_the_versions_that_ranked_and_that_scored_are_told_apart(ranks, tmp_path):
    score(ranks, tmp_path)
    about = read_json(tmp_path / "a.bias.json")
    assert about["ranking_versions"] == {"faiss-cpu": "0.1"}
    assert about["versions"]["numpy"] == np.__version__


def test_every_figure_by_hand(ranks, tmp_path):
    rows = pq.read_table(score(ranks, tmp_path)).to_pylist()
    value = {(r["setting"], r["query_language"], r["pool"], r["measure"]): (r["value"], r["queries"]) for r in rows}
    expected = {
        ("monolingual", "en", "en", "map"): ((1 + 1 / 4) / 2, 2),
        ("monolingual", "de", "de", "map"): (1 / 2, 1),
        # macro: over languages, not over queries
        ("monolingual", "mean", "mean", "map"): ((0.625 + 0.5) / 2, 3),
        ("monolingual", "mean", "mean", "recall@1"): ((1 / 2 + 0) / 2, 3),
        ("cross-lingual", "de", "en", "map"): (1 / 5, 1),
        ("cross-lingual", "mean", "mean", "map"): ((1 / 5 + 1 / 10) / 2, 2),
        ("cross-lingual", "mean", "mean", "recall@10"): (1.0, 2),
        # q1 from English: ranks 1 and 12; q2: one relevant candidate at 20
        ("multilingual", "en", "all", "map"): (((1 + 2 / 12) / 2 + 1 / 20) / 2, 2),
        ("multilingual", "en", "all", "rank_distance"): (11 / 2, 2),
        ("multilingual", "de", "all", "map"): ((1 / 3 + 2 / 6) / 2, 1),
        ("multilingual", "de", "all", "mrr"): (1 / 3, 1),
        ("multilingual", "mean", "mean", "rank_distance"): ((5.5 + 3) / 2, 3),
        ("multilingual", "mean", "mean", "rank_distance_median"): ((5.5 + 3) / 2, 3),
        ("multilingual", "en", "all", "recall@10"): ((1 / 2 + 0) / 2, 2),
        # averages over the pools of a query language, and over the query languages of a pool
        ("cross-lingual", "de", "mean", "map"): (1 / 5, 1),
        ("cross-lingual", "mean", "de", "map"): (1 / 10, 1),
        # q2's relevant candidate at 20 is the last that counts
        ("multilingual", "en", "all", "map@20"): (((1 + 2 / 12) / 2 + 1 / 20) / 2, 2),
        ("cross-lingual", "de", "en", "ndcg@10"): (1 / np.log2(6), 1),
        # ranks 1 and 12, and 20 alone: distances of 11 and 0, of 28 and 29 that there are
        ("multilingual", "en", "all", "rank_distance_normalised"): ((11 - 1) / (29 - 1) / 2, 2),
        ("multilingual", "en", "all", "max_rank"): ((12 + 20) / 2, 2),
        # the other language's candidate: log2 12 - log2 1; q2 has none
        ("multilingual", "en", "all", "same_language_gap"): (np.log2(12), 2),
        ("multilingual", "en", "all", "language_preference"): (1.0, 2),
        ("multilingual", "mean", "mean", "language_preference"): (1.0, 3),
        # three of four places are English, of the candidates two thirds
        ("multilingual", "en", "all", "language_kl@10"): (0.75 * np.log2(0.75 * 3 / 2) + 0.25 * np.log2(0.25 * 3), 2),
    }
    for key, (figure, queries) in expected.items():
        assert value[key] == (pytest.approx(figure), queries), key
    assert not [key for key in value if key[0] != "multilingual" and key[3].startswith("rank_distance")]
    assert not [key for key in value if key[3] in ("accuracy", "f1", "peer@20")]


def test_diagnostics_by_hand(ranks, tmp_path):
    rows = pq.read_table(score(ranks, tmp_path, diagnostics=("hubness", "lang_ndcg"))).to_pylist()
    value = {(r["query_language"], r["pool"], r["measure"]): (r["value"], r["queries"]) for r in rows}
    best = 1 + 0.5 / np.log2(3)
    # Asked in English: q1 has its own language's answer first and the other's at 12, q2 its only one at 20.
    assert value["en", "all", "lang_ndcg@10"] == (pytest.approx(1 / best / 2), 2)
    german = (1 / np.log2(4) + 0.5 / np.log2(7)) / best
    assert value["de", "all", "lang_ndcg@10"] == (pytest.approx(german), 1)
    assert value["mean", "mean", "lang_ndcg@10"] == (pytest.approx((1 / best / 2 + german) / 2), 3)
    # Of twenty English candidates one is in two lists and two are in one, of ten German ones two are in one:
    # a share p of ones has the skewness (1 - 2p) / sqrt(p (1 - p)).
    assert value["mean", "en", "anti_hubs@10"] == (pytest.approx(17 / 20), 3)
    assert value["mean", "de", "anti_hubs@10"] == (pytest.approx(8 / 10), 3)
    assert value["mean", "de", "hub_skewness@10"] == (pytest.approx(0.6 / 0.4), 3)
    english = stats.skew([2, 1, 1] + [0] * 17)
    assert value["mean", "en", "hub_skewness@10"] == (pytest.approx(english), 3)
    assert value["mean", "mean", "hub_skewness@10"] == (pytest.approx((english + 1.5) / 2), 3)


def test_run_files_that_somebody_changed_are_refused(ranks, tmp_path):
    write_lines(tmp_path / "runs/all.trec.gz", ["en_q1 Q0 en_0 1 1 m\n"])
    with pytest.raises(
        DamagedFileError, match=r"all\.trec\.gz is (missing|damaged).*: delete .*manifest\.json and run"
    ):
        score(ranks, tmp_path)


@pytest.mark.parametrize("length", [100, -200, 0])
def test_ranks_that_are_cut_short_are_named_with_what_to_do(ranks, tmp_path, length):
    ranks.write_bytes(ranks.read_bytes()[:length])
    with pytest.raises(DamagedFileError, match=r"ranks\.parquet is damaged \(.*\): delete it and run"):
        read_groups(ranks)


def test_what_of_the_bias_is_no_single_figure(ranks, tmp_path):
    score(ranks, tmp_path)
    about = read_json(tmp_path / "a.bias.json")
    assert about["languages"] == ["en", "de"]
    assert about["median_rank"] == {"en": [10.5, 12], "de": [6, 3]}
    assert about["shares"] == {"en": [0.75, 0.25], "de": [0.5, 0.5]}
    assert about["pool_shares"] == pytest.approx([2 / 3, 1 / 3])
    # q1 alone has both languages, in one order: Kendall's W of one query is 1
    assert about["concordance"]["en"]["w"] == 1
    assert about["concordance"]["en"]["queries"] == 1


def test_the_csv_has_the_public_columns_and_exact_values(ranks, tmp_path):
    untrained = {**MODEL, "training_set": None, "strategy": "none", "alpha": None, "seed": None}
    tables = [score(ranks, tmp_path, untrained, "a"), score(ranks, tmp_path, MODEL, "b")]
    collect_scores(scores=tables, out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")
    with open(tmp_path / "scores.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (
        list(rows[0])
        == [
            "encoder",
            "training_set",
            "strategy",
            "alpha",
            "seed",
            "debias",
            "benchmark",
            "setting",
            "query_language",
            "pool",
            "measure",
            "value",
            "queries",
        ]
        == COLUMNS
    )
    assert [rows[0][name] for name in COLUMNS[:7]] == ["e", "", "none", "", "", "none", "b"]
    assert [rows[-1][name] for name in COLUMNS[:7]] == ["e", "t", "hybrid", "0.5", "1", "none", "b"]
    exact = [row["value"] for table in tables for row in pq.read_table(table).to_pylist()]
    assert [float(row["value"]) for row in rows] == exact


def test_intervals_hold_the_value_and_are_the_same_for_the_same_seed(ranks, tmp_path):
    score(ranks, tmp_path)
    intervals = read_json(tmp_path / "a.json")
    measures = [
        one.name for one in MEASURES.values() if one.interval and one.settings == SETTINGS and one.name != "map"
    ]
    assert {"recall@1", "recall@10", "mrr", "ndcg@10"} <= set(measures)
    assert set(intervals) == {
        *SETTINGS,
        *(f"{setting} {measure}" for setting in SETTINGS for measure in measures),
        "rank_distance",
    }
    rows = {
        (row["setting"], row["measure"]): row["value"]
        for row in pq.read_table(tmp_path / "a.parquet").to_pylist()
        if row["query_language"] == row["pool"] == "mean"
    }
    for setting in SETTINGS:
        for measure in ("map", *measures):
            assert intervals[interval_name(setting, measure)]["value"] == pytest.approx(rows[setting, measure])
    assert intervals["monolingual"]["value"] == pytest.approx(0.5625)
    assert intervals["monolingual"]["clusters"] == 2
    assert bootstrap_intervals(read_groups(ranks), resamples=50, seed=1).means == intervals


def test_all_seeds_are_scored_from_their_ranks(ranks, tmp_path):
    table = pq.read_table(ranks)
    better = table.set_column(table.column_names.index("rank"), "rank", pa.array([1] * len(table)))
    pq.write_table(better, tmp_path / "other.parquet")
    made = {"ranks": [ranks, tmp_path / "other.parquet"], "benchmark": tmp_path / "benchmark", "seed": 1}
    score_seeds(**made, resamples=50, out=tmp_path / "seeds.json")
    found = read_json(tmp_path / "seeds.json")
    assert found["monolingual"]["value"] == pytest.approx((0.5625 + 1) / 2)
    assert found["monolingual"]["seeds"] == 2
    assert found["monolingual"]["low"] < found["monolingual"]["value"] < found["monolingual"]["high"]
    assert found == intervals_over_seeds([read_groups(path) for path in made["ranks"]], resamples=50, seed=1)


@pytest.mark.parametrize(("task", "has_accuracy"), [("bitext", True), ("retrieval", False)])
def test_only_sentences_that_are_matched_have_accuracy_over_seeds(ranks, tmp_path, task, has_accuracy):
    names = [f"s{n}" for n in range(4)]
    write_tables(
        tmp_path / "pairs",
        candidates=[(f"de_{n}", "de") for n in range(4)],
        queries=[(name, "en") for name in names],
        qrels=[(name, f"de_{n}") for n, name in enumerate(names)],
        task=task,
    )
    columns = {"query_language": "en", "pool": "de", "candidate_language": "de", "relevance": 1, "rank": 1}
    rows = [{"query_id": s, "cluster": s, "candidate": n, "best": n, **columns} for n, s in enumerate(names)]
    pq.write_table(pa.Table.from_pylist(rows), ranks)
    made = {"ranks": [ranks, ranks], "benchmark": tmp_path / "pairs", "resamples": 20, "seed": 1}
    score_seeds(**made, out=tmp_path / "seeds.json")
    assert ("cross-lingual accuracy" in read_json(tmp_path / "seeds.json")) == has_accuracy


def test_intervals_agree_with_scipy_where_every_question_is_its_own_cluster():
    rng = np.random.default_rng(5)
    ranks = rng.geometric(0.3, size=(300, 1))
    ids = [f"q{n}" for n in range(300)]
    group = make_group("monolingual", "en", "en", ranks, ids, ids)
    ours = bootstrap_intervals([group], resamples=4000, seed=1).means["monolingual"]
    assert bootstrap_intervals([group], resamples=4000, seed=2).means["monolingual"] != ours
    theirs = stats.bootstrap(
        (1 / ranks[:, 0],), np.mean, n_resamples=4000, method="percentile", rng=1
    ).confidence_interval
    assert ours["low"] == pytest.approx(theirs.low, abs=0.004)
    assert ours["high"] == pytest.approx(theirs.high, abs=0.004)


@pytest.mark.parametrize("order", [("en", "de", "fr"), ("fr", "en", "de")])
def test_a_measure_that_some_languages_lack_has_the_interval_of_the_others(order):
    """French asks questions of its own, so that no other language has an answer to compare ranks with."""
    rng = np.random.default_rng(4)
    ids = {"en": [f"q{n}" for n in range(30)], "de": [f"q{n}" for n in range(30)], "fr": [f"f{n}" for n in range(30)]}
    groups = {
        tag: make_group(
            *("multilingual", tag, "all"),
            rng.integers(1, 50, size=(30, 1 if tag == "fr" else 2)),
            ids[tag],
            [str(n // 3) for n in range(30)],
            languages=[["fr"] if tag == "fr" else ["en", "de"]] * 30,
        )
        for tag in ids
    }
    every = bootstrap_intervals([groups[tag] for tag in order], resamples=200, seed=1)
    others = bootstrap_intervals([groups[tag] for tag in order if tag != "fr"], resamples=200, seed=1)
    assert every.means["rank_distance"] == others.means["rank_distance"]
    assert every.means["rank_distance"]["queries"] == 60
    assert every.means["multilingual"]["queries"] == 90
    assert every.of("multilingual", "fr", "all", "rank_distance") is None
    assert every.of("multilingual", "fr", "all", "map") is not None
    over = intervals_over_seeds([[groups[tag] for tag in order]] * 2, resamples=200, seed=1)
    assert over["rank_distance"]["queries"] == 60


def test_a_single_pair_of_languages_agrees_with_scipy_where_paragraphs_have_several_questions():
    """The same draws are behind each pair; scipy resamples the paragraphs of one of them, with all their questions."""
    rng = np.random.default_rng(7)
    clusters = rng.integers(0, 60, size=240)  # paragraphs of about four questions
    difficulty = rng.random(60)
    ids = [f"q{n}" for n in range(240)]
    groups = [
        make_group(
            setting, "de", pool, rng.geometric(0.1 + 0.5 * difficulty[clusters])[:, None], ids, clusters.astype(str)
        )
        for setting, pool in (("monolingual", "de"), ("cross-lingual", "en"), ("cross-lingual", "fr"))
    ]
    found = bootstrap_intervals(groups, resamples=4000, seed=1)
    for group in groups:
        for measure, values in (("map", 1 / group.ranks[:, 0]), ("recall@1", (group.ranks[:, 0] == 1).astype(float))):
            sums, sizes = (np.bincount(clusters, weights, minlength=60) for weights in (values, None))
            theirs = stats.bootstrap(
                (sums, sizes),
                lambda total, size, axis: total.sum(axis=axis) / size.sum(axis=axis),
                paired=True,
                n_resamples=4000,
                method="percentile",
                rng=1,
            ).confidence_interval
            low, high = found.groups[group.setting, "de", group.pool, measure]
            assert low < values.mean() < high
            assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.006)
    # Of one group alone, the macro-average is that group's figure.
    assert found.of("monolingual", "mean", "mean", "map") == found.of("monolingual", "de", "de", "map")
    assert found.of("cross-lingual", "mean", "mean", "map") != found.of("cross-lingual", "de", "en", "map")
    assert found.of("cross-lingual", "de", "mean", "map") is None


def test_a_small_pairs_interval_is_over_the_resamples_that_have_it():
    # q1 is in about a third of the resamples not drawn; its pair has one value whenever it is.
    groups = [
        make_group("monolingual", tag, tag, np.full((len(ids), 1), rank), ids, ids)
        for tag, ids, rank in (("en", ["q1"], 2), ("de", ["q2", "q3", "q4"], 4))
    ]
    found = bootstrap_intervals(groups, resamples=200, seed=1)
    assert found.groups["monolingual", "en", "en", "map"] == (0.5, 0.5)
    assert found.groups["monolingual", "de", "de", "map"] == (0.25, 0.25)


def test_the_csv_of_intervals_has_the_scores_that_have_one(ranks, tmp_path):
    table = score(ranks, tmp_path)
    collect_scores(scores=[table], out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")
    with open(tmp_path / "intervals.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*COLUMNS[:-1], "low", "high"]
    expected = bootstrap_intervals(read_groups(ranks), resamples=50, seed=1)
    places = {}
    for row in rows:
        place = tuple(row[name] for name in ("setting", "query_language", "pool", "measure"))
        places[place] = (float(row["low"]), float(row["high"]))
        assert expected.of(*place) == places[place]
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"])
    assert len(places) == len(rows) == len(expected.groups) + len(expected.means)
    assert ("cross-lingual", "de", "en", "map") in places
    assert ("multilingual", "en", "all", "rank_distance") in places
    assert ("monolingual", "mean", "mean", "map") in places
    assert "map@20" not in {place[-1] for place in places}


def test_accuracy_has_an_interval_where_sentences_are_matched():
    rng = np.random.default_rng(5)
    ids = [f"q{n}" for n in range(300)]
    group = make_group("cross-lingual", "en", "de", rng.geometric(0.5, size=(300, 1)), ids, ids)
    # Equal scores: the first of them is the best, also where the right one has rank 1 with it.
    right = rng.random(300) < 0.4
    group = replace(
        group, candidates=np.arange(300)[:, None], best=np.where(right, np.arange(300), 299 - np.arange(300))
    )
    assert "cross-lingual accuracy" not in bootstrap_intervals([group], resamples=10, seed=1).means
    ours = bootstrap_intervals([group], resamples=4000, seed=1, bitext=True).means["cross-lingual accuracy"]
    theirs = stats.bootstrap((right,), np.mean, n_resamples=4000, method="percentile", rng=1).confidence_interval
    assert ours["value"] == pytest.approx(right.mean())
    assert (ours["low"], ours["high"]) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_clusters_widen_the_interval_where_their_questions_agree():
    # 30 paragraphs of 10 questions that all have the paragraph's own rank: 300 questions tell as much as 30
    rng = np.random.default_rng(6)
    ranks = rng.integers(1, 10, size=30).repeat(10)[:, None]
    ids = [f"q{n}" for n in range(300)]
    width = {}
    for name, clusters in (("own", ids), ("shared", [f"p{n // 10}" for n in range(300)])):
        group = make_group("monolingual", "en", "en", ranks, ids, clusters)
        interval = bootstrap_intervals([group], resamples=2000, seed=1).means["monolingual"]
        width[name] = interval["high"] - interval["low"]
    assert width["shared"] / width["own"] == pytest.approx(np.sqrt(10), rel=0.25)


def test_a_resample_without_a_small_group_is_the_mean_of_the_others():
    groups = [
        make_group("monolingual", language, language, np.ones((len(ids), 1), dtype=np.int64), ids, ids)
        for language, ids in (("en", ["q1"]), ("de", ["q2", "q3", "q4"]))
    ]
    interval = bootstrap_intervals(groups, resamples=200, seed=1).means["monolingual"]
    assert (interval["low"], interval["value"], interval["high"]) == (1.0, 1.0, 1.0)


def test_with_one_answer_to_a_question_there_is_no_rank_distance():
    ids = [f"q{n}" for n in range(9)]
    one = make_group("multilingual", "en", "all", np.arange(1, 10)[:, None], ids, ids)
    assert "rank_distance" not in bootstrap_intervals([one], resamples=10, seed=1).means
    ranks = np.stack([np.arange(1, 10), np.arange(2, 11)], axis=1)
    same_language = make_group("multilingual", "en", "all", ranks, ids, ids, [["de", "de"]] * 9)
    assert "rank_distance" not in bootstrap_intervals([same_language], resamples=10, seed=1).means
    two = make_group("multilingual", "en", "all", ranks, ids, ids, [["de", "en"]] * 9)
    assert bootstrap_intervals([two], resamples=10, seed=1).means["rank_distance"]["value"] == 1


def test_of_several_answers_in_a_language_the_first_counts_for_its_bias(ranks, tmp_path):
    """Another German answer to q1, asked in English at 130, in German at 2: the first of each language stand at 1, 12 and 2, 6."""
    table = pq.read_table(ranks).to_pylist()
    more = [
        {**row, "rank": rank, "candidate": 2}
        for row in table
        if row["pool"] == "all" and row["candidate_language"] == "de"
        for rank in ([130] if row["query_language"] == "en" else [2])
    ]
    by_query = sorted([*table, *more], key=lambda row: (row["pool"], row["query_language"], row["query_id"]))
    pq.write_table(pa.Table.from_pylist(by_query), ranks)
    rows = pq.read_table(score(ranks, tmp_path)).to_pylist()
    value = {(row["query_language"], row["measure"]): row["value"] for row in rows if row["pool"] == "all"}
    assert value["en", "rank_distance"] == (11 + 0) / 2
    assert value["en", "max_rank"] == (12 + 20) / 2
    assert value["en", "complete@100"] == 1
    assert value["en", "rank_distance_normalised"] == pytest.approx((11 - 1) / (29 - 1) / 2)
    assert value["de", "rank_distance"] == 6 - 2
    assert value["de", "log_rank_distance"] == pytest.approx(np.log2(6) - np.log2(2))
    (multilingual,) = [group for group in read_groups(ranks) if (group.query_language, group.pool) == ("en", "all")]
    assert MEASURES["log_rank_distance"].of(multilingual) == pytest.approx([np.log2(12), 0])
    assert bootstrap_intervals([multilingual], resamples=5, seed=1).means["rank_distance"]["value"] == (11 + 0) / 2


def test_a_table_of_another_model_in_a_models_place_does_not_reach_the_csv(ranks, tmp_path):
    other = {**MODEL, "seed": 7}
    tables = [score(ranks, tmp_path, MODEL, "a"), score(ranks, tmp_path, other, "b")]
    collect_scores(scores=tables, out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes())
    with pytest.raises(DamagedFileError, match=r"b\.parquet is damaged \(it has the figures that .*a\.parquet has"):
        collect_scores(scores=tables, out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")


def test_a_score_that_changed_on_the_disk_does_not_reach_the_csv(ranks, tmp_path):
    score(ranks, tmp_path)
    table = tmp_path / "a.parquet"
    collect_scores(scores=[table], out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")
    content = bytearray(table.read_bytes())
    content[len(content) // 3] ^= 4
    table.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"a\.parquet is damaged \(its checksum differs\): delete it and run"):
        collect_scores(scores=[table], out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")


def test_a_variant_is_the_last_column_where_a_model_has_one(ranks, tmp_path):
    tables = [score(ranks, tmp_path, MODEL, "a"), score(ranks, tmp_path, MODEL | {"variant": "small"}, "b")]
    assert "variant" not in pq.read_table(tables[0]).column_names
    collect_scores(scores=tables, out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")
    for name, columns in (("scores", COLUMNS), ("intervals", [*COLUMNS[:-1], "low", "high"])):
        with open(tmp_path / f"{name}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert list(rows[0]) == [*columns, "variant"]
        half = len(rows) // 2
        assert {row["variant"] for row in rows[:half]} == {""}
        assert {row["variant"] for row in rows[half:]} == {"small"}
        assert [{**row, "variant": ""} for row in rows[half:]] == rows[:half]


def test_a_table_that_was_copied_within_a_variant_is_found(ranks, tmp_path):
    tables = [score(ranks, tmp_path, MODEL | {"variant": "small"}, name) for name in ("a", "b")]
    with pytest.raises(DamagedFileError, match="another model's"):
        collect_scores(scores=tables, out=tmp_path / "scores.csv", intervals=tmp_path / "intervals.csv")


def test_a_model_is_described_by_nothing_else(ranks, tmp_path):
    with pytest.raises(ValueError, match="a model is described by encoder"):
        score(ranks, tmp_path, MODEL | {"mix": "pair"})
