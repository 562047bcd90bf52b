"""The viewer's start: arguments, theme, language, window. `diffdecompose-viewer [FILES]` calls `main`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from PyQt6.QtCore import QEvent
from PyQt6.QtGui import QFileOpenEvent
from PyQt6.QtWidgets import QApplication

from bridge.wire import DaemonUnavailable
from bridge.wire.discovery import Install, home_folder, private_folder, read_install, write_private
from bridge.wire.messages import VERSION

from . import icons, language, settings, theme
from .controller import Controller
from .notices import Notices
from .session import Session
from .window import MainWindow
from .words import explain

__all__ = ["Application", "furnish", "main", "note_installation"]


def main(arguments: list[str] | None = None) -> int:
    """Run the viewer; returns its exit code. arguments: without the program's name."""
    args = _parser().parse_args(sys.argv[1:] if arguments is None else arguments)
    if args.reset:
        settings.reset()
    note_installation()
    chosen = settings.load()
    if args.language:
        chosen = replace(chosen, language=args.language)
    application = Application(sys.argv[:1])
    furnish(application, chosen)
    window = MainWindow(Session())
    controller = Controller(window, chosen)
    sys.excepthook = _Hook(window.notices)
    window.resize(1280, 820)
    window.put_back(chosen.geometry, chosen.layout)
    window.show()
    controller.welcome.button.setFocus()
    controller.begin([Path(name).absolute() for name in args.files])
    application.hand_over(lambda path: controller.opener.open([path]))
    return application.exec()


class Application(QApplication):
    """Takes the files that macOS asks a running program to open (a double click, a drop on the Dock)."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self._waiting: list[Path] = []
        self._take: Callable[[Path], None] | None = None

    def hand_over(self, take: Callable[[Path], None]) -> None:
        """Call `take` for every file from now on, and for those that came before there was a window."""
        self._take = take
        waiting, self._waiting = self._waiting, []
        for path in waiting:
            take(path)

    def open_file(self, path: Path) -> None:
        """The system asks for a file to be opened, perhaps before there is a window."""
        if self._take is None:
            self._waiting.append(path)
        else:
            self._take(path)

    def event(self, a0: QEvent | None) -> bool:
        if isinstance(a0, QFileOpenEvent) and a0.file():
            self.open_file(Path(a0.file()))
            return True
        return super().event(a0)


class _Hook:
    """A defect of ours becomes a message and a line in the log, and the viewer goes on."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logging.getLogger("ui").error("a defect", exc_info=(kind, error, trace))
        self._notices.error(explain(error))


def note_installation() -> None:
    """Write down how the daemon is started, where nobody did yet: by this interpreter, from beside this folder."""
    root = Path(__file__).resolve().parent.parent
    try:
        folder = private_folder(home_folder())
        if read_install(folder) is None:
            write_private(folder / "install.json", Install(sys.executable, VERSION, (str(root),)))
    except (OSError, DaemonUnavailable) as problem:
        logging.getLogger("ui").warning("the installation was not noted: %s", problem)


def furnish(application: QApplication, chosen: settings.Settings) -> None:
    """Name, icon, language and theme."""
    application.setApplicationName("diffdecompose-viewer")
    application.setApplicationDisplayName("DiffDecompose")
    application.setApplicationVersion(VERSION)
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
