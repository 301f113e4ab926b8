"""The kind of index that is built for every pool."""

from typing import Literal

from pydantic import Field, model_validator

from equilingual.config.fields import Model, Positive


class Index(Model):
    """A FAISS index of vectors of length 1, searched by inner products."""

    kind: Literal["exact", "hnsw", "ivf"] = Field(
        "exact",
        description="exact, hnsw (a graph) or ivf (lists); scores are exact with each, the report says what it finds",
    )
    neighbours: Positive = Field(32, description="hnsw: links of a vector")
    construction: Positive = Field(200, description="hnsw: vectors looked at to link one")
    search: Positive = Field(128, description="hnsw: vectors looked at for a query")
    lists: Positive | None = Field(None, description="ivf: lists; null: four times the square root of the candidates")
    probes: Positive = Field(16, description="ivf: lists looked at for a query")

    @model_validator(mode="after")
    def _settings_fit_the_kind(self) -> "Index":
        own = {"hnsw": {"neighbours", "construction", "search"}, "ivf": {"lists", "probes"}}
        for name in sorted(self.model_fields_set - {"kind"} - own.get(self.kind, set())):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"'{name}' is not for an index of the kind {self.kind!r}")
        return self
