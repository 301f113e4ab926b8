"""The key ``study``: what it asks for, and what is refused before anything is trained."""

import copy

import pytest
from config.changes import changed
from studies.made_up import DUMBBELL, INTERACTION, STUDY, configuration

from equilingual.config import ConfigError, load_config
from equilingual.config.study import StudyParts
from equilingual.config.study_settings import StudySettings

CROSS, HALF = "e5-small__t__cross", "e5-small__t__hybrid-0.5"
INTO = {**STUDY["contrasts"][0], "setting": "cross-lingual", "candidates": "low"}


def study(path=None, value=None, **keys):
    """Return the made-up study with one key changed, in a whole configuration."""
    return configuration(changed(STUDY, path, value) if path else copy.deepcopy(STUDY), **keys)


def parts(raw):
    config = load_config(raw)
    return StudyParts(config, config.study)


def refused(raw):
    with pytest.raises(ConfigError) as error:
        load_config(raw)
    return str(error.value)


def test_a_study_needs_every_model_unless_it_names_some():
    named = ["e5-small", "e5-small+center-pool", "e5-small__t__mono", CROSS]
    hybrid = [f"e5-small__t__hybrid-{alpha}{mix}" for mix in ("", "-pair") for alpha in (0.25, 0.5, 0.75)]
    every = parts(study())
    assert every.named == [*named, *hybrid]
    assert all(model.shown for model in every.models)
    # Contrasts and references need their models, too; they are not shown.
    few = parts(study("models", ["e5-small__t__hybrid-0.25", CROSS]))
    assert [model.group for model in few.models if model.shown] == [CROSS, "e5-small__t__hybrid-0.25"]
    assert [model.group for model in few.models if not model.shown] == [
        *("e5-small", "e5-small+center-pool", "e5-small__t__mono", HALF, f"{HALF}-pair"),
    ]


def test_a_model_has_its_seeds_columns_and_attributes():
    attributes = {
        "encoders": {"e5-small": {"parameters": "21.3e6", "family": "e5"}},
        "training_sets": {"t": {"languages": 2, "family": "set"}},
        "models": {HALF: {"languages": 3}},
    }
    found = {model.group: model for model in parts(study("attributes", attributes)).models}
    assert found[HALF].members == tuple(f"{HALF}__seed-{seed}" for seed in (1, 2, 3))
    assert found[HALF].seeds == (1, 2, 3)
    assert found["e5-small"].seeds == ()
    # The model's own come last, after those of its training set and its encoder.
    assert found[HALF].described["attributes"] == {"parameters": 21.3e6, "family": "set", "languages": 3.0}
    assert found["e5-small"].described["attributes"] == {"parameters": 21.3e6, "family": "e5"}
    assert found[HALF].values["alpha"] == 0.5
    assert {name: model.values["mix"] for name, model in found.items()} == {
        **{"e5-small": None, "e5-small+center-pool": None, "e5-small__t__mono": "batch", CROSS: None},
        **{f"e5-small__t__hybrid-{alpha}": "batch" for alpha in (0.25, 0.5, 0.75)},
        **{f"e5-small__t__hybrid-{alpha}-pair": "pair" for alpha in (0.25, 0.5, 0.75)},
    }


def test_an_average_over_seeds_has_no_seeds():
    raw = study(training={"average_seeds": True})
    found = {model.group: model for model in parts(raw).models}
    assert found[f"{HALF}__average"].seeds == ()
    assert found[f"{HALF}__average"].members == (f"{HALF}__average",)
    assert found[HALF].seeds == (1, 2, 3)


def test_a_variant_is_a_column_of_a_model_and_may_have_attributes():
    variants = {"small": {"batches": {"batch_size": 4}}, "large": {"batches": {"batch_size": 64}}}
    attributes = {"training_sets": {"t": {"size": 32}}, "variants": {"small": {"size": 4}, "large": {"size": 64}}}
    raw = study("attributes", attributes, variants=variants)
    raw["study"]["figure"] = {"kind": "curve", "x": "size", "scale": "log", "series": "strategy"}
    raw["study"]["contrasts"][0]["models"] = {f"{HALF}__small": 1, HALF: -1}
    found = {model.group: model for model in parts(raw).models}
    assert found[f"{HALF}__small"].members == tuple(f"{HALF}__small__seed-{seed}" for seed in (1, 2, 3))
    assert [found[f"{HALF}{name}"].values["variant"] for name in ("", "__small", "__large")] == [None, "small", "large"]
    assert [found[f"{HALF}{name}"].values["size"] for name in ("", "__small", "__large")] == [32.0, 4.0, 64.0]
    assert found[f"{HALF}__large"].described["variant"] == "large"
    attributes["variants"]["smal"] = attributes["variants"].pop("small")
    assert "study.attributes.variants: no variant is called 'smal'; did you mean 'small'?" in refused(raw)


def test_listed_experiments_have_seeds_of_their_own():
    listed = [
        {"encoder": "e5-small", "training_set": "t", "strategy": "hybrid-0.5", "seeds": [1, 2, 3, 4, 5]},
        {"encoder": "e5-small", "training_set": "t", "strategy": "cross"},
    ]
    contrasts = [STUDY["contrasts"][0]]
    found = parts(
        configuration(
            {**STUDY, "contrasts": contrasts, "figure": DUMBBELL | {"models": [HALF, CROSS]}}, experiments=listed
        )
    )
    assert {model.group: model.seeds for model in found.models if model.seeds} == {
        CROSS: (1, 2, 3),
        HALF: (1, 2, 3, 4, 5),
    }


def test_values_are_worked_out_where_contrasts_and_figure_need_them():
    every = [(one, two, "map") for one in ("one", "two") for two in ("monolingual", "cross-lingual", "multilingual")]
    assert parts(study()).places == every
    raw = study("contrasts.1.measure", "log_rank_distance")
    raw["study"]["figure"] = {**INTERACTION, "series": None, "panels": "benchmark"}
    found = parts(raw)
    assert found.places == [
        *(("one", "monolingual", "map"), ("one", "multilingual", "map"), ("one", "multilingual", "log_rank_distance")),
        *(("two", "monolingual", "map"), ("two", "multilingual", "map"), ("two", "multilingual", "log_rank_distance")),
    ]
    assert [one["panel"] for one in found.panels] == ["one", "two"]


def test_a_figure_shows_what_the_primary_contrast_is_about_unless_it_says_otherwise():
    found = parts(study("figure", dict(INTERACTION)))
    assert (found.figure.benchmark, found.figure.setting, found.figure.measure) == ("one", "multilingual", "map")
    about = {"benchmark": "one", "setting": "multilingual"}
    assert found.panels == [{"panel": name, **about, "languages": name} for name in ("trained", "low")]
    other = parts(study("figure", {**DUMBBELL, "benchmark": "two", "measure": "log_rank_distance"}))
    assert other.panels == [
        {"panel": "multilingual", "benchmark": "two", "setting": "multilingual", "languages": "all"}
    ]


def test_what_a_stage_is_given_is_the_same_study():
    given = load_config(study()).study.model_dump()
    assert given["languages"]["low"] == ("sw",)
    again = StudySettings.model_validate(given)
    assert again.model_dump() == given
    assert again.primary.name == "hybrid 0.5 against cross-lingual"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", "a b", "study.name: 'a b' is not a valid name"),
        ("contrasts.0.primary", False, "exactly one must be primary (primary: true), and none is"),
        ("contrasts.1.primary", True, "exactly one must be primary (primary: true), and 2 contrasts is"),
        ("contrasts.1.name", "by pair against by batch", "duplicate value 'by pair against by batch'"),
        ("contrasts.0.models", {HALF: 1, CROSS: 1}, "study.contrasts.0: the weights add up to 2"),
        ("contrasts.0.models", {HALF: 0, CROSS: 0}, "study.contrasts.0: every weight must be a number other than 0"),
        ("contrasts.0.models", {HALF: ".nan", CROSS: 1}, "study.contrasts.0.models"),
        ("contrasts.0.models", {HALF: 1}, "study.contrasts.0: a contrast has two models or more"),
        (
            "contrasts.0.models",
            {HALF: 1, "e5-small__t__crss": -1},
            "study.contrasts.0.models: no model is called 'e5-small__t__crss'; did you mean 'e5-small__t__cross'?",
        ),
        (
            "models",
            [f"{HALF}__seed-1"],
            f"study.models: no model is called '{HALF}__seed-1'; did you mean '{HALF}'? (seeds are taken together",
        ),
        ("contrasts.0.benchmark", "on", "contrasts.0.benchmark: no benchmark is called 'on'; did you mean 'one'?"),
        ("contrasts.0.measure", "f1", "study.contrasts.0.measure"),
        ("contrasts.3.measure", "log_rank_distance", "contrasts.3: log_rank_distance needs the setting 'multilingual'"),
        ("contrasts.1.languages", "traned", "no group of languages is called 'traned'; did you mean 'trained'?"),
        ("contrasts.1.languages", None, "study.contrasts.1: 'minus' needs 'languages'"),
        ("contrasts.1.minus", "trained", "contrasts.1.minus: trained and trained share de, en, zh"),
        (
            "contrasts.1.unit",
            "language",
            "contrasts.1.minus: one has sw of the query languages low; at least 2 must be there",
        ),
        ("contrasts.0.candidates", "low", "contrasts.0: 'candidates' is for cross-lingual retrieval, and the setting is multi"),
        ("contrasts", [INTO | {"candidates": "lo"}], "contrasts.0.candidates: no group of languages is called 'lo'; did you"),
        (
            "contrasts",
            [INTO | {"languages": "low"}],
            "contrasts.0.languages: one has none of the query languages low with candidates in other languages of low; at",
        ),
        ("languages.low", ["fr"], "study.languages.low: no benchmark has 'fr'; there are de, en, sw, zh"),
        ("languages.low", [], "study.languages.low"),
        ("languages.all", ["sw"], "languages.all: 'all' stands for something else"),
        ("languages.en", ["sw"], "languages.en: 'en' stands for something else"),
        ("margin", {"map": 0}, "study.margin.map"),
        ("attributes", {"encoders": {"e5": {"x": 1}}}, "study.attributes.encoders: no encoder is called 'e5'"),
        ("attributes", {"variants": {"v": {"x": 1}}}, "study.attributes.variants: no variant is called 'v'"),
        ("attributes", {"training_sets": {"t": {"alpha": 1}}}, "'alpha' is a column of every model"),
        ("figure.x", "alfa", "study.figure.x: no column or attribute is called 'alfa'; did you mean 'alpha'?"),
        ("figure.x", "variant", "study.figure.x: no model of the figure has 'variant'; they have encoder, training_set, st"),
        ("figure.x", "strategy", "study.figure.x: 'strategy' of e5-small__t__mono is 'mono', no number"),
        ("figure.x", ..., "study.figure: a figure of kind curve has an x axis: give 'x'"),
        ("figure.scale", "log", "study.figure.scale: 'alpha' is not above 0 for every model"),
        ("figure.models", [HALF, CROSS], "study.figure: a figure of kind curve has an x axis: remove 'models'"),
        ("figure.reference", ["e5-smal"], "study.figure.reference: no model is called 'e5-smal'; did you mean 'e5-small'?"),
        ("figure.languages", ["low"], "study.figure: 'languages' is for panels: languages, and panels is setting"),
        ("figure", {**INTERACTION, "languages": ["lo"]}, "figure.languages: no group of languages is called 'lo'; did you"),
        ("figure.benchmark", "three", "study.figure.benchmark: no benchmark is called 'three'"),
        ("figure", {**DUMBBELL, "x": "alpha"}, "study.figure: a dumbbell shows two models by query language: remove 'x'"),
        ("figure", {"kind": "dumbbell"}, "study.figure: a dumbbell shows two models by query language: give 'models'"),
        ("figure", {"kind": "dumbbell", "models": [HALF, HALF]}, f"study.figure: '{HALF}' is compared with itself"),
        ("figure", {**INTERACTION, "scale": "log"}, "study.figure: scale is for a curve"),
        ("figure", {**INTERACTION, "measure": "log_rank_distance", "setting": "monolingual"}, "figure.measure: log_rank"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_key(path, value, message):
    assert message in refused(study(path, value))


def test_candidates_are_languages_that_the_query_languages_are_asked_in():
    raw = study("contrasts", [INTO])
    assert load_config(raw).study.contrasts[0].candidates == "low"
    # Tatoeba matches every language with English only: Swahili has no candidates in German.
    raw["benchmarks"]["one"] = {"known": "tatoeba", "folder": "t", "languages": ["de", "sw", "zh"]}
    raw["study"]["languages"]["english"] = ["en"]
    raw["study"]["contrasts"] = [{**INTO, "languages": "low", "candidates": "trained"}]
    load_config(raw)
    raw["study"]["languages"]["trained"] = ["de", "zh"]
    assert "contrasts.0.languages: one has none of the query languages low with candidates" in refused(raw)
    raw["study"]["contrasts"] = [{**INTO, "languages": "low", "candidates": "english"}]
    load_config(raw)


def test_a_figure_may_show_some_groups_of_languages():
    every = parts(study("figure", INTERACTION)).panels
    assert [one["languages"] for one in every] == ["trained", "low"]
    some = parts(study("figure", {**INTERACTION, "languages": ["low"]})).panels
    assert some == [one for one in every if one["languages"] == "low"]


def test_a_group_of_languages_is_not_called_like_a_language_of_a_benchmark():
    """Values are by language and by group: one of them would have the other's name."""
    raw = study("languages", {"trained": ["en", "de"], "sw": ["zh"]})
    assert "study.languages.sw: 'sw' is a language of a benchmark" in refused(raw)


def test_a_problem_of_a_contrast_has_its_name():
    name = STUDY["contrasts"][1]["name"]
    for key, value in (
        ("benchmark", "on"),
        ("languages", "traned"),
        ("measure", "f1"),
        ("models", {HALF: 1, CROSS: 1}),
    ):
        raw = study(f"contrasts.1.{key}", value)
        assert refused(raw).count(f"(in {name!r})") == 1, key
    raw = study("contrasts.1.models", {"someone": 1, CROSS: -1})
    assert "no model is called 'someone'" in refused(raw)
    assert refused(raw).endswith(f"(in {name!r})")


def test_all_unknown_names_are_given_at_once():
    raw = study("figure.reference", ["nobody"])
    raw["study"]["contrasts"][0]["models"] = {"someone": 1, CROSS: -1}
    found = refused(raw)
    assert "study.figure.reference: no model is called 'nobody'" in found
    assert "study.contrasts.0.models: no model is called 'someone'" in found


def test_a_setting_or_a_kind_of_benchmark_without_ranks_is_refused():
    raw = study()
    raw["benchmarks"]["one"]["parallel"] = False
    assert "study.contrasts.0.setting: one has no multilingual retrieval; it has monolingual" in refused(raw)
    raw = study()
    raw["benchmarks"]["one"]["languages"] = ["en"]
    raw["study"]["languages"] = {"trained": ["en"], "low": ["sw"]}
    assert "study.contrasts.0.setting: one has no multilingual retrieval; it has monolingual" in refused(raw)
    raw = study("contrasts.0.benchmark", "bucc")
    raw["benchmarks"]["bucc"] = {"known": "bucc", "folder": "bucc", "languages": ["de"]}
    assert "study.contrasts.0.benchmark: bucc is bitext mining, which has no contrasts" in refused(raw)


def test_too_few_permutations_to_show_anything_are_refused():
    raw = study()
    raw["evaluation"] = {**raw["evaluation"], "comparisons": {"permutations": 79, "pairs": []}}
    load_config(raw)
    raw["evaluation"]["comparisons"]["permutations"] = 78
    assert "study.contrasts: 4 contrasts are too many for 78 permutations at alpha 0.05" in refused(raw)


def test_without_a_study_there_is_none(default):
    assert load_config(default).study is None
