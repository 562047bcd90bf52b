"""The language of the interface: `tr`, and loading a translation.

Every text of the interface passes `tr` as a literal, so that `ui.translations.build` can collect it. Texts stand in
one Qt context; Qt's own dialogs bring their own translations. Knows nothing of widgets.
"""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

__all__ = ["CONTEXT", "load", "tr"]

CONTEXT = "viewer"
FOLDER = Path(__file__).parent / "translations"


def tr(text: str) -> str:
    """The text in the interface language."""
    return QCoreApplication.translate(CONTEXT, text)


def load(application: QCoreApplication, language: str = "") -> list[QTranslator]:
    """Install the translations for `language` ("de"); "" takes the system's. Keep what comes back alive."""
    locale = QLocale(language) if language else QLocale.system()
    if language:
        QLocale.setDefault(locale)
    loaded = []
    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("viewer", str(FOLDER)),
    ):
        translator = QTranslator(application)
        if translator.load(locale, name, "_", folder):
            application.installTranslator(translator)
            loaded.append(translator)
    return loaded
