"""The paper's ablation at a size that fits a CPU: position cloning and in-context decomposition, on and off.

    python -m model.train.ablation --data data/alphablend.zip --out out/ablation

About 37 minutes of one CPU core: 165 s a training in context, 80 s without; rows are written as they are done.

Small Flux transformers (the real class) are trained whole and from scratch, since a LoRA of random weights has nothing
to adapt: every variant with every seed, on the same pictures (`ablation_pictures`), for the same steps, by the same
tokens, positions, loss, schedule and scheduler as the real training and sampler. Then each decomposes the same unseen
pictures. "Without in-context decomposition" is what the paper says remains then: the background alone is denoised,
conditioned on z channel by channel. A stopped run goes on with the variant and seed that it had not finished.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import torch
from diffusers import FluxTransformer2DModel

from ..diffdecompose import standin
from ..diffdecompose.positions import Position
from ..diffdecompose.schedule import Shift, log_shift, set_levels
from ..diffdecompose.sequence import unpack
from .ablation_pictures import Pictures, draw
from .flux.flow_matching import Tokens, draw_levels, flow_loss, to_tokens, velocity
from .plan import keep_plan

__all__ = [
    "UNCHANGED",
    "VARIANTS",
    "Plan",
    "judge",
    "loss_of",
    "main",
    "predict",
    "run",
    "sample",
    "table",
    "train_one",
]

VARIANTS: dict[str, Position | None] = {
    "full, foreground on its own frame": Position.FRAME,
    "without position cloning: z, x, y on frames 0, 1, 2": Position.APART,
    "without in-context decomposition": None,
    "full, foreground beside in columns": Position.COLUMN,
    "degenerate: one set of ids for all": Position.NONE,
}
"""In the order in which they are trained, each with every seed. None = not in context."""
UNCHANGED = "unchanged input"
_COLUMNS = ("background", "under the plate", "elsewhere", "alpha", "nearer than unchanged, %")
_CHANNELS, _TEXT = 16, 16  # of a token: 2 x 2 pixels of RGBA; of the one empty word
_AT_ONCE = 40  # unseen pictures that are sampled together


@dataclass(frozen=True)
class Plan:
    """The budget, the same for every variant. Pictures are the same for every seed; weights and noise are not.

    side: of the pictures, pixels.   pool, unseen: how many pictures there are to train on and to decompose.
    euler: steps of the sampler.   width, double, single: of the transformer.
    """

    data: Path
    out: Path
    steps: int = 1600
    batch: int = 32
    side: int = 8
    pool: int = 10_000
    unseen: int = 200
    euler: int = 12
    rate: float = 2e-3
    seed: int = 0
    width: int = 64
    double: int = 1
    single: int = 3
    seeds: tuple[int, ...] = (0, 1, 2)


def build(plan: Plan, in_context: bool) -> FluxTransformer2DModel:
    """The same transformer for every variant, but for the first layer of the one that reads z channel by channel."""
    torch.manual_seed(plan.seed)
    return FluxTransformer2DModel(
        in_channels=_CHANNELS if in_context else 2 * _CHANNELS,
        out_channels=_CHANNELS,
        num_layers=plan.double,
        num_single_layers=plan.single,
        attention_head_dim=32,
        num_attention_heads=plan.width // 32,
        joint_attention_dim=_TEXT,
        pooled_projection_dim=_TEXT,
        guidance_embeds=False,
        axes_dims_rope=(8, 12, 12),
    )


def tokens_of(pictures: Pictures, chosen: torch.Tensor, position: Position | None) -> Tokens:
    """Pictures as a variant reads them: layers are [x; y], or y alone where `position` is None."""
    tokens = to_tokens(pictures.latents(chosen), position or Position.FRAME)
    if position is not None:
        return tokens
    grid = tokens.clean.shape[1]
    return Tokens(tokens.clean, tokens.layers[:, grid:], tokens.ids[:grid])


def predict(
    transformer: torch.nn.Module, tokens: Tokens, noisy: torch.Tensor, levels: torch.Tensor, in_context: bool
) -> torch.Tensor:
    """Velocity of the noisy layers (B, T, 16) at their noise levels (B,)."""
    words, pooled = _nothing_said(len(noisy))
    if in_context:
        return velocity(transformer, tokens, noisy, words, pooled, levels, guidance=None)
    joined = torch.cat([noisy, tokens.clean], dim=2)
    alone = Tokens(joined[:, :0], joined, tokens.ids)  # no clean tokens: z is in the channels
    return velocity(transformer, alone, joined, words, pooled, levels, guidance=None)


def _nothing_said(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(count, 1, _TEXT), torch.zeros(count, _TEXT)


def loss_of(
    transformer: torch.nn.Module, tokens: Tokens, in_context: bool, shift: float, rng: torch.Generator
) -> torch.Tensor:
    """Flow matching on the layers' tokens at noise levels bent by `shift`, as the sampler's are."""
    count, grid = tokens.clean.shape[:2]
    levels = draw_levels(count, rng, mu=shift)
    noise = torch.randn(count, 2 * grid, _CHANNELS, generator=rng)  # y's is the same whether x is there or not
    if in_context:
        return flow_loss(transformer, tokens, *_nothing_said(count), levels, noise, guidance=None)
    noise, share = noise[:, grid:], levels.view(-1, 1, 1)
    noisy = (1 - share) * tokens.layers + share * noise
    return (predict(transformer, tokens, noisy, levels, False) - (noise - tokens.layers)).square().mean()


Loss = Callable[[torch.nn.Module, Tokens, bool, float, torch.Generator], torch.Tensor]
"""As `loss_of`."""


def train_one(
    plan: Plan, position: Position | None, pool: Pictures, loss_of: Loss = loss_of
) -> tuple[FluxTransformer2DModel, float]:
    """Train one variant; returns it and the mean loss of the last tenth of its steps."""
    transformer = build(plan, position is not None)
    whole = tokens_of(pool, torch.arange(len(pool)), position)
    grid, tokens = whole.clean.shape[1], whole.layers.shape[1]
    shift = log_shift(standin.scheduler().config, grid, tokens // grid, Shift.TARGET)
    optimiser = torch.optim.AdamW(transformer.parameters(), plan.rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, plan.steps, pct_start=0.1, cycle_momentum=False)
    rng = torch.Generator().manual_seed(plan.seed)
    losses = []
    for _ in range(plan.steps):
        chosen = torch.randint(len(pool), (plan.batch,), generator=rng)
        some = Tokens(whole.clean[chosen], whole.layers[chosen], whole.ids)
        loss = loss_of(transformer, some, position is not None, shift, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(transformer.parameters(), 1.0)
        optimiser.step()
        rate.step()
        losses.append(loss.item())
    return transformer.eval(), float(np.mean(losses[-max(1, plan.steps // 10) :]))


@torch.no_grad()
def sample(
    transformer: torch.nn.Module, tokens: Tokens, position: Position | None, plan: Plan
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Background (B, 3, H, W) and foreground (B, 4, H, W) or None, from noise, as the pipeline samples them.

    tokens: of `tokens_of`; of the layers, only the shape is read.
    """
    count, grid = tokens.clean.shape[:2]
    noise = torch.randn(count, 2 * grid, _CHANNELS, generator=torch.Generator().manual_seed(plan.seed))
    layers = noise if position is not None else noise[:, grid:]
    scheduler, number = standin.scheduler(), layers.shape[1] // grid
    for level in set_levels(scheduler, plan.euler, grid, number, Shift.TARGET, layers.device):
        moved = predict(transformer, tokens, layers, (level / 1000).expand(count), position is not None)
        layers = scheduler.step(moved, level, layers, return_dict=False)[0]
    side = plan.side // 2
    found = [(unpack(part, side, side) / 2 + 0.5).clamp(0, 1) for part in layers.split(grid, dim=1)]
    return found[-1][:, :3], found[0] if position is not None else None


def judge(plan: Plan, transformer: torch.nn.Module, position: Position | None, unseen: Pictures) -> dict[str, float]:
    """Errors on the unseen pictures, see `errors_of`."""
    backgrounds, alphas = [], []
    for chosen in torch.arange(len(unseen)).split(_AT_ONCE):
        y, x = sample(transformer, tokens_of(unseen, chosen, position), position, plan)
        backgrounds.append(y)
        if x is not None:
            alphas.append(x[:, 3])
    return errors_of(unseen, torch.cat(backgrounds), torch.cat(alphas) if alphas else None)


def errors_of(pictures: Pictures, y: torch.Tensor, alpha: torch.Tensor | None) -> dict[str, float]:
    """RMSE (0..255) of backgrounds (N, 3, H, W), whole, under the plate and elsewhere, and of alpha (N, H, W).

    The share is of pictures whose background comes out nearer than the picture itself is.
    """
    squares, under = (y - pictures.y).square().mean(1), pictures.x[:, 3] > 0  # (N, H, W)
    unchanged = (pictures.z - pictures.y).square().mean(1)
    parts = {"background": squares, "under the plate": squares[under], "elsewhere": squares[~under]}
    if alpha is not None:
        parts["alpha"] = (alpha - pictures.x[:, 3]).square()
    numbers = {name: float(part.mean().sqrt() * 255) for name, part in parts.items()}
    nearer = squares.mean(dim=(1, 2)) < unchanged.mean(dim=(1, 2))
    return numbers | {_COLUMNS[-1]: float(nearer.float().mean() * 100)}


def run(plan: Plan) -> list[dict[str, Any]]:
    """Every seed of every variant; files are written anew after each, so a stopped run goes on where it was.

    Returns a row a variant and seed. Raises InvalidRequest where `plan.out` holds a run with another budget.
    """
    path = plan.out / "ablation.json"
    keep_plan(plan.out, plan, begun=path.is_file(), free=("out", "seeds"))
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    pool, unseen = (
        draw(plan.data, split, count, plan.side, plan.seed)
        for split, count in (("train", plan.pool), ("test", plan.unseen))
    )
    if not rows:
        rows = [{"variant": UNCHANGED, "seed": None, **errors_of(unseen, unseen.z, torch.zeros_like(unseen.x[:, 3]))}]
    done = {(row["variant"], row["seed"]) for row in rows}
    for name, position in VARIANTS.items():
        for seed in plan.seeds:
            if (name, seed) in done:
                continue
            began, one = process_time(), replace(plan, seed=seed)
            transformer, loss = train_one(one, position, pool)
            numbers = judge(one, transformer, position, unseen)
            rows.append({"variant": name, "seed": seed, **numbers, "loss": loss, "cpu_s": process_time() - began})
            _write(path, json.dumps(rows, indent=1))
            _write(plan.out / "ablation.md", table(rows))
            print(rows[-1], flush=True)
    return rows


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A row a variant: the median over seeds and, where there are several, the lowest and highest."""
    lines = ["| variant | seeds | " + " | ".join(_COLUMNS) + " |", "|---|" + "---|" * (len(_COLUMNS) + 1)]
    for variant in dict.fromkeys(row["variant"] for row in rows):
        mine = [row for row in rows if row["variant"] == variant]
        cells = [_cell([row[name] for row in mine if name in row]) for name in _COLUMNS]
        seeds = "-" if variant == UNCHANGED else str(len(mine))
        lines.append(f"| {variant} | {seeds} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    spread = f" ({min(values):.1f} to {max(values):.1f})" if len(values) > 1 else ""
    return f"{median(values):.1f}{spread}"


def main(arguments: list[str] | None = None) -> None:
    d = Plan(Path(), Path())
    parser = argparse.ArgumentParser(prog="python -m model.train.ablation", description="The paper's ablation, small.")
    parser.add_argument("--data", type=Path, required=True, help="a pack of the generator")
    parser.add_argument("--out", type=Path, required=True)
    for name in ("steps", "batch", "side", "pool", "unseen", "euler", "width", "double", "single"):
        parser.add_argument(f"--{name}", type=int, default=getattr(d, name))
    parser.add_argument("--seeds", type=int, nargs="+", default=d.seeds, help="one training of each variant a seed")
    words = vars(parser.parse_args(arguments))
    print(table(run(Plan(**words | {"seeds": tuple(words["seeds"])}))))


if __name__ == "__main__":
    main()
