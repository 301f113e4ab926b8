"""Bitext in the configuration: the shape of its corpora, what is refused, and OPUS by name."""

import copy

import pytest
from config.changes import changed

from equilingual.command.check import check_configuration
from equilingual.config import ConfigError, load_config
from equilingual.config.bitext import split_pair
from equilingual.registry import known_benchmarks


@pytest.fixture
def raw(default):
    """Return the default configuration with bitext of three languages, one of which the training set lacks."""
    raw = copy.deepcopy(default)
    raw["corpora"]["talks"] = {"format": "moses", "folder": "talks/t.{language}", "languages": ["en", "pt", "th"]}
    raw["batches"]["bitext"] = {"corpora": ["talks"], "share": 0.3}
    return raw


def problem(raw, path, value):
    with pytest.raises(ConfigError) as error:
        load_config(changed(raw, path, value))
    return str(error.value)


def test_the_default_has_no_bitext_and_a_share_of_0_is_none(default, raw):
    assert load_config(default).batches.bitext is None
    assert load_config(default).bitext_corpora == ()
    assert load_config(raw).bitext_corpora == ("talks",)
    assert load_config(changed(raw, "batches.bitext.share", 0)).bitext_corpora == ()
    assert load_config(changed(raw, "training_sets", {})).bitext_corpora == ()


def test_the_settings_that_are_recorded_say_nothing_of_bitext_that_is_off(default, raw):
    plain = load_config(default).batches.asked
    assert "bitext" not in plain
    assert load_config(changed(raw, "batches.bitext.share", 0)).batches.asked == plain
    assert load_config(raw).batches.asked["bitext"]["share"] == 0.3


def test_languages_may_be_a_list_weights_or_a_temperature(raw):
    def sampling(value):
        return load_config(changed(raw, "batches.bitext.languages", value)).batches.bitext.languages

    assert sampling(["en", "th"]).weights == {"en": 1.0, "th": 1.0}
    assert sampling({"weights": {"en": 2, "pt_BR": 1}}).weights == {"en": 2, "pt": 1}
    assert sampling({"temperature": 2}).temperature == 2
    assert "lacks 'de'; choose from en, pt, th" in problem(raw, "batches.bitext.languages", ["en", "de"])
    assert "at least two languages" in problem(raw, "batches.bitext.languages", ["en"])
    shared = changed(raw, "batches.languages", {"weights": {"en": 1}})
    shared["batches"]["strategies"] = [{"name": "mono"}]
    with pytest.raises(ConfigError, match=r"batches\.languages: bitext needs at least two languages .*, and has en"):
        load_config(shared)


@pytest.mark.parametrize("share", [-0.1, 1, 1.5])
def test_a_share_is_from_0_to_below_1(raw, share):
    assert "batches.bitext.share" in problem(raw, "batches.bitext.share", share)


def test_a_corpus_is_of_qa_pairs_or_of_bitext(raw):
    misplaced = changed(raw, "training_sets.demo-en-pt.corpora", ["demo", "talks"])
    with pytest.raises(ConfigError, match=r"demo-en-pt\.corpora: talks is bitext \(format moses\), not QA pairs"):
        load_config(misplaced)
    held_out = changed(raw, "validation", {"corpora": ["talks"], "languages": ["en"]})
    with pytest.raises(ConfigError, match=r"validation\.corpora: talks is bitext"):
        load_config(held_out)
    said = problem(raw, "batches.bitext.corpora", ["demo"])
    assert "batches.bitext.corpora: demo has QA pairs (format jsonl); bitext in 'corpora': talks" in said
    assert "unknown corpus 'talk'; bitext in 'corpora': talks" in problem(raw, "batches.bitext.corpora", ["talk"])


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("flores-dev", "folder", "data/{language}.txt"),
        ("mine", "folder", "data/FLORES-200/{language}.dev"),
        ("mine", "folder", "Tatoeba.v2023/{language}"),
        ("Belebele", "folder", "b.{language}"),
        ("mine", "folder", "my-xquad-r/{language}.txt"),
        ("mlqa.r", "folder", "x.{language}"),
        ("miracl2", "folder", "x.{language}"),
        ("mine", "pairs", {"de-en": {"url": "https://object.pouta.csc.fi/OPUS-Tatoeba/v1/moses/de-en.txt.zip"}}),
        ("mine", "pairs", {"de-en": {"hub": "facebook/flores", "revision": "main", "path": "a.zip"}}),
    ],
)
def test_benchmarks_are_refused_as_bitext_by_name_and_by_file(default, name, key, value):
    raw = copy.deepcopy(default)
    raw["corpora"][name] = {"format": "moses", key: value}
    if key == "folder":
        raw["corpora"][name]["languages"] = ["en", "de"]
    with pytest.raises(ConfigError, match=rf"corpora\.{name}: .* is a benchmark, and nothing is trained on what is"):
        load_config(raw)


def test_other_names_are_not_refused(default):
    for name in ("europarl", "gettext", "news-deflorescence"):
        raw = copy.deepcopy(default)
        raw["corpora"][name] = {"format": "moses", "folder": "data/{language}", "languages": ["en", "de"]}
        assert load_config(raw).corpora[name].is_bitext


def test_every_benchmark_of_sentences_that_is_known_is_refused(default):
    of_sentences = ("flores", "tatoeba", "belebele", "xquad", "mlqa", "miracl", "bucc")
    assert {name for name in known_benchmarks() if name.startswith(of_sentences)}
    for name in known_benchmarks():
        if name.startswith(of_sentences):
            raw = copy.deepcopy(default)
            raw["corpora"][name] = {"format": "moses", "folder": "data/{language}", "languages": ["en", "de"]}
            with pytest.raises(ConfigError, match="is a benchmark"):
                load_config(raw)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": {"question": "q", "passage": "p"}}, "'columns' is only for QA pairs, and the format moses is"),
        ({"parallel": False}, "'parallel' is only for QA pairs"),
        ({"score_column": 1}, "'score_column' is only for the format bitext-tsv"),
        ({"min_score": 1.0}, "'min_score' needs 'score_column'"),
        ({"languages": ["en"]}, "bitext needs at least two languages"),
        ({"format": "tmx"}, r"has several languages: give 'pairs', as in {de-en: path}"),
        ({"folder": None, "languages": None}, "give either 'files' or 'folder' or, for bitext, 'pairs'"),
        ({"pairs": {"de-en": "a.zip"}}, "give either 'files' or 'folder' or, for bitext, 'pairs'"),
        ({"format": "jsonl", "filters": {"length": 3.0}}, "'filters' is only for bitext \\(moses, tmx or bitext-tsv"),
        ({"format": "jsonl", "min_score": 3.0}, "'min_score' is only for bitext"),
    ],
)
def test_keys_that_do_not_go_with_the_format_are_refused(raw, changes, said):
    raw["corpora"]["talks"] |= changes
    with pytest.raises(ConfigError, match=said):
        load_config(raw)


def test_pairs_of_moses_are_an_archive_or_one_file_for_each_language(raw):
    def talks(pairs):
        return load_config(changed(raw, "corpora.talks", {"format": "moses", "pairs": pairs})).corpora["talks"]

    both = talks({"de-en": "de-en.txt.zip", "en-zh_tw": ["a.en", "a.zh"]})
    assert both.languages_there == ["de", "en", "zh-Hant"]
    assert list(both.pairs) == ["de-en", "en-zh-Hant"]
    with pytest.raises(ConfigError, match=r"pairs\.de-en: give one zip archive, or 2 files"):
        talks({"de-en": ["a", "b", "c"]})
    with pytest.raises(ConfigError, match="'de-xx' does not name languages as in 'de-en'"):
        talks({"de-xx": "a.zip"})


def test_the_languages_of_a_pair():
    assert split_pair("en-zh-Hant") == ("en", "zh-Hant")
    assert split_pair("zh-Hant-en-pt_BR") == ("zh-Hant", "en", "pt")
    for wrong in ("de", "de-de", ""):
        with pytest.raises(ValueError, match="languages"):
            split_pair(wrong)


def opus(default, **given):
    raw = copy.deepcopy(default)
    raw["corpora"]["ted"] = {"opus": "TED2020", **given}
    return load_config(raw).corpora["ted"]


def test_a_corpus_of_opus_stands_for_its_moses_archives(default):
    corpus = opus(default, languages=["en", "de", "th"])
    urls = {name: places[0].url for name, places in corpus.pairs.items()}
    start = "https://object.pouta.csc.fi/OPUS-TED2020/v1/moses"
    assert urls == {"de-en": f"{start}/de-en.txt.zip", "en-th": f"{start}/en-th.txt.zip"}
    assert corpus.licence == "CC-BY-NC-ND-4.0"
    assert corpus.format == "moses"
    other = opus(default, version="v7", pairs=["zh-de"], codes={"zh": "zh_cn"}, licence="mine")
    assert other.pairs["de-zh"][0].url == "https://object.pouta.csc.fi/OPUS-TED2020/v7/moses/de-zh_cn.txt.zip"
    assert other.licence == "mine"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"opus": "TED202", "languages": ["en", "de"]},
            r"give the 'version' of OPUS's 'TED202'.*did you mean 'TED2020'",
        ),
        ({}, "give 'languages', which are paired with English, or 'pairs'"),
        ({"languages": ["de", "fr"]}, "'languages' needs English and another one"),
        ({"languages": "en"}, "'languages' must be a list"),
        ({"opus": "Tatoeba", "version": "v1", "languages": ["en", "de"]}, "Tatoeba is a benchmark"),
        ({"languages": ["en", "de"], "min_lines": 3}, "unknown key"),
    ],
)
def test_what_is_wrong_with_a_corpus_of_opus_is_said_with_its_key(default, given, said):
    with pytest.raises(ConfigError, match=rf"corpora\.ted.*{said}"):
        opus(default, **given)


def test_check_says_that_files_of_bitext_are_missing_or_malformed(raw, tmp_path):
    import yaml

    (tmp_path / "talks").mkdir()
    (tmp_path / "talks/t.en").write_text("One.\n")
    (tmp_path / "talks/t.pt").write_text("Um.\n")
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump(raw))
    _, lines = check_configuration(path, root=tmp_path)
    assert any("corpora.talks: talks/t.th does not exist" in line for line in lines)
    assert not any("talks/t.en" in line for line in lines)
    (tmp_path / "talks/t.th").write_bytes(b"PK\x03\x04 an archive")
    assert any("talks/t.th: a zip file: unpack it" in line for line in check_configuration(path, root=tmp_path)[1])
    (tmp_path / "talks/t.th").write_text("หนึ่ง\n", encoding="utf-8")
    assert not any("talks" in line for line in check_configuration(path, root=tmp_path)[1][:-1] if "t." in line)
