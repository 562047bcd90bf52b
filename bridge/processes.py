"""What every child process is started with, apart from its own words. Standard library, syntax of Python 3.10."""

from __future__ import annotations

import subprocess

__all__ = ["NO_WINDOW"]

NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""`creationflags` for a console program on Windows, where it would open a window of its own; 0 elsewhere.

Source: "Process Creation Flags", https://learn.microsoft.com/windows/win32/procthread/process-creation-flags.
"""
