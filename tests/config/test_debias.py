"""What is debiased, by what, and on which text it is fitted."""

import copy
import json

import jsonschema
import pytest
import yaml

from equilingual.config import ConfigError, load_config
from equilingual.config.experiments import scored_models
from equilingual.config.export import config_schema
from equilingual.config.fitting import fitting_problems, fitting_sources

DEMO = ["ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh"]
TRAINED = [f"e5-small__demo-en-pt__{strategy}__seed-1" for strategy in ("mono", "cross", "hybrid-0.5")]


@pytest.fixture
def configured(root):
    """Return a function from changes of ``evaluation`` and other keys to the default configuration with them."""
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))

    def configure(debias, benchmarks=None, **evaluation):
        changed = copy.deepcopy(raw)
        changed["evaluation"] |= {"debias": debias, **evaluation}
        changed["benchmarks"] = benchmarks or changed["benchmarks"]
        jsonschema.validate(changed, json.loads(config_schema()))
        return load_config(changed)

    return configure


def test_a_method_applies_to_encoders_as_they_came_unless_it_says_otherwise(configured):
    debias = [
        "lir",
        {"method": "lir-pool", "rank": 2},
        {"method": "lsar", "rank": 3, "models": "all"},
        {"method": "shift", "models": ["hybrid-0.5"]},
        {"method": "center", "models": ["e5-small", "cross"]},
    ]
    models = scored_models(configured(debias))
    assert list(models) == [
        *["e5-small", "e5-small+lir", "e5-small+lir-pool-2", "e5-small+lsar-3", "e5-small+center"],
        *[TRAINED[0], f"{TRAINED[0]}+lsar-3"],
        *[TRAINED[1], f"{TRAINED[1]}+lsar-3", f"{TRAINED[1]}+center"],
        *[TRAINED[2], f"{TRAINED[2]}+lsar-3", f"{TRAINED[2]}+shift"],
    ]
    both = models[f"{TRAINED[2]}+lsar-3"].description
    assert (both["strategy"], both["alpha"], both["seed"], both["debias"]) == ("hybrid", 0.5, 1, "lsar-3")
    assert models["e5-small+lir-pool-2"].description["debias"] == "lir-pool-2"


@pytest.mark.parametrize(("rank", "label"), [(1, "lir"), (2, "lir-2"), (None, "lir")])
def test_the_default_rank_is_in_no_name(configured, rank, label):
    assert configured([{"method": "lir", "rank": rank}]).evaluation.debias[0].label == label


@pytest.mark.parametrize(
    ("debias", "message"),
    [
        (["centre"], "evaluation.debias.0: must be 'center', 'lir', 'lsar', 'shift', "),
        (["centre"], "did you mean 'center'?"),
        ([{"method": "shift-pool"}], "evaluation.debias.0.method: must be"),
        ([{"method": "lir", "rnk": 2}], "evaluation.debias.0.rnk: unknown key (value 2); did you mean 'rank'?"),
        ([{"method": "lir", "rank": 0}], "evaluation.debias.0.rank: must be greater than 0 (value 0)"),
        ([{"method": "center", "rank": 2}], "'rank' is only for lir and lsar, not for center"),
        (["lir", {"method": "lir", "rank": 1}], "evaluation.debias: duplicate value 'lir'"),
        (
            [{"method": "lir", "models": ["hybrid"]}],
            "evaluation.debias.0.models: unknown model 'hybrid'",
        ),
        ([{"method": "lir", "models": ["hybrid"]}], "did you mean 'hybrid-0.5'?"),
        ([{"method": "lir", "models": "trained"}], "evaluation.debias.0.models: must be 'encoders' or 'all'"),
        ([{"method": "lir", "models": []}], "evaluation.debias.0.models: must have at least one entry"),
    ],
)
def test_what_cannot_be_debiased_is_said(root, debias, message):
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    raw["evaluation"]["debias"] = debias
    with pytest.raises(ConfigError) as error:
        load_config(raw)
    assert message in str(error.value)


@pytest.mark.parametrize(("fit", "problem"), [("floers", "unknown corpus 'floers'"), (None, "this key is null")])
def test_a_fitting_text_that_is_not_there_is_said_where_one_is_needed(configured, fit, problem):
    with pytest.raises(ConfigError) as error:
        configured(["lir", "center-pool"], calibration_corpus=fit)
    line = f"evaluation.calibration_corpus: {problem}; lir can be fitted on flores, xquad-r, demo-en-pt"
    assert line in str(error.value)
    assert fitting_sources(configured(["lir-pool", "center-pool"], calibration_corpus=fit)) == {}


def test_a_reference_is_read_in_the_benchmarks_languages_and_english(configured):
    text = fitting_sources(configured(["lsar"]))["flores"]
    assert (text.file_format, text.source, list(text.languages)) == ("lines", "en", DEMO)
    assert list(text.files) == [f"flores/flores-dev.{tag}" for tag in DEMO]
    folder = {"folder": "resources/demo/evaluation", "languages": ["zh", "ar"]}
    assert fitting_sources(configured(["lir"], {"b": folder}))["flores"].languages == ("ar", "en", "zh")


def test_a_training_set_is_read_in_its_own_languages(configured):
    text = fitting_sources(configured(["lsar"], calibration_corpus="demo-en-pt"))["demo-en-pt"]
    assert (text.file_format, text.sources, text.languages, text.source) == ("pairs", ("demo",), ("en", "pt"), "en")


def test_no_method_is_fitted_on_what_a_benchmark_is_built_from(configured):
    benchmarks = {"x": {"known": "xquad-r", "languages": ["en", "de"]}, "m": {"known": "mlqa-r"}}
    (line,) = fitting_problems(configured(["lsar", "center-pool"], benchmarks, calibration_corpus="xquad-r"))
    assert line.startswith("evaluation.calibration_corpus: the benchmark x is built from xquad-r")
    assert fitting_problems(configured(["lsar"], benchmarks)) == []
    assert fitting_problems(configured(["lsar-pool", "center-pool"], benchmarks, calibration_corpus="xquad-r")) == []


def test_what_a_benchmark_leaves_of_flores_may_be_fitted_on(configured):
    benchmarks = {"f": {"known": "flores", "languages": ["en", "de"]}, "x": {"known": "xquad-r", "languages": ["en"]}}
    (line,) = fitting_problems(configured(["center"], benchmarks))
    assert "restrict the benchmark to some lines (benchmarks.f.lines)" in line
    benchmarks["f"]["lines"] = [499, 997]
    assert fitting_problems(configured(["center"], benchmarks)) == []
    assert fitting_sources(configured(["center"], benchmarks))["flores"].left_out == ((499, 997),)
    assert fitting_sources(configured(["lsar"], benchmarks, calibration_corpus="xquad-r"))["xquad-r"].left_out == ()


@pytest.mark.parametrize(
    ("benchmark", "message"),
    [
        ({"known": "flores", "lines": [5, 4]}, r"the first line \(5\) must not come after the last \(4\)"),
        ({"known": "flores", "lines": [500, 1200]}, "'lines' ends at 1200, but the files of flores have 997 lines"),
        ({"known": "xquad-r", "lines": [1, 4]}, "'lines' is only for flores, not for lareqa"),
    ],
)
def test_lines_that_cannot_be_are_refused(configured, benchmark, message):
    with pytest.raises(ConfigError, match=message):
        configured(["lsar"], {"f": benchmark})


def test_nor_on_a_training_set_of_the_benchmarks_files(configured, root):
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    queries = "resources/../resources/demo/evaluation/en/queries.jsonl"
    raw["corpora"]["demo"]["files"]["en"] = {"file": queries}
    raw["evaluation"] |= {"debias": ["lsar"], "calibration_corpus": "demo-en-pt"}
    (line,) = fitting_problems(load_config(raw))
    assert line.startswith("evaluation.calibration_corpus: the benchmark demo is built from demo-en-pt")


def test_languages_that_the_fitting_text_has_not_are_named_but_lsar_needs_none(configured):
    debias = ["center", {"method": "shift", "models": "all"}, "lsar", "lir-pool"]
    (line,) = fitting_problems(configured(debias, calibration_corpus="demo-en-pt"))
    others = ", ".join(tag for tag in DEMO if tag != "en")
    assert line.startswith(
        f"evaluation.debias: center, shift must be fitted in every language of demo, but demo-en-pt lacks {others}"
    )
    assert "or set 'calibration_missing: average'" in line
    assert fitting_problems(configured(debias, calibration_corpus="demo-en-pt", calibration_missing="average")) == []
    assert fitting_problems(configured(["lsar"], calibration_corpus="demo-en-pt")) == []


@pytest.mark.parametrize(
    ("entry", "fit", "languages"),
    [
        ({"method": "lsar", "rank": 11}, "flores", 11),
        ({"method": "lsar-pool", "rank": 11}, "flores", 11),
        ({"method": "lsar", "rank": 2}, "demo-en-pt", 2),
    ],
)
def test_lsar_cannot_have_as_many_directions_as_languages(configured, entry, fit, languages):
    (line,) = fitting_problems(configured([entry], calibration_corpus=fit))
    label = f"{entry['method']}-{entry['rank']}"
    assert line.startswith(
        f"evaluation.debias: {label} needs {entry['rank'] + 1} languages or more, but is fitted on {languages} for demo"
    )
    assert fitting_problems(configured([entry | {"rank": languages - 1}], calibration_corpus=fit)) == []


def test_a_benchmark_has_not_the_fitting_texts_name(configured):
    folder = {"folder": "resources/demo/evaluation", "languages": ["zh", "ar"]}
    (line,) = fitting_problems(configured(["lir"], {"fit-flores": folder}))
    assert line.startswith("benchmarks.fit-flores: this name is used by the calibration corpus")


@pytest.mark.parametrize(
    ("benchmark", "fit"),
    [
        ({"known": "flores", "folder": "f"}, "flores"),
        ({"folder": "f", "format": "flores", "languages": ["en", "de"]}, "flores"),
        ({"known": "belebele"}, "flores"),
        ({"known": "xquad-r", "folder": "f"}, "xquad-r"),
        ({"folder": "f", "format": "lareqa", "languages": ["en", "de"]}, "xquad-r"),
    ],
)
def test_nor_on_ones_own_copy_of_its_texts(configured, benchmark, fit):
    (line,) = fitting_problems(configured(["lsar"], {"b": benchmark}, calibration_corpus=fit))
    assert line.startswith(f"evaluation.calibration_corpus: the benchmark b is built from {fit}")


def test_lines_of_ones_own_copy_are_left_out_too(configured):
    folder = {"known": "flores", "folder": "f", "languages": ["en", "de"], "lines": [499, 997]}
    configuration = configured(["lsar"], {"b": folder})
    assert fitting_problems(configuration) == []
    assert fitting_sources(configuration)["flores"].left_out == ((499, 997),)


def test_benchmarks_that_leave_too_few_lines_are_named(configured):
    known = {"known": "flores", "languages": ["en", "de"]}
    (line,) = fitting_problems(configured(["lsar"], {"f": {**known, "lines": [1, 950]}}))
    assert line.startswith("benchmarks.f.lines: the benchmarks leave 47 of 997 lines")
    both = {"a": {**known, "lines": [1, 498]}, "b": {**known, "lines": [499, 997]}}
    assert len(fitting_problems(configured(["lsar"], both))) == 2
    assert fitting_problems(configured(["lsar"], {"f": {**known, "lines": [1, 897]}})) == []


def test_lines_do_not_excuse_a_training_set_of_the_benchmarks_files(configured, root):
    raw = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))
    raw["corpora"]["demo"]["files"]["en"] = {"file": "f/en.dev"}
    raw["benchmarks"] = {"b": {"folder": "f", "format": "flores", "languages": ["en", "de"], "lines": [1, 9]}}
    raw["evaluation"] |= {"debias": ["lsar"], "calibration_corpus": "demo-en-pt"}
    files = [str(place.file) for place in load_config(raw).benchmarks["b"].places()]
    raw["corpora"]["demo"]["files"]["en"] = {"file": next(file for file in files if "eng" in file)}
    assert any("the benchmark b is built from" in line for line in fitting_problems(load_config(raw)))


def test_run_files_are_as_deep_as_the_measures_of_exposure_read(configured):
    with pytest.raises(ConfigError, match="search_depth"):
        configured(["lsar"], search_depth=19)


def test_methods_that_a_format_cannot_take_are_refused_before_the_run(configured):
    entities = {"m": {"known": "mewsli-x", "folder": "f"}}
    (line,) = fitting_problems(configured(["center", "lsar"], entities))
    assert "center must be fitted in every language of m, whose candidates are in many others" in line
    (line,) = fitting_problems(
        configured(["lsar-pool"], {"k": {"known": "mkqa", "folder": "f", "corpus": {"en": "c.jsonl"}}})
    )
    assert "lsar-pool needs 2 languages or more, but is fitted on 1 for k" in line
    (line,) = fitting_problems(configured(["shift"], {"b": {"known": "bucc", "folder": "f"}}))
    assert line.startswith("evaluation.debias: shift moves only candidates")


def test_lsar_is_advised_only_where_it_can_be_fitted(configured):
    (line,) = fitting_problems(configured(["center"], {"t": {"known": "tatoeba", "languages": ["sw", "de"]}}))
    assert "lacks sw: choose another 'calibration_corpus', use lsar, which does not need them, or set" in line
    (line,) = fitting_problems(configured(["center"], {"t": {"known": "tatoeba", "languages": ["sw"]}}))
    assert "lacks sw: choose another 'calibration_corpus', or set 'calibration_missing: average'" in line
