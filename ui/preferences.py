"""The few things that may be set: theme, language, the screen's profile, smooth pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from .forms import add_row, form
from .language import tr
from .settings import Settings

__all__ = ["Preferences"]


class Preferences(QDialog):
    """`settings()` says what was chosen once it was accepted."""

    def __init__(self, parent: QWidget, settings: Settings) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Preferences"))
        self._settings = settings
        self.theme = QComboBox()
        for value, text in (("system", tr("As the system")), ("dark", tr("Dark")), ("light", tr("Light"))):
            self.theme.addItem(text, value)
        self.theme.setCurrentIndex(max(0, self.theme.findData(settings.theme)))
        self.language = QComboBox()
        for value, text in (("", tr("As the system")), ("en", "English"), ("de", "Deutsch")):
            self.language.addItem(text, value)
        self.language.setCurrentIndex(max(0, self.language.findData(settings.language)))
        self.profile = QLineEdit(settings.screen_profile)
        self.profile.setPlaceholderText("sRGB")
        self.profile.setAccessibleName(tr("Colour profile of the screen"))
        self.smooth = QCheckBox(tr("Smooth pixels between 100 % and 200 %"))
        self.smooth.setChecked(settings.smooth)
        hint = QLabel(tr("Another language shows after the next start."))
        hint.setProperty("role", "faint")
        choose = QPushButton(tr("Choose…"))
        choose.clicked.connect(self._choose_profile)
        profile = QHBoxLayout()
        profile.setSpacing(6)
        profile.addWidget(self.profile, 1)
        profile.addWidget(choose)
        made = form((tr("Theme"), self.theme), (tr("Language"), self.language))
        made.addRow("", hint)
        add_row(made, tr("Colour profile of the screen"), profile)
        made.addRow("", self.smooth)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(made)
        column.addWidget(buttons)
        self.resize(460, 0)

    def settings(self) -> Settings:
        return replace(
            self._settings,
            theme=self.theme.currentData(),
            language=self.language.currentData(),
            screen_profile=self.profile.text().strip(),
            smooth=self.smooth.isChecked(),
        )

    def _choose_profile(self) -> None:
        start = str(Path(self.profile.text()).parent) if self.profile.text() else ""
        path, _ = QFileDialog.getOpenFileName(self, tr("Colour profile of the screen"), start, "ICC (*.icc *.icm)")
        if path:
            self.profile.setText(path)
