"""The pictures under `examples/`: `python -m model.alphablend.examples`, from test photographs with clear licences.

Writes the composites as JPEG and ORIGIN.md beside them. Knows the photographs by their key.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .fetch import reduced
from .generator import AlphaBlend
from .sources import CLEAR_LICENCES, photos

__all__ = ["EXAMPLES", "Example", "main"]

LONG_SIDE = 1000


@dataclass(frozen=True)
class Example:
    """photo: name in PHOTOS.tsv; subtype: of `generator.SUBTYPES`; strength: 0..1; seed: of `AlphaBlend.laid_over`."""

    file: str
    photo: str
    subtype: str
    strength: float
    seed: int


EXAMPLES = (
    Example("watermark-text", "european-honey-bee", "text", 0.6, 2),
    Example("watermark-tiled", "panda", "text", 0.6, 10),
    Example("watermark-icons", "cincinnati-bridge", "icon", 0.6, 3),
    Example("fog", "china", "fog", 0.7, 4),
    Example("rain", "panda", "rain", 0.8, 5),
    Example("flare", "rocket", "flare", 0.8, 6),
    Example("xray", "sunset_by_Aitzol_Berasategi", "scan", 0.6, 6),
    Example("shadow", "coffee", "shadow", 0.7, 3),
    Example("stain", "china", "stain", 0.7, 6),
    Example("glass", "european-honey-bee", "pane", 0.8, 6),
)

_HEAD = """# Where the example pictures come from

Made by `python -m model.alphablend.examples` from photographs of the test split: no network was trained on them.
The overlay is synthetic. Each picture has its photograph's licence.

| picture | overlay | photograph | author | licence | package | seed |
|---|---|---|---|---|---|---|
"""


def _photograph(source: AlphaBlend, key: str) -> np.ndarray:
    photo = next(p for p in source.banks.photographs if p.key == key)
    pixels = Image.fromarray(photo.levels[0].permute(1, 2, 0).numpy())
    return np.asarray(reduced(pixels, round(LONG_SIDE * min(pixels.size) / max(pixels.size))))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.alphablend.examples", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--pack", type=Path, default=Path("data/alphablend.zip"))
    parser.add_argument("--into", type=Path, default=Path("examples"))
    chosen = parser.parse_args(arguments)
    chosen.into.mkdir(exist_ok=True)
    source = AlphaBlend(chosen.pack, "test", seed=0)
    table = {photo.name: photo for photo in photos()}
    rows = []
    for example in EXAMPLES:
        photo = table[example.photo]
        if photo.licence not in CLEAR_LICENCES or photo.split != "test":
            raise SystemExit(f"{photo.key} ({photo.licence}, {photo.split}) cannot be shown: choose another")
        strength = (example.strength, example.strength)
        batch = source.laid_over(_photograph(source, photo.key), example.subtype, strength, example.seed)
        pixels = (batch.z[0] * 255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(chosen.into / f"{example.file}.jpg", quality=88, optimize=True)
        rows.append(
            f"| {example.file}.jpg | {example.subtype} | {photo.name} | {photo.author} | {photo.licence} "
            f"| {photo.package} | {example.seed} |\n"
        )
    (chosen.into / "ORIGIN.md").write_text(_HEAD + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
