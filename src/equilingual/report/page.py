"""The page: the stage ``render_report``.

in:  ``results/scores.csv``, ``results/comparisons.csv`` and the intervals, manifests, histories, counts and
     examples that a run leaves
out: ``results/report.html``, one file that needs no other and no network; ``results/figures/``, its figures for
     Snakemake's report
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from equilingual.files import replacing
from equilingual.report.charts import mark_shapes
from equilingual.report.colours import heat_css
from equilingual.report.figures import write_figures
from equilingual.report.formatting import to_html
from equilingual.report.records import Hash
from equilingual.report.view import Page, build_page

_FOLDER = Path(__file__).parent
_TEMPLATE = "template.html.j2"
_STYLE = "style.css"


def render_report(
    *,
    title: str,
    scores: str | PathLike[str],
    comparisons: str | PathLike[str],
    intervals: Mapping[str, str | PathLike[str]],
    models: Sequence[str | PathLike[str]],
    histories: Mapping[str, str | PathLike[str]],
    mined: Sequence[str | PathLike[str]],
    batches: Sequence[str | PathLike[str]],
    lints: Sequence[str | PathLike[str]],
    corpora: Sequence[str | PathLike[str]],
    translations: Sequence[str | PathLike[str]],
    samples: Sequence[str | PathLike[str]],
    quality: Sequence[str | PathLike[str]],
    duplicates: Sequence[str | PathLike[str]],
    overlaps: Sequence[str | PathLike[str]],
    benchmarks: Sequence[str | PathLike[str]],
    examples: Sequence[str | PathLike[str]],
    encodings: Mapping[str, str | PathLike[str]],
    bias: Mapping[str, str | PathLike[str]],
    searches: Mapping[str, str | PathLike[str]],
    fitting: Sequence[str | PathLike[str]],
    queries: Sequence[str | PathLike[str]],
    index: str,
    versions: Mapping[str, str],
    out: str | PathLike[str],
    figures: Sequence[str | PathLike[str]] = (),
) -> None:
    """Render the report of one run; the same files give the same bytes.

    Args:
        title: of the page.
        scores: ``results/scores.csv``.
        comparisons: ``results/comparisons.csv``.
        intervals: 95% intervals by ``{model}/{benchmark}``.
        models: the manifest of each trained model.
        histories: the losses of each experiment, by its name.
        mined: counts of the hard negatives that were mined, one file per training set and miner.
        batches: the manifests of the batches.
        lints: the audits of the batches.
        corpora: counts of the corpora, one file per corpus and language.
        translations: counts of the translations.
        samples: translated pairs to look at, one file per corpus and language.
        quality: scores of the engines on human translations.
        duplicates: counts of the pairs that repeat another, one file per training set.
        overlaps: what the training sets share with the benchmarks.
        benchmarks: counts of the benchmarks.
        examples: questions with their first hits, one file per model and benchmark.
        encodings: counts of texts and tokens, and of texts that were cut, by ``{model}/{benchmark}``.
        bias: what of the language bias is no single figure, by ``{model}/{benchmark}``.
        searches: what the indexes find of what an exact search finds, by ``{model}/{benchmark}``.
        fitting: counts of the text that debiasing is fitted on.
        queries: counts of the queries that were translated, one file per benchmark and engine.
        index: the kind of the indexes.
        versions: of the packages behind this page.
        out: the page.
        figures: pages for its figures, called as the sections of the page are.

    """
    page = build_page(
        title=title,
        scores=scores,
        comparisons=comparisons,
        intervals=intervals,
        models=models,
        histories=histories,
        mined=mined,
        batches=batches,
        lints=lints,
        corpora=corpora,
        translations=translations,
        samples=samples,
        quality=quality,
        duplicates=duplicates,
        overlaps=overlaps,
        benchmarks=benchmarks,
        examples=examples,
        encodings=encodings,
        bias=bias,
        searches=searches,
        fitting=fitting,
        queries=queries,
        index=index,
        versions=versions,
    )
    html = _render(page)
    with replacing(out) as temporary:
        # A text may hold half of a surrogate pair, which UTF-8 cannot.
        temporary.write_text(html, encoding="utf-8", errors="replace", newline="\n")
    write_figures(html, figures)


def _render(page: Page) -> str:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=to_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["hash"] = lambda value: isinstance(value, Hash)
    style = (_FOLDER / _STYLE).read_text(encoding="utf-8") + heat_css() + _size_css(page)
    template = environment.get_template(_TEMPLATE)
    return template.render(page=page, shapes=mark_shapes(), style=Markup(style), policy=Markup(_policy(style))).lstrip()


def _size_css(page: Page) -> str:
    """Return the rules that tell the maps their number of languages: the policy allows no style in an attribute."""
    maps = [*page.maps, *(one.maps for one in page.biases if one.maps)]
    return "".join(f".n{size}{{--n:{size}}}" for size in sorted({len(one.languages) for one in maps}))


def _policy(style: str) -> str:
    """Return the content security policy: the page's own style, and no script, file, form or address at all.

    A text of data that got past the escaping would run nothing, load nothing and restyle nothing
    (https://www.w3.org/TR/CSP3/).
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
