"""The paper's ablation at a size that fits a CPU: position cloning and in-context decomposition, on and off.

    python -m model.train.ablation --data data/alphablend.zip --out out/ablation --steps 20000 --seeds 0 1 2

Small Flux transformers (the real class) are trained from scratch on the same samples for the same number of
steps and then decompose the same unseen pictures. There is no autoencoder: a token is a 4 x 4 patch of RGBA
pixels, so that nothing but the question differs. "Without in-context decomposition" is what the paper says
remains then: the background alone is denoised, conditioned on z channel by channel. A stopped run goes on with the
variant and seed that it had not finished.
"""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import FluxTransformer2DModel

from ..blending import canonical
from ..diffdecompose.positions import Position, layer_ids
from ..diffdecompose.sequence import pack, unpack
from ..types import BlendType, Kind
from .flux.flow_matching import Tokens, flow_loss
from .plan import keep_plan

__all__ = ["VARIANTS", "Pictures", "Plan", "main", "run"]

VARIANTS: dict[str, Position | None] = {
    "full, foreground on its own frame": Position.FRAME,
    "full, foreground beside in columns": Position.COLUMN,
    "without position cloning, background on its own frame": Position.APART,
    "degenerate: one set of ids for all": Position.NONE,
    "without in-context decomposition": None,
}
_KINDS = (Kind.WATERMARK, Kind.FOG, Kind.XRAY, Kind.GLASS)
_PATCH = 4
UNCHANGED = "unchanged input"


@dataclass(frozen=True)
class Plan:
    """The budget, the same for every variant. Pictures are the same for every seed; weights and noise are not."""

    data: Path
    out: Path
    steps: int = 4000
    batch: int = 16
    side: int = 24
    pool: int = 6000
    unseen: int = 160
    euler: int = 12
    rate: float = 1e-3
    seed: int = 0
    width: int = 64
    seeds: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True, eq=False)
class Pictures:
    """float32 of 0..1: z, y (N, 3, H, W), x (N, 4, H, W); kind: (N,) index into list(Kind)."""

    z: torch.Tensor
    x: torch.Tensor
    y: torch.Tensor
    kind: torch.Tensor

    def tokens(self, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Tokens of z, x, y: (B, grid, 64) of -1..1."""
        z, x, y = self.z[chosen], self.x[chosen], self.y[chosen]
        opaque = torch.ones_like(z[:, :1])
        parts = (torch.cat([z, opaque], 1), x, torch.cat([y, opaque], 1))
        return tuple(pack(F.pixel_unshuffle(part * 2 - 1, 2)) for part in parts)  # type: ignore[return-value]


def draw(plan: Plan, split: str, count: int) -> Pictures:
    """Samples of the generator, in equal parts of the four kinds that the variants are told apart on."""
    from ..alphablend.generator import AlphaBlend

    source = AlphaBlend(plan.data, split, "cpu", plan.seed)
    parts = [source.batch(64, plan.side, dict.fromkeys(_KINDS, 1.0), (0.3, 1.0)) for _ in range(-(-count // 64))]
    foregrounds = []
    for part in parts:
        for emission, transmission, blend in zip(part.emission, part.transmission, part.blend, strict=True):
            alpha, colour = canonical(emission, transmission, list(BlendType)[int(blend)], axis=0)
            foregrounds.append(torch.cat([colour, alpha]))
    z, y, kind = (torch.cat([getattr(part, name) for part in parts])[:count] for name in ("z", "y", "kind"))
    return Pictures(z, torch.stack(foregrounds)[:count], y, kind)


def build(plan: Plan, in_context: bool) -> FluxTransformer2DModel:
    """The same transformer for every variant, but for the first layer of the one that reads z channel by channel."""
    torch.manual_seed(plan.seed)
    return FluxTransformer2DModel(
        in_channels=64 if in_context else 128,
        out_channels=64,
        num_layers=2,
        num_single_layers=4,
        attention_head_dim=32,
        num_attention_heads=plan.width // 32,
        joint_attention_dim=16,
        pooled_projection_dim=16,
        guidance_embeds=False,
        axes_dims_rope=(8, 12, 12),
    )


def loss_of(
    transformer: FluxTransformer2DModel,
    pictures: Pictures,
    chosen: torch.Tensor,
    ids: torch.Tensor | None,
    rng: torch.Generator,
) -> torch.Tensor:
    """Flow matching on the layers' tokens; ids: None = without in-context decomposition."""
    z, x, y = pictures.tokens(chosen)
    levels = torch.rand(len(chosen), generator=rng)
    noise = torch.randn(2, *x.shape, generator=rng)  # the same noise for y whether x is there or not
    words, pooled = torch.zeros(len(chosen), 1, 16), torch.zeros(len(chosen), 16)
    if ids is not None:
        tokens = Tokens(z, torch.cat([x, y], 1), ids)
        return flow_loss(transformer, tokens, words, pooled, levels, torch.cat([noise[0], noise[1]], 1), guidance=None)
    share = levels.view(-1, 1, 1)
    velocity = _alone(transformer, (1 - share) * y + share * noise[1], z, levels)
    return (velocity - (noise[1] - y)).square().mean()


def _alone(transformer: FluxTransformer2DModel, y: torch.Tensor, z: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    side = round(y.shape[1] ** 0.5)
    return transformer(
        hidden_states=torch.cat([y, z], dim=2),
        timestep=levels,
        pooled_projections=torch.zeros(len(y), 16),
        encoder_hidden_states=torch.zeros(len(y), 1, 16),
        txt_ids=torch.zeros(1, 3),
        img_ids=layer_ids(side, side, 0, Position.NONE).composite,
        return_dict=False,
    )[0]


@torch.no_grad()
def sample(
    transformer: FluxTransformer2DModel, pictures: Pictures, chosen: torch.Tensor, ids: torch.Tensor | None, plan: Plan
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Background (B, 3, H, W) and foreground (B, 4, H, W) or None, by Euler steps from noise."""
    z, x, _ = pictures.tokens(chosen)
    grid, count = z.shape[1], len(chosen)
    noise = torch.randn(2, *x.shape, generator=torch.Generator().manual_seed(plan.seed))
    layers = torch.cat([noise[0], noise[1]], 1) if ids is not None else noise[1]
    levels = torch.linspace(1, 0, plan.euler + 1)
    for now, after in pairwise(levels):
        at = now.expand(count)
        if ids is None:
            velocity = _alone(transformer, layers, z, at)
        else:
            velocity = transformer(
                hidden_states=torch.cat([z, layers], 1),
                timestep=at,
                pooled_projections=torch.zeros(count, 16),
                encoder_hidden_states=torch.zeros(count, 1, 16),
                txt_ids=torch.zeros(1, 3),
                img_ids=ids,
                return_dict=False,
            )[0][:, grid:]
        layers = layers + (after - now) * velocity
    side = plan.side // _PATCH
    found = [F.pixel_shuffle(unpack(part, side, side), 2) / 2 + 0.5 for part in layers.split(grid, dim=1)]
    return found[-1][:, :3].clamp(0, 1), found[0].clamp(0, 1) if ids is not None else None


def train_one(plan: Plan, position: Position | None, pool: Pictures) -> tuple[FluxTransformer2DModel, float]:
    """Train one variant; returns it and the mean loss of the last tenth of its steps."""
    transformer = build(plan, position is not None)
    ids = _ids(plan, position)
    optimiser = torch.optim.AdamW(transformer.parameters(), plan.rate, weight_decay=0.01)
    shape = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.rate, plan.steps, pct_start=0.1)
    rng = torch.Generator().manual_seed(plan.seed)
    losses = []
    for _ in range(plan.steps):
        chosen = torch.randint(len(pool.z), (plan.batch,), generator=rng)
        loss = loss_of(transformer, pool, chosen, ids, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(transformer.parameters(), 1.0)
        optimiser.step()
        shape.step()
        losses.append(loss.item())
    return transformer.eval(), float(np.mean(losses[-max(1, plan.steps // 10) :]))


def _ids(plan: Plan, position: Position | None) -> torch.Tensor | None:
    side = plan.side // _PATCH
    return None if position is None else layer_ids(side, side, 1, position).sequence()


def judge(
    plan: Plan, transformer: FluxTransformer2DModel, position: Position | None, unseen: Pictures
) -> dict[str, float]:
    """Background RMSE (0..255) whole and by kind, and the RMSE of alpha, over all unseen pictures."""
    backgrounds, alphas = [], []
    for chosen in torch.arange(len(unseen.z)).split(40):
        y, x = sample(transformer, unseen, chosen, _ids(plan, position), plan)
        backgrounds.append((y - unseen.y[chosen]).square().mean(dim=(1, 2, 3)))
        if x is not None:
            alphas.append((x[:, 3] - unseen.x[chosen, 3]).square().mean(dim=(1, 2)))
    numbers = _by_kind(torch.cat(backgrounds), unseen.kind)
    return numbers | ({"alpha": float(torch.cat(alphas).mean().sqrt() * 255)} if alphas else {})


def _by_kind(squares: torch.Tensor, kind: torch.Tensor) -> dict[str, float]:
    numbers = {"all": float(squares.mean().sqrt() * 255)}
    for one in _KINDS:
        numbers[one.value] = float(squares[kind == list(Kind).index(one)].mean().sqrt() * 255)
    return numbers


def run(plan: Plan) -> list[dict[str, Any]]:
    """Every seed of every variant; files are written anew after each, so a stopped run goes on where it was.

    Returns a row a variant and seed. Raises InvalidRequest where `plan.out` holds a run with another budget.
    """
    path = plan.out / "ablation.json"
    keep_plan(plan.out, plan, begun=path.is_file(), free=("out", "seeds"))
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    pool, unseen = draw(plan, "train", plan.pool), draw(plan, "test", plan.unseen)
    if not rows:
        unchanged = (unseen.z - unseen.y).square().mean(dim=(1, 2, 3))
        rows = [{"variant": UNCHANGED, "seed": None, **_by_kind(unchanged, unseen.kind)}]
    done = {(row["variant"], row["seed"]) for row in rows}
    for seed in plan.seeds:
        for name, position in VARIANTS.items():
            if (name, seed) in done:
                continue
            began, one = perf_counter(), replace(plan, seed=seed)
            transformer, loss = train_one(one, position, pool)
            numbers = judge(one, transformer, position, unseen)
            rows.append({"variant": name, "seed": seed, **numbers, "loss": loss, "seconds": perf_counter() - began})
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
    columns = ["all", *(kind.value for kind in _KINDS), "alpha"]
    lines = ["| variant | seeds | " + " | ".join(columns) + " |", "|---|" + "---|" * (len(columns) + 1)]
    for variant in dict.fromkeys(row["variant"] for row in rows):
        mine = [row for row in rows if row["variant"] == variant]
        cells = [_cell([row[name] for row in mine if name in row]) for name in columns]
        seeds = "-" if variant == UNCHANGED else str(len(mine))
        lines.append(f"| {variant} | {seeds} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(values: Sequence[float]) -> str:
    if not values:
        return "-"
    spread = f" ({min(values):.2f} to {max(values):.2f})" if len(values) > 1 else ""
    return f"{median(values):.2f}{spread}"


def main(arguments: list[str] | None = None) -> None:
    d = Plan(Path(), Path())
    parser = argparse.ArgumentParser(prog="python -m model.train.ablation", description="The paper's ablation, small.")
    parser.add_argument("--data", type=Path, required=True, help="a pack of the generator")
    parser.add_argument("--out", type=Path, required=True)
    for name in ("steps", "batch", "side", "pool", "unseen", "euler", "width"):
        parser.add_argument(f"--{name}", type=int, default=getattr(d, name))
    parser.add_argument("--seeds", type=int, nargs="+", default=d.seeds, help="one training of each variant a seed")
    words = vars(parser.parse_args(arguments))
    print(table(run(Plan(**words | {"seeds": tuple(words["seeds"])}))))


if __name__ == "__main__":
    main()
