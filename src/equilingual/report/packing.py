"""The page's data as the page holds them, half as large when compressed; ``page.js`` gives them their form back.

Tables are stored by column. The answers of a question are listed once, and a model's are places in that list.
"""

from collections.abc import Mapping
from typing import Any

_FIRST = 35  # the character of place 0: all from here on but the backslash stand in JSON as they are


def packed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of :func:`~equilingual.report.data.page_data` as the page holds them."""
    examples = [_entry(one) for one in data["examples"]]
    return {**{name: _packed(value) for name, value in data.items()}, "examples": examples}


def _packed(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a table with a list of values for each column; anything else as it is."""
    is_table = isinstance(value, dict) and value.keys() == {"columns", "data"}
    return {**value, "data": list(zip(*value["data"], strict=True))} if is_table else value


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the questions of a benchmark, each model's answers as texts of places in ``answers``."""
    models = entry["models"].values()
    answers, places = [], []
    for lists in zip(*(model["hits"] for model in models), strict=True):  # of one question, by model
        found = [_pooled(asked) for asked in zip(*lists, strict=True)]
        answers.append([pool for pool, _ in found])
        places.append([texts for _, texts in found])
    hits = [[[texts[number] for texts in question] for question in places] for number in range(len(models))]
    shown = {name: {**model, "hits": own} for (name, model), own in zip(entry["models"].items(), hits, strict=True)}
    return {**entry, "answers": answers, "models": shown}


def _pooled(lists: tuple[list[int], ...]) -> tuple[list[int], list[str]]:
    """Return all answers in the order in which the models have them, and a text for each model."""
    pool: dict[int, int] = {}
    texts = ["".join(chr(_FIRST + pool.setdefault(one, len(pool))) for one in hits) for hits in lists]
    return list(pool), texts
