"""The stages of the comparisons, by hand on a few ranks."""

import csv
import itertools
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ranked_models import LANGUAGES, SETTINGS, compare, write_ranks

from equilingual.config.comparisons import Comparisons
from equilingual.evaluation import ComparisonError, collect_comparisons
from equilingual.evaluation.bias import log_rank_distance
from equilingual.evaluation.catalogue import MEASURES, TESTED
from equilingual.evaluation.comparisons import COLUMNS, read_sheets
from equilingual.evaluation.identities import describe_models
from equilingual.files import DamagedFileError
from equilingual.parquet import write_parquet


def models_of(folder, labels):
    """Write ``models.json`` with a label for each model that has several seeds, and return its path."""
    about = {"base": "e", "encoder": "e", "training_set": "t", "strategy": "hybrid", "alpha": 0.5, "debias": "none"}
    models = [
        {
            **about,
            "name": f"{group}__seed-{seed}",
            "group": group,
            "seed": seed,
            "kind": "hybrid",
            "short": "",
            "subject": "",
            "label": label,
        }
        for group, label in labels.items()
        for seed in (1, 2)
    ]
    describe_models(models=models, seen={}, out=folder / "models.json")
    return folder / "models.json"


@pytest.fixture
def three(tmp_path):
    """A model whose ranks depend on question and languages, one always at rank 2, and that one again."""
    ranks = {
        "a": write_ranks(tmp_path / "a.parquet", lambda n, asked, language, pool: 1 + n % 3 + (asked != language) * (n == 5)),
        "b": write_ranks(tmp_path / "b.parquet", lambda n, asked, language, pool: 2 + 2 * (pool == "all" and language == "de")),
        "c": write_ranks(tmp_path / "c.parquet", lambda n, asked, language, pool: 2 + 2 * (pool == "all" and language == "de")),
    }  # fmt: skip
    return ranks, {name: [name] for name in ranks}


def test_a_question_is_the_mean_over_its_languages_and_the_unit(three, tmp_path):
    ranks, members = three
    rows = compare(tmp_path, ranks, members, [("a", "b"), ("c", "b")])
    mono = rows["monolingual", "map", "a", "b"]
    own = [1 / (1 + n % 3) for n in range(8)]  # the same in both languages
    assert mono["value_a"] == pytest.approx(np.mean(own))
    assert mono["value_b"] == pytest.approx(0.5)
    assert mono["difference"] == pytest.approx(np.mean(own) - 0.5)
    assert (mono["questions"], mono["clusters"]) == (8, 4)
    assert (mono["wins"], mono["losses"], mono["ties"]) == (3 / 8, 2 / 8, 3 / 8)
    differences = np.array(own) - 0.5
    assert mono["effect_size"] == pytest.approx(differences.mean() / differences.std(ddof=1))
    assert mono["low"] <= mono["difference"] <= mono["high"]
    # Question 5 is one place lower across languages, rank 4.
    cross = rows["cross-lingual", "map", "a", "b"]
    assert cross["value_a"] == pytest.approx(np.mean([*own[:5], 1 / 4, *own[6:]]))


def test_the_languages_of_a_question_weigh_alike(tmp_path):
    # English asks among German candidates at rank 1, German among English ones at rank 4: one question, 0.625.
    ranks = {
        "a": write_ranks(tmp_path / "a.parquet", lambda n, asked, language, pool: 1 if asked == "en" else 4),
        "b": write_ranks(tmp_path / "b.parquet", lambda *_: 1),
    }
    rows = compare(tmp_path, ranks, {name: [name] for name in ranks}, [("a", "b")])
    row = rows["cross-lingual", "map", "a", "b"]
    assert (row["value_a"], row["value_b"], row["questions"]) == (0.625, 1.0, 8)
    # All questions differ alike: only the flips with the signs of all four clusters alike reach that, 2 of 16.
    assert row["p"] == pytest.approx(2 / 16, abs=0.045)
    assert row["effect_size"] is None


def test_models_that_rank_alike_do_not_differ(three, tmp_path):
    ranks, members = three
    rows = compare(tmp_path, ranks, members, [("c", "b")])
    assert len(rows) == 4
    for row in rows.values():
        assert (row["difference"], row["p"], row["effect_size"], row["ties"]) == (0.0, 1.0, 0.0, 1.0)


def test_the_rank_distance_is_compared_as_a_ratio_and_less_of_it_wins(three, tmp_path):
    assert log_rank_distance(np.array([[1, 8, 2], [3, 0, 0], [6, 3, 0]])).tolist() == pytest.approx([3.0, 0.0, 1.0])
    ranks, members = three
    row = compare(tmp_path, ranks, members, [("a", "b")])["multilingual", "log_rank_distance", "a", "b"]
    assert row["value_b"] == 1.0  # ranks 2 and 4
    apart = math.log2(4) - math.log2(3)  # of question 5, in both languages that ask it
    assert row["value_a"] == pytest.approx(apart / 8)
    assert row["difference"] < 0
    assert (row["wins"], row["losses"]) == (1.0, 0.0)


def test_a_pair_is_tested_in_its_settings_alone(three, tmp_path):
    ranks, members = three
    rows = compare(tmp_path, ranks, members, {"multilingual": [("a", "b"), ("c", "b")], "monolingual": [("c", "b")]})
    assert [key for key in rows if key[1] == "map"] == [
        ("multilingual", "map", "a", "b"),
        ("multilingual", "map", "c", "b"),
        ("monolingual", "map", "c", "b"),
    ]


def test_answers_in_one_language_have_no_rank_distance_to_compare(tmp_path):
    rows = pq.read_table(write_ranks(tmp_path / "a.parquet", lambda n, *_: 1 + n)).to_pylist()
    doubled = [
        {**row, "candidate_language": "de", "rank": row["rank"] + more}
        for row in rows
        if row["pool"] == "all" and row["candidate_language"] == "de"
        for more in (0, 20)
    ]
    pq.write_table(pa.Table.from_pylist(doubled), tmp_path / "a.parquet")
    sheets = read_sheets(tmp_path / "a.parquet", ["multilingual"], ["map", "log_rank_distance"])
    assert list(sheets) == [("multilingual", "map")]


def test_only_what_has_answers_in_several_languages_has_a_rank_distance_to_compare(tmp_path):
    # English queries have answers in two languages, at ranks 1 and 8. German queries have two answers in German.
    languages = {"en": (("en", 1), ("de", 8)), "de": (("de", 2), ("de", 4))}
    rows = [
        {**row, "candidate_language": language, "rank": rank}
        for row in pq.read_table(write_ranks(tmp_path / "a.parquet", lambda *_: 1)).to_pylist()
        if row["pool"] == "all" and row["candidate_language"] == "en"
        for language, rank in languages[row["query_language"]]
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    sheets = read_sheets(tmp_path / "a.parquet", ["multilingual"], ["map", "log_rank_distance"])
    distance = sheets["multilingual", "log_rank_distance"]
    assert distance.values.tolist() == [3.0] * 8
    assert set(distance.questions.asked) == {("en", "all")}
    assert set(sheets["multilingual", "map"].questions.asked) == {("en", "all"), ("de", "all")}


def test_one_answer_to_a_question_has_no_rank_distance_to_compare(tmp_path):
    ranks = {name: write_ranks(tmp_path / f"{name}.parquet", lambda n, *_: 1 + n) for name in "ab"}
    for path in ranks.values():
        table = pq.read_table(path)
        rows = [row for row in table.to_pylist() if (row["pool"], row["candidate_language"]) != ("all", "de")]
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    rows = compare(tmp_path, ranks, {name: [name] for name in "ab"}, [("a", "b")])
    assert {(setting, measure) for setting, measure, *_ in rows} == {(setting, "map") for setting in SETTINGS}


def test_seeds_are_compared_together_and_their_spread_stands_beside(tmp_path):
    ranks = {"b": write_ranks(tmp_path / "b.parquet", lambda *_: 2)}
    for seed, rank in ((1, 1), (2, 2), (3, 4)):
        ranks[f"a{seed}"] = write_ranks(tmp_path / f"a{seed}.parquet", lambda n, *_, rank=rank: rank if n < 4 else 1)
    members = {"a": ["a1", "a2", "a3"], "b": ["b"]}
    row = compare(tmp_path, ranks, members, [("a", "b")], {"a": 3, "b": 0})["monolingual", "map", "a", "b"]
    seeds = [1.0, 0.75, 0.625]  # of the mean over questions
    assert row["value_a"] == pytest.approx(np.mean(seeds))
    assert row["seed_sd_a"] == pytest.approx(np.std(seeds, ddof=1))
    assert (row["seeds_a"], row["seeds_b"], row["seed_sd_b"]) == (3, None, None)
    differences = np.array([np.mean([1, 1 / 2, 1 / 4]) - 0.5] * 4 + [0.5] * 4)
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["effect_size"] == pytest.approx(differences.mean() / differences.std(ddof=1))


def test_the_question_that_a_model_lacks_is_named(three, tmp_path):
    ranks, members = three
    write_ranks(tmp_path / "b.parquet", lambda *_: 2, left_out={(3, "de", "en")})
    with pytest.raises(
        ComparisonError,
        match=r"cross-lingual: b has no rank for the question 'q3' asked in de in the pool en, a has \(1 ",
    ) as error:
        compare(tmp_path, ranks, members, [("a", "b")])
    assert "run again" in str(error.value)
    # The other way round, the first model is the one that lacks it.
    with pytest.raises(ComparisonError, match="b has no rank for the question 'q3' asked in de in the pool en, a has"):
        compare(tmp_path, {name: ranks[name] for name in ("b", "a")}, {"a": ["a"], "b": ["b"]}, [("a", "b")])


def test_a_setting_that_a_model_was_not_asked_in_is_left_out_and_said(three, tmp_path, caplog):
    ranks, members = three
    everywhere = {(n, asked, pool) for n in range(8) for asked in LANGUAGES for pool in LANGUAGES}
    write_ranks(tmp_path / "c.parquet", lambda *_: 2, left_out=everywhere)
    rows = compare(tmp_path, ranks, members, [("a", "b"), ("c", "b")])
    settings = {setting for setting, _, model, _ in rows if model == "c"}
    assert settings == {"multilingual"}
    assert len(rows) == 4 + 2
    assert "b, monolingual, map: 1 of 2 pairs were asked there" in caplog.text


def test_nothing_to_compare_is_an_empty_table(tmp_path):
    assert compare(tmp_path, {}, {}, []) == {}
    tables = {"comparisons": [tmp_path / "out.parquet"], "models": models_of(tmp_path, {})}
    collect_comparisons(**tables, alpha=0.05, out=tmp_path / "all.csv")
    assert (tmp_path / "all.csv").read_text().splitlines() == [",".join(COLUMNS)]


def test_a_table_without_the_columns_of_comparisons_is_refused(tmp_path):
    write_parquet(pa.table({"benchmark": ["xquad-r"], "value": [0.5]}), tmp_path / "out.parquet")
    tables = {"comparisons": [tmp_path / "out.parquet"], "models": models_of(tmp_path, {})}
    with pytest.raises(DamagedFileError, match=r"out\.parquet is damaged \(it has no column 'setting'\)"):
        collect_comparisons(**tables, alpha=0.05, out=tmp_path / "all.csv")


def test_the_configuration_offers_the_measures_that_there_are():
    offered = Comparisons.model_json_schema()["properties"]["measures"]["items"]["enum"]
    assert offered == list(TESTED)
    assert {"map", "recall@1", "recall@10", "mrr", "ndcg@10", "log_rank_distance"} <= set(TESTED)
    assert all(MEASURES[name].of for name in TESTED)


def test_the_family_is_corrected_over_all_benchmarks_and_the_csv_is_exact(three, tmp_path):
    ranks, members = three
    tables = []
    for name, pair in (("one", ("a", "b")), ("two", ("b", "a"))):
        compare(tmp_path, ranks, members, [pair], measures=["map"], settings=["multilingual"])
        tables.append((tmp_path / "out.parquet").rename(tmp_path / f"{name}.parquet"))
    models = models_of(tmp_path, {"a": "hybrid 0.5"})
    collect_comparisons(comparisons=tables, models=models, alpha=0.4, out=tmp_path / "all.csv")
    with open(tmp_path / "all.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == COLUMNS == [
        "benchmark", "setting", "measure", "model_a", "model_b", "seeds_a", "seeds_b", "questions", "clusters",
        "value_a", "value_b", "difference", "low", "high", "p", "p_corrected", "family", "effect_size", "wins",
        "losses", "ties", "seed_sd_a", "seed_sd_b", "verdict", "low_over_seeds", "high_over_seeds", "standard_error",
        "degrees_of_freedom", "margin", "p_equivalent", "p_equivalent_corrected", "outcome",
    ]  # fmt: skip
    p = [pq.read_table(table)["p"][0].as_py() for table in tables]
    assert [float(row["p"]) for row in rows] == p
    assert float(rows[0]["p"]) == float(rows[1]["p"])  # the sign of the difference changes nothing
    assert [float(row["p_corrected"]) for row in rows] == [min(1.0, 2 * p[0])] * 2
    assert [row["family"] for row in rows] == ["2", "2"]
    assert float(rows[0]["difference"]) == -float(rows[1]["difference"])
    assert [rows[0]["seed_sd_a"], rows[0]["seeds_a"]] == ["", "1"]
    assert "hybrid 0.5 > b on multilingual mAP" in rows[0]["verdict"]
    assert "b < hybrid 0.5 on multilingual mAP" in rows[1]["verdict"]
    assert [row["outcome"] for row in rows] == ["better", "worse"]
    assert {rows[0][name] for name in ("low_over_seeds", "margin", "p_equivalent", "p_equivalent_corrected")} == {""}


def test_a_margin_changes_no_other_column_and_equivalent_models_are_called_so(tmp_path):
    def twice(n, asked, language, pool):
        return 2 + 2 * (pool == "all" and language == "de")

    rank_of = {"a": lambda n, *_: 1 + n % 3, "b": twice, "c": twice}
    ranks = {name: write_ranks(tmp_path / f"{name}.parquet", rank_of[name], questions=24) for name in rank_of}
    members = {name: [name] for name in ranks}
    compare(tmp_path, ranks, members, [("a", "b"), ("c", "b")], settings=["multilingual"])
    made = {"comparisons": [tmp_path / "out.parquet"], "models": models_of(tmp_path, {}), "alpha": 0.05}
    collect_comparisons(**made, out=tmp_path / "without.csv")
    collect_comparisons(**made, margins={"map": 0.001}, out=tmp_path / "with.csv")
    without, found = (
        list(csv.DictReader((tmp_path / name).read_text(encoding="utf-8").splitlines()))
        for name in ("without.csv", "with.csv")
    )
    nothing = "no significant difference"
    assert [row["outcome"] for row in without] == ["better", nothing, "better", nothing]
    assert [(row["measure"], row["model_a"], row["outcome"]) for row in found] == [
        ("map", "a", "better"),
        ("map", "c", "equivalent"),
        ("log_rank_distance", "a", "better"),
        ("log_rank_distance", "c", nothing),
    ]
    equal = next(row for row in found if row["outcome"] == "equivalent")
    assert equal["verdict"].startswith(
        "c and b are equivalent on multilingual mAP, 0.000 [0.000, 0.000], p = 1.000 corr"
    )
    # Rows without a margin, and columns that are not about equivalence, are the same.
    changed = {"margin", "p_equivalent", "p_equivalent_corrected", "outcome", "verdict"}
    for before, after in zip(without, found, strict=True):
        differ = {name for name in before if before[name] != after[name]}
        assert differ <= (changed if after["measure"] == "map" else set())


def test_whole_clusters_change_their_signs(tmp_path):
    ranks = {
        "a": write_ranks(tmp_path / "a.parquet", lambda n, *_: 1 + (n * n) % 5, questions=12),
        "b": write_ranks(tmp_path / "b.parquet", lambda n, *_: 3, questions=12),
    }
    rows = compare(tmp_path, ranks, {"a": ["a"], "b": ["b"]}, [("a", "b")], measures=["map"], permutations=20_000)
    shares = np.array([1 / (1 + (n * n) % 5) - 1 / 3 for n in range(12)]).reshape(6, 2).sum(axis=1)
    sums = [abs(np.dot(signs, shares)) for signs in itertools.product((1, -1), repeat=6)]
    exact = np.mean(np.array(sums) >= abs(shares.sum()) - 1e-12)
    assert 0.05 < exact < 0.9
    assert rows["monolingual", "map", "a", "b"]["p"] == pytest.approx(exact, abs=0.012)
