"""Encoders, and how they are prepared, distilled and trimmed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from equilingual.config.declared import adapter_base
from equilingual.config.distilled import Distilled
from equilingual.config.encoder_settings import EncoderSettings
from equilingual.config.encoders import TEACHER, WHOLE, Encoder, Trim
from equilingual.config.grid import trained_encoders
from equilingual.config.models import Config
from equilingual.plan.corpora import CorpusPlan
from equilingual.plan.places import Places, folder_files
from equilingual.plan.wildcards import Wildcards
from equilingual.registry import packaged_encoder


@dataclass(frozen=True)
class EncoderPlan:
    """The encoders of a configuration."""

    config: Config
    places: Places
    corpora: CorpusPlan

    @cached_property
    def prepared(self) -> dict[str, Encoder]:
        """Every encoder by the name that it is prepared under: one that is trimmed has another name before.

        Of one that is distilled, the whole encoder is prepared, once for all that learn from it.
        """
        found = {_before_trimming(name, one): one for name, one in self._encoders if not one.distilled}
        for name, encoder in self._encoders:
            if encoder.distilled and _teacher(encoder, found) is None:
                found[f"{name}{TEACHER}"] = encoder.model_copy(update={"layers": None})
        return found

    @property
    def _encoders(self) -> Iterable[tuple[str, Encoder]]:
        return self.config.encoders.items()

    @cached_property
    def distilled(self) -> dict[str, str]:
        """The names of the encoders that are distilled, by the names of their directories."""
        return {_before_trimming(name, encoder): name for name, encoder in self._encoders if encoder.distilled}

    @property
    def trimmed(self) -> list[str]:
        """The names of the encoders that are trimmed."""
        return [name for name, encoder in self.config.encoders.items() if encoder.trim]

    @property
    def members(self) -> list[list[str]]:
        """The (name, sha256) of the file that each of the packaged encoder's wheels is fetched for."""
        members: list[list[str]] = packaged_encoder()["members"]
        return members

    def inputs(self, wildcards: Wildcards) -> list[str]:
        """Return the files that an encoder is made from: the wheels of the packaged one, or all files of a folder.

        Where an adapter's base model is a folder, the base model's files are among them.
        """
        encoder = self.prepared[wildcards.encoder]
        if encoder.source == "packaged":
            return [f"results/downloads/wheels/{wheel}.whl" for wheel in packaged_encoder()["wheels"]]
        if encoder.source == "hub" or encoder.path is None:
            return []
        folder = self.places.project_path(encoder.path)
        base = adapter_base(Path(folder))
        return sorted({*folder_files(folder), *(folder_files(str(base)) if base else [])})

    def path(self, wildcards: Wildcards) -> str | None:
        """Return the folder of an encoder, or its name on the Hub; none for the packaged one."""
        encoder = self.prepared[wildcards.encoder]
        if encoder.source != "folder" or encoder.path is None:
            return encoder.path
        return self.places.project_path(encoder.path)

    def settings(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return what an encoder is prepared by: ``EncoderSettings`` as plain data, with the folder from here."""
        own = self.prepared[wildcards.encoder].model_dump(include=set(EncoderSettings.model_fields))
        return own | {"path": self.path(wildcards)}

    def name(self, wildcards: Wildcards) -> str:
        """Return the name in the configuration of an encoder that is prepared."""
        return wildcards.encoder.removesuffix(WHOLE).removesuffix(TEACHER)

    def is_checked_for_training(self, wildcards: Wildcards) -> bool:
        """Return whether preparing an encoder fails if it cannot be trained: that of one on the Hub that will be.

        Whether a folder can be trained is known before any job. It is no parameter of its job, so a configuration
        that only scores the encoder finds its vectors as they are.
        """
        is_trained = self.name(wildcards) in trained_encoders(self.config)
        return self.prepared[wildcards.encoder].source == "hub" and is_trained

    def teacher(self, wildcards: Wildcards) -> str:
        """Return the manifest of the whole encoder, whose vectors a distilled one learns."""
        name = _teacher(self._distilled(wildcards), self.prepared)
        return f"results/encoders/{name}/manifest.json"

    def distilling_sets(self, wildcards: Wildcards) -> list[str]:
        """Return the training sets on whose texts an encoder is distilled."""
        names = self._asked(wildcards).training_sets
        return list(self.config.training_sets if names is None else names)

    def distilling_pairs(self, wildcards: Wildcards) -> list[str]:
        """Return the pairs on whose texts an encoder is distilled."""
        sets = self.config.training_sets
        return self.corpora.pairs_of_sets(sets[name] for name in self.distilling_sets(wildcards))

    def distilling_overlaps(self, wildcards: Wildcards) -> list[str]:
        """Return the checks of these training sets against the benchmarks."""
        return [f"results/overlaps/{name}.json" for name in self.distilling_sets(wildcards)]

    def distillation(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return ``DistillingSettings`` as plain data."""
        return self._asked(wildcards).settings(self._distilled(wildcards).lengths).model_dump()

    def layers(self, wildcards: Wildcards) -> int | list[int]:
        """Return the layers that a distilled encoder keeps, or how many."""
        layers = self._distilled(wildcards).layers
        assert layers is not None  # the configuration's own check
        return layers if isinstance(layers, int) else list(layers)

    def distilled_name(self, wildcards: Wildcards) -> str:
        """Return the name in the configuration of an encoder that is distilled."""
        return self.distilled[wildcards.encoder]

    def _distilled(self, wildcards: Wildcards) -> Encoder:
        return self.config.encoders[self.distilled_name(wildcards)]

    def _asked(self, wildcards: Wildcards) -> Distilled:
        asked = self._distilled(wildcards).distilled
        assert asked is not None  # the rule's wildcard takes distilled encoders only
        return asked

    def trimming_pairs(self, wildcards: Wildcards) -> list[str]:
        """Return the pairs whose tokens an encoder keeps."""
        names = self._trim(wildcards).training_sets
        sets = self.config.training_sets
        return self.corpora.pairs_of_sets(sets[name] for name in (sets if names is None else names))

    @property
    def trimming_bitext(self) -> list[str]:
        """The sentences whose tokens every encoder keeps."""
        return [f"results/bitext/{corpus}/sentences.parquet" for corpus in self.config.bitext_corpora]

    def trimming_queries(self, wildcards: Wildcards) -> list[str]:
        """Return the queries of the benchmarks whose tokens an encoder keeps."""
        return [f"results/benchmarks/{name}/queries.parquet" for name in self._trim(wildcards).benchmarks]

    def trimming_candidates(self, wildcards: Wildcards) -> list[str]:
        """Return the candidates of the benchmarks whose tokens an encoder keeps."""
        return [f"results/benchmarks/{name}/candidates.parquet" for name in self._trim(wildcards).benchmarks]

    def trimming_count(self, wildcards: Wildcards) -> int:
        """Return how often a token must occur in its texts for an encoder to keep it."""
        return self._trim(wildcards).min_count

    def _trim(self, wildcards: Wildcards) -> Trim:
        trim = self.config.encoders[wildcards.encoder].trim
        assert trim is not None  # the rule's wildcard takes trimmed encoders only
        return trim


def _before_trimming(name: str, encoder: Encoder) -> str:
    """Return the name of an encoder's directory before it is trimmed; without trimming, that of the encoder."""
    return f"{name}{WHOLE}" if encoder.trim else name


def _teacher(encoder: Encoder, prepared: Mapping[str, Encoder]) -> str | None:
    """Return the prepared encoder that is the whole of an encoder; None if there is none."""
    return next((name for name, one in prepared.items() if one.preparation == encoder.whole), None)
