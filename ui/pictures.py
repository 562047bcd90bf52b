"""Small pictures for widgets: previews of the wire, thumbnails of layers and composites, what goes to the clipboard."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QImage, QPainter, QPixmap

from bridge.formats.pixels import to_8_bit
from bridge.wire import Preview
from model.types import Composite, Layer

from . import theme
from .canvas.compose import premultiplied
from .canvas.overlays import checkerboard
from .canvas.tiles import image_of

__all__ = ["composite_of_image", "image_of_pixels", "pixmap_of_preview", "thumbnail"]


def pixmap_of_preview(preview: Preview, longest: int, ratio: float = 1.0) -> QPixmap:
    """A wire's preview, at most `longest` widget units a side."""
    image = QImage(preview.rgb, preview.width, preview.height, preview.width * 3, QImage.Format.Format_RGB888)
    side = round(longest * ratio)
    pixmap = QPixmap.fromImage(image).scaled(
        QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def thumbnail(pixels: np.ndarray, longest: int, ratio: float = 1.0) -> QPixmap:
    """A small picture of H x W x 3|4 of uint8 or uint16; over a checkerboard where it has alpha."""
    side = round(longest * ratio)
    step = max(1, max(pixels.shape[:2]) // (2 * side))
    image = image_of(premultiplied(np.ascontiguousarray(pixels[step // 2 :: step, step // 2 :: step])[:, :, :4]))
    if image.isNull():
        image = image_of(premultiplied(np.ascontiguousarray(pixels[:1, :1])))
    image = image.scaled(
        QSize(side, side), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixmap = QPixmap(image.size())
    colours = theme.current()
    painter = QPainter(pixmap)
    painter.fillRect(pixmap.rect(), checkerboard(_rgb(colours.light), _rgb(colours.dark)))
    painter.drawImage(0, 0, image)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _rgb(name: str) -> int:
    from PyQt6.QtGui import QColor

    return QColor(name).rgb()


def image_of_pixels(layer: Layer | np.ndarray) -> QImage:
    """Straight 8-bit pixels for the clipboard; a layer keeps its transparency."""
    pixels = to_8_bit(layer if isinstance(layer, np.ndarray) else layer.pixels)
    samples = np.ascontiguousarray(pixels)
    height, width, channels = samples.shape
    form = QImage.Format.Format_RGBA8888 if channels == 4 else QImage.Format.Format_RGB888
    return QImage(samples.data, width, height, width * channels, form).copy()  # type: ignore[arg-type]


def composite_of_image(image: QImage) -> Composite:
    """A picture from the clipboard, in 8 or, where it has more, 16 bits. Raises InvalidRequest where it is empty."""
    wide = image.depth() > 32
    form = QImage.Format.Format_RGBA64 if wide else QImage.Format.Format_RGBA8888
    image = image.convertToFormat(form)
    bits = image.constBits()
    data = b"" if bits is None else bits.asstring(image.sizeInBytes())
    rows = np.frombuffer(data, np.uint16 if wide else np.uint8)
    per_row = image.bytesPerLine() // rows.itemsize
    pixels = rows.reshape(image.height(), per_row)[:, : image.width() * 4]
    pixels = np.ascontiguousarray(pixels).reshape(image.height(), image.width(), 4)
    if pixels.size and pixels[..., 3].min() == np.iinfo(pixels.dtype).max:
        pixels = np.ascontiguousarray(pixels[..., :3])
    icc = bytes(image.colorSpace().iccProfile().data()) if image.colorSpace().isValid() else None
    return Composite(pixels, icc or None)
