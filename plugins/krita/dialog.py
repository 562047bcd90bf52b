"""The dialog of "Decompose Layers...": a choice in, a choice out, and the state of the service and its engines.

Knows nothing of documents. The service is asked in a thread, so that the dialog is there at once.
"""

from typing import Any, Dict, Sequence, Tuple

from bridge.wire import EngineInfo, WireError
from plugins.shared import words
from plugins.shared.choice import AREAS, BLENDS, KINDS, QUALITIES, SOURCES, Choice
from plugins.shared.engines import can_run, fetch_commands, more_engines, offered, single_candidate
from plugins.shared.language import tr
from plugins.shared.run import engines

from .overlay_box import OverlayBox
from .qt import QtCore, QtWidgets

__all__ = ["Dialog"]

LOADING = 1500
"""Milliseconds after which an engine that was still loading is asked for again."""


class _EngineQuery(QtCore.QThread):
    """Asks the service for its engines. Emits a tuple of EngineInfo, or a UserError."""

    answered = QtCore.pyqtSignal(object)

    def run(self) -> None:
        try:
            self.answered.emit(engines("krita"))
        except WireError as error:
            self.answered.emit(words.explain(error))


class Dialog(QtWidgets.QDialog):
    """`accepted` is emitted when the artist wants to start; `choice()` says with what.

    layers: `Choice.overlay` and name of the layers that may be a known overlay.
    """

    def __init__(
        self, parent: Any, choice: Choice, has_selection: bool, layers: Sequence[Tuple[str, str]] = ()
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Decompose Layers"))
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self._boxes: Dict[str, Any] = {
            "engine": QtWidgets.QComboBox(),
            "source": _combo(words.source_labels(), SOURCES),
            "kind": _combo(words.kind_labels(), KINDS),
            "blend": _combo(words.blend_labels(), BLENDS),
            "area": _combo(words.area_labels(), AREAS),
            "overlay": OverlayBox(layers),
            "quality": _combo(words.quality_labels(), QUALITIES),
        }
        self._engines: Dict[str, EngineInfo] = {}
        self._prompt = QtWidgets.QLineEdit()
        self._prompt.setPlaceholderText(tr("optional, for example: the coffee stain"))
        self._candidates = QtWidgets.QSpinBox()
        self._candidates.setRange(1, 8)
        self._state = QtWidgets.QLabel(tr("Asking the service..."))
        self._state.setWordWrap(True)
        self._log = QtWidgets.QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setMaximumHeight(120)
        self._log.hide()
        self._wanted = choice.engine
        self._lay_out()
        self._list_engines()
        self._show(choice)
        self._boxes["area"].setEnabled(has_selection)
        if not has_selection:
            self._select("area", "all")
        self._query = _EngineQuery()
        self._query.answered.connect(self._answered)
        self._query.start()
        self._again = QtCore.QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._query.start)
        self._boxes["engine"].activated.connect(self._chosen)
        for name in ("engine", "overlay"):
            self._boxes[name].currentIndexChanged.connect(self._show_state)

    def _lay_out(self) -> None:
        labels, tooltips = words.field_labels(), words.field_tooltips()
        form = QtWidgets.QFormLayout()
        form.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        widgets = {**self._boxes, "prompt": self._prompt, "candidates": self._candidates}
        for name in ("source", "kind", "blend", "prompt", "area", "overlay", "engine", "quality", "candidates"):
            label = QtWidgets.QLabel(labels[name] + ":")
            label.setToolTip(tooltips[name])
            form.addRow(label, widgets[name])
            widgets[name].setToolTip(tooltips[name])
        buttons = QtWidgets.QDialogButtonBox()
        start = QtWidgets.QPushButton(tr("Decompose"))
        start.setDefault(True)
        buttons.addButton(start, QtWidgets.QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(tr("Cancel"), QtWidgets.QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QtWidgets.QVBoxLayout(self)
        box.addLayout(form)
        box.addWidget(self._state)
        box.addWidget(self._log)
        box.addWidget(buttons)
        self.setMinimumWidth(440)

    def choice(self) -> Choice:
        chosen = {name: box.currentData() for name, box in self._boxes.items()}
        return Choice(prompt=self._prompt.text(), candidates=self._candidates.value(), **chosen)

    def _show(self, choice: Choice) -> None:
        self._boxes["overlay"].offer(choice.overlay)
        for name in self._boxes:
            self._select(name, getattr(choice, name))
        self._prompt.setText(choice.prompt)
        self._candidates.setValue(choice.candidates)

    def _select(self, name: str, value: str) -> None:
        self._boxes[name].setCurrentIndex(max(0, self._boxes[name].findData(value)))

    def _answered(self, answer: Any) -> None:
        if isinstance(answer, words.UserError):
            self._state.setText(answer.text)
            self._log.setPlainText("\n".join(answer.log_lines))
            self._log.setVisible(bool(answer.log_lines))
            return
        self._show_engines(answer)
        if any(engine.state == "loading" for engine in answer):
            self._again.start(LOADING)

    def _show_engines(self, known: Tuple[EngineInfo, ...]) -> None:
        self._engines = {engine.name: engine for engine in known}
        self._list_engines()
        self._show_state()

    def _list_engines(self) -> None:
        """List the engines that can run, and where there are others the entry that tells of them."""
        box = self._boxes["engine"]
        box.blockSignals(True)
        box.clear()
        for name in offered(self._engines, self._wanted):
            engine = self._engines.get(name)
            box.addItem(words.engine_label(name, engine), name)
            box.setItemData(box.count() - 1, engine.detail if engine else "", QtCore.Qt.ItemDataRole.ToolTipRole)
        if any(not can_run(engine) for engine in self._engines.values()):
            box.insertSeparator(box.count())
            box.addItem(tr("More engines..."), "")
        box.setCurrentIndex(max(0, box.findData(self._wanted)))
        box.blockSignals(False)

    def _chosen(self, _: int) -> None:
        """An engine was chosen by hand, or the entry that tells of the others."""
        box = self._boxes["engine"]
        if box.currentData():
            self._wanted = box.currentData()
            return
        box.setCurrentIndex(max(0, box.findData(self._wanted)))
        about = QtWidgets.QMessageBox(self)
        about.setWindowTitle(tr("More engines"))
        about.setText(tr("These engines cannot run on this computer as it is."))
        about.setInformativeText("\n\n".join(more_engines(self._engines.values())))
        about.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        about.setStandardButtons(QtWidgets.QMessageBox.StandardButton.Close)
        commands = fetch_commands(self._engines.values())
        if commands:
            clipboard: Any = QtWidgets.QApplication.clipboard()
            copy: Any = about.addButton(tr("Copy Commands"), QtWidgets.QMessageBox.ButtonRole.ActionRole)
            copy.clicked.connect(lambda *_: clipboard.setText(commands))
        about.setStyleSheet("QLabel#qt_msgbox_informativelabel { min-width: 460px }")  # a command in one line
        about.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        about.open()

    def _show_state(self, *_: object) -> None:
        """The service runs; where the last engine cannot, which takes its place; how many candidates there will be."""
        chosen = self._boxes["engine"].currentData()
        only_one = single_candidate(chosen, self._boxes["overlay"].currentData())
        self._candidates.setEnabled(not only_one)
        if not self._engines:
            return  # not answered yet, or an error, which stays to be read
        text = [tr("The service is running.")]
        engine = self._engines.get(self._wanted)
        if engine is not None and not can_run(engine):
            text.append(tr("{engine} cannot run: {reason}").format(engine=engine.name, reason=engine.detail))
        text += [only_one] if only_one else []
        self._state.setText(" ".join(text))

    def done(self, result: int) -> None:
        """Close. The thread may still wait for the service: it is let go, not waited for."""
        self._again.stop()
        query = self._query
        query.answered.disconnect(self._answered)
        if query.isRunning():
            query.finished.connect(query.deleteLater)
            query.setParent(QtCore.QCoreApplication.instance())
        super().done(result)


def _combo(labels: Dict[str, str], order: Tuple[str, ...]) -> Any:
    box = QtWidgets.QComboBox()
    for value in order:
        box.addItem(labels[value], value)
    return box
