"""Photographs with a known overlay drawn into them: what `benchmarks.overlay` and the tests take apart.

Overlays are logos of several colours, text and icons; they are drawn by other means than the solver's own (Pillow's
resampling), at opacity 0.15 to 0.9, all four blend types, single and tiled, any angle, and saved as PNG or JPEG, or
resized. Knows nothing of how they are found.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import cos, hypot, pi, sin

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.blending import emission_transmission
from model.types import BlendType

__all__ = ["Case", "Drawn", "draw", "icon_overlay", "logo_overlay", "make_cases", "stored", "text_overlay"]

INKS = ((255, 255, 255), (255, 255, 255), (0, 0, 0), (230, 30, 40), (250, 200, 20), (20, 90, 200), (128, 128, 128))


@dataclass(frozen=True)
class Case:
    """What is drawn where. poses: 2 x 3 matrices from overlay to picture, continuous coordinates.

    ink: the colour that replaces the overlay's own, 0..1, or None.   resize: of the finished composite.
    quality: of the JPEG, None = PNG.
    """

    number: int
    name: str
    overlay: np.ndarray
    poses: tuple[np.ndarray, ...]
    opacity: float
    blend: BlendType
    ink: tuple[float, float, float] | None = None
    resize: float = 1.0
    quality: int | None = None


@dataclass(frozen=True, eq=False)
class Drawn:
    """composite: uint8 H x W x 3 as stored. background: float32, the same size, what should come out.

    emission, transmission: float32 H x W x 3, the true layer. matrices: the poses in the stored picture.
    """

    composite: np.ndarray
    background: np.ndarray
    emission: np.ndarray
    transmission: np.ndarray
    matrices: tuple[np.ndarray, ...]

    def by_true_layers(self) -> np.ndarray:
        """The background that the true layer leaves, its colour and alpha rounded to 8 bits; float32."""
        light = np.rint(self.emission * 255) / 255
        through = np.maximum(np.rint(self.transmission * 255) / 255, 1 / 255)
        return ((self.composite.astype(np.float32) / 255 - light) / through).clip(0, 1)


def text_overlay(words: str, rng: np.random.Generator, font_path: str | None = None) -> np.ndarray:
    """A word or two in one ink, some with an outline in another."""
    font = ImageFont.truetype(font_path, 96) if font_path else ImageFont.load_default(96)
    left, top, right, bottom = font.getbbox(words, stroke_width=6)
    image = Image.new("RGBA", (int(right - left) + 24, int(bottom - top) + 24), (0, 0, 0, 0))
    ink = INKS[rng.integers(len(INKS))]
    outline = {"stroke_width": 5, "stroke_fill": INKS[rng.integers(len(INKS))]} if rng.random() < 0.4 else {}
    ImageDraw.Draw(image).text((12 - left, 12 - top), words, font=font, fill=(*ink, 255), **outline)
    return np.asarray(image)


def icon_overlay(icon: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A one-bit icon in one ink, smooth at its edges."""
    shape = np.pad(icon.astype(np.uint8) * 255, 8)
    alpha = cv2.resize(cv2.GaussianBlur(shape, (0, 0), 0.7), None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    ink = np.asarray(INKS[rng.integers(len(INKS))], np.uint8)
    return np.dstack([np.broadcast_to(ink, (*alpha.shape, 3)), alpha])


def logo_overlay(rng: np.random.Generator, side: int = 300) -> np.ndarray:
    """Discs, bars and letters of several colours, drawn four times as large."""
    big = Image.new("RGBA", (4 * side, 4 * side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(big)
    for k in range(int(rng.integers(3, 6))):
        ink = (*(int(v) for v in rng.integers(0, 256, 3)), 255)
        x, y = rng.uniform(0.15, 0.85, 2) * 4 * side
        r = rng.uniform(0.08, 0.3) * 4 * side
        box = (x - r, y - r, x + r, y + r)
        match k % 3:
            case 0:
                pen.ellipse(box, fill=ink)
            case 1:
                pen.polygon([(x + r * cos(a), y + r * sin(a)) for a in rng.uniform(0, 2 * pi, 3)], fill=ink)
            case _:
                pen.arc(box, *sorted(rng.uniform(0, 360, 2)), fill=ink, width=int(r / 3) + 8)
    letters = "".join(rng.choice(list("ABCDEFGHKMNPRSTUVXYZ"), 3))
    pen.text((side, side), letters, font=ImageFont.load_default(1.4 * side), fill=(*INKS[rng.integers(6)], 255))
    return np.asarray(big.resize((side, side), Image.Resampling.BOX))


def _matrix(size: tuple[int, int], scale: float, angle: float, x: float, y: float) -> np.ndarray:
    a, b = scale * cos(angle), scale * sin(angle)
    cx, cy = size[0] / 2, size[1] / 2
    return np.array([[a, -b, x - a * cx + b * cy], [b, a, y - b * cx - a * cy]])


def _placed(overlay: np.ndarray, matrix: np.ndarray, size: tuple[int, int], upright: bool) -> np.ndarray:
    """Premultiplied float32 H x W x 4 of the overlay on a picture of `size`, by Pillow.

    Enlarged or turned by bicubic interpolation, first reduced by Lanczos where it gets smaller.
    """
    straight = overlay.astype(np.float32) / 255
    planes = np.concatenate([straight[..., :3] * straight[..., 3:], straight[..., 3:]], axis=-1)
    scale = hypot(matrix[0, 0], matrix[1, 0])
    h, w = overlay.shape[:2]
    small = (w, h) if scale >= 1 and not upright else (max(2, round(w * scale)), max(2, round(h * scale)))
    inner = matrix.copy()
    inner[:, 0] *= w / small[0]
    inner[:, 1] *= h / small[1]
    inverse = np.linalg.inv(np.vstack([inner, (0, 0, 1)]))[:2].ravel().tolist()
    out = []
    for k in range(4):
        plane = Image.fromarray(np.ascontiguousarray(planes[..., k]))
        if small != (w, h):
            plane = plane.resize(small, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)
        out.append(np.asarray(plane.transform(size, Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC)))
    return np.stack(out, axis=-1).clip(0, 1)


def draw(case: Case, photo: np.ndarray) -> Drawn:
    """The composite of a case over `photo`, uint8 H x W x 3, and its truth."""
    h, w = photo.shape[:2]
    background = photo.astype(np.float32) / 255
    light, through = np.zeros_like(background), np.ones_like(background)
    for matrix in case.poses:
        planes = _placed(case.overlay, matrix, (w, h), upright=abs(matrix[1, 0]) < 1e-9)
        alpha = planes[..., 3:]
        colour = planes[..., :3] / np.maximum(alpha, 1e-6)
        if case.ink is not None:
            colour = np.broadcast_to(np.asarray(case.ink, np.float32), colour.shape)
        f, t = emission_transmission(alpha * case.opacity, colour.clip(0, 1), case.blend)
        light, through = light * t + f, through * t
    composite = (light + through * background).clip(0, 1)
    stored_composite = np.rint(composite * 255).astype(np.uint8)
    matrices = case.poses
    if case.resize != 1:
        size = round(w * case.resize), round(h * case.resize)
        method = cv2.INTER_AREA if case.resize < 1 else cv2.INTER_CUBIC
        stored_composite, background, light, through = (
            cv2.resize(v, size, interpolation=method) for v in (stored_composite, background, light, through)
        )
        factor = np.array([[size[0] / w], [size[1] / h]])
        matrices = tuple(matrix * factor for matrix in matrices)
    stored_composite = stored(stored_composite, case.quality)
    return Drawn(stored_composite, background.clip(0, 1), light, through, matrices)


def stored(pixels: np.ndarray, quality: int | None) -> np.ndarray:
    """The picture after it was saved as a JPEG of `quality` and opened again; None: as it is."""
    if quality is None:
        return pixels
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=quality)
    return np.asarray(Image.open(held))


def make_cases(
    count: int, sizes: list[tuple[int, int]], icons: list[np.ndarray], sprites: list[np.ndarray], seed: int = 24
) -> list[Case]:
    """Cases over photographs of `sizes` (width, height): kinds, blend types, tiling and storage each in turn."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        kind = ("logo", "text", "icon", "sprite")[number % 4]
        if kind == "logo":
            overlay = logo_overlay(rng)
        elif kind == "text":
            words = ("SAMPLE", "Lumen Studio", "© Anna Berg", "PROOF 2026", "do not copy")[rng.integers(5)]
            overlay = text_overlay(words, rng)
        elif kind == "icon":
            overlay = icon_overlay(icons[rng.integers(len(icons))], rng)
        else:
            overlay = sprites[rng.integers(len(sprites))]
        blend = list(BlendType)[(number // 4 + number) % 4]
        ink = None
        if rng.random() < 0.25:
            ink = tuple(float(v) / 255 for v in INKS[rng.integers(len(INKS))])
        overlay, ink = _shown(overlay, ink, blend)
        tiled = number % 3 == 2
        poses = _poses(overlay.shape[1::-1], sizes[number % len(sizes)], tiled, rng)
        opacity = float(rng.uniform(0.15, 0.9))
        resize = (1.0, 1.0, float(np.exp(rng.uniform(np.log(0.5), np.log(2)))))[number % 3 if number % 2 else 0]
        quality = None if (number // 2) % 2 == 0 else int(rng.integers(75, 96))
        name = f"{kind}{'s' if tiled else ''}"
        cases.append(Case(number, name, overlay, poses, opacity, blend, ink, resize, quality))
    return cases


def _shown(overlay: np.ndarray, ink, blend: BlendType) -> tuple[np.ndarray, tuple[float, float, float] | None]:
    """Multiply does nothing with white, screen and add nothing with black: then the overlay in the negative."""
    if blend == BlendType.NORMAL:
        return overlay, ink
    weight = overlay[..., 3:].astype(np.float32)
    mean = (overlay[..., :3] * weight).sum(axis=(0, 1)) / weight.sum() / 255
    seen = float((1 - mean).max() if blend == BlendType.MULTIPLY else mean.max())
    if seen < 0.5:
        overlay = np.dstack([255 - overlay[..., :3], overlay[..., 3]])
    if ink is not None:
        strength = max(1 - v for v in ink) if blend == BlendType.MULTIPLY else max(ink)
        if strength < 0.5:
            ink = tuple(1 - v for v in ink)
    return overlay, ink


def _poses(
    size: tuple[int, int], picture: tuple[int, int], tiled: bool, rng: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """One place, or a lattice over the whole picture; scale 0.1 to 4 as far as it fits and stays visible."""
    w, h = picture
    root = (size[0] * size[1]) ** 0.5
    least = max(0.1, (44 if tiled else 52) / root)
    most = min(4.0, (0.3 if tiled else 0.9) * w / size[0], (0.3 if tiled else 0.9) * h / size[1])
    scale = float(np.exp(rng.uniform(np.log(least), np.log(max(most, 1.05 * least)))))
    angle = 0.0 if rng.random() < 0.35 else float(rng.uniform(-pi, pi))
    reach_x = scale * (abs(cos(angle)) * size[0] + abs(sin(angle)) * size[1]) / 2
    reach_y = scale * (abs(sin(angle)) * size[0] + abs(cos(angle)) * size[1]) / 2
    if not tiled:
        x = rng.uniform(min(reach_x, w / 2), max(w - reach_x, w / 2))
        y = rng.uniform(min(reach_y, h / 2), max(h - reach_y, h / 2))
        return (_matrix(size, scale, angle, x, y),)
    step_x, step_y = scale * size[0] * rng.uniform(1.1, 1.6), scale * size[1] * rng.uniform(1.2, 2.2)
    start = rng.uniform(0, 1, 2)
    out = []
    for i in range(-30, 31):
        for j in range(-30, 31):
            u, v = (i + start[0] + 0.5 * (j % 2)) * step_x, (j + start[1]) * step_y
            x, y = w / 2 + cos(angle) * u - sin(angle) * v, h / 2 + sin(angle) * u + cos(angle) * v
            if -reach_x < x < w + reach_x and -reach_y < y < h + reach_y:
                out.append(_matrix(size, scale, angle, x, y))
    return tuple(out)
