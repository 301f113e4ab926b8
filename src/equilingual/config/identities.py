"""What each scored model is called, and what it is: the labels of the report, the verdicts and the model cards."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from equilingual.catalogues.debiasing import METHODS, ON_POOL
from equilingual.catalogues.lexical import LEXICAL
from equilingual.catalogues.merging import FUSIONS, MERGES
from equilingual.catalogues.strategies import STRATEGIES
from equilingual.config.batch_settings import Curriculum
from equilingual.evaluation.identities import Identity

if TYPE_CHECKING:
    from equilingual.config.batches import Strategy
    from equilingual.config.experiments import Experiment, ScoredModel

BASE = "base encoder"


def group_of(model: "ScoredModel") -> str:
    """Return a model's name without its seed, which all its seeds share."""
    seed = model.experiment.seed if model.experiment else None
    return model.name if seed is None else "".join(model.name.rsplit(f"__seed-{seed}", 1))


def identities(models: Mapping[str, "ScoredModel"]) -> list[Identity]:
    """Return what each of the models is, in their order.

    Labels have the encoder and the training set where there are several of them, and no two models that differ by more
    than their seed share one.
    """
    encoders = {model.encoder for model in models.values() if model.is_dense}
    sets = {model.experiment.training_set for model in models.values() if model.experiment}
    return [_identity(model, several=len(encoders) > 1, several_sets=len(sets) > 1) for model in models.values()]


def _identity(model: "ScoredModel", *, several: bool, several_sets: bool) -> Identity:
    trained = model.experiment
    label = short = _label(model)
    if trained and several_sets:
        label += f" on {trained.training_set}"
    return Identity(
        name=model.name,
        group=group_of(model),
        base=trained.name if trained else model.encoder,
        **model.description,  # type: ignore[arg-type]  # the columns of scores.csv, of several types
        kind=_kind(model),
        short=short,
        label=f"{model.encoder}: {label}" if several and model.is_dense else label,
        subject=_subject(model),
        is_lexical=not model.is_dense,
        is_merged=model.merge is not None,
        on_pool=ON_POOL in model.debias,
    )


def _label(model: "ScoredModel") -> str:
    treatments = [label for label, _ in _treatments(model)]
    if model.experiment:
        averaged = model.experiment.averaged
        average = [f"average of {len(averaged)} seeds"] if averaged else []
        return ", ".join([_trained_with(model.experiment), *average, *treatments])
    if not model.is_dense:
        return ", ".join([LEXICAL[model.encoder].label or model.encoder, *treatments])
    return ", ".join(treatments) or BASE


def _trained_with(experiment: "Experiment") -> str:
    """Return the batches of an experiment in words, and its variant."""
    return ", ".join([_batches(experiment.strategy), *filter(None, [experiment.variant])])


def _batches(strategy: "Strategy") -> str:
    """Return the batches of a strategy in words."""
    by_pair = " mixed by pair" if strategy.by_pair else ""
    if isinstance(strategy.alpha, Curriculum):
        alpha = f"from {strategy.alpha.from_:g} to {strategy.alpha.to:g}, {strategy.alpha.shape}"
        return f"{strategy.name} batches{by_pair}, α {alpha}"
    if strategy.alpha is not None:
        return f"{strategy.name} batches{by_pair}, α = {strategy.alpha:g}"
    words = STRATEGIES[strategy.name].label or f"{strategy.name} batches"
    return f"{words} ({strategy.query_language})" if strategy.query_language else words


def _treatments(model: "ScoredModel") -> Iterator[tuple[str, str]]:
    """Yield what is done to a model as a label and as a noun, in the order in which it is done."""
    if model.debias != "none":
        method = METHODS[_method(model)]
        label = method.label or _method(model)
        yield f"{label} ({model.debias})", f"{method.noun or label} ({model.debias})"
    if model.translator is not None:
        yield f"queries translated by {model.translator}", f"query translation by {model.translator}"
    if model.fusion is not None and model.lexical is not None:
        system = LEXICAL[model.lexical].label or model.lexical
        way = f"{system} by {FUSIONS[model.fusion].label or model.fusion}"
        yield f"fused with {way}", f"fusion with {way}"
    if model.merge is not None:
        merge = MERGES[model.merge]
        label = merge.label or f"merged by {model.merge}"
        yield label, merge.noun or label


def _subject(model: "ScoredModel") -> str:
    """Return what is done to an encoder as the subject of a sentence, a noun that takes ``has``."""
    treatments = [noun for _, noun in _treatments(model)]
    if model.experiment:
        batches, _, settings = _trained_with(model.experiment).partition(", ")
        training = f"training with {batches}{f' ({settings})' if settings else ''}"
        return " and ".join([training, *treatments])
    if not model.is_dense:
        return " with ".join([LEXICAL[model.encoder].label or model.encoder, *treatments])
    return " and ".join(treatments) or f"the {BASE}"


def _method(model: "ScoredModel") -> str:
    """Return the method that a model is debiased by: its label may have ``-pool`` and a rank behind it."""
    return max((name for name in METHODS if f"{model.debias}-".startswith(f"{name}-")), key=len)


def _kind(model: "ScoredModel") -> str:
    """Return the kind of a model's mark: of a trained one its batches, of others what was done last."""
    if model.experiment:
        name = model.experiment.strategy.public_name.removesuffix("-pair")
        return name if name in ("mono", "cross", "hybrid") else "other"
    if model.merge is not None:
        return model.merge
    if model.fusion is not None:
        return "fused"
    if model.translator is not None:
        return "translated"
    if model.debias != "none":
        return {"center": "centred"}.get(_method(model), _method(model))
    return "none" if model.is_dense else model.encoder
