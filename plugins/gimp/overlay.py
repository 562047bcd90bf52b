"""The known overlay in GIMP: the pixels of a layer or of a file, in the encoding of the picture they are looked for in.

Knows nothing of jobs, threads or dialogs.
"""

from typing import Any, Optional

from gi.repository import Babl, Gegl, Gimp, Gio

from bridge.wire import Picture
from plugins.shared.language import tr

from .canvas import COLOURS, Source, UnsupportedSource, format_in

__all__ = ["read"]


def read(source: Source, config: Gimp.ProcedureConfig) -> Optional[Picture]:
    """The overlay that was chosen; None where it is not known. Raises UnsupportedSource."""
    chosen = config.get_property("overlay")
    if chosen == "none":
        return None
    layer, file = config.get_property("overlay-layer"), config.get_property("overlay-file")
    if (layer if chosen == "layer" else file) is None:
        raise UnsupportedSource(tr("No overlay was chosen. Choose its layer or its file, or 'Not known'."))
    if chosen == "layer":
        if source.layer is not None and layer.get_id() == source.layer.get_id():
            raise UnsupportedSource(
                tr("The overlay is the layer that would be taken apart. Click on the picture's layer, then try again.")
            )
        return _picture(source, layer)
    return _from_file(source, file)


def _from_file(source: Source, file: Gio.File) -> Picture:
    try:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    except Exception:  # GLib.Error of the loader, whose text is for programmers
        image = None
    if image is None:
        raise UnsupportedSource(tr("{name} cannot be opened as a picture.").format(name=file.get_basename()))
    try:
        if image.get_base_type() != Gimp.ImageBaseType.RGB:
            image.convert_rgb()
        wanted = source.image.get_effective_color_profile()
        if wanted is not None and wanted.is_rgb() and not wanted.is_equal(image.get_effective_color_profile()):
            image.convert_color_profile(wanted, Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC, True)
        return _picture(source, Gimp.Layer.new_from_visible(image, image, "overlay"))
    finally:
        image.delete()


def _picture(source: Source, drawable: Gimp.Drawable) -> Picture:
    """Colour and alpha in 8 bits, or in 16 where the picture has more."""
    colour = next(names[0] for names in COLOURS.values() if names[2] == source.space)
    depth: Any = "u8" if source.depth == "u8" else "u16"
    width, height = drawable.get_width(), drawable.get_height()
    name = Babl.get_name(format_in(f"{colour} {depth}", drawable))
    area = Gegl.Rectangle.new(0, 0, width, height)
    data = bytes(drawable.get_buffer().get(area, 1.0, name, Gegl.AbyssPolicy.NONE))
    return Picture(width, height, data, 4, depth)
