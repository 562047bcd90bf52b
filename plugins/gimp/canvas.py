"""Reading a picture out of a GIMP image, and putting the group of its layers back in as one undo step.

Values stay as they are stored: formats carry the image's own colour space, and layers blend in the encoding the image
has, so nothing is converted on either way. Knows nothing of jobs, threads or dialogs.
"""

from dataclasses import dataclass
from typing import Any, Optional, Tuple

from gi.repository import Babl, Gegl, Gimp

from bridge.wire import Candidate, Layer, Mask, Picture
from plugins.shared.choice import Choice
from plugins.shared.language import tr
from plugins.shared.pixels import Box
from plugins.shared.words import group_name, layer_names

__all__ = [
    "COLOURS",
    "Source",
    "UnsupportedSource",
    "format_in",
    "insert",
    "insert_new",
    "is_unchanged",
    "mask_of",
    "picture_of",
    "read",
]

_DEPTHS = {"U8": ("u8", "u8"), "U16": ("u16", "u16"), "U32": ("f32", "float"), "HALF": ("f16", "half")}
_DEPTHS.update(FLOAT=("f32", "float"), DOUBLE=("f32", "float"))
"""GIMP's precision to the depth on the wire and Babl's name of it."""

COLOURS = {
    "LINEAR": ("RGBA", "YA", Gimp.LayerColorSpace.RGB_LINEAR),
    "NON_LINEAR": ("R'G'B'A", "Y'A", Gimp.LayerColorSpace.RGB_NON_LINEAR),
    "PERCEPTUAL": ("R~G~B~A", "Y~A", Gimp.LayerColorSpace.RGB_PERCEPTUAL),
}
"""The encoding of a precision: Babl's colour and gray models, and the space in which layers then blend exactly."""

_MODES = {
    "normal": Gimp.LayerMode.NORMAL,
    "multiply": Gimp.LayerMode.MULTIPLY,
    "screen": Gimp.LayerMode.SCREEN,
    "add": Gimp.LayerMode.ADDITION,
}


class UnsupportedSource(Exception):
    """This image or layer cannot be taken apart as it is; the text says what to do."""


@dataclass(frozen=True, eq=False)
class Source:
    """A picture as it was read.

    layer: where it came from, None for the merged picture.   title: the picture's name.
    box: where it lies in the image.
    format: Babl's name of its pixels, without the colour space.   depth: its name on the wire.
    space: in which the layers have to blend.   data: its pixels.   selection: one byte a pixel over `box`, or None.
    """

    image: Gimp.Image
    layer: Optional[Gimp.Layer]
    title: str
    box: Box
    format: str
    depth: str
    channels: int
    space: Gimp.LayerColorSpace
    data: bytes
    selection: Optional[bytes]
    icc: Optional[bytes]


def read(image: Gimp.Image, drawable: Optional[Gimp.Drawable], choice: Choice) -> Source:
    """The layer of `drawable`, or the merged picture. Raises UnsupportedSource."""
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise UnsupportedSource(tr("This picture has a palette. Choose Image > Mode > RGB first, then try again."))
    depth, encoding = image.get_precision().value_nick.upper().replace("-", "_").split("_", 1)
    colour, gray, space = COLOURS[encoding]
    channels = 2 if image.get_base_type() == Gimp.ImageBaseType.GRAY else 4
    wire_depth, babl_depth = _DEPTHS[depth]
    form = f"{gray if channels == 2 else colour} {babl_depth}"
    if choice.source == "merged":
        layer, box = None, (0, 0, image.get_width(), image.get_height())
    else:
        layer = _layer_of(drawable)
        box = _box(layer)
    selection = _selection(image, box)
    if choice.area != "all" and selection is None:
        raise UnsupportedSource(tr("Nothing is selected in this layer. Select an area first, or ignore the selection."))
    profile = image.get_effective_color_profile()
    icc = bytes(profile.get_icc_profile()) if profile is not None else None
    data = _pixels(image, layer, box, form)
    return Source(image, layer, title_of(image), box, form, wire_depth, channels, space, data, selection, icc)


def title_of(image: Gimp.Image) -> str:
    """The picture's name: that of the file it came from or went to last, or else of the image."""
    for file in (image.get_file(), image.get_imported_file(), image.get_exported_file()):
        if file is not None:
            return file.get_basename()
    return image.get_name().strip("[]")  # "[Untitled]"


def _layer_of(drawable: Optional[Gimp.Drawable]) -> Gimp.Layer:
    """The layer; for a layer mask the layer that wears it. Raises UnsupportedSource."""
    if isinstance(drawable, Gimp.LayerMask):
        drawable = Gimp.Layer.from_mask(drawable)
    if not isinstance(drawable, Gimp.Layer):
        raise UnsupportedSource(tr("A channel cannot be taken apart. Click on a layer and try again."))
    if drawable.is_floating_sel():
        raise UnsupportedSource(
            tr("There is a floating selection. Anchor it with Layer > Anchor Layer, then try again.")
        )
    if drawable.get_filters():
        raise UnsupportedSource(
            tr("This layer has filters on it. Merge them in the layer's effects first, then try again.")
        )
    return drawable


def _box(layer: Gimp.Layer) -> Box:
    _, x, y = layer.get_offsets()
    return x, y, layer.get_width(), layer.get_height()


def format_in(name: str, drawable: Gimp.Drawable) -> Babl.Object:
    """The named format in the drawable's own colour space: the bare name would mean sRGB and convert."""
    return Babl.format_with_space(name, Babl.format_get_space(drawable.get_format()))


def _pixels(image: Gimp.Image, layer: Optional[Gimp.Layer], box: Box, form: str) -> bytes:
    drawable = layer or Gimp.Layer.new_from_visible(image, image, "merged")
    area = Gegl.Rectangle.new(0, 0, box[2], box[3])
    name = Babl.get_name(format_in(form, drawable))
    data = bytes(drawable.get_buffer().get(area, 1.0, name, Gegl.AbyssPolicy.NONE))
    if layer is None:
        drawable.delete()
    return data


def _selection(image: Gimp.Image, box: Box) -> Optional[bytes]:
    if Gimp.Selection.is_empty(image):
        return None
    buffer = image.get_selection().get_buffer()
    mask = bytes(buffer.get(Gegl.Rectangle.new(*box), 1.0, "Y u8", Gegl.AbyssPolicy.NONE))
    return mask if any(mask) else None


def picture_of(source: Source) -> Picture:
    """The source as the service takes it."""
    depth: Any = source.depth
    _, horizontal, vertical = source.image.get_resolution()
    dpi = (horizontal, vertical) if min(horizontal, vertical) > 0 else None
    return Picture(source.box[2], source.box[3], source.data, source.channels, depth, "rgba", source.icc, dpi)


def mask_of(source: Source, choice: Choice) -> Optional[Mask]:
    if choice.area == "all" or source.selection is None:
        return None
    return Mask(source.box[2], source.box[3], source.selection)


def is_unchanged(source: Source) -> bool:
    """Whether image and layer are still there and the picture still is what was read."""
    if not source.image.is_valid():
        return False
    if source.layer is None:
        box = (0, 0, source.image.get_width(), source.image.get_height())
    elif not source.layer.is_valid() or source.layer.get_image() != source.image:
        return False
    else:
        box = _box(source.layer)
    return box == source.box and _pixels(source.image, source.layer, box, source.format) == source.data


def insert(source: Source, candidates: Tuple[Candidate, ...], transparent: bool) -> None:
    """Put a group a candidate above the source, the first one visible, active and unfolded: one undo step.

    transparent: whether the picture is see-through anywhere; then what lies under the group is hidden in that step.
    """
    image, layer = source.image, source.layer
    image.undo_group_start()
    try:
        parent = None if layer is None else layer.get_parent()
        position = 0 if layer is None else image.get_item_position(layer)
        under = [top for top in image.get_layers() if top.get_visible()] if layer is None else [layer]
        groups = [
            _group(image, source, candidate, parent, position, index) for index, candidate in enumerate(candidates)
        ]
        groups[0].set_visible(layer is None or layer.get_visible())
        if _shines_through(layer, transparent):
            for group in groups:
                if layer is not None:
                    _copy_compositing(group, layer)
            for node in under:
                node.set_visible(False)  # two of a see-through layer would be seen
        image.set_selected_layers([groups[0]])
        groups[0].set_expanded(True)
    finally:
        image.undo_group_end()


def insert_new(source: Source, candidates: Tuple[Candidate, ...]) -> Gimp.Image:
    """The layers as an image of their own, shown: for a result whose place is gone. Returns the image."""
    base = Gimp.ImageBaseType.GRAY if source.channels == 2 else Gimp.ImageBaseType.RGB
    encoding = {colours[2]: name for name, colours in COLOURS.items()}[source.space]
    depth = {"u8": "U8", "u16": "U16", "half": "HALF", "float": "FLOAT"}[source.format.split()[1]]
    precision = getattr(Gimp.Precision, f"{depth}_{encoding}")
    image = Gimp.Image.new_with_precision(source.box[2], source.box[3], base, precision)
    image.undo_disable()
    if source.icc is not None:
        image.set_color_profile(Gimp.ColorProfile.new_from_icc_profile(source.icc))
    for index, candidate in enumerate(candidates):
        _group(image, source, candidate, None, index, index, (-source.box[0], -source.box[1]))
    image.undo_enable()
    Gimp.Display.new(image)
    return image


def _shines_through(layer: Optional[Gimp.Layer], transparent: bool) -> bool:
    if layer is None:
        return transparent
    plain = layer.get_opacity() == 100 and layer.get_mode() in (Gimp.LayerMode.NORMAL, Gimp.LayerMode.NORMAL_LEGACY)
    return transparent or not plain or layer.get_mask() is not None


def _group(
    image: Gimp.Image,
    source: Source,
    candidate: Candidate,
    parent: Optional[Gimp.Item],
    position: int,
    index: int,
    shift: Tuple[int, int] = (0, 0),
) -> Gimp.GroupLayer:
    """One candidate as a group in the image; all but the first are hidden."""
    group = Gimp.GroupLayer.new(image, group_name(source.title, index))
    image.insert_layer(group, parent, position + index)
    group.set_mode(Gimp.LayerMode.NORMAL)
    _set_spaces(group, source.space)
    names = layer_names(candidate)
    for number, given in enumerate(candidate.layers):
        layer = _layer(image, source, given, names[number])
        image.insert_layer(layer, group, 0)
        layer.set_offsets(source.box[0] + given.x + shift[0], source.box[1] + given.y + shift[1])
    if index:
        group.set_visible(False)
    return group


def _layer(image: Gimp.Image, source: Source, given: Layer, name: str) -> Gimp.Layer:
    kind = Gimp.ImageType.GRAYA_IMAGE if source.channels == 2 else Gimp.ImageType.RGBA_IMAGE
    mode = _MODES[given.blend]
    layer = Gimp.Layer.new(image, name, given.width, given.height, kind, 100 * given.opacity, mode)
    _set_spaces(layer, source.space)
    area = Gegl.Rectangle.new(0, 0, given.width, given.height)
    buffer = layer.get_buffer()
    buffer.set(area, Babl.get_name(format_in(source.format, layer)), bytes(given.data))
    buffer.flush()
    layer.update(0, 0, given.width, given.height)
    layer.set_visible(given.visible)
    return layer


def _set_spaces(layer: Gimp.Layer, space: Gimp.LayerColorSpace) -> None:
    # New layers would mix in linear light, which no picture that was made elsewhere did.
    layer.set_blend_space(space)
    layer.set_composite_space(space)
    layer.set_composite_mode(Gimp.LayerCompositeMode.UNION)


def _copy_compositing(group: Gimp.Layer, like: Gimp.Layer) -> None:
    """Give the group what decides how a layer meets the rest of the picture: the picture looks as it did.

    An opaque normal layer meets nothing: its group keeps the encoding's space, in which no value is converted.
    """
    group.set_opacity(like.get_opacity())
    group.set_mode(like.get_mode())
    group.set_blend_space(like.get_blend_space())
    group.set_composite_space(like.get_composite_space())
    group.set_composite_mode(like.get_composite_mode())
    mask = like.get_mask()
    if mask is not None and like.get_apply_mask():
        copy = group.create_mask(Gimp.AddMaskType.WHITE)
        group.add_mask(copy)
        area = Gegl.Rectangle.new(0, 0, like.get_width(), like.get_height())
        form = Babl.get_name(mask.get_format())
        buffer = copy.get_buffer()
        buffer.set(area, form, mask.get_buffer().get(area, 1.0, form, Gegl.AbyssPolicy.NONE))
        buffer.flush()
        copy.update(0, 0, like.get_width(), like.get_height())
