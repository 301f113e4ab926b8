"""What each measure is called, and how its values are read."""

from typing import Any

from equilingual.evaluation.catalogue import MEASURES


def measure_entries() -> list[dict[str, Any]]:
    """Return every measure of the catalogue, whether the run has it or not."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "better": one.better,
            "decimals": one.decimals,
            "bias": one.is_bias,
            "settings": list(one.settings),
            "says": one.says or None,
            "fair": one.fair or None,
        }
        for one in MEASURES.values()
    ]
