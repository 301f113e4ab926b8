"""The page of a study and the overview: what they say, and that no text becomes more than a text."""

import html
import re
from types import SimpleNamespace

import pytest
from report.studies import (
    DUMBBELL,
    INTERACTION,
    base_model,
    contrast,
    group_of,
    interaction_models,
    manifest_of,
    record_of,
    write_study,
)
from report.test_hostile import CONTROLS, DIRECTIONS, ENDS, OTHER, SCRIPT, Skeleton
from studies import made_up

from equilingual.files import DamagedFileError, write_json
from equilingual.report.studies import StudyInputs, list_studies, render_study
from equilingual.report.studies.contrasts import cautions_of
from equilingual.report.studies.equal import compare_arms
from equilingual.report.studies.record import Study, read_study
from equilingual.report.studies.scores import tables_of


@pytest.fixture
def render(tmp_path):
    """Return a function that renders the page of a made-up study."""

    def make(record, **files):
        render_study(StudyInputs(**write_study(tmp_path, record, **files)), out=tmp_path / "report.html")
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return make


def text_of(page):
    """Return what of a page can be read, one space between words."""
    body = re.sub(r"<script.*?</script>|<svg.*?</svg>", " ", page.partition("<body>")[2], flags=re.DOTALL)
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", body)).split())


def test_few_clusters_that_cannot_show_a_difference_are_a_caution():
    def cautions(*clusters, unit="question", alpha=0.05):
        contrasts = [contrast(str(number), "a", "b", 0.1, clusters=count) for number, count in enumerate(clusters)]
        contrasts[0]["unit"] = unit
        return cautions_of(Study(record_of() | {"contrasts": contrasts, "alpha": alpha}))

    # Two of the 32 choices of signs of five clusters are the observed ones or their opposites: p = 2/32 = 0.0625.
    assert cautions(5) == [
        "5 clusters of questions cannot show a difference: the corrected p is about 0.062 or more, and 0.05 or less is needed."
    ]
    assert cautions(6) == []
    assert cautions(5, alpha=0.1) == []
    assert cautions(5, unit="language") == []  # their test is another one
    # Of two contrasts with six clusters, Holm's method doubles the lower p: 2 × 2/64. A third one may have a lower p.
    assert cautions(6, 6) == cautions(240, 6, 6) != []
    assert [line.split()[0] for line in cautions(4, 6, 240)] == ["4", "6"]
    assert cautions(1)[0].startswith(
        "1 cluster of questions cannot show a difference: the corrected p is about 1 or more"
    )


def test_models_that_have_seen_the_texts_of_the_test_are_a_caution(render):
    own = "Models with “-pool” in their names are debiased with the benchmark’s own texts"
    assert own in text_of(render(record_of()))
    models = [base_model(), base_model("center")]
    record = record_of(DUMBBELL | {"models": ["e5-small", "e5-small+center"]}, models)
    assert own not in text_of(render(record))


def test_a_caution_is_below_the_hypothesis_and_marks_no_score(render):
    record = record_of()
    for one in record["contrasts"]:
        one["clusters"] = 4
    text = text_of(render(record))
    place = text.index("4 clusters of questions cannot show a difference")
    assert text.index("Hypothesis: ") < place < text.index("monolingual mAP")
    assert "† The encoder was trained" not in text


def test_the_page_answers_its_question_first(render):
    text = text_of(render(record_of()))
    order = [
        "What does the ratio of monolingual batches do?",
        "supported Hybrid batches have 0.030 [0.026, 0.034] more mAP, over 3 seeds.",
        "Hypothesis: A mix has a higher multilingual mAP than the base encoder.",
        "monolingual mAP",
        "Contrasts",
        "Scores",
        "What was equal, and what was not",
        "Cost",
        "How to reproduce it",
    ]
    places = [text.index(part, 200) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("verdict", ["supported", "contradicted", "equivalent", "not shown"])
def test_the_badge_is_the_verdict(render, verdict):
    page = render(record_of(answer={"verdict": verdict, "sentence": "So."}))
    assert f'<strong class="badge" data-verdict="{verdict}">{verdict}</strong> <bdi>So.</bdi>' in page


def test_the_table_has_every_model_with_its_interval_and_the_best_of_each_column(tmp_path):
    record = record_of()
    record["models"][-1]["shown"] = False  # in the figure; its contrast is in the page, and so are its scores
    study = Study(record)
    tables = tables_of(study, {"e5-small": {"xquad-r": ["squad"]}})
    assert [one.languages for one in tables] == ["", "trained", "low"]
    whole = tables[0]
    assert whole.columns == [("xquad-r", f"{name} mAP") for name in ("monolingual", "cross-lingual", "multilingual")]
    assert [line.label for line in whole.lines] == [one["label"] for one in record["models"]]
    lines = {line.label: line for line in whole.lines}
    assert lines["hybrid batches, α = 0.5"].cells == [
        ("0.830 [0.824, 0.836]", True),
        ("0.630 [0.624, 0.636]", True),
        ("0.530 [0.524, 0.536]", True),
    ]
    assert sum(best for line in whole.lines for _, best in line.cells) == 3
    assert (lines["base encoder"].seeds, lines["hybrid batches, α = 1"].seeds) == ("–", "3")
    assert all(line.seen for line in whole.lines)
    low = {line.label: line for line in tables[2].lines}
    assert low["base encoder"].cells[2][0] == "0.400 [0.394, 0.406]"


def test_a_mark_stands_beside_models_whose_encoder_has_seen_the_benchmark(render):
    page = render(record_of(), seen={"e5-small": {"xquad-r": ["squad"], "another": ["x"]}})
    assert "e5-small was trained on squad, and xquad-r is part of this data or made from it" in text_of(page)
    assert "another" not in text_of(page)
    assert page.count(" †</th>") > 10
    without = render(record_of())
    assert "†" not in without
    assert "trained on squad" not in without


def test_a_lower_value_is_the_best_where_less_is_better():
    record = record_of()
    for one in record["means"]:
        one["measure"] = "log_rank_distance"
        one["setting"] = "multilingual"
    table = tables_of(Study(record), {})[0]
    assert [line.label for line in table.lines if line.cells[0][1]] == ["hybrid batches, α = 1, by pair"]


def equal_of(record, change=lambda manifest: manifest):
    models = record["models"]
    known = [(one["model"], f"{one['model']}__seed-{seed}") for one in models for seed in one["seeds"]]
    known += [(one["model"], one["encoder"]) for one in models if not one["seeds"]]
    identities = [SimpleNamespace(group=group, base=base) for group, base in known]
    manifests = [change(manifest_of(one, seed)) for one in record["models"] for seed in one["seeds"]]
    return compare_arms(Study(record), identities, manifests)


def test_what_was_equal_and_what_differed_come_from_the_manifests():
    def change(manifest):
        if manifest["alpha"] == 0.9:
            manifest["steps"] = 250 if manifest["seed"] == 2 else 200  # one seed went on
            manifest["parameters"]["regularizers"]["centring"] = {"weight": 0.5}
        return manifest

    found = equal_of(record_of(), change)
    equal = dict(found.main)
    assert equal["Batch size, in pairs"] == "32"
    assert equal["Languages trained on"] == "2: en de"
    assert equal["Training set"] == "mine"
    assert equal["Seeds"] == "1, 2, 3"
    assert ["negatives.from", "bm25"] in found.others.rows
    differing = {(row[0], row[1]): row[2] for row in found.differing.rows}
    assert differing["Training steps", "200 or 250"] == "hybrid batches, α = 0.9; hybrid batches, α = 0.9, by pair"
    assert (
        differing["regularizers.centring.weight", "0.5"] == "hybrid batches, α = 0.9; hybrid batches, α = 0.9, by pair"
    )
    assert differing["regularizers.centring.weight", "none"].endswith("; and 3 more")
    changed = {"Training steps", "regularizers.centring.weight"}
    assert {key for key, _ in differing} == {"α, the fraction of monolingual batches", "Mixed by", *changed}
    assert (found.models, found.untrained) == (8, ["base encoder", "centred"])
    # Counts of a training and its loss are no settings.
    assert not any(
        "rows" in str(row[0]) or "loss" in str(row[0]) for row in (*found.others.rows, *found.differing.rows)
    )


def test_without_a_trained_model_there_is_nothing_to_hold_equal(render):
    record = record_of(models=[base_model(), base_model("center-pool")])
    assert equal_of(record) is None
    assert 'id="equal"' not in render(record)


def test_the_cost_is_in_core_hours_and_the_command_is_with_its_commit(render):
    text = text_of(render(record_of()))
    assert "4.4 core-hours." in text  # (12 600 + 3 240) seconds
    assert "100 Wh" in text  # 360 000 joules
    assert (
        f"git checkout 4eb022b{'0' * 33} snakemake --configfile configs/studies/mixing-ratio.yaml --cores all" in text
    )
    assert "Tracked files differed" not in text


def test_without_a_record_of_the_run_the_page_has_neither_cost_nor_command(render):
    page = render(record_of(), run=False)
    assert "The run left no record of its command." in page
    assert 'id="cost"' not in page


def test_every_contrast_is_there_in_words_and_those_that_show_something_stand_out(render):
    page = render(record_of())
    items = re.findall(r'<li( class="shown")?><bdi>([^<]*)</bdi></li>', page.partition('class="verdicts"')[2])
    assert [(bool(shown), text.partition(":")[0]) for shown, text in items] == [
        (True, f"{group_of(0.5)} minus e5-small"),
        (True, f"{group_of(0.5)} minus {group_of(0.9)}"),
        (True, f"{group_of(0.0)} minus {group_of(0.5)}"),
        (False, f"{group_of(1.0)} minus e5-small"),
    ]


def test_the_same_files_give_the_same_bytes(tmp_path):
    inputs = StudyInputs(**write_study(tmp_path, record_of()))
    names = ("report.html", "figure.svg", "figure.pdf", "figure.csv")
    for folder in ("a", "b"):
        render_study(inputs, out=tmp_path / folder / names[0], figures=[tmp_path / folder / name for name in names[1:]])
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("figure", [made_up.STUDY["figure"], made_up.DUMBBELL, made_up.INTERACTION])
def test_what_the_stage_before_writes_can_be_rendered(tmp_path, figure):
    path = made_up.write_study(tmp_path, made_up.configuration({**made_up.STUDY, "figure": figure}, seeds=(1, 2)))
    out, figures = tmp_path / "report.html", [tmp_path / f"figure.{form}" for form in ("svg", "pdf", "csv")]
    inputs = StudyInputs(study=path, identities=tmp_path / "results/models.json", models=[])
    render_study(inputs, out=out, figures=figures)
    study = read_study(path)
    page = out.read_text(encoding="utf-8")
    assert study.record["answer"]["sentence"] in text_of(page)
    assert page.count('<figure class="chart" data-chart="figure-') == len(study.panels) > 1
    assert figures[0].read_bytes().startswith(b"<svg")
    assert figures[1].read_bytes().startswith(b"%PDF")
    assert len(figures[2].read_text().splitlines()) > 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 2}, "its format is 2"),
        ({"contrasts": [contrast("x", "a", "b", 0.1)]}, "one primary contrast"),
    ],
)
def test_a_record_that_this_version_cannot_read_is_refused(tmp_path, change, says):
    write_json(record_of() | change, tmp_path / "study.json")
    with pytest.raises(DamagedFileError, match=says):
        read_study(tmp_path / "study.json")


def test_a_record_without_a_key_is_refused(tmp_path):
    record = record_of()
    del record["means"]
    write_json(record, tmp_path / "study.json")
    with pytest.raises(DamagedFileError, match="it has no 'means'"):
        read_study(tmp_path / "study.json")


def test_a_figure_without_a_value_says_so_and_its_files_exist(tmp_path):
    record = record_of(means=[], values=[], best=[])
    inputs = StudyInputs(**write_study(tmp_path, record))
    render_study(inputs, out=tmp_path / "report.html", figures=[tmp_path / "figure.svg", tmp_path / "figure.csv"])
    assert "No model of the study has a value that the figure shows." in (tmp_path / "report.html").read_text()
    assert b"There is nothing to draw." in (tmp_path / "figure.svg").read_bytes()


# ---------------------------------------------------------------------------------------------------------- overview
def overview_of(tmp_path, *names, **records):
    for name, record in records.items():
        write_study(tmp_path, record | {"name": name})
    list_studies([*records, *names], out=tmp_path / "studies/index.html")
    return (tmp_path / "studies/index.html").read_text(encoding="utf-8")


def test_the_overview_has_a_card_with_question_verdict_sentence_figure_and_link_for_each_study(tmp_path):
    answer = {"verdict": "not shown", "sentence": "It cannot be told."}
    other = record_of(INTERACTION, interaction_models(), question="Is it so?", answer=answer)
    page = overview_of(tmp_path, first=record_of(), second=other, third=record_of(DUMBBELL))
    cards = page.partition('<ul class="study-list">')[2].split("<h2")[1:]
    assert [re.search('href="([^"]+)">([^<]+)<', one).groups() for one in cards] == [
        ("first/report.html", "What does the ratio of monolingual batches do?"),
        ("second/report.html", "Is it so?"),
        ("third/report.html", "What does the ratio of monolingual batches do?"),
    ]
    assert [re.search('data-verdict="([^"]+)"', one)[1] for one in cards] == ["supported", "not shown", "supported"]
    assert "It cannot be told." in cards[1]
    assert all('<div class="picture" role="img" aria-label="' in one and "<svg" in one for one in cards)
    # Of the panels, that of the primary contrast: the figure has one for each setting.
    assert '<figcaption dir="auto">multilingual mAP</figcaption>' in cards[0]
    assert "<script" not in page


def test_the_card_shows_the_panel_of_what_the_primary_contrast_is_about(tmp_path):
    record = record_of(INTERACTION, interaction_models())
    record["contrasts"][0]["languages"] = "low"
    page = overview_of(tmp_path, first=record)
    assert '<figcaption dir="auto">multilingual mAP, low</figcaption>' in page


def test_a_study_that_cannot_be_read_is_named_and_hides_no_other(tmp_path):
    (tmp_path / "studies/broken").mkdir(parents=True)
    (tmp_path / "studies/broken/study.json").write_text("{")
    page = overview_of(tmp_path, "broken", "gone", first=record_of())
    assert page.count("<h2") == 1
    assert "broken/study.json is damaged" in page
    assert "gone/study.json is missing" in page


# ---------------------------------------------------------------------------------------------------------- attacks
def hostile_record(attack):
    """A record with the attack after every text that comes from a configuration."""
    record = record_of()
    for key in ("question", "hypothesis"):
        record[key] += attack
    record["answer"]["sentence"] += attack
    for one in record["contrasts"]:
        one["name"] += attack
        one["sentence"] += attack
    for one in record["models"]:
        one["label"] += attack
    record["figure"]["points"] = [{**one, "series": one["series"] + attack} for one in record["figure"]["points"]]
    record["best"] = [{**one, "series": one["series"] + attack} for one in record["best"]]
    return record


def hostile_manifest(attack):
    def change(manifest):
        manifest["hardware"] += attack
        manifest["parameters"][f"key{attack}"] = attack
        return manifest

    return change


@pytest.mark.parametrize("attack", [SCRIPT, ENDS, OTHER, DIRECTIONS, CONTROLS.replace("\ud800", "")])
def test_no_text_changes_a_page_but_for_its_text(tmp_path, attack):
    shapes = []
    for name, text in (("harmless", "x"), ("hostile", attack)):
        folder = tmp_path / name
        inputs = write_study(
            folder, hostile_record(text), change_manifest=hostile_manifest(text), seen={"e5-small": {"xquad-r": [text]}}
        )
        render_study(StudyInputs(**inputs), out=folder / "report.html")
        list_studies(["mixing-ratio"], out=folder / "studies/index.html")
        pages = [(folder / page).read_text(encoding="utf-8") for page in ("report.html", "studies/index.html")]
        shapes.append([Skeleton(page).elements for page in pages])
    assert shapes[0] == shapes[1]


def test_the_policies_allow_no_address_and_the_overview_no_script(tmp_path):
    page = overview_of(tmp_path, first=record_of())
    assert "default-src 'none'; script-src 'none'; style-src 'sha256-" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
