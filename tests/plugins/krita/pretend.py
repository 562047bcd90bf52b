"""A Krita that is not there: documents, layers and a window, as far as the plugin touches them, on Krita 6's PyQt6."""

import types
import uuid
from typing import Any

import numpy as np
from PyQt6 import QtCore, QtGui, QtWidgets

__all__ = ["Document", "Krita", "Node", "Selection", "module"]

DTYPES = {"U8": np.uint8, "U16": np.uint16, "F16": np.float16, "F32": np.float32}
CHANNELS = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5}


class Node:
    """A layer. `pixels`: h x w x channels in Krita's own order, at `x`, `y`; None while it is empty."""

    def __init__(self, name, kind, space, pixels: Any = None, x=0, y=0):
        self._name, self._kind, self._space = name, kind, space
        self.pixels, self.x, self.y = pixels, x, y
        self._id = QtCore.QUuid("{" + str(uuid.uuid4()) + "}")
        self._parent: Any = None
        self._children: list[Any] = []
        self.collapsed = True
        self.look = {"opacity": 255, "mode": "normal", "inherit": False, "visible": True}

    name = property(lambda self: lambda: self._name)
    type = property(lambda self: lambda: self._kind)
    uniqueId = property(lambda self: lambda: self._id)
    parentNode = property(lambda self: lambda: self._parent)
    childNodes = property(lambda self: lambda: list(self._children))
    colorModel = property(lambda self: lambda: self._space[0])
    colorDepth = property(lambda self: lambda: self._space[1])
    colorProfile = property(lambda self: lambda: self._space[2])
    opacity = property(lambda self: lambda: self.look["opacity"])
    blendingMode = property(lambda self: lambda: self.look["mode"])
    inheritAlpha = property(lambda self: lambda: self.look["inherit"])
    visible = property(lambda self: lambda: self.look["visible"])

    def setOpacity(self, value):
        self.look["opacity"] = value

    def setBlendingMode(self, value):
        self.look["mode"] = value

    def setInheritAlpha(self, value):
        self.look["inherit"] = value

    def setVisible(self, value):
        self.look["visible"] = value

    def setCollapsed(self, value):
        self.collapsed = value

    def bounds(self):
        if self.pixels is None:
            return QtCore.QRect()
        return QtCore.QRect(self.x, self.y, self.pixels.shape[1], self.pixels.shape[0])

    def pixelData(self, x, y, width, height):
        assert self.pixels is not None
        x, y = x - self.x, y - self.y
        return QtCore.QByteArray(self.pixels[y : y + height, x : x + width].tobytes())

    def setPixelData(self, data, x, y, width, height):
        """Bands come from the top down, each below the one before."""
        band = np.frombuffer(bytes(data), DTYPES[self._space[1]]).reshape(height, width, -1)
        if self.pixels is None:
            self.pixels, self.x, self.y = band, x, y
        else:
            assert (x, y) == (self.x, self.y + self.pixels.shape[0])
            self.pixels = np.concatenate([self.pixels, band])
        return True

    def addChildNode(self, child, above):
        place = len(self._children) if above is None else self._children.index(above) + 1
        self._children.insert(place, child)
        child._parent = self
        return True

    def remove(self):
        self._parent._children.remove(self)
        self._parent = None
        return True

    def clone(self):
        twin = Node(self._name, self._kind, self._space, self.pixels, self.x, self.y)
        twin.look = dict(self.look)
        for child in self._children:
            twin.addChildNode(child.clone(), None)
        return twin


class Selection:
    def __init__(self, mask, x, y):
        self.mask = mask
        self.x, self.y = (lambda: x), (lambda: y)
        self.width, self.height = (lambda: mask.shape[1]), (lambda: mask.shape[0])

    def pixelData(self, x, y, width, height):
        return self.mask.tobytes()


class Document:
    """`root` holds the layers; `active` is the active one; `locked` stands for a stroke that is being painted."""

    def __init__(self, width, height, name, model="RGBA", depth="U8", profile="sRGB-elle-V2-srgbtrc.icc"):
        self.size, self._name, self.space = (width, height), name, (model, depth, profile)
        self.root = Node("root", "grouplayer", self.space)
        self.active: Any = None
        self.chosen: Any = None
        self.locked = self.closed = False

    name = property(lambda self: lambda: self._name)
    path = ""
    fileName = property(lambda self: lambda: self.path)
    width = property(lambda self: lambda: self.size[0])
    height = property(lambda self: lambda: self.size[1])
    xRes = property(lambda self: lambda: 100.0)
    yRes = xRes
    colorModel = property(lambda self: lambda: self.space[0])
    colorDepth = property(lambda self: lambda: self.space[1])
    colorProfile = property(lambda self: lambda: self.space[2])
    rootNode = property(lambda self: lambda: self.root)
    activeNode = property(lambda self: lambda: self.active)
    selection = property(lambda self: lambda: self.chosen)

    def add(self, name, pixels, x=0, y=0):
        node = Node(name, "paintlayer", self.space, pixels, x, y)
        self.root.addChildNode(node, None)
        self.active = node
        return node

    def setActiveNode(self, node):
        self.active = node

    def createNode(self, name, kind):
        return Node(name, kind, self.space)

    def createGroupLayer(self, name):
        return Node(name, "grouplayer", self.space)

    def resizeImage(self, x, y, width, height):
        self.size = (width, height)

    def setBatchmode(self, value):
        pass

    def tryBarrierLock(self):
        return not self.locked

    def unlock(self):
        pass

    def close(self):
        self.closed = True
        Krita.instance().opened[:] = [document for document in Krita.instance().opened if document is not self]
        return True


class Window:
    def __init__(self):
        self.area = QtWidgets.QMdiArea()
        self.main = QtWidgets.QMainWindow()
        self.main.setCentralWidget(self.area)
        self.shown, self.said = [], []

    def qwindow(self):
        return self.main

    def activeView(self):
        return types.SimpleNamespace(showFloatingMessage=lambda text, *_: self.said.append(text))

    def addView(self, document):
        self.shown.append(document)
        Krita.instance().opened.append(document)
        self.area.subWindowActivated.emit(None)

    def createAction(self, name, text, menu):
        action = Krita.instance().actions[name] = QtGui.QAction(text)
        return action


class Krita(QtCore.QObject):
    """`opened`: the documents in windows, the last one active; `actions`, `settings` by name."""

    one: Any = None

    def __init__(self):
        super().__init__()
        self.opened, self.settings, self.window = [], {}, Window()
        self.actions: dict[str, Any] = {name: QtGui.QAction(name) for name in ("edit_undo", "edit_redo")}
        self.history = QtWidgets.QDockWidget()
        self.history.setObjectName("History")
        self.steps = QtWidgets.QListView(self.history)
        self.lines = QtCore.QStringListModel(["<empty>"])
        self.steps.setModel(self.lines)
        self.move_to(0)

    def move_to(self, step):
        """So many steps are done; the menu entries change with every move, as Krita's do."""
        self.lines.setStringList(["<empty>"] + ["Add Layer"] * max(step, self.lines.rowCount() - 1))
        self.steps.setCurrentIndex(self.lines.index(step, 0))
        self.actions["edit_undo"].changed.emit()

    @classmethod
    def instance(cls):
        cls.one = cls.one or cls()
        return cls.one

    def addExtension(self, extension):
        self.extension = extension

    def documents(self):
        return list(self.opened)

    def activeDocument(self):
        return self.opened[-1] if self.opened else None

    def activeWindow(self):
        return self.window

    def dockers(self):
        """The one of the history: a list with a line more than there are steps, the latest done one chosen."""
        return [self.history]

    def action(self, name):
        return self.actions.get(name)

    def createDocument(self, width, height, name, model, depth, profile, resolution):
        return Document(width, height, name, model, depth, profile)

    def readSetting(self, group, name, default):
        return self.settings.get(name, default)

    def writeSetting(self, group, name, value):
        self.settings[name] = value


def module():
    """What `import krita` gives."""
    made = types.ModuleType("krita")
    made.__dict__.update(Krita=Krita, Extension=QtCore.QObject, InfoObject=object)
    made.__dict__.update(Document=Document, Node=Node, Window=Window)
    return made
