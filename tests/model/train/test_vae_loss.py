from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import InvalidRequest
from model.train.flux.alpha_vae_loss import (
    MEAN,
    MEAN_SQUARE,
    PatchDiscriminator,
    adaptive_weight,
    blend_expectation,
    flattened,
    generator_loss,
    hinge,
    numbers_in,
    perceptual,
    reference_kl,
)
from model.train.flux.vae import VaePlan, weighted
from model.train.lpips import Lpips


def on(rgba: torch.Tensor, background: torch.Tensor) -> torch.Tensor:
    alpha = rgba[:, 3:] / 2 + 0.5
    return rgba[:, :3] * alpha + background * (1 - alpha)


def pair(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    found, truth = torch.rand(2, 2, 4, 5, 6, generator=generator, dtype=torch.float64) * 2 - 1
    return found, truth


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999))
def test_the_closed_form_is_the_mean_over_backgrounds(seed):
    """Two backgrounds, one spread below and one above the mean, have exactly the two moments."""
    found, truth = pair(seed)
    mean = torch.tensor(MEAN, dtype=torch.float64).view(1, 3, 1, 1)
    spread = (torch.tensor(MEAN_SQUARE, dtype=torch.float64).view(1, 3, 1, 1) - mean.square()).sqrt()
    errors = [(on(found, b) - on(truth, b)).square().mean() for b in (mean - spread, mean + spread)]
    assert torch.allclose(blend_expectation(found, truth), torch.stack(errors).mean())


def test_colour_under_no_alpha_costs_nothing_and_alpha_errors_do():
    found, truth = pair(1)
    found[:, 3] = truth[:, 3] = -1
    assert blend_expectation(found, truth) == 0
    found[:, 3] = 0
    assert blend_expectation(found, truth) > 0.01


def test_the_perceptual_term_sees_alpha_on_black_or_on_white():
    truth = torch.zeros(1, 4, 4, 4)
    for colour in (-1.0, 1.0):
        truth[:, :3] = colour
        found = truth.clone()
        found[:, 3] = 0.5
        truth[:, 3] = 1
        distance = perceptual(found, truth, lambda a, b: (a - b).square().mean(dim=(1, 2, 3)))
        assert distance > 0.01


def test_the_patch_discriminator_learns_to_tell_two_kinds_of_pictures_apart():
    torch.manual_seed(0)
    critic = PatchDiscriminator(width=8)
    optimiser = torch.optim.Adam(critic.parameters(), 2e-3)
    generator = torch.Generator().manual_seed(1)

    def pictures() -> tuple[torch.Tensor, torch.Tensor]:
        rough = torch.randn(4, 4, 32, 32, generator=generator)
        return rough, torch.nn.functional.avg_pool2d(rough, 5, 1, 2)

    losses = []
    for _ in range(25):
        real, fake = pictures()
        loss = hinge(critic(real), critic(fake))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    real, fake = pictures()
    assert critic(real).shape == (4, 1, 4, 4)
    assert losses[-1] < 0.5 * losses[0]
    assert generator_loss(critic(fake)) > generator_loss(critic(real))


@torch.no_grad()
def test_lpips_is_a_distance_that_grows_with_the_difference(lpips_files):
    distance = Lpips(*lpips_files)
    one = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(2)) * 2 - 1
    noise = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    near, far = (one + s * noise for s in (0.05, 0.5))
    assert torch.equal(distance(one, one), torch.zeros(2))
    assert torch.allclose(distance(one, near), distance(near, one), atol=1e-6)
    assert (distance(one, near) < distance(one, far)).all()


def test_other_weight_files_are_refused_by_the_name_of_what_they_lack(lpips_files, tmp_path):
    vgg, linear = lpips_files
    with pytest.raises(InvalidRequest, match=r"lacks features.0.weight"):
        Lpips(linear, linear)
    with pytest.raises(InvalidRequest, match="no weight file"):
        Lpips(vgg, tmp_path / "none.pth")


def test_the_loss_is_the_sum_that_alphavae_weighs_divided_by_the_numbers_in_a_sample():
    found, truth = pair(4)
    white = on(found, torch.ones(1).double()) - on(truth, torch.ones(1).double())
    size = numbers_in(truth)
    assert size == white[0].numel() == 3 * 5 * 6
    plan = VaePlan(Path(), Path(), Path(), kl=0.25, reference_kl=0.5, lpips_weight=2.0)
    terms = {"seen": 0.7, "kl": 30.0, "reference": 8.0, "lpips": 0.4}
    tensors = {name: torch.tensor(value) for name, value in terms.items()}
    summed = 0.7 * size + 0.25 * 30.0 + 0.5 * 8.0 + 2.0 * 0.4  # as AlphaVAE adds up
    assert float(weighted(tensors, plan, size)) * size == pytest.approx(summed)
    del tensors["reference"], tensors["lpips"]
    assert float(weighted(tensors, plan, size)) * size == pytest.approx(0.7 * size + 7.5)


def test_the_reference_kl_is_zero_for_the_same_posterior_and_adds_up_over_a_latent():
    moments = torch.zeros(2, 8, 3, 3)
    assert reference_kl(moments, moments) == 0
    moved = moments.clone()
    moved[:, :4] = 1.0  # means one standard deviation away: half a nat a number
    assert reference_kl(moved, moments) == pytest.approx(0.5 * 4 * 9)


def test_flattening_shows_the_picture_on_black_and_on_white_opaque():
    clear = torch.full((1, 4, 2, 2), -1.0)
    clear[:, 0] = 0.7  # colour under no alpha is not seen
    flat = flattened(clear)
    assert flat.shape == (2, 4, 2, 2)
    assert (flat[0, :3] == -1).all()
    assert (flat[1, :3] == 1).all()
    assert (flat[:, 3] == 1).all()


def test_the_adversarial_weight_makes_both_terms_pull_alike():
    last = torch.randn(5, requires_grad=True)
    seen, fooled = (last * 2).sum(), (last * -0.01).sum()
    weight = adaptive_weight(seen, fooled, last)
    assert float(weight) == pytest.approx(200, rel=1e-3)
