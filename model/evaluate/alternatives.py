"""Whether nano's candidates are true alternatives: `python -m model.evaluate.alternatives`, after a training.

Of each picture the middle answer and four drawn ones, through the whole engine and `finish`. A single drawn answer
should hardly be worse than the middle one, the best of four much better where the picture is ambiguous, and all should
agree where there is no foreground. Prints a Markdown table and keeps every number in --out.
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
from .told import true_mask
from .triplets import Triplet, from_generator

__all__ = ["Alternatives", "main", "measured", "table"]

DRAWN = 4

AMBIGUOUS = 0.1
"""Spread of the drawn answers under the layer, over the unchanged picture's error, from which a picture counts as
ambiguous: the engine itself says that it could be otherwise."""


@dataclass(frozen=True)
class Alternatives:
    """One picture. Errors in levels of 255 of the background against the truth.

    unchanged: of the picture itself.   middle: of the first candidate.   drawn: of each drawn one.
    spread_inside, spread_outside: standard deviation of the drawn backgrounds under the layer and beside it, levels.
    """

    row: str
    picture: str
    unchanged: float
    middle: float
    drawn: tuple[float, ...]
    spread_inside: float
    spread_outside: float

    @property
    def ambiguous(self) -> bool:
        return self.spread_inside > AMBIGUOUS * self.unchanged


def measured(triplet: Triplet, engine: Engine) -> Alternatives | None:
    """None where the engine gives one answer only: it sees nothing, or knows no others."""
    options = Options(kind=triplet.kind, blend=None, candidates=DRAWN + 2)
    request = Request(Composite(triplet.composite), options)
    candidates = engine.estimate(request, silent)
    first = candidates[0]
    same = [c for c in candidates if c.layers and c.layers[0].blend is first.layers[0].blend][1 : DRAWN + 1]
    if len(same) < DRAWN:
        return None
    middle, *drawn = (_background(request, c) for c in (first, *same))
    spread = np.stack(drawn).astype(np.float32).std(axis=0).mean(axis=2)
    mask = true_mask(triplet) > 0
    return Alternatives(
        triplet.row,
        triplet.name,
        metrics.rmse(triplet.composite, triplet.background),
        metrics.rmse(middle, triplet.background),
        tuple(metrics.rmse(each, triplet.background) for each in drawn),
        float(spread[mask].mean()) if mask.any() else 0.0,
        float(spread[~mask].mean()) if not mask.all() else 0.0,
    )


def _background(request: Request, candidate: Candidate) -> np.ndarray:
    return finish(request, candidate, silent).background.pixels[..., :3]


def table(found: Iterable[Alternatives]) -> str:
    """Medians by row, errors over the unchanged picture's; the ambiguous pictures of each row apart."""
    lines = ["| row | n | middle | single | best of 4 | spread inside | outside |", "|---|" + "---:|" * 6]
    found = list(found)
    for row in dict.fromkeys(a.row for a in found):
        mine = [a for a in found if a.row == row]
        for name, group in ((row, mine), (f"{row}, ambiguous", [a for a in mine if a.ambiguous])):
            if not group:
                continue
            middle = np.median([a.middle / a.unchanged for a in group])
            single = np.median([np.mean(a.drawn) / a.unchanged for a in group])
            best = np.median([min(a.drawn) / a.unchanged for a in group])
            inside, outside = (np.median([getattr(a, f"spread_{w}side") for a in group]) for w in ("in", "out"))
            lines.append(
                f"| {name} | {len(group)} | {middle:.3f} | {single:.3f} | {best:.3f} | {inside:.1f} | {outside:.2f} |"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluate.alternatives", description=__doc__)
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
            answer = measured(triplet, engine)
            if answer is not None:
                found.append(answer)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps([asdict(a) for a in found], indent=1), encoding="utf-8")
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
