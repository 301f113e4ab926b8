"""The made-up run with a text after every text that comes from data: names, languages, licences, reasons, files."""

import csv
import json
from pathlib import Path

from report.sample import MODELS, Run, write_run

from equilingual.report import ReportInputs, render_report

# What a name of a model is put together from, and what it is to have inside it.
NAMES = ("e5-small", "squad-11", "mine")
# Words of our own, by which rows are told apart.
FIXED = {
    "none",
    "mono",
    "cross",
    "hybrid",
    "mean",
    "all",
    "monolingual",
    "cross-lingual",
    "multilingual",
    "center-pool",
    "centred",
}
# The keys of these are data: languages, corpora, reasons, files, packages.
KEYED = {
    "languages", "dropped", "flags", "flagged", "false_alarms", "corpora", "benchmarks", "sources", "files", "pairs",
    "shares", "median_rank", "concordance", "query_languages", "passage_languages", "versions", "parameters", "texts",
    "tests", "models",
}  # fmt: skip
CSV_FIXED = {"strategy", "alpha", "seed", "debias", "setting", "measure", "value", "queries"}


def spoil_name(text, attack):
    """A name with the attack after each of the names inside it; slashes part names, and a CSV is UTF-8."""
    for name in NAMES:
        text = text.replace(name, name + in_csv(attack.replace("/", "⁄")))
    return text


def in_csv(attack):
    """The attack without halves of characters, and no longer than a name can be: each is a folder's."""
    return attack.encode(errors="ignore").decode()[:200]


def spoil(text, attack):
    """A text with the attack inside or after it."""
    if text in FIXED:
        return text
    named = spoil_name(text, attack)
    return named if named != text else text + attack


def spoil_json(value, attack, keyed=False):
    """A JSON document with the attack in every text and in the keys that are data."""
    if isinstance(value, str):
        return spoil(value, attack)
    if isinstance(value, list):
        return [spoil_json(part, attack) for part in value]
    if isinstance(value, dict):
        return {
            spoil(key, attack) if keyed and not key.isdigit() else key: spoil_json(
                part, attack, key in KEYED or (keyed and key in languages_of(value))
            )
            for key, part in value.items()
        }
    return value


def languages_of(value):
    """The keys of a table of tables of numbers: both are languages."""
    return [key for key, part in value.items() if isinstance(part, dict) and all(isinstance(n, int) for n in part.values())
            and part.keys() <= value.keys()]  # fmt: skip


def spoil_csv(path, attack):
    """A CSV with the attack in every column of data; ``mean`` and ``all`` are our words."""
    with open(path, newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    kept = CSV_FIXED if "strategy" in lines[0] else set(lines[0]) - {"benchmark", "model_a", "model_b", "verdict"}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, lines[0].keys(), lineterminator="\n")
        writer.writeheader()
        for line in lines:
            named = {"benchmark", "model_a", "model_b"} & line.keys()
            changed = {
                key: value if key in kept or not value else spoil(value, in_csv(attack)) for key, value in line.items()
            }
            writer.writerow(changed | {key: spoil_name(line[key], attack) for key in named})


def render_hostile(folder, attack):
    """The page of a small run with the attack everywhere."""
    models = {key: figures for key, figures in MODELS.items() if key[0] not in ("mono", "cross")}
    run = Run(Path(folder) / "run", benchmarks={"mine": ("ar", "de", "en")}, models=models, steps=60)
    arguments = write_run(run)
    for files in arguments.values():
        for path in files.values() if isinstance(files, dict) else files if isinstance(files, list) else []:
            if isinstance(path, Path) and path.suffix == ".json":
                document = spoil_json(json.loads(path.read_text(encoding="utf-8")), attack)
                path.write_text(json.dumps(document), encoding="utf-8")  # escaped: a text may be half a character
    described = json.loads(arguments["identities"].read_text(encoding="utf-8"))
    arguments["identities"].write_text(json.dumps(spoil_json(described, attack)), encoding="utf-8")
    for name in ("scores", "comparisons"):
        spoil_csv(arguments[name], attack)
    mappings = {key: value for key, value in arguments.items() if isinstance(value, dict) and key != "versions"}
    for key, files in mappings.items():
        arguments[key] = {spoil_name(name, attack): path for name, path in files.items()}
    arguments |= {"title": arguments["title"] + attack, "index": "hnsw" + attack}
    arguments["versions"] = {name + attack: version + attack for name, version in arguments["versions"].items()}
    out = Path(folder) / "report.html"
    render_report(ReportInputs(**arguments), out=out)
    return out
