"""The two options beyond the paper, on the networks of the ablation."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("diffusers")

import torch

from model.diffdecompose.positions import Position
from model.train import ablation_options
from model.train.ablation import Plan, build, loss_of, tokens_of
from model.train.ablation_options import distilled, with_recomposition
from model.train.ablation_pictures import Pictures, under_plates

torch.set_num_threads(1)
PLAN = Plan(Path(), Path(), steps=4, batch=8, euler=3, width=32, double=1, single=1)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    rng = torch.Generator().manual_seed(0)
    return under_plates(torch.rand(24, 3, 1, 1, generator=rng).expand(24, 3, 8, 8).contiguous(), rng)


def test_layers_that_recompose_cost_nothing_and_a_wrong_background_costs_more_than_its_velocity_alone(pictures):
    tokens = tokens_of(pictures, torch.arange(6), Position.FRAME)

    class Oracle(torch.nn.Module):
        shift = 0.0

        def forward(self, hidden_states, timestep, **rest):
            noisy = hidden_states[:, -tokens.layers.shape[1] :]
            right = (noisy - tokens.layers) / timestep.view(-1, 1, 1)
            right[:, right.shape[1] // 2 :] += self.shift
            return (torch.cat([hidden_states[:, : -right.shape[1]] * 0, right], 1),)

    def loss(of):
        return float(of(oracle, tokens, True, 1.0, torch.Generator().manual_seed(1)))

    oracle = Oracle()
    assert loss(with_recomposition) == pytest.approx(0, abs=1e-3)  # the pictures are of 8 bit
    oracle.shift = 0.5
    assert loss(with_recomposition) > 1.1 * loss(loss_of)


def test_a_student_learns_to_take_in_one_step_what_its_teacher_takes_in_three(pictures):
    teacher = build(PLAN, in_context=True).eval()
    with torch.no_grad():  # the last layer of a new one is zero: it would have nothing to teach
        torch.nn.init.normal_(teacher.proj_out.weight, std=0.3)
    before = [p.clone() for p in teacher.parameters()]
    noise = torch.randn(6, 2 * 16, 16, generator=torch.Generator().manual_seed(3))
    tokens = tokens_of(pictures, torch.arange(6), Position.FRAME)

    @torch.no_grad()
    def walked(network, substeps):
        at, levels = noise, torch.linspace(1, 0, 4 * substeps + 1)
        for now, after in pairwise(levels):
            at = at + (after - now) * ablation_options.predict(network, tokens, at, now.expand(6), True)
        return at

    student = distilled(teacher, PLAN, pictures, 150)
    assert all(torch.equal(a, b) for a, b in zip(before, teacher.parameters(), strict=True))
    apart = (walked(student, 1) - walked(teacher, 3)).square().mean()
    assert apart < 0.8 * (walked(teacher, 1) - walked(teacher, 3)).square().mean()


def test_one_command_writes_four_rows_a_seed_and_goes_on(pack, tmp_path, capsys):
    words = ["--data", str(pack), "--out", str(tmp_path), "--steps", "2", "--batch", "4", "--pool", "8"]
    words += ["--unseen", "4", "--distillation-steps", "2", "--seeds"]
    ablation_options.main([*words, "0"])
    first = json.loads((tmp_path / "options.json").read_text(encoding="utf-8"))
    assert len(first) == 4
    assert all(row["recomposition"] > 0 for row in first)
    ablation_options.main([*words, "0", "1"])
    rows = json.loads((tmp_path / "options.json").read_text(encoding="utf-8"))
    assert rows[:4] == first
    assert [row["seed"] for row in rows] == [0] * 4 + [1] * 4
    assert "distilled, 4 steps | 2 |" in capsys.readouterr().out
