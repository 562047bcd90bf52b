"""What a run needs, in one folder: train and validation data re-encoded to fit, and the weights it begins with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ....alphablend.fetch import reduced
from ....alphablend.pack import Pack, read_pack, write_pack
from ....alphablend.sources import Split
from ....errors import InvalidRequest
from ..config import CONFIGS
from .weights import network_of, save_weights

__all__ = ["PACK", "WEIGHTS", "write_bundle"]

PACK, WEIGHTS = "pack.zip", "begin.safetensors"
"""Names of the two files in the folder."""

SIZES = ((720, 84), (640, 82), (560, 80), (512, 80), (448, 78), (384, 75))
"""Short side of photographs, pixels, and JPEG quality, tried in order until the pack fits."""


def _reencoded(pack: Pack, exclude: str, side: int) -> Pack:
    photos = [
        replace(photo, pixels=np.asarray(reduced(Image.fromarray(photo.pixels), side)))
        for photo in pack.photos
        if not (exclude and exclude in photo.key)
    ]
    return replace(pack, photos=photos)


def _write_fitting(parts: dict[Split, Pack], exclude: str, path: Path, most: float) -> str:
    """Writes the pack at the largest of SIZES at which it takes at most `most` bytes; says which, and how large it is.

    Raises InvalidRequest where there is none.
    """
    for side, quality in SIZES:
        small: dict[Split, Pack] = {
            split: _reencoded(pack, exclude if split == "train" else "", side) for split, pack in parts.items()
        }
        write_pack(path, small, quality, halved=True)
        size = path.stat().st_size
        if size <= most:
            counts = ", ".join(f"{len(pack.photos)} {split}" for split, pack in small.items())
            return f"{size / 1e6:.1f} MB ({counts} photographs, short side at most {side}, quality {quality})"
    raise InvalidRequest(f"the pack takes {size / 1e6:.1f} MB at the least: give --megabytes above that")


def write_bundle(source: Path, folder: Path, name: str, network: Path, megabytes: float) -> str:
    """Writes PACK and WEIGHTS into `folder`; one line on their sizes.

    source: the whole pack.   name: of the config.   network: the graph or checkpoint the run begins with.
    megabytes: the most that PACK may take. Raises InvalidRequest where it takes more at the smallest size.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[Split, Pack] = {split: read_pack(source, split) for split in ("train", "validation")}
    written = _write_fitting(parts, CONFIGS[name].exclude, folder / PACK, megabytes * 1e6)
    begin = network_of(network)
    save_weights(folder / WEIGHTS, begin.state_dict(), begin.params, {"from": network.name})
    return f"{folder / PACK}: {written}; {folder / WEIGHTS}: {(folder / WEIGHTS).stat().st_size / 1e6:.1f} MB"
