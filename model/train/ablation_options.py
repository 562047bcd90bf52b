"""What two options beyond the paper give, on the networks of the ablation: a recomposition loss, few-step distillation.

    python -m model.train.ablation_options --data data/alphablend.zip --out out/options [--seeds 0 1]

The full variant of `ablation` is trained as there, and once more with the error of the recomposed estimate beside the
flow matching loss: x and y as estimated at a noise level, composed, minus z, weighed by 1 - level. From the first, a
copy is distilled that samples in FEW steps (`flux.distillation`). About 7 minutes of one CPU core a seed; rows are
written as they are done, and a stopped run goes on with the next seed.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportArgumentType=false

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from ..diffdecompose import standin
from ..diffdecompose.positions import Position
from ..diffdecompose.schedule import Shift, set_levels
from ..types import BlendType
from .ablation import Plan, errors_of, loss_of, predict, sample, tokens_of, train_one
from .ablation_pictures import Pictures, draw
from .flux.distillation import distillation_loss
from .flux.flow_matching import Tokens, draw_levels
from .flux.recomposition import compose, recomposition_loss
from .triplets.sample import Told

__all__ = ["distilled", "main", "with_recomposition"]

FEW, SUBSTEPS, DISTILLATION_STEPS, RATE = 4, 3, 400, 3e-4
"""Sampling steps of the student; the teacher's steps in one of them; training steps; learning rate."""

WEIGHT = 1.0
"""Of the recomposition's mean square error beside that of the velocity."""

POSITION = Position.FRAME


def with_recomposition(
    transformer: torch.nn.Module, tokens: Tokens, in_context: bool, shift: float, rng: torch.Generator
) -> torch.Tensor:
    """As `ablation.loss_of`, plus WEIGHT times `recomposition_loss`. Parameters as there."""
    assert in_context
    count, grid = tokens.clean.shape[:2]
    levels = draw_levels(count, rng, mu=shift)
    noise = torch.randn(count, 2 * grid, tokens.layers.shape[2], generator=rng)
    share = levels.view(-1, 1, 1)
    noisy = (1 - share) * tokens.layers + share * noise
    moved = predict(transformer, tokens, noisy, levels, True)
    told, side = [Told("", BlendType.NORMAL)] * count, round(grid**0.5)
    again = recomposition_loss(_pixels, tokens, noisy, moved, levels, told, (side, side))
    return (moved - (noise - tokens.layers)).square().mean() + WEIGHT * again


def _pixels(latents: torch.Tensor) -> torch.Tensor:
    """RGBA of 0..1 of the ablation's latents, which are pixels of -1..1."""
    return latents / 2 + 0.5


def distilled(
    teacher: torch.nn.Module, plan: Plan, pool: Pictures, training_steps: int = DISTILLATION_STEPS
) -> torch.nn.Module:
    """A copy of `teacher` trained to take in one of FEW steps what `teacher` takes in SUBSTEPS."""
    student = deepcopy(teacher).train()
    whole = tokens_of(pool, torch.arange(len(pool)), POSITION)
    grid = whole.clean.shape[1]
    schedule = set_levels(standin.scheduler(), FEW, grid, whole.layers.shape[1] // grid, Shift.TARGET, "cpu") / 1000
    levels = torch.cat([schedule, torch.zeros(1)])
    optimiser = torch.optim.AdamW(student.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.0)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, training_steps, pct_start=0.1, cycle_momentum=False)
    rng = torch.Generator().manual_seed(plan.seed)
    for _ in range(training_steps):
        chosen = torch.randint(len(pool), (plan.batch,), generator=rng)
        some = Tokens(whole.clean[chosen], whole.layers[chosen], whole.ids)
        noise = torch.randn(some.layers.shape, generator=rng)
        says = partial(predict, tokens=some, in_context=True)
        of_student = lambda noisy, at: says(student, noisy=noisy, levels=at)  # noqa: B023, E731
        of_teacher = lambda noisy, at: says(teacher, noisy=noisy, levels=at)  # noqa: B023, E731
        loss = distillation_loss(of_student, of_teacher, some.layers, noise, levels, SUBSTEPS, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimiser.step()
        rate.step()
    return student.eval()


@torch.no_grad()
def measured(
    transformer: torch.nn.Module, plan: Plan, unseen: Pictures, reference: torch.Tensor | None
) -> tuple[dict[str, float], torch.Tensor]:
    """Errors as `errors_of`, of the recomposition, and from `reference`'s backgrounds; and the backgrounds."""
    parts = [
        sample(transformer, tokens_of(unseen, chosen, POSITION), POSITION, plan)
        for chosen in torch.arange(len(unseen)).split(40)
    ]
    y, x = torch.cat([y for y, _ in parts]), torch.cat([x for _, x in parts if x is not None])
    composed = compose(x, y, BlendType.NORMAL)
    numbers = errors_of(unseen, y, x[:, 3])
    numbers["recomposition"] = float((composed - unseen.z).square().mean().sqrt() * 255)
    if reference is not None:
        numbers["from the teacher"] = float((y - reference).square().mean().sqrt() * 255)
    return numbers, y


def rows_of(plan: Plan, pool: Pictures, unseen: Pictures, training_steps: int) -> list[dict[str, Any]]:
    """The four rows of one seed. training_steps: of the distillation."""
    few = replace(plan, euler=FEW)
    plain, _ = train_one(plan, POSITION, pool, loss_of)
    whole, backgrounds = measured(plain, plan, unseen, None)
    composed, _ = train_one(plan, POSITION, pool, with_recomposition)
    named = {
        f"full, {plan.euler} steps": whole,
        f"with a recomposition loss, {plan.euler} steps": measured(composed, plan, unseen, None)[0],
        f"full, {FEW} steps": measured(plain, few, unseen, backgrounds)[0],
        f"distilled, {FEW} steps": measured(distilled(plain, plan, pool, training_steps), few, unseen, backgrounds)[0],
    }
    return [{"variant": name, "seed": plan.seed, **numbers} for name, numbers in named.items()]


def table(rows: list[Mapping[str, Any]]) -> str:
    """A row a variant, the median over seeds of each number."""
    columns = ("background", "alpha", "recomposition", "from the teacher")
    lines = ["| variant | seeds | " + " | ".join(columns) + " |", "|---|" + "---|" * (len(columns) + 1)]
    for variant in dict.fromkeys(row["variant"] for row in rows):
        mine = [row for row in rows if row["variant"] == variant]
        values = [[row[name] for row in mine if name in row] for name in columns]
        cells = [f"{median(v):.1f} ({', '.join(f'{one:.1f}' for one in v)})" if v else "-" for v in values]
        lines.append(f"| {variant} | {len(mine)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m model.train.ablation_options", description=(__doc__ or "")[:115])
    parser.add_argument("--data", type=Path, required=True, help="a pack of the generator")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    for name in ("steps", "batch", "pool", "unseen"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Plan(Path(), Path()), name))
    parser.add_argument("--distillation-steps", type=int, default=DISTILLATION_STEPS)
    words = vars(parser.parse_args(arguments))
    training_steps = words.pop("distillation_steps")
    plan = Plan(**words | {"seeds": tuple(words["seeds"])})
    plan.out.mkdir(parents=True, exist_ok=True)
    path = plan.out / "options.json"
    rows = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    pool, unseen = (
        draw(plan.data, split, count, plan.side, 0) for split, count in (("train", plan.pool), ("test", plan.unseen))
    )
    for seed in plan.seeds:
        if not any(row["seed"] == seed for row in rows):
            rows += rows_of(replace(plan, seed=seed), pool, unseen, training_steps)
            path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
