"""Which experiments are run: the full product, or those that ``experiments`` lists."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field

from equilingual.config.base import Int, Model
from equilingual.config.batches import Strategy
from equilingual.config.fields import Name, check_distinct
from equilingual.config.variants import NO_VARIANT
from equilingual.messages import suggestion

if TYPE_CHECKING:
    from equilingual.config.models import Config


def _as_list(value: object) -> object:
    """Return one name as a list of it."""
    return (value,) if isinstance(value, str) else value


def _as_variants(value: object) -> object:
    """Return one variant as a list of it; null and ``none`` are no variant."""
    listed = value if isinstance(value, list | tuple) else (value,)
    return tuple(None if one == NO_VARIANT else one for one in listed)


_Distinct = (Field(min_length=1), AfterValidator(check_distinct))
_Names = Annotated[
    tuple[Name, ...], *_Distinct, BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])
]
_Variants = Annotated[
    tuple[Name | None, ...],
    *_Distinct,
    BeforeValidator(_as_variants, json_schema_input_type=str | None | tuple[str | None, ...]),
]


class ListedExperiments(Model):
    """Experiments: every combination of the names of one entry."""

    encoder: _Names = Field(description="A name from 'encoders', or a list of names")
    training_set: _Names = Field(description="A name from 'training_sets', or a list")
    strategy: _Names = Field(description="A strategy with its alpha, as in models' names (hybrid-0.5), or a list")
    variant: _Variants = Field(
        (None,), description="A name from 'variants', or a list; null or none: without a variant"
    )
    seeds: Annotated[tuple[Int, ...], *_Distinct] | None = Field(None, description="Random seeds; null: 'seeds'")


class Arm(NamedTuple):
    """What is done to an encoder: on which pairs and in which way it is trained."""

    training_set: str
    strategy: Strategy
    variant: str | None


def arms(config: "Config") -> list[Arm]:
    """Return every combination of training set, strategy and variant, each once, whatever the encoders."""
    if config.experiments is None:
        variants = (None, *config.variants)
        return [Arm(*one) for one in product(config.training_sets, config.batches.strategies, variants)]
    return list(dict.fromkeys(arm for _, arm in grid(config)))


def grid(config: "Config") -> dict[tuple[str, Arm], tuple[int, ...]]:
    """Return the seeds of every encoder and arm, in the order of the configuration.

    Of what is listed, the order is that of the list; seeds of one encoder and arm in several entries are put together.
    """
    if config.experiments is None:
        trained = [name for name, encoder in config.encoders.items() if encoder.train]
        return {(encoder, arm): config.seeds for encoder in trained for arm in arms(config)}
    found: dict[tuple[str, Arm], tuple[int, ...]] = {}
    for entry in config.experiments:
        for one in _combinations(entry, config):
            found[one] = (*found.get(one, ()), *_seeds(entry, config))
    return found


def _combinations(entry: ListedExperiments, config: "Config") -> Iterator[tuple[str, Arm]]:
    strategies = {strategy.label: strategy for strategy in config.batches.strategies}
    for encoder, training_set, strategy, variant in product(
        entry.encoder, entry.training_set, entry.strategy, entry.variant
    ):
        yield encoder, Arm(training_set, strategies[strategy], variant)


def _seeds(entry: ListedExperiments, config: "Config") -> tuple[int, ...]:
    return config.seeds if entry.seeds is None else entry.seeds


def trained_encoders(config: "Config") -> list[str]:
    """Return the names of the encoders that are trained."""
    return list(dict.fromkeys(encoder for encoder, _ in grid(config)))


def grid_problems(config: "Config") -> Iterator[str]:
    """Yield what is wrong with the experiments that are listed; nothing where none are.

    Only if no name is wrong, it is told what is listed twice.
    """
    problems = [
        f"{number}.{problem}"
        for number, entry in enumerate(config.experiments or ())
        for problem in _unknown(entry, config)
    ]
    yield from problems or _twice(config)


def _unknown(entry: ListedExperiments, config: "Config") -> Iterator[str]:
    """Yield each name that there is not, and each encoder that is not to be trained, with its key."""
    strategies = [strategy.label for strategy in config.batches.strategies]
    known: dict[str, Sequence[str]] = {
        "encoder": list(config.encoders),
        "training_set": list(config.training_sets),
        "strategy": strategies,
        "variant": list(config.variants),
    }
    for key, names in known.items():
        for name in getattr(entry, key):
            if name is not None and name not in names:
                yield f"{key}: unknown {key.replace('_', ' ')} {name!r}; {suggestion(name, names)}"
            elif key == "encoder" and not config.encoders[name].train:
                yield f"encoder: encoders.{name}.train is false; set it to true, or remove the encoder here"


def _twice(config: "Config") -> Iterator[str]:
    """Yield each experiment that is listed twice."""
    first: dict[tuple[str, Arm, int], int] = {}
    for number, entry in enumerate(config.experiments or ()):
        for encoder, arm in _combinations(entry, config):
            for seed in _seeds(entry, config):
                earlier = first.setdefault((encoder, arm, seed), number)
                if earlier != number:
                    name = "__".join([encoder, arm.training_set, arm.strategy.label, *filter(None, [arm.variant])])
                    yield f"{number}: {name} with seed {seed} is also in entry {earlier}; remove one of them"
