"""Which installation this is: its version and how another process starts it. Looks at paths only."""

from __future__ import annotations

import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .wire.discovery import Install
from .wire.messages import VERSION

__all__ = ["installation", "version_found"]


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
