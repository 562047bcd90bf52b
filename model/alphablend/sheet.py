"""Samples to look at: `python -m model.alphablend.sheet OUT.png`. Four columns a sample: z, layer, y, alpha."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .generator import SUBTYPES, AlphaBlend, Batch

__all__ = ["panels", "sheet"]


def _pixels(picture: Tensor) -> np.ndarray:
    return (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def panels(batch: Batch, number: int) -> np.ndarray:
    """One sample, uint8 H x 4W x 3: composite, the layer over a checkerboard, backdrop, alpha."""
    h, w = batch.z.shape[2:]
    rows, columns = torch.arange(h)[:, None] // 8, torch.arange(w)[None] // 8
    board = (0.35 + 0.25 * ((rows + columns) % 2)).to(batch.z.device)
    layer = batch.emission[number] + batch.transmission[number] * board
    alpha = batch.alpha[number].expand(3, -1, -1)
    return np.concatenate([_pixels(x) for x in (batch.z[number], layer, batch.y[number], alpha)], axis=1)


def sheet(source: AlphaBlend, side: int, across: int, subtypes: list[str]) -> Image.Image:
    """Two rows a subtype, `across` samples a row."""
    rows = []
    for subtype in subtypes:
        batch = source.batch(2 * across, side, {subtype: 1.0})
        cells = [np.pad(panels(batch, i), ((0, 3), (0, 3), (0, 0))) for i in range(2 * across)]
        rows += [np.concatenate(cells[:across], axis=1), np.concatenate(cells[across:], axis=1)]
    return Image.fromarray(np.concatenate(rows, axis=0))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.alphablend.sheet", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--split", default="train")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--across", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--looks", dest="subtypes", nargs="*", default=list(SUBTYPES))
    chosen = parser.parse_args(arguments)
    source = AlphaBlend(chosen.pack, chosen.split, seed=chosen.seed)
    sheet(source, chosen.side, chosen.across, chosen.subtypes).save(chosen.out)


if __name__ == "__main__":
    main()
