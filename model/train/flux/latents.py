"""Triplets as the frozen autoencoder sees them, and a cache of them on disk for folders."""

# diffusers exports lazily and annotates loosely:
# pyright: reportPrivateImportUsage=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ...diffdecompose import alpha_vae
from ..triplets.folder import FolderSource
from ..triplets.sample import Told, Triplets

__all__ = ["LatentCache", "Latents", "encode"]


@dataclass(frozen=True, eq=False)
class Latents:
    """A batch encoded and normalised. x: (B, N, C, h, w), top first.   y, z: (B, C, h, w).   told: one a sample."""

    x: torch.Tensor
    y: torch.Tensor
    z: torch.Tensor
    told: tuple[Told, ...]


@torch.no_grad()
def encode(vae: AutoencoderKL, triplets: Triplets) -> Latents:
    """Encode foregrounds, background and composite by the RGBA autoencoder, on its device; z and y are opaque."""
    batch, layers = triplets.x.shape[:2]
    opaque = torch.ones_like(triplets.z[:, :1])
    z, y = (alpha_vae.encode(vae, torch.cat([part, opaque], 1)) for part in (triplets.z, triplets.y))
    x = alpha_vae.encode(vae, triplets.x.flatten(0, 1))
    return Latents(x.unflatten(0, (batch, layers)), y, z, triplets.told)


class LatentCache:
    """A folder's triplets encoded once, then read from disk: the crop is the middle of the bucket's overhang.

    folder: where they are kept, one file a triplet, named by the pictures, their bucket and the autoencoder.
    """

    def __init__(self, source: FolderSource, vae: AutoencoderKL, folder: Path, device: torch.device) -> None:
        self._source, self._vae, self._folder, self._device = source, vae, folder, device
        digest = sha256(repr(sorted(vae.config.items())).encode())
        for module in (vae.encoder.conv_in, vae.encoder.conv_out):
            digest.update(module.weight.detach().float().cpu().numpy().tobytes())
        self._encoder = digest.hexdigest()

    def at(self, step: int, rank: int, count: int) -> Latents:
        """As `Source.at`, encoded."""
        parts = [self._one(number) for number in self._source.drawn(step, rank, count)]
        x, y, z = (torch.cat([getattr(one, part) for one in parts]) for part in ("x", "y", "z"))
        return Latents(x, y, z, tuple(told for one in parts for told in one.told))

    def _one(self, number: int) -> Latents:
        path = self._folder / f"{self._key(number)}.safetensors"
        told = self._source.told(number)
        try:
            found = load_file(path, device=str(self._device))
            return Latents(found["x"], found["y"], found["z"], (told,))
        except (FileNotFoundError, SafetensorError, KeyError):
            made = encode(self._vae, self._source.sample(number).to(self._device))
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        save_file({name: getattr(made, name).cpu().contiguous() for name in ("x", "y", "z")}, part)
        os.replace(part, path)
        return made

    def _key(self, number: int) -> str:
        item = self._source.items[number]
        digest = sha256(f"{self._encoder} {self._source.group(number)}".encode())
        for path in (item.z, item.y, *item.foregrounds, *([item.mask] if item.mask else [])):
            stat = path.stat()
            digest.update(f"\n{path.absolute()} {stat.st_size} {stat.st_mtime_ns}".encode())
        return digest.hexdigest()[:32]
