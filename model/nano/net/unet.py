"""The nano network: a plain residual U-Net that sees a composite and says z = emission + transmission * backdrop.

No normalisation layers: their statistics differ between tiles and would draw seams. The same network makes
the global pass (whole picture, reduced) and looks at native tiles. It can be given a coarse estimate of a tile, as
its early training did; `passes` no longer does, for it misled (measured there).
The blend type and the kind are classified before a given type is injected, or the head would see the answer.

Training side only (torch); inference reads the exported graph, see `session`. Knows nothing of losses or data.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import layout
from .backbone import LEVELS, Backbone
from .text_detector import CHANNELS, TextDetector

__all__ = ["Encoded", "Estimates", "NanoNetwork", "NanoParams", "Raw"]


@dataclass(frozen=True)
class NanoParams:
    """widths: channels at 1/2, 1/4, 1/8, 1/16.   encoder, decoder: residual blocks at each width.

    backbone: number of levels, from 1/2 to 1/32, at which features of `backbone` are added.
    latent: whether a latent input selects among plausible layers.
    letters: whether features of `text_detector` are added (the name is in files on disk).
    """

    widths: tuple[int, ...] = (48, 80, 128, 208)
    encoder: tuple[int, ...] = (1, 1, 2, 3)
    decoder: tuple[int, ...] = (1, 1, 2)
    embedding: int = 64
    backbone: int = 0
    latent: bool = False
    letters: bool = False


class Raw(NamedTuple):
    """Raw outputs (logits); classes from the pooled head."""

    emission: Tensor  # (N, 3, H, W) logits
    opacity: Tensor  # (N, 3, H, W) logits of 1 - transmission
    paint: Tensor  # (N, 3, H, W) background colours, unclipped
    presence: Tensor  # (N, 1, H, W) logit of any foreground at this pixel
    blend: Tensor  # (N, 4) logits
    kind: Tensor  # (N, 9) logits, the last: no foreground


class Estimates(NamedTuple):
    """The same in physical units, 0..1; what the exported graph gives."""

    layer: Tensor  # (N, 10, H, W): emission, opacity, paint, presence
    blend: Tensor  # (N, 4) logits
    kind: Tensor  # (N, 9) logits


class Encoded(NamedTuple):
    """Output of the encoder. embedding: (N, E), of the condition and of the pooled picture."""

    skips: list[Tensor]
    deepest: Tensor
    features: Tensor
    embedding: Tensor


class ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)  # starts as the identity, so depth costs no stability

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.relu(self.first(x)))


def blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(width) for _ in range(count)))


class Modulation(nn.Module):
    """Scales and shifts channels by an embedding (FiLM, arXiv 1709.07871); the identity at the start."""

    def __init__(self, embedding: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(embedding, 2 * width)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        scale, shift = self.linear(embedding)[:, :, None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class NanoNetwork(nn.Module):
    """forward(picture (N, 12, H, W), condition (N, 17), latent (N, 4)) -> Raw; see `layout`. H, W multiples of 32."""

    def __init__(self, params: NanoParams = NanoParams()) -> None:
        super().__init__()
        self.params = params
        widths, deepest = params.widths, params.widths[-1]
        pairs = list(pairwise(widths))
        self.stem = nn.Conv2d(layout.PICTURE_CHANNELS, widths[0], 4, stride=2, padding=1)
        self.encoder = nn.ModuleList(blocks(w, n) for w, n in zip(widths, params.encoder, strict=True))
        self.down = nn.ModuleList(nn.Conv2d(wide, deep, 2, stride=2) for wide, deep in pairs)
        self.up = nn.ModuleList(nn.Conv2d(deep, wide, 1) for wide, deep in pairs)
        self.decoder = nn.ModuleList(blocks(w, n) for w, n in zip(widths, params.decoder, strict=False))
        self.attention = nn.Conv2d(deepest, 1, 1)
        self.classify = nn.Sequential(nn.Linear(2 * deepest, 128), nn.ReLU())
        self.blend = nn.Linear(128, len(layout.BLENDS))
        self.kind = nn.Linear(128, len(layout.KINDS) + 1)
        self.context = nn.Linear(2 * deepest, params.embedding)
        self.condition = nn.Linear(layout.CONDITION_WIDTH, params.embedding)
        self.modulate = nn.ModuleList(Modulation(params.embedding, w) for w in widths)
        self.latent = nn.Linear(layout.LATENT_WIDTH, params.embedding, bias=False) if params.latent else None
        self.backbone = Backbone(params.backbone) if params.backbone else None
        seen = list(zip(LEVELS.values(), (*widths, deepest), strict=False))[: params.backbone]
        self.lateral = nn.ModuleList(nn.Conv2d(n, w, 1) for n, w in seen)
        self.letters = TextDetector() if params.letters else None
        read = list(zip(CHANNELS, widths, strict=True)) if params.letters else []
        self.reading = nn.ModuleList(nn.Conv2d(n, w, 1) for n, w in read)
        self.head = nn.Conv2d(widths[0], 4 * layout.OUTPUT_CHANNELS, 3, padding=1)
        self._start_at_identity()

    def _start_at_identity(self) -> None:
        nn.init.zeros_(self.head.weight)
        bias = torch.tensor([-3.0] * 6 + [0.0] * 3 + [-2.0])  # emission, opacity; paint; presence
        with torch.no_grad():
            self.head.bias.copy_(bias.repeat_interleave(4))  # type: ignore[union-attr]

    def forward(self, picture: Tensor, condition: Tensor, latent: Tensor | None = None) -> Raw:
        return self.decode(picture, self.encode(picture, condition), latent)

    def encode(self, picture: Tensor, condition: Tensor) -> Encoded:
        """Encoder: everything that does not depend on the latent."""
        last = len(self.down)
        backbone_features = self._backbone_features(picture[:, layout.PICTURE] + 0.5)
        text_features = self._text_features(picture[:, layout.PICTURE] + 0.5)
        x = self.stem(picture)  # (N, 48, H/2, W/2)
        skips = []
        for level, encode in enumerate(self.encoder):
            x = encode(x)
            if backbone_features:
                x = x + backbone_features[level]
            if text_features:
                x = x + text_features[level]
            if level < last:
                skips.append(x)
                x = self.down[level](x)

        pooled = self._pool(x)  # (N, 2 C)
        # A tile must not look at its own pooled features: its neighbour pools others, and a seam would show.
        whole = 1 - condition[:, layout.IS_TILE :]
        embedding = F.relu(self.condition(condition) + whole * self.context(pooled))
        return Encoded(skips, x, self.classify(pooled), embedding)

    def decode(self, picture: Tensor, seen: Encoded, latent: Tensor | None = None) -> Raw:
        """Decoder. latent: (N, 4), selects among the plausible layers; None is the same as zeros."""
        embedding, x = seen.embedding, seen.deepest
        if latent is not None and self.latent is not None:
            embedding = embedding + self.latent(latent)
        last = len(self.down)
        x = self.modulate[last](x, embedding)
        for level in reversed(range(last)):
            x = seen.skips[level] + F.interpolate(self.up[level](x), scale_factor=2.0, mode="nearest")
            x = self.decoder[level](self.modulate[level](x, embedding))
        out = F.pixel_shuffle(self.head(x), 2)  # (N, 10, H, W)
        emission, opacity, residual, presence = out.split((3, 3, 3, 1), dim=1)
        paint = picture[:, layout.PICTURE] + 0.5 + residual
        return Raw(emission, opacity, paint, presence, self.blend(seen.features), self.kind(seen.features))

    def _backbone_features(self, picture: Tensor) -> list[Tensor]:
        """Backbone features projected to each level's width; an empty list without a backbone."""
        if self.backbone is None:
            return []
        seen = [project(x) for project, x in zip(self.lateral, self.backbone(picture), strict=True)]
        if len(seen) > len(self.encoder):  # what is seen at 1/32 is added at 1/16
            deepest = F.interpolate(seen.pop(), scale_factor=2.0, mode="nearest")
            seen[-1] = seen[-1] + deepest
        return seen

    def _text_features(self, picture: Tensor) -> list[Tensor]:
        """Text detector features projected to each level's width; an empty list without one."""
        if self.letters is None:
            return []
        return [read(x) for read, x in zip(self.reading, self.letters(picture), strict=True)]

    def _pool(self, x: Tensor) -> Tensor:
        """Mean, and a mean that attends: small marks in large pictures would drown in the plain one."""
        flat = x.flatten(2)  # (N, C, P)
        weight = self.attention(x).flatten(2).softmax(dim=2)  # (N, 1, P)
        return torch.cat([flat.mean(dim=2), (flat * weight).sum(dim=2)], dim=1)

    def estimates(self, picture: Tensor, condition: Tensor, latent: Tensor | None = None) -> Estimates:
        """The exported graph's outputs."""
        raw = self(picture, condition, latent)
        squashed = [raw.emission.sigmoid(), raw.opacity.sigmoid(), raw.paint.clamp(0, 1), raw.presence.sigmoid()]
        return Estimates(torch.cat(squashed, dim=1), raw.blend, raw.kind)
