"""What is trained, how fast and how far, against PyTorch's own and by hand."""

import math

import pytest
import torch
from torch import nn

from equilingual.config.training import Training
from equilingual.training.optimization import Optimization, _clip

SETTINGS = Training(learning_rate=0.1, weight_decay=0.0, warmup_ratio=0.25)


def one_weight(**changes):
    model = nn.Linear(2, 1, bias=False)
    return model, Optimization(model, SETTINGS.model_copy(update=changes), steps=8)


def rates(optimization, model):
    found = []
    for _ in range(8):
        found.append(optimization.learning_rate)
        model.weight.grad = torch.ones_like(model.weight)
        optimization.take_step()
    return found


def test_the_rate_rises_along_a_line_and_falls_as_asked():
    model, optimization = one_weight()
    assert rates(optimization, model) == pytest.approx([0.05, 0.1, *(0.1 * left / 6 for left in (6, 5, 4, 3, 2, 1))])
    model, optimization = one_weight(lr_scheduler_type="cosine")
    expected = [0.05, 0.1, *(0.1 * (1 + math.cos(math.pi * gone / 6)) / 2 for gone in range(6))]
    assert rates(optimization, model) == pytest.approx(expected)


def test_gradients_are_clipped_together_as_pytorch_does_it():
    torch.manual_seed(1)
    ours, theirs = ([nn.Parameter(torch.zeros(5, 3)), nn.Parameter(torch.zeros(7))] for _ in range(2))
    for one, other in zip(ours, theirs, strict=True):
        one.grad = torch.randn_like(one)
        other.grad = one.grad.clone()
    norm = _clip(ours, 0.5)
    assert norm == pytest.approx(nn.utils.clip_grad_norm_(theirs, 0.5).item())
    for one, other in zip(ours, theirs, strict=True):
        assert torch.allclose(one.grad, other.grad)


def test_short_gradients_stay():
    weight = nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([0.3, 0.4])
    assert _clip([weight], 1.0) == pytest.approx(0.5)
    assert torch.equal(weight.grad, torch.tensor([0.3, 0.4]))


def test_a_row_that_came_twice_counts_as_their_sum():
    table = nn.Embedding(4, 2, sparse=True)
    table(torch.tensor([1, 1, 3])).sum().backward()
    # rows: (2, 2) and (1, 1): length √10
    assert _clip([table.weight], 1.0) == pytest.approx(math.sqrt(10))
    assert table.weight.grad.to_dense()[1].tolist() == pytest.approx([2 / math.sqrt(10)] * 2, rel=1e-5)


def test_sparse_rows_move_as_with_adam_and_others_stay():
    torch.manual_seed(0)
    table = nn.Embedding(5, 3, sparse=True)
    before = table.weight.detach().clone()
    model = nn.ModuleList([table, nn.Linear(1, 1)])
    settings = SETTINGS.model_copy(update={"max_grad_norm": 1e9, "weight_decay": 0.5})
    optimization = Optimization(model, settings, steps=8)
    table(torch.tensor([1, 4, 4])).square().sum().backward()
    optimization.take_step()
    moved = (table.weight.detach() - before).abs().sum(dim=1) > 0
    assert moved.tolist() == [False, True, False, False, True]
    # Adam's first step is the rate in the gradient's direction; the first of two warm-up steps has half the rate
    assert (before[1] - table.weight[1]).tolist() == pytest.approx((0.05 * before[1].sign()).tolist(), rel=1e-4)


def test_decay_is_for_matrices_only():
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(1.0)
    settings = SETTINGS.model_copy(update={"weight_decay": 0.5, "warmup_ratio": 0.0})
    optimization = Optimization(model, settings, steps=8)
    for weight in model.parameters():
        weight.grad = torch.zeros_like(weight)
    optimization.take_step()
    assert model.bias.tolist() == [1.0, 1.0]
    assert model.weight.flatten().tolist() == pytest.approx([1 - 0.1 * 0.5] * 4)


def test_a_resumed_one_goes_on_as_if_nothing_had_happened():
    def run(interrupted):
        torch.manual_seed(2)
        model = nn.Linear(3, 1)
        optimization = Optimization(model, SETTINGS, steps=6)
        for step in range(6):
            if interrupted and step == 3:
                state = optimization.state(finished=False)
                optimization = Optimization(model, SETTINGS, steps=6)
                optimization.resume(state)
            optimization.forget_gradients()
            model(torch.tensor([1.0, 2.0, step])).square().sum().backward()
            optimization.take_step()
        return model.weight.detach(), optimization.step

    (straight, steps), (resumed, resumed_steps) = run(False), run(True)
    assert torch.equal(straight, resumed)
    assert steps == resumed_steps == 6
