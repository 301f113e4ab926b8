"""Macro-averages by query language, their resamples and clusters' shares, by hand and against the report's intervals."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from equilingual.config.study_settings import ALL
from equilingual.evaluation import ComparisonError
from equilingual.evaluation.bootstrap import bootstrap_intervals, draw_clusters
from equilingual.evaluation.groups import read_groups
from equilingual.evaluation.two_levels import intervals_over_seeds
from equilingual.studies.analysis import interval_of
from equilingual.studies.contrasts import Draws
from equilingual.studies.samples import Reader, language_values, sample_of

WANTED = {
    ("monolingual", ALL): ["map"],
    ("cross-lingual", ALL): ["map", "recall@1"],
    ("multilingual", ALL): ["map", "log_rank_distance"],
}
# Questions by query language: they overlap, and there are more of some. Two questions a paragraph.
ASKED = {"en": range(10), "de": range(4, 12), "sw": range(2, 4)}


def rank_of(number, asked, pool, language, more):
    return 1 + (3 * number + 5 * len(asked) * ord(asked[0]) + 7 * ord(language[1]) + more * (1 + number % 3)) % 9


def write(path, more=0, asked=ASKED, pools=("en", "de", "sw", "all")):
    rows = [
        {"query_id": f"q{number}", "cluster": f"p{number // 2}", "query_language": tag, "pool": pool, "relevance": 1,
         "candidate_language": language, "candidate": number, "best": 0, "rank": rank_of(number, tag, pool, language, more)}
        for pool in pools for tag, own in asked.items() for number in own
        for language in (ASKED if pool == "all" else (pool,))
        # Swahili is only asked among all languages and in its own: other languages have more pools.
        if tag != "sw" or pool in ("sw", "all")
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.fixture
def read(tmp_path):
    """Three seeds of a model: their files, what was read of each, and the questions."""
    paths = [write(tmp_path / f"{more}.parquet", more) for more in (0, 1, 3)]
    reader = Reader(resamples=300, seed=5)
    sums = [reader.read(path.name, path, WANTED) for path in paths]
    return paths, sums, reader.questions


def test_values_by_hand(read):
    _, sums, questions = read
    asked = questions["cross-lingual", ALL, "map"]
    assert asked.languages == ["de", "en"]  # in the order of the file: the English pool is asked in German first
    columns = asked.columns(None)
    own = {
        (tag, pool): np.mean([1 / rank_of(number, tag, pool, pool, 0) for number in ASKED[tag]])
        for tag in ("en", "de")
        for pool in ("en", "de", "sw")
        if tag != pool
    }
    sample = sample_of([sums[0]["cross-lingual", ALL, "map"]], asked, columns)
    assert sample.values == pytest.approx([np.mean(list(own.values()))])
    german = sample_of([sums[0]["cross-lingual", ALL, "map"]], asked, asked.columns(["de", "zh"]))
    assert german.values == pytest.approx([(own["de", "en"] + own["de", "sw"]) / 2])
    by_language = language_values([sums[0]["cross-lingual", ALL, "map"]], asked, columns)
    english = (own["en", "de"] + own["en", "sw"]) / 2
    assert by_language == pytest.approx(np.array([[german.values[0]], [english]]))


def test_questions_and_clusters_are_those_of_the_languages(read):
    *_, questions = read
    asked = questions["multilingual", ALL, "map"]
    assert asked.size(asked.columns(None)) == (12, 6)
    assert asked.size(asked.columns(["de"])) == (8, 4)
    assert asked.size(asked.columns(["sw"])) == (2, 1)
    assert asked.columns(["fr"]) == []


@pytest.mark.parametrize("tags", [None, ("en",), ("de", "sw")])
def test_shares_of_clusters_add_up_to_the_value(read, tags):
    _, sums, questions = read
    for (setting, pools, measure), first in sums[0].items():
        asked = questions[setting, pools, measure]
        sample = sample_of([first], asked, asked.columns(tags))
        assert sample.shares.sum(axis=0) == pytest.approx(sample.values)
        assert measure in WANTED[setting, pools]
    # The first paragraph has the first two questions, which only English has.
    asked = questions["monolingual", ALL, "map"]
    english = sample_of([sums[0]["monolingual", ALL, "map"]], asked, asked.columns(["en"]))
    assert english.shares[0, 0] == pytest.approx(sum(1 / rank_of(n, "en", "en", "en", 0) for n in (0, 1)) / 10)


def test_resamples_are_those_of_a_slow_loop(read):
    _, sums, questions = read
    asked = questions["monolingual", ALL, "map"]
    sample = sample_of([sums[1]["monolingual", ALL, "map"]], asked, asked.columns(None))
    slow = []
    for drawn in draw_clusters(6, resamples=300, seed=5):
        means = []
        for tag, own in ASKED.items():
            times = np.array([drawn[number // 2] for number in own])
            values = np.array([1 / rank_of(number, tag, tag, tag, 1) for number in own])
            if times.any():
                means.append((times * values).sum() / times.sum())
        slow.append(np.mean(means))
    assert sample.means[:, 0] == pytest.approx(slow)
    swahili = sample_of([sums[1]["monolingual", ALL, "map"]], asked, asked.columns(["sw"]))
    assert np.isnan(swahili.means).any()  # a resample without its only paragraph


def test_intervals_are_those_of_the_report(read):
    paths, sums, questions = read
    draws = Draws(permutations=10, resamples=300, seed=5)
    groups = [read_groups(path) for path in paths]
    names = {"monolingual": "monolingual", "cross-lingual": "cross-lingual", "multilingual": "multilingual"}
    over_seeds = intervals_over_seeds(groups, resamples=300, seed=5)
    alone = bootstrap_intervals(groups[0], resamples=300, seed=5)
    for setting in names:
        asked = questions[setting, ALL, "map"]
        columns = asked.columns(None)
        clusters = asked.size(columns)[1]
        every = sample_of([one[setting, ALL, "map"] for one in sums], asked, columns)
        assert every.values.mean() == pytest.approx(over_seeds[setting]["value"])
        ends = over_seeds[setting]["low"], over_seeds[setting]["high"]
        assert interval_of(every, clusters, draws) == pytest.approx(ends)
        first = sample_of([sums[0][setting, ALL, "map"]], asked, columns)
        assert interval_of(first, clusters, draws) == pytest.approx(alone.of(setting, "mean", "mean", "map"))


def test_one_paragraph_has_no_interval(read):
    _, sums, questions = read
    asked = questions["monolingual", ALL, "map"]
    columns = asked.columns(["sw"])
    sample = sample_of([one["monolingual", ALL, "map"] for one in sums], asked, columns)
    assert interval_of(sample, asked.size(columns)[1], Draws(10, 300, 5)) == (None, None)


def test_models_must_have_the_same_questions(tmp_path):
    reader = Reader(resamples=10, seed=1)
    reader.read("a", write(tmp_path / "a.parquet"), WANTED)
    other = write(tmp_path / "b.parquet", asked={**ASKED, "de": range(4, 11)})
    with pytest.raises(
        ComparisonError, match="b has no rank for the question 'q11' asked in de in the pool all, a has"
    ):
        reader.read("b", other, {("multilingual", ALL): ["map"]})


def test_what_is_not_defined_is_left_out(tmp_path):
    reader = Reader(resamples=10, seed=1)
    alone = write(tmp_path / "a.parquet", asked={"en": range(4)}, pools=("en",))
    assert list(reader.read("a", alone, WANTED)) == [("monolingual", ALL, "map")]


def test_a_group_of_pools_is_a_setting_of_its_own(tmp_path):
    reader = Reader(resamples=300, seed=5, languages={"english": ("en",), "others": ("de", "sw", "fr")})
    wanted = {("cross-lingual", name): ["map"] for name in (ALL, "english", "others")}
    sums = reader.read("a", write(tmp_path / "a.parquet"), wanted)
    value = {
        (tag, pool): np.array([1 / rank_of(number, tag, pool, pool, 0) for number in ASKED[tag]])
        for tag in ("en", "de")
        for pool in ("en", "de", "sw")
        if tag != pool
    }
    by_group = {"english": {"de": ["en"]}, "others": {"de": ["sw"], "en": ["de", "sw"]}}
    for name, pools in by_group.items():
        asked, own = reader.questions["cross-lingual", name, "map"], sums["cross-lingual", name, "map"]
        assert sorted(asked.languages) == list(pools)
        sample = sample_of([own], asked, asked.columns(None))
        places = [(tag, pool) for tag, of in pools.items() for pool in of]
        assert sample.values == pytest.approx([np.mean([value[place].mean() for place in places])])
        slow = []
        for drawn in draw_clusters(6, resamples=300, seed=5):
            times = {tag: np.array([drawn[number // 2] for number in ASKED[tag]]) for tag in pools}
            here = [place for place in places if times[place[0]].any()]
            means = [(times[tag] * value[tag, pool]).sum() / times[tag].sum() for tag, pool in here]
            slow.append(np.mean(means) if means else np.nan)
        assert sample.means[:, 0] == pytest.approx(slow, nan_ok=True)
    # Places with the same questions share one set.
    kept = {id(ids) for questions in reader.questions.values() for ids in questions.asked.values()}
    assert len(kept) == len({tag for tag, _ in value})
    # All that is kept in every resample is by language: it does not grow with the number of pools.
    assert {one.means.shape for one in sums.values()} == {(300, 1), (300, 2)}


def test_a_measure_that_some_languages_lack_is_taken_in_the_others(tmp_path):
    """French asks questions of its own: no other language has their answers, and they have no distance of ranks."""
    rows = [
        {"query_id": f"{name}{number}", "cluster": f"p{number}", "query_language": tag, "pool": "all", "relevance": 1,
         "candidate_language": language, "candidate": number, "best": 0, "rank": rank}
        for tag, name, answers in (("fr", "f", {"fr": 5}), ("en", "q", {"en": 1, "de": 3}), ("de", "q", {"en": 9, "de": 2}))
        for number in range(4) for language, rank in answers.items()
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "r.parquet")
    reader = Reader(resamples=20, seed=1)
    found = reader.read("m", tmp_path / "r.parquet", {("multilingual", ALL): ["map", "log_rank_distance"]})
    values = {}
    for measure in ("map", "log_rank_distance"):
        asked = reader.questions["multilingual", ALL, measure]
        sample = sample_of([found["multilingual", ALL, measure]], asked, asked.columns(None))
        values[measure] = asked.languages, float(sample.values[0])
    assert values["map"] == (["fr", "en", "de"], pytest.approx(((1 / 5) + (1 + 2 / 3) / 2 + (1 / 2 + 2 / 9) / 2) / 3))
    assert values["log_rank_distance"] == (["en", "de"], pytest.approx((np.log2(3) + np.log2(9 / 2)) / 2))
