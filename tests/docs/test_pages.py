"""Pages say what the code says: messages, published figures, shipped configurations, words of the configuration."""

import ast
import csv
import re

import pytest

from equilingual.catalogues.debiasing import METHODS, POOL_METHODS
from equilingual.catalogues.strategies import STRATEGIES
from equilingual.command.estimate import estimate, in_markdown
from equilingual.config.training import Regularizers

# Messages on the troubleshooting page that Snakemake itself prints.
SNAKEMAKES = {
    "FileNotFoundError: … 'results/scores.csv'",
    "Config file is not valid JSON or YAML",
    "LockException: … Directory cannot be locked",
    "Nothing to be done",
    "This could indicate a clock skew problem",
}


def page(root, name):
    return (root / "docs" / name).read_text(encoding="utf-8")


def strings(root):
    """Yield the texts of the package and of the rules, with … for what is filled in."""
    for path in [*(root / "src").rglob("*.py"), *(root / "workflow").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.sub(r"%[sd]|%\.\w+", "…", node.value)
    for path in (root / "workflow").rglob("*.smk"):
        yield re.sub(r'"\s*f?"', "", path.read_text(encoding="utf-8"))


def test_troubleshooting_quotes_messages_of_the_product(root):
    quoted = re.findall(r"^\*\*`(.+?)`", page(root, "troubleshooting.md"), re.MULTILINE)
    assert len(quoted) > 25
    texts = list(strings(root))

    def found(message):
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in message.split("…")), re.DOTALL)
        return any(pattern.search(text) for text in texts)

    assert [message for message in quoted if message not in SNAKEMAKES and not found(message)] == []


@pytest.fixture(scope="module")
def published(root):
    """The paper's means over languages: (benchmark, measure, setting, encoder, strategy) → value."""
    with open(root / "src/equilingual/report/published_scores.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["query_language"] == "mean"]
    return {
        tuple(row[key] for key in ("dataset", "metric", "setting", "encoder", "strategy")): float(row["value"])
        for row in rows
    }


def test_the_papers_figures_are_those_of_its_tables(root, published):
    columns = {"mAP": "map", "rank distance": "rank_distance", "nDCG@10": "ndcg@10"}
    rows = re.findall(r"^\| (.*?)\| (XLM-R|LaBSE) \| (.*?) \|$", page(root, "strategies.md"), re.MULTILINE)
    assert len(rows) == 14
    for name, encoder, values in rows:
        if name:
            benchmark, measure = name.strip().split(", ", 1)
            setting = next((one for one in ("monolingual", "cross-lingual") if one in measure), "multilingual")
            column = next(short for long, short in columns.items() if long in measure)
        for strategy, value in zip(("mono", "cross", "hybrid"), values.split(" | "), strict=True):
            digits = value.strip("*")
            expected = published[benchmark.lower(), column, setting, encoder.lower(), strategy]
            assert float(digits) == pytest.approx(expected, abs=10.0 ** -len(digits.partition(".")[2]) / 1.9), name


@pytest.mark.parametrize("name", [*STRATEGIES, *METHODS, *POOL_METHODS, *Regularizers.model_fields])
def test_every_row_of_a_table_is_defined_in_methods(root, name):
    assert re.search(rf"^\| [^|]*`{name}`[^|]*\|", page(root, "methods.md"), re.MULTILINE)


@pytest.mark.parametrize("name", [*METHODS, *POOL_METHODS])
def test_every_debiasing_method_is_in_the_lists_of_the_configuration_and_the_api(root, name):
    assert f"`{name}`" in page(root, "configuration.md")
    listed = page(root, "python.md")
    assert f"`{name}`" in listed or (name in POOL_METHODS and "methods that end in `-pool`" in listed)


def test_every_shipped_configuration_is_in_the_table_of_run_times(root):
    rows = re.findall(r"^\| `([\w./-]+\.yaml)`", page(root, "run-times.md"), re.MULTILINE)
    shipped = [str(path.relative_to(root)) for path in root.glob("configs/*.yaml")]
    assert sorted(rows) == sorted(["config.yaml", *shipped])


def test_the_estimates_of_the_studies_are_those_of_the_command(root, monkeypatch):
    monkeypatch.chdir(root)
    paths = sorted(str(path.relative_to(root)) for path in root.glob("configs/studies/*.yaml"))
    lines = page(root, "studies.md").splitlines()
    for row in in_markdown(estimate(path) for path in paths):
        assert row in lines, (
            "put the output of equilingual estimate --markdown configs/studies/*.yaml into docs/studies.md"
        )
