"""Pictures and layers to and from files. Values in, bytes out; `writing` and `reading` alone touch the file system.

    document      LayeredDocument, Group: what layered formats hold
    writing       write(decompositions, path): by its ending, atomically
    reading       read_composite, read_mask, read_layers: by content
    psd, psd_writer, psd_reader, psd_planes, ora, ora_reader, png, tiff_writer, tiff_reader, flat, folder, raster_reader
    overlay       read_overlay: an RGBA picture of a PNG, a layer or an SVG
    decoded       what readers find, and how it becomes a Composite
    limits        how large a file may be that we open
    png_chunks, png_colour, matrix_profile, photoshop_resources     what describes a picture, read and made
    kept          which format keeps what beside pixels
    overlap       whether a write would replace an input
    stripes, pixels, tags, exif, colour     what several formats need

Heavy libraries are imported when a format first needs them: importing this costs numpy alone.
"""

from ..errors import FormatError
from .document import Group, LayeredDocument, Node, document_of, walk
from .flat import encode_flat
from .ora import encode_ora
from .overlap import InputFiles
from .overlay import read_overlay
from .psd_writer import encode_psd
from .reading import read_composite, read_layers, read_mask
from .writing import atomic_file, check_target, write

__all__ = [
    "FormatError",
    "Group",
    "InputFiles",
    "LayeredDocument",
    "Node",
    "atomic_file",
    "check_target",
    "document_of",
    "encode_flat",
    "encode_ora",
    "encode_psd",
    "read_composite",
    "read_layers",
    "read_mask",
    "read_overlay",
    "walk",
    "write",
]
