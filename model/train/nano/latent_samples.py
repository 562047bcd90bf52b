"""Trains the latent of a trained network: other plausible layers where the picture does not determine one.

    python -m model.train.nano.latent_samples --course veils --network data/runs/veils/checkpoint.pt --minutes 15

How thick a fog is, or how dark a shadow, a picture often does not say. A latent, four standard normal numbers, moves
the decoder's answer within what is plausible: of `SAMPLES` answers the nearest to the truth is learned from (as in
best-of-many sampling, arXiv 1806.07772), and their mean holds them together, so that a single answer is not worse. The
weights that were there stay as they are: at latent zero the network says what it said before.
Writes COURSE.onnx and alternatives.jsonl into --out. Knows nothing of how candidates are shown.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from ...alphablend.generator import AlphaBlend
from ...nano import layout
from ...nano.net import Encoded, NanoNetwork, Raw
from ...nano.net.export import export
from ..loop import Pace, loop
from ..precision import mixed_precision
from .checkpoint import load_average
from .config import CONFIGS, TrainConfig
from .initialise import extended
from .inputs import network_inputs
from .losses import PRESENT, sample_weight, solved_background

__all__ = ["SAMPLES", "main", "repeat_encoded", "sample_errors", "train_latent"]

SAMPLES = 4
"""Answers drawn for a sample."""

MEAN_WEIGHT = 0.5
"""Weight of the mean of the answers against the nearest one: with less, one sample is worse than latent zero."""


@dataclass(frozen=True)
class RunConfig:
    pack: Path
    curve: Path
    config: TrainConfig
    minutes: float
    batch: int = 8
    rate: float = 2e-3
    seed: int = 0
    device: str = "cpu"
    steps: int | None = None


def repeat_encoded(seen: Encoded, times: int) -> Encoded:
    """Every sample `times` times in a row."""
    again = [part.repeat_interleave(times, dim=0) for part in (*seen.skips, *seen[1:])]
    return Encoded(again[: len(seen.skips)], *again[len(seen.skips) :])


def sample_errors(raw: Raw, z: Tensor, y: Tensor, present: Tensor) -> Tensor:
    """(N,): how far each answer's background is from the truth, weighted as in training."""
    emission, transmission = raw.emission.float().sigmoid(), 1 - raw.opacity.float().sigmoid()
    error = solved_background(z, emission, transmission, raw.paint.float().clamp(0, 1)) - y
    weight = (0.5 + present) * sample_weight(present)
    return ((error.square() + 1e-4).sqrt() * weight).mean(dim=(1, 2, 3))


def train_latent(network: NanoNetwork, run: RunConfig) -> NanoNetwork:
    """-> the same network with a latent, trained for run.minutes or run.steps; with a curve."""
    torch.manual_seed(run.seed)
    network = extended(network, replace(network.params, latent=True)).to(run.device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.requires_grad_(False)
    assert network.latent is not None
    network.latent.requires_grad_(True)
    pace = Pace(run.steps, 60 * run.minutes, note_every=25)
    loop(run.curve, 0, pace, step_of(network, network.latent, run), lambda step: None)
    return network


def step_of(network: NanoNetwork, latent: nn.Module, run: RunConfig) -> Callable[[int, float], dict[str, Tensor]]:
    """One step as `model.train.loop` calls it."""
    optimiser = torch.optim.Adam(latent.parameters(), lr=run.rate)
    source = AlphaBlend(run.pack, "train", run.device, run.seed + 77)
    noise = torch.Generator(device=run.device).manual_seed(run.seed)

    def one_step(_step: int, done: float) -> dict[str, Tensor]:
        nearest, mean = answers(network, source, run, noise)
        optimiser.zero_grad()
        (nearest + MEAN_WEIGHT * mean).backward()
        for group in optimiser.param_groups:
            group["lr"] = run.rate * min(1.0, 2 * (1 - done))
        optimiser.step()
        return {"nearest": nearest.detach(), "mean": mean.detach()}

    return one_step


def answers(network: NanoNetwork, source: AlphaBlend, run: RunConfig, noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """Of SAMPLES answers to each picture of a batch: the error of the nearest to the truth, and the mean error."""
    stage, shape = run.config.stages[-1], run.config.sizes[0][1]
    b = source.batch(run.batch, shape, kinds=stage.kinds, strength=stage.strength, whole=run.config.whole)
    picture, condition = network_inputs(
        b.z, b.emission, b.transmission, b.alpha, b.blend, b.kind, noise, 0.0, run.config.kind_given
    )
    latent = torch.randn(run.batch * SAMPLES, layout.LATENT_WIDTH, generator=noise, device=run.device)
    picture = picture.contiguous(memory_format=torch.channels_last)
    with mixed_precision(run.device):
        with torch.no_grad():
            seen = network.encode(picture, condition)
        raw = network.decode(picture.repeat_interleave(SAMPLES, dim=0), repeat_encoded(seen, SAMPLES), latent)
    z, y = (x.repeat_interleave(SAMPLES, dim=0) for x in (b.z, b.y))
    present = torch.maximum(1 - b.transmission, b.emission).amax(dim=1, keepdim=True) > PRESENT
    errors = sample_errors(raw, z, y, present.float().repeat_interleave(SAMPLES, dim=0)).view(-1, SAMPLES)
    return errors.amin(dim=1).mean(), errors.mean()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train.nano.latent_samples", description=__doc__)
    parser.add_argument("--network", type=Path, required=True, help="a checkpoint.pt or a graph")
    parser.add_argument("--course", dest="config", default="veils", choices=sorted(CONFIGS))
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=RunConfig.rate)
    given = parser.parse_args(arguments)
    network, state = load_average(given.network, torch.device("cpu"))
    run = RunConfig(
        given.pack,
        given.out / "alternatives.jsonl",
        CONFIGS[given.config],
        given.minutes,
        rate=given.rate,
        device=given.device,
    )
    network = train_latent(network, run)
    notes = {"samples": str(state.get("samples", "")), "steps": str(state.get("step", ""))}
    export(network.cpu(), given.out / f"{given.config}.onnx", notes)


if __name__ == "__main__":
    main()
