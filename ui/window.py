"""The main window: builds actions, tabs, canvas, docks and status line, and wires the rooms to each other.

What the actions do lies in `controller`; here stands only what there is and when it is enabled. Tools come through
`add_tool`, panels through `add_dock`. Knows nothing of pixels, files or the wire.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QByteArray, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QCloseEvent, QColor, QDragEnterEvent, QDropEvent, QKeySequence
from PyQt6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from . import icons
from .actions import TOOLBAR, Needs, Spec, menus, specs
from .canvas.select import Lasso, Marquee
from .canvas.tool import Hand, Tool
from .canvas.view import Canvas
from .language import tr
from .notices import Notices
from .session import Document, Mode, Session
from .status import StatusLine
from .theme import Colours
from .toolbar import ToolBar

__all__ = ["MainWindow"]


class MainWindow(QMainWindow):
    """The window of a session. `may_close` is asked before it closes (`controller` sets it)."""

    dropped = pyqtSignal(object)
    """Something was dropped on the window: its QMimeData."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.may_close: Callable[[], bool] = lambda: True
        self.named: dict[str, QAction] = {}
        self.tools: list[Tool] = []
        self.docks: dict[str, QDockWidget] = {}
        self.setWindowTitle("DiffDecompose")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._build_actions()
        self._build_centre()
        self.recent_menu = QMenu(tr("Open Recent"), self)
        self._build_tool_dock()
        self._toolbar = self._build_toolbar()
        self._build_menus()
        for tool in (Hand(), Marquee(), Lasso()):
            self.add_tool(tool)
        self._connect_session()
        self.refresh()

    # Building

    def _build_actions(self) -> None:
        groups: dict[str, QActionGroup] = {}
        self._needs: dict[str, Needs] = {}
        for spec in specs():
            action = QAction(spec.text, self)
            if spec.icon:
                action.setIcon(icons.icon(spec.icon))
            action.setShortcuts([QKeySequence(one) for one in spec.shortcuts])
            action.setToolTip(_tip(spec))
            action.setStatusTip(spec.tip)
            action.setCheckable(spec.check)
            action.setObjectName(spec.name)
            if spec.group:
                groups.setdefault(spec.group, QActionGroup(self)).addAction(action)
            self.addAction(action)
            self.named[spec.name] = action
            self._needs[spec.name] = spec.needs
        self._tool_group = QActionGroup(self)
        self._tool_actions: dict[str, QAction] = {}
        self.named["layers"].setChecked(True)
        for mode in Mode:
            self.named[mode.value].triggered.connect(lambda _, mode=mode: self._show_mode(mode))

    def _build_centre(self) -> None:
        self.canvas = Canvas()
        self.tabs = QTabBar()
        self.tabs.setDocumentMode(True)
        self.tabs.setExpanding(False)
        self.tabs.setTabsClosable(True)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.tabs.setAccessibleName(tr("Open pictures"))
        self.stage = QStackedWidget()
        self.stage.addWidget(self.canvas)
        self.notices = Notices(self.stage)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(self.stage, 1)
        self.setCentralWidget(centre)
        self.status = StatusLine(self.canvas)
        self.setStatusBar(self.status)

    def _build_tool_dock(self) -> None:
        self._tool_stack = QStackedWidget()
        self.tool_dock = self.add_dock("tool", tr("Tool"), self._tool_stack, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.tool_dock.hide()

    def _build_toolbar(self) -> ToolBar:
        bar = ToolBar(tr("Tool bar"), self)
        for name in TOOLBAR.split():
            if name == ">":
                spring = QWidget()
                spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
                bar.addWidget(spring)
            elif name == "|":
                bar.addSeparator()
            elif name == "tools":
                self._tools_before = bar.addSeparator()
            else:
                bar.addAction(self.named[name])
                if name in list(Mode):
                    bar.with_words(self.named[name])
        self.addToolBar(bar)
        return bar

    def _build_menus(self) -> None:
        menu_bar = self.menuBar()
        assert menu_bar is not None
        for title, names in menus():
            menu = menu_bar.addMenu(title)
            assert menu is not None
            for name in names.split():
                if name == "|":
                    menu.addSeparator()
                elif name == "recent":
                    menu.addMenu(self.recent_menu)
                elif name == "docks":
                    self._docks_menu = menu
                elif name == "tools":
                    self._tools_menu = menu
                else:
                    menu.addAction(self.named[name])

    # What other rooms add

    def add_tool(self, tool: Tool) -> QAction:
        """Put a tool into tool bar and menu; its panel is shown while it is active."""
        action = QAction(icons.icon(tool.icon), tool.text, self)
        action.setShortcut(QKeySequence(tool.shortcut))
        action.setToolTip(f"{tool.text} ({tool.shortcut})" if tool.shortcut else tool.text)
        action.setCheckable(True)
        action.setObjectName(f"tool_{tool.name}")
        action.triggered.connect(lambda _: self.use_tool(tool))
        self._tool_group.addAction(action)
        self._toolbar.insertAction(self._tools_before, action)
        self._tools_menu.addAction(action)
        self.named[f"tool_{tool.name}"] = action
        self._needs[f"tool_{tool.name}"] = tool.needs
        self.tools.append(tool)
        panel = tool.panel()
        if panel is not None:
            self._tool_stack.addWidget(_scrolling(panel))
        if len(self.tools) == 1:
            self.use_tool(tool)
        self.refresh()
        return action

    def use_tool(self, tool: Tool) -> None:
        """Make it the active one."""
        self.canvas.set_tool(tool)
        self.named[f"tool_{tool.name}"].setChecked(True)
        panel = tool.panel()
        if panel is not None:
            self._tool_stack.setCurrentIndex([t.name for t in self.tools if t.panel() is not None].index(tool.name))
            self.tool_dock.setWindowTitle(tool.text)
        self.tool_dock.setVisible(panel is not None)
        self.tool_dock.raise_()
        if panel is not None:  # once the dock stands in its place
            QTimer.singleShot(0, lambda: self.fit_dock(self.tool_dock, panel.sizeHint().height() + 66))

    def fit_dock(self, dock: QDockWidget, height: int) -> None:
        """Give a dock the height that its content wants; the layers below it make room, as far as they can."""
        below = self.docks["layers_dock"]
        both = dock.height() + below.height()
        self.resizeDocks([dock, below], [height, max(0, both - height)], Qt.Orientation.Vertical)

    def add_dock(
        self,
        name: str,
        title: str,
        widget: QWidget,
        area: Qt.DockWidgetArea = Qt.DockWidgetArea.RightDockWidgetArea,
    ) -> QDockWidget:
        """A panel that can be moved, closed and found in the View menu."""
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        self.docks[name] = dock
        if hasattr(self, "_docks_menu") and (toggle := dock.toggleViewAction()) is not None:
            self._docks_menu.addAction(toggle)
        return dock

    # State

    def _connect_session(self) -> None:
        self.session.opened.connect(self._opened)
        self.session.closed.connect(self._closed)
        self.session.active_changed.connect(self._activated)
        self.tabs.currentChanged.connect(self._tab_chosen)
        for name, able, text in (
            ("undo", self.session.undo.canUndoChanged, self.session.undo.undoTextChanged),
            ("redo", self.session.undo.canRedoChanged, self.session.undo.redoTextChanged),
        ):
            able.connect(self.refresh)
            text.connect(self.refresh)
            self.named[name].triggered.connect(getattr(self.session.undo, name))

    def _opened(self, document: Document) -> None:
        for signal in (document.entries_changed, document.phase_changed, document.display_changed):
            signal.connect(self.refresh)
        document.candidates_changed.connect(self.refresh)
        document.active_changed.connect(self.refresh)
        document.title_changed.connect(self._retitle)
        document.phase_changed.connect(self._retitle)
        self.tabs.blockSignals(True)
        place = self.tabs.addTab(document.title)
        self.tabs.setTabData(place, document)
        self.tabs.setTabToolTip(place, str(document.path or document.title))
        self.tabs.blockSignals(False)

    def _closed(self, document: Document) -> None:
        self.tabs.blockSignals(True)
        self.tabs.removeTab(self._tab_of(document))
        self.tabs.blockSignals(False)
        self.canvas.forget(document)
        self.refresh()

    def _activated(self, document: Document | None) -> None:
        self.canvas.set_document(document)
        if document is not None:
            self.tabs.blockSignals(True)
            self.tabs.setCurrentIndex(self._tab_of(document))
            self.tabs.blockSignals(False)
            self.stage.setCurrentWidget(self.canvas)
            self.canvas.setFocus()
        elif self.stage.count() > 1:
            self.stage.setCurrentIndex(1)
        self.status.set_document(document)
        self._retitle()
        self.refresh()

    def _tab_of(self, document: Document) -> int:
        return next((n for n in range(self.tabs.count()) if self.tabs.tabData(n) is document), -1)

    def _tab_chosen(self, place: int) -> None:
        if place >= 0:
            self.session.activate(self.tabs.tabData(place))

    def _retitle(self) -> None:
        for document in self.session.documents:
            mark = "⋯ " if document.working else "• " if document.unsaved else ""
            self.tabs.setTabText(self._tab_of(document), mark + document.title)
        active = self.session.active
        self.setWindowTitle(f"{active.title} — DiffDecompose" if active else "DiffDecompose")

    def _show_mode(self, mode: Mode) -> None:
        if self.session.active is not None:
            self.session.active.show_as(mode=mode)

    def refresh(self, *_: object) -> None:
        """Enable and check what fits the active document."""
        document = self.session.active
        have = Needs.NOTHING if document is None else Needs.LAYERS if document.entries else Needs.PICTURE
        for name, action in self.named.items():
            action.setEnabled(self._needs[name] <= have)
        undo = self.session.undo
        self.named["undo"].setEnabled(undo.canUndo())
        self.named["redo"].setEnabled(undo.canRedo())
        self.named["undo"].setText(tr("Undo") + (f" {undo.undoText()}" if undo.undoText() else ""))
        self.named["redo"].setText(tr("Redo") + (f" {undo.redoText()}" if undo.redoText() else ""))
        self.tabs.setVisible(self.tabs.count() > 0)
        if document is None:
            self.named["cancel"].setEnabled(False)
            return
        working = document.working
        self.named["cancel"].setEnabled(working)
        self.named["decompose"].setEnabled(not working)
        display = document.display
        self.named[display.mode.value].setChecked(True)
        self.named["solo"].setChecked(bool(display.solo))
        self.named["alpha"].setChecked(display.alpha)
        several = len(document.candidates) > 1
        for name in ("next_candidate", "previous_candidate", "favourite"):
            self.named[name].setEnabled(several)
        if document.candidates:
            self.named["favourite"].setChecked(document.candidates[document.candidate].favourite)

    # The window itself

    def show_colours(self, colours: Colours) -> None:
        """Another theme."""
        look = self.canvas.look
        look.surround, look.accent = QColor(colours.surround), QColor(colours.accent)
        look.light, look.dark = QColor(colours.light), QColor(colours.dark)
        self.canvas.update()

    def put_back(self, geometry: str, layout: str) -> None:
        """Take the place and the docks of last time; nonsense changes nothing."""
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        if layout:
            self.restoreState(QByteArray.fromBase64(layout.encode()))

    def place_and_layout(self) -> tuple[str, str]:
        """For `put_back` at the next start."""
        return self.saveGeometry().toBase64().data().decode(), self.saveState().toBase64().data().decode()

    def closeEvent(self, a0: QCloseEvent | None) -> None:
        assert a0 is not None
        if self.may_close():
            self.canvas.close_renderer()
            a0.accept()
        else:
            a0.ignore()

    def dragEnterEvent(self, a0: QDragEnterEvent | None) -> None:
        assert a0 is not None
        data = a0.mimeData()
        if data is not None and (data.hasUrls() or data.hasImage()):
            a0.acceptProposedAction()

    def dropEvent(self, a0: QDropEvent | None) -> None:
        assert a0 is not None
        a0.acceptProposedAction()
        self.dropped.emit(a0.mimeData())


def _scrolling(panel: QWidget) -> QScrollArea:
    """Around a panel that may be taller than a small screen has room for."""
    area = QScrollArea()
    area.setWidget(panel)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(panel.minimumSizeHint().width() + 12)
    area.setMinimumHeight(200)
    return area


def _tip(spec: Spec) -> str:
    shortcut = QKeySequence(spec.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{spec.tip or spec.text.rstrip('…')} ({shortcut})"
