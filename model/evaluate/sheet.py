"""A contact sheet of any pictures, decomposed: `python -m model.evaluate.sheet examples/*.jpg -o SHEET.jpg`.

Columns: input | foreground over checkerboard | background | difference x10 between background and input.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from ..decompose import decompose
from ..types import Composite, Options, Request
from .contact_sheet import strip, write_sheet

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Decompose every picture with one engine and write the sheet."""
    parser = argparse.ArgumentParser(
        prog="python -m model.evaluate.sheet", description="A contact sheet of any pictures, decomposed."
    )
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--engine", default="nano")
    parser.add_argument("-o", "--out", type=Path, default=Path("sheet.jpg"))
    args = parser.parse_args(arguments)
    strips = []
    for path in args.pictures:
        pixels = _read(path)
        answer = decompose(Request(Composite(pixels), Options(engine=args.engine)))[0]
        p = answer.provenance
        taken_off = f"{p.blend}, {p.kind or 'kind unknown'}, {p.coverage:.0%} covered" if p.blend else "nothing found"
        seconds = p.seconds.get("network", 0) + p.seconds.get("finish", 0)
        strips.append(strip(pixels, answer, None, f"{path.name}   {p.engine}: {taken_off}, {seconds:.1f} s"))
    write_sheet(strips, args.out)
    return 0


def _read(path: Path) -> np.ndarray:
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))


if __name__ == "__main__":
    sys.exit(main())
