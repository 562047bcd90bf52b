"""The Qt that Krita itself runs on: PyQt5 in Krita 5, PyQt6 in Krita 6. Loading the other one would crash.

Enums are written out in full (`Qt.WindowModality.NonModal`), which both understand.
"""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING or "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtCore, QtWidgets
else:
    from PyQt5 import QtCore, QtWidgets

__all__ = ["QtCore", "QtWidgets"]
