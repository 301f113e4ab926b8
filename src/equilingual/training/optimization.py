"""Which weights are trained, how fast, and how far a step goes."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from equilingual.config.training import Training
from equilingual.encoders import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor
    from torch.nn import Parameter

# A temperature that is learnt is one number far from where it ends; the encoder's own rate would hardly move it.
_TEMPERATURE_RATE = 1e-3


class Optimization:
    """The optimisers, their schedule and the clipping of one training.

    Args:
        model: the encoder; what it is not to train has ``requires_grad`` off.
        settings: those of the training.
        steps: how many steps there will be.
        temperature: the parameter that holds the temperature's logarithm, where it is learnt.

    Attributes:
        step: steps taken.

    """

    def __init__(
        self,
        model: "SentenceTransformer",
        settings: Training,
        *,
        steps: int,
        temperature: "Parameter | None" = None,
    ) -> None:
        import torch

        self._settings, self._steps = settings, steps
        self.step = 0
        sparse: list[Parameter] = [
            module.get_parameter("weight") for module in model.modules() if getattr(module, "sparse", False)
        ]
        known = {id(weight) for weight in sparse}
        dense = [weight for weight in model.parameters() if weight.requires_grad and id(weight) not in known]
        if not dense and not sparse:
            raise EncoderError("training: the encoder has no trainable weight: use an encoder with layers")
        decay = settings.weight_decay
        # Biases and layer norms are the vectors; decaying them pulls the encoder's scales to zero.
        groups = [
            {"params": [w for w in dense if w.ndim > 1], "weight_decay": decay},
            {"params": [w for w in dense if w.ndim <= 1], "weight_decay": 0.0},
        ]
        if temperature is not None:
            groups.append({"params": [temperature], "weight_decay": 0.0, "lr": _TEMPERATURE_RATE})
        self._optimizers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW([g for g in groups if g["params"]], lr=settings.learning_rate, fused=True)
        ]
        if sparse:
            # Rows that a batch does not have keep their moments, and are not decayed.
            self._optimizers.append(torch.optim.SparseAdam(sparse, lr=settings.learning_rate))
        self._rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in self._optimizers]
        self.sparse = sparse
        self.weights = [*dense, *sparse, *([temperature] if temperature is not None else [])]

    @property
    def learning_rate(self) -> float:
        """That of the step to come."""
        return self._settings.learning_rate * self._factor()

    def _factor(self) -> float:
        """Return the fraction of the highest rate: up along a line, then down along a line or half a cosine wave."""
        warmup: int = max(1, round(self._settings.warmup_ratio * self._steps))
        if self.step < warmup:
            return (self.step + 1) / warmup
        left = (self._steps - self.step) / max(1, self._steps - warmup)
        return left if self._settings.lr_scheduler_type == "linear" else (1 - math.cos(math.pi * left)) / 2

    def take_step(self) -> float:
        """Clip the gradients that the weights have, take a step, and return the gradient's length before."""
        norm = _clip(self.weights, self._settings.max_grad_norm)
        factor = self._factor()
        for optimizer, rates in zip(self._optimizers, self._rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            optimizer.step()
        self.step += 1
        return norm

    def forget_gradients(self) -> None:
        """Take away the gradients."""
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)

    def state(self, *, finished: bool) -> dict[str, Any]:
        """Return what a checkpoint holds; after the last step the optimisers are needed no more."""
        optimizers = [] if finished else [optimizer.state_dict() for optimizer in self._optimizers]
        return {"step": self.step, "optimizers": optimizers}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state` has given."""
        self.step = state["step"]
        for optimizer, own in zip(self._optimizers, state["optimizers"], strict=bool(state["optimizers"])):
            optimizer.load_state_dict(own)


def _clip(weights: "list[Parameter]", longest: float) -> float:
    """Scale the gradients down to a length of ``longest`` (L2, all together); return their length before."""
    import torch

    gradients = [_values(weight) for weight in weights if weight.grad is not None]
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(gradient) for gradient in gradients]))
    factor = torch.clamp(longest / (norm + 1e-6), max=1.0)
    for gradient in gradients:
        gradient.mul_(factor)
    return float(norm)


def _values(weight: "Parameter") -> "Tensor":
    """Return the numbers of a weight's gradient; of a sparse one, a row that came twice is added up first."""
    assert weight.grad is not None
    if not weight.grad.is_sparse:
        return weight.grad
    weight.grad = weight.grad.coalesce()
    return weight.grad.values()
