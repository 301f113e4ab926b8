"""Which models are compared on the same questions: the family of tests, declared before anything is scored."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from equilingual.config.fields import Float, Model, Positive, check_distinct

if TYPE_CHECKING:
    from equilingual.config.experiments import ScoredModel

MULTILINGUAL_ONLY = "log_rank_distance"


def _pair_from_list(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) != 2:
        raise ValueError(f"a pair is two models, here {'is' if len(value) == 1 else 'are'} {len(value)}")
    return tuple(value) if isinstance(value, list) else value


def _check_two(pair: tuple[str, str]) -> tuple[str, str]:
    if pair[0] == pair[1]:
        raise ValueError(f"{pair[0]!r} is compared with itself")
    return pair


_Pair = Annotated[tuple[str, str], BeforeValidator(_pair_from_list), AfterValidator(_check_two)]
_Setting = Literal["monolingual", "cross-lingual", "multilingual"]
_Measure = Literal["map", "recall@1", "recall@10", "mrr", "log_rank_distance"]


def _check_pairs(pairs: tuple[tuple[str, str], ...] | None) -> tuple[tuple[str, str], ...] | None:
    check_distinct(tuple(" and ".join(sorted(pair)) for pair in pairs or ()))
    return pairs


class Comparisons(Model):
    """The family of paired tests between models."""

    pairs: Annotated[tuple[_Pair, ...] | None, AfterValidator(_check_pairs)] = Field(
        None,
        description="Two models each, by their names without the seed: [[e5-small__demo-en-pt__hybrid-0.5, e5-small]]. "
        "null: strategies of one encoder and training set with each other and with the encoder as it came, and what "
        "is debiased, fused, merged or asked in translation with the same as it was before",
    )
    settings: Annotated[tuple[_Setting, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        ("monolingual", "cross-lingual", "multilingual"),
        description="Where they are compared: monolingual, cross-lingual, multilingual",
    )
    measures: Annotated[tuple[_Measure, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        ("map", "log_rank_distance"),
        description="By what: map, recall@1, recall@10, mrr, log_rank_distance (multilingual only)",
    )
    permutations: Positive = Field(100_000, description="Draws of signs behind each p")
    alpha: Annotated[Float, Field(gt=0, lt=1)] = Field(
        0.05, description="A difference is shown where p, corrected by Holm for the whole family, is no higher"
    )

    @model_validator(mode="after")
    def _something_is_tested(self) -> "Comparisons":
        if self.measures == (MULTILINGUAL_ONLY,) and "multilingual" not in self.settings:
            raise ValueError(f"{MULTILINGUAL_ONLY} needs the setting 'multilingual'; add it to 'settings'")
        return self

    def size(self, pairs: Mapping[str, Sequence[tuple[str, str]]], benchmarks: int) -> int:
        """Return how many tests the family has at most, of pairs by setting: a benchmark may lack a setting."""
        return benchmarks * sum(
            len(here)
            for setting, here in pairs.items()
            for measure in self.measures
            if measure != MULTILINGUAL_ONLY or setting == "multilingual"
        )


@dataclass(frozen=True)
class Family:
    """What is compared with what; models are named without their seeds.

    Attributes:
        pairs: by setting, two models each, the second being what the first is held against. A setting has those of
            which the one's rankings there may differ from the other's.
        members: the scored models behind each name, one per seed, in the order of the seeds.
        seeds: of each name, how many; None for what has none.
        labels: a name for sentences, as short as the configuration allows.

    """

    pairs: dict[str, list[tuple[str, str]]]
    members: dict[str, list[str]]
    seeds: dict[str, int | None]
    labels: dict[str, str]


def without_seed(model: "ScoredModel") -> str:
    """Return a model's name without its seed, which all its seeds share."""
    seed = model.description["seed"]
    return model.name if seed is None else model.name.replace(f"__seed-{seed}", "")


def family_of(asked: Comparisons, models: Mapping[str, "ScoredModel"]) -> Family:
    """Return the family that is asked for, of the models that are scored."""
    first: dict[str, ScoredModel] = {}
    every: dict[str, list[str]] = {}
    for name, model in models.items():
        first.setdefault(without_seed(model), model)
        every.setdefault(without_seed(model), []).append(name)
    pairs = list(_default_pairs(first)) if asked.pairs is None else list(asked.pairs)
    named = {name: first[name] for name in first if any(name in pair for pair in pairs)}
    return Family(
        pairs={
            setting: [(a, b) for a, b in pairs if setting in _differing(first[a], first[b])]
            for setting in asked.settings
        },
        members={name: every[name] for name in named},
        seeds={name: len(every[name]) if _trained(model) else None for name, model in named.items()},
        labels=_labels(named),
    )


def _differing(one: "ScoredModel", other: "ScoredModel") -> tuple[str, ...]:
    """Return the settings in which two models may differ.

    Merging changes no list of a single language, and a query is not translated into its own.
    """
    if replace(one, merge=None) == replace(other, merge=None):
        return ("multilingual",)
    if replace(one, merge=None, translator=None) == replace(other, merge=None, translator=None):
        return ("cross-lingual", "multilingual")
    return get_args(_Setting)


def comparison_problems(asked: Comparisons, models: Mapping[str, "ScoredModel"], benchmarks: int) -> Iterator[str]:
    """Yield what is wrong with the comparisons, as far as names and numbers can tell."""
    names = list(dict.fromkeys(map(without_seed, models.values())))
    for number, pair in enumerate(asked.pairs or ()):
        for name in (name for name in pair if name not in names):
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            seeded = " (seeds are compared together: leave the seed out)" if name in models else ""
            yield f"pairs.{number}: no model is called {name!r}{seeded}; {hint}"
            return
    family = family_of(asked, models)
    tested = [pair for pairs in family.pairs.values() for pair in pairs]
    for number, pair in enumerate(asked.pairs or ()):
        if pair not in tested:
            yield (
                f"pairs.{number}: {pair[0]} and {pair[1]} rank alike in {', '.join(asked.settings)}: take them out, "
                "or add multilingual to 'settings'"
            )
    size = asked.size(family.pairs, benchmarks)
    if size > asked.alpha * (asked.permutations + 1):
        yield (
            f"permutations: {asked.permutations} draws give no p below {1 / (asked.permutations + 1):.2g}, too high to "
            f"show anything at alpha {asked.alpha:g} in a family of {size} tests: {_needed(size, asked.alpha)} draws "
            "do, or fewer pairs, settings or measures"
        )


def _needed(size: int, alpha: float) -> int:
    """Return so many draws, rounded up to two digits, that the lowest p passes Holm's first step."""
    least = size / alpha
    unit = 10 ** max(0, len(str(int(least))) - 2)
    return int(-(-least // unit)) * unit


def _default_pairs(models: Mapping[str, "ScoredModel"]) -> Iterator[tuple[str, str]]:
    """Yield each model with what it is held against, in the order of the models."""
    names = list(models)
    for position, name in enumerate(names):
        model = models[name]
        for other_position, other_name in enumerate(names):
            other = models[other_name]
            if model.before is not None:
                held_against = other == model.before
            elif other_name == name or other.before is not None or not _share(model, other, "encoder"):
                continue
            elif _trained(model) and _trained(other):  # of two strategies, the later one against the earlier
                held_against = _share(model, other, "training_set") and other_position < position
            else:
                held_against = _trained(model)
            if held_against:
                yield name, other_name


def _trained(model: "ScoredModel") -> bool:
    return model.description["strategy"] != "none"


def _share(one: "ScoredModel", other: "ScoredModel", *columns: str) -> bool:
    return all(one.description[column] == other.description[column] for column in columns)


def _labels(models: Mapping[str, "ScoredModel"]) -> dict[str, str]:
    """Return names for sentences: with the encoder and the training set only where there are several of them."""
    encoders = {model.description["encoder"] for model in models.values() if model.is_dense}
    sets = {model.description["training_set"] for model in models.values() if _trained(model)}
    return {
        name: " ".join(
            [str(model.description["encoder"])] * (len(encoders) > 1 or not model.is_dense)
            + _words(model, len(sets) > 1)
        )
        for name, model in models.items()
    }


def _words(model: "ScoredModel", training_set: bool) -> list[str]:
    """Return what tells a model from the others of its encoder: ``hybrid 0.5``, ``as it came``, ``center-pool``."""
    about = model.description
    debias = [", ".join(_treatments(model))] if model.before else []
    if not _trained(model):
        return debias or ["as it came"] * model.is_dense
    words = [f"hybrid {about['alpha']:g}" if about["strategy"] == "hybrid" else str(about["strategy"])]
    words += [f"on {about['training_set']}"] if training_set else []
    return [*words, "with", *debias] if debias else words


def _treatments(model: "ScoredModel") -> Iterator[str]:
    """Yield what is done to a model, in words, in the order in which it is done."""
    if model.debias != "none":
        yield model.debias
    if model.translator is not None:
        yield f"queries translated by {model.translator}"
    if model.fusion is not None:
        yield f"fused with {model.lexical} ({model.fusion})"
    if model.merge is not None:
        yield f"merged by {model.merge}"
