"""The viewer's start: arguments, theme, language, window. `diffdecompose-viewer [FILES]` calls `main`."""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from PyQt6.QtWidgets import QApplication

from . import icons, language, settings, theme
from .desk import Desk
from .notices import Notices
from .session import Session
from .window import MainWindow
from .words import explain

__all__ = ["furnish", "main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the viewer; returns its exit code. arguments: without the program's name."""
    args = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    if args.reset:
        settings.reset()
    chosen = settings.load()
    if args.language:
        chosen = replace(chosen, language=args.language)
    application = QApplication(sys.argv[:1])
    furnish(application, chosen)
    window = MainWindow(Session())
    desk = Desk(window, chosen)
    sys.excepthook = _Hook(window.notices)
    window.resize(1280, 820)
    window.put_back(chosen.geometry, chosen.layout)
    window.show()
    desk.begin([Path(name).absolute() for name in args.files])
    return application.exec()


class _Hook:
    """A defect of ours becomes a message and a line in the log, and the viewer goes on."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logging.getLogger("ui").error("a defect", exc_info=(kind, error, trace))
        self._notices.trouble(explain(error))


def furnish(application: QApplication, chosen: settings.Settings) -> None:
    """Name, icon, language and theme."""
    application.setApplicationName("diffdecompose-viewer")
    application.setApplicationDisplayName("DiffDecompose")
    application.setDesktopFileName("diffdecompose-viewer")
    application.setWindowIcon(icons.application_icon())
    language.load(application, chosen.language)
    theme.apply(application, chosen.theme)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="diffdecompose-viewer", description="Look at pictures and their layers.")
    parser.add_argument("files", nargs="*", help="pictures to open")
    parser.add_argument("--reset", action="store_true", help="forget all settings first")
    parser.add_argument("--language", default="", help="for example de")
    return parser
