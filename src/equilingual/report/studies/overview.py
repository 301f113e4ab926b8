"""The overview of all studies: the stage ``list_studies``.

in:  every ``results/studies/{study}/study.json`` that there is, of this configuration's study and of others
out: ``results/studies/index.html``, one file that needs no other and no network; it links to the studies' pages
"""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from equilingual.files import DamagedFileError
from equilingual.report.document import style_and_scripts, templates, write_page
from equilingual.report.figure import PageFigure
from equilingual.report.studies.drawing import Key
from equilingual.report.studies.page import draw, panel_figures
from equilingual.report.studies.record import ALL, Panel, Study, read_study

_FOLDER = Path(__file__).parent
_TEMPLATE = "index.html.j2"
_STYLE = "study.css"
_WIDTH = 260  # pixels of a small figure


@dataclass(frozen=True)
class Card:
    """A study.

    Attributes:
        page: where its page is, from the overview.
        title: of the panel that is shown.
        panel: the panel of what the primary contrast is about; None where there is nothing to draw.

    """

    name: str
    page: str
    question: str
    verdict: str
    sentence: str
    title: str
    panel: PageFigure | None
    keys: list[Key]


def list_studies(studies: Sequence[str], *, out: str | PathLike[str]) -> None:
    """Write the overview; a study that cannot be read has a line that says why.

    Args:
        studies: their names, in the order of the page; each has a folder with ``study.json`` beside ``out``.
        out: the overview.

    """
    cards: list[Card] = []
    problems: list[str] = []
    for name in studies:
        try:
            cards.append(_card(read_study(Path(out).parent / name / "study.json"), f"{name}/report.html"))
        except DamagedFileError as error:
            problems.append(str(error))
    style = (_FOLDER / _STYLE).read_text(encoding="utf-8")
    page = templates(_FOLDER).get_template(_TEMPLATE)
    write_page(page.render(cards=cards, problems=problems, **style_and_scripts(style=style)).lstrip(), out)


def _card(study: Study, page: str) -> Card:
    drawing = draw(study)
    shown = dict(panel_figures(drawing, _WIDTH))
    title = next((one for one in _by_relevance(study) if one in shown), "")
    return Card(
        study.name,
        page,
        str(study.record["question"]),
        study.verdict,
        str(study.record["answer"]["sentence"]),
        title,
        shown.get(title),
        drawing.keys,
    )


def _by_relevance(study: Study) -> list[str]:
    """Return the titles of the figure's panels; first comes the one that is nearest to the primary contrast."""
    primary = study.primary
    where = (primary["benchmark"], primary["setting"], primary["languages"] or ALL)

    def shared(panel: Panel) -> int:
        return sum(a == b for a, b in zip(where, (panel.benchmark, panel.setting, panel.languages), strict=True))

    return [study.title_of(one) for one in sorted(study.panels, key=shared, reverse=True)]
