"""Stage one of DiffDecompose at tiny size: real classes, real files, a few steps."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

import shutil
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("accelerate")

import torch
from accelerate.state import AcceleratorState
from diffusers import AutoencoderKL
from PIL import Image
from safetensors.torch import load_file

from model.diffdecompose import alpha_vae
from model.train.flux import vae as stage_one
from model.train.triplets.source import open_source
from tests.model.train.plans import curve, vae_plan

torch.set_num_threads(1)


pytestmark = pytest.mark.usefixtures("fresh_accelerator")


def test_stage_one_starts_from_a_plain_autoencoder_and_learns_alpha_of_clear_and_of_opaque_pictures(tmp_path, data):
    """With the mix of opaque pictures as it is by default. Without it everything opaque comes back clear.

    The data hold a picture without foreground too: where every foreground holds something, and only opaque pictures
    are the same alpha all over, a wholly clear picture is rightly guessed to be opaque.
    """
    shutil.copytree(data, tmp_path / "data")
    shutil.copy(data / "y" / "0.png", tmp_path / "data" / "y" / "empty.png")
    shutil.copy(data / "y" / "0.png", tmp_path / "data" / "z" / "empty.png")
    Image.new("RGBA", (40, 40)).save(tmp_path / "data" / "x" / "empty.png")
    plan = vae_plan(tmp_path, tmp_path / "data", steps=60, save_every=60)
    assert plan.opaque == 0.3
    finished = stage_one.train(plan)
    seen = curve(plan.out, "seen")
    assert np.mean(seen[-5:]) < 0.5 * np.mean(seen[:5])
    trained = AutoencoderKL.from_pretrained(finished)
    assert (trained.config.in_channels, trained.config.out_channels) == (4, 4)
    clear, background = torch.zeros(1, 4, 32, 32), stage_one.opaque(open_source(data, 32, 0).at(0, 0, 1).y)
    assert alpha_of(trained, clear) < 0.5
    assert alpha_of(trained, background) > 0.7
    assert [path.name for path in (plan.out / "validation").iterdir()] == ["0000060.png"]
    AcceleratorState._reset_state(reset_partial_state=True)
    without = AutoencoderKL.from_pretrained(stage_one.train(replace(plan, out=tmp_path / "without", opaque=0.0)))
    assert alpha_of(without, background) < 0.5
    assert seen_error(trained, background) < 0.5 * seen_error(without, background)


@torch.no_grad()
def alpha_of(vae: AutoencoderKL, pixels: torch.Tensor) -> float:
    """The mean alpha with which a picture comes back."""
    return float(alpha_vae.decode(vae, alpha_vae.encode(vae, pixels))[:, 3].mean())


@torch.no_grad()
def seen_error(vae: AutoencoderKL, pixels: torch.Tensor) -> float:
    """How far off an opaque picture is once it was there and back and is shown on black, in 8-bit levels."""
    found = alpha_vae.decode(vae, alpha_vae.encode(vae, pixels))
    return float((found[:, :3] * found[:, 3:] - pixels[:, :3]).square().mean().sqrt() * 255)


def test_stage_one_goes_on_bit_for_bit_after_a_stop(tmp_path, data):
    whole = vae_plan(tmp_path / "whole", data, critic_from=1)
    stage_one.train(whole)
    parts = vae_plan(tmp_path / "parts", data, critic_from=1)
    stage_one.train(replace(parts, steps=2))
    stage_one.train(parts)
    one, other = (load_file(p.out / "vae" / "diffusion_pytorch_model.safetensors") for p in (whole, parts))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert curve(whole.out, "seen") == curve(parts.out, "seen")
    assert (parts.out / "curve.jsonl").read_text().count('"critic"') == 3  # from step 1 on


def test_stage_one_sees_three_opaque_pictures_in_ten_composites_and_backgrounds_alike(data):
    source, dice = open_source(data, 16, 0), torch.Generator().manual_seed(0)
    kinds = []
    for step in range(100):
        sample = source.at(step, 0, 4)
        for k, seen in enumerate(stage_one.mixed(sample, 0.3, dice)):
            parts = {"x": sample.x[k, 0], "y": stage_one.opaque(sample.y)[k], "z": stage_one.opaque(sample.z)[k]}
            kinds.append(next(name for name, part in parts.items() if torch.equal(part, seen)))
    assert 0.65 < kinds.count("x") / len(kinds) < 0.76
    assert kinds.count("y") > 30
    assert kinds.count("z") > 30


def test_stage_one_holds_on_to_the_latents_of_opaque_pictures_when_asked_to(tmp_path, data):
    free, held = (
        vae_plan(tmp_path / str(weight), data, steps=12, save_every=12, reference_kl=weight) for weight in (1e-9, 10.0)
    )
    stage_one.train(free)
    AcceleratorState._reset_state(reset_partial_state=True)
    stage_one.train(held)
    assert curve(held.out, "reference")[0] == pytest.approx(0, abs=1e-3)
    assert curve(held.out, "reference")[-1] < curve(free.out, "reference")[-1]
