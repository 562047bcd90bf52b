"""The GIMP plug-in "Decompose Layers". GIMP runs `decompose-layers.py`, which is beside this package when installed.

plugin   the procedures: their arguments, menu entries, and what they do
canvas   reading an image, building the group of layers
overlay  the pixels of a known overlay
windows  the dialog of the options, the progress window
"""

import gi

gi.require_version("Gegl", "0.4")
gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
gi.require_version("Gtk", "3.0")
