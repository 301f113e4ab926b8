"""What every scored model is, once: the stage ``describe_models``.

out: ``results/models.json``: ``models``, one record per model in the order of the configuration, with the fields of
     :class:`Identity`; ``seen``, by encoder and benchmark, what of the benchmark's data the encoder was trained on

The configuration writes it; the report, the verdicts and the model cards read it, so that a model has one label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from os import PathLike
from typing import Any

from equilingual.files import damaged, read_json, write_json

Seen = Mapping[str, Mapping[str, Sequence[str]]]
_COLUMNS = ("encoder", "training_set", "strategy", "alpha", "seed", "debias", "variant")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A model, whatever its seed: a row of the report's tables, and of ``results/comparisons.csv``.

    Attributes:
        group: its name without the seed, as ``results/comparisons.csv`` has it.
        encoder: as in ``results/scores.csv``, and so are the four that follow.
        training_set: None where nothing was trained, as ``alpha`` is.
        strategy: ``none`` where nothing was trained.
        alpha: the fraction of monolingual batches.
        debias: all that is done to it, joined by ``+``; ``none`` where nothing is.
        kind: what decides its mark and colour in charts.
        short: its label under a heading that names the encoder and the training set.
        label: its label everywhere else, unique in the run.
        subject: what is done to the encoder, as the subject of a sentence: ``training with hybrid batches (α = 0.5)``.
        is_lexical: whether it is a lexical system, and no encoder.
        is_merged: whether lists of single languages are merged, which leaves these lists as they are.
        on_pool: whether it is debiased by the benchmark's own texts.
        variant: the name of what is changed in its batches or its training; None where nothing is.

    """

    group: str
    encoder: str
    training_set: str | None
    strategy: str
    alpha: float | None
    debias: str
    kind: str
    short: str
    label: str
    subject: str
    is_lexical: bool = False
    is_merged: bool = False
    on_pool: bool = False
    variant: str | None = None

    @property
    def trained(self) -> bool:
        """Whether the encoder was fine-tuned."""
        return self.strategy != "none"

    @property
    def is_base(self) -> bool:
        """Whether this is an encoder or a lexical system with nothing done to it."""
        return not self.trained and self.debias == "none"


@dataclass(frozen=True, kw_only=True)
class Identity(Row):
    """A model that is scored: a row with one seed.

    Attributes:
        name: in the names of files.
        base: the name of what its vectors or lists are made of, before anything is done to them: the encoder's, the
            trained model's or the lexical system's.
        seed: of the training; None where nothing was trained.

    """

    name: str
    base: str
    seed: int | None

    @property
    def row(self) -> Row:
        """The model without its seed."""
        return Row(**{field.name: getattr(self, field.name) for field in fields(Row)})

    @property
    def columns(self) -> tuple[object, ...]:
        """Its first six columns in ``results/scores.csv``, and the last, ``variant``."""
        return tuple(getattr(self, name) for name in _COLUMNS)


def columns_of(row: Mapping[str, str]) -> tuple[object, ...]:
    """Return the columns of a line of ``results/scores.csv`` that :attr:`Identity.columns` has.

    A run without variants has no column for them.
    """
    alpha, seed = row["alpha"], row["seed"]
    numbers = (float(alpha) if alpha else None, int(float(seed)) if seed else None)
    return (
        row["encoder"],
        row["training_set"] or None,
        row["strategy"],
        *numbers,
        row["debias"],
        row.get("variant") or None,
    )


def describe_models(*, models: Sequence[Mapping[str, Any]], seen: Seen, out: str | PathLike[str]) -> None:
    """Write what every scored model is; ``models`` are the fields of an :class:`Identity` each.

    A model without a variant has no field for it.
    """
    described = [asdict(Identity(**model)) for model in models]
    without = [{key: one for key, one in model.items() if key != "variant" or one} for model in described]
    write_json({"models": without, "seen": seen}, out)


def read_identities(path: str | PathLike[str]) -> list[Identity]:
    """Return every scored model, in the order of the configuration.

    Raises:
        DamagedFileError: the file is missing or damaged.

    """
    records = read_json(path).get("models")
    known = {field.name for field in fields(Identity)}
    if not isinstance(records, list) or not all(
        isinstance(one, dict) and known == set(one) | {"variant"} for one in records
    ):
        raise damaged(path, "it does not describe models")
    return [Identity(**record) for record in records]


def seen_remark(encoders: Sequence[str], benchmark: str, data: Sequence[str]) -> str:
    """Return what readers of encoders' scores must know: some of a benchmark's ``data`` they were trained on."""
    several = len(encoders) > 1
    names = f"{', '.join(encoders[:-1])} and {encoders[-1]}" if several else encoders[0]
    verb, own, them = ("were", "their", "them") if several else ("was", "its", "it")
    return (
        f"{names} {verb} trained on {', '.join(data)}, and {benchmark} is part of this data or made from it. So {own} "
        f"scores may not be zero-shot, nor those of models trained from {them}."
    )


def seen_remarks(seen: Seen, benchmark: str, encoders: Iterable[str]) -> tuple[str, ...]:
    """Return the remarks on encoders that were trained on a benchmark's data: one for all that have seen the same."""
    by_data: dict[tuple[str, ...], list[str]] = {}
    for encoder in encoders:
        if data := seen.get(encoder, {}).get(benchmark):
            by_data.setdefault(tuple(data), []).append(encoder)
    return tuple(seen_remark(names, benchmark, data) for data, names in by_data.items())


def read_seen(path: str | PathLike[str]) -> Seen:
    """Return by encoder and benchmark what of the benchmark's data the encoder was trained on; empty where unknown.

    Raises:
        DamagedFileError: the file is missing or damaged.

    """
    seen = read_json(path).get("seen")
    if not isinstance(seen, dict):
        raise damaged(path, "it does not say what encoders were trained on")
    return seen
