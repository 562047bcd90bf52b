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
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from diffusers import AutoencoderKL
from PIL import Image
from torch import nn

from ..diffdecompose import alpha_vae
from ..diffdecompose.errors import WrongComponents
from . import alpha_vae_loss as losses
from .lpips import Lpips
from .runs import generator_for, keep_plan, loop
from .triplets import Triplets, open_source

__all__ = ["VaePlan", "main", "mixed", "opaque", "train"]


@dataclass(frozen=True)
class VaePlan:
    """Everything that affects the result. Defaults are the paper's, where it gives them.

    model: a folder that holds an autoencoder, or a model folder with one in `vae`.
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
    steps: int = 30_000
    rate: float = 1e-5
    batch: int = 1
    size: int = 512
    seed: int = 0
    opaque: float = 0.3
    kl: float = 1e-6
    reference_kl: float = 0.0
    lpips_weight: float = 0.5
    adversarial: float = 1.0
    lpips: tuple[Path, Path] | None = None
    critic_from: int | None = None
    save_every: int = 1000
    bf16: bool = False
    checkpointing: bool = False


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
    accelerator = Accelerator(mixed_precision="bf16" if plan.bf16 else "no")
    if accelerator.is_main_process:
        keep_plan(plan.out, plan, accelerator.num_processes)
    torch.manual_seed(plan.seed)
    vae = _open(plan.model)
    if plan.checkpointing:
        vae.enable_gradient_checkpointing()
    reference = deepcopy(vae).eval().requires_grad_(False).to(accelerator.device) if plan.reference_kl else None
    trainee = Autoencoding(vae.train())
    critic = losses.PatchDiscriminator()
    optimiser = torch.optim.AdamW(trainee.parameters(), plan.rate, betas=(0.9, 0.95), weight_decay=0.0)
    judge = torch.optim.AdamW(critic.parameters(), plan.rate * 4, betas=(0.5, 0.9), weight_decay=0.0)
    trainee, critic, optimiser, judge = accelerator.prepare(trainee, critic, optimiser, judge)
    distance = Lpips(*plan.lpips).to(accelerator.device) if plan.lpips else None
    source = open_source(plan.data, plan.size, plan.seed)

    def one_step(step: int) -> dict[str, float]:
        rng = generator_for(plan.seed, step, accelerator.process_index)
        sample = source.at(step, accelerator.process_index, plan.batch)
        truth = mixed(sample, plan.opaque, rng).to(accelerator.device) * 2 - 1
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
            numbers["fooled"] = losses.generator_loss(critic(found))
            last = accelerator.unwrap_model(trainee).vae.decoder.conv_out.weight
            pull = losses.adaptive_weight(numbers["seen"], numbers["fooled"], last)
            loss = loss + plan.adversarial * pull * numbers["fooled"]
        optimiser.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(trainee.parameters(), 1.0)
        optimiser.step()
        return {name: value.item() for name, value in numbers.items()}

    def validate(step: int) -> None:
        bare = accelerator.unwrap_model(trainee).vae.eval()
        sample = source.at(0, accelerator.process_index, plan.batch)
        truth = torch.cat([sample.x, opaque(sample.y)]).to(accelerator.device)
        _picture(bare, truth, plan.out / "validation" / f"{step:07d}.png")
        bare.train()

    modules = {"vae": trainee, "critic": critic}
    loop(accelerator, plan.out, plan.steps, plan.save_every, modules, [optimiser, judge], one_step, validate)
    if accelerator.is_main_process:
        accelerator.unwrap_model(trainee).vae.save_pretrained(plan.out / "vae", safe_serialization=True)
    return plan.out / "vae"


def _teach(accelerator: Accelerator, critic: nn.Module, judge, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    loss = losses.hinge(critic(real), critic(fake))
    judge.zero_grad()
    accelerator.backward(loss)
    judge.step()
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
    chance = torch.rand(len(sample.x), generator=rng)
    chosen = []
    for k, drawn in enumerate(chance.tolist()):
        picture = sample.z if drawn < share / 2 else sample.y
        chosen.append(opaque(picture[k : k + 1]) if drawn < share else sample.x[k : k + 1])
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
    parser.add_argument("--model", type=Path, required=True, help="a model folder, or an autoencoder's folder")
    parser.add_argument("--data", type=Path, required=True, help="a folder with z, x and y, or a pack of the generator")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder; an unfinished run goes on")
    parser.add_argument("--steps", type=int, default=d.steps)
    parser.add_argument("--rate", type=float, default=d.rate, help="learning rate")
    parser.add_argument("--batch", type=int, default=d.batch, help="samples a process and step")
    parser.add_argument("--size", type=int, default=d.size, help="pixels of a square crop")
    parser.add_argument("--seed", type=int, default=d.seed)
    parser.add_argument("--opaque", type=float, default=d.opaque, help="share of composites and backgrounds")
    parser.add_argument(
        "--kl", type=float, default=d.kl, help="weight of the KL term, as all weights in AlphaVAE's scale"
    )
    parser.add_argument("--reference-kl", type=float, default=d.reference_kl, help="0 = off")
    parser.add_argument("--lpips-weight", type=float, default=d.lpips_weight)
    parser.add_argument("--adversarial", type=float, default=d.adversarial)
    parser.add_argument("--lpips", type=Path, nargs=2, metavar=("VGG", "LINEAR"), help="weights of LPIPS")
    parser.add_argument("--critic-from", type=int, help="first step of the patch discriminator")
    parser.add_argument("--save-every", type=int, default=d.save_every)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--checkpointing", action="store_true", help="less memory, a third slower")
    args = vars(parser.parse_args(arguments))
    train(VaePlan(**args | {"lpips": tuple(args["lpips"]) if args["lpips"] else None}))


if __name__ == "__main__":
    main()
