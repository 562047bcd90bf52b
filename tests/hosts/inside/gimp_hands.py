# type: ignore
# Checked by running it: the modules of the program it runs in are not in our environment.

"""What the tests do inside GIMP, by name. Pixels go through files: raw, in the image's own format."""

import os
import time

from gi.repository import Babl, Gegl, Gimp, Gio

images = {}
displays = {}
FORMATS = {"U8": "u8", "U16": "u16", "FLOAT": "float", "HALF": "half"}
MODES = {"normal": Gimp.LayerMode.NORMAL, "multiply": Gimp.LayerMode.MULTIPLY}


def _format(key, drawable):
    image = images[key]
    depth, encoding = image.get_precision().value_nick.upper().replace("-", "_").split("_", 1)
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    models = {"NON_LINEAR": ("R'G'B'A", "Y'A"), "LINEAR": ("RGBA", "YA"), "PERCEPTUAL": ("R~G~B~A", "Y~A")}
    model = models[encoding][gray]
    space = Babl.format_get_space(drawable.get_format())
    return Babl.get_name(Babl.format_with_space(f"{model} {FORMATS[depth]}", space))


def new(key, width, height, model="RGBA", depth="U8", profile="", encoding="NON_LINEAR"):
    base = Gimp.ImageBaseType.GRAY if model == "GRAYA" else Gimp.ImageBaseType.RGB
    image = Gimp.Image.new_with_precision(width, height, base, getattr(Gimp.Precision, f"{depth}_{encoding}"))
    if profile:
        image.set_color_profile(Gimp.ColorProfile.new_from_file(Gio.File.new_for_path(profile)))
    images[key] = image
    displays[key] = Gimp.Display.new(image)


def paint(key, path, box, opacity=255, mode="normal", fresh=False):
    image = images[key]
    kind = Gimp.ImageType.GRAYA_IMAGE if image.get_base_type() == Gimp.ImageBaseType.GRAY else Gimp.ImageType.RGBA_IMAGE
    name = "on top" if fresh else "photo"
    layer = Gimp.Layer.new(image, name, box[2], box[3], kind, 100 * opacity / 255, MODES[mode])
    image.insert_layer(layer, None, 0)
    layer.set_offsets(box[0], box[1])
    buffer = layer.get_buffer()
    with open(path, "rb") as file:
        buffer.set(Gegl.Rectangle.new(0, 0, box[2], box[3]), _format(key, layer), file.read())
    buffer.flush()
    layer.update(0, 0, box[2], box[3])
    image.set_selected_layers([layer])
    Gimp.displays_flush()


def start_counting(key):
    """From here on undo steps count: what was done before is forgotten."""
    images[key].undo_disable()
    images[key].undo_enable()
    Gimp.displays_flush()


def hide_top(key):
    """The topmost layer is not seen, and the lowest is active."""
    layers = images[key].get_layers()
    layers[0].set_visible(False)
    images[key].set_selected_layers([layers[-1]])


def select(key, path, box):
    image = images[key]
    Gimp.Selection.all(image)
    mask = image.get_selection()
    with open(path, "rb") as file:
        data = file.read()
    whole = bytearray(image.get_width() * image.get_height())
    for row in range(box[3]):
        start = (box[1] + row) * image.get_width() + box[0]
        whole[start : start + box[2]] = data[row * box[2] : (row + 1) * box[2]]
    buffer = mask.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, image.get_width(), image.get_height()), "Y u8", bytes(whole))
    buffer.flush()
    mask.update(0, 0, image.get_width(), image.get_height())


def selection(key):
    _, _, x, y, right, bottom = Gimp.Selection.bounds(images[key])
    return [x, y, right - x, bottom - y]


def decompose(key, **choice):
    """The procedure as a script calls it; [status, message]."""
    image = images[key]
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-decompose-layers")
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_core_object_array("drawables", image.get_selected_layers())
    for name, value in choice.items():
        if name == "overlay-layer":
            value = next(layer for layer in image.get_layers() if layer.get_name() == value)
        elif name == "overlay-file":
            value = Gio.File.new_for_path(value)
        config.set_property(name, value)
    answer = procedure.run(config)
    return [answer.index(0).value_nick, "" if answer.length() < 2 else str(answer.index(1))]


def last_error():
    return Gimp.get_pdb().get_last_error()


def tree(key):
    """[name, mode, visible, opacity, children] of each layer, bottom to top."""

    def one(layer):
        children = [one(child) for child in reversed(layer.get_children())] if layer.is_group() else []
        mode = {"addition": "add"}.get(layer.get_mode().value_nick, layer.get_mode().value_nick)
        return [layer.get_name(), mode, layer.get_visible(), round(layer.get_opacity() / 100, 2), children]

    return [one(layer) for layer in reversed(images[key].get_layers())]


def active(key):
    return next(layer.get_name() for layer in images[key].get_selected_layers())


def flat(key, path):
    image = images[key]
    layer = Gimp.Layer.new_from_visible(image, image, "flat")
    area = Gegl.Rectangle.new(0, 0, image.get_width(), image.get_height())
    with open(path, "wb") as file:
        file.write(layer.get_buffer().get(area, 1.0, _format(key, layer), Gegl.AbyssPolicy.NONE))
    layer.delete()


def _in_group(key, name):
    groups = [layer for layer in images[key].get_layers() if ": layers" in layer.get_name()]
    return next(layer for layer in groups[0].get_children() if layer.get_name().startswith(name))


def area_of(key, name):
    layer = _in_group(key, name)
    _, x, y = layer.get_offsets()
    return [x, y, layer.get_width(), layer.get_height()]


def pixels(key, name, path):
    layer, area = _in_group(key, name), area_of(key, name)
    with open(path, "wb") as file:
        whole = Gegl.Rectangle.new(0, 0, area[2], area[3])
        file.write(layer.get_buffer().get(whole, 1.0, _format(key, layer), Gegl.AbyssPolicy.NONE))
    return area


def save(key, path):
    return Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, images[key], Gio.File.new_for_path(path), None)


def reopen(key, path):
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    images[key] = image
    return [image.get_width(), image.get_height(), image.get_precision().value_nick.split("-")[0].upper()]


def close(key):
    images.pop(key)
    displays.pop(key).delete()


def settings_folder():
    """Where GIMP keeps what was last chosen in a plug-in's dialog."""
    return os.path.join(Gimp.directory(), "plug-in-settings")


def close_all():
    for number in range(1, 1000):  # the plug-in opens some of its own; GIMP tells no list of them
        if Gimp.Display.id_is_valid(number):
            Gimp.Display.get_by_id(number).delete()
    for image in Gimp.get_images():
        image.delete()
    images.clear()
    displays.clear()


def opened():
    return [image.get_id() for image in Gimp.get_images()]


def adopt(key):
    images[key] = max(Gimp.get_images(), key=lambda image: image.get_id())


def run_last(key):
    """Open the layered file of the last decomposition."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-decompose-layers-open")
    config = procedure.create_config()
    config.set_property("image", images[key])
    config.set_core_object_array("drawables", images[key].get_selected_layers())
    return procedure.run(config).index(0).value_nick


def to_palette(key):
    images[key].convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")


def spoil(key):
    """Paint something into the topmost layer."""
    layer = images[key].get_layers()[0]
    layer.get_buffer().set(Gegl.Rectangle.new(5, 5, 10, 10), _format(key, layer), bytes(400))
    layer.update(5, 5, 10, 10)


def drop(key):
    """Remove the topmost layer."""
    images[key].remove_layer(images[key].get_layers()[0])


def _starved(process):
    """Seconds in which a process's main thread could run but the machine ran something else."""
    handle = os.open(f"{process}/schedstat", os.O_RDONLY, dir_fd=int(os.environ["HOSTPROBE_PROC"]))
    try:
        return int(os.read(handle, 100).split()[1]) / 1e9
    finally:
        os.close(handle)


def _waited(call):
    """How long GIMP took for a call, the machine being there for it."""
    started, starved = time.perf_counter(), _starved(os.getppid())
    call()
    return time.perf_counter() - started - (_starved(os.getppid()) - starved)


def _longest_answer(until):
    """Ask GIMP small things until `until()`; the longest that an answer took."""
    longest = 0.0
    while not until():
        longest = max(longest, _waited(Gimp.get_images))
        time.sleep(0.005)
    return longest


def _for(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def longest_wait(key):
    """The longest that GIMP kept one waiting until a group has come, and in the second after."""
    came = _longest_answer(lambda: any(layer.is_group() for layer in images[key].get_layers()))
    return max(came, _longest_answer(_for(1)))


def own_wait(key):
    """The same while the group is put in a second time by the plainest script."""
    image = images[key]
    group = next(layer for layer in image.get_layers() if layer.is_group())
    twin = Gimp.GroupLayer.new(image, "twin")
    times = [_waited(lambda: image.insert_layer(twin, None, 0))]
    for given in reversed(group.get_children()):
        layer = Gimp.Layer.new_from_drawable(given, image)
        times.append(_waited(lambda layer=layer: image.insert_layer(layer, twin, 0)))
        times.append(_waited(lambda layer=layer: layer.update(0, 0, layer.get_width(), layer.get_height())))
    times.append(_waited(Gimp.displays_flush))
    times.append(_longest_answer(_for(1)))
    return max(times)
