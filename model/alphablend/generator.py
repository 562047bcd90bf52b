"""AlphaBlend: batches of composites with their true layers.

Whole batches are composited on the device: photographs, marks and textures lie there as banks. For
every sample `z = emission + transmission * y` (add: until it clips), before the mild degradations that
the composite went through. Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .. import blending
from ..types import Kind
from .absorb import scan, shadow
from .backdrop import crops, whole_picture
from .banks import load_banks
from .cell import cell
from .degradations import degraded_backdrop, degraded_composite, quantised
from .flare import flare
from .fog import fog
from .glass import pane, reflection
from .overlay import BLENDS, Overlay, Painter
from .prints import photograph
from .rain import rain, strokes
from .rng import Rng
from .snow import dirt, flakes, stain
from .sources import Split
from .variation import resampled, varied_composite, varied_overlay
from .view import View
from .watermark import logos, marks, plain_text, solid, sticker, text

__all__ = ["DEFAULT_KINDS", "NO_KIND", "SUBTYPES", "AlphaBlend", "Batch"]

NO_KIND = len(Kind)
"""`Batch.kind` of a picture without an overlay."""

_VISIBLE = 1.5 / 255  # the least change of any pixel that counts as an overlay
_CLEAR = 1.0 / 255  # the least root mean square change of a picture that is to be judged
_TRIES = 10
_RESAMPLED, _GRAY = 0.12, 0.06  # shares of the samples of a varied source
_STROKES = 0.35  # of the rain of a varied source

SUBTYPES: dict[str, tuple[Kind, Painter]] = {
    "text": (Kind.WATERMARK, text),
    "plain": (Kind.WATERMARK, plain_text),
    "icon": (Kind.WATERMARK, marks),
    "logo": (Kind.WATERMARK, logos),
    "solid": (Kind.WATERMARK, solid),
    "sticker": (Kind.WATERMARK, sticker),
    "photo": (Kind.WATERMARK, photograph),
    "fog": (Kind.FOG, fog),
    "rain": (Kind.RAIN, rain),
    "strokes": (Kind.RAIN, strokes),
    "flakes": (Kind.SNOW, flakes),
    "dirt": (Kind.SNOW, dirt),
    "stain": (Kind.SNOW, stain),
    "flare": (Kind.FLARE, flare),
    "scan": (Kind.XRAY, scan),
    "shadow": (Kind.XRAY, shadow),
    "cell": (Kind.CELL, cell),
    "pane": (Kind.GLASS, pane),
    "reflection": (Kind.GLASS, reflection),
}
"""What can be asked for by name, beside the kinds: each subtype belongs to one kind."""

_PARTS: dict[str, dict[str, float]] = {
    Kind.WATERMARK: {"text": 0.5, "icon": 0.28, "logo": 0.17, "photo": 0.05},
    Kind.FOG: {"fog": 1},
    Kind.RAIN: {"rain": 1},
    Kind.SNOW: {"flakes": 0.4, "dirt": 0.35, "stain": 0.25},
    Kind.FLARE: {"flare": 1},
    Kind.XRAY: {"scan": 0.6, "shadow": 0.4},
    Kind.CELL: {"cell": 1},
    Kind.GLASS: {"pane": 0.75, "reflection": 0.25},
}
"""The subtypes of each kind, and their shares."""

DEFAULT_KINDS: dict[str, float] = {
    Kind.WATERMARK: 0.3,
    **{kind: 0.09 for kind in Kind if kind is not Kind.WATERMARK},
    "none": 0.07,
}


@dataclass(frozen=True, eq=False)
class Batch:
    """Tensors on the generator's device; pictures (N, 3, H, W) float32 of 0..1.

    z: the composite, as it is met.   y: the backdrop, 8-bit values.   emission, transmission: the true layer.
    alpha: (N, 1, H, W), canonical (`blending.canonical`).   blend: (N,) index into list(BlendType), 0 for none.
    kind: (N,) index into list(Kind), or NO_KIND.
    """

    z: Tensor
    y: Tensor
    emission: Tensor
    transmission: Tensor
    alpha: Tensor
    blend: Tensor
    kind: Tensor

    @property
    def clean(self) -> Tensor:
        """The composite before degradations: (N, 3, H, W)."""
        return (self.emission + self.transmission * self.y).clamp(max=1)

    def __len__(self) -> int:
        return len(self.z)

    def of(self, index: Tensor) -> Batch:
        """Some of the samples."""
        return Batch(*(getattr(self, f.name)[index] for f in fields(self)))


def _shares(kinds: Mapping[str, float]) -> dict[str, float]:
    """Weights by subtype, and "none". Raises ValueError for a name that is neither a kind nor a subtype."""
    shares: dict[str, float] = {}
    for name, weight in kinds.items():
        if name not in SUBTYPES and name not in _PARTS and name != "none":
            raise ValueError(f"{name!r} is no kind: use {', '.join([*_PARTS, *SUBTYPES, 'none'])}")
        parts = _PARTS.get(name, {name: 1.0})
        for subtype, part in parts.items():
            shares[subtype] = shares.get(subtype, 0.0) + weight * part / sum(parts.values())
    return shares


class AlphaBlend:
    """One split of the pack, held on a device; every sample follows from the seed and the calls made so far."""

    def __init__(
        self,
        pack: Path,
        split: Split,
        device: str | torch.device = "cpu",
        seed: int = 0,
        without: str = "",
        varied: bool = False,
    ) -> None:
        """without: part of the keys of photographs that are left out. varied: see `variation`; for training alone.

        Raises FileNotFoundError where the pack has not been made.
        """
        self.varied = varied
        self.device = torch.device(device)
        self.split: Split = split
        self.banks = load_banks(pack, split, self.device, seed, without, varied)
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Start the sequence of batches anew."""
        self._rng = Rng(seed, self.device)

    @torch.no_grad()
    def batch(
        self,
        n: int,
        size: int | tuple[int, int],
        kinds: Mapping[str, float] | None = None,
        strength: tuple[float, float] = (0.0, 1.0),
        whole: float = 0.0,
    ) -> Batch:
        """n crops of `size` pixels (side, or H and W). Raises ValueError for an unknown kind.

        kinds: weights by kind, subtype (SUBTYPES) or "none"; DEFAULT_KINDS if not given. strength: range of how
        opaque the overlays are, within each kind's own 0..1. whole: share of samples that show as much of their
        photograph as the shape allows, and it as the whole picture.
        """
        size = (size, size) if isinstance(size, int) else size
        y, view = crops(self.banks, self._rng, n, size, whole)
        y = degraded_backdrop(y, self._rng)
        return self._composited(y, view, kinds or DEFAULT_KINDS, strength, self._rng)

    @torch.no_grad()
    def stacked(
        self,
        n: int,
        size: int | tuple[int, int],
        layers: int,
        kinds: Mapping[str, float] | None = None,
        strength: tuple[float, float] = (0.0, 1.0),
        whole: float = 0.0,
        top: Mapping[str, float] | None = None,
    ) -> tuple[Batch, ...]:
        """n crops with `layers` overlays one upon the other, a batch an overlay, the lowest first; else as `batch`.

        top: weights of the topmost's kinds; None = `kinds`. Each batch's y is what the overlays below it make, before
        degradations; the last one's z is the composite.
        """
        size = (size, size) if isinstance(size, int) else size
        y, view = crops(self.banks, self._rng, n, size, whole)
        y = degraded_backdrop(y, self._rng)
        found: list[Batch] = []
        for k in range(layers):
            mine = (top if k == layers - 1 else None) or kinds or DEFAULT_KINDS
            found.append(self._composited(found[-1].clean if found else y, view, mine, strength, self._rng))
        return tuple(found)

    @torch.no_grad()
    def pictures(
        self,
        n: int,
        short_side: int = 720,
        kinds: Mapping[str, float] | None = None,
        strength: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
    ) -> Iterator[Batch]:
        """n whole photographs, one a batch, each photograph as often as the others; the same for the same seed.

        An overlay that would hardly show is drawn again, here and in `laid_over`.
        """
        order = np.random.default_rng(seed).permutation(len(self.banks.photographs))
        for i in range(n):
            photo = self.banks.photographs[order[i % len(order)]]
            rng = Rng(seed * 1_000_003 + i, self.device)
            y, view = whole_picture(photo.levels[0], short_side)
            shares = kinds or DEFAULT_KINDS
            subtype = list(shares)[rng.groups(1, list(shares.values()))[0][0]]
            yield self._shown(quantised(y), view, subtype, strength, rng)

    @torch.no_grad()
    def laid_over(
        self, pixels: np.ndarray, kind: str, strength: tuple[float, float] = (0.0, 1.0), seed: int = 0
    ) -> Batch:
        """A batch of one: an overlay on a picture of your own, uint8 H x W x 3, at its own size."""
        y, view = whole_picture(torch.tensor(pixels, device=self.device).permute(2, 0, 1))
        return self._shown(y, view, kind, strength, Rng(seed, self.device))

    def _shown(self, y: Tensor, view: View, subtype: str, strength: tuple[float, float], rng: Rng) -> Batch:
        """One picture with an overlay that shows, if one of a few does."""
        for _ in range(_TRIES):
            batch = self._composited(y, view, {subtype: 1.0}, strength, rng)
            if subtype == "none" or (batch.clean - batch.y).square().mean().sqrt() >= _CLEAR:
                break
        return batch

    def _composited(
        self, y: Tensor, view: View, kinds: Mapping[str, float], strength: tuple[float, float], rng: Rng
    ) -> Batch:
        n = len(y)
        shares = _shares(kinds)
        if self.varied and "rain" in shares:
            shares["strokes"] = shares.get("strokes", 0.0) + _STROKES * shares["rain"]
            shares["rain"] *= 1 - _STROKES
        subtypes = list(shares)
        layer = _Layers(y)
        for number, chosen in rng.groups(n, list(shares.values())):
            if subtypes[number] != "none":
                kind, painter = SUBTYPES[subtypes[number]]
                some = view.of(chosen)
                overlay = painter(some, self.banks, rng, rng.uniform(len(chosen), *strength))
                if self.varied:
                    overlay = varied_overlay(overlay, kind, rng)
                layer.put(chosen, overlay, list(Kind).index(kind))
        layer.drop_invisible()
        if self.varied:
            y = layer.vary(rng)
        z = (layer.emission + layer.transmission * layer.seen).clamp(max=1)
        z = varied_composite(degraded_composite(z, rng), rng) if self.varied else degraded_composite(z, rng)
        return Batch(z, y, layer.emission, layer.transmission, layer.alpha, layer.blend, layer.kind)


class _Layers:
    """The true layers of a batch while its kinds are drawn one after the other; nothing at first."""

    def __init__(self, y: Tensor) -> None:
        n = len(y)
        self.y = y
        self.seen = y  # the backdrop as it is seen through the layer
        self.emission = torch.zeros_like(y)
        self.transmission = torch.ones_like(y)
        self.alpha = torch.zeros_like(y[:, :1])
        self.blend = torch.zeros(n, dtype=torch.long, device=y.device)
        self.kind = torch.full((n,), NO_KIND, device=y.device)

    def put(self, chosen: Tensor, overlay: Overlay, kind: int) -> None:
        """Lay overlays on the chosen samples."""
        self.blend[chosen] = overlay.blend
        self.kind[chosen] = kind
        if overlay.shift is not None:
            self.seen = self.seen.index_copy(0, chosen, _displaced(self.seen[chosen], overlay.shift))
        self.emission[chosen], self.transmission[chosen], self.alpha[chosen] = _true_layer(overlay)

    def vary(self, rng: Rng) -> Tensor:
        """Some of the samples resampled as a whole, some gray; gives the backdrops, which change with them."""
        some = torch.from_numpy((rng.host.random(len(self.y)) < _RESAMPLED).nonzero()[0]).to(self.y.device)
        if len(some):
            parts = (self.y, self.seen, self.emission, self.transmission, self.alpha)
            changed = resampled([part[some] for part in parts], rng.host.uniform(0.5, 0.95))
            parts = [part.index_copy(0, some, new) for part, new in zip(parts, changed, strict=True)]
            self.y, self.seen, self.emission, self.transmission, self.alpha = parts
        gray = rng.chance(len(self.y), _GRAY)[..., None]
        for name in ("y", "seen", "emission", "transmission"):
            part = getattr(self, name)
            setattr(self, name, torch.where(gray, part.mean(1, keepdim=True).clamp(max=1), part))
        self.y = quantised(self.y)
        return self.y

    def drop_invisible(self) -> None:
        """An overlay that changes no pixel visibly (white on white) is none: no label could be right."""
        change = (self.emission + self.transmission * self.seen).clamp(max=1) - self.seen
        shown = change.abs().amax((1, 2, 3)) >= _VISIBLE
        keep = shown[:, None, None, None]
        self.emission = torch.where(keep, self.emission, 0)
        self.transmission = torch.where(keep, self.transmission, 1)
        self.alpha = torch.where(keep, self.alpha, 0)
        self.blend = torch.where(shown, self.blend, 0)
        self.kind = torch.where(shown, self.kind, NO_KIND)


def _true_layer(overlay: Overlay) -> tuple[Tensor, Tensor, Tensor]:
    """Emission, transmission and canonical alpha of overlays, each by its own blend type.

    Every formula is computed for all of them and one result kept: to count how many there are of a type would make
    the host wait for the device. On a CPU, where asking costs nothing, types that do not occur are skipped.
    """
    colour = overlay.colour.expand(-1, -1, *overlay.alpha.shape[2:])
    emission, transmission = torch.zeros_like(colour), torch.ones_like(colour)
    alpha = torch.zeros_like(overlay.alpha)
    for number, blend in enumerate(BLENDS):
        chosen = overlay.blend == number
        if chosen.device.type == "cpu" and not chosen.any():
            continue
        light, through = blending.emission_transmission(overlay.alpha, colour, blend)
        opaque, _ = blending.canonical(light, through, blend, axis=1)
        of_type = chosen[:, None, None, None]
        emission = torch.where(of_type, light, emission)
        transmission = torch.where(of_type, through, transmission)
        alpha = torch.where(of_type, opaque, alpha)
    return emission, transmission, alpha


def _displaced(pictures: Tensor, shift: Tensor) -> Tensor:
    """Pictures looked up `shift` (n, H, W, 2) pixels away."""
    h, w = pictures.shape[2:]
    rows = (torch.arange(h, device=pictures.device) + 0.5)[None, :, None]
    columns = (torch.arange(w, device=pictures.device) + 0.5)[None, None, :]
    grid = torch.stack([(columns + shift[..., 0]) * (2 / w) - 1, (rows + shift[..., 1]) * (2 / h) - 1], -1)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
