"""What was equal in all trained models of a study and what was not, by what their manifests say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from equilingual.evaluation.identities import Identity
from equilingual.report.formatting import format_count, format_plain, join_words
from equilingual.report.records import Hash, Table
from equilingual.report.studies.record import Record, Study

# What a reader looks for first, in words; all else has the name of its key.
_TITLES = {
    "encoder": "Encoder",
    "training_set": "Training set",
    "languages": "Languages trained on",
    "strategy": "Batches",
    "alpha": "α, the fraction of monolingual batches",
    "mix": "Mixed by",
    "pairs": "QA pairs",
    "steps": "Training steps",
    "parameters.batch_size": "Batch size, in pairs",
    "parameters.learning_rate": "Learning rate",
    "parameters.temperature": "Temperature",
    "parameters.query_length": "Longest query, in tokens",
    "parameters.passage_length": "Longest passage, in tokens",
    "bitext": "Bitext",
    "seeds": "Seeds",
    "debias": "Debiasing",
    "variant": "Variant",
    "hardware": "Hardware",
}
_NOTHING = "none"
_COLUMNS = ("encoder", "training_set", "strategy", "alpha", "mix", "variant", "debias")  # of the study's models
_READ = ("languages", "pairs", "steps", "negatives", "bitext", "hardware")  # of manifests, beside the parameters
_NO_SETTING = ("rows", "missing", "sentences")  # parts that are counts, and no setting
_MOST = 4  # models that are named with a value


@dataclass(frozen=True)
class Equal:
    """What was equal and what was not.

    Attributes:
        main: the equal settings that a reader looks for first, as terms and values.
        others: the other equal ones.
        differing: each setting that was not equal, with its values and the models that have them.
        models: how many trained models were looked at.
        untrained: labels of the models that were not trained.

    """

    main: list[tuple[str, str]]
    others: Table
    differing: Table
    models: int
    untrained: list[str]


def compare_arms(study: Study, identities: Sequence[Identity], manifests: Sequence[Record]) -> Equal | None:
    """Return what was equal in the trained models of a study; None where none was trained.

    Args:
        study: the study.
        identities: of every scored model.
        manifests: of the trained models; those of other models are not read.

    """
    named = {str(one["experiment"]): one for one in manifests}
    arms = {}
    for model in study.models.values():
        bases = [one.base for one in identities if one.group == model["model"]]
        found = [named[base] for base in bases if base in named]
        if found:
            arms[str(model["label"])] = _arm(model, found)
    if not arms:
        return None
    keys = list(dict.fromkeys([*_TITLES, *(key for arm in arms.values() for key in arm)]))
    by_key = {key: {label: arm.get(key, _NOTHING) for label, arm in arms.items()} for key in keys}
    by_key = {key: values for key, values in by_key.items() if {*values.values()} != {_NOTHING}}
    equal = {key: next(iter(values.values())) for key, values in by_key.items() if len({*values.values()}) == 1}
    differing = {key: values for key, values in by_key.items() if key not in equal}
    untrained = [str(model["label"]) for model in study.models.values() if str(model["label"]) not in arms]
    return Equal(
        [(_TITLES[key], value) for key, value in equal.items() if key in _TITLES],
        _equal_table({key: value for key, value in equal.items() if key not in _TITLES}),
        _differing_table(differing),
        len(arms),
        untrained,
    )


def _arm(model: Record, manifests: Sequence[Record]) -> dict[str, str]:
    """Return the settings of a model as text; those that differ between its seeds with all their values."""
    found: dict[str, list[str]] = {}
    for manifest in manifests:
        for key, value in _settings(manifest):
            found.setdefault(key, []).append(_text(key, value))
    arm = {key: " or ".join(dict.fromkeys(values)) for key, values in found.items()}
    arm |= {"seeds": ", ".join(map(str, model["seeds"])) or _NOTHING}
    return arm | {key: _text(key, model.get(key)) for key in _COLUMNS}


def _settings(manifest: Record) -> Iterator[tuple[str, object]]:
    """Yield what a manifest says of a training, mappings part by part: ``parameters.lora.rank``."""
    for name in _READ:
        if manifest.get(name) is not None:
            yield from _flat(name, manifest[name])
    yield from _flat("parameters", manifest.get("parameters") or {})


def _flat(key: str, value: object) -> Iterator[tuple[str, object]]:
    if not isinstance(value, Mapping):
        yield key, value
        return
    for name, part in value.items():
        if name not in _NO_SETTING:
            yield from _flat(f"{key}.{name}", part)


def _text(key: str, value: object) -> str:
    """Return a value as text; nothing, off and an empty list are all ``none``."""
    if value is None or value == [] or value == ():
        return _NOTHING
    if key == "languages" and isinstance(value, list):
        return f"{len(value)}: {' '.join(map(str, value))}"
    return format_plain(value)


def _equal_table(settings: Mapping[str, str]) -> Table:
    rows: list[list[str | Hash]] = [[_name(key), value] for key, value in settings.items()]
    return Table("Other settings, equal in all trained models", ["Setting", "Value"], set(), rows)


def _differing_table(differing: Mapping[str, Mapping[str, str]]) -> Table:
    rows: list[list[str | Hash]] = []
    for key, values in differing.items():
        by_value: dict[str, list[str]] = {}
        for label, value in values.items():
            by_value.setdefault(value, []).append(label)
        rows += [[_name(key), value, _some(labels)] for value, labels in by_value.items()]
    return Table("What differed", ["Setting", "Value", "Models"], set(), rows)


def _some(labels: list[str]) -> str:
    if len(labels) <= _MOST:
        return "; ".join(labels)
    return f"{'; '.join(labels[: _MOST - 1])}; and {format_count(len(labels) - _MOST + 1)} more"


def _name(key: str) -> str:
    return _TITLES.get(key, key.removeprefix("parameters."))


def sentence_of(equal: Equal) -> str:
    """Return what was compared, and which models were not trained."""
    start = f"{format_count(equal.models)} trained models, by what their manifests say."
    if equal.models == 1:
        start = "One trained model, by what its manifest says."
    untrained = equal.untrained
    if not untrained:
        return start
    return f"{start} Not trained: {join_words(untrained) if len(untrained) <= _MOST else _some(untrained)}."
