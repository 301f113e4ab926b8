"""Which models are compared on the same questions: the family of tests, declared before anything is scored."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from equilingual.config.base import Float, Model, Positive
from equilingual.config.fields import check_distinct
from equilingual.config.identities import group_of
from equilingual.evaluation.catalogue import MEASURES, TESTED
from equilingual.messages import suggestion

if TYPE_CHECKING:
    from equilingual.config.experiments import Experiment, ScoredModel

_FORMER = {"rank_distance_log": "log_rank_distance"}  # names of measures in earlier versions


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
if TYPE_CHECKING:
    _TestedMeasure = str
else:
    _TestedMeasure = Literal[TESTED]


def _present_name(value: object) -> object:
    """Return the name of a measure, for a former one with a warning."""
    if isinstance(value, str) and value in _FORMER:
        warnings.warn(f"evaluation.comparisons.measures: {value} is now called {_FORMER[value]}", FutureWarning, 2)
        return _FORMER[value]
    return value


_Measure = Annotated[_TestedMeasure, BeforeValidator(_present_name)]


_Size = Annotated[Float, Field(gt=0)]
_Margin = Annotated[
    Annotated[_Size, Tag("<number>")] | Annotated[dict[_Measure, _Size], Tag("<mapping>")],
    Discriminator(lambda value: "<mapping>" if isinstance(value, dict) else "<number>"),
]


def _check_pairs(pairs: tuple[tuple[str, str], ...] | None) -> tuple[tuple[str, str], ...] | None:
    check_distinct(tuple(" and ".join(sorted(pair)) for pair in pairs or ()))
    return pairs


class Comparisons(Model):
    """The family of paired tests between models."""

    pairs: Annotated[tuple[_Pair, ...] | None, AfterValidator(_check_pairs)] = Field(
        None,
        description="Two models each, by their names without the seed: [[e5-small__demo-en-pt__hybrid-0.5, e5-small]]. "
        "null: strategies of one encoder and training set with each other, with the base encoder and with its "
        "debiased forms; variants with the same without them; averages over seeds with the same and with their seeds; "
        "and what is debiased, fused, merged or searched with translated queries with the same before that step; "
        "trained models that are debiased with the base encoder, too, plain and debiased in the same way",
    )
    settings: Annotated[tuple[_Setting, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        ("monolingual", "cross-lingual", "multilingual"),
        description="Retrieval settings to compare in: monolingual, cross-lingual, multilingual",
    )
    measures: Annotated[tuple[_Measure, ...], Field(min_length=1), AfterValidator(check_distinct)] = Field(
        ("map", "log_rank_distance"),
        description=f"Measures to compare by: {', '.join(TESTED)} (log_rank_distance: multilingual only)",
    )
    permutations: Positive = Field(100_000, description="Number of random permutations for each p-value")
    alpha: Annotated[Float, Field(gt=0, lt=1)] = Field(
        0.05, description="Maximum p-value, corrected by Holm for all tests, at which a difference counts as shown"
    )
    margin: _Margin | None = Field(
        None,
        description="The smallest difference that matters: models that differ by less are equivalent, if two one-sided "
        "tests (TOST) show it at alpha. A number, for all measures but log_rank_distance, or {map: 0.005, "
        "log_rank_distance: 0.1}. null: equivalence is not tested",
    )

    @property
    def margins(self) -> dict[str, float]:
        """The margin of each measure that has one; a single number is one of quality, from 0 to 1."""
        if isinstance(self.margin, dict):
            return dict(self.margin)
        quality = [name for name in self.measures if not MEASURES[name].is_bias]
        return {} if self.margin is None else dict.fromkeys(quality, self.margin)

    @model_validator(mode="after")
    def _margins_are_of_measures(self) -> "Comparisons":
        for name in self.margin if isinstance(self.margin, dict) else ():
            if name not in self.measures:
                raise ValueError(f"margin has {name}, which is not compared; add it to 'measures'")
        if self.margin is not None and not self.margins:
            raise ValueError(
                f"the margin {self.margin} is one of quality, and only {', '.join(self.measures)} is compared; "
                f"write {{{self.measures[0]}: …}}"
            )
        return self

    @model_validator(mode="after")
    def _something_is_tested(self) -> "Comparisons":
        if not any(setting in MEASURES[name].settings for name in self.measures for setting in self.settings):
            needed = MEASURES[self.measures[0]].settings[0]
            raise ValueError(f"{self.measures[0]} needs the setting {needed!r}; add it to 'settings'")
        return self

    def size(self, pairs: Mapping[str, Sequence[tuple[str, str]]], benchmarks: int) -> int:
        """Return how many tests the family has at most, of pairs by setting: a benchmark may lack a setting."""
        return benchmarks * sum(
            len(here)
            for setting, here in pairs.items()
            for measure in self.measures
            if setting in MEASURES[measure].settings
        )


@dataclass(frozen=True)
class Family:
    """What is compared with what; models are named without their seeds.

    Attributes:
        pairs: by setting, two models each, the second being what the first is held against. A setting has those of
            which the one's rankings there may differ from the other's.
        members: the scored models behind each name, one per seed, in the order of the seeds.
        seeds: of each name, in the order of the members; none of what has none.

    """

    pairs: dict[str, list[tuple[str, str]]]
    members: dict[str, list[str]]
    seeds: dict[str, tuple[int, ...]]


def family_of(asked: Comparisons, models: Mapping[str, "ScoredModel"]) -> Family:
    """Return the family that is asked for, of the models that are scored."""
    first: dict[str, ScoredModel] = {}
    every: dict[str, list[str]] = {}
    for name, model in models.items():
        group = group_of(model)
        first.setdefault(group, model)
        every.setdefault(group, []).append(name)
    pairs = list(_default_pairs(first)) if asked.pairs is None else list(asked.pairs)
    compared = {name for pair in pairs for name in pair}
    named = {name: model for name, model in first.items() if name in compared}
    return Family(
        pairs={
            setting: [(a, b) for a, b in pairs if setting in _differing(first[a], first[b])]
            for setting in asked.settings
        },
        members={name: every[name] for name in named},
        seeds={
            name: tuple(seed for one in every[name] if isinstance(seed := models[one].description["seed"], int))
            for name in named
        },
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
    names = list(dict.fromkeys(map(group_of, models.values())))
    for number, pair in enumerate(asked.pairs or ()):
        for name in (name for name in pair if name not in names):
            seeded = " (seeds are compared together: leave the seed out)" if name in models else ""
            yield f"pairs.{number}: no model is called {name!r}{seeded}; {suggestion(name, names, 'there are')}"
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
    unit: int = 10 ** max(0, len(str(int(least))) - 2)
    return int(-(-least // unit)) * unit


def _default_pairs(models: Mapping[str, "ScoredModel"]) -> Iterator[tuple[str, str]]:
    """Yield each model with what it is held against, in the order of the models."""
    of_encoder: dict[str, list[tuple[str, ScoredModel]]] = {}
    for name, model in models.items():
        of_encoder.setdefault(model.encoder, []).append((name, model))
    position = {name: number for number, name in enumerate(models)}
    for name, model in models.items():
        before = model.before
        for other_name, other in of_encoder[model.encoder]:
            if before is not None:
                is_base = other.experiment is None and other.before is None
                is_untrained_form = model.experiment is not None and other == replace(model, experiment=None)
                held_against = other == before or ((is_base or is_untrained_form) and _is_debiased(model))
            elif model.experiment is None or other_name == name:
                held_against = False
            elif other.before is not None:
                held_against = other.experiment is None and _is_debiased(other)
            elif other.experiment is not None:
                is_later = position[other_name] < position[name]
                held_against = _is_held_against(model.experiment, other.experiment, is_later=is_later)
            else:
                held_against = True
            if held_against:
                yield name, other_name


def _is_debiased(model: "ScoredModel") -> bool:
    """Return whether a model's vectors are debiased, and nothing else is done to it."""
    return replace(model, debias="none") == model.before


def _is_held_against(one: "Experiment", other: "Experiment", *, is_later: bool) -> bool:
    """Return whether two trained models that differ in one thing are compared in this order.

    Of two strategies, the later one is held against the earlier, a variant against the same without it, and an average
    against its seeds.
    """
    if one.training_set != other.training_set:
        return False
    same_strategy, same_variant = one.strategy == other.strategy, one.variant == other.variant
    if bool(one.averaged) != bool(other.averaged):
        return same_strategy and same_variant and is_later
    if same_strategy:
        return one.variant is not None and other.variant is None
    return same_variant and is_later
