"""The line above the title."""

import pytest
from report.sample import Run, write_run

from equilingual.files import write_json
from equilingual.report import ReportInputs
from equilingual.report.header import duration, header_of
from equilingual.report.run import Run as Files


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(44.6, "45 s"), (720, "12 min"), (5399, "90 min"), (5460, "1 h 31 min"), (36000, "10 h 0 min")],
)
def test_a_duration_has_no_more_than_two_units(seconds, text):
    assert duration(seconds) == text.replace("90 min", "1 h 30 min")


def header(folder, **manifest):
    arguments = write_run(Run(folder)) | {"title": "A {title} \\ of mine"}
    if manifest:
        write_json(manifest, folder / "run.json")
        arguments["run"] = folder / "run.json"
    return header_of(Files(ReportInputs(**arguments)))


def test_what_is_not_known_is_left_out(tmp_path):
    found = header(tmp_path)
    assert found.facts == ["NVIDIA H200 (139 GiB), CUDA 12.8"]
    assert found.configuration == ""
    assert "version" not in found.citation
    assert "year    =" not in found.citation.partition("@misc")[0]


def test_changes_are_said_and_the_citation_has_version_commit_and_year(tmp_path):
    found = header(tmp_path, date="2026-11-09T10:00:00Z", version="0.1.0", commit="ab12" * 10, changed=True, stages={})
    assert found.facts[:2] == ["9 Nov 2026", "commit ab12ab1 with changes"]
    entry = found.citation.partition("@misc")[0]
    assert "  version = {0.1.0},\n  year    = {2026},\n  note    = {A title  of mine, commit ab12ab12ab12},\n}" in entry


def test_the_commit_leads_to_its_repository_where_that_is_known(tmp_path):
    about = {"commit": "ab12" * 10, "changed": True, "stages": {}}
    found = header(tmp_path, **about, repository="https://me:5ecret@host.example/us/it")
    assert found.commit_address == f"https://host.example/us/it/commit/{'ab12' * 10}"
    assert found.commit == found.facts[0]
    write = {"date": "2026-11-09T10:00:00Z", **about}
    for other in (None, "/srv/it", "javascript:alert(1)"):
        assert header(tmp_path, **write, repository=other).commit_address == ""
    assert header(tmp_path, **write).commit_address == ""


def test_the_link_of_the_commit_is_in_the_page(render, tmp_path):
    def change(arguments):
        arguments["run"] = tmp_path / "run.json"
        write_json(
            {"commit": "ab12" * 10, "changed": False, "repository": "https://host.example/us/it"}, arguments["run"]
        )

    assert f'<a href="https://host.example/us/it/commit/{"ab12" * 10}">commit ab12ab1</a>' in render(change)
