"""Stage one: an RGBA autoencoder from a plain one (AlphaVAE), on foregrounds and, in part, opaque pictures.

    python -m model.train.vae --model FLUX_FOLDER --data TRIPLETS --out RUN
    accelerate launch -m model.train.vae ...          the same on several GPUs

Writes `RUN/vae`, which the second stage and the pipeline read. The paper does not begin at Flux's own autoencoder but
fine-tunes the public AlphaVAE: put its folder after --model. The weights of the terms are those of AlphaVAE.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from PIL import Image
from torch import nn

from ..diffdecompose import alpha_vae
from ..diffdecompose.errors import WrongComponents
from ..weights.catalogue import ModelKind
from ..weights.places import models_folder
from ..weights.store import resolve
from . import alpha_vae_loss as losses
from .lpips import Lpips
from .options import LoopOptions, Updates, add_arguments, resolved, workers_for
from .runs import generator_for, keep_plan, loop
from .triplets.loading import Ahead
from .triplets.sample import Triplets
from .triplets.source import open_source

__all__ = ["VaePlan", "main", "mixed", "opaque", "train"]


@dataclass(frozen=True)
class VaePlan(LoopOptions):
    """Everything that affects the result, with `LoopOptions`. Defaults are the paper's, where it gives them.

    model: a folder that holds an autoencoder, a model folder with one in `vae`, or the name of an installed one.
    opaque: share of samples that are a composite or a background, which the second stage encodes too.
    kl, reference_kl, lpips_weight, adversarial: weights of the terms in AlphaVAE's scale (`alpha_vae_loss`).
    reference_kl: 0 = off; AlphaVAE's released setting is 1e-16, which is as good as off and costs two more passes.
    adversarial: times the weight at which both pull alike, as in AlphaVAE.
    lpips: VGG-16 and linear weights; None = without.   critic_from: first step of the discriminator; None = never
    (AlphaVAE: 4000).
    """

    model: Path
    data: Path
    out: Path
    opaque: float = 0.3
    kl: float = 1e-6
    reference_kl: float = 0.0
    lpips_weight: float = 0.5
    adversarial: float = 1.0
    lpips: tuple[Path, Path] | None = None
    critic_from: int | None = None
    rate: float = field(default=1e-5, kw_only=True)


class Autoencoding(nn.Module):
    """There and back in one `forward`, so that accelerate's wrappers see every pass."""

    def __init__(self, vae: AutoencoderKL) -> None:
        super().__init__()
        self.vae = vae

    def forward(
        self, rgba: torch.Tensor, noise: torch.Generator, flat: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """(B, 4, H, W) in -1..1 -> the same again as the decoder makes it, the mean KL divergence of a sample, and
        the posterior's moments of `flat`."""
        posterior = self.vae.encode(rgba).latent_dist
        moments = None if flat is None else self.vae.encode(flat).latent_dist.parameters
        return self.vae.decode(posterior.sample(noise)).sample, posterior.kl().mean(), moments


def train(plan: VaePlan) -> Path:
    """Train, or go on training; returns the finished autoencoder's folder.

    Raises InvalidRequest, WrongComponents.
    """
    plan = resolved(plan)
    accelerator = Accelerator(
        mixed_precision="bf16" if plan.bf16 else "no", gradient_accumulation_steps=plan.accumulate
    )
    device, rank = accelerator.device, accelerator.process_index
    if accelerator.is_main_process:
        keep_plan(plan.out, plan, accelerator.num_processes)
    torch.manual_seed(plan.seed)
    vae = _open(plan.model)
    if plan.checkpointing:
        vae.enable_gradient_checkpointing()
    reference = deepcopy(vae).eval().requires_grad_(False).to(device) if plan.reference_kl else None
    trainee = Autoencoding(vae.train())
    critic = losses.PatchDiscriminator()
    optimiser = torch.optim.AdamW(trainee.parameters(), plan.rate, betas=(0.9, 0.95), weight_decay=0.0)
    judge = torch.optim.AdamW(critic.parameters(), plan.rate * 4, betas=(0.5, 0.9), weight_decay=0.0)
    trainee, critic, optimiser, judge = accelerator.prepare(trainee, critic, optimiser, judge)
    updates = Updates(accelerator, plan, list(trainee.parameters()), optimiser)
    distance = Lpips(*plan.lpips).to(device) if plan.lpips else None
    workers = workers_for(plan, plan.data, device)
    source = open_source(plan.data, plan.size, plan.seed, "cpu" if workers else str(device))
    ahead = Ahead(source, rank, plan.batch, plan.steps * plan.accumulate, workers)

    def one_pass(step: int, number: int) -> dict[str, torch.Tensor]:
        rng = generator_for(plan.seed, number, rank)
        truth = mixed(ahead.at(number), plan.opaque, rng).to(device) * 2 - 1
        flat = losses.flattened(truth) if reference is not None else None
        with accelerator.autocast():
            found, kl, moments = trainee(truth, rng, flat)
        found, size = found.float(), losses.numbers_in(truth)
        numbers = {"seen": losses.blend_expectation(found, truth), "kl": kl}
        loss = numbers["seen"] + plan.kl * kl / size
        if reference is not None and flat is not None and moments is not None:
            with torch.no_grad():
                before = reference.encode(flat).latent_dist.parameters
            numbers["reference"] = losses.reference_kl(moments.float(), before)
            loss = loss + plan.reference_kl * numbers["reference"] / size
        if distance is not None:
            numbers["lpips"] = losses.perceptual(found, truth, distance)
            loss = loss + plan.lpips_weight * numbers["lpips"] / size
        if plan.critic_from is not None and step >= plan.critic_from:
            numbers["critic"] = _teach(accelerator, critic, judge, truth, found.detach())
            bare = accelerator.unwrap_model(critic).requires_grad_(False)  # this pass teaches the autoencoder alone
            numbers["fooled"] = losses.generator_loss(bare(found))
            bare.requires_grad_()
            last = accelerator.unwrap_model(trainee).vae.decoder.conv_out.weight
            pull = losses.adaptive_weight(numbers["seen"], numbers["fooled"], last)
            loss = loss + plan.adversarial * pull * numbers["fooled"]
        accelerator.backward(loss)
        updates.after_backward()
        return numbers

    def one_step(step: int) -> dict[str, float]:
        passes = []
        for number in range(step * plan.accumulate, (step + 1) * plan.accumulate):
            with accelerator.accumulate(trainee, critic):
                passes.append(one_pass(step, number))
        return {name: sum(one[name].item() for one in passes) / len(passes) for name in passes[0]}

    def validate(step: int) -> None:
        bare = accelerator.unwrap_model(trainee).vae.eval()
        sample = source.at(0, rank, plan.batch)
        truth = torch.cat([sample.x[:, 0], opaque(sample.y)]).to(device)
        with updates.averaged():
            _picture(bare, truth, plan.out / "validation" / f"{step:07d}.png")
        bare.train()

    modules, states = {"vae": trainee, "critic": critic}, updates.states
    # The optimisers first, as in checkpoints from before there were schedules.
    states = [states[0], judge, *states[1:]]
    loop(accelerator, plan.out, plan.steps, plan.save_every, modules, states, one_step, validate)
    if accelerator.is_main_process:
        with updates.averaged():
            accelerator.unwrap_model(trainee).vae.save_pretrained(plan.out / "vae", safe_serialization=True)
    return plan.out / "vae"


def _teach(accelerator: Accelerator, critic: nn.Module, judge, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    loss = losses.hinge(critic(real), critic(fake))
    accelerator.backward(loss)
    judge.step()
    judge.zero_grad()
    return loss.detach()


def _open(folder: Path) -> AutoencoderKL:
    """The autoencoder of `folder`, with four channels."""
    try:
        vae = AutoencoderKL.from_pretrained(folder / "vae" if (folder / "vae").is_dir() else folder)
    except (OSError, ValueError) as error:
        raise WrongComponents(f"{folder} holds no autoencoder: give a model folder ({error})") from error
    return vae if vae.config.in_channels == 4 else alpha_vae.to_rgba(vae)


def opaque(rgb: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) in 0..1 with alpha 1."""
    return torch.cat([rgb, torch.ones_like(rgb[:, :1])], dim=1)


def mixed(sample: Triplets, share: float, rng: torch.Generator) -> torch.Tensor:
    """What a step sees, (B, 4, H, W) in 0..1: foregrounds, a `share` of them replaced by composite or background."""
    chance = torch.rand(len(sample), generator=rng)
    chosen = []
    for k, drawn in enumerate(chance.tolist()):
        picture = sample.z if drawn < share / 2 else sample.y
        layer = sample.x[k, k % sample.x.shape[1]]  # of several foregrounds, each now and then
        chosen.append(opaque(picture[k : k + 1]) if drawn < share else layer[None])
    return torch.cat(chosen)


@torch.no_grad()
def _picture(vae: AutoencoderKL, pixels: torch.Tensor, path: Path) -> None:
    """Truth (B, 4, H, W) in 0..1 beside what comes back, both on gray: one row a sample."""
    found = alpha_vae.decode(vae, alpha_vae.encode(vae, pixels))
    rows = torch.cat([pixels, found.to(pixels.device)], dim=3)
    seen = rows[:, :3] * rows[:, 3:] + 0.5 * (1 - rows[:, 3:])
    sheet = torch.cat(list(seen), dim=1).permute(1, 2, 0).clamp(0, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((sheet * 255).byte().cpu().numpy()).save(path)


def main(arguments: list[str] | None = None) -> None:
    d = VaePlan(Path(), Path(), Path())
    parser = argparse.ArgumentParser(prog="diffdecompose train vae", description="Train the RGBA autoencoder.")
    parser.add_argument(
        "--model", type=Path, required=True, help="a model folder, an autoencoder's folder, or an installed model"
    )
    parser.add_argument("--data", type=Path, required=True, help="a folder with z, x and y, or a pack of the generator")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; an unfinished run goes on")
    add_arguments(parser, d)
    parser.add_argument("--opaque", type=float, default=d.opaque, help="share of composites and backgrounds")
    parser.add_argument(
        "--kl", type=float, default=d.kl, help="weight of the KL term, as all weights in AlphaVAE's scale"
    )
    parser.add_argument("--reference-kl", type=float, default=d.reference_kl, help="0 = off")
    parser.add_argument("--lpips-weight", type=float, default=d.lpips_weight)
    parser.add_argument("--adversarial", type=float, default=d.adversarial)
    parser.add_argument("--lpips", type=Path, nargs=2, metavar=("VGG", "LINEAR"), help="weights of LPIPS")
    parser.add_argument("--critic-from", type=int, help="first step of the patch discriminator")
    said = vars(parser.parse_args(arguments))
    said["model"] = resolve(models_folder(), said["model"], (ModelKind.BASE, ModelKind.VAE, ModelKind.ENGINE))
    train(VaePlan(**said | {"lpips": tuple(said["lpips"]) if said["lpips"] else None}))


if __name__ == "__main__":
    main()
