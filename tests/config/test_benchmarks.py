"""Where a benchmark's files come from: known by name, or folders."""

import pytest
from config.changes import changed

from equilingual.config import load_config
from equilingual.config.corpora import remote_files
from equilingual.config.experiments import benchmark_sources


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
        ({"kind": "flores", "languages": ["zh", "sw"]}, ["d/zho_Hans.dev", "d/swh_Latn.dev"]),
        (
            {"languages": ["zh-Hant"], "qrels": "by-language", "parallel": False},
            [f"d/zh-Hant/{name}" for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")],
        ),
    ],
)
def test_a_folder_has_the_official_names_of_the_files(default, settings, files):
    config = load_config(changed(default, "benchmarks.x", {"folder": "d", **settings}))
    assert [place.file for place in benchmark_sources(config)["x"].places] == files
