# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("diffusers")

import torch
from diffusers import AutoencoderKL

from model.diffdecompose import standin
from model.diffdecompose.pipeline import DiffDecomposePipeline
from model.diffdecompose.positions import Position
from model.diffdecompose.prompts import TextEmbedding
from model.diffdecompose.sequence import unpack
from model.errors import InvalidRequest
from model.train import ablation
from model.train.ablation import Plan, errors_of, judge, sample, table, tokens_of, train_one
from model.train.ablation_pictures import OPACITY, Pictures, draw, under_plates

torch.set_num_threads(1)
PLAN = Plan(Path(), Path(), steps=60, batch=8, side=8, euler=3, width=32, double=1, single=1, rate=3e-3)


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    rng = torch.Generator().manual_seed(0)
    return under_plates(torch.rand(24, 3, 1, 1, generator=rng).expand(24, 3, 8, 8).contiguous(), rng)


def test_one_white_plate_of_one_opacity_lies_on_each_photograph_and_recomposes(pack):
    found = draw(pack, "train", 40, 12, seed=0)
    assert found.z.shape == (40, 3, 12, 12)
    colour, alpha = found.x.split([3, 1], dim=1)
    assert (found.z - (alpha * colour + (1 - alpha) * found.y)).abs().max() <= 0.5 / 255 + 1e-6
    for one, ink in zip(alpha[:, 0], colour, strict=True):
        inside = one > 0
        assert OPACITY[0] <= one.max() <= OPACITY[1]
        assert (one[inside] == one.max()).all()
        assert (ink == inside.float()).all()
        rows, columns = inside.any(1), inside.any(0)
        assert inside.sum() == rows.sum() * columns.sum()  # a rectangle
        assert 4 <= rows.sum() <= 10
    assert torch.equal(draw(pack, "train", 40, 12, seed=0).z, found.z)
    assert not torch.equal(draw(pack, "test", 40, 12, seed=0).y, found.y)


def test_the_code_that_stands_in_for_the_autoencoder_loses_nothing(pictures):
    tokens = tokens_of(pictures, torch.arange(5), Position.FRAME)
    x, y = tokens.layers.split(16, dim=1)
    for part, truth in ((tokens.clean, pictures.z), (y, pictures.y), (x, pictures.x)):
        found = unpack(part, 4, 4) / 2 + 0.5
        assert torch.allclose(found[:, : truth.shape[1]], truth[:5], atol=1e-6)
    assert torch.equal(unpack(y, 4, 4)[:, 3], torch.ones(5, 8, 8))


@pytest.mark.parametrize("position", [Position.FRAME, None])
def test_a_variant_learns_and_samples_both_layers_or_the_background_alone(pictures, position):
    trained, late = train_one(PLAN, position, pictures)
    _, early = train_one(replace(PLAN, steps=4), position, pictures)
    assert late < 0.9 * early
    numbers = judge(PLAN, trained, position, pictures)
    assert ("alpha" in numbers) == (position is not None)
    background, foreground = sample(trained, tokens_of(pictures, torch.arange(3), position), position, PLAN)
    assert background.shape == (3, 3, 8, 8)
    assert (foreground is not None) == (position is not None)


@pytest.mark.parametrize("position", [Position.COLUMN, None])
def test_perfect_velocities_give_back_the_layers(pictures, position):
    """Sampling, patches and their order: a transformer that knows the answer recovers it exactly."""
    tokens = tokens_of(pictures, torch.arange(4), position)

    class Oracle(torch.nn.Module):
        def forward(self, hidden_states, timestep, **rest):
            noisy = hidden_states[:, -tokens.layers.shape[1] :, :16]
            right = (noisy - tokens.layers) / timestep.view(-1, 1, 1)
            return (torch.cat([hidden_states[:, : -right.shape[1], :16] * 0, right], 1),)

    background, foreground = sample(Oracle(), tokens, position, PLAN)
    assert torch.allclose(background, pictures.y[:4], atol=1e-5)
    if position is not None:
        assert foreground is not None
        assert torch.allclose(foreground, pictures.x[:4], atol=1e-5)


class PixelAutoencoder(AutoencoderKL):
    """The ablation's code as the pipeline wants it: the latents are the pixels."""

    def encode(self, x, return_dict=True):
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: x))

    def decode(self, z, return_dict=True, generator=None):
        return SimpleNamespace(sample=z)


@pytest.mark.parametrize("position", [Position.FRAME, Position.APART])
def test_the_pipeline_decomposes_a_picture_as_the_ablation_does(pictures, position):
    transformer = ablation.build(PLAN, in_context=True).eval()
    vae = PixelAutoencoder(
        in_channels=4,
        out_channels=4,
        block_out_channels=(8,),
        latent_channels=4,
        norm_num_groups=4,
        scaling_factor=1.0,
        shift_factor=0.0,
    )
    pipeline = DiffDecomposePipeline(transformer, vae, standin.scheduler(), position=str(position))
    text = TextEmbedding(torch.zeros(1, 1, 16), torch.zeros(1, 16))
    answer = pipeline(pictures.z[5], text=text, steps=PLAN.euler, seeds=PLAN.seed).candidates[0]
    background, foreground = sample(transformer, tokens_of(pictures, torch.tensor([5]), position), position, PLAN)
    assert foreground is not None
    assert torch.allclose(torch.from_numpy(answer.background), background[0].permute(1, 2, 0), atol=1e-4)
    assert torch.allclose(torch.from_numpy(answer.foregrounds[0]), foreground[0].permute(1, 2, 0), atol=1e-4)


def test_errors_are_told_apart_under_the_plate_and_elsewhere(pictures):
    under = (pictures.x[:, 3:] > 0).float()
    numbers = errors_of(pictures, pictures.y + 0.1 * under, pictures.x[:, 3] + 0.2)
    assert numbers["under the plate"] == pytest.approx(25.5, rel=1e-4)
    assert numbers["elsewhere"] == 0
    assert numbers["alpha"] == pytest.approx(51, rel=1e-4)
    assert errors_of(pictures, pictures.z, None)["nearer than unchanged, %"] == 0
    assert errors_of(pictures, pictures.y, None)["nearer than unchanged, %"] == 100


def test_the_table_has_the_median_and_spread_over_seeds_and_a_dash_where_nothing_is_known():
    rows = [{"variant": "a", "seed": seed, "background": value} for seed, value in enumerate((1.0, 5.0, 2.0))]
    text = table([{"variant": ablation.UNCHANGED, "seed": None, "alpha": 3.14}, *rows])
    assert "| unchanged input | - | - | - | - | 3.1 | - |" in text
    assert "| a | 3 | 2.0 (1.0 to 5.0) | - | - | - | - |" in text
    assert text.count("\n") == 4


def test_a_stopped_ablation_goes_on_with_what_is_missing_and_refuses_another_budget(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "draw", lambda *words: pictures)
    plan = replace(PLAN, out=tmp_path, steps=2, seeds=(0,))
    first = ablation.run(plan)
    variants = len(ablation.VARIANTS)
    assert len(first) == 1 + variants
    (tmp_path / "ablation.json").write_text(json.dumps(first[:-1]))  # stopped before the last
    trained = []
    real = ablation.train_one
    monkeypatch.setattr(ablation, "train_one", lambda *words: trained.append(words[0].seed) or real(*words))
    whole = ablation.run(replace(plan, seeds=(0, 1)))
    assert trained == [1] * (variants - 1) + [0, 1]
    again = next(row for row in whole if (row["variant"], row["seed"]) == (first[-1]["variant"], 0))
    assert again["background"] == first[-1]["background"]
    assert "| 2 |" in (tmp_path / "ablation.md").read_text()
    with pytest.raises(InvalidRequest, match="began with steps 2 and is asked to go on with steps 3"):
        ablation.run(replace(plan, steps=3))
