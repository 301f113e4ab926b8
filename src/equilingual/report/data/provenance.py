"""When, from what and on what the results were made."""

from collections.abc import Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
_OF_THE_RUN = ("date", "version", "commit", "changed", "repository", "command", "configuration", "stages")


def provenance_of(manifest: Record, models: Sequence[Record]) -> dict[str, Any]:
    """Return the parts of ``results/run.json``; None for each where there is no such file.

    ``seconds`` is the time of all jobs together. ``hardware`` is that of the trained models, and of the machine that
    wrote the manifest where nothing was trained.
    """
    stages = manifest.get("stages") or {}
    trained_on = sorted({str(model["hardware"]) for model in models if model.get("hardware")})
    machine = [str(manifest["hardware"])] if manifest.get("hardware") else []
    return {
        **{name: manifest.get(name) for name in _OF_THE_RUN},
        "model_costs": manifest.get("models"),
        "seconds": round(sum(stage["seconds"] for stage in stages.values()), 1) if stages else None,
        "hardware": trained_on or machine,
    }
