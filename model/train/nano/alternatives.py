"""Teaches a trained network its alternatives: what else the layer could be, where the picture leaves it open.

    python -m model.train.nano.alternatives --course veils --network data/runs/veils/checkpoint.pt --minutes 15

How thick a fog is, or how dark a shadow, a picture often does not say. A latent, four standard normal numbers, moves
the decoder's answer within what is plausible: of `DRAWS` answers the nearest to the truth is learned from (as in
best-of-many sampling, arXiv 1806.07772), and their mean holds them together, so that a single answer is not worse. The
weights that were there stay as they are: at latent zero the network says what it said before.
Writes COURSE.onnx and alternatives.csv into --out. Knows nothing of how candidates are shown.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ...alphablend.generator import AlphaBlend
from ...nano import layout
from ...nano.network import NanoNetwork, Raw, Seen
from ...nano.network.export import export
from .beginning import grown
from .checkpoint import load_network
from .curriculum import COURSES, Course
from .inputs import network_inputs
from .loop import append
from .losses import PRESENT, sample_weight, solved_background

__all__ = ["DRAWS", "answer_errors", "main", "repeated", "teach"]

DRAWS = 4
"""Answers drawn for a sample."""

TOGETHER = 0.5
"""Weight of the mean of the answers against the nearest one: less, and a single answer is worse than the middle one."""


@dataclass(frozen=True)
class Plan:
    pack: Path
    course: Course
    minutes: float
    batch: int = 8
    rate: float = 2e-3
    seed: int = 0
    device: str = "cpu"
    steps: int | None = None


def repeated(seen: Seen, times: int) -> Seen:
    """Every sample `times` times in a row."""
    again = [part.repeat_interleave(times, dim=0) for part in (*seen.skips, *seen[1:])]
    return Seen(again[: len(seen.skips)], *again[len(seen.skips) :])


def answer_errors(raw: Raw, z: Tensor, y: Tensor, present: Tensor) -> Tensor:
    """(N,): how far each answer's background is from the truth, weighted as in training."""
    emission, transmission = raw.emission.float().sigmoid(), 1 - raw.opacity.float().sigmoid()
    error = solved_background(z, emission, transmission, raw.paint.float().clamp(0, 1)) - y
    weight = (0.5 + present) * sample_weight(present)
    return ((error.square() + 1e-4).sqrt() * weight).mean(dim=(1, 2, 3))


def teach(network: NanoNetwork, plan: Plan, log: Path | None = None) -> NanoNetwork:
    """-> the same network with a latent, trained for plan.minutes or plan.steps."""
    torch.manual_seed(plan.seed)
    network = grown(network, replace(network.params, latent=True)).to(plan.device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.requires_grad_(False)
    assert network.latent is not None
    network.latent.requires_grad_(True)
    optimiser = torch.optim.Adam(network.latent.parameters(), lr=plan.rate)
    source = AlphaBlend(plan.pack, "train", plan.device, plan.seed + 77)
    noise = torch.Generator(device=plan.device).manual_seed(plan.seed)
    stage, shape = plan.course.stages[-1], plan.course.sizes[0][1]
    began, step, done = time.monotonic(), 0, 0.0
    while done < 1 and (plan.steps is None or step < plan.steps):
        b = source.batch(plan.batch, shape, kinds=stage.kinds, strength=stage.strength, whole=plan.course.whole)
        picture, condition = network_inputs(
            b.z, b.emission, b.transmission, b.alpha, b.blend, b.kind, noise, 0.0, plan.course.kinds_told
        )
        latent = torch.randn(plan.batch * DRAWS, layout.LATENT_WIDTH, generator=noise, device=plan.device)
        picture = picture.contiguous(memory_format=torch.channels_last)
        with torch.autocast(plan.device, torch.bfloat16):
            with torch.no_grad():
                seen = network.see(picture, condition)
            raw = network.say(picture.repeat_interleave(DRAWS, dim=0), repeated(seen, DRAWS), latent)
        z, y = (x.repeat_interleave(DRAWS, dim=0) for x in (b.z, b.y))
        present = torch.maximum(1 - b.transmission, b.emission).amax(dim=1, keepdim=True) > PRESENT
        errors = answer_errors(raw, z, y, present.float().repeat_interleave(DRAWS, dim=0)).view(-1, DRAWS)
        nearest, mean = errors.amin(dim=1).mean(), errors.mean()
        optimiser.zero_grad()
        (nearest + TOGETHER * mean).backward()
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * min(1.0, 2 * (1 - done))
        optimiser.step()
        step += 1
        done = (time.monotonic() - began) / (60 * plan.minutes)
        if log is not None and step % 25 == 0:
            of = {"nearest": nearest, "mean": mean}
            append(log, {"step": step} | {name: round(float(error.detach()), 5) for name, error in of.items()})
    return network


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train.nano.alternatives", description=__doc__)
    parser.add_argument("--network", type=Path, required=True, help="a checkpoint.pt or a graph")
    parser.add_argument("--course", default="veils", choices=sorted(COURSES))
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    given = parser.parse_args(arguments)
    network, state = load_network(given.network, torch.device("cpu"))
    if state:
        network.load_state_dict(state["average"])
    plan = Plan(given.pack, COURSES[given.course], given.minutes, rate=given.rate, device=given.device)
    given.out.mkdir(parents=True, exist_ok=True)
    network = teach(network, plan, given.out / "alternatives.csv")
    notes = {"samples": str(state.get("samples", "")), "steps": str(state.get("step", ""))}
    export(network.cpu(), given.out / f"{given.course}.onnx", notes)


if __name__ == "__main__":
    main()
