# type: ignore
# Checked by running it: the modules of the program it runs in are not in our environment.

"""What the tests do inside Krita, by name. Pixels go through files: raw, the document's own order."""

import os
import time

from krita import Krita
from PyQt5.QtCore import QByteArray, QTimer
from PyQt5.QtWidgets import (
    QApplication,
    QLabel,
    QListView,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QStyleOptionViewItem,
)

app = Krita.instance()
documents = {}
STEP = {"U8": 1, "U16": 2, "F16": 2, "F32": 4}


def blob(path):
    with open(path, "rb") as file:
        return QByteArray(file.read())


def new(key, width, height, model="RGBA", depth="U8", profile=""):
    document = app.createDocument(width, height, key, model, depth, profile, 100.0)
    document.setBatchmode(True)
    app.activeWindow().addView(document)
    documents[key] = document
    return document.colorProfile()


def ready(key):
    return documents[key].activeNode() is not None


def paint(key, path, box, opacity=255, mode="normal", fresh=False):
    """Pixels into the first layer, or into a fresh one on top."""
    document = documents[key]
    node = document.rootNode().childNodes()[0]
    if fresh:
        node = document.createNode("on top", "paintlayer")
        document.rootNode().addChildNode(node, document.rootNode().childNodes()[-1])
    node.setName("on top" if fresh else "photo")
    node.setPixelData(blob(path), *box)
    if (opacity, mode) != (255, "normal"):  # each would be an undo step
        node.setOpacity(opacity)
        node.setBlendingMode(mode)
    document.setActiveNode(node)
    document.refreshProjection()
    document.waitForDone()


def hide_top(key):
    """The topmost layer is not seen, and the lowest is active."""
    nodes = documents[key].rootNode().childNodes()
    nodes[-1].setVisible(False)
    documents[key].setActiveNode(nodes[0])
    settle(key)


def select(key, path, box):
    from krita import Selection

    selection = Selection()
    selection.setPixelData(blob(path), *box)
    documents[key].setSelection(selection)


def selection(key):
    chosen = documents[key].selection()
    return None if chosen is None else [chosen.x(), chosen.y(), chosen.width(), chosen.height()]


def again(choice):
    """The menu entry that asks nothing, with these last options."""
    app.writeSetting("diffdecompose", "choice", choice)
    app.action("diffdecompose_again").trigger()


def press(name):
    QTimer.singleShot(0, app.action(name).trigger)


def step_back():
    app.action("edit_undo").trigger()


def step_forth():
    app.action("edit_redo").trigger()


def current_step():
    """How many steps of the history of the active document are done."""
    docker = next(d for d in app.dockers() if d.objectName() == "History")
    return docker.findChild(QListView).currentIndex().row()


def history():
    """The lines of Krita's docker of the history, as they are drawn; the docker is shown."""
    docker = next(d for d in app.dockers() if d.objectName() == "History")
    docker.setFloating(True)
    docker.resize(300, 220)
    docker.move(760, 520)
    docker.show()
    lines = docker.findChild(QListView)
    texts = []
    for row in range(lines.model().rowCount()):
        option = QStyleOptionViewItem()
        lines.itemDelegate().initStyleOption(option, lines.model().index(row, 0))
        texts.append(option.text)
    return texts


def undo_text():
    return app.action("edit_undo").text()


def tree(key):
    """[name, mode, visible, opacity, children] of each layer, bottom to top."""

    def one(node):
        opacity = round(node.opacity() / 255, 2)
        mode = {"linear_dodge": "add"}.get(node.blendingMode(), node.blendingMode())
        return [node.name(), mode, node.visible(), opacity, [one(child) for child in node.childNodes()]]

    return [one(node) for node in documents[key].rootNode().childNodes()]


def active(key):
    node = documents[key].activeNode()
    return None if node is None else node.name()


def settle(key):
    documents[key].refreshProjection()
    documents[key].waitForDone()


def flat(key, path):
    document = documents[key]
    document.refreshProjection()
    document.waitForDone()
    with open(path, "wb") as file:
        file.write(bytes(document.pixelData(0, 0, document.width(), document.height())))


def _in_group(key, name):
    groups = [n for n in documents[key].rootNode().childNodes() if ": layers" in n.name()]
    return next(node for node in groups[-1].childNodes() if node.name().startswith(name))


def area_of(key, name):
    bounds = _in_group(key, name).bounds()
    return [bounds.x(), bounds.y(), bounds.width(), bounds.height()]


def pixels(key, name, path):
    area = area_of(key, name)
    with open(path, "wb") as file:
        file.write(bytes(_in_group(key, name).pixelData(*area)))
    return area


def save(key, path):
    document = documents[key]
    document.setBatchmode(True)
    app.setBatchmode(True)
    try:
        return document.saveAs(path) if path.endswith(".kra") else document.exportImage(path, _info())
    finally:
        app.setBatchmode(False)


def _info():
    from krita import InfoObject

    return InfoObject()


def reopen(key, path):
    app.setBatchmode(True)
    document = app.openDocument(path)
    app.setBatchmode(False)
    document.setBatchmode(True)
    app.activeWindow().addView(document)
    documents[key] = document
    return [document.width(), document.height(), document.colorDepth()]


def _shut(document):
    document.waitForDone()  # Krita's scripts may close a document that is still being drawn, and crash
    document.setModified(False)
    document.close()


def close(key):
    _shut(documents.pop(key))


def close_all():
    for document in app.documents():
        _shut(document)
    documents.clear()
    quiet()
    close_dialog()


def opened():
    return [document.name() for document in app.documents()]


def adopt(key, index=-1):
    """Give the document that was opened last a key."""
    documents[key] = app.documents()[index]


def top(key):
    return documents[key].rootNode().childNodes()[-1]


def extension():
    return next(e for e in app.extensions() if type(e).__name__ == "DecomposeLayers")


def export(path):
    """Save the decomposition of the active document, as after the file dialog."""
    from pathlib import Path

    extension().export(extension()._decomposed(), Path(path))


def dialog():
    """The dialog of the options, or None."""
    from diffdecompose.dialog import Dialog

    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, Dialog) and w.isVisible()), None)


def tell_of_more():
    """Choose the last entry of the engines, as an artist does."""
    box = dialog()._boxes["engine"]
    QTimer.singleShot(0, lambda: box.activated.emit(box.count() - 1))
    box.setCurrentIndex(box.count() - 1)


def messages():
    """[text, advice, details] of each message box that is open."""
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
    return [[box.text(), box.informativeText(), box.detailedText()] for box in boxes]


def quiet():
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QMessageBox) and widget.isVisible():
            widget.close()


def close_dialog():
    while dialog() is not None:
        dialog().reject()


def rows():
    """How many jobs the panel shows."""
    return len([bar for bar in _panel().findChildren(QProgressBar) if bar.isVisible()]) if _panel() else 0


def _panel():
    from diffdecompose.panel import Panel

    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, Panel) and w.isVisible()), None)


def progress():
    """How far the bar of the furthest job has come, in its own units."""
    bars = _panel().findChildren(QProgressBar) if _panel() else []
    return max([bar.value() for bar in bars if bar.isVisible()], default=0)


def panel_texts():
    return [label.text() for label in _panel().findChildren(QLabel)]


def press_cancel():
    next(b for b in _panel().findChildren(QPushButton) if b.isVisible() and b.isEnabled()).click()


def _menus():
    """Tools, and Tools > Scripts, of the real menu bar."""
    bar = app.activeWindow().qwindow().menuBar()
    tools = next(a.menu() for a in bar.actions() if a.text().replace("&", "") == "Tools")
    tools.aboutToShow.emit()
    return tools, next(a.menu() for a in tools.actions() if a.text().replace("&", "") == "Scripts")


def menu_texts():
    """Every entry of Tools > Scripts."""
    return {action.text().replace("&", ""): action for action in _menus()[1].actions()}


def open_menu():
    """Show Tools > Scripts; returns at once."""
    bar = app.activeWindow().qwindow().menuBar()
    tools, scripts = _menus()
    tools.popup(bar.mapToGlobal(bar.actionGeometry(tools.menuAction()).bottomLeft()))
    tools.setActiveAction(scripts.menuAction())
    scripts.popup(tools.mapToGlobal(tools.actionGeometry(scripts.menuAction()).topRight()))


def close_menu():
    for menu in reversed(_menus()):
        menu.hide()


def _starved():
    """Seconds in which this thread could run but the machine ran something else; the tests share it with others."""
    handle = os.open("thread-self/schedstat", os.O_RDONLY, dir_fd=int(os.environ["HOSTPROBE_PROC"]))
    try:
        return int(os.read(handle, 100).split()[1]) / 1e9
    finally:
        os.close(handle)


def clock():
    """Time in which the machine was there for this thread."""
    return time.perf_counter() - _starved()


def own_read(key):
    """How long Krita takes to hand out the first layer's pixels."""
    started = clock()
    document = documents[key]
    bytes(document.rootNode().childNodes()[0].pixelData(0, 0, document.width(), document.height()))
    return round(clock() - started, 3)


class Heart:
    """Measures the longest time in which the main thread did not get round to its timer.

    A pause counts for no more than the processor time that the whole program took in it: what the plugin does, in
    whatever thread, takes processor time, while a machine that lends its processors elsewhere takes none of ours.
    """

    def __init__(self):
        self.longest = 0.0
        self.last = self.times()
        self.timer = QTimer()
        self.timer.timeout.connect(self.beat)
        self.timer.start(5)

    def beat(self):
        now = self.times()
        self.longest = max(self.longest, min(now[0] - self.last[0], now[1] - self.last[1]))
        self.last = now

    def times(self):
        return clock(), time.process_time()

    def stop(self):
        self.timer.stop()
        return self.longest
