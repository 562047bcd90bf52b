"""Stage one: an RGBA autoencoder from a plain one (AlphaVAE), on foregrounds and, in part, opaque pictures.

    python -m model.train.flux.vae --model FLUX_FOLDER --data TRIPLETS --out RUN
    accelerate launch -m model.train.flux.vae ...          the same on several GPUs

Writes `RUN/vae`, which the second stage and the pipeline read. The paper does not begin at Flux's own autoencoder but
fine-tunes the public AlphaVAE: put its folder after --model. The weights of the terms are those of AlphaVAE.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from PIL import Image
from torch import nn

from ...diffdecompose import alpha_vae
from ...diffdecompose.errors import WrongComponents
from ...weights.catalogue import ModelKind
from ...weights.places import models_folder
from ...weights.store import resolve
from ..lpips import Lpips
from ..plan import generator_for
from ..triplets.loading import Ahead
from ..triplets.sample import Triplets
from ..triplets.source import open_source
from . import alpha_vae_loss as losses
from .options import LoopOptions, Updates, add_arguments, resolved, workers_for
from .stage import begin_processes, run_stage

__all__ = ["VaePlan", "main", "mixed", "opaque", "train", "weighted"]


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


class AlphaVaeTraining:
    """What one process has of a run, made from its plan; `one_pass` and `validate` are what `run_stage` asks for."""

    def __init__(self, plan: VaePlan, accelerator: Accelerator) -> None:
        self.plan, self.accelerator = plan, accelerator
        device, self.rank = accelerator.device, accelerator.process_index
        torch.manual_seed(plan.seed)
        vae = _open(plan.model)
        if plan.checkpointing:
            vae.enable_gradient_checkpointing()
        self.reference = deepcopy(vae).eval().requires_grad_(False).to(device) if plan.reference_kl else None
        trainee, critic = Autoencoding(vae.train()), losses.PatchDiscriminator()
        optimiser = torch.optim.AdamW(trainee.parameters(), plan.rate, betas=(0.9, 0.95), weight_decay=0.0)
        judge = torch.optim.AdamW(critic.parameters(), plan.rate * 4, betas=(0.5, 0.9), weight_decay=0.0)
        self.trainee, self.critic, optimiser, self.judge = accelerator.prepare(trainee, critic, optimiser, judge)
        self.updates = Updates(accelerator, plan, list(self.trainee.parameters()), optimiser)
        self.distance = Lpips(*plan.lpips).to(device) if plan.lpips else None
        workers = workers_for(plan, plan.data, device)
        self.source = open_source(plan.data, plan.size, plan.seed, "cpu" if workers else str(device))
        self.ahead = Ahead(self.source, self.rank, plan.batch, plan.steps * plan.accumulate, workers)

    @property
    def vae(self) -> AutoencoderKL:
        return self.accelerator.unwrap_model(self.trainee).vae

    @property
    def states(self) -> list[Any]:
        """The optimisers first, as in checkpoints from before there were schedules."""
        optimiser, *others = self.updates.states
        return [optimiser, self.judge, *others]

    def one_pass(self, step: int, number: int) -> dict[str, torch.Tensor]:
        plan = self.plan
        rng = generator_for(plan.seed, number, self.rank)
        truth = mixed(self.ahead.at(number), plan.opaque, rng).to(self.accelerator.device) * 2 - 1
        flat = losses.flattened(truth) if self.reference is not None else None
        with self.accelerator.autocast():
            found, kl, moments = self.trainee(truth, rng, flat)
        found = found.float()
        numbers = {"seen": losses.blend_expectation(found, truth), "kl": kl}
        if self.reference is not None and flat is not None and moments is not None:
            with torch.no_grad():
                before = self.reference.encode(flat).latent_dist.parameters
            numbers["reference"] = losses.reference_kl(moments.float(), before)
        if self.distance is not None:
            numbers["lpips"] = losses.perceptual(found, truth, self.distance)
        loss = weighted(numbers, plan, losses.numbers_in(truth))
        if plan.critic_from is not None and step >= plan.critic_from:
            loss = loss + plan.adversarial * self._adversarial(truth, found, numbers)
        self.accelerator.backward(loss)
        self.updates.after_backward()
        return numbers

    def _adversarial(self, truth: torch.Tensor, found: torch.Tensor, numbers: dict[str, torch.Tensor]) -> torch.Tensor:
        """The discriminator learns; what it says of `found`, at the weight at which both terms pull alike."""
        critic = self.critic
        loss = losses.hinge(critic(truth), critic(found.detach()))
        self.accelerator.backward(loss)
        self.judge.step()
        self.judge.zero_grad()
        numbers["critic"] = loss.detach()
        bare = self.accelerator.unwrap_model(critic).requires_grad_(False)  # this pass teaches the autoencoder alone
        numbers["fooled"] = losses.generator_loss(bare(found))
        bare.requires_grad_()
        pull = losses.adaptive_weight(numbers["seen"], numbers["fooled"], self.vae.decoder.conv_out.weight)
        return pull * numbers["fooled"]

    def validate(self, step: int) -> None:
        bare = self.vae.eval()
        sample = self.source.at(0, self.rank, self.plan.batch)
        truth = torch.cat([sample.x[:, 0], opaque(sample.y)]).to(self.accelerator.device)
        with self.updates.averaged():
            _picture(bare, truth, self.plan.out / "validation" / f"{step:07d}.png")
        bare.train()


def train(plan: VaePlan) -> Path:
    """Train, or go on training; returns the finished autoencoder's folder.

    Raises InvalidRequest, WrongComponents.
    """
    plan = resolved(plan)
    accelerator = begin_processes(plan)
    one = AlphaVaeTraining(plan, accelerator)
    run_stage(accelerator, plan, {"vae": one.trainee, "critic": one.critic}, one.states, one.one_pass, one.validate)
    if accelerator.is_main_process:
        with one.updates.averaged():
            one.vae.save_pretrained(plan.out / "vae", safe_serialization=True)
    return plan.out / "vae"


def weighted(numbers: Mapping[str, torch.Tensor], plan: VaePlan, size: int) -> torch.Tensor:
    """One loss of the terms that are there, the adversarial one apart: AlphaVAE's sum over a sample, over `size`.

    numbers: "seen", a mean over `size` squares; "kl", "reference", sums over a latent; "lpips", one number a picture.
    """
    weights = {"kl": plan.kl, "reference": plan.reference_kl, "lpips": plan.lpips_weight}
    weighed = [weight * numbers[name] for name, weight in weights.items() if name in numbers]
    return numbers["seen"] + torch.stack(weighed).sum() / size


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
