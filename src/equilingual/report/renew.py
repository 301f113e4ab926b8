"""Make ``vega.js.gz`` anew from the installed vl-convert: ``python -m equilingual.report.renew``."""

import gzip
from pathlib import Path

import vl_convert

from equilingual.report.vega import VERSION

_FILE = Path(__file__).parent / "vega.js.gz"
# What the script leaves in the page, by the names that vl-convert gives its libraries.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def make_bundle() -> bytes:
    """Return Vega-Embed, Vega-Lite and Vega as one compressed script; the same version gives the same bytes."""
    script: str = vl_convert.javascript_bundle(_SNIPPET, vl_version=VERSION)
    return gzip.compress(script.encode(), 9, mtime=0)


if __name__ == "__main__":
    _FILE.write_bytes(make_bundle())
