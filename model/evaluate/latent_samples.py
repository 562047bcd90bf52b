"""Measure whether nano's latent samples are true alternatives: `python -m model.evaluate.latent_samples`.

For each composite, the candidate at latent zero and four random latent samples go through the whole engine and
`finish`. A single sample should hardly be worse than the candidate at latent zero, the best of four should be much
better where the composite is ambiguous, and all samples should agree where there is no foreground. Prints a Markdown
table and writes every number to --out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..decompose import silent
from ..engines import load
from ..finish import finish
from ..types import Candidate, Composite, Engine, Options, Request
from . import metrics
from .oracle import true_mask
from .triplets import Triplet, from_generator

__all__ = ["LatentSamples", "main", "measure", "table"]

SAMPLES = 4

AMBIGUOUS = 0.1
"""A composite counts as ambiguous when the standard deviation of the sampled backgrounds under the layer exceeds this
share of the unchanged composite's error."""


@dataclass(frozen=True)
class LatentSamples:
    """Background errors of one composite, RMSE in levels of 255.

    unchanged: of the composite itself.   zero_latent: of the candidate at latent zero.   samples: of each random one.
    spread_inside, spread_outside: standard deviation, in levels, of the sampled backgrounds under and beside the layer.
    """

    row: str
    picture: str
    unchanged: float
    zero_latent: float
    samples: tuple[float, ...]
    spread_inside: float
    spread_outside: float

    @property
    def ambiguous(self) -> bool:
        return self.spread_inside > AMBIGUOUS * self.unchanged


def measure(triplet: Triplet, engine: Engine) -> LatentSamples | None:
    """Returns None where the engine returns a single candidate: nothing was found, or the network has no latent."""
    options = Options(kind=triplet.kind, blend=None, candidates=SAMPLES + 2)
    request = Request(Composite(triplet.composite), options)
    candidates = engine.estimate(request, silent)
    first = candidates[0]
    same = [c for c in candidates if c.layers and c.layers[0].blend is first.layers[0].blend][1 : SAMPLES + 1]
    if len(same) < SAMPLES:
        return None
    zero_latent, *samples = (_background(request, c) for c in (first, *same))
    spread = np.stack(samples).astype(np.float32).std(axis=0).mean(axis=2)
    mask = true_mask(triplet) > 0
    return LatentSamples(
        triplet.row,
        triplet.name,
        metrics.rmse(triplet.composite, triplet.background),
        metrics.rmse(zero_latent, triplet.background),
        tuple(metrics.rmse(each, triplet.background) for each in samples),
        float(spread[mask].mean()) if mask.any() else 0.0,
        float(spread[~mask].mean()) if not mask.all() else 0.0,
    )


def _background(request: Request, candidate: Candidate) -> np.ndarray:
    return finish(request, candidate, silent).background.pixels[..., :3]


def table(found: Iterable[LatentSamples]) -> str:
    """Markdown: medians by row of errors over the unchanged composite's; ambiguous composites once more apart."""
    lines = ["| row | n | latent zero | single | best of 4 | spread inside | outside |", "|---|" + "---:|" * 6]
    found = list(found)
    for row in dict.fromkeys(a.row for a in found):
        mine = [a for a in found if a.row == row]
        for name, group in ((row, mine), (f"{row}, ambiguous", [a for a in mine if a.ambiguous])):
            if not group:
                continue
            zero = np.median([a.zero_latent / a.unchanged for a in group])
            single = np.median([np.mean(a.samples) / a.unchanged for a in group])
            best = np.median([min(a.samples) / a.unchanged for a in group])
            inside, outside = (np.median([getattr(a, f"spread_{w}side") for a in group]) for w in ("in", "out"))
            lines.append(
                f"| {name} | {len(group)} | {zero:.3f} | {single:.3f} | {best:.3f} | {inside:.1f} | {outside:.2f} |"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.latent_samples", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--rows", default="fog,flare,xray,glass")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--short-side", type=int, default=720)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", default="test", choices=("train", "validation", "test"))
    parser.add_argument("--out", type=Path, default=Path("out/alternatives.json"))
    args = parser.parse_args(arguments)
    engine, found = load("nano"), []
    for row in args.rows.split(","):
        for triplet in from_generator(args.data, row, args.count, args.short_side, args.seed, args.split):
            answer = measure(triplet, engine)
            if answer is not None:
                found.append(answer)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps([asdict(a) for a in found], indent=1), encoding="utf-8")
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
