"""The stage analyse_study on a made-up study."""

import csv
import json

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from studies import made_up as made
from studies.made_up import BENCHMARKS, LANGUAGES, STUDY, configuration, write_study

from equilingual.evaluation import ComparisonError
from equilingual.evaluation.comparisons import read_sheets
from equilingual.files import DamagedFileError, read_json
from equilingual.studies.analysis import CONTRASTS, VALUES

HALF, CROSS = "e5-small__t__hybrid-0.5", "e5-small__t__cross"
PAIR = {"kind": "dumbbell", "models": [HALF, CROSS]}
SETTINGS = ("monolingual", "cross-lingual", "multilingual")
KEYS = [
    *("format", "name", "question", "hypothesis", "answer", "earlier", "margin", "alpha", "family", "languages"),
    *("contrasts", "models", "values", "means", "best", "figure"),
]


@pytest.fixture(scope="module")
def record(made_up):
    return read_json(made_up)


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_record_has_what_the_page_reads(record):
    assert list(record) == KEYS
    assert (record["format"], record["name"], record["alpha"], record["family"]) == (1, "mixing-ratio", 0.05, 4)
    assert record["question"] == STUDY["question"]
    assert record["hypothesis"] == STUDY["hypothesis"]
    assert record["languages"] == {"trained": ["en", "de", "zh"], "low": ["sw"]}
    half = next(one for one in record["models"] if one["model"] == HALF)
    assert half == {
        **{"model": HALF, "label": "hybrid batches, α = 0.5", "kind": "hybrid", "encoder": "e5-small"},
        **{"training_set": "t", "strategy": "hybrid", "alpha": 0.5, "mix": "batch", "variant": None, "debias": "none"},
        **{"seeds": [1, 2, 3], "attributes": {"parameters": 21.3e6}, "shown": True},
    }


def test_estimates_are_those_of_the_comparisons(record, made_up):
    # An independent way: the questions' values of compare_models, averaged over seeds. Every language has all questions.
    folder = made_up.parents[2] / "ranks"

    def mean_of(model, benchmark, setting):
        sheets = [
            read_sheets(folder / f"{model}__seed-{seed}/{benchmark}.parquet", [setting], ["map"]) for seed in (1, 2, 3)
        ]
        return np.mean([one[setting, "map"].values.mean() for one in sheets])

    for contrast in (record["contrasts"][0], *record["contrasts"][2:]):
        place = contrast["benchmark"], contrast["setting"]
        expected = sum(weight * mean_of(model, *place) for model, weight in contrast["models"].items())
        assert contrast["estimate"] == pytest.approx(expected)
        assert contrast["low"] < contrast["estimate"] < contrast["high"]


def test_the_values_are_the_means_of_the_tables(record, made_up):
    rows = rows_of(made_up.with_name("values.csv"))
    assert list(rows[0]) == list(VALUES)
    assert len(rows) == len(record["values"])
    assert [float(row["value"]) for row in rows] == [one["value"] for one in record["values"]]
    # The base encoder and its centred form have no seed, eight trained models have three.
    places = len(BENCHMARKS) * len(SETTINGS) * (1 + 2 + len(LANGUAGES))
    assert len(rows) == places * (2 + 8 * 3)
    assert len(record["means"]) == places * (2 + 8)
    keys = ("benchmark", "setting", "measure", "languages")
    for mean in record["means"]:
        own = [
            one["value"]
            for one in record["values"]
            if one["model"] == mean["model"] and all(one[key] == mean[key] for key in keys)
        ]
        assert mean["value"] == pytest.approx(np.mean(own))
        assert mean["seeds"] == (len(own) if len(own) > 1 else None)
        assert mean["low"] <= mean["value"] <= mean["high"]
    of_all = {one["languages"]: one["value"] for one in record["means"][: 1 + 2 + len(LANGUAGES)]}
    assert of_all["trained"] == pytest.approx(np.mean([of_all[tag] for tag in ("en", "de", "zh")]))
    assert of_all["low"] == of_all["sw"]


def test_the_contrasts_are_one_family_and_equivalence_another(record, made_up):
    rows = rows_of(made_up.with_name("contrasts.csv"))
    assert list(rows[0]) == list(CONTRASTS)
    assert rows[0]["models"] == f"1 {HALF}; -1 {CROSS}"
    assert {row["family"] for row in rows} == {"4"}
    for key in ("p", "p_equivalent"):
        found = sorted((one[key], one[f"{key}_corrected"]) for one in record["contrasts"])
        corrected = 0.0
        for number, (p, own) in enumerate(found):
            corrected = max(corrected, min(1.0, p * (len(found) - number)))
            assert own == pytest.approx(corrected)
    assert [one["outcome"] for one in record["contrasts"]] == ["above", "above", "above", "not shown"]


def test_the_answer_is_that_of_the_primary_contrast(record):
    primary = record["contrasts"][0]
    assert record["answer"]["verdict"] == "supported"
    assert record["answer"]["sentence"] == f"The data support the hypothesis. H{primary['sentence'][1:]}"
    assert primary["sentence"].startswith("hybrid 0.5 against cross-lingual: +0.0")


def test_the_best_levels_are_of_every_series_and_panel(record):
    found = [(one["panel"], one["series"]) for one in record["best"]]
    assert found == [(setting, mix) for setting in SETTINGS for mix in ("batch", "pair")]
    for one in record["best"]:
        assert one["low"] <= one["x"] <= one["high"]
        assert one["x"] in one["equivalent"]
    figure = record["figure"]
    assert {point["model"] for point in figure["points"]} == {one["model"] for one in record["models"] if one["seeds"]}
    assert (figure["benchmark"], figure["setting"], figure["measure"]) == ("one", "multilingual", "map")
    assert [one["panel"] for one in figure["shown"]] == list(SETTINGS)


def small():
    """Return a study of two models, which takes a second."""
    return {**STUDY, "models": [HALF, CROSS], "contrasts": STUDY["contrasts"][:1], "figure": PAIR}


def test_the_same_ranks_give_the_same_bytes(tmp_path):
    first, second = (write_study(tmp_path / name, configuration(small())) for name in "ab")
    for name in ("study.json", "values.csv", "contrasts.csv"):
        assert first.with_name(name).read_bytes() == second.with_name(name).read_bytes()
    found = read_json(first)
    assert found["best"] == []
    assert [one["model"] for one in found["models"]] == [CROSS, HALF]
    json.loads(first.read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} in the record"))


def test_identities_of_another_configuration_are_an_error_that_names_the_file(tmp_path, monkeypatch):
    """All studies share ``results/``: ``models.json`` may be that of the study before."""
    real = made.describe_models

    def other(*, models, seen, out):
        real(models=[one for one in models if CROSS not in one["group"]], seen=seen, out=out)

    monkeypatch.setattr(made, "describe_models", other)
    with pytest.raises(
        DamagedFileError, match=rf"models\.json is damaged \(it does not have a model of the study: {CROSS}\)"
    ):
        write_study(tmp_path, configuration(small()))


def test_candidates_are_those_of_the_named_languages(tmp_path):
    asked = {**STUDY["contrasts"][0], "setting": "cross-lingual"}
    contrasts = [
        asked,
        {**asked, "name": "into low", "primary": False, "languages": "trained", "candidates": "low"},
        {**asked, "name": "from low", "primary": False, "languages": "low", "candidates": "trained"},
        {**asked, "name": "by language", "primary": False, "candidates": "trained", "unit": "language"},
    ]
    path = write_study(tmp_path, configuration({**small(), "contrasts": contrasts}))
    record = read_json(path)
    ranks = path.parents[2] / "ranks"

    def difference(places):
        """Return the difference by hand: every language has all questions, and one answer in each pool."""
        found = {}
        for model in (HALF, CROSS):
            tables = [pq.read_table(ranks / f"{model}__seed-{seed}/one.parquet").to_pylist() for seed in (1, 2, 3)]
            rows = [row for table in tables for row in table]
            found[model] = np.mean([1 / row["rank"] for row in rows if (row["query_language"], row["pool"]) in places])
        return found[HALF] - found[CROSS]

    trained, low = (STUDY["languages"][name] for name in ("trained", "low"))
    into = {(tag, pool) for tag in trained for pool in low}
    out_of = {(pool, tag) for tag, pool in into}
    estimates = [one["estimate"] for one in record["contrasts"]]
    assert estimates[1:3] == pytest.approx([difference(into), difference(out_of)])
    # Languages count alike, however many pools each has: the mean of each one's pools first.
    by_language = [difference({(tag, pool) for pool in trained if pool != tag}) for tag in LANGUAGES]
    assert estimates[3] == pytest.approx(np.mean(by_language))
    assert record["contrasts"][3]["units"] == len(LANGUAGES)
    assert [one["candidates"] for one in record["contrasts"]] == [None, "low", "trained", "trained"]
    assert "(query languages: trained; candidates: low)" in record["contrasts"][1]["sentence"]
    # Values and means are of all candidates, as without the key.
    plain = read_json(write_study(tmp_path / "plain", configuration({**small(), "contrasts": contrasts[:1]})))
    assert (record["values"], record["means"]) == (plain["values"], plain["means"])


def test_one_seed_is_a_claim_about_these_models(tmp_path):
    (contrast,) = read_json(write_study(tmp_path, configuration(small(), seeds=(7,))))["contrasts"]
    assert (contrast["seeds"], contrast["degrees_of_freedom"]) == (1, pytest.approx(19))
    assert contrast["sentence"].endswith("corrected, 1 seed.")


def test_a_setting_that_the_ranks_lack_is_an_error_where_a_contrast_needs_it(tmp_path, monkeypatch):
    write = made.write_ranks

    def without(path, model, benchmark):
        write(path, model, benchmark)
        table = pq.read_table(path)
        pq.write_table(table.filter(pc.field("pool") != "all"), path)

    monkeypatch.setattr(made, "write_ranks", without)
    with pytest.raises(ComparisonError, match="one has no map in multilingual retrieval; the study needs it"):
        write_study(tmp_path, configuration(small()))
