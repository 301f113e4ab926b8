"""The page of a study and the overview in a real browser: widths, dark, downloads, axe, and without scripts."""

import csv
import io
import xml.etree.ElementTree as ET
from importlib import resources

import pytest
from report.studies import DUMBBELL, INTERACTION, group_of, interaction_models, record_of, write_study

from equilingual.report.studies import StudyInputs, list_studies, render_study

RECORDS = {
    "curve": record_of(name="curve"),
    "interaction": record_of(INTERACTION, interaction_models(), name="interaction"),
    "dumbbell": record_of(DUMBBELL, name="dumbbell"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of three studies' pages, with the overview."""
    found = tmp_path_factory.mktemp("studies")
    for name, record in RECORDS.items():
        inputs = write_study(found, record, seen={"e5-small": {"xquad-r": ["squad"]}})
        render_study(StudyInputs(**inputs), out=found / f"studies/{name}/report.html")
    list_studies(list(RECORDS), out=found / "studies/index.html")
    return found / "studies"


@pytest.fixture
def open_study(visit, folder):
    def make(name="curve", **options):
        page = visit(folder / name / "report.html", **options)
        if options.get("java_script_enabled", True):
            page.wait_for_function("() => !document.querySelector('figure[data-chart]:not([data-drawn])')")
        return page

    return make


@pytest.mark.parametrize("name", RECORDS)
def test_a_study_fits_every_width_and_complains_of_nothing(open_study, name):
    page = open_study(name, viewport={"width": 1280, "height": 900})
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(
            "() => [...document.querySelectorAll('.picture svg')].every((svg) => svg.clientWidth <= svg.parentElement.clientWidth + 1)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.logged == []


def test_the_first_screen_has_the_answer_and_its_figure(open_study):
    page = open_study(viewport={"width": 1280, "height": 900})
    for part in ("h1", ".badge", "#answer .keys", "#answer .picture svg"):
        box = page.locator(part).first.bounding_box()
        assert box["y"] + box["height"] < 900, part


def test_pointing_at_a_mean_shows_its_interval_and_seeds(open_study):
    page = open_study()
    said = []
    for mark in page.locator("#answer figure").nth(2).locator(".picture .mark-symbol path").all():
        mark.hover(force=True)
        said.append(page.locator(".tip").inner_text())
    assert "hybrid batches, α = 0.5: 0.530 [0.524, 0.536], 3 seeds" in said
    assert "hybrid batches, α = 0.5, seed 1: 0.528" in said


def test_downloads_are_the_means_the_panels_and_the_configuration(open_study, download):
    page = open_study()

    name, text = download(page, "CSV")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (name, len(rows)) == ("curve.csv", len(RECORDS["curve"]["means"]))
    wanted = {"model": group_of(0.5), "setting": "multilingual", "languages": "all"}
    (row,) = [one for one in rows if all(one[key] == value for key, value in wanted.items())]
    assert [row[key] for key in ("label", "value", "low", "high", "seeds")] == [
        "hybrid batches, α = 0.5",
        "0.53",
        "0.524",
        "0.536",
        "3",
    ]
    name, text = download(page, "Figure as SVG")
    assert name == "curve-1.svg"
    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in text
    page.get_by_text("Configuration", exact=True).click()
    assert download(page, "Download") == ("config.yaml", "title: mine\n")
    assert page.logged == []


def test_the_overview_leads_to_each_study_and_back(visit, folder):
    page = visit(folder / "index.html")
    for name in RECORDS:
        page.locator(f'a[href="{name}/report.html"]').click()
        assert page.locator(".provenance bdi").first.inner_text() == name
        page.get_by_role("link", name="All studies").click()
        assert page.locator(".study-list > li").count() == 3
    assert page.logged == []


def test_without_scripts_all_is_there_to_read(open_study):
    page = open_study(java_script_enabled=False)
    assert page.locator("#answer .picture svg:visible").count() == 3
    assert page.locator("#contrasts .picture svg:visible").count() == 1
    assert page.locator("button:visible").count() == 0


@pytest.mark.parametrize("name", ["curve/report.html", "dumbbell/report.html", "index.html"])
def test_axe_finds_nothing_to_complain_of(visit, folder, name):
    page = visit(folder / name, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]] == [], scheme
        assert len(found["passes"]) > 10
