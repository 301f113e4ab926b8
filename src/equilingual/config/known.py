"""Known corpora: the entry of the registry that a name in the configuration stands for."""

from collections.abc import Mapping
from typing import Any

from equilingual.languages import get_language
from equilingual.messages import suggestion
from equilingual.registry import known_corpora


def expand_known(name: str, value: object) -> object:
    """Return the corpus that ``known`` or ``{known: name, languages: […]}`` stands for; other keys replace the entry's.

    Raises:
        ValueError: the entry or one of its languages is unknown; the message begins with the corpus's key.

    """
    try:
        if value == "known":
            return _known_corpus(name, {})
        if isinstance(value, Mapping) and "known" in value:
            return _known_corpus(str(value["known"]), {key: item for key, item in value.items() if key != "known"})
    except ValueError as error:
        raise ValueError(f"corpora.{name}: {error}") from error
    return value


def _known_corpus(name: str, changes: Mapping[str, Any]) -> dict[str, object]:
    entry = known_corpora().get(name)
    if entry is None:
        raise ValueError(f"unknown corpus {name!r}; {suggestion(name, known_corpora())}")
    changes = dict(changes)
    if "needs" in entry and "files" not in changes:
        raise ValueError(f"{name}: {entry['needs']}")
    files = _known_files(entry)
    asked = changes.pop("languages", None)
    if not isinstance(asked, list | tuple | None):
        raise ValueError(f"'languages' must be a list such as [en, de], not {asked!r}")
    asked = None if asked is None else [get_language(str(tag)).tag for tag in asked]
    for tag in asked or ():
        if tag not in files:
            raise ValueError(f"{name} has no {tag!r}; choose from {', '.join(files)}")
    files = {tag: place for tag, place in files.items() if asked is None or tag in asked or tag == entry.get("pivot")}
    keys = ("format", "licence", "columns", "where", "pivot", "parallel", "empty")
    return {key: entry[key] for key in keys if key in entry} | {"files": files} | changes


def _known_files(entry: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """Return the files of an entry: those it lists, and those that its pattern gives for ``spellings``."""
    files: dict[str, dict[str, object]] = {}
    for tag, spelling in entry.get("spellings", {}).items():
        files[tag] = {key: _spelled(value, spelling) for key, value in entry["each"].items()}
    for tag, given in entry.get("files", {}).items():
        known = {"known" if key == "path" and "hub" not in given else key: value for key, value in given.items()}
        files[tag] = files.get(tag, {}) | known
    return files


def _spelled(value: Any, spelling: str) -> Any:  # noqa: ANN401 (TOML has no static type)
    if isinstance(value, Mapping):
        return {key: _spelled(item, spelling) for key, item in value.items()}
    return value.replace("{spelling}", spelling) if isinstance(value, str) else value
