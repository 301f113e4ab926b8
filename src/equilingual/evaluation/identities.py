"""What every scored model is, once: the stage ``describe_models``.

out: ``results/models.json``, one record per model in the order of the configuration, with the fields of
     :class:`Identity`

The configuration writes it; the report, the verdicts and the model cards read it, so that a model has one label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from os import PathLike
from typing import Any

from equilingual.files import damaged, read_json, write_json

_COLUMNS = ("encoder", "training_set", "strategy", "alpha", "seed", "debias")


@dataclass(frozen=True)
class Identity:
    """A model that is scored.

    Attributes:
        name: in the names of files.
        group: its name without the seed, as ``results/comparisons.csv`` has it.
        base: the name of what its vectors or lists are made of, before anything is done to them: the encoder's, the
            trained model's or the lexical system's.
        encoder: as in ``results/scores.csv``, and so are the five that follow.
        training_set: None where nothing was trained, as ``alpha`` and ``seed`` are.
        strategy: ``none`` where nothing was trained.
        alpha: the share of monolingual batches.
        seed: of the training.
        debias: all that is done to it, joined by ``+``; ``none`` where nothing is.
        kind: what its mark and colour in charts go by.
        short: its label under a heading that names the encoder and the training set.
        label: its label everywhere else, unique in the run.
        lexical: whether it is a lexical system, and no encoder.
        merged: whether lists of single languages are merged, which leaves these lists as they are.
        on_pool: whether it is debiased by the benchmark's own texts.

    """

    name: str
    group: str
    base: str
    encoder: str
    training_set: str | None
    strategy: str
    alpha: float | None
    seed: int | None
    debias: str
    kind: str
    short: str
    label: str
    lexical: bool = False
    merged: bool = False
    on_pool: bool = False

    @property
    def columns(self) -> tuple[object, ...]:
        """Its first six columns in ``results/scores.csv``."""
        return tuple(getattr(self, name) for name in _COLUMNS)


def columns_of(row: Mapping[str, str]) -> tuple[object, ...]:
    """Return the first six columns of a line of ``results/scores.csv``, as :attr:`Identity.columns` has them."""
    alpha, seed = row["alpha"], row["seed"]
    numbers = (float(alpha) if alpha else None, int(float(seed)) if seed else None)
    return (row["encoder"], row["training_set"] or None, row["strategy"], *numbers, row["debias"])


def describe_models(*, models: Sequence[Mapping[str, Any]], out: str | PathLike[str]) -> None:
    """Write what every scored model is; ``models`` are the fields of an :class:`Identity` each."""
    write_json({"models": [asdict(Identity(**model)) for model in models]}, out)


def read_identities(path: str | PathLike[str]) -> list[Identity]:
    """Return every scored model, in the order of the configuration.

    Raises:
        DamagedFileError: the file is missing or damaged.

    """
    records = read_json(path).get("models")
    known = {field.name for field in fields(Identity)}
    if not isinstance(records, list) or not all(isinstance(one, dict) and set(one) == known for one in records):
        raise damaged(path, "it does not describe models")
    return [Identity(**record) for record in records]
