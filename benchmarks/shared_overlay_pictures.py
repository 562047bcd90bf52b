"""Photographs that carry the same overlay: what `benchmarks.shared_overlay` takes apart.

Twelve overlays, each as emission and transmission at the picture's size. Fonts, icons and photographs come from one
split of the generator's pack. Knows nothing of how an overlay is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from model.alphablend.glyphs import Atlas, set_line, write_words
from model.alphablend.pack import Pack
from model.blending import emission_transmission
from model.types import BlendType

from .overlay_pictures import logo_overlay

__all__ = ["KINDS", "SharedOverlay", "composites", "crops", "make_overlay"]

INKS = ((1, 1, 1), (0.02, 0.02, 0.02), (0.9, 0.1, 0.15), (0.98, 0.8, 0.1), (0.1, 0.35, 0.8), (0.5, 0.5, 0.5))


@dataclass(frozen=True, eq=False)
class SharedOverlay:
    """emission, transmission: float32 H x W x 3."""

    name: str
    emission: np.ndarray
    transmission: np.ndarray

    @property
    def inside(self) -> np.ndarray:
        """bool H x W: where it changes a picture by half a level of 255 at least."""
        return np.asarray((self.transmission < 0.998).any(-1) | (self.emission > 0.002).any(-1))


def crops(pack: Pack, count: int, size: tuple[int, int], rng: np.random.Generator) -> list[np.ndarray]:
    """`count` different photographs, float32 H x W x 3, reduced or enlarged to cover `size` (width, height), then cut.

    Fewer where the pack has not so many.
    """
    order = rng.permutation(len(pack.photos))[:count]
    out = []
    for number in order:
        pixels = pack.photos[number].pixels
        scale = max(size[0] / pixels.shape[1], size[1] / pixels.shape[0])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        whole = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=method)
        whole = cv2.resize(whole, (max(whole.shape[1], size[0]), max(whole.shape[0], size[1])))
        y, x = (whole.shape[0] - size[1]) // 2, (whole.shape[1] - size[0]) // 2
        out.append(whole[y : y + size[1], x : x + size[0]].astype(np.float32) / 255)
    return out


def composites(photos: list[np.ndarray], overlay: SharedOverlay) -> list[np.ndarray]:
    """uint8 H x W x 3 each."""
    return [
        np.rint((overlay.emission + overlay.transmission * photo).clip(0, 1) * 255).astype(np.uint8) for photo in photos
    ]


def make_overlay(name: str, pack: Pack, size: tuple[int, int], rng: np.random.Generator) -> SharedOverlay:
    """The overlay of a name in KINDS on a picture of `size` (width, height)."""
    canvas = _Canvas(size)
    KINDS[name](canvas, pack, rng)
    return SharedOverlay(name, canvas.emission, canvas.transmission)


class _Canvas:
    """An overlay under construction: layers composited one above the other."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.width, self.height = size
        self.emission = np.zeros((self.height, self.width, 3), np.float32)
        self.transmission = np.ones_like(self.emission)

    def add(self, alpha: np.ndarray, colour: npt.ArrayLike, blend: BlendType = BlendType.NORMAL) -> None:
        """alpha: float H x W; colour: 3 values or H x W x 3."""
        wide = np.broadcast_to(np.asarray(colour, np.float32), self.emission.shape)
        f, t = emission_transmission(alpha[..., None].astype(np.float32), wide, blend)
        self.emission = f + t * self.emission
        self.transmission = t * self.transmission

    def place(self, shape: np.ndarray, width: float, x: float, y: float, angle: float = 0.0) -> np.ndarray:
        """A shape (bool or float h x w) drawn `width` pixels wide around (x, y), both shares of the canvas; H x W."""
        scale = width / shape.shape[1]
        source = np.pad(shape.astype(np.float32), 4)
        turn = cv2.getRotationMatrix2D((source.shape[1] / 2, source.shape[0] / 2), angle, 4 * scale)
        turn[:, 2] += (4 * x * self.width - source.shape[1] / 2, 4 * y * self.height - source.shape[0] / 2)
        small = cv2.resize(source, None, fx=min(1, 4 * scale), fy=min(1, 4 * scale), interpolation=cv2.INTER_AREA)
        turn[:, :2] @= np.diag([source.shape[1] / small.shape[1], source.shape[0] / small.shape[0]])
        drawn = cv2.warpAffine(small, turn, (4 * self.width, 4 * self.height), flags=cv2.INTER_LINEAR)
        return cv2.resize(drawn, (self.width, self.height), interpolation=cv2.INTER_AREA)


def _line(pack: Pack, rng: np.random.Generator, words: str | None = None, most: int = 16) -> np.ndarray:
    """A line of text in some font of the pack, cropped: bool h x w."""
    for _ in range(50):
        atlas: Atlas = pack.atlases[rng.integers(len(pack.atlases))]
        said = words or write_words(rng, atlas)
        if not (3 <= len(said) <= most) or sum(c in atlas.glyphs for c in said if c != " ") < len(
            said.replace(" ", "")
        ):
            continue
        line = set_line(atlas, said)
        rows, columns = np.flatnonzero(line.any(1)), np.flatnonzero(line.any(0))
        if len(rows) > 20 and line.mean() > 0.1:
            return line[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    raise ValueError("no font of the pack has these letters")


def _somewhere(rng: np.random.Generator, low: float = 0.35, high: float = 0.65) -> tuple[float, float]:
    return float(rng.uniform(low, high)), float(rng.uniform(low, high))


def _text(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    shape = canvas.place(_line(pack, rng), canvas.width * rng.uniform(0.3, 0.6), *_somewhere(rng), rng.uniform(-30, 30))
    canvas.add(shape * rng.uniform(0.35, 0.7), INKS[rng.integers(len(INKS))])


def _outlined(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    shape = canvas.place(_line(pack, rng), canvas.width * rng.uniform(0.3, 0.6), *_somewhere(rng))
    wide = cv2.dilate(shape, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    first, second = rng.permutation(len(INKS))[:2]
    share = shape[..., None]
    colour = share * np.asarray(INKS[first]) + (1 - share) * np.asarray(INKS[second])
    canvas.add(wide * rng.uniform(0.4, 0.75), colour)


def _logo(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    logo = logo_overlay(rng).astype(np.float32) / 255
    width, (x, y) = canvas.width * rng.uniform(0.15, 0.3), _somewhere(rng, 0.25, 0.75)
    planes = [canvas.place(logo[..., k] * logo[..., 3], width, x, y) for k in range(3)]
    alpha = canvas.place(logo[..., 3], width, x, y)
    canvas.add(alpha * rng.uniform(0.4, 0.8), (np.stack(planes, -1) / np.maximum(alpha, 1e-3)[..., None]).clip(0, 1))


def _gradient(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    shape = canvas.place(_line(pack, rng), canvas.width * rng.uniform(0.35, 0.6), *_somewhere(rng))
    columns = np.nonzero(shape > 0)[1]
    ramp = np.clip((np.arange(canvas.width) - columns.min()) / max(np.ptp(columns), 1), 0, 1)[None, :, None]
    first, second = rng.permutation(len(INKS) - 1)[:2]
    colour = (1 - ramp) * np.asarray(INKS[first]) + ramp * np.asarray(INKS[second])
    strong, weak = rng.uniform(0.6, 0.8), rng.uniform(0.25, 0.45)
    canvas.add(shape * (strong + (weak - strong) * ramp[..., 0]), colour + 0 * canvas.emission)


def _shadowed(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    shape = canvas.place(_line(pack, rng), canvas.width * rng.uniform(0.3, 0.55), *_somewhere(rng))
    shadow = cv2.GaussianBlur(np.roll(shape, (4, 4), (0, 1)), (0, 0), rng.uniform(1.5, 3))
    canvas.add(shadow * rng.uniform(0.4, 0.6), (0, 0, 0))
    canvas.add(shape * rng.uniform(0.5, 0.8), INKS[(0, 0, 3, 2)[rng.integers(4)]])


def _date(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    words = f"{rng.integers(1, 29):02d}.{rng.integers(1, 13):02d}.{rng.integers(1995, 2026)}"
    shape = canvas.place(_line(pack, rng, words), canvas.width * rng.uniform(0.16, 0.22), 0.84, 0.92)
    glow = cv2.GaussianBlur(shape, (0, 0), 1.0)
    canvas.add(glow * rng.uniform(0.75, 0.9), (1.0, rng.uniform(0.45, 0.65), 0.1))


def _dust(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    big = np.zeros((2 * canvas.height, 2 * canvas.width), np.float32)
    for _ in range(int(rng.integers(60, 120))):
        x, y = int(rng.uniform(0, big.shape[1])), int(rng.uniform(0, big.shape[0]))
        axes = int(rng.integers(2, 9)), int(rng.integers(2, 9))
        cv2.ellipse(big, (x, y), axes, rng.uniform(0, 180), 0, 360, float(rng.uniform(0.3, 0.8)), -1, cv2.LINE_AA)
    soft = cv2.resize(cv2.GaussianBlur(big, (0, 0), 1.5), (canvas.width, canvas.height), interpolation=cv2.INTER_AREA)
    canvas.add(soft, (rng.uniform(0, 0.25), rng.uniform(0, 0.2), rng.uniform(0, 0.15)), BlendType.MULTIPLY)


def _hair(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    big = np.zeros((2 * canvas.height, 2 * canvas.width), np.float32)
    for _ in range(int(rng.integers(5, 10))):
        at, turn, bend = rng.uniform((0, 0), big.shape[::-1]), rng.uniform(0, 6.3), rng.normal(0, 0.02)
        points = []
        for _ in range(int(rng.integers(30, 90))):
            points.append(at.copy())
            turn += bend + rng.normal(0, 0.04)
            at = at + 6 * np.array([np.cos(turn), np.sin(turn)])
        line = np.rint(np.array(points)).astype(np.int32)
        cv2.polylines(big, [line], False, float(rng.uniform(0.45, 0.85)), int(rng.integers(2, 6)), cv2.LINE_AA)
    soft = cv2.resize(cv2.GaussianBlur(big, (0, 0), 1.0), (canvas.width, canvas.height), interpolation=cv2.INTER_AREA)
    canvas.add(soft, (0.12, 0.1, 0.08), BlendType.MULTIPLY)


def _vignette(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    y, x = np.mgrid[: canvas.height, : canvas.width].astype(np.float32)
    square = ((x / canvas.width - 0.5) ** 2 + (y / canvas.height - 0.5) ** 2) / 0.5
    fall = rng.uniform(0.45, 0.7)
    canvas.add(fall * (rng.uniform(0.2, 0.6) * square + 0.5 * square**2).clip(0, 1), (0, 0, 0), BlendType.MULTIPLY)


def _plate(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    ink = INKS[(0, 1, 4)[rng.integers(3)]]
    plate = np.zeros((canvas.height, canvas.width), np.float32)
    x, y = (int(rng.uniform(0.05, 0.4) * canvas.width), int(rng.uniform(0.1, 0.75) * canvas.height))
    w, h = (int(rng.uniform(0.3, 0.5) * canvas.width), int(rng.uniform(0.12, 0.2) * canvas.height))
    cv2.rectangle(plate, (x, y), (x + w, y + h), 1.0, -1)
    canvas.add(plate * rng.uniform(0.35, 0.65), ink)
    shape = canvas.place(_line(pack, rng), 0.7 * w, (x + w / 2) / canvas.width, (y + h / 2) / canvas.height)
    canvas.add(shape * plate * 0.7, (0, 0, 0) if max(ink) > 0.9 else (1, 1, 1))


def _screened(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    icon = pack.icons[rng.integers(len(pack.icons))]
    shape = canvas.place(icon, canvas.width * rng.uniform(0.15, 0.25), *_somewhere(rng, 0.3, 0.7), rng.uniform(-20, 20))
    canvas.add(shape * rng.uniform(0.35, 0.7), (rng.uniform(0.7, 1), rng.uniform(0.7, 1), 1), BlendType.SCREEN)


def _tiled(canvas: _Canvas, pack: Pack, rng: np.random.Generator) -> None:
    line, angle = _line(pack, rng, most=10), rng.uniform(-35, 35)
    shape = np.zeros((canvas.height, canvas.width), np.float32)
    for x in (0.17, 0.5, 0.83):
        for y in (0.17, 0.5, 0.83):
            shape = np.maximum(shape, canvas.place(line, 0.2 * canvas.width, x, y, angle))
    canvas.add(shape * rng.uniform(0.2, 0.45), INKS[(0, 0, 5)[rng.integers(3)]])


KINDS: dict[str, Callable[[_Canvas, Pack, np.random.Generator], None]] = {
    "text": _text,
    "outlined text": _outlined,
    "coloured logo": _logo,
    "gradient text": _gradient,
    "shadowed text": _shadowed,
    "date stamp": _date,
    "dust, multiply": _dust,
    "hair, multiply": _hair,
    "vignette": _vignette,
    "plate with text": _plate,
    "icon, screen": _screened,
    "tiled text": _tiled,
}
