"""Where a benchmark's files come from: known by name, or folders."""

import inspect

import pytest
from config.changes import changed

from equilingual.config import ConfigError, load_config
from equilingual.config.corpora import remote_files
from equilingual.config.experiments import benchmark_sources
from equilingual.config.fitting import fitting_problems
from equilingual.evaluation import build_benchmark


def test_a_known_benchmark_brings_its_files_and_counts(default):
    config = load_config(changed(default, "benchmarks.x", {"known": "xquad-r", "languages": ["th", "en"]}))
    source = benchmark_sources(config)["x"]
    assert [place.known for place in source.places] == ["xquad-r/th.json", "xquad-r/en.json"]
    assert source.layout == [("th", "file", 1), ("en", "file", 1)]
    assert source.expected == {"th": (852, 1190), "en": (1180, 1190)}  # arXiv:2408.10536, Table 10


def test_what_a_known_benchmark_lacks_a_hash_for_is_fetched_from_its_home(default):
    config = load_config(changed(default, "benchmarks.x", {"known": "tatoeba", "languages": ["cy", "af"]}))
    source = benchmark_sources(config)["x"]
    assert source.layout == [(tag, role, 1) for tag in ("cy", "af") for role in ("text", "english")]
    assert [place.known for place in source.places][2:] == [
        f"tatoeba/v1/tatoeba.afr-eng.{end}" for end in ("afr", "eng")
    ]
    urls = [place.source for place in source.places][:2]
    assert [url.rpartition("/")[2] for url in urls] == ["tatoeba.cym-eng.cym", "tatoeba.cym-eng.eng"]
    remote = remote_files(config.corpora, config.benchmark_places())
    assert {file.url for file in remote.values()} == set(urls)


def test_the_corpus_of_miracl_is_the_hubs_or_ones_own(default):
    config = load_config(changed(default, "benchmarks.x", {"known": "miracl", "languages": ["te", "yo"]}))
    source = benchmark_sources(config)["x"]
    assert source.layout[:3] == [("te", "topics", 1), ("te", "qrels", 1), ("te", "corpus", 2)]
    assert source.files["te"]["corpus"][1].path == "miracl-corpus-v1.0-te/docs-1.jsonl.gz"
    assert source.expected == {"te": (518_079, 828), "yo": (49_043, 119)}
    own = {"known": "miracl", "languages": ["te", "yo"], "corpus": {"te": ["a.jsonl", "b.jsonl"]}, "pool": "judged"}
    source = benchmark_sources(load_config(changed(default, "benchmarks.x", own)))["x"]
    assert [place.file for place in source.files["te"]["corpus"]] == ["a.jsonl", "b.jsonl"]
    assert source.files["yo"]["corpus"][0].hub == "miracl/miracl-corpus"
    assert source.expected == {"te": (None, 828), "yo": (None, 119)}
    assert source.options["pool"] == "judged"


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        (
            {"known": "bucc", "languages": ["fr"]},
            [f"d/fr-en.{split}.{end}" for split in ("dev", "test") for end in ("fr", "en", "gold")],
        ),
        ({"known": "mewsli-x"}, ["d/wikinews_mentions-test.jsonl", "d/candidate_set_entities.jsonl"]),
        ({"known": "mkqa", "corpus": {"en": "wiki.jsonl"}}, ["d/mkqa.jsonl", "wiki.jsonl"]),
        ({"known": "belebele", "languages": ["ar"]}, ["d/arb_Arab.jsonl"]),
        ({"format": "flores", "languages": ["zh", "sw"]}, ["d/zho_Hans.dev", "d/swh_Latn.dev"]),
        (
            {"format": "flores", "languages": ["zh", "sw"], "split": "devtest"},
            ["d/devtest/zho_Hans.devtest", "d/devtest/swh_Latn.devtest"],
        ),
        ({"format": "flores", "languages": ["zh"], "split": "dev"}, ["d/dev/zho_Hans.dev"]),
        (
            {"folder": "flores200_dataset/devtest", "format": "flores", "languages": ["zh"], "split": "devtest"},
            ["flores200_dataset/devtest/zho_Hans.devtest"],
        ),
        (
            {"languages": ["zh-Hant"], "qrels": "by-language", "parallel": False},
            [f"d/zh-Hant/{name}" for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")],
        ),
    ],
)
def test_a_folder_has_the_official_names_of_the_files(default, settings, files):
    config = load_config(changed(default, "benchmarks.x", {"folder": "d", **settings}))
    assert [place.file for place in benchmark_sources(config)["x"].places] == files


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"known": "flores", "folder": "d", "split": "devtest"}, "'split' is only for a folder of your own"),
        ({"folder": "d", "languages": ["en"], "split": "dev"}, "'split' is only for flores, not for beir"),
        (
            {"known": "xquad-r", "ignore_identical_ids": True},
            "'ignore_identical_ids' is only for beir, miracl, mr-tydi",
        ),
        ({"known": "xquad-r", "empty": "drop"}, "'empty' is only for beir, miracl, mr-tydi, not for lareqa"),
        ({"known": "tatoeba", "missing": "drop"}, "'missing' is only for beir, miracl, mr-tydi, not for tatoeba"),
    ],
)
def test_a_setting_of_another_format_is_refused(default, settings, message):
    with pytest.raises(ConfigError, match=message):
        load_config(changed(default, "benchmarks.x", settings))


def test_the_settings_of_strictness_reach_the_reader(default):
    settings = {"folder": "d", "languages": ["en"], "ignore_identical_ids": True, "empty": "drop", "missing": "drop"}
    options = benchmark_sources(load_config(changed(default, "benchmarks.x", settings)))["x"].options
    assert {key: options[key] for key in ("ignore_identical_ids", "empty", "missing")} == {
        "ignore_identical_ids": True,
        "empty": "drop",
        "missing": "drop",
    }
    given = inspect.signature(build_benchmark).parameters
    assert set(options) <= set(given)


def test_debiasing_may_be_fitted_on_dev_where_devtest_is_the_benchmark(default):
    own = {"folder": "d", "format": "flores", "languages": ["en", "de"]}
    config = changed(default, "evaluation.debias", ["center"])
    config["evaluation"]["calibration_corpus"] = "flores"
    for split, refused in (("devtest", False), ("dev", True)):
        config["benchmarks"] = {"x": {**own, "split": split}}
        problems = fitting_problems(load_config(config))
        assert any("the benchmark x is built from" in line for line in problems) == refused
