"""Letters: a font drawn once as an atlas of one-bit glyphs, and lines of text set from atlases.

An atlas is CELL pixels high. Knows nothing of tensors, packs or where fonts come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

__all__ = ["CELL", "ICON", "Atlas", "draw_atlas", "draw_icon", "set_line", "write_words"]

CELL = 128
ICON = 256
_BASELINE = 96
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SIGNS = "0123456789.,:;!?&@#%+-=/()[]'\"_*©®™·éüäöñçß"
_MORE = "АБВГДЕЖЗИКЛМНОПРСТУФЯабвгдежзиклмнопрстуфяΑΒΓΔΘΛΞΠΣΦΨΩαβγδλπσφω"
_HANZI = "样本预览图片版权所有请勿盗用水印测试摄影工作室中国上海北京设计素材原创作品保护文件内部资料仅供参考"

_WORDS = (
    "sample preview proof draft copy copyright watermark confidential photo photography studio image stock picture "
    "design art print gallery archive press media digital original licensed protected rights reserved do not by the "
    "and of for free demo trial test property office review internal online agency collection light north river blue "
    "silver garden summer wild house road moon paper stone cloud forest golden little grand royal market union coast"
)
_ENDINGS = (".com", ".net", ".org", ".eu", ".io", ".photo", ".jp", ".de", ".art")


@dataclass(frozen=True, eq=False)
class Atlas:
    """One font. ink: bool, CELL x W, glyphs side by side; glyphs: letter -> (start, width, offset, advance), pixels."""

    name: str
    ink: np.ndarray
    glyphs: dict[str, tuple[int, int, int, int]]


def _fitted(font: ImageFont.FreeTypeFont) -> ImageFont.FreeTypeFont:
    """The font at the size where its capitals and descenders fill the cell."""
    _, top, _, bottom = font.getbbox("HÅgjp|", anchor="ls")
    scale = min((_BASELINE - 4) / max(-top, 1), (CELL - _BASELINE - 2) / max(bottom, 1))
    return font.font_variant(size=max(8, int(font.size * scale)))


def _ink(font: ImageFont.FreeTypeFont, letter: str) -> tuple[np.ndarray, int]:
    """The letter on its baseline, bool CELL x W, and how far left of the pen it starts, in pixels."""
    left, _, right, _ = font.getbbox(letter, anchor="ls")
    width = min(max(int(right - left), 0), 4 * CELL) + 2
    cell = Image.new("L", (width, CELL))
    ImageDraw.Draw(cell).text((1 - left, _BASELINE), letter, fill=255, font=font, anchor="ls")
    return np.asarray(cell) > 127, int(left) - 1


def draw_atlas(name: str, font: ImageFont.FreeTypeFont) -> Atlas | None:
    """The font's letters, those it really has; None where it lacks most of the Latin alphabet."""
    font = _fitted(font)
    missing, _ = _ink(font, "\uffff")
    pieces: list[np.ndarray] = []
    glyphs: dict[str, tuple[int, int, int, int]] = {}
    start = 0
    for letter in _LETTERS + _SIGNS + _MORE + _HANZI:
        ink, offset = _ink(font, letter)
        if np.array_equal(ink, missing) or not ink.any():
            continue
        glyphs[letter] = (start, ink.shape[1], offset, round(font.getlength(letter)))
        pieces.append(ink)
        start += ink.shape[1]
    if sum(letter in glyphs for letter in _LETTERS) < 50:
        return None
    return Atlas(name, np.concatenate(pieces, axis=1), glyphs)


def draw_icon(font: ImageFont.FreeTypeFont, letter: str) -> np.ndarray | None:
    """One symbol of an icon font, centred: bool, ICON x ICON; None where it is empty or all but full."""
    left, top, right, bottom = font.getbbox(letter, anchor="ls")
    side = max(right - left, bottom - top)
    if side < 2:
        return None
    font = font.font_variant(size=max(8, int(font.size * (ICON - 16) / side)))
    cell = Image.new("L", (ICON, ICON))
    ImageDraw.Draw(cell).text((ICON // 2, ICON // 2), letter, fill=255, font=font, anchor="mm")
    x0, y0, x1, y1 = cell.getbbox() or (0, 0, 0, 0)
    ink = np.roll(np.asarray(cell) > 127, ((ICON - y0 - y1) // 2, (ICON - x0 - x1) // 2), (0, 1))
    return ink if 0.03 < ink.mean() < 0.8 else None


def write_words(rng: np.random.Generator, atlas: Atlas) -> str:
    """What a mark might say, in letters that the atlas has."""
    if any(letter in atlas.glyphs for letter in _HANZI) and rng.random() < 0.8:
        at, length = rng.integers(0, len(_HANZI) - 8), rng.integers(2, 8)
        return _HANZI[at : at + length]
    words = [str(rng.choice(_WORDS.split())) for _ in range(rng.integers(1, 4))]
    text = " ".join(words)
    style = rng.random()
    if style < 0.3:
        text = text.upper()
    elif style < 0.55:
        text = text.title()
    elif style < 0.7:
        text = words[0] + str(rng.choice(_ENDINGS))
        text = ("www." if rng.random() < 0.4 else "") + text
    elif style < 0.78:
        text = f"© {rng.integers(1990, 2030)} {text.title()}"
    elif style < 0.86:
        text = str(rng.integers(10, 10 ** int(rng.integers(2, 9))))
    elif style < 0.93:
        others = [x for x in _MORE if x in atlas.glyphs] or list(_LETTERS)
        text = "".join(rng.choice(others, rng.integers(3, 12)))
    else:
        text = "".join(rng.choice(list(_LETTERS), rng.integers(1, 4)))
    return text


def set_line(atlas: Atlas, text: str, spacing: float = 0.0) -> np.ndarray:
    """The text on one line: bool, CELL x W. spacing: extra width after each letter, in cells. No kerning."""
    pen, placed = 2.0, []
    for letter in text:
        if letter == " ":
            pen += CELL * 0.28
        elif letter in atlas.glyphs:
            start, width, offset, advance = atlas.glyphs[letter]
            placed.append((round(pen) + offset, start, width))
            pen += advance + spacing * CELL
    if not placed:
        return np.zeros((CELL, 8), bool)
    first = min(x for x, _, _ in placed)
    line = np.zeros((CELL, max(x + w for x, _, w in placed) - first + 4), bool)
    for x, start, width in placed:
        line[:, x - first + 2 : x - first + 2 + width] |= atlas.ink[:, start : start + width]
    return line
