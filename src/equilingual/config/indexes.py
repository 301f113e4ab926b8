"""The index that is built for every candidate pool."""

from typing import Literal

from pydantic import Field, model_validator

from equilingual.config.base import Model, Positive


class Index(Model):
    """A FAISS index of vectors of length 1, searched by inner products."""

    kind: Literal["exact", "hnsw", "ivf"] = Field(
        "exact",
        description="exact, hnsw (a graph) or ivf (inverted lists). Scores are always exact; the report shows the "
        "recall of the index",
    )
    m: Positive = Field(32, description="hnsw: number of links per vector (M)")
    ef_construction: Positive = Field(
        200, description="hnsw: size of the candidate list while building (efConstruction)"
    )
    ef_search: Positive = Field(128, description="hnsw: size of the candidate list while searching (efSearch)")
    threads: Positive = Field(
        1,
        description="hnsw: threads that build it. More are faster on large pools, but the graph, and so the file, is "
        "another one in every run",
    )
    nlist: Positive | None = Field(
        None, description="ivf: number of lists; null: 4 times the square root of the number of candidates"
    )
    nprobe: Positive = Field(16, description="ivf: number of lists searched per query")

    @model_validator(mode="after")
    def _settings_fit_the_kind(self) -> "Index":
        own = {"hnsw": {"m", "ef_construction", "ef_search", "threads"}, "ivf": {"nlist", "nprobe"}}
        for name in sorted(self.model_fields_set - {"kind"} - own.get(self.kind, set())):
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(f"{name!r} does not apply to an index of kind {self.kind!r}")
        return self
