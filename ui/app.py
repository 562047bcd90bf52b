"""The viewer's start: arguments, theme, language, window. `diffdecompose-viewer [FILES]` calls `main`."""

from __future__ import annotations

import argparse
import sys

from PyQt6.QtWidgets import QApplication

from . import icons, language, settings, theme
from .session import Session
from .window import MainWindow

__all__ = ["furnish", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the viewer; returns its exit code. arguments: without the program's name."""
    _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    application = QApplication(sys.argv[:1])
    furnish(application, settings.load())
    window = MainWindow(Session())
    window.resize(1280, 820)
    window.show()
    return application.exec()


def furnish(application: QApplication, chosen: settings.Settings) -> None:
    """Name, icon, language and theme."""
    application.setApplicationName("diffdecompose-viewer")
    application.setApplicationDisplayName("DiffDecompose")
    application.setDesktopFileName("diffdecompose-viewer")
    application.setWindowIcon(icons.application_icon())
    language.load(application, chosen.language)
    theme.apply(application, chosen.theme, str(icons.FOLDER / "arrow.svg"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="diffdecompose-viewer", description="Look at pictures and their layers.")
    parser.add_argument("files", nargs="*", help="pictures to open")
    parser.add_argument("--reset", action="store_true", help="forget all settings first")
    parser.add_argument("--language", default="", help="for example de")
    return parser
