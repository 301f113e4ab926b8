"""The files that a reader of the repository looks for say what the code and its data say."""

import re
import tomllib

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from equilingual.registry import known_benchmarks, known_corpora, known_references, packaged_encoder
from equilingual.translation.engines.catalogue import BUILT_IN, KINDS, licence


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def citation(root):
    return yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version_and_licence(citation, project):
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert all(citation[key] for key in ("message", "title", "authors"))


def test_the_readme_cites_what_the_citation_file_does(root, citation):
    entries = re.findall(r"@(\w+)\{(\w+),(.*?)\n\}", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    fields = {name: dict(re.findall(r"(\w+)\s*=\s*\{+(.*?)\}+,?$", body, re.MULTILINE)) for _, name, body in entries}
    assert fields["equilingual"]["title"] == citation["title"]
    assert fields["equilingual"]["version"] == citation["version"]
    [paper] = citation["references"]
    ours = fields["elmahdy2024synergistic"]
    assert ours["title"] == paper["title"]
    assert ours["year"] == str(paper["year"])
    assert ours["author"] == " and ".join(f"{one['family-names']}, {one['given-names']}" for one in paper["authors"])
    assert f"arXiv:{ours['eprint']}" == paper["identifiers"][0]["value"]


def test_the_changelog_begins_with_what_is_not_released_and_has_this_version(root, project):
    headings = re.findall(r"^## \[(.*?)\](.*)$", (root / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    versions = [Version(name) for name, _ in headings[1:]]
    assert versions[0] == Version(project["version"])
    assert versions == sorted(versions, reverse=True)
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for _, date in headings[1:])


def section(notice, heading):
    """Return the lines of one part of NOTICE, from its heading in capitals to the next."""
    [body] = re.findall(rf"^{heading}.*\n\n((?:.+\n)+)", notice, re.MULTILINE)
    return body.splitlines()


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("CORPORA", known_corpora),
        ("BENCHMARKS", known_benchmarks),
        ("REFERENCE TRANSLATIONS", known_references),
    ],
)
def test_the_notice_has_every_known_work_with_its_licence(root, heading, known):
    notice = (root / "NOTICE").read_text(encoding="utf-8")
    expected = [f"{name}: {entry['title']}: {entry['licence']}" for name, entry in known().items()]
    assert section(notice, heading) == expected


def test_the_notice_has_the_models_and_engines_with_their_licences(root):
    notice = (root / "NOTICE").read_text(encoding="utf-8")
    packaged = packaged_encoder()
    models = section(notice, "MODELS")
    assert models[0].startswith(f"packaged: {packaged['base_model']},")
    assert models[0].endswith(f": {packaged['licence']}")
    paper = yaml.safe_load((root / "configs/paper.yaml").read_text(encoding="utf-8"))
    for encoder in paper["encoders"].values():
        assert f"{encoder['path']} (configs/paper.yaml): {encoder['licence']}" in models
    shipped = {line.partition(" (")[0]: line.rpartition(": ")[2] for line in models[1:]}
    for path in root.glob("configs/studies/*-full.yaml"):
        for encoder in yaml.safe_load(path.read_text(encoding="utf-8"))["encoders"].values():
            assert shipped[encoder["path"]] == encoder["licence"], path.name
    engines = dict(line.rsplit(": ", 1) for line in section(notice, "TRANSLATION ENGINES"))
    licences = {re.split(r"[ ,]", name)[0]: text for name, text in engines.items()}
    expected = {name: licence(spec) for name, spec in BUILT_IN.items()}
    for family in ("nllb", "m2m100", "opus-mt", "madlad400"):
        expected[family] = KINDS["ctranslate2"].licence({"family": family})
    assert licences == expected


def test_the_image_has_a_python_that_fits_and_installs_what_there_is(root, project):
    lines = (root / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "").splitlines()
    steps = dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    python = re.fullmatch(r"python:([\d.]+)-slim-\w+", steps["FROM"])[1]
    assert Version(python) in SpecifierSet(project["requires-python"])
    extras = next(filter(None, (re.search(r"^RUN .*'\.\[(.*?)\]'", line) for line in lines)))[1].split(",")
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    installed = re.search(r"'\.\[(.*?)\]'", makefile)[1].split(",")
    # What `make env` installs, without what only tests and documentation need: the cluster of the tests is one, too.
    assert extras == [name for name in installed if name not in {"test", "docs", "slurm"}]
    assert steps["ENTRYPOINT"].endswith('/equilingual/Snakefile"]')
    ignored = (root / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "results/*"} <= set(ignored)


def test_the_hooks_are_local_and_run_what_make_check_runs(root):
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repository["repo"] for repository in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    for entry in entries:
        assert entry.startswith(".venv/bin/python -m ")
    modules = {entry.split()[2] for entry in entries}
    checked = set(re.findall(r"-m (ruff|snakefmt)\b", (root / "Makefile").read_text(encoding="utf-8")))
    assert checked == {"ruff", "snakefmt"}
    assert checked <= modules


def test_the_catalog_is_told_what_the_workflow_has(root):
    usage = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    deployment = usage["software-stack-deployment"]
    rules = "".join(path.read_text(encoding="utf-8") for path in (root / "workflow/rules").rglob("*.smk"))
    assert deployment["conda"] == ("conda:" in rules)
    assert deployment["apptainer"] == ("container:" in rules)
    assert usage["report"] is True


def test_a_broken_link_ends_the_build_of_the_site(root):
    """MkDocs counts warnings where it is strict, and sees none of them where it is quiet."""
    assert re.search(r"^strict: true$", (root / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    [command] = re.findall(r"-m mkdocs build(.*)$", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert command == ""
    assert "\nmake docs\n" in (root / ".ci/run").read_text(encoding="utf-8")
