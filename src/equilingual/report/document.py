"""What all pages have in common: templates whose texts are escaped, the policy, scripts, and figures in one payload."""

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from equilingual.files import replacing
from equilingual.report.figure import PageFigure
from equilingual.report.formatting import to_html
from equilingual.report.records import Hash
from equilingual.report.vega import bundle, policy_hash

FOLDER = Path(__file__).parent
_STYLE = "style.css"
_FIGURES = "figures.js"
_Part = TypeVar("_Part")


@cache
def templates(*folders: Path) -> Environment:
    """Return what templates of these folders are rendered with; it keeps the compiled ones."""
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        finalize=to_html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["hash"] = lambda value: isinstance(value, Hash)
    return environment


def style_and_scripts(scripts: Sequence[str] = (), *, style: str = "") -> dict[str, Markup]:
    """Return ``style``, ``script``, ``vega`` (the library, packed) and ``policy`` of a page, for its template.

    Args:
        scripts: of the page, which run after ``figures.js``; without any, the page has no script at all.
        style: what the page has beside the style of all pages.

    """
    text = (FOLDER / _STYLE).read_text(encoding="utf-8") + style
    if not scripts:
        return {"style": Markup(text), "policy": Markup(policy(text, ["'none'"]))}  # nosec B704  # ours
    script = "".join([(FOLDER / _FIGURES).read_text(encoding="utf-8"), *scripts])
    library, allowed = bundle()
    return {
        "style": Markup(text),  # nosec B704  # files of the package, as all of these
        "script": Markup(script),  # nosec B704
        "vega": Markup(library),  # nosec B704
        "policy": Markup(policy(text, [policy_hash(script.encode()), allowed])),  # nosec B704
    }


def policy(style: str, scripts: Sequence[str]) -> str:
    """Return the content security policy: the page's own style and scripts, and no file, form or address at all.

    A text of data that got past the escaping would run nothing, load nothing and restyle nothing
    (https://www.w3.org/TR/CSP3/).
    """
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src {policy_hash(style.encode())}; "
        "base-uri 'none'; form-action 'none'"
    )


def payload(data: str, views: Sequence[object]) -> Markup:
    """Return data (JSON) and the specifications of all figures in the views, compressed: the script unpacks them."""
    charts = {one.name: one.spec for view in views for one in parts(view, PageFigure)}
    text = f'{{"data":{data.rstrip()},"charts":{json.dumps(charts, separators=(",", ":"))}}}'
    return Markup(base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode("ascii"))  # nosec B704  # base64


def parts(value: object, kind: type[_Part]) -> Iterator[_Part]:
    """Yield what there is of a kind in a view, its lists and its dataclasses."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from parts(part, kind)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from parts(part, kind)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from parts(getattr(value, field.name), kind)


def write_page(html: str, path: str | PathLike[str]) -> None:
    """Write a page as UTF-8; ``?`` stands for half of a surrogate pair, which a text may hold and UTF-8 cannot."""
    with replacing(path) as temporary:
        temporary.write_text(html, encoding="utf-8", errors="replace", newline="\n")
