"""The page of a study: the stage ``render_study``.

in:  ``results/studies/{study}/study.json`` and ``run.json``, ``results/models.json``, the trained models' manifests
out: ``results/studies/{study}/report.html``, one file that needs no other and no network; ``figure.svg``, ``.pdf`` and
     ``.csv`` beside it
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from equilingual.evaluation.identities import Seen, read_identities, read_seen
from equilingual.files import read_json, replacing
from equilingual.report.data.provenance import provenance_of
from equilingual.report.document import FOLDER, payload, style_and_scripts, templates, write_page
from equilingual.report.figure import PageFigure, picture
from equilingual.report.formatting import format_count
from equilingual.report.header import citation, facts_of
from equilingual.report.plots.plot import Rows
from equilingual.report.sections.cost import cost_of
from equilingual.report.studies import contrasts, dumbbell, lines, scores
from equilingual.report.studies.drawing import WIDTH, Drawing
from equilingual.report.studies.equal import compare_arms, sentence_of
from equilingual.report.studies.record import Record, Study, read_study
from equilingual.report.vega import chart, to_file

_FOLDER = Path(__file__).parent
_TEMPLATE = "study.html.j2"
_STYLE = "study.css"
_SCRIPT = "study.js"
_HOUR = 3600  # seconds
DRAWINGS = {"curve": lines.draw, "interaction": lines.draw, "dumbbell": dumbbell.draw}


@dataclass(frozen=True, kw_only=True)
class StudyInputs:
    """The files that the page of a study is made of.

    Attributes:
        study: ``study.json``.
        identities: ``results/models.json``.
        models: the manifests of the trained models.
        run: ``run.json`` beside ``study.json``: date, commit, configuration and cost; None where there is none.

    """

    study: str | PathLike[str]
    identities: str | PathLike[str]
    models: Sequence[str | PathLike[str]]
    run: str | PathLike[str] | None = None


def render_study(inputs: StudyInputs, *, out: str | PathLike[str], figures: Sequence[str | PathLike[str]] = ()) -> None:
    """Render the page of a study; the same files give the same bytes.

    Args:
        inputs: the files.
        out: the page.
        figures: files for its figure, as ``.svg``, ``.pdf`` or ``.csv``.

    Raises:
        DamagedFileError: a file is missing or damaged.

    """
    study = read_study(inputs.study)
    drawing = draw(study)
    write_page(_render(study, drawing, inputs), out)
    for path in map(Path, figures):
        content = _csv(drawing.rows) if path.suffix == ".csv" else _drawn(drawing, path.suffix.removeprefix("."))
        with replacing(path) as temporary:
            temporary.write_bytes(content)


def draw(study: Study) -> Drawing:
    """Return the figure of a study."""
    return DRAWINGS[str(study.figure["kind"])](study)


def panel_figures(drawing: Drawing, width: int = WIDTH) -> list[tuple[str, PageFigure]]:
    """Return the panels of a figure for a page, with their titles."""
    specs = [(one, chart(one.spec)) for one in drawing.panels]
    return [
        (one.title, PageFigure(f"figure-{number}", picture(spec, width), one.text, spec))
        for number, (one, spec) in enumerate(specs)
    ]


def _render(study: Study, drawing: Drawing, inputs: StudyInputs) -> str:
    seen = read_seen(inputs.identities)
    manifests = [read_json(path) for path in inputs.models]
    named = {str(one.get("experiment")) for one in manifests}
    identities = read_identities(inputs.identities)
    own = {one.base for one in identities if one.group in study.models} & named
    about = provenance_of(
        read_json(inputs.run) if inputs.run is not None else {},
        [one for one in manifests if one.get("experiment") in own],
    )
    view = {
        **_view(study, drawing, seen),
        "equal": compare_arms(study, identities, manifests),
        "cost": cost_of(about),
        "hours": _hours(about),
        "about": about,
        "facts": facts_of(about),
        "configuration": str((about["configuration"] or {}).get("text") or ""),
        "citation": citation(study.record["question"], about),
    }
    data = {"means": scores.csv_of(study), "name": study.name}
    script = (_FOLDER / _SCRIPT).read_text(encoding="utf-8")
    own_style = (_FOLDER / _STYLE).read_text(encoding="utf-8")
    page = templates(_FOLDER, FOLDER / "sections").get_template(_TEMPLATE)
    return page.render(
        view=view,
        equal_sentence=sentence_of(view["equal"]) if view["equal"] else "",
        payload=payload(json.dumps(data, separators=(",", ":")), [view]),
        **style_and_scripts([script], style=own_style),
    ).lstrip()


def _view(study: Study, drawing: Drawing, seen: Seen) -> dict[str, Any]:
    """Return what the template shows of the study itself."""
    record = study.record
    return {
        **{key: record[key] for key in ("name", "question", "hypothesis", "answer")},
        "primary": study.primary,
        "panels": panel_figures(drawing),
        "keys": drawing.keys,
        "note": drawing.note,
        "sentences": drawing.sentences,
        "is_wide": study.figure["kind"] == "dumbbell",  # names of languages need room
        "forest": contrasts.figures_of(study),
        "forest_note": contrasts.note_of(study),
        "contrasts": [(str(one["sentence"]), one["outcome"]) for one in record["contrasts"]],
        "tables": scores.tables_of(study, seen),
        "remarks": scores.remarks_of(study, seen),
        "cautions": [*contrasts.earlier_of(study), *contrasts.cautions_of(study), *scores.own_texts_of(study)],
    }


def _hours(about: Record) -> str:
    """Return the core-hours of all jobs; nothing where they were not measured."""
    seconds = sum(stage["cpu_seconds"] for stage in (about["stages"] or {}).values())
    if not seconds:
        return ""
    hours = seconds / _HOUR
    return f"{hours:.2f}" if hours < 1 else f"{hours:.1f}" if hours < 100 else format_count(hours)


def _drawn(drawing: Drawing, kind: str) -> bytes:
    """Return the figure as ``svg`` or ``pdf``."""
    nothing: Mapping[str, Any] = {
        "data": {"values": [{}]},
        "mark": {"type": "text", "text": "There is nothing to draw."},
    }
    return to_file(drawing.spec if drawing.panels else chart(nothing), width=WIDTH, kind=kind)


def _csv(shown: Rows) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(shown[0]) if shown else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(shown)
    return out.getvalue().encode(errors="replace")
