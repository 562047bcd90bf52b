"""Pictures and layers to and from files. Values in, bytes out; `writing` and `reading` alone touch the file system.

    document    LayeredDocument, Group: what layered formats hold
    writing     write(decompositions, path): by its ending, atomically
    psd, psd_writer, ora, png, tiff_writer, flat, folder      one format each
    stripes, pixels, tags, colour                             what several of them need

Heavy libraries are imported when a format first needs them: importing this costs numpy alone.
"""

from .document import Group, LayeredDocument, Node, document_of, walk
from .flat import encode_flat
from .ora import encode_ora
from .psd_writer import encode_psd
from .writing import atomic_file, check_target, write

__all__ = [
    "Group",
    "LayeredDocument",
    "Node",
    "atomic_file",
    "check_target",
    "document_of",
    "encode_flat",
    "encode_ora",
    "encode_psd",
    "walk",
    "write",
]
