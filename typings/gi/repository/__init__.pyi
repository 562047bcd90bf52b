"""What the plug-in uses of GIMP 3 and its libraries, for the type checker. Source: GIMP 3.0 introspection data."""

from . import Babl as Babl
from . import Gdk as Gdk
from . import Gegl as Gegl
from . import Gimp as Gimp
from . import GimpUi as GimpUi
from . import Gio as Gio
from . import GLib as GLib
from . import GObject as GObject
from . import Gtk as Gtk
