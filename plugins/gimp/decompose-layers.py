#!/usr/bin/env python3
"""What GIMP starts: hands over to the package beside this file."""

import sys

from plugins.gimp.plugin import DecomposeLayers, Gimp

Gimp.main(DecomposeLayers.__gtype__, sys.argv)
