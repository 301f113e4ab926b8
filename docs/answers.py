"""Put the answers of finished studies into ``docs/studies.md``: ``python docs/answers.py results/studies/NAME …``.

Each folder has ``study.json``, ``run.json`` and ``figure.svg``. The figure is copied to
``docs/images/studies/NAME.svg``. The answer, the contrasts, the scores and how they were made take the place of what
stands between ``<!-- answer NAME -->`` and ``<!-- end of NAME -->``. The text around these lines is written by hand,
and stays.
"""

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from equilingual.evaluation.catalogue import MEASURES
from equilingual.files import read_json
from equilingual.report.formatting import format_measure, p_text
from equilingual.report.plots.differences import signed

DOCS = Path(__file__).parent
PAGE = DOCS / "studies.md"
IMAGES = DOCS / "images" / "studies"
SETTINGS = ("monolingual", "cross-lingual", "multilingual")
_OUTCOMES = {"above": "**above 0**", "below": "**below 0**"}

Record = Mapping[str, Any]


def block(study: Record, run: Record) -> str:
    """Return the answer in Markdown, without its marks."""
    name, answer = study["name"], study["answer"]
    parts = [
        f"**{answer['verdict'].capitalize()}.** {answer['sentence']}",
        f"Hypothesis: {study['hypothesis']}",
        f"![{study['question']}](images/studies/{name}.svg)",
        _contrasts(study["contrasts"]),
        _scores(study),
        _provenance(study, run),
    ]
    return "\n\n".join(filter(None, parts))


def _contrasts(contrasts: Sequence[Record]) -> str:
    lines = [
        "| contrast | measure | difference | 95% interval | p, corrected | the difference is |",
        "|---|---|--:|--:|--:|---|",
    ]
    for one in contrasts:
        measure = one["measure"]
        low, high, estimate = (signed(measure, one[key]) for key in ("low", "high", "estimate"))
        cells = (
            ("★ " if one["primary"] else "") + one["name"],
            f"{MEASURES[measure].words_in(one['setting'])}, {one['benchmark']}",
            estimate,
            f"{low} to {high}",
            p_text(one["p_corrected"]),
            _OUTCOMES.get(one["outcome"], one["outcome"]),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _scores(study: Record) -> str:
    """Return the means of the models over seeds, by the primary contrast's measure, for the groups of the figure."""
    figure = study["figure"]
    measure = next(one["measure"] for one in study["contrasts"] if one["primary"])
    groups = [one["languages"] for one in figure["shown"]] if figure["panels"] == "languages" else ["all"]
    means = {
        (one["model"], one["benchmark"], one["setting"], one["languages"]): one["value"]
        for one in study["means"]
        if one["measure"] == measure
    }
    models = study["models"]
    places = [
        (benchmark, setting, group)
        for benchmark in dict.fromkeys(one["benchmark"] for one in study["means"])
        for setting in SETTINGS
        for group in dict.fromkeys(groups)
        if any((one["model"], benchmark, setting, group) in means for one in models)
    ]
    if not places:
        return ""
    titles = [
        f"{setting}, {benchmark}" + ("" if group == "all" else f", {group}") for benchmark, setting, group in places
    ]
    lines = [f"| {MEASURES[measure].title} | seeds | {' | '.join(titles)} |", f"|---|--:|{'--:|' * len(places)}"]
    for one in models:
        values = [means.get((one["model"], *place)) for place in places]
        cells = ["" if value is None else format_measure(measure, value) for value in values]
        lines.append(f"| {one['label']} | {len(one['seeds']) or ''} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _provenance(study: Record, run: Record) -> str:
    seeds = sorted({len(one["seeds"]) for one in study["models"] if one["seeds"]})
    hours = sum(cost["cpu_seconds"] for cost in (run.get("stages") or {}).values()) / 3600
    count = " or ".join(map(str, seeds))
    questions = max((one["questions"] for one in study["contrasts"]), default=0)
    parts = [
        f"Commit {str(run['commit'])[:7]}" if run.get("commit") else "Commit unknown",
        str(run["date"])[:10] if run.get("date") else "",
        str(run.get("hardware") or ""),
        f"{count} seeds" if count else "",
        f"{questions:,} questions" if questions else "",
        f"{hours:.1f} core-hours" if hours else "",
    ]
    command = f"`{run['command']}`" if run.get("command") else ""
    return ", ".join(filter(None, parts)) + "." + (f" Command: {command}." if command else "")


def replaced(page: str, name: str, text: str) -> str:
    """Return the page with a study's answer in its place.

    Raises:
        SystemExit: the page has no place for it.

    """
    start, end = f"<!-- answer {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        sys.exit(f"error: {PAGE} needs one pair of the lines {start} and {end}: write the section of this study first")
    return pattern.sub(lambda _: f"{start}\n\n{text}\n\n{end}", page)


def main(folders: list[str]) -> None:
    """Put each study's answer into the page."""
    if not folders:
        sys.exit(__doc__)
    for folder in map(Path, folders):
        study, run = (read_json(folder / file) for file in ("study.json", "run.json"))
        IMAGES.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), study["name"], block(study, run)), encoding="utf-8")
        shutil.copyfile(folder / "figure.svg", IMAGES / f"{study['name']}.svg")


if __name__ == "__main__":
    main(sys.argv[1:])
