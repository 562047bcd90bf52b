"""Which installation this is: its version, how another process starts it, and writing that down for clients."""

from __future__ import annotations

import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .wire.discovery import Install, home_folder, private_folder, write_private
from .wire.messages import VERSION

__all__ = ["installation", "note_installation", "version_found"]


def installation() -> Install:
    """The interpreter, and the folder of `bridge` where it is a checkout that the interpreter does not find."""
    home = Path(__file__).resolve().parent.parent
    known = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return Install(sys.executable, VERSION, () if home in known else (str(home),))


def version_found() -> str:
    """The version of the installed distribution; the checkout's where none is installed."""
    try:
        return version("diffdecompose-bridge")
    except PackageNotFoundError:
        return VERSION


def note_installation() -> Install:
    """Write `install.json`, from which plugins and viewer start the daemon; another installation's is replaced.

    Raises DaemonUnavailable where the daemon's folder cannot be used, OSError where the file cannot be written.
    """
    here = installation()
    write_private(private_folder(home_folder()) / "install.json", here)
    return here
