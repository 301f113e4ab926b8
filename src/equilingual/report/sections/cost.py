"""What the run cost: time, memory and energy of every stage, and what each model cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from equilingual.report.flow import Segment
from equilingual.report.formatting import format_count
from equilingual.report.header import duration
from equilingual.report.model_costs import model_costs
from equilingual.report.run import Run
from equilingual.report.sections.section import Section, View

# In the words of a reader; a stage that is missing here has the name of its rule.
STAGES = {
    **dict.fromkeys(("fetch_file", "fetch_wheel"), "Downloads"),
    **dict.fromkeys(("read_corpus", "read_bitext", "write_no_pairs", "sample_validation"), "Reading corpora"),
    **dict.fromkeys(("convert_translator", "translate_shard", "merge_translations"), "Translation"),
    **dict.fromkeys(("measure_shard", "score_engine"), "Measuring translations"),
    **dict.fromkeys(("find_duplicates", "check_overlap", "check_bitext"), "Duplicates and overlap"),
    "mine_negatives": "Hard-negative mining",
    **dict.fromkeys(("build_batches", "audit_batches"), "Batches and their audit"),
    **dict.fromkeys(("prepare_encoder", "distil_encoder", "trim_vocabulary"), "Preparing the encoders"),
    **dict.fromkeys(("train_encoder", "average_seeds"), "Training"),
    "build_benchmark": "Building benchmarks",
    **dict.fromkeys(("encode_shard", "encode_texts", "encode_translations"), "Encoding"),
    "translate_queries": "Translating queries",
    **dict.fromkeys(("build_fitting_text", "debias_embeddings"), "Debiasing"),
    **dict.fromkeys(("build_indexes", "search_indexes"), "Indexes"),
    **dict.fromkeys(("rank_block", "rank_candidates"), "Ranking"),
    **dict.fromkeys(("score_model", "score_seeds", "mine_bitext"), "Scoring"),
    "compare_models": "Comparing models",
    **dict.fromkeys(("analyse_study", "list_studies"), "Studies"),
    **dict.fromkeys(("write_card", "export_encoder"), "Exports"),
    **dict.fromkeys(("collect_scores", "collect_comparisons", "collect_examples"), "Tables and examples"),
    **dict.fromkeys(("describe_models", "describe_run", "describe_study"), "Tables and examples"),
    **dict.fromkeys(("render_report", "render_study"), "Pages"),
}
_LEAST = 0.01  # of the time: stages below are shown together
_SUMS = ("jobs", "seconds", "cpu_seconds")


@dataclass(frozen=True)
class Line:
    """One stage; numbers as text, ``bar`` is its share of the time, ``energy`` is empty where it was not measured."""

    stage: str
    time: str
    share: str
    bar: list[Segment]
    cpu: str
    jobs: str
    per_job: str
    memory: str
    energy: str


def build(run: Run) -> View | None:
    """Return the stages by their time, and the models; None where the run has no record of it."""
    about = run.data["provenance"]
    view = cost_of(about)
    return view and {**view, "models": model_costs(run.board, about["model_costs"] or {}, run.named("encodings"))}


def cost_of(about: Mapping[str, Any]) -> View | None:
    """Return the same of the ``stages`` and the ``hardware`` of a run."""
    costs = _by_stage(about["stages"] or {})
    total = sum(cost["seconds"] for cost in costs.values())
    if not total:
        return None
    costs = dict(sorted(costs.items(), key=lambda item: -item[1]["seconds"]))
    large = {name: cost for name, cost in costs.items() if cost["seconds"] >= _LEAST * total}
    small = [cost for name, cost in costs.items() if name not in large]
    if len(small) > 1:
        large[f"{len(small)} other stages"] = _together(small)
    else:
        large = costs
    most = max(cost["seconds"] for cost in large.values())
    return {
        "lines": [_line(name, cost, total, most) for name, cost in large.items()],
        "total": _line("Total", _together(list(costs.values())), total, total),
        "has_energy": any("joules" in cost for cost in costs.values()),
        "hardware": about["hardware"],
        "models": [],
    }


def _by_stage(costs: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return the costs of rules that are one stage for a reader together."""
    found: dict[str, list[Mapping[str, float]]] = {}
    for rule, cost in costs.items():
        found.setdefault(STAGES.get(rule, rule), []).append(cost)
    return {stage: _together(parts) for stage, parts in found.items()}


def _together(costs: list[Mapping[str, float]] | list[dict[str, float]]) -> dict[str, float]:
    sums = {name: float(sum(cost[name] for cost in costs)) for name in _SUMS}
    joules = [cost["joules"] for cost in costs if "joules" in cost]
    found = {**sums, "memory_mb": max((cost["memory_mb"] for cost in costs), default=0.0)}
    return found | ({"joules": sum(joules)} if joules else {})


def _line(stage: str, cost: Mapping[str, float], total: float, most: float) -> Line:
    share = cost["seconds"] / total
    bar = [Segment(0, round(100 * cost["seconds"] / most, 2), "share", f"{share:.0%} of the time")]
    return Line(
        stage,
        duration(cost["seconds"]),
        "< 1%" if share < 0.005 else f"{share:.0%}",
        bar,
        duration(cost["cpu_seconds"]),
        format_count(cost["jobs"]),
        _short(cost["seconds"] / max(cost["jobs"], 1)),
        _memory(cost["memory_mb"]),
        _energy(cost["joules"]) if "joules" in cost else "–",
    )


def _short(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _memory(megabytes: float) -> str:
    """Return a size in MB or GB; a dash for a job too short to be measured."""
    if not megabytes:
        return "–"
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def _energy(joules: float) -> str:
    """Return joules as Wh or kWh, the units of bills and of papers."""
    hours = joules / 3600
    if hours >= 1000:
        return f"{hours / 1000:.1f} kWh"
    return f"{hours:.0f} Wh" if hours >= 10 else f"{hours:.2f} Wh"


SECTION = Section("cost", "Cost", "cost.html.j2", build)
