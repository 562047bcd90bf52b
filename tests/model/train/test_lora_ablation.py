# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("diffusers")

import torch

from model.diffdecompose.positions import Position
from model.errors import InvalidRequest
from model.train import ablation
from model.train.ablation import Pictures, Plan, judge, sample, table, train_one
from model.types import Kind

torch.set_num_threads(1)
PLAN = Plan(Path(), Path(), steps=40, batch=4, side=8, euler=2, width=32, rate=3e-3)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(16, 3, 1, 1, generator=generator).expand(16, 3, 8, 8).contiguous()
    x = torch.ones(16, 4, 8, 8)
    x[:, 3] = 0.4
    kinds = [list(Kind).index(kind) for kind in ablation._KINDS]
    return Pictures(0.6 * y + 0.4, x, y, torch.tensor(kinds * 4))


@pytest.mark.parametrize("position", [Position.FRAME, None])
def test_a_variant_learns_and_samples_both_layers_or_the_background_alone(pictures, position):
    trained, late = train_one(PLAN, position, pictures)
    _, early = train_one(replace(PLAN, steps=4), position, pictures)
    assert late < 0.9 * early
    numbers = judge(PLAN, trained, position, pictures)
    assert ("alpha" in numbers) == (position is not None)
    background, foreground = sample(trained, pictures, torch.arange(3), ablation._ids(PLAN, position), PLAN)
    assert background.shape == (3, 3, 8, 8)
    assert (foreground is not None) == (position is not None)


def test_perfect_velocities_give_back_the_layers(pictures):
    """Sampling, patches and their order: a transformer that knows the answer recovers it exactly."""
    chosen = torch.arange(4)
    _, x, y = pictures.tokens(chosen)
    truth = torch.cat([x, y], 1)

    class Oracle(torch.nn.Module):
        def forward(self, hidden_states, timestep, **rest):
            grid = x.shape[1]
            noisy = hidden_states[:, grid:]
            return (torch.cat([hidden_states[:, :grid] * 0, (noisy - truth) / timestep.view(-1, 1, 1)], 1),)

    background, foreground = sample(Oracle(), pictures, chosen, torch.zeros(1), PLAN)
    assert torch.allclose(background, pictures.y[chosen], atol=1e-5)
    assert foreground is not None
    assert torch.allclose(foreground, pictures.x[chosen], atol=1e-5)


def test_the_table_has_the_median_and_spread_over_seeds_and_a_dash_where_nothing_is_known():
    rows = [{"variant": "a", "seed": seed, "all": value} for seed, value in enumerate((1.0, 5.0, 2.0))]
    text = table([{"variant": ablation.UNCHANGED, "seed": None, "fog": math.pi}, *rows])
    assert "| unchanged input | - | - | - | 3.14 | - | - | - |" in text
    assert "| a | 3 | 2.00 (1.00 to 5.00) | - | - | - | - | - |" in text
    assert text.count("\n") == 4


def test_a_stopped_ablation_goes_on_with_what_is_missing_and_refuses_another_budget(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "draw", lambda plan, split, count: pictures)
    plan = replace(PLAN, out=tmp_path, steps=2, seeds=(0,))
    first = ablation.run(plan)
    variants = len(ablation.VARIANTS)
    assert len(first) == 1 + variants
    (tmp_path / "ablation.json").write_text(json.dumps(first[:-1]))  # stopped before the last
    trained = []
    real = ablation.train_one
    monkeypatch.setattr(ablation, "train_one", lambda *words: trained.append(words[0].seed) or real(*words))
    whole = ablation.run(replace(plan, seeds=(0, 1)))
    assert trained == [0] + [1] * variants
    assert whole[variants]["all"] == first[variants]["all"]
    assert "| 2 |" in (tmp_path / "ablation.md").read_text()
    with pytest.raises(InvalidRequest, match="began with steps 2 and is asked to go on with steps 3"):
        ablation.run(replace(plan, steps=3))
